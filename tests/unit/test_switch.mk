SRCS_switch := src/arm64/cpu/syndrome.c
FLAGS_switch := $(ARM64)
