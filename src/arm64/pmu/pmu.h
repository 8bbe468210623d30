/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's performance monitors (PMUv3): its registers are kept here, and what it has
 * counted is counted by perf events of the host, one for each counter that is enabled.
 */
#ifndef TABULA_PMU_H
#define TABULA_PMU_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct arm_vcpu;
struct arm_vm;
struct kvm_device_attr;
struct perf_event;
struct pmu_host;

#define PMU_CYCLES	31	/* the cycle counter, after 31 event counters at most */
#define PMU_COUNTERS	32

/* A guest's registers, as the table of system registers names them. */
enum pmu_reg {
	PMU_CNTR,				/* PMEVCNTR<n>_EL0, the last one is PMCCNTR_EL0 */
	PMU_TYPE = PMU_CNTR + PMU_COUNTERS,	/* PMEVTYPER<n>_EL0, the last one is PMCCFILTR_EL0 */
	PMU_PMCR = PMU_TYPE + PMU_COUNTERS,
	PMU_CNTENSET,
	PMU_CNTENCLR,
	PMU_INTENSET,
	PMU_INTENCLR,
	PMU_OVSSET,
	PMU_OVSCLR,
	PMU_SWINC,
	PMU_SELR,
	PMU_CEID0,
	PMU_CEID1,
	PMU_XEVTYPER,
	PMU_XEVCNTR,
	PMU_USERENR,
	PMU_MMIR,
};

/**
 * struct pmu_vm - what the vCPUs of a VM have in common; changed under vm->lock, and not after
 *	a vCPU has run
 * @host: the host's PMU that counts; NULL: no vCPU has one
 * @counters: PMCR_EL0.N
 * @bound: the VMM has chosen @host: vCPUs run on its CPUs alone
 * @spis: its overflow interrupts are SPIs
 * @filter: events that may be counted, pmu_host_events() of them; NULL: all
 */
struct pmu_vm {
	const struct pmu_host *host;
	u8 counters;
	bool bound;
	bool spis;
	unsigned long *filter;
};

/**
 * struct pmu_counter - a counter, and what counts for it
 * @value: PMEVCNTR<n>_EL0 or PMCCNTR_EL0, without what @event has counted
 * @type: PMEVTYPER<n>_EL0 or PMCCFILTR_EL0
 * @event: counts while the vCPU is in its guest; NULL: nothing does
 * @due: what @event has counted when the counter overflows next
 */
struct pmu_counter {
	u64 value;
	u64 type;
	struct perf_event *event;
	u64 due;
};

/**
 * struct pmu_cpu - the performance monitors of one vCPU
 * @lock: what a perf event's overflow changes: @counter, @overflow, @level; taken with
 *	interrupts off, before locks of the GIC
 * @counter: the counters
 * @pmcr: PMCR_EL0, bits 7:0
 * @userenr: PMUSERENR_EL0
 * @selr: PMSELR_EL0
 * @enabled: PMCNTENSET_EL0
 * @interrupts: PMINTENSET_EL1
 * @overflow: PMOVSSET_EL0
 * @events: counters with an event; the vCPU's thread
 * @failed: enabled ones whose event could not be had
 * @live: of @events those that count in the guest
 * @stale: registers were set from outside: look at all of it before the guest runs
 * @level: the overflow interrupt
 * @told: @level, as the VMM knows it; without a GIC in the kernel
 * @irq: INTID of the interrupt; 0: not chosen yet
 * @ready: KVM_ARM_VCPU_PMU_V3_INIT done
 * @counted: this vCPU is one of those for which pmu_used is on
 * @nr_open: counters of the CPU's that are open to the guest, from entry to exit
 */
struct pmu_cpu {
	raw_spinlock_t lock;
	struct pmu_counter counter[PMU_COUNTERS];
	u64 pmcr;
	u64 userenr;
	u64 selr;
	u32 enabled;
	u32 interrupts;
	u32 overflow;
	u32 events;
	u32 failed;
	u32 live;
	bool stale;
	bool level;
	bool told;
	bool ready;
	bool counted;
	u32 irq;
	unsigned int nr_open;
};

/**
 * pmu_exists() - has the vCPU performance monitors?
 * @vcpu: the vCPU
 *
 * Return: it was initialised with KVM_ARM_VCPU_PMU_V3.
 */
bool pmu_exists(const struct arm_vcpu *vcpu);

/**
 * pmu_vm_choose() - a VM's first vCPU with performance monitors: on which of the host's PMUs
 * @vm: the VM; its lock is held
 *
 * The one of this CPU, unless there is one already. May sleep. Return: 0, or -ENODEV where
 * this CPU has none.
 */
int pmu_vm_choose(struct arm_vm *vm);

/**
 * pmu_vm_destroy() - free what belongs to a VM's performance monitors
 * @vm: the VM; nobody uses it any more
 */
void pmu_vm_destroy(struct arm_vm *vm);

/**
 * pmu_vcpu_init() - a new vCPU, not initialised yet
 * @vcpu: the vCPU
 */
void pmu_vcpu_init(struct arm_vcpu *vcpu);

/**
 * pmu_vcpu_reset() - nothing counts, and registers have their reset values
 * @vcpu: its mutex is held, or it is about to start (PSCI); not loaded; may sleep
 *
 * The interrupt's number and the VM's choices stay.
 */
void pmu_vcpu_reset(struct arm_vcpu *vcpu);

/**
 * pmu_vcpu_destroy() - free a vCPU's events
 * @vcpu: nobody uses it any more; may sleep
 */
void pmu_vcpu_destroy(struct arm_vcpu *vcpu);

/**
 * pmu_first_run() - may the vCPU run?
 * @vcpu: its mutex and the VM's lock are held
 *
 * Return: 0 (also without performance monitors); -EINVAL where they were not initialised, or
 * their interrupt is none that the GIC has, or a timer's.
 */
int pmu_first_run(struct arm_vcpu *vcpu);

/**
 * pmu_trap() - a guest's access to one of its registers
 * @vcpu: the current thread's; interrupts on; may sleep
 * @reg: enum pmu_reg
 * @is_write: MSR
 * @val: what is written, or where what is read goes
 *
 * Return: false where it is undefined for this guest, or at EL0 by PMUSERENR_EL0.
 */
bool pmu_trap(struct arm_vcpu *vcpu, unsigned int reg, bool is_write, u64 *val);

/**
 * pmu_get_reg() - a register for the VMM
 * @vcpu: its mutex is held; not loaded; may sleep
 * @reg: enum pmu_reg
 *
 * Return: its value.
 */
u64 pmu_get_reg(struct arm_vcpu *vcpu, unsigned int reg);

/**
 * pmu_set_reg() - set a register for the VMM
 * @vcpu: its mutex is held; not loaded; may sleep
 * @reg: enum pmu_reg
 * @val: new value; bits that the register has not are ignored, and so is a number of counters
 *	(PMCR_EL0.N) beyond the host's, or after a vCPU has run, as in the kernel's own KVM
 *
 * The set and the clear register of a pair are the same state: either has the value after.
 */
void pmu_set_reg(struct arm_vcpu *vcpu, unsigned int reg, u64 val);

/**
 * pmu_set_attr() - KVM_SET_DEVICE_ATTR of KVM_ARM_VCPU_PMU_V3_CTRL
 * @vcpu: its mutex is held
 * @attr: group, attribute, address of the value
 *
 * Return: 0 or an errno of Documentation/virt/kvm/devices/vcpu.rst, section 1.
 */
int pmu_set_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr);

/**
 * pmu_get_attr() - KVM_GET_DEVICE_ATTR of KVM_ARM_VCPU_PMU_V3_CTRL
 * @vcpu: its mutex is held
 * @attr: group, attribute, address for the value
 *
 * Return: 0 or an errno likewise.
 */
int pmu_get_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr);

/**
 * pmu_has_attr() - KVM_HAS_DEVICE_ATTR of KVM_ARM_VCPU_PMU_V3_CTRL
 * @vcpu: its mutex is held
 * @attr: group and attribute
 *
 * Return: 0, or -ENXIO where there is none, or the vCPU has no performance monitors.
 */
int pmu_has_attr(const struct arm_vcpu *vcpu, const struct kvm_device_attr *attr);

/**
 * pmu_owns() - is it the overflow interrupt of a vCPU, which nobody else may inject?
 * @vm: the VM
 * @vcpu: owner of a PPI; ignored for SPIs
 * @intid: any number
 *
 * Return: it is, and the performance monitors are initialised.
 */
bool pmu_owns(struct arm_vm *vm, const struct arm_vcpu *vcpu, u32 intid);

#endif
