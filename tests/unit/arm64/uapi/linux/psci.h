/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PSCI's numbers, of the ABI.
 */
#ifndef TEST_UAPI_LINUX_PSCI_H
#define TEST_UAPI_LINUX_PSCI_H

#include "/usr/aarch64-linux-gnu/include/linux/psci.h"

#endif
