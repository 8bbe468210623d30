/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which debug exceptions a guest's registers ask for: functions of values alone.
 */
#ifndef TABULA_CPU_DEBUG_H
#define TABULA_CPU_DEBUG_H

#include <linux/bits.h>
#include <linux/types.h>

/* MDSCR_EL1: what a guest may set; the rest is external debug's, or RES0 */
#define DEBUG_MDSCR_SS		BIT_ULL(0)
#define DEBUG_MDSCR_TDCC	BIT_ULL(12)
#define DEBUG_MDSCR_KDE		BIT_ULL(13)
#define DEBUG_MDSCR_MDE		BIT_ULL(15)
#define DEBUG_MDSCR_GUEST	(DEBUG_MDSCR_SS | DEBUG_MDSCR_TDCC | DEBUG_MDSCR_KDE | DEBUG_MDSCR_MDE)

/* OSLSR_EL1.OSLK */
#define DEBUG_OSLSR_LOCKED	BIT_ULL(1)

/**
 * debug_mdscr() - MDSCR_EL1 while a guest runs
 * @mdscr: the guest's MDSCR_EL1
 * @oslsr: the guest's OSLSR_EL1
 *
 * The lock is emulated: locked, breakpoints, watchpoints and single step are off, and what
 * the guest has set stays as it is, for it to save (Arm ARM D2.3, H3.4). BRK needs none.
 *
 * Return: the register's value.
 */
static inline u64 debug_mdscr(u64 mdscr, u64 oslsr)
{
	return oslsr & DEBUG_OSLSR_LOCKED ? 0 : mdscr & DEBUG_MDSCR_GUEST;
}

/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1: matches at EL2 and in another security state */
#define DEBUG_CR_ELSEWHERE	GENMASK_ULL(15, 13)

/**
 * debug_mdscr_for() - MDSCR_EL1 while a guest runs that its VMM debugs
 * @mdscr: as debug_mdscr() returns it
 * @steps: the VMM steps it
 * @stops: the VMM has breakpoints and watchpoints in hardware
 *
 * All debug exceptions are the VMM's then (MDCR_EL2.TDE), and at EL2 neither the guest's OS lock
 * nor PSTATE.D keeps them off. The guest does not step itself meanwhile.
 *
 * Return: the register's value.
 */
static inline u64 debug_mdscr_for(u64 mdscr, bool steps, bool stops)
{
	mdscr &= ~DEBUG_MDSCR_SS;
	if (steps)
		mdscr |= DEBUG_MDSCR_SS;
	if (stops)
		mdscr |= DEBUG_MDSCR_KDE | DEBUG_MDSCR_MDE;
	return mdscr;
}

/**
 * debug_is_swapped() - must the guest's breakpoints and watchpoints, or its debugger's, be in hardware?
 * @mdscr: as debug_mdscr() or debug_mdscr_for() returns it
 *
 * MDSCR_EL1.MDE alone enables them, whoever's are in hardware.
 *
 * Return: false: those of the host, which are there then, are silent, too.
 */
static inline bool debug_is_swapped(u64 mdscr)
{
	return mdscr & DEBUG_MDSCR_MDE;
}

#endif
