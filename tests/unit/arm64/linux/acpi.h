/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACPI's tables of timers (ACPI 6.5, 5.2.25), and of interrupt controllers (5.2.12), as far as they are looked at.
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
	u32 length;
};

struct acpi_table_gtdt {
	struct acpi_table_header header;
	u32 non_secure_el1_interrupt;
	u32 non_secure_el1_flags;
	u32 virtual_timer_interrupt;
	u32 virtual_timer_flags;
};

#define ACPI_SIG_MADT				"APIC"
#define ACPI_MADT_ENABLED			1
#define ACPI_MADT_VGIC_IRQ_MODE			4

enum { ACPI_MADT_TYPE_GENERIC_INTERRUPT = 11, ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR };

struct acpi_table_madt {
	struct acpi_table_header header;
	u32 address;
	u32 flags;
};

struct acpi_subtable_header {
	u8 type;
	u8 length;
};

struct acpi_madt_generic_interrupt {
	struct acpi_subtable_header header;
	u16 reserved;
	u32 flags;
	u32 vgic_interrupt;
	u32 later;	/* what newer versions have behind it */
} __packed;

extern bool acpi_disabled;

unsigned int acpi_get_table(const char *signature, u32 instance, struct acpi_table_header **out);
void acpi_put_table(struct acpi_table_header *table);
int acpi_register_gsi(void *dev, u32 gsi, int trigger, int polarity);

#endif
