// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Hyper-V. They are told of what is here alone: hypercalls, of which none but
 * HvSignalEvent is known, and there is nobody to signal.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "../../mem/gmem.h"
#include "../svm/fetch.h"
#include "../vm.h"
#include "hv.h"

/* Leaves (TLFS 2.4). */
#define HV_LEAF_NAME		0x40000000
#define HV_LEAF_INTERFACE	0x40000001
#define HV_LEAF_VERSION		0x40000002
#define HV_LEAF_FEATURES	0x40000003
#define HV_LEAF_ADVICE		0x40000004
#define HV_LEAF_LIMITS		0x40000005

#define HV_NAME			"Linux KVM Hv"	/* as the kernel's: who looks finds what it knows */
#define HV_INTERFACE		0x31237648	/* "Hv#1" */
#define HV_FEATURE_HYPERCALL	BIT(5)		/* of EAX: these MSRs */
#define HV_SPIN_FOREVER		0xffffffff	/* nobody wants to hear of spinning */

/* A call's input (TLFS 3.7). */
#define HV_CALL_CODE		GENMASK_ULL(15, 0)
#define HV_CALL_FAST		BIT_ULL(16)	/* its argument is in a register */
#define HV_CALL_COUNT		GENMASK_ULL(43, 32)
#define HV_CALL_RESERVED	(GENMASK_ULL(63, 60) | GENMASK_ULL(47, 44) | GENMASK_ULL(31, 27))
#define HV_CALL_SIGNAL_EVENT	0x5d
/* What the page sets in EAX, where VMMCALL may be Xen's as well. */
#define HV_CALL_NOT_XEN		BIT(31)

/* How it ended (TLFS appendix B). */
#define HV_STATUS_CODE		2	/* HV_STATUS_INVALID_HYPERCALL_CODE */
#define HV_STATUS_INPUT		3	/* HV_STATUS_INVALID_HYPERCALL_INPUT */
#define HV_STATUS_ALIGNMENT	4	/* HV_STATUS_INVALID_ALIGNMENT */
#define HV_STATUS_CONNECTION	18	/* HV_STATUS_INVALID_CONNECTION_ID */

bool hv_announce(unsigned int i, struct kvm_cpuid_entry2 *e)
{
	const u32 *name = (const u32 *)HV_NAME;

	memset(e, 0, sizeof(*e));
	e->function = HV_LEAF_NAME + i;
	switch (e->function) {
	case HV_LEAF_NAME:
		e->eax = HV_LEAF_LIMITS;
		e->ebx = name[0];
		e->ecx = name[1];
		e->edx = name[2];
		return true;
	case HV_LEAF_INTERFACE:
		e->eax = HV_INTERFACE;
		return true;
	case HV_LEAF_VERSION:
		return true;
	case HV_LEAF_FEATURES:
		e->eax = HV_FEATURE_HYPERCALL;
		return true;
	case HV_LEAF_ADVICE:
		e->ebx = HV_SPIN_FOREVER;
		return true;
	case HV_LEAF_LIMITS:
		e->eax = VM_MAX_VCPUS;
		return true;
	default:
		return false;
	}
}

static bool hv_is_told(const struct x86_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e = svm_cpuid_find(&vcpu->svm, HV_LEAF_INTERFACE, 0);

	return e && e->eax == HV_INTERFACE;
}

int hv_get_msr(const struct x86_vcpu *vcpu, u32 index, u64 *val, bool host)
{
	const struct hv_vm *hv = &vcpu->vm->hv;

	if (!host && !hv_is_told(vcpu))
		return -ENOENT;
	*val = READ_ONCE(*(index == HV_MSR_OS_ID ? &hv->os_id : &hv->hypercall));
	return 0;
}

static int hv_write_page(struct x86_vm *vm, u64 gpa)
{
	static const u8 code[] = {
		0x0d, 0x00, 0x00, 0x00, 0x80,	/* or $HV_CALL_NOT_XEN, %eax */
		0x0f, 0x01, 0xd9,		/* vmmcall */
		0xc3,				/* ret */
	};
	/* RAX is part of the input where registers are short; Xen's numbers are small */
	unsigned int from = xen_is_there(&vm->xen) ? 0 : 5, len = sizeof(code) - from;

	return gmem_write(&vm->npt.gmem, gpa, code + from, len) == len ? 0 : -EINVAL;
}

static int hv_set_hypercall(struct x86_vm *vm, u64 val, bool host)
{
	struct hv_vm *hv = &vm->hv;

	if (hv->hypercall & HV_HYPERCALL_LOCKED && !host)
		return 0;
	/* from who is nobody it is not turned on */
	if (!hv->os_id)
		val &= ~HV_HYPERCALL_ENABLE;
	if (val & HV_HYPERCALL_ENABLE && hv_write_page(vm, val & PAGE_MASK))
		return -EINVAL;
	WRITE_ONCE(hv->hypercall, val);
	return 0;
}

int hv_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val, bool host)
{
	struct hv_vm *hv = &vcpu->vm->hv;
	int ret = 0;

	if (!host && !hv_is_told(vcpu))
		return -ENOENT;
	mutex_lock(&vcpu->vm->base.lock);
	if (index == HV_MSR_HYPERCALL) {
		ret = hv_set_hypercall(vcpu->vm, val, host);
	} else {
		WRITE_ONCE(hv->os_id, val);
		if (!val)
			WRITE_ONCE(hv->hypercall, hv->hypercall & ~HV_HYPERCALL_ENABLE);
	}
	mutex_unlock(&vcpu->vm->base.lock);
	return ret;
}

bool hv_calls(const struct x86_vcpu *vcpu)
{
	if (!READ_ONCE(vcpu->vm->hv.os_id) || !hv_is_told(vcpu))
		return false;
	return !xen_is_there(&vcpu->vm->xen) || vcpu->svm.vmcb->save.rax & HV_CALL_NOT_XEN;
}

static u64 hv_pair(const struct svm *svm, unsigned int high, unsigned int low)
{
	return svm_get_gpr(svm, high) << 32 | (u32)svm_get_gpr(svm, low);
}

/* Return: HV_STATUS_*. */
static u64 hv_serve(u64 input, u64 argument)
{
	if (input & HV_CALL_RESERVED)
		return HV_STATUS_INPUT;
	if ((input & HV_CALL_CODE) != HV_CALL_SIGNAL_EVENT)
		return HV_STATUS_CODE;
	if (input & HV_CALL_COUNT)
		return HV_STATUS_INPUT;
	if (!(input & HV_CALL_FAST) && argument & 7)
		return HV_STATUS_ALIGNMENT;
	return HV_STATUS_CONNECTION;
}

int hv_hypercall(struct x86_vcpu *vcpu)
{
	struct svm *svm = &vcpu->svm;
	bool wide = svm_code_bits(svm) == 64;
	u64 input, argument, status;

	if (svm->vmcb->save.cpl || !(svm->vmcb->save.cr0 & X86_CR0_PE)) {
		svm_queue_ud(vcpu);
		return VCPU_RESUME;
	}
	if (!fetch_skip(vcpu, INSN_VMMCALL))
		return VCPU_RESUME;
	input = wide ? svm_get_gpr(svm, SVM_RCX) : hv_pair(svm, SVM_RDX, SVM_RAX);
	argument = wide ? svm_get_gpr(svm, SVM_RDX) : hv_pair(svm, SVM_RBX, SVM_RCX);
	if (!wide && xen_is_there(&vcpu->vm->xen))
		input &= ~(u64)HV_CALL_NOT_XEN;
	status = hv_serve(input, argument);
	svm_set_gpr(svm, SVM_RAX, status);
	if (!wide)
		svm_set_gpr(svm, SVM_RDX, 0);
	return VCPU_RESUME;
}
