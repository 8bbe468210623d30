// SPDX-License-Identifier: GPL-2.0
/*
 * Debug registers: the guest's own, the VMM's view of them, and the VMM's own breakpoints.
 */
#include "vmm.h"

enum { WHAT_READ, WHAT_WRITE, WHAT_STEP, WHAT_NOPS, WHAT_STEP_SERVED, WHAT_SERVED };

#define PORT_DR		PORT_TEST	/* DR0, DR1, DR2, DR3, DR6, DR7 in turn */
#define DR_COUNT	6
#define DR6_FIXED	0xffff0ff0UL
#define DR6_BS		(1UL << 14)
#define TF		(1UL << 8)

#ifdef GUEST

static void say_registers(void)
{
	guest_say(PORT_DR, read_reg(db0));
	guest_say(PORT_DR, read_reg(db1));
	guest_say(PORT_DR, read_reg(db2));
	guest_say(PORT_DR, read_reg(db3));
	guest_say(PORT_DR, read_reg(db6));
	guest_say(PORT_DR, read_reg(db7));
}

static void write_registers(void)
{
	write_reg(0x111000, db0);
	write_reg(0x222000, db1);
	write_reg(0x333000, db2);
	write_reg(0x444000, db3);
	write_reg(DR6_FIXED | 1, db6);
	write_reg(0x400 | 1UL << 16, db7);	/* a kind of breakpoint 0, which is off */
}

static unsigned int steps;
static uint64_t step_rip[8];

bool guest_trap(struct guest_frame *f)
{
	if (f->vector != 1 || !(read_reg(db6) & DR6_BS))
		return false;
	if (steps < 8)
		step_rip[steps] = f->rip;
	steps++;
	write_reg(DR6_FIXED, db6);
	return true;
}

/* POPF that sets TF, then two instructions, of which the second is the POPF that clears it. */
static uint64_t single_step(void)
{
	uint64_t at, flags = guest_flags();

	asm volatile("push %2\n\t"
		     "push %1\n\t"
		     "lea 1f(%%rip), %0\n\t"
		     "popf\n"
		     "1:\tnop\n\t"
		     "popf\n\t"
		     "nop"
		     : "=&r" (at) : "r" (flags | TF), "r" (flags) : "memory", "cc");
	guest_expect(steps, 2);
	guest_expect(step_rip[0], at + 1);
	guest_expect(step_rip[1], at + 2);
	return steps;
}

/* The same over an instruction that the hypervisor serves. */
static uint64_t single_step_served(void)
{
	uint64_t at, flags = guest_flags();

	asm volatile("push %2\n\t"
		     "push %1\n\t"
		     "lea 1f(%%rip), %0\n\t"
		     "popf\n"
		     "1:\tcpuid\n\t"
		     "popf\n\t"
		     "nop"
		     : "=&r" (at) : "r" (flags | TF), "r" (flags) : "rax", "rbx", "rcx", "rdx", "memory", "cc");
	guest_expect(steps, 2);
	guest_expect(step_rip[0], at + 2);
	guest_expect(step_rip[1], at + 3);
	return steps;
}

/* Says where it goes on, and has instructions there that the hypervisor serves. */
static uint64_t served(void)
{
	uint64_t at;

	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, %%rsi\n\t"
		     "outb %%al, %%dx\n"
		     "1:\tcpuid\n\t"
		     "mov $0xc0000082, %%ecx\n\t"
		     "nop"
		     : "=S" (at) : "d" (GUEST_PORT + PORT_TEST) : "rax", "rbx", "rcx", "memory");
	return at;
}

/* Says where it goes on, and goes on there. */
static uint64_t nops(void)
{
	uint64_t at;

	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "outb %%al, %%dx\n"
		     "1:\tnop\n\t"
		     "nop\n\t"
		     "nop"
		     : "=a" (at) : "d" (GUEST_PORT + PORT_TEST) : "memory");
	return at;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_WRITE:
		write_registers();
		/* fallthrough */
	case WHAT_READ:
		say_registers();
		return 0;
	case WHAT_STEP:
		return single_step();
	case WHAT_STEP_SERVED:
		return single_step_served();
	case WHAT_SERVED:
		return served();
	default:
		return nops();
	}
}

#else

static const uint64_t vmms[DR_COUNT] = { 0x1111222233334444, 0x5555000, 0x6666000, 0x7777000, DR6_FIXED | 2, 0x400 };
static const uint64_t guests[DR_COUNT] = { 0x111000, 0x222000, 0x333000, 0x444000, DR6_FIXED | 1, 0x10400 };

static struct kvm_debugregs debugregs(const uint64_t *r)
{
	return (struct kvm_debugregs){ .db = { r[0], r[1], r[2], r[3] }, .dr6 = r[4], .dr7 = r[5] };
}

static void expect_registers(struct vmm *v, const uint64_t *want)
{
	unsigned int i;
	uint64_t got;

	for (i = 0; i < DR_COUNT; i++) {
		got = vmm_expect_event(v, 0, PORT_DR);
		expect(got == want[i], "register %u of 0-3, 6, 7 is %#lx, not %#lx", i, (long)got, (long)want[i]);
	}
	vmm_expect_event(v, 0, PORT_DONE);
}

static void expect_debugregs(struct vmm *v, const uint64_t *want)
{
	struct kvm_debugregs got, w = debugregs(want);

	must(v->cpu[0], KVM_GET_DEBUGREGS, &got);
	expect(!memcmp(got.db, w.db, sizeof(w.db)) && got.dr6 == w.dr6 && got.dr7 == w.dr7,
	       "DR0 %#llx, DR3 %#llx, DR6 %#llx, DR7 %#llx", got.db[0], got.db[3], got.dr6, got.dr7);
}

/* What the VMM sets is what the guest reads, and what the guest writes is what the VMM gets. */
static void check_registers(void)
{
	struct kvm_debugregs d = debugregs(vmms);
	struct vmm v;

	vmm_open(&v, NULL);
	must(v.cpu[0], KVM_SET_DEBUGREGS, &d);
	expect_debugregs(&v, vmms);
	vmm_start(&v, 0, WHAT_READ, 0);
	expect_registers(&v, vmms);
	vmm_start(&v, 0, WHAT_WRITE, 0);
	expect_registers(&v, guests);
	expect_debugregs(&v, guests);
}

/* Two vCPUs in turn have each their own. */
static void check_two(void)
{
	struct kvm_debugregs d = debugregs(vmms);
	struct vmm a, b;

	vmm_open(&a, NULL);
	vmm_open(&b, NULL);
	must(b.cpu[0], KVM_SET_DEBUGREGS, &d);
	vmm_start(&a, 0, WHAT_WRITE, 0);
	vmm_start(&b, 0, WHAT_READ, 0);
	expect_registers(&a, guests);
	expect_registers(&b, vmms);
	expect_debugregs(&a, guests);
	expect_debugregs(&b, vmms);
}

static void check_bad(void)
{
	struct kvm_debugregs good = debugregs(vmms), d;
	struct vmm v;

	vmm_open(&v, NULL);
	d = good;
	d.flags = 1;
	expect_result(ioctl(v.cpu[0], KVM_SET_DEBUGREGS, &d), -EINVAL);
	d = good;
	d.dr6 |= 1UL << 32;
	expect_result(ioctl(v.cpu[0], KVM_SET_DEBUGREGS, &d), -EINVAL);
	d = good;
	d.dr7 |= 1UL << 32;
	expect_result(ioctl(v.cpu[0], KVM_SET_DEBUGREGS, &d), -EINVAL);
	expect_result(ioctl(v.cpu[0], KVM_SET_DEBUGREGS, &good), 0);
}

/* A guest that sets TF gets a debug exception behind each instruction. */
static void check_step(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	expect(vmm_go(&v, 0, WHAT_STEP, 0) == 2, "not two steps");
}

/*
 * The VMM has each instruction for itself, and the guest hears nothing of it. (INT3 is not tried: QEMU's emulation of
 * AMD-V does not intercept it.)
 */
static void check_guest_debug(void)
{
	struct kvm_guest_debug d = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP };
	struct kvm_run *run;
	struct vmm v;
	uint64_t at;
	int i;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_NOPS, 0);
	at = vmm_expect_event(&v, 0, PORT_TEST);
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, &d), 0);
	for (i = 0; i < 3; i++) {
		run = vmm_exit(&v, 0, KVM_EXIT_DEBUG);
		expect(run->debug.arch.exception == 1 && run->debug.arch.pc == at + i && run->debug.arch.dr6 & DR6_BS,
		       "step %d: exception %u at %#llx, DR6 %#llx", i, run->debug.arch.exception, run->debug.arch.pc,
		       run->debug.arch.dr6);
		expect(!(vmm_regs(&v, 0).rflags & TF), "step %d: the guest's TF is set", i);
	}
	d.control = 0;
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, &d), 0);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == at, "not the end of it");
}

/* An instruction that the hypervisor serves is one step, for a guest that steps itself and for its VMM. */
static void check_step_served(void)
{
	struct kvm_guest_debug d = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP };
	static const unsigned int ends[] = { 2, 7, 8 };
	struct kvm_run *run;
	struct vmm v;
	unsigned int i;
	uint64_t at;

	vmm_open(&v, NULL);
	expect(vmm_go(&v, 0, WHAT_STEP_SERVED, 0) == 2, "not two steps");
	vmm_start(&v, 0, WHAT_SERVED, 0);
	at = vmm_expect_event(&v, 0, PORT_TEST);
	/* the OUT is done with before there are steps */
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	v.run[0]->immediate_exit = 0;
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, &d), 0);
	for (i = 0; i < 3; i++) {
		run = vmm_exit(&v, 0, KVM_EXIT_DEBUG);
		expect(run->debug.arch.pc == at + ends[i] && run->debug.arch.dr6 & DR6_BS, "step %u: at %#llx, DR6 %#llx", i,
		       run->debug.arch.pc - at, run->debug.arch.dr6);
	}
	d.control = 0;
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, &d), 0);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == at, "not the end of it");
}

static const struct check checks[] = {
	{ "registers", check_registers }, { "two", check_two }, { "bad", check_bad }, { "step", check_step },
	{ "guest-debug", check_guest_debug }, { "step-served", check_step_served }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
