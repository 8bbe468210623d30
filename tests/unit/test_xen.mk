# SPDX-License-Identifier: GPL-2.0
# For a test of what only x86's own headers have, before the shim's.
X86		:= -I$(TOP)/tests/unit/x86
SRCS_xen_event	:= $(addprefix src/x86/xen/,event.c poll.c)
FLAGS_xen_event	:= $(X86)
FLAGS_event	:= $(X86)
FLAGS_poll	:= $(X86)
SRCS_xen_call	:= $(addprefix src/x86/xen/,call.c event.c poll.c)
FLAGS_xen_call	:= $(X86)
FLAGS_call	:= $(X86)
SRCS_xen_runstate := src/x86/xen/runstate.c
FLAGS_xen_runstate := $(X86)
FLAGS_runstate	:= $(X86)
SRCS_xen_guest	:= src/x86/xen/xen.c
FLAGS_xen_guest	:= $(X86)
FLAGS_xen	:= $(X86)
