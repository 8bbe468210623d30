// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page faults of a guest's guest: whose they are, and what its hypervisor hears (AMD APM vol. 2, 15.25.6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/kvm.h>
#include <asm/processor-flags.h>

#include "../../src/vm/arch.h"
#include "../../src/x86/vm.h"
#include "../../src/x86/nested/inner.h"
#include "../../src/x86/nested/reach.h"

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct nested nested;
static struct vmcb l1, l2;
static struct shadow shadow;
static int walk_ret, npf_ret, map_ret;
static unsigned int npfs, maps, copies, missing;
static struct {
	struct nested_tables t;
	u64 addr;
	bool write, exec;
} walked;
static struct {
	u64 code, info1, info2;
	unsigned int n;
} left;
static struct {
	u32 asid;
	bool *flush;
	unsigned int n;
} flushed;
struct svm_hw svm_hw = { .phys_bits = 48 };

void reach_init(struct reach *w, struct gmem *gm)
{
	assert_ptr_equal(gm, &vm.npt.gmem);
}

int nested_walk(struct nested_tables *t, u64 addr, bool write, bool exec, struct nested_leaf *leaf, u64 *error)
{
	walked.t = *t;
	walked.addr = addr;
	walked.write = write;
	walked.exec = exec;
	*error = NESTED_NPF_USER | (write ? NESTED_NPF_WRITE : 0);
	leaf->addr = addr + 0x10000;
	return walk_ret;
}

bool npt_copy(struct npt *npt, u64 gpa, bool write, struct npt_copy *ours)
{
	assert_int_equal(gpa, walked.addr + 0x10000);
	copies++;
	return !missing || !missing--;
}

int svm_npf(struct x86_vcpu *v, u64 gpa)
{
	assert_int_equal(gpa, walked.addr + 0x10000);
	npfs++;
	return npf_ret;
}

int space_map(struct spaces *s, u64 addr, const struct nested_leaf *leaf, const struct npt_copy *ours, bool *flush)
{
	assert_true(s == &nested.spaces && addr == walked.addr && leaf->addr == addr + 0x10000 && flush == &vcpu.svm.flush);
	maps++;
	return map_ret;
}

void space_flush(struct spaces *s, u32 asid, bool *flush)
{
	assert_ptr_equal(s, &nested.spaces);
	flushed.asid = asid;
	flushed.flush = flush;
	flushed.n++;
}

void nested_leave(struct x86_vcpu *v, u64 code, u64 info1, u64 info2)
{
	left.code = code;
	left.info1 = info1;
	left.info2 = info2;
	left.n++;
}

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&nested, 0, sizeof(nested));
	memset(&l1, 0, sizeof(l1));
	memset(&l2, 0, sizeof(l2));
	memset(&left, 0, sizeof(left));
	memset(&flushed, 0, sizeof(flushed));
	walk_ret = map_ret = npfs = maps = copies = missing = 0;
	npf_ret = VCPU_RESUME;
	vcpu.vm = &vm;
	vcpu.svm.nested = &nested;
	nested.l1 = &l1;
	nested.l2 = &l2;
	nested.in_l2 = true;
	nested.spaces.now = &shadow;
	nested.ctl.ncr3 = 0x7000;
	l2.control.exit_info_2 = 0x123000;
	return 0;
}

/* The tables' form is that of L1's own mode. */
static void forms(void **state)
{
	static const struct {
		u64 efer, cr4;
		unsigned int levels;
	} modes[] = {
		{ EFER_LMA, X86_CR4_PAE, 4 }, { EFER_LMA, X86_CR4_PAE | X86_CR4_LA57, 5 }, { 0, X86_CR4_PAE | X86_CR4_LA57, 3 },
		{ EFER_NX, 0, 2 }, { 0, X86_CR4_PSE, 2 },
	};
	unsigned int i;

	for (i = 0; i < 5; i++) {
		l1.save.efer = modes[i].efer;
		l1.save.cr4 = modes[i].cr4;
		assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
		assert_true(walked.t.root == 0x7000 && walked.t.levels == modes[i].levels && walked.t.phys_bits == 48);
		assert_true(walked.t.nx == !!(modes[i].efer & EFER_NX) && walked.t.pse == !!(modes[i].cr4 & X86_CR4_PSE));
	}
}

/* What L1's tables deny is L1's, with what was done and where; the rest is mapped, and asked for first if it has to be. */
static void faults(void **state)
{
	l2.control.exit_info_1 = NESTED_NPF_WRITE | NESTED_NPF_FINAL;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	assert_true(walked.write && !walked.exec && maps == 1 && !npfs && !left.n);
	l2.control.exit_info_1 = NESTED_NPF_FETCH;
	missing = 1;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	assert_true(!walked.write && walked.exec && maps == 2 && npfs == 1);
	missing = 2;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	assert_true(maps == 2 && npfs == 2);
	missing = 1;
	npf_ret = VCPU_TO_USER;
	assert_int_equal(nested_npf(&vcpu), VCPU_TO_USER);
	assert_int_equal(maps, 2);
	missing = 0;
	map_ret = -ENOMEM;
	assert_int_equal(nested_npf(&vcpu), -ENOMEM);
	walk_ret = -EAGAIN;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	walk_ret = -EFAULT;
	assert_int_equal(nested_npf(&vcpu), -EFAULT);
	assert_int_equal(left.n, 0);
	walk_ret = TABLES_FAULT;
	l2.control.exit_info_1 = NESTED_NPF_WRITE | NESTED_NPF_TABLE | NESTED_NPF_PRESENT;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	assert_true(left.n == 1 && left.code == SVM_EXIT_NPF && left.info2 == 0x123000);
	assert_int_equal(left.info1, NESTED_NPF_USER | NESTED_NPF_WRITE | NESTED_NPF_TABLE);
	l2.control.exit_info_1 = NESTED_NPF_FINAL;
	assert_int_equal(nested_npf(&vcpu), VCPU_RESUME);
	assert_int_equal(left.info1, NESTED_NPF_USER | NESTED_NPF_FINAL);
}

/* An access that we make for L2 is as its own: where L1's tables deny it, L1 hears of it, and whether it was of a table of L2's. */
static void denied(void **state)
{
	u64 gpa = 0x5000;

	assert_true(!nested_gpa(&vcpu, &gpa, SVM_WRITE) && gpa == 0x15000 && walked.write && !flushed.n);
	walk_ret = TABLES_FAULT;
	gpa = 0x6000;
	assert_true(nested_gpa(&vcpu, &gpa, SVM_WRITE) == -ENXIO && gpa == 0x6000);
	/* nothing of what L2's entries were made of is trusted any more */
	assert_true(flushed.n == 1 && !flushed.asid && flushed.flush == &vcpu.svm.flush);
	nested_denied(&vcpu);
	assert_true(left.code == SVM_EXIT_NPF && left.info2 == 0x6000);
	assert_int_equal(left.info1, NESTED_NPF_USER | NESTED_NPF_WRITE | NESTED_NPF_FINAL);
	assert_int_equal(nested_gpa(&vcpu, &gpa, SVM_TABLE), -ENXIO);
	nested_denied(&vcpu);
	assert_int_equal(left.info1, NESTED_NPF_USER | NESTED_NPF_TABLE);
	walk_ret = -EINTR;
	assert_int_equal(nested_gpa(&vcpu, &gpa, 0), -EINTR);
	/* without nested paging, or in L1, it is as it is */
	nested.spaces.now = NULL;
	assert_true(!nested_gpa(&vcpu, &gpa, 0) && gpa == 0x6000);
	nested.spaces.now = &shadow;
	nested.in_l2 = false;
	assert_true(!nested_gpa(&vcpu, &gpa, 0) && gpa == 0x6000);
}

/* A flush is owed by whoever does not run, too. */
static void flushes(void **state)
{
	nested_flush(&vcpu, 7);
	assert_true(flushed.asid == 7 && flushed.flush == &vcpu.svm.flush);
	nested.in_l2 = false;
	nested_flush(&vcpu, 8);
	assert_true(flushed.asid == 8 && flushed.flush == &nested.other_flush);
	nested_forget(&vcpu);
	assert_true(vcpu.svm.flush && nested.other_flush && !flushed.asid && flushed.n == 3);
	vcpu.svm.flush = false;
	vcpu.svm.nested = NULL;
	nested_forget(&vcpu);
	assert_true(vcpu.svm.flush && flushed.n == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(forms, setup), cmocka_unit_test_setup(faults, setup), cmocka_unit_test_setup(denied, setup),
		cmocka_unit_test_setup(flushes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
