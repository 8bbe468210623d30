FLAGS_serror := $(ARM64)
