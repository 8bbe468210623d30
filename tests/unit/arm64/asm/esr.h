/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Syndromes (Arm ARM D24.2.40).
 */
#ifndef TEST_ASM_ESR_H
#define TEST_ASM_ESR_H

#define ESR_ELx_EC_SHIFT	26
#define ESR_ELx_EC_UNKNOWN	0x00UL
#define ESR_ELx_IL		(1UL << 25)
#define ESR_ELx_ISS_MASK	0x1ffffffUL
#define ESR_ELx_EC(esr)		(((esr) >> ESR_ELx_EC_SHIFT) & 0x3f)

#endif
