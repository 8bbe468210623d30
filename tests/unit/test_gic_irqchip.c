// SPDX-License-Identifier: GPL-2.0
/*
 * What GSIs lead to on Arm: pin n is SPI n, and a message goes to an ITS if it says whose it is.
 */
#include <linux/kernel.h>

#include "gmem_env.h"
#include "../../src/arm64/gic/irqchip.c"

static struct arm_vm vm;
static bool ready;
static struct { struct arm_vcpu *vcpu; u32 intid; int level; unsigned int injected, pulsed, listened; } seen;
static struct { u64 address; u32 event, device; unsigned int n; } message;
static void (*listener)(struct arm_vm *vm, u32 intid);
static u32 told;

bool gic_is_initialised(const struct arm_vm *v)
{
	return ready;
}

int gic_inject(struct arm_vm *v, struct arm_vcpu *vcpu, u32 intid, bool level)
{
	assert_ptr_equal(v, &vm);
	seen.vcpu = vcpu;
	seen.intid = intid;
	seen.level = level;
	seen.injected++;
	return 0;
}

int gic_pulse(struct arm_vm *v, u32 intid)
{
	seen.intid = intid;
	seen.pulsed++;
	return 0;
}

void gic_listen(struct arm_vm *v, u32 intid, bool on)
{
	seen.intid = intid;
	seen.level = on;
	seen.listened++;
}

void gic_set_eoi_listener(struct arm_vm *v, void (*fn)(struct arm_vm *vm, u32 intid))
{
	listener = fn;
}

int its_message(struct arm_vm *v, u64 address, u32 event, u32 device)
{
	message.address = address;
	message.event = event;
	message.device = device;
	message.n++;
	return 0;
}

void irqfd_on_eoi(struct vm *v, u32 pin)
{
	assert_ptr_equal(v, &vm.base);
	told = pin;
}

/* Lines, pulses and ends are of the SPI of that number. */
static void pins(void **state)
{
	const struct irqchip_ops *ops;

	(void)state;
	gic_irqchip_init(&vm);
	ops = vm.base.irqchip;
	assert_int_equal(ops->pins, 988);
	assert_null(ops->pin);
	assert_null(ops->other);
	assert_false(ops->ready(&vm.base));
	ready = true;
	assert_true(ops->ready(&vm.base));
	ops->set_line(&vm.base, 5, true);
	assert_null(seen.vcpu);
	assert_int_equal(seen.intid, 37);
	assert_int_equal(seen.level, 1);
	ops->set_line(&vm.base, 987, false);
	assert_int_equal(seen.intid, 1019);
	assert_int_equal(seen.level, 0);
	assert_int_equal(seen.injected, 2);
	ops->pulse(&vm.base, 6);
	assert_int_equal(seen.intid, 38);
	assert_int_equal(seen.pulsed, 1);
	ops->listen(&vm.base, 7, true);
	assert_int_equal(seen.intid, 39);
	assert_int_equal(seen.level, 1);
	ops->listen(&vm.base, 7, false);
	assert_int_equal(seen.level, 0);
	assert_int_equal(seen.listened, 2);
	listener(&vm, 40);
	assert_int_equal(told, 8);
}

/* A message of a device goes on whole; of nobody's it goes nowhere. */
static void messages(void **state)
{
	struct irqchip_message m = { .address = 0x8090040, .data = 5, .device = 0x88, .has_device = true };

	(void)state;
	gic_irqchip_init(&vm);
	assert_true(vm.base.irqchip->message_fits(&vm.base, &m));
	vm.base.irqchip->message(&vm.base, &m);
	assert_int_equal(message.n, 1);
	assert_int_equal(message.address, 0x8090040);
	assert_int_equal(message.event, 5);
	assert_int_equal(message.device, 0x88);
	m.has_device = false;
	assert_true(vm.base.irqchip->message_fits(&vm.base, &m));
	vm.base.irqchip->message(&vm.base, &m);
	assert_int_equal(message.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins), cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
