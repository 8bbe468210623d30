// SPDX-License-Identifier: GPL-2.0
/*
 * The host's virtual and EL1 physical timer interrupts: which they are, by device tree or
 * ACPI, and that they are forwarded to guests.
 */
#include <linux/acpi.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>

#include "irq.h"

/* Of the timer's device-tree node: secure, EL1 physical, virtual, EL2 physical. */
#define IRQ_NODE_PHYS	1
#define IRQ_NODE_VIRT	2

struct timer_irq timer_irqs[TIMER_KINDS];

void irq_release(void)
{
	enum timer_kind kind;

	for (kind = 0; kind < TIMER_KINDS; kind++) {
		struct timer_irq *ti = &timer_irqs[kind];

		if (ti->requested) {
			irq_set_vcpu_affinity(ti->irq, NULL);
			free_percpu_irq(ti->irq, ti->cookie);
		}
		ti->requested = false;
		free_percpu(ti->cookie);
		ti->cookie = NULL;
		ti->irq = 0;
	}
}

static u32 irq_hwintid(unsigned int irq)
{
	struct irq_data *d = irq_get_irq_data(irq);

	while (d && d->parent_data)
		d = d->parent_data;
	return d ? d->hwirq : 0;
}

#ifdef CONFIG_ACPI
/* Linux's number for a timer interrupt, from ACPI's table; 0: none. */
static unsigned int irq_acpi(enum timer_kind kind)
{
	struct acpi_table_header *header;
	struct acpi_table_gtdt *gtdt;
	u32 gsi, flags;
	int irq = 0;

	if (acpi_disabled || ACPI_FAILURE(acpi_get_table(ACPI_SIG_GTDT, 0, &header)))
		return 0;
	gtdt = container_of(header, struct acpi_table_gtdt, header);
	gsi = kind == TIMER_VIRT ? gtdt->virtual_timer_interrupt :
				   gtdt->non_secure_el1_interrupt;
	flags = kind == TIMER_VIRT ? gtdt->virtual_timer_flags :
				     gtdt->non_secure_el1_flags;
	if (gsi)
		irq = acpi_register_gsi(NULL, gsi,
			flags & ACPI_GTDT_INTERRUPT_MODE ? ACPI_EDGE_SENSITIVE :
							   ACPI_LEVEL_SENSITIVE,
			flags & ACPI_GTDT_INTERRUPT_POLARITY ? ACPI_ACTIVE_LOW :
							       ACPI_ACTIVE_HIGH);
	acpi_put_table(header);
	return irq > 0 ? irq : 0;
}
#else
static unsigned int irq_acpi(enum timer_kind kind)
{
	return 0;
}
#endif

static int irq_claim_one(struct device_node *node, enum timer_kind kind,
			 int index, const char *name, irq_handler_t handler)
{
	struct timer_irq *ti = &timer_irqs[kind];
	int ret;

	ti->irq = node ? irq_of_parse_and_map(node, index) : irq_acpi(kind);
	if (!ti->irq) {
		pr_err("tabula: the %s names no %s interrupt\n",
		       node ? "device tree" : "ACPI GTDT", name);
		return -ENODEV;
	}
	ti->hwintid = irq_hwintid(ti->irq);
	ti->trigger = irq_get_trigger_type(ti->irq);
	ti->cookie = __alloc_percpu(sizeof(int), sizeof(int));
	if (!ti->cookie)
		return -ENOMEM;
	ret = request_percpu_irq(ti->irq, handler, name, ti->cookie);
	if (ret) {
		pr_err("tabula: cannot have the %s interrupt (%d)\n", name, ret);
		return ret;
	}
	ti->requested = true;
	/* the host leaves deactivation to the guest from now on */
	ret = irq_set_vcpu_affinity(ti->irq, timer_irqs);
	if (ret)
		pr_err("tabula: the interrupt controller cannot forward the %s interrupt (%d)\n",
		       name, ret);
	return ret;
}

int irq_claim(struct device_node *node, irq_handler_t handler)
{
	int ret = irq_claim_one(node, TIMER_VIRT, IRQ_NODE_VIRT, "tabula-vtimer", handler);

	return ret ? ret : irq_claim_one(node, TIMER_PHYS, IRQ_NODE_PHYS, "tabula-ptimer", handler);
}
