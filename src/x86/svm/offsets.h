/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the world switch's assembly finds general registers: by their numbers in
 * instructions. RAX and RSP are the VMCB's.
 */
#ifndef TABULA_SVM_OFFSETS_H
#define TABULA_SVM_OFFSETS_H

#define SVM_RAX		0
#define SVM_RCX		1
#define SVM_RDX		2
#define SVM_RBX		3
#define SVM_RSP		4
#define SVM_RBP		5
#define SVM_RSI		6
#define SVM_RDI		7
#define SVM_GPRS	16

#endif
