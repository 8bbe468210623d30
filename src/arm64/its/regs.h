/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A service's registers. Private to its/.
 */
#ifndef TABULA_ITS_REGS_H
#define TABULA_ITS_REGS_H

#include "its.h"

/**
 * struct its_access - one access to a register
 * @its: the service
 * @self: vCPU that accesses; NULL: the VMM, and no vCPU runs
 * @offset: from ITS_base, aligned to @len
 * @len: bytes: 4 or 8; 0: only asks whether there is such a register
 * @is_write: a store
 * @data: value to store or value read; 0 before a read
 */
struct its_access {
	struct its *its;
	struct arm_vcpu *self;
	u32 offset;
	unsigned int len;
	bool is_write;
	u64 data;
};

/**
 * its_regs_access - access a register
 * @a: the access
 *
 * Executes commands. Sleeps; takes its->lock.
 *
 * Return: 0; -ENXIO where there is no such register (reads as zero, ignores writes); -EINVAL for
 * what the VMM may not write.
 */
int its_regs_access(struct its_access *a);

/**
 * its_regs_len - how the VMM accesses a register
 * @offset: from ITS_base
 *
 * Return: 4 or 8 bytes, or -EINVAL for an offset that is not aligned to that.
 */
int its_regs_len(u32 offset);

/**
 * its_regs_reset - as it was made
 * @its: the service; its->lock is held
 */
void its_regs_reset(struct its *its);

#endif
