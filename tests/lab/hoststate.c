// SPDX-License-Identifier: GPL-2.0
/*
 * The host's registers before and after KVM_RUN, on each way out of it, when the guest has left something of its own
 * wherever it could.
 */
#define _GNU_SOURCE
#include "vmm.h"

/* What a guest does before it comes out; bits of its argument. */
#define LITTER_DEBUG	(1 << 0)	/* breakpoints, watchpoints, MDSCR_EL1 */
#define LITTER_TIMERS	(1 << 1)	/* both armed, far and past */
#define LITTER_FP	(1 << 2)	/* V registers, FPCR, FPSR */
#define LITTER_IDS	(1 << 3)	/* TPIDR*, CSSELR_EL1, CONTEXTIDR_EL1 */
#define LITTER_GIC	(1 << 4)	/* the CPU interface is on, an SGI is active */
#define LITTER_PSTATE	(1 << 5)	/* PAN, UAO, DIT, SSBS other than the host's */
#define LITTER_KEYS	(1 << 6)	/* of pointer authentication, all */
#define LITTER_LAST	LITTER_KEYS
#define LITTER_ALL	(2 * LITTER_LAST - 1)

enum { WHAT_IO, WHAT_SPIN, WHAT_OFF, WHAT_BAD, WHAT_WFI, WHAT_AWAIT };

#define BAD_AT	(GUEST_RAM + 0x10000000UL)	/* a slot whose memory the VMM has taken away */
#define WORD_AT	(GUEST_RAM + 0x200000UL)	/* which a guest in WHAT_AWAIT waits for to change */
#define MAGIC	0x6d61676963766dedUL
#define MARK	0x123456789abcUL

#ifdef GUEST

static void try_write(unsigned int enc, uint64_t val)
{
	guest_try(INSN_MSR(enc), &val);
}

static void litter_debug(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		try_write(ENC(2, 0, 0, i, 4), 0x7000 + 16 * i);
		try_write(ENC(2, 0, 0, i, 5), 0x1e5);
		try_write(ENC(2, 0, 0, i, 6), 0x8000 + 16 * i);
		try_write(ENC(2, 0, 0, i, 7), 0x1ffd);
	}
	try_write(ENC(2, 0, 0, 2, 2), 1 << 15 | 1 << 13);
}

static void litter_timers(void)
{
	write_reg(read_reg(cntvct_el0) + (1UL << 40), cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	write_reg(0, cntp_cval_el0);
	write_reg(3, cntp_ctl_el0);
	write_reg(0x303, cntkctl_el1);
}

static void litter_fp(void)
{
	write_reg(read_reg(cpacr_el1) | 3 << 20, cpacr_el1);
	asm volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
		     ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\tdup v\\n\\().2d, %0\n\t.endr\n\t"
		     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\tdup v\\n\\().2d, %0\n\t.endr"
		     : : "r" (MAGIC));
	write_reg(0x00c00000, s3_3_c4_c4_0);
	write_reg(0x0800001f, s3_3_c4_c4_1);
}

static void litter_ids(void)
{
	write_reg(MAGIC, tpidr_el0);
	write_reg(MAGIC, tpidrro_el0);
	write_reg(MAGIC, tpidr_el1);
	write_reg(2, csselr_el1);
	write_reg(MAGIC, contextidr_el1);
	write_reg(MAGIC & ~1UL, par_el1);
	try_write(ENC(3, 3, 13, 0, 5), MAGIC);	/* TPIDR2_EL0, where nothing traps it */
}

/* All that the guest's ID registers do not deny; what they do deny is undefined, and passed. */
static void litter_pstate(void)
{
	try_write(ENC(3, 0, 4, 2, 3), 0);
	try_write(ENC(3, 0, 4, 2, 4), 1 << 23);
	try_write(ENC(3, 3, 4, 2, 5), 0);
	try_write(ENC(3, 3, 4, 2, 6), 0);
}

/* Without the feature each is undefined. */
static void litter_keys(void)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		try_write(ENC(3, 0, 2, 1 + i / 4, i % 4), MAGIC + i);
}

static void await(void)
{
	uint32_t last = 0;

	for (;;) {
		while (last == *(volatile uint32_t *)WORD_AT)
			;
		guest_say(PORT_TEST, ++last);
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (arg & LITTER_DEBUG)
		litter_debug();
	if (arg & LITTER_TIMERS)
		litter_timers();
	if (arg & LITTER_FP)
		litter_fp();
	if (arg & LITTER_IDS)
		litter_ids();
	if (arg & LITTER_GIC) {
		gic_start();
		gic_enable(3, 0x80, true);
		write_reg(3UL << 24 | 1, s3_0_c12_c11_5);
		(void)read_reg(s3_0_c12_c12_0);
	}
	if (arg & LITTER_PSTATE)
		litter_pstate();
	if (arg & LITTER_KEYS)
		litter_keys();
	irqs_off();
	switch (what) {
	case WHAT_SPIN:
		guest_say(PORT_TEST, 0);
		for (;;)
			;
	case WHAT_OFF:
		guest_hvc(0x84000008, 0, 0, 0);
		break;
	case WHAT_BAD:
		return read64(BAD_AT);
	case WHAT_WFI:
		guest_say(PORT_TEST, 0);
		for (;;)
			guest_wfi();
	case WHAT_AWAIT:
		await();
	}
	return 0;
}

#else

#include <sched.h>
#include <sys/prctl.h>

#include "../module/host.h"

#define HOST_REG_NAME(name, ...) #name,
static const char *const names[] = { HOST_FOR_EACH_REG(HOST_REG_NAME) };

static int host_fd = -1;

/* EL1's and EL0's traps of counters and timers; the rest is the host's clock event's, at any time. */
#define CNTHCTL_TRAPS	0x0000000000000c03UL

/* SVE and SME at EL0 are switched on at a thread's first use, and off again by its system calls. */
#define CPTR_LAZY	(3ULL << 16 | 3ULL << 24)

static void host_read(struct host_regs *r)
{
	if (ioctl(host_fd, HOST_READ, r))
		die("/dev/tabula-host: %s", strerror(errno));
	r->val[HOST_CNTHCTL_EL2] &= CNTHCTL_TRAPS;
	r->val[HOST_CPTR_EL2] &= ~CPTR_LAZY;
}

static void compare(const char *what, const struct host_regs *a, const struct host_regs *b)
{
	unsigned int i;

	for (i = 0; i < HOST_REGS; i++)
		if (a->has[i])
			expect(a->val[i] == b->val[i], "%s: %s was %#llx and is %#llx", what, names[i], a->val[i], b->val[i]);
}

/* What a first guest on a CPU sets for good is left out: with TGE it means nothing to the host (CNTHCTL_EL2's traps of EL1). */
static void host_open(void)
{
	struct vmm v;

	host_fd = open("/dev/tabula-host", O_RDWR);
	if (host_fd < 0)
		die("/dev/tabula-host: %s", strerror(errno));
	pin_to(0);
	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_IO, 0);
	vmm_close(&v);
}

/* KVM_RUN with marks in FP registers and in FPCR, where Linux keeps them over a system call that does not sleep for long. */
static int run_marked(struct vmm *v, const char *what)
{
	register long x0 asm("x0") = v->cpu[0];
	register long x1 asm("x1") = KVM_RUN;
	register long x2 asm("x2") = 0;
	register long x8 asm("x8") = 29;	/* ioctl */
	uint64_t low, high, fpcr;

	asm volatile("fmov d9, %[m]\n\tfmov d15, %[n]\n\tmsr fpcr, %[f]\n\t"
		     "svc #0\n\t"
		     "fmov %[low], d9\n\tfmov %[high], d15\n\tmrs %[fpcr], fpcr\n\tmsr fpcr, xzr"
		     : "+r" (x0), [low] "=&r" (low), [high] "=&r" (high), [fpcr] "=&r" (fpcr)
		     : "r" (x1), "r" (x2), "r" (x8), [m] "r" (MARK), [n] "r" (~MARK), [f] "r" (0x400000UL)
		     : "memory", "d9", "d15");
	expect(low == MARK && high == ~MARK && fpcr == 0x400000, "%s: D9 %#lx, D15 %#lx, FPCR %#lx", what, (long)low,
	       (long)high, (long)fpcr);
	return x0;
}

/* Which way out, from the guest's last stay. */
struct way {
	const char *name;
	uint64_t what;
	int ret;
	uint32_t exit_reason;
	bool signal;		/* sent while it runs */
	bool immediate;
	bool busy;		/* another thread wants the CPU */
};

static const struct way ways[] = {
	{ "an access", WHAT_IO, 0, KVM_EXIT_MMIO },
	{ "a signal", WHAT_SPIN, -EINTR, KVM_EXIT_INTR, .signal = true },
	{ "a signal in WFI", WHAT_WFI, -EINTR, KVM_EXIT_INTR, .signal = true },
	{ "immediate_exit", WHAT_SPIN, -EINTR, 0, .immediate = true },
	{ "power-off", WHAT_OFF, 0, KVM_EXIT_SYSTEM_EVENT },
	{ "an error", WHAT_BAD, -EFAULT, 0 },
	{ "a signal, with the CPU taken away", WHAT_SPIN, -EINTR, KVM_EXIT_INTR, .signal = true, .busy = true },
};

static void on_signal(int sig)
{
}

static void *competitor(void *stop)
{
	volatile unsigned long n = 0;

	pin_to(0);
	while (!*(volatile bool *)stop)
		n++;
	return NULL;
}

/* In 30 ms, from a timer, so that no other thread is needed. */
static timer_t signal_timer(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t t;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	if (timer_create(CLOCK_MONOTONIC, &ev, &t))
		die("timer_create: %s", strerror(errno));
	return t;
}

static void set_timer(timer_t t, long ms)
{
	struct itimerspec it = { .it_value.tv_nsec = ms * 1000000 };

	timer_settime(t, 0, &it, NULL);
}

static void vm_open(struct vmm *v)
{
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vmm_config c = { .features = vmm_pauth() };

	vmm_open(v, &c);
	expect_result(vmm_slot(v, 1, BAD_AT, 4096, bad, 0), 0);
}

/* Runs to where the way out begins. */
static void way_begin(struct vmm *v, const struct way *w, uint64_t litter)
{
	uint64_t val = 0;

	vmm_start(v, 0, w->what, litter);
	if ((w->what == WHAT_SPIN || w->what == WHAT_WFI) && vmm_event(v, 0, &val) != PORT_TEST)
		die("%s: not there", w->name);
}

static void way_out(const struct way *w, uint64_t litter)
{
	struct host_regs before, after;
	timer_t timer = signal_timer();
	bool stop = false;
	pthread_t other;
	struct vmm v;
	int ret;

	vm_open(&v);
	way_begin(&v, w, litter);
	if (w->busy)
		pthread_create(&other, NULL, competitor, &stop);
	host_read(&before);
	v.run[0]->immediate_exit = w->immediate;
	if (w->signal)
		set_timer(timer, 60 * vmm_slow());
	ret = run_marked(&v, w->name);
	host_read(&after);
	stop = true;
	if (w->busy)
		pthread_join(other, NULL);
	expect(ret == w->ret, "%s: %s, not %s", w->name, result_name(ret), result_name(w->ret));
	if (w->exit_reason)
		expect(v.run[0]->exit_reason == w->exit_reason, "%s: exit %u", w->name, v.run[0]->exit_reason);
	compare(w->name, &before, &after);
	timer_delete(timer);
	vmm_close(&v);
}

static void each_way(uint64_t litter)
{
	unsigned int i;

	host_open();
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		way_out(&ways[i], litter);
}

static void quiet(void)
{
	each_way(0);
}

static void one_by_one(void)
{
	uint64_t litter;

	host_open();
	for (litter = 1; litter <= LITTER_LAST; litter <<= 1)
		way_out(&ways[0], litter);
}

static void all(void)
{
	each_way(LITTER_ALL);
}

/* A VMM that is killed while its guest runs leaves nothing of it in the CPU. */
static void killed(void)
{
	struct host_regs before, after;
	const struct way *w = &ways[1];
	struct vmm v;
	int status, to[2];
	pid_t pid;
	char c;

	host_open();
	if (pipe(to))
		die("pipe");
	host_read(&before);
	pid = fork();
	if (!pid) {
		vm_open(&v);
		way_begin(&v, w, LITTER_ALL);
		if (write(to[1], "x", 1) == 1)
			vmm_run(&v, 0);
		_exit(0);
	}
	if (read(to[0], &c, 1) != 1)
		die("no guest");
	usleep(50000);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect(WIFSIGNALED(status), "it ended by itself");
	host_read(&after);
	compare("killed", &before, &after);
}

/* User space may do after KVM_RUN what it might before, and no more: counters, caches, and no PMU or debug registers. */
static volatile sig_atomic_t trapped;
static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	trapped++;
	u->uc_mcontext.pc += 4;
}

#define MRS_TRAPS(insn) ({ uint64_t v_; trapped = 0; asm volatile(insn : "=r" (v_)); (bool)trapped; })

static unsigned int user_traps(void)
{
	unsigned int traps = 0;

	traps |= MRS_TRAPS("mrs %0, cntvct_el0") << 0;
	traps |= MRS_TRAPS("mrs %0, cntpct_el0") << 1;
	traps |= MRS_TRAPS("mrs %0, ctr_el0") << 2;
	traps |= MRS_TRAPS("mrs %0, dczid_el0") << 3;
	traps |= MRS_TRAPS("mrs %0, s3_3_c9_c13_0") << 4;	/* PMCCNTR_EL0 */
	traps |= MRS_TRAPS("mrs %0, s3_3_c9_c14_0") << 5;	/* PMUSERENR_EL0 */
	traps |= MRS_TRAPS("mrs %0, s3_3_c14_c3_1") << 6;	/* CNTV_CTL_EL0 */
	traps |= MRS_TRAPS("mrs %0, s3_3_c14_c2_1") << 7;	/* CNTP_CTL_EL0 */
	traps |= MRS_TRAPS("mrs %0, s2_3_c0_c1_0") << 8;	/* MDCCSR_EL0 */
	traps |= MRS_TRAPS("mrs %0, tpidrro_el0") << 9;
	return traps;
}

static void user_space(void)
{
	unsigned int before, after, i;
	struct vmm v;

	host_open();
	sigaction(SIGILL, &(struct sigaction){ .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO }, NULL);
	before = user_traps();
	for (i = 0; i < 2; i++) {
		vm_open(&v);
		way_begin(&v, &ways[0], i ? LITTER_ALL : 0);
		expect_result(run_marked(&v, "an access"), 0);
		after = user_traps();
		expect(before == after, "what traps at EL0 was %#x and is %#x", before, after);
		vmm_close(&v);
		after = user_traps();
		expect(before == after, "what traps at EL0 was %#x and is %#x without the VM", before, after);
	}
}

/* Moves a vCPU's thread to the other CPU while its guest runs, and lets the guest come out there. */
struct mover {
	pid_t thread;
	unsigned int round;	/* of the vCPU's thread: it is about to enter the guest */
	volatile uint32_t *word;
};

#define MOVES	6

static void *mover(void *arg)
{
	struct mover *m = arg;
	unsigned int i;

	for (i = 1; i <= MOVES; i++) {
		cpu_set_t to;

		while (__atomic_load_n(&m->round, __ATOMIC_ACQUIRE) != i)
			usleep(1000);
		usleep(20000 * vmm_slow());
		CPU_ZERO(&to);
		CPU_SET(i % 2, &to);
		if (sched_setaffinity(m->thread, sizeof(to), &to))
			die("sched_setaffinity: %s", strerror(errno));
		*m->word = i;
	}
	return NULL;
}

/* On which CPU a thread is stands in its memory (rseq), where the C library looks: true after KVM_RUN, too. */
static void moved(void)
{
	struct mover m = { .thread = gettid() };
	pthread_t other;
	unsigned int i;
	struct vmm v;

	pin_to(0);
	vmm_open(&v, NULL);
	m.word = (volatile uint32_t *)(v.ram + WORD_AT - GUEST_RAM);
	vmm_start(&v, 0, WHAT_AWAIT, 0);
	pthread_create(&other, NULL, mover, &m);
	for (i = 1; i <= MOVES; i++) {
		uint64_t val = 0;

		__atomic_store_n(&m.round, i, __ATOMIC_RELEASE);
		while (vmm_run(&v, 0) == -EINTR)
			;
		/* before any other system call */
		expect(sched_getcpu() == (int)(i % 2), "move %u: on CPU %d, it says", i, sched_getcpu());
		memcpy(&val, v.run[0]->mmio.data, sizeof(val));
		expect(val == i, "move %u: the guest says %lu", i, (long)val);
	}
	pthread_join(other, NULL);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "moved", moved },
	{ "quiet", quiet },
	{ "one-by-one", one_by_one },
	{ "all", all },
	{ "killed", killed },
	{ "user-space", user_space },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
