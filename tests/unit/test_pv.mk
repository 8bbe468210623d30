# SPDX-License-Identifier: GPL-2.0
SRCS_pv_clock	:= src/x86/pv/clock.c
SRCS_pv_steal	:= src/x86/pv/steal.c
SRCS_pv_eoi	= src/x86/pv/eoi.c $(LAPIC)
