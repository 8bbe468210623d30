// SPDX-License-Identifier: GPL-2.0
/*
 * Private interrupts with a physical one behind them. The host only drops the
 * physical one's priority, the guest's end deactivates it: it is active for as long
 * as the virtual one is pending or active, or it would come again at once, or never
 * again. Where the hardware does not see to that itself, it is made to follow; its
 * owner's CPU alone can do so.
 */
#include "../vm.h"
#include "hw.h"
#include "irq.h"

int gic_map_phys(struct arm_vcpu *vcpu, u32 vintid, unsigned int host_irq, u32 hwintid,
		 bool (*get_level)(struct arm_vcpu *vcpu, u32 vintid))
{
	struct gic_hold hold;
	struct gic_irq *irq;
	int ret = 0;

	lockdep_assert_held(&vcpu->base.mutex);
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

bool gic_is_mapped(struct arm_vcpu *vcpu, u32 vintid)
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

bool gic_map_is_active(struct arm_vcpu *vcpu, u32 vintid)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	struct gic_hold hold;
	bool ret;

	if (!irq)
		return false;
	gic_irq_hold(irq, &hold);
	ret = gic_irq_busy(irq);
	gic_irq_release_as_is(irq, &hold);
	return ret;
}

void gic_reset_mapped(struct arm_vcpu *vcpu, u32 vintid)
{
	struct gic_irq *irq = gic_irq_find(vcpu->vm, vcpu, vintid);
	struct gic_hold hold;

	lockdep_assert_held(&vcpu->base.mutex);
	if (!irq)
		return;
	gic_irq_hold(irq, &hold);
	if (irq->mapped) {
		irq->line = false;
		irq->latch = false;
		irq->active = false;
	}
	gic_irq_release(irq, &hold);
}

void gic_phys_watch(const struct gic_irq *irq)
{
	struct gic_cpu *cpu = &irq->pool->vcpu->gic;

	lockdep_assert_held(&irq->pool->lock);
	if (irq->line)
		WRITE_ONCE(cpu->lines, cpu->lines | BIT(irq->intid));
	else
		WRITE_ONCE(cpu->lines, cpu->lines & ~BIT(irq->intid));
}

void gic_phys_sample(struct gic_irq *irq)
{
	lockdep_assert_held(&irq->pool->lock);
	if (irq->mapped && !irq->in_lr)
		irq->line = irq->get_level(irq->pool->vcpu, irq->intid);
}

void gic_phys_follow_all(struct arm_vcpu *vcpu, u32 which)
{
	while (which) {
		gic_phys_follow(&vcpu->gic.private[__ffs(which)]);
		which &= which - 1;
	}
}
