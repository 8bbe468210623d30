// SPDX-License-Identifier: GPL-2.0
/*
 * What kernels after 6.12 added to KVM's API on x86-64: Tabula has it, or answers as a KVM that has it not.
 */
#include "vmm.h"

#ifndef GUEST

/* As Linux 7.3 numbers it. */
#define CAP_FIRST			239
#define CAP_LAST			251
#define EXITS_APERFMPERF		(1 << 4)
#define QUIRK_NESTED_SVM_SHARED_PAT	(1 << 11)
#define X2APIC_ENABLE_SUPPRESS_EOI	(1 << 2)
#define X2APIC_DISABLE_SUPPRESS_EOI	(1 << 3)
#define VM_TYPE_TDX			5

static void check_caps(void)
{
	static const struct { int cap; uint64_t arg; } bits[] = {
		{ KVM_CAP_X86_DISABLE_EXITS, EXITS_APERFMPERF }, { KVM_CAP_DISABLE_QUIRKS2, QUIRK_NESTED_SVM_SHARED_PAT },
		{ KVM_CAP_X2APIC_API, X2APIC_ENABLE_SUPPRESS_EOI }, { KVM_CAP_X2APIC_API, X2APIC_DISABLE_SUPPRESS_EOI },
	};
	unsigned int i;
	struct vmm v;
	int cap, ret;

	vmm_open(&v, NULL);
	for (cap = CAP_FIRST; cap <= CAP_LAST && !is_kernels_kvm(); cap++) {
		expect_result(ioctl(v.vm, KVM_CHECK_EXTENSION, cap), 0);
		expect_result(vmm_enable(&v, v.vm, cap, 0), -EINVAL);
	}
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		int known = vmm_cap(&v, bits[i].cap);

		if (is_kernels_kvm() && (known & bits[i].arg))
			continue;
		ret = result(vmm_enable(&v, v.vm, bits[i].cap, bits[i].arg));
		expect(ret == -EINVAL, "capability %d with %#llx: %s", bits[i].cap, (unsigned long long)bits[i].arg, result_name(ret));
	}
	ret = result(ioctl(v.sys, KVM_CREATE_VM, VM_TYPE_TDX));
	expect(ret == -EINVAL, "a VM of TDX: %s", result_name(ret));
	vmm_close(&v);
}

/* One register at a time is how later kernels' guests' shadow stacks and MSRs travel. */
static void check_registers(void)
{
	uint64_t val, id = KVM_REG_X86 | KVM_REG_SIZE_U64 | 2ULL << 32 | 0x10;
	struct vmm v;
	int ret;

	vmm_open(&v, NULL);
	ret = result(ioctl(v.cpu[0], KVM_GET_ONE_REG, &(struct kvm_one_reg){ id, (uintptr_t)&val }));
	expect(ret == -EINVAL || is_kernels_kvm(), "one register: %s", result_name(ret));
	ret = result(ioctl(v.cpu[0], KVM_GET_REG_LIST, &(struct kvm_reg_list){ .n = 0 }));
	expect(ret == -EINVAL || is_kernels_kvm(), "a list of registers: %s", result_name(ret));
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "caps", check_caps },
	{ "registers", check_registers },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
