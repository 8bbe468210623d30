// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls of a Xen guest that are served without the VMM, and the ports that it lets the guest send on. Numbers
 * are those of Xen's public headers.
 */
#include "test_xen_fake.h"
#include "each_alloc.h"

#include "../../src/x86/xen/call.h"

#define SHARED		FAKE_MEM
#define ARGS		(FAKE_MEM + PAGE_SIZE)
#define INFO		(FAKE_MEM + 2 * PAGE_SIZE)
#define FD		3

enum { SET_TIMER = 15, VERSION = 17, VCPU = 24, SCHED = 29, EVENT = 32 };

struct eventfd_ctx {
	int refs, signals;
};

static struct x86_vcpu *cpu = &fake_cpu[0];
static struct eventfd_ctx eventfd;
static unsigned int graces;
static int refs_at_grace;

struct eventfd_ctx *eventfd_ctx_fdget(int fd)
{
	if (fd != FD)
		return ERR_PTR(-EBADF);
	eventfd.refs++;
	return &eventfd;
}

void eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	ctx->refs--;
}

void eventfd_signal(struct eventfd_ctx *ctx)
{
	ctx->signals++;
}

void synchronize_rcu(void)
{
	graces++;
	refs_at_grace = eventfd.refs;
}

unsigned int svm_read_linear(struct x86_vcpu *vcpu, u64 at, unsigned int access, void *buf, unsigned int len)
{
	assert_true(vcpu == cpu && !access);
	if (at < FAKE_MEM || at >= FAKE_MEM + sizeof(fake_mem))
		return 0;
	memcpy(buf, mem_at(at), len);
	return len;
}

static int setup(void **state)
{
	fake_setup(state);
	mutex_lock(&fake_vm.base.lock);
	assert_int_equal(event_set_shared(&fake_vm, SHARED >> PAGE_SHIFT), 0);
	assert_int_equal(pfn_cache_activate(&cpu->xen.info, INFO, 64), 0);
	cpu->xen.on = true;
	cpu->xen.id = 7;
	poll_init(cpu);
	memset(&eventfd, 0, sizeof(eventfd));
	graces = 0;
	return 0;
}

/* No eventfd and no port is kept when the VM goes. */
static int teardown(void **state)
{
	call_destroy(&fake_vm);
	mutex_unlock(&fake_vm.base.lock);
	assert_int_equal(eventfd.refs, 0);
	assert_int_equal(shim_allocs(), 0);
	return fake_teardown(state);
}

#define NOT_OURS	0x123456789abcdef0ULL

/* The result, or NOT_OURS. */
static u64 call(bool wide, u64 nr, u64 a, u64 b, u64 c)
{
	struct xen_call call = { .nr = nr, .wide = wide, .arg = { a, b, c } };
	u64 result = NOT_OURS;

	if (call_serve(cpu, &call, &result)) {
		assert_true(result != NOT_OURS);
		return result;
	}
	return NOT_OURS;
}

static int set(u32 from, u32 type, u32 flags, u32 to, u32 vcpu)
{
	struct kvm_xen_hvm_attr a = { .type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn = { .send_port = from, .type = type, .flags = flags } };

	a.u.evtchn.deliver.port.port = to;
	a.u.evtchn.deliver.port.vcpu = vcpu;
	a.u.evtchn.deliver.port.priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL;
	return call_set_port(&fake_vm, &a);
}

static int set_fd(u32 from, u32 flags, int fd)
{
	struct kvm_xen_hvm_attr a = { .type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn = { .send_port = from, .type = 2, .flags = flags } };

	a.u.evtchn.deliver.eventfd.fd = fd;
	return call_set_port(&fake_vm, &a);
}

static u64 send(u32 port)
{
	memcpy(mem_at(ARGS), &port, sizeof(port));
	return call(true, EVENT, 4, ARGS, 0);
}

/* A port leads to an eventfd or to an event of a vCPU, until it is led elsewhere or taken away; what leads nowhere is the VMM's. */
static void sends(void **state)
{
	(void)state;
	assert_true(send(5) == NOT_OURS);
	assert_int_equal(set_fd(5, 0, FD), 0);
	assert_int_equal(set(6, 2, 0, 70, 1), 0);
	assert_int_equal(set(7, 5, 0, 7, 0), 0);
	assert_true(send(5) == 0 && eventfd.signals == 1 && send(5) == 0 && eventfd.signals == 2);
	assert_true(send(6) == 0 && event_pending(&fake_vm, 70) == 1 && fake_cpu[1].xen.late_words);
	assert_true(send(7) == 0 && event_pending(&fake_vm, 7) == 1 && *mem_at(INFO) == 1);
	assert_true(call(true, EVENT, 4, 0x8000, 0) == -EFAULT && call(true, EVENT, 5, ARGS, 0) == NOT_OURS);
	/* another vCPU of the same port */
	mem_at(SHARED + 0x800)[8] = 0;
	fake_cpu[1].xen.late_words = 0;
	assert_int_equal(set(6, 2, KVM_XEN_EVTCHN_UPDATE, 70, 0), 0);
	assert_true(send(6) == 0 && event_pending(&fake_vm, 70) == 1 && !fake_cpu[1].xen.late_words);
	assert_int_equal(set(5, 0, KVM_XEN_EVTCHN_DEASSIGN, 0, 0), 0);
	assert_true(send(5) == NOT_OURS && eventfd.signals == 2 && !eventfd.refs);
	assert_int_equal(set(0, 0, KVM_XEN_EVTCHN_RESET, 0, 0), 0);
	assert_true(send(6) == NOT_OURS && send(7) == NOT_OURS);
}

/* What cannot be is refused, and changes nothing: numbers, types, flags, a port that is there or is not, another kind of end. */
static void refused(void **state)
{
	(void)state;
	assert_int_equal(set(0, 2, 0, 6, 0), -EINVAL);
	assert_int_equal(set(EVENT_PORTS, 2, 0, 6, 0), -EINVAL);
	assert_int_equal(set(5, 2, 0, EVENT_PORTS, 0), -EINVAL);
	assert_int_equal(set(5, 3, 0, 6, 0), -EINVAL);
	assert_int_equal(set(5, 5, 0, 6, 0), -EINVAL);
	assert_int_equal(set(5, 2, 8, 6, 0), -EINVAL);
	assert_int_equal(set_fd(5, 0, FD + 1), -EBADF);
	assert_int_equal(set(5, 2, KVM_XEN_EVTCHN_UPDATE, 6, 0), -ENOENT);
	assert_int_equal(set(5, 2, KVM_XEN_EVTCHN_DEASSIGN, 6, 0), -ENOENT);
	assert_int_equal(set(5, 2, 0, 6, 0), 0);
	assert_int_equal(set(5, 2, 0, 6, 0), -EEXIST);
	assert_int_equal(set_fd(5, 0, FD), -EEXIST);
	assert_int_equal(set(5, 2, KVM_XEN_EVTCHN_UPDATE, 7, 0), -EINVAL);
	assert_int_equal(set(5, 5, KVM_XEN_EVTCHN_UPDATE, 6, 0), -EINVAL);
	assert_true(send(5) == 0 && event_pending(&fake_vm, 6) == 1);
	assert_int_equal(set_fd(6, 0, FD), 0);
	assert_int_equal(set_fd(6, KVM_XEN_EVTCHN_UPDATE, FD), -EINVAL);
	assert_int_equal(eventfd.refs, 1);
}

/* Where there is no memory for a port, none is there and no eventfd is kept. */
static void no_memory(void **state)
{
	(void)state;
	assert_int_equal(each_alloc(set_fd(5, 0, FD), -ENOMEM), 2);
	assert_int_equal(eventfd.refs, 1);
	shim_fail_alloc(1);
	assert_int_equal(set(6, 2, 0, 6, 0), -ENOMEM);
	assert_int_equal(set(6, 2, 0, 6, 0), 0);
	shim_fail_alloc(1);
	assert_int_equal(set(6, 2, KVM_XEN_EVTCHN_UPDATE, 6, 1), -ENOMEM);
	assert_true(send(6) == 0 && event_pending(&fake_vm, 6) == 1 && !fake_cpu[1].xen.late_words);
}

/* Who sends may have the port that goes: it is freed, and its eventfd let go, behind a grace period; nothing is waited for without need. */
static void graces_pass(void **state)
{
	(void)state;
	assert_int_equal(set_fd(5, 0, FD), 0);
	assert_int_equal(set_fd(6, 0, FD), 0);
	assert_int_equal(graces, 0);
	assert_int_equal(set(5, 0, KVM_XEN_EVTCHN_DEASSIGN, 0, 0), 0);
	assert_true(graces == 1 && refs_at_grace == 2);
	assert_int_equal(set(7, 2, 0, 8, 0), 0);
	assert_int_equal(set(7, 2, KVM_XEN_EVTCHN_UPDATE, 8, 1), 0);
	assert_int_equal(graces, 2);
	assert_int_equal(set_fd(9, 0, FD), 0);
	assert_int_equal(set(0, 0, KVM_XEN_EVTCHN_RESET, 0, 0), 0);
	assert_true(graces == 3 && refs_at_grace == 2 && !eventfd.refs);
	assert_int_equal(set(0, 0, KVM_XEN_EVTCHN_RESET, 0, 0), 0);
	assert_int_equal(graces, 3);
}

/* The version is said if the VMM said one. */
static void version(void **state)
{
	(void)state;
	assert_true(call(true, VERSION, 0, 0, 0) == NOT_OURS);
	fake_vm.xen.version = 0x40011;
	assert_int_equal(call(true, VERSION, 0, 0, 0), 0x40011);
	assert_true(call(true, VERSION, 1, 0, 0) == NOT_OURS && call(true, 18, 0, 0, 0) == NOT_OURS);
}

/* Structures of polls are read as the guest's mode has them. */
static void polls(void **state)
{
	const u32 ports[POLL_PORTS] = { 5, 70, 0 };
	struct {
		u64 ports;
		u32 n, pad;
		u64 timeout;
	} wide = { ARGS + 64, 2, ~0U, 9000 };
	struct {
		u32 ports, n;
		u64 timeout;
	} narrow = { ARGS + 64, 2, 8000 };

	(void)state;
	memcpy(mem_at(ARGS + 64), ports, sizeof(ports));
	memcpy(mem_at(ARGS), &wide, sizeof(wide));
	assert_int_equal(call(true, SCHED, 3, ARGS, 0), 0);
	assert_true(fake_halts == 1 && cpu->xen.timers.polled == POLL_ANY && cpu->xen.timers.poll.expires == FAKE_NOW + 9000);
	poll_end(cpu);
	memcpy(mem_at(ARGS), &narrow, sizeof(narrow));
	assert_int_equal(call(false, SCHED, 3, ARGS, 0), 0);
	assert_true(fake_halts == 2 && cpu->xen.timers.polled == POLL_ANY && cpu->xen.timers.poll.expires == FAKE_NOW + 8000);
	poll_end(cpu);
	/* the most there may be at a time: the last of them is none */
	wide.n = POLL_PORTS;
	memset(mem_at(ARGS + 64), 1, POLL_PORTS * sizeof(u32));
	memcpy(mem_at(ARGS), &wide, sizeof(wide));
	assert_int_equal(call(true, SCHED, 3, ARGS, 0), -EINVAL);
	memcpy(mem_at(ARGS + 64), ports, sizeof(ports));
	assert_int_equal(call(true, SCHED, 3, ARGS, 0), 0);
	assert_int_equal(fake_halts, 3);
	poll_end(cpu);
	wide.n++;
	memcpy(mem_at(ARGS), &wide, sizeof(wide));
	assert_int_equal(call(true, SCHED, 3, ARGS, 0), -EINVAL);
	wide.n = 1;
	wide.ports = 0x8000;
	memcpy(mem_at(ARGS), &wide, sizeof(wide));
	assert_int_equal(call(true, SCHED, 3, ARGS, 0), -EFAULT);
	assert_true(call(true, SCHED, 3, 0x8000, 0) == -EFAULT && call(false, SCHED, 3, 0x8000, 0) == -EFAULT);
	assert_true(call(true, SCHED, 2, ARGS, 0) == NOT_OURS);
	cpu->intc.there = false;
	assert_true(call(true, SCHED, 3, ARGS, 0) == NOT_OURS);
	assert_int_equal(fake_halts, 3);
}

/* The timer is set by the old call, of one argument or two, and by the vCPU's, of itself only; a time that has to come has to. */
static void timers(void **state)
{
	struct {
		u64 expires;
		u32 flags;
	} t = { 9000, 0 };

	(void)state;
	assert_true(call(true, SET_TIMER, 9000, 0, 0) == NOT_OURS && call(true, VCPU, 7, 7, ARGS) == NOT_OURS);
	cpu->xen.timers.port = 70;
	assert_int_equal(call(true, SET_TIMER, 9000, 1, 0), 0);
	assert_int_equal(cpu->xen.timers.expires, 9000);
	assert_int_equal(call(false, SET_TIMER, 9000, 1, 0), 0);
	assert_int_equal(cpu->xen.timers.expires, 9000 + (1ULL << 32));
	memcpy(mem_at(ARGS), &t, sizeof(t));
	assert_int_equal(call(true, VCPU, 7, 7, ARGS), 0);
	assert_int_equal(cpu->xen.timers.expires, 9000);
	assert_int_equal(call(true, VCPU, 7, 6, ARGS), -EINVAL);
	assert_int_equal(call(true, VCPU, 8, 6, 0), -EINVAL);
	assert_int_equal(call(true, VCPU, 7, 7, 0x8000), -EFAULT);
	assert_true(call(true, VCPU, 6, 7, ARGS) == NOT_OURS && call(true, VCPU, 9, 7, ARGS) == NOT_OURS);
	assert_int_equal(cpu->xen.timers.expires, 9000);
	assert_int_equal(call(true, VCPU, 8, 7, 0), 0);
	assert_int_equal(cpu->xen.timers.expires, 0);
	t.expires = fake_time - 1;
	memcpy(mem_at(ARGS), &t, sizeof(t));
	assert_int_equal(call(true, VCPU, 7, 7, ARGS), 0);
	assert_int_equal(cpu->xen.timers.expires, fake_time - 1);
	poll_set_timer(cpu, 0);
	t.flags = 1;
	memcpy(mem_at(ARGS), &t, sizeof(t));
	assert_int_equal(call(true, VCPU, 7, 7, ARGS), -62);
	assert_int_equal(cpu->xen.timers.expires, 0);
	t.expires++;
	memcpy(mem_at(ARGS), &t, sizeof(t));
	assert_int_equal(call(true, VCPU, 7, 7, ARGS), 0);
	assert_int_equal(cpu->xen.timers.expires, fake_time);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sends, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(graces_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(version, setup, teardown),
		cmocka_unit_test_setup_teardown(polls, setup, teardown),
		cmocka_unit_test_setup_teardown(timers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
