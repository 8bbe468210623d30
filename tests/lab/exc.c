// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that the hypervisor and the VMM make a guest take: every field of what the guest finds, from each exception
 * level and stack, with each bit of PSTATE that an exception keeps, clears or sets (Arm ARM, AArch64.TakeException).
 */
#include "vmm.h"

enum { WHAT_INIT };

#define EXC_AT	(GUEST_RAM + 0x200000)

/* Where the guest's snippets stand, and what it found when it took an exception. */
struct exc {
	uint64_t snippet[8];
	uint64_t vectors;
	uint64_t stack;
	uint64_t features;	/* FEATURE_*: which parts of PSTATE can be read */
	uint64_t taken;		/* how many exceptions */
	uint64_t kind, nzcv, daif, el, spsel, pan, uao, dit, ssbs;
	uint64_t esr, far, elr, spsr, sp_el0;
	uint64_t x2, x3;
};

enum { SNIPPET_MRS, SNIPPET_LOAD, SNIPPET_STORE, SNIPPET_FETCH, SNIPPET_NOP, SNIPPET_UNMASK, SNIPPETS };

#define FEATURE_PAN	(1 << 0)
#define FEATURE_UAO	(1 << 1)
#define FEATURE_DIT	(1 << 2)
#define FEATURE_SSBS	(1 << 3)
#define FEATURE_BTI	(1 << 4)

#ifdef GUEST

extern char exc_snippets[], exc_vectors[];
void exc_done(void);

/*
 * The vectors keep flags and registers until they are written down; SP_EL1 points to struct exc. Data accesses are
 * little-endian from where SCTLR_EL1.EE is cleared.
 */
asm(".pushsection .text\n"
    ".balign 64\n"
    "exc_snippets:\n"
    "mrs x2, s3_3_c9_c12_0\n .balign 64\n"	/* PMCR_EL0 */
    "ldr x2, [x1]\n b .\n .balign 64\n"
    "str x2, [x1]\n b .\n .balign 64\n"
    "br x1\n .balign 64\n"
    "nop\n nop\n mov x3, #77\n svc #7\n .balign 64\n"
    "msr daifclr, #4\n isb\n mov x3, #78\n svc #8\n .balign 64\n"
    ".macro exc_vector kind\n .balign 128\n msr tpidr_el1, x0\n mov x0, #\\kind\n b exc_record\n .endm\n"
    ".balign 2048\n"
    "exc_vectors:\n"
    ".irp k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n exc_vector \\k\n .endr\n"
    "exc_record:\n"
    "msr tpidrro_el0, x1\n"
    "mrs x1, sctlr_el1\n bic x1, x1, #1 << 25\n msr sctlr_el1, x1\n isb\n"
    "str x0, [sp, #96]\n"
    "mrs x0, nzcv\n str x0, [sp, #104]\n"
    "mrs x0, daif\n str x0, [sp, #112]\n"
    "mrs x0, currentel\n str x0, [sp, #120]\n"
    "mrs x0, spsel\n str x0, [sp, #128]\n"
    "ldr x1, [sp, #80]\n"
    "tbz x1, #0, 1f\n mrs x0, s3_0_c4_c2_3\n str x0, [sp, #136]\n 1:\n"
    "tbz x1, #1, 1f\n mrs x0, s3_0_c4_c2_4\n str x0, [sp, #144]\n 1:\n"
    "tbz x1, #2, 1f\n mrs x0, s3_3_c4_c2_5\n str x0, [sp, #152]\n 1:\n"
    "tbz x1, #3, 1f\n mrs x0, s3_3_c4_c2_6\n str x0, [sp, #160]\n 1:\n"
    "mrs x0, esr_el1\n str x0, [sp, #168]\n"
    "mrs x0, far_el1\n str x0, [sp, #176]\n"
    "mrs x0, elr_el1\n str x0, [sp, #184]\n"
    "mrs x0, spsr_el1\n str x0, [sp, #192]\n"
    "mrs x0, sp_el0\n str x0, [sp, #200]\n"
    "str x2, [sp, #208]\n str x3, [sp, #216]\n"
    "ldr x0, [sp, #88]\n add x0, x0, #1\n str x0, [sp, #88]\n"
    "ldr x0, [sp, #72]\n mov sp, x0\n"
    "b exc_done\n"
    ".popsection\n");

_Static_assert(offsetof(struct exc, stack) == 72, "stack");
_Static_assert(offsetof(struct exc, features) == 80, "features");
_Static_assert(offsetof(struct exc, taken) == 88, "taken");
_Static_assert(offsetof(struct exc, kind) == 96, "kind");
_Static_assert(offsetof(struct exc, esr) == 168, "esr");
_Static_assert(offsetof(struct exc, x3) == 216, "x3");

void exc_done(void)
{
	guest_say(PORT_DONE, 1);
	for (;;)
		;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t pfr0 = read_reg(id_aa64pfr0_el1), pfr1 = read_reg(id_aa64pfr1_el1), features = 0;
	struct exc *e = (struct exc *)EXC_AT;
	unsigned int i;

	for (i = 0; i < SNIPPETS; i++)
		e->snippet[i] = (uintptr_t)exc_snippets + 64 * i;
	e->vectors = (uintptr_t)exc_vectors;
	if (read_reg(id_aa64mmfr1_el1) >> 20 & 0xf)
		features |= FEATURE_PAN;
	if (read_reg(s3_0_c0_c7_2) >> 4 & 0xf)
		features |= FEATURE_UAO;
	if (pfr0 >> 48 & 0xf)
		features |= FEATURE_DIT;
	if ((pfr1 >> 4 & 0xf) >= 2)
		features |= FEATURE_SSBS;
	if (pfr1 & 0xf)
		features |= FEATURE_BTI;
	e->features = features;
	return 0;
}

#else

#define DEVICE		0x0b000128UL
#define SP_EL0_VALUE	0x5e105e105e10UL

#define PSR_BTYPE	(1UL << 10)
#define PSR_SSBS	(1UL << 12)
#define PSR_PAN		(1UL << 22)
#define PSR_UAO		(1UL << 23)
#define PSR_DIT		(1UL << 24)
#define PSR_NZCV	(0xfUL << 28)
#define PSR_DAIF	(0xfUL << 6)
#define PSR_A		(1UL << 8)
#define MODE_EL0	0UL
#define MODE_EL1T	4UL
#define MODE_EL1H	5UL
#define SCTLR_SPAN	(1UL << 23)
#define SCTLR_E0E	(1UL << 24)
#define SCTLR_EE	(1UL << 25)
#define SCTLR_DSSBS	(1UL << 44)

#define REG_SCTLR	VMM_SYS(3, 0, 1, 0, 0)
#define REG_TTBR1	VMM_SYS(3, 0, 2, 0, 1)
#define REG_TCR		VMM_SYS(3, 0, 2, 0, 2)
#define REG_VBAR	VMM_SYS(3, 0, 12, 0, 0)
#define REG_ELR		VMM_CORE(elr_el1)
#define REG_FAR		VMM_SYS(3, 0, 6, 0, 0)
#define REG_ESR		VMM_SYS(3, 0, 5, 2, 0)

#define ESR_IL		(1UL << 25)
#define ESR(ec, iss)	((uint64_t)(ec) << 26 | ESR_IL | (iss))
#define FSC_EXTERNAL	0x10
#define FSC_WALK_1	0x15
#define ISS_WNR		0x40
#define EC_SERROR	0x2f

/* The state that an exception is taken in, and what it must come to. */
struct from {
	uint64_t pstate;
	uint64_t sctlr;		/* bits that are set besides those of reset */
};

static uint64_t sctlr_base;

static struct exc *exc_of(struct vmm *v)
{
	return (void *)(v->ram + EXC_AT - GUEST_RAM);
}

static void exc_open(struct vmm *v, uint64_t what)
{
	vmm_open(v, NULL);
	vmm_go(v, 0, WHAT_INIT | what, 0);
	sctlr_base = vmm_reg(v, 0, REG_SCTLR) & ~(SCTLR_SPAN | SCTLR_E0E | SCTLR_EE | SCTLR_DSSBS);
	exc_of(v)->stack = GUEST_RAM + v->ram_size - 0x1000;
}

/* The vCPU stands at a snippet, in this state. */
static struct exc *exc_at(struct vmm *v, unsigned int snippet, const struct from *f)
{
	struct exc *e = exc_of(v);

	v->run[0]->immediate_exit = 1;		/* the end of the last one */
	ioctl(v->cpu[0], KVM_RUN, 0);
	v->run[0]->immediate_exit = 0;
	e->taken = 0;
	e->pan = 0;
	e->uao = 0;
	e->dit = 0;
	e->ssbs = 0;
	vmm_set_reg(v, 0, REG_VBAR, e->vectors);
	vmm_set_reg(v, 0, REG_SCTLR, sctlr_base | f->sctlr);
	vmm_set_reg(v, 0, VMM_CORE(regs.pc), e->snippet[snippet]);
	vmm_set_reg(v, 0, VMM_CORE(regs.pstate), f->pstate);
	vmm_set_reg(v, 0, VMM_CORE(regs.sp), SP_EL0_VALUE);
	vmm_set_reg(v, 0, VMM_CORE(sp_el1), EXC_AT);
	vmm_set_reg(v, 0, VMM_X(1), DEVICE);
	vmm_set_reg(v, 0, VMM_X(2), 0x2222);
	vmm_set_reg(v, 0, VMM_X(3), 0x3333);
	vmm_set_reg(v, 0, REG_FAR, 0xfa4);
	vmm_set_reg(v, 0, REG_ESR, 0xe54);
	return e;
}

static void exc_end(struct vmm *v, const char *what)
{
	uint64_t val = 0;

	if (vmm_event(v, 0, &val) != PORT_DONE)
		die("%s: an access", what);
}

static uint64_t group_of(uint64_t pstate)
{
	switch (pstate & 0xf) {
	case MODE_EL1T:
		return 0;
	case MODE_EL1H:
		return 4;
	default:
		return 8;
	}
}

static bool bit(uint64_t val, uint64_t mask)
{
	return val & mask;
}

/* All of it but ESR and FAR; @type: VECTOR_*. */
static void exc_compare(const char *what, const struct exc *e, const struct from *f, uint64_t type, uint64_t elr)
{
	uint64_t old = f->pstate;
	bool pan = bit(old, PSR_PAN) || !bit(f->sctlr, SCTLR_SPAN);

#define SAME(field, want)								\
	expect(e->field == (want), "%s from PSTATE %#lx, SCTLR +%#lx: " #field " is %#lx, not %#lx", what,	\
	       (long)old, (long)f->sctlr, (long)e->field, (long)(want))
	SAME(taken, 1UL);
	SAME(kind, group_of(old) + type);
	SAME(elr, elr);
	SAME(spsr, old);
	/* the CPU's own entry is not ours to judge: QEMU's clears flags and DIT at an SError */
	if (type == VECTOR_SYNC)
		SAME(nzcv, old & PSR_NZCV);
	SAME(daif, PSR_DAIF);
	SAME(el, 4UL);
	SAME(spsel, 1UL);
	SAME(sp_el0, SP_EL0_VALUE);
	if (e->features & FEATURE_PAN)
		SAME(pan, pan ? PSR_PAN : 0);
	if (e->features & FEATURE_UAO)
		SAME(uao, 0UL);
	if (e->features & FEATURE_DIT && type == VECTOR_SYNC)
		SAME(dit, old & PSR_DIT);
	if (e->features & FEATURE_SSBS)
		SAME(ssbs, bit(f->sctlr, SCTLR_DSSBS) ? PSR_SSBS : 0);
#undef SAME
}

static void exc_syndrome(const char *what, const struct exc *e, uint64_t esr, uint64_t far)
{
	expect(e->esr == esr, "%s: ESR %#lx, not %#lx", what, (long)e->esr, (long)esr);
	expect(e->far == far, "%s: FAR %#lx, not %#lx", what, (long)e->far, (long)far);
}

/* Bits of PSTATE that this guest has. */
static uint64_t pstate_mask(const struct exc *e)
{
	uint64_t mask = PSR_NZCV | PSR_DAIF | 0xf;

	if (e->features & FEATURE_PAN)
		mask |= PSR_PAN;
	if (e->features & FEATURE_UAO)
		mask |= PSR_UAO;
	if (e->features & FEATURE_DIT)
		mask |= PSR_DIT;
	if (e->features & FEATURE_SSBS)
		mask |= PSR_SSBS;
	if (e->features & FEATURE_BTI)
		mask |= PSR_BTYPE;
	return mask;
}

/* From each mode, with each bit alone and all of them, under each bit of SCTLR_EL1 that matters. */
static void each_from(struct vmm *v, void (*run)(struct vmm *v, const struct from *f))
{
	static const uint64_t bits[] = {
		0, PSR_NZCV, PSR_PAN, PSR_UAO, PSR_DIT, PSR_SSBS, PSR_BTYPE, PSR_DAIF, 1UL << 28, 1UL << 31, PSR_PAN | PSR_DIT | PSR_SSBS,
		PSR_NZCV | PSR_PAN | PSR_UAO | PSR_DIT | PSR_SSBS | PSR_BTYPE | PSR_DAIF,
	};
	static const uint64_t sctlrs[] = {
		0, SCTLR_SPAN, SCTLR_DSSBS, SCTLR_EE, SCTLR_E0E, SCTLR_SPAN | SCTLR_DSSBS | SCTLR_EE | SCTLR_E0E,
	};
	static const uint64_t modes[] = { MODE_EL0, MODE_EL1T, MODE_EL1H };
	uint64_t mask = pstate_mask(exc_of(v));
	bool ssbs = exc_of(v)->features & FEATURE_SSBS;
	unsigned int m, b, s;
	struct from f;

	for (m = 0; m < 3; m++)
		for (b = 0; b < sizeof(bits) / sizeof(bits[0]); b++)
			for (s = 0; s < sizeof(sctlrs) / sizeof(sctlrs[0]); s++) {
				f.pstate = modes[m] | (bits[b] & mask);
				f.sctlr = sctlrs[s] & (ssbs ? ~0UL : ~SCTLR_DSSBS);
				run(v, &f);
			}
}

static bool from_el0(const struct from *f)
{
	return (f->pstate & 0xf) == MODE_EL0;
}

/* A register that is hidden from the guest. */
static void undef_one(struct vmm *v, const struct from *f)
{
	struct exc *e = exc_at(v, SNIPPET_MRS, f);

	exc_end(v, "undefined");
	exc_compare("undefined", e, f, VECTOR_SYNC, e->snippet[SNIPPET_MRS]);
	exc_syndrome("undefined", e, ESR(0, 0), 0xfa4);
	expect(e->x2 == 0x2222, "undefined: X2 is %#lx", (long)e->x2);
}

static void inject(struct vmm *v, bool serror, bool has_esr, uint64_t esr, bool dabt)
{
	struct kvm_vcpu_events ev = {
		.exception = {
			.serror_pending = serror, .serror_has_esr = has_esr, .serror_esr = esr, .ext_dabt_pending = dabt,
		},
	};

	expect_result(ioctl(v->cpu[0], KVM_SET_VCPU_EVENTS, &ev), 0);
}

static struct kvm_vcpu_events events(struct vmm *v)
{
	struct kvm_vcpu_events ev = { 0 };

	expect_result(ioctl(v->cpu[0], KVM_GET_VCPU_EVENTS, &ev), 0);
	return ev;
}

/* Runs to the snippet's access, which the VMM does not answer. */
static void to_access(struct vmm *v, bool is_write)
{
	struct kvm_run *run = v->run[0];

	expect_result(vmm_run(v, 0), 0);
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != DEVICE || run->mmio.is_write != is_write)
		die("exit %u, %#llx", run->exit_reason, run->mmio.phys_addr);
}

static uint64_t data_abort(const struct from *f, uint64_t iss)
{
	return ESR(from_el0(f) ? EC_DABT_LOW : EC_DABT_CUR, iss);
}

/* What the VMM says of a load or a store that it cannot serve; asked for once or twice it is one exception. */
static void abort_one(struct vmm *v, const struct from *f, unsigned int snippet, unsigned int times)
{
	/* the kernel's own KVM never says that it was a store */
	uint64_t wnr = snippet == SNIPPET_STORE && !is_kernels_kvm() ? ISS_WNR : 0;
	struct exc *e = exc_at(v, snippet, f);
	unsigned int i;

	to_access(v, snippet == SNIPPET_STORE);
	memset(v->run[0]->mmio.data, 0x99, 8);
	for (i = 0; i < times; i++)
		inject(v, false, false, 0, true);
	exc_end(v, "data abort");
	exc_compare("data abort", e, f, VECTOR_SYNC, e->snippet[snippet]);
	exc_syndrome("data abort", e, data_abort(f, FSC_EXTERNAL | wnr), DEVICE);
	expect(e->x2 == 0x2222, "data abort: X2 is %#lx", (long)e->x2);
}

static void abort_load(struct vmm *v, const struct from *f)
{
	abort_one(v, f, SNIPPET_LOAD, 1);
}

static void abort_store(struct vmm *v, const struct from *f)
{
	abort_one(v, f, SNIPPET_STORE, 1);
}

/* A fetch from where nothing is. */
static void fetch_one(struct vmm *v, const struct from *f)
{
	struct exc *e = exc_at(v, SNIPPET_FETCH, f);
	struct from at = *f;

	exc_end(v, "instruction abort");
	/* the branch has set BTYPE: 01 for BR by a register other than X16 and X17 */
	if (e->features & FEATURE_BTI)
		at.pstate = (at.pstate & ~(3UL << 10)) | 1UL << 10;
	exc_compare("instruction abort", e, &at, VECTOR_SYNC, DEVICE);
	exc_syndrome("instruction abort", e, ESR(from_el0(f) ? EC_IABT_LOW : EC_IABT_CUR, FSC_EXTERNAL), DEVICE);
}

/* An address that no guest of this VM has. */
static void beyond_one(struct vmm *v, const struct from *f)
{
	struct exc *e = exc_at(v, SNIPPET_LOAD, f);

	vmm_set_reg(v, 0, VMM_X(1), 1UL << 41);
	exc_end(v, "beyond");
	exc_compare("beyond", e, f, VECTOR_SYNC, e->snippet[SNIPPET_LOAD]);
	expect(e->esr >> 26 == data_abort(f, 0) >> 26, "beyond: ESR %#lx", (long)e->esr);
	expect(e->far == 1UL << 41, "beyond: FAR %#lx", (long)e->far);
}

static void each(void (*run)(struct vmm *v, const struct from *f))
{
	struct vmm v;

	exc_open(&v, 0);
	each_from(&v, run);
	vmm_close(&v);
}

static void undefined(void)
{
	each(undef_one);
}

static void data_aborts(void)
{
	each(abort_load);
	each(abort_store);
}

static void fetches(void)
{
	each(fetch_one);
}

static void beyond(void)
{
	each(beyond_one);
}

/* The guest's own table of the upper half lies where nothing is: the walk of a load aborts. */
static void table_walk(void)
{
	const struct from f = { .pstate = MODE_EL1H | PSR_DAIF, .sctlr = SCTLR_SPAN };
	const uint64_t va = 0xffffff8000001238UL;
	struct exc *e;
	struct vmm v;

	exc_open(&v, GUEST_MMU);
	e = exc_at(&v, SNIPPET_LOAD, &f);
	vmm_set_reg(&v, 0, REG_TCR, (vmm_reg(&v, 0, REG_TCR) & ~(1UL << 23)) | 25UL << 16 | 2UL << 30 | 1UL << 24 |
		    1UL << 26 | 3UL << 28);
	vmm_set_reg(&v, 0, REG_TTBR1, 0x0b000000UL);
	vmm_set_reg(&v, 0, VMM_X(1), va);
	exc_end(&v, "table walk");
	exc_compare("table walk", e, &f, VECTOR_SYNC, e->snippet[SNIPPET_LOAD]);
	/* the kernel's own KVM says the same of a walk as of an access */
	exc_syndrome("table walk", e, data_abort(&f, is_kernels_kvm() ? FSC_EXTERNAL : FSC_WALK_1), va);
	vmm_close(&v);
}

static const struct from unmasked = { .pstate = MODE_EL1H | (PSR_DAIF & ~PSR_A), .sctlr = SCTLR_SPAN };
static const struct from masked = { .pstate = MODE_EL1H | PSR_DAIF, .sctlr = SCTLR_SPAN };

/* ESR_EL1 of a virtual SError: with a syndrome that of the VMM, without one nothing is known but its class. */
static void serror_compare(const char *what, const struct exc *e, const struct from *f, uint64_t elr, bool has_esr, uint64_t iss)
{
	exc_compare(what, e, f, VECTOR_SERROR, elr);
	expect(e->esr >> 26 == EC_SERROR, "%s: ESR %#lx", what, (long)e->esr);
	if (has_esr)
		expect((e->esr & 0x1ffffff) == iss, "%s: ISS %#lx, not %#lx", what, (long)(e->esr & 0x1ffffff), (long)iss);
}

static bool takes_syndrome(struct vmm *v)
{
	return ioctl(v->sys, KVM_CHECK_EXTENSION, KVM_CAP_ARM_INJECT_SERROR_ESR) == 1;
}

static void serror_one(struct vmm *v, const struct from *f)
{
	struct exc *e = exc_at(v, SNIPPET_NOP, f);
	bool has_esr = takes_syndrome(v);
	struct from at = *f;

	at.pstate &= ~PSR_A;
	vmm_set_reg(v, 0, VMM_CORE(regs.pstate), at.pstate);
	inject(v, true, has_esr, has_esr ? 0x123456 : 0, false);
	exc_end(v, "SError");
	serror_compare("SError", e, &at, e->snippet[SNIPPET_NOP], has_esr, 0x123456);
	expect(!events(v).exception.serror_pending, "an SError that was taken is pending");
}

static void serrors(void)
{
	each(serror_one);
}

/* Masked it stays pending and is told of, again it is the same one, and it cannot be cancelled. */
static void serror_pending(void)
{
	struct kvm_vcpu_events ev;
	struct exc *e;
	struct vmm v;
	bool syndrome;

	exc_open(&v, 0);
	syndrome = takes_syndrome(&v);
	/* masked: the snippet runs to its SVC */
	e = exc_at(&v, SNIPPET_NOP, &masked);
	inject(&v, true, false, 0, false);
	exc_end(&v, "masked");
	expect(e->esr >> 26 == EC_SVC64 && e->x3 == 77, "masked: ESR %#lx, X3 %ld", (long)e->esr, (long)e->x3);
	ev = events(&v);
	expect(ev.exception.serror_pending == 1, "it is not pending any more");
	/* twice, the second time with another syndrome */
	e = exc_at(&v, SNIPPET_UNMASK, &masked);
	inject(&v, true, syndrome, syndrome ? 0x111 : 0, false);
	inject(&v, true, syndrome, syndrome ? 0x1ffffff : 0, false);
	ev = events(&v);
	expect(ev.exception.serror_pending == 1 && (!syndrome || ev.exception.serror_esr == 0x1ffffff), "pending %u, ESR %#llx",
	       ev.exception.serror_pending, ev.exception.serror_esr);
	exc_end(&v, "unmasked");
	serror_compare("unmasked", e, &unmasked, e->elr, syndrome, 0x1ffffff);
	expect(e->elr > e->snippet[SNIPPET_UNMASK] && e->elr <= e->snippet[SNIPPET_UNMASK] + 8 && e->x3 == 0x3333,
	       "unmasked: ELR %#lx", (long)e->elr);
	expect(!events(&v).exception.serror_pending, "it is pending a second time");
	/* no second one comes */
	e = exc_at(&v, SNIPPET_NOP, &unmasked);
	exc_end(&v, "none");
	expect(e->esr >> 26 == EC_SVC64, "a second SError");
	/* one that is pending cannot be cancelled */
	e = exc_at(&v, SNIPPET_NOP, &unmasked);
	inject(&v, true, false, 0, false);
	inject(&v, false, false, 0, false);
	expect(events(&v).exception.serror_pending, "it was cancelled");
	exc_end(&v, "cancelled");
	expect(e->esr >> 26 != EC_SVC64 && e->taken == 1, "cancelled: ESR %#lx", (long)e->esr);
	vmm_close(&v);
}

/* With an access that waits for its answer: the load ends, then the SError is taken behind it. */
static void serror_with_access(void)
{
	struct exc *e;
	struct vmm v;

	exc_open(&v, 0);
	e = exc_at(&v, SNIPPET_LOAD, &unmasked);
	to_access(&v, false);
	memset(v.run[0]->mmio.data, 0x77, 8);
	inject(&v, true, false, 0, false);
	exc_end(&v, "SError");
	serror_compare("SError", e, &unmasked, e->snippet[SNIPPET_LOAD] + 4, false, 0);
	expect(e->x2 == 0x7777777777777777UL, "X2 is %#lx", (long)e->x2);
	vmm_close(&v);
}

/* Both at once: the abort of the access first; its handler begins with SErrors masked. */
static void both(void)
{
	struct exc *e;
	struct vmm v;

	exc_open(&v, 0);
	e = exc_at(&v, SNIPPET_LOAD, &unmasked);
	to_access(&v, false);
	inject(&v, true, false, 0, true);
	exc_end(&v, "both");
	exc_compare("both", e, &unmasked, VECTOR_SYNC, e->snippet[SNIPPET_LOAD]);
	exc_syndrome("both", e, data_abort(&unmasked, FSC_EXTERNAL), DEVICE);
	expect(events(&v).exception.serror_pending == 1, "the SError is lost");
	vmm_close(&v);
}

/* Asked for twice, a data abort is one exception: what it interrupts is the load, not the handler's first instruction. */
static void abort_twice(void)
{
	struct vmm v;

	exc_open(&v, 0);
	abort_one(&v, &unmasked, SNIPPET_LOAD, 2);
	abort_one(&v, &masked, SNIPPET_STORE, 3);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "undefined", undefined },
	{ "data-abort", data_aborts },
	{ "abort-twice", abort_twice },
	{ "fetch", fetches },
	{ "beyond", beyond },
	{ "table-walk", table_walk },
	{ "serror", serrors },
	{ "serror-pending", serror_pending },
	{ "serror-with-access", serror_with_access },
	{ "both", both },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
