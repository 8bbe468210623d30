// SPDX-License-Identifier: GPL-2.0
/*
 * x86's ioctls that take memory for what they are given or give: each allocation fails once, and each user access.
 * Nothing of it is kept, and nothing has changed (KVM API 4.18, 4.19, 4.20, 4.26, 4.46, 4.57, 4.97).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>

#include "each_alloc.h"
#include "../../src/x86/abi/vcpu.c"
#include "../../src/x86/abi/irq.c"
#include "../../src/x86/abi/vm.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct vm_arch arch;
static unsigned int calls, settled;
static int answer;		/* of whoever is called with what was taken in */
struct svm_hw svm_hw = { .phys_bits = 40 };
unsigned int tsc_khz = 1000000;

/* What is called with what the VMM gave. */

int filter_set(struct x86_vm *v, const struct kvm_msr_filter *f)
{
	assert_int_equal(f->ranges[3].nmsrs, 77);
	calls++;
	return answer;
}

int chip_get_state(struct x86_vm *v, struct kvm_irqchip *state)
{
	assert_int_equal(state->chip_id, 2);
	state->chip.ioapic.id = 5;
	calls++;
	return answer;
}

int chip_set_state(struct x86_vm *v, const struct kvm_irqchip *state)
{
	assert_true(state->chip_id == 2 && state->chip.ioapic.id == 9);
	calls++;
	return answer;
}

void lapic_get_state(struct lapic *a, void *state)
{
	assert_true(a == &vcpu.intc.lapic && !((char *)state)[1023]);	/* nothing of the kernel's */
	memset(state, 0x42, 8);
	calls++;
}

int lapic_set_state(struct lapic *a, const void *state)
{
	assert_int_equal(((const char *)state)[1023], 0x17);
	calls++;
	return answer;
}

int svm_msr_get(struct x86_vcpu *v, u32 index, u64 *val, bool host)
{
	*val = index + 1;
	return index == 99 ? -ENOENT : 0;
}

int svm_msr_set(struct x86_vcpu *v, u32 index, u64 val, bool host)
{
	assert_true(host && val == index + 7ULL);
	calls++;
	return index == 99 ? -EINVAL : 0;
}

int svm_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	if (*nr < 2)
		return -E2BIG;
	*nr = 2;
	out[1].function = 1;
	return answer;
}

void svm_cpuid_settle(struct svm *svm)
{
	settled++;
}

void svm_cpuid_now(struct x86_vcpu *v, struct kvm_cpuid_entry2 *e)
{
	e->ebx = 0;	/* follows the guest's own settings */
}

void pv_amend(const struct x86_vcpu *v, struct kvm_cpuid_entry2 *e, unsigned int nr) { }
void intc_configure(struct x86_vcpu *v) { }

/* Two pages for a vCPU, as if. */
static void *parts[2];

int svm_vcpu_init(struct x86_vcpu *v)
{
	parts[0] = kzalloc(8, GFP_KERNEL);
	parts[1] = kzalloc(8, GFP_KERNEL);
	if (parts[0] && parts[1])
		return 0;
	kfree(parts[0]);
	kfree(parts[1]);
	return -ENOMEM;
}

void svm_vcpu_destroy(struct x86_vcpu *v)
{
	kfree(parts[0]);
	kfree(parts[1]);
	kvfree(v->svm.cpuid);
	v->svm.cpuid = NULL;
	v->svm.nr_cpuid = 0;
}

/* Who takes no memory, or is not come by. */
void apf_init(struct x86_vcpu *v) { }
void apf_reset(struct x86_vcpu *v) { }
void ending_reset(struct x86_vcpu *v) { }
void intc_init(struct x86_vcpu *v) { calls++; }
void intc_destroy(struct x86_vcpu *v) { }
void intc_settle(struct x86_vcpu *v) { }
void intc_set_x2apic(struct x86_vcpu *v) { }
void kvmclock_vcpu_init(struct x86_vcpu *v) { }
void kvmclock_vcpu_destroy(struct x86_vcpu *v) { }
void kvmclock_vm_init(struct x86_vm *v) { }
void nested_release(struct x86_vcpu *v) { }
void npt_destroy(struct npt *n) { }
void stolen_destroy(struct x86_vcpu *v) { }
void svm_queue_nmi(struct x86_vcpu *v) { }
void xen_vcpu_destroy(struct x86_vcpu *v) { }
void xen_vcpu_init(struct x86_vcpu *v) { }
void xen_vm_init(struct x86_vm *v) { }
void xen_vm_release(struct x86_vm *v) { }
void chip_destroy(struct x86_vm *v) { }
void filter_destroy(struct x86_vm *v) { }
void vcpu_request(struct vcpu *v, unsigned int req) { }
void vm_request_all(struct vm *v, unsigned int req) { }
struct vcpu *vm_vcpu(struct vm *v, unsigned int idx) { return NULL; }
int bank_raise(struct x86_vcpu *v, const struct kvm_x86_mce *mce) { return -ENOTTY; }
int bank_setup(struct x86_vcpu *v, u64 cap) { return -ENOTTY; }
int bus_msi(struct x86_vm *v, u64 address, u32 data) { return -ENOTTY; }
int chip_create(struct x86_vm *v, int kind) { return -ENOTTY; }
int chip_set_gsi(struct x86_vm *v, u32 gsi, bool level) { return -ENOTTY; }
long clock_attr_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return -ENOTTY; }
long clock_vm_ioctl(struct x86_vm *v, unsigned int cmd, void __user *arg) { return -ENOTTY; }
long xen_vm_ioctl(struct x86_vm *v, unsigned int cmd, void __user *arg) { return -ENOTTY; }
long xen_vcpu_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return -ENOTTY; }
long prefault_ioctl(struct x86_vcpu *v, void __user *arg) { return -ENOTTY; }
bool hv_announce(unsigned int i, struct kvm_cpuid_entry2 *e) { return false; }
int intc_extint(struct x86_vcpu *v, u8 vector) { return -ENOTTY; }
int kvmclock_stood_still(struct x86_vcpu *v) { return -ENOTTY; }
long nested_get_state(struct x86_vcpu *v, struct kvm_nested_state __user *u) { return -ENOTTY; }
long nested_set_state(struct x86_vcpu *v, struct kvm_nested_state __user *u) { return -ENOTTY; }
int npt_init(struct npt *n, unsigned int gpa_bits) { return -ENOTTY; }
u32 power_get(struct x86_vcpu *v) { return 0; }
int power_set(struct x86_vcpu *v, u32 state) { return -ENOTTY; }
long regs_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return -ENOTTY; }
int svm_debug_set(struct x86_vcpu *v, const struct kvm_guest_debug *d) { return -ENOTTY; }
int svm_msr_feature(u32 index, u64 *val) { return -ENOENT; }

const u32 *svm_msr_features(unsigned int *n)
{
	*n = 0;
	return NULL;
}

const u32 *svm_msr_list(unsigned int *n)
{
	*n = 0;
	return NULL;
}

int svm_translate(struct x86_vcpu *v, u64 va, unsigned int access, u64 *gpa) { return -ENOTTY; }
int vapic_set(struct x86_vcpu *v, u64 gpa) { return -ENOTTY; }

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.intc.there = true;
	vm.irq.kind = IRQ_KERNEL;
	calls = settled = 0;
	answer = 0;
	memset(parts, 0, sizeof(parts));
	shim_fail_alloc(0);
	shim_user_hole(0, 0);
	vm_fill(&arch);
	vcpu_fill(&arch);
	return 0;
}

static int teardown(void **state)
{
	shim_user_hole(0, 0);
	svm_vcpu_destroy(&vcpu);
	shim_check_quiet();
	return shim_allocs() ? -1 : 0;
}

static long on_vm(unsigned int cmd, void *arg)
{
	return arch.vm_ioctl(&vm.base, cmd, (unsigned long)arg);
}

static long on_vcpu(unsigned int cmd, void *arg)
{
	return arch.vcpu_ioctl(&vcpu.base, cmd, (unsigned long)arg);
}

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
	assert_true(vcpu.svm.nr_cpuid == 2 && shim_allocs() == 1 && settled == 1);
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
