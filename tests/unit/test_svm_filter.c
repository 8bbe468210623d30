// SPDX-License-Identifier: GPL-2.0
/*
 * Which MSRs a VMM keeps from its guests (KVM API 4.97, 4.126): what a filter may be, which range decides, and how an
 * access that fails reaches the VMM and comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/mutex.h>

/* Of the kernel's own headers. */
#ifndef KVM_MSR_FILTER_MAX_BITMAP_SIZE
#define KVM_MSR_FILTER_MAX_BITMAP_SIZE	0x600
#endif
#ifndef KVM_MSR_FILTER_RANGE_VALID_MASK
#define KVM_MSR_FILTER_RANGE_VALID_MASK	(KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE)
#endif
#ifndef KVM_MSR_FILTER_VALID_MASK
#define KVM_MSR_FILTER_VALID_MASK	KVM_MSR_FILTER_DEFAULT_DENY
#endif

#include "../../model/shim/unit.h"
#include "../../src/x86/svm/filter.c"

#define R	KVM_MSR_FILTER_READ
#define W	KVM_MSR_FILTER_WRITE
#define DENY	KVM_MSR_FILTER_DEFAULT_DENY

static struct x86_vm vm;
static struct x86_vcpu vcpu, second;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb, l1;
static struct nested nested;
static struct kvm_run run;

static unsigned int asked, waits, faults, skips;
static int msr_ret;
static struct { u32 index; u64 val; unsigned int gets, sets; } msr;
static enum svm_pending began;
static bool skip_fails;

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx > 1 ? NULL : idx ? &second.base : &vcpu.base;
}

void vcpu_request(struct vcpu *v, unsigned int req)
{
	assert_int_equal(req, X86_REQ_MSRS);
	assert_true(mutex_is_locked(&vm.base.lock));
	asked |= v == &vcpu.base ? 1 : 2;
}

void synchronize_rcu(void)
{
	assert_false(mutex_is_locked(&vm.base.lock));
	waits++;
}

void svm_permissions(const struct x86_vcpu *v, u64 *io, u64 *map)
{
	*io = 0x1000;
	*map = vm.msr_filter ? 0x2000 : 0x3000;
}

int svm_msr_get(struct x86_vcpu *v, u32 index, u64 *val, bool host)
{
	assert_false(host);
	msr.gets++;
	msr.index = index;
	if (!msr_ret)
		*val = msr.val;
	return msr_ret;
}

int svm_msr_set(struct x86_vcpu *v, u32 index, u64 val, bool host)
{
	assert_false(host);
	msr.sets++;
	msr.index = index;
	msr.val = val;
	return msr_ret;
}

void svm_queue_gp(struct x86_vcpu *v)
{
	faults++;
}

void svm_io_begin(struct x86_vcpu *v, enum svm_pending kind)
{
	began = kind;
}

bool fetch_skip(struct x86_vcpu *v, enum insn_name name)
{
	skips |= name == INSN_WRMSR ? 1 : name == INSN_RDMSR ? 2 : 4;
	return !skip_fails;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&run, 0xee, sizeof(run));
	memset(&msr, 0, sizeof(msr));
	memset(&nested, 0, sizeof(nested));
	mutex_init(&vm.base.lock);
	vm.base.nr_vcpus = 2;
	vcpu.vm = &vm;
	vcpu.base.run = &run;
	svm->vmcb = &vmcb;
	asked = waits = faults = skips = 0;
	msr_ret = 0;
	began = SVM_IO_NONE;
	skip_fails = false;
	vm.msr_exits = 7;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	filter_destroy(&vm);
	assert_int_equal(shim_allocs(), 0);
	return 0;
}

static u64 bits[KVM_MSR_FILTER_MAX_RANGES][200];
static struct kvm_msr_filter filter;

static void begin(u32 flags)
{
	memset(&filter, 0, sizeof(filter));
	filter.flags = flags;
}

static void range(unsigned int i, u32 flags, u32 base, u32 n, u64 allow)
{
	bits[i][0] = allow;
	filter.ranges[i] = (struct kvm_msr_filter_range) {
		.flags = flags, .base = base, .nmsrs = n, .bitmap = (void *)bits[i],
	};
}

/* Does this access get to the MSR? */
static bool passes(u32 index, bool write)
{
	unsigned int had = msr.gets + msr.sets;

	svm->gpr[SVM_RCX] = index;
	filter_exit(&vcpu, write);
	return msr.gets + msr.sets > had;
}

/* Flags that there are not, ranges about nothing, too many bits, and a filter that denies all by no range. */
static void refuses(void **state)
{
	(void)state;
	begin(2);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	begin(DENY);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	begin(0);
	range(3, 0, 5, 1, 1);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	range(3, R | W | 4, 5, 1, 1);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	range(3, R, 5, 0x600 * 8 + 1, 1);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	range(3, R, 5, ~0U, 1);
	assert_int_equal(filter_set(&vm, &filter), -EINVAL);
	range(3, R, 5, 0x600 * 8, 1);
	assert_int_equal(filter_set(&vm, &filter), 0);
	range(2, R, 5, 65, 1);
	shim_user_hole((unsigned long)&bits[2][1], 8);
	assert_int_equal(filter_set(&vm, &filter), -EFAULT);
	range(2, R, 5, 64, 1);
	assert_int_equal(filter_set(&vm, &filter), 0);
	shim_user_hole(0, 0);
	/* each of the three pieces of memory that it takes */
	shim_fail_alloc(1);
	assert_int_equal(filter_set(&vm, &filter), -ENOMEM);
	shim_fail_alloc(2);
	assert_int_equal(filter_set(&vm, &filter), -ENOMEM);
	shim_fail_alloc(3);
	assert_int_equal(filter_set(&vm, &filter), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(waits, 2);
	assert_int_equal(shim_allocs(), 3);
}

/* A new filter is in force for every vCPU, and the one before is freed when nobody looks at it; an empty one is none. */
static void replaces(void **state)
{
	(void)state;
	begin(0);
	range(0, R, 5, 1, 0);
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_int_equal(asked, 3);
	assert_int_equal(waits, 1);
	assert_int_equal(shim_allocs(), 2);
	range(15, W, 9, 1, 0);
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_int_equal(shim_allocs(), 3);
	assert_false(passes(9, true));
	begin(0);
	filter.ranges[0].flags = 0xffff;	/* about no MSR: what else it says does not count */
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_null(vm.msr_filter);
	assert_int_equal(shim_allocs(), 0);
	assert_true(passes(9, true));
}

/* The first range that has the MSR and is about such an access decides, by its bit; without one the default does. */
static void decides(void **state)
{
	(void)state;
	begin(0);
	range(0, R, 0x100, 3, 0x5);
	range(1, R | W, 0x102, 2, 0x2);
	range(2, W, 0x100, 70, 0);
	bits[2][1] = 0x20;
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_true(passes(0xff, false));
	assert_true(passes(0x100, false));
	assert_false(passes(0x101, false));
	assert_true(passes(0x102, false));
	assert_true(passes(0x103, false));
	assert_true(passes(0x104, false));
	assert_true(passes(0xff, true));
	assert_false(passes(0x100, true));
	assert_false(passes(0x102, true));
	assert_true(passes(0x103, true));
	assert_false(passes(0x104, true));
	assert_true(passes(0x145, true));
	assert_true(passes(0x146, true));
	filter.flags = DENY;
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_false(passes(0xff, false));
	assert_true(passes(0x100, false));
	assert_false(passes(0x104, false));
	assert_true(passes(0x103, true));
	assert_false(passes(0x146, true));
	/* x2APIC's are never filtered */
	assert_false(passes(0x7ff, false));
	assert_true(passes(0x800, false));
	assert_true(passes(0x8ff, true));
	assert_false(passes(0x900, true));
	/* the last MSR of all */
	begin(DENY);
	range(0, R, ~0U - 1, 4, 2);
	assert_int_equal(filter_set(&vm, &filter), 0);
	assert_false(passes(~0U - 1, false));
	assert_true(passes(~0U, false));
	assert_false(passes(0, false));
	assert_false(passes(1, false));
}

/* Values go by halves: RDX above, RAX below; the rest of either is not looked at, and is zero after a read. */
static void halves(void **state)
{
	(void)state;
	svm->gpr[SVM_RCX] = 0xffffffff00000123;
	svm->gpr[SVM_RDX] = 0x11111111;
	vmcb.save.rax = 0xeeeeeeee22222222;
	assert_int_equal(filter_exit(&vcpu, true), VCPU_RESUME);
	assert_int_equal(msr.index, 0x123);
	assert_int_equal(msr.val, 0x1111111122222222);
	assert_int_equal(skips, 1);
	assert_int_equal(vmcb.save.rax, 0xeeeeeeee22222222);
	msr.val = 0xfedcba9876543210;
	skips = 0;
	assert_int_equal(filter_exit(&vcpu, false), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 0x76543210);
	assert_int_equal(svm->gpr[SVM_RDX], 0xfedcba98);
	assert_int_equal(skips, 2);
	/* an instruction that cannot be got over has done nothing */
	skip_fails = true;
	msr.val = 1;
	assert_int_equal(filter_exit(&vcpu, false), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 0x76543210);
	assert_int_equal(faults, 0);
}

static int exit_with(int err, u32 wanted, bool write)
{
	setup(NULL);
	vm.msr_exits = wanted;
	msr_ret = err;
	svm->gpr[SVM_RCX] = 0x77;
	svm->gpr[SVM_RDX] = 0x1;
	vmcb.save.rax = 0x2;
	return filter_exit(&vcpu, write);
}

static void gp(int err, u32 wanted)
{
	assert_int_equal(exit_with(err, wanted, false), VCPU_RESUME);
	assert_int_equal(faults, 1);
	assert_int_equal(skips, 0);
	assert_int_equal(began, SVM_IO_NONE);
	assert_int_equal(run.exit_reason, 0xeeeeeeee);
}

/* What fails is the VMM's if it wants that reason, with all that it needs to serve it; else the guest's #GP. */
static void to_the_vmm(void **state)
{
	(void)state;
	gp(-ENOENT, ~2U);
	gp(-EINVAL, ~1U);
	gp(-ENOENT, 0);
	assert_int_equal(exit_with(-ENOENT, 2, true), VCPU_TO_USER);
	assert_int_equal(faults, 0);
	assert_int_equal(run.exit_reason, KVM_EXIT_X86_WRMSR);
	assert_int_equal(run.msr.reason, KVM_MSR_EXIT_REASON_UNKNOWN);
	assert_int_equal(run.msr.index, 0x77);
	assert_int_equal(run.msr.data, 0x100000002);
	assert_int_equal(run.msr.error, 0);
	assert_int_equal(run.msr.pad[0] | run.msr.pad[6], 0);
	assert_int_equal(began, SVM_IO_WRMSR);
	assert_int_equal(exit_with(-EINVAL, 1, false), VCPU_TO_USER);
	assert_int_equal(run.exit_reason, KVM_EXIT_X86_RDMSR);
	assert_int_equal(run.msr.reason, KVM_MSR_EXIT_REASON_INVAL);
	assert_int_equal(run.msr.data, 0);
	assert_int_equal(began, SVM_IO_RDMSR);
	assert_int_equal(exit_with(-EPERM, 4, false), VCPU_TO_USER);
	assert_int_equal(run.msr.reason, KVM_MSR_EXIT_REASON_FILTER);
}

/* The VMM's answer: an error is #GP, a value goes where a read's goes, a write is over. */
static void answers(void **state)
{
	(void)state;
	run.msr.error = 1;
	assert_int_equal(filter_finish(&vcpu, false), VCPU_RESUME);
	assert_int_equal(faults, 1);
	assert_int_equal(skips, 0);
	run.msr.error = 0;
	run.msr.data = 0x123456789abcdef0;
	assert_int_equal(filter_finish(&vcpu, false), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 0x9abcdef0);
	assert_int_equal(svm->gpr[SVM_RDX], 0x12345678);
	assert_int_equal(skips, 2);
	vmcb.save.rax = 5;
	skips = 0;
	assert_int_equal(filter_finish(&vcpu, true), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 5);
	assert_int_equal(skips, 1);
	assert_int_equal(faults, 1);
}

/* The map that says what exits: the vCPU's own; while a guest of its guest runs the other one's too, if there is a filter. */
static void maps(void **state)
{
	(void)state;
	vmcb.control.msrpm_base_pa = 0;
	filter_apply(&vcpu);
	assert_int_equal(vmcb.control.msrpm_base_pa, 0x3000);
	svm->nested = &nested;
	nested.l1 = &l1;
	nested.in_l2 = true;
	vmcb.control.msrpm_base_pa = 0x9000;
	filter_apply(&vcpu);
	assert_int_equal(vmcb.control.msrpm_base_pa, 0x9000);
	assert_int_equal(l1.control.msrpm_base_pa, 0x3000);
	begin(DENY);
	range(0, R, 5, 1, 0);
	assert_int_equal(filter_set(&vm, &filter), 0);
	filter_apply(&vcpu);
	assert_int_equal(vmcb.control.msrpm_base_pa, 0x2000);
	assert_int_equal(l1.control.msrpm_base_pa, 0x2000);
	nested.in_l2 = false;
	l1.control.msrpm_base_pa = 0x1;
	filter_apply(&vcpu);
	assert_int_equal(l1.control.msrpm_base_pa, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses), TEST(replaces), TEST(decides), TEST(halves), TEST(to_the_vmm), TEST(answers), TEST(maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
