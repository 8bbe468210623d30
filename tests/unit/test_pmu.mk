SRCS_pmu := src/arm64/pmu/rule.c
FLAGS_pmu := -I$(TOP)/tests/unit/pmu $(ARM64)
FLAGS_rule := $(ARM64)
