/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nodes of the device tree, which a test has.
 */
#ifndef TEST_LINUX_OF_H
#define TEST_LINUX_OF_H

struct device_node;

struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *compatible);
void of_node_put(struct device_node *node);

#endif
