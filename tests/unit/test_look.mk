FLAGS_look := $(ARM64)
