// SPDX-License-Identifier: GPL-2.0
/*
 * vCPU descriptors: creation, the page they share with the VMM, and the ioctls that every
 * architecture has.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "../vm/arch.h"
#include "../vm/coalesced.h"
#include "../vm/dirtyring.h"
#include "../vm/run.h"
#include "../vm/vm.h"
#include "abi.h"

static long vcpu_signal_mask(struct vcpu *vcpu, void __user *arg)
{
	struct kvm_signal_mask mask;
	sigset_t set;

	if (!arg) {
		vcpu->sigset_active = false;
		return 0;
	}
	if (copy_from_user(&mask, arg, sizeof(mask)))
		return -EFAULT;
	if (mask.len != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, ((struct kvm_signal_mask __user *)arg)->sigset,
			   sizeof(set)))
		return -EFAULT;
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigset = set;
	vcpu->sigset_active = true;
	return 0;
}

static long vcpu_locked_ioctl(struct vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	const struct vm_arch *arch = vcpu->vm->arch;

	lockdep_assert_held(&vcpu->mutex);
	arch->vcpu_settle(vcpu);
	switch (cmd) {
	case KVM_RUN:
		return arg ? -EINVAL : vcpu_run(vcpu);
	case KVM_SET_SIGNAL_MASK:
		return vcpu_signal_mask(vcpu, (void __user *)arg);
	case KVM_GET_STATS_FD:
		return stats_vcpu_fd(vcpu);
	default:
		return arch->vcpu_ioctl(vcpu, cmd, arg);
	}
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vcpu *vcpu = file->private_data;
	long ret;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (_IOC_TYPE(cmd) != KVMIO)
		return -ENOTTY;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	ret = vcpu_locked_ioctl(vcpu, cmd, arg);
	mutex_unlock(&vcpu->mutex);
	return ret;
}

static vm_fault_t vcpu_mmap_fault(struct vm_fault *vmf)
{
	struct vcpu *vcpu = vmf->vma->vm_file->private_data;
	unsigned long i = vmf->pgoff - KVM_DIRTY_LOG_PAGE_OFFSET;

	if (i < dirtyring_pages(vcpu))
		vmf->page = dirtyring_page(vcpu, i);
	else if (vmf->pgoff >= vcpu_pages(vcpu->vm->arch))
		return VM_FAULT_SIGBUS;
	else if (vmf->pgoff < vcpu->vm->arch->run_pages)
		vmf->page = virt_to_page((void *)vcpu->run + (vmf->pgoff << PAGE_SHIFT));
	else
		vmf->page = coalesced_page(vcpu->vm);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_mmap_fault,
};

/* All of it within the ring; a copy of that would be of no use. */
static bool vcpu_maps_ring(const struct vcpu *vcpu, struct vm_area_struct *vma)
{
	unsigned long have = dirtyring_pages(vcpu), first = vma->vm_pgoff - KVM_DIRTY_LOG_PAGE_OFFSET;

	return first < have && vma_pages(vma) <= have - first && vma->vm_flags & VM_SHARED;
}

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct vcpu *vcpu = file->private_data;

	if (vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (vma_pages(vma) + vma->vm_pgoff > vcpu_pages(vcpu->vm->arch) && !vcpu_maps_ring(vcpu, vma))
		return -EINVAL;
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_close(struct inode *inode, struct file *file)
{
	struct vcpu *vcpu = file->private_data;

	vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vcpu_ioctl,
	.mmap = vcpu_mmap,
	.release = vcpu_close,
	.llseek = noop_llseek,
};

/* A file of its own, and a number for it that nobody can use yet. */
static int vcpu_file(struct vcpu *vcpu, struct file **file)
{
	char name[24];
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "kvm-vcpu:%u", vcpu->id);
	*file = anon_inode_getfile(name, &vcpu_fops, vcpu, O_RDWR);
	if (IS_ERR(*file)) {
		put_unused_fd(fd);
		return PTR_ERR(*file);
	}
	return fd;
}

/* The number is shown to the process last: whoever has it finds the vCPU complete. */
static int vcpu_add(struct vcpu *vcpu)
{
	struct file *file;
	int fd;

	lockdep_assert_held(&vcpu->vm->lock);
	if (vcpu_store(vcpu))
		return -ENOMEM;
	fd = vcpu_file(vcpu, &file);
	if (fd < 0) {
		vcpu_unstore(vcpu);
		return fd;
	}
	vm_get(vcpu->vm);
	vcpu_publish(vcpu);
	fd_install(fd, file);
	return fd;
}

int vcpu_create(struct vm *vm, unsigned long id)
{
	struct vcpu *vcpu;
	int ret;

	if (id >= VM_MAX_VCPUS)
		return -EINVAL;
	mutex_lock(&vm->lock);
	vcpu = vcpu_new(vm, id);
	if (IS_ERR(vcpu)) {
		ret = PTR_ERR(vcpu);
	} else {
		ret = vcpu_add(vcpu);
		if (ret < 0)
			vcpu_destroy(vcpu);
	}
	mutex_unlock(&vm->lock);
	return ret;
}
