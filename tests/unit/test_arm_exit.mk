SRCS_arm_exit := src/arm64/cpu/syndrome.c
FLAGS_arm_exit := $(ARM64)
