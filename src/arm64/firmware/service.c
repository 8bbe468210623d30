// SPDX-License-Identifier: GPL-2.0
/*
 * Which call belongs to which service; see service.h.
 */
#include <linux/arm-smccc.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <uapi/linux/psci.h>

#include "service.h"

static const u64 service_all[SERVICE_MAPS] = {
	BIT(KVM_REG_ARM_STD_BIT_TRNG_V1_0),
	BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME),
	BIT(KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT) | BIT(KVM_REG_ARM_VENDOR_HYP_BIT_PTP),
};

enum { SERVICE_STD, SERVICE_STD_HYP, SERVICE_VENDOR_HYP };

static const struct {
	u32 function;
	u8 map;
	u8 bit;
} service_calls[] = {
	{ ARM_SMCCC_TRNG_VERSION, SERVICE_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0 },
	{ ARM_SMCCC_TRNG_FEATURES, SERVICE_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0 },
	{ ARM_SMCCC_TRNG_GET_UUID, SERVICE_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0 },
	{ ARM_SMCCC_TRNG_RND32, SERVICE_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0 },
	{ ARM_SMCCC_TRNG_RND64, SERVICE_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0 },
	{ ARM_SMCCC_HV_PV_TIME_FEATURES, SERVICE_STD_HYP, KVM_REG_ARM_STD_HYP_BIT_PV_TIME },
	{ ARM_SMCCC_HV_PV_TIME_ST, SERVICE_STD_HYP, KVM_REG_ARM_STD_HYP_BIT_PV_TIME },
	{ ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, SERVICE_VENDOR_HYP,
	  KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT },
	{ ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, SERVICE_VENDOR_HYP,
	  KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT },
	{ ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, SERVICE_VENDOR_HYP,
	  KVM_REG_ARM_VENDOR_HYP_BIT_PTP },
};

void service_init(struct service_maps *s)
{
	unsigned int i;

	for (i = 0; i < SERVICE_MAPS; i++)
		s->map[i] = service_all[i];
}

/* Functions 0 to 0x1f of the standard calls, by either convention (DEN0022 5.1). */
static bool service_is_psci(u32 function)
{
	return (function & ~(PSCI_0_2_64BIT | 0x1fU)) == PSCI_0_2_FN_BASE;
}

bool service_allows(const struct service_maps *s, u32 function)
{
	unsigned int i;

	/* PSCI's are nobody's here, and what guests call most */
	if (service_is_psci(function))
		return true;
	for (i = 0; i < ARRAY_SIZE(service_calls); i++)
		if (service_calls[i].function == function)
			return s->map[service_calls[i].map] & BIT(service_calls[i].bit);
	return true;
}

/* Which bitmap a register is; SERVICE_MAPS: none. */
static unsigned int service_number(u64 id)
{
	u64 n = id - KVM_REG_ARM_FW_FEAT_BMAP_REG(0);

	return n < SERVICE_MAPS ? array_index_nospec(n, SERVICE_MAPS) : SERVICE_MAPS;
}

u64 *service_reg(struct service_maps *s, u64 id)
{
	unsigned int n = service_number(id);

	return n < SERVICE_MAPS ? &s->map[n] : NULL;
}

int service_check(u64 id, u64 val)
{
	return val & ~service_all[service_number(id)] ? -EINVAL : 0;
}

u64 service_id(unsigned int n)
{
	return KVM_REG_ARM_FW_FEAT_BMAP_REG(n);
}
