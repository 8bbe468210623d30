FLAGS_mmu_hw := $(ARM64)
