/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the VMCB's fields, of which newer kernels renamed two and made the exit's code one
 * field of 64 bits.
 */
#ifndef TABULA_COMPAT_VMCB_H
#define TABULA_COMPAT_VMCB_H

#include <asm/svm.h>

#ifdef SVM_MISC_ENABLE_NP
#define nested_ctl				misc_ctl
#define virt_ext				misc_ctl2
#define SVM_NESTED_CTL_NP_ENABLE		SVM_MISC_ENABLE_NP
#define LBR_CTL_ENABLE_MASK			SVM_MISC2_ENABLE_V_LBR
#define VIRTUAL_VMLOAD_VMSAVE_ENABLE_MASK	SVM_MISC2_ENABLE_V_VMLOAD_VMSAVE
#endif

#endif
