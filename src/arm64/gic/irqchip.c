// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC as GSIs see it: pin n is SPI 32 + n, and messages are an ITS's.
 */
#include "../../vm/irqchip.h"
#include "../../vm/irqfd.h"
#include "../vm.h"
#include "gic.h"

#define IRQCHIP_PINS	(GIC_MAX_SPI + 1 - GIC_NR_PRIVATE)

static bool irqchip_ready(const struct vm *vm)
{
	return gic_is_initialised(container_of_const(vm, struct arm_vm, base));
}

static void irqchip_set_line(struct vm *vm, u32 pin, bool level)
{
	gic_inject(to_arm_vm(vm), NULL, GIC_NR_PRIVATE + pin, level);
}

static void irqchip_pulse(struct vm *vm, u32 pin)
{
	gic_pulse(to_arm_vm(vm), GIC_NR_PRIVATE + pin);
}

static void irqchip_listen(struct vm *vm, u32 pin, bool on)
{
	gic_listen(to_arm_vm(vm), GIC_NR_PRIVATE + pin, on);
}

static void irqchip_on_eoi(struct arm_vm *vm, u32 intid)
{
	irqfd_on_eoi(&vm->base, intid - GIC_NR_PRIVATE);
}

/* A device that is not known has no LPIs. */
static void irqchip_message(struct vm *vm, const struct irqchip_message *m)
{
	if (m->has_device)
		its_message(to_arm_vm(vm), m->address, m->data, m->device);
}

/* Whether somebody listens there shows when it is sent. */
static bool irqchip_message_fits(const struct vm *vm, const struct irqchip_message *m)
{
	return true;
}

static const struct irqchip_ops irqchip_ops = {
	.pins = IRQCHIP_PINS,
	.ready = irqchip_ready,
	.set_line = irqchip_set_line,
	.pulse = irqchip_pulse,
	.listen = irqchip_listen,
	.message_fits = irqchip_message_fits,
	.message = irqchip_message,
};

void gic_irqchip_init(struct arm_vm *vm)
{
	vm->base.irqchip = &irqchip_ops;
	gic_set_eoi_listener(vm, irqchip_on_eoi);
}
