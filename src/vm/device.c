// SPDX-License-Identifier: GPL-2.0
/*
 * In-kernel devices: kinds, and life. Their descriptors are abi/device.c.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "arch.h"
#include "device.h"
#include "vm.h"

const struct vm_device_ops *device_kind(const struct vm *vm, u32 type)
{
	const struct vm_device_ops *const *ops;

	for (ops = vm->arch->devices; *ops; ops++)
		if ((*ops)->type == type)
			return *ops;
	return NULL;
}

struct vm_device *device_make(struct vm *vm, const struct vm_device_ops *ops)
{
	struct vm_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->vm = vm;
	dev->ops = ops;
	mutex_lock(&vm->lock);
	ret = ops->create(dev);
	if (!ret)
		list_add(&dev->link, &vm->devices);
	mutex_unlock(&vm->lock);
	if (ret) {
		kfree(dev);
		return ERR_PTR(ret);
	}
	return dev;
}

void device_unmake(struct vm_device *dev)
{
	struct vm *vm = dev->vm;

	mutex_lock(&vm->lock);
	list_del(&dev->link);
	dev->ops->release(dev);
	mutex_unlock(&vm->lock);
	kfree(dev);
}

void device_release_all(struct vm *vm)
{
	struct vm_device *dev, *next;

	list_for_each_entry_safe(dev, next, &vm->devices, link) {
		list_del(&dev->link);
		dev->ops->release(dev);
		kfree(dev);
	}
}
