SRCS_s1walk := src/arm64/cpu/s1walk.c
