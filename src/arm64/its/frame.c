// SPDX-License-Identifier: GPL-2.0
/*
 * The services of a VM by address: the guest's accesses, and devices' messages.
 */
#include <linux/slab.h>

#include "../cpu/cpu.h"
#include "../gic/lpi.h"
#include "../vm.h"
#include "frame.h"
#include "map.h"
#include "regs.h"

#define GITS_TRANSLATER	0x10040

void its_vm_destroy(struct arm_vm *vm)
{
	struct its *its;

	while (vm->its.nr) {
		its = vm->its.its[--vm->its.nr];
		xa_destroy(&its->devices);
		xa_destroy(&its->events);
		xa_destroy(&its->collections);
		mutex_destroy(&its->lock);
		kfree(its);
	}
}

bool its_exists(const struct arm_vm *vm)
{
	return READ_ONCE(vm->its.nr);
}

struct its *its_frame_find(struct arm_vm *vm, u64 ipa, u32 *offset)
{
	unsigned int nr = smp_load_acquire(&vm->its.nr), i;	/* pairs with its_dev_create() */
	u64 base;

	for (i = 0; i < nr; i++) {
		base = READ_ONCE(vm->its.its[i]->base);
		if (base != ITS_ADDR_UNSET && ipa >= base && ipa - base < ITS_SIZE) {
			*offset = ipa - base;
			return vm->its.its[i];
		}
	}
	return NULL;
}

int its_frame_check(struct arm_vm *vm, u64 base)
{
	u32 offset;
	int ret;

	lockdep_assert_held(&vm->base.lock);
	ret = gic_check_frames(vm, base);
	if (ret)
		return ret;
	return its_frame_find(vm, base, &offset) ||
	       its_frame_find(vm, base + ITS_SIZE - 1, &offset) ? -EINVAL : 0;
}

int its_message(struct arm_vm *vm, u64 address, u32 event, u32 device)
{
	struct gic_irq *lpi;
	struct its *its;
	u32 offset;

	if (!its_exists(vm))
		return -ENODEV;
	its = its_frame_find(vm, address, &offset);
	if (!its || offset != GITS_TRANSLATER)
		return -EINVAL;
	if (!READ_ONCE(its->enabled))
		return -EBUSY;
	lpi = its_event_lpi(its, device, event);
	if (!lpi)
		return 0;
	return gic_lpi_raise(lpi) ?: 1;
}

bool its_owns(struct arm_vm *vm, u64 ipa)
{
	u32 offset;

	return its_frame_find(vm, ipa, &offset);
}

bool its_mmio(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	struct its_access a = {
		.self = vcpu, .len = len, .is_write = is_write, .data = is_write ? *data : 0,
	};

	a.its = its_frame_find(vcpu->vm, ipa, &a.offset);
	if (!a.its)
		return false;
	cpu_fp_save(vcpu);	/* it may sleep */
	if ((len == 4 || len == 8) && !(a.offset & (len - 1)))
		its_regs_access(&a);
	if (!is_write)
		*data = a.data;
	return true;
}
