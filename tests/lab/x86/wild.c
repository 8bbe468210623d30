// SPDX-License-Identifier: GPL-2.0
/*
 * WILD_SEED=N WILD_ROUNDS=N WILD_CALLS=N wild calls: rounds until both are reached; every ioctl of a VM and its vCPUs with what it was given before, changed here and there, or
 * with nothing but random bytes, from two threads, while guests run random code. Each round is a process; every third is
 * killed. What the calls answer is theirs: the host has to live. The same seed gives the same calls in each thread.
 */
#include "step.h"
#include "vmm.h"

#ifdef GUEST

/* It is overwritten. */

#else

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CALLS		400		/* of each thread in a round */
#define BUFFER		65536
#define CPUS		2
#define KILL_EVERY	3
#define ROUND_SECONDS	150		/* of one, in place of what other checks have for all */

#define VCPU(name)	{ name, 'c', #name }
#define VM(name)	{ name, 'v', #name }
#define DEV(name)	{ name, 'd', #name }

static const struct call {
	unsigned long cmd;
	char level;
	const char *name;
} calls[] = {
	VCPU(KVM_GET_REGS), VCPU(KVM_SET_REGS), VCPU(KVM_GET_SREGS), VCPU(KVM_SET_SREGS), VCPU(KVM_GET_FPU), VCPU(KVM_SET_FPU),
	VCPU(KVM_GET_XSAVE), VCPU(KVM_SET_XSAVE), VCPU(KVM_GET_XCRS), VCPU(KVM_SET_XCRS), VCPU(KVM_GET_DEBUGREGS),
	VCPU(KVM_SET_DEBUGREGS), VCPU(KVM_GET_VCPU_EVENTS), VCPU(KVM_SET_VCPU_EVENTS), VCPU(KVM_GET_MSRS), VCPU(KVM_SET_MSRS),
	VCPU(KVM_SET_CPUID2), VCPU(KVM_GET_CPUID2), VCPU(KVM_INTERRUPT), VCPU(KVM_NMI), VCPU(KVM_SMI), VCPU(KVM_GET_MP_STATE),
	VCPU(KVM_SET_MP_STATE), VCPU(KVM_TRANSLATE), VCPU(KVM_GET_LAPIC), VCPU(KVM_SET_LAPIC), VCPU(KVM_SET_GUEST_DEBUG),
	VCPU(KVM_SET_TSC_KHZ), VCPU(KVM_GET_TSC_KHZ), VCPU(KVM_X86_SETUP_MCE), VCPU(KVM_X86_SET_MCE), VCPU(KVM_KVMCLOCK_CTRL),
	VCPU(KVM_SET_VAPIC_ADDR), VCPU(KVM_TPR_ACCESS_REPORTING), VCPU(KVM_GET_NESTED_STATE), VCPU(KVM_SET_NESTED_STATE),
	VCPU(KVM_SET_SIGNAL_MASK), VCPU(KVM_ENABLE_CAP), VCPU(KVM_GET_DEVICE_ATTR), VCPU(KVM_SET_DEVICE_ATTR),
	VCPU(KVM_HAS_DEVICE_ATTR), VCPU(KVM_SET_CPUID), VCPU(KVM_GET_ONE_REG), VCPU(KVM_SET_ONE_REG), VCPU(KVM_GET_STATS_FD),
	VCPU(KVM_GET_SREGS2), VCPU(KVM_SET_SREGS2), VCPU(KVM_GET_XSAVE2), VM(KVM_CREATE_VCPU), VM(KVM_CREATE_IRQCHIP),
	VM(KVM_GET_IRQCHIP), VM(KVM_SET_IRQCHIP), VM(KVM_CREATE_PIT2), VM(KVM_GET_PIT2), VM(KVM_SET_PIT2), VM(KVM_IRQ_LINE),
	VM(KVM_CREATE_PIT), VM(KVM_GET_PIT), VM(KVM_SET_PIT),
	VM(KVM_IRQ_LINE_STATUS), VM(KVM_SIGNAL_MSI), VM(KVM_SET_GSI_ROUTING), VM(KVM_IRQFD), VM(KVM_IOEVENTFD),
	VM(KVM_SET_TSS_ADDR), VM(KVM_SET_IDENTITY_MAP_ADDR), VM(KVM_SET_BOOT_CPU_ID), VM(KVM_GET_CLOCK), VM(KVM_SET_CLOCK),
	VM(KVM_SET_USER_MEMORY_REGION), VM(KVM_GET_DIRTY_LOG), VM(KVM_CLEAR_DIRTY_LOG), VM(KVM_ENABLE_CAP),
	VM(KVM_CHECK_EXTENSION), VM(KVM_X86_SET_MSR_FILTER), VM(KVM_REGISTER_COALESCED_MMIO), VM(KVM_UNREGISTER_COALESCED_MMIO),
	VM(KVM_SET_NR_MMU_PAGES), VM(KVM_GET_NR_MMU_PAGES), VM(KVM_XEN_HVM_CONFIG), VM(KVM_XEN_HVM_SET_ATTR),
	VM(KVM_XEN_HVM_GET_ATTR), VM(KVM_XEN_HVM_EVTCHN_SEND), VCPU(KVM_XEN_VCPU_SET_ATTR), VCPU(KVM_XEN_VCPU_GET_ATTR),
	VM(KVM_CREATE_DEVICE), VM(KVM_SET_PMU_EVENT_FILTER), VM(KVM_GET_STATS_FD),
	VM(KVM_REINJECT_CONTROL), DEV(KVM_GET_SUPPORTED_CPUID), DEV(KVM_GET_EMULATED_CPUID), DEV(KVM_GET_MSR_INDEX_LIST),
	DEV(KVM_GET_MSR_FEATURE_INDEX_LIST), DEV(KVM_GET_MSRS), DEV(KVM_X86_GET_MCE_CAP_SUPPORTED), DEV(KVM_CHECK_EXTENSION),
	DEV(KVM_CREATE_VM),
};

#define NR_CALLS	(sizeof(calls) / sizeof(calls[0]))

struct thread {
	struct vmm *v;
	uint64_t state;
	uint8_t *buffer;	/* BUFFER bytes, and nothing behind them */
	pthread_t id;
	unsigned long made, good, runs;
	atomic_bool over;
};

/* Of all rounds, those that are killed among them. */
static struct sum {
	atomic_ulong made, runs;
} *sum;

/* Marsaglia's xorshift64*. */
static uint64_t draw(struct thread *t)
{
	t->state ^= t->state >> 12;
	t->state ^= t->state << 25;
	t->state ^= t->state >> 27;
	return t->state * 0x2545f4914f6cdd1dULL;
}

/* What breaks arithmetic, and what is near something that works. */
static uint64_t draw_wild(struct thread *t)
{
	static const uint64_t edges[] = { 0, 1, 0xff, 0xfff, 0x1000, 0xffffffff, 1ULL << 63, ~0ULL, 0x200000, 0xfee00000, 0xc0000080 };
	uint64_t d = draw(t);

	switch (d % 5) {
	case 0:
		return edges[(d >> 8) % (sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return 1ULL << (d >> 8) % 64;
	case 2:
		return (d >> 8) % 64;
	case 3:
		return -((d >> 8) % 64);
	default:
		return draw(t);
	}
}

static size_t size_of(const struct call *c)
{
	return _IOC_SIZE(c->cmd) ? _IOC_SIZE(c->cmd) : 8;
}

/* What was last there, or noise, with some fields changed; counts of what follows stay near what there is room for. */
static void fill(struct thread *t, uint8_t *at, size_t size)
{
	unsigned int n, i;

	if (draw(t) % 4 == 0)
		for (i = 0; i + 8 <= size; i += 8)
			memcpy(at + i, &(uint64_t){ draw_wild(t) }, 8);
	else if (draw(t) % 4 == 0)
		memset(at, 0, size);
	for (n = draw(t) % 5; n; n--) {
		size_t width = 1UL << draw(t) % 4, place = draw(t) % size & -width;

		if (place + width <= size)
			memcpy(at + place, &(uint64_t){ draw_wild(t) }, width);
	}
}

static int descriptor(struct thread *t, char level)
{
	return level == 'd' ? t->v->sys : level == 'v' ? t->v->vm : t->v->cpu[draw(t) % t->v->cpus];
}

static void one_call(struct thread *t)
{
	const struct call *c = &calls[draw(t) % NR_CALLS];
	size_t size = size_of(c), room = draw(t) % 8 ? 8192 : size;
	uint8_t *at = t->buffer + BUFFER - (room < size ? size : room);
	unsigned long arg = (unsigned long)at;
	int ret, fd = descriptor(t, c->level);

	fill(t, at, draw(t) % 2 && room > size ? size + 256 : size);
	if (draw(t) % 32 == 0)
		arg = draw_wild(t);
	if (!_IOC_SIZE(c->cmd))
		arg = draw_wild(t);
	ret = ioctl(fd, c->cmd, arg);
	t->made++;
	sum->made++;
	t->good += ret >= 0;
	/* descriptors that came of it go again */
	if (ret > 2 && (c->cmd == KVM_CREATE_VM || c->cmd == KVM_CREATE_VCPU || c->cmd == KVM_GET_STATS_FD))
		close(ret);
}

/* Random code, now and then with a mode that it can run in. */
static void one_run(struct thread *t)
{
	unsigned int cpu = draw(t) % t->v->cpus, i;
	struct kvm_run *run = t->v->run[cpu];

	for (i = 0; i < 64; i += 8)
		memcpy(t->v->ram + GUEST_STEP + i, &(uint64_t){ draw(t) }, 8);
	if (draw(t) % 2) {
		struct kvm_regs r = step_regs(MODE_LONG);

		ioctl(t->v->cpu[cpu], KVM_SET_REGS, &r);
	}
	run->kvm_valid_regs = draw(t) % 8;
	run->kvm_dirty_regs = draw(t) % 16 ? 0 : draw_wild(t);
	run->request_interrupt_window = draw(t) % 2;
	if (run->kvm_dirty_regs)
		fill(t, (uint8_t *)&run->s.regs, sizeof(run->s.regs));
	ioctl(t->v->cpu[cpu], KVM_RUN, 0);
	t->runs++;
	sum->runs++;
	/* an answer to whatever it was */
	fill(t, (uint8_t *)run, 256);
	run->immediate_exit = draw(t) % 4 == 0;
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (draw(t) % 4)
			one_call(t);
		else
			one_run(t);
	t->over = true;
	return NULL;
}

static void nothing(int sig)
{
}

static uint8_t *buffer(void)
{
	uint8_t *at = mmap(NULL, BUFFER + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + BUFFER, 4096, PROT_NONE))
		die("no memory");
	return at;
}

static void one_round(uint64_t seed)
{
	struct vmm_config c = { .cpus = CPUS };
	struct thread t[2];
	struct vmm v;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, &c);
	for (i = 0; i < 2; i++) {
		t[i] = (struct thread){ .v = &v, .state = seed * 4 + i * 2 + 1, .buffer = buffer() };
		vmm_mode(&v, i, MODE_LONG);
		pthread_create(&t[i].id, NULL, thread_main, &t[i]);
	}
	/* no guest runs for ever */
	while (!t[0].over || !t[1].over) {
		usleep(2000);
		for (i = 0; i < 2; i++)
			if (!t[i].over)
				pthread_kill(t[i].id, SIGUSR1);
	}
	printf("# round %lu: %lu calls, %lu good, %lu runs\n", (long)seed, t[0].made + t[1].made, t[0].good + t[1].good,
	       t[0].runs + t[1].runs);
	fflush(stdout);
	_exit(0);
}

/* A round that takes long is killed, too: that a guest runs is no call that hangs. */
static void rounds(uint64_t seed, unsigned int n, unsigned long calls)
{
	unsigned int i, waited;
	int status;
	pid_t pid;

	for (i = 0; i < n || sum->made < calls; i++) {
		alarm(ROUND_SECONDS);
		pid = fork();
		if (!pid)
			one_round(seed + i);
		for (waited = 0; waitpid(pid, &status, WNOHANG) != pid; waited++) {
			usleep(10000);
			if (waited == (i % KILL_EVERY ? 2000 : 20 + 7 * i % 60))
				kill(pid, SIGKILL);
			/* what does not die hangs in the kernel */
			if (waited > 6000)
				die("round %lu does not come back from the kernel", (long)(seed + i));
		}
		expect(WIFEXITED(status) || WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV, "round %lu ended with %#x", (long)(seed + i), status);
	}
	printf("# made %lu, runs %lu, rounds %u\n", sum->made, sum->runs, i);
}

static unsigned long wanted(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void check_calls(void)
{
	sum = mmap(NULL, sizeof(*sum), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sum == MAP_FAILED)
		die("no memory");
	rounds(wanted("WILD_SEED", 1), wanted("WILD_ROUNDS", 12), wanted("WILD_CALLS", 0));
}

static const struct check checks[] = { { "calls", check_calls }, { 0 } };

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
