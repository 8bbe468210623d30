/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One vCPU on AMD-V (AMD APM vol. 2, chapter 15): its registers, the world switch, exits.
 */
#ifndef TABULA_SVM_H
#define TABULA_SVM_H

#include <linux/kvm.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/processor-flags.h>

#include "../../compat/msr.h"
#include "../../compat/vmcb.h"
#include "../../vm/arch.h"
#include "asid.h"
#include "../../mem/trail.h"
#include "bank.h"
#include "move.h"
#include "strmove.h"
#include "offsets.h"
#include "spec.h"

struct nested;	/* nested/ */
struct x86_vcpu;

#define SVM_MAX_CPUID	256	/* entries of KVM_SET_CPUID2 */
#define SVM_XSAVE_SIZE	4096	/* of KVM_GET_XSAVE, and room enough for what guests are given */

/**
 * struct svm_hw - what this machine has; all CPUs alike
 * @asids: address space identifiers, the host's 0 included
 * @nrips: #VMEXIT tells where the next instruction is
 * @flush_asid: TLB_CONTROL can flush one ASID
 * @xcr0: state components that guests may have; 0: no XSAVE
 * @xsave_size: bytes that XSAVE writes for these
 * @phys_bits: of a physical address
 * @xss: IA32_XSS of the host, where there is one
 * @mxcsr: bits that MXCSR can have
 * @cr4_mce: the host's CR4.MCE
 * @bus_locks: the host may have them trap by DEBUGCTL
 * @x87_stays: loading x87 state leaves where its last instruction and operand were (FXSAVE_LEAK)
 */
struct svm_hw {
	u32 asids;
	bool nrips;
	bool flush_asid;
	u64 xcr0;
	u32 xsave_size;
	unsigned int phys_bits;
	u64 xss;
	u64 cr4_mce;
	u32 mxcsr;
	bool bus_locks;
	bool x87_stays;
};

extern struct svm_hw svm_hw;

/**
 * struct svm_cpu - AMD-V on one CPU
 * @host_area: where VMRUN keeps the host (VM_HSAVE_PA)
 * @host_block: where VMSAVE keeps the host's segments
 * @host_pa: its physical address
 * @asids: address space identifiers
 * @on: EFER.SVME and VM_HSAVE_PA are set
 * @host_aux: TSC_AUX of the host, which is the CPU's number for ever
 * @aux: what TSC_AUX holds now
 */
struct svm_cpu {
	struct page *host_area;
	struct page *host_block;
	u64 host_pa;
	struct asid_pool asids;
	bool on;
	u64 host_aux;
	u64 aux;
};

DECLARE_PER_CPU(struct svm_cpu, svm_cpu);

/**
 * struct svm_event - an exception, or an interrupt, on its way into the guest
 * @valid: there is one
 * @type: SVM_EVTINJ_TYPE_*
 * @vector: its number
 * @has_error: it pushes @error
 * @error: error code
 * @has_payload: @payload goes where this exception keeps it, when it is taken
 * @payload: CR2 of a page fault; bits of DR6 of a debug exception
 * @next: of INT n, INT3 and INTO: RIP that is pushed; 0: RIP as it is
 */
struct svm_event {
	bool valid;
	u32 type;
	u8 vector;
	bool has_error;
	u32 error;
	bool has_payload;
	u64 payload;
	u64 next;
};

/* What the VMM's answer finishes; struct svm_io.kind. */
enum svm_pending {
	SVM_IO_NONE,
	SVM_IO_IN,		/* IN: the answer goes into RAX */
	SVM_IO_INS,		/* INS: into guest memory */
	SVM_IO_DONE,		/* nothing but the instruction's end */
	SVM_IO_MMIO,		/* a move to or from no memory */
	SVM_IO_RDMSR,		/* an MSR that the VMM serves: into RAX and RDX */
	SVM_IO_WRMSR,
	SVM_IO_XEN,		/* a Xen guest's hypercall: the answer goes into RAX */
};

/**
 * struct svm_io - an access that the VMM completes
 * @kind: enum svm_pending
 * @size: bytes of one element
 * @count: elements
 * @next_rip: where the guest goes on
 * @info: EXITINFO1 of port I/O
 * @linear: address of a string in guest memory
 * @mask: bits of its address registers that count
 * @at: linear address of the instruction
 */
struct svm_io {
	enum svm_pending kind;
	unsigned int size;
	unsigned int count;
	u64 next_rip;
	u64 info;
	u64 linear;
	u64 mask;
	u64 at;
};

/**
 * struct svm_part - what of a move is on one page
 * @gpa: guest physical address
 * @len: bytes
 * @offset: of @data
 * @store: it is written
 * @memory: it may be memory
 */
struct svm_part {
	u64 gpa;
	unsigned int len;
	u8 offset;
	bool store;
	bool memory;
};

/**
 * struct svm_mmio - a move to or from no memory
 * @move: the instruction
 * @string: instead of it, if its length is not 0
 * @part: its parts, in the order in which they are served
 * @count: how many: 1 or 2 of each side
 * @at: the one that is being served
 * @data: what is stored, or was loaded so far
 */
struct svm_mmio {
	struct move move;
	struct strmove string;
	struct svm_part part[4];
	unsigned int count;
	unsigned int at;
	u64 data;
};

/**
 * struct svm_debug - what the VMM debugs (KVM_SET_GUEST_DEBUG)
 * @control: KVM_GUESTDBG_*; 0: nothing
 * @dr: its own DR0 to DR3, with KVM_GUESTDBG_USE_HW_BP
 * @dr7: and DR7
 * @dr6: DR6 as the last stay left it
 * @guest_dr6: the guest's, during a stay
 * @guest_dr7: the guest's, during a stay
 * @guest_tf: RFLAGS.TF is the guest's own, during a stay
 */
struct svm_debug {
	u32 control;
	u64 dr[4];
	u64 dr7;
	u64 dr6;
	u64 guest_dr6;
	u64 guest_dr7;
	bool guest_tf;
};

#define SVM_FETCHED	4	/* pages */

/**
 * struct svm_fetched - a page that instructions were fetched from
 * @va: its linear address
 * @cr0: registers that say how tables are walked
 * @cr3: likewise
 * @cr4: likewise
 * @efer: likewise
 * @trail: through the guest's tables, which are read again each time
 */
struct svm_fetched {
	u64 va;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	struct trail trail;
};

/**
 * struct svm - a vCPU on AMD-V
 * @vmcb: control block; all of the guest's state that VMRUN and VMSAVE know, always
 *	up to date outside of the guest. That of the guest's guest while that runs
 * @vmcb_pa: its physical address
 * @gpr: general registers by number; RAX and RSP are in @vmcb
 * @dr: DR0 to DR3; DR6 and DR7 are in @vmcb
 * @cr8: task priority, bits 3 to 0
 * @xcr0: XCR0
 * @xsave: FPU and XSAVE state, standard format, while not in registers
 * @efer: EFER as the guest sees it
 * @tsc_aux: TSC_AUX
 * @tsc_adjust: IA32_TSC_ADJUST
 * @apic_base: IA32_APIC_BASE
 * @msr: those that are only kept, see msr.c
 * @asid: address space identifier, with whom and where it is valid
 * @flush: the TLB must be flushed at the next VMRUN
 * @inject: in delivery: taken back from an exit, or chosen
 * @exception: pending, not yet in delivery
 * @interrupt: vector of KVM_INTERRUPT, or -1
 * @nmi_pending: NMIs that wait: at most 2
 * @nmi_masked: one is being handled
 * @nmi_iret_rip: RIP of the IRET that ends it, while @nmi_iret
 * @nmi_iret: that IRET is about to be executed
 * @nmi_iret_tf: the guest steps over it itself
 * @shutdown: a third fault, not yet told to the VMM
 * @stepped: an instruction was served that guest or VMM step over
 * @debug: what the VMM debugs
 * @io: the access that the VMM completes
 * @mmio: the move, if it is one
 * @fetched: where instructions were fetched
 * @cpuid: KVM_SET_CPUID2
 * @nr_cpuid: entries in it
 * @may_efer: bits that EFER can have, by CPUID
 * @may_cr4: likewise of CR4
 * @nested: guests of the guest's own; NULL: it has never set EFER.SVME
 * @vm_cr: VM_CR
 * @hsave: VM_HSAVE_PA
 * @bank: machine check registers
 * @spec: speculation controls
 * @host_xcr0: the host's, while the guest runs
 */
struct svm {
	struct vmcb *vmcb;
	u64 vmcb_pa;
	u64 gpr[SVM_GPRS];
	u64 dr[4];
	u64 cr8;
	u64 xcr0;
	void *xsave;
	u64 efer;
	u64 tsc_aux;
	u64 tsc_adjust;
	u64 apic_base;
	u64 *msr;
	struct asid asid;
	bool flush;
	struct svm_event inject;
	struct svm_event exception;
	int interrupt;
	unsigned int nmi_pending;
	bool nmi_masked;
	bool nmi_iret;
	bool nmi_iret_tf;
	u64 nmi_iret_rip;
	bool shutdown;
	bool stepped;
	struct svm_debug debug;
	struct svm_io io;
	struct svm_mmio mmio;
	struct svm_fetched fetched[SVM_FETCHED];
	struct kvm_cpuid_entry2 *cpuid;
	unsigned int nr_cpuid;
	u64 may_efer;
	u64 may_cr4;
	struct nested *nested;
	u64 vm_cr;
	u64 hsave;
	struct bank bank;
	struct spec spec;
	u64 host_xcr0;
};

/* hw.c */

/**
 * svm_check() - can guests run here?
 *
 * Changes nothing. Return: NULL, or why not.
 */
const char *svm_check(void);

/**
 * svm_start() - switch AMD-V on, on every CPU that is and that comes
 *
 * Return: 0, or an errno with the reason in the log.
 */
int svm_start(void);

/**
 * svm_stop() - undo svm_start(); no VM is left
 */
void svm_stop(void);

/**
 * svm_is_on() - may VMRUN be executed on this CPU?
 *
 * Interrupts off. Return: false when the machine reboots or has crashed.
 */
static inline bool svm_is_on(void)
{
	return __this_cpu_read(svm_cpu.on);
}

/**
 * svm_has_aux() - does this CPU have TSC_AUX?
 *
 * Return: true if so.
 */
static inline bool svm_has_aux(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID);
}

/**
 * svm_host_pa() - where this CPU's segment state of the host is kept
 *
 * Preemption off. Return: physical address for VMSAVE and VMLOAD.
 */
static inline u64 svm_host_pa(void)
{
	return __this_cpu_read(svm_cpu.host_pa);
}

/**
 * svm_asids() - this CPU's address space identifiers
 *
 * Preemption off. Return: the pool.
 */
static inline struct asid_pool *svm_asids(void)
{
	return this_cpu_ptr(&svm_cpu.asids);
}

/**
 * svm_permissions() - permission maps that all vCPUs share
 * @vcpu: whose: where its VM has a filter every MSR exits; NULL: of a VM without one
 * @io: physical address of the I/O map
 * @msr: physical address of the MSR map
 */
void svm_permissions(const struct x86_vcpu *vcpu, u64 *io, u64 *msr);

/* enter.S */

/**
 * svm_enter() - general registers in, VMRUN, and out again
 * @gpr: struct svm.gpr
 * @vmcb_pa: the guest's control block
 * @host_pa: svm_host_pa()
 * @guest_spec: SPEC_CTRL for the guest
 * @host_spec: and what the host has and gets back; the same: it is not written
 *
 * GIF is 0, before and after.
 */
void svm_enter(u64 *gpr, u64 vmcb_pa, u64 host_pa, u32 guest_spec, u32 host_spec);

/* run.c */

/**
 * svm_load() - put a vCPU on this CPU
 * @vcpu: the vCPU; preemption off
 */
void svm_load(struct x86_vcpu *vcpu);

/**
 * svm_put() - and off it
 * @vcpu: loaded here; preemption off
 */
void svm_put(struct x86_vcpu *vcpu);

/**
 * svm_set_tsc_aux() - TSC_AUX
 * @vcpu: the current thread's, or its mutex is held
 * @val: new value
 *
 * Return: 0.
 */
int svm_set_tsc_aux(struct x86_vcpu *vcpu, u32 val);

/**
 * svm_run() - one stay in the guest
 * @vcpu: loaded here; interrupts off, before and after
 */
void svm_run(struct x86_vcpu *vcpu);

/* exit.c */

/**
 * svm_handle_exit() - serve an exit
 * @vcpu: the current thread's; may sleep
 *
 * Return: VCPU_RESUME, VCPU_TO_USER with kvm_run filled in, or an errno.
 */
int svm_handle_exit(struct x86_vcpu *vcpu);

/* control.c */

/**
 * svm_control_exit() - serve a move to or from a control or debug register, or XSETBV
 * @vcpu: the current thread's, right after the exit
 * @code: EXITCODE
 *
 * Return: as svm_handle_exit().
 */
int svm_control_exit(struct x86_vcpu *vcpu, u32 code);

/**
 * svm_npf() - serve a nested page fault
 * @vcpu: the current thread's, right after the exit
 * @gpa: what was touched
 *
 * How it was touched is in the control block. Return: as svm_handle_exit(); VCPU_RESUME also where
 * it was no memory, and somebody in the kernel has served it.
 */
int svm_npf(struct x86_vcpu *vcpu, u64 gpa);

/**
 * svm_set_xcr0() - XCR0
 * @svm: the vCPU's
 * @xcr0: new value
 *
 * Return: 0, or -EINVAL: components that are not there, that its CPUID denies, or not without others.
 */
int svm_set_xcr0(struct svm *svm, u64 xcr0);

/* state.c */

/**
 * svm_vcpu_init() - a new vCPU as after power-up
 * @vcpu: zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int svm_vcpu_init(struct x86_vcpu *vcpu);

/**
 * svm_vcpu_destroy() - free what svm_vcpu_init() took
 * @vcpu: the vCPU
 */
void svm_vcpu_destroy(struct x86_vcpu *vcpu);

/**
 * svm_reset() - registers as after power-up or INIT (AMD APM vol. 2, 14.1.3)
 * @vcpu: not in the guest
 * @init: INIT, which leaves some alone
 */
void svm_reset(struct x86_vcpu *vcpu, bool init);

/**
 * svm_get_gpr() - a general register
 * @svm: the vCPU's
 * @n: 0 to 15, as in instructions
 *
 * Return: its value.
 */
static inline u64 svm_get_gpr(const struct svm *svm, unsigned int n)
{
	if (n == SVM_RAX)
		return svm->vmcb->save.rax;
	if (n == SVM_RSP)
		return svm->vmcb->save.rsp;
	return svm->gpr[n & (SVM_GPRS - 1)];
}

/**
 * svm_set_gpr() - set a general register
 * @svm: the vCPU's
 * @n: 0 to 15
 * @val: new value
 */
void svm_set_gpr(struct svm *svm, unsigned int n, u64 val);

/**
 * svm_set_efer() - EFER
 * @svm: the vCPU's
 * @efer: as the guest sees it
 */
void svm_set_efer(struct svm *svm, u64 efer);

/* Attributes of a code segment in the control block. */
#define SVM_CODE_LONG	BIT(9)
#define SVM_CODE_DB	BIT(10)

/**
 * svm_code_bits() - how instructions are decoded now
 * @svm: the vCPU's
 *
 * Return: 16, 32 or 64.
 */
static inline unsigned int svm_code_bits(const struct svm *svm)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	if (!(s->cr0 & X86_CR0_PE) || s->rflags & X86_EFLAGS_VM)
		return 16;
	if ((svm->efer & EFER_LMA) && (s->cs.attrib & SVM_CODE_LONG))
		return 64;
	return s->cs.attrib & SVM_CODE_DB ? 32 : 16;
}

/**
 * svm_rip() - where an instruction pointer wraps
 * @svm: the vCPU's
 * @rip: sum of RIP and a length
 *
 * Return: @rip as the code segment's size cuts it.
 */
u64 svm_rip(const struct svm *svm, u64 rip);

/**
 * svm_retire() - an instruction that was served is over
 * @vcpu: the vCPU
 * @rip: where it goes on
 *
 * Ends a shadow that STI or MOV SS cast on it; a guest, or a VMM, that steps hears of it
 * before the next one.
 */
void svm_retire(struct x86_vcpu *vcpu, u64 rip);

/**
 * svm_skip() - go on behind the instruction that exited
 * @vcpu: the vCPU
 * @len: its length
 */
void svm_skip(struct x86_vcpu *vcpu, unsigned int len);

/* event.c */

/**
 * svm_queue_exception() - the guest takes an exception at the next entry
 * @vcpu: the current thread's, or not running
 * @vector: its number
 * @has_error: it has an error code
 * @error: the error code
 *
 * Two at a time become a double fault or a triple one (AMD APM vol. 2, 8.2.9).
 */
void svm_queue_exception(struct x86_vcpu *vcpu, u8 vector, bool has_error, u32 error);

/**
 * svm_queue_gp() - #GP(0)
 * @vcpu: as svm_queue_exception()
 */
void svm_queue_gp(struct x86_vcpu *vcpu);

/**
 * svm_queue_ud() - #UD
 * @vcpu: as svm_queue_exception()
 */
void svm_queue_ud(struct x86_vcpu *vcpu);

/**
 * svm_queue_fault_at() - #PF
 * @vcpu: as svm_queue_exception()
 * @va: linear address, which CR2 gets when the fault is taken
 * @error: X86_PF_*
 */
void svm_queue_fault_at(struct x86_vcpu *vcpu, u64 va, u32 error);

/**
 * svm_queue_debug() - #DB for a reason
 * @vcpu: as svm_queue_exception()
 * @reason: bits that DR6 gets when it is taken
 */
void svm_queue_debug(struct x86_vcpu *vcpu, u64 reason);

/**
 * svm_deliver_payload() - write the pending exception's payload to CR2 or DR6 (AMD APM vol. 2, 8.2.2, 8.2.15)
 * @svm: the vCPU's; nothing happens where there is none
 */
void svm_deliver_payload(struct svm *svm);

/**
 * svm_queue_nmi() - the guest takes an NMI as soon as it may
 * @vcpu: the current thread's, or its mutex is held
 *
 * One may wait behind one in hand; what comes beyond is lost, as on a CPU.
 */
void svm_queue_nmi(struct x86_vcpu *vcpu);

/**
 * svm_hide_step() - nobody is to see that we step over the IRET that ends an NMI
 * @svm: the vCPU's, outside its guest
 *
 * An IRET that was not executed yet exits once more.
 */
void svm_hide_step(struct svm *svm);

/**
 * svm_take_back() - what was in delivery when the guest exited is delivered again
 * @vcpu: right after an exit
 */
void svm_take_back(struct x86_vcpu *vcpu);

/**
 * svm_window_opens() - does the VMM wait for a window that is open?
 * @vcpu: the current thread's, which takes nothing at the moment
 *
 * Return: true, with kvm_run filled in: KVM_EXIT_IRQ_WINDOW_OPEN.
 */
bool svm_window_opens(struct x86_vcpu *vcpu);

/**
 * svm_inject() - choose what the guest takes at this entry
 * @vcpu: about to enter; loaded
 *
 * Return: VCPU_RESUME, or VCPU_TO_USER: the VMM waited for a window, and it is open.
 */
int svm_inject(struct x86_vcpu *vcpu);

/**
 * svm_interrupt_flag() - are interrupts enabled?
 * @svm: the vCPU's
 *
 * Return: IF, and GIF; with a guest of the guest's own the IF that counts then.
 */
bool svm_interrupt_flag(const struct svm *svm);

/**
 * svm_interrupt_allowed() - would the guest take an interrupt now?
 * @svm: the vCPU's
 *
 * Return: IF is set, no shadow, nothing in delivery.
 */
bool svm_interrupt_allowed(const struct svm *svm);

/* debug.c */

/* What KVM_SET_GUEST_DEBUG can do. */
#define SVM_DEBUG_FLAGS	(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_SW_BP | \
			 KVM_GUESTDBG_USE_HW_BP | KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP | \
			 KVM_GUESTDBG_BLOCKIRQ)

/**
 * svm_debug_set() - KVM_SET_GUEST_DEBUG (KVM API 4.87)
 * @vcpu: its mutex is held, it does not run
 * @d: the VMM's, copied
 *
 * Return: 0; -EINVAL: flags that are not there; -EBUSY: an exception to put in, and one is
 * pending.
 */
int svm_debug_set(struct x86_vcpu *vcpu, const struct kvm_guest_debug *d);

/**
 * svm_debug_intercept() - exit where the VMM's breakpoints want it
 * @svm: the vCPU's; its intercepts are set anew
 */
void svm_debug_intercept(struct svm *svm);

/**
 * svm_debug_enter() - the VMM's debug registers and step in, for one stay in the guest
 * @svm: the vCPU's, about to enter
 */
void svm_debug_enter(struct svm *svm);

/**
 * svm_debug_leave() - undo svm_debug_enter()
 * @svm: the vCPU's, right after an exit
 */
void svm_debug_leave(struct svm *svm);

/**
 * svm_debug_has() - is one of these in use?
 * @svm: the vCPU's
 * @control: KVM_GUESTDBG_*
 *
 * Return: true if so.
 */
static inline bool svm_debug_has(const struct svm *svm, u32 control)
{
	return svm->debug.control & control;
}

/**
 * svm_debug_exit() - KVM_EXIT_DEBUG
 * @vcpu: the current thread's
 * @vector: X86_TRAP_DB or X86_TRAP_BP
 * @dr6: why, for the former
 *
 * Return: VCPU_TO_USER.
 */
int svm_debug_exit(struct x86_vcpu *vcpu, u8 vector, u64 dr6);

/* cpuid.c */

/**
 * svm_cpuid_supported() - KVM_GET_SUPPORTED_CPUID (KVM API 4.46)
 * @out: entries; room for @nr
 * @nr: how many; set to how many there are
 *
 * Return: 0, or -E2BIG with @nr set.
 */
int svm_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int *nr);

/**
 * svm_cpuid_find() - a vCPU's entry
 * @svm: the vCPU's
 * @leaf: EAX
 * @sub: ECX, where it counts
 *
 * Return: the entry, or NULL.
 */
const struct kvm_cpuid_entry2 *svm_cpuid_find(const struct svm *svm, u32 leaf, u32 sub);

/**
 * svm_cpuid_now() - make of an entry what the guest reads: some bits follow its own settings
 * @vcpu: the current thread's, or its mutex is held
 * @e: a copy of one of its entries
 */
void svm_cpuid_now(struct x86_vcpu *vcpu, struct kvm_cpuid_entry2 *e);

/**
 * svm_cpuid() - serve CPUID
 * @vcpu: the current thread's
 */
void svm_cpuid(struct x86_vcpu *vcpu);

/**
 * svm_cpuid_settle() - take over what CPUID says of control registers
 * @svm: the vCPU's, @cpuid and @nr_cpuid of which have been set, or are 0
 */
void svm_cpuid_settle(struct svm *svm);

/**
 * svm_has() - does the guest's CPUID show a feature?
 * @svm: the vCPU's
 * @leaf: EAX
 * @reg: 0 to 3: EAX, EBX, ECX, EDX
 * @bit: 0 to 31
 *
 * Return: true if it does.
 */
bool svm_has(const struct svm *svm, u32 leaf, unsigned int reg, unsigned int bit);

/**
 * svm_efer_allowed() - bits of EFER that the guest may set
 * @svm: the vCPU's
 *
 * Return: those that its CPUID shows features for, and LMA.
 */
static inline u64 svm_efer_allowed(const struct svm *svm)
{
	return svm->may_efer;
}

/**
 * svm_cr4_allowed() - bits of CR4 that the guest may set
 * @svm: the vCPU's
 *
 * Return: those that its CPUID shows features for; before it has one, those that it could have.
 */
static inline u64 svm_cr4_allowed(const struct svm *svm)
{
	return svm->may_cr4;
}

/* msr.c */

/**
 * svm_msr_get() - read an MSR
 * @vcpu: the current thread's, or its mutex is held
 * @index: which
 * @val: its value
 * @host: the VMM asks, not the guest
 *
 * Return: 0, or -ENOENT: there is no such MSR, or not for the guest.
 */
int svm_msr_get(struct x86_vcpu *vcpu, u32 index, u64 *val, bool host);

/**
 * svm_msr_set() - write an MSR
 * @vcpu: as svm_msr_get()
 * @index: which
 * @val: new value
 * @host: the VMM asks
 *
 * Return: 0; -ENOENT; -EINVAL: a value that it cannot have.
 */
int svm_msr_set(struct x86_vcpu *vcpu, u32 index, u64 val, bool host);

/**
 * svm_msr_features() - MSRs that tell what guests may be given
 * @n: how many
 *
 * Return: their indices.
 */
const u32 *svm_msr_features(unsigned int *n);

/**
 * svm_msr_feature() - KVM_GET_MSRS on /dev/kvm (KVM API 4.68)
 * @index: which
 * @val: its value
 *
 * Return: 0, or -ENOENT: it is none of svm_msr_features().
 */
int svm_msr_feature(u32 index, u64 *val);

/**
 * svm_msr_list() - MSRs that a VMM saves and restores
 * @n: how many
 *
 * Return: their indices.
 */
const u32 *svm_msr_list(unsigned int *n);

/**
 * svm_msr_count() - how many MSRs are only kept: entries of struct svm.msr
 *
 * Return: the number.
 */
unsigned int svm_msr_count(void);

/**
 * svm_msr_reset() - MSRs as after power-up
 * @svm: the vCPU's
 */
void svm_msr_reset(struct svm *svm);

/* io.c */

/**
 * svm_io_exit() - serve IN, OUT, INS, OUTS
 * @vcpu: the current thread's, right after the exit
 *
 * Return: as svm_handle_exit().
 */
int svm_io_exit(struct x86_vcpu *vcpu);

/**
 * svm_mmio_exit() - serve an access to no memory
 * @vcpu: the current thread's
 * @gpa: where
 *
 * Return: as svm_handle_exit().
 */
int svm_mmio_exit(struct x86_vcpu *vcpu, u64 gpa);

/**
 * svm_mmio_finish() - take the VMM's answer to KVM_EXIT_MMIO
 * @vcpu: the current thread's; svm.io.kind was SVM_IO_MMIO
 *
 * Return: VCPU_RESUME, or VCPU_TO_USER: the move has another part.
 */
int svm_mmio_finish(struct x86_vcpu *vcpu);

/**
 * svm_io_begin() - the VMM has the next word on an instruction
 * @vcpu: the current thread's, at the instruction
 * @kind: what its answer finishes
 */
void svm_io_begin(struct x86_vcpu *vcpu, enum svm_pending kind);

/**
 * svm_io_finish() - take the VMM's answer to an exit
 * @vcpu: the current thread's
 *
 * An answer to an instruction that the vCPU is no longer at is dropped.
 * Return: VCPU_RESUME, or as svm_handle_exit().
 */
int svm_io_finish(struct x86_vcpu *vcpu);

/* walk.c */

/* What is done at a linear address; user mode is where the guest is, but for SVM_SYSTEM. */
#define SVM_WRITE	BIT(0)
#define SVM_EXEC	BIT(1)
#define SVM_SYSTEM	BIT(2)	/* as the CPU itself reads its tables */
#define SVM_ANY		BIT(3)	/* no permission counts: it is not the guest's access */
#define SVM_TABLE	BIT(4)	/* for nested_gpa(): an entry of the guest's own page tables */

/**
 * svm_translate() - a guest's linear address by its own page tables
 * @vcpu: the current thread's, or its mutex is held; on the VMM's mm; may sleep
 * @va: linear address
 * @access: SVM_*; what the guest may not do there is not mapped (AMD APM vol. 2, 5.6)
 * @gpa: guest physical address
 *
 * Uncached, one element at a time. A and D are not set.
 * Return: 0; -EFAULT: not mapped; -EACCES: mapped, but not for this access; -ENXIO: L1's nested
 * tables deny it, or an entry on the way.
 */
int svm_translate(struct x86_vcpu *vcpu, u64 va, unsigned int access, u64 *gpa);

/**
 * svm_read_linear() - read guest memory by its linear address
 * @vcpu: as svm_translate()
 * @va: linear address
 * @access: SVM_*, as svm_translate()
 * @buf: bytes read
 * @len: how many at most
 *
 * Return: how many; less than @len where a page is not there, or not for this access.
 */
unsigned int svm_read_linear(struct x86_vcpu *vcpu, u64 va, unsigned int access, void *buf,
			     unsigned int len);

/**
 * svm_write_linear() - write guest memory by its linear address
 * @vcpu: as svm_translate()
 * @va: linear address
 * @access: SVM_*, as svm_translate(); SVM_WRITE is added
 * @buf: bytes
 * @len: how many
 *
 * Return: how many, as svm_read_linear().
 */
unsigned int svm_write_linear(struct x86_vcpu *vcpu, u64 va, unsigned int access, const void *buf,
			      unsigned int len);

/**
 * svm_follow() - walk the guest's own tables, and keep how
 * @vcpu: the current thread's; on the VMM's mm; may sleep
 * @va: linear address
 * @trail: becomes the way to its frame; rights are not looked at
 *
 * Return: true; false: no paging, an entry that is not there, or the vCPU is in a guest of its guest.
 */
bool svm_follow(struct x86_vcpu *vcpu, u64 va, struct trail *trail);

/**
 * svm_queue_page_fault() - #PF at an address that was touched for the guest
 * @vcpu: as svm_translate()
 * @va: linear address
 * @access: SVM_*: what was tried
 *
 * The error code is what the guest's tables say.
 */
void svm_queue_page_fault(struct x86_vcpu *vcpu, u64 va, unsigned int access);

#endif
