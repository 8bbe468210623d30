// SPDX-License-Identifier: GPL-2.0
/*
 * From the VMM's interrupt numbers to the interrupt controller's: a table from GSI to pin,
 * and back, that readers in any context look at under SRCU.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "irqchip.h"
#include "irqfd.h"
#include "routing.h"
#include "vm.h"

/**
 * struct routing_gsi - where a GSI leads
 * @pin: the pin, plus 1; 0: not routed
 * @next: another GSI that leads there, plus 1; always a lower one; 0: none
 */
struct routing_gsi {
	u16 pin;
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

void routing_vm_init(struct vm *vm)
{
	/* No table: each GSI is the pin of its number. */
	RCU_INIT_POINTER(vm->routing, NULL);
}

void routing_vm_destroy(struct vm *vm)
{
	kvfree(rcu_dereference_protected(vm->routing, true));
	RCU_INIT_POINTER(vm->routing, NULL);
}

static u32 routing_pins(const struct vm *vm)
{
	return vm->irqchip ? vm->irqchip->pins : 0;
}

u32 routing_pin(struct vm *vm, u32 gsi)
{
	const struct vm_routing *r;
	u32 pin = 0;
	int idx;

	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	if (!r)
		pin = gsi < routing_pins(vm) ? gsi + 1 : 0;
	else if (gsi < r->nr)
		pin = r->gsi[array_index_nospec(gsi, r->nr)].pin;
	srcu_read_unlock(&vm->irq_srcu, idx);
	return pin ? pin - 1 : ROUTING_NONE;
}

bool routing_any_gsi(struct vm *vm, u32 pin, bool (*fn)(struct vm *vm, u32 gsi))
{
	const struct vm_routing *r;
	bool ret = false;
	u32 gsi;
	int idx;

	if (pin >= routing_pins(vm))
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

static int routing_check(const struct vm *vm, const struct kvm_irq_routing_entry *e)
{
	if (e->type != KVM_IRQ_ROUTING_IRQCHIP || e->flags || e->gsi >= ROUTING_MAX ||
	    e->u.irqchip.irqchip || e->u.irqchip.pin >= routing_pins(vm))
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
		if (g->pin)
			return false;
		g->pin = e[i].u.irqchip.pin + 1;
	}
	for (gsi = 0; gsi < r->nr; gsi++) {
		g = &r->gsi[gsi];
		if (!g->pin)
			continue;
		pin = g->pin - 1;
		g->next = r->first[pin];
		r->first[pin] = gsi + 1;
	}
	return true;
}

static struct vm_routing *routing_make(const struct vm *vm,
				       const struct kvm_irq_routing_entry *e, u32 n)
{
	struct vm_routing *r;
	u32 nr = 0, i;

	for (i = 0; i < n; i++) {
		if (routing_check(vm, &e[i]))
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
	r = routing_make(vm, e, head.nr);
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
