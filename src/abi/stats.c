// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM did: KVM_GET_STATS_FD (KVM API 4.133), and a directory for each VM
 * under /sys/kernel/debug/tabula.
 */
#include <linux/anon_inodes.h>
#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../arm64/vm.h"
#include "abi.h"
#include "stats.h"
#include "walk.h"

#define STATS_NAME_SIZE	32

/**
 * struct stats_desc - one counter
 * @name: as in the binary statistics and in the stats file
 * @offset: of its atomic64_t, in struct mmu or struct vcpu_stats
 * @flags: KVM_STATS_TYPE_* and so on
 */
struct stats_desc {
	const char *name;
	size_t offset;
	u32 flags;
};

#define STATS_COUNT	(KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10)
#define STATS_NOW	(KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10)
#define STATS_VM(field)	{ #field, offsetof(struct mmu, stats.field), STATS_COUNT }
#define STATS_MEM(name, field) { name, offsetof(struct mmu, gmem.stats.field), STATS_COUNT }
#define STATS_VCPU(field) { #field, offsetof(struct vcpu_stats, field), STATS_COUNT }

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
	{ "tables", offsetof(struct mmu, stats.tables), STATS_NOW },
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

static const struct stats_desc stats_vcpu[] = {
	STATS_VCPU(entries),
	STATS_VCPU(exits),
	STATS_VCPU(exits_user),
	STATS_VCPU(halts),
};

/**
 * struct stats_file - what a statistics descriptor shows
 * @vm: held
 * @id: of the VM or vCPU, a string
 * @desc: counters
 * @nr: how many
 * @base: where they are
 */
struct stats_file {
	struct vm *vm;
	char id[KVM_STATS_NAME_SIZE];
	const struct stats_desc *desc;
	unsigned int nr;
	const void *base;
};

static u64 stats_value(const struct stats_desc *d, const void *base)
{
	return atomic64_read((const atomic64_t *)(base + d->offset));
}

/*
 * Layout: header, id, descriptors with their names, data. The kernel's own struct
 * kvm_stats_desc has a name of another length in it; user space's has none.
 */
#define STATS_DESC_SIZE	(offsetof(struct kvm_stats_desc, name) + STATS_NAME_SIZE)

static struct kvm_stats_header stats_header(const struct stats_file *sf)
{
	u32 descs = sizeof(struct kvm_stats_header) + STATS_NAME_SIZE;

	return (struct kvm_stats_header) {
		.name_size = STATS_NAME_SIZE,
		.num_desc = sf->nr,
		.id_offset = sizeof(struct kvm_stats_header),
		.desc_offset = descs,
		.data_offset = descs + sf->nr * STATS_DESC_SIZE,
	};
}

static size_t stats_image_size(const struct stats_file *sf)
{
	return stats_header(sf).data_offset + sf->nr * sizeof(u64);
}

static void stats_image(const struct stats_file *sf, void *out)
{
	struct kvm_stats_header header = stats_header(sf);
	u64 *data = out + header.data_offset;
	unsigned int i;

	memcpy(out, &header, sizeof(header));
	strscpy(out + header.id_offset, sf->id, STATS_NAME_SIZE);
	for (i = 0; i < sf->nr; i++) {
		struct kvm_stats_desc *kd = out + header.desc_offset + i * STATS_DESC_SIZE;

		kd->flags = sf->desc[i].flags;
		kd->size = 1;
		kd->offset = i * sizeof(u64);
		strscpy(kd->name, sf->desc[i].name, STATS_NAME_SIZE);
		data[i] = stats_value(&sf->desc[i], sf->base);
	}
}

static ssize_t stats_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct stats_file *sf = file->private_data;
	size_t size = stats_image_size(sf);
	void *image = kzalloc(size, GFP_KERNEL_ACCOUNT);
	ssize_t ret;

	if (!image)
		return -ENOMEM;
	stats_image(sf, image);
	ret = simple_read_from_buffer(buf, len, pos, image, size);
	kfree(image);
	return ret;
}

static int stats_close(struct inode *inode, struct file *file)
{
	struct stats_file *sf = file->private_data;

	vm_put(sf->vm);
	kfree(sf);
	return 0;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.read = stats_read,
	.release = stats_close,
	.llseek = noop_llseek,
};

static int stats_fd(const struct stats_file *from, const char *name)
{
	struct stats_file *sf = kmemdup(from, sizeof(*from), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int fd;

	if (!sf)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto free;
	file = anon_inode_getfile(name, &stats_fops, sf, O_RDONLY);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto free;
	}
	file->f_mode |= FMODE_PREAD;
	vm_get(sf->vm);
	fd_install(fd, file);
	return fd;
free:
	kfree(sf);
	return fd;
}

int stats_vm_fd(struct vm *vm)
{
	struct stats_file sf = {
		.vm = vm, .desc = stats_vm, .nr = ARRAY_SIZE(stats_vm), .base = &vm->mmu,
	};

	snprintf(sf.id, sizeof(sf.id), "kvm-%d", task_pid_nr(current));
	return stats_fd(&sf, "kvm-vm-stats");
}

int stats_vcpu_fd(struct vcpu *vcpu)
{
	struct stats_file sf = {
		.vm = vcpu->vm, .desc = stats_vcpu, .nr = ARRAY_SIZE(stats_vcpu),
		.base = &vcpu->stats,
	};

	snprintf(sf.id, sizeof(sf.id), "kvm-%d/vcpu-%u", task_pid_nr(current), vcpu->id);
	return stats_fd(&sf, "kvm-vcpu-stats");
}

/* debugfs */

static struct dentry *stats_root;

static int counters_show(struct seq_file *m, void *unused)
{
	struct vm *vm = m->private;
	u64 sums[ARRAY_SIZE(stats_vcpu)] = { 0 };
	struct vcpu *vcpu;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(stats_vm); i++)
		seq_printf(m, "%-18s %llu\n", stats_vm[i].name,
			   stats_value(&stats_vm[i], &vm->mmu));
	vm_for_each_vcpu(vm, i, vcpu)
		for (j = 0; j < ARRAY_SIZE(stats_vcpu); j++)
			sums[j] += stats_value(&stats_vcpu[j], &vcpu->stats);
	for (j = 0; j < ARRAY_SIZE(stats_vcpu); j++)
		seq_printf(m, "%-18s %llu\n", stats_vcpu[j].name, sums[j]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int policy_show(struct seq_file *m, void *unused)
{
	struct vm *vm = m->private;

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
	struct vm *vm = ((struct seq_file *)file->private_data)->private;
	char name[16];
	int ret;

	if (len >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buf, len))
		return -EFAULT;
	name[len] = 0;
	ret = vm_choose_policy(vm, strim(name));
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
	struct vm *vm = m->private;
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu) {
		static const char * const sides[] = { "cold", "uncached", "warm" };

		seq_printf(m, "vcpu %-4u %s\n", vcpu->id, sides[READ_ONCE(vcpu->mmu.side)]);
	}
	trees_show_one(m, "warm tree", &vm->mmu.tree);
	trees_show_one(m, "cold tree", &vm->mmu.cold_tree);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(trees);

void stats_vm_add(struct vm *vm)
{
	static atomic_t serial;
	char name[32];

	snprintf(name, sizeof(name), "%d-%d", task_pid_nr(current), atomic_inc_return(&serial));
	vm->debugfs = debugfs_create_dir(name, stats_root);
	debugfs_create_file("stats", 0444, vm->debugfs, vm, &counters_fops);
	debugfs_create_file("policy", 0644, vm->debugfs, vm, &policy_fops);
	debugfs_create_file("trees", 0444, vm->debugfs, vm, &trees_fops);
}

void stats_vcpu_add(struct vcpu *vcpu)
{
	struct dentry *dir;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", vcpu->id);
	dir = debugfs_create_dir(name, vcpu->vm->debugfs);
	debugfs_create_file("s1walk", 0600, dir, vcpu, &walk_fops);
}

void stats_vm_remove(struct vm *vm)
{
	debugfs_remove_recursive(vm->debugfs);
}

void stats_module_init(void)
{
	walk_module_init();
	stats_root = debugfs_create_dir("tabula", NULL);
}

void stats_module_exit(void)
{
	/* first: a walk that nobody waits for any more may be the last to hold its VM */
	walk_module_exit();
	debugfs_remove_recursive(stats_root);
}
