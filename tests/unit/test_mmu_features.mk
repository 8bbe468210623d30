FLAGS_mmu_features := $(ARM64)
SRCS_mmu_features := src/arm64/machine.c src/arm64/errata.c
