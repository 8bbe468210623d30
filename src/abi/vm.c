// SPDX-License-Identifier: GPL-2.0
/*
 * VM descriptors, and the ioctls that every architecture has.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "../mem/gmem.h"
#include "../vm/arch.h"
#include "../vm/coalesced.h"
#include "../vm/dirtyring.h"
#include "../vm/ioeventfd.h"
#include "../vm/irqfd.h"
#include "../vm/routing.h"
#include "../vm/vm.h"
#include "abi.h"

static int vm_set_region(struct vm *vm, void __user *arg)
{
	struct kvm_userspace_memory_region r;

	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	return gmem_set_region(vm->gmem, &r);
}

/* The larger structure, without what it adds: there is no guest_memfd (KVM API 4.140). */
static int vm_set_region2(struct vm *vm, void __user *arg)
{
	struct kvm_userspace_memory_region2 r2;
	struct kvm_userspace_memory_region r;

	if (copy_from_user(&r2, arg, sizeof(r2)))
		return -EFAULT;
	if (r2.flags & KVM_MEM_GUEST_MEMFD)
		return -EINVAL;
	r = (struct kvm_userspace_memory_region) {
		.slot = r2.slot,
		.flags = r2.flags,
		.guest_phys_addr = r2.guest_phys_addr,
		.memory_size = r2.memory_size,
		.userspace_addr = r2.userspace_addr,
	};
	return gmem_set_region(vm->gmem, &r);
}

static int vm_get_dirty_log(struct vm *vm, void __user *arg)
{
	struct kvm_dirty_log log;

	if (copy_from_user(&log, arg, sizeof(log)))
		return -EFAULT;
	return gmem_get_dirty_log(vm->gmem, &log);
}

static int vm_clear_dirty_log(struct vm *vm, void __user *arg)
{
	struct kvm_clear_dirty_log log;

	if (copy_from_user(&log, arg, sizeof(log)))
		return -EFAULT;
	return gmem_clear_dirty_log(vm->gmem, &log);
}

static int vm_create_device(struct vm *vm, void __user *arg)
{
	struct kvm_create_device cd;
	int ret;

	if (copy_from_user(&cd, arg, sizeof(cd)))
		return -EFAULT;
	ret = vm_device_create(vm, &cd);
	if (!ret && copy_to_user(arg, &cd, sizeof(cd)))
		return -EFAULT;
	return ret;
}

static int vm_irqfd(struct vm *vm, void __user *arg)
{
	struct kvm_irqfd args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return irqfd_ioctl(vm, &args);
}

static int vm_ioeventfd(struct vm *vm, void __user *arg)
{
	struct kvm_ioeventfd args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return ioeventfd_ioctl(vm, &args);
}

static int vm_coalesced(struct vm *vm, void __user *arg, bool add)
{
	struct kvm_coalesced_mmio_zone zone;

	if (copy_from_user(&zone, arg, sizeof(zone)))
		return -EFAULT;
	return coalesced_ioctl(vm, &zone, add);
}

static int vm_enable_cap(struct vm *vm, void __user *arg)
{
	struct kvm_enable_cap cap;

	if (copy_from_user(&cap, arg, sizeof(cap)))
		return -EFAULT;
	if (cap.flags)
		return -EINVAL;
	switch (cap.cap) {
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return gmem_set_dirty_manual(vm->gmem, cap.args[0]);
	case KVM_CAP_DIRTY_LOG_RING:
	case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
		return caps_check(vm->arch, vm, cap.cap) ? dirtyring_enable(vm, cap.args[0]) : -EINVAL;
	case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
		return vm->arch->ring_bitmap ? gmem_rings_use_bitmap(vm->gmem) : -EINVAL;
	default:
		return vm->arch->enable_cap(vm, &cap);
	}
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	struct vm *vm = file->private_data;

	if (vm->mm != current->mm)
		return -EIO;
	switch (cmd) {
	case KVM_CREATE_VCPU:
		return vcpu_create(vm, arg);
	case KVM_CHECK_EXTENSION:
		return caps_check(vm->arch, vm, arg);
	case KVM_ENABLE_CAP:
		return vm_enable_cap(vm, uarg);
	case KVM_SET_USER_MEMORY_REGION:
		return vm_set_region(vm, uarg);
	case KVM_SET_USER_MEMORY_REGION2:
		return vm_set_region2(vm, uarg);
	case KVM_GET_DIRTY_LOG:
		return vm_get_dirty_log(vm, uarg);
	case KVM_CLEAR_DIRTY_LOG:
		return vm_clear_dirty_log(vm, uarg);
	case KVM_RESET_DIRTY_RINGS:
		return gmem_rings_reset(vm->gmem);
	case KVM_CREATE_DEVICE:
		return vm_create_device(vm, uarg);
	case KVM_IRQFD:
		return vm_irqfd(vm, uarg);
	case KVM_IOEVENTFD:
		return vm_ioeventfd(vm, uarg);
	case KVM_REGISTER_COALESCED_MMIO:
	case KVM_UNREGISTER_COALESCED_MMIO:
		return vm_coalesced(vm, uarg, cmd == KVM_REGISTER_COALESCED_MMIO);
	case KVM_GET_STATS_FD:
		return stats_vm_fd(vm);
	case KVM_SET_GSI_ROUTING:
		return routing_ioctl(vm, uarg);
	default:
		return vm->arch->vm_ioctl(vm, cmd, arg);
	}
}

static int vm_close(struct inode *inode, struct file *file)
{
	struct vm *vm = file->private_data;

	irqfd_vm_release(vm);
	vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vm_ioctl,
	.release = vm_close,
	.llseek = noop_llseek,
};

int vm_create(const struct vm_arch *arch, unsigned long type)
{
	struct vm *vm = vm_new(arch, type);
	int fd;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		vm_put(vm);
	return fd;
}
