# SPDX-License-Identifier: GPL-2.0
# What is the same on every architecture, between descriptors and an architecture of the test's.
FILES		:= tests/unit/file_env.c $(addprefix src/vm/,vm.c device.c dirtyring.c routing.c irqfd.c ioeventfd.c coalesced.c stats.c) \
		   $(addprefix src/abi/,main.c vm.c vcpu.c device.c caps.c stats.c)
SRCS_files_vm	:= $(FILES)
SRCS_files_irq	:= $(FILES)
SRCS_files_write := $(FILES)
