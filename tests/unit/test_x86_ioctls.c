// SPDX-License-Identifier: GPL-2.0
/*
 * x86's ioctls that take memory for what they are given or give: each allocation fails once, and each user access.
 * Nothing of it is kept, and nothing has changed (KVM API 4.18, 4.19, 4.20, 4.26, 4.46, 4.57, 4.97).
 */
#include "test_x86_ioctls_fake.h"

/* The last byte of what the VMM gives, or wants, is not there. */
#define with_hole(p, call) ({						\
	unsigned int _had = shim_allocs();				\
	long _ret;							\
									\
	shim_user_hole((unsigned long)(p) + sizeof(*(p)) - 1, 1);	\
	_ret = (call);							\
	shim_user_hole(0, 0);						\
	assert_int_equal(shim_allocs(), _had);				\
	_ret;								\
})

/* The state of an interrupt controller goes in and out by memory of the kernel's; a refusal keeps none of it. */
static void chips(void **state)
{
	struct kvm_irqchip chip = { .chip_id = 2 };

	assert_int_equal(each_alloc(on_vm(KVM_GET_IRQCHIP, &chip), -ENOMEM), 1);
	assert_true(chip.chip.ioapic.id == 5 && calls == 1);
	assert_int_equal(with_hole(&chip, on_vm(KVM_GET_IRQCHIP, &chip)), -EFAULT);
	chip.chip.ioapic.id = 9;
	assert_int_equal(each_alloc(on_vm(KVM_SET_IRQCHIP, &chip), -ENOMEM), 1);
	assert_int_equal(chip.chip.ioapic.id, 9);
	calls = 0;
	assert_int_equal(with_hole(&chip, on_vm(KVM_SET_IRQCHIP, &chip)), -EFAULT);
	assert_int_equal(calls, 0);
	answer = -EINVAL;
	assert_int_equal(on_vm(KVM_SET_IRQCHIP, &chip), -EINVAL);
	assert_int_equal(on_vm(KVM_GET_IRQCHIP, &chip), -EINVAL);
	assert_int_equal(shim_allocs(), 0);
}

/* A local APIC's page of registers: as long as it is, zeroes where there is nothing. */
static void lapics(void **state)
{
	struct kvm_lapic_state s;

	memset(&s, 0x17, sizeof(s));
	assert_int_equal(each_alloc(on_vcpu(KVM_SET_LAPIC, &s), -ENOMEM), 1);
	assert_int_equal(calls, 1);
	assert_int_equal(with_hole(&s, on_vcpu(KVM_SET_LAPIC, &s)), -EFAULT);
	answer = -EINVAL;
	assert_true(on_vcpu(KVM_SET_LAPIC, &s) == -EINVAL && calls == 2 && !shim_allocs());
	assert_int_equal(each_alloc(on_vcpu(KVM_GET_LAPIC, &s), -ENOMEM), 1);
	assert_true(s.regs[0] == 0x42 && s.regs[7] == 0x42 && !s.regs[8] && !s.regs[1023]);
	assert_int_equal(with_hole(&s, on_vcpu(KVM_GET_LAPIC, &s)), -EFAULT);
	vcpu.intc.there = false;
	assert_int_equal(on_vcpu(KVM_GET_LAPIC, &s), -EINVAL);
}

/* A filter is read as a whole before anybody looks at it. */
static void filters(void **state)
{
	struct kvm_msr_filter f = { .ranges[3].nmsrs = 77 };

	assert_int_equal(each_alloc(on_vm(KVM_X86_SET_MSR_FILTER, &f), -ENOMEM), 1);
	assert_int_equal(calls, 1);
	assert_int_equal(with_hole(&f, on_vm(KVM_X86_SET_MSR_FILTER, &f)), -EFAULT);
	answer = -EINVAL;
	assert_true(on_vm(KVM_X86_SET_MSR_FILTER, &f) == -EINVAL && calls == 2 && !shim_allocs());
}

/* MSRs are served up to the first that is refused; how many is the answer. */
static void msrs(void **state)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry e[3];
	} m = { .head.nmsrs = 3, .e = { { .index = 5 }, { .index = 99 }, { .index = 6 } } };

	shim_fail_alloc(1);
	assert_int_equal(on_vcpu(KVM_GET_MSRS, &m), -ENOMEM);
	assert_int_equal(on_vcpu(KVM_GET_MSRS, &m), 1);
	assert_true(m.e[0].data == 6 && !m.e[1].data && !m.e[2].data && !shim_allocs());
	assert_int_equal(with_hole(&m, on_vcpu(KVM_GET_MSRS, &m)), -EFAULT);
	m.e[0].data = 5 + 7;
	m.e[1].index = 8;
	m.e[1].data = 8 + 7;
	m.e[2].index = 99;
	m.e[2].data = 99 + 7;
	shim_fail_alloc(1);
	assert_true(on_vcpu(KVM_SET_MSRS, &m) == -ENOMEM && !calls);
	assert_true(on_vcpu(KVM_SET_MSRS, &m) == 2 && calls == 3 && !shim_allocs());
	m.head.nmsrs = 256;
	assert_int_equal(on_vcpu(KVM_SET_MSRS, &m), -E2BIG);
	m.head.nmsrs = 0;
	assert_int_equal(on_vcpu(KVM_SET_MSRS, &m), 0);
}

struct leaves {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 e[2];
};

/* CPUID takes the place of what was there, whole or not at all; once the guest has run the same is accepted, no other. */
static void cpuid(void **state)
{
	struct leaves in = { .head.nent = 2, .e = { { .function = 0, .eax = 1 }, { .function = 1, .ebx = 3 } } }, out = { .head.nent = 1 };
	unsigned int had;

	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &in), 0);
	assert_true(vcpu.svm.nr_cpuid == 2 && shim_allocs() == 1 && settled == 1 && settled_nr == 2);
	in.e[0].eax = 2;
	shim_fail_alloc(1);
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &in), -ENOMEM);
	assert_int_equal(with_hole(&in, on_vcpu(KVM_SET_CPUID2, &in)), -EFAULT);
	assert_true(vcpu.svm.cpuid[0].eax == 1 && shim_allocs() == 1 && settled == 1);
	assert_true(!on_vcpu(KVM_SET_CPUID2, &in) && vcpu.svm.cpuid[0].eax == 2 && shim_allocs() == 1);
	assert_int_equal(on_vcpu(KVM_GET_CPUID2, &out), -E2BIG);
	out.head.nent = 2;
	assert_true(!on_vcpu(KVM_GET_CPUID2, &out) && out.e[0].eax == 2 && out.e[1].function == 1 && !out.e[1].ebx);
	vcpu.base.has_run = true;
	had = shim_allocs();
	in.e[1].ebx = 4;		/* follows the guest's own */
	assert_int_equal(each_alloc(on_vcpu(KVM_SET_CPUID2, &in), -ENOMEM), 1);
	assert_true(shim_allocs() == had && vcpu.svm.cpuid[1].ebx == 3);
	in.e[1].edx = 4;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &in), -EINVAL);
	in.head.nent = 1;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &in), -EINVAL);
	assert_int_equal(shim_allocs(), had);
	vcpu.base.has_run = false;
	in.head.nent = 0;
	assert_true(!on_vcpu(KVM_SET_CPUID2, &in) && !vcpu.svm.cpuid && !vcpu.svm.nr_cpuid);
	in.head.nent = SVM_MAX_CPUID + 1;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &in), -E2BIG);
}

/* What is supported, where there is room. */
static void supported(void **state)
{
	struct leaves out = { .head.nent = 1 };

	assert_int_equal(arch.dev_ioctl(KVM_GET_SUPPORTED_CPUID, (unsigned long)&out), -E2BIG);
	out.head.nent = 2;
	assert_int_equal(each_alloc(arch.dev_ioctl(KVM_GET_SUPPORTED_CPUID, (unsigned long)&out), -ENOMEM), 1);
	assert_true(out.head.nent == 2 && out.e[1].function == 1);
	assert_int_equal(with_hole(&out, arch.dev_ioctl(KVM_GET_SUPPORTED_CPUID, (unsigned long)&out)), -EFAULT);
	answer = -EINVAL;
	assert_int_equal(arch.dev_ioctl(KVM_GET_SUPPORTED_CPUID, (unsigned long)&out), -EINVAL);
	out.head.nent = ~0U;	/* no room for all that it says is asked for */
	assert_int_equal(arch.dev_ioctl(KVM_GET_SUPPORTED_CPUID, (unsigned long)&out), -EINVAL);
	assert_int_equal(shim_allocs(), 0);
}

/* A vCPU for which there is not all the memory has none of it, and no interrupt controller. */
static void vcpus(void **state)
{
	unsigned int n;

	for (n = 1; n <= 2; n++) {
		shim_fail_alloc(n);
		assert_true(arch.vcpu_init(&vcpu.base) == -ENOMEM && !shim_allocs() && !calls);
	}
	shim_fail_alloc(0);
	assert_true(!arch.vcpu_init(&vcpu.base) && calls == 1 && shim_allocs() == 2);
	arch.vcpu_destroy(&vcpu.base);
	assert_int_equal(shim_allocs(), 0);
	memset(parts, 0, sizeof(parts));
	vm.max_vcpu_id = 1;
	vcpu.base.id = 1;
	assert_true(arch.vcpu_init(&vcpu.base) == -EINVAL && !shim_allocs());
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chips), TEST(lapics), TEST(filters), TEST(msrs), TEST(cpuid), TEST(supported), TEST(vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
