SRCS_arm_sysreg := src/arm64/cpu/syndrome.c src/arm64/cpu/idfield.c
FLAGS_arm_sysreg := -I$(TOP)/tests/unit/sysreg $(ARM64)
