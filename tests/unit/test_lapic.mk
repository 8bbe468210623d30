# SPDX-License-Identifier: GPL-2.0
LAPIC			:= $(addprefix src/x86/lapic/,state.c accept.c lvt.c timer.c ipi.c regs.c mmio.c msr.c)
SRCS_lapic		:= $(LAPIC)
SRCS_lapic_ipi		:= $(LAPIC)
SRCS_lapic_state	:= $(LAPIC)
SRCS_lapic_timer	:= $(LAPIC)
# On the explorer's threads.
SRCS_lapic_race		:= $(LAPIC) model/shim/threads.c model/shim/buffer.c $(patsubst $(TOP)/%,%,$(wildcard $(TOP)/model/explore/*.c))
