SRCS_asid := src/x86/svm/asid.c
