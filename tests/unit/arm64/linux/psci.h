/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of PSCI the kernel's own header has nothing more that is used.
 */
#ifndef TEST_LINUX_PSCI_H
#define TEST_LINUX_PSCI_H

#include <linux/arm-smccc.h>
#include <linux/kernel.h>
#include <uapi/linux/psci.h>

#endif
