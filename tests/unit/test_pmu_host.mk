SRCS_pmu_host := src/arm64/pmu/rule.c
FLAGS_pmu_host := -I$(TOP)/tests/unit/pmu_host -I$(TOP)/tests/unit/pmu $(ARM64)
