SRCS_syndrome := src/arm64/cpu/syndrome.c
