SRCS_pv_kvmclock := src/x86/pv/clock.c
FLAGS_pv_kvmclock = $(X86)
