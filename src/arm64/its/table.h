/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A service's tables in guest memory: revision 0 of arm-vgic-its.rst. Private to its/.
 *
 * The guest, or who saved it, may have written anything there. Every entry is read once
 * and checked; no lock of ours is held meanwhile.
 */
#ifndef TABULA_ITS_TABLE_H
#define TABULA_ITS_TABLE_H

#include <linux/bits.h>

#include "its.h"
#include "map.h"

#define ITS_ENTRY_SIZE		8
#define ITS_PAGE_SIZE		0x10000ULL	/* of tables; no other is offered */

/* GITS_BASER<n>, IHI 0069 12.12. */
#define ITS_BASER_VALID		BIT_ULL(63)
#define ITS_BASER_INDIRECT	BIT_ULL(62)
#define ITS_BASER_PAGES		GENMASK_ULL(7, 0)	/* minus one */

/**
 * its_table_base - where a table is
 * @baser: GITS_BASER<n>
 *
 * Return: guest physical address, of up to 52 bits.
 */
u64 its_table_base(u64 baser);

/**
 * its_table_entries - how long a table, or its first level, is
 * @baser: GITS_BASER<n>
 *
 * Return: entries; none where it is not valid.
 */
u32 its_table_entries(u64 baser);

/**
 * its_table_find - where the entry of a number is
 * @its: the service
 * @table: which
 * @id: DeviceID or ICID
 * @gpa: guest physical address of the entry
 *
 * Sleeps; reads guest memory.
 *
 * Return: 0; -EINVAL where the table has no such entry; -EFAULT where there is no memory
 * for it.
 */
int its_table_find(struct its *its, enum its_table table, u32 id, u64 *gpa);

/**
 * its_table_clear - have a table not bring back what was unmapped
 * @its: the service
 * @gpa: guest physical address of an entry; no memory there is no error
 */
void its_table_clear(struct its *its, u64 gpa);

/**
 * its_table_event - where the entry of an event is
 * @d: its device
 * @event: EventID
 *
 * Return: guest physical address.
 */
u64 its_table_event(const struct its_device *d, u32 event);

/**
 * its_save - KVM_DEV_ARM_ITS_SAVE_TABLES
 * @its: the service; no vCPU runs
 *
 * Return: 0; -EINVAL where a device has no entry; -EFAULT; -EINTR for a deadly signal.
 */
int its_save(struct its *its);

/**
 * its_restore - KVM_DEV_ARM_ITS_RESTORE_TABLES
 * @its: the service; no vCPU runs
 *
 * Where something does not fit, nothing is mapped afterwards.
 *
 * Return: 0; -EINVAL for what cannot have been saved; -EEXIST where a collection is there
 * already; -EFAULT; -ENOMEM; -ENOSPC; -EINTR for a deadly signal.
 */
int its_restore(struct its *its);

#endif
