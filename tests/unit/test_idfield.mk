SRCS_idfield := src/arm64/cpu/idfield.c
FLAGS_idfield := $(ARM64)
