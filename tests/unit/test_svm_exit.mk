# SPDX-License-Identifier: GPL-2.0
SRCS_svm_exit	:= $(addprefix src/x86/svm/,move.c strmove.c insn.c)
FLAGS_svm_exit	= $(X86) $(if $(shell grep KVM_EXIT_MEMORY_FAULT /usr/include/linux/kvm.h),,-DNO_MEMORY_FAULT)
