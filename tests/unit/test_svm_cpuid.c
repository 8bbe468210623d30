// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what guests can be given of a machine that has everything and of one that has little, what a guest reads, and
 * which bits of EFER and CR4 follow from it.
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
#include <asm/processor-flags.h>

#ifndef SVM_CPUID_FUNC
#define SVM_CPUID_FUNC	0x8000000a
#endif

static u32 plain, extended, has = ~0U;

static u32 cpuid_eax(u32 leaf)
{
	assert_true(leaf == 0 || leaf == 0x80000000);
	return leaf ? extended : plain;
}

/* Every register the same, but the two that say how many leaves there are. */
static void cpuid_count(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a = leaf == 0 ? plain : leaf == 0x80000000 ? extended : has;
	*b = *c = *d = has;
}

#include "../../model/shim/unit.h"
#include "../../src/x86/svm/cpuid.c"

static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static bool lapic_on;
struct svm_hw svm_hw;
struct cpuinfo_x86 boot_cpu_data;

bool pv_announce(unsigned int i, struct kvm_cpuid_entry2 *e)
{
	*e = (struct kvm_cpuid_entry2) { .function = 0x40000000 + i, .eax = 77 };
	return i < 2;
}

#define ROOM	30

static struct kvm_cpuid_entry2 out[ROOM], given[8];

static int setup(void **state)
{
	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(out, 0xee, sizeof(out));
	memset(given, 0, sizeof(given));
	svm->vmcb = &vmcb;
	svm->cpuid = given;
	svm_hw = (struct svm_hw) { .xcr0 = 7, .xsave_size = 832 };
	plain = 0x20;
	extended = 0x80000030;
	has = ~0U;
	lapic_on = false;
	return 0;
}

static const struct kvm_cpuid_entry2 *leaf_of(u32 leaf, u32 sub, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (out[i].function == leaf && out[i].index == sub)
			return &out[i];
	return NULL;
}

#define ANY	0xffffffff

u32 spec_leaf(void)
{
	return has & 0x3000;
}

/* Of a machine that has everything each leaf shows what is allowed, and of one that has nothing what is made here. */
static void supported(void **state)
{
	static const struct { u32 leaf, sub, most[4], least[4]; bool indexed; } rows[] = {
		{ 0, 0, { 0xd, ANY, ANY, ANY }, { 0xd, 0, 0, 0 }, false },
		{ 1, 0, { ANY, 0x00ffff00, 0xf6f83203, 0x078bfbff }, { 0, 0, 0x80200000, 0 }, false },
		{ 7, 0, { 0, 0x219c07a9, 0x400704, 0x10 }, { 0, 0, 0, 0 }, true },
		{ 0xd, 0, { 7, 832, 832, 0 }, { 7, 832, 832, 0 }, true },
		{ 0xd, 1, { 1, 0, 0, 0 }, { 0, 0, 0, 0 }, true },
		{ 0xd, 2, { ANY, ANY, 0, 0 }, { 0, 0, 0, 0 }, true },
		{ 0x80000000, 0, { 0x8000001f, ANY, ANY, ANY }, { 0x8000001f, 0, 0, 0 }, false },
		{ 0x80000001, 0, { ANY, ANY, 0x1f5, 0x2fd3fbff }, { 0, 0, 0, 0 }, false },
		{ 0x80000002, 0, { ANY, ANY, ANY, ANY }, { 0, 0, 0, 0 }, false },
		{ 0x80000003, 0, { ANY, ANY, ANY, ANY }, { 0, 0, 0, 0 }, false },
		{ 0x80000004, 0, { ANY, ANY, ANY, ANY }, { 0, 0, 0, 0 }, false },
		{ 0x80000005, 0, { ANY, ANY, ANY, ANY }, { 0, 0, 0, 0 }, false },
		{ 0x80000006, 0, { ANY, ANY, ANY, ANY }, { 0, 0, 0, 0 }, false },
		{ 0x80000007, 0, { 0, 0, 0, 0x100 }, { 0, 0, 0, 0 }, false },
		{ 0x80000008, 0, { 0xffff, 0x3205, 0, 0 }, { 0, 0, 0, 0 }, false },
		{ 0x8000000a, 0, { 0xff, 64, 0, 0x10000041 }, { 0, 64, 0, 0x10000040 }, false },
	};
	unsigned int i, n, pass;

	(void)state;
	for (pass = 0; pass < 2; pass++) {
		has = pass ? 0 : ~0U;
		memset(out, 0xee, sizeof(out));
		n = ROOM;
		assert_int_equal(svm_cpuid_supported(out, &n), 0);
		assert_int_equal(n, ARRAY_SIZE(rows) + 2);
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			const struct kvm_cpuid_entry2 *e = leaf_of(rows[i].leaf, rows[i].sub, n);
			const u32 *want = pass ? rows[i].least : rows[i].most;

			assert_non_null(e);
			assert_int_equal(e->eax, want[0]);
			assert_int_equal(e->ebx, want[1]);
			assert_int_equal(e->ecx, want[2]);
			assert_int_equal(e->edx, want[3]);
			assert_int_equal(e->flags, rows[i].indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0);
			assert_int_equal(e->padding[0], 0);
		}
		assert_int_equal(leaf_of(0x40000001, 0, n)->eax, 77);
	}
	/* a machine that ends before */
	plain = 5;
	extended = 0x80000004;
	n = ROOM;
	assert_int_equal(svm_cpuid_supported(out, &n), 0);
	assert_int_equal(leaf_of(0, 0, n)->eax, 5);
	assert_int_equal(leaf_of(0x80000000, 0, n)->eax, 0x80000004);
	assert_int_equal(n, 9);
	assert_null(leaf_of(7, 0, n));
	assert_non_null(leaf_of(0x80000004, 0, n));
	assert_null(leaf_of(0x80000005, 0, n));
}

/* Without XSAVE its leaves are not there; without AVX only its own is not. */
static void xsave(void **state)
{
	unsigned int n = ROOM;

	(void)state;
	svm_hw.xcr0 = 3;
	assert_int_equal(svm_cpuid_supported(out, &n), 0);
	assert_non_null(leaf_of(0xd, 0, n));
	assert_non_null(leaf_of(0xd, 1, n));
	assert_null(leaf_of(0xd, 2, n));
	svm_hw.xcr0 = 0;
	n = ROOM;
	svm_cpuid_supported(out, &n);
	assert_null(leaf_of(0xd, 0, n));
	assert_null(leaf_of(0xd, 1, n));
	assert_null(leaf_of(0xd, 2, n));
}

/* Where the room does not do what is needed is told, and nothing is written beyond. */
static void room(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 0; n < 18;) {
		unsigned int had = n;

		memset(out, 0xee, sizeof(out));
		assert_int_equal(svm_cpuid_supported(out, &n), -E2BIG);
		assert_int_equal(n, 18);
		assert_int_equal(out[had].function, 0xeeeeeeee);
		if (had)
			assert_int_not_equal(out[had - 1].function, 0xeeeeeeee);
		n = had + 1;
	}
	assert_int_equal(svm_cpuid_supported(out, &n), 0);
	assert_int_equal(out[17].function, 0x40000001);
}

static void give(unsigned int i, u32 leaf, u32 sub, u32 flags, u32 a, u32 b, u32 c, u32 d)
{
	given[i] = (struct kvm_cpuid_entry2) { .function = leaf, .index = sub, .flags = flags, .eax = a, .ebx = b, .ecx = c, .edx = d };
	if (svm->nr_cpuid <= i)
		svm->nr_cpuid = i + 1;
}

static void reads(u32 leaf, u32 sub, u32 a, u32 b, u32 c, u32 d)
{
	vmcb.save.rax = 0xffffffff00000000 | leaf;
	svm->gpr[SVM_RCX] = 0xffffffff00000000 | sub;
	svm->gpr[SVM_RBX] = svm->gpr[SVM_RDX] = ~0ULL;
	svm_cpuid(&vcpu);
	assert_int_equal(vmcb.save.rax, a);
	assert_int_equal(svm->gpr[SVM_RBX], b);
	assert_int_equal(svm->gpr[SVM_RCX], c);
	assert_int_equal(svm->gpr[SVM_RDX], d);
}

/* A guest reads what it was given, by index where that counts, and zero elsewhere. */
static void guest_reads(void **state)
{
	(void)state;
	give(0, 4, 0, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, 1, 2, 3, 4);
	give(1, 4, 1, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, 5, 6, 7, 8);
	give(2, 6, 9, 0, 9, 10, 11, 12);
	reads(4, 0, 1, 2, 3, 4);
	reads(4, 1, 5, 6, 7, 8);
	reads(4, 2, 0, 0, 0, 0);
	reads(6, 0, 9, 10, 11, 12);
	reads(6, 1, 9, 10, 11, 12);
	reads(5, 0, 0, 0, 0, 0);
	svm->nr_cpuid = 2;
	reads(6, 0, 0, 0, 0, 0);
}

/* Bits that say how something stands now: OSXSAVE by CR4, the local APIC's by its switch, the area's size by XCR0. */
static void now(void **state)
{
	(void)state;
	give(0, 1, 0, 0, 0, 0, 1 << 27 | 5, 1 << 9 | 6);
	reads(1, 0, 0, 0, 5, 1 << 9 | 6);
	vmcb.save.cr4 = X86_CR4_OSXSAVE;
	reads(1, 0, 0, 0, 1 << 27 | 5, 1 << 9 | 6);
	given[0].ecx = 5;
	reads(1, 0, 0, 0, 1 << 27 | 5, 1 << 9 | 6);
	vmcb.save.cr4 = ~(u64)X86_CR4_OSXSAVE;
	vcpu.intc.there = true;
	reads(1, 0, 0, 0, 5, 6);
	vcpu.intc.lapic.base = ~0ULL;
	reads(1, 0, 0, 0, 5, 1 << 9 | 6);
	give(1, 0xd, 0, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, 7, 1, 2, 3);
	give(2, 0xd, 1, KVM_CPUID_FLAG_SIGNIFCANT_INDEX, 7, 1, 2, 3);
	svm->xcr0 = 3;
	reads(0xd, 0, 7, 576, 2, 3);
	svm->xcr0 = 7;
	reads(0xd, 0, 7, 832, 2, 3);
	reads(0xd, 1, 7, 1, 2, 3);
}

/* A feature's bit is one of one register. */
static void has_bits(void **state)
{
	unsigned int reg, bit;

	(void)state;
	give(0, 9, 0, 0, 1, 1U << 31, 1 << 5, 1 << 9);
	for (reg = 0; reg < 4; reg++)
		for (bit = 0; bit < 32; bit++)
			assert_int_equal(svm_has(svm, 9, reg, bit),
					 bit == (reg == 0 ? 0 : reg == 1 ? 31 : reg == 2 ? 5 : 9));
	assert_false(svm_has(svm, 10, 0, 0));
}

static u64 cr4_with(u32 leaf, u32 b, u32 c)
{
	give(0, leaf, 0, 0, 0, b, c, 0);
	svm_cpuid_settle(svm);
	return svm->may_cr4;
}

#define CR4_ALWAYS	0x7ffULL	/* VME to OSXMMEXCPT */

/* CR4: what every CPU has, and a bit for each feature that the guest is shown; before that all that it can be shown. */
static void cr4(void **state)
{
	(void)state;
	assert_int_equal(cr4_with(9, ~0U, ~0U), CR4_ALWAYS);
	assert_int_equal(cr4_with(1, ~0U, 0), CR4_ALWAYS);
	assert_int_equal(cr4_with(1, 0, 1 << 26), CR4_ALWAYS | X86_CR4_OSXSAVE);
	assert_int_equal(cr4_with(1, 0, 1 << 17), CR4_ALWAYS | X86_CR4_PCIDE);
	assert_int_equal(cr4_with(7, 1 << 0, 0), CR4_ALWAYS | X86_CR4_FSGSBASE);
	assert_int_equal(cr4_with(7, 1 << 7, 0), CR4_ALWAYS | X86_CR4_SMEP);
	assert_int_equal(cr4_with(7, 1 << 20, 0), CR4_ALWAYS | X86_CR4_SMAP);
	assert_int_equal(cr4_with(7, 0, 1 << 2), CR4_ALWAYS | X86_CR4_UMIP);
	assert_int_equal(cr4_with(7, 0, 1 << 16), CR4_ALWAYS | X86_CR4_LA57);
	svm->nr_cpuid = 0;
	svm_cpuid_settle(svm);
	assert_int_equal(svm->may_cr4, CR4_ALWAYS | X86_CR4_OSXSAVE | X86_CR4_FSGSBASE | X86_CR4_SMEP | X86_CR4_SMAP |
			 X86_CR4_UMIP);
	plain = 7;
	svm_cpuid_settle(svm);
	assert_int_equal(svm->may_cr4, CR4_ALWAYS | X86_CR4_OSXSAVE | X86_CR4_FSGSBASE | X86_CR4_SMEP | X86_CR4_SMAP |
			 X86_CR4_UMIP);
	plain = 6;
	svm_cpuid_settle(svm);
	assert_int_equal(svm->may_cr4, CR4_ALWAYS | X86_CR4_OSXSAVE);
	plain = 7;
	has = 0;
	svm_cpuid_settle(svm);
	assert_int_equal(svm->may_cr4, CR4_ALWAYS);
}

static u64 efer_with(u32 c, u32 d)
{
	give(0, 0x80000001, 0, 0, 0, 0, c, d);
	svm_cpuid_settle(svm);
	return svm->may_efer;
}

/* EFER likewise, by one leaf. */
static void efer(void **state)
{
	(void)state;
	assert_int_equal(efer_with(0, 0), EFER_SCE | EFER_LMA);
	assert_int_equal(efer_with(0, 1 << 29), EFER_SCE | EFER_LMA | EFER_LME);
	assert_int_equal(efer_with(0, 1 << 20), EFER_SCE | EFER_LMA | EFER_NX);
	assert_int_equal(efer_with(0, 1 << 25), EFER_SCE | EFER_LMA | EFER_FFXSR);
	assert_int_equal(efer_with(1 << 2, 0), EFER_SCE | EFER_LMA | EFER_SVME);
	assert_int_equal(efer_with(~(1U << 2), ~(1U << 29 | 1 << 20 | 1 << 25)), EFER_SCE | EFER_LMA);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(supported), TEST(xsave), TEST(room), TEST(guest_reads), TEST(now), TEST(has_bits), TEST(cr4), TEST(efer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
