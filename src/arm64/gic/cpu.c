// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's GIC around its stays in the guest: CPU interface state and list
 * registers. IHI 0069, chapter 6.
 */
#include <linux/percpu.h>

#include "../vm.h"
#include "hw.h"
#include "irq.h"
#include "lr.h"
#include "pool.h"

/**
 * struct gic_ends - what gic_sync() has to do once the pool is unlocked
 * @follow: mapped interrupts whose physical state has to follow, a bit each
 * @rwp: disables that became effective
 * @move: interrupts that may now follow their IROUTER
 * @nr_move: entries of @move
 */
struct gic_ends {
	u32 follow;
	unsigned int rwp;
	struct gic_irq *move[GIC_MAX_ENDS];
	unsigned int nr_move;
};

/**
 * struct gic_lrs - this CPU's list registers between gic_flush() and gic_sync()
 * @val: as they were written
 * @irq: interrupts in them
 */
struct gic_lrs {
	u64 val[GIC_MAX_LRS];
	struct gic_irq *irq[GIC_MAX_LRS];
};

static DEFINE_PER_CPU(struct gic_lrs, gic_lrs);

void gic_load(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;

	lockdep_assert_preemption_disabled();
	gic_hw_load(cpu);
	cpu->loaded = true;
}

void gic_put(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;

	lockdep_assert_preemption_disabled();
	cpu->loaded = false;
	gic_hw_put(cpu);
}

/* Groups the distributor forwards. */
static u32 gic_groups(struct gic *gic)
{
	return READ_ONCE(gic->ctlr) & 3;
}

/* Return: ICH_HCR_EL2 for what is in @lrs then. */
static u32 gic_flush_live(struct arm_vcpu *vcpu, struct gic_lrs *lrs)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 groups = gic_groups(&vcpu->vm->gic), hcr = 0;
	struct gic_pick pick;
	unsigned int i;

	raw_spin_lock(&cpu->pool.lock);
	gic_lr_choose(&cpu->pool, groups, gic_hw.nr_lrs, &pick);
	for (i = 0; i < pick.n; i++) {
		lrs->irq[i] = pick.irq[i];
		lrs->val[i] = gic_lr_fill(pick.irq[i], groups);
	}
	cpu->used_lrs = pick.n;
	cpu->inside = true;
	raw_spin_unlock(&cpu->pool.lock);

	if (pick.pending_left)
		hcr |= GIC_HCR_NPIE;
	if (pick.active_left)
		hcr |= GIC_HCR_LRENPIE;
	return hcr;
}

/* What another CPU changed, of which only this one can tell the physical interrupt. */
static void gic_flush_follow(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 follow;

	raw_spin_lock(&cpu->pool.lock);
	follow = cpu->follow;
	WRITE_ONCE(cpu->follow, 0);
	raw_spin_unlock(&cpu->pool.lock);
	gic_phys_follow_all(vcpu, follow);
}

void gic_flush(struct arm_vcpu *vcpu)
{
	struct gic_lrs *lrs = this_cpu_ptr(&gic_lrs);
	struct gic_cpu *cpu = &vcpu->gic;
	u32 hcr = GIC_HCR_EN;

	lockdep_assert_irqs_disabled();
	if (!cpu->attached)
		return;
	if (READ_ONCE(cpu->follow))
		gic_flush_follow(vcpu);
	if (!gic_pool_is_empty(&cpu->pool) || READ_ONCE(cpu->lines))
		hcr |= gic_flush_live(vcpu, lrs);
	/*
	 * With the two-step end an interrupt may be ended that is in none of these list
	 * registers, and EOIcount would not say which one: of this vCPU or of another.
	 */
	if (gic_hw_vmcr() & GIC_VMCR_EOIM)
		hcr = (hcr & ~GIC_HCR_LRENPIE) | (gic_hw.tdir ? GIC_HCR_TDIR : GIC_HCR_TC);
	gic_hw_write_lrs(lrs->val, cpu->used_lrs);
	if (cpu->hcr != hcr)
		gic_hw_write_hcr(cpu, hcr);
}

static void gic_end_note(struct gic_cpu *cpu, struct gic_ends *ends, struct gic_irq *irq,
			 unsigned int found)
{
	if (found & GIC_FOLD_ENDED)
		cpu->ended[cpu->nr_ended++] = irq->intid;
	if (found & GIC_FOLD_FOLLOW)
		ends->follow |= BIT(irq->intid);
	if (found & GIC_FOLD_RWP)
		ends->rwp++;
	if (irq->want != irq->pool && !irq->active)
		ends->move[ends->nr_move++] = irq;
	gic_pool_list(irq);
	if (irq->mapped)
		gic_phys_watch(irq);
}

/* Ends that the hardware only counted: of active interrupts that had no list register. */
static void gic_fold_eoicount(struct gic_cpu *cpu, struct gic_ends *ends, unsigned int n)
{
	struct gic_irq *irq;
	unsigned int found;

	while (n--) {
		irq = gic_lr_eoi_uncounted(&cpu->pool);
		if (!irq)
			return;
		found = gic_irq_ended(irq) ? GIC_FOLD_ENDED : 0;
		if (irq->mapped)
			found |= GIC_FOLD_FOLLOW;
		gic_end_note(cpu, ends, irq, found);
	}
}

/* High lines of mapped interrupts: those in no list register may have fallen, too. */
static void gic_fold_lines(struct gic_cpu *cpu, struct gic_ends *ends)
{
	u32 lines = cpu->lines;
	struct gic_irq *irq;

	for (; lines; lines &= lines - 1) {
		irq = &cpu->private[__ffs(lines)];
		gic_phys_sample(irq);
		gic_end_note(cpu, ends, irq, gic_irq_busy(irq) ? 0 : GIC_FOLD_FOLLOW);
	}
}

/*
 * An LPI that was taken counts as active while its list register does, so that it keeps
 * that. But no end of an LPI is told where ends have two steps: there it is done with.
 */
static unsigned int gic_fold_lr(struct gic_irq *irq, u64 was, u64 now)
{
	unsigned int found = gic_lr_fold(irq, was, now);

	if (irq->intid >= GIC_MIN_LPI && gic_hw_vmcr() & GIC_VMCR_EOIM)
		irq->active = false;
	return found;
}

static void gic_sync_done(struct gic_cpu *cpu)
{
	cpu->used_lrs = 0;
	cpu->inside = false;
	WRITE_ONCE(cpu->syncs, cpu->syncs + 1);
}

/* What happened to the interrupts that were in list registers, or have ended without one. */
static noinline void gic_fold(struct arm_vcpu *vcpu, unsigned int ended) __releases(&vcpu->gic.pool.lock)
{
	const struct gic_lrs *lrs = this_cpu_ptr(&gic_lrs);
	struct gic_cpu *cpu = &vcpu->gic;
	unsigned int n = cpu->used_lrs, i;
	u64 now[GIC_MAX_LRS];
	struct gic_ends ends;

	gic_hw_read_lrs(now, n);
	if (n)
		gic_hw_write_hcr(cpu, 0);
	ends.follow = 0;
	ends.rwp = 0;
	ends.nr_move = 0;
	if (ended)
		gic_fold_eoicount(cpu, &ends, ended);
	for (i = 0; i < n; i++)
		gic_end_note(cpu, &ends, lrs->irq[i],
			     gic_fold_lr(lrs->irq[i], lrs->val[i], now[i]));
	if (cpu->lines)
		gic_fold_lines(cpu, &ends);
	gic_sync_done(cpu);
	raw_spin_unlock(&cpu->pool.lock);

	gic_phys_follow_all(vcpu, ends.follow);
	if (ends.rwp)
		atomic_sub(ends.rwp, &vcpu->vm->gic.rwp);
	for (i = 0; i < ends.nr_move; i++)
		gic_irq_move(ends.move[i]);
}

void gic_sync(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	unsigned int ended = 0;

	lockdep_assert_irqs_disabled();
	if (!cpu->inside)
		return;
	if (cpu->hcr & GIC_HCR_LRENPIE)
		ended = gic_hw_eoicount();
	raw_spin_lock(&cpu->pool.lock);
	/* mostly there is nothing, and then nothing is paid for what would keep it */
	if (cpu->used_lrs || ended || cpu->lines) {
		gic_fold(vcpu, ended);
		return;
	}
	gic_sync_done(cpu);
	raw_spin_unlock(&cpu->pool.lock);
}

void gic_tell_end(struct arm_vm *vm, u32 intid)
{
	void (*on_eoi)(struct arm_vm *vm, u32 intid) = READ_ONCE(vm->gic.on_eoi);

	if (on_eoi)
		on_eoi(vm, intid);
}

void gic_tell_ends(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	unsigned int i;

	for (i = 0; i < cpu->nr_ended; i++)
		gic_tell_end(vcpu->vm, cpu->ended[i]);
	cpu->nr_ended = 0;
}

/* VMCR, wherever it is. */
static u32 gic_vmcr(struct arm_vcpu *vcpu)
{
	u32 vmcr;

	preempt_disable();
	if (READ_ONCE(vcpu->gic.loaded) && arm_vcpu_here() == vcpu)
		vmcr = gic_hw_vmcr();
	else
		vmcr = READ_ONCE(vcpu->gic.vmcr);
	preempt_enable();
	return vmcr;
}

bool gic_pending(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 vmcr, groups, used;
	unsigned long flags;

	if (!cpu->attached || gic_pool_is_empty(&cpu->pool))
		return false;
	vmcr = gic_vmcr(vcpu);
	/* Group enables are the low bits of both registers, in the same order, and as the classes. */
	groups = gic_groups(&vcpu->vm->gic) & vmcr & (GIC_VMCR_ENG0 | GIC_VMCR_ENG1);

	raw_spin_lock_irqsave(&cpu->pool.lock, flags);
	used = gic_pool_used(&cpu->pool, groups);
	raw_spin_unlock_irqrestore(&cpu->pool.lock, flags);
	return used && __ffs(used) * 8 < vmcr >> GIC_VMCR_PMR_SHIFT;
}

void gic_deactivate(struct arm_vcpu *vcpu, u64 val)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, val & 0xffffff);

	if (irq)
		gic_irq_end(vcpu->vm, irq, vcpu);
}
