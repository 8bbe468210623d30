# SPDX-License-Identifier: GPL-2.0
SRCS_npt	:= $(addprefix src/x86/npt/,fault.c npt.c table.c)
