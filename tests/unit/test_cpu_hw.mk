FLAGS_cpu_hw := $(ARM64)
