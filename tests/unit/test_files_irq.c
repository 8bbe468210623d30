// SPDX-License-Identifier: GPL-2.0
/*
 * GSIs: where KVM_SET_GSI_ROUTING leads them, and the eventfds that raise them and hear of their ends (KVM_IRQFD).
 * KVM API, 4.52 and 4.75.
 */
#include "file_env.h"

#include <linux/slab.h>

#include "../../src/vm/irqfd.h"
#include "../../src/vm/routing.h"

static int vm;

static int open_vm(void **state)
{
	env_open(state);
	vm = env_dev_ioctl(KVM_CREATE_VM, 0);
	return vm < 0;
}

#define ENTRIES	8

struct table {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry e[ENTRIES];
};

static struct kvm_irq_routing_entry pin(u32 gsi, u32 n)
{
	return (struct kvm_irq_routing_entry) {
		.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, n },
	};
}

static struct kvm_irq_routing_entry message(u32 gsi, u32 data)
{
	return (struct kvm_irq_routing_entry) {
		.gsi = gsi, .type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = 0xfee01000, .address_hi = 0x123456, .data = data },
	};
}

static long set(struct table *t, unsigned int n)
{
	t->head.nr = n;
	return env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(t));
}

static u32 led[16];
static unsigned int nr_led;

static void note(struct vm *v, const struct routing_target *t, void *data)
{
	assert_ptr_equal(v, env_vm(vm));
	assert_ptr_equal(data, led);
	led[nr_led++] = t->pin == ROUTING_MESSAGE ? 0x10000 | t->message.data : t->pin;
}

static unsigned int leads(u32 gsi)
{
	bool any;

	nr_led = 0;
	any = routing_each(env_vm(vm), gsi, note, led);
	assert_int_equal(any, nr_led > 0);
	return nr_led;
}

static bool leads_to(u32 gsi, u32 where)
{
	return leads(gsi) == 1 && led[0] == where;
}

static u32 asked[32];
static unsigned int nr_asked, yes_at;

static bool ask(struct vm *v, u32 gsi)
{
	(void)v;
	asked[nr_asked++] = gsi;
	return nr_asked == yes_at;
}

static bool ask_message(struct vm *v, const struct routing_target *t, void *data)
{
	assert_ptr_equal(data, asked);
	return ask(v, t->gsi);
}

/* Until the VMM says otherwise GSI n is pin n, as many as there are. */
static void without_a_table(void **state)
{
	(void)state;
	assert_true(leads_to(0, 0));
	assert_true(leads_to(ENV_PINS - 1, ENV_PINS - 1));
	assert_int_equal(leads(ENV_PINS), 0);
	assert_int_equal(leads(~0U), 0);
	nr_asked = 0;
	yes_at = 1;
	assert_true(routing_any_gsi(env_vm(vm), 5, ask));
	assert_int_equal(asked[0], 5);
	assert_false(routing_any_gsi(env_vm(vm), ENV_PINS, ask));
	assert_int_equal(nr_asked, 1);
	assert_false(routing_any_message(env_vm(vm), ~0U, ask_message, asked));
}

/* A table is all there is: its GSIs lead where it says, others nowhere; back by pin, and by message, too. */
static void with_a_table(void **state)
{
	struct table t = { .e = {
		pin(4095, 7), pin(3, 99), message(10, 0x1234), pin(0, 7), message(11, 5), pin(12, 7),
	} };

	(void)state;
	assert_int_equal(set(&t, 6), 0);
	assert_true(leads_to(4095, 7));
	assert_true(leads_to(3, 99));
	assert_true(leads_to(10, 0x11234));
	assert_true(leads_to(0, 7));
	assert_true(leads_to(11, 0x10005));
	assert_true(leads_to(12, 7));
	assert_int_equal(leads(1) + leads(4) + leads(7) + leads(4094) + leads(4096), 0);

	nr_asked = 0;
	yes_at = 0;
	assert_false(routing_any_gsi(env_vm(vm), 7, ask));
	assert_int_equal(nr_asked, 3);
	assert_int_equal(asked[0] + asked[1] + asked[2], 4095 + 12);
	nr_asked = 0;
	yes_at = 2;
	assert_true(routing_any_gsi(env_vm(vm), 7, ask));
	assert_int_equal(nr_asked, 2);
	assert_false(routing_any_gsi(env_vm(vm), 8, ask));
	assert_int_equal(nr_asked, 2);

	nr_asked = 0;
	yes_at = 0;
	assert_false(routing_any_message(env_vm(vm), 11, ask_message, asked));
	assert_int_equal(nr_asked, 1);
	assert_int_equal(asked[0], 10);
	assert_false(routing_any_message(env_vm(vm), 12, ask_message, asked));
	assert_int_equal(nr_asked, 3);
	yes_at = 4;
	assert_true(routing_any_message(env_vm(vm), 12, ask_message, asked));
	assert_int_equal(nr_asked, 4);

	/* an empty one leads nowhere, which is not the same as none */
	assert_int_equal(set(&t, 0), 0);
	assert_int_equal(leads(0) + leads(3), 0);
	assert_false(routing_any_gsi(env_vm(vm), 7, ask));
}

static int chip_pin(const struct vm *v, u32 chip, u32 n)
{
	(void)v;
	return chip > 1 ? -EINVAL : chip * 10 + n;
}

/* What cannot be is refused, and the table from before stays. */
static void bad_tables(void **state)
{
	static struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[ROUTING_MAX + 1];
	} big;
	struct table bad[] = {
		{ .e = { pin(4096, 0) } },
		{ .e = { pin(0, ENV_PINS) } },
		{ .e = { pin(0, ~0U) } },
		{ .e = { { .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 1, 0 } } } },
		{ .e = { { .type = KVM_IRQ_ROUTING_IRQCHIP, .flags = 1 } } },
		{ .e = { { .type = KVM_IRQ_ROUTING_S390_ADAPTER } } },
		{ .e = { message(0, 0x10000) } },
		{ .head.flags = 1, .e = { pin(0, 0) } },
	};
	struct table twice[] = {
		{ .e = { pin(1, 0), pin(1, 1) } }, { .e = { pin(1, 0), message(1, 1) } },
		{ .e = { message(1, 1), pin(1, 0) } }, { .e = { message(1, 1), message(1, 2) } },
	};
	struct table good = { .e = { pin(1, 2) } };
	unsigned int i;

	(void)state;
	assert_int_equal(set(&good, 1), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(set(&bad[i], 1), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(twice); i++)
		assert_int_equal(set(&twice[i], 2), -EINVAL);
	env_chip.message = NULL;
	good.e[0] = message(0, 1);
	assert_int_equal(set(&good, 1), -EINVAL);
	env_vm(vm)->irqchip = NULL;
	good.e[0] = pin(0, 0);
	assert_int_equal(set(&good, 1), -EINVAL);
	env_vm(vm)->irqchip = &env_chip;
	assert_true(leads_to(1, 2));

	for (i = 0; i < ROUTING_MAX; i++)
		big.e[i] = pin(i, i % ENV_PINS);
	big.head.nr = ROUTING_MAX + 1;
	assert_int_equal(env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(&big)), -EINVAL);
	big.head.nr = ~0U;
	assert_int_equal(env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(&big)), -EINVAL);
	shim_user_hole(env_arg(&big.e[ROUTING_MAX - 1]), 1);
	big.head.nr = ROUTING_MAX;
	assert_int_equal(env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(&big)), -EFAULT);
	assert_true(leads_to(1, 2));
	shim_user_hole(0, 0);
	/* one more than there may be, though it could be had */
	env_chip.pin = chip_pin;
	big.e[ROUTING_MAX] = pin(0, 1);
	big.e[ROUTING_MAX].u.irqchip.irqchip = 1;
	big.head.nr = ROUTING_MAX + 1;
	assert_int_equal(env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(&big)), -EINVAL);
	env_chip.pin = NULL;
	big.head.nr = ROUTING_MAX;
	assert_int_equal(each_alloc(env_ioctl(vm, KVM_SET_GSI_ROUTING, env_arg(&big)), -ENOMEM), 2);
	for (i = 0; i < ROUTING_MAX; i++)
		assert_true(leads_to(i, i % ENV_PINS));
}

/* With several chips a GSI may lead to a pin of each, in their order. */
static void several_chips(void **state)
{
	struct table t = { .e = { pin(5, 2), pin(5, 3) } };

	(void)state;
	env_chip.pin = chip_pin;
	t.e[0].u.irqchip.irqchip = 1;
	assert_int_equal(set(&t, 2), 0);
	assert_int_equal(leads(5), 2);
	assert_int_equal(led[0], 3);
	assert_int_equal(led[1], 12);
	t.e[1].u.irqchip.irqchip = 2;
	assert_int_equal(set(&t, 2), -EINVAL);
	t.e[1] = message(5, 1);		/* nor a pin of the second chip and a message */
	assert_int_equal(set(&t, 2), -EINVAL);
	t.e[1] = pin(5, 3);
	t.e[1].u.irqchip.irqchip = 1;
	assert_int_equal(set(&t, 2), -EINVAL);
}

static int other_kind(struct vm *v, const struct kvm_irq_routing_entry *e, struct irqchip_message *m)
{
	assert_ptr_equal(v, env_vm(vm));
	if (e->type != KVM_IRQ_ROUTING_XEN_EVTCHN)
		return -EINVAL;
	m->data = 0x77;
	return 0;
}

/* Entries of an architecture's own kind are messages of its; other kinds and flags are refused. */
static void other_kinds(void **state)
{
	struct table t = { .e = { { .gsi = 6, .type = KVM_IRQ_ROUTING_XEN_EVTCHN }, pin(3, 0) } };

	(void)state;
	env_chip.other = other_kind;
	assert_int_equal(set(&t, 2), 0);
	assert_true(leads_to(6, 0x10077) && leads_to(3, 0));
	nr_asked = yes_at = 0;
	assert_false(routing_any_message(env_vm(vm), ROUTING_MAX, ask_message, asked));
	assert_true(nr_asked == 1 && asked[0] == 6);
	t.e[0].flags = 1;
	assert_int_equal(set(&t, 2), -EINVAL);
	t.e[0].flags = 0;
	t.e[0].type = 99;
	assert_int_equal(set(&t, 2), -EINVAL);
	t.e[0] = message(6, 1);
	t.e[0].flags = KVM_MSI_VALID_DEVID;
	assert_int_equal(set(&t, 2), 0);
	t.e[0].flags = KVM_MSI_VALID_DEVID << 1;
	assert_int_equal(set(&t, 2), -EINVAL);
}

static unsigned int had;

static void both_there(void)
{
	/* the VMM's copy, the new one, and the old one */
	assert_int_equal(shim_allocs(), had + 2);
}

/* The old table is there until nobody reads it any more. */
static void readers(void **state)
{
	struct table t = { .e = { pin(3, 0) } };
	unsigned long syncs = env_vm(vm)->irq_srcu.shim.syncs;

	(void)state;
	assert_int_equal(set(&t, 1), 0);
	had = shim_allocs();
	shim_on_synchronize = both_there;
	assert_int_equal(set(&t, 1), 0);
	shim_on_synchronize = NULL;
	assert_int_equal(shim_allocs(), had);
	assert_int_equal(env_vm(vm)->irq_srcu.shim.syncs, syncs + 2);
}

static int event_fd;

static long irqfd(int fd, u32 gsi, u32 flags, int resample)
{
	struct kvm_irqfd args = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return env_ioctl(vm, KVM_IRQFD, env_arg(&args));
}

static long assign(int fd, u32 gsi)
{
	return irqfd(fd, gsi, 0, -1);
}

static long deassign(int fd, u32 gsi)
{
	return irqfd(fd, gsi, KVM_IRQFD_FLAG_DEASSIGN, -1);
}

/* Each signal is a pulse of where its GSI leads at that moment; after a deassign none is. */
static void edges(void **state)
{
	struct table t = { .e = { pin(7, 3), message(8, 77) } };
	int other;

	(void)state;
	event_fd = env_eventfd();
	other = env_eventfd();
	assert_int_equal(assign(event_fd, 7), 0);
	assert_int_equal(assign(other, 7), 0);
	assert_int_equal(assign(event_fd, 8), -EBUSY);
	env_ring(event_fd);
	assert_int_equal(env_lines[7].pulses, 1);
	assert_int_equal(env_count(event_fd), 0);	/* taken */
	env_ring(other);
	assert_int_equal(env_lines[7].pulses, 2);
	assert_int_equal(set(&t, 2), 0);
	env_ring(event_fd);
	assert_int_equal(env_lines[3].pulses, 1);
	assert_int_equal(env_lines[7].pulses + env_lines[7].raised + env_lines[3].raised, 2);
	/* of another GSI: it stays */
	assert_int_equal(deassign(event_fd, 8), 0);
	env_ring(event_fd);
	assert_int_equal(env_lines[3].pulses, 2);
	assert_int_equal(deassign(event_fd, 7), 0);
	assert_int_equal(env_watched(event_fd), 0);
	env_ring(event_fd);
	assert_int_equal(env_lines[3].pulses, 2);
	assert_int_equal(env_count(event_fd), 1);
	env_ring(other);
	assert_int_equal(env_lines[3].pulses, 3);
	/* and it can be had again, for a message, signalled as it is already */
	env_ring(event_fd);
	assert_int_equal(assign(event_fd, 8), 0);
	assert_int_equal(env_messages, 1);
	assert_int_equal(env_message, 0xfee01000 | 77ULL << 32);
	env_ring(event_fd);
	assert_int_equal(env_messages, 2);
	/* a GSI that leads nowhere does nothing */
	assert_int_equal(set(&t, 0), 0);
	env_ring(event_fd);
	assert_int_equal(env_messages, 2);
}

static void irqfd_errors(void **state)
{
	(void)state;
	event_fd = env_eventfd();
	assert_int_equal(irqfd(event_fd, 1, 4, -1), -EINVAL);
	assert_int_equal(assign(55, 1), -EBADF);
	assert_int_equal(assign(vm, 1), -EINVAL);
	assert_int_equal(deassign(55, 1), -EBADF);
	assert_int_equal(deassign(vm, 1), -EINVAL);
	assert_int_equal(deassign(event_fd, 1), 0);
	assert_int_equal(irqfd(event_fd, 1, KVM_IRQFD_FLAG_RESAMPLE, 55), -EBADF);
	assert_int_equal(irqfd(event_fd, 1, KVM_IRQFD_FLAG_RESAMPLE, vm), -EINVAL);
	env_chip_ready = false;
	assert_int_equal(assign(event_fd, 1), -EAGAIN);
	env_chip_ready = true;
	env_chip.listen = NULL;
	assert_int_equal(irqfd(event_fd, 1, KVM_IRQFD_FLAG_RESAMPLE, event_fd), -EINVAL);
	assert_int_equal(assign(event_fd, 1), 0);
	env_vm(vm)->irqchip = NULL;
	assert_int_equal(assign(event_fd, 1), -EINVAL);
	env_vm(vm)->irqchip = &env_chip;
}

static int level_fd, again_fd;

static int assign_level(u32 gsi)
{
	return irqfd(level_fd, gsi, KVM_IRQFD_FLAG_RESAMPLE, again_fd);
}

/* A level is raised by a signal and not lowered by the irqfd; its end is told to each that shares the GSI, once. */
static void levels(void **state)
{
	struct table t = { .e = { pin(7, 3), pin(9, 3), pin(20, 4) } };
	int other, other_again;

	(void)state;
	level_fd = env_eventfd();
	again_fd = env_eventfd();
	other = env_eventfd();
	other_again = env_eventfd();
	assert_int_equal(assign_level(7), 0);
	assert_true(env_lines[7].listened);
	assert_int_equal(irqfd(other, 7, KVM_IRQFD_FLAG_RESAMPLE, other_again), 0);
	env_ring(level_fd);
	assert_true(env_lines[7].level);
	assert_int_equal(env_lines[7].pulses, 0);
	irqfd_on_eoi(env_vm(vm), 7);
	assert_int_equal(env_count(again_fd), 1);
	assert_int_equal(env_count(other_again), 1);
	irqfd_on_eoi(env_vm(vm), 8);
	irqfd_on_eoi(env_vm(vm), ~0U);
	assert_int_equal(env_count(again_fd), 0);

	/* routed anew: another pin is listened to, the old one no longer */
	assert_int_equal(set(&t, 3), 0);
	assert_true(env_lines[3].listened);
	assert_false(env_lines[7].listened);
	assert_false(env_lines[4].listened);
	irqfd_on_eoi(env_vm(vm), 3);
	assert_int_equal(env_count(again_fd), 1);
	assert_int_equal(env_count(other_again), 1);
	irqfd_on_eoi(env_vm(vm), 7);
	assert_int_equal(env_count(again_fd), 0);

	/* the last one of a GSI takes the line down with it */
	env_ring(level_fd);
	assert_true(env_lines[3].level);
	assert_int_equal(deassign(level_fd, 7), 0);
	assert_true(env_lines[3].level);
	assert_true(env_lines[3].listened);
	irqfd_on_eoi(env_vm(vm), 3);
	assert_int_equal(env_count(again_fd), 0);
	assert_int_equal(env_count(other_again), 1);
	assert_int_equal(deassign(other, 7), 0);
	assert_false(env_lines[3].level);
	assert_false(env_lines[3].listened);
	irqfd_on_eoi(env_vm(vm), 3);
	assert_int_equal(env_count(other_again), 0);
}

/* Of two GSIs of one pin both are told of its end; the pin is listened to until the last of either goes. */
static void shared_pin(void **state)
{
	struct table t = { .e = { pin(7, 3), pin(9, 3), message(11, 5) } };
	int other, other_again, third, third_again;

	(void)state;
	level_fd = env_eventfd();
	again_fd = env_eventfd();
	other = env_eventfd();
	other_again = env_eventfd();
	third = env_eventfd();
	third_again = env_eventfd();
	assert_int_equal(set(&t, 3), 0);
	assert_int_equal(assign_level(7), 0);
	assert_int_equal(irqfd(other, 9, KVM_IRQFD_FLAG_RESAMPLE, other_again), 0);
	/* of a message there is no pin to listen to */
	assert_int_equal(irqfd(third, 11, KVM_IRQFD_FLAG_RESAMPLE, third_again), 0);
	env_ring(third);
	assert_int_equal(env_messages, 1);
	irqfd_on_eoi(env_vm(vm), 3);
	assert_int_equal(env_count(again_fd), 1);
	assert_int_equal(env_count(other_again), 1);
	assert_int_equal(env_count(third_again), 0);
	assert_int_equal(deassign(level_fd, 7), 0);
	assert_true(env_lines[3].listened);
	irqfd_on_eoi(env_vm(vm), 3);
	assert_int_equal(env_count(again_fd), 0);
	assert_int_equal(env_count(other_again), 1);
	assert_int_equal(deassign(other, 9), 0);
	assert_false(env_lines[3].listened);
	assert_int_equal(deassign(third, 11), 0);
	assert_int_equal(env_watched(third), 0);
	/* signalled before it was given: the line is raised at once */
	env_ring(level_fd);
	assert_int_equal(assign_level(9), 0);
	assert_true(env_lines[3].level);
	assert_int_equal(env_lines[3].pulses, 0);
}

/* Each allocation of an assignment fails once: nothing is kept, nobody listens, and the eventfd is free. */
static void irqfd_without_memory(void **state)
{
	(void)state;
	event_fd = env_eventfd();
	level_fd = env_eventfd();
	again_fd = env_eventfd();
	assert_int_equal(each_alloc(assign(event_fd, 7), -ENOMEM), 1);
	assert_int_equal(each_alloc(assign_level(7), -ENOMEM), 3);
	assert_int_equal(env_watched(level_fd), 1);
	assert_true(env_lines[7].listened);
	assert_int_equal(deassign(level_fd, 7), 0);
	assert_false(env_lines[7].listened);
}

/* Many irqfds, deassigned in another order: each is found, and its own. */
static void many(void **state)
{
	static const unsigned int order[] = { 5, 0, 19, 11, 12, 3, 4, 18, 1, 7, 2, 6, 8, 17, 9, 16, 10, 15, 13, 14 };
	int fds[ARRAY_SIZE(order)];
	unsigned int i, j, back;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(order); i++)
		fds[i] = env_eventfd();
	for (i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(assign(fds[order[i]], order[i]), 0);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		memset(env_lines, 0, sizeof(env_lines));
		for (j = 0; j < ARRAY_SIZE(order); j++)
			env_ring(fds[j]);
		for (j = 0; j < ARRAY_SIZE(order); j++)
			assert_int_equal(env_lines[order[j]].pulses, j >= i);
		/* another goes and comes back, so that the tree takes other shapes */
		back = order[i + (ARRAY_SIZE(order) - i) / 2];
		assert_int_equal(deassign(fds[back], back), 0);
		assert_int_equal(assign(fds[back], back), 0);
		assert_int_equal(deassign(fds[order[i]], order[i]), 0);
		assert_int_equal(env_watched(fds[order[i]]), 0);
	}
}

/* The eventfd's last close, or the VM's, is the irqfd's end, whichever comes first. */
static void ends(void **state)
{
	(void)state;
	event_fd = env_eventfd();
	level_fd = env_eventfd();
	again_fd = env_eventfd();
	assert_int_equal(assign(event_fd, 7), 0);
	assert_int_equal(assign_level(8), 0);
	env_close(event_fd);
	/* its eventfd is gone; the work that ends it runs by the next flush at the latest */
	event_fd = env_eventfd();
	assert_int_equal(assign(event_fd, 7), 0);
	assert_int_equal(deassign(event_fd, 7), 0);
	env_ring(level_fd);
	assert_true(env_lines[8].level);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 0) >= 0, 1);
	env_close(vm);
	/* the vCPU holds the VM, but nothing is injected any more */
	assert_int_equal(env_calls.vm_destroy, 0);
	assert_int_equal(env_watched(level_fd), 0);
	assert_false(env_lines[8].level);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_vm, env_close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_a_table), T(with_a_table), T(bad_tables), T(several_chips), T(other_kinds), T(readers), T(edges), T(irqfd_errors),
		T(levels), T(shared_pin), T(irqfd_without_memory), T(many), T(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
