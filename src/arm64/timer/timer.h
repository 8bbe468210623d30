/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's EL1 virtual and physical timers: in hardware while the vCPU is
 * loaded, watched by an hrtimer while it waits.
 */
#ifndef TABULA_TIMER_H
#define TABULA_TIMER_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct device_node;
struct kvm_arm_counter_offset;
struct kvm_device_attr;
struct arm_vcpu;
struct arm_vm;

enum timer_kind { TIMER_VIRT, TIMER_PHYS, TIMER_KINDS };
enum timer_reg { TIMER_CTL, TIMER_CNT, TIMER_CVAL, TIMER_TVAL };

/**
 * struct timer_vm - time of a VM
 * @offset: by enum timer_kind: the host's physical count minus the guest's, for all vCPUs;
 *	that of the virtual one is CNTVOFF_EL2
 * @offset_fixed: KVM_ARM_SET_COUNTER_OFFSET has said what they are: setting a count changes nothing
 * @ppi: INTID of each timer
 * @ppi_fixed: a vCPU has run: @ppi does not change any more
 */
struct timer_vm {
	u64 offset[TIMER_KINDS];
	bool offset_fixed;
	u8 ppi[TIMER_KINDS];
	bool ppi_fixed;
};

/**
 * struct timer_ctx - one timer of one vCPU while it is not loaded
 * @ctl: CNT*_CTL_EL0, without ISTATUS
 * @cval: CNT*_CVAL_EL0
 */
struct timer_ctx {
	u64 ctl;
	u64 cval;
};

/**
 * struct timer_cpu - the timers of one vCPU
 * @ctx: by enum timer_kind
 * @wakeup: ends a WFI when the first of them fires
 * @poffset: while loaded: the offset of the physical count that this CPU was loaded with;
 *	if it is not 0, the timer's and the counter's registers trap
 * @mapped: their interrupts are known to the GIC
 */
struct timer_cpu {
	struct timer_ctx ctx[TIMER_KINDS];
	struct hrtimer wakeup;
	u64 poffset;
	bool mapped;
};

/**
 * timer_hw_init() - claim the host's virtual and EL1 physical timer interrupts
 * @node: device tree node of the architected timer; NULL: ask ACPI
 *
 * Return: 0, or -ENODEV with the reason in the log, or an errno of the kernel's.
 */
int timer_hw_init(struct device_node *node);

/**
 * timer_hw_exit() - undo timer_hw_init(); no vCPU exists any more
 */
void timer_hw_exit(void);

/**
 * timer_vm_init() - a VM's time starts at 0 now
 * @vm: the VM
 */
void timer_vm_init(struct arm_vm *vm);

/**
 * timer_vcpu_init() - both timers off
 * @vcpu: a new vCPU
 */
void timer_vcpu_init(struct arm_vcpu *vcpu);

/**
 * timer_vcpu_reset() - both timers off, at (re-)initialisation and CPU_ON
 * @vcpu: not loaded; its mutex is held, or its thread calls
 */
void timer_vcpu_reset(struct arm_vcpu *vcpu);

/**
 * timer_vcpu_destroy() - nothing of the vCPU's timers runs after this
 * @vcpu: the vCPU
 */
void timer_vcpu_destroy(struct arm_vcpu *vcpu);

/**
 * timer_first_run() - tie the timers to the GIC before the vCPU's first run
 * @vcpu: the vCPU; its mutex and vm->lock are held
 *
 * Return: 0, or an errno of gic_map_phys().
 */
int timer_first_run(struct arm_vcpu *vcpu);

/**
 * timer_load() - put the timers into this CPU
 * @vcpu: preemption is off
 */
void timer_load(struct arm_vcpu *vcpu);

/**
 * timer_put() - take them back, and silence the CPU's
 * @vcpu: loaded; preemption is off
 */
void timer_put(struct arm_vcpu *vcpu);

/**
 * timer_update() - tell the GIC which timers have fired
 * @vcpu: not loaded
 */
void timer_update(struct arm_vcpu *vcpu);

/**
 * timer_block() - wake the vCPU when its first timer fires
 * @vcpu: not loaded, about to wait
 */
void timer_block(struct arm_vcpu *vcpu);

/**
 * timer_unblock() - the wait is over
 * @vcpu: not loaded
 */
void timer_unblock(struct arm_vcpu *vcpu);

/**
 * timer_get_reg() - a timer register for the VMM
 * @vcpu: not loaded; its mutex is held
 * @kind: which timer
 * @reg: which register
 *
 * Return: its value.
 */
u64 timer_get_reg(struct arm_vcpu *vcpu, enum timer_kind kind, enum timer_reg reg);

/**
 * timer_set_reg() - set a timer register for the VMM
 * @vcpu: not loaded; its mutex is held
 * @kind: which timer
 * @reg: which register; a count moves for the whole VM, vCPUs that run included, unless
 *	KVM_ARM_SET_COUNTER_OFFSET was there first
 * @val: new value
 */
void timer_set_reg(struct arm_vcpu *vcpu, enum timer_kind kind, enum timer_reg reg, u64 val);

/**
 * timer_trap_read() - a trapped read of the EL1 physical timer or the physical count
 * @vcpu: the current thread's, loaded; may sleep
 * @reg: which register
 *
 * Return: its value for the guest.
 */
u64 timer_trap_read(struct arm_vcpu *vcpu, enum timer_reg reg);

/**
 * timer_trap_write() - a trapped write to the EL1 physical timer
 * @vcpu: the current thread's, loaded; may sleep
 * @reg: any but TIMER_CNT
 * @val: new value
 */
void timer_trap_write(struct arm_vcpu *vcpu, enum timer_reg reg, u64 val);

/**
 * timer_set_counter_offset() - KVM_ARM_SET_COUNTER_OFFSET (KVM API 4.140)
 * @vm: the VM; takes its lock and those of its vCPUs
 * @off: the offset of both counters from the host's
 *
 * Return: 0, -EBUSY (a vCPU runs), -EINVAL (reserved bits are set).
 */
int timer_set_counter_offset(struct arm_vm *vm, const struct kvm_arm_counter_offset *off);

/**
 * timer_set_attr() - KVM_ARM_VCPU_TIMER_CTRL (KVM API, devices/vcpu.rst)
 * @vcpu: its mutex is held
 * @attr: KVM_ARM_VCPU_TIMER_IRQ_VTIMER or _PTIMER, an int with the PPI's INTID
 *
 * Return: 0, -EINVAL (not a PPI), -EBUSY (a vCPU has run), -ENXIO, -EFAULT.
 */
int timer_set_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr);

/**
 * timer_get_attr() - KVM_ARM_VCPU_TIMER_CTRL, read
 * @vcpu: its mutex is held
 * @attr: as timer_set_attr()
 *
 * Return: 0, -ENXIO, -EFAULT.
 */
int timer_get_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr);

/**
 * timer_has_attr() - KVM_ARM_VCPU_TIMER_CTRL, asked
 * @attr: as timer_set_attr()
 *
 * Return: 0 or -ENXIO.
 */
int timer_has_attr(const struct kvm_device_attr *attr);

#endif
