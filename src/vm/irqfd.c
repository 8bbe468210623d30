// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IRQFD: an eventfd that is an interrupt line. Signals inject straight from
 * the eventfd's wait queue, in whatever context they come. KVM API 4.75.
 *
 * Life: whoever sets IRQFD_DEAD first (deassign, the eventfd's last close, the
 * VM's end) queues the shutdown work, and only that work takes the irqfd off the
 * wait queue and the lists, and frees it. Works finish before their VM does.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "irqchip.h"
#include "irqfd.h"
#include "routing.h"
#include "vm.h"

#define IRQFD_FLAGS	(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE)

#define IRQFD_DEAD	0	/* bit of irqfd.state */

/**
 * struct irqfd_resampler - level-triggered irqfds that share a GSI
 * @irqfds: they; changed under vm->irq_lock, read under vm->irq_srcu
 *
 * In vm->irqfd_resamplers by the GSI; likewise.
 */
struct irqfd_resampler {
	struct list_head irqfds;
};

/**
 * struct irqfd - an eventfd that is an interrupt line
 * @vm: whose
 * @node: in vm->irqfds, under vm->irq_lock
 * @event: signals the interrupt
 * @resample: told when the guest is done with it; NULL: an edge, not a level
 * @resampler: with @resample
 * @share: on @resampler->irqfds
 * @gsi: number that is looked up in the routing table at each signal
 * @state: IRQFD_DEAD
 * @wait: on @event's wait queue
 * @pt: how it gets there
 * @shutdown: the end
 */
struct irqfd {
	struct vm *vm;
	struct rb_node node;
	struct eventfd_ctx *event;
	struct eventfd_ctx *resample;
	struct irqfd_resampler *resampler;
	struct list_head share;
	u32 gsi;
	unsigned long state;
	wait_queue_entry_t wait;
	poll_table pt;
	struct work_struct shutdown;
};

static struct workqueue_struct *irqfd_wq;

/* Without resampling nobody lowers the line: one signal is one interrupt, of either kind. */
static void irqfd_fire_at(struct vm *vm, const struct routing_target *t, void *resample)
{
	if (t->pin == ROUTING_MESSAGE)
		vm->irqchip->message(vm, &t->message);
	else if (resample)
		vm->irqchip->set_line(vm, t->pin, true);
	else
		vm->irqchip->pulse(vm, t->pin);
}

static void irqfd_fire(struct irqfd *f)
{
	routing_each(f->vm, f->gsi, irqfd_fire_at, f->resample);
}

/* Who finds an irqfd dead finds its work queued, and so waits for it before the VM goes. */
static DEFINE_RAW_SPINLOCK(irqfd_kill_lock);

static void irqfd_kill(struct irqfd *f)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&irqfd_kill_lock, flags);
	if (!test_and_set_bit(IRQFD_DEAD, &f->state))
		queue_work(irqfd_wq, &f->shutdown);
	raw_spin_unlock_irqrestore(&irqfd_kill_lock, flags);
}

/* The eventfd's wait queue is locked, interrupts are off. */
static int irqfd_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *f = container_of(wait, struct irqfd, wait);
	__poll_t flags = key_to_poll(key);
	int taken = 0;
	u64 count;

	if (flags & EPOLLIN) {
		eventfd_ctx_do_read(f->event, &count);
		irqfd_fire(f);
		taken = 1;
	}
	/* Its last descriptor is closed: nobody can deassign it any more. */
	if (flags & EPOLLHUP)
		irqfd_kill(f);
	return taken;
}

/* First in the queue: who else polls the eventfd does not see what we take. */
static void irqfd_queue(struct file *file, wait_queue_head_t *head, poll_table *pt)
{
	struct irqfd *f = container_of(pt, struct irqfd, pt);

	add_wait_queue_priority(head, &f->wait);
}

/* A VMM may put any number of them on a GSI. */
static bool irqfd_resample(struct vm *vm, u32 gsi)
{
	struct irqfd_resampler *r = xa_load(&vm->irqfd_resamplers, gsi);
	struct irqfd *f;

	if (!r)
		return false;
	list_for_each_entry_srcu(f, &r->irqfds, share, srcu_read_lock_held(&vm->irq_srcu)) {
		eventfd_signal(f->resample);
		cond_resched();
	}
	return false;
}

void irqfd_on_eoi(struct vm *vm, u32 pin)
{
	int idx = srcu_read_lock(&vm->irq_srcu);

	routing_any_gsi(vm, pin, irqfd_resample);
	srcu_read_unlock(&vm->irq_srcu, idx);
}

static bool irqfd_resamples(struct vm *vm, u32 gsi)
{
	return xa_load(&vm->irqfd_resamplers, gsi);
}

/* Have the interrupt controller tell of an interrupt's ends if somebody cares. */
static void irqfd_listen(struct vm *vm, u32 pin)
{
	lockdep_assert_held(&vm->irq_lock);
	vm->irqchip->listen(vm, pin, routing_any_gsi(vm, pin, irqfd_resamples));
}

static void irqfd_listen_at(struct vm *vm, const struct routing_target *t, void *unused)
{
	if (t->pin != ROUTING_MESSAGE)
		irqfd_listen(vm, t->pin);
}

static void irqfd_lower_at(struct vm *vm, const struct routing_target *t, void *unused)
{
	if (t->pin != ROUTING_MESSAGE)
		vm->irqchip->set_line(vm, t->pin, false);
}

void irqfd_routing_changed(struct vm *vm)
{
	u32 pin;

	lockdep_assert_held(&vm->irq_lock);
	if (xa_empty(&vm->irqfd_resamplers))
		return;
	for (pin = 0; pin < vm->irqchip->pins; pin++)
		irqfd_listen(vm, pin);
}

static int irqfd_join_resampler(struct irqfd *f)
{
	struct vm *vm = f->vm;
	struct irqfd_resampler *r = xa_load(&vm->irqfd_resamplers, f->gsi);
	int ret;

	lockdep_assert_held(&vm->irq_lock);
	if (!r) {
		r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
		if (!r)
			return -ENOMEM;
		INIT_LIST_HEAD(&r->irqfds);
		ret = xa_err(xa_store(&vm->irqfd_resamplers, f->gsi, r, GFP_KERNEL_ACCOUNT));
		if (ret) {
			kfree(r);
			return ret;
		}
		routing_each(vm, f->gsi, irqfd_listen_at, NULL);
	}
	f->resampler = r;
	list_add_rcu(&f->share, &r->irqfds);
	return 0;
}

/* Return: the resampler if it is to be freed after readers are gone. */
static struct irqfd_resampler *irqfd_leave_resampler(struct irqfd *f)
{
	struct irqfd_resampler *r = f->resampler;
	struct vm *vm = f->vm;

	lockdep_assert_held(&vm->irq_lock);
	list_del_rcu(&f->share);
	if (!list_empty(&r->irqfds))
		return NULL;
	xa_erase(&vm->irqfd_resamplers, f->gsi);
	routing_each(vm, f->gsi, irqfd_listen_at, NULL);
	routing_each(vm, f->gsi, irqfd_lower_at, NULL);
	return r;
}

static void irqfd_free(struct irqfd *f)
{
	if (f->resample)
		eventfd_ctx_put(f->resample);
	eventfd_ctx_put(f->event);
	kfree(f);
}

static void irqfd_shutdown(struct work_struct *work)
{
	struct irqfd *f = container_of(work, struct irqfd, shutdown);
	struct irqfd_resampler *unused = NULL;
	struct vm *vm = f->vm;
	u64 count;

	eventfd_ctx_remove_wait_queue(f->event, &f->wait, &count);

	mutex_lock(&vm->irq_lock);
	rb_erase(&f->node, &vm->irqfds);
	if (f->resampler)
		unused = irqfd_leave_resampler(f);
	mutex_unlock(&vm->irq_lock);

	if (f->resampler)
		synchronize_srcu(&vm->irq_srcu);
	kfree(unused);
	irqfd_free(f);
}

/* The irqfd of an eventfd, or NULL and @at where it would be. A VMM may have as many as descriptors. */
static struct irqfd *irqfd_find(struct vm *vm, const struct eventfd_ctx *event,
				struct rb_node ***at, struct rb_node **parent)
{
	struct irqfd *f;

	lockdep_assert_held(&vm->irq_lock);
	*parent = NULL;
	*at = &vm->irqfds.rb_node;
	while (**at) {
		*parent = **at;
		f = rb_entry(*parent, struct irqfd, node);
		if (f->event == event)
			return f;
		*at = event < f->event ? &(*parent)->rb_left : &(*parent)->rb_right;
	}
	return NULL;
}

/* Make it live. @file holds the eventfd open, so its end cannot come meanwhile. */
static int irqfd_attach(struct irqfd *f, struct file *file)
{
	struct rb_node **at, *parent;
	struct vm *vm = f->vm;
	__poll_t events;
	int ret = 0;

	mutex_lock(&vm->irq_lock);
	if (irqfd_find(vm, f->event, &at, &parent))
		ret = -EBUSY;
	else if (f->resample)
		ret = irqfd_join_resampler(f);
	if (!ret) {
		rb_link_node(&f->node, parent, at);
		rb_insert_color(&f->node, &vm->irqfds);
		events = vfs_poll(file, &f->pt);
		if (events & EPOLLIN)		/* signalled before we came */
			irqfd_fire(f);
	}
	mutex_unlock(&vm->irq_lock);
	return ret;
}

static struct irqfd *irqfd_make(struct vm *vm, const struct kvm_irqfd *args, struct file *file)
{
	struct irqfd *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	struct eventfd_ctx *resample;

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->vm = vm;
	f->gsi = args->gsi;
	INIT_WORK(&f->shutdown, irqfd_shutdown);
	init_waitqueue_func_entry(&f->wait, irqfd_wake);
	init_poll_funcptr(&f->pt, irqfd_queue);
	if (args->flags & KVM_IRQFD_FLAG_RESAMPLE) {
		resample = eventfd_ctx_fdget(args->resamplefd);
		if (IS_ERR(resample)) {
			kfree(f);
			return ERR_CAST(resample);
		}
		f->resample = resample;
	}
	f->event = eventfd_ctx_fileget(file);
	return f;
}

static int irqfd_assign(struct vm *vm, const struct kvm_irqfd *args)
{
	struct irqfd *f;
	struct file *file;
	int ret;

	if (!vm->irqchip || ((args->flags & KVM_IRQFD_FLAG_RESAMPLE) && !vm->irqchip->listen))
		return -EINVAL;
	if (!vm->irqchip->ready(vm))
		return -EAGAIN;
	file = eventfd_fget(args->fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	f = irqfd_make(vm, args, file);
	if (IS_ERR(f)) {
		ret = PTR_ERR(f);
	} else {
		ret = irqfd_attach(f, file);
		if (ret)
			irqfd_free(f);
	}
	fput(file);
	return ret;
}

static int irqfd_deassign(struct vm *vm, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *event = eventfd_ctx_fdget(args->fd);
	struct rb_node **at, *parent;
	struct irqfd *f;

	if (IS_ERR(event))
		return PTR_ERR(event);
	mutex_lock(&vm->irq_lock);
	f = irqfd_find(vm, event, &at, &parent);
	if (f && f->gsi == args->gsi)
		irqfd_kill(f);
	mutex_unlock(&vm->irq_lock);
	eventfd_ctx_put(event);

	/* When this returns, the eventfd injects no more. */
	flush_workqueue(irqfd_wq);
	return 0;
}

int irqfd_ioctl(struct vm *vm, const struct kvm_irqfd *args)
{
	if (args->flags & ~IRQFD_FLAGS)
		return -EINVAL;
	if (args->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return irqfd_deassign(vm, args);
	return irqfd_assign(vm, args);
}

void irqfd_vm_init(struct vm *vm)
{
	vm->irqfds = RB_ROOT;
	xa_init_flags(&vm->irqfd_resamplers, XA_FLAGS_ACCOUNT);
}

void irqfd_vm_release(struct vm *vm)
{
	struct rb_node *node;

	mutex_lock(&vm->irq_lock);
	for (node = rb_first(&vm->irqfds); node; node = rb_next(node))
		irqfd_kill(rb_entry(node, struct irqfd, node));
	mutex_unlock(&vm->irq_lock);
	flush_workqueue(irqfd_wq);
}

void irqfd_vm_destroy(struct vm *vm)
{
	irqfd_vm_release(vm);
	xa_destroy(&vm->irqfd_resamplers);
}

int irqfd_module_init(void)
{
	irqfd_wq = alloc_workqueue("tabula-irqfd", WQ_UNBOUND, 0);
	return irqfd_wq ? 0 : -ENOMEM;
}

void irqfd_module_exit(void)
{
	destroy_workqueue(irqfd_wq);
}
