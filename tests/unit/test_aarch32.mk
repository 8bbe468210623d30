SRCS_aarch32 := src/arm64/cpu/aarch32.c
FLAGS_aarch32 := -I$(TOP)/tests/unit/sysreg $(ARM64)
