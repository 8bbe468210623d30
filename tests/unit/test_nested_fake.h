/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that is a hypervisor, around src/x86/nested: pages of its memory, and what is asked of the rest of ours. What
 * a control block has where is AMD APM vol. 2, appendix B.
 */
#ifndef TEST_NESTED_FAKE_H
#define TEST_NESTED_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/vm.h"
#include "../../src/x86/svm/fetch.h"
#include "../../src/x86/nested/inner.h"

#define VMCB12		0x1000UL
#define IOPM		0x10000UL	/* three pages */
#define MSRPM		0x20000UL	/* two */
#define MEM_PAGES	64

static unsigned char mem[MEM_PAGES][PAGE_SIZE];
static bool away[MEM_PAGES];		/* cannot be had */
static int away_why;
static unsigned int uses, dirty[MEM_PAGES];
static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct nested nested;
static struct vmcb l1, l2, copy;
static unsigned char our_msrs[2 * PAGE_SIZE], both_msrs[2 * PAGE_SIZE];
static unsigned int gps, intercepts_again, npfs, payloads;
static bool skips, slow_fails;
static struct shadow shadow;
struct svm_hw svm_hw;

/* Pages of L1's. */

void *nested_page_begin(struct nested_page *p, struct gmem *gm, u64 gpa, bool write)
{
	assert_ptr_equal(gm, &vm.npt.gmem);
	assert_true(!(gpa & 0xfff) && gpa < sizeof(mem));
	if (away[gpa >> PAGE_SHIFT])
		return ERR_PTR(away_why);
	assert_false(p->used);
	p->gpa = gpa;
	p->used = 1;
	uses++;
	return mem[gpa >> PAGE_SHIFT];
}

void nested_page_end(struct nested_page *p, bool was_written)
{
	assert_true(p->used);
	p->used = 0;
	uses--;
	dirty[p->gpa >> PAGE_SHIFT] += was_written;
}

const void *nested_page_copy(struct nested_page *p, struct gmem *gm, u64 gpa, void *to, const struct nested_span *s)
{
	const void *page = nested_page_begin(p, gm, gpa, true);

	if (IS_ERR(page))
		return page;
	for (; s->len; s++)
		memcpy(to + s->at, page + s->at, s->len);
	nested_page_end(p, false);
	return to;
}

struct nested_page *nested_page_choose(struct nested_page *p, unsigned int n, u64 gpa, u64 *clock)
{
	assert_int_equal(n, NESTED_VMCBS);
	return p;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	if (slow_fails)
		return len - 1;
	memcpy((unsigned char *)mem + gpa, buf, len);
	return len;
}

/* The rest of the hypervisor. */

void svm_permissions(const struct x86_vcpu *v, u64 *io, u64 *msr)
{
	*io = 0x77000;
	*msr = __pa(our_msrs);
}

static bool moves_rip;

bool fetch_skip(struct x86_vcpu *v, enum insn_name name)
{
	assert_int_equal(name, INSN_VMRUN);
	if (moves_rip) {
		v->svm.vmcb->save.rip += 3;
		v->svm.stepped = true;
	}
	return skips;
}

static unsigned int hides;

void svm_hide_step(struct svm *s)
{
	assert_true(s->nested->in_l2);
	hides++;
}

void svm_queue_gp(struct x86_vcpu *v)
{
	gps++;
}

void svm_set_efer(struct svm *s, u64 efer)
{
	s->efer = efer;
}

void svm_debug_intercept(struct svm *s)
{
	assert_ptr_equal(s->vmcb, &l1);
	intercepts_again++;
}

void svm_deliver_payload(struct svm *s)
{
	payloads += s->exception.valid;
}

u64 shadow_root(const struct shadow *s)
{
	assert_ptr_equal(s, &shadow);
	return 0x5000;
}

u64 npt_root(const struct npt *npt)
{
	return 0x6000;
}

static struct {
	u32 asid;
	u64 ncr3;
	u8 tlb_ctl;
	int ret;
} entered;

int space_enter(struct spaces *s, u32 asid, u64 ncr3, u8 tlb_ctl, unsigned int levels, bool *flush)
{
	assert_true(s == &nested.spaces && levels == 4 && flush == &nested.other_flush);
	entered.asid = asid;
	entered.ncr3 = ncr3;
	entered.tlb_ctl = tlb_ctl;
	s->now = ncr3 == SPACE_NO_NCR3 ? NULL : &shadow;
	*flush = true;
	return entered.ret;
}

int nested_npf(struct x86_vcpu *v)
{
	npfs++;
	return VCPU_RESUME;
}

u64 nested_rax(const struct svm *s)
{
	return s->vmcb->save.rax;
}

/* What a block has. */

struct range {
	unsigned int at, len;
};

#define SEGMENT(n)	{ 0x400 + 16 * (n), 16 }

static const struct range __attribute__((unused)) vmsave[] = {
	SEGMENT(4), SEGMENT(5), SEGMENT(7), SEGMENT(9),				/* FS, GS, LDTR, TR */
	{ 0x600, 8 }, { 0x608, 8 }, { 0x610, 8 }, { 0x618, 8 }, { 0x620, 8 },	/* STAR to KernelGsBase */
	{ 0x628, 8 }, { 0x630, 8 }, { 0x638, 8 }, { }				/* SYSENTER */
};

static const struct range __attribute__((unused)) state[] = {
	SEGMENT(0), SEGMENT(1), SEGMENT(2), SEGMENT(3), SEGMENT(6), SEGMENT(8),	/* ES to DS, GDTR, IDTR */
	{ 0x4cb, 1 }, { 0x4d0, 8 },						/* CPL, EFER */
	{ 0x548, 8 }, { 0x550, 8 }, { 0x558, 8 }, { 0x560, 8 }, { 0x568, 8 },	/* CR4, CR3, CR0, DR7, DR6 */
	{ 0x570, 8 }, { 0x578, 8 }, { 0x5d8, 8 }, { 0x5f8, 8 }, { 0x640, 8 }, { } /* RFLAGS, RIP, RSP, RAX, CR2 */
};

static const struct range __attribute__((unused)) pat[] = { { 0x668, 8 }, { } };

/* At #VMEXIT: interrupt control and shadow, exit code, infos, EXITINTINFO, EVENTINJ. */
static const struct range __attribute__((unused)) exits[] = {
	{ 0x60, 4 }, { 0x68, 4 }, { 0x70, 8 }, { 0x78, 8 }, { 0x80, 8 }, { 0x88, 4 }, { 0x8c, 4 }, { 0xa8, 4 }, { }
};

static const struct range __attribute__((unused)) invalid[] = { { 0x70, 8 }, { 0x78, 8 }, { 0x80, 8 }, { 0x88, 4 }, { } };

/* What VMRUN is told. */
static const struct range __attribute__((unused)) control[] = {
	{ 0, 24 }, { 0x40, 8 }, { 0x48, 8 }, { 0x50, 8 }, { 0x58, 4 }, { 0x5c, 1 }, { 0x60, 4 }, { 0x64, 4 }, { 0x68, 4 },
	{ 0x90, 8 }, { 0xa8, 4 }, { 0xac, 4 }, { 0xb0, 8 }, { }
};

static inline void fill(void *at, size_t len, unsigned int seed)
{
	srand(seed);
	while (len--)
		((unsigned char *)at)[len] = rand() >> 8;
}

#define noise(p, seed)	fill(p, sizeof(*(p)), seed)

static inline void copy_ranges(void *to, const void *from, const struct range *r)
{
	for (; r->len; r++)
		memcpy((char *)to + r->at, (const char *)from + r->at, r->len);
}

static inline bool is_in(unsigned int at, const struct range *r)
{
	for (; r->len; r++)
		if (at - r->at < r->len)
			return true;
	return false;
}

/* Of @to these ranges are as in @from, and all else is as in @was. */
static inline void copied(const void *to, const void *was, const void *from, const struct range *a, const struct range *b)
{
	unsigned int at;

	for (at = 0; at < PAGE_SIZE; at++) {
		const unsigned char *want = is_in(at, a) || (b && is_in(at, b)) ? from : was;

		if (((const unsigned char *)to)[at] != want[at])
			fail_msg("byte %#x", at);
	}
}

static inline int setup(void **st)
{
	memset(mem, 0, sizeof(mem));
	memset(away, 0, sizeof(away));
	memset(dirty, 0, sizeof(dirty));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&nested, 0, sizeof(nested));
	memset(&l1, 0, sizeof(l1));
	memset(&l2, 0, sizeof(l2));
	memset(&copy, 0, sizeof(copy));
	memset(our_msrs, 0xff, sizeof(our_msrs));
	memset(both_msrs, 0xff, sizeof(both_msrs));
	memset(&entered, 0, sizeof(entered));
	away_why = -EFAULT;
	uses = gps = intercepts_again = npfs = payloads = 0;
	skips = true;
	slow_fails = false;
	svm_hw.phys_bits = 40;
	vm.npt.levels = 4;
	vcpu.vm = &vm;
	svm->vmcb = &l1;
	svm->vmcb_pa = __pa(&l1);
	svm->nested = &nested;
	svm->hsave = 0x9000;
	svm->may_efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_NX | EFER_SCE;
	svm->may_cr4 = X86_CR4_PAE;
	nested.l1 = &l1;
	nested.l2 = &l2;
	nested.copy = &copy;
	nested.gif = true;
	nested.msr_map = both_msrs;
	l1.save.cr0 = X86_CR0_PG | X86_CR0_PE;
	l1.save.g_pat = 0x0007040600070406ULL;
	l1.save.rax = VMCB12;
	l1.control.tsc_offset = 1000;
	return 0;
}

static inline int teardown(void **st)
{
	assert_int_equal(uses, 0);
	shim_check_quiet();
	return 0;
}

static inline struct vmcb *block(void)
{
	return (struct vmcb *)mem[VMCB12 >> PAGE_SHIFT];
}

/* A block that VMRUN takes, with something in each field. */
static inline struct vmcb *good(void)
{
	struct vmcb *b = block();

	noise(b, 3);
	memset(&b->control, 0, 24);
	b->control.intercepts[4] = 1;		/* VMRUN */
	b->control.iopm_base_pa = IOPM | 5;	/* low bits count as 0 */
	b->control.msrpm_base_pa = MSRPM | 9;
	b->control.asid = 7;
	b->control.tlb_ctl = TLB_CONTROL_FLUSH_ASID;
	b->control.int_ctl = V_INTR_MASKING_MASK | V_IRQ_MASK | 0x50000 | 9;
	b->control.int_vector = 0xabcd55;
	b->control.nested_ctl = 1;
	b->control.nested_cr3 = 0x30000;
	b->control.event_inj = 0;
	b->save.efer = EFER_SVME | EFER_LME;
	b->save.cr0 = X86_CR0_PE | X86_CR0_PG;
	b->save.cr4 = X86_CR4_PAE;
	b->save.cr3 = 0x40000;
	b->save.dr6 = 0xffff0ff0;
	b->save.dr7 = 0x455;
	b->save.g_pat = 0x0007040600070401ULL;
	b->save.cs.attrib = 0x29b;
	b->save.rflags = 0x200;
	return b;
}

static inline void enter(void)
{
	good();
	assert_int_equal(nested_vmrun(&vcpu), VCPU_RESUME);
	assert_true(nested.in_l2);
	svm->flush = false;
	nested.other_flush = true;
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
