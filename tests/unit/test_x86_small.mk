# SPDX-License-Identifier: GPL-2.0
# Constants that user space of this machine may not know yet.
FLAGS_x86_small	= -Wno-missing-field-initializers $(X86) -DKVM_CAP_MEMORY_FAULT_INFO=232 -DKVM_CAP_PRE_FAULT_MEMORY=236 -DKVM_CAP_X86_GUEST_MODE=238 \
		  $(if $(shell grep KVM_PRE_FAULT_MEMORY /usr/include/linux/kvm.h),,-DNO_PRE_FAULT)
