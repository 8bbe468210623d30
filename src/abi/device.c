// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of in-kernel devices (KVM API 4.79 to 4.81).
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "../vm/device.h"
#include "../vm/vm.h"
#include "abi.h"

static long device_attr(struct vm_device *dev, unsigned long arg,
			int (*op)(struct vm_device *dev,
				  const struct kvm_device_attr *attr))
{
	struct kvm_device_attr attr;

	if (!op)
		return -EPERM;
	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;
	return op(dev, &attr);
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vm_device *dev = file->private_data;

	if (dev->vm->mm != current->mm)
		return -EIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->set_attr);
	case KVM_GET_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->get_attr);
	case KVM_HAS_DEVICE_ATTR:
		return device_attr(dev, arg, dev->ops->has_attr);
	default:
		return -ENOTTY;
	}
}

static int device_close(struct inode *inode, struct file *file)
{
	struct vm_device *dev = file->private_data;

	vm_put(dev->vm);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.release = device_close,
	.llseek = noop_llseek,
};

int vm_device_create(struct vm *vm, struct kvm_create_device *cd)
{
	const struct vm_device_ops *ops = device_kind(vm, cd->type);
	struct vm_device *dev;
	int fd;

	if (cd->flags & ~KVM_CREATE_DEVICE_TEST)
		return -EINVAL;
	if (!ops)
		return -ENODEV;
	if (cd->flags & KVM_CREATE_DEVICE_TEST)
		return 0;
	dev = device_make(vm, ops);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	vm_get(vm);
	fd = anon_inode_getfd(ops->name, &device_fops, dev, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		device_unmake(dev);
		vm_put(vm);
		return fd;
	}
	cd->fd = fd;
	return 0;
}
