/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In place of src/x86/svm/bare.h: the machine's own.
 */
#ifndef TABULA_SVM_BARE_H
#define TABULA_SVM_BARE_H

#include "cpu.h"

#define bare_clgi()			cpu_set_gif(false)
#define bare_stgi()			cpu_set_gif(true)
#define bare_vmsave(pa)			cpu_vmsave(pa)
#define bare_xsave(area, mask)		cpu_xsave(area, mask)
#define bare_xrstor(area, mask)		cpu_xrstor(area, mask)
#define bare_x87_forget()		cpu_x87_forget()
#define bare_fxsave(area)		cpu_xsave(area, 1)
#define bare_fxrstor(area)		cpu_xrstor(area, 1)

#endif
