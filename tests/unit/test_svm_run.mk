# SPDX-License-Identifier: GPL-2.0
# Instructions and the kernel's part of a stay are called by the names that the checker's machine has for them.
FLAGS_svm_run	= -I$(TOP)/model/shim/x86 -I$(TOP)/model/shim $(X86) -include $(TOP)/model/shim/x86/bare.h
