# SPDX-License-Identifier: GPL-2.0
SRCS_pv_clock	:= src/x86/pv/clock.c
SRCS_pv_steal	:= src/x86/pv/steal.c
SRCS_pv_eoi	= src/x86/pv/eoi.c $(LAPIC)
SRCS_pv_guest		:= $(addprefix src/x86/pv/,announce.c apf.c ending.c eoi.c hypercall.c msr.c steal.c stolen.c)
FLAGS_pv_guest		= $(X86)
FLAGS_announce		= $(X86)
FLAGS_apf		= $(X86)
FLAGS_ending		= $(X86)
FLAGS_hypercall		= $(X86)
FLAGS_msr		= $(X86)
FLAGS_stolen		= $(X86)
