# SPDX-License-Identifier: GPL-2.0
SRCS_pit	:= src/x86/irq/pit.c
