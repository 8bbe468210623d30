FLAGS_arm_timer := $(ARM64)
