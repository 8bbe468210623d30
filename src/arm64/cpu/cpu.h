/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One vCPU on a physical CPU: the world switch, traps, registers.
 */
#ifndef TABULA_CPU_H
#define TABULA_CPU_H

#include <linux/kvm.h>
#include <linux/types.h>

#include "../../vm/arch.h"
#include "context.h"

struct arm_vcpu;
struct arm_vm;

/**
 * cpu_hw_init() - find out what this machine has; check that it can be used
 *
 * Return: 0, or -ENODEV with the reason in the log.
 */
int cpu_hw_init(void);

/**
 * cpu_hw_exit() - undo cpu_hw_init()
 */
void cpu_hw_exit(void);

/* world.S */

/**
 * cpu_enter() - general registers in, ERET, and out again at the next exception to EL2
 * @ctx: guest's registers; interrupts are off, everything else is the guest's already
 *
 * Return: CPU_EXIT_*.
 */
u64 cpu_enter(struct cpu_ctx *ctx);

/**
 * cpu_enter_keyed() - cpu_enter() of a guest with pointer authentication
 * @ctx: as there; the host's key IA is in @ctx->host_keys
 *
 * Key IA is the host kernel's own, with which all its C signs: it is the guest's from here to
 * the return only (Arm ARM D8.8.1).
 *
 * Return: CPU_EXIT_*.
 */
u64 cpu_enter_keyed(struct cpu_ctx *ctx);

/**
 * cpu_translate_el1() - what a read at EL1 by the guest would find, into PAR_EL1
 * @va: the guest's virtual address; the guest's EL1 state and HCR_EL2 are in place
 *
 * Return: 0, or 1 where the walk ended in an exception, and PAR_EL1 says nothing.
 */
u64 cpu_translate_el1(u64 va);

/* switch.c */

/**
 * cpu_load() - put the guest's EL1 state into this physical CPU
 * @vcpu: the vCPU; preemption is off
 */
void cpu_load(struct arm_vcpu *vcpu);

/**
 * cpu_put() - take the guest's EL1 state back into memory
 * @vcpu: the vCPU, loaded on this physical CPU; preemption is off
 */
void cpu_put(struct arm_vcpu *vcpu);

/**
 * cpu_run() - run the guest until an exit that the fast path leaves over
 * @vcpu: loaded on this CPU; interrupts are off
 * @vttbr: VTTBR_EL2 for the guest
 *
 * The exit is left in vcpu->ctx: exit_code and, for synchronous ones, the
 * syndrome registers.
 */
void cpu_run(struct arm_vcpu *vcpu, u64 vttbr);

/**
 * cpu_sys_read() - a guest EL1 register, wherever it is now
 * @vcpu: the vCPU; the caller is its thread, or holds its mutex
 * @reg: which
 *
 * Return: its value.
 */
u64 cpu_sys_read(struct arm_vcpu *vcpu, enum cpu_sys reg);

/**
 * cpu_sys_write() - set a guest EL1 register, wherever it is now
 * @vcpu: the vCPU; the caller is its thread, or holds its mutex
 * @reg: which
 * @val: new value
 */
void cpu_sys_write(struct arm_vcpu *vcpu, enum cpu_sys reg, u64 val);

/**
 * cpu_sys_write_loaded() - cpu_sys_write() where the vCPU is loaded and interrupts are off
 * @vcpu: the vCPU
 * @reg: which
 * @val: new value
 */
void cpu_sys_write_loaded(struct arm_vcpu *vcpu, enum cpu_sys reg, u64 val);

/* fp.c */

/**
 * cpu_fp_load() - put the guest's FP/SIMD registers into this CPU
 * @vcpu: the current thread's vCPU; interrupts on, may not sleep until
 *	cpu_fp_save(). Preemption keeps the registers (kernel-mode NEON).
 *
 * With SVE they only become the guest's to have; cpu_fp_enter() puts them there.
 */
void cpu_fp_load(struct arm_vcpu *vcpu);

/**
 * cpu_fp_save() - take the guest's FP/SIMD registers back, if they are loaded
 * @vcpu: the current thread's vCPU; interrupts on
 */
void cpu_fp_save(struct arm_vcpu *vcpu);

/**
 * cpu_fp_enter() - put the guest's vectors into this CPU
 * @vcpu: with CPU_SVE_LOADED, about to enter; interrupts are off, CPTR_EL2 is the guest's
 *
 * The host keeps no more of them over preemption and softirqs than V registers: so these are
 * in hardware with interrupts off only.
 */
void cpu_fp_enter(struct arm_vcpu *vcpu);

/**
 * cpu_fp_leave() - take them back, and the host's vectors are as long as they were
 * @vcpu: after cpu_fp_enter(); CPTR_EL2 is the guest's still
 */
void cpu_fp_leave(struct arm_vcpu *vcpu);

/**
 * cpu_fp_lengths() - which lengths of vectors this CPU has
 *
 * Its thread is bound to it; interrupts on. FP registers are lost.
 *
 * Return: bit n - 1 for n times 128 bits; 0 without SVE, or where the host does without.
 */
u16 cpu_fp_lengths(void);

/* debug.c */
/**
 * cpu_debug_reset() - debug registers as after reset, accesses trap
 * @vcpu: the vCPU, not loaded
 */
void cpu_debug_reset(struct arm_vcpu *vcpu);

/**
 * cpu_debug_load() - nothing of a guest gets into the host's profile
 *
 * On the CPU that is to run it, preemption off. Not just once: the register is lost in a
 * power-down.
 */
void cpu_debug_load(void);

/**
 * cpu_debug_enter() - the guest's debug registers in, as far as they do anything
 * @vcpu: about to enter; interrupts and debug exceptions are masked
 */
void cpu_debug_enter(struct arm_vcpu *vcpu);

/**
 * cpu_debug_leave() - the host's back
 * @vcpu: right after it left
 */
void cpu_debug_leave(struct arm_vcpu *vcpu);

/* What a VMM may ask for. */
#define CPU_DEBUG_CONTROL	((u32)(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | \
				       KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_USE_HW))

/**
 * cpu_debug_set() - KVM_SET_GUEST_DEBUG (KVM API 4.87)
 * @vcpu: its mutex is held
 * @dbg: what the VMM wants; matches at EL2 and in other security states are left out
 *
 * May sleep. Return: 0; -EINVAL: @control has bits that are not Arm's; -ENOMEM: no room for the
 * VMM's breakpoints, and all is as it was.
 */
int cpu_debug_set(struct arm_vcpu *vcpu, const struct kvm_guest_debug *dbg);

/**
 * cpu_debug_destroy() - free what cpu_debug_set() has made room for
 * @vcpu: nobody uses it any more
 */
void cpu_debug_destroy(struct arm_vcpu *vcpu);

/**
 * cpu_debug_exit() - tell the VMM of a debug exception (KVM_EXIT_DEBUG)
 * @vcpu: it came out for one
 *
 * Return: VCPU_TO_USER.
 */
int cpu_debug_exit(struct arm_vcpu *vcpu);

/* exit.c */

/**
 * cpu_handle_exit() - serve an exit in the run loop
 * @vcpu: the current thread's vCPU; interrupts and preemption on
 *
 * Return: VCPU_RESUME, VCPU_TO_USER with kvm_run filled in, or an errno.
 */
int cpu_handle_exit(struct arm_vcpu *vcpu);

/**
 * cpu_exit_brief() - serve an exit that needs neither sleep nor another vCPU
 * @vcpu: the current thread's, loaded; interrupts on, preemption off
 *
 * Return: true where the guest may go on at once. False: cpu_handle_exit() knows what to do,
 * and whether some of it is done.
 */
bool cpu_exit_brief(struct arm_vcpu *vcpu);

/**
 * cpu_exit_fast() - serve an exit with interrupts still off
 * @vcpu: the vCPU, right after it came out; the guest's HCR_EL2 and vectors are
 *	still in place, so neither locks nor anything that can be traced or probed
 *
 * Return: true when the guest may go on at once.
 */
bool cpu_exit_fast(struct arm_vcpu *vcpu);

/* regs.c */

/**
 * cpu_update_traps() - HCR_EL2 and its kin follow the vCPU's side of the caches
 * @vcpu: after its vcpu->mmu.side has changed; the current thread's, or not running
 */
void cpu_update_traps(struct arm_vcpu *vcpu);

/**
 * cpu_trap_tlbi() - whether the guest's TLB maintenance traps
 * @vcpu: the current thread's vCPU, about to enter
 * @trap: what mmu_vcpu_inside() says
 */
void cpu_trap_tlbi(struct arm_vcpu *vcpu, bool trap);

/**
 * cpu_side_sync() - bring the vCPU's side in line with its SCTLR_EL1
 * @vcpu: the current thread's vCPU; may sleep
 *
 * After the guest was seen to have changed it, or the VMM did.
 *
 * Return: 0 or -EINTR.
 */
int cpu_side_sync(struct arm_vcpu *vcpu);

/**
 * cpu_side_note() - the VMM gets control: what cpu_side_sync() will say may concern it
 * @vcpu: the current thread's vCPU; may sleep
 *
 * See mmu_vcpu_strayed().
 */
void cpu_side_note(struct arm_vcpu *vcpu);

/**
 * cpu_exit_early() - serve an exit before interrupts go on
 * @vcpu: right after cpu_run(), loaded, interrupts off; the host's context is in place
 *
 * For what is short but takes locks. The exit is done with where it was served.
 */
void cpu_exit_early(struct arm_vcpu *vcpu);

/**
 * cpu_skip_instr() - go on behind the instruction that trapped
 * @vcpu: the vCPU
 */
void cpu_skip_instr(struct arm_vcpu *vcpu);

/**
 * cpu_get_x() - a general register as an instruction names it
 * @vcpu: the vCPU
 * @rt: 0..30; 31 is XZR
 *
 * Return: its value.
 */
u64 cpu_get_x(const struct arm_vcpu *vcpu, unsigned int rt);

/**
 * cpu_set_x() - write a general register
 * @vcpu: the vCPU
 * @rt: 0..30; 31 is XZR
 * @val: new value
 */
void cpu_set_x(struct arm_vcpu *vcpu, unsigned int rt, u64 val);

/**
 * cpu_reset() - architectural state as after a reset (KVM API 4.82)
 * @vcpu: not loaded; vcpu->mmu.side is already what it is after the reset
 */
void cpu_reset(struct arm_vcpu *vcpu);

/* inject.c */

/**
 * cpu_inject_undef() - the guest takes an Undefined Instruction exception at EL1
 * @vcpu: the current thread's vCPU
 */
void cpu_inject_undef(struct arm_vcpu *vcpu);

/**
 * cpu_inject_abort() - the guest takes a synchronous external abort at EL1
 * @vcpu: the current thread's vCPU
 * @is_fetch: an instruction abort, not a data abort
 * @addr: FAR_EL1, the guest's virtual address
 */
void cpu_inject_abort(struct arm_vcpu *vcpu, bool is_fetch, u64 addr);

/**
 * cpu_inject_abort_fsc() - the same with another reason
 * @vcpu: the current thread's vCPU
 * @is_fetch: an instruction abort, not a data abort
 * @addr: FAR_EL1, the guest's virtual address
 * @fsc: SYN_FSC_*
 */
void cpu_inject_abort_fsc(struct arm_vcpu *vcpu, bool is_fetch, u64 addr, u8 fsc);

/**
 * cpu_inject_serror() - a virtual SError becomes pending
 * @vcpu: the vCPU
 * @esr: syndrome the guest reads (VSESR_EL2), 0 for none
 */
void cpu_inject_serror(struct arm_vcpu *vcpu, u64 esr);

/* mmio.c */

/**
 * cpu_mmio_abort() - emulate an access that stage 2 does not map
 * @vcpu: the current thread's vCPU, with the abort's syndrome in its context
 * @ipa: intermediate physical address, bytes
 *
 * Return: as cpu_handle_exit().
 */
int cpu_mmio_abort(struct arm_vcpu *vcpu, u64 ipa);

/**
 * cpu_mmio_brief() - cpu_mmio_abort() where neither sleep nor another vCPU is needed
 * @vcpu: as there; preemption off; the syndrome has the instruction
 * @ipa: intermediate physical address, bytes
 *
 * Return: VCPU_RESUME, VCPU_TO_USER with kvm_run filled in, or -EAGAIN: nothing is done, and it is
 * for cpu_mmio_abort().
 */
int cpu_mmio_brief(struct arm_vcpu *vcpu, u64 ipa);

/**
 * cpu_mmio_finish() - take the VMM's answer to an MMIO exit
 * @vcpu: the current thread's vCPU
 */
void cpu_mmio_finish(struct arm_vcpu *vcpu);

/* sysreg.c, idreg.c */
/**
 * cpu_sysreg_init() - check the table; once
 *
 * Return: 0 or -EINVAL.
 */
int cpu_sysreg_init(void);

/**
 * cpu_sysreg_trap() - serve a trapped MRS, MSR or system instruction
 * @vcpu: the current thread's vCPU
 *
 * Return: as cpu_handle_exit().
 */
int cpu_sysreg_trap(struct arm_vcpu *vcpu);

/**
 * cpu_sysreg_brief() - the same where it needs neither sleep nor another vCPU
 * @vcpu: the current thread's vCPU; cpu_sysreg_fast() has left it over; preemption off
 *
 * Return: false: cpu_sysreg_trap() has to.
 */
bool cpu_sysreg_brief(struct arm_vcpu *vcpu);

/**
 * cpu_sysreg_fast() - the same with interrupts off, as cpu_exit_fast()
 * @vcpu: the vCPU
 *
 * Return: false: cpu_sysreg_trap() has to.
 */
bool cpu_sysreg_fast(struct arm_vcpu *vcpu);

/**
 * cpu_sysreg_reset() - system registers as after a reset
 * @vcpu: not loaded
 */
void cpu_sysreg_reset(struct arm_vcpu *vcpu);

/**
 * cpu_idreg_init() - work out what guests see in the ID registers; once
 */
void cpu_idreg_init(void);

/**
 * cpu_idreg_serves() - has this CPU what guests were promised?
 *
 * On a CPU that comes online, after cpu_idreg_init(). Return: false: it lacks some feature.
 */
bool cpu_idreg_serves(void);

/**
 * cpu_idreg_is() - is this one of the ID registers that trap as a group?
 * @enc: sys_reg() encoding
 *
 * Return: true for op0=3, op1=0, CRn=0, CRm=1..7.
 */
bool cpu_idreg_is(u32 enc);

/**
 * cpu_idreg_vm_init() - a new VM's ID registers: all that a guest can have here
 * @vm: the VM
 */
void cpu_idreg_vm_init(struct arm_vm *vm);

/**
 * cpu_idreg_choose() - a VM's ID registers hide what its vCPUs were not given
 * @vm: its first vCPU is being initialised, vm->features is set; vm->lock is held
 */
void cpu_idreg_choose(struct arm_vm *vm);

/**
 * cpu_idreg_settle() - a VM's ID registers follow what the VM was given
 * @vm: none of its vCPUs has run; vm->lock is held
 *
 * Without a GIC there is no system register interface to one.
 */
void cpu_idreg_settle(struct arm_vm *vm);

/**
 * cpu_idreg_read() - an ID register as a VM's guest sees it
 * @vm: the VM
 * @enc: of which cpu_idreg_is() says yes
 *
 * Return: its value.
 */
u64 cpu_idreg_read(const struct arm_vm *vm, u32 enc);

/**
 * cpu_idreg_set() - KVM_SET_ONE_REG of an ID register; takes vm->lock
 * @vm: the VM
 * @enc: of which cpu_idreg_is() says yes
 * @val: new value
 *
 * Return: 0; -EINVAL for a value that is not supported; -EBUSY for another value
 * once a vCPU has run.
 */
int cpu_idreg_set(struct arm_vm *vm, u32 enc, u64 val);

/**
 * cpu_idreg_set_caches() - KVM_SET_ONE_REG of CTR_EL0 or CLIDR_EL1; takes vm->lock
 * @vm: the VM, all of whose vCPUs have the same
 * @enc: which of the two
 * @val: new value
 *
 * Return: 0; -EINVAL: it promises what this machine has not; -EBUSY: another value, and a
 * vCPU has run.
 */
int cpu_idreg_set_caches(struct arm_vm *vm, u32 enc, u64 val);

/**
 * cpu_idreg_ccsidr() - CCSIDR_EL1 as a VM's guest sees it
 * @vm: the VM
 * @csselr: CSSELR_EL1; any value
 *
 * Return: in the 32-bit format, 0 for what CSSELR_EL1 cannot select.
 */
u32 cpu_idreg_ccsidr(const struct arm_vm *vm, u64 csselr);

/**
 * cpu_idreg_set_ccsidr() - KVM_SET_ONE_REG of a cache's geometry; takes vm->lock
 * @vm: the VM, all of whose vCPUs have the same
 * @csselr: CSSELR_EL1, below MACHINE_CACHES
 * @val: new value; nothing here depends on it
 *
 * Return: 0; -EINVAL: its lines are shorter than CTR_EL0 says; -EBUSY: another value, and a
 * vCPU has run.
 */
int cpu_idreg_set_ccsidr(struct arm_vm *vm, u64 csselr, u32 val);

/**
 * cpu_idreg_mask() - which bits of a feature ID register a VMM may write
 * @enc: op0 3, CRn 0; any other register has none
 *
 * Return: the bits, for KVM_ARM_GET_REG_WRITABLE_MASKS.
 */
u64 cpu_idreg_mask(u32 enc);

/* onereg.c: KVM API 4.68, 4.69, 4.84 */

/**
 * cpu_onereg_get() - KVM_GET_ONE_REG
 * @vcpu: not loaded; its mutex is held
 * @reg: id, and where the value goes
 *
 * Return: 0, -ENOENT (no such register), -EINVAL (wrong size or kind), -EFAULT.
 */
int cpu_onereg_get(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg);

/**
 * cpu_onereg_set() - KVM_SET_ONE_REG
 * @vcpu: not loaded; its mutex is held
 * @reg: id, and where the value comes from
 *
 * Return: as cpu_onereg_get(); -EINVAL also for a value that cannot be, -EBUSY too late.
 */
int cpu_onereg_set(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg);

/**
 * cpu_onereg_list() - the ids of all registers the VMM may read and write
 * @vcpu: whose; it is initialised, its mutex is held
 * @out: array for them, or NULL to count
 *
 * Return: how many.
 */
unsigned long cpu_onereg_list(const struct arm_vcpu *vcpu, u64 *out);

/* spectre.c */
struct predictor;

/**
 * cpu_spectre_online() - choose this CPU's vectors; take it into account for what guests are told
 * @may_be_worse: no guest has been told anything yet
 *
 * On the CPU; its thread is bound to it. Return: NULL, or why it must not run guests.
 */
const char *cpu_spectre_online(bool may_be_worse);

/**
 * cpu_spectre_vectors() - this CPU's vectors while a guest runs
 *
 * Preemption off. Return: their address.
 */
unsigned long cpu_spectre_vectors(void);

/**
 * cpu_spectre_machine() - what guests and VMMs are told of the machine's branch predictors
 *
 * Return: it; predictor.h has the answers made of it.
 */
const struct predictor *cpu_spectre_machine(void);

#endif
