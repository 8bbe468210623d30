FLAGS_arm_start := $(ARM64)
