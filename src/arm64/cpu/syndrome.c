// SPDX-License-Identifier: GPL-2.0
/*
 * What syndrome registers mean; see syndrome.h.
 */
#include <linux/compiler.h>

#include "syndrome.h"

noinstr enum syn_serror syn_sort_serror(u64 esr, bool has_ras)
{
	if (!has_ras || (esr & SYN_IDS) || (esr & SYN_FSC) != SYN_FSC_SERROR)
		return SYN_SERROR_GUEST;
	switch (esr & SYN_AET) {
	case SYN_AET_CE:
	case SYN_AET_UEO:
		return SYN_SERROR_NOBODY;
	case SYN_AET_UER:
	case SYN_AET_UEU:
		/* both are contained: what ran cannot go on, unrepaired or at all */
		return SYN_SERROR_GUEST;
	default:
		return SYN_SERROR_HOST;
	}
}

noinstr u64 syn_from_disr(u64 disr)
{
	u64 iss = disr & (SYN_IDS | GENMASK_ULL(23, 0));

	/* without IDS only AET, EA and DFSC are defined, and they lie where ESR_EL2 has them */
	return (u64)SYN_EC_SERROR << SYN_EC_SHIFT | SYN_IL | iss;
}

static bool syn_is_abort(u64 esr, bool is_fetch)
{
	return (esr & SYN_EC) >> SYN_EC_SHIFT == (is_fetch ? SYN_EC_IABT : SYN_EC_DABT);
}

bool syn_abort_is_uncontained(u64 esr, bool has_ras)
{
	return has_ras && (esr & SYN_FSC) == SYN_FSC_EXTERNAL && (esr & SYN_SET) == SYN_SET_UC;
}

bool syn_abort_is_write(u64 esr)
{
	if (esr & SYN_S1PTW)
		return (esr & SYN_FSC_TYPE) == SYN_FSC_PERM;
	return (esr & SYN_WNR) && !(esr & SYN_CM);
}

u8 syn_guest_fsc(u64 esr)
{
	u8 fsc = esr & SYN_FSC;

	switch (fsc) {
	case SYN_FSC_EXTERNAL:
	case SYN_FSC_PARITY:
	case SYN_FSC_EXCLUSIVE:
	case SYN_FSC_WALK(-1) ... SYN_FSC_WALK(3):
	case SYN_FSC_PARITY_WALK(-1) ... SYN_FSC_PARITY_WALK(3):
		return fsc;
	default:
		return SYN_FSC_EXTERNAL;
	}
}

u64 syn_guest_abort(u64 esr, bool is_fetch, bool same_el, u8 fsc)
{
	u64 ec = (is_fetch ? SYN_EC_IABT : SYN_EC_DABT) + same_el;
	u64 keep = 0;

	if (syn_is_abort(esr, is_fetch)) {
		if (!is_fetch)
			keep |= SYN_WNR | SYN_CM;
		if (fsc == SYN_FSC_EXTERNAL && (esr & SYN_FSC) == SYN_FSC_EXTERNAL)
			keep |= SYN_FNV;
	}
	return ec << SYN_EC_SHIFT | SYN_IL | (esr & keep) | fsc;
}
