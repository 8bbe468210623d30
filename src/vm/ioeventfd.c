// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IOEVENTFD: a guest's write that is only a signal. KVM API 4.59. A guest's
 * write looks for its eventfd by halving a sorted table; a change makes a new one.
 */
#include <linux/eventfd.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "ioeventfd.h"
#include "vm.h"

#define IOEVENTFD_FLAGS (KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_PIO | \
			 KVM_IOEVENTFD_FLAG_DEASSIGN)

/**
 * struct ioeventfd - writes to an address that signal an eventfd
 * @addr: guest physical address
 * @len: bytes, 0: any
 * @port: @addr is one of port I/O
 * @any: any value; else only @match
 * @match: value, of @len bytes; 0 with @any
 * @event: signalled
 */
struct ioeventfd {
	u64 addr;
	u32 len;
	bool port;
	bool any;
	u64 match;
	struct eventfd_ctx *event;
};

/**
 * struct ioeventfd_table - a published table; immutable
 * @nr: entries
 * @e: in the order of ioeventfd_compare(), no two alike
 */
struct ioeventfd_table {
	unsigned int nr;
	struct ioeventfd e[] __counted_by(nr);
};

static u64 ioeventfd_truncate(u64 val, u32 len)
{
	return len && len < 8 ? val & ((1ULL << (len * 8)) - 1) : val;
}

/* By address and length, and what takes any value before what does not. */
static int ioeventfd_compare(const struct ioeventfd *a, const struct ioeventfd *b)
{
	if (a->port != b->port)
		return a->port ? 1 : -1;
	if (a->addr != b->addr)
		return a->addr > b->addr ? 1 : -1;
	if (a->len != b->len)
		return a->len > b->len ? 1 : -1;
	if (a->any != b->any)
		return a->any ? -1 : 1;
	return a->match == b->match ? 0 : a->match > b->match ? 1 : -1;
}

/* Index of the first one that is not before @key. */
static unsigned int ioeventfd_search(const struct ioeventfd_table *t, const struct ioeventfd *key)
{
	unsigned int low = 0, high = t->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (ioeventfd_compare(&t->e[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool ioeventfd_takes(const struct ioeventfd *e, bool port, u64 addr, u32 len, u64 val)
{
	return e->port == port && e->addr == addr && (!e->len || e->len == len) &&
	       (e->any || e->match == val);
}

static const struct ioeventfd *ioeventfd_at(const struct ioeventfd_table *t,
					    const struct ioeventfd *key)
{
	unsigned int at = ioeventfd_search(t, key);

	return at < t->nr ? &t->e[at] : NULL;
}

/*
 * Who takes a write? For any length, for this one, for this length and value: what
 * collides is refused, so of these three one is there at most.
 */
static const struct ioeventfd *ioeventfd_find(const struct ioeventfd_table *t, bool port, u64 addr,
					      u32 len, u64 val)
{
	struct ioeventfd key = { .port = port, .addr = addr, .any = true };
	const struct ioeventfd *e;

	e = ioeventfd_at(t, &key);	/* the first of its address, if it has any */
	if (!e || e->port != port || e->addr != addr)
		return NULL;
	if (ioeventfd_takes(e, port, addr, len, val))
		return e;
	key.len = len;
	e = ioeventfd_at(t, &key);
	if (e && ioeventfd_takes(e, port, addr, len, val))
		return e;
	key.any = false;
	key.match = val;
	e = ioeventfd_at(t, &key);
	return e && ioeventfd_takes(e, port, addr, len, val) ? e : NULL;
}

bool ioeventfd_write(struct vm *vm, bool port, u64 addr, unsigned int len, u64 val)
{
	const struct ioeventfd *e = NULL;
	const struct ioeventfd_table *t;
	int idx;

	if (!rcu_access_pointer(vm->ioeventfds))
		return false;
	idx = srcu_read_lock(&vm->irq_srcu);
	t = srcu_dereference(vm->ioeventfds, &vm->irq_srcu);
	if (t)
		e = ioeventfd_find(t, port, addr, len, ioeventfd_truncate(val, len));
	if (e)
		eventfd_signal(e->event);
	srcu_read_unlock(&vm->irq_srcu, idx);
	return e;
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

static struct ioeventfd ioeventfd_of(const struct kvm_ioeventfd *args, struct eventfd_ctx *event)
{
	bool any = !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH);

	return (struct ioeventfd) {
		.addr = args->addr,
		.len = args->len,
		.port = args->flags & KVM_IOEVENTFD_FLAG_PIO,
		.any = any,
		.match = any ? 0 : ioeventfd_truncate(args->datamatch, args->len),
		.event = event,
	};
}

/* Could one write match both? */
static bool ioeventfd_collides(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->addr == b->addr && a->port == b->port &&
	       (!a->len || !b->len || a->len == b->len) &&
	       (a->any || b->any || a->match == b->match);
}

static struct ioeventfd_table *ioeventfd_table_of(struct vm *vm)
{
	return rcu_dereference_protected(vm->ioeventfds, lockdep_is_held(&vm->irq_lock));
}

/* Replace the table and wait until nobody looks at the old one. */
static void ioeventfd_publish(struct vm *vm, struct ioeventfd_table *t)
{
	struct ioeventfd_table *old = ioeventfd_table_of(vm);

	rcu_assign_pointer(vm->ioeventfds, t);
	synchronize_srcu_expedited(&vm->irq_srcu);
	kvfree(old);
}

static struct ioeventfd_table *ioeventfd_table_make(unsigned int nr)
{
	struct ioeventfd_table *t = kvzalloc(struct_size(t, e, nr), GFP_KERNEL_ACCOUNT);

	if (t)
		t->nr = nr;
	return t;
}

static int ioeventfd_add(struct vm *vm, const struct ioeventfd *e)
{
	struct ioeventfd_table *old = ioeventfd_table_of(vm), *t;
	unsigned int nr = old ? old->nr : 0, at = 0, i;

	lockdep_assert_held(&vm->irq_lock);
	for (i = 0; i < nr; i++)
		if (ioeventfd_collides(&old->e[i], e))
			return -EEXIST;
	if (nr >= IOEVENTFD_MAX)
		return -ENOSPC;
	t = ioeventfd_table_make(nr + 1);
	if (!t)
		return -ENOMEM;
	if (old) {
		at = ioeventfd_search(old, e);
		memcpy(t->e, old->e, at * sizeof(*e));
		memcpy(&t->e[at + 1], &old->e[at], (nr - at) * sizeof(*e));
	}
	t->e[at] = *e;
	ioeventfd_publish(vm, t);
	return 0;
}

static int ioeventfd_remove(struct vm *vm, const struct ioeventfd *e)
{
	struct ioeventfd_table *old = ioeventfd_table_of(vm), *t = NULL;
	struct eventfd_ctx *event;
	unsigned int at;

	lockdep_assert_held(&vm->irq_lock);
	at = old ? ioeventfd_search(old, e) : 0;
	if (!old || at == old->nr || ioeventfd_compare(&old->e[at], e) ||
	    old->e[at].event != e->event)
		return -ENOENT;
	event = old->e[at].event;
	if (old->nr > 1) {
		t = ioeventfd_table_make(old->nr - 1);
		if (!t)
			return -ENOMEM;
		memcpy(t->e, old->e, at * sizeof(*e));
		memcpy(&t->e[at], &old->e[at + 1], (old->nr - 1 - at) * sizeof(*e));
	}
	ioeventfd_publish(vm, t);
	eventfd_ctx_put(event);
	return 0;
}

int ioeventfd_ioctl(struct vm *vm, const struct kvm_ioeventfd *args)
{
	bool is_remove = args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN;
	struct eventfd_ctx *event;
	struct ioeventfd e;
	int ret;

	ret = ioeventfd_check(args);
	if (ret)
		return ret;
	event = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(event))
		return PTR_ERR(event);
	e = ioeventfd_of(args, event);
	mutex_lock(&vm->irq_lock);
	ret = is_remove ? ioeventfd_remove(vm, &e) : ioeventfd_add(vm, &e);
	mutex_unlock(&vm->irq_lock);
	/* the table keeps what was added */
	if (ret || is_remove)
		eventfd_ctx_put(event);
	return ret;
}

void ioeventfd_vm_init(struct vm *vm)
{
	RCU_INIT_POINTER(vm->ioeventfds, NULL);
}

void ioeventfd_vm_destroy(struct vm *vm)
{
	struct ioeventfd_table *t = rcu_dereference_protected(vm->ioeventfds, true);
	unsigned int i;

	for (i = 0; t && i < t->nr; i++)
		eventfd_ctx_put(t->e[i].event);
	kvfree(t);
	RCU_INIT_POINTER(vm->ioeventfds, NULL);
}
