/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Services of the firmware that a VMM may take from its guests: firmware registers that are
 * bitmaps (KVM API, "ARM firmware pseudo-registers"). A guest with a service less must find
 * its calls unknown, so that it can move to a host that does not have it.
 */
#ifndef TABULA_FIRMWARE_SERVICE_H
#define TABULA_FIRMWARE_SERVICE_H

#include <linux/types.h>

/* KVM_REG_ARM_STD_BMAP, _STD_HYP_BMAP, _VENDOR_HYP_BMAP by their number. */
#define SERVICE_MAPS	3

/**
 * struct service_maps - which services a VM's guests have
 * @map: KVM_REG_ARM_*_BIT_*, by number of the register
 */
struct service_maps {
	u64 map[SERVICE_MAPS];
};

/**
 * service_init() - all there are
 * @s: of a new VM
 */
void service_init(struct service_maps *s);

/**
 * service_allows() - may a guest call a function?
 * @s: of its VM
 * @function: SMCCC function id
 *
 * Return: false for a function of a service that it does not have; true for all others,
 * unknown ones too.
 */
bool service_allows(const struct service_maps *s, u32 function);

/**
 * service_reg() - the bitmap that a firmware register shows
 * @s: of a VM
 * @id: KVM_REG_ARM_*
 *
 * Return: the bitmap, or NULL: the register is another.
 */
u64 *service_reg(struct service_maps *s, u64 id);

/**
 * service_check() - may a bitmap have this value?
 * @id: of a register for which service_reg() is not NULL
 * @val: its value
 *
 * Return: 0, or -EINVAL: there is a service in it that is not here.
 */
int service_check(u64 id, u64 val);

/**
 * service_id() - the register of a bitmap
 * @n: below SERVICE_MAPS
 *
 * Return: KVM_REG_ARM_*_BMAP.
 */
u64 service_id(unsigned int n);

#endif
