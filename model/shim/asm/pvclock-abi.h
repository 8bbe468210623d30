/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stolen time as the guest reads it (DEN0057).
 */
#ifndef SHIM_ASM_PVCLOCK_ABI_H
#define SHIM_ASM_PVCLOCK_ABI_H

#include <linux/types.h>

struct pvclock_vcpu_stolen_time {
	__le32 revision;
	__le32 attributes;
	__le64 stolen_time;
	u8 padding[48];
} __packed;

#endif
