SRCS_pvtime := src/arm64/firmware/pvtime.c
# of arm64's <asm/kvm.h>
FLAGS_pvtime := -DKVM_ARM_VCPU_PVTIME_IPA=0
