/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the device tree.
 */
#ifndef TEST_LINUX_OF_IRQ_H
#define TEST_LINUX_OF_IRQ_H

struct device_node;

unsigned int irq_of_parse_and_map(struct device_node *node, int index);

#endif
