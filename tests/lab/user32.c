// SPDX-License-Identifier: GPL-2.0
/*
 * AArch32 at EL0 below a guest's EL1 in AArch64: what its instructions do where the hypervisor has to do it for them, and
 * what EL1 finds. The code is machine code that the VMM writes; VMM_SET_ONE_REG takes the vCPU there.
 */
#include "vmm.h"

enum { WHAT_INIT, WHAT_TIMER };

#define STATE_AT	(GUEST_RAM + 0x200000)
#define CODE_AT		(GUEST_RAM + 0x210000)

/* What the guest found when it took an exception. */
struct user32 {
	uint64_t stack;		/* for C, behind a vector */
	uint64_t vectors;
	uint64_t kind;
	uint64_t esr, far, elr, spsr;
	uint64_t x[16];
};

#ifdef GUEST

extern char user32_vectors[];
void user32_done(void);

asm(".pushsection .text\n"
    ".macro user32_vector kind\n .balign 128\n"
    "stp x0, x1, [sp, #56]\n mov x0, #\\kind\n b user32_record\n .endm\n"
    ".balign 2048\n"
    "user32_vectors:\n"
    ".irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n user32_vector \\k\n .endr\n"
    "user32_record:\n"
    "str x0, [sp, #16]\n"
    "mrs x0, esr_el1\n str x0, [sp, #24]\n"
    "mrs x0, far_el1\n str x0, [sp, #32]\n"
    "mrs x0, elr_el1\n str x0, [sp, #40]\n"
    "mrs x0, spsr_el1\n str x0, [sp, #48]\n"
    "stp x2, x3, [sp, #72]\n stp x4, x5, [sp, #88]\n stp x6, x7, [sp, #104]\n stp x8, x9, [sp, #120]\n"
    "stp x10, x11, [sp, #136]\n stp x12, x13, [sp, #152]\n stp x14, x15, [sp, #168]\n"
    "ldr x0, [sp]\n mov sp, x0\n"
    "b user32_done\n"
    ".popsection\n");

_Static_assert(offsetof(struct user32, kind) == 16, "kind");
_Static_assert(offsetof(struct user32, x) == 56, "x");

void user32_done(void)
{
	guest_say(PORT_DONE, 1);
	for (;;)
		;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	struct user32 *s = (struct user32 *)STATE_AT;

	switch (what) {
	case WHAT_TIMER:	/* what EL0 has set */
		return read_reg(cntp_cval_el0);
	default:
		s->vectors = (uintptr_t)user32_vectors;
		write_reg(0x303, cntkctl_el1);		/* EL0 has the counts and the timers */
		write_reg(3 << 20, cpacr_el1);
		write_reg(0x7777abcdUL, tpidrro_el0);
		/* EL0 in AArch32: none, or as well */
		return read_reg(id_aa64pfr0_el1) & 0xf;
	}
}

#else

#define DEVICE		0x0b000128UL

#define PSR_USR		0x10UL
#define PSR_T		0x20UL
#define PSR_E		0x200UL
#define PSR_Z		(1UL << 30)
#define PSR_C		(1UL << 29)
#define KIND_SYNC	12	/* from a lower level in AArch32 */
#define EC(esr)		((esr) >> 26 & 0x3f)
#define EC_SVC32	0x11
#define EC_DABT		0x24
#define ESR_IL		(1UL << 25)
#define SVC_A32		0xef000007
#define SVC_T32		0xdf07
#define X1_UPPER	0x5555555500000000UL

static struct user32 *state_of(struct vmm *v)
{
	return (void *)(v->ram + STATE_AT - GUEST_RAM);
}

/* False where the CPU has none. */
static bool open32(struct vmm *v)
{
	vmm_open(v, NULL);
	if (vmm_go(v, 0, WHAT_INIT, 0) < 2) {
		printf("skip: this CPU has no AArch32 at EL0\n");
		exit(77);
	}
	state_of(v)->stack = GUEST_RAM + v->ram_size - 0x1000;
	return true;
}

/* The vCPU stands before this code, its first registers set: X1 is a device, X5 and X7 are patterns. */
static void stand(struct vmm *v, uint64_t pstate, const void *code, size_t size)
{
	volatile uint16_t *to = (void *)(v->ram + CODE_AT - GUEST_RAM);
	const uint16_t *from = code;
	unsigned int i;

	v->run[0]->immediate_exit = 1;		/* the end of the last one */
	ioctl(v->cpu[0], KVM_RUN, 0);
	v->run[0]->immediate_exit = 0;
	memset(state_of(v)->x, 0xee, sizeof(state_of(v)->x));
	state_of(v)->kind = 99;
	/* not by memcpy(): QEMU's translations outlive SVE's stores */
	for (i = 0; i < size / 2; i++)
		to[i] = from[i];
	vmm_set_reg(v, 0, VMM_SYS(3, 0, 12, 0, 0), state_of(v)->vectors);
	vmm_set_reg(v, 0, VMM_CORE(regs.pc), CODE_AT);
	vmm_set_reg(v, 0, VMM_CORE(regs.pstate), PSR_USR | pstate);
	vmm_set_reg(v, 0, VMM_CORE(sp_el1), STATE_AT);
	vmm_set_reg(v, 0, VMM_X(0), 42);
	vmm_set_reg(v, 0, VMM_X(1), X1_UPPER | DEVICE);
	vmm_set_reg(v, 0, VMM_X(2), 0x2222222222222222);
	vmm_set_reg(v, 0, VMM_X(3), 0x3333333333333333);
	vmm_set_reg(v, 0, VMM_X(5), 0x00000000aabbccdd);
	vmm_set_reg(v, 0, VMM_X(14), 0x0000000014141414);
}
#define STAND(v, pstate, code)	stand(v, pstate, code, sizeof(code))

/* Runs to the device's access: what KVM_EXIT_MMIO says is checked, and a load gets @data. */
static void device(struct vmm *v, uint64_t at, unsigned int len, bool is_write, uint32_t want, uint32_t data)
{
	struct kvm_run *r = v->run[0];
	uint32_t got = 0;

	expect_result(vmm_run(v, 0), 0);
	expect(r->exit_reason == KVM_EXIT_MMIO, "exit %u", r->exit_reason);
	expect(r->mmio.phys_addr == at && r->mmio.len == len && r->mmio.is_write == is_write,
	       "%#lx, %u bytes, write %u", (long)r->mmio.phys_addr, r->mmio.len, r->mmio.is_write);
	memcpy(&got, r->mmio.data, len);
	if (is_write)
		expect(got == want, "%#x written, not %#x", got, want);
	else
		memcpy(r->mmio.data, &data, len);
}

/* Runs to the exception, which must be of this class, at this offset of the code. */
static struct user32 *taken(struct vmm *v, unsigned int ec, unsigned int at)
{
	struct user32 *s = state_of(v);
	uint64_t val = 0;

	if (vmm_event(v, 0, &val) != PORT_DONE)
		die("an access");
	expect(s->kind == KIND_SYNC, "vector %lu", (long)s->kind);
	expect(EC(s->esr) == ec, "ESR %#lx, not of class %#x", (long)s->esr, ec);
	expect(s->elr == CODE_AT + at, "ELR %#lx, not at %#x", (long)s->elr, at);
	expect((s->spsr & 0x1f) == PSR_USR, "SPSR %#lx", (long)s->spsr);
	return s;
}

#define SAME(got, want)	expect((got) == (want), #got " is %#lx, not %#lx", (long)(got), (long)(want))

/* A call to EL1, in both instruction sets. */
static void calls(void)
{
	static const uint32_t a32[] = { SVC_A32 };
	static const uint16_t t32[] = { SVC_T32 };
	struct user32 *s;
	struct vmm v;

	open32(&v);
	STAND(&v, PSR_Z, a32);
	s = taken(&v, EC_SVC32, 4);
	SAME(s->esr, 0x11UL << 26 | ESR_IL | 7);
	SAME(s->spsr, PSR_USR | PSR_Z);
	STAND(&v, PSR_T, t32);
	s = taken(&v, EC_SVC32, 2);
	SAME(s->esr, 0x11UL << 26 | 7);
	SAME(s->spsr, PSR_USR | PSR_T);
	vmm_close(&v);
}

/* Loads and stores of a device, of each size and sign, by either byte order; the next instruction is where it should be. */
static void mmio(void)
{
	static const uint32_t a32[] = {
		0xe5912000,	/* LDR R2, [R1] */
		0xe1d130d1,	/* LDRSB R3, [R1, #1] */
		0xe5c15002,	/* STRB R5, [R1, #2] */
		0xe1c150b4,	/* STRH R5, [R1, #4] */
		0xe581e008,	/* STR R14, [R1, #8] */
		0xf1010200,	/* SETEND BE */
		0xe5914000,	/* LDR R4, [R1] */
		0xe5815000,	/* STR R5, [R1] */
		SVC_A32,
	};
	static const uint16_t t32[] = {
		0x880a,		/* LDRH R2, [R1] */
		0x600d,		/* STR R5, [R1] */
		0xf8d1, 0x3004,	/* LDR.W R3, [R1, #4] */
		SVC_T32,
	};
	struct user32 *s;
	struct vmm v;

	open32(&v);
	STAND(&v, 0, a32);
	device(&v, DEVICE, 4, false, 0, 0x11223344);
	device(&v, DEVICE + 1, 1, false, 0, 0x80);
	device(&v, DEVICE + 2, 1, true, 0xdd, 0);
	device(&v, DEVICE + 4, 2, true, 0xccdd, 0);
	device(&v, DEVICE + 8, 4, true, 0x14141414, 0);
	device(&v, DEVICE, 4, false, 0, 0x11223344);
	device(&v, DEVICE, 4, true, 0xddccbbaa, 0);
	s = taken(&v, EC_SVC32, sizeof(a32));
	SAME(s->x[2], 0x11223344UL);
	if (!is_kernels_kvm())	/* which extends it by zeroes */
		SAME(s->x[3], 0xffffff80UL);
	SAME(s->x[4], 0x44332211UL);
	SAME(s->spsr & PSR_E, PSR_E);
	STAND(&v, PSR_T, t32);
	device(&v, DEVICE, 2, false, 0, 0xbeef);
	device(&v, DEVICE, 4, true, 0xaabbccdd, 0);
	device(&v, DEVICE + 4, 4, false, 0, 0xcafe);
	s = taken(&v, EC_SVC32, sizeof(t32));
	SAME(s->x[2], 0xbeefUL);
	SAME(s->x[3], 0xcafeUL);
	vmm_close(&v);
}

/* An IT block goes on behind an access that the VMM served: the instructions of its other condition are not done. */
static void blocks(void)
{
	static const uint16_t t32[] = {
		0x4280,		/* CMP R0, R0 */
		0xbf0c,		/* ITE EQ */
		0x680a,		/* LDREQ R2, [R1] */
		0x2001,		/* MOVNE R0, #1 */
		0xbf03,		/* ITTTE EQ */
		0x680b,		/* LDREQ R3, [R1] */
		0x3001,		/* ADDEQ R0, #1 */
		0x600d,		/* STREQ R5, [R1] */
		0x2001,		/* MOVNE R0, #1 */
		0x3001,		/* ADDS R0, #1 */
		SVC_T32,
	};
	struct user32 *s;
	struct vmm v;

	open32(&v);
	STAND(&v, PSR_T, t32);
	device(&v, DEVICE, 4, false, 0, 1);
	device(&v, DEVICE, 4, false, 0, 2);
	device(&v, DEVICE, 4, true, 0xaabbccdd, 0);
	s = taken(&v, EC_SVC32, sizeof(t32));
	SAME(s->x[2], 1UL);
	SAME(s->x[3], 2UL);
	SAME(s->x[0], 44UL);
	SAME(s->spsr & (0x3fUL << 10 | 3UL << 25), 0UL);
	vmm_close(&v);
}

/* Coprocessors: how many breakpoints there are, an empty channel, a software thread ID; the rest is undefined. */
static void coprocessors(void)
{
	static const uint32_t some[] = {
		0xee1d8f70,	/* MRC p15, 0, R8, c13, c0, 3: TPIDRURO */
		0x1e1f0f10,	/* MRCNE p15, 0, R0, c15, c0, 0: not done */
		0x1320f003,	/* WFINE */
		SVC_A32,
	};
	/* QEMU says of some of them itself that they are undefined, of others on some CPUs */
	static const uint32_t debug[][2] = {
		{ 0xee102e10, SVC_A32 },	/* MRC p14, 0, R2, c0, c0, 0: DBGDIDR */
		{ 0xee102e11, SVC_A32 },	/* DBGDSCRint */
		{ 0xee102e15, SVC_A32 },	/* DBGDTRRXint */
		{ 0xee112e10, SVC_A32 },	/* DBGDRAR */
		{ 0xee122e10, SVC_A32 },	/* DBGDSAR */
		{ 0xec532e01, SVC_A32 },	/* MRRC p14, 0, R2, R3, c1: DBGDRAR */
		{ 0xee002e15, SVC_A32 },	/* MCR: DBGDTRTXint */
	};
	static const uint32_t undefined[] = {
		0xee1f2f10,	/* MRC p15, 0, R2, c15, c0, 0: the implementation's own */
		0xee0f2f10,
		0xee102f10,	/* MIDR */
		0xee112f10,	/* SCTLR */
		0xee002e10,	/* DBGDIDR, written */
		0xed911e00 | 5 << 12,	/* LDC p14, c5, [R1] */
		0xee302e10,	/* MRC p14, 1: trace */
		0xe1600070,	/* SMC */
		0xe1400070,	/* HVC */
	};
	uint64_t dfr0, val = 0;
	struct user32 *s;
	struct vmm v;
	unsigned int i;

	open32(&v);
	dfr0 = vmm_reg(&v, 0, VMM_SYS(3, 0, 0, 5, 0));
	STAND(&v, PSR_Z, some);
	s = taken(&v, EC_SVC32, sizeof(some));
	SAME(s->x[8], 0x7777abcdUL);
	SAME(s->x[0], 42UL);
	for (i = 0; i < sizeof(undefined) / sizeof(undefined[0]); i++) {
		stand(&v, 0, &undefined[i], 4);
		s = taken(&v, 0, 0);
		expect(s->esr == ESR_IL, "%#x: ESR %#lx", undefined[i], (long)s->esr);
		expect((uint32_t)s->x[2] == 0x22222222, "%#x: X2 %#lx", undefined[i], (long)s->x[2]);
	}
	for (i = 0; i < sizeof(debug) / sizeof(debug[0]); i++) {
		STAND(&v, 0, debug[i]);
		s = state_of(&v);
		expect(vmm_event(&v, 0, &val) == PORT_DONE, "an access");
		if (!EC(s->esr))
			continue;
		expect(EC(s->esr) == EC_SVC32 && s->elr == CODE_AT + 8, "%#x: ESR %#lx", debug[i][0], (long)s->esr);
		if (i)
			expect((uint32_t)s->x[2] == (i < 6 ? 0 : 0x22222222), "%#x: X2 %#lx", debug[i][0], (long)s->x[2]);
		else
			expect((s->x[2] & 0xffff8000) == ((dfr0 >> 20 & 0xf) << 28 | (dfr0 >> 12 & 0xf) << 24 |
							 (dfr0 >> 28 & 0xf) << 20 | (dfr0 & 0xf) << 16 | 1UL << 15), "DBGDIDR %#lx", (long)s->x[2]);
	}
	vmm_close(&v);
}

/* EL0 has the physical timer and count where EL1 lets it, also where they have an offset and trap. */
static void timers(void)
{
	static const uint32_t code[] = {
		0xec487f2e,	/* MCRR p15, 2, R7, R8, c14: CNTP_CVAL */
		0xec532f2e,	/* MRRC p15, 2, R2, R3, c14 */
		0xee1e4f32,	/* MRC p15, 0, R4, c14, c2, 1: CNTP_CTL */
		0xec565f0e,	/* MRRC p15, 0, R5, R6, c14: CNTPCT */
		SVC_A32,
	};
	struct kvm_arm_counter_offset offset = { .counter_offset = 1UL << 40 };
	struct user32 *s;
	uint64_t now;
	struct vmm v;

	open32(&v);
	expect_result(ioctl(v.vm, KVM_ARM_SET_COUNTER_OFFSET, &offset), 0);
	STAND(&v, 0, code);
	vmm_set_reg(&v, 0, VMM_X(7), 0xffffffff87654321);
	vmm_set_reg(&v, 0, VMM_X(8), 0x0000000000012345);
	now = vmm_reg(&v, 0, KVM_REG_ARM_PTIMER_CNT);
	s = taken(&v, EC_SVC32, sizeof(code));
	SAME(s->x[2], 0x87654321UL);
	SAME(s->x[3], 0x12345UL);
	SAME(s->x[4] & 3, 0UL);
	expect((s->x[6] << 32 | s->x[5]) - now < 10UL << 30, "count %#lx, %#lx before", (long)(s->x[6] << 32 | s->x[5]), (long)now);
	SAME(vmm_go(&v, 0, WHAT_TIMER, 0), 0x1234587654321UL);
	vmm_close(&v);
}

/* EL0's first use of FP, and an external abort that the VMM has it take. */
static void fp_and_aborts(void)
{
	static const uint32_t fp[] = {
		0xee000a10,	/* VMOV S0, R0 */
		0xee102a10,	/* VMOV R2, S0 */
		SVC_A32,
	};
	static const uint32_t load[] = { 0xe5912000, SVC_A32 };
	struct kvm_vcpu_events ev = { .exception.ext_dabt_pending = 1 };
	struct user32 *s;
	struct vmm v;

	open32(&v);
	STAND(&v, 0, fp);
	s = taken(&v, EC_SVC32, sizeof(fp));
	SAME(s->x[2], 42UL);
	STAND(&v, 0, load);
	device(&v, DEVICE, 4, false, 0, 0);
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), 0);
	s = taken(&v, EC_DABT, 0);
	SAME(s->esr & 0x3f, 0x10UL);
	SAME(s->far, DEVICE);
	SAME((uint32_t)s->x[2], 0x22222222U);
	vmm_close(&v);
}

/* The VMM sees and sets user mode, no other mode of AArch32, and BKPT is its own while it debugs. */
static void vmms(void)
{
	static const uint32_t code[] = { 0xe5912000, 0xe1200071, SVC_A32 };	/* LDR, BKPT #1 */
	struct kvm_guest_debug dbg = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP };
	uint64_t pstate;
	unsigned int mode;
	struct user32 *s;
	struct vmm v;

	open32(&v);
	STAND(&v, PSR_C, code);
	device(&v, DEVICE, 4, false, 0, 5);
	SAME(vmm_reg(&v, 0, VMM_CORE(regs.pstate)), PSR_USR | PSR_C);
	for (mode = 0x10; mode < 0x20; mode++) {
		pstate = mode;
		expect_result(vmm_set(&v, 0, VMM_CORE(regs.pstate), &pstate), mode == 0x10 ? 0 : -EINVAL);
	}
	vmm_set_reg(&v, 0, VMM_CORE(regs.pstate), PSR_USR | PSR_C);
	expect_result(ioctl(v.cpu[0], KVM_SET_GUEST_DEBUG, &dbg), 0);
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_DEBUG, "exit %u", v.run[0]->exit_reason);
	SAME(v.run[0]->debug.arch.hsr >> 26, 0x38U);
	SAME(vmm_reg(&v, 0, VMM_CORE(regs.pc)), CODE_AT + 4);
	vmm_set_reg(&v, 0, VMM_CORE(regs.pc), CODE_AT + 8);
	s = taken(&v, EC_SVC32, sizeof(code));
	SAME(s->x[2], 5UL);
	SAME(s->spsr, PSR_USR | PSR_C);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "calls", calls },
	{ "mmio", mmio },
	{ "blocks", blocks },
	{ "coprocessors", coprocessors },
	{ "timers", timers },
	{ "fp-and-aborts", fp_and_aborts },
	{ "vmms", vmms },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
