// SPDX-License-Identifier: GPL-2.0
/*
 * What stage 2 may count on: read once from the ID registers of all CPUs.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/cache.h>
#include <asm/cpufeature.h>

#include "../../compat/sysreg.h"
#include "../machine.h"
#include "hw.h"

struct hw_features hw_features;

static u8 hw_pa_bits(u64 mmfr0)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int range = mmfr0 & 0xf;	/* PARange */

	/* 52 bits and more need FEAT_LPA2 with 4 KiB pages: not used. */
	return range < ARRAY_SIZE(bits) ? bits[range] : 48;
}

/* TGran4_2: 0 says as TGran4 says (0xf: not there), 1 not there, 2 and above there. */
static bool hw_has_4k_stage2(u64 mmfr0)
{
	unsigned int tgran4_2 = (mmfr0 >> ID_AA64MMFR0_EL1_TGRAN4_2_SHIFT) & 0xf;
	unsigned int tgran4 = (mmfr0 >> ID_AA64MMFR0_EL1_TGRAN4_SHIFT) & 0xf;

	return tgran4_2 ? tgran4_2 >= 2 : tgran4 != 0xf;
}

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide,
		 "features of the CPU to do without, comma-separated: fwb, idc, dic, range-tlbi");

/* Without a feature there is more to do, never less. */
static int hw_hide(const char *names)
{
	const struct {
		const char *name;
		bool *feature;
	} all[] = {
		{ "fwb", &hw_features.fwb },
		{ "idc", &hw_features.idc },
		{ "dic", &hw_features.dic },
		{ "range-tlbi", &hw_features.range_tlbi },
	};
	unsigned int i;

	while (names && *names) {
		size_t len = strcspn(names, ",");

		for (i = 0; i < ARRAY_SIZE(all); i++) {
			if (strlen(all[i].name) == len && !strncmp(all[i].name, names, len))
				break;
		}
		if (i == ARRAY_SIZE(all)) {
			pr_err("tabula: hide= knows fwb, idc, dic and range-tlbi, not \"%.*s\"\n",
			       (int)len, names);
			return -EINVAL;
		}
		*all[i].feature = false;
		names += len;
		names += *names == ',';
	}
	return 0;
}

int hw_init(void)
{
	/* The kernel's copy of CTR_EL0 holds the effective IDC of all CPUs. */
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	u64 isar0 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR0_EL1);
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);
	u64 mmfr1 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR1_EL1);
	u64 mmfr2 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR2_EL1);

	if (!hw_has_4k_stage2(mmfr0)) {
		pr_err("tabula: this CPU has no 4 KiB granule at stage 2\n");
		return -ENODEV;
	}

	hw_features = (struct hw_features) {
		.fwb = (mmfr2 >> ID_AA64MMFR2_EL1_FWB_SHIFT) & 0xf,
		.idc = ctr & BIT(CTR_EL0_IDC_SHIFT),
		.dic = (ctr & BIT(CTR_EL0_DIC_SHIFT)) &&
		       !machine_needs(&machine, ERRATA_STALE_FETCH),
		.range_tlbi = ((isar0 >> ID_AA64ISAR0_EL1_TLB_SHIFT) & 0xf) >= 2,
		.hafdbs = ((mmfr1 >> ID_AA64MMFR1_EL1_HAFDBS_SHIFT) & 0xf) &&
			  !machine_needs(&machine, ERRATA_NO_S2_AF),
		.vmid_bits = ((mmfr1 >> ID_AA64MMFR1_EL1_VMIDBits_SHIFT) & 0xf) == 2 ? 16 : 8,
		.pa_bits = hw_pa_bits(mmfr0),
		.dcache_line = 4U << ((ctr >> CTR_EL0_DminLine_SHIFT) & 0xf),
		.icache_line = 4U << ((ctr >> CTR_EL0_IminLine_SHIFT) & 0xf),
		/* the kernel's list may be younger than ours */
		.repeat_tlbi = machine_needs(&machine, ERRATA_REPEAT_TLBI) ||
			       cpus_have_final_cap(ARM64_WORKAROUND_REPEAT_TLBI_SYNC),
		.hcr_barriers = machine_needs(&machine, ERRATA_HCR_BARRIERS),
	};
	return hw_hide(hide);
}
