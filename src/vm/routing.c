// SPDX-License-Identifier: GPL-2.0
/*
 * From the VMM's interrupt numbers to the interrupt controllers': a table in the order of
 * GSIs, and back by pin, that readers in any context look at under SRCU.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "irqchip.h"
#include "irqfd.h"
#include "routing.h"
#include "vm.h"

/**
 * struct vm_routing - a published table; immutable
 * @nr: targets
 * @first: by pin: the last target of it, plus 1; 0: none
 * @target: in the order of their GSIs
 */
struct vm_routing {
	u32 nr;
	u16 first[ROUTING_PINS];
	struct routing_target target[] __counted_by(nr);
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

/* The first target whose GSI is not below. */
static u32 routing_search(const struct vm_routing *r, u32 gsi)
{
	u32 low = 0, high = r->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (r->target[mid].gsi < gsi)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool routing_table_each(struct vm *vm, const struct vm_routing *r, u32 gsi,
			       void (*fn)(struct vm *vm, const struct routing_target *t, void *data),
			       void *data)
{
	u32 first = routing_search(r, gsi), i;

	for (i = first; i < r->nr && r->target[i].gsi == gsi; i++)
		fn(vm, &r->target[array_index_nospec(i, r->nr)], data);
	return i > first;
}

bool routing_each(struct vm *vm, u32 gsi, void (*fn)(struct vm *vm, const struct routing_target *t, void *data),
		  void *data)
{
	struct routing_target same = { .gsi = gsi, .pin = gsi };
	const struct vm_routing *r;
	bool ret = false;
	int idx;

	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	if (r) {
		ret = routing_table_each(vm, r, gsi, fn, data);
	} else if (gsi < routing_pins(vm)) {
		fn(vm, &same, data);
		ret = true;
	}
	srcu_read_unlock(&vm->irq_srcu, idx);
	return ret;
}

bool routing_any_gsi(struct vm *vm, u32 pin, bool (*fn)(struct vm *vm, u32 gsi))
{
	const struct vm_routing *r;
	bool ret = false;
	u32 i;
	int idx;

	if (pin >= routing_pins(vm))
		return false;
	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	if (!r)
		ret = fn(vm, pin);
	else
		for (i = r->first[pin]; i && !ret; i = r->target[i - 1].next)
			ret = fn(vm, r->target[i - 1].gsi);
	srcu_read_unlock(&vm->irq_srcu, idx);
	return ret;
}

bool routing_any_message(struct vm *vm, u32 below,
			 bool (*fn)(struct vm *vm, const struct routing_target *t, void *data), void *data)
{
	const struct vm_routing *r;
	bool ret = false;
	u32 i;
	int idx;

	idx = srcu_read_lock(&vm->irq_srcu);
	r = srcu_dereference(vm->routing, &vm->irq_srcu);
	for (i = 0; r && i < r->nr && r->target[i].gsi < below && !ret; i++)
		if (r->target[i].pin == ROUTING_MESSAGE)
			ret = fn(vm, &r->target[i], data);
	srcu_read_unlock(&vm->irq_srcu, idx);
	return ret;
}

static int routing_fill_pin(const struct vm *vm, const struct kvm_irq_routing_entry *e, struct routing_target *t)
{
	const struct irqchip_ops *ops = vm->irqchip;
	int pin;

	if (ops && ops->pin)
		pin = ops->pin(vm, e->u.irqchip.irqchip, e->u.irqchip.pin);
	else
		pin = e->u.irqchip.irqchip || e->u.irqchip.pin >= routing_pins(vm) ? -EINVAL : e->u.irqchip.pin;
	if (pin < 0 || pin >= routing_pins(vm))
		return -EINVAL;
	*t = (struct routing_target) { .gsi = e->gsi, .pin = pin, .chip = e->u.irqchip.irqchip };
	return 0;
}

static int routing_fill_message(const struct vm *vm, const struct kvm_irq_routing_entry *e, struct routing_target *t)
{
	const struct irqchip_message m = {
		.address = (u64)e->u.msi.address_hi << 32 | e->u.msi.address_lo, .data = e->u.msi.data,
		.device = e->u.msi.devid, .has_device = e->flags & KVM_MSI_VALID_DEVID,
	};

	if (!vm->irqchip || !vm->irqchip->message || !vm->irqchip->message_fits(vm, &m))
		return -EINVAL;
	*t = (struct routing_target) { .gsi = e->gsi, .pin = ROUTING_MESSAGE, .message = m };
	return 0;
}

static int routing_fill_other(struct vm *vm, const struct kvm_irq_routing_entry *e, struct routing_target *t)
{
	*t = (struct routing_target) { .gsi = e->gsi, .pin = ROUTING_MESSAGE };
	return vm->irqchip && vm->irqchip->other ? vm->irqchip->other(vm, e, &t->message) : -EINVAL;
}

static int routing_fill(struct vm *vm, const struct kvm_irq_routing_entry *e, struct routing_target *t)
{
	if (e->gsi >= ROUTING_MAX)
		return -EINVAL;
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		if (e->flags)
			return -EINVAL;
		return routing_fill_pin(vm, e, t);
	case KVM_IRQ_ROUTING_MSI:
		if (e->flags & ~KVM_MSI_VALID_DEVID)
			return -EINVAL;
		return routing_fill_message(vm, e, t);
	default:
		return e->flags ? -EINVAL : routing_fill_other(vm, e, t);
	}
}

static int routing_compare(const void *a, const void *b)
{
	const struct routing_target *x = a, *y = b;

	if (x->gsi != y->gsi)
		return x->gsi < y->gsi ? -1 : 1;
	/* messages last; chips in their order */
	if ((x->pin == ROUTING_MESSAGE) != (y->pin == ROUTING_MESSAGE))
		return x->pin == ROUTING_MESSAGE ? 1 : -1;
	return x->chip < y->chip ? -1 : x->chip > y->chip;
}

/* A GSI may lead to a pin of each chip, or to one message. */
static bool routing_is_double(const struct routing_target *t, const struct routing_target *next)
{
	return t->gsi == next->gsi && (next->pin == ROUTING_MESSAGE || t->chip == next->chip);
}

/* Return: false where a GSI is routed twice. */
static bool routing_link(struct vm_routing *r)
{
	struct routing_target *t;
	u32 i;

	sort(r->target, r->nr, sizeof(r->target[0]), routing_compare, NULL);
	for (i = 0; i < r->nr; i++) {
		t = &r->target[i];
		if (i && routing_is_double(t - 1, t))
			return false;
		if (t->pin == ROUTING_MESSAGE)
			continue;
		t->next = r->first[t->pin];
		r->first[t->pin] = i + 1;
	}
	return true;
}

static struct vm_routing *routing_make(struct vm *vm,
				       const struct kvm_irq_routing_entry *e, u32 n)
{
	struct vm_routing *r;
	u32 i;

	r = kvzalloc(struct_size(r, target, n), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->nr = n;
	for (i = 0; i < n; i++)
		if (routing_fill(vm, &e[i], &r->target[i]))
			break;
	if (i == n && routing_link(r))
		return r;
	kvfree(r);
	return ERR_PTR(-EINVAL);
}

int routing_set(struct vm *vm, const struct kvm_irq_routing_entry *e, u32 n)
{
	struct vm_routing *r = routing_make(vm, e, n), *old;

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

int routing_ioctl(struct vm *vm, void __user *arg)
{
	struct kvm_irq_routing __user *ur = arg;
	struct kvm_irq_routing_entry *e = NULL;
	struct kvm_irq_routing head;
	int ret;

	if (copy_from_user(&head, ur, sizeof(head)))
		return -EFAULT;
	if (head.flags || head.nr > ROUTING_MAX)
		return -EINVAL;
	if (head.nr) {
		e = vmemdup_array_user(ur->entries, head.nr, sizeof(*e));
		if (IS_ERR(e))
			return PTR_ERR(e);
	}
	ret = routing_set(vm, e, head.nr);
	kvfree(e);
	return ret;
}
