/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trees, of any shape. A cached root serves interval_tree.h.
 */
#ifndef SHIM_LINUX_RBTREE_H
#define SHIM_LINUX_RBTREE_H

#include <linux/container_of.h>

struct rb_node {
	struct rb_node *rb_left, *rb_right, *rb_parent;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct interval_tree_node;

struct rb_root_cached {
	struct interval_tree_node *first;
};

#define RB_ROOT		((struct rb_root) { NULL })
#define RB_ROOT_CACHED	((struct rb_root_cached) { NULL })
#define rb_entry(p, type, member)	container_of(p, type, member)

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **at)
{
	*node = (struct rb_node) { .rb_parent = parent };
	*at = node;
}

#define rb_insert_color(node, root)	((void)(node), (void)(root))

static inline struct rb_node *shim_rb_leftmost(struct rb_node *node)
{
	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	return shim_rb_leftmost(root->rb_node);
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->rb_right)
		return shim_rb_leftmost(node->rb_right);
	while (node->rb_parent && node == node->rb_parent->rb_right)
		node = node->rb_parent;
	return node->rb_parent;
}

/* Puts @other where @node is. */
static inline void shim_rb_replace(struct rb_root *root, struct rb_node *node, struct rb_node *other)
{
	struct rb_node *parent = node->rb_parent;

	if (!parent)
		root->rb_node = other;
	else if (parent->rb_left == node)
		parent->rb_left = other;
	else
		parent->rb_right = other;
	if (other)
		other->rb_parent = parent;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (!node->rb_left || !node->rb_right) {
		shim_rb_replace(root, node, node->rb_left ? node->rb_left : node->rb_right);
		return;
	}
	next = shim_rb_leftmost(node->rb_right);	/* has no left one */
	shim_rb_replace(root, next, next->rb_right);
	shim_rb_replace(root, node, next);
	next->rb_left = node->rb_left;
	next->rb_right = node->rb_right;
	if (next->rb_left)
		next->rb_left->rb_parent = next;
	if (next->rb_right)
		next->rb_right->rb_parent = next;
}

#endif
