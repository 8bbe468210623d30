/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Red-black trees: what others embed; nobody searches one here. A cached root serves interval_tree.h.
 */
#ifndef SHIM_LINUX_RBTREE_H
#define SHIM_LINUX_RBTREE_H

struct rb_node {
	struct rb_node *rb_left, *rb_right;
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

#endif
