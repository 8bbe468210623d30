/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of the kernel's own KVM its vCPU alone, which the helper writes to.
 */
#ifndef TEST_LINUX_KVM_HOST_H
#define TEST_LINUX_KVM_HOST_H

struct kvm_vcpu {
	struct kvm_run *run;
};

#endif
