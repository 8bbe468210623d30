// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Xen. Layouts are those of Xen's public headers (struct shared_info, vcpu_info).
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "../../vm/arch.h"
#include "../vm.h"
#include "call.h"
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
	pfn_cache_init(&vm->xen.page, &vm->npt.gmem, PFN_CACHE_WRITE);
	xa_init_flags(&vm->xen.ports, XA_FLAGS_ACCOUNT);
}

void xen_vm_release(struct x86_vm *vm)
{
	pfn_cache_deactivate(&vm->xen.page);
	call_destroy(vm);
}

void xen_vcpu_init(struct x86_vcpu *vcpu)
{
	pfn_cache_init(&vcpu->xen.info, &vcpu->vm->npt.gmem, PFN_CACHE_WRITE);
	vcpu->xen.gpa = KVM_XEN_INVALID_GPA;
	vcpu->xen.time = KVM_XEN_INVALID_GPA;
	vcpu->xen.id = vcpu->base.idx;
	poll_init(vcpu);
	runstate_init(vcpu);
}

void xen_vcpu_destroy(struct x86_vcpu *vcpu)
{
	poll_destroy(vcpu);
	runstate_destroy(vcpu);
	pfn_cache_deactivate(&vcpu->xen.info);
}

u32 xen_capability(void)
{
	return XEN_CAPS | (runstate_there() ? XEN_CAPS_TIME : 0);
}

/* A page of code that the VMM would have made is not taken. */
int xen_configure(struct x86_vm *vm, const struct kvm_xen_hvm_config *c)
{
	if ((c->flags & ~KVM_XEN_HVM_CONFIG_EVTCHN_SEND) != KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL ||
	    c->blob_addr_32 || c->blob_addr_64 || c->blob_size_32 || c->blob_size_64)
		return -EINVAL;
	if (c->msr && (c->msr < XEN_MSR_FIRST || c->msr > XEN_MSR_LAST))
		return -EINVAL;
	WRITE_ONCE(vm->xen.calls, c->flags & KVM_XEN_HVM_CONFIG_EVTCHN_SEND);
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
	int ret;

	if (gfn != KVM_XEN_INVALID_GFN && gfn >> (vm->gpa_bits - PAGE_SHIFT))
		return -EINVAL;
	ret = event_set_shared(vm, gfn);
	if (!ret && gfn != KVM_XEN_INVALID_GFN)
		xen_write_wall(vm);
	return ret;
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
		ret = call_set_port(vm, a);
		break;
	case KVM_XEN_ATTR_TYPE_XEN_VERSION:
		WRITE_ONCE(vm->xen.version, a->u.xen_version);
		break;
	case KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG:
		if (!runstate_there())
			ret = -EOPNOTSUPP;
		else
			WRITE_ONCE(vm->xen.update_flag, a->u.runstate_update_flag);
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
	case KVM_XEN_ATTR_TYPE_XEN_VERSION:
		a->u.xen_version = READ_ONCE(vm->xen.version);
		return 0;
	case KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG:
		if (!runstate_there())
			return -EOPNOTSUPP;
		a->u.runstate_update_flag = READ_ONCE(vm->xen.update_flag);
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

static int xen_set_timer(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	const struct kvm_irq_routing_xen_evtchn e = {
		.port = a->u.timer.port, .priority = a->u.timer.priority,
	};

	if (e.port && !event_route_fits(vcpu->vm, &e))
		return -EINVAL;
	poll_set_timer(vcpu, 0);
	WRITE_ONCE(vcpu->xen.timers.port, e.port);
	poll_set_timer(vcpu, a->u.timer.expires_ns);
	return 0;
}

int xen_vcpu_set_attr(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	switch (a->type) {
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO:
		return xen_set_info(vcpu, a->u.gpa);
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO:
		return xen_set_time(vcpu, a->u.gpa);
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_ID:
		if (a->u.vcpu_id >= VM_MAX_VCPUS)
			return -EINVAL;
		vcpu->xen.id = a->u.vcpu_id;
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_TIMER:
		return xen_set_timer(vcpu, a);
	case KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR:
		if (a->u.vector && a->u.vector < XEN_VECTOR_FIRST)
			return -EINVAL;
		WRITE_ONCE(vcpu->xen.vector, a->u.vector);
		return 0;
	default:
		return runstate_set(vcpu, a);
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
	case KVM_XEN_VCPU_ATTR_TYPE_VCPU_ID:
		a->u.vcpu_id = vcpu->xen.id;
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_TIMER:
		a->u.timer.port = vcpu->xen.timers.port;
		a->u.timer.priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL;
		a->u.timer.expires_ns = READ_ONCE(vcpu->xen.timers.expires);
		return 0;
	case KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR:
		a->u.vector = vcpu->xen.vector;
		return 0;
	default:
		return runstate_get(vcpu, a);
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

int xen_evtchn_send(struct x86_vm *vm, const struct kvm_irq_routing_xen_evtchn *e)
{
	if (!event_route_fits(vm, e))
		return -EINVAL;
	/* what is said to be sent is in memory, which may be saved next */
	if (READ_ONCE(vm->xen.shared) != KVM_XEN_INVALID_GFN)
		pfn_cache_refresh(&vm->xen.page);
	return event_send(vm, e->vcpu, e->port) < 0 ? -EINVAL : 0;
}

static void xen_call_from(const struct svm *svm, struct xen_call *c)
{
	static const u8 wide[] = { SVM_RDI, SVM_RSI, SVM_RDX, 10, 8, 9 };
	static const u8 narrow[] = { SVM_RBX, SVM_RCX, SVM_RDX, SVM_RSI, SVM_RDI, SVM_RBP };
	unsigned int i;

	c->wide = svm_code_bits(svm) == 64;
	c->nr = svm_get_gpr(svm, SVM_RAX);
	for (i = 0; i < CALL_ARGUMENTS; i++)
		c->arg[i] = svm_get_gpr(svm, c->wide ? wide[i] : narrow[i]);
	if (c->wide)
		return;
	c->nr = (u32)c->nr;
	for (i = 0; i < CALL_ARGUMENTS; i++)
		c->arg[i] = (u32)c->arg[i];
}

int xen_hypercall(struct x86_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->base.run;
	u8 cpl = vcpu->svm.vmcb->save.cpl;
	struct xen_call c;
	u64 result;

	xen_call_from(&vcpu->svm, &c);
	if (READ_ONCE(vcpu->vm->xen.calls) && !cpl && call_serve(vcpu, &c, &result)) {
		svm_set_gpr(&vcpu->svm, SVM_RAX, c.wide ? result : (u32)result);
		return VCPU_RESUME;
	}
	run->exit_reason = KVM_EXIT_XEN;
	run->xen.type = KVM_EXIT_XEN_HCALL;
	run->xen.u.hcall.longmode = c.wide;
	run->xen.u.hcall.cpl = cpl;
	run->xen.u.hcall.input = c.nr;
	run->xen.u.hcall.result = 0;
	BUILD_BUG_ON(sizeof(run->xen.u.hcall.params) != sizeof(c.arg));
	memcpy(run->xen.u.hcall.params, c.arg, sizeof(c.arg));
	vcpu->svm.io.kind = SVM_IO_XEN;
	vcpu->svm.io.at = vcpu->svm.vmcb->save.cs.base + vcpu->svm.vmcb->save.rip;
	return VCPU_TO_USER;
}

void xen_load(struct x86_vcpu *vcpu)
{
	if (READ_ONCE(vcpu->vm->xen.msr))
		set_bit(X86_REQ_XEN, &vcpu->base.requests);
}

void xen_put(struct x86_vcpu *vcpu)
{
	/* the scheduler comes with interrupts off, KVM_RUN itself with them on; who sleeps does not wait for a CPU */
	if (READ_ONCE(vcpu->vm->xen.msr) && irqs_disabled() && task_is_running(current))
		runstate_preempt(vcpu);
}

/* Return: the page was found anew. */
static bool xen_bring_info(struct x86_vcpu *vcpu)
{
	struct xen_vcpu *x = &vcpu->xen;
	int ret;

	if (!x->on || pfn_cache_check(&x->info))
		return false;
	ret = pfn_cache_refresh(&x->info);
	if (ret == -EINVAL)
		ret = pfn_cache_activate(&x->info, x->gpa, XEN_INFO_SIZE);
	x->lost = ret && ret != -EINTR;
	return !ret;
}

void xen_prepare(struct x86_vcpu *vcpu)
{
	bool asked = test_and_clear_bit(X86_REQ_XEN, &vcpu->base.requests), found = xen_bring_info(vcpu);

	if (vcpu->xen.timers.polled != POLL_NONE && vcpu->intc.mp_state == KVM_MP_STATE_RUNNABLE)
		poll_end(vcpu);
	if (asked && READ_ONCE(vcpu->vm->xen.msr))
		runstate_run(vcpu);
	if (asked || found)
		event_late(vcpu);
}

void xen_settle(struct x86_vcpu *vcpu)
{
	struct xen_vcpu *x = &vcpu->xen;

	if (bitmap_empty(x->late, EVENT_PORTS) && !READ_ONCE(x->late_words))
		return;
	xen_bring_info(vcpu);
	event_late(vcpu);
}

u8 xen_asks(struct x86_vcpu *vcpu)
{
	struct xen_vcpu *x = &vcpu->xen;
	u8 vector = READ_ONCE(vcpu->vm->xen.vector);
	struct pfn_use use;
	const u8 *info;
	u8 pending;

	/* one of its own is its local APIC's */
	if (!x->on || x->lost || !vector || x->vector)
		return 0;
	info = pfn_cache_begin(&x->info, &use);
	if (!info) {
		/* an event may wait there, for which nobody would have the guest interrupted later */
		set_bit(X86_REQ_XEN, &vcpu->base.requests);
		return 0;
	}
	/* its first byte: an event waits for this vCPU */
	pending = READ_ONCE(*info);
	pfn_cache_end(&x->info, &use, 0);
	return pending ? vector : 0;
}
