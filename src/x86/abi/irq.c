// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt controllers and the PIT as the VMM sees them (KVM API 4.24 to 4.27, 4.38, 4.57, 4.71 to 4.73, 4.100).
 */
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../vm/routing.h"
#include "../irq/bus.h"
#include "../irq/chip.h"
#include "../irq/power.h"
#include "../irq/tick.h"
#include "../vm.h"
#include "irq.h"

#define IRQ_X2APIC_FLAGS (KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)

long irq_capability(long cap)
{
	switch (cap) {
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_TSC_DEADLINE_TIMER:
	case KVM_CAP_SET_BOOT_CPU_ID:
	case KVM_CAP_SIGNAL_MSI:
	case KVM_CAP_VAPIC:
	case KVM_CAP_SPLIT_IRQCHIP:
	case KVM_CAP_IRQ_INJECT_STATUS:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_PIT:
	case KVM_CAP_PIT2:
	case KVM_CAP_PIT_STATE2:
	case KVM_CAP_REINJECT_CONTROL:
		return 1;
	case KVM_CAP_X2APIC_API:
		return IRQ_X2APIC_FLAGS;
	case KVM_CAP_X86_APIC_BUS_CYCLES_NS:
		return 1;	/* what it is unless the VMM says otherwise */
	default:
		return 0;
	}
}

/*
 * Who has the interrupt controllers is decided once, and before there is a vCPU. With
 * IRQ_SPLIT GSIs below @reserved are pins of the VMM's.
 */
static int irq_decide(struct x86_vm *vm, enum irq_kind kind, u32 reserved)
{
	int ret = 0;

	mutex_lock(&vm->base.lock);
	if (vm->irq.kind != IRQ_VMM)
		ret = -EEXIST;
	else if (vm->base.nr_vcpus)
		ret = -EINVAL;
	else
		ret = chip_create(vm, kind);
	if (!ret)
		vm->irq.reserved = reserved;
	mutex_unlock(&vm->base.lock);
	return ret;
}

static int irq_set_cycle(struct x86_vm *vm, u64 ns)
{
	int ret = 0;

	if (!ns || ns > LAPIC_CYCLE_NS_MAX)
		return -EINVAL;
	mutex_lock(&vm->base.lock);
	if (vm->irq.kind == IRQ_VMM)
		ret = -ENXIO;
	else if (vm->base.nr_vcpus)
		ret = -EINVAL;
	else
		vm->irq.cycle_ns = ns;
	mutex_unlock(&vm->base.lock);
	return ret;
}

static void irq_set_x2apic(struct x86_vm *vm, u64 flags)
{
	struct vcpu *vcpu;
	unsigned int i;

	mutex_lock(&vm->base.lock);
	if (flags & KVM_X2APIC_API_USE_32BIT_IDS)
		vm->irq.wide_ids = true;
	if (flags & KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)
		vm->irq.exact_ff = true;
	vm_for_each_vcpu(&vm->base, i, vcpu)
		intc_set_x2apic(to_x86_vcpu(vcpu));
	mutex_unlock(&vm->base.lock);
}

int irq_enable(struct x86_vm *vm, const struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	case KVM_CAP_SPLIT_IRQCHIP:
		return cap->args[0] > ROUTING_MAX ? -EINVAL : irq_decide(vm, IRQ_SPLIT, cap->args[0]);
	case KVM_CAP_X86_APIC_BUS_CYCLES_NS:
		return irq_set_cycle(vm, cap->args[0]);
	case KVM_CAP_X2APIC_API:
		if (cap->args[0] & ~(u64)IRQ_X2APIC_FLAGS)
			return -EINVAL;
		irq_set_x2apic(vm, cap->args[0]);
		return 0;
	default:
		return -EINVAL;
	}
}

static int irq_set_boot_id(struct x86_vm *vm, unsigned long id)
{
	int ret = 0;

	if (id >= VM_MAX_VCPUS)
		return -EINVAL;
	mutex_lock(&vm->base.lock);
	if (vm->base.nr_vcpus)
		ret = -EBUSY;
	else if (vm->max_vcpu_id && id >= vm->max_vcpu_id)
		ret = -EINVAL;
	else
		vm->irq.boot_id = id;
	mutex_unlock(&vm->base.lock);
	return ret;
}

static long irq_signal_msi(struct x86_vm *vm, void __user *arg)
{
	struct kvm_msi msi;

	if (copy_from_user(&msi, arg, sizeof(msi)))
		return -EFAULT;
	if (vm->irq.kind == IRQ_VMM || msi.flags)
		return -EINVAL;
	return bus_msi(vm, (u64)msi.address_hi << 32 | msi.address_lo, msi.data);
}

static long irq_line(struct x86_vm *vm, void __user *arg, bool status)
{
	struct kvm_irq_level l;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	if (vm->irq.kind == IRQ_VMM)
		return -ENXIO;
	l.status = chip_set_gsi(vm, l.irq, l.level);
	return status && copy_to_user(arg, &l, sizeof(l)) ? -EFAULT : 0;
}

static long irq_chip_state(struct x86_vm *vm, void __user *arg, bool set)
{
	struct kvm_irqchip *state = memdup_user(arg, sizeof(*state));
	long ret;

	if (IS_ERR(state))
		return PTR_ERR(state);
	ret = set ? chip_set_state(vm, state) : chip_get_state(vm, state);
	if (!ret && !set && copy_to_user(arg, state, sizeof(*state)))
		ret = -EFAULT;
	kfree(state);
	return ret;
}

/* @arg: NULL: as KVM_CREATE_PIT has it. */
static long irq_create_pit(struct x86_vm *vm, void __user *arg)
{
	struct kvm_pit_config config = { .flags = KVM_PIT_SPEAKER_DUMMY };
	int ret;

	if (arg && copy_from_user(&config, arg, sizeof(config)))
		return -EFAULT;
	mutex_lock(&vm->base.lock);
	ret = tick_create(vm, config.flags);
	mutex_unlock(&vm->base.lock);
	return ret;
}

/* @size: of all, or of the channels alone, as callers of before the flags have it. */
static long irq_get_pit(struct x86_vm *vm, void __user *arg, size_t size)
{
	struct kvm_pit_state2 state;
	int ret = tick_get_state(vm, &state);

	if (ret)
		return ret;
	return copy_to_user(arg, &state, size) ? -EFAULT : 0;
}

static long irq_set_pit(struct x86_vm *vm, void __user *arg, size_t size)
{
	struct kvm_pit_state2 state = { };

	if (copy_from_user(&state, arg, size))
		return -EFAULT;
	return tick_set_state(vm, &state, size == sizeof(state));
}

static long irq_reinject(struct x86_vm *vm, void __user *arg)
{
	struct kvm_reinject_control c;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	return tick_set_reinject(vm, c.pit_reinject);
}

static long irq_pit_ioctl(struct x86_vm *vm, unsigned int cmd, void __user *arg)
{
	BUILD_BUG_ON(offsetof(struct kvm_pit_state2, flags) != sizeof(struct kvm_pit_state));
	switch (cmd) {
	case KVM_CREATE_PIT:
		return irq_create_pit(vm, NULL);
	case KVM_CREATE_PIT2:
		return arg ? irq_create_pit(vm, arg) : -EFAULT;
	case KVM_GET_PIT:
		return irq_get_pit(vm, arg, sizeof(struct kvm_pit_state));
	case KVM_SET_PIT:
		return irq_set_pit(vm, arg, sizeof(struct kvm_pit_state));
	case KVM_GET_PIT2:
		return irq_get_pit(vm, arg, sizeof(struct kvm_pit_state2));
	case KVM_SET_PIT2:
		return irq_set_pit(vm, arg, sizeof(struct kvm_pit_state2));
	case KVM_REINJECT_CONTROL:
		return irq_reinject(vm, arg);
	default:
		return -ENOTTY;
	}
}

long irq_vm_ioctl(struct x86_vm *vm, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case KVM_CREATE_IRQCHIP:
		return irq_decide(vm, IRQ_KERNEL, 0);
	case KVM_GET_IRQCHIP:
	case KVM_SET_IRQCHIP:
		return irq_chip_state(vm, uarg, cmd == KVM_SET_IRQCHIP);
	case KVM_IRQ_LINE:
	case KVM_IRQ_LINE_STATUS:
		return irq_line(vm, uarg, cmd == KVM_IRQ_LINE_STATUS);
	case KVM_SET_BOOT_CPU_ID:
		return irq_set_boot_id(vm, arg);
	case KVM_SIGNAL_MSI:
		return irq_signal_msi(vm, uarg);
	default:
		return irq_pit_ioctl(vm, cmd, uarg);
	}
}

static long irq_get_lapic(struct x86_vcpu *vcpu, void __user *arg)
{
	void *state = kzalloc(sizeof(struct kvm_lapic_state), GFP_KERNEL_ACCOUNT);
	long ret = 0;

	if (!state)
		return -ENOMEM;
	BUILD_BUG_ON(sizeof(struct kvm_lapic_state) != LAPIC_STATE_SIZE);
	lapic_get_state(&vcpu->intc.lapic, state);
	if (copy_to_user(arg, state, LAPIC_STATE_SIZE))
		ret = -EFAULT;
	kfree(state);
	return ret;
}

static long irq_set_lapic(struct x86_vcpu *vcpu, void __user *arg)
{
	void *state = memdup_user(arg, LAPIC_STATE_SIZE);
	long ret;

	if (IS_ERR(state))
		return PTR_ERR(state);
	ret = lapic_set_state(&vcpu->intc.lapic, state);
	kfree(state);
	return ret;
}

static long irq_set_vapic(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_vapic_addr va;

	return copy_from_user(&va, arg, sizeof(va)) ? -EFAULT : vapic_set(vcpu, va.vapic_addr);
}

static long irq_report_tpr(struct x86_vcpu *vcpu, void __user *arg)
{
	struct kvm_tpr_access_ctl ctl;

	if (copy_from_user(&ctl, arg, sizeof(ctl)))
		return -EFAULT;
	if (ctl.flags)
		return -EINVAL;
	vcpu->intc.vapic.report = ctl.enabled;
	return copy_to_user(arg, &ctl, sizeof(ctl)) ? -EFAULT : 0;
}

static long irq_mp_state(struct x86_vcpu *vcpu, void __user *arg, bool set)
{
	struct kvm_mp_state mp;

	if (set)
		return copy_from_user(&mp, arg, sizeof(mp)) ? -EFAULT : power_set(vcpu, mp.mp_state);
	mp.mp_state = power_get(vcpu);
	return copy_to_user(arg, &mp, sizeof(mp)) ? -EFAULT : 0;
}

long irq_vcpu_ioctl(struct x86_vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	if (cmd == KVM_GET_MP_STATE || cmd == KVM_SET_MP_STATE)
		return irq_mp_state(vcpu, arg, cmd == KVM_SET_MP_STATE);
	if (!vcpu->intc.there)
		return -EINVAL;
	switch (cmd) {
	case KVM_GET_LAPIC:
		return irq_get_lapic(vcpu, arg);
	case KVM_SET_LAPIC:
		return irq_set_lapic(vcpu, arg);
	case KVM_SET_VAPIC_ADDR:
		return irq_set_vapic(vcpu, arg);
	default:
		return irq_report_tpr(vcpu, arg);
	}
}
