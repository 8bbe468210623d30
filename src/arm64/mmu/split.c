// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks become tables: one for a fault that asks for less, or all of a range before it is logged.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "../../mutant.h"
#include "hw.h"
#include "walk.h"

void s2_split(struct s2_tree *tree, u64 *ptep, u64 block, int level, u64 ipa, u64 *table)
{
	u64 phys = s2_output(block, level);
	u64 attr = s2_attr_of(block);
	unsigned int i;

	lockdep_assert_held(tree->lock);
	for (i = 0; i < S2_ENTRIES; i++)
		hw_pte_write(&table[i], s2_leaf(phys + i * s2_size(level + 1), attr, level + 1));
	if (MUTANT(split_last))
		hw_pte_write(&table[i - 1], hw_pte_read(&table[0]));
	if (!MUTANT(no_break) && !(MUTANT(split_old) && !(block & S2_PTE_AF)))
		hw_tlbi_ipa(tree, s2_align_down(ipa, level), level);
	atomic64_inc(&tree->stats->tlbi_pages);
	hw_pte_publish(ptep, s2_table_pte(table));
	hw_dsb_ishst();
	atomic64_add(S2_ENTRIES - 1, &tree->leaves);
	atomic64_inc(&tree->stats->splits);
}

void s2_split_range(struct s2_tree *tree, u64 ipa, u64 len)
{
	struct s2_pages pages = { .tree = tree };
	u64 end = s2_clip(tree, ipa, len);

	while (ipa < end) {
		struct s2_mapping m = { .ipa = ipa, .level = S2_LEAF_LEVEL, .flags = S2_MAP_RELAX };
		enum s2_result ret;

		read_lock(tree->lock);
		ret = s2_split_down(tree, &m, &pages);
		read_unlock(tree->lock);
		if (ret == S2_NEED_PAGES && s2_pages_fill(&pages, m.need))
			break;
		if (ret != S2_NEED_PAGES)
			ipa = s2_align_down(ipa, S2_LEAF_LEVEL - 1) + s2_size(S2_LEAF_LEVEL - 1);
		cond_resched();
	}
	s2_pages_empty(&pages);
}
