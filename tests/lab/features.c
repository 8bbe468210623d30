// SPDX-License-Identifier: GPL-2.0
/*
 * What the ID registers show a guest works, at EL1 and at EL0; and what EL0 may not have unless EL1
 * allows it, traps to EL1 with the right class. Arm ARM D19.2, D1.
 */
#define _GNU_SOURCE
#include "step.h"
#include "vmm.h"

enum { WHAT_DENY, WHAT_ALLOW };

#define AT	(GUEST_RAM + 0x300000)

#ifdef GUEST

bool guest_sync(struct guest_frame *f)
{
	return step_sync(f);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	/* UCI, UCT, DZE and UMA; counters and timers of EL0 */
	const uint64_t allow = 1 << 26 | 1 << 15 | 1 << 14 | 1 << 9;
	uint64_t sctlr = read_reg(sctlr_el1);

	write_reg(what == WHAT_ALLOW ? sctlr | allow : sctlr & ~allow, sctlr_el1);
	write_reg(what == WHAT_ALLOW ? 0x303 : 0, cntkctl_el1);
	write_reg(read_reg(cpacr_el1) | 3 << 20, cpacr_el1);
	step_run((struct step *)STEP_AT);
	return 0;
}

#else

#define ID(crm, op2)	VMM_SYS(3, 0, 0, crm, op2)
#define EL1_ONLY	1	/* not for EL0, or not by what guest_main() allows */

/* From that value of the ID register's field on, the instruction is there; signed fields count 15 as none. */
static const struct feature {
	const char *name;
	uint64_t id;
	unsigned int shift, min;
	uint32_t insn, flags;
} features[] = {
	{ "FP", ID(4, 0), 16, 0, 0x1e604020, 0 },
	{ "FP16", ID(4, 0), 16, 1, 0x1ee22820, 0 },
	{ "RAS", ID(4, 0), 28, 1, 0xd5385300, EL1_ONLY },		/* ERRIDR_EL1 */
	{ "ESB", ID(4, 0), 28, 1, 0xd503221f, 0 },
	{ "DISR", ID(4, 0), 28, 1, 0xd538c120, EL1_ONLY },
	{ "DIT", ID(4, 0), 48, 1, 0xd503415f, 0 },
	{ "SSBS", ID(4, 1), 4, 2, 0xd53b42c0, 0 },
	{ "AES", ID(6, 0), 4, 1, 0x4e284820, 0 },
	{ "PMULL", ID(6, 0), 4, 2, 0x0ee2e020, 0 },
	{ "SHA1", ID(6, 0), 8, 1, 0x5e280820, 0 },
	{ "SHA256", ID(6, 0), 12, 1, 0x5e282820, 0 },
	{ "SHA512", ID(6, 0), 12, 2, 0xcec08020, 0 },
	{ "CRC32", ID(6, 0), 16, 1, 0x1ac24020, 0 },
	{ "LSE", ID(6, 0), 20, 2, 0xf8210062, 0 },
	{ "RDM", ID(6, 0), 28, 1, 0x2e428420, 0 },
	{ "SHA3", ID(6, 0), 32, 1, 0xce020c20, 0 },
	{ "SM3", ID(6, 0), 36, 1, 0xce62c020, 0 },
	{ "SM4", ID(6, 0), 40, 1, 0xcec08420, 0 },
	{ "DotProd", ID(6, 0), 44, 1, 0x4e829420, 0 },
	{ "FHM", ID(6, 0), 48, 1, 0x0e22ec20, 0 },
	{ "FlagM", ID(6, 0), 52, 1, 0xba008401, 0 },
	{ "FlagM2", ID(6, 0), 52, 2, 0xd500405f, 0 },
	{ "TLBIOS", ID(6, 0), 56, 1, 0xd508811f, EL1_ONLY },
	{ "TLBIRANGE", ID(6, 0), 56, 2, 0xd5088220, EL1_ONLY },
	{ "RNG", ID(6, 0), 60, 1, 0xd53b2400, 0 },
	{ "DPB", ID(6, 1), 0, 1, 0xd50b7c23, 0 },
	{ "DPB2", ID(6, 1), 0, 2, 0xd50b7d23, 0 },
	{ "JSCVT", ID(6, 1), 12, 1, 0x1e7e0020, 0 },
	{ "FCMA", ID(6, 1), 16, 1, 0x6ec2e420, 0 },
	{ "LRCPC", ID(6, 1), 20, 1, 0xf8bfc060, 0 },
	{ "LRCPC2", ID(6, 1), 20, 2, 0xd9400060, 0 },
	{ "FRINTTS", ID(6, 1), 32, 1, 0x1e684020, 0 },
	{ "SB", ID(6, 1), 36, 1, 0xd50330ff, 0 },
	{ "SPECRES", ID(6, 1), 40, 1, 0xd50b7380, EL1_ONLY },
	{ "BF16", ID(6, 1), 44, 1, 0x6e42fc20, 0 },
	{ "I8MM", ID(6, 1), 52, 1, 0x4e829c20, 0 },
	{ "PAN", ID(7, 1), 20, 1, 0xd5384260, EL1_ONLY },
	{ "UAO", ID(7, 2), 4, 1, 0xd5384280, EL1_ONLY },
};

/* Runs one instruction. Returns ESR_EL1 of what it ran into, or 0. */
static uint64_t try_it(struct vmm *v, uint32_t insn, uint32_t flags, unsigned int what)
{
	struct step *s = step_new(v, insn, flags);

	s->x[0] = 0;
	s->x[3] = AT;
	vmm_go(v, 0, what, 0);
	return s->esr;
}

static void check_shown(void)
{
	unsigned int i, n = 0, val;
	struct vmm v;
	uint64_t esr;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];

		val = vmm_reg(&v, 0, f->id) >> f->shift & 0xf;
		if (val < f->min || (!f->min && val == 0xf))
			continue;
		n++;
		esr = try_it(&v, f->insn, 0, WHAT_ALLOW);
		expect(!esr, "%s is shown, and at EL1 ends with ESR %#lx", f->name, (long)esr);
		if (f->flags & EL1_ONLY)
			continue;
		esr = try_it(&v, f->insn, STEP_EL0, WHAT_ALLOW);
		expect(!esr, "%s is shown, and at EL0 ends with ESR %#lx", f->name, (long)esr);
	}
	printf("# %u features\n", n);
	vmm_close(&v);
}

#define RUNS	0x40
#define TRAPS	0x41	/* in one of the ways that there are */

/* Classes of what EL0 runs into, without EL1's leave and with it. */
static const struct {
	const char *name;
	uint32_t insn;
	uint8_t denied, allowed;
} el0[] = {
	{ "ID_AA64PFR0_EL1", 0xd5380400, TRAPS, TRAPS },
	{ "MIDR_EL1", 0xd5380000, TRAPS, TRAPS },
	{ "CNTVCT_EL0", 0xd53be040, EC_SYS64, RUNS },
	{ "CNTPCT_EL0", 0xd53be020, EC_SYS64, RUNS },
	{ "CNTV_CTL_EL0", 0xd53be320, EC_SYS64, RUNS },
	{ "CNTP_CVAL_EL0", 0xd53be240, EC_SYS64, RUNS },
	{ "CTR_EL0", 0xd53b0020, EC_SYS64, RUNS },
	{ "DCZID_EL0", 0xd53b00e0, RUNS, RUNS },
	{ "TPIDRRO_EL0", 0xd53bd060, RUNS, RUNS },
	{ "a write of TPIDRRO_EL0", 0xd51bd060, EC_UNKNOWN, EC_UNKNOWN },
	{ "TPIDR_EL0", 0xd53bd040, RUNS, RUNS },
	{ "TPIDR_EL1", 0xd538d080, EC_UNKNOWN, EC_UNKNOWN },
	/* PMCCNTR_EL0 passes by the trap in QEMU 7.2 */
	{ "PMCNTENSET_EL0", 0xd53b9c20, TRAPS, TRAPS },
	{ "ICC_HPPIR1_EL1", 0xd538cc40, EC_UNKNOWN, EC_UNKNOWN },
	{ "DAIF", 0xd53b4220, EC_SYS64, RUNS },
	{ "SCTLR_EL1", 0xd5381000, EC_UNKNOWN, EC_UNKNOWN },
	{ "DC IVAC", 0xd5087623, EC_UNKNOWN, EC_UNKNOWN },
	{ "DC CIVAC", 0xd50b7e23, EC_SYS64, RUNS },
	{ "IC IVAU", 0xd50b7523, EC_SYS64, RUNS },
	{ "HVC", 0xd4000002, EC_UNKNOWN, EC_UNKNOWN },
	{ "SMC", 0xd4000003, EC_UNKNOWN, EC_UNKNOWN },
	{ "ERET", 0xd69f03e0, EC_UNKNOWN, EC_UNKNOWN },
};

static void check_el0(void)
{
	unsigned int i, what, want;
	struct vmm v;
	uint64_t esr;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(el0) / sizeof(el0[0]); i++)
		for (what = WHAT_DENY; what <= WHAT_ALLOW; what++) {
			want = what == WHAT_DENY ? el0[i].denied : el0[i].allowed;
			esr = try_it(&v, el0[i].insn, STEP_EL0, what);
			if (want == RUNS)
				expect(!esr, "%s, %s: ESR %#lx", el0[i].name, what ? "allowed" : "not allowed", (long)esr);
			else
				expect(esr && (want == TRAPS ? EC(esr) == EC_UNKNOWN || EC(esr) == EC_SYS64 : EC(esr) == want),
				       "%s, %s: ESR %#lx", el0[i].name, what ? "allowed" : "not allowed", (long)esr);
		}
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "shown", check_shown },
	{ "el0", check_el0 },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
