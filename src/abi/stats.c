// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_STATS_FD (KVM API 4.133): counters of a VM or a vCPU in a descriptor.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../vm/arch.h"
#include "../vm/stats.h"
#include "../vm/vm.h"
#include "abi.h"

#define STATS_NAME_SIZE	32

/**
 * struct stats_file - what a statistics descriptor shows
 * @vm: held
 * @id: of the VM or vCPU, a string
 * @desc: counters
 * @nr: how many
 * @base: the struct vm or struct vcpu they are in
 */
struct stats_file {
	struct vm *vm;
	char id[KVM_STATS_NAME_SIZE];
	const struct stats_desc *desc;
	unsigned int nr;
	const void *base;
};

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
		.vm = vm, .desc = vm->arch->vm_stats, .nr = vm->arch->nr_vm_stats, .base = vm,
	};

	snprintf(sf.id, sizeof(sf.id), "kvm-%d", task_pid_nr(current));
	return stats_fd(&sf, "kvm-vm-stats");
}

int stats_vcpu_fd(struct vcpu *vcpu)
{
	struct stats_file sf = {
		.vm = vcpu->vm, .desc = stats_vcpu, .nr = stats_nr_vcpu, .base = vcpu,
	};

	snprintf(sf.id, sizeof(sf.id), "kvm-%d/vcpu-%u", task_pid_nr(current), vcpu->id);
	return stats_fd(&sf, "kvm-vcpu-stats");
}
