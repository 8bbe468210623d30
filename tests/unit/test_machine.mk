SRCS_machine := src/arm64/machine.c src/arm64/errata.c
