// SPDX-License-Identifier: GPL-2.0
/*
 * From the VMM's interrupt numbers to the GIC's: a table from GSI to SPI, and back,
 * that readers in any context look at under SRCU.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../arm64/vm.h"
#include "irqfd.h"
#include "routing.h"

/**
 * struct routing_gsi - where a GSI leads
 * @intid: the SPI; 0: not routed
 * @next: another GSI that leads there, plus 1; always a lower one; 0: none
 */
struct routing_gsi {
	u16 intid;
	u16 next;
};

/**
 * struct vm_routing - a published table; immutable
 * @nr: GSIs it covers
 * @first: by pin: the highest GSI that leads there, plus 1; 0: none
 * @gsi: by GSI
 */
struct vm_routing {
	u32 nr;
	u16 first[ROUTING_PINS];
	struct routing_gsi gsi[] __counted_by(nr);
};

int routing_vm_init(struct vm *vm)
{
	/* No table: each GSI is the pin of its number. */
	RCU_INIT_POINTER(vm->routing, NULL);
	return 0;
}

void routing_vm_destroy(struct vm *vm)
{
	kvfree(rcu_dereference_protected(vm->routing, true));
	RCU_INIT_POINTER(vm->routing, NULL);
}

u32 routing_intid(struct vm *vm, u32 gsi)
{
	const struct vm_routing *r;
	u32 intid = 0;
	int idx;

	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	if (!r)
		intid = gsi < ROUTING_PINS ? GIC_NR_PRIVATE + gsi : 0;
	else if (gsi < r->nr)
		intid = r->gsi[array_index_nospec(gsi, r->nr)].intid;
	srcu_read_unlock(&vm->irq_srcu, idx);
	return intid;
}

bool routing_any_gsi(struct vm *vm, u32 intid, bool (*fn)(struct vm *vm, u32 gsi))
{
	u32 pin = intid - GIC_NR_PRIVATE, gsi;
	const struct vm_routing *r;
	bool ret = false;
	int idx;

	if (intid < GIC_NR_PRIVATE || pin >= ROUTING_PINS)
		return false;
	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	if (!r)
		ret = fn(vm, pin);
	else
		for (gsi = r->first[pin]; gsi && !ret; gsi = r->gsi[gsi - 1].next)
			ret = fn(vm, gsi - 1);
	srcu_read_unlock(&vm->irq_srcu, idx);
	return ret;
}

static int routing_check(const struct kvm_irq_routing_entry *e)
{
	if (e->type != KVM_IRQ_ROUTING_IRQCHIP || e->flags || e->gsi >= ROUTING_MAX ||
	    e->u.irqchip.irqchip || e->u.irqchip.pin >= ROUTING_PINS)
		return -EINVAL;
	return 0;
}

/* Return: false where the GSI is routed twice. */
static bool routing_fill(struct vm_routing *r, const struct kvm_irq_routing_entry *e, u32 n)
{
	struct routing_gsi *g;
	u32 i, gsi, pin;

	for (i = 0; i < n; i++) {
		g = &r->gsi[array_index_nospec(e[i].gsi, r->nr)];
		if (g->intid)
			return false;
		g->intid = GIC_NR_PRIVATE + e[i].u.irqchip.pin;
	}
	for (gsi = 0; gsi < r->nr; gsi++) {
		g = &r->gsi[gsi];
		if (!g->intid)
			continue;
		pin = g->intid - GIC_NR_PRIVATE;
		g->next = r->first[pin];
		r->first[pin] = gsi + 1;
	}
	return true;
}

static struct vm_routing *routing_make(const struct kvm_irq_routing_entry *e, u32 n)
{
	struct vm_routing *r;
	u32 nr = 0, i;

	for (i = 0; i < n; i++) {
		if (routing_check(&e[i]))
			return ERR_PTR(-EINVAL);
		nr = max(nr, e[i].gsi + 1);
	}
	r = kvzalloc(struct_size(r, gsi, nr), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->nr = nr;
	if (!routing_fill(r, e, n)) {
		kvfree(r);
		return ERR_PTR(-EINVAL);
	}
	return r;
}

int routing_ioctl(struct vm *vm, void __user *arg)
{
	struct kvm_irq_routing __user *ur = arg;
	struct kvm_irq_routing_entry *e = NULL;
	struct vm_routing *r, *old;
	struct kvm_irq_routing head;

	if (copy_from_user(&head, ur, sizeof(head)))
		return -EFAULT;
	if (head.flags || head.nr > ROUTING_MAX)
		return -EINVAL;
	if (head.nr) {
		e = vmemdup_array_user(ur->entries, head.nr, sizeof(*e));
		if (IS_ERR(e))
			return PTR_ERR(e);
	}
	r = routing_make(e, head.nr);
	kvfree(e);
	if (IS_ERR(r))
		return PTR_ERR(r);

	mutex_lock(&vm->irq_lock);
	old = rcu_replace_pointer(vm->routing, r, lockdep_is_held(&vm->irq_lock));
	irqfd_routing_changed(vm);
	mutex_unlock(&vm->irq_lock);
	synchronize_srcu_expedited(&vm->irq_srcu);
	kvfree(old);
	return 0;
}

/* VMMs number their vCPUs in the order in which they make them, but need not. */
static struct vcpu *routing_vcpu_by_id(struct vm *vm, u32 id)
{
	struct vcpu *vcpu = vm_vcpu(vm, id);
	unsigned int i;

	if (vcpu && vcpu->id == id)
		return vcpu;
	vm_for_each_vcpu(vm, i, vcpu) {
		if (vcpu->id == id)
			return vcpu;
	}
	return NULL;
}

static int irq_line_ppi(struct vm *vm, u32 id, u32 intid, bool level)
{
	struct vcpu *vcpu = routing_vcpu_by_id(vm, id);

	if (!vcpu || !gic_intid_is_valid_ppi(intid) || gic_is_mapped(vcpu, intid))
		return -EINVAL;
	return gic_inject(vm, vcpu, intid, level);
}

int irq_line(struct vm *vm, const struct kvm_irq_level *l)
{
	u32 type = (l->irq >> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK;
	u32 intid = (l->irq >> KVM_ARM_IRQ_NUM_SHIFT) & KVM_ARM_IRQ_NUM_MASK;
	u32 id = (l->irq >> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK;

	id += ((l->irq >> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK) *
	      (KVM_ARM_IRQ_VCPU_MASK + 1);
	if (type > KVM_ARM_IRQ_TYPE_PPI)
		return -EINVAL;
	if (type == KVM_ARM_IRQ_TYPE_CPU || !gic_exists(vm))
		return -ENXIO;
	if (!gic_is_initialised(vm))
		return -EBUSY;
	if (type == KVM_ARM_IRQ_TYPE_PPI)
		return irq_line_ppi(vm, id, intid, l->level);
	if (!gic_intid_is_valid_spi(vm, intid))
		return -EINVAL;
	return gic_inject(vm, NULL, intid, l->level);
}
