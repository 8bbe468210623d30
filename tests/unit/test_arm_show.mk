FLAGS_arm_show := $(ARM64)
