// SPDX-License-Identifier: GPL-2.0
/*
 * RDMSR and WRMSR, and what of them the VMM keeps from its guests or serves for them (KVM API
 * 4.97, 4.126).
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../vm/arch.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "fetch.h"
#include "filter.h"
#include "svm.h"

/* x2APIC's are the interrupt controller's: never filtered. */
#define FILTER_X2APIC_FIRST	0x800
#define FILTER_X2APIC_LAST	0x8ff

/**
 * struct msr_range - some MSRs
 * @flags: KVM_MSR_FILTER_READ, KVM_MSR_FILTER_WRITE: which accesses it is about
 * @base: the first
 * @count: how many
 * @allow: a bit each: the access is allowed
 */
struct msr_range {
	u32 flags;
	u32 base;
	u32 count;
	unsigned long *allow;
};

/**
 * struct msr_filter - a VM's; never changed, but replaced
 * @deny: what no range is about is denied
 * @count: ranges
 * @range: they; the first that fits decides
 */
struct msr_filter {
	bool deny;
	unsigned int count;
	struct msr_range range[KVM_MSR_FILTER_MAX_RANGES];
};

static void filter_free(struct msr_filter *f)
{
	unsigned int i;

	if (!f)
		return;
	for (i = 0; i < f->count; i++)
		kfree(f->range[i].allow);
	kfree(f);
}

static int filter_add(struct msr_filter *f, const struct kvm_msr_filter_range *r)
{
	size_t size = BITS_TO_LONGS((u64)r->nmsrs) * sizeof(long);
	unsigned long *allow;

	if (!r->nmsrs)
		return 0;
	if (!r->flags || r->flags & ~(u32)KVM_MSR_FILTER_RANGE_VALID_MASK ||
	    size > KVM_MSR_FILTER_MAX_BITMAP_SIZE)
		return -EINVAL;
	allow = memdup_user((void __user *)r->bitmap, size);
	if (IS_ERR(allow))
		return PTR_ERR(allow);
	f->range[f->count++] = (struct msr_range) {
		.flags = r->flags, .base = r->base, .count = r->nmsrs, .allow = allow,
	};
	return 0;
}

static struct msr_filter *filter_make(const struct kvm_msr_filter *from)
{
	struct msr_filter *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	int ret = 0;

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->deny = from->flags & KVM_MSR_FILTER_DEFAULT_DENY;
	for (i = 0; !ret && i < KVM_MSR_FILTER_MAX_RANGES; i++)
		ret = filter_add(f, &from->ranges[i]);
	if (!ret && !f->count && f->deny)
		ret = -EINVAL;
	if (!ret)
		return f;
	filter_free(f);
	return ERR_PTR(ret);
}

int filter_set(struct x86_vm *vm, const struct kvm_msr_filter *from)
{
	struct msr_filter *f, *old;
	struct vcpu *vcpu;
	unsigned int i;

	if (from->flags & ~(u32)KVM_MSR_FILTER_VALID_MASK)
		return -EINVAL;
	f = filter_make(from);
	if (IS_ERR(f))
		return PTR_ERR(f);
	if (!f->count) {	/* all is allowed: as without one */
		filter_free(f);
		f = NULL;
	}
	mutex_lock(&vm->base.lock);
	old = rcu_replace_pointer(vm->msr_filter, f, lockdep_is_held(&vm->base.lock));
	/* a vCPU that is made now finds it; each of the others changes its map */
	vm_for_each_vcpu(&vm->base, i, vcpu)
		vcpu_request(vcpu, X86_REQ_MSRS);
	mutex_unlock(&vm->base.lock);
	synchronize_rcu();
	filter_free(old);
	return 0;
}

void filter_destroy(struct x86_vm *vm)
{
	filter_free(rcu_dereference_protected(vm->msr_filter, true));
}

void filter_apply(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	u64 io, msr;

	svm_permissions(vcpu, &io, &msr);
	/* of a guest's guest all may exit until it is entered anew: whose an access is, is found out then */
	if (nested_in_l2(svm))
		svm->nested->l1->control.msrpm_base_pa = msr;
	if (!nested_in_l2(svm) || rcu_access_pointer(vcpu->vm->msr_filter))
		svm->vmcb->control.msrpm_base_pa = msr;
}

static bool filter_decides(const struct msr_filter *f, u32 index, u32 access)
{
	unsigned int i;

	for (i = 0; i < f->count; i++) {
		const struct msr_range *r = &f->range[i];

		if (index >= r->base && index - r->base < r->count && r->flags & access)
			return test_bit(index - r->base, r->allow);
	}
	return !f->deny;
}

static bool filter_allows(const struct x86_vm *vm, u32 index, u32 access)
{
	const struct msr_filter *f;
	bool allowed = true;

	if (index >= FILTER_X2APIC_FIRST && index <= FILTER_X2APIC_LAST)
		return true;
	rcu_read_lock();
	f = rcu_dereference(vm->msr_filter);
	if (f)
		allowed = filter_decides(f, index, access);
	rcu_read_unlock();
	return allowed;
}

static u32 filter_reason(int err)
{
	switch (err) {
	case -EPERM:
		return KVM_MSR_EXIT_REASON_FILTER;
	case -ENOENT:
		return KVM_MSR_EXIT_REASON_UNKNOWN;
	default:
		return KVM_MSR_EXIT_REASON_INVAL;
	}
}

/* The VMM's, if it wants such, or #GP. */
static int filter_fault(struct x86_vcpu *vcpu, int err, bool write, u32 index, u64 val)
{
	u32 reason = filter_reason(err);
	struct kvm_run *run = vcpu->base.run;

	if (!(READ_ONCE(vcpu->vm->msr_exits) & reason)) {
		svm_queue_gp(vcpu);
		return VCPU_RESUME;
	}
	run->exit_reason = write ? KVM_EXIT_X86_WRMSR : KVM_EXIT_X86_RDMSR;
	memset(&run->msr, 0, sizeof(run->msr));
	run->msr.reason = reason;
	run->msr.index = index;
	run->msr.data = val;
	svm_io_begin(vcpu, write ? SVM_IO_WRMSR : SVM_IO_RDMSR);
	return VCPU_TO_USER;
}

static void filter_done(struct x86_vcpu *vcpu, bool write, u64 val)
{
	struct svm *svm = &vcpu->svm;

	if (!fetch_skip(vcpu, write ? INSN_WRMSR : INSN_RDMSR) || write)
		return;
	svm->vmcb->save.rax = (u32)val;
	svm->gpr[SVM_RDX] = val >> 32;
}

int filter_exit(struct x86_vcpu *vcpu, bool write)
{
	struct svm *svm = &vcpu->svm;
	u32 index = svm->gpr[SVM_RCX];
	u64 val = write ? (u32)svm->vmcb->save.rax | svm->gpr[SVM_RDX] << 32 : 0;
	int ret;

	if (!filter_allows(vcpu->vm, index, write ? KVM_MSR_FILTER_WRITE : KVM_MSR_FILTER_READ))
		ret = -EPERM;
	else
		ret = write ? svm_msr_set(vcpu, index, val, false) : svm_msr_get(vcpu, index, &val, false);
	if (ret)
		return filter_fault(vcpu, ret, write, index, val);
	filter_done(vcpu, write, val);
	return VCPU_RESUME;
}

int filter_finish(struct x86_vcpu *vcpu, bool write)
{
	const struct kvm_run *run = vcpu->base.run;

	if (READ_ONCE(run->msr.error))
		svm_queue_gp(vcpu);
	else
		filter_done(vcpu, write, READ_ONCE(run->msr.data));
	return VCPU_RESUME;
}
