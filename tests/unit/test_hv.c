// SPDX-License-Identifier: GPL-2.0
/*
 * A guest made for Hyper-V: what it is told, its page of hypercalls, and how they end (TLFS 2.4, 3.7, 3.11, 3.13).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>

#include "../../model/shim/unit.h"
#include "../../src/compat/vmcb.h"
#include "../../src/x86/svm/fetch.h"
#include "../../src/x86/vm.h"

#define GPA		0x5000ULL
#define SIGNAL		0x5dULL
#define FAST		BIT_ULL(16)

static struct x86_vm vm;
static struct x86_vcpu vcpu = { .vm = &vm };
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static struct kvm_cpuid_entry2 leaf;
static u8 page[16];
static unsigned int writes, uds, skips;
static bool no_memory;

const struct kvm_cpuid_entry2 *svm_cpuid_find(const struct svm *s, u32 l, u32 sub)
{
	return l == 0x40000001 && leaf.eax ? &leaf : NULL;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *src, size_t len)
{
	assert_true(mutex_is_locked(&vm.base.lock));
	assert_ptr_equal(gm, &vm.npt.gmem);
	assert_int_equal(gpa, GPA);
	writes++;
	if (no_memory)
		return 3;
	memset(page, 0xcc, sizeof(page));
	memcpy(page, src, len);
	return len;
}

void svm_queue_ud(struct x86_vcpu *v)
{
	uds++;
}

bool fetch_skip(struct x86_vcpu *v, enum insn_name name)
{
	assert_int_equal(name, INSN_VMMCALL);
	skips++;
	return true;
}

void svm_set_gpr(struct svm *s, unsigned int n, u64 val)
{
	if (n == SVM_RAX)
		s->vmcb->save.rax = val;
	else
		s->gpr[n] = val;
}

static void mode(unsigned int bits)
{
	vmcb.save.cr0 = bits ? X86_CR0_PE : 0;
	vmcb.save.cs.attrib = bits == 64 ? 1 << 9 : 1 << 10;
	svm->efer = bits == 64 ? EFER_LMA : 0;
	vmcb.save.efer = svm->efer;
}

static int setup(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	memset(svm, 0, sizeof(*svm));
	vm.hv = (struct hv_vm){ };
	vm.xen.msr = 0;
	leaf.eax = 0x31237648;
	svm->vmcb = &vmcb;
	writes = uds = skips = 0;
	no_memory = false;
	mode(64);
	return 0;
}

static u64 get(u32 msr)
{
	u64 val = 1;

	assert_int_equal(hv_get_msr(&vcpu, msr, &val, false), 0);
	return val;
}

static int set(u32 msr, u64 val)
{
	return hv_set_msr(&vcpu, msr, val, false);
}

/* The leaves are six, in their order, and of what they announce there are hypercalls and nothing else. */
static void leaves(void **state)
{
	struct kvm_cpuid_entry2 e;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		assert_true(hv_announce(i, &e));
		assert_int_equal(e.function, 0x40000000 + i);
		assert_true(!e.index && !e.flags && !e.padding[0] && !e.padding[1] && !e.padding[2]);
		if (!i)
			assert_true(e.eax == 0x40000005 && !memcmp(&e.ebx, "Linu", 4));
		if (i == 1)
			assert_int_equal(e.eax, 0x31237648);
		if (i == 3)
			assert_true(e.eax == BIT(5) && !e.ebx && !e.ecx && !e.edx);
		if (i == 5)
			assert_int_equal(e.eax, VM_MAX_VCPUS);
	}
	assert_false(hv_announce(6, &e));
}

/* The MSRs are of guests that are told of Hyper-V, and of the VMM always. */
static void told(void **state)
{
	u64 val = 0;

	leaf.eax = 0x4b4d564b;
	assert_int_equal(hv_get_msr(&vcpu, HV_MSR_OS_ID, &val, false), -ENOENT);
	assert_int_equal(set(HV_MSR_OS_ID, 7), -ENOENT);
	assert_int_equal(hv_set_msr(&vcpu, HV_MSR_OS_ID, 7, true), 0);
	assert_true(!hv_get_msr(&vcpu, HV_MSR_OS_ID, &val, true) && val == 7);
	assert_false(hv_calls(&vcpu));
	leaf.eax = 0x31237648;
	assert_true(hv_calls(&vcpu));
}

/* A page is made for who has said what it is, where there is memory, and goes off with its name. */
static void page_on_and_off(void **state)
{
	static const u8 call[] = { 0x0f, 0x01, 0xd9, 0xc3, 0xcc };

	assert_int_equal(set(HV_MSR_HYPERCALL, GPA | 1), 0);
	assert_true(get(HV_MSR_HYPERCALL) == GPA && !writes);
	assert_int_equal(set(HV_MSR_OS_ID, 0x5a), 0);
	assert_int_equal(get(HV_MSR_OS_ID), 0x5a);
	no_memory = true;
	assert_int_equal(set(HV_MSR_HYPERCALL, GPA | 1), -EINVAL);
	assert_int_equal(get(HV_MSR_HYPERCALL), GPA);
	no_memory = false;
	assert_int_equal(set(HV_MSR_HYPERCALL, GPA | 1), 0);
	assert_int_equal(get(HV_MSR_HYPERCALL), GPA | 1);
	assert_memory_equal(page, call, sizeof(call));
	assert_int_equal(set(HV_MSR_OS_ID, 0), 0);
	assert_int_equal(get(HV_MSR_HYPERCALL), GPA);
	assert_false(mutex_is_locked(&vm.base.lock));
}

/* Locked, it stays for the guest, and not for the VMM. */
static void locked(void **state)
{
	assert_true(!set(HV_MSR_OS_ID, 1) && !set(HV_MSR_HYPERCALL, GPA | 3));
	assert_int_equal(set(HV_MSR_HYPERCALL, 0), 0);
	assert_int_equal(get(HV_MSR_HYPERCALL), GPA | 3);
	assert_int_equal(hv_set_msr(&vcpu, HV_MSR_HYPERCALL, 0, true), 0);
	assert_int_equal(get(HV_MSR_HYPERCALL), 0);
}

/* Beside Xen's the page marks its calls, and unmarked ones are Xen's. */
static void beside_xen(void **state)
{
	static const u8 call[] = { 0x0d, 0, 0, 0, 0x80, 0x0f, 0x01, 0xd9, 0xc3, 0xcc };

	vm.xen.msr = 0x40000200;
	assert_true(!set(HV_MSR_OS_ID, 1) && !set(HV_MSR_HYPERCALL, GPA | 1));
	assert_memory_equal(page, call, sizeof(call));
	vmcb.save.rax = 17;
	assert_false(hv_calls(&vcpu));
	vmcb.save.rax = 17 | BIT_ULL(31);
	assert_true(hv_calls(&vcpu));
	/* in a short register the mark is no part of the input */
	mode(32);
	vmcb.save.rax = SIGNAL | BIT_ULL(31);
	assert_int_equal(hv_hypercall(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 18);
}

static u64 call(u64 input, u64 argument)
{
	svm->gpr[SVM_RCX] = input;
	svm->gpr[SVM_RDX] = argument;
	assert_int_equal(hv_hypercall(&vcpu), VCPU_RESUME);
	return vmcb.save.rax;
}

/* A call's end says what was wrong with it; an event has nobody to go to. */
static void calls(void **state)
{
	assert_int_equal(call(SIGNAL, 0x5a5a5a5a), 4);
	assert_int_equal(call(SIGNAL, 0x5a5a5a58), 18);
	assert_int_equal(call(SIGNAL | FAST, 0x5a5a5a5a), 18);
	assert_int_equal(call(SIGNAL | BIT_ULL(32), 0), 3);
	assert_int_equal(call(SIGNAL | BIT_ULL(27), 0), 3);
	assert_int_equal(call(SIGNAL | BIT_ULL(63), 0), 3);
	assert_int_equal(call(0x5c, 0), 2);
	assert_int_equal(svm->gpr[SVM_RCX], 0x5c);
	assert_int_equal(skips, 7);
	/* two registers each, and the result's upper one */
	mode(32);
	vmcb.save.rax = SIGNAL;
	svm->gpr[SVM_RDX] = BIT(16 + 15);	/* of the upper half: reserved */
	assert_int_equal(hv_hypercall(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 3);
	assert_int_equal(svm->gpr[SVM_RDX], 0);
	vmcb.save.rax = SIGNAL;
	svm->gpr[SVM_RCX] = 4;
	assert_int_equal(hv_hypercall(&vcpu), VCPU_RESUME);
	assert_int_equal(vmcb.save.rax, 4);
	assert_int_equal(uds, 0);
}

/* Programs, and real mode, have no hypercalls: the instruction is undefined, and not gone behind. */
static void undefined(void **state)
{
	vmcb.save.cpl = 3;
	hv_hypercall(&vcpu);
	assert_int_equal(uds, 1);
	vmcb.save.cpl = 0;
	mode(0);
	hv_hypercall(&vcpu);
	assert_true(uds == 2 && !skips);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaves, setup),
		cmocka_unit_test_setup(told, setup),
		cmocka_unit_test_setup(page_on_and_off, setup),
		cmocka_unit_test_setup(locked, setup),
		cmocka_unit_test_setup(beside_xen, setup),
		cmocka_unit_test_setup(calls, setup),
		cmocka_unit_test_setup(undefined, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
