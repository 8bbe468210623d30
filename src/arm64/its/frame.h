/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where services are in guest physical memory. Private to its/.
 */
#ifndef TABULA_ITS_FRAME_H
#define TABULA_ITS_FRAME_H

#include "its.h"

#define ITS_SIZE	0x20000ULL	/* two frames: registers, and GITS_TRANSLATER */

/**
 * its_frame_check - may a service be there?
 * @vm: the VM; vm->lock is held
 * @base: guest physical address
 *
 * Takes gic.lock.
 *
 * Return: 0; -EINVAL when misaligned, or when it overlaps a service or the GIC; -E2BIG
 * beyond the IPA space.
 */
int its_frame_check(struct arm_vm *vm, u64 base);

/**
 * its_frame_find - whose frames are there?
 * @vm: the VM
 * @ipa: guest physical address
 * @offset: from the service's base
 *
 * Any context. Return: the service, or NULL.
 */
struct its *its_frame_find(struct arm_vm *vm, u64 ipa, u32 *offset);

#endif
