# SPDX-License-Identifier: GPL-2.0
SRCS_ioapic	:= src/x86/irq/ioapic.c
