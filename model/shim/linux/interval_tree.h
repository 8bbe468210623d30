/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intervals in order of their start. A list: there are few of them here.
 */
#ifndef SHIM_LINUX_INTERVAL_TREE_H
#define SHIM_LINUX_INTERVAL_TREE_H

#include <linux/rbtree.h>
#include <linux/types.h>

struct interval_tree_node {
	unsigned long start;
	unsigned long last;
	struct interval_tree_node *next;
};

static inline void interval_tree_insert(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **at = &root->first;

	while (*at && (*at)->start < node->start)
		at = &(*at)->next;
	node->next = *at;
	*at = node;
}

static inline void interval_tree_remove(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **at = &root->first;

	while (*at && *at != node)
		at = &(*at)->next;
	if (!*at)
		shim_die("an interval is removed that is not there");
	*at = node->next;
	node->next = NULL;
}

/* The next one from @node on, itself included, that overlaps. */
static inline struct interval_tree_node *
shim_interval_find(struct interval_tree_node *node, unsigned long start,
		   unsigned long last)
{
	while (node && (node->last < start || node->start > last))
		node = node->next;
	return node;
}

static inline struct interval_tree_node *
interval_tree_iter_first(struct rb_root_cached *root, unsigned long start,
			 unsigned long last)
{
	return shim_interval_find(root->first, start, last);
}

static inline struct interval_tree_node *
interval_tree_iter_next(struct interval_tree_node *node, unsigned long start,
			unsigned long last)
{
	return shim_interval_find(node->next, start, last);
}

#endif
