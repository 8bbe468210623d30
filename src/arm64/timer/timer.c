// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's EL1 virtual and physical timers.
 *
 * Their physical interrupts are forwarded: the host only drops the priority,
 * the guest's end-of-interrupt deactivates them through a list register with
 * HW=1. So the physical active state belongs to the loaded vCPU: each load sets
 * it to the virtual one, each put clears it, where one may be active at all.
 */
#include <linux/cpu_pm.h>
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kvm.h>
#include <linux/uaccess.h>
#include <clocksource/arm_arch_timer.h>
#include <asm/arch_timer.h>
#include <asm/sysreg.h>

#include "../../compat/hrtimer.h"
#include "../vm.h"
#include "irq.h"
#include "offset.h"
#include "timer.h"

/* CNTHCTL_EL2 with E2H: EL1 reads the physical counter and uses its timer. */
#define TIMER_CNTHCTL_EL1PCTEN	BIT(10)
#define TIMER_CNTHCTL_EL1PTEN		BIT(11)

#define TIMER_DEFAULT_VIRT	27
#define TIMER_DEFAULT_PHYS	30

static int timer_hp_state;

static u64 timer_count(struct arm_vcpu *vcpu, enum timer_kind kind)
{
	return arch_timer_read_counter() - READ_ONCE(vcpu->vm->timer.offset[kind]);
}

static bool timer_is_armed(const struct timer_ctx *t)
{
	return (t->ctl & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK)) ==
	       ARCH_TIMER_CTRL_ENABLE;
}

static bool timer_has_fired(struct arm_vcpu *vcpu, enum timer_kind kind)
{
	const struct timer_ctx *t = &vcpu->timer.ctx[kind];

	return timer_is_armed(t) && t->cval <= timer_count(vcpu, kind);
}

static u64 timer_read_ctl(enum timer_kind kind)
{
	return kind == TIMER_VIRT ? read_sysreg_s(SYS_CNTV_CTL_EL02) :
				    read_sysreg_s(SYS_CNTP_CTL_EL02);
}

static bool timer_hw_level(enum timer_kind kind)
{
	u64 ctl = timer_read_ctl(kind);

	return (ctl & ARCH_TIMER_CTRL_ENABLE) && (ctl & ARCH_TIMER_CTRL_IT_STAT) &&
	       !(ctl & ARCH_TIMER_CTRL_IT_MASK);
}

/* The line as the GIC asks for it: from the hardware when loaded here. */
static bool timer_get_level(struct arm_vcpu *vcpu, u32 vintid)
{
	enum timer_kind kind = vintid == vcpu->vm->timer.ppi[TIMER_VIRT] ?
			       TIMER_VIRT : TIMER_PHYS;

	if (arm_vcpu_here() == vcpu)
		return timer_hw_level(kind);
	return timer_has_fired(vcpu, kind);
}

static irqreturn_t timer_interrupt(int irq, void *cookie)
{
	struct arm_vcpu *vcpu = arm_vcpu_here();
	enum timer_kind kind = irq == timer_irqs[TIMER_VIRT].irq ?
			       TIMER_VIRT : TIMER_PHYS;

	gic_phys_taken();
	/* Nobody's: a late one after a put. The next load sets the active state. */
	if (vcpu && timer_hw_level(kind))
		gic_inject(vcpu->vm, vcpu, vcpu->vm->timer.ppi[kind], true);
	return IRQ_HANDLED;
}

/* While it was not loaded the timer may have fired, or been moved by the VMM after it had. */
static void timer_tell(struct arm_vcpu *vcpu, enum timer_kind kind)
{
	gic_inject(vcpu->vm, vcpu, vcpu->vm->timer.ppi[kind], timer_has_fired(vcpu, kind));
}

/*
 * The physical interrupts as active as the virtual ones: mostly neither is, and the interrupt controller
 * is not asked. A late one of before must not come between the look and what follows from it.
 */
static void timer_load_active(struct arm_vcpu *vcpu)
{
	enum timer_kind kind;
	unsigned long flags;
	bool taken, active;

	local_irq_save(flags);
	taken = gic_phys_settle();
	for (kind = 0; kind < TIMER_KINDS; kind++) {
		active = gic_map_is_active(vcpu, vcpu->vm->timer.ppi[kind]);
		if (active)
			gic_phys_taken();
		if (active || taken)
			irq_set_irqchip_state(timer_irqs[kind].irq, IRQCHIP_STATE_ACTIVE, active);
	}
	local_irq_restore(flags);
}

/*
 * The physical counter has no offset in hardware. With one, its reads and the EL1 physical
 * timer's registers trap, and the hardware compares with what the guest means.
 */
static void timer_load_phys(struct arm_vcpu *vcpu)
{
	const u64 open = TIMER_CNTHCTL_EL1PCTEN | TIMER_CNTHCTL_EL1PTEN;
	u64 offset = READ_ONCE(vcpu->vm->timer.offset[TIMER_PHYS]);

	vcpu->timer.poffset = offset;
	sysreg_clear_set(cntkctl_el1, open, offset ? 0 : open);
	write_sysreg_s(offset_cval(vcpu->timer.ctx[TIMER_PHYS].cval, offset,
				   arch_timer_read_counter()), SYS_CNTP_CVAL_EL02);
}

u64 timer_trap_read(struct arm_vcpu *vcpu, enum timer_reg reg)
{
	const struct timer_ctx *t = &vcpu->timer.ctx[TIMER_PHYS];
	u64 count, val;

	preempt_disable();
	count = timer_count(vcpu, TIMER_PHYS);
	switch (reg) {
	case TIMER_CTL:
		val = timer_read_ctl(TIMER_PHYS) & ~(u64)ARCH_TIMER_CTRL_IT_STAT;
		if ((val & ARCH_TIMER_CTRL_ENABLE) && t->cval <= count)
			val |= ARCH_TIMER_CTRL_IT_STAT;
		break;
	case TIMER_CVAL:
		val = t->cval;
		break;
	case TIMER_TVAL:
		val = (u32)(t->cval - count);
		break;
	default:
		val = count;
		break;
	}
	preempt_enable();
	return val;
}

void timer_trap_write(struct arm_vcpu *vcpu, enum timer_reg reg, u64 val)
{
	struct timer_ctx *t = &vcpu->timer.ctx[TIMER_PHYS];

	preempt_disable();
	if (reg == TIMER_CTL) {
		write_sysreg_s(val & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK),
			       SYS_CNTP_CTL_EL02);
	} else {
		t->cval = reg == TIMER_TVAL ? timer_count(vcpu, TIMER_PHYS) + (s32)val : val;
		timer_load_phys(vcpu);
	}
	isb();
	/* the GIC has looked at the line when the guest came out, before this */
	if (vcpu->timer.mapped)
		gic_inject(vcpu->vm, vcpu, vcpu->vm->timer.ppi[TIMER_PHYS],
			   timer_hw_level(TIMER_PHYS));
	preempt_enable();
}

void timer_load(struct arm_vcpu *vcpu)
{
	struct timer_ctx *t = vcpu->timer.ctx;

	lockdep_assert_preemption_disabled();
	timer_update(vcpu);
	if (vcpu->timer.mapped)
		timer_load_active(vcpu);
	write_sysreg(READ_ONCE(vcpu->vm->timer.offset[TIMER_VIRT]), cntvoff_el2);
	write_sysreg_s(t[TIMER_VIRT].cval, SYS_CNTV_CVAL_EL02);
	timer_load_phys(vcpu);
	isb();
	write_sysreg_s(t[TIMER_VIRT].ctl, SYS_CNTV_CTL_EL02);
	write_sysreg_s(t[TIMER_PHYS].ctl, SYS_CNTP_CTL_EL02);
}

void timer_put(struct arm_vcpu *vcpu)
{
	struct timer_ctx *t = vcpu->timer.ctx;
	enum timer_kind kind;

	lockdep_assert_preemption_disabled();
	for (kind = 0; kind < TIMER_KINDS; kind++)
		t[kind].ctl = timer_read_ctl(kind) & ~(u64)ARCH_TIMER_CTRL_IT_STAT;
	t[TIMER_VIRT].cval = read_sysreg_s(SYS_CNTV_CVAL_EL02);
	if (!vcpu->timer.poffset)
		t[TIMER_PHYS].cval = read_sysreg_s(SYS_CNTP_CVAL_EL02);
	write_sysreg_s(0, SYS_CNTV_CTL_EL02);
	write_sysreg_s(0, SYS_CNTP_CTL_EL02);
	write_sysreg(0, cntvoff_el2);
	isb();
	if (vcpu->timer.mapped && gic_phys_settle())
		for (kind = 0; kind < TIMER_KINDS; kind++)
			irq_set_irqchip_state(timer_irqs[kind].irq,
					      IRQCHIP_STATE_ACTIVE, false);
}

void timer_update(struct arm_vcpu *vcpu)
{
	enum timer_kind kind;

	if (!vcpu->timer.mapped)
		return;
	for (kind = 0; kind < TIMER_KINDS; kind++)
		timer_tell(vcpu, kind);
}

/* No timer of a guest's needs to be watched further ahead at once. */
#define TIMER_WATCH_SECONDS	(3600ULL * 24)

/*
 * Nanoseconds, rounded up, until the next of the armed timers fires. One that has
 * fired is known to the GIC, and may be masked there. U64_MAX: none is left.
 */
static u64 timer_next_ns(struct arm_vcpu *vcpu)
{
	u32 rate = arch_timer_get_cntfrq();
	u64 next = U64_MAX;
	enum timer_kind kind;

	for (kind = 0; kind < TIMER_KINDS; kind++) {
		const struct timer_ctx *t = &vcpu->timer.ctx[kind];
		u64 now = timer_count(vcpu, kind);

		if (timer_is_armed(t) && t->cval > now)
			next = min(next, t->cval - now);
	}
	if (next == U64_MAX)
		return next;
	next = min_t(u64, next, rate * TIMER_WATCH_SECONDS);
	return mul_u64_u32_div(next, NSEC_PER_SEC, rate) + 1;
}

/*
 * Linux's clock and the guest's counter drift apart by parts in a million: where the
 * guest's has not come so far yet, watch on, or nobody would. And watch for the
 * other timer, in case this one's interrupt is masked.
 */
static enum hrtimer_restart timer_wakeup(struct hrtimer *hrt)
{
	struct arm_vcpu *vcpu = container_of(hrt, struct arm_vcpu, timer.wakeup);
	u64 ns = timer_next_ns(vcpu);

	if (timer_has_fired(vcpu, TIMER_VIRT) || timer_has_fired(vcpu, TIMER_PHYS))
		vcpu_wake(&vcpu->base);
	if (ns == U64_MAX)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(hrt, ns_to_ktime(ns));
	return HRTIMER_RESTART;
}

void timer_block(struct arm_vcpu *vcpu)
{
	u64 ns = timer_next_ns(vcpu);

	if (ns != U64_MAX)
		hrtimer_start(&vcpu->timer.wakeup, ns_to_ktime(ns), HRTIMER_MODE_REL);
}

void timer_unblock(struct arm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->timer.wakeup);
}

u64 timer_get_reg(struct arm_vcpu *vcpu, enum timer_kind kind, enum timer_reg reg)
{
	const struct timer_ctx *t = &vcpu->timer.ctx[kind];

	lockdep_assert_held(&vcpu->base.mutex);
	switch (reg) {
	case TIMER_CTL:
		if ((t->ctl & ARCH_TIMER_CTRL_ENABLE) &&
		    t->cval <= timer_count(vcpu, kind))
			return t->ctl | ARCH_TIMER_CTRL_IT_STAT;
		return t->ctl;
	case TIMER_CVAL:
		return t->cval;
	default:
		return timer_count(vcpu, kind);
	}
}

/* For all vCPUs of the VM: those that run have the old one in their CPU, or wait by it. */
static void timer_set_count(struct arm_vcpu *vcpu, enum timer_kind kind, u64 count)
{
	struct timer_vm *timer = &vcpu->vm->timer;
	struct arm_vcpu *other;
	unsigned int i;

	if (READ_ONCE(timer->offset_fixed))
		return;
	WRITE_ONCE(timer->offset[kind], arch_timer_read_counter() - count);
	arm_for_each_vcpu(vcpu->vm, i, other) {
		if (other != vcpu)
			arm_request(other, ARM_REQ_TIME);
	}
}

int timer_set_counter_offset(struct arm_vm *vm, const struct kvm_arm_counter_offset *off)
{
	enum timer_kind kind;
	int ret = -EBUSY;

	if (off->reserved)
		return -EINVAL;
	mutex_lock(&vm->base.lock);
	if (vm_lock_all_vcpus(&vm->base)) {
		for (kind = 0; kind < TIMER_KINDS; kind++)
			WRITE_ONCE(vm->timer.offset[kind], off->counter_offset);
		WRITE_ONCE(vm->timer.offset_fixed, true);
		vm_unlock_all_vcpus(&vm->base);
		ret = 0;
	}
	mutex_unlock(&vm->base.lock);
	return ret;
}

void timer_set_reg(struct arm_vcpu *vcpu, enum timer_kind kind, enum timer_reg reg, u64 val)
{
	struct timer_ctx *t = &vcpu->timer.ctx[kind];

	lockdep_assert_held(&vcpu->base.mutex);
	switch (reg) {
	case TIMER_CTL:
		t->ctl = val & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK);
		break;
	case TIMER_CVAL:
		t->cval = val;
		break;
	default:
		timer_set_count(vcpu, kind, val);
		break;
	}
}

void timer_vm_init(struct arm_vm *vm)
{
	vm->timer.offset[TIMER_VIRT] = arch_timer_read_counter();
	vm->timer.ppi[TIMER_VIRT] = TIMER_DEFAULT_VIRT;
	vm->timer.ppi[TIMER_PHYS] = TIMER_DEFAULT_PHYS;
}

void timer_vcpu_init(struct arm_vcpu *vcpu)
{
	compat_hrtimer_setup(&vcpu->timer.wakeup, timer_wakeup, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}

void timer_vcpu_reset(struct arm_vcpu *vcpu)
{
	enum timer_kind kind;

	lockdep_assert_held(&vcpu->base.mutex);
	memset(vcpu->timer.ctx, 0, sizeof(vcpu->timer.ctx));
	if (!vcpu->timer.mapped)
		return;
	for (kind = 0; kind < TIMER_KINDS; kind++)
		gic_reset_mapped(vcpu, vcpu->vm->timer.ppi[kind]);
}

void timer_vcpu_destroy(struct arm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->timer.wakeup);
}

int timer_first_run(struct arm_vcpu *vcpu)
{
	enum timer_kind kind;
	int ret;

	lockdep_assert_held(&vcpu->base.mutex);
	lockdep_assert_held(&vcpu->vm->base.lock);
	vcpu->vm->timer.ppi_fixed = true;
	if (vcpu->timer.mapped || !gic_exists(vcpu->vm))
		return 0;
	if (vcpu->vm->timer.ppi[TIMER_VIRT] == vcpu->vm->timer.ppi[TIMER_PHYS])
		return -EINVAL;
	for (kind = 0; kind < TIMER_KINDS; kind++) {
		ret = gic_map_phys(vcpu, vcpu->vm->timer.ppi[kind],
				   timer_irqs[kind].irq, timer_irqs[kind].hwintid,
				   timer_get_level);
		if (ret)
			return ret;
	}
	vcpu->timer.mapped = true;
	return 0;
}

static int timer_attr_kind(const struct kvm_device_attr *attr)
{
	switch (attr->attr) {
	case KVM_ARM_VCPU_TIMER_IRQ_VTIMER:
		return TIMER_VIRT;
	case KVM_ARM_VCPU_TIMER_IRQ_PTIMER:
		return TIMER_PHYS;
	default:
		return -ENXIO;
	}
}

int timer_set_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	int __user *uaddr = u64_to_user_ptr(attr->addr);
	struct arm_vm *vm = vcpu->vm;
	int kind = timer_attr_kind(attr);
	int ppi, ret = 0;

	lockdep_assert_held(&vcpu->base.mutex);
	if (kind < 0)
		return kind;
	if (get_user(ppi, uaddr))
		return -EFAULT;
	if (ppi < 16 || ppi > 31)
		return -EINVAL;
	mutex_lock(&vm->base.lock);
	if (vm->timer.ppi_fixed)
		ret = -EBUSY;
	else
		vm->timer.ppi[kind] = ppi;
	mutex_unlock(&vm->base.lock);
	return ret;
}

int timer_get_attr(struct arm_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	int __user *uaddr = u64_to_user_ptr(attr->addr);
	int kind = timer_attr_kind(attr);

	lockdep_assert_held(&vcpu->base.mutex);
	if (kind < 0)
		return kind;
	return put_user((int)vcpu->vm->timer.ppi[kind], uaddr);
}

int timer_has_attr(const struct kvm_device_attr *attr)
{
	int kind = timer_attr_kind(attr);

	return kind < 0 ? kind : 0;
}

/* After a reset, or without power meanwhile, EL1's timers may be on. No vCPU is loaded here. */
static void timer_reset_here(void)
{
	write_sysreg_s(0, SYS_CNTV_CTL_EL02);
	write_sysreg_s(0, SYS_CNTP_CTL_EL02);
	isb();
}

/* Interrupts are off. */
static int timer_cpu_pm(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == CPU_PM_EXIT)
		timer_reset_here();
	return NOTIFY_OK;
}

static struct notifier_block timer_pm_notifier = {
	.notifier_call = timer_cpu_pm,
};

static int timer_cpu_online(unsigned int cpu)
{
	enum timer_kind kind;

	timer_reset_here();
	for (kind = 0; kind < TIMER_KINDS; kind++)
		enable_percpu_irq(timer_irqs[kind].irq, timer_irqs[kind].trigger);
	return 0;
}

static int timer_cpu_offline(unsigned int cpu)
{
	enum timer_kind kind;

	for (kind = 0; kind < TIMER_KINDS; kind++)
		disable_percpu_irq(timer_irqs[kind].irq);
	return 0;
}

int timer_hw_init(struct device_node *node)
{
	int ret;

	ret = irq_claim(node, timer_interrupt);
	if (ret)
		goto irqs;
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tabula:timer",
				timer_cpu_online, timer_cpu_offline);
	if (ret < 0)
		goto irqs;
	timer_hp_state = ret;
	ret = cpu_pm_register_notifier(&timer_pm_notifier);
	if (!ret)
		return 0;
	cpuhp_remove_state(timer_hp_state);
irqs:
	irq_release();
	return ret;
}

void timer_hw_exit(void)
{
	cpu_pm_unregister_notifier(&timer_pm_notifier);
	cpuhp_remove_state(timer_hp_state);
	irq_release();
}
