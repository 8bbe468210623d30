/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a lab test's guest half talks to the interrupt controllers and to ports.
 */
#ifndef CHIPS_H
#define CHIPS_H

#include <stdint.h>

#define APIC		0xfee00000ul
#define IOAPIC		0xfec00000ul

static inline void out(uint16_t port, uint8_t val)
{
	asm volatile("outb %0, %1" : : "a" (val), "d" (port));
}

static inline uint8_t in(uint16_t port)
{
	uint8_t val;

	asm volatile("inb %1, %0" : "=a" (val) : "d" (port));
	return val;
}

static inline void apic(unsigned int reg, uint32_t val)
{
	*(volatile uint32_t *)(APIC + reg) = val;
}

static inline void ioapic(unsigned int reg, uint32_t val)
{
	*(volatile uint32_t *)IOAPIC = reg;
	*(volatile uint32_t *)(IOAPIC + 0x10) = val;
}

#endif
