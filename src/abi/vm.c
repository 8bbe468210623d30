// SPDX-License-Identifier: GPL-2.0
/*
 * VM descriptors: life of a VM, and its ioctls.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../arm64/cpu/cpu.h"
#include "../arm64/vm.h"
#include "abi.h"
#include "ioeventfd.h"
#include "irqfd.h"
#include "routing.h"
#include "stats.h"

#define VM_DEFAULT_IPA_BITS	40
#define VM_MIN_IPA_BITS		32

static void vm_destroy(struct vm *vm)
{
	struct vcpu *vcpu;
	unsigned long i;

	stats_vm_remove(vm);
	irqfd_vm_destroy(vm);
	ioeventfd_vm_destroy(vm);
	vm_device_release_all(vm);
	xa_for_each(&vm->vcpus, i, vcpu)
		pvtime_destroy(&vcpu->pvtime);
	/* stage 2 first: what vCPUs still owe it is paid while they are there */
	mmu_destroy(&vm->mmu);
	xa_for_each(&vm->vcpus, i, vcpu)
		vcpu_destroy(vcpu);
	xa_destroy(&vm->vcpus);
	xa_destroy(&vm->affinities);
	gic_vm_destroy(vm);
	routing_vm_destroy(vm);
	cleanup_srcu_struct(&vm->irq_srcu);
	mmdrop(vm->mm);
	kfree(vm);
}

void vm_get(struct vm *vm)
{
	refcount_inc(&vm->refs);
}

void vm_put(struct vm *vm)
{
	if (refcount_dec_and_test(&vm->refs))
		vm_destroy(vm);
}

static char *policy = "";	/* once the module is loaded: the one in force */
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "cache maintenance of new VMs: unmap, clean, two-tree, fwb, none; empty: as suits the CPU");

static bool allow_none;
module_param(allow_none, bool, 0444);
MODULE_PARM_DESC(allow_none, "allow the policy none, under which guests read stale memory");

int vm_policy_allowed(const char *name)
{
	int which = mmu_policy_by_name(name);

	if (which == MMU_DC)	/* not proven; the checker has it */
		return -EINVAL;
	if (which == MMU_NONE && !allow_none)
		return -EPERM;
	return which;
}

int vm_choose_policy(struct vm *vm, const char *name)
{
	int which = vm_policy_allowed(name);

	return which < 0 ? which : mmu_set_policy(&vm->mmu, which);
}

int vm_check_policy(void)
{
	int which = *policy ? vm_policy_allowed(policy) : 0;
	int ret = -EINVAL;

	if (which == -EPERM)
		pr_err("tabula: policy=none needs allow_none=1: guests would read stale memory\n");
	else if (which < 0)
		pr_err("tabula: policy=%s: unmap, clean, two-tree, fwb or none\n", policy);
	else if (*policy && which == MMU_FWB && mmu_policy_default() != MMU_FWB)
		pr_err("tabula: policy=fwb needs FEAT_S2FWB, which this CPU does not have\n");
	else
		ret = 0;
	if (!ret && !*policy)
		policy = (char *)mmu_policy_name(mmu_policy_default());
	return ret;
}

static int vm_set_region(struct vm *vm, void __user *arg)
{
	struct kvm_userspace_memory_region r;

	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	return gmem_set_region(&vm->mmu.gmem, &r);
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
	return gmem_set_region(&vm->mmu.gmem, &r);
}

static int vm_get_dirty_log(struct vm *vm, void __user *arg)
{
	struct kvm_dirty_log log;

	if (copy_from_user(&log, arg, sizeof(log)))
		return -EFAULT;
	return gmem_get_dirty_log(&vm->mmu.gmem, &log);
}

static int vm_clear_dirty_log(struct vm *vm, void __user *arg)
{
	struct kvm_clear_dirty_log log;

	if (copy_from_user(&log, arg, sizeof(log)))
		return -EFAULT;
	return gmem_clear_dirty_log(&vm->mmu.gmem, &log);
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

static int vm_irq_line(struct vm *vm, void __user *arg)
{
	struct kvm_irq_level l;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	return irq_line(vm, &l);
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

static int vm_preferred_target(void __user *arg)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };

	return copy_to_user(arg, &init, sizeof(init)) ? -EFAULT : 0;
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
		return gmem_set_dirty_manual(&vm->mmu.gmem, cap.args[0]);
	case KVM_CAP_ARM_NISV_TO_USER:
		WRITE_ONCE(vm->nisv_to_user, true);
		return 0;
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
		WRITE_ONCE(vm->firmware.system_suspend, true);
		return 0;
	default:
		return -EINVAL;
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
		return vm_check_extension(vm, arg);
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
	case KVM_CREATE_DEVICE:
		return vm_create_device(vm, uarg);
	case KVM_ARM_PREFERRED_TARGET:
		return vm_preferred_target(uarg);
	case KVM_IRQ_LINE:
		return vm_irq_line(vm, uarg);
	case KVM_IRQFD:
		return vm_irqfd(vm, uarg);
	case KVM_IOEVENTFD:
		return vm_ioeventfd(vm, uarg);
	case KVM_GET_STATS_FD:
		return stats_vm_fd(vm);
	case KVM_SET_GSI_ROUTING:
		return routing_ioctl(vm, uarg);
	default:
		return -ENOTTY;
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

/* Stage 2 changes what traps. */
static void vm_kick_all(struct mmu *mmu)
{
	struct vm *vm = container_of(mmu, struct vm, mmu);
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		vcpu_kick(vcpu);
}

static struct vm *vm_alloc(unsigned int ipa_bits)
{
	struct vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	refcount_set(&vm->refs, 1);
	mutex_init(&vm->lock);
	mutex_init(&vm->irq_lock);
	xa_init(&vm->vcpus);
	xa_init(&vm->affinities);
	INIT_LIST_HEAD(&vm->devices);
	vm->ipa_bits = ipa_bits;
	firmware_vm_init(vm);
	cpu_idreg_vm_init(vm);
	timer_vm_init(vm);
	gic_vm_init(vm);
	ret = init_srcu_struct(&vm->irq_srcu);
	if (ret)
		goto free;
	ret = routing_vm_init(vm);
	if (ret)
		goto srcu;
	irqfd_vm_init(vm);
	ioeventfd_vm_init(vm);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	ret = mmu_init(&vm->mmu, ipa_bits);
	if (ret)
		goto mm;
	vm->mmu.kick = vm_kick_all;
	if (*policy)
		ret = vm_choose_policy(vm, policy);
	if (ret)
		goto mmu;
	stats_vm_add(vm);
	return vm;
mmu:
	mmu_destroy(&vm->mmu);
mm:
	mmdrop(vm->mm);
	routing_vm_destroy(vm);
srcu:
	cleanup_srcu_struct(&vm->irq_srcu);
free:
	kfree(vm);
	return ERR_PTR(ret);
}

int vm_create(unsigned long type)
{
	unsigned int bits = type & KVM_VM_TYPE_ARM_IPA_SIZE_MASK;
	struct vm *vm;
	int fd;

	if (type & ~KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
		return -EINVAL;
	if (!bits)
		bits = VM_DEFAULT_IPA_BITS;
	if (bits < VM_MIN_IPA_BITS || bits > mmu_max_ipa_bits())
		return -EINVAL;
	vm = vm_alloc(bits);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		vm_put(vm);
	return fd;
}
