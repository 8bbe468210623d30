/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trees by range: what others embed; nobody searches one here.
 */
#ifndef SHIM_LINUX_MAPLE_TREE_H
#define SHIM_LINUX_MAPLE_TREE_H

struct maple_tree {
	void *root;
};

#endif
