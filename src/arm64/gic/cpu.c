// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's GIC around its stays in the guest: CPU interface state, list
 * registers, physical interrupts behind virtual ones. IHI 0069, chapter 6.
 */
#include "../vm.h"
#include "hw.h"
#include "irq.h"
#include "lr.h"

/* Most deactivations one gic_sync() can see: one per list register, and EOIcount. */
#define GIC_MAX_ENDS		(GIC_MAX_LRS + 31)

/**
 * struct gic_ends - what gic_sync() has to tell once the pool is unlocked
 * @eoi: level-sensitive SPIs that ended
 * @nr_eoi: entries of @eoi
 * @deactivate: mapped interrupts to deactivate by hand
 * @nr_deactivate: entries of @deactivate
 * @rwp: disables that became effective
 * @moves: some interrupt may now follow its IROUTER
 */
struct gic_ends {
	u32 eoi[GIC_MAX_ENDS];
	unsigned int nr_eoi;
	struct gic_irq *deactivate[GIC_MAX_ENDS];
	unsigned int nr_deactivate;
	unsigned int rwp;
	bool moves;
};

void gic_load(struct vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;

	gic_hw_load(cpu);
	cpu->loaded = true;
}

void gic_put(struct vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;

	cpu->loaded = false;
	gic_hw_put(cpu);
}

/* Groups the distributor forwards. */
static u32 gic_groups(struct gic *gic)
{
	return READ_ONCE(gic->ctlr) & 3;
}

/* Fill @cpu->lr. Return: ICH_HCR_EL2 for it. */
static u32 gic_flush_live(struct vcpu *vcpu)
{
	struct gic *gic = &vcpu->vm->gic;
	struct gic_cpu *cpu = &vcpu->gic;
	u32 groups = gic_groups(gic), hcr = GIC_HCR_EN;
	bool listener = READ_ONCE(gic->on_eoi);
	struct gic_irq *irq;
	struct gic_pick pick;
	unsigned int i;

	raw_spin_lock(&cpu->pool.lock);
	gic_lr_choose(&cpu->pool.live, groups, gic_hw.nr_lrs, &pick);
	for (i = 0; i < pick.n; i++) {
		irq = pick.irq[i];
		cpu->lr_irq[i] = irq;
		cpu->lr[i] = gic_lr_fill(irq, groups, listener && irq->intid >= GIC_NR_PRIVATE);
	}
	cpu->used_lrs = pick.n;
	raw_spin_unlock(&cpu->pool.lock);

	if (pick.pending_left)
		hcr |= GIC_HCR_NPIE;
	if (pick.active_left) {
		hcr |= GIC_HCR_LRENPIE;
		/* With the two-step end EOIcount would not say which one. */
		if (gic_hw_vmcr() & GIC_VMCR_EOIM)
			hcr |= GIC_HCR_TDIR;
	}
	return hcr;
}

void gic_flush(struct vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 hcr = GIC_HCR_EN;

	if (!cpu->attached)
		return;
	if (!list_empty(&cpu->pool.live))
		hcr = gic_flush_live(vcpu);
	gic_hw_write_lrs(cpu->lr, cpu->used_lrs);
	gic_hw_write_hcr(cpu, hcr);
}

static void gic_end_note(struct gic_ends *ends, struct gic_irq *irq, unsigned int found)
{
	if (found & GIC_FOLD_EOI && irq->intid >= GIC_NR_PRIVATE)
		ends->eoi[ends->nr_eoi++] = irq->intid;
	if (found & GIC_FOLD_DEACTIVATE)
		ends->deactivate[ends->nr_deactivate++] = irq;
	if (found & GIC_FOLD_RWP)
		ends->rwp++;
	if (irq->want != irq->pool && !irq->active)
		ends->moves = true;
	gic_irq_relist(irq);
}

/* Ends that the hardware only counted: of active interrupts that had no list register. */
static void gic_fold_eoicount(struct gic_cpu *cpu, struct gic_ends *ends, unsigned int n)
{
	struct gic_irq *irq;

	while (n--) {
		irq = gic_lr_eoi_uncounted(&cpu->pool.live);
		if (!irq)
			return;
		irq->active = false;
		gic_end_note(ends, irq, irq->mapped ? GIC_FOLD_DEACTIVATE :
					!irq->edge ? GIC_FOLD_EOI : 0);
	}
}

/* An interrupt of the vCPU's that should be elsewhere and may go. */
static struct gic_irq *gic_next_mover(struct gic_pool *pool)
{
	struct gic_irq *irq, *found = NULL;

	raw_spin_lock(&pool->lock);
	list_for_each_entry(irq, &pool->live, link) {
		if (irq->want != pool && !irq->active && !irq->in_lr) {
			found = irq;
			break;
		}
	}
	raw_spin_unlock(&pool->lock);
	return found;
}

static void gic_tell_ends(struct vcpu *vcpu, struct gic_ends *ends)
{
	struct gic *gic = &vcpu->vm->gic;
	void (*on_eoi)(struct vm *vm, u32 intid) = READ_ONCE(gic->on_eoi);
	struct gic_irq *irq;
	unsigned int i;

	for (i = 0; i < ends->nr_deactivate; i++)
		gic_phys_deactivate(ends->deactivate[i]);
	if (ends->rwp)
		atomic_sub(ends->rwp, &gic->rwp);
	while (ends->moves) {
		irq = gic_next_mover(&vcpu->gic.pool);
		if (!irq)
			break;
		gic_irq_move(irq);
	}
	for (i = 0; on_eoi && i < ends->nr_eoi; i++)
		on_eoi(vcpu->vm, ends->eoi[i]);
}

void gic_sync(struct vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	unsigned int n = cpu->used_lrs, ended = 0, i;
	u64 now[GIC_MAX_LRS];
	struct gic_ends ends;

	if (!n)
		return;
	gic_hw_read_lrs(now, n);
	if (cpu->hcr & GIC_HCR_LRENPIE)
		ended = gic_hw_eoicount();
	gic_hw_write_hcr(cpu, 0);

	ends.nr_eoi = 0;
	ends.nr_deactivate = 0;
	ends.rwp = 0;
	ends.moves = false;
	raw_spin_lock(&cpu->pool.lock);
	if (ended)
		gic_fold_eoicount(cpu, &ends, ended);
	for (i = 0; i < n; i++)
		gic_end_note(&ends, cpu->lr_irq[i],
			     gic_lr_fold(cpu->lr_irq[i], cpu->lr[i], now[i]));
	cpu->used_lrs = 0;
	WRITE_ONCE(cpu->syncs, cpu->syncs + 1);
	raw_spin_unlock(&cpu->pool.lock);

	gic_tell_ends(vcpu, &ends);
}

/* VMCR, wherever it is. */
static u32 gic_vmcr(struct vcpu *vcpu)
{
	u32 vmcr;

	preempt_disable();
	if (READ_ONCE(vcpu->gic.loaded) && vcpu_running_here() == vcpu)
		vmcr = gic_hw_vmcr();
	else
		vmcr = READ_ONCE(vcpu->gic.vmcr);
	preempt_enable();
	return vmcr;
}

bool gic_pending(struct vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 vmcr, groups;
	struct gic_irq *irq;
	unsigned long flags;
	bool ret = false;
	u8 pmr;

	if (!cpu->attached || list_empty(&cpu->pool.live))
		return false;
	vmcr = gic_vmcr(vcpu);
	pmr = vmcr >> GIC_VMCR_PMR_SHIFT;
	/* Group enables are the low bits of both registers, in the same order. */
	groups = gic_groups(&vcpu->vm->gic) & vmcr & (GIC_VMCR_ENG0 | GIC_VMCR_ENG1);

	raw_spin_lock_irqsave(&cpu->pool.lock, flags);
	list_for_each_entry(irq, &cpu->pool.live, link) {
		if (gic_irq_deliverable(irq) && !irq->active && irq->priority < pmr &&
		    (groups & (1U << irq->group1))) {
			ret = true;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&cpu->pool.lock, flags);
	return ret;
}

int gic_map_phys(struct vcpu *vcpu, u32 vintid, unsigned int host_irq, u32 hwintid,
		 bool (*get_level)(struct vcpu *vcpu, u32 vintid))
{
	struct gic_hold hold;
	struct gic_irq *irq;
	int ret = 0;

	if (!gic_intid_is_valid_ppi(vintid) || !host_irq || hwintid >= 8192)
		return -EINVAL;
	irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	gic_irq_hold(irq, &hold);
	if (irq->mapped) {
		ret = -EBUSY;
	} else {
		irq->host_irq = host_irq;
		irq->hwintid = hwintid;
		irq->get_level = get_level;
		irq->mapped = true;
	}
	gic_irq_release(irq, &hold);
	return ret;
}

bool gic_is_mapped(struct vcpu *vcpu, u32 vintid)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	struct gic_hold hold;
	bool ret;

	if (!irq)
		return false;
	gic_irq_hold(irq, &hold);
	ret = irq->mapped;
	gic_irq_release(irq, &hold);
	return ret;
}

bool gic_map_is_active(struct vcpu *vcpu, u32 vintid)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	struct gic_hold hold;
	bool ret;

	if (!irq)
		return false;
	gic_irq_hold(irq, &hold);
	ret = irq->active || gic_irq_pending(irq);
	gic_irq_release(irq, &hold);
	return ret;
}

void gic_reset_mapped(struct vcpu *vcpu, u32 vintid)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	struct gic_hold hold;
	bool mapped;

	if (!irq)
		return;
	gic_irq_hold(irq, &hold);
	mapped = irq->mapped;
	if (mapped) {
		irq->line = false;
		irq->latch = false;
		irq->active = false;
	}
	gic_irq_release(irq, &hold);
	if (mapped)
		gic_phys_follow(irq);
}

void gic_deactivate(struct vcpu *vcpu, u64 val)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, val & 0xffffff);

	if (irq)
		gic_irq_set_active(irq, false);
}
