/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What syndrome registers mean for the guest that ran and for the host: functions
 * of register values alone, so that what the machine at hand cannot do can be tried.
 */
#ifndef TABULA_CPU_SYNDROME_H
#define TABULA_CPU_SYNDROME_H

#include <linux/bits.h>
#include <linux/types.h>

/* ESR_ELx (Arm ARM D19.2.40): fields of its instruction specific syndrome */
#define SYN_EC_SHIFT	26
#define SYN_EC		GENMASK_ULL(31, 26)
#define SYN_EC_IABT	0x20	/* from a lower exception level; from the same one it is one more */
#define SYN_EC_DABT	0x24
#define SYN_EC_SERROR	0x2f
#define SYN_IL		BIT_ULL(25)
#define SYN_FSC		GENMASK_ULL(5, 0)
#define SYN_WNR		BIT_ULL(6)	/* data aborts */
#define SYN_S1PTW	BIT_ULL(7)
#define SYN_CM		BIT_ULL(8)	/* data aborts */
#define SYN_EA		BIT_ULL(9)	/* external aborts and SErrors: of what kind */
#define SYN_FNV		BIT_ULL(10)	/* external aborts */
#define SYN_SET		GENMASK_ULL(12, 11)	/* external aborts, with FEAT_RAS */
#define SYN_SET_UC	(2ULL << 11)
#define SYN_AET		GENMASK_ULL(12, 10)	/* SErrors, with FEAT_RAS */
#define SYN_AET_UC	(0ULL << 10)
#define SYN_AET_UEU	(1ULL << 10)
#define SYN_AET_UEO	(2ULL << 10)
#define SYN_AET_UER	(3ULL << 10)
#define SYN_AET_CE	(6ULL << 10)
#define SYN_IDS		BIT_ULL(24)	/* SErrors: the rest is the implementation's own */

/* SPSR_ELx.M */
#define SYN_AARCH32	BIT_ULL(4)
#define SYN_MODE	GENMASK_ULL(3, 0)
#define SYN_EL0T	0
#define SYN_USR		0	/* of AArch32 */
#define SYN_EL1T	4
#define SYN_EL1H	5

/* Fault status codes */
#define SYN_FSC_TYPE		0x3c	/* without the level, for those that follow */
#define SYN_FSC_PERM		0x0c
#define SYN_FSC_EXTERNAL	0x10
#define SYN_FSC_WALK(level)	(0x14 + (level))	/* external abort on a table walk; level -1 to 3 */
#define SYN_FSC_PARITY		0x18
#define SYN_FSC_PARITY_WALK(level) (0x1c + (level))
#define SYN_FSC_EXCLUSIVE	0x35	/* unsupported exclusive or atomic access */
#define SYN_FSC_SERROR		0x11	/* an SError of which AET says more */

/* Who has to do with a physical SError that came while a guest ran; the worst is last. */
enum syn_serror {
	SYN_SERROR_NOBODY,	/* corrected, or nothing was used of what is bad */
	SYN_SERROR_GUEST,	/* it stayed in what was running: the guest takes it */
	SYN_SERROR_HOST,	/* it may be anywhere by now */
};

/**
 * syn_sort_serror() - who has to do with an SError
 * @esr: its syndrome, as ESR_EL2 has it
 * @has_ras: the CPU has FEAT_RAS
 *
 * Without FEAT_RAS, or with a syndrome of the implementation's own, nothing is said of how
 * far an error got: then it is what a guest's access caused, as with a device of its own
 * that answers with an error, and the guest's. A severity nobody knows is the worst.
 *
 * Source: Arm ARM D19.2.40, "ISS encoding for an SError interrupt"; ARM DDI 0587, 2.4.
 */
enum syn_serror syn_sort_serror(u64 esr, bool has_ras);

/**
 * syn_from_disr() - the syndrome of a deferred SError
 * @disr: DISR_EL1, not 0
 *
 * Return: what ESR_EL2 would have held, had the SError been taken.
 */
u64 syn_from_disr(u64 disr);

/**
 * syn_abort_is_uncontained() - may a synchronous external abort's error have spread?
 * @esr: ESR_EL2 of an instruction or data abort
 * @has_ras: the CPU has FEAT_RAS
 */
bool syn_abort_is_uncontained(u64 esr, bool has_ras);

/**
 * syn_abort_is_write() - must what an abort misses in stage 2 be writable?
 * @esr: ESR_EL2 of an instruction or data abort; the former has no WnR and no CM
 *
 * Of a walk of the guest's own tables WnR tells of the access that it was for: the walk
 * itself reads. Only where reading was not enough (a permission fault) it wanted to set a
 * bit in an entry. Cache maintenance has WnR set whatever it does.
 *
 * Source: Arm ARM D8.15, and D19.2.40 "ISS encoding for an exception from a Data Abort".
 */
bool syn_abort_is_write(u64 esr);

/**
 * syn_guest_fsc() - why an access failed, for the guest
 * @esr: ESR_EL2 of an abort that stage 2 cannot repair
 *
 * Return: fault status code for ESR_EL1. External aborts and parity errors keep theirs,
 * with the level of the table walk they were on; what only stage 2 knows of is an
 * external abort.
 */
u8 syn_guest_fsc(u64 esr);

/**
 * syn_guest_abort() - ESR_EL1 for an abort that the guest takes
 * @esr: ESR_EL2 of the exit that it stands for; only believed where that is an abort of
 *	the same kind
 * @is_fetch: an instruction abort
 * @same_el: the guest is at EL1
 * @fsc: fault status code
 *
 * Return: the register's value: no ISV, hence IL; FnV where the exit's FAR was not valid.
 */
u64 syn_guest_abort(u64 esr, bool is_fetch, bool same_el, u8 fsc);

/**
 * syn_can_run() - may the world switch return to this PSTATE?
 * @pstate: as SPSR_EL2 holds it
 * @has_aarch32: every CPU of the machine has AArch32 at EL0; on one that has not the
 *	exception return would be illegal, and end in EL2
 *
 * Return: true for AArch64 at EL0 or EL1, and for AArch32's user mode where it is.
 */
static __always_inline bool syn_can_run(u64 pstate, bool has_aarch32)
{
	const u64 runs = BIT_ULL(SYN_EL0T) | BIT_ULL(SYN_EL1T) | BIT_ULL(SYN_EL1H);

	if (pstate & SYN_AARCH32)
		return has_aarch32 && (pstate & SYN_MODE) == SYN_USR;
	return runs >> (pstate & SYN_MODE) & 1;
}

#endif
