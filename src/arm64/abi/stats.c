// SPDX-License-Identifier: GPL-2.0
/*
 * What an Arm VM shows of itself: its counters, and policy, trees and walks under debugfs.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../vm/arch.h"
#include "../../vm/stats.h"
#include "../vm.h"
#include "abi.h"
#include "policy.h"
#include "walk.h"

#define STATS_VM(field)	{ #field, offsetof(struct arm_vm, mmu.stats.field), STATS_COUNT }
#define STATS_MEM(name, field) { name, offsetof(struct arm_vm, mmu.gmem.stats.field), STATS_COUNT }

static const struct stats_desc stats_vm[] = {
	STATS_VM(faults),
	STATS_VM(faults_perm),
	STATS_VM(faults_access),
	STATS_VM(faults_cold),
	STATS_VM(faults_waited),
	STATS_VM(mapped_4k),
	STATS_VM(mapped_2m),
	STATS_VM(mapped_1g),
	STATS_VM(retries),
	STATS_VM(lines_map),
	STATS_VM(lines_unmap),
	STATS_VM(lines_reset),
	STATS_VM(lines_warm),
	STATS_VM(lines_setway),
	STATS_VM(lines_exec),
	STATS_VM(lines_dirty),
	STATS_VM(icache_invals),
	STATS_VM(tlbi_pages),
	STATS_VM(tlbi_all),
	STATS_VM(tlbi_guest),
	STATS_VM(warm_ups),
	STATS_VM(warm_ups_fast),
	STATS_VM(cool_downs),
	STATS_VM(resets),
	STATS_VM(drops),
	STATS_VM(set_way_walks),
	STATS_VM(splits),
	STATS_VM(fences),
	{ "tables", offsetof(struct arm_vm, mmu.stats.tables), STATS_NOW },
	/* ways into guest memory; see docs/memory.md */
	STATS_MEM("pfn_hits", check_hit),
	STATS_MEM("pfn_misses", check_miss),
	STATS_MEM("pfn_refreshes", refresh),
	STATS_MEM("pfn_refresh_fails", refresh_fail),
	STATS_MEM("pfn_waits", wait),
	STATS_MEM("pfn_agains", again),
	STATS_MEM("pfn_invalidates", invalidate),
	STATS_MEM("pfn_kicks", kick),
	STATS_MEM("hva_hits", hva_hit),
	STATS_MEM("hva_misses", hva_miss),
	STATS_MEM("mem_reads", reads),
	STATS_MEM("mem_writes", writes),
	STATS_MEM("guest_maps", maps),
	STATS_MEM("guest_unmaps", unmaps),
};

static int policy_show(struct seq_file *m, void *unused)
{
	struct arm_vm *vm = m->private;

	seq_printf(m, "%s\n", mmu_policy_name(READ_ONCE(vm->mmu.policy)));
	return 0;
}

static int policy_open(struct inode *inode, struct file *file)
{
	return single_open(file, policy_show, inode->i_private);
}

static ssize_t policy_write(struct file *file, const char __user *buf, size_t len,
			    loff_t *pos)
{
	struct arm_vm *vm = ((struct seq_file *)file->private_data)->private;
	char name[16];
	int ret;

	if (len >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buf, len))
		return -EFAULT;
	name[len] = 0;
	ret = policy_choose(vm, strim(name));
	return ret ? ret : len;
}

static const struct file_operations policy_fops = {
	.owner = THIS_MODULE,
	.open = policy_open,
	.read = seq_read,
	.write = policy_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static void trees_show_one(struct seq_file *m, const char *name, struct s2_tree *tree)
{
	struct mmu_tree_count c;

	mmu_count_tree(tree, &c);
	seq_printf(m, "%-9s 1G %llu, 2M %llu, 4K %llu; writable %llu, executable %llu\n", name,
		   c.leaves[1], c.leaves[2], c.leaves[3], c.writable, c.exec);
}

static int trees_show(struct seq_file *m, void *unused)
{
	struct arm_vm *vm = m->private;
	struct arm_vcpu *vcpu;
	unsigned int i;

	arm_for_each_vcpu(vm, i, vcpu) {
		static const char * const sides[] = { "cold", "uncached", "warm" };

		seq_printf(m, "vcpu %-4u %s\n", vcpu->base.id, sides[READ_ONCE(vcpu->mmu.side)]);
	}
	trees_show_one(m, "warm tree", &vm->mmu.tree);
	trees_show_one(m, "cold tree", &vm->mmu.cold_tree);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(trees);

static void stats_vm_debugfs(struct vm *base, struct dentry *dir)
{
	struct arm_vm *vm = to_arm_vm(base);

	debugfs_create_file("policy", 0644, dir, vm, &policy_fops);
	debugfs_create_file("trees", 0444, dir, vm, &trees_fops);
}

static void stats_vcpu_debugfs(struct vcpu *vcpu, struct dentry *dir)
{
	debugfs_create_file("s1walk", 0600, dir, to_arm_vcpu(vcpu), &walk_fops);
}

void stats_fill(struct vm_arch *arch)
{
	arch->vm_stats = stats_vm;
	arch->nr_vm_stats = ARRAY_SIZE(stats_vm);
	arch->vm_debugfs = stats_vm_debugfs;
	arch->vcpu_debugfs = stats_vcpu_debugfs;
}
