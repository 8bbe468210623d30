FLAGS_mmu_hw := -I$(TOP)/tests/unit/arm64
