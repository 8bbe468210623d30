// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls of a Xen guest that need no VMM: send an event, set a timer, poll. Numbers and structures are
 * those of Xen's public headers (xen.h, event_channel.h, sched.h, vcpu.h, version.h).
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "../vm.h"
#include "call.h"
#include "event.h"
#include "poll.h"

#define CALL_SET_TIMER		15
#define CALL_VERSION		17
#define CALL_VCPU		24
#define CALL_SCHED		29
#define CALL_EVENT		32

#define CALL_VERSION_NUMBER	0
#define CALL_VCPU_SET_TIMER	7
#define CALL_VCPU_STOP_TIMER	8
#define CALL_SCHED_POLL		3
#define CALL_EVENT_SEND		4

#define CALL_TIMER_FUTURE	BIT(0)	/* not where it would be in the past */
#define CALL_ETIME		62	/* Xen's own number */

#define CALL_PORT_INTERDOMAIN	2	/* EVTCHNSTAT_* */
#define CALL_PORT_IPI		5

/**
 * struct call_port - what a port that the guest sends on leads to; does not change
 * @event: to an eventfd; NULL: to an event of the guest's own
 * @type: as the VMM has it
 * @vcpu: that event's
 * @port: likewise
 * @next: of those that go away together
 */
struct call_port {
	struct eventfd_ctx *event;
	u32 type;
	u32 vcpu;
	u32 port;
	struct call_port *next;
};

struct call_poll {
	u64 ports;
	u32 n;
	u32 pad;
	u64 timeout;
};

struct call_poll32 {
	u32 ports;
	u32 n;
	u64 timeout;
};

struct call_timer {
	u64 expires;
	u32 flags;
} __packed;

static bool call_read(struct x86_vcpu *vcpu, u64 at, void *buf, unsigned int len)
{
	return svm_read_linear(vcpu, at, 0, buf, len) == len;
}

static bool call_send(struct x86_vcpu *vcpu, u64 at, u64 *result)
{
	struct call_port *p;
	u32 port;

	*result = -EFAULT;
	if (!call_read(vcpu, at, &port, sizeof(port)))
		return true;
	rcu_read_lock();
	p = xa_load(&vcpu->vm->xen.ports, port);
	if (p && p->event)
		eventfd_signal(p->event);
	else if (p)
		event_send(vcpu->vm, p->vcpu, p->port);
	rcu_read_unlock();
	*result = 0;
	return p;
}

static bool call_poll(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result)
{
	u32 ports[POLL_PORTS];
	struct call_poll32 narrow;
	struct call_poll p;

	if (!vcpu->intc.there)
		return false;
	*result = -EFAULT;
	if (c->wide) {
		if (!call_read(vcpu, c->arg[1], &p, sizeof(p)))
			return true;
	} else {
		if (!call_read(vcpu, c->arg[1], &narrow, sizeof(narrow)))
			return true;
		p = (struct call_poll) { .ports = narrow.ports, .n = narrow.n, .timeout = narrow.timeout };
	}
	if (p.n > POLL_PORTS) {
		*result = -EINVAL;
		return true;
	}
	if (call_read(vcpu, p.ports, ports, p.n * sizeof(ports[0])))
		*result = poll_begin(vcpu, ports, p.n, p.timeout);
	return true;
}

/* Only of the vCPU itself. */
static bool call_vcpu(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result)
{
	struct call_timer t;

	if (!vcpu->xen.timers.port || (c->arg[0] != CALL_VCPU_SET_TIMER && c->arg[0] != CALL_VCPU_STOP_TIMER))
		return false;
	*result = -EINVAL;
	if (c->arg[1] != vcpu->xen.id)
		return true;
	*result = 0;
	if (c->arg[0] == CALL_VCPU_STOP_TIMER) {
		poll_set_timer(vcpu, 0);
		return true;
	}
	*result = -EFAULT;
	if (!call_read(vcpu, c->arg[2], &t, sizeof(t)))
		return true;
	*result = -CALL_ETIME;
	if ((t.flags & CALL_TIMER_FUTURE) && t.expires < kvmclock_now(vcpu->vm))
		return true;
	poll_set_timer(vcpu, t.expires);
	*result = 0;
	return true;
}

static bool call_set_timer(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result)
{
	if (!vcpu->xen.timers.port)
		return false;
	poll_set_timer(vcpu, c->wide ? c->arg[0] : c->arg[0] | c->arg[1] << 32);
	*result = 0;
	return true;
}

bool call_serve(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result)
{
	switch (c->nr) {
	case CALL_VERSION:
		*result = READ_ONCE(vcpu->vm->xen.version);
		return c->arg[0] == CALL_VERSION_NUMBER && *result;
	case CALL_EVENT:
		return c->arg[0] == CALL_EVENT_SEND && call_send(vcpu, c->arg[1], result);
	case CALL_SCHED:
		return c->arg[0] == CALL_SCHED_POLL && call_poll(vcpu, c, result);
	case CALL_VCPU:
		return call_vcpu(vcpu, c, result);
	case CALL_SET_TIMER:
		return call_set_timer(vcpu, c, result);
	default:
		return false;
	}
}

/* They are in no table any more. */
static void call_free(struct call_port *p)
{
	struct call_port *next;

	synchronize_rcu();
	for (; p; p = next) {
		next = p->next;
		if (p->event)
			eventfd_ctx_put(p->event);
		kfree(p);
	}
}

static void call_reset(struct x86_vm *vm)
{
	struct call_port *p, *all = NULL;
	unsigned long port;

	xa_for_each(&vm->xen.ports, port, p) {
		xa_erase(&vm->xen.ports, port);
		p->next = all;
		all = p;
	}
	if (all)
		call_free(all);
}

void call_destroy(struct x86_vm *vm)
{
	call_reset(vm);
	xa_destroy(&vm->xen.ports);
}

static struct call_port *call_make(const struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	u32 type = a->u.evtchn.type, port = a->u.evtchn.deliver.port.port;
	const struct kvm_irq_routing_xen_evtchn target = {
		.port = port, .priority = a->u.evtchn.deliver.port.priority,
	};
	struct call_port *p;

	if ((type != CALL_PORT_IPI && type != CALL_PORT_INTERDOMAIN) || (port && !event_route_fits(vm, &target)) ||
	    (type == CALL_PORT_IPI && port != a->u.evtchn.send_port))
		return ERR_PTR(-EINVAL);
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->type = type;
	p->port = port;
	p->vcpu = port ? a->u.evtchn.deliver.port.vcpu : 0;
	if (port)
		return p;
	p->event = eventfd_ctx_fdget(a->u.evtchn.deliver.eventfd.fd);
	if (IS_ERR(p->event)) {
		long err = PTR_ERR(p->event);

		kfree(p);
		return ERR_PTR(err);
	}
	return p;
}

/* It may lead to another vCPU, and to nothing else that is new. */
static int call_update(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	struct call_port *old = xa_load(&vm->xen.ports, a->u.evtchn.send_port), *p;

	if (!old)
		return -ENOENT;
	if (old->event || old->type != a->u.evtchn.type || old->port != a->u.evtchn.deliver.port.port)
		return -EINVAL;
	p = call_make(vm, a);
	if (IS_ERR(p))
		return PTR_ERR(p);
	/* into a place that is there: needs no memory */
	xa_store(&vm->xen.ports, a->u.evtchn.send_port, p, GFP_KERNEL_ACCOUNT);
	call_free(old);
	return 0;
}

static int call_add(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	struct call_port *p = call_make(vm, a);
	int ret;

	if (IS_ERR(p))
		return PTR_ERR(p);
	ret = xa_insert(&vm->xen.ports, a->u.evtchn.send_port, p, GFP_KERNEL_ACCOUNT);
	if (ret)
		call_free(p);
	return ret == -EBUSY ? -EEXIST : ret;
}

int call_set_port(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	struct call_port *old;

	lockdep_assert_held(&vm->base.lock);
	if (a->u.evtchn.flags == KVM_XEN_EVTCHN_RESET) {
		call_reset(vm);
		return 0;
	}
	if (!a->u.evtchn.send_port || a->u.evtchn.send_port >= EVENT_PORTS)
		return -EINVAL;
	switch (a->u.evtchn.flags) {
	case 0:
		return call_add(vm, a);
	case KVM_XEN_EVTCHN_UPDATE:
		return call_update(vm, a);
	case KVM_XEN_EVTCHN_DEASSIGN:
		old = xa_erase(&vm->xen.ports, a->u.evtchn.send_port);
		if (!old)
			return -ENOENT;
		call_free(old);
		return 0;
	default:
		return -EINVAL;
	}
}
