/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arm64's, whatever the machine that runs the test is.
 */
#ifndef TEST_ASM_KVM_H
#define TEST_ASM_KVM_H

#include "/usr/aarch64-linux-gnu/include/asm/kvm.h"

#endif
