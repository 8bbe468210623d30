// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a VM's GIC: made, initialised, made ready by the first vCPU that runs,
 * freed with the VM.
 */
#include <linux/slab.h>

#include "../affinity.h"
#include "../vm.h"
#include "init.h"
#include "irq.h"
#include "lpi.h"
#include "pool.h"
#include "region.h"

#define GIC_NR_IRQS_DEFAULT	256

void gic_vm_init(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;

	memset(gic, 0, sizeof(*gic));
	mutex_init(&gic->lock);
	gic_pool_init(&gic->unrouted, NULL);
	gic->dist_base = GIC_ADDR_UNSET;
	atomic_set(&gic->rwp, 0);
	atomic_set(&gic->nr_any, 0);
	xa_init_flags(&gic->lpis, XA_FLAGS_ACCOUNT);
}

void gic_vm_destroy(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;

	gic->initialised = false;
	gic->nr_spis = 0;
	kvfree(gic->spis);
	gic->spis = NULL;
	kfree(gic->regions);
	gic->regions = NULL;
	gic->nr_regions = 0;
	gic_lpi_free_all(vm);
	mutex_destroy(&gic->lock);
}

int gic_vcpu_init(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	u32 i;

	lockdep_assert_held(&vcpu->vm->base.lock);
	if (gic_is_initialised(vcpu->vm))
		return -EBUSY;
	memset(cpu, 0, sizeof(*cpu));
	gic_pool_init(&cpu->pool, vcpu);
	for (i = 0; i < GIC_NR_PRIVATE; i++)
		gic_irq_init(&cpu->private[i], i, &cpu->pool);
	cpu->waker = GIC_WAKER_ASLEEP;
	return 0;
}

void gic_vcpu_destroy(struct arm_vcpu *vcpu)
{
	vcpu->gic.attached = false;
}

void gic_vcpu_reset(struct arm_vcpu *vcpu)
{
	struct gic_cpu *cpu = &vcpu->gic;
	bool loaded;

	lockdep_assert_held(&vcpu->base.mutex);
	preempt_disable();
	loaded = cpu->loaded && arm_vcpu_here() == vcpu;
	if (loaded)
		gic_put(vcpu);
	cpu->vmcr = 0;
	memset(cpu->apr, 0, sizeof(cpu->apr));
	if (loaded)
		gic_load(vcpu);
	preempt_enable();
}

bool gic_exists(const struct arm_vm *vm)
{
	return READ_ONCE(vm->gic.exists);
}

bool gic_is_initialised(const struct arm_vm *vm)
{
	/* pairs with gic_initialise(): the SPIs are there */
	return smp_load_acquire(&vm->gic.initialised);
}

bool gic_is_ready(const struct arm_vm *vm)
{
	/* pairs with gic_make_ready(): the addresses hold */
	return smp_load_acquire(&vm->gic.ready);
}

bool gic_intid_is_valid_ppi(u32 intid)
{
	return intid >= GIC_NR_SGIS && intid < GIC_NR_PRIVATE;
}

bool gic_intid_is_valid_spi(struct arm_vm *vm, u32 intid)
{
	return intid >= GIC_NR_PRIVATE && gic_irq_find(vm, NULL, intid);
}

int gic_check_frames(struct arm_vm *vm, u64 base)
{
	int ret;

	mutex_lock(&vm->gic.lock);
	ret = gic_region_check(&vm->gic, base, 1, READ_ONCE(vm->base.nr_vcpus), vm->ipa_bits);
	mutex_unlock(&vm->gic.lock);
	return ret;
}

void gic_set_eoi_listener(struct arm_vm *vm, void (*on_eoi)(struct arm_vm *vm, u32 intid))
{
	WRITE_ONCE(vm->gic.on_eoi, on_eoi);
}

void gic_listen(struct arm_vm *vm, u32 intid, bool on)
{
	struct gic_irq *irq = gic_irq_find(vm, NULL, intid);
	struct gic_hold hold;

	if (!irq)
		return;
	gic_irq_hold(irq, &hold);
	irq->listened = on;
	gic_irq_release(irq, &hold);
}

int gic_initialise(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;
	struct gic_irq *spis;
	struct arm_vcpu *vcpu;
	u32 nr, i;

	lockdep_assert_held(&gic->lock);
	if (gic->initialised)
		return 0;
	if (!gic->nr_irqs)
		gic->nr_irqs = GIC_NR_IRQS_DEFAULT;
	nr = min_t(u32, gic->nr_irqs, GIC_MAX_SPI + 1) - GIC_NR_PRIVATE;
	spis = kvcalloc(nr, sizeof(*spis), GFP_KERNEL_ACCOUNT);
	if (!spis)
		return -ENOMEM;

	/* IROUTER resets to affinity 0.0.0.0. */
	vcpu = affinity_vcpu(vm, 0);
	for (i = 0; i < nr; i++)
		gic_irq_init(&spis[i], GIC_NR_PRIVATE + i,
			     vcpu ? &vcpu->gic.pool : &gic->unrouted);
	gic->spis = spis;
	gic->nr_spis = nr;
	gic_route_update(vm);
	/* pairs with gic_is_initialised() */
	smp_store_release(&gic->initialised, true);
	return 0;
}

/* A VMM may have given vCPUs other affinities since routes were written. */
static void gic_reroute(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;
	u32 i;

	for (i = 0; i < gic->nr_spis; i++) {
		gic_irq_set_router(vm, &gic->spis[i], READ_ONCE(gic->spis[i].router));
		cond_resched();
	}
}

/* Addresses hold from now on, and so do affinities. */
static int gic_make_ready(struct arm_vm *vm)
{
	struct gic *gic = &vm->gic;
	int ret;

	mutex_lock(&gic->lock);
	ret = gic_region_check_all(gic, READ_ONCE(vm->base.nr_vcpus), vm->ipa_bits);
	if (!ret && !gic->initialised)
		ret = -EBUSY;
	if (!ret && !gic->ready) {
		gic_reroute(vm);
		smp_store_release(&gic->ready, true);	/* pairs with gic_is_ready() */
	}
	mutex_unlock(&gic->lock);
	return ret;
}

int gic_first_run(struct arm_vcpu *vcpu)
{
	int ret;

	lockdep_assert_held(&vcpu->base.mutex);
	if (!gic_exists(vcpu->vm))
		return 0;
	if (!gic_is_ready(vcpu->vm)) {
		ret = gic_make_ready(vcpu->vm);
		if (ret)
			return ret;
	}
	vcpu->gic.attached = true;
	return 0;
}
