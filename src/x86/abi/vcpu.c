// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU on x86: its life, and the ioctls of its descriptor that are x86's, but for registers.
 */
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../pv/announce.h"
#include "../vm.h"
#include "abi.h"
#include "clock.h"
#include "irq.h"
#include "prefault.h"
#include "regs.h"
#include "xen.h"

#define VCPU_MAX_MSRS	256
#define VCPU_PPM	250		/* how far a frequency may be off */
#define VCPU_PPM_ONE	1000000

static int vcpu_setup(struct vcpu *base)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	int ret;

	vcpu->vm = to_x86_vm(base->vm);
	if (vcpu->vm->max_vcpu_id && base->id >= vcpu->vm->max_vcpu_id)
		return -EINVAL;
	base->initialised = true;
	vcpu->poll = 1;
	apf_init(vcpu);
	xen_vcpu_init(vcpu);
	kvmclock_vcpu_init(vcpu);
	ret = svm_vcpu_init(vcpu);
	if (!ret)
		intc_init(vcpu);
	return ret;
}

static void vcpu_show(struct vcpu *base)
{
}

static void vcpu_teardown(struct vcpu *base)
{
	intc_destroy(to_x86_vcpu(base));
	ending_reset(to_x86_vcpu(base));
	apf_destroy(to_x86_vcpu(base));
	stolen_destroy(to_x86_vcpu(base));
	svm_vcpu_destroy(to_x86_vcpu(base));
}

static void vcpu_settle(struct vcpu *base)
{
	intc_settle(to_x86_vcpu(base));
	xen_settle(to_x86_vcpu(base));
}

/* What a guest has seen does not change; what follows its own settings is no change. */
static bool vcpu_cpuid_is_same(struct x86_vcpu *vcpu, const struct kvm_cpuid_entry2 *e, u32 nr)
{
	u32 i;

	if (nr != vcpu->svm.nr_cpuid)
		return false;
	for (i = 0; i < nr; i++) {
		struct kvm_cpuid_entry2 old = vcpu->svm.cpuid[i], new = e[i];

		svm_cpuid_now(vcpu, &old);
		svm_cpuid_now(vcpu, &new);
		if (memcmp(&old, &new, sizeof(old)))
			return false;
	}
	return true;
}

/* @e is the vCPU's from now on, or freed. */
static long vcpu_take_cpuid(struct x86_vcpu *vcpu, struct kvm_cpuid_entry2 *e, u32 nr)
{
	pv_amend(vcpu, e, nr);
	if (vcpu->base.has_run) {
		long ret = vcpu_cpuid_is_same(vcpu, e, nr) ? 0 : -EINVAL;

		kvfree(e);
		return ret;
	}
	kvfree(vcpu->svm.cpuid);
	vcpu->svm.cpuid = e;
	vcpu->svm.nr_cpuid = nr;
	svm_cpuid_settle(&vcpu->svm);
	intc_configure(vcpu);
	return 0;
}

static long vcpu_set_cpuid(struct x86_vcpu *vcpu, struct kvm_cpuid2 __user *u)
{
	struct kvm_cpuid_entry2 *e = NULL;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, u, sizeof(head)))
		return -EFAULT;
	if (head.nent > SVM_MAX_CPUID)
		return -E2BIG;
	if (head.nent) {
		e = vmemdup_array_user(u->entries, head.nent, sizeof(*e));
		if (IS_ERR(e))
			return PTR_ERR(e);
	}
	return vcpu_take_cpuid(vcpu, e, head.nent);
}

/* The older list, in which no leaf has an index (KVM API 4.20). */
static long vcpu_set_old_cpuid(struct x86_vcpu *vcpu, struct kvm_cpuid __user *u)
{
	struct kvm_cpuid_entry *old = NULL;
	struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid head;
	u32 i;

	if (copy_from_user(&head, u, sizeof(head)))
		return -EFAULT;
	if (head.nent > SVM_MAX_CPUID)
		return -E2BIG;
	if (!head.nent)
		return vcpu_take_cpuid(vcpu, NULL, 0);
	old = vmemdup_array_user(u->entries, head.nent, sizeof(*old));
	if (IS_ERR(old))
		return PTR_ERR(old);
	e = kvcalloc(head.nent, sizeof(*e), GFP_KERNEL_ACCOUNT);
	for (i = 0; e && i < head.nent; i++)
		e[i] = (struct kvm_cpuid_entry2){
			.function = old[i].function, .eax = old[i].eax, .ebx = old[i].ebx,
			.ecx = old[i].ecx, .edx = old[i].edx,
		};
	kvfree(old);
	return e ? vcpu_take_cpuid(vcpu, e, head.nent) : -ENOMEM;
}

static long vcpu_get_cpuid(struct x86_vcpu *vcpu, struct kvm_cpuid2 __user *u)
{
	u32 nr = vcpu->svm.nr_cpuid, room, i;

	if (get_user(room, &u->nent))
		return -EFAULT;
	if (room < nr)
		return -E2BIG;
	for (i = 0; i < nr; i++) {
		struct kvm_cpuid_entry2 e = vcpu->svm.cpuid[i];

		svm_cpuid_now(vcpu, &e);
		if (copy_to_user(&u->entries[i], &e, sizeof(e)))
			return -EFAULT;
	}
	return put_user(nr, &u->nent);
}

static int vcpu_one_msr(struct x86_vcpu *vcpu, struct kvm_msr_entry *e, bool set)
{
	u64 val = 0;
	int ret;

	if (set)
		return svm_msr_set(vcpu, e->index, e->data, true);
	ret = vcpu ? svm_msr_get(vcpu, e->index, &val, true) : svm_msr_feature(e->index, &val);
	if (!ret)
		e->data = val;
	return ret;
}

long vcpu_msrs(struct x86_vcpu *vcpu, struct kvm_msrs __user *u, bool set)
{
	struct kvm_msr_entry *e;
	struct kvm_msrs head;
	unsigned int i;
	long ret;

	if (copy_from_user(&head, u, sizeof(head)))
		return -EFAULT;
	if (head.nmsrs >= VCPU_MAX_MSRS)
		return -E2BIG;
	if (!head.nmsrs)
		return 0;
	e = vmemdup_array_user(u->entries, head.nmsrs, sizeof(*e));
	if (IS_ERR(e))
		return PTR_ERR(e);
	for (i = 0; i < head.nmsrs; i++)
		if (vcpu_one_msr(vcpu, &e[i], set))
			break;
	ret = i;
	if (!set && copy_to_user(u->entries, e, head.nmsrs * sizeof(*e)))
		ret = -EFAULT;
	kvfree(e);
	return ret;
}

static long vcpu_interrupt(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_interrupt irq;

	if (copy_from_user(&irq, arg, sizeof(irq)))
		return -EFAULT;
	if (irq.irq > 255)
		return -EINVAL;
	return intc_extint(vcpu, irq.irq);
}

static long vcpu_machine_check(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_x86_mce mce;
	u64 cap;

	if (cmd == KVM_X86_SETUP_MCE)
		return copy_from_user(&cap, arg, sizeof(cap)) ? -EFAULT : bank_setup(vcpu, cap);
	return copy_from_user(&mce, arg, sizeof(mce)) ? -EFAULT : bank_raise(vcpu, &mce);
}

static long vcpu_translate(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_translation t;
	u64 gpa;

	if (copy_from_user(&t, arg, sizeof(t)))
		return -EFAULT;
	t.valid = !svm_translate(vcpu, t.linear_address, SVM_ANY, &gpa);
	t.physical_address = t.valid ? gpa : ~0ULL;
	t.writeable = t.valid;
	t.usermode = 0;
	return copy_to_user(arg, &t, sizeof(t)) ? -EFAULT : 0;
}

static long vcpu_guest_debug(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_guest_debug d;

	return copy_from_user(&d, arg, sizeof(d)) ? -EFAULT : svm_debug_set(vcpu, &d);
}

/* One frequency is to be had, and that is near enough to it which a clock could not tell (KVM API 4.55). */
long vcpu_set_tsc_khz(unsigned long khz)
{
	u32 apart = max_t(u32, khz, tsc_khz) - min_t(u32, khz, tsc_khz);

	if (khz > U32_MAX)
		return -EINVAL;
	return !khz || (u64)apart * VCPU_PPM_ONE <= (u64)tsc_khz * VCPU_PPM ? 0 : -EINVAL;
}

/* Of a vCPU there is but one (KVM API 7.17). */
static long vcpu_enable_cap(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_enable_cap cap;

	if (copy_from_user(&cap, arg, sizeof(cap)))
		return -EFAULT;
	if (cap.flags || cap.cap != KVM_CAP_ENFORCE_PV_FEATURE_CPUID)
		return -EINVAL;
	vcpu->pv_enforced = cap.args[0];
	return 0;
}

static long vcpu_ioctl(struct vcpu *base, unsigned int cmd, unsigned long arg)
{
	struct x86_vcpu *vcpu = to_x86_vcpu(base);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case KVM_SET_CPUID:
		return vcpu_set_old_cpuid(vcpu, uarg);
	case KVM_SET_CPUID2:
		return vcpu_set_cpuid(vcpu, uarg);
	case KVM_GET_CPUID2:
		return vcpu_get_cpuid(vcpu, uarg);
	case KVM_GET_MSRS:
	case KVM_SET_MSRS:
		return vcpu_msrs(vcpu, uarg, cmd == KVM_SET_MSRS);
	case KVM_INTERRUPT:
		return vcpu_interrupt(vcpu, uarg);
	case KVM_NMI:
		svm_queue_nmi(vcpu);
		return 0;
	case KVM_GET_MP_STATE:
	case KVM_SET_MP_STATE:
	case KVM_GET_LAPIC:
	case KVM_SET_LAPIC:
	case KVM_SET_VAPIC_ADDR:
	case KVM_TPR_ACCESS_REPORTING:
		return irq_vcpu_ioctl(vcpu, cmd, uarg);
	case KVM_GET_NESTED_STATE:
		return nested_get_state(vcpu, uarg);
	case KVM_SET_NESTED_STATE:
		return nested_set_state(vcpu, uarg);
	case KVM_X86_SETUP_MCE:
	case KVM_X86_SET_MCE:
		return vcpu_machine_check(vcpu, cmd, uarg);
	case KVM_TRANSLATE:
		return vcpu_translate(vcpu, uarg);
	case KVM_SET_GUEST_DEBUG:
		return vcpu_guest_debug(vcpu, uarg);
	case KVM_GET_TSC_KHZ:
		return tsc_khz;
	case KVM_SET_TSC_KHZ:
		return vcpu_set_tsc_khz(arg);
	case KVM_ENABLE_CAP:
		return vcpu_enable_cap(vcpu, uarg);
	case KVM_XEN_VCPU_SET_ATTR:
	case KVM_XEN_VCPU_GET_ATTR:
		return xen_vcpu_ioctl(vcpu, cmd, uarg);
	case KVM_KVMCLOCK_CTRL:
		return kvmclock_stood_still(vcpu);
	case KVM_PRE_FAULT_MEMORY:
		return prefault_ioctl(vcpu, uarg);
	case KVM_HAS_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_SET_DEVICE_ATTR:
		return clock_attr_ioctl(vcpu, cmd, uarg);
	default:
		return regs_ioctl(vcpu, cmd, uarg);
	}
}

void vcpu_fill(struct vm_arch *arch)
{
	arch->vcpu_init = vcpu_setup;
	arch->vcpu_publish = vcpu_show;
	arch->vcpu_destroy = vcpu_teardown;
	arch->vcpu_settle = vcpu_settle;
	arch->vcpu_ioctl = vcpu_ioctl;
}
