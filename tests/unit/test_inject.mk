SRCS_inject := src/arm64/cpu/inject.c src/arm64/cpu/syndrome.c
FLAGS_inject := $(ARM64)
