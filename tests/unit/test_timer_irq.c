// SPDX-License-Identifier: GPL-2.0
/*
 * The host's two timer interrupts: which they are, that guests get them forwarded, and that all is given back.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/percpu.h>
#include <linux/slab.h>

#define __alloc_percpu(size, align)	kzalloc(size, 0)
#define free_percpu(p)			kfree(p)

#include "../../src/arm64/timer/irq.c"

#define NODE	((struct device_node *)1)

/* By the timer's node: secure, EL1 physical, virtual, EL2 physical. */
static unsigned int of_irqs[4];
/* Behind Linux's number stands the GIC's, some controllers further. */
static struct irq_data gic_data, middle;
static struct {
	irq_handler_t handler;
	void *cookie;
	void *forwarded;
	unsigned int frees;
} irqs[64];
static unsigned int fail_request, fail_forward;	/* the interrupt that fails */
static struct acpi_table_gtdt gtdt;
static unsigned int acpi_ret, tables;
static int gsi_ret;
static struct { u32 gsi; int trigger, polarity; } gsi;

bool acpi_disabled;

unsigned int irq_of_parse_and_map(struct device_node *node, int index)
{
	assert_ptr_equal(node, NODE);
	return of_irqs[index];
}

struct irq_data *irq_get_irq_data(unsigned int irq)
{
	return irq == of_irqs[2] ? &middle : irq == of_irqs[1] ? &gic_data : NULL;
}

u32 irq_get_trigger_type(unsigned int irq)
{
	return irq % 8;
}

int request_percpu_irq(unsigned int irq, irq_handler_t handler, const char *name, void *cookie)
{
	if (irq == fail_request)
		return -EBUSY;
	irqs[irq].handler = handler;
	irqs[irq].cookie = cookie;
	return 0;
}

void free_percpu_irq(unsigned int irq, void *cookie)
{
	assert_ptr_equal(irqs[irq].cookie, cookie);
	assert_null(irqs[irq].forwarded);
	irqs[irq].handler = NULL;
	irqs[irq].frees++;
}

int irq_set_vcpu_affinity(unsigned int irq, void *info)
{
	if (irq == fail_forward)
		return info ? -ENOSYS : 0;
	assert_non_null(irqs[irq].handler);
	irqs[irq].forwarded = info;
	return 0;
}

unsigned int acpi_get_table(const char *signature, u32 instance, struct acpi_table_header **out)
{
	assert_string_equal(signature, "GTDT");
	assert_int_equal(instance, 0);
	*out = &gtdt.header;
	tables += !acpi_ret;
	return acpi_ret;
}

void acpi_put_table(struct acpi_table_header *table)
{
	assert_ptr_equal(table, &gtdt.header);
	tables--;
}

int acpi_register_gsi(void *dev, u32 number, int trigger, int polarity)
{
	gsi.gsi = number;
	gsi.trigger = trigger;
	gsi.polarity = polarity;
	return gsi_ret ? gsi_ret : (int)number + 10;
}

static irqreturn_t handler(int irq, void *cookie)
{
	return IRQ_HANDLED;
}

static int setup(void **state)
{
	(void)state;
	memset(irqs, 0, sizeof(irqs));
	memset(timer_irqs, 0, sizeof(timer_irqs));
	of_irqs[0] = 40;
	of_irqs[1] = 41;
	of_irqs[2] = 42;
	of_irqs[3] = 43;
	gic_data = (struct irq_data) { .hwirq = 30 };
	middle = (struct irq_data) { .hwirq = 99, .parent_data = &gic_data };
	gtdt = (struct acpi_table_gtdt) { .non_secure_el1_interrupt = 30, .virtual_timer_interrupt = 27 };
	fail_request = fail_forward = acpi_ret = 0;
	gsi_ret = 0;
	acpi_disabled = false;
	return 0;
}

/* All is given back, once, whatever was got. */
static int teardown(void **state)
{
	unsigned int i;

	(void)state;
	irq_release();
	irq_release();
	for (i = 0; i < ARRAY_SIZE(irqs); i++) {
		assert_null(irqs[i].handler);
		assert_null(irqs[i].forwarded);
		assert_true(irqs[i].frees <= 1);
	}
	assert_int_equal(shim_allocs(), 0);
	assert_int_equal(tables, 0);
	assert_int_equal(timer_irqs[0].irq + timer_irqs[1].irq, 0);
	return 0;
}

/* Of the device tree's four the second and the third, each with the GIC's own number. */
static void of_tree(void **state)
{
	(void)state;
	assert_int_equal(irq_claim(NODE, handler), 0);
	assert_int_equal(timer_irqs[TIMER_PHYS].irq, 41);
	assert_int_equal(timer_irqs[TIMER_VIRT].irq, 42);
	assert_int_equal(timer_irqs[TIMER_PHYS].hwintid, 30);
	assert_int_equal(timer_irqs[TIMER_VIRT].hwintid, 30);
	assert_int_equal(timer_irqs[TIMER_PHYS].trigger, 1);
	assert_int_equal(timer_irqs[TIMER_VIRT].trigger, 2);
	assert_ptr_equal(irqs[41].handler, handler);
	assert_ptr_equal(irqs[42].handler, handler);
	assert_true(irqs[41].forwarded && irqs[42].forwarded);
	assert_true(irqs[41].cookie && irqs[42].cookie && irqs[41].cookie != irqs[42].cookie);
}

/* ACPI's table names both, with how they are wired. */
static void acpi(void **state)
{
	(void)state;
	gtdt.non_secure_el1_flags = ACPI_GTDT_INTERRUPT_POLARITY;
	gtdt.virtual_timer_flags = ACPI_GTDT_INTERRUPT_MODE;
	assert_int_equal(irq_acpi(TIMER_VIRT), 37);
	assert_int_equal(gsi.gsi, 27);
	assert_int_equal(gsi.trigger, ACPI_EDGE_SENSITIVE);
	assert_int_equal(gsi.polarity, ACPI_ACTIVE_HIGH);
	assert_int_equal(irq_acpi(TIMER_PHYS), 40);
	assert_int_equal(gsi.gsi, 30);
	assert_int_equal(gsi.trigger, ACPI_LEVEL_SENSITIVE);
	assert_int_equal(gsi.polarity, ACPI_ACTIVE_LOW);
	assert_int_equal(irq_claim(NULL, handler), 0);
	assert_int_equal(timer_irqs[TIMER_VIRT].irq, 37);
	assert_int_equal(timer_irqs[TIMER_PHYS].irq, 40);
	assert_int_equal(timer_irqs[TIMER_PHYS].hwintid, 0);	/* nothing stands behind it */
}

/* Without a table, or one that is empty, or an interrupt that cannot be had, there is none. */
static void acpi_fails(void **state)
{
	(void)state;
	gsi_ret = -EINVAL;
	assert_int_equal(irq_claim(NULL, handler), -ENODEV);
	gsi_ret = 0;
	gtdt.virtual_timer_interrupt = 0;
	assert_int_equal(irq_claim(NULL, handler), -ENODEV);
	gtdt.virtual_timer_interrupt = 27;
	acpi_ret = 1;
	assert_int_equal(irq_claim(NULL, handler), -ENODEV);
	acpi_ret = 0;
	acpi_disabled = true;
	assert_int_equal(irq_claim(NULL, handler), -ENODEV);
}

/* Each step that fails says why, and what there was till then is given back. */
static void steps_fail(void **state)
{
	(void)state;
	of_irqs[1] = 0;
	assert_int_equal(irq_claim(NODE, handler), -ENODEV);
	irq_release();
	of_irqs[1] = 41;
	irqs[42].frees = 0;
	shim_fail_alloc(2);
	assert_int_equal(irq_claim(NODE, handler), -ENOMEM);
	shim_fail_alloc(0);
	irq_release();
	irqs[42].frees = 0;
	fail_request = 42;
	assert_int_equal(irq_claim(NODE, handler), -EBUSY);
	irq_release();
	assert_int_equal(irqs[42].frees, 0);
	fail_request = 0;
	fail_forward = 41;
	assert_int_equal(irq_claim(NODE, handler), -ENOSYS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_tree), TEST(acpi), TEST(acpi_fails), TEST(steps_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
