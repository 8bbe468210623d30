// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Xen. Layouts are those of Xen's public headers (struct shared_info, vcpu_info).
 */
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "../../vm/arch.h"
#include "../vm.h"
#include "xen.h"

#define XEN_INFO_SIZE		64	/* vcpu_info, in both modes */
#define XEN_INFO_TIME		32	/* where the record of the time is in it */
#define XEN_WALL_64		0xc00	/* where the wall clock is in shared_info */
#define XEN_WALL_64_HIGH	0xc0c	/* and the upper half of its seconds */
#define XEN_WALL_32		0x900
#define XEN_WALL_32_HIGH	0x924
#define XEN_CALL_SIZE		32	/* of a hypercall in the page */
#define XEN_MSR_FIRST		0x40000000
#define XEN_MSR_LAST		0x4fffffff
#define XEN_VECTOR_FIRST	0x10

void xen_vm_init(struct x86_vm *vm)
{
	vm->xen.shared = KVM_XEN_INVALID_GFN;
}

void xen_vcpu_init(struct x86_vcpu *vcpu)
{
	pfn_cache_init(&vcpu->xen.info, &vcpu->vm->npt.gmem, 0);
	vcpu->xen.gpa = KVM_XEN_INVALID_GPA;
	vcpu->xen.time = KVM_XEN_INVALID_GPA;
}

void xen_vcpu_destroy(struct x86_vcpu *vcpu)
{
	pfn_cache_deactivate(&vcpu->xen.info);
}

/* Hypercalls are the VMM's: a page of code that the VMM would have made is not taken. */
int xen_configure(struct x86_vm *vm, const struct kvm_xen_hvm_config *c)
{
	if (c->flags != KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL || c->blob_addr_32 || c->blob_addr_64 ||
	    c->blob_size_32 || c->blob_size_64)
		return -EINVAL;
	if (c->msr && (c->msr < XEN_MSR_FIRST || c->msr > XEN_MSR_LAST))
		return -EINVAL;
	WRITE_ONCE(vm->xen.msr, c->msr);
	return 0;
}

/* The time of day at which the clock was 0, at its place in the shared page. */
static void xen_write_wall(struct x86_vm *vm)
{
	bool wide = READ_ONCE(vm->xen.long_mode);
	u64 gpa = READ_ONCE(vm->xen.shared) << PAGE_SHIFT;
	u32 high = (ktime_get_real_seconds() - kvmclock_now(vm) / NSEC_PER_SEC) >> 32;

	gmem_write(&vm->npt.gmem, gpa + (wide ? XEN_WALL_64_HIGH : XEN_WALL_32_HIGH), &high, sizeof(high));
	kvmclock_write_wall(vm, gpa + (wide ? XEN_WALL_64 : XEN_WALL_32));
}

static int xen_set_shared(struct x86_vm *vm, u64 gfn)
{
	if (gfn != KVM_XEN_INVALID_GFN && gfn >> (vm->gpa_bits - PAGE_SHIFT))
		return -EINVAL;
	WRITE_ONCE(vm->xen.shared, gfn);
	if (gfn != KVM_XEN_INVALID_GFN)
		xen_write_wall(vm);
	return 0;
}

static void xen_set_mode(struct x86_vm *vm, bool wide)
{
	WRITE_ONCE(vm->xen.long_mode, wide);
	if (READ_ONCE(vm->xen.shared) != KVM_XEN_INVALID_GFN)
		xen_write_wall(vm);
}

int xen_set_attr(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	int ret = 0;

	mutex_lock(&vm->base.lock);
	switch (a->type) {
	case KVM_XEN_ATTR_TYPE_LONG_MODE:
		xen_set_mode(vm, a->u.long_mode);
		break;
	case KVM_XEN_ATTR_TYPE_SHARED_INFO:
		ret = xen_set_shared(vm, a->u.shared_info.gfn);
		break;
	case KVM_XEN_ATTR_TYPE_UPCALL_VECTOR:
		if (a->u.vector && a->u.vector < XEN_VECTOR_FIRST)
			ret = -EINVAL;
		else
			WRITE_ONCE(vm->xen.vector, a->u.vector);
		break;
	case KVM_XEN_ATTR_TYPE_EVTCHN:
		/* ports are all the VMM's: there are none here that could be forgotten */
		ret = a->u.evtchn.flags == KVM_XEN_EVTCHN_RESET ? 0 : -EINVAL;
		break;
	default:
		ret = -ENOENT;
	}
	mutex_unlock(&vm->base.lock);
	return ret;
}

int xen_get_attr(struct x86_vm *vm, struct kvm_xen_hvm_attr *a)
{
	switch (a->type) {
	case KVM_XEN_ATTR_TYPE_LONG_MODE:
		a->u.long_mode = READ_ONCE(vm->xen.long_mode);
		return 0;
	case KVM_XEN_ATTR_TYPE_SHARED_INFO:
		a->u.shared_info.gfn = READ_ONCE(vm->xen.shared);
		return 0;
	case KVM_XEN_ATTR_TYPE_UPCALL_VECTOR:
		a->u.vector = READ_ONCE(vm->xen.vector);
		return 0;
	default:
		return -ENOENT;
	}
}

static bool xen_fits(u64 gpa, unsigned int size)
{
	return !(gpa & 3) && offset_in_page(gpa) <= PAGE_SIZE - size;
}

static int xen_set_info(struct x86_vcpu *vcpu, u64 gpa)
{
	struct xen_vcpu *x = &vcpu->xen;
	bool on = gpa != KVM_XEN_INVALID_GPA;

	if (on && !xen_fits(gpa, XEN_INFO_SIZE))
		return -EINVAL;
	pfn_cache_deactivate(&x->info);
	x->gpa = gpa;
	x->on = on;
	x->lost = false;
	kvmclock_give(vcpu, KVMCLOCK_XEN_INFO, on, gpa + XEN_INFO_TIME, PV_CLOCK_STABLE);
	return 0;
}

static int xen_set_time(struct x86_vcpu *vcpu, u64 gpa)
{
	bool on = gpa != KVM_XEN_INVALID_GPA;

	if (on && !xen_fits(gpa, sizeof(struct pv_clock_record)))
		return -EINVAL;
	vcpu->xen.time = gpa;
	kvmclock_give(vcpu, KVMCLOCK_XEN_TIME, on, gpa, PV_CLOCK_STABLE);
	return 0;
}

int xen_vcpu_set_attr(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	switch (a->type) {
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO:
		return xen_set_info(vcpu, a->u.gpa);
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO:
		return xen_set_time(vcpu, a->u.gpa);
	default:
		return -ENOENT;
	}
}

int xen_vcpu_get_attr(struct x86_vcpu *vcpu, struct kvm_xen_vcpu_attr *a)
{
	switch (a->type) {
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO:
		a->u.gpa = vcpu->xen.gpa;
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO:
		a->u.gpa = vcpu->xen.time;
		return 0;
	default:
		return -ENOENT;
	}
}

int xen_write_msr(struct x86_vcpu *vcpu, u64 gpa)
{
	/* mov $number, %eax; vmmcall; ret */
	u8 call[XEN_CALL_SIZE] = { 0xb8, 0, 0, 0, 0, 0x0f, 0x01, 0xd9, 0xc3 };
	u32 i;

	if (gpa & ~PAGE_MASK)
		return -EINVAL;
	memset(call + 9, 0xcc, sizeof(call) - 9);
	for (i = 0; i < PAGE_SIZE / XEN_CALL_SIZE; i++) {
		memcpy(call + 1, &i, sizeof(i));
		if (gmem_write(&vcpu->vm->npt.gmem, gpa + i * XEN_CALL_SIZE, call, sizeof(call)) != sizeof(call))
			return -EINVAL;
	}
	/* the guest's kernel has the mode that its structures are in */
	mutex_lock(&vcpu->vm->base.lock);
	xen_set_mode(vcpu->vm, svm_code_bits(&vcpu->svm) == 64);
	mutex_unlock(&vcpu->vm->base.lock);
	return 0;
}

int xen_hypercall(struct x86_vcpu *vcpu)
{
	static const u8 wide[] = { SVM_RDI, SVM_RSI, SVM_RDX, 10, 8, 9 };
	static const u8 narrow[] = { SVM_RBX, SVM_RCX, SVM_RDX, SVM_RSI, SVM_RDI, SVM_RBP };
	bool is_wide = svm_code_bits(&vcpu->svm) == 64;
	struct kvm_run *run = vcpu->base.run;
	unsigned int i;

	run->exit_reason = KVM_EXIT_XEN;
	run->xen.type = KVM_EXIT_XEN_HCALL;
	run->xen.u.hcall.longmode = is_wide;
	run->xen.u.hcall.cpl = vcpu->svm.vmcb->save.cpl;
	run->xen.u.hcall.input = svm_get_gpr(&vcpu->svm, SVM_RAX);
	run->xen.u.hcall.result = 0;
	for (i = 0; i < ARRAY_SIZE(wide); i++)
		run->xen.u.hcall.params[i] = svm_get_gpr(&vcpu->svm, is_wide ? wide[i] : narrow[i]);
	if (!is_wide) {
		run->xen.u.hcall.input = (u32)run->xen.u.hcall.input;
		for (i = 0; i < ARRAY_SIZE(narrow); i++)
			run->xen.u.hcall.params[i] = (u32)run->xen.u.hcall.params[i];
	}
	vcpu->svm.io.kind = SVM_IO_XEN;
	vcpu->svm.io.at = vcpu->svm.vmcb->save.cs.base + vcpu->svm.vmcb->save.rip;
	return VCPU_TO_USER;
}

void xen_prepare(struct x86_vcpu *vcpu)
{
	struct xen_vcpu *x = &vcpu->xen;
	int ret;

	if (!x->on || pfn_cache_check(&x->info))
		return;
	ret = pfn_cache_refresh(&x->info);
	if (ret == -EINVAL)
		ret = pfn_cache_activate(&x->info, x->gpa, XEN_INFO_SIZE);
	x->lost = ret && ret != -EINTR;
}

u8 xen_asks(struct x86_vcpu *vcpu, bool asleep)
{
	struct xen_vcpu *x = &vcpu->xen;
	u8 vector = READ_ONCE(vcpu->vm->xen.vector);
	struct pfn_use use;
	const u8 *info;
	u8 pending;

	if (!x->on || x->lost || !vector)
		return 0;
	info = pfn_cache_begin(&x->info, &use);
	if (!info)
		return asleep ? vector : 0;
	/* its first byte: an event waits for this vCPU */
	pending = READ_ONCE(*info);
	pfn_cache_end(&x->info, &use, 0);
	return pending ? vector : 0;
}
