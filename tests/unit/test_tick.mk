# SPDX-License-Identifier: GPL-2.0
SRCS_tick	:= src/x86/irq/pit.c
FLAGS_tick	= $(X86)
