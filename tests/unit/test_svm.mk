# SPDX-License-Identifier: GPL-2.0
SRCS_svm_event	:= src/x86/svm/event.c
FLAGS_svm_event	= $(X86)
SRCS_x86_regs	:= $(addprefix src/x86/abi/,events.c regs.c)
FLAGS_x86_regs	= $(X86)
FLAGS_events	= $(X86)
FLAGS_regs	= $(X86)
SRCS_svm_registers := $(addprefix src/x86/svm/,control.c debug.c fetch.c insn.c state.c)
FLAGS_svm_registers = $(X86)
FLAGS_control	= $(X86)
FLAGS_debug	= $(X86)
FLAGS_fetch	= $(X86)
FLAGS_state	= $(X86)
SRCS_svm_walk	:= src/x86/svm/walk.c
FLAGS_svm_walk	= $(X86)
FLAGS_walk	= $(X86)
