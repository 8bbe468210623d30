// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Xen: hypercalls that the VMM serves, and pages that it shares with them.
 */
#include "vmm.h"

#include "guest/pvclock.h"

enum { WHAT_CALL, WHAT_UPCALL, WHAT_TIME, WHAT_OWN, WHAT_BUSY };

#define PAGE		4096UL
#define AREA		0x40000000UL	/* hypercalls; then shared_info, with vcpu_info 64 bytes into it */
#define SHARED_INFO	(AREA + PAGE)
#define INFO		(SHARED_INFO + 64)
#define TIME		(INFO + 32)
#define TIME2		(SHARED_INFO + 0xe00)
#define WALL		0xc00
#define MSR_XEN		0x40000200
#define NUMBER		17
#define RESULT		0xcafef00dfbfbffffUL
#define ATTR_UPDATE_FLAG	5		/* KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG, which is newer than some headers */
#define PORT_AT		PORT_TEST
#define VECTOR		0x41
#define OWN_VECTOR	0x42		/* by the local APIC */
#define PENDING		0x800		/* bits in shared_info */
#define MASK		0xa00
#define SELECT		8		/* in vcpu_info */

/* Ports that the guest sends on: what they lead to. */
#define SEND_BACK	5
#define SEND_EVENTFD	7
#define SEND_NOWHERE	9
#define EVENT_BACK	70
#define EVENT_TIMER	13

#ifdef GUEST

static volatile unsigned int taken;

#define APIC		((volatile uint32_t *)0xfee00000)
#define APIC_EOI	(0xb0 / 4)
#define APIC_SVR	(0xf0 / 4)

bool guest_trap(struct guest_frame *f)
{
	if (f->vector != VECTOR && f->vector != OWN_VECTOR)
		return false;
	*(volatile uint64_t *)(INFO + SELECT) = 0;
	*(volatile uint8_t *)INFO = 0;
	taken++;
	if (f->vector == OWN_VECTOR)
		APIC[APIC_EOI] = 0;
	return true;
}

static uint64_t hypercall(uint64_t nr, uint64_t a, void *b)
{
	uint64_t ret;

	asm volatile("vmmcall" : "=a" (ret) : "a" (nr), "D" (a), "S" (b) : "memory");
	return ret;
}

/* Events and time without the VMM: it hears of what leads nowhere alone. */
static uint64_t own(void)
{
	static uint32_t port, ports[2] = { EVENT_BACK, EVENT_TIMER };
	static struct {
		uint32_t *ports;
		uint32_t n, pad;
		uint64_t timeout;
	} poll = { ports, 2, 0, 1 };
	volatile uint8_t *pending = (void *)(SHARED_INFO + PENDING);

	port = SEND_BACK;
	guest_expect(hypercall(32, 4, &port), 0);
	guest_expect(pending[EVENT_BACK / 8], 1 << EVENT_BACK % 8);
	guest_expect(*(volatile uint8_t *)INFO, 1);
	guest_expect(*(volatile uint64_t *)(INFO + SELECT), 1 << EVENT_BACK / 64);
	asm volatile("sti\n\tnop\n\tcli");
	guest_expect(taken, 1);
	port = SEND_EVENTFD;
	guest_expect(hypercall(32, 4, &port), 0);
	port = SEND_NOWHERE;
	guest_expect(hypercall(32, 4, &port), RESULT);
	guest_expect(hypercall(32, 4, (void *)0x8000000000), -14UL);
	/* one is there; then none, and the time has come */
	guest_expect(hypercall(29, 3, &poll), 0);
	pending[EVENT_BACK / 8] = 0;
	guest_expect(hypercall(29, 3, &poll), 0);
	poll.n = 129;
	guest_expect(hypercall(29, 3, &poll), -22UL);
	/* the timer ends a poll that has no other end */
	poll.n = 1;
	poll.ports = ports + 1;
	poll.timeout = 0;
	guest_expect(hypercall(15, pvclock_read((void *)TIME) + 20000000, NULL), 0);
	guest_expect(hypercall(29, 3, &poll), 0);
	guest_expect(pending[EVENT_TIMER / 8], 1 << EVENT_TIMER % 8);
	return taken;
}

static uint64_t call(void)
{
	uint64_t ret;

	guest_check(!guest_wrmsr(MSR_XEN, AREA + 8));
	guest_check(guest_wrmsr(MSR_XEN, AREA));
	asm volatile("mov $4, %%r10\n\tmov $5, %%r8\n\tmov $6, %%r9\n\tcall *%1"
		     : "=a" (ret) : "b" (AREA + NUMBER * 32), "D" (1UL), "S" (2UL), "d" (3UL)
		     : "memory", "rcx", "r8", "r9", "r10", "r11");
	return ret;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_CALL:
		return call();
	case WHAT_OWN:
		return own();
	case WHAT_BUSY:
		for (;;) {
			guest_say(PORT_AT, taken);
			asm volatile("sti" : : : "memory");
			while (!taken)
				asm volatile("pause");
			asm volatile("cli" : : : "memory");
			guest_say(PORT_AT, taken);
			taken = 0;
		}
	case WHAT_UPCALL:
		APIC[APIC_SVR] = 0x1ff;
		for (;;) {
			guest_say(PORT_AT, taken);
			guest_expect(taken, 0);
			asm volatile("sti\n\thlt\n\tcli" : : : "memory");
			guest_say(PORT_AT, taken);
			taken = 0;
		}
	default:
		guest_say(PORT_AT, pvclock_read((void *)TIME));
		guest_say(PORT_AT, pvclock_read((void *)TIME2));
		return 0;
	}
}

#else

#include <pthread.h>
#include <sys/eventfd.h>

static char *area(struct vmm *v, uint32_t flags)
{
	char *mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, 2 * PAGE, mem, flags))
		die("no slot");
	return mem;
}

static int configure(struct vmm *v, uint32_t flags, uint32_t msr)
{
	struct kvm_xen_hvm_config c = { .flags = flags, .msr = msr };

	return result(ioctl(v->vm, KVM_XEN_HVM_CONFIG, &c));
}

static int set(struct vmm *v, unsigned int type, uint64_t val)
{
	struct kvm_xen_hvm_attr a = { .type = type };

	if (type == KVM_XEN_ATTR_TYPE_SHARED_INFO)
		a.u.shared_info.gfn = val;
	else
		a.u.vector = val;
	return result(ioctl(v->vm, KVM_XEN_HVM_SET_ATTR, &a));
}

static int set_cpu(struct vmm *v, unsigned int type, uint64_t gpa)
{
	struct kvm_xen_vcpu_attr a = { .type = type, .u.gpa = gpa };

	return result(ioctl(v->cpu[0], KVM_XEN_VCPU_SET_ATTR, &a));
}

static void open_xen(struct vmm *v)
{
	vmm_open(v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	if (!(vmm_cap(v, KVM_CAP_XEN_HVM) & KVM_XEN_HVM_CONFIG_SHARED_INFO))
		cannot("no KVM_CAP_XEN_HVM");
	expect(!configure(v, KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, MSR_XEN), "refused");
	expect(!set(v, KVM_XEN_ATTR_TYPE_LONG_MODE, 1), "refused");
}

/* The page that the guest asks for by its MSR has hypercalls, which are the VMM's with all they carry. */
static void check_call(void)
{
	struct kvm_run *run;
	unsigned int i;
	struct vmm v;

	open_xen(&v);
	area(&v, 0);
	expect(configure(&v, 1 << 12, MSR_XEN) == -EINVAL, "unknown flags");
	vmm_start(&v, 0, WHAT_CALL, 0);
	run = vmm_exit(&v, 0, KVM_EXIT_XEN);
	expect(run->xen.type == KVM_EXIT_XEN_HCALL && run->xen.u.hcall.longmode && !run->xen.u.hcall.cpl, "type %u",
	       run->xen.type);
	expect(run->xen.u.hcall.input == NUMBER, "hypercall %lu", (long)run->xen.u.hcall.input);
	for (i = 0; i < 6; i++)
		expect(run->xen.u.hcall.params[i] == i + 1, "parameter %u is %lu", i, (long)run->xen.u.hcall.params[i]);
	run->xen.u.hcall.result = RESULT;
	expect(vmm_expect_event(&v, 0, PORT_DONE) == RESULT, "another result");
	vmm_close(&v);
}

/* An event that the VMM says waits in vcpu_info wakes the guest by its vector, once, wherever the page is by then. */
static void check_upcall(void)
{
	struct vmm v;
	char *mem;
	int i;

	open_xen(&v);
	mem = area(&v, 0);
	expect(set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, 5) == -EINVAL, "an exception's vector");
	expect(!set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, VECTOR), "refused");
	expect(set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, SHARED_INFO + PAGE - 32) == -EINVAL, "over a page's end");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	vmm_start(&v, 0, WHAT_UPCALL, 0);
	for (i = 0; i < 5; i++) {
		vmm_expect_event(&v, 0, PORT_AT);
		if (i & 1 && madvise(mem, 2 * PAGE, MADV_DONTNEED))
			die("madvise: %s", strerror(errno));
		mem[PAGE + 64] = 1;
		expect(vmm_expect_event(&v, 0, PORT_AT) == 1, "not taken once");
		expect(!mem[PAGE + 64], "it still waits");
	}
	vmm_close(&v);
}

/* The time is in vcpu_info and where else the VMM says, and the wall clock in shared_info; the dirty log has them. */
static void check_time(void)
{
	uint64_t bits = 0, now;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };
	struct kvm_clock_data before, after;
	uint32_t *wall;
	struct vmm v;
	char *mem;

	open_xen(&v);
	mem = area(&v, KVM_MEM_LOG_DIRTY_PAGES);
	wall = (void *)(mem + PAGE + WALL);
	expect(!set(&v, KVM_XEN_ATTR_TYPE_SHARED_INFO, SHARED_INFO / PAGE), "refused");
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 2, "pages %#lx are dirty from the wall clock", (long)bits);
	must(v.vm, KVM_GET_CLOCK, &before);
	expect(labs((long)wall[1] - (long)((before.realtime - before.clock) / 1000000000)) <= 1, "%u is not when the clock was 0", wall[1]);
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO, TIME2), "refused");
	vmm_start(&v, 0, WHAT_TIME, 0);
	now = vmm_expect_event(&v, 0, PORT_AT);
	must(v.vm, KVM_GET_CLOCK, &after);
	expect(before.clock <= now && now <= after.clock, "%lu is not the time", (long)now);
	now = vmm_expect_event(&v, 0, PORT_AT);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(now >= after.clock, "%lu is not the time", (long)now);
	expect(bits == 2, "pages %#lx are dirty from the records", (long)bits);
	vmm_close(&v);
}

static int send(struct vmm *v, uint32_t port, uint32_t cpu, uint32_t priority)
{
	struct kvm_irq_routing_xen_evtchn e = { .port = port, .vcpu = cpu, .priority = priority };

	return result(ioctl(v->vm, KVM_XEN_HVM_EVTCHN_SEND, &e));
}

static int route(struct vmm *v, uint32_t port, uint32_t cpu)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e;
	} r = { .head.nr = 1, .e = { .gsi = 40, .type = KVM_IRQ_ROUTING_XEN_EVTCHN, .u.xen_evtchn = { port, cpu, 0xffffffff } } };

	return result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r));
}

static uint64_t dirty(struct vmm *v)
{
	uint64_t bits = 0;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };

	must(v->vm, KVM_GET_DIRTY_LOG, &l);
	return bits;
}

static void check_refused(struct vmm *v)
{
	expect(send(v, 6, 0, -1) == -EINVAL, "without shared_info");
	expect(!set(v, KVM_XEN_ATTR_TYPE_SHARED_INFO, SHARED_INFO / PAGE), "refused");
	expect(send(v, 0, 0, -1) == -EINVAL, "port 0");
	expect(send(v, 4096, 0, -1) == -EINVAL, "a port too many");
	expect(send(v, 6, 7, -1) == -EINVAL, "no such vCPU");
	expect(send(v, 6, 0, 1) == -EINVAL, "a priority that is none");
	expect(route(v, 4096, 0) == -EINVAL && route(v, 6, 7) == -EINVAL, "a route to what is not there");
}

/*
 * An event comes by call, irqfd and GSI, with its bits and its interrupt, wherever the pages are by then, and is in the dirty log; one that is
 * masked or was there is no interrupt.
 */
static void check_events(void)
{
	struct kvm_irq_level level = { .irq = 40, .level = 1 };
	struct kvm_irqfd fd = { .fd = eventfd(0, 0), .gsi = 40 };
	struct vmm v;
	uint8_t *mem;
	int i;

	open_xen(&v);
	mem = (uint8_t *)area(&v, KVM_MEM_LOG_DIRTY_PAGES) + PAGE;
	check_refused(&v);
	expect(!set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, VECTOR), "refused");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	expect(!route(&v, 6, 0), "no route");
	must(v.vm, KVM_IRQFD, &fd);
	vmm_start(&v, 0, WHAT_UPCALL, 0);
	for (i = 0; i < 8; i++) {
		vmm_expect_event(&v, 0, PORT_AT);
		if (i == 4) {
			struct kvm_xen_vcpu_attr a = { .type = KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR, .u.vector = OWN_VECTOR };

			must(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &a);
		}
		if (i & 1 && madvise(mem - PAGE, 2 * PAGE, MADV_DONTNEED))
			die("madvise: %s", strerror(errno));
		mem[PENDING] = 0;
		mem[MASK] = 1 << 3;
		dirty(&v);
		expect(!send(&v, 3, 0, -1), "refused");
		if (i % 4 < 2)
			expect(!send(&v, 6, 0, -1), "refused");
		else if (i % 4 == 2)
			expect(write(fd.fd, &(uint64_t){ 1 }, 8) == 8, "eventfd");
		else
			must(v.vm, KVM_IRQ_LINE, &level);
		expect(!send(&v, 6, 0, -1), "refused");
		expect(vmm_expect_event(&v, 0, PORT_AT) == 1, "event %d is not taken once", i);
		expect(mem[PENDING] == (1 << 6 | 1 << 3), "event %d: pending %#x", i, mem[PENDING]);
		expect(dirty(&v) == 2, "event %d is not in the dirty log", i);
	}
	vmm_close(&v);
}

static void *run_to_event(void *v)
{
	uint64_t *taken = malloc(sizeof(*taken));

	pin_to(1);
	*taken = vmm_expect_event(v, 0, PORT_AT);
	return taken;
}

static char *page_at(struct vmm *v, unsigned int slot, uint64_t gpa)
{
	char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(v, slot, gpa, PAGE, mem, 0))
		die("no slot");
	return mem;
}

/*
 * An event that is sent while shared_info, which vcpu_info is not in, has no slot comes to the guest when the slot comes back: to one
 * that is halted, and to one that runs on a CPU of its own, undisturbed.
 */
static void away(uint64_t what)
{
	uint64_t *taken;
	pthread_t thread;
	struct vmm v;
	int i, ret;
	char *mem;

	open_xen(&v);
	mem = page_at(&v, SLOT_TEST, AREA);
	page_at(&v, SLOT_TEST + 1, SHARED_INFO);
	expect(!set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, VECTOR) && !set(&v, KVM_XEN_ATTR_TYPE_SHARED_INFO, AREA / PAGE), "refused");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	vmm_start(&v, 0, what, 0);
	pin_to(0);
	for (i = 0; i < 3; i++) {
		vmm_expect_event(&v, 0, PORT_AT);
		pthread_create(&thread, NULL, run_to_event, &v);
		/* to where nobody looks at anything unasked */
		usleep(50000);
		if (vmm_slot(&v, SLOT_TEST, AREA, 0, NULL, 0))
			die("the slot does not go");
		ret = send(&v, 6, 0, -1);
		usleep(50000);
		if (vmm_slot(&v, SLOT_TEST, AREA, PAGE, mem, 0))
			die("the slot does not come");
		/* the kernel's refuses it meanwhile */
		if (ret && is_kernels_kvm())
			ret = send(&v, 6, 0, -1);
		expect(!ret, "refused: %s", result_name(ret));
		pthread_join(thread, (void **)&taken);
		/* an exit right behind its delivery makes the emulated CPU deliver it once more */
		expect(*taken == 1 || *taken == 2, "event %d is taken %lu times", i, (long)*taken);
		expect(mem[PENDING] == 1 << 6, "event %d: pending %#x", i, mem[PENDING]);
		mem[PENDING] = 0;
		free(taken);
	}
	vmm_close(&v);
}

static void check_away(void)
{
	away(WHAT_UPCALL);
	away(WHAT_BUSY);
}

static int lead(struct vmm *v, uint32_t from, uint32_t to, int fd, uint32_t flags)
{
	struct kvm_xen_hvm_attr a = { .type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn = { .send_port = from, .type = 2, .flags = flags } };

	a.u.evtchn.deliver.port.port = to;
	if (to)
		a.u.evtchn.deliver.port.priority = -1;
	else
		a.u.evtchn.deliver.eventfd.fd = fd;
	return result(ioctl(v->vm, KVM_XEN_HVM_SET_ATTR, &a));
}

/* The guest sends events, sets its timer and polls without the VMM, who hears of a port that leads nowhere. */
static void check_own(void)
{
	struct kvm_xen_vcpu_attr timer = { .type = KVM_XEN_VCPU_ATTR_TYPE_TIMER, .u.timer = { EVENT_TIMER, -1, 0 } };
	int fd = eventfd(0, EFD_NONBLOCK);
	struct kvm_run *run;
	uint64_t count = 0;
	struct vmm v;

	open_xen(&v);
	area(&v, 0);
	expect(!configure(&v, KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL | KVM_XEN_HVM_CONFIG_EVTCHN_SEND, MSR_XEN), "refused");
	expect(!set(&v, KVM_XEN_ATTR_TYPE_SHARED_INFO, SHARED_INFO / PAGE), "refused");
	expect(!set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, VECTOR), "refused");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	must(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &timer);
	expect(lead(&v, SEND_BACK, 4096, 0, 0) == -EINVAL && lead(&v, 0, 6, 0, 0) == -EINVAL, "a port that is none");
	expect(lead(&v, SEND_EVENTFD, 0, v.vm, 0) == -EINVAL, "no eventfd");
	expect(lead(&v, SEND_BACK, EVENT_BACK, 0, KVM_XEN_EVTCHN_UPDATE) == -ENOENT, "changed before it is there");
	expect(!lead(&v, SEND_BACK, EVENT_BACK, 0, 0), "refused");
	expect(lead(&v, SEND_BACK, EVENT_BACK, 0, 0) == -EEXIST, "twice");
	expect(lead(&v, SEND_BACK, 6, 0, KVM_XEN_EVTCHN_UPDATE) == -EINVAL, "changed to another port");
	expect(!lead(&v, SEND_EVENTFD, 0, fd, 0), "refused");
	expect(!lead(&v, SEND_NOWHERE, 6, 0, 0) && !lead(&v, SEND_NOWHERE, 6, 0, KVM_XEN_EVTCHN_DEASSIGN), "refused");
	vmm_start(&v, 0, WHAT_OWN, 0);
	run = vmm_exit(&v, 0, KVM_EXIT_XEN);
	expect(run->xen.u.hcall.input == 32 && run->xen.u.hcall.params[0] == 4, "hypercall %lu", (long)run->xen.u.hcall.input);
	expect(read(fd, &count, 8) == 8 && count == 1, "the eventfd says %lu", (long)count);
	run->xen.u.hcall.result = RESULT;
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "another number of interrupts");
	vmm_close(&v);
}

static struct kvm_xen_vcpu_attr times(struct vmm *v)
{
	struct kvm_xen_vcpu_attr a = { .type = KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_DATA };

	must(v->cpu[0], KVM_XEN_VCPU_GET_ATTR, &a);
	return a;
}

/* A vCPU's times are their sum, stand over a page's end as KVM_XEN_VCPU_GET_ATTR has them, and in the dirty log; what cannot be is refused. */
static void check_runstate(void)
{
	struct kvm_xen_hvm_attr flag = { .type = ATTR_UPDATE_FLAG, .u.long_mode = 1 };
	struct kvm_xen_vcpu_attr a;
	uint64_t record[6];
	struct vmm v;
	char *mem;

	open_xen(&v);
	if (!(vmm_cap(&v, KVM_CAP_XEN_HVM) & KVM_XEN_HVM_CONFIG_RUNSTATE))
		cannot("no KVM_XEN_HVM_CONFIG_RUNSTATE");
	must(v.vm, KVM_XEN_HVM_SET_ATTR, &flag);
	mem = area(&v, KVM_MEM_LOG_DIRTY_PAGES);
	expect(set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, AREA + 64 * PAGE) < 0, "where there is no memory");
	expect(set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, -16UL) < 0, "over the end of all");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, AREA + PAGE - 13), "refused");
	dirty(&v);
	vmm_start(&v, 0, WHAT_UPCALL, 0);
	vmm_expect_event(&v, 0, PORT_AT);
	expect(dirty(&v) == 3, "not in the dirty log");
	a = times(&v);
	memcpy(record, mem + PAGE - 13, sizeof(record));
	expect((uint32_t)record[0] == a.u.runstate.state && !memcmp(record + 1, &a.u.runstate.state_entry_time, 40), "the record says otherwise");
	expect(record[1] == record[2] + record[3] + record[4] + record[5], "no sum");
	expect(!a.u.runstate.state && a.u.runstate.time_offline, "state %lu", (long)a.u.runstate.state);
	a.u.runstate.time_blocked++;
	expect(result(ioctl(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &a)) == -EINVAL, "times that are another sum");
	a.u.runstate.time_blocked += 1UL << 60;
	a.u.runstate.state_entry_time += 1 + (1UL << 60);
	expect(result(ioctl(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &a)) == -EINVAL, "times to come");
	a = (struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_CURRENT, .u.runstate.state = 4 };
	expect(result(ioctl(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &a)) == -EINVAL, "a state that is none");
	a.u.runstate.state = 2;
	must(v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &a);
	expect(mem[PAGE - 13] == 2, "state %d", mem[PAGE - 13]);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "events", check_events },
	{ "away", check_away },
	{ "own", check_own },
	{ "runstate", check_runstate },
	{ "call", check_call },
	{ "upcall", check_upcall },
	{ "time", check_time },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
