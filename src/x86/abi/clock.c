// SPDX-License-Identifier: GPL-2.0
/*
 * The clock and the TSC as the VMM sees them (KVM API 4.29, 4.30; devices/vcpu.rst, 4).
 */
#include <linux/kvm.h>
#include <linux/uaccess.h>

#include "../vm.h"
#include "clock.h"

long clock_vm_ioctl(struct x86_vm *vm, unsigned int cmd, void __user *arg)
{
	struct kvm_clock_data d;

	switch (cmd) {
	case KVM_GET_CLOCK:
		kvmclock_get(vm, &d);
		return copy_to_user(arg, &d, sizeof(d)) ? -EFAULT : 0;
	case KVM_SET_CLOCK:
		return copy_from_user(&d, arg, sizeof(d)) ? -EFAULT : kvmclock_set(vm, &d);
	default:
		return -ENOTTY;
	}
}

long clock_attr_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_device_attr attr;
	u64 __user *user;
	u64 offset;

	if (copy_from_user(&attr, arg, sizeof(attr)))
		return -EFAULT;
	if (attr.group != KVM_VCPU_TSC_CTRL || attr.attr != KVM_VCPU_TSC_OFFSET)
		return -ENXIO;
	user = (u64 __user *)(unsigned long)attr.addr;
	switch (cmd) {
	case KVM_GET_DEVICE_ATTR:
		return put_user(vcpu->clock.tsc_offset, user);
	case KVM_SET_DEVICE_ATTR:
		if (get_user(offset, user))
			return -EFAULT;
		kvmclock_set_offset(vcpu, offset);
		return 0;
	default:
		return 0;
	}
}
