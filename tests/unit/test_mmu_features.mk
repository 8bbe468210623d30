FLAGS_mmu_features := -I$(TOP)/tests/unit/arm64
SRCS_mmu_features := src/arm64/machine.c src/arm64/errata.c
