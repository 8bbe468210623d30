// SPDX-License-Identifier: GPL-2.0
/*
 * Self-hosted debug in the guest, and a debugged process beside it. Arm ARM D2.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_DEBUG, WHAT_WRITE, WHAT_RESTORED, WHAT_LOCKED };

/* An address that the guest has as RAM and the debugged process as memory of its own. */
#define SHARED_ADDRESS	(GUEST_RAM + 0x300000)

/* DBGBCR: enabled, EL1, four bytes */
#define BCR_EL1		(1 | 1 << 1 | 0xf << 5)

#ifdef GUEST

static volatile uint64_t hits, last_ec, last_elr, last_far;

bool guest_sync(struct guest_frame *f)
{
	uint64_t ec = EC(f->esr);

	if (ec != EC_BREAK_CUR && ec != EC_WATCH_CUR && ec != EC_STEP_CUR && ec != EC_BRK64)
		return false;
	hits++;
	last_ec = ec;
	last_elr = f->elr;
	last_far = f->far;
	if (ec == EC_BREAK_CUR)
		write_reg(0, dbgbcr0_el1);
	if (ec == EC_WATCH_CUR)
		write_reg(0, dbgwcr0_el1);
	if (ec == EC_BRK64)
		f->elr += 4;
	/* the step is over: no further one */
	if (ec == EC_STEP_CUR)
		write_reg(read_reg(mdscr_el1) & ~1UL, mdscr_el1);
	f->spsr &= ~(1UL << 21);
	return true;
}

__attribute__((noinline)) void target(void)
{
	asm volatile("nop");
}

/* Returns to its caller with PSTATE.SS set: one instruction, then the exception. */
static void step(void)
{
	uint64_t t;

	write_reg(read_reg(mdscr_el1) | 1, mdscr_el1);
	asm volatile("mrs %0, daif\n\t"
		     "bic %0, %0, #0x200\n\t"
		     "add %0, %0, #5\n\t"
		     "orr %0, %0, #1 << 21\n\t"
		     "msr spsr_el1, %0\n\t"
		     "adr %0, 1f\n\t"
		     "msr elr_el1, %0\n\t"
		     "msr daifset, #8\n\t"
		     "eret\n"
		     "1: nop\n\tnop\n\tnop" : "=&r" (t) : : "memory");
}

static void debug(void)
{
	static volatile uint64_t watched[2] __attribute__((aligned(16)));

	write_reg(0, oslar_el1);
	write_reg(1UL << 15 | 1UL << 13, mdscr_el1);	/* MDE, KDE */
	guest_expect(read_reg(mdscr_el1), 1UL << 15 | 1UL << 13);
	asm volatile("msr daifclr, #8\n\tisb");

	asm volatile("brk #7");
	guest_expect(hits, 1);
	guest_expect(last_ec, EC_BRK64);

	write_reg((uintptr_t)target, dbgbvr0_el1);
	write_reg(BCR_EL1, dbgbcr0_el1);
	guest_say(PORT_TEST, 0);			/* they are kept while the VMM runs */
	guest_expect(read_reg(dbgbvr0_el1), (uintptr_t)target);
	target();
	guest_expect(hits, 2);
	guest_expect(last_ec, EC_BREAK_CUR);
	guest_expect(last_elr, (uintptr_t)target);
	target();
	guest_expect(hits, 2);

	/* stores, EL1, eight bytes */
	write_reg((uintptr_t)&watched[1], dbgwvr0_el1);
	write_reg(1 | 1 << 1 | 2 << 3 | 0xff << 5, dbgwcr0_el1);
	guest_say(PORT_TEST, 1);
	watched[0] = 1;
	(void)watched[1];
	guest_expect(hits, 2);
	watched[1] = 1;
	guest_expect(hits, 3);
	guest_expect(last_ec, EC_WATCH_CUR);
	guest_expect(last_far, (uintptr_t)&watched[1]);

	step();
	guest_expect(hits, 4);
	guest_expect(last_ec, EC_STEP_CUR);

	/* off: nothing comes */
	write_reg((uintptr_t)target, dbgbvr0_el1);
	write_reg(BCR_EL1, dbgbcr0_el1);
	write_reg(0, mdscr_el1);
	target();
	guest_expect(hits, 4);
}

/* How often the breakpoint at target() is hit by one call; it is on again after. */
static unsigned int call_target(void)
{
	hits = 0;
	target();
	write_reg(BCR_EL1, dbgbcr0_el1);
	return hits;
}

static uint64_t locked(void)
{
	uint64_t sum;

	write_reg(0, oslar_el1);
	write_reg((uintptr_t)target, dbgbvr0_el1);
	write_reg(BCR_EL1, dbgbcr0_el1);
	write_reg(1UL << 15 | 1UL << 13, mdscr_el1);
	asm volatile("msr daifclr, #8\n\tisb");
	sum = call_target();
	write_reg(1, oslar_el1);
	guest_expect(read_reg(oslsr_el1) & 2, 2);
	guest_expect(read_reg(mdscr_el1), 1UL << 15 | 1UL << 13);
	sum = sum << 8 | call_target();
	write_reg(0, oslar_el1);
	return sum << 8 | call_target();
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i;

	if (what == WHAT_LOCKED)
		return locked();
	if (what == WHAT_RESTORED) {
		guest_say(PORT_TEST, (uintptr_t)target);
		asm volatile("msr daifclr, #8\n\tisb");
		target();
		return hits;
	}
	if (what == WHAT_DEBUG) {
		for (i = 0; i < arg; i++) {
			hits = 0;
			debug();
		}
		return 0;
	}
	/* debug exceptions are on, and the guest has no watchpoint of its own there */
	write_reg(0, oslar_el1);
	write_reg(1UL << 15 | 1UL << 13, mdscr_el1);
	asm volatile("msr daifclr, #8\n\tisb");
	for (i = 0; !guest_ask(PORT_TEST + 1); i++) {
		write64(SHARED_ADDRESS, i);
		read64(SHARED_ADDRESS);
	}
	guest_expect(hits, 0);
	return i;
}

#else

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static uint64_t until_done(struct vmm *v, const volatile bool *enough)
{
	uint64_t val;
	unsigned int port;

	do {
		val = enough && *enough;
		port = vmm_event(v, 0, &val);
	} while (port != PORT_DONE);
	return val;
}

static void self_hosted(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_DEBUG, 20);
	until_done(&v, NULL);
}

#define REG_DBGBVR0	VMM_SYS(2, 0, 0, 0, 4)
#define REG_DBGBCR0	VMM_SYS(2, 0, 0, 0, 5)
#define REG_MDSCR	VMM_SYS(2, 0, 0, 2, 2)
#define REG_OSLSR	VMM_SYS(2, 0, 1, 1, 4)

/* The VMM sets a breakpoint before the guest has touched a debug register; then the lock, too. */
static void restored(void)
{
	uint64_t at = 0, val = 0;
	int lock;
	struct vmm v;

	for (lock = 0; lock < 2; lock++) {
		vmm_open(&v, NULL);
		vmm_start(&v, 0, WHAT_RESTORED, 0);
		expect(vmm_event(&v, 0, &at) == PORT_TEST, "no address");
		vmm_set_reg(&v, 0, REG_DBGBVR0, at);
		vmm_set_reg(&v, 0, REG_DBGBCR0, BCR_EL1);
		vmm_set_reg(&v, 0, REG_MDSCR, 1 << 15 | 1 << 13);
		vmm_set_reg(&v, 0, REG_OSLSR, 8 | lock << 1);
		expect(vmm_event(&v, 0, &val) == PORT_DONE, "not the end");
		expect((int)val == !lock, "%lu hits with the lock %s", (long)val, lock ? "on" : "off");
		expect(vmm_reg(&v, 0, REG_DBGBVR0) == at && vmm_reg(&v, 0, REG_MDSCR) == (1 << 15 | 1 << 13),
		       "what was set is not what is read");
		vmm_close(&v);
	}
}

static void locked(void)
{
	uint64_t hits;
	struct vmm v;

	vmm_open(&v, NULL);
	hits = vmm_go(&v, 0, WHAT_LOCKED, 0);
	expect(hits == 0x010001, "hits before, under and after the lock: %#lx", (long)hits);
}

struct hw_debug {
	uint32_t info, pad;
	struct { uint64_t addr; uint32_t ctrl, pad; } reg[16];
};

static volatile bool enough;

static void *run_guest(void *p)
{
	return (void *)until_done(p, &enough);
}

/* The child writes to its watched word, and is stopped each time. */
static void beside_ptrace(void)
{
	struct hw_debug d = { 0 };
	struct iovec iov = { &d, 8 + 16 };
	unsigned int traps = 0;
	siginfo_t info;
	struct vmm v;
	pthread_t t;
	int status, i;
	pid_t child;
	void *rounds;

	pin_to(0);
	child = fork();
	if (!child) {
		volatile uint64_t *word = mmap((void *)SHARED_ADDRESS, 4096, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		alarm(0);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		for (i = 0; i < 20; i++) {
			word[1] = i;
			word[0] = i;
			usleep(1000);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	d.reg[0].addr = SHARED_ADDRESS;
	d.reg[0].ctrl = 1 | 2 << 1 | 2 << 3 | 0xff << 5;
	if (ptrace(PTRACE_SETREGSET, child, (void *)NT_ARM_HW_WATCH, &iov))
		die("PTRACE_SETREGSET: %s", strerror(errno));
	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_WRITE, 0);
	pthread_create(&t, NULL, run_guest, &v);
	for (;;) {
		ptrace(PTRACE_CONT, child, 0, 0);
		waitpid(child, &status, 0);
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != SIGTRAP)
			die("the process is stopped by signal %d", WSTOPSIG(status));
		ptrace(PTRACE_GETSIGINFO, child, 0, &info);
		expect((uintptr_t)info.si_addr == SHARED_ADDRESS, "a trap at %p", info.si_addr);
		traps++;
		/* over the store: without the watchpoint for one step */
		d.reg[0].ctrl &= ~1U;
		ptrace(PTRACE_SETREGSET, child, (void *)NT_ARM_HW_WATCH, &iov);
		ptrace(PTRACE_SINGLESTEP, child, 0, 0);
		waitpid(child, &status, 0);
		d.reg[0].ctrl |= 1;
		ptrace(PTRACE_SETREGSET, child, (void *)NT_ARM_HW_WATCH, &iov);
	}
	enough = true;
	pthread_join(t, &rounds);
	expect(traps == 20, "%u of 20 stores were seen", traps);
	expect(WIFEXITED(status) && !WEXITSTATUS(status), "status %#x", status);
	printf("# %lu rounds in the guest\n", (long)rounds);
}

static const struct check checks[] = {
	{ "self-hosted", self_hosted },
	{ "restored", restored },
	{ "locked", locked },
	{ "beside-ptrace", beside_ptrace },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
