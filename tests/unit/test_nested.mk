# SPDX-License-Identifier: GPL-2.0
SRCS_nested_check	:= src/x86/nested/check.c src/x86/nested/decide.c
SRCS_nested_decide	:= src/x86/nested/decide.c
SRCS_nested_tables	:= src/x86/nested/tables.c
SRCS_shadow		:= $(addprefix src/x86/nested/,shadow.c space.c)
WORLD			:= $(addprefix src/x86/nested/,block.c check.c decide.c enter.c event.c exit.c leave.c)
SRCS_nested_world	:= $(WORLD)
FLAGS_nested_world	= $(X86)
SRCS_nested_exits	:= $(WORLD)
FLAGS_nested_exits	= $(X86)
FLAGS_block	= $(X86)
FLAGS_enter	= $(X86)
FLAGS_exit	= $(X86)
FLAGS_leave	= $(X86)
SRCS_nested_npf		:= src/x86/nested/npf.c
FLAGS_nested_npf	= $(X86)
FLAGS_npf	= $(X86)
