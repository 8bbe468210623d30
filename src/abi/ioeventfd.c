// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IOEVENTFD: a guest's write that is only a signal. KVM API 4.59.
 */
#include <linux/eventfd.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "../arm64/vm.h"
#include "ioeventfd.h"

#define IOEVENTFD_FLAGS (KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_PIO | \
			 KVM_IOEVENTFD_FLAG_DEASSIGN)

/**
 * struct ioeventfd - writes to an address that signal an eventfd
 * @link: on vm->ioeventfds; changed under vm->irq_lock, read under vm->irq_srcu
 * @addr: guest physical address
 * @len: bytes, 0: any
 * @port: a port I/O address, which no guest reaches
 * @any: any value; else only @match
 * @match: value, of @len bytes
 * @event: signalled
 */
struct ioeventfd {
	struct list_head link;
	u64 addr;
	u32 len;
	bool port;
	bool any;
	u64 match;
	struct eventfd_ctx *event;
};

static u64 ioeventfd_truncate(u64 val, u32 len)
{
	return len && len < 8 ? val & ((1ULL << (len * 8)) - 1) : val;
}

bool ioeventfd_write(struct vm *vm, u64 addr, unsigned int len, u64 val)
{
	struct ioeventfd *e;
	bool taken = false;
	int idx;

	val = ioeventfd_truncate(val, len);
	idx = srcu_read_lock(&vm->irq_srcu);
	list_for_each_entry_srcu(e, &vm->ioeventfds, link,
				 srcu_read_lock_held(&vm->irq_srcu)) {
		if (e->addr != addr || e->port || (e->len && e->len != len) ||
		    (!e->any && e->match != val))
			continue;
		eventfd_signal(e->event);
		taken = true;
		break;
	}
	srcu_read_unlock(&vm->irq_srcu, idx);
	return taken;
}

static int ioeventfd_check(const struct kvm_ioeventfd *args)
{
	if (args->flags & ~IOEVENTFD_FLAGS)
		return -EINVAL;
	switch (args->len) {
	case 0:
		if (args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH)
			return -EINVAL;
		break;
	case 1:
	case 2:
	case 4:
	case 8:
		break;
	default:
		return -EINVAL;
	}
	return args->addr + args->len < args->addr ? -EINVAL : 0;
}

static void ioeventfd_fill(struct ioeventfd *e, const struct kvm_ioeventfd *args,
			   struct eventfd_ctx *event)
{
	e->addr = args->addr;
	e->len = args->len;
	e->port = args->flags & KVM_IOEVENTFD_FLAG_PIO;
	e->any = !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH);
	e->match = e->any ? 0 : ioeventfd_truncate(args->datamatch, args->len);
	e->event = event;
}

/* Could one write match both? */
static bool ioeventfd_collides(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->addr == b->addr && a->port == b->port &&
	       (!a->len || !b->len || a->len == b->len) &&
	       (a->any || b->any || a->match == b->match);
}

static bool ioeventfd_is_same(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->addr == b->addr && a->port == b->port && a->len == b->len &&
	       a->any == b->any && a->match == b->match && a->event == b->event;
}

/* vm->irq_lock is held. */
static int ioeventfd_add(struct vm *vm, struct ioeventfd *e)
{
	unsigned int nr = 0;
	struct ioeventfd *i;

	list_for_each_entry(i, &vm->ioeventfds, link) {
		if (ioeventfd_collides(i, e))
			return -EEXIST;
		nr++;
	}
	if (nr >= IOEVENTFD_MAX)
		return -ENOSPC;
	list_add_tail_rcu(&e->link, &vm->ioeventfds);
	return 0;
}

static int ioeventfd_assign(struct vm *vm, const struct kvm_ioeventfd *args,
			    struct eventfd_ctx *event)
{
	struct ioeventfd *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!e)
		return -ENOMEM;
	ioeventfd_fill(e, args, event);
	mutex_lock(&vm->irq_lock);
	ret = ioeventfd_add(vm, e);
	mutex_unlock(&vm->irq_lock);
	if (ret)
		kfree(e);
	return ret;
}

static int ioeventfd_deassign(struct vm *vm, const struct kvm_ioeventfd *args,
			      struct eventfd_ctx *event)
{
	struct ioeventfd *e, *found = NULL, wanted = {};

	ioeventfd_fill(&wanted, args, event);
	mutex_lock(&vm->irq_lock);
	list_for_each_entry(e, &vm->ioeventfds, link) {
		if (ioeventfd_is_same(e, &wanted)) {
			found = e;
			list_del_rcu(&e->link);
			break;
		}
	}
	mutex_unlock(&vm->irq_lock);
	if (!found)
		return -ENOENT;
	synchronize_srcu_expedited(&vm->irq_srcu);
	eventfd_ctx_put(found->event);
	kfree(found);
	return 0;
}

int ioeventfd_ioctl(struct vm *vm, const struct kvm_ioeventfd *args)
{
	struct eventfd_ctx *event;
	int ret;

	ret = ioeventfd_check(args);
	if (ret)
		return ret;
	event = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(event))
		return PTR_ERR(event);
	if (args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN) {
		ret = ioeventfd_deassign(vm, args, event);
		eventfd_ctx_put(event);
		return ret;
	}
	ret = ioeventfd_assign(vm, args, event);
	if (ret)
		eventfd_ctx_put(event);
	return ret;
}

void ioeventfd_vm_init(struct vm *vm)
{
	INIT_LIST_HEAD(&vm->ioeventfds);
}

void ioeventfd_vm_destroy(struct vm *vm)
{
	struct ioeventfd *e, *next;

	list_for_each_entry_safe(e, next, &vm->ioeventfds, link) {
		list_del(&e->link);
		eventfd_ctx_put(e->event);
		kfree(e);
	}
}
