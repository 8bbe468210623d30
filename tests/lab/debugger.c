// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM that debugs its guest: KVM_SET_GUEST_DEBUG and KVM_EXIT_DEBUG (KVM API 4.87).
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_STEPPED, WHAT_STOPPED, WHAT_OWN, WHAT_BRK };

#define PORT_WHERE	(PORT_TEST + 1)		/* address of the code that follows, then of its next label, ... */
#define PORT_MMIO	(PORT_TEST + 2)
#define PORT_READY	(PORT_TEST + 3)

#define MDSCR_OWN	(1UL << 15 | 1UL << 13)	/* MDE, KDE */
#define CR_EL1		(1 | 1 << 1)		/* enabled, EL1 */

#ifdef GUEST

extern char stepped[], stepped_mmio[], stepped_end[], stopped[], watched_store[], stopped_end[];
static volatile uint64_t hits, last_ec, cell[2];

bool guest_sync(struct guest_frame *f)
{
	uint64_t ec = EC(f->esr);

	if (ec != EC_BREAK_CUR && ec != EC_BRK64)
		return false;
	hits++;
	last_ec = ec;
	if (ec == EC_BREAK_CUR)
		write_reg(0, dbgbcr0_el1);
	else
		f->elr += 4;
	return true;
}

static void where(const void *address)
{
	guest_say(PORT_WHERE, (uintptr_t)address);
}

static void call(void *code)
{
	register uint64_t x0 asm("x0") = GUEST_IO + 8 * PORT_MMIO;
	register uint64_t x19 asm("x19") = (uintptr_t)&cell[1];

	asm volatile("blr %1" : "+r" (x0) : "r" (code), "r" (x19) :
		     "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		     "x16", "x17", "x18", "x30", "memory");
}

/* Breakpoint 0 is the guest's own, at stopped. */
static void own(void)
{
	write_reg(0, oslar_el1);
	write_reg((uintptr_t)stopped, dbgbvr0_el1);
	write_reg(CR_EL1 | 0xf << 5, dbgbcr0_el1);
	write_reg(MDSCR_OWN, mdscr_el1);
	asm volatile("msr daifclr, #8\n\tisb");
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	where(what == WHAT_STEPPED ? stepped : stopped);
	where(what == WHAT_STEPPED ? stepped_mmio : watched_store);
	where(what == WHAT_STEPPED ? stepped_end : stopped_end);
	where((const void *)&cell[1]);
	if (what == WHAT_OWN)
		own();
	guest_say(PORT_READY, 0);
	switch (what) {
	case WHAT_STEPPED:
		call(stepped);
		break;
	case WHAT_BRK:
		asm volatile("brk #0x1234");
		guest_expect(hits, 0);
		guest_say(PORT_READY, 1);
		asm volatile("brk #0x4321");
		guest_expect(hits, 1);
		guest_expect(last_ec, EC_BRK64);
		break;
	case WHAT_OWN:
		guest_expect(read_reg(mdscr_el1), MDSCR_OWN);
		call(stopped);
		guest_expect(hits, 0);
		/* the VMM's are not to be seen */
		guest_expect(read_reg(dbgbvr0_el1), (uintptr_t)stopped);
		guest_expect(read_reg(dbgbcr0_el1), CR_EL1 | 0xf << 5);
		guest_expect(read_reg(mdscr_el1), MDSCR_OWN);
		guest_say(PORT_READY, 1);
		call(stopped);
		guest_expect(hits, 1);
		guest_expect(last_ec, EC_BREAK_CUR);
		break;
	default:
		call(stopped);
		guest_say(PORT_READY, 1);
		call(stopped);
		break;
	}
	return 0x600d;
}

#else

#define GUESTDBG_USE_HW		(1 << 17)	/* headers of some C libraries name it otherwise */
#define EC_STEP_LOW		0x32
#define EC_BREAK_LOW		0x30
#define EC_WATCH_LOW		0x34
#define SPSR_SS			(1UL << 21)

struct place { uint64_t code, label, end, cell; };

static int debug(struct vmm *v, uint32_t control, const struct kvm_guest_debug_arch *arch)
{
	struct kvm_guest_debug dbg = { .control = control };

	if (arch)
		dbg.arch = *arch;
	return result(ioctl(v->cpu[0], KVM_SET_GUEST_DEBUG, &dbg));
}

static uint64_t pc(struct vmm *v)
{
	return vmm_reg(v, 0, VMM_CORE(regs.pc));
}

static struct place begin(struct vmm *v, uint64_t what)
{
	struct place p;
	uint64_t *at = &p.code;
	unsigned int i;

	vmm_open(v, NULL);
	vmm_start(v, 0, what, 0);
	for (i = 0; i < 4; i++)
		expect(vmm_event(v, 0, &at[i]) == PORT_WHERE, "no place");
	expect(vmm_event(v, 0, &(uint64_t){ 0 }) == PORT_READY, "the guest is not ready");
	return p;
}

/* To the next debug exception: its class, or 0 where the guest did something else. */
static unsigned int stop(struct vmm *v)
{
	int ret = vmm_run(v, 0);

	expect(!ret, "KVM_RUN: %s", result_name(ret));
	return v->run[0]->exit_reason == KVM_EXIT_DEBUG ? EC(v->run[0]->debug.arch.hsr) : 0;
}

static void rest(struct vmm *v, unsigned int port, uint64_t want)
{
	uint64_t val = 0;
	unsigned int got = vmm_event(v, 0, &val);

	expect(got == port && val == want, "port %u, %#lx", got, (long)val);
}

/* From instruction to instruction, whatever serves it: the hardware, a trap, the VMM. */
static void steps(void)
{
	uint64_t at, accesses = 0;
	struct place p;
	struct vmm v;
	unsigned int i;

	p = begin(&v, WHAT_STEPPED);
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP, NULL), 0);
	for (i = 0; i < 200 && pc(&v) != p.code; i++)
		expect(stop(&v) == EC_STEP_LOW, "exit %u", v.run[0]->exit_reason);
	for (at = p.code; at < p.end; at += 4) {
		expect(pc(&v) == at, "at %#lx, not %#lx", (long)pc(&v), (long)at);
		expect(!(vmm_reg(&v, 0, VMM_CORE(regs.pstate)) & SPSR_SS) || is_kernels_kvm(), "PSTATE.SS is seen");
		if (!stop(&v) && v.run[0]->exit_reason == KVM_EXIT_MMIO) {
			expect(at == p.label || at == p.label + 4, "MMIO at %#lx", (long)at);
			accesses++;
			memset(v.run[0]->mmio.data, 0x5a, 8);
			stop(&v);
		}
		expect(v.run[0]->exit_reason == KVM_EXIT_DEBUG && EC(v.run[0]->debug.arch.hsr) == EC_STEP_LOW, "%#lx: exit %u",
		       (long)at, v.run[0]->exit_reason);
	}
	expect(pc(&v) == p.end, "at %#lx, not at the end", (long)pc(&v));
	expect(accesses == 2, "%lu accesses", (long)accesses);
	expect(vmm_reg(&v, 0, VMM_X(6)) == 2, "X6 %#lx", (long)vmm_reg(&v, 0, VMM_X(6)));
	expect(!vmm_reg(&v, 0, VMM_X(7)), "the guest's MDSCR_EL1: %#lx", (long)vmm_reg(&v, 0, VMM_X(7)));
	expect(vmm_reg(&v, 0, VMM_X(5)) == 0x5a5a5a5a5a5a5a5a, "X5 %#lx", (long)vmm_reg(&v, 0, VMM_X(5)));
	expect_result(debug(&v, 0, NULL), 0);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

/* A step that begins in the middle of an MMIO access ends behind it. */
static void step_from_mmio(void)
{
	struct place p;
	struct vmm v;

	p = begin(&v, WHAT_STEPPED);
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO, "exit %u", v.run[0]->exit_reason);
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP, NULL), 0);
	expect(stop(&v) == EC_STEP_LOW && pc(&v) == p.label + 4, "at %#lx", (long)pc(&v));
	/* as does one that a signal came before */
	v.run[0]->immediate_exit = 1;
	expect_result(vmm_run(&v, 0), -EINTR);
	v.run[0]->immediate_exit = 0;
	expect(!stop(&v) && v.run[0]->exit_reason == KVM_EXIT_MMIO, "exit %u", v.run[0]->exit_reason);
	expect(stop(&v) == EC_STEP_LOW && pc(&v) == p.label + 8, "at %#lx", (long)pc(&v));
	expect_result(debug(&v, 0, NULL), 0);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

/* BRK is the VMM's while it debugs, and the guest's before and after. */
static void software(void)
{
	struct vmm v;

	begin(&v, WHAT_BRK);
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP, NULL), 0);
	expect(stop(&v) == EC_BRK64, "exit %u", v.run[0]->exit_reason);
	expect((v.run[0]->debug.arch.hsr & 0xffff) == 0x1234, "syndrome %#x", v.run[0]->debug.arch.hsr);
	vmm_set_reg(&v, 0, VMM_CORE(regs.pc), pc(&v) + 4);
	rest(&v, PORT_READY, 1);
	expect_result(debug(&v, 0, NULL), 0);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

/* The VMM's breakpoints and watchpoints, by the last of each kind that there is. */
static void hardware(void)
{
	struct kvm_guest_debug_arch arch = { };
	int brps, wrps;
	struct place p;
	struct vmm v;

	p = begin(&v, WHAT_STOPPED);
	brps = ioctl(v.sys, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_DEBUG_HW_BPS);
	wrps = ioctl(v.sys, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_DEBUG_HW_WPS);
	expect(brps >= 2 && brps <= 16 && wrps >= 2 && wrps <= 16, "%d breakpoints, %d watchpoints", brps, wrps);
	arch.dbg_bcr[brps - 1] = CR_EL1 | 0xf << 5;
	arch.dbg_bvr[brps - 1] = p.code;
	arch.dbg_wcr[wrps - 1] = CR_EL1 | 2 << 3 | 0xff << 5;
	arch.dbg_wvr[wrps - 1] = p.cell;
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | GUESTDBG_USE_HW, &arch), 0);
	expect(stop(&v) == EC_BREAK_LOW && pc(&v) == p.code, "exit %u at %#lx", v.run[0]->exit_reason, (long)pc(&v));
	arch.dbg_bcr[brps - 1] = 0;
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | GUESTDBG_USE_HW, &arch), 0);
	expect(stop(&v) == EC_WATCH_LOW && pc(&v) == p.label, "exit %u at %#lx", v.run[0]->exit_reason, (long)pc(&v));
	expect(v.run[0]->debug.arch.far == p.cell, "far %#lx", (long)v.run[0]->debug.arch.far);
	/* over it, by a step, with the watchpoint off, then on again */
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP, &arch), 0);
	expect(stop(&v) == EC_STEP_LOW && pc(&v) == p.label + 4, "at %#lx", (long)pc(&v));
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | GUESTDBG_USE_HW, &arch), 0);
	rest(&v, PORT_READY, 1);
	expect(stop(&v) == EC_WATCH_LOW && pc(&v) == p.label, "exit %u at %#lx", v.run[0]->exit_reason, (long)pc(&v));
	expect_result(debug(&v, 0, &arch), 0);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

/* A guest's own breakpoint waits while the VMM has its own, is seen as it was set, and works when that is over. */
static void beside_own(void)
{
	struct kvm_guest_debug_arch arch = { };
	struct place p;
	struct vmm v;

	p = begin(&v, WHAT_OWN);
	arch.dbg_bcr[0] = CR_EL1 | 0xf << 5;
	arch.dbg_bvr[0] = p.end;
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | GUESTDBG_USE_HW, &arch), 0);
	expect(stop(&v) == EC_BREAK_LOW && pc(&v) == p.end, "exit %u at %#lx", v.run[0]->exit_reason, (long)pc(&v));
	arch.dbg_bcr[0] = 0;
	expect_result(debug(&v, KVM_GUESTDBG_ENABLE | GUESTDBG_USE_HW, &arch), 0);
	rest(&v, PORT_READY, 1);
	expect_result(debug(&v, 0, NULL), 0);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

static void refusals(void)
{
	static const uint32_t bad[] = { 1 << 2, 1 << 15, 1 << 18, 1 << 19, 1U << 31 };
	unsigned int i;
	struct vmm v;
	int mask;

	begin(&v, WHAT_STOPPED);
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG) == 1, "no KVM_CAP_SET_GUEST_DEBUG");
	mask = ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG2);
	expect(mask == (KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_SW_BP | GUESTDBG_USE_HW), "mask %#x", mask);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_result(debug(&v, KVM_GUESTDBG_ENABLE | bad[i], NULL), -EINVAL);
		expect_result(debug(&v, bad[i], NULL), -EINVAL);
	}
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, 8), -EFAULT);
	/* without KVM_GUESTDBG_ENABLE the rest is nothing */
	expect_result(debug(&v, KVM_GUESTDBG_SINGLESTEP, NULL), 0);
	rest(&v, PORT_READY, 1);
	rest(&v, PORT_DONE, 0x600d);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "steps", steps },
	{ "step-from-mmio", step_from_mmio },
	{ "software", software },
	{ "hardware", hardware },
	{ "beside-own", beside_own },
	{ "refusals", refusals },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
