// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in a guest of AMD-V: every instruction around VMRUN, with its operand and in its order, by what the vCPU, the
 * host and the VMM's debugger have; and what a vCPU that comes to a CPU or leaves it changes there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/smp.h>
#include <linux/vtime.h>

#undef arch_smp_send_reschedule
#define arch_smp_send_reschedule(cpu)	note("ipi %d", (int)(cpu))
#undef vtime_account_guest_enter
#define vtime_account_guest_enter()	note("time")
#ifndef noinline
#define noinline
#endif

static void note(const char *fmt, ...);
static void irqs_on(void);

#include <asm/fpu/api.h>
#include <linux/irqflags.h>
#undef kernel_fpu_begin_mask
#define kernel_fpu_begin_mask(mask)	note((mask) ? "fpu %d" : "fpu", mask)
#undef local_irq_enable
#define local_irq_enable()		irqs_on()

#include <asm/msr.h>
#include <linux/thread_info.h>
static u64 debugctl_is;
static bool steps_blocks;
#undef rdmsrl
#define rdmsrl(msr, val)	((val) = debugctl_is)
#undef test_thread_flag
#define test_thread_flag(flag)	((flag) == TIF_BLOCKSTEP && steps_blocks)

#include "../../model/shim/unit.h"
#include "../../src/x86/svm/run.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu, *const v = &vcpu;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static struct nested nested;
static u8 area[64];

/* What was done, in this order. */
static char log[1024];
/* The machine. */
static u64 dr[4], dr7, xcr0, guest_xcr0;
static bool breakpoints, dr7_written;
static u32 left_by;
static enum asid_flush asid_says;
static u64 guest_dr0;
static u64 tpr_in, efer_in, cr4_in;
static bool flush_asked;

struct svm_hw svm_hw;
struct svm_cpu svm_cpu;

static void note(const char *fmt, ...)
{
	size_t n = strlen(log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(log + n, sizeof(log) - n, fmt, args);
	va_end(args);
	strcat(log, ";");
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	log[0] = 0;
}

#define ULL(x)	((unsigned long long)(x))

void *shim_percpu(const volatile void *p, unsigned int cpu)
{
	return (void *)p;
}

uint64_t cpu_get_dr(unsigned int n)
{
	return n == 7 ? dr7 : dr[n];
}

void cpu_set_dr(unsigned int n, uint64_t val)
{
	note("dr%u %llx", n, ULL(val));
	if (n == 7)
		dr7 = val;
	else
		dr[n] = val;
}

bool cpu_has_breakpoints(void)
{
	return breakpoints;
}

void cpu_wrmsr(uint32_t msr, uint64_t val)
{
	note("msr %x %llx", msr, ULL(val));
}

uint64_t cpu_get_xcr0(void)
{
	return xcr0;
}

void cpu_set_xcr0(uint64_t val)
{
	note("xcr0 %llx", ULL(val));
	xcr0 = val;
}

void cpu_fpu_end(void)
{
	note("fpu end");
}

void cpu_x87_forget(void)
{
	note("forget");
}

void cpu_xsave(void *to, uint64_t mask)
{
	assert_ptr_equal(to, area);
	note("save %llx", ULL(mask));
}

void cpu_xrstor(const void *from, uint64_t mask)
{
	assert_ptr_equal(from, area);
	note("restore %llx", ULL(mask));
}

void cpu_set_gif(bool on)
{
	note("gif %d", on);
}

void cpu_vmsave(uint64_t pa)
{
	note("vmsave %llx", ULL(pa));
}

void cpu_rcu_guest(bool in)
{
	note(in ? "guest" : "host");
}

void do_machine_check(struct pt_regs *regs)
{
	assert_int_equal(regs->cs, 3);
	assert_int_equal(regs->flags, X86_EFLAGS_IF);
	note("machine check");
}

enum asid_flush asid_use(struct asid_pool *pool, struct asid *asid, bool flush)
{
	assert_ptr_equal(pool, &svm_cpu.asids);
	assert_ptr_equal(asid, &svm->asid);
	asid->id = 9;
	flush_asked = flush;
	return asid_says;
}

void asid_pool_init(struct asid_pool *pool, u32 count)
{
	assert_ptr_equal(pool, &svm_cpu.asids);
	assert_int_equal(count, 16);
	assert_true(irqs_disabled());
	note("anew");
}

struct spec_switch spec_enter(struct svm *s)
{
	assert_ptr_equal(s, svm);
	return (struct spec_switch) { .guest = 0x11, .host = 0x22 };
}

void spec_load(struct spec *spec)
{
	assert_ptr_equal(spec, &svm->spec);
	note("spec");
}

static bool unforgotten;	/* what the guest has taught the CPU */

void spec_leave(void)
{
	assert_true(irqs_disabled());
	unforgotten = false;
}

void svm_enter(u64 *gpr, u64 vmcb_pa, u64 host_pa, u32 guest_spec, u32 host_spec)
{
	assert_ptr_equal(gpr, svm->gpr);
	assert_int_equal(svm_cpu.on, true);
	assert_true(irqs_disabled());
	unforgotten = true;
	note("run %llx %llx %x %x", ULL(vmcb_pa), ULL(host_pa), guest_spec, host_spec);
	tpr_in = vmcb.control.int_ctl;
	efer_in = vmcb.save.efer;
	cr4_in = vmcb.save.cr4;
	vmcb.control.int_ctl = (vmcb.control.int_ctl & ~0xfU) | 0x5;
	vmcb.control.exit_code = left_by;
	dr[0] = guest_dr0 ?: dr[0];
	if (guest_xcr0)
		xcr0 = guest_xcr0;
}

void svm_debug_enter(struct svm *s)
{
	note("debug in");
}

void svm_debug_leave(struct svm *s)
{
	note("debug out");
}

/* The vCPU is seen to be outside before anybody else runs here. */
static void irqs_on(void)
{
	assert_int_equal(v->base.mode, VCPU_OUTSIDE);
	shim_irqs_on();
}

void svm_take_back(struct x86_vcpu *vc)
{
	assert_ptr_equal(vc, v);
	assert_int_equal(vmcb.save.efer, svm->efer | EFER_SVME);
	assert_int_equal(v->base.mode, VCPU_IN_GUEST);
	assert_true(irqs_disabled());
	note("back");
}

void vcpu_set_here(struct vcpu *base)
{
	note(base ? "here" : "nobody");
}

void kvmclock_load(struct x86_vcpu *vc)
{
	note("clock");
}

void kvmclock_put(struct x86_vcpu *vc)
{
	note("clock out");
}

void stolen_put(struct x86_vcpu *vc)
{
	note("stolen out");
}

void xen_load(struct x86_vcpu *vc)
{
	note("xen");
}

void xen_put(struct x86_vcpu *vc)
{
	note("xen out");
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(v, 0, sizeof(*v));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&nested, 0, sizeof(nested));
	memset(&svm_hw, 0, sizeof(svm_hw));
	memset(&svm_cpu, 0, sizeof(svm_cpu));
	v->vm = &vm;
	v->base.vm = &vm.base;
	svm->vmcb = &vmcb;
	svm->vmcb_pa = 0x1000;
	svm->xsave = area;
	svm->efer = EFER_LMA | EFER_LME;
	svm_cpu.on = true;
	svm_cpu.host_pa = 0x2000;
	svm_cpu.host_aux = svm_cpu.aux = 3;
	memset(dr, 0, sizeof(dr));
	dr7 = guest_dr0 = 0;
	breakpoints = dr7_written = false;
	left_by = SVM_EXIT_INTR;
	asid_says = ASID_KEEP;
	xcr0 = guest_xcr0 = 0;
	log[0] = 0;
	return 0;
}

static void stay(void)
{
	v->base.mode = VCPU_IN_GUEST;
	log[0] = 0;
	local_irq_disable();
	svm_run(v);
	assert_false(unforgotten);
	assert_true(irqs_disabled());
	local_irq_enable();
	assert_int_equal(v->base.mode, VCPU_OUTSIDE);
}

#define WITHIN	"gif 0;vmsave 2000;run 1000 2000 11 22;gif 1;"

/* The least that a stay takes: the FPU, RCU, GIF, the host's segments. */
static void plain(void **state)
{
	(void)state;
	svm->cr8 = 0xa7;
	vmcb.control.int_ctl = 0x1000003;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	assert_int_equal(tpr_in, 0x1000007);
	assert_int_equal(svm->cr8, 5);
	assert_int_equal(vmcb.save.efer, EFER_LMA | EFER_LME | EFER_SVME);
	/* AMD-V is off: as if an interrupt had come, and nothing was touched */
	svm_cpu.on = false;
	vmcb.control.exit_code = 0x400;
	stay();
	expect("");
	assert_int_equal(vmcb.control.exit_code, SVM_EXIT_INTR);
}

/* XCR0 is switched where the two differ, after what it lets be restored, and before what it lets be saved. */
static void components(void **state)
{
	(void)state;
	svm_hw.xcr0 = 7;
	svm->xcr0 = 7;
	xcr0 = 7;
	stay();
	expect("fpu;restore 7;time;guest;" WITHIN "host;save 7;fpu end;back;");
	svm->xcr0 = 3;
	stay();
	expect("fpu;restore 7;xcr0 3;time;guest;" WITHIN "host;xcr0 7;save 7;fpu end;back;");
	assert_int_equal(svm->xcr0, 3);
	/* the guest has written it itself */
	svm->xcr0 = 7;
	guest_xcr0 = 1;
	stay();
	expect("fpu;restore 7;time;guest;" WITHIN "host;xcr0 7;save 7;fpu end;back;");
	assert_int_equal(svm->xcr0, 1);
	assert_int_equal(svm->host_xcr0, 7);
}

/* Breakpoints: with some of the guest's, or of the host's, the addresses change places, and the host's are off meanwhile. */
static void breaks(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		dr[i] = 0x10 + i;
		svm->dr[i] = 0x20 + i;
		svm->debug.dr[i] = 0x30 + i;
	}
	dr7 = 0x1;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	vmcb.save.dr7 = 0x400;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	vmcb.save.dr7 = 0x480;
	guest_dr0 = 0x99;
	stay();
	expect("dr7 0;dr0 20;dr1 21;dr2 22;dr3 23;fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;dr0 10;dr1 11;dr2 12;dr3 13;back;");
	assert_int_equal(svm->dr[0], 0x99);
	assert_int_equal(svm->dr[3], 0x23);
	assert_int_equal(dr7, 0);
	guest_dr0 = 0;
	vmcb.save.dr7 = 0x400;
	breakpoints = true;
	dr7 = 0x401;
	stay();
	expect("dr7 0;dr0 99;dr1 21;dr2 22;dr3 23;fpu;restore 1;time;guest;" WITHIN
	       "host;save 1;fpu end;dr0 10;dr1 11;dr2 12;dr3 13;dr7 401;back;");
	dr7 = 0x400;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	/* those of the VMM's debugger */
	vmcb.save.dr7 = 1;
	svm->debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	stay();
	expect("debug in;dr7 0;dr0 30;dr1 31;dr2 32;dr3 33;fpu;restore 1;time;guest;" WITHIN
	       "host;save 1;fpu end;dr0 10;dr1 11;dr2 12;dr3 13;debug out;back;");
	svm->debug.control = KVM_GUESTDBG_ENABLE;
	stay();
	expect("debug in;dr7 0;dr0 99;dr1 21;dr2 22;dr3 23;fpu;restore 1;time;guest;" WITHIN
	       "host;save 1;fpu end;dr0 10;dr1 11;dr2 12;dr3 13;debug out;back;");
}

/* What the TLB has to forget is what the identifier says, and is asked for once. */
static void tlb(void **state)
{
	(void)state;
	svm->flush = true;
	stay();
	assert_true(flush_asked);
	assert_false(svm->flush);
	assert_int_equal(vmcb.control.tlb_ctl, 0);
	assert_int_equal(vmcb.control.asid, 9);
	asid_says = ASID_OWN;
	stay();
	assert_false(flush_asked);
	assert_int_equal(vmcb.control.tlb_ctl, 1);
	svm_hw.flush_asid = true;
	stay();
	assert_int_equal(vmcb.control.tlb_ctl, 3);
	asid_says = ASID_ALL;
	stay();
	assert_int_equal(vmcb.control.tlb_ctl, 1);
	asid_says = ASID_KEEP;
	stay();
	assert_int_equal(vmcb.control.tlb_ctl, 0);
}

/* LME is kept out while paging is off, and is there again for who looks. */
static void lme(void **state)
{
	(void)state;
	vmcb.save.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_NX;
	svm->efer = EFER_LME | EFER_NX;
	stay();
	assert_int_equal(efer_in, EFER_SVME | EFER_LMA | EFER_NX);
	assert_int_equal(vmcb.save.efer, EFER_SVME | EFER_LME | EFER_NX);
	svm->efer = EFER_LME | EFER_LMA;
	vmcb.save.efer = EFER_SVME | EFER_LME | EFER_LMA;
	stay();
	assert_int_equal(efer_in, EFER_SVME | EFER_LME | EFER_LMA);
}

/* VMRUN that is refused has flushed nothing: identifiers begin anew, for all on this CPU. */
static void refused(void **state)
{
	(void)state;
	svm_hw.asids = 16;
	svm->flush = true;
	left_by = (u32)SVM_EXIT_ERR;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;anew;save 1;fpu end;back;");
}

/* The guest is not told of states that are the host's alone, nor of the host's last x87 instruction. */
static void secrets(void **state)
{
	(void)state;
	svm_hw.xcr0 = xcr0 = svm->xcr0 = 7;
	svm_hw.xss = 0x1800;
	stay();
	expect("fpu;msr da0 0;restore 7;time;guest;" WITHIN "host;save 7;msr da0 1800;fpu end;back;");
	svm_hw.xss = 0;
	svm_hw.x87_stays = true;
	stay();
	expect("fpu;forget;restore 7;time;guest;" WITHIN "host;save 7;fpu end;back;");
}

/* What the host has DEBUGCTL do is not done in the guest, and goes on behind it. */
static void debugctl(void **state)
{
	(void)state;
	debugctl_is = 4;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");	/* nothing that concerns the guest */
	svm_hw.bus_locks = true;
	stay();
	expect("msr 1d9 0;fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;msr 1d9 4;back;");
	svm_hw.bus_locks = false;
	steps_blocks = true;
	debugctl_is = 2;
	stay();
	expect("msr 1d9 0;fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;msr 1d9 2;back;");
	debugctl_is = 0;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	steps_blocks = false;
}

/* A guest that does not want to hear of machine checks runs as if it did: they are the host's. */
static void mce_on(void **state)
{
	(void)state;
	svm_hw.cr4_mce = X86_CR4_MCE;
	vmcb.save.cr4 = X86_CR4_PAE;
	stay();
	assert_int_equal(cr4_in, X86_CR4_PAE | X86_CR4_MCE);
	assert_int_equal(vmcb.save.cr4, X86_CR4_PAE);
	vmcb.save.cr4 = X86_CR4_MCE;
	stay();
	assert_int_equal(vmcb.save.cr4, X86_CR4_MCE);
	svm_hw.cr4_mce = 0;
	vmcb.save.cr4 = 0;
	stay();
	assert_int_equal(cr4_in, 0);
}

/* A machine check of the guest's time is the host's; no other exit is one. */
static void machine_check(void **state)
{
	(void)state;
	left_by = SVM_EXIT_EXCP_BASE + X86_TRAP_MC;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;machine check;back;");
	left_by = SVM_EXIT_EXCP_BASE + X86_TRAP_AC;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
}

/* A guest's guest may have a task priority of its own; and it may have to leave at once. */
static void in_l2(void **state)
{
	(void)state;
	svm->nested = &nested;
	nested.in_l2 = true;
	nested.tpr = 0xb;
	svm->cr8 = 0x2;
	stay();
	assert_int_equal(tpr_in, 2);
	assert_int_equal(nested.tpr, 0xb);
	assert_int_equal(svm->cr8, 5);
	nested.ctl.int_ctl = V_INTR_MASKING_MASK;
	svm->cr8 = 2;
	vmcb.control.int_ctl = 0xf0;
	stay();
	assert_int_equal(tpr_in, 0xfb);
	assert_int_equal(nested.tpr, 5);
	assert_int_equal(svm->cr8, 2);
	nested.hurry = true;
	stay();
	expect("ipi 0;fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
	nested.in_l2 = false;
	stay();
	expect("fpu;restore 1;time;guest;" WITHIN "host;save 1;fpu end;back;");
}

/* On its way to a CPU a vCPU brings TSC_AUX, time, and what its guest is told of it; on its way off the host gets its own. */
static void loads(void **state)
{
	(void)state;
	svm->tsc_aux = 3;
	svm_load(v);
	expect("spec;clock;here;");
	svm->tsc_aux = 8;
	svm_load(v);
	expect("spec;msr c0000103 8;clock;here;");
	assert_int_equal(svm_cpu.aux, 8);
	svm_load(v);
	expect("spec;clock;here;");
	svm_put(v);
	expect("nobody;clock out;msr c0000103 3;");
	assert_int_equal(svm_cpu.aux, 3);
	assert_int_equal(svm_cpu.host_aux, 3);
	svm_put(v);
	expect("nobody;clock out;");
	svm->tsc_aux = 3;
	assert_int_equal(v->base.requests, 0);
	/* of a record that was told by this thread there is nothing to tell yet */
	v->stolen.steal.mem = (void *)1;
	v->stolen.steal.at = 1;
	v->stolen.task = current;
	svm_load(v);
	expect("spec;clock;here;");
	assert_int_equal(v->base.requests, 0);
	v->stolen.task = NULL;
	svm_load(v);
	assert_int_equal(v->base.requests, BIT(X86_REQ_STEAL));
	v->base.requests = 0;
	v->stolen.steal.mem = NULL;
	svm_load(v);
	assert_int_equal(v->base.requests, 0);
	log[0] = 0;
	v->stolen.steal.mem = (void *)1;
	v->stolen.at_rest = true;
	svm_put(v);
	expect("nobody;clock out;stolen out;");
	v->stolen.steal.mem = NULL;
	svm_put(v);
	expect("nobody;clock out;");
	v->stolen.steal.mem = (void *)1;
	v->stolen.at_rest = false;
	svm_put(v);
	expect("nobody;clock out;");
}

/* A Xen guest hears of it, too; and TSC_AUX that is written counts at once where the vCPU is loaded. */
static void others(void **state)
{
	(void)state;
	vm.xen.msr = 0x40000000;
	svm->tsc_aux = 3;
	svm_load(v);
	expect("spec;clock;xen;here;");
	svm_put(v);
	expect("nobody;clock out;xen out;");
	v->base.cpu = smp_processor_id();
	assert_int_equal(svm_set_tsc_aux(v, 6), 0);
	expect("msr c0000103 6;");
	assert_int_equal(svm->tsc_aux, 6);
	v->base.cpu = smp_processor_id() + 1;
	assert_int_equal(svm_set_tsc_aux(v, 7), 0);
	expect("");
	assert_int_equal(svm->tsc_aux, 7);
	shim_check_quiet();
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain), TEST(components), TEST(breaks), TEST(tlb), TEST(lme), TEST(machine_check), TEST(in_l2), TEST(loads),
		TEST(others), TEST(refused), TEST(secrets), TEST(debugctl), TEST(mce_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
