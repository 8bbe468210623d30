// SPDX-License-Identifier: GPL-2.0
/*
 * kvmclock: what the guest reads, whatever becomes of the page, the vCPUs' threads and the clock meanwhile.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"

#include "guest/pvclock.h"

enum { WHAT_ONCE, WHAT_WATCH, WHAT_WALL, WHAT_STOPPED, WHAT_FLAGS };

#define PAGE		4096UL
#define AREA		0x40000000UL		/* a slot of one page: records of two vCPUs, 64 bytes apart */
#define RECORD(cpu)	(AREA + 64 * (cpu))
#define SHARED		GUEST_FREE		/* struct shared */
#define PORT_TIME	PORT_TEST
#define PORT_MORE	(PORT_TEST + 1)

struct shared {
	uint32_t lock, stop;
	uint64_t last;		/* the latest time that any vCPU has read */
	uint64_t reads[2], back, by;
};

#ifdef GUEST

/* What one vCPU reads after another is not before it. */
static uint64_t watch(unsigned int cpu)
{
	volatile struct shared *s = (void *)SHARED;
	const volatile struct pvclock *c = (void *)RECORD(cpu);
	uint64_t now;

	guest_check(guest_wrmsr(MSR_TIME, RECORD(cpu) | 1));
	while (!s->stop) {
		while (__atomic_exchange_n((uint32_t *)&s->lock, 1, __ATOMIC_ACQUIRE))
			asm volatile("pause");
		now = pvclock_read(c);
		if (now < s->last) {
			s->back++;
			s->by = s->last - now;
		} else {
			s->last = now;
		}
		s->reads[cpu]++;
		__atomic_store_n((uint32_t *)&s->lock, 0, __ATOMIC_RELEASE);
	}
	return 0;
}

static void stopped(void)
{
	volatile struct pvclock *c = (void *)RECORD(0);
	unsigned int flags;

	guest_check(guest_wrmsr(MSR_TIME, RECORD(0) | 1));
	for (;;) {
		flags = c->flags & PVCLOCK_STOPPED;
		c->flags &= ~PVCLOCK_STOPPED;
		guest_say(PORT_TIME, flags);
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t msr;

	switch (what) {
	case WHAT_ONCE:
		guest_check(guest_wrmsr(MSR_TIME, RECORD(arg) | 1));
		guest_check(guest_rdmsr(MSR_TIME, &msr));
		guest_expect(msr, RECORD(arg) | 1);
		for (;;)
			guest_say(PORT_TIME, pvclock_read((void *)RECORD(arg)));
	case WHAT_WATCH:
		return watch(arg);
	case WHAT_WALL:
		guest_check(guest_wrmsr(MSR_WALL, arg));
		guest_check(guest_rdmsr(MSR_WALL, &msr));
		guest_expect(msr, arg);
		return 0;
	case WHAT_STOPPED:
		stopped();
		return 0;
	default:
		guest_check(guest_wrmsr(MSR_TIME, RECORD(arg) | 1));
		for (;;)
			guest_say(PORT_TIME, ((struct pvclock *)RECORD(arg))->flags);
	}
}

#else

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SECOND	1000000000UL

static char *area(struct vmm *v, uint32_t flags)
{
	char *mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, PAGE, mem, flags))
		die("no slot for the records");
	return mem;
}

static struct kvm_clock_data get(struct vmm *v)
{
	struct kvm_clock_data d;

	must(v->vm, KVM_GET_CLOCK, &d);
	return d;
}

static void set(struct vmm *v, uint64_t ns)
{
	struct kvm_clock_data d = { .clock = ns };

	must(v->vm, KVM_SET_CLOCK, &d);
}

/* The guest's clock is the VMM's KVM_GET_CLOCK, to the nanosecond, and so after KVM_SET_CLOCK. */
static void check_same(void)
{
	static const uint64_t times[] = { 0, 5 * SECOND, 1000000 * SECOND, 0 };
	struct kvm_clock_data before, after;
	unsigned int i;
	uint64_t now;
	struct vmm v;

	vmm_open(&v, NULL);
	area(&v, 0);
	vmm_start(&v, 0, WHAT_ONCE, 0);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		set(&v, times[i]);
		before = get(&v);
		now = vmm_expect_event(&v, 0, PORT_TIME);
		after = get(&v);
		expect(before.clock >= times[i] && before.clock <= now && now <= after.clock, "%lu, not in %lu to %lu",
		       (long)now, (long)before.clock, (long)after.clock);
		expect(after.clock - times[i] < 100 * SECOND, "%lu after it was set to %lu", (long)after.clock, (long)times[i]);
	}
	expect(after.flags & KVM_CLOCK_REALTIME && after.flags & KVM_CLOCK_HOST_TSC && after.realtime && after.host_tsc,
	       "flags %#x", after.flags);
	expect(result(ioctl(v.vm, KVM_SET_CLOCK, &(struct kvm_clock_data){ .flags = 1 << 5 })) == -EINVAL, "unknown flags are taken");
	vmm_close(&v);
}

static void *run(void *arg)
{
	struct vmm *v = arg;

	vmm_expect_event(v, 1, PORT_DONE);
	return NULL;
}

static void *run_first(void *arg)
{
	vmm_expect_event(arg, 0, PORT_DONE);
	return NULL;
}

static void fork_it(char *mem)
{
	pid_t child = fork();

	/* its page is the child's too, until somebody writes */
	if (!child) {
		usleep(1000);
		_exit(mem[0] & 0);
	}
	waitpid(child, NULL, 0);
}

static void drop_it(char *mem)
{
	madvise(mem, PAGE, MADV_DONTNEED);
}

static void protect_it(char *mem)
{
	mprotect(mem, PAGE, PROT_READ);
	mprotect(mem, PAGE, PROT_READ | PROT_WRITE);
}

static void nothing(char *mem)
{
}

/* Two vCPUs that move from CPU to CPU, while something is done to the page again and again. */
static void watch(const char *name, void (*harm)(char *mem))
{
	pthread_t thread[2];
	struct shared *s;
	struct vmm v;
	unsigned int i;
	cpu_set_t cpus;
	char *mem;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	mem = area(&v, 0);
	s = (void *)(v.ram + SHARED);
	vmm_start(&v, 0, WHAT_WATCH, 0);
	vmm_start(&v, 1, WHAT_WATCH, 1);
	pthread_create(&thread[0], NULL, run_first, &v);
	pthread_create(&thread[1], NULL, run, &v);
	for (i = 0; i < 200; i++) {
		CPU_ZERO(&cpus);
		CPU_SET(i & 1, &cpus);
		pthread_setaffinity_np(thread[i >> 1 & 1], sizeof(cpus), &cpus);
		harm(mem);
		usleep(2000);
	}
	__atomic_store_n(&s->stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	expect(s->reads[0] > 100 && s->reads[1] > 100, "%s: only %lu and %lu reads", name, (long)s->reads[0], (long)s->reads[1]);
	expect(!s->back, "%s: back %lu times of %lu, by %lu ns", name, (long)s->back, (long)(s->reads[0] + s->reads[1]), (long)s->by);
	vmm_close(&v);
}

/* Time does not step back from one vCPU to another, nor when their threads move. */
static void check_forward(void)
{
	watch("quiet", nothing);
}

/* Nor when the host shares the page with a child, or protects it, and so moves it. */
static void check_moved(void)
{
	watch("forked", fork_it);
	watch("protected", protect_it);
}

/* A record whose page the VMM drops is there again before its vCPU can read it. */
static void check_dropped(void)
{
	if (is_kernels_kvm())
		cannot("its record is gone with the page");
	watch("dropped", drop_it);
}

static void put(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) != (ssize_t)strlen(word))
		die("%s to %s: %s", word, path, strerror(errno));
	close(fd);
}

struct runner {
	struct vmm *v;
	unsigned int cpu;
	pthread_t thread;
};

/* Freezing brings KVM_RUN back with EINTR. */
static void *run_through(void *arg)
{
	struct runner *r = arg;

	while (ioctl(r->v->cpu[r->cpu], KVM_RUN, 0))
		if (errno != EINTR)
			die("KVM_RUN: %s", strerror(errno));
	expect(r->v->run[r->cpu]->exit_reason == KVM_EXIT_IO, "exit %u", r->v->run[r->cpu]->exit_reason);
	return NULL;
}

/* Each vCPU has read the time since: within ten seconds, on however busy a machine. */
static bool runs_on(struct shared *s)
{
	uint64_t reads[2] = { __atomic_load_n(&s->reads[0], __ATOMIC_SEQ_CST), __atomic_load_n(&s->reads[1], __ATOMIC_SEQ_CST) };
	unsigned int i, n;

	for (i = 0, n = 0; i < 1000 && n < 2; i++) {
		usleep(10000);
		for (n = 0; n < 2 && __atomic_load_n(&s->reads[n], __ATOMIC_SEQ_CST) > reads[n] + 1; n++)
			;
	}
	return n == 2;
}

static uint64_t boottime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* What the guest reads is between what KVM_GET_CLOCK says before and after. */
static void check_agrees(struct vmm *v, struct shared *s, const char *when)
{
	uint64_t before = get(v).clock, last;

	expect(runs_on(s), "%s: not every vCPU runs", when);
	last = __atomic_load_n(&s->last, __ATOMIC_SEQ_CST);
	expect((before <= last && last <= get(v).clock) || is_kernels_kvm(), "%s: the guest reads %lu, KVM_GET_CLOCK before it %lu, then %lu", when,
	       (long)last, (long)before, (long)get(v).clock);
}

/* To that level, and back after a second. */
static void sleep_host(const char *test, const char *state)
{
	put("/sys/module/suspend/parameters/pm_test_delay", "1");
	put("/sys/power/pm_test", test);
	put("/sys/power/state", state);
	put("/sys/power/pm_test", "none");
}

/* The clock went on by what the host's did, sleep included: by no less, and by no more than a second of the RTC's and its own line. */
static void check_sleep(struct vmm *v, struct shared *s, const char *test, const char *state)
{
	uint64_t host = boottime(), before, went, least;

	check_agrees(v, s, "before sleep");
	host = boottime();
	before = get(v).clock;
	sleep_host(test, state);
	least = boottime() - host;
	went = get(v).clock - before;
	printf("# %s %s: the host's clock went on by %lu ms, the guest's by %lu ms\n", test, state, (long)least / 1000000, (long)went / 1000000);
	if (!is_kernels_kvm())
		expect(went + SECOND / 100 >= least && went <= boottime() - host + 3 * SECOND, "%s %s: by %lu ns in the host's %lu", test, state, (long)went,
		       (long)least);
	check_agrees(v, s, "after sleep");
}

static void watch_sleep(const char *test, const char *state)
{
	struct runner r[2];
	struct shared *s;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	area(&v, 0);
	s = (void *)(v.ram + SHARED);
	for (i = 0; i < 2; i++) {
		r[i] = (struct runner){ .v = &v, .cpu = i };
		vmm_start(&v, i, WHAT_WATCH, i);
		pthread_create(&r[i].thread, NULL, run_through, &r[i]);
	}
	for (i = 0; i < 2; i++)
		check_sleep(&v, s, test, state);
	__atomic_store_n(&s->stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 2; i++)
		pthread_join(r[i].thread, NULL);
	/* the kernel's goes back where the host finds its TSC unstable meanwhile */
	expect(!s->back || is_kernels_kvm(), "back %lu times, by %lu ns", (long)s->back, (long)s->by);
	vmm_close(&v);
}

/*
 * Nor while the host sleeps: all but the sleep itself is done, the other CPU goes and comes, AMD-V is off between. The guest
 * runs on behind it, and its clock is the host's.
 */
static void check_slept(void)
{
	watch_sleep("core", "mem");
}

/* Nor where the host freezes its tasks and stops its devices, as it does before it idles (s2idle), and no more. */
static void check_frozen(void)
{
	watch_sleep("platform", "freeze");
}

/* What the hypervisor writes is in the dirty log: the record when it is given and when the clock is set, the wall clock. */
static void check_dirty(void)
{
	uint64_t bits = 0;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };
	struct vmm v;

	vmm_open(&v, NULL);
	area(&v, KVM_MEM_LOG_DIRTY_PAGES);
	vmm_start(&v, 0, WHAT_ONCE, 0);
	vmm_expect_event(&v, 0, PORT_TIME);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 1, "the page is not dirty from the record");
	vmm_expect_event(&v, 0, PORT_TIME);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(!bits, "dirty from nothing");
	set(&v, 0);
	vmm_expect_event(&v, 0, PORT_TIME);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 1, "the page is not dirty from the set clock");
	vmm_go(&v, 0, WHAT_WALL, AREA + 0x800);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 1, "the page is not dirty from the wall clock");
	vmm_close(&v);
}

static int faults;

static void *serve(void *arg)
{
	int uffd = *(int *)arg;
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	struct uffd_msg m;
	char *zero = aligned_alloc(PAGE, PAGE);
	struct uffdio_copy c = { .src = (unsigned long)zero, .len = PAGE };

	memset(zero, 0, PAGE);
	while (poll(&p, 1, -1) == 1 && read(uffd, &m, sizeof(m)) == sizeof(m)) {
		faults++;
		usleep(10000);
		c.dst = m.arg.pagefault.address & -PAGE;
		ioctl(uffd, UFFDIO_COPY, &c);
	}
	return NULL;
}

/* A record on a page that userfaultfd has not brought yet waits for it, as the VMM's own access would. */
static void check_userfault(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct kvm_clock_data before;
	pthread_t thread;
	uint64_t now;
	struct vmm v;
	char *mem;

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		cannot("no userfaultfd");
	vmm_open(&v, NULL);
	mem = area(&v, 0);
	reg.range.start = (unsigned long)mem;
	reg.range.len = PAGE;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("UFFDIO_REGISTER: %s", strerror(errno));
	pthread_create(&thread, NULL, serve, &uffd);
	vmm_start(&v, 0, WHAT_ONCE, 0);
	before = get(&v);
	now = vmm_expect_event(&v, 0, PORT_TIME);
	expect(faults == 1, "%d faults", faults);
	expect(now >= before.clock && now <= get(&v).clock, "%lu is not the time", (long)now);
}

/* A guest whose VM stood still is told so once, and clears it. */
static void check_stopped(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	area(&v, 0);
	expect_result(ioctl(v.cpu[0], KVM_KVMCLOCK_CTRL, 0), -EINVAL);
	vmm_start(&v, 0, WHAT_STOPPED, 0);
	expect(vmm_expect_event(&v, 0, PORT_TIME) == 0, "stood still before it ran");
	expect_result(ioctl(v.cpu[0], KVM_KVMCLOCK_CTRL, 0), 0);
	expect(vmm_expect_event(&v, 0, PORT_TIME) == PVCLOCK_STOPPED, "not told");
	expect(vmm_expect_event(&v, 0, PORT_TIME) == 0, "told twice");
	vmm_close(&v);
}

/* The wall clock and the clock make the time of day. */
static void check_wall(void)
{
	struct { uint32_t version, sec, nsec; } *w;
	struct timespec t;
	struct vmm v;
	char *mem;
	long off;

	vmm_open(&v, NULL);
	mem = area(&v, 0);
	set(&v, 1000 * SECOND);
	vmm_go(&v, 0, WHAT_WALL, AREA + 0x804);
	w = (void *)(mem + 0x804);
	clock_gettime(CLOCK_REALTIME, &t);
	off = (long)(t.tv_sec - w->sec) * (long)SECOND + t.tv_nsec - w->nsec - (long)get(&v).clock;
	expect(w->version && !(w->version & 1), "version %u", w->version);
	expect(labs(off) < (long)SECOND, "%ld ns from the time of day", off);
	vmm_close(&v);
}

static int set_offset(struct vmm *v, unsigned int cpu, uint64_t offset)
{
	struct kvm_device_attr a = { .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (unsigned long)&offset };

	return result(ioctl(v->cpu[cpu], KVM_SET_DEVICE_ATTR, &a));
}

/* The record says that it is the same on all vCPUs while their TSCs are, and only then; the time stays right. */
static void check_stable(void)
{
	struct kvm_clock_data before;
	uint64_t now, flags;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	area(&v, 0);
	if (!(get(&v).flags & KVM_CLOCK_TSC_STABLE))
		cannot("the host's TSC is not stable");
	vmm_start(&v, 0, WHAT_FLAGS, 0);
	flags = vmm_expect_event(&v, 0, PORT_TIME);
	expect(flags & PVCLOCK_STABLE, "flags %#lx with equal TSCs", (long)flags);
	expect(!set_offset(&v, 1, 12345678), "refused");
	vmm_start(&v, 1, WHAT_ONCE, 1);
	before = get(&v);
	now = vmm_expect_event(&v, 1, PORT_TIME);
	expect(before.clock <= now && now <= get(&v).clock, "%lu is not the time of a vCPU with another TSC", (long)now);
	flags = vmm_expect_event(&v, 0, PORT_TIME);
	expect(!(flags & PVCLOCK_STABLE), "flags %#lx with different TSCs", (long)flags);
	expect(!set_offset(&v, 0, 12345678), "refused");
	vmm_expect_event(&v, 1, PORT_TIME);
	flags = vmm_expect_event(&v, 0, PORT_TIME);
	expect(flags & PVCLOCK_STABLE, "flags %#lx with equal TSCs again", (long)flags);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "same", check_same },
	{ "forward", check_forward },
	{ "moved", check_moved },
	{ "slept", check_slept },
	{ "frozen", check_frozen },
	{ "dropped", check_dropped },
	{ "dirty", check_dirty },
	{ "userfault", check_userfault },
	{ "stopped", check_stopped },
	{ "wall", check_wall },
	{ "stable", check_stable },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
