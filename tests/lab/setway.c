// SPDX-License-Identifier: GPL-2.0
/*
 * A VM that does nothing but maintain caches by set and way, on two vCPUs, beside another VM,
 * whose exits per second are counted. Both have the same CPUs.
 */
#define _GNU_SOURCE
#include "vmm.h"
#include "count.h"

enum { WHAT_BAD, WHAT_GOOD };

/* What the bad guest does; it looks each time. */
enum { BAD_SPINS, BAD_SET_WAY, BAD_TOGGLES, BAD_MODES };

#define PORT_READY	PORT_TEST
#define PORT_TICK	(PORT_TEST + 1)

#define BAD_SIZE	(96UL << 20)
#define BAD_WORD	0x80000000UL	/* a page that parent, VMM and guest share */

#ifdef GUEST

static void touch_all(uint64_t size)
{
	uint64_t at;

	for (at = GUEST_RAM + 0x200000; at < GUEST_RAM + size - 0x200000; at += 4096)
		write64(at, at);
}

/* Two of them far enough from each other not to pass for one loop. */
static void set_way(void)
{
	asm volatile("dc cisw, %0\n\t.rept 32\n\tnop\n\t.endr\n\tdc cisw, %0" : : "r" (0UL) : "memory");
}

static uint64_t bad(uint64_t size)
{
	uint64_t on;

	if (size)
		touch_all(size);
	guest_say(PORT_READY, 0);
	on = read_reg(sctlr_el1);
	for (;;) {
		switch (read64(BAD_WORD)) {
		case BAD_SET_WAY:
			set_way();
			break;
		case BAD_TOGGLES:
			write_reg(on & ~(1UL << 2), sctlr_el1);
			set_way();
			write_reg(on, sctlr_el1);
			set_way();
			break;
		}
	}
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == WHAT_BAD)
		return bad(arg);
	for (;;)
		guest_say(PORT_TICK, 0);
	return 0;
}

#else

#include <sched.h>

#define WINDOW	(250 * 1000000L * vmm_slow())	/* ns; each kind has WINDOWS of them, in turns */
#define WINDOWS	3

/* What parent and bad VM have in common; the first word is the guest's. */
struct shared {
	volatile uint64_t mode;
	int ready;
	long walks, toggles;
};

static struct vmm bad;
static struct shared *shared;

static void *bad_vcpu(void *p)
{
	unsigned int cpu = (uintptr_t)p;
	uint64_t val;

	pin_to(cpu % sysconf(_SC_NPROCESSORS_ONLN));
	while (vmm_event(&bad, cpu, &val) == PORT_READY)
		__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	die("the bad guest ended");
}

/* Its process. The first vCPU touches all memory. */
static void bad_run(int advice)
{
	unsigned int i;
	pthread_t t;
	uint8_t *ram;

	ram = mmap(NULL, BAD_SIZE + (2 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ram = (uint8_t *)(((uintptr_t)ram + (2 << 20) - 1) & ~((2UL << 20) - 1));
	madvise(ram, BAD_SIZE, advice);
	vmm_open(&bad, &(struct vmm_config){ .cpus = 2, .ram = ram, .ram_size = BAD_SIZE });
	if (vmm_slot(&bad, 1, BAD_WORD, 4096, shared, 0))
		die("no second slot");
	for (i = 0; i < 2; i++)
		vmm_start(&bad, i, WHAT_BAD | GUEST_MMU, i ? 0 : BAD_SIZE);
	for (i = 0; i < 2; i++)
		pthread_create(&t, NULL, bad_vcpu, (void *)(uintptr_t)i);
	for (;;) {
		usleep(20000);
		shared->walks = count("set_way_walks");
		shared->toggles = count("cool_downs");
	}
}

static pid_t bad_start(int advice)
{
	pid_t pid;
	int i;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid) {
		bad_run(advice);
		_exit(1);
	}
	for (i = 0; i < 2000 * (int)vmm_slow() && shared->ready < 2; i++)
		usleep(10000);
	if (shared->ready < 2)
		die("the bad VM does not come up");
	return pid;
}

/* Killed now: how long until all of it is gone, in ns. */
static long bad_end(pid_t pid)
{
	long begun = vmm_now(CLOCK_MONOTONIC);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(shared, 4096);
	return vmm_now(CLOCK_MONOTONIC) - begun;
}

/* What the good VM had in one window: exits per second, and thousandths of the CPU. */
struct had {
	long rate;
	long share;
};

static struct had good_run(struct vmm *v)
{
	long begun, ran, end, n = 0;
	uint64_t val;

	usleep(30000);		/* until the bad one has heard */
	ran = vmm_now(CLOCK_THREAD_CPUTIME_ID);
	begun = vmm_now(CLOCK_MONOTONIC);
	do {
		vmm_event(v, 0, &val);
		n++;
		end = vmm_now(CLOCK_MONOTONIC);
	} while (end - begun < WINDOW);
	ran = vmm_now(CLOCK_THREAD_CPUTIME_ID) - ran;
	return (struct had){ n * 1000 / ((end - begun) / 1000000), ran / ((end - begun) / 1000) };
}

static int by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static struct had median(const struct had *h)
{
	long rate[WINDOWS], share[WINDOWS];
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		rate[i] = h[i].rate;
		share[i] = h[i].share;
	}
	qsort(rate, WINDOWS, sizeof(long), by_value);
	qsort(share, WINDOWS, sizeof(long), by_value);
	return (struct had){ rate[WINDOWS / 2], share[WINDOWS / 2] };
}

static const char * const mode_name[] = { "one that spins", "set/way", "set/way and toggles" };

/* What is asked of the shares. */
#define ASK_EXITS	(1U << 0)	/* exits, too: where the emulator's speed does not change */

static void compare(struct had had[][WINDOWS], unsigned int ask)
{
	struct had fair = median(had[BAD_SPINS]), got;
	unsigned int m;

	for (m = 0; m < BAD_MODES; m++) {
		got = median(had[m]);
		printf("# beside %s: %ld exits/s, %ld/1000 of the CPU\n", mode_name[m], got.rate, got.share);
		expect(got.share * 100 >= fair.share * 85, "%ld/1000 of the CPU, the fair share is %ld",
		       got.share, fair.share);
		/* the scheduler's slices move a share by some per cent: what it has of the CPU is as good as ever */
		if (ask & ASK_EXITS)
			expect(got.rate * fair.share * 100 >= fair.rate * got.share * 95,
			       "%ld exits/s with %ld/1000 of the CPU, the fair share is %ld with %ld", got.rate, got.share,
			       fair.rate, fair.share);
	}
}

static void share(int advice, unsigned int ask)
{
	struct had had[BAD_MODES][WINDOWS], alone;
	long ended, walks, toggles;
	struct vmm good;
	unsigned int i, m;
	pid_t pid;

	vmm_open(&good, NULL);
	vmm_start(&good, 0, WHAT_GOOD, 0);
	pin_to(0);
	alone = good_run(&good);
	printf("# alone: %ld exits/s, %ld/1000 of the CPU\n", alone.rate, alone.share);
	pid = bad_start(advice);
	check_goes_on();
	for (i = 0; i < WINDOWS; i++) {
		for (m = 0; m < BAD_MODES; m++) {
			shared->mode = m;
			had[m][i] = good_run(&good);
			check_goes_on();
		}
	}
	walks = shared->walks;
	toggles = shared->toggles;
	ended = bad_end(pid);
	compare(had, ask);
	printf("# %ld walks, %ld toggles; killed in %ld us\n", walks, toggles, ended / 1000);
	expect(walks >= 10 && toggles >= 1, "the bad VM was not so bad: %ld walks, %ld toggles", walks, toggles);
	expect(ended < 1000000000L * vmm_slow(), "%ld us until the bad VM was gone", ended / 1000);
}

static void check_share_4k(void)
{
	share(MADV_NOHUGEPAGE, ASK_EXITS);
}

static void check_share_2m(void)
{
	share(MADV_HUGEPAGE, ASK_EXITS);
}

static void check_share_two_cpus(void)
{
	share(MADV_NOHUGEPAGE, 0);
}

/* How late a real-time thread is at worst that wakes each ms, in us. */
static long lateness(long ns)
{
	long next = vmm_now(CLOCK_MONOTONIC), end = next + ns, late, worst = 0;
	struct timespec t;

	while (next < end) {
		next += 1000000;
		t = (struct timespec){ next / 1000000000, next % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		late = vmm_now(CLOCK_MONOTONIC) - next;
		if (late > worst)
			worst = late;
		if (late > 1000000)
			next += late;
	}
	return worst / 1000;
}

/*
 * In us. One piece of work is 2 MiB: 400. All that the bad VM has: 19000. The host's own housekeeping
 * takes up to 2500 (vmstat_update, after memory was freed).
 */
#define LATENESS	5000

static void latency(int advice)
{
	struct sched_param sp = { .sched_priority = 50 };
	unsigned int m;
	long late;
	pid_t pid;

	pid = bad_start(advice);
	pin_to(0);
	if (sched_setscheduler(0, SCHED_FIFO, &sp))
		die("SCHED_FIFO: %s", strerror(errno));
	for (m = 0; m < BAD_MODES; m++) {
		shared->mode = m;
		usleep(30000);
		late = lateness(2 * WINDOW);
		printf("# beside %s: %ld us late at worst\n", mode_name[m], late);
		expect(late < LATENESS * vmm_slow(), "a real-time thread waited for %ld us", late);
	}
	expect(shared->walks >= 10 && shared->toggles >= 1, "the bad VM was not so bad: %ld walks, %ld toggles",
	       shared->walks, shared->toggles);
	bad_end(pid);
}

static void check_latency_4k(void)
{
	latency(MADV_NOHUGEPAGE);
}

static void check_latency_2m(void)
{
	latency(MADV_HUGEPAGE);
}

static const struct check checks[] = {
	{ "share-4k", check_share_4k },
	{ "share-2m", check_share_2m },
	{ "share-two-cpus", check_share_two_cpus },
	{ "latency-4k", check_latency_4k },
	{ "latency-2m", check_latency_2m },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
