/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Function numbers of SMCCC (DEN0028) that the files here use.
 */
#ifndef SHIM_LINUX_ARM_SMCCC_H
#define SHIM_LINUX_ARM_SMCCC_H

#define SMCCC_RET_SUCCESS		0
#define SMCCC_RET_NOT_SUPPORTED		-1
#define ARM_SMCCC_HV_PV_TIME_FEATURES	0xc5000020U
#define ARM_SMCCC_HV_PV_TIME_ST		0xc5000021U

#endif
