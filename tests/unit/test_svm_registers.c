// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's registers: what a reset makes of them, and what the guest's moves to control and debug registers do, by the
 * bytes of its instructions (AMD APM vol. 2, 3.1, 13.1, 14.1; vol. 3).
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
#include <asm/cpufeature.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../../model/shim/unit.h"
#include "../../src/x86/nested/nested.h"
#include "../../src/x86/svm/fetch.h"
#include "../../src/x86/vm.h"

#define RIP	0x1000
#define DR6	0xffff0ff0ULL

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct kvm_run run;
static struct nested nested;
static struct kvm_cpuid_entry2 xcr_leaf;
static u64 cr8;
static u8 code[16];
static unsigned int code_len;
static u64 code_at;
static u16 memory;
static bool no_memory;
static struct {
	unsigned int gp, ud, pf, db, other;
	u64 at;
} queued;
static unsigned int resets;
struct svm_hw svm_hw;
struct cpuinfo_x86 boot_cpu_data = { .x86 = 0x17 };

/* Exceptions. */

void svm_queue_gp(struct x86_vcpu *v)
{
	queued.gp++;
}

void svm_queue_ud(struct x86_vcpu *v)
{
	queued.ud++;
}

void svm_queue_page_fault(struct x86_vcpu *v, u64 va, unsigned int access)
{
	queued.pf++;
	queued.at = va;
}

void svm_queue_debug(struct x86_vcpu *v, u64 reason)
{
	queued.db++;
	queued.at = reason;
}

void svm_queue_exception(struct x86_vcpu *v, u8 vector, bool has_error, u32 error)
{
	assert_true(!has_error && !error);
	queued.other = vector;
}

/* Memory. */

static bool follows;
static unsigned int followed;

bool svm_follow(struct x86_vcpu *v, u64 va, struct trail *t)
{
	followed++;
	if (follows)
		t->gpa = va & ~0xfffULL;
	return follows;
}

/* Each byte is its page's number. */
bool trail_read(struct trail *t, struct gmem *gm, unsigned int off, void *buf, unsigned int len)
{
	if (!t->gpa)
		return false;
	memset(buf, t->gpa >> 12, len);
	return true;
}

unsigned int svm_read_linear(struct x86_vcpu *v, u64 va, unsigned int access, void *buf, unsigned int len)
{
	if (len == INSN_MAX) {
		assert_int_equal(va, code_at);
		memcpy(buf, code, code_len);
		return code_len;
	}
	queued.at = va;
	memcpy(buf, &memory, sizeof(memory));
	return no_memory ? 1 : sizeof(memory);
}

/* Others. */

const struct kvm_cpuid_entry2 *svm_cpuid_find(const struct svm *s, u32 leaf, u32 sub)
{
	return leaf == 0xd && !sub && xcr_leaf.function ? &xcr_leaf : NULL;
}

void svm_cpuid_settle(struct svm *s)
{
	resets++;
}

void spec_init(struct spec *spec)
{
}

u64 intc_cr8(const struct x86_vcpu *v)
{
	return cr8;
}

void intc_set_cr8(struct x86_vcpu *v, u64 val)
{
	cr8 = val;
}

void svm_permissions(const struct x86_vcpu *v, u64 *io, u64 *msr)
{
	*io = 0x11000;
	*msr = 0x22000;
}

u64 npt_root(const struct npt *npt)
{
	return 0x33000;
}

unsigned int svm_msr_count(void)
{
	return 5;
}

int svm_set_tsc_aux(struct x86_vcpu *v, u32 val)
{
	v->svm.tsc_aux = val;
	return 0;
}

void svm_msr_reset(struct svm *s)
{
	resets++;
}

void kvmclock_reset(struct x86_vcpu *v)
{
	resets++;
}

void ending_reset(struct x86_vcpu *v)
{
	resets++;
}

void apf_reset(struct x86_vcpu *v)
{
	resets++;
}

void nested_abort(struct x86_vcpu *v)
{
	resets++;
	v->svm.nested = NULL;
}

void nested_free(struct x86_vcpu *v)
{
}

void nested_forget(struct x86_vcpu *v)
{
	assert_null(v->svm.nested);	/* L1's registers are back */
	v->svm.flush = true;
	resets++;
}

bool nested_intercepts(const u32 *words, u32 bit)
{
	return words[bit / 32] & BIT(bit % 32);
}

static struct vmcb_save_area *save(void)
{
	return &svm->vmcb->save;
}

/* A vCPU in 64-bit mode, with all that CR4 may have. */
static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&run, 0, sizeof(run));
	memset(&nested, 0, sizeof(nested));
	memset(&queued, 0, sizeof(queued));
	memset(&xcr_leaf, 0, sizeof(xcr_leaf));
	memset(&svm_hw, 0, sizeof(svm_hw));
	vcpu.vm = &vm;
	vcpu.base.run = &run;
	cr8 = resets = 0;
	no_memory = follows = false;
	assert_int_equal(svm_vcpu_init(&vcpu), 0);
	svm->flush = false;
	svm->may_cr4 = ~0ULL;
	svm_set_efer(svm, EFER_LME | EFER_LMA);
	save()->cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_ET;
	save()->cr4 = X86_CR4_PAE;
	save()->cs.attrib = 0x29b;
	save()->cs.base = 0x50000;
	save()->rip = RIP;
	return 0;
}

static int teardown(void **state)
{
	svm_vcpu_destroy(&vcpu);
	assert_int_equal(shim_allocs(), 0);
	return 0;
}

static int exits(u32 exit, const char *bytes, unsigned int len)
{
	memcpy(code, bytes, len);
	code_len = len;
	code_at = fetch_rip(svm);
	return svm_control_exit(&vcpu, exit);
}

/* Whether the instruction was served, without an exception, and is over. */
#define serves(exit, bytes)	({								\
	unsigned int was_ = queued.gp + queued.ud + queued.pf + queued.db;				\
	save()->rip = RIP;										\
	assert_int_equal(exits(exit, bytes, sizeof(bytes) - 1), VCPU_RESUME);				\
	was_ == queued.gp + queued.ud + queued.pf + queued.db && save()->rip == RIP + sizeof(bytes) - 1;	\
})

#define CR0_RAX	"\x0f\x22\xc0"
#define CR4_R9	"\x41\x0f\x22\xe1"
#define CR8_RBX	"\x44\x0f\x22\xc3"

static bool takes_cr0(u64 val)
{
	bool done;

	queued.gp = 0;
	save()->rax = val;
	done = serves(SVM_EXIT_CR0_SEL_WRITE, CR0_RAX);
	assert_int_equal(done, !queued.gp);
	return done;
}

/* CR0: what may be, and become; what long mode makes of paging; and what has to be flushed. */
static void cr0(void **state)
{
	const u64 on = X86_CR0_PE | X86_CR0_PG | X86_CR0_ET;

	assert_true(takes_cr0(on | X86_CR0_TS) && save()->cr0 == (on | X86_CR0_TS) && !svm->flush);
	assert_true(takes_cr0(X86_CR0_PE | X86_CR0_PG | 1 << 6) && save()->cr0 == on);	/* ET is always set, what is reserved is not */
	assert_true(takes_cr0(on | X86_CR0_WP) && svm->flush);
	assert_false(takes_cr0(on | 1ULL << 32));
	assert_false(takes_cr0(X86_CR0_PG));
	assert_false(takes_cr0(on | X86_CR0_NW));
	assert_true(takes_cr0(on | X86_CR0_NW | X86_CR0_CD));
	assert_true(takes_cr0(on | X86_CR0_CD));
	assert_false(takes_cr0(X86_CR0_PE));		/* paging goes off in compatibility mode */
	assert_int_equal(save()->cr0, on | X86_CR0_CD);
	save()->cs.attrib = 0x49b;
	save()->cs.base = 0;
	save()->cr4 |= X86_CR4_PCIDE;
	assert_false(takes_cr0(X86_CR0_PE));
	save()->cr4 &= ~X86_CR4_PCIDE;
	svm->flush = false;
	assert_true(takes_cr0(X86_CR0_PE) && svm->efer == EFER_LME && svm->flush);
	save()->cr4 = 0;
	assert_false(takes_cr0(on));
	save()->cr4 = X86_CR4_PAE;
	save()->cs.attrib = 0x29b;
	assert_false(takes_cr0(on));
	save()->cs.attrib = 0x49b;
	assert_true(takes_cr0(on) && svm->efer == (EFER_LME | EFER_LMA));
	svm_set_efer(svm, 0);
	save()->cr4 = 0;
	assert_true(takes_cr0(X86_CR0_PE) && !svm->efer);
	svm->flush = false;
	assert_true(takes_cr0(0) && svm->flush);
	save()->cs.attrib = 0x9b;
	assert_true(takes_cr0(on) && !svm->efer);
	/* of 32 bits outside 64-bit mode */
	save()->cs.attrib = 0x49b;
	assert_true(takes_cr0(on | 7ULL << 32));
	/* what is no such instruction any more is met again */
	assert_false(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x22\xe0"));
	assert_false(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x20\xc0"));
	assert_false(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x23\xc0"));
	assert_int_equal(queued.gp, 0);
}

/* LMSW writes four bits, from a register or memory, and does not clear PE. */
static void lmsw(void **state)
{
	save()->cr0 |= X86_CR0_TS | X86_CR0_WP;
	svm->gpr[SVM_RCX] = 0xfff6;
	assert_true(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x01\xf1"));
	assert_int_equal(save()->cr0, X86_CR0_PE | X86_CR0_PG | X86_CR0_ET | X86_CR0_WP | X86_CR0_MP | X86_CR0_EM);
	memory = X86_CR0_TS;
	svm->gpr[SVM_RCX] = 0x7000;
	assert_true(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x01\x31"));
	assert_true(queued.at == 0x7000 && save()->cr0 == (X86_CR0_PE | X86_CR0_PG | X86_CR0_ET | X86_CR0_WP | X86_CR0_TS));
	no_memory = true;
	memory = 0;
	assert_false(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x01\x31"));
	assert_true(queued.pf == 1 && queued.at == 0x7000 && save()->cr0 & X86_CR0_TS);
}

/* Operands of segments count from their bases, in 64-bit mode those of FS and GS alone. */
static void segments(void **state)
{
	static const struct {
		const char *prefix;
		u64 base;
	} all[] = { { "\x26", 0x1000 }, { "\x2e", 0x2000 }, { "\x36", 0x3000 }, { "\x3e", 0x4000 }, { "\x64", 0x5000 }, { "\x65", 0x6000 } };
	char bytes[] = "\x26\x0f\x01\x31";
	unsigned int i;

	save()->es.base = 0x1000;
	save()->cs.base = 0x2000;
	save()->ss.base = 0x3000;
	save()->ds.base = 0x4000;
	save()->fs.base = 0x5000;
	save()->gs.base = 0x6000;
	memory = X86_CR0_PE;
	for (i = 0; i < 6; i++) {
		bytes[0] = all[i].prefix[0];
		svm->gpr[SVM_RCX] = 0xff000000aaULL;
		save()->cs.attrib = 0x29b;
		assert_true(serves(SVM_EXIT_CR0_SEL_WRITE, bytes));
		assert_int_equal(queued.at, 0xff000000aaULL + (i < 4 ? 0 : all[i].base));
		save()->cs.attrib = 0x49b;
		svm->gpr[SVM_RCX] = 0xfffff000;
		assert_true(serves(SVM_EXIT_CR0_SEL_WRITE, bytes));
		assert_int_equal(queued.at, (u32)(0xfffff000 + all[i].base));
	}
	assert_true(serves(SVM_EXIT_CR0_SEL_WRITE, "\x0f\x01\x31"));
	assert_int_equal(queued.at, 0x3000);
	save()->cs.attrib = 0x9b;
	assert_int_equal(fetch_mode(svm), INSN_16);
}

static bool takes_cr4(u64 val)
{
	svm->gpr[9] = val;
	svm->flush = false;
	return serves(SVM_EXIT_WRITE_CR4, CR4_R9);
}

/* CR4: what CPUID shows; PAE and the levels stay in long mode; what changes the meaning of tables flushes. */
static void cr4(void **state)
{
	static const u64 flush[] = { X86_CR4_PSE, X86_CR4_PGE, X86_CR4_PCIDE, X86_CR4_SMEP };
	unsigned int i;

	svm->may_cr4 = ~(u64)X86_CR4_VMXE;
	for (i = 0; i < 4; i++) {
		assert_true(takes_cr4(X86_CR4_PAE | flush[i]) && save()->cr4 == (X86_CR4_PAE | flush[i]) && svm->flush);
		assert_true(takes_cr4(X86_CR4_PAE) && svm->flush);
	}
	assert_true(takes_cr4(X86_CR4_PAE | X86_CR4_DE) && !svm->flush);
	assert_false(takes_cr4(X86_CR4_PAE | X86_CR4_VMXE));
	assert_false(takes_cr4(0));
	assert_false(takes_cr4(X86_CR4_PAE | X86_CR4_LA57));
	assert_true(queued.gp == 3 && save()->cr4 == (X86_CR4_PAE | X86_CR4_DE));
	svm_set_efer(svm, 0);
	save()->cs.attrib = 0x49b;
	save()->rax = X86_CR4_LA57;
	assert_true(serves(SVM_EXIT_WRITE_CR4, "\x0f\x22\xe0") && svm->flush && save()->cr4 == X86_CR4_LA57);
	assert_false(serves(SVM_EXIT_WRITE_CR4, "\x0f\x22\xc0"));
	assert_false(serves(SVM_EXIT_WRITE_CR4, "\x0f\x20\xe0"));
	assert_false(serves(SVM_EXIT_WRITE_CR4, "\x0f\x23\xe0"));
	save()->rax = 7ULL << 32 | X86_CR4_PAE;
	assert_true(serves(SVM_EXIT_WRITE_CR4, "\x0f\x22\xe0") && save()->cr4 == X86_CR4_PAE);
}

/* CR8 is four bits; a VMM that has the interrupt controller hears of a lower one. */
static void cr8_writes(void **state)
{
	svm->gpr[SVM_RBX] = 9;
	assert_true(serves(SVM_EXIT_WRITE_CR8, CR8_RBX) && cr8 == 9);
	assert_true(serves(SVM_EXIT_WRITE_CR8, CR8_RBX));
	svm->gpr[SVM_RBX] = 16;
	assert_false(serves(SVM_EXIT_WRITE_CR8, CR8_RBX));
	assert_true(queued.gp == 1 && cr8 == 9);
	svm->gpr[SVM_RBX] = 8;
	save()->rip = RIP;
	assert_int_equal(exits(SVM_EXIT_WRITE_CR8, CR8_RBX, 4), VCPU_TO_USER);
	assert_true(cr8 == 8 && run.exit_reason == KVM_EXIT_SET_TPR && save()->rip == RIP + 4);
	run.exit_reason = 0;
	svm->gpr[SVM_RBX] = 15;
	vcpu.intc.there = true;
	assert_true(serves(SVM_EXIT_WRITE_CR8, CR8_RBX) && cr8 == 15);
	svm->gpr[SVM_RBX] = 0;
	assert_true(serves(SVM_EXIT_WRITE_CR8, CR8_RBX) && !cr8 && !run.exit_reason);
	assert_false(serves(SVM_EXIT_WRITE_CR8, "\x0f\x22\xc3"));
	assert_false(serves(SVM_EXIT_WRITE_CR8, "\x44\x0f\x20\xc3"));
}

static char mov_dr[4];		/* "0f 23" or "0f 21", and what follows */

static bool writes_dr(unsigned int n, u64 val)
{
	mov_dr[0] = 0x0f;
	mov_dr[1] = 0x23;
	mov_dr[2] = 0xc1 | n << 3;
	svm->gpr[SVM_RCX] = val;
	return serves(SVM_EXIT_WRITE_DR0, mov_dr);
}

static u64 reads_dr(unsigned int n)
{
	mov_dr[0] = 0x0f;
	mov_dr[1] = 0x21;
	mov_dr[2] = 0xc1 | n << 3;
	svm->gpr[SVM_RCX] = 0xbad;
	assert_true(serves(SVM_EXIT_READ_DR0, mov_dr));
	return svm->gpr[SVM_RCX];
}

/* Debug registers: four addresses, DR6 and DR7 by both of their numbers, with their fixed bits. */
static void debug_registers(void **state)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		assert_true(writes_dr(i, 0x1000000000ULL + i) && svm->dr[i] == 0x1000000000ULL + i);
	for (i = 0; i < 4; i++)
		assert_int_equal(reads_dr(i), 0x1000000000ULL + i);
	assert_true(writes_dr(6, 0xffffffff) && save()->dr6 == (DR6 | 0xe00f) && reads_dr(4) == (DR6 | 0xe00f));
	assert_true(writes_dr(4, 0) && save()->dr6 == DR6 && reads_dr(6) == DR6);
	assert_true(writes_dr(5, ~0U & ~(1U << 13)) && save()->dr7 == 0xffff0fff && reads_dr(7) == 0xffff0fff);
	assert_true(writes_dr(7, 0) && save()->dr7 == 0x400 && reads_dr(5) == 0x400);
	assert_true(!writes_dr(6, 1ULL << 32) && !writes_dr(7, 1ULL << 32) && queued.gp == 2);
	save()->cr4 |= X86_CR4_DE;
	assert_true(!writes_dr(4, 0) && !writes_dr(5, 0) && queued.ud == 2);
	assert_true(writes_dr(6, 0) && writes_dr(7, 0x2000) && save()->dr7 == 0x2400);
	/* general detect, before all else */
	assert_true(!writes_dr(4, 0) && queued.db == 1 && queued.at == 1 << 13 && queued.ud == 2);
	save()->dr7 = 0x400;
	assert_false(serves(SVM_EXIT_WRITE_DR0, "\x44\x0f\x23\xc1"));
	assert_int_equal(queued.ud, 3);
	assert_false(serves(SVM_EXIT_WRITE_DR0, "\x0f\x22\xc1"));
	/* the VMM's general detect is the VMM's to hear of */
	svm->debug.control = KVM_GUESTDBG_USE_HW_BP;
	assert_true(writes_dr(0, 1));
	svm->debug.dr7 = 1 << 13;
	save()->rip = RIP;
	assert_int_equal(exits(SVM_EXIT_WRITE_DR0, mov_dr, 3), VCPU_TO_USER);
	assert_true(run.exit_reason == KVM_EXIT_DEBUG && run.debug.arch.exception == 1 && run.debug.arch.dr6 == (DR6 | 1 << 13));
	assert_true(run.debug.arch.pc == 0x50000 + RIP && run.debug.arch.dr7 == 1 << 13);
	svm->debug.control = KVM_GUESTDBG_SINGLESTEP;
	save()->dr7 = 0x455;
	assert_int_equal(svm_debug_exit(&vcpu, 3, 0), VCPU_TO_USER);
	assert_true(run.debug.arch.exception == 3 && !run.debug.arch.dr6 && run.debug.arch.dr7 == 0x455);
}

#define XSETBV	"\x0f\x01\xd1"

static bool takes_xcr0(u64 val)
{
	save()->rax = val | 5ULL << 32;
	svm->gpr[SVM_RDX] = val >> 32;
	return serves(SVM_EXIT_XSETBV, XSETBV);
}

/* XCR0 is what both CPUID and the machine have, in parts that go together, and the kernel's to write. */
static void xcr0(void **state)
{
	xcr_leaf.function = 0xd;
	xcr_leaf.eax = 0xe7;
	xcr_leaf.edx = 1;
	svm_hw.xcr0 = 0x1e7 | 1ULL << 32;
	assert_true(takes_xcr0(1) && takes_xcr0(3) && takes_xcr0(7) && takes_xcr0(0xe7) && svm->xcr0 == 0xe7);
	assert_true(takes_xcr0(1ULL << 32 | 1) && svm->xcr0 == (1ULL << 32 | 1));
	assert_true(!takes_xcr0(0) && !takes_xcr0(2) && !takes_xcr0(5) && !takes_xcr0(0x101) && !takes_xcr0(0xe3) && !takes_xcr0(0x67));
	xcr_leaf.eax = 3;
	assert_false(takes_xcr0(7));
	xcr_leaf.eax = 0xff;
	svm_hw.xcr0 = 3;
	assert_false(takes_xcr0(7));
	xcr_leaf.function = 0;
	assert_true(takes_xcr0(1) && !takes_xcr0(3));
	queued.gp = 0;
	svm->gpr[SVM_RCX] = 1;
	assert_true(!takes_xcr0(1) && queued.gp == 1);
	svm->gpr[SVM_RCX] = 1ULL << 32;
	assert_true(takes_xcr0(1));
	save()->cpl = 3;
	assert_true(!takes_xcr0(1) && queued.gp == 2);
}

/* A VMM that debugs: its flags, its registers for one stay, its exception. */
static void debugging(void **state)
{
	struct kvm_guest_debug d = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP, .arch.debugreg = { 1, 2, 3, 4, [7] = 0xffffffff } };
	const u32 bp = BIT(3);

	assert_int_equal(svm_debug_set(&vcpu, &d), 0);
	assert_true(svm->debug.control == d.control && svm->debug.dr[0] == 1 && svm->debug.dr[3] == 4 && svm->debug.dr7 == 0xffffffff);
	assert_true(svm->vmcb->control.intercepts[2] & bp);
	save()->dr7 = 0x455;
	svm_debug_enter(svm);
	assert_true(save()->dr7 == 0x455 && !(save()->rflags & X86_EFLAGS_TF));
	d.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	assert_int_equal(svm_debug_set(&vcpu, &d), 0);
	assert_false(svm->vmcb->control.intercepts[2] & bp);
	save()->dr6 = 0xffff0ff1;
	svm_debug_enter(svm);
	assert_true(save()->dr6 == DR6 && save()->dr7 == 0xffff07ff && !(save()->rflags & X86_EFLAGS_TF));
	save()->dr6 = 0xffff0ff8;
	svm_debug_leave(svm);
	assert_true(svm->debug.dr6 == 0xffff0ff8 && save()->dr6 == 0xffff0ff1 && save()->dr7 == 0x455);
	d.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
	assert_int_equal(svm_debug_set(&vcpu, &d), 0);
	svm_debug_enter(svm);
	assert_true(save()->rflags & X86_EFLAGS_TF && save()->dr7 == 0x455);
	svm_debug_leave(svm);
	assert_false(save()->rflags & X86_EFLAGS_TF);
	save()->rflags |= X86_EFLAGS_TF;
	svm_debug_enter(svm);
	svm_debug_leave(svm);
	assert_true(save()->rflags & X86_EFLAGS_TF);
	d.control = KVM_GUESTDBG_USE_SW_BP;	/* not enabled */
	assert_int_equal(svm_debug_set(&vcpu, &d), 0);
	assert_int_equal(svm->debug.control, 0);
	d.control = KVM_GUESTDBG_INJECT_DB;
	assert_true(!svm_debug_set(&vcpu, &d) && queued.other == 1);
	d.control = KVM_GUESTDBG_INJECT_BP;
	assert_true(!svm_debug_set(&vcpu, &d) && queued.other == 3);
	svm->exception.valid = true;
	assert_int_equal(svm_debug_set(&vcpu, &d), -EBUSY);
	d.control = KVM_GUESTDBG_ENABLE | 1 << 8;
	assert_int_equal(svm_debug_set(&vcpu, &d), -EINVAL);
	/* L1 may want its guest's breakpoints */
	svm->nested = &nested;
	nested.in_l2 = true;
	nested.ctl.intercepts[2] = bp;
	svm_debug_intercept(svm);
	assert_true(svm->vmcb->control.intercepts[2] & bp);
	svm->nested = NULL;
}

/* Where an instruction ends: what the CPU says or its length; a shadow ends with it, and a step is due. */
static void ends(void **state)
{
	svm->vmcb->control.int_state = 3;
	svm_skip(&vcpu, 5);
	assert_true(save()->rip == RIP + 5 && svm->vmcb->control.int_state == 2 && !svm->stepped);
	svm->vmcb->control.next_rip = 0x9000;
	svm_skip(&vcpu, 5);
	assert_int_equal(save()->rip, RIP + 10);
	svm_hw.nrips = true;
	svm_skip(&vcpu, 5);
	assert_int_equal(save()->rip, 0x9000);
	svm->vmcb->control.next_rip = 0;
	save()->rip = 0xfffffffeULL;
	svm_skip(&vcpu, 5);
	assert_int_equal(save()->rip, 0x100000003ULL);
	save()->cs.attrib = 0x49b;
	save()->rip = 0xfffffffeULL;
	svm_skip(&vcpu, 5);
	assert_int_equal(save()->rip, 3);
	assert_int_equal(fetch_rip(svm), 0x50003);
	save()->rflags |= X86_EFLAGS_TF;
	svm_retire(&vcpu, 7);
	assert_true(svm->stepped && save()->rip == 7);
	svm->stepped = false;
	save()->rflags = 2;
	svm->debug.control = KVM_GUESTDBG_SINGLESTEP;
	svm_retire(&vcpu, 7);
	assert_true(svm->stepped);
	/* bytes that are another instruction by now are not skipped */
	svm_hw.nrips = false;
	memcpy(code, "\x0f\xa2", 2);
	code_len = 2;
	code_at = fetch_rip(svm);
	assert_false(fetch_skip(&vcpu, INSN_HLT));
	assert_true(save()->rip == 7 && fetch_skip(&vcpu, INSN_CPUID) && save()->rip == 9);
}

/* How instructions are decoded. */
static void code_bits(void **state)
{
	assert_int_equal(svm_code_bits(svm), 64);
	save()->cs.attrib = 0x49b;
	assert_int_equal(svm_code_bits(svm), 32);
	save()->cs.attrib = 0x9b;
	assert_int_equal(svm_code_bits(svm), 16);
	save()->cs.attrib = 0x29b;
	svm_set_efer(svm, EFER_LME);
	assert_int_equal(svm_code_bits(svm), 16);
	save()->cs.attrib = 0x69b;
	assert_int_equal(svm_code_bits(svm), 32);
	save()->rflags |= X86_EFLAGS_VM;
	assert_int_equal(svm_code_bits(svm), 16);
	save()->rflags = 2;
	save()->cr0 = 0;
	assert_int_equal(svm_code_bits(svm), 16);
	svm_set_gpr(svm, SVM_RAX, 1);
	svm_set_gpr(svm, SVM_RSP, 2);
	svm_set_gpr(svm, 15, 3);
	assert_true(save()->rax == 1 && save()->rsp == 2 && svm->gpr[15] == 3);
	assert_true(svm_get_gpr(svm, SVM_RAX) == 1 && svm_get_gpr(svm, SVM_RSP) == 2 && svm_get_gpr(svm, 15) == 3);
	svm_set_efer(svm, EFER_SCE);
	assert_true(svm->efer == EFER_SCE && save()->efer == (EFER_SCE | EFER_SVME));
}

static void dirty_all(void)
{
	memset(svm->vmcb, 0xee, sizeof(*svm->vmcb));
	memset(svm->gpr, 0xee, sizeof(svm->gpr));
	memset(svm->dr, 0xee, sizeof(svm->dr));
	memset(svm->xsave, 0xee, SVM_XSAVE_SIZE);
	svm->inject.valid = svm->exception.valid = svm->nmi_masked = svm->nmi_iret = svm->shutdown = svm->stepped = true;
	svm->nmi_pending = svm->interrupt = 2;
	svm->tsc_aux = svm->cr8 = svm->xcr0 = svm->vm_cr = svm->hsave = 7;
	svm->io.kind = SVM_IO_IN;
	svm->nested = NULL;
	svm->flush = false;
	resets = 0;
}

static void segment_is(const struct vmcb_seg *s, u16 selector, u64 base, u16 attrib)
{
	assert_true(s->selector == selector && s->base == base && s->attrib == attrib && s->limit == 0xffff);
}

static void is_reset(void)
{
	const struct vmcb_control_area *c = &svm->vmcb->control;
	unsigned int i;

	segment_is(&save()->cs, 0xf000, 0xffff0000, 0x9b);
	segment_is(&save()->ds, 0, 0, 0x93);
	segment_is(&save()->es, 0, 0, 0x93);
	segment_is(&save()->fs, 0, 0, 0x93);
	segment_is(&save()->gs, 0, 0, 0x93);
	segment_is(&save()->ss, 0, 0, 0x93);
	segment_is(&save()->ldtr, 0, 0, 0x82);
	segment_is(&save()->tr, 0, 0, 0x8b);
	segment_is(&save()->gdtr, 0, 0, 0);
	segment_is(&save()->idtr, 0, 0, 0);
	for (i = 0; i < 16; i++)
		assert_int_equal(svm_get_gpr(svm, i), i == SVM_RDX ? 0x1700 : 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(svm->dr[i], 0);
	assert_true(save()->rip == 0xfff0 && save()->rflags == 2 && !save()->cpl && !save()->cr2 && !save()->cr3 && !save()->cr4);
	assert_true(save()->dr6 == DR6 && save()->dr7 == 0x400 && !svm->efer && save()->efer == EFER_SVME && !svm->cr8);
	assert_true(!svm->inject.valid && !svm->exception.valid && !svm->nmi_masked && !svm->nmi_iret && !svm->shutdown && !svm->stepped);
	assert_true(!svm->nmi_pending && svm->interrupt == -1 && svm->io.kind == SVM_IO_NONE && svm->flush);
	assert_true(c->iopm_base_pa == 0x11000 && c->msrpm_base_pa == 0x22000 && c->nested_cr3 == 0x33000 && c->nested_ctl == 1);
	assert_true(c->int_ctl == V_INTR_MASKING_MASK && !c->event_inj && !c->int_state && c->tsc_offset == 0xeeeeeeeeeeeeeeeeULL);
}

/* INIT is a reset but for the caches' bits, the FPU, MSRs and PAT. */
static void reset(void **state)
{
	dirty_all();
	svm_reset(&vcpu, false);
	is_reset();
	assert_true(save()->cr0 == (X86_CR0_CD | X86_CR0_NW | X86_CR0_ET) && save()->g_pat == 0x0007040600070406ULL && !save()->star);
	assert_true(!svm->tsc_aux && svm->xcr0 == 1 && !svm->vm_cr && !svm->hsave && resets == 6);
	assert_true(*(u16 *)svm->xsave == 0x37f && *(u32 *)(svm->xsave + 24) == 0x1f80 && !*(u32 *)(svm->xsave + 28));
	dirty_all();
	save()->cr0 = X86_CR0_CD | X86_CR0_PG;
	svm_reset(&vcpu, true);
	is_reset();
	assert_true(save()->cr0 == (X86_CR0_CD | X86_CR0_ET) && save()->g_pat == 0xeeeeeeeeeeeeeeeeULL && save()->star == save()->g_pat);
	assert_true(svm->tsc_aux == 7 && svm->xcr0 == 7 && svm->vm_cr == 7 && svm->hsave == 7 && resets == 5);
	assert_int_equal(*(u16 *)svm->xsave, 0xeeee);
}

/* What exits: by AMD APM vol. 2, appendix B, words 0 to 5; HLT not where the VMM does not want it. */
static void intercepts(void **state)
{
	static const u32 want[] = {
		1 << 20 | 1 << 24, ~0U, 1 << 1 | 1 << 6 | 1 << 17 | 1 << 18,
		1U << 31 | 1 << 30 | 1 << 28 | 1 << 27 | 1 << 26 | 1 << 24 | 1 << 22 | 1 << 19 | 1 << 18 | 1 << 15 |
		1 << 5 | 1 << 3 | 1 << 2 | 1 << 1 | 1 << 0,
		0x7f | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 13 | 1 << 14, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4,
	};

	svm_reset(&vcpu, false);
	assert_memory_equal(svm->vmcb->control.intercepts, want, sizeof(want));
	vm.hlt_runs = true;
	svm_reset(&vcpu, false);
	assert_int_equal(svm->vmcb->control.intercepts[3], want[3] & ~(1U << 24));
}

/* A vCPU that there is no memory for keeps none. */
static void no_memory_for_it(void **state)
{
	unsigned int i, had = shim_allocs();
	static struct x86_vcpu other;

	for (i = 1; i <= 3; i++) {
		memset(&other, 0, sizeof(other));
		other.vm = &vm;
		shim_fail_alloc(i);
		assert_int_equal(svm_vcpu_init(&other), -ENOMEM);
		assert_int_equal(shim_allocs(), had);
	}
	shim_fail_alloc(0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

/* An instruction's bytes by way of a page's trail are that page's, also after one of which there is no trail. */
static void kept_page(void **state)
{
	u8 bytes[INSN_MAX];

	(void)state;
	save()->rip = 0x5010;
	follows = true;
	followed = 0;
	assert_int_equal(fetch_insn(&vcpu, bytes), INSN_MAX);
	assert_int_equal(bytes[0], 5);
	assert_int_equal(fetch_insn(&vcpu, bytes), INSN_MAX);
	assert_int_equal(followed, 1);
	/* the same place for what is kept, without paging */
	follows = false;
	save()->rip = 0x5010 + (SVM_FETCHED << 12);
	code_at = save()->rip;
	memset(code, 0xcc, sizeof(code));
	code_len = INSN_MAX;
	assert_int_equal(fetch_insn(&vcpu, bytes), INSN_MAX);
	assert_int_equal(bytes[0], 0xcc);
	assert_int_equal(fetch_insn(&vcpu, bytes), INSN_MAX);
	assert_int_equal(bytes[0], 0xcc);
	assert_int_equal(followed, 3);
	/* nor is it the first one's any more */
	save()->rip = code_at = 0x5010;
	assert_int_equal(fetch_insn(&vcpu, bytes), INSN_MAX);
	assert_int_equal(bytes[0], 0xcc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cr0), TEST(lmsw), TEST(segments), TEST(cr4), TEST(cr8_writes), TEST(debug_registers), TEST(xcr0), TEST(debugging),
		TEST(ends), TEST(code_bits), TEST(reset), TEST(intercepts), TEST(no_memory_for_it), TEST(kept_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
