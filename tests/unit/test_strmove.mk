# SPDX-License-Identifier: GPL-2.0
SRCS_strmove	:= $(addprefix src/x86/svm/,strmove.c insn.c)
