# SPDX-License-Identifier: GPL-2.0
# Constants that user space of this machine may not know yet.
FLAGS_x86_ioctls = $(X86) -DKVM_CAP_X86_APIC_BUS_CYCLES_NS=237 -DKVM_X86_DEFAULT_VM=0 -DKVM_PRE_FAULT_MEMORY=0xc040aed5
