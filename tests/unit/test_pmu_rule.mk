SRCS_pmu_rule := src/arm64/pmu/rule.c
FLAGS_pmu_rule := $(ARM64)
