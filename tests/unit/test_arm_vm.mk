FLAGS_arm_vm := $(ARM64)
