SRCS_npt_table := src/x86/npt/table.c
