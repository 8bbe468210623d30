SRCS_affinity := src/arm64/affinity.c
FLAGS_affinity := $(ARM64)
FLAGS_gic_irqchip := $(ARM64)
