FLAGS_arm_vcpu := $(ARM64)
