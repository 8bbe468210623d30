/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arm64's, whatever the machine that runs the test is.
 */
#ifndef TEST_ASM_KVM_H
#define TEST_ASM_KVM_H

#include "/usr/aarch64-linux-gnu/include/asm/kvm.h"

/* What user space's headers may not know yet. */
#ifndef KVM_HYPERCALL_EXIT_SMC
enum {
	KVM_SMCCC_FILTER_HANDLE,
	KVM_SMCCC_FILTER_DENY,
	KVM_SMCCC_FILTER_FWD_TO_USER,
};

struct kvm_smccc_filter {
	__u32 base;
	__u32 nr_functions;
	__u8 action;
	__u8 pad[15];
};

struct kvm_arm_counter_offset {
	__u64 counter_offset;
	__u64 reserved;
};

#define KVM_HYPERCALL_EXIT_SMC	(1U << 0)
#endif
#ifndef KVM_ARM_FEATURE_ID_RANGE
#define KVM_ARM_FEATURE_ID_RANGE	0
#define KVM_ARM_FEATURE_ID_RANGE_SIZE	(3 * 8 * 8)
#define KVM_ARM_VM_SMCCC_CTRL		0
#define KVM_ARM_VM_SMCCC_FILTER		0

struct reg_mask_range {
	__u64 addr;
	__u32 range;
	__u32 reserved[13];
};
#endif

#endif
