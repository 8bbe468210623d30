/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmclock of a VM: one line from the host's TSC to nanoseconds while all CPUs' TSCs go alike,
 * and a record of it in guest memory for each vCPU (KVM's msr.rst: MSR_KVM_SYSTEM_TIME).
 *
 * The line changes seldom: the VMM sets the clock, the host has slept, its TSC has become
 * unstable. Then each record is begun before the time is taken, so that nobody reads the old
 * line after it; vCPUs whose record is not at hand are kept out of the guest meanwhile.
 */
#ifndef TABULA_PV_KVMCLOCK_H
#define TABULA_PV_KVMCLOCK_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "../../mem/pfn_cache.h"
#include "clock.h"

struct kvm_clock_data;
struct x86_vcpu;
struct x86_vm;

/* A vCPU's records. */
enum kvmclock_kind {
	KVMCLOCK_OWN,		/* MSR_KVM_SYSTEM_TIME */
	KVMCLOCK_XEN_INFO,	/* in Xen's vcpu_info */
	KVMCLOCK_XEN_TIME,	/* Xen's other one */
	KVMCLOCK_RECORDS,
};

/**
 * struct kvmclock_record - a record in guest memory
 * @pc: its page
 * @on: the guest wants it, at @gpa
 * @gpa: guest physical address
 * @flags: PV_CLOCK_* that it may show
 * @written: number of the line that it says; 0: none
 * @version: of pv_clock_begin(), while @begun
 * @begun: begun and not ended
 *
 * All but @pc under the VM's clock.lock.
 */
struct kvmclock_record {
	struct pfn_cache pc;
	bool on;
	u64 gpa;
	u8 flags;
	u64 written;
	u32 version;
	bool begun;
};

/**
 * struct kvmclock_vm - the clock of a VM
 * @lock: protects all here, and what struct kvmclock says is under it
 * @line: from the host's TSC; while @stable
 * @number: of lines so far; not 0
 * @epoch: how often the VMM has set the clock
 * @boot_offset: the clock minus the host's CLOCK_BOOTTIME, ns
 * @slept: how long the host has slept, when @line was begun
 * @stable: all CPUs' TSCs go alike: one line for all
 * @matched: all vCPUs have the same TSC
 * @tsc_offset: guest's TSC minus host's, for new vCPUs
 * @tsc_set: the VMM has set it
 * @wall: MSR_KVM_WALL_CLOCK
 */
struct kvmclock_vm {
	struct mutex lock;
	struct pv_clock line;
	u64 number;
	u64 epoch;
	u64 boot_offset;
	s64 slept;
	bool stable;
	bool matched;
	u64 tsc_offset;
	bool tsc_set;
	u64 wall;
};

/**
 * struct kvmclock - the clock of a vCPU
 * @record: where the guest reads it
 * @msr: MSR_KVM_SYSTEM_TIME
 * @paused: the VM stood still, and the guest is to be told; under the clock's lock
 * @tsc_offset: guest's TSC minus host's; under the clock's lock
 * @in_force: what of @tsc_offset is in the control block
 * @last_tsc: the host's, when the vCPU last left a CPU
 * @line: of the CPU it is on, where TSCs do not go alike; written by its thread
 * @line_cpu: that CPU, or -1
 * @told: a time up to which the guest may have read @line
 * @epoch: of the VM's clock, that @line and @told are of
 */
struct kvmclock {
	struct kvmclock_record record[KVMCLOCK_RECORDS];
	u64 msr;
	bool paused;
	u64 tsc_offset;
	u64 in_force;
	u64 last_tsc;
	struct pv_clock line;
	int line_cpu;
	u64 told;
	u64 epoch;
};

/**
 * struct kvmclock_view - a VM's clock, for where its lock cannot be taken
 * @stable: all CPUs' TSCs go alike
 * @line: from the host's TSC; while @stable
 * @boot_offset: the clock minus the host's CLOCK_BOOTTIME, ns
 */
struct kvmclock_view {
	bool stable;
	struct pv_clock line;
	u64 boot_offset;
};

/**
 * kvmclock_has_record() - does the guest read the time anywhere?
 * @c: the vCPU's
 *
 * Return: true: kvmclock_prepare() has pages to look after.
 */
static inline bool kvmclock_has_record(const struct kvmclock *c)
{
	return c->record[KVMCLOCK_OWN].on | c->record[KVMCLOCK_XEN_INFO].on | c->record[KVMCLOCK_XEN_TIME].on;
}

/**
 * kvmclock_vm_init() - a new VM's clock begins at 0
 * @vm: zeroed
 */
void kvmclock_vm_init(struct x86_vm *vm);

/**
 * kvmclock_vcpu_init() - a new vCPU: no record, the TSC of the VM's others
 * @vcpu: zeroed; vm->lock is held
 */
void kvmclock_vcpu_init(struct x86_vcpu *vcpu);

/**
 * kvmclock_vcpu_destroy() - let go of guest memory, while that is still there
 * @vcpu: nobody runs it. May sleep.
 */
void kvmclock_vcpu_destroy(struct x86_vcpu *vcpu);

/**
 * kvmclock_reset() - as after power-up or INIT: the guest has given no record
 * @vcpu: the current thread's, or its mutex is held; may sleep
 */
void kvmclock_reset(struct x86_vcpu *vcpu);

/**
 * kvmclock_load() - the vCPU comes to a CPU
 * @vcpu: preemption off
 */
void kvmclock_load(struct x86_vcpu *vcpu);

/**
 * kvmclock_put() - and leaves it
 * @vcpu: preemption off
 */
void kvmclock_put(struct x86_vcpu *vcpu);

/**
 * kvmclock_prepare() - before the guest is entered: its records say the time
 * @vcpu: the current thread's; may sleep
 *
 * Also serves X86_REQ_CLOCK. A record whose page has gone is written to the page that is there
 * now; one that has no memory is left alone.
 * Return: VCPU_RESUME, or VCPU_AGAIN.
 */
int kvmclock_prepare(struct x86_vcpu *vcpu);

/**
 * kvmclock_check() - begin another line if the host has slept, or its TSC is no good any more
 * @vm: the VM; on its VMM's mm; may sleep
 */
void kvmclock_check(struct x86_vm *vm);

/**
 * kvmclock_now() - the time
 * @vm: the VM; may sleep
 *
 * Return: ns.
 */
u64 kvmclock_now(struct x86_vm *vm);

/**
 * kvmclock_look() - the clock as it is now, for a while
 * @vm: the VM; may sleep
 * @view: filled in
 */
void kvmclock_look(struct x86_vm *vm, struct kvmclock_view *view);

/**
 * kvmclock_view_now() - the time by that
 * @view: of kvmclock_look(); zeroed is some time, too
 *
 * Any context. Not what the clock says, where that has been set meanwhile.
 * Return: ns.
 */
u64 kvmclock_view_now(const struct kvmclock_view *view);

/**
 * kvmclock_get() - KVM_GET_CLOCK (KVM API 4.29)
 * @vm: the VM; on its VMM's mm; may sleep
 * @d: filled in
 */
void kvmclock_get(struct x86_vm *vm, struct kvm_clock_data *d);

/**
 * kvmclock_set() - KVM_SET_CLOCK (KVM API 4.30)
 * @vm: the VM; on its VMM's mm; may sleep
 * @d: the time
 *
 * Return: 0; -EINVAL: unknown flags.
 */
int kvmclock_set(struct x86_vm *vm, const struct kvm_clock_data *d);

/**
 * kvmclock_stood_still() - KVM_KVMCLOCK_CTRL (KVM API 4.63)
 * @vcpu: its mutex is held
 *
 * Return: 0; -EINVAL: the guest has no kvmclock.
 */
int kvmclock_stood_still(struct x86_vcpu *vcpu);

/**
 * kvmclock_give() - the guest gives a record, or takes it away
 * @vcpu: the current thread's, or its mutex is held; may sleep
 * @kind: which
 * @on: it gives one
 * @gpa: guest physical address; one that is not aligned to 4 bytes, or crosses a page, is none
 * @flags: PV_CLOCK_* that it may show
 *
 * Written before the guest runs on.
 */
void kvmclock_give(struct x86_vcpu *vcpu, enum kvmclock_kind kind, bool on, u64 gpa, u8 flags);

/**
 * kvmclock_write_wall() - write the record of the time of day at which the clock was 0
 * @vm: the VM; on its VMM's mm; may sleep
 * @gpa: guest physical address of 12 bytes, aligned to 4; others are left alone
 */
void kvmclock_write_wall(struct x86_vm *vm, u64 gpa);

/**
 * kvmclock_tsc() - the guest's TSC
 * @vcpu: the vCPU
 *
 * Return: now.
 */
u64 kvmclock_tsc(const struct x86_vcpu *vcpu);

/**
 * kvmclock_move_tsc() - set a vCPU's TSC, and no other's
 * @vcpu: the current thread's, or its mutex is held; on the VMM's mm; may sleep
 * @offset: guest's TSC minus host's
 */
void kvmclock_move_tsc(struct x86_vcpu *vcpu, u64 offset);

/**
 * kvmclock_sync_tsc() - the VMM sets a vCPU's TSC by value: MSR_IA32_TSC
 * @vcpu: as kvmclock_move_tsc()
 * @tsc: the value
 *
 * A VMM sets one vCPU after the other, each a little later than it means: what is 0, or within
 * a second of the TSC that was set last, is taken for that.
 */
void kvmclock_sync_tsc(struct x86_vcpu *vcpu, u64 tsc);

/**
 * kvmclock_set_offset() - the VMM sets a vCPU's TSC by offset: KVM_VCPU_TSC_OFFSET
 * @vcpu: as kvmclock_move_tsc()
 * @offset: guest's TSC minus host's
 */
void kvmclock_set_offset(struct x86_vcpu *vcpu, u64 offset);

#endif
