# SPDX-License-Identifier: GPL-2.0
SRCS_pic	:= src/x86/irq/pic.c
