/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Byte order: this machine is little-endian, as all it runs on.
 */
#ifndef SHIM_ASM_BYTEORDER_H
#define SHIM_ASM_BYTEORDER_H

#include_next <asm/byteorder.h>

#define cpu_to_le32	__cpu_to_le32
#define le32_to_cpu	__le32_to_cpu
#define cpu_to_le64	__cpu_to_le64
#define le64_to_cpu	__le64_to_cpu
#define be64_to_cpu	__be64_to_cpu

#endif
