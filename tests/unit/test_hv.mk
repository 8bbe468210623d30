# SPDX-License-Identifier: GPL-2.0
SRCS_hv		:= src/x86/hv/hv.c
FLAGS_hv	= $(X86)
