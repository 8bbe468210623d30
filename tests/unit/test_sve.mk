FLAGS_sve := $(ARM64)
