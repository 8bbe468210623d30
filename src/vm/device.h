/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In-kernel devices of a VM (KVM API 4.79 to 4.81).
 */
#ifndef TABULA_VM_DEVICE_H
#define TABULA_VM_DEVICE_H

#include <linux/list.h>
#include <linux/types.h>

struct kvm_device_attr;
struct vm;
struct vm_device;

/**
 * struct vm_device_ops - a kind of in-kernel device
 * @name: for the log and the descriptor's name
 * @type: KVM_DEV_TYPE_*
 * @create: make it; called with vm->lock held
 * @release: the VM is going away
 * @set_attr: KVM_SET_DEVICE_ATTR; an errno of the API
 * @get_attr: KVM_GET_DEVICE_ATTR, likewise
 * @has_attr: KVM_HAS_DEVICE_ATTR, likewise
 */
struct vm_device_ops {
	const char *name;
	u32 type;
	int (*create)(struct vm_device *dev);
	void (*release)(struct vm_device *dev);
	int (*set_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
	int (*get_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
	int (*has_attr)(struct vm_device *dev, const struct kvm_device_attr *attr);
};

/**
 * struct vm_device - an in-kernel device of a VM
 * @vm: its VM
 * @ops: its kind
 * @link: in vm->devices
 * @own: the kind's
 */
struct vm_device {
	struct vm *vm;
	const struct vm_device_ops *ops;
	struct list_head link;
	void *own;
};

/**
 * device_kind() - a kind of device by its number
 * @vm: the VM
 * @type: KVM_DEV_TYPE_*
 *
 * Return: the kind, or NULL.
 */
const struct vm_device_ops *device_kind(const struct vm *vm, u32 type);

/**
 * device_make() - a device without a descriptor
 * @vm: the VM; takes vm->lock
 * @ops: its kind
 *
 * Return: the device, or -ENOMEM, or what the kind says.
 */
struct vm_device *device_make(struct vm *vm, const struct vm_device_ops *ops);

/**
 * device_unmake() - undo device_make(), where no descriptor could be had
 * @dev: the device; takes vm->lock
 */
void device_unmake(struct vm_device *dev);

/**
 * device_release_all() - release all devices of a VM that is going away
 * @vm: the VM
 */
void device_release_all(struct vm *vm);

#endif
