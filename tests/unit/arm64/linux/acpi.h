/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACPI's table of timers (ACPI 6.5, 5.2.25).
 */
#ifndef TEST_LINUX_ACPI_H
#define TEST_LINUX_ACPI_H

#include <linux/container_of.h>
#include <linux/types.h>

#define ACPI_SIG_GTDT				"GTDT"
#define ACPI_GTDT_INTERRUPT_MODE		1
#define ACPI_GTDT_INTERRUPT_POLARITY		2
#define ACPI_LEVEL_SENSITIVE			0
#define ACPI_EDGE_SENSITIVE			1
#define ACPI_ACTIVE_HIGH			0
#define ACPI_ACTIVE_LOW				1
#define ACPI_FAILURE(status)			(status)

struct acpi_table_header {
	char signature[4];
};

struct acpi_table_gtdt {
	struct acpi_table_header header;
	u32 non_secure_el1_interrupt;
	u32 non_secure_el1_flags;
	u32 virtual_timer_interrupt;
	u32 virtual_timer_flags;
};

extern bool acpi_disabled;

unsigned int acpi_get_table(const char *signature, u32 instance, struct acpi_table_header **out);
void acpi_put_table(struct acpi_table_header *table);
int acpi_register_gsi(void *dev, u32 gsi, int trigger, int polarity);

#endif
