// SPDX-License-Identifier: GPL-2.0
/*
 * Xen guests as the VMM sees them (KVM API 4.26, 4.127 to 4.130, 4.138).
 */
#include <linux/kvm.h>
#include <linux/uaccess.h>

#include "../vm.h"
#include "xen.h"

static long xen_attr(struct x86_vm *vm, void __user *arg, bool set)
{
	struct kvm_xen_hvm_attr a;
	int ret;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	if (set)
		return xen_set_attr(vm, &a);
	ret = xen_get_attr(vm, &a);
	return ret ?: copy_to_user(arg, &a, sizeof(a)) ? -EFAULT : 0;
}

long xen_vm_ioctl(struct x86_vm *vm, unsigned int cmd, void __user *arg)
{
	struct kvm_irq_routing_xen_evtchn e;
	struct kvm_xen_hvm_config c;

	switch (cmd) {
	case KVM_XEN_HVM_CONFIG:
		return copy_from_user(&c, arg, sizeof(c)) ? -EFAULT : xen_configure(vm, &c);
	case KVM_XEN_HVM_SET_ATTR:
	case KVM_XEN_HVM_GET_ATTR:
		return xen_attr(vm, arg, cmd == KVM_XEN_HVM_SET_ATTR);
	case KVM_XEN_HVM_EVTCHN_SEND:
		return copy_from_user(&e, arg, sizeof(e)) ? -EFAULT : xen_evtchn_send(vm, &e);
	default:
		return -ENOTTY;
	}
}

long xen_vcpu_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_xen_vcpu_attr a;
	int ret;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	if (cmd == KVM_XEN_VCPU_SET_ATTR)
		return xen_vcpu_set_attr(vcpu, &a);
	ret = xen_vcpu_get_attr(vcpu, &a);
	return ret ?: copy_to_user(arg, &a, sizeof(a)) ? -EFAULT : 0;
}
