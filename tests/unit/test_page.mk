# SPDX-License-Identifier: GPL-2.0
SRCS_page	:= src/host/page.c
FLAGS_page	:= -I$(TOP)/tests/unit/page
