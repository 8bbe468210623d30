# SPDX-License-Identifier: GPL-2.0
SRCS_spec	:= src/x86/svm/spec.c
FLAGS_spec	= -I$(TOP)/tests/unit/spec $(X86)
