// SPDX-License-Identifier: GPL-2.0
/*
 * Stolen time (DEN0057): the vCPU attribute, the hypercalls, and whether what the
 * guest reads is what its thread waited.
 */
#define _GNU_SOURCE
#include "vmm.h"
#ifndef GUEST
#include "common/seen.h"
#endif

#define PV_TIME_FEATURES	0xc5000020UL
#define PV_TIME_ST		0xc5000021UL
#define ARCH_FEATURES		0x80000001UL
#define NOT_SUPPORTED		0xffffffffffffffffUL
#define STEAL_AT		(GUEST_RAM + 0x200000)
#define STEAL_OF(cpu)		(STEAL_AT + 0x1000 * (cpu))
#define SPIN_MS			300
#define SEEN_AT			0x50000000UL	/* a slot of its own */

enum { WHAT_CALLS, WHAT_NONE, WHAT_SPIN, WHAT_SEEN, WHAT_SUM };

#ifdef GUEST

static void spin_ms(uint64_t ms)
{
	uint64_t end = read_reg(cntvct_el0) + read_reg(cntfrq_el0) / 1000 * ms;

	while (read_reg(cntvct_el0) < end)
		;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t st, i;

	switch (what) {
	case WHAT_SEEN:
		guest_hvc(PV_TIME_ST, 0, 0, 0);
		for (;;) {
			guest_say(PORT_TEST, 0);
			if (arg)
				guest_hvc(PV_TIME_ST, 0, 0, 0);
		}
	case WHAT_SUM:
		for (st = 0, i = 0; i < 4096; i += 8)
			st = st * 31 + read64(SEEN_AT + i);
		return st;
	case WHAT_NONE:
		guest_expect(guest_hvc(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, 0), NOT_SUPPORTED);
		guest_expect(guest_hvc(PV_TIME_FEATURES, PV_TIME_ST, 0, 0), NOT_SUPPORTED);
		guest_expect(guest_hvc(PV_TIME_ST, 0, 0, 0), NOT_SUPPORTED);
		return guest_hvc(ARCH_FEATURES, PV_TIME_FEATURES, 0, 0);
	case WHAT_CALLS:
		guest_expect(guest_hvc(ARCH_FEATURES, PV_TIME_FEATURES, 0, 0), 0);
		guest_expect(guest_hvc(PV_TIME_FEATURES, PV_TIME_FEATURES, 0, 0), 0);
		guest_expect(guest_hvc(PV_TIME_FEATURES, PV_TIME_ST, 0, 0), 0);
		guest_expect(guest_hvc(PV_TIME_FEATURES, 0x84000000, 0, 0), NOT_SUPPORTED);
		st = guest_hvc(PV_TIME_ST, 0, 0, 0);
		for (i = 0; i < 64; i += 4)
			if (i != 8 && i != 12)
				guest_expect(read32(st + i), 0);
		/* the thread may have waited between these calls: a little */
		guest_expect(read64(st + 8) < 1000000000, 1);
		return st;
	case WHAT_SPIN:
		st = guest_hvc(PV_TIME_ST, 0, 0, 0);
		guest_say(PORT_TEST, 0);
		spin_ms(SPIN_MS);
		guest_say(PORT_TEST, read64(st + 8));
		spin_ms(SPIN_MS);
		return read64(st + 8);
	}
	return 0;
}

#else

#define _GNU_SOURCE
#include <sched.h>
#include <sys/syscall.h>

static void set_base(struct vmm *v, unsigned int cpu, uint64_t base, int want)
{
	expect_result(vmm_attr(v->cpu[cpu], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			       KVM_ARM_VCPU_PVTIME_IPA, &base), want);
}

static uint64_t get_base(struct vmm *v, unsigned int cpu)
{
	uint64_t base = 1;

	expect_result(vmm_attr(v->cpu[cpu], KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			       KVM_ARM_VCPU_PVTIME_IPA, &base), 0);
	return base;
}

static void attribute(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .cpus = 2 });
	expect(ioctl(v.sys, KVM_CHECK_EXTENSION, KVM_CAP_STEAL_TIME) == 1, "no KVM_CAP_STEAL_TIME");
	expect_result(vmm_attr(v.cpu[0], KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			       KVM_ARM_VCPU_PVTIME_IPA, NULL), 0);
	expect_result(vmm_attr(v.cpu[0], KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL, 1, NULL), -ENXIO);
	expect(get_base(&v, 0) == ~0UL, "there is an address before there was one");
	set_base(&v, 0, STEAL_AT + 32, -EINVAL);
	set_base(&v, 0, STEAL_AT + 1, -EINVAL);
	set_base(&v, 0, 0x1000, -EINVAL);	/* no slot */
	expect_result(vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			       KVM_ARM_VCPU_PVTIME_IPA, NULL), -EFAULT);
	set_base(&v, 0, STEAL_OF(0), 0);
	set_base(&v, 0, STEAL_OF(0), -EEXIST);
	expect(get_base(&v, 0) == STEAL_OF(0), "another address than was set");
	expect(get_base(&v, 1) == ~0UL, "one vCPU's address is another's");
	vmm_close(&v);
}

static void calls(void)
{
	struct vmm v;
	uint64_t got;

	vmm_open(&v, &(struct vmm_config) { .cpus = 2 });
	memset(v.ram + (STEAL_OF(1) - GUEST_RAM), 0x55, 128);
	set_base(&v, 1, STEAL_OF(1), 0);
	got = vmm_go(&v, 0, WHAT_NONE, 0);
	expect(got == NOT_SUPPORTED, "without an address: %#lx", (long)got);
	got = vmm_go(&v, 1, WHAT_CALLS | GUEST_MMU, 0);
	expect(got == STEAL_OF(1), "PV_TIME_ST: %#lx", (long)got);
	expect(v.ram[STEAL_OF(1) - GUEST_RAM + 64] == 0x55, "more than the structure is zeroed");
	vmm_close(&v);
}

/* ns that this thread waited for a CPU */
static uint64_t waited(void)
{
	unsigned long ran, wait = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (!f || fscanf(f, "%lu %lu", &ran, &wait) != 2)
		die("no schedstat");
	fclose(f);
	return wait;
}

static volatile bool done;

static void *compete(void *arg)
{
	pin_to(1);
	while (!done)
		;
	return arg;
}

/* The guest's page moves from one piece of physical memory to another, again and again. */
static void *disturb(void *arg)
{
	unsigned char *page = arg;

	pin_to(0);
	while (!done) {
		madvise(page, 4096, 21 /* MADV_PAGEOUT */);
		mprotect(page, 4096, PROT_READ);
		mprotect(page, 4096, PROT_READ | PROT_WRITE);
		usleep(500);
	}
	return NULL;
}

static void counts(bool disturbed)
{
	uint64_t first, between[2], last, told, mid = 0;
	pthread_t busy, other;
	struct vmm v;

	vmm_open(&v, NULL);
	set_base(&v, 0, STEAL_OF(0), 0);
	pin_to(1);
	pthread_create(&busy, NULL, compete, NULL);
	first = waited();
	vmm_start(&v, 0, WHAT_SPIN | GUEST_MMU, 0);
	if (vmm_event(&v, 0, &mid) != PORT_TEST)
		die("another event");
	/* not before it has asked: a structure that cannot be written then is none */
	if (disturbed)
		pthread_create(&other, NULL, disturb, v.ram + (STEAL_OF(0) - GUEST_RAM));
	between[0] = waited();
	if (vmm_event(&v, 0, &mid) != PORT_TEST)
		die("another event");
	between[1] = waited();
	done = true;
	pthread_join(busy, NULL);
	if (disturbed)
		pthread_join(other, NULL);
	if (vmm_event(&v, 0, &told) != PORT_DONE)
		die("another event");
	last = waited();
	printf("# the thread waited %lu us, %lu of them between reports; the guest was told of %lu us, half way %lu us\n",
	       (long)(last - first) / 1000, (long)(between[1] - between[0]) / 1000, (long)told / 1000, (long)mid / 1000);
	expect(between[1] - between[0] > 10000000, "nobody competed");
	expect(mid && mid <= told, "half way the guest knew of %lu ns", (long)mid);
	/*
	 * No margin: all of what was waited between the guest's first two reports is told by
	 * the last, and never more than was waited from before it began to after it ended.
	 */
	expect(told >= between[1] - between[0] && told <= last - first,
	       "told of %lu ns, waited %lu to %lu ns", (long)told, (long)(between[1] - between[0]), (long)(last - first));
	vmm_close(&v);
}

static void told(void)
{
	counts(false);
}

static void told_while_disturbed(void)
{
	counts(true);
}

/* A guest that is given the copy finds in it what the first one's memory had at its end. */
static void check_restored(struct seen *s)
{
	unsigned long sum = seen_sum(s->mem);
	struct vmm v;

	vmm_open(&v, NULL);
	expect_result(vmm_slot(&v, 5, SEEN_AT, SEEN_PAGE, s->copy, 0), 0);
	expect(vmm_go(&v, 0, WHAT_SUM | GUEST_MMU, 0) == sum, "a guest restored from the log has other memory");
	vmm_close(&v);
}

/* Stolen time, which the thread waits for each time; or what a guest's call writes over what the VMM has put there. */
static void check_seen(enum see by, bool zeroes)
{
	char *mem = mmap(NULL, SEEN_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *who = zeroes ? "PV_TIME_ST" : "stolen time";
	unsigned int i, written = 0;
	static struct seen s;
	uint64_t val, before;
	struct vmm v;

	vmm_open(&v, NULL);
	mem[SEEN_PAGE - 1] = 1;
	expect_result(vmm_slot(&v, 5, SEEN_AT, SEEN_PAGE, mem, by == SEE_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0), 0);
	set_base(&v, 0, SEEN_AT, 0);
	s = (struct seen){ .vm = v.vm, .slot = 5, .slot_pages = 1, .mem = mem };
	seen_begin(&s, by);
	vmm_start(&v, 0, WHAT_SEEN | GUEST_MMU, zeroes);
	vmm_event(&v, 0, &val);
	for (i = 0; i < 4; i++) {
		/* revision and attributes: a VMM knows what it writes itself */
		if (zeroes)
			memset(s.mem, 0x55, 8);
		if (zeroes)
			memset(s.copy, 0x55, 8);
		seen_take_away(&s);
		/* until the other thread has made this one wait */
		for (before = waited(); waited() == before;)
			;
		expect(vmm_event(&v, 0, &val) == PORT_TEST, "another event");
		written += seen_look(&s, who, false, false);
	}
	expect(written == 4, "%s: written %u times", who, written);
	seen_end(&s, who, false);
	if (by == SEE_LOG)
		check_restored(&s);
	vmm_close(&v);
}

/* What is written of stolen time is in the dirty log, waits for userfaultfd, and is where the page has migrated to. */
static void seen(void)
{
	pthread_t busy;
	enum see by;

	pin_to(1);
	pthread_create(&busy, NULL, compete, NULL);
	for (by = SEE_LOG; by <= SEE_MOVED; by++) {
		check_seen(by, false);
		check_seen(by, true);
	}
	done = true;
	pthread_join(busy, NULL);
}

/* A slot under the structure that goes and comes: the guest is told all when it is back. */
static void slot_toggles(void)
{
	uint64_t mid, got;
	pthread_t busy;
	struct vmm v;
	void *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	vmm_open(&v, NULL);
	expect_result(vmm_slot(&v, 5, 0x50000000, 4096, own, 0), 0);
	set_base(&v, 0, 0x50000000, 0);
	pin_to(1);
	pthread_create(&busy, NULL, compete, NULL);
	vmm_start(&v, 0, WHAT_SPIN | GUEST_MMU, 0);
	vmm_event(&v, 0, &mid);
	vmm_slot(&v, 5, 0, 0, NULL, 0);
	usleep(100000);
	expect_result(vmm_slot(&v, 5, 0x50000000, 4096, own, KVM_MEM_LOG_DIRTY_PAGES), 0);
	vmm_event(&v, 0, &mid);
	vmm_event(&v, 0, &got);
	done = true;
	pthread_join(busy, NULL);
	expect(mid && got > mid, "told %lu, then %lu", (long)mid, (long)got);
	{
		uint64_t bits = 0;
		struct kvm_dirty_log log = { .slot = 5, .dirty_bitmap = &bits };

		expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), 0);
		expect(bits == 1, "the dirty log does not know of it: %#lx", (long)bits);
	}
	vmm_close(&v);
}

int main(int argc, char **argv)
{
	static const struct check checks[] = {
		{ "attribute", attribute },
		{ "calls", calls },
		{ "told", told },
		{ "told-while-disturbed", told_while_disturbed },
		{ "slot-toggles", slot_toggles },
		{ "seen", seen },
		{ }
	};

	return vmm_main(argc, argv, checks);
}
#endif
