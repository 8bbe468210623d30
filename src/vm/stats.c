// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM did: a directory for each VM under /sys/kernel/debug/tabula.
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "arch.h"
#include "stats.h"
#include "vm.h"

#define STATS_VCPU(field) { #field, offsetof(struct vcpu, stats.field), STATS_COUNT }

const struct stats_desc stats_vcpu[] = {
	STATS_VCPU(entries),
	STATS_VCPU(exits),
	STATS_VCPU(exits_user),
	STATS_VCPU(halts),
};

const unsigned int stats_nr_vcpu = ARRAY_SIZE(stats_vcpu);

static struct dentry *stats_root;

u64 stats_value(const struct stats_desc *d, const void *base)
{
	return atomic64_read((const atomic64_t *)(base + d->offset));
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct vm *vm = m->private;
	const struct stats_desc *d = vm->arch->vm_stats;
	u64 sums[ARRAY_SIZE(stats_vcpu)] = { 0 };
	struct vcpu *vcpu;
	unsigned int i, j;

	for (i = 0; i < vm->arch->nr_vm_stats; i++)
		seq_printf(m, "%-18s %llu\n", d[i].name, stats_value(&d[i], vm));
	vm_for_each_vcpu(vm, i, vcpu)
		for (j = 0; j < ARRAY_SIZE(stats_vcpu); j++)
			sums[j] += stats_value(&stats_vcpu[j], vcpu);
	for (j = 0; j < ARRAY_SIZE(stats_vcpu); j++)
		seq_printf(m, "%-18s %llu\n", stats_vcpu[j].name, sums[j]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

void stats_vm_add(struct vm *vm)
{
	static atomic_t serial;
	char name[32];

	snprintf(name, sizeof(name), "%d-%d", task_pid_nr(current), atomic_inc_return(&serial));
	vm->debugfs = debugfs_create_dir(name, stats_root);
	debugfs_create_file("stats", 0444, vm->debugfs, vm, &counters_fops);
	if (vm->arch->vm_debugfs)
		vm->arch->vm_debugfs(vm, vm->debugfs);
}

void stats_vcpu_add(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct dentry *dir;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", vcpu->id);
	dir = debugfs_create_dir(name, vm->debugfs);
	if (vm->arch->vcpu_debugfs)
		vm->arch->vcpu_debugfs(vcpu, dir);
}

void stats_vm_remove(struct vm *vm)
{
	debugfs_remove_recursive(vm->debugfs);
}

void stats_module_init(void)
{
	stats_root = debugfs_create_dir("tabula", NULL);
}

void stats_module_exit(void)
{
	debugfs_remove_recursive(stats_root);
}
