/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system registers that a guest at EL1 may read here, and what they hold
 * before it has written any: Arm ARM D19, IHI 0069 12.2. All else is undefined.
 */
#ifndef TESTS_LAB_REGS_H
#define TESTS_LAB_REGS_H

#include <stddef.h>

#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define SCAN_FIRST	ENCODING(2, 0, 0, 0, 0)
#define SCAN_COUNT	(2 << 14)

/* What a register's first value must be. */
enum reg_kind {
	REG_VALUE,	/* this */
	REG_MAYBE,	/* this; but the emulator may lack it before any hypervisor is asked */
	REG_SELF,	/* it identifies the machine, or counts, or is the test's own */
};

struct reg {
	const char *name;
	unsigned int enc;
	enum reg_kind kind;
	unsigned long value;
	const char *feature;	/* only with this one, see reg_exists() */
};

#define R(name, op0, op1, crn, crm, op2, value) \
	{ name, ENCODING(op0, op1, crn, crm, op2), REG_VALUE, value, NULL }
#define S(name, op0, op1, crn, crm, op2) { name, ENCODING(op0, op1, crn, crm, op2), REG_SELF, 0, NULL }
#define F(name, op0, op1, crn, crm, op2, feature) \
	{ name, ENCODING(op0, op1, crn, crm, op2), REG_SELF, 0, feature }
#define M(name, op0, op1, crn, crm, op2) \
	{ name, ENCODING(op0, op1, crn, crm, op2), REG_MAYBE, 0, NULL }
#define G(name, crn, crm, op2, value) { name, ENCODING(3, 0, crn, crm, op2), REG_VALUE, value, "gic" }

static const struct reg regs[] = {
	M("OSDTRRX_EL1", 2, 0, 0, 0, 2),
	R("MDCCINT_EL1", 2, 0, 0, 2, 0, 0),
	R("MDSCR_EL1", 2, 0, 0, 2, 2, 0),
	M("OSDTRTX_EL1", 2, 0, 0, 3, 2),
	M("OSECCR_EL1", 2, 0, 0, 6, 2),
	R("MDRAR_EL1", 2, 0, 1, 0, 0, 0),
	R("OSLSR_EL1", 2, 0, 1, 1, 4, 8),
	R("OSDLR_EL1", 2, 0, 1, 3, 4, 0),
	M("DBGPRCR_EL1", 2, 0, 1, 4, 4),
	M("DBGCLAIMSET_EL1", 2, 0, 7, 8, 6),
	M("DBGCLAIMCLR_EL1", 2, 0, 7, 9, 6),
	M("DBGAUTHSTATUS_EL1", 2, 0, 7, 14, 6),
	R("MDCCSR_EL0", 2, 3, 0, 1, 0, 0),
	M("DBGDTR_EL0", 2, 3, 0, 4, 0),
	M("DBGDTRRX_EL0", 2, 3, 0, 5, 0),
	S("MIDR_EL1", 3, 0, 0, 0, 0),
	S("MPIDR_EL1", 3, 0, 0, 0, 5),
	S("REVIDR_EL1", 3, 0, 0, 0, 6),
	S("SCTLR_EL1", 3, 0, 1, 0, 0),
	R("ACTLR_EL1", 3, 0, 1, 0, 1, 0),
	S("CPACR_EL1", 3, 0, 1, 0, 2),
	/* only FEAT_FGT hides it, which QEMU's max has not before 8.0 */
	M("SMPRI_EL1", 3, 0, 1, 2, 4),
	R("TTBR0_EL1", 3, 0, 2, 0, 0, 0),
	R("TTBR1_EL1", 3, 0, 2, 0, 1, 0),
	R("TCR_EL1", 3, 0, 2, 0, 2, 0),
	S("SPSR_EL1", 3, 0, 4, 0, 0),
	S("ELR_EL1", 3, 0, 4, 0, 1),
	R("SP_EL0", 3, 0, 4, 1, 0, 0),
	S("SPSel", 3, 0, 4, 2, 0),
	S("CurrentEL", 3, 0, 4, 2, 2),
	F("PAN", 3, 0, 4, 2, 3, "pan"),
	F("UAO", 3, 0, 4, 2, 4, "uao"),
	S("NZCV", 3, 3, 4, 2, 0),
	S("DAIF", 3, 3, 4, 2, 1),
	F("DIT", 3, 3, 4, 2, 5, "dit"),
	F("SSBS", 3, 3, 4, 2, 6, "ssbs"),
	F("TCO", 3, 3, 4, 2, 7, "mte"),
	R("FPCR", 3, 3, 4, 4, 0, 0),
	R("FPSR", 3, 3, 4, 4, 1, 0),
	R("AFSR0_EL1", 3, 0, 5, 1, 0, 0),
	R("AFSR1_EL1", 3, 0, 5, 1, 1, 0),
	S("ESR_EL1", 3, 0, 5, 2, 0),
	S("FAR_EL1", 3, 0, 6, 0, 0),
	R("PAR_EL1", 3, 0, 7, 4, 0, 0),
	R("MAIR_EL1", 3, 0, 10, 2, 0, 0),
	R("AMAIR_EL1", 3, 0, 10, 3, 0, 0),
	S("VBAR_EL1", 3, 0, 12, 0, 0),
	S("ISR_EL1", 3, 0, 12, 1, 0),
	/* nothing traps it, so it may be there with RAS hidden */
	M("DISR_EL1", 3, 0, 12, 1, 1),
	R("CONTEXTIDR_EL1", 3, 0, 13, 0, 1, 0),
	R("TPIDR_EL1", 3, 0, 13, 0, 4, 0),
	R("CNTKCTL_EL1", 3, 0, 14, 1, 0, 0),
	S("CCSIDR_EL1", 3, 1, 0, 0, 0),
	S("CLIDR_EL1", 3, 1, 0, 0, 1),
	F("CCSIDR2_EL1", 3, 1, 0, 0, 2, "ccidx"),
	S("AIDR_EL1", 3, 1, 0, 0, 7),
	{ "SMIDR_EL1", ENCODING(3, 1, 0, 0, 6), REG_MAYBE, 0, "kernel" },
	R("CSSELR_EL1", 3, 2, 0, 0, 0, 0),
	S("CTR_EL0", 3, 3, 0, 0, 1),
	S("DCZID_EL0", 3, 3, 0, 0, 7),
	F("RNDR", 3, 3, 2, 4, 0, "rndr"),
	F("RNDRRS", 3, 3, 2, 4, 1, "rndr"),
	R("TPIDR_EL0", 3, 3, 13, 0, 2, 0),
	{ "TPIDR2_EL0", ENCODING(3, 3, 13, 0, 5), REG_VALUE, 0, "sme" },	/* as SMPRI_EL1 */
	R("TPIDRRO_EL0", 3, 3, 13, 0, 3, 0),
	S("CNTFRQ_EL0", 3, 3, 14, 0, 0),
	S("CNTPCT_EL0", 3, 3, 14, 0, 1),
	S("CNTVCT_EL0", 3, 3, 14, 0, 2),
	F("CNTPCTSS_EL0", 3, 3, 14, 0, 5, "ecv"),
	F("CNTVCTSS_EL0", 3, 3, 14, 0, 6, "ecv"),
	S("CNTP_TVAL_EL0", 3, 3, 14, 2, 0),
	R("CNTP_CTL_EL0", 3, 3, 14, 2, 1, 0),
	R("CNTP_CVAL_EL0", 3, 3, 14, 2, 2, 0),
	S("CNTV_TVAL_EL0", 3, 3, 14, 3, 0),
	R("CNTV_CTL_EL0", 3, 3, 14, 3, 1, 0),
	R("CNTV_CVAL_EL0", 3, 3, 14, 3, 2, 0),
	G("ICC_PMR_EL1", 4, 6, 0, 0),
	G("ICC_IAR0_EL1", 12, 8, 0, 1023),
	G("ICC_HPPIR0_EL1", 12, 8, 2, 1023),
	{ "ICC_BPR0_EL1", ENCODING(3, 0, 12, 8, 3), REG_SELF, 0, "gic" },
	G("ICC_AP0R0_EL1", 12, 8, 4, 0),
	G("ICC_AP1R0_EL1", 12, 9, 0, 0),
	G("ICC_RPR_EL1", 12, 11, 3, 0xff),
	G("ICC_IAR1_EL1", 12, 12, 0, 1023),
	G("ICC_HPPIR1_EL1", 12, 12, 2, 1023),
	{ "ICC_BPR1_EL1", ENCODING(3, 0, 12, 12, 3), REG_SELF, 0, "gic" },
	{ "ICC_CTLR_EL1", ENCODING(3, 0, 12, 12, 4), REG_SELF, 0, "gic" },
	/* without a GIC too: QEMU does not know ICC_SRE_EL2.Enable */
	{ "ICC_SRE_EL1", ENCODING(3, 0, 12, 12, 5), REG_MAYBE, 7, NULL },
	G("ICC_IGRPEN0_EL1", 12, 12, 6, 0),
	G("ICC_IGRPEN1_EL1", 12, 12, 7, 0),
	{ "PMMIR_EL1", ENCODING(3, 0, 9, 14, 6), REG_MAYBE, 0, "kernel" },
	/* there are no error records and no LORegions, but registers that say so */
	{ "ERRIDR_EL1", ENCODING(3, 0, 5, 3, 0), REG_VALUE, 0, "ras" },
	{ "ERRSELR_EL1", ENCODING(3, 0, 5, 3, 1), REG_MAYBE, 0, "ras" },
	{ "ERXFR_EL1", ENCODING(3, 0, 5, 4, 0), REG_MAYBE, 0, "ras" },
	{ "ERXCTLR_EL1", ENCODING(3, 0, 5, 4, 1), REG_MAYBE, 0, "ras" },
	{ "ERXSTATUS_EL1", ENCODING(3, 0, 5, 4, 2), REG_MAYBE, 0, "ras" },
	{ "ERXADDR_EL1", ENCODING(3, 0, 5, 4, 3), REG_MAYBE, 0, "ras" },
	{ "ERXMISC0_EL1", ENCODING(3, 0, 5, 5, 0), REG_MAYBE, 0, "ras" },
	{ "ERXMISC1_EL1", ENCODING(3, 0, 5, 5, 1), REG_MAYBE, 0, "ras" },
	{ "LORSA_EL1", ENCODING(3, 0, 10, 4, 0), REG_VALUE, 0, "lor" },
	{ "LOREA_EL1", ENCODING(3, 0, 10, 4, 1), REG_VALUE, 0, "lor" },
	{ "LORN_EL1", ENCODING(3, 0, 10, 4, 2), REG_VALUE, 0, "lor" },
	{ "LORC_EL1", ENCODING(3, 0, 10, 4, 3), REG_VALUE, 0, "lor" },
	{ "LORID_EL1", ENCODING(3, 0, 10, 4, 7), REG_VALUE, 0, "lor" },
};

#undef R
#undef S
#undef F
#undef G
#undef M

/* In the order that guest_dump() stores them. */
#define DUMP_NAMES \
	"NZCV", "DAIF", "CurrentEL", "SPSel", "SP_EL0", "ELR_EL1", "SPSR_EL1", "ESR_EL1", "FAR_EL1", \
	"VBAR_EL1", "PAR_EL1", "TPIDR_EL0", "TPIDRRO_EL0", "TPIDR_EL1", "SCTLR_EL1", "CPACR_EL1", \
	"TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", "MAIR_EL1", "AMAIR_EL1", "CONTEXTIDR_EL1", "AFSR0_EL1", \
	"AFSR1_EL1", "CSSELR_EL1", "CNTKCTL_EL1", "MDSCR_EL1", "CNTV_CTL_EL0", "CNTV_CVAL_EL0", \
	"CNTP_CTL_EL0", "CNTP_CVAL_EL0"

#endif
