# SPDX-License-Identifier: GPL-2.0
SRCS_nested_check	:= src/x86/nested/check.c src/x86/nested/decide.c
SRCS_nested_decide	:= src/x86/nested/decide.c
SRCS_nested_tables	:= src/x86/nested/tables.c
SRCS_shadow		:= $(addprefix src/x86/nested/,shadow.c space.c)
