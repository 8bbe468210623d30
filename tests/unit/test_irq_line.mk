SRCS_irq_line := src/arm64/abi/irq_line.c
FLAGS_irq_line := $(ARM64)
