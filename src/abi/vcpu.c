// SPDX-License-Identifier: GPL-2.0
/*
 * vCPU descriptors: creation, initialisation, and every ioctl but KVM_RUN.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../arm64/cpu/cpu.h"
#include "../arm64/cpu/hw.h"
#include "../arm64/firmware/psci.h"
#include "../arm64/vm.h"
#include "abi.h"
#include "affinity.h"
#include "run.h"
#include "stats.h"

#define VCPU_FEATURES (BIT(KVM_ARM_VCPU_POWER_OFF) | BIT(KVM_ARM_VCPU_PSCI_0_2))
#define VCPU_FEATURES_KNOWN GENMASK(KVM_ARM_VCPU_HAS_EL2, 0)

/* Affinities from the VMM's number: 16 to a cluster, as a GICv3 SGI can reach. */
static u64 vcpu_id_to_mpidr(unsigned int id)
{
	return BIT(31) | (id & 0xf) | ((u64)((id >> 4) & 0xff) << 8) |
	       ((u64)((id >> 12) & 0xff) << 16);
}

struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx)
{
	unsigned int n = READ_ONCE(vm->nr_vcpus);

	if (idx >= n)
		return NULL;
	smp_rmb();	/* pairs with vcpu_publish(): the entry is there */
	return xa_load(&vm->vcpus, array_index_nospec(idx, n));
}

static void vcpu_unlock_first(struct vm *vm, unsigned int n)
{
	while (n--)
		mutex_unlock(&vm_vcpu(vm, n)->mutex);
}

bool vm_lock_all_vcpus(struct vm *vm)
{
	struct vcpu *vcpu;
	unsigned int i;

	lockdep_assert_held(&vm->lock);
	vm_for_each_vcpu(vm, i, vcpu)
		if (!mutex_trylock(&vcpu->mutex)) {
			vcpu_unlock_first(vm, i);
			return false;
		}
	return true;
}

void vm_unlock_all_vcpus(struct vm *vm)
{
	vcpu_unlock_first(vm, vm->nr_vcpus);
}

/* Features that are a vCPU's own, and those that all vCPUs of a VM have. */
#define VCPU_FEATURES_OWN BIT(KVM_ARM_VCPU_POWER_OFF)

/* The first vCPU of a VM decides for all. */
static int vcpu_choose_features(struct vm *vm, u64 features)
{
	int ret = 0;

	mutex_lock(&vm->lock);
	if (!vm->has_features) {
		vm->features = features & ~VCPU_FEATURES_OWN;
		vm->has_features = true;
	} else if ((features ^ vm->features) & ~VCPU_FEATURES_OWN) {
		ret = -EINVAL;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

int vcpu_init_target(struct vcpu *vcpu, const struct kvm_vcpu_init *init)
{
	u64 features = init->features[0];
	unsigned int i;
	int ret;

	lockdep_assert_held(&vcpu->mutex);
	if (init->target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (features & ~VCPU_FEATURES_KNOWN)
		return -ENOENT;
	if (features & ~VCPU_FEATURES)
		return -EINVAL;
	ret = vcpu_choose_features(vcpu->vm, features);
	if (ret)
		return ret;

	vcpu->ctx.features = features;
	mmu_vcpu_reset(&vcpu->vm->mmu, &vcpu->mmu);
	cpu_reset(vcpu);
	gic_vcpu_reset(vcpu);
	timer_vcpu_reset(vcpu);
	power_reset(&vcpu->power, features & BIT(KVM_ARM_VCPU_POWER_OFF));
	gic_power_changed(vcpu->vm);
	WRITE_ONCE(vcpu->initialised, true);
	return 0;
}

static int vcpu_set_mp_state(struct vcpu *vcpu, const struct kvm_mp_state *mp)
{
	switch (mp->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		power_set_on(&vcpu->power);
		break;
	case KVM_MP_STATE_SUSPENDED:
		power_suspend(&vcpu->power);
		break;
	case KVM_MP_STATE_STOPPED:
		psci_power_off(vcpu);
		return 0;
	default:
		return -EINVAL;
	}
	gic_power_changed(vcpu->vm);
	return 0;
}

static u32 vcpu_get_mp_state(const struct vcpu *vcpu)
{
	if (power_is_off(&vcpu->power))
		return KVM_MP_STATE_STOPPED;
	return power_is_suspended(&vcpu->power) ? KVM_MP_STATE_SUSPENDED :
						  KVM_MP_STATE_RUNNABLE;
}

static void vcpu_get_events(struct vcpu *vcpu, struct kvm_vcpu_events *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->exception.serror_pending = !!(vcpu->ctx.flags & CPU_SERROR_PENDING);
	ev->exception.serror_has_esr = cpu_hw.has_ras;
	if (ev->exception.serror_pending && cpu_hw.has_ras)
		ev->exception.serror_esr = vcpu->ctx.serror_esr;
}

static int vcpu_set_events(struct vcpu *vcpu, const struct kvm_vcpu_events *ev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ev->reserved); i++)
		if (ev->reserved[i])
			return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(ev->exception.pad); i++)
		if (ev->exception.pad[i])
			return -EINVAL;
	/* an SError that is pending stays so: it is not possible to cancel one */
	if (ev->exception.serror_pending && ev->exception.serror_has_esr) {
		if (!cpu_hw.has_ras || ev->exception.serror_esr & ~(u64)ESR_ELx_ISS_MASK)
			return -EINVAL;
		cpu_inject_serror(vcpu, ev->exception.serror_esr);
	} else if (ev->exception.serror_pending) {
		cpu_inject_serror(vcpu, 0);
	}
	if (ev->exception.ext_dabt_pending) {
		/* in place of the access that the VMM could not serve, and once however often said */
		vcpu->ctx.flags &= ~(u32)CPU_MMIO_PENDING;
		vcpu->ctx.flags |= CPU_ABORT_PENDING;
	}
	return 0;
}

static long vcpu_one_reg(struct vcpu *vcpu, void __user *arg, bool is_set)
{
	struct kvm_one_reg reg;

	if (copy_from_user(&reg, arg, sizeof(reg)))
		return -EFAULT;
	if (!vcpu->initialised)
		return -ENOEXEC;
	return is_set ? cpu_onereg_set(vcpu, &reg) : cpu_onereg_get(vcpu, &reg);
}

static long vcpu_reg_list(struct vcpu *vcpu, void __user *arg)
{
	struct kvm_reg_list __user *ulist = arg;
	unsigned long n = cpu_onereg_list(NULL);
	u64 have, *ids;
	long ret = 0;

	if (!vcpu->initialised)
		return -ENOEXEC;
	if (get_user(have, &ulist->n) || put_user(n, &ulist->n))
		return -EFAULT;
	if (have < n)
		return -E2BIG;
	ids = kvmalloc_array(n, sizeof(*ids), GFP_KERNEL_ACCOUNT);
	if (!ids)
		return -ENOMEM;
	cpu_onereg_list(ids);
	if (copy_to_user(ulist->reg, ids, n * sizeof(*ids)))
		ret = -EFAULT;
	kvfree(ids);
	return ret;
}

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

static long vcpu_pvtime_attr(struct vcpu *vcpu, unsigned int cmd,
			     const struct kvm_device_attr *attr)
{
	lockdep_assert_held(&vcpu->mutex);
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return pvtime_set_attr(&vcpu->pvtime, attr);
	case KVM_GET_DEVICE_ATTR:
		return pvtime_get_attr(&vcpu->pvtime, attr);
	default:
		return pvtime_has_attr(attr);
	}
}

static long vcpu_device_attr(struct vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_device_attr attr;

	if (copy_from_user(&attr, arg, sizeof(attr)))
		return -EFAULT;
	if (attr.group == KVM_ARM_VCPU_PVTIME_CTRL)
		return vcpu_pvtime_attr(vcpu, cmd, &attr);
	if (attr.group != KVM_ARM_VCPU_TIMER_CTRL)
		return -ENXIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return timer_set_attr(vcpu, &attr);
	case KVM_GET_DEVICE_ATTR:
		return timer_get_attr(vcpu, &attr);
	default:
		return timer_has_attr(&attr);
	}
}

static long vcpu_mp_state(struct vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_mp_state mp;

	if (cmd == KVM_GET_MP_STATE) {
		mp.mp_state = vcpu_get_mp_state(vcpu);
		return copy_to_user(arg, &mp, sizeof(mp)) ? -EFAULT : 0;
	}
	if (copy_from_user(&mp, arg, sizeof(mp)))
		return -EFAULT;
	return vcpu_set_mp_state(vcpu, &mp);
}

static long vcpu_events(struct vcpu *vcpu, unsigned int cmd, void __user *arg)
{
	struct kvm_vcpu_events ev;

	if (!vcpu->initialised)
		return -ENOEXEC;
	if (cmd == KVM_GET_VCPU_EVENTS) {
		vcpu_get_events(vcpu, &ev);
		return copy_to_user(arg, &ev, sizeof(ev)) ? -EFAULT : 0;
	}
	if (copy_from_user(&ev, arg, sizeof(ev)))
		return -EFAULT;
	return vcpu_set_events(vcpu, &ev);
}

static long vcpu_locked_ioctl(struct vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	struct kvm_vcpu_init init;

	lockdep_assert_held(&vcpu->mutex);
	psci_start(vcpu);
	switch (cmd) {
	case KVM_RUN:
		return arg ? -EINVAL : vcpu_run(vcpu);
	case KVM_ARM_VCPU_INIT:
		if (copy_from_user(&init, uarg, sizeof(init)))
			return -EFAULT;
		return vcpu_init_target(vcpu, &init);
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return vcpu_one_reg(vcpu, uarg, cmd == KVM_SET_ONE_REG);
	case KVM_GET_REG_LIST:
		return vcpu_reg_list(vcpu, uarg);
	case KVM_GET_MP_STATE:
	case KVM_SET_MP_STATE:
		return vcpu_mp_state(vcpu, cmd, uarg);
	case KVM_GET_VCPU_EVENTS:
	case KVM_SET_VCPU_EVENTS:
		return vcpu_events(vcpu, cmd, uarg);
	case KVM_SET_SIGNAL_MASK:
		return vcpu_signal_mask(vcpu, uarg);
	case KVM_GET_STATS_FD:
		return stats_vcpu_fd(vcpu);
	case KVM_SET_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return vcpu_device_attr(vcpu, cmd, uarg);
	default:
		return -ENOTTY;
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

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(vcpu->run);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_mmap_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma_pages(vma) + vma->vm_pgoff > 1 || vma->vm_flags & VM_EXEC)
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

void vcpu_destroy(struct vcpu *vcpu)
{
	timer_vcpu_destroy(vcpu);
	gic_vcpu_destroy(vcpu);
	put_pid(rcu_access_pointer(vcpu->pid));
	free_page((unsigned long)vcpu->run);
	kfree(vcpu);
}

static struct vcpu *vcpu_alloc(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	vcpu->run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->run)
		goto free;
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->idx = vm->nr_vcpus;
	vcpu->ctx.mpidr = vcpu_id_to_mpidr(id);
	mutex_init(&vcpu->mutex);
	run_init(vcpu);
	power_init(&vcpu->power, &vm->firmware.lock);
	pvtime_init(&vcpu->pvtime, &vm->mmu.gmem);
	timer_vcpu_init(vcpu);
	ret = gic_vcpu_init(vcpu);
	if (!ret)
		return vcpu;
	free_page((unsigned long)vcpu->run);
free:
	kfree(vcpu);
	return ERR_PTR(ret);
}

static bool vcpu_id_is_taken(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		if (vcpu->id == id)
			return true;
	return false;
}

/* The entry first, then the number that says it is there. */
static int vcpu_publish(struct vm *vm, struct vcpu *vcpu)
{
	char name[24];
	int fd;

	lockdep_assert_held(&vm->lock);
	snprintf(name, sizeof(name), "kvm-vcpu:%u", vcpu->id);
	if (affinity_reserve(vcpu))
		return -ENOMEM;
	if (xa_err(xa_store(&vm->vcpus, vcpu->idx, vcpu, GFP_KERNEL_ACCOUNT))) {
		affinity_release(vcpu);
		return -ENOMEM;
	}
	vm_get(vm);
	fd = anon_inode_getfd(name, &vcpu_fops, vcpu, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		xa_erase(&vm->vcpus, vcpu->idx);
		affinity_release(vcpu);
		vm_put(vm);
		return fd;
	}
	smp_wmb();	/* pairs with vm_vcpu() */
	WRITE_ONCE(vm->nr_vcpus, vm->nr_vcpus + 1);
	affinity_add(vcpu);
	return fd;
}

int vcpu_create(struct vm *vm, unsigned long id)
{
	struct vcpu *vcpu;
	int ret;

	if (id >= VM_MAX_VCPUS)
		return -EINVAL;
	mutex_lock(&vm->lock);
	if (vcpu_id_is_taken(vm, id)) {
		ret = -EEXIST;
		goto unlock;
	}
	vcpu = vcpu_alloc(vm, id);
	if (IS_ERR(vcpu)) {
		ret = PTR_ERR(vcpu);
		goto unlock;
	}
	ret = vcpu_publish(vm, vcpu);
	if (ret < 0)
		vcpu_destroy(vcpu);
	else
		stats_vcpu_add(vcpu);
unlock:
	mutex_unlock(&vm->lock);
	return ret;
}
