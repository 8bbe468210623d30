// SPDX-License-Identifier: GPL-2.0
/*
 * Vectors: each vCPU has its own, as long as its VMM says, and so has each thread of the host. Arm ARM B1.4; KVM API
 * 4.68, 4.82, 4.119.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_ROUNDS, WHAT_SET, WHAT_GET, WHAT_LENGTH, WHAT_HIDDEN, WHAT_OWN_TRAPS };

#define MAX_BYTES	256
#define DUMP_AT		(GUEST_RAM + 0x200000)	/* each vCPU a page of its own */
#define DUMP_PAGE	0x4000UL
#define GUEST_FPCR	0x00c00000UL
#define GUEST_FPSR	0x0800001fUL

/* All vector registers, each as long as vectors are where they are loaded: Z, P, FFR. */
struct vectors {
	uint8_t z[32 * MAX_BYTES];
	uint8_t p[17 * MAX_BYTES / 8];
} __attribute__((aligned(16)));

#define EACH_P	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
#define EACH_Z	EACH_P ", 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31"
#define LOAD									\
	".arch_extension sve\n\tldr p0, [%[p], #16, mul vl]\n\twrffr p0.b\n\t"	\
	".irp n, " EACH_P "\n\tldr p\\n, [%[p], #\\n, mul vl]\n\t.endr\n\t"	\
	".irp n, " EACH_Z "\n\tldr z\\n, [%[z], #\\n, mul vl]\n\t.endr\n\t"
#define STORE									\
	".irp n, " EACH_Z "\n\tstr z\\n, [%[z], #\\n, mul vl]\n\t.endr\n\t"	\
	".irp n, " EACH_P "\n\tstr p\\n, [%[p], #\\n, mul vl]\n\t.endr\n\t"	\
	"rdffr p0.b\n\tstr p0, [%[p], #16, mul vl]\n\t"

static inline uint64_t vector_bytes(void)
{
	uint64_t bytes;

	asm volatile(".arch_extension sve\n\trdvl %0, #1" : "=r" (bytes));
	return bytes;
}

static uint8_t z_byte(uint64_t seed, unsigned int n, unsigned int i)
{
	return seed * 41 + n * 7 + i * 3 + 1;
}

/* FFR, which is the 17th, is some ones with zeroes above. */
static uint8_t p_byte(uint64_t seed, unsigned int n, unsigned int i, unsigned int bytes)
{
	unsigned int ones = seed % (bytes * 8) + 1;

	if (n < 16)
		return seed * 29 + n * 13 + i * 5 + 2;
	return i < ones / 8 ? 0xff : i > ones / 8 ? 0 : (1 << ones % 8) - 1;
}

static void vectors_fill(struct vectors *v, uint64_t seed, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < 32 * bytes; i++)
		v->z[i] = z_byte(seed, i / bytes, i % bytes);
	for (i = 0; i < 17 * bytes / 8; i++)
		v->p[i] = p_byte(seed, i / (bytes / 8), i % (bytes / 8), bytes / 8);
}

/* 0, or 1 more than the first register that is not as it was filled: Z, P and FFR are counted through. */
static unsigned int vectors_differ(const struct vectors *v, uint64_t seed, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < 32 * bytes; i++)
		if (v->z[i] != z_byte(seed, i / bytes, i % bytes))
			return 1 + i / bytes;
	for (i = 0; i < 17 * bytes / 8; i++)
		if (v->p[i] != p_byte(seed, i / (bytes / 8), i % (bytes / 8), bytes / 8))
			return 33 + i / (bytes / 8);
	return 0;
}

#ifdef GUEST

#define FPEN		(3UL << 20)
#define ZEN		(3UL << 16)
#define EC_SVE		0x19
#define ZCR		s3_0_c1_c2_0
#define RDVL		0x04bf5020	/* x0, #1 */

static void vectors_load(const struct vectors *v)
{
	asm volatile(LOAD : : [z] "r" (v->z), [p] "r" (v->p) : "memory");
}

static void vectors_store(struct vectors *v)
{
	asm volatile(STORE : : [z] "r" (v->z), [p] "r" (v->p) : "memory");
}

static struct vectors *page_of(uint64_t n)
{
	return (struct vectors *)(DUMP_AT + n * DUMP_PAGE);
}

static volatile uint64_t el0_esr;
static volatile uint64_t el0_back;

bool guest_sync(struct guest_frame *f)
{
	if (!el0_back)
		return false;
	el0_esr = f->esr;
	f->elr = el0_back;
	f->spsr = 0x3c5;
	el0_back = 0;
	return true;
}

/* One instruction at EL0: the syndrome of what ended it, which is an SVC's where nothing did. */
static uint64_t at_el0(uint32_t insn)
{
	static uint32_t code[2] __attribute__((aligned(64)));

	((volatile uint32_t *)code)[0] = insn;
	((volatile uint32_t *)code)[1] = 0xd4000001;	/* svc #0 */
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r" (code) : "memory");
	asm volatile("adr x9, 1f\n\tstr x9, [%0]\n\tmsr elr_el1, %1\n\tmsr spsr_el1, %2\n\tisb\n\teret\n1:"
		     : : "r" (&el0_back), "r" (code), "r" (0x3c0UL) : "x0", "x9", "memory");
	return el0_esr;
}

/* Each round comes out in another way: a hypercall, and to the VMM. The seed says whose they are. */
static uint64_t rounds(uint64_t seed)
{
	struct vectors *v = page_of(seed);
	uint64_t n = 0, bytes = vector_bytes();

	while (n % 4 || !guest_ask(PORT_TEST)) {
		vectors_fill(v, seed + n, bytes);
		vectors_load(v);
		guest_hvc(0x84000000, 0, 0, 0);
		if (n % 4 == 2)
			guest_say(PORT_TEST + 1, n);
		vectors_store(v);
		guest_expect(vectors_differ(v, seed + n, bytes), 0);
		guest_expect(vector_bytes(), bytes);
		n++;
	}
	return n;
}

/* With no trap of its own before it, and nothing behind it. */
static void expect_undefined(uint32_t insn)
{
	uint64_t val = 0;

	guest_check(!guest_try(insn, &val));
	guest_expect(EC(guest_fault()->esr), EC_UNKNOWN);
	guest_expect(guest_fault()->esr & 0x1ffffff, 0);
	guest_expect(EC(at_el0(insn)), EC_UNKNOWN);
	guest_expect(el0_esr & 0x1ffffff, 0);
}

static void hidden(void)
{
	uint64_t val = 0;

	write_reg(FPEN | ZEN, cpacr_el1);
	expect_undefined(RDVL);
	expect_undefined(0x2518e3e0);		/* ptrue p0.b */
	expect_undefined(INSN_MRS(ENC(3, 0, 1, 2, 0)));
	expect_undefined(INSN_MSR(ENC(3, 0, 1, 2, 0)));
	/* after it has used FP, too */
	write_reg(0, s3_3_c4_c4_0);
	expect_undefined(RDVL);
	guest_check(guest_try(INSN_MRS(ENC(3, 0, 0, 4, 0)), &val));
	guest_expect(val >> 32 & 0xf, 0);
	guest_check(guest_try(INSN_MRS(ENC(3, 0, 0, 4, 4)), &val));
	guest_expect(val, 0);
}

/* The guest's own traps come to the guest, whether its vectors are in hardware or not. */
static void own_traps(void)
{
	unsigned int i;
	uint64_t val;

	for (i = 0; i < 2; i++) {
		write_reg(FPEN, cpacr_el1);
		val = 0;
		guest_check(!guest_try(RDVL, &val));
		guest_expect(EC(guest_fault()->esr), EC_SVE);
		guest_expect(EC(at_el0(RDVL)), EC_SVE);
		write_reg(FPEN | 1UL << 16, cpacr_el1);
		guest_check(guest_try(RDVL, &val));
		guest_expect(EC(at_el0(RDVL)), EC_SVE);
		write_reg(FPEN | ZEN, cpacr_el1);
		guest_expect(EC(at_el0(RDVL)), EC_SVC64);
	}
	guest_check(guest_try(INSN_MRS(ENC(3, 0, 0, 4, 0)), &val));
	guest_expect(val >> 32 & 0xf, 1);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == WHAT_HIDDEN) {
		hidden();
		return 0;
	}
	write_reg(FPEN | ZEN, cpacr_el1);
	switch (what) {
	case WHAT_ROUNDS:
		write_reg(0xf, ZCR);
		return rounds(arg);
	case WHAT_SET:
		write_reg(0xf, ZCR);
		vectors_fill(page_of(arg), arg, vector_bytes());
		vectors_load(page_of(arg));
		write_reg(GUEST_FPCR, s3_3_c4_c4_0);
		write_reg(GUEST_FPSR, s3_3_c4_c4_1);
		return vector_bytes();
	case WHAT_GET:
		vectors_store(page_of(arg));
		guest_expect(read_reg(s3_3_c4_c4_0), GUEST_FPCR);
		guest_expect(read_reg(s3_3_c4_c4_1), GUEST_FPSR);
		return vector_bytes();
	case WHAT_LENGTH:
		write_reg(arg, ZCR);
		guest_expect(read_reg(ZCR), arg);
		return vector_bytes();
	case WHAT_OWN_TRAPS:
		own_traps();
		break;
	}
	return 0;
}

#else

#include <sys/prctl.h>

#ifndef PR_SVE_SET_VL
#define PR_SVE_SET_VL	50
#define PR_SVE_GET_VL	51
#endif

#define SVE		(1U << KVM_ARM_VCPU_SVE)
#define PFR0		VMM_SYS(3, 0, 0, 4, 0)
#define ZFR0		VMM_SYS(3, 0, 0, 4, 4)
#define ZCR_EL1		VMM_SYS(3, 0, 1, 2, 0)
#define V_REG(n)	(KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE | \
			 (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 4 * (n)))
#define FPSR		(KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.fpsr))
#define VLS		KVM_REG_ARM64_SVE_VLS
#define WORDS		KVM_ARM64_SVE_VLS_WORDS
#define Z_REG(n)	KVM_REG_ARM64_SVE_ZREG(n, 0)
#define P_REG(n)	((n) < 16 ? KVM_REG_ARM64_SVE_PREG(n, 0) : KVM_REG_ARM64_SVE_FFR(0))
#define SECONDS		2

/* What LOAD and STORE leave of a program's own registers. */
#define ALL_V	"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", \
		"v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", \
		"v30", "v31"

static bool has_sve(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	bool has = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SVE) == 1;

	close(fd);
	return has;
}

static int init_with(struct vmm *v, unsigned int cpu, uint32_t features)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { features } };

	return result(ioctl(v->cpu[cpu], KVM_ARM_VCPU_INIT, &init));
}

static int finalize(struct vmm *v, unsigned int cpu, int feature)
{
	return result(ioctl(v->cpu[cpu], KVM_ARM_VCPU_FINALIZE, &feature));
}

static int list(struct vmm *v, unsigned int *nr_sve, unsigned int *nr_v)
{
	static struct { struct kvm_reg_list l; uint64_t ids[4096]; } r;
	unsigned int i, k;
	int ret;

	r.l.n = 4096;
	*nr_sve = *nr_v = 0;
	ret = result(ioctl(v->cpu[0], KVM_GET_REG_LIST, &r.l));
	for (i = 0; !ret && i < r.l.n; i++) {
		*nr_sve += (r.l.reg[i] & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE;
		for (k = 0; k < 32; k++)
			*nr_v += r.l.reg[i] == V_REG(k);
	}
	return ret;
}

static uint64_t lengths(struct vmm *v, unsigned int cpu)
{
	uint64_t words[WORDS] = { 0 };
	unsigned int i;

	expect_result(vmm_get(v, cpu, VLS, words), 0);
	for (i = 1; i < WORDS; i++)
		expect(!words[i], "word %u of the lengths is %#lx", i, (long)words[i]);
	return words[0];
}

static int set_lengths(struct vmm *v, unsigned int cpu, uint64_t set, uint64_t last)
{
	uint64_t words[WORDS] = { set };

	words[WORDS - 1] |= last;
	return vmm_set(v, cpu, VLS, words);
}

/* The longest of a set of lengths, in units of 128 bits. */
static unsigned int longest(uint64_t set)
{
	return 64 - __builtin_clzl(set);
}

/* Two vCPUs with SVE; each one's lengths are cut, and they are finalised. */
static void open_cut(struct vmm *v, unsigned int cut0, unsigned int cut1)
{
	struct vmm_config c = { .cpus = 2, .features = SVE };
	unsigned int cpu;

	if (!has_sve())
		cannot("no SVE here");
	vmm_open(v, &c);
	for (cpu = 0; cpu < 2; cpu++) {
		unsigned int cut = cpu ? cut1 : cut0;

		expect_result(set_lengths(v, cpu, lengths(v, cpu) & ((1UL << cut) - 1), 0), 0);
		expect_result(finalize(v, cpu, KVM_ARM_VCPU_SVE), 0);
	}
}

/* What there is before SVE is finalised, and after. */
static void order(void)
{
	struct vmm_config c = { .cpus = 2, .no_init = true };
	uint8_t val[MAX_BYTES] = { 0 };
	unsigned int nr_sve, nr_v;
	uint64_t best;
	struct vmm v;

	if (!has_sve())
		cannot("no SVE here");
	vmm_open(&v, &c);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), -ENOEXEC);
	expect_result(vmm_get(&v, 0, VLS, val), -ENOEXEC);
	expect_result(init_with(&v, 0, SVE), 0);
	best = lengths(&v, 0);
	expect(best & 1, "lengths %#lx", (long)best);
	expect_result(vmm_run(&v, 0), -EPERM);
	expect_result(list(&v, &nr_sve, &nr_v), -EPERM);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_ZREG(0, 0), val), -EPERM);
	expect_result(vmm_set(&v, 0, KVM_REG_ARM64_SVE_ZREG(31, 0), val), -EPERM);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_PREG(15, 0), val), -EPERM);
	expect_result(vmm_set(&v, 0, KVM_REG_ARM64_SVE_FFR(0), val), -EPERM);
	expect_result(vmm_get(&v, 0, V_REG(3), val), -EINVAL);
	expect_result(set_lengths(&v, 0, 1, 0), 0);
	expect(lengths(&v, 0) == 1, "lengths %#lx", (long)lengths(&v, 0));
	expect_result(init_with(&v, 0, SVE), 0);
	expect(lengths(&v, 0) == best, "lengths %#lx, they were %#lx", (long)lengths(&v, 0), (long)best);
	expect_result(set_lengths(&v, 0, 1, 0), 0);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_PSCI_0_2), -EINVAL);
	expect_result(finalize(&v, 0, -1), -EINVAL);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), 0);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), -EPERM);
	expect_result(set_lengths(&v, 0, 1, 0), -EPERM);
	expect_result(init_with(&v, 0, SVE), 0);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), -EPERM);
	expect(lengths(&v, 0) == 1, "lengths %#lx", (long)lengths(&v, 0));
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_ZREG(0, 0), val), 0);
	expect_result(list(&v, &nr_sve, &nr_v), 0);
	expect(nr_sve == 1 + 32 + 16 + 1 && !nr_v, "%u registers of vectors, %u V", nr_sve, nr_v);
	/* all vCPUs or none */
	expect_result(init_with(&v, 1, 0), -EINVAL);
	expect_result(init_with(&v, 1, SVE), 0);
	expect(lengths(&v, 1) == best, "lengths %#lx, not %#lx", (long)lengths(&v, 1), (long)best);
	vmm_close(&v);
}

/* Ids and sets of lengths that cannot be. */
static void refusals(void)
{
	uint64_t best, val = 0, wide[32] = { 0 };
	uint32_t word = 0;
	unsigned int n;
	struct vmm v;

	open_cut(&v, 16, 2);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_ZREG(0, 1), wide), -ENOENT);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_FFR(31), wide), -ENOENT);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_FFR(0) + 32, wide), -EINVAL);
	expect_result(vmm_get(&v, 0, Z_REG(0) ^ KVM_REG_SIZE_U2048 ^ KVM_REG_SIZE_U128, wide), -EINVAL);
	expect_result(vmm_get(&v, 0, VLS - 1, wide), -EINVAL);
	expect_result(vmm_set(&v, 0, V_REG(0), wide), -EINVAL);
	expect_result(vmm_get(&v, 0, FPSR, &word), 0);
	expect_result(vmm_set(&v, 0, VMM_X(0), NULL), -EFAULT);
	expect_result(vmm_set(&v, 0, KVM_REG_ARM64_SVE_ZREG(0, 0), NULL), -EFAULT);
	expect_result(vmm_get(&v, 0, VLS, NULL), -EFAULT);
	val = vmm_reg(&v, 0, PFR0);
	expect((val >> 32 & 0xf) == 1, "ID_AA64PFR0_EL1 %#lx", (long)val);
	val &= ~(0xfUL << 32);
	expect_result(vmm_set(&v, 0, PFR0, &val), -EINVAL);
	vmm_close(&v);

	vmm_open(&v, &(struct vmm_config){ .features = SVE });
	best = lengths(&v, 0);
	expect_result(set_lengths(&v, 0, 0, 0), -EINVAL);
	expect_result(set_lengths(&v, 0, best | 1UL << 16, 0), -EINVAL);
	expect_result(set_lengths(&v, 0, best | 1UL << 63, 0), -EINVAL);
	expect_result(set_lengths(&v, 0, best, 1UL << 63), -EINVAL);
	for (n = 1; n < longest(best); n++) {
		uint64_t gap = best & ((2UL << n) - 1);

		if (best >> (n - 1) & 1 && gap != (best & ((1UL << n) - 1)))
			expect_result(set_lengths(&v, 0, gap & ~(1UL << (n - 1)), 0), -EINVAL);
	}
	expect(lengths(&v, 0) == best, "lengths %#lx, they were %#lx", (long)lengths(&v, 0), (long)best);
	val = vmm_reg(&v, 0, ZFR0);
	expect_result(vmm_set(&v, 0, ZFR0, &val), 0);
	val = 0;
	expect_result(vmm_set(&v, 0, ZFR0, &val), 0);
	val = 0xf;
	expect_result(vmm_set(&v, 0, ZFR0, &val), -EINVAL);
	vmm_close(&v);
}

/* Without the feature there is no trace of it. */
static void hidden(void)
{
	uint64_t val = 0, wide[32] = { 0 };
	unsigned int nr_sve, nr_v;
	struct vmm v;

	vmm_open(&v, NULL);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), -EINVAL);
	expect_result(vmm_get(&v, 0, VLS, wide), -ENOENT);
	expect_result(vmm_set(&v, 0, VLS, wide), -ENOENT);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_ZREG(5, 0), wide), -ENOENT);
	expect_result(vmm_set(&v, 0, KVM_REG_ARM64_SVE_FFR(0), wide), -ENOENT);
	expect_result(vmm_get(&v, 0, KVM_REG_ARM64_SVE_FFR(0) + 32, wide), -EINVAL);
	expect_result(vmm_get(&v, 0, ZCR_EL1, &val), -ENOENT);
	expect_result(vmm_set(&v, 0, ZCR_EL1, &val), -ENOENT);
	expect_result(vmm_get(&v, 0, V_REG(3), wide), 0);
	expect_result(list(&v, &nr_sve, &nr_v), 0);
	expect(!nr_sve && nr_v == 32, "%u registers of vectors, %u V", nr_sve, nr_v);
	val = vmm_reg(&v, 0, PFR0);
	expect(!(val >> 32 & 0xf), "ID_AA64PFR0_EL1 %#lx", (long)val);
	val |= 1UL << 32;
	expect_result(vmm_set(&v, 0, PFR0, &val), -EINVAL);
	expect(!vmm_reg(&v, 0, ZFR0), "ID_AA64ZFR0_EL1 %#lx", (long)vmm_reg(&v, 0, ZFR0));
	vmm_go(&v, 0, WHAT_HIDDEN, 0);
	vmm_close(&v);
}

/* A CPU without it: no capability, no feature. */
static void absent(void)
{
	struct vmm v;

	expect(!has_sve(), "the capability is there");
	vmm_open(&v, &(struct vmm_config){ .no_init = true });
	expect_result(init_with(&v, 0, SVE), -EINVAL);
	expect_result(init_with(&v, 0, 0), 0);
	expect_result(finalize(&v, 0, KVM_ARM_VCPU_SVE), -EINVAL);
	vmm_close(&v);
}

static void own_traps(void)
{
	struct vmm v;

	open_cut(&v, 16, 16);
	vmm_go(&v, 0, WHAT_OWN_TRAPS, 0);
	vmm_close(&v);
}

/* The longest that a set has, of those that are no longer than @quads. */
static unsigned int fits(uint64_t set, unsigned int quads)
{
	return longest(set & ((1UL << quads) - 1));
}

/* ZCR_EL1 cuts the guest's vectors as the VMM has cut them for it: the shorter of both, of those there are. */
static void cut(void)
{
	unsigned int cpu, n;
	uint64_t set, got;
	struct vmm v;

	open_cut(&v, 16, 3);
	for (cpu = 0; cpu < 2; cpu++) {
		set = lengths(&v, cpu);
		for (n = 1; n <= 16; n++) {
			got = vmm_go(&v, cpu, WHAT_LENGTH, n - 1);
			expect(got == 16 * fits(set, n), "vCPU %u: ZCR_EL1 %u: %lu bytes, of %#lx", cpu, n - 1,
			       (long)got, (long)set);
			got = vmm_reg(&v, cpu, ZCR_EL1);
			expect(got == n - 1, "vCPU %u: ZCR_EL1 is %#lx, not %u", cpu, (long)got, n - 1);
		}
	}
	vmm_close(&v);
}

static void check_regs(struct vmm *v, unsigned int cpu, uint64_t seed, unsigned int bytes, bool zero)
{
	uint8_t val[MAX_BYTES];
	unsigned int n, i;

	for (n = 0; n < 32; n++) {
		memset(val, 0xee, sizeof(val));
		expect_result(vmm_get(v, cpu, KVM_REG_ARM64_SVE_ZREG(n, 0), val), 0);
		for (i = 0; i < MAX_BYTES; i++)
			if (val[i] != (i < bytes && !zero ? z_byte(seed, n, i) : 0))
				die("Z%u: byte %u is %#x", n, i, val[i]);
	}
	for (n = 0; n < 17; n++) {
		memset(val, 0xee, sizeof(val));
		expect_result(vmm_get(v, cpu, P_REG(n), val), 0);
		for (i = 0; i < MAX_BYTES / 8; i++)
			if (val[i] != (i < bytes / 8 && !zero ? p_byte(seed, n, i, bytes / 8) : 0))
				die("P%u: byte %u is %#x", n, i, val[i]);
	}
}

static void set_regs(struct vmm *v, unsigned int cpu, uint64_t seed, unsigned int bytes)
{
	uint8_t val[MAX_BYTES];
	unsigned int n, i;

	for (n = 0; n < 32; n++) {
		memset(val, 0xaa, sizeof(val));
		for (i = 0; i < bytes; i++)
			val[i] = z_byte(seed, n, i);
		expect_result(vmm_set(v, cpu, KVM_REG_ARM64_SVE_ZREG(n, 0), val), 0);
	}
	for (n = 0; n < 17; n++) {
		memset(val, 0, sizeof(val));
		for (i = 0; i < bytes / 8; i++)
			val[i] = p_byte(seed, n, i, bytes / 8);
		expect_result(vmm_set(v, cpu, P_REG(n), val), 0);
	}
}

/* What the guest has in its vectors the VMM reads, and the other way; above their length the VMM reads zeroes. */
static void onereg(void)
{
	unsigned int cpu, bytes;
	uint32_t word;
	struct vmm v;

	open_cut(&v, 16, 2);
	for (cpu = 0; cpu < 2; cpu++) {
		check_regs(&v, cpu, 0, MAX_BYTES, true);
		bytes = 16 * longest(lengths(&v, cpu));
		expect(vmm_go(&v, cpu, WHAT_SET, cpu + 3) == bytes, "vCPU %u has others than %u bytes", cpu, bytes);
		check_regs(&v, cpu, cpu + 3, bytes, false);
		expect_result(vmm_get(&v, cpu, FPSR, &word), 0);
		expect(word == GUEST_FPSR, "FPSR is %#x", word);
		set_regs(&v, cpu, cpu + 55, bytes);
		check_regs(&v, cpu, cpu + 55, bytes, false);
		vmm_go(&v, cpu, WHAT_GET, cpu);
		expect(!vectors_differ((void *)(v.ram + DUMP_AT - GUEST_RAM + cpu * DUMP_PAGE), cpu + 55, bytes),
		       "vCPU %u finds others than the VMM's", cpu);
	}
	vmm_close(&v);
}

/* KVM_ARM_VCPU_INIT leaves the vCPU nothing of its last life. */
static void reset(void)
{
	struct vmm v;

	open_cut(&v, 16, 16);
	vmm_go(&v, 0, WHAT_SET, 9);
	expect(vmm_reg(&v, 0, ZCR_EL1) == 0xf, "ZCR_EL1 is %#lx", (long)vmm_reg(&v, 0, ZCR_EL1));
	vmm_init_cpu(&v, 0, SVE);
	check_regs(&v, 0, 0, MAX_BYTES, true);
	expect(vmm_reg(&v, 0, ZCR_EL1) != 0xf, "ZCR_EL1 is kept");
	vmm_close(&v);
}

/* KVM_RUN with a pattern in all vectors of this thread's: what it finds there after. */
static void run_with(struct vmm *v, struct vectors *mine)
{
	register long x0 asm("x0") = v->cpu[0];
	register long x1 asm("x1") = KVM_RUN;
	register long x2 asm("x2") = 0;
	register long x8 asm("x8") = 29;	/* ioctl */

	asm volatile(LOAD "svc #0\n\t" STORE
		     : "+r" (x0) : "r" (x1), "r" (x2), "r" (x8), [z] "r" (mine->z), [p] "r" (mine->p)
		     : "memory", ALL_V);
	expect(!x0, "KVM_RUN: %ld", x0);
}

/* A system call keeps V registers and the length, and of the rest either what was there or nothing. */
static void check_mine(const struct vectors *mine, unsigned int bytes)
{
	unsigned int i, n;

	for (i = 0; i < 32 * bytes; i++) {
		uint8_t was = z_byte(77, i / bytes, i % bytes);

		if (mine->z[i] != was && (i % bytes < 16 || mine->z[i]))
			die("Z%u: byte %u is %#x, it was %#x", i / bytes, i % bytes, mine->z[i], was);
	}
	for (i = 0; i < 17 * bytes / 8; i++) {
		n = i / (bytes / 8);
		if (mine->p[i] && mine->p[i] != p_byte(77, n, i % (bytes / 8), bytes / 8))
			die("P%u: byte %u is %#x", n, i % (bytes / 8), mine->p[i]);
	}
}

static void vmms_own(void)
{
	static const unsigned int mine_bytes[] = { 16, 32, 64, 256 };
	static struct vectors mine;
	unsigned int i, bytes;
	uint64_t val = 0;
	struct vmm v;

	open_cut(&v, 4, 16);
	for (i = 0; i < 4; i++) {
		if (prctl(PR_SVE_SET_VL, mine_bytes[i]) < 0)
			die("PR_SVE_SET_VL: %s", strerror(errno));
		bytes = vector_bytes();
		vmm_start(&v, 0, WHAT_SET, 5);
		vectors_fill(&mine, 77, bytes);
		run_with(&v, &mine);
		expect(v.run[0]->exit_reason == KVM_EXIT_MMIO, "exit %u", v.run[0]->exit_reason);
		check_mine(&mine, bytes);
		expect(vector_bytes() == bytes, "vectors of %lu bytes, they had %u", (long)vector_bytes(), bytes);
		expect((prctl(PR_SVE_GET_VL) & 0xffff) == (int)bytes, "%u bytes are another length", bytes);
		memcpy(&val, v.run[0]->mmio.data, 8);
		expect(val == 16 * longest(lengths(&v, 0)), "the guest's have %lu bytes", (long)val);
	}
	vmm_close(&v);
}

static volatile bool enough;

/* Long enough between load and store that other threads run on this CPU meanwhile. */
static void *run_host(void *p)
{
	static __thread struct vectors mine;
	uint64_t n = 0, bytes, spin;

	if (prctl(PR_SVE_SET_VL, (uintptr_t)p) < 0)
		die("PR_SVE_SET_VL: %s", strerror(errno));
	while (!enough) {
		pin_to(n / 8 % 2);
		bytes = vector_bytes();
		vectors_fill(&mine, n, bytes);
		spin = 2000000;
		asm volatile(LOAD "1:\n\tsubs %[n], %[n], #1\n\tb.ne 1b\n\t" STORE
			     : [n] "+r" (spin) : [z] "r" (mine.z), [p] "r" (mine.p)
			     : "cc", "memory", ALL_V);
		if (vectors_differ(&mine, n, bytes) || vector_bytes() != bytes)
			fail("host: register %u has changed", vectors_differ(&mine, n, bytes));
		n++;
	}
	return (void *)n;
}

struct runner {
	struct vmm *v;
	unsigned int cpu;
	uint64_t seed, rounds;
};

/* On both CPUs in turn, so that each meets the others there. */
static void *run_guest(void *p)
{
	struct runner *r = p;
	uint64_t val = 0, n = 0;
	unsigned int port;

	vmm_start(r->v, r->cpu, WHAT_ROUNDS, r->seed);
	while ((port = vmm_event(r->v, r->cpu, &val)) != PORT_DONE) {
		if (n++ % 16 == 0)
			pin_to(n / 16 % 2);
		if (port == PORT_TEST)
			val = enough;
	}
	r->rounds = val;
	return NULL;
}

/* Four vCPUs of two VMs, with vectors of three lengths, and two threads of the host with others. */
static void survive(void)
{
	struct runner r[4];
	pthread_t t[6];
	struct vmm v, w;
	unsigned int i;
	void *n;

	open_cut(&v, 16, 2);
	open_cut(&w, 16, 1);
	for (i = 0; i < 4; i++) {
		r[i] = (struct runner){ .v = i < 2 ? &v : &w, .cpu = i % 2, .seed = i };
		pthread_create(&t[i], NULL, run_guest, &r[i]);
	}
	pthread_create(&t[4], NULL, run_host, (void *)32UL);
	pthread_create(&t[5], NULL, run_host, (void *)128UL);
	sleep(SECONDS * vmm_slow());
	enough = true;
	for (i = 0; i < 6; i++) {
		pthread_join(t[i], &n);
		expect(i < 4 ? r[i].rounds : (uintptr_t)n, "%u did nothing", i);
	}
	vmm_close(&v);
	vmm_close(&w);
}

static const struct check checks[] = {
	{ "order", order },
	{ "refusals", refusals },
	{ "hidden", hidden },
	{ "own-traps", own_traps },
	{ "cut", cut },
	{ "onereg", onereg },
	{ "reset", reset },
	{ "vmms-own", vmms_own },
	{ "survive", survive },
	{ "absent", absent },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
