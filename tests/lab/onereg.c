// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_ONE_REG and KVM_SET_ONE_REG, register by register: what is written is what the
 * VMM reads, what the guest reads, and what comes back, or the write is refused.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_SERVE, WHAT_IDLE };

/* The VMM's words to a guest that serves: an instruction, X0 for it; and the guest's: X0 afterwards. */
#define PORT_INSN	PORT_TEST
#define PORT_X0		(PORT_TEST + 1)
#define PORT_RESULT	(PORT_TEST + 2)

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t insn, x0;

	while (what == WHAT_SERVE) {
		insn = guest_ask(PORT_INSN);
		if (!insn)
			break;
		x0 = guest_ask(PORT_X0);
		if (!guest_try(insn, &x0))
			guest_expect(insn, 0);
		guest_say(PORT_RESULT, x0);
	}
	return 0;
}

#else

#define ENC(op0, op1, crn, crm, op2)	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define INSN_MRS(enc)			(0xd5200000 | (enc) << 5)
#define INSN_MSR(enc)			(0xd5000000 | (enc) << 5)
#define ID_OF(enc)			(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | (enc))

static bool is_counter(uint64_t id)
{
	return id == KVM_REG_ARM_TIMER_CNT || id == KVM_REG_ARM_PTIMER_CNT;
}

/* What is not kept: of a timer's control register ISTATUS, and what is nothing. */
static uint64_t status_bits(uint64_t id)
{
	if (id == ID_OF(ENC(2, 0, 0, 2, 0)))	/* MDCCINT_EL1 */
		return ~(3UL << 29);
	return id == KVM_REG_ARM_TIMER_CTL || id == KVM_REG_ARM_PTIMER_CTL ? ~3UL : 0;
}

/* A firmware register that only asks whether this machine has as much as another one. */
static bool only_asks(uint64_t id)
{
	return id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 || id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2 ||
	       id == KVM_REG_ARM_FW_REG(3);
}

/* An ID register of AArch32, which stays 0 whatever is written where there is no AArch32: CRm 1 to 3. */
static bool is_ignored(struct vmm *v, uint64_t id)
{
	return (vmm_reg(v, 0, VMM_SYS(3, 0, 0, 4, 0)) & 0xf) == 1 && id >= ID_OF(ENC(3, 0, 0, 1, 0)) && id <= ID_OF(ENC(3, 0, 0, 3, 7));
}

static struct kvm_reg_list *reg_list(struct vmm *v)
{
	struct kvm_reg_list head = { .n = 0 }, *list;

	ioctl(v->cpu[0], KVM_GET_REG_LIST, &head);
	list = malloc(sizeof(*list) + head.n * sizeof(list->reg[0]));
	list->n = head.n;
	expect_result(ioctl(v->cpu[0], KVM_GET_REG_LIST, list), 0);
	return list;
}

/* One register, one value: it is there afterwards, or it was refused and nothing has changed. */
static void pattern(struct vmm *v, uint64_t id, uint64_t lo, uint64_t hi)
{
	uint64_t mask[2] = { ~0UL, 0 }, before[2] = { 0 }, val[2] = { lo, hi }, after[2] = { 0 }, *want = val;
	unsigned int size = 1 << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
	int ret;

	if (size == 4)
		mask[0] = ~0U;
	if (size == 16)
		mask[1] = ~0UL;
	mask[0] &= ~status_bits(id);
	expect(!vmm_get(v, 0, id, before), "%#lx does not read", (long)id);
	ret = vmm_set(v, 0, id, val);
	expect(!ret || ret == -EINVAL || ret == -EBUSY, "%#lx: %s", (long)id, result_name(ret));
	if (ret || is_ignored(v, id))
		want = before;
	expect(!vmm_get(v, 0, id, after), "%#lx does not read", (long)id);
	/* the kernel's own KVM takes what it does not keep */
	if (!is_kernels_kvm() && !only_asks(id))
		expect(!((after[0] ^ want[0]) & mask[0]) && !((after[1] ^ want[1]) & mask[1]), "%#lx set to %#lx: %s, was %#lx, is %#lx",
		       (long)id, (long)lo, result_name(ret), (long)before[0], (long)after[0]);
	expect(!vmm_set(v, 0, id, before), "%#lx does not take %#lx back", (long)id, (long)before[0]);
}

static void check_patterns(void)
{
	static const uint64_t patterns[] = { 0, ~0UL, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0xdeadbeefcafef00d, 1 };
	struct kvm_reg_list *list;
	struct vmm v;
	unsigned int i, k;

	vmm_open(&v, NULL);
	list = reg_list(&v);
	for (i = 0; i < list->n; i++)
		for (k = 0; k < sizeof(patterns) / sizeof(patterns[0]) && !is_counter(list->reg[i]); k++)
			pattern(&v, list->reg[i], patterns[k], ~patterns[k]);
	/* the same in a life that has begun */
	vmm_go(&v, 0, WHAT_IDLE, 0);
	for (i = 0; i < list->n; i++)
		for (k = 0; k < sizeof(patterns) / sizeof(patterns[0]) && !is_counter(list->reg[i]); k++)
			pattern(&v, list->reg[i], patterns[k], ~patterns[k]);
}

/* A guest's word by an instruction of X0. */
static uint64_t guest_does(struct vmm *v, uint32_t insn, uint64_t x0)
{
	uint64_t val = insn;
	unsigned int port;

	port = vmm_event(v, 0, &val);
	if (port != PORT_INSN)
		die("port %u", port);
	val = x0;
	if (vmm_event(v, 0, &val) != PORT_X0 || vmm_event(v, 0, &val) != PORT_RESULT)
		die("no result of %#x", insn);
	return val;
}

/* Values that a guest with its MMU off, no handler for interrupts and nothing to debug can live with. */
static const struct {
	const char *name;
	uint32_t enc;
	uint64_t val, other;
	uint64_t id;		/* if it is not the register's own */
} values[] = {
	{ "MDCCINT_EL1", ENC(2, 0, 0, 2, 0), 1 << 30, 1 << 29, 0 },
	{ "MDSCR_EL1", ENC(2, 0, 0, 2, 2), 1 << 12, 1 << 13, 0 },
	{ "DBGBVR0_EL1", ENC(2, 0, 0, 0, 4), 0x12345678, 0x87654320, 0 },
	{ "DBGWVR1_EL1", ENC(2, 0, 0, 1, 6), 0x12345678, 0x87654320, 0 },
	{ "OSLSR_EL1", ENC(2, 0, 1, 1, 4), 0xa, 0, 0 },
	{ "MPIDR_EL1", ENC(3, 0, 0, 0, 5), 0x80000000, 0, 0 },
	{ "SCTLR_EL1", ENC(3, 0, 1, 0, 0), 0x30d50838, 0x30d51838, 0 },
	{ "ACTLR_EL1", ENC(3, 0, 1, 0, 1), 0, 0, 0 },
	{ "CPACR_EL1", ENC(3, 0, 1, 0, 2), 3 << 20, 1 << 20, 0 },
	{ "TTBR0_EL1", ENC(3, 0, 2, 0, 0), 0x1234000012345000, 0x4321000054321000, 0 },
	{ "TTBR1_EL1", ENC(3, 0, 2, 0, 1), 0x4321000054321000, 0x1234000012345000, 0 },
	{ "TCR_EL1", ENC(3, 0, 2, 0, 2), 0x10b5193519, 0x5b5103510, 0 },
	{ "SPSR_EL1", ENC(3, 0, 4, 0, 0), 0x600003c5, 0x3c4, VMM_CORE(spsr[0]) },
	{ "ELR_EL1", ENC(3, 0, 4, 0, 1), 0xdeadbeefcafef00d, 0x1234, VMM_CORE(elr_el1) },
	{ "SP_EL0", ENC(3, 0, 4, 1, 0), 0xdeadbeefcafef000, 0x5678, VMM_CORE(regs.sp) },
	{ "ESR_EL1", ENC(3, 0, 5, 2, 0), 0x96000045, 0x56000000, 0 },
	{ "FAR_EL1", ENC(3, 0, 6, 0, 0), 0xdeadbeefcafef00d, 0x1234, 0 },
	{ "PAR_EL1", ENC(3, 0, 7, 4, 0), 0xff00000012345b80, 0x817, 0 },
	{ "MAIR_EL1", ENC(3, 0, 10, 2, 0), 0x040044ffbb, 0xff, 0 },
	{ "DISR_EL1", ENC(3, 0, 12, 1, 1), 1UL << 31 | 0x11, 0, 0 },
	{ "CONTEXTIDR_EL1", ENC(3, 0, 13, 0, 1), 0xcafef00d, 0x1234, 0 },
	{ "TPIDR_EL1", ENC(3, 0, 13, 0, 4), 0xdeadbeefcafef00d, 0x1234, 0 },
	{ "TPIDR_EL0", ENC(3, 3, 13, 0, 2), 0xdeadbeefcafef00e, 0x1235, 0 },
	{ "TPIDRRO_EL0", ENC(3, 3, 13, 0, 3), 0xdeadbeefcafef00f, 0x1236, 0 },
	{ "CNTKCTL_EL1", ENC(3, 0, 14, 1, 0), 0x303, 2, 0 },
	{ "CSSELR_EL1", ENC(3, 2, 0, 0, 0), 2, 1, 0 },
	{ "FPCR", ENC(3, 3, 4, 4, 0), 0x00c00000, 0x01000000, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.fpcr) },
	{ "FPSR", ENC(3, 3, 4, 4, 1), 0x0800001f, 0x10, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.fpsr) },
	{ "CNTP_CTL_EL0", ENC(3, 3, 14, 2, 1), 2, 0, KVM_REG_ARM_PTIMER_CTL },
	{ "CNTP_CVAL_EL0", ENC(3, 3, 14, 2, 2), 0x7fffffffcafef00d, 0x7fffffff00001234, KVM_REG_ARM_PTIMER_CVAL },
	{ "CNTV_CTL_EL0", ENC(3, 3, 14, 3, 1), 2, 0, KVM_REG_ARM_TIMER_CTL },
	{ "CNTV_CVAL_EL0", ENC(3, 3, 14, 3, 2), 0x7fffffffcafef00d, 0x7fffffff00001234, KVM_REG_ARM_TIMER_CVAL },
};

#define N_VALUES	(sizeof(values) / sizeof(values[0]))

static uint64_t value_id(unsigned int i)
{
	return values[i].id ?: ID_OF(values[i].enc);
}

static bool is_there(struct vmm *v, unsigned int i)
{
	uint64_t val;

	/* DISR_EL1 is RAS's: it is kept, but where there is none not to be read */
	if (!strcmp(values[i].name, "DISR_EL1") && !(vmm_reg(v, 0, VMM_SYS(3, 0, 0, 4, 0)) >> 28 & 0xf))
		return false;
	return vmm_get(v, 0, value_id(i), &val) != -ENOENT;
}

static void check_guest(void)
{
	struct vmm v;
	uint64_t got;
	unsigned int i;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	/* where nothing of the guest's own start is in the way */
	for (i = 0; i < N_VALUES; i++)
		vmm_set_reg(&v, 0, value_id(i), values[i].val);
	for (i = 0; i < N_VALUES; i++) {
		if (!is_there(&v, i))
			continue;
		got = guest_does(&v, INSN_MRS(values[i].enc), 0);
		expect(got == values[i].val, "%s: set to %#lx, the guest reads %#lx", values[i].name, (long)values[i].val, (long)got);
		got = vmm_reg(&v, 0, value_id(i));
		expect(got == values[i].val, "%s: set to %#lx, the VMM reads %#lx", values[i].name, (long)values[i].val, (long)got);
	}
	for (i = 0; i < N_VALUES; i++) {
		/* what guests cannot write */
		if (!is_there(&v, i) || !values[i].other)
			continue;
		/* the kernel's own KVM swaps it with the hardware's, which reads as anything in QEMU */
		if (is_kernels_kvm() && !strcmp(values[i].name, "MDCCINT_EL1"))
			continue;
		guest_does(&v, INSN_MSR(values[i].enc), values[i].other);
		got = vmm_reg(&v, 0, value_id(i));
		expect(got == values[i].other, "%s: the guest writes %#lx, the VMM reads %#lx", values[i].name, (long)values[i].other, (long)got);
		if (values[i].enc == ENC(3, 0, 1, 0, 2))	/* FP on again */
			guest_does(&v, INSN_MSR(values[i].enc), values[i].val);
	}
	got = 0;
	expect(vmm_event(&v, 0, &got) == PORT_INSN, "no end");
	vmm_close(&v);
}

/* An affinity that the VMM gives a vCPU is what the guest reads, and is fixed once a vCPU has run. */
static void check_mpidr(void)
{
	const uint64_t mpidr = VMM_SYS(3, 0, 0, 0, 5);
	uint64_t val;
	struct vmm v;
	int ret;

	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	vmm_set_reg(&v, 0, mpidr, 0x180020304);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	expect(guest_does(&v, INSN_MRS(ENC(3, 0, 0, 0, 5)), 0) == 0x180020304, "the guest has another MPIDR_EL1");
	val = 0x80000007;
	ret = vmm_set(&v, 0, mpidr, &val);
	expect(ret == -EBUSY || is_kernels_kvm(), "changed after the first run: %s", result_name(ret));
}

/* Ids with a bit that no field of theirs has. */
static void check_stray(void)
{
	static const uint64_t ids[] = {
		VMM_SYS(3, 0, 1, 0, 0), VMM_SYS(3, 0, 0, 4, 0), VMM_X(0), VMM_CORE(regs.pc), KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CNT,
		KVM_REG_ARM_PSCI_VERSION, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX,
		KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.fpsr),
	};
	struct vmm v;
	uint64_t val[32];
	unsigned int i, bit;
	int want, ret;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		expect(!vmm_get(&v, 0, ids[i], val), "%#lx does not read", (long)ids[i]);
		for (bit = 20; bit < 64; bit++) {
			/* the size: another id */
			if (bit >= 52 && bit < 56)
				continue;
			want = bit >= 32 ? -EINVAL : -ENOENT;
			ret = vmm_get(&v, 0, ids[i] ^ 1UL << bit, val);
			expect(ret == want, "get %#lx: %s, not %s", (long)(ids[i] ^ 1UL << bit), result_name(ret), result_name(want));
			ret = vmm_set(&v, 0, ids[i] ^ 1UL << bit, val);
			expect(ret == want, "set %#lx: %s, not %s", (long)(ids[i] ^ 1UL << bit), result_name(ret), result_name(want));
		}
		for (bit = 0; bit < 16; bit++) {
			uint64_t id = (ids[i] & ~KVM_REG_SIZE_MASK) | (uint64_t)bit << KVM_REG_SIZE_SHIFT;

			if (id == ids[i])
				continue;
			ret = vmm_set(&v, 0, id, val);
			expect(ret == -EINVAL || ret == -ENOENT, "set %#lx: %s", (long)id, result_name(ret));
		}
	}
}

/* Without a GIC the ID registers say so, from the first run on; a VMM may say so before. */
static void check_no_gic(void)
{
	const uint64_t pfr0 = VMM_SYS(3, 0, 0, 4, 0);
	uint64_t was, val;
	struct vmm v;
	int ret;

	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	was = vmm_reg(&v, 0, pfr0);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	val = guest_does(&v, INSN_MRS(ENC(3, 0, 0, 4, 0)), 0);
	expect(!(val >> 24 & 0xf), "ID_AA64PFR0_EL1 is %#lx", (long)val);
	expect((val ^ was) == (was & 0xfUL << 24), "was %#lx, is %#lx", (long)was, (long)val);
	expect(vmm_reg(&v, 0, pfr0) == val, "the VMM reads %#lx", (long)vmm_reg(&v, 0, pfr0));
	vmm_set_reg(&v, 0, pfr0, val);
	ret = vmm_set(&v, 0, pfr0, &was);
	expect(ret == -EBUSY, "a GIC after the first run: %s", result_name(ret));
	vmm_close(&v);

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	expect((guest_does(&v, INSN_MRS(ENC(3, 0, 0, 4, 0)), 0) >> 24 & 0xf) == 1, "no GIC where there is one");
	vmm_close(&v);

	/* what was saved of a VM without one goes into one without one */
	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	vmm_set_reg(&v, 0, pfr0, was & ~(0xfUL << 24));
	val = was | 0xfUL << 24;
	expect(vmm_set(&v, 0, pfr0, &val) == -EINVAL, "GIC 15");
	vmm_start(&v, 0, WHAT_SERVE, 0);
	val = guest_does(&v, INSN_MRS(ENC(3, 0, 0, 4, 0)), 0);
	expect(val == (was & ~(0xfUL << 24)), "ID_AA64PFR0_EL1 is %#lx", (long)val);
}

/* AArch32's registers at EL2: a guest has no use for them, and VMMs save and restore them all the same. */
static void check_kept(void)
{
	static const uint64_t ids[] = {
		VMM_SYS(2, 4, 0, 7, 0), VMM_SYS(3, 4, 3, 0, 0), VMM_SYS(3, 4, 5, 0, 1), VMM_SYS(3, 4, 5, 3, 0),
	};
	static const uint64_t first[] = { 0, 0, 0, 0x700 };
	struct kvm_reg_list *list;
	unsigned int i, k, found;
	struct vmm v;

	vmm_open(&v, NULL);
	list = reg_list(&v);
	for (i = 0; i < 4; i++) {
		for (k = found = 0; k < list->n; k++)
			found += list->reg[k] == ids[i];
		expect(found == 1, "%#lx is listed %u times", (long)ids[i], found);
		expect(vmm_reg(&v, 0, ids[i]) == first[i], "%#lx begins as %#lx", (long)ids[i], (long)vmm_reg(&v, 0, ids[i]));
		vmm_set_reg(&v, 0, ids[i], 0x1000 + i);
	}
	vmm_go(&v, 0, WHAT_IDLE, 0);
	for (i = 0; i < 4; i++)
		expect(vmm_reg(&v, 0, ids[i]) == 0x1000 + i, "%#lx is %#lx", (long)ids[i], (long)vmm_reg(&v, 0, ids[i]));
}

/* A VMM that shows its guests less than there is, as one does that moves them between machines. */
static void check_lowered(void)
{
	const uint64_t isar0 = VMM_SYS(3, 0, 0, 6, 0), mmfr0 = VMM_SYS(3, 0, 0, 7, 0);
	const uint64_t ctr = VMM_SYS(3, 3, 0, 0, 1), clidr = VMM_SYS(3, 1, 0, 0, 1);
	uint64_t masks[KVM_ARM_FEATURE_ID_RANGE_SIZE], was, val, less, ctr_less, clidr_more;
	struct reg_mask_range range = { .addr = (uintptr_t)masks, .reserved = { [12] = 1 } };
	unsigned int level;
	struct vmm v;
	int ret;

	vmm_open(&v, NULL);
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES) == 1, "the capability");
	expect_result(ioctl(v.vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), -EINVAL);
	range.reserved[12] = 0;
	range.range = 1;
	expect_result(ioctl(v.vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), -EINVAL);
	range.range = 0;
	expect_result(ioctl(v.vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range), 0);
	/* CRm and op2 of op1 0; MPIDR_EL1 is no feature */
	expect((masks[6 * 8] >> 20 & 0xf) == 0xf && !masks[5], "masks %#lx, %#lx", (long)masks[6 * 8], (long)masks[5]);
	was = vmm_reg(&v, 0, isar0);
	less = was & ~(0xfUL << 20);	/* no atomic instructions */
	vmm_set_reg(&v, 0, isar0, less);
	vmm_set_reg(&v, 0, isar0, was);	/* and back, as long as nobody has run */
	vmm_set_reg(&v, 0, isar0, less);
	val = was + (1UL << 20);
	expect(vmm_set(&v, 0, isar0, &val) == -EINVAL, "more than there is");
	val = vmm_reg(&v, 0, mmfr0) + (1UL << 20) * 4;
	expect(vmm_set(&v, 0, mmfr0, &val) == -EINVAL, "more granules than there are");
	ctr_less = vmm_reg(&v, 0, ctr) - 1;
	val = ctr_less + 2;
	expect(vmm_set(&v, 0, ctr, &val) == -EINVAL, "longer lines");
	vmm_set_reg(&v, 0, ctr, ctr_less);
	clidr_more = vmm_reg(&v, 0, clidr);
	for (level = 0; clidr_more >> 3 * level & 7; level++)
		;
	clidr_more |= 4UL << 3 * level;
	vmm_set_reg(&v, 0, clidr, clidr_more);
	vmm_init_cpu(&v, 0, 0);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	val = guest_does(&v, INSN_MRS(ENC(3, 0, 0, 6, 0)), 0);
	expect(val == less, "the guest has ID_AA64ISAR0_EL1 %#lx", (long)val);
	val = guest_does(&v, INSN_MRS(ENC(3, 3, 0, 0, 1)), 0);
	expect(val == ctr_less, "the guest has CTR_EL0 %#lx", (long)val);
	val = guest_does(&v, INSN_MRS(ENC(3, 1, 0, 0, 1)), 0);
	expect(val == clidr_more, "the guest has CLIDR_EL1 %#lx", (long)val);
	ret = vmm_set(&v, 0, isar0, &was);
	expect(ret == -EBUSY, "after the first run: %s", result_name(ret));
	vmm_set_reg(&v, 0, isar0, less);
}

/* Registers whose value would stop a guest that computes, or that count. */
static bool is_left_alone(uint64_t id)
{
	/* the whole VM's: CLIDR_EL1, CTR_EL0 and CCSIDR_EL1, too */
	if ((id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_DEMUX)
		return true;
	if ((id & ~0x3fUL) == VMM_SYS(3, 0, 0, 0, 0) || id == VMM_SYS(3, 1, 0, 0, 1) || id == VMM_SYS(3, 3, 0, 0, 1))
		return true;
	return is_counter(id) || only_asks(id) || id == KVM_REG_ARM_PSCI_VERSION || id == VMM_CORE(regs.pc) ||
	       id == VMM_CORE(regs.pstate) || id == VMM_SYS(3, 0, 1, 0, 0) || id == VMM_SYS(2, 0, 0, 2, 2) ||
	       id == VMM_SYS(2, 0, 1, 1, 4) ||
	       /* QEMU has nothing behind these: AFSR0_EL1, AFSR1_EL1, AMAIR_EL1 */
	       id == VMM_SYS(3, 0, 5, 1, 0) || id == VMM_SYS(3, 0, 5, 1, 1) || id == VMM_SYS(3, 0, 10, 3, 0) || id == VMM_SYS(3, 0, 0, 0, 5);
}

struct values {
	uint64_t v[600][2];
};

static void read_all(struct vmm *v, unsigned int cpu, const struct kvm_reg_list *list, struct values *to)
{
	unsigned int i;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < list->n; i++) {
		expect(!vmm_get(v, cpu, list->reg[i], to->v[i]), "%#llx does not read", list->reg[i]);
		to->v[i][0] &= ~status_bits(list->reg[i]);
	}
}

/* A value of its own for each register that takes one. Returns how many do. */
static unsigned int give_all(struct vmm *v, unsigned int cpu, const struct kvm_reg_list *list, struct values *given)
{
	static const uint64_t masks[] = { ~0UL, 0xffffffff, 0xffff00, 0x60000000 };
	unsigned int i, m, n = 0;
	uint64_t val[2];

	read_all(v, cpu, list, given);
	for (i = 0; i < list->n; i++)
		for (m = 0; m < 4 && !is_left_alone(list->reg[i]); m++) {
			val[1] = (list->reg[i] + cpu * 77777) * 0x9e3779b97f4a7c15;
			/* breakpoints and timers are off, and nothing is denied */
			val[0] = val[1] & masks[m] & ~1UL;
			if (list->reg[i] == VMM_SYS(3, 0, 12, 0, 0))	/* VBAR_EL1 */
				val[0] &= ~0x7ffUL;
			if (list->reg[i] == VMM_SYS(3, 2, 0, 0, 0))	/* CSSELR_EL1 */
				val[0] = 2 * (1 + cpu);
			if (vmm_set(v, cpu, list->reg[i], val))
				continue;
			memcpy(given->v[i], val, 1 << ((list->reg[i] & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT));
			given->v[i][0] &= ~status_bits(list->reg[i]);
			n++;
			break;
		}
	return n;
}

static void compare(const struct kvm_reg_list *list, const struct values *got, const struct values *want, const char *when)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		/* the kernel's own KVM gives some of these rubbish at first */
		if (!is_counter(list->reg[i]) && !(is_kernels_kvm() && is_left_alone(list->reg[i])) && memcmp(got->v[i], want->v[i], 16))
			fail("%s: %#llx is %#lx %#lx, not %#lx %#lx", when, list->reg[i], (long)got->v[i][0], (long)got->v[i][1],
			     (long)want->v[i][0], (long)want->v[i][1]);
}

static void on_timer(int sig)
{
}

/* 20 ms of a guest that makes no exit. */
static void run_a_while(struct vmm *v, unsigned int cpu)
{
	struct itimerspec in = { .it_value.tv_nsec = 20000000 };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	timer_create(CLOCK_MONOTONIC, &ev, &timer);
	timer_settime(timer, 0, &in, NULL);
	expect(vmm_run(v, cpu) == -EINTR, "vCPU %u comes back with exit %u", cpu, v->run[cpu]->exit_reason);
	timer_delete(timer);
}

/* All registers of two vCPUs, written at once, through runs of both on one CPU, and through the reset of one. */
static void check_own(void)
{
	static struct values given[2], got, fresh;
	struct kvm_reg_list *list;
	unsigned int i, n, round;
	struct vmm v;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_timer }, NULL);
	pin_to(0);
	vmm_open(&v, &(struct vmm_config){ .cpus = 3 });
	list = reg_list(&v);
	if (list->n > 600)
		die("%llu registers", list->n);
	*(uint32_t *)(v.ram + 0x200000) = 0x14000000;	/* b . */
	for (i = 0; i < 2; i++) {
		n = give_all(&v, i, list, &given[i]);
		expect(n > 100, "%u registers take a value", n);
		read_all(&v, i, list, &got);
		/* the kernel's own KVM takes what it does not keep */
		if (!is_kernels_kvm())
			compare(list, &got, &given[i], "as it was given");
		vmm_set_reg(&v, i, VMM_CORE(regs.pc), GUEST_RAM + 0x200000);
		read_all(&v, i, list, &given[i]);
	}
	for (round = 0; round < 2; round++)
		for (i = 0; i < 2; i++) {
			read_all(&v, i, list, &got);
			compare(list, &got, &given[i], round ? "after a run" : "before");
			run_a_while(&v, i);
		}
	read_all(&v, 0, list, &got);
	compare(list, &got, &given[0], "after two runs");
	read_all(&v, 2, list, &fresh);
	vmm_init_cpu(&v, 0, 0);
	read_all(&v, 0, list, &got);
	for (i = 0; i < list->n; i++)
		if (list->reg[i] == VMM_SYS(3, 0, 0, 0, 5))
			memcpy(got.v[i], fresh.v[i], 16);
	if (!is_kernels_kvm())		/* which leaves the timers' and the sampled ones */
		compare(list, &got, &fresh, "after KVM_ARM_VCPU_INIT");
	read_all(&v, 1, list, &got);
	compare(list, &got, &given[1], "the other, after KVM_ARM_VCPU_INIT");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "own", check_own },
	{ "patterns", check_patterns },
	{ "guest", check_guest },
	{ "mpidr", check_mpidr },
	{ "stray", check_stray },
	{ "kept", check_kept },
	{ "lowered", check_lowered },
	{ "no-gic", check_no_gic },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
