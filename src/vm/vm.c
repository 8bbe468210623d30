// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a VM and of its vCPUs, apart from their descriptors.
 */
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "arch.h"
#include "coalesced.h"
#include "device.h"
#include "dirtyring.h"
#include "ioeventfd.h"
#include "irqfd.h"
#include "routing.h"
#include "run.h"
#include "stats.h"
#include "vm.h"

static void vm_destroy(struct vm *vm)
{
	const struct vm_arch *arch = vm->arch;
	struct vcpu *vcpu;
	unsigned long i;

	stats_vm_remove(vm);
	irqfd_vm_destroy(vm);
	ioeventfd_vm_destroy(vm);
	coalesced_vm_destroy(vm);
	device_release_all(vm);
	/* guest memory first: what vCPUs still owe it is paid while they are there */
	arch->vm_release(vm);
	xa_for_each(&vm->vcpus, i, vcpu)
		vcpu_destroy(vcpu);
	xa_destroy(&vm->vcpus);
	arch->vm_destroy(vm);
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

static int vm_init(struct vm *vm, unsigned long type)
{
	int ret;

	refcount_set(&vm->refs, 1);
	mutex_init(&vm->lock);
	mutex_init(&vm->irq_lock);
	xa_init_flags(&vm->vcpus, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&vm->devices);
	ret = init_srcu_struct(&vm->irq_srcu);
	if (ret)
		return ret;
	ret = coalesced_vm_init(vm);
	if (ret)
		goto srcu;
	routing_vm_init(vm);
	irqfd_vm_init(vm);
	ioeventfd_vm_init(vm);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	ret = vm->arch->vm_init(vm, type);
	if (!ret)
		return 0;
	mmdrop(vm->mm);
	coalesced_vm_destroy(vm);
srcu:
	cleanup_srcu_struct(&vm->irq_srcu);
	return ret;
}

struct vm *vm_new(const struct vm_arch *arch, unsigned long type)
{
	struct vm *vm = kzalloc(arch->vm_size, GFP_KERNEL_ACCOUNT);
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	vm->arch = arch;
	ret = vm_init(vm, type);
	if (ret) {
		kfree(vm);
		return ERR_PTR(ret);
	}
	stats_vm_add(vm);
	return vm;
}

struct vcpu *vm_vcpu(struct vm *vm, unsigned int idx)
{
	unsigned int n = READ_ONCE(vm->nr_vcpus);

	if (idx >= n)
		return NULL;
	smp_rmb();	/* pairs with vcpu_publish(): the entry is there */
	return xa_load(&vm->vcpus, array_index_nospec(idx, n));
}

struct vcpu *vm_vcpu_by_id(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = vm_vcpu(vm, id);
	unsigned int i;

	if (vcpu && vcpu->id == id)
		return vcpu;
	vm_for_each_vcpu(vm, i, vcpu) {
		if (vcpu->id == id)
			return vcpu;
	}
	return NULL;
}

void vm_kick_all(struct vm *vm)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		vcpu_kick(vcpu);
}

static void vm_unlock_first(struct vm *vm, unsigned int n)
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
			vm_unlock_first(vm, i);
			return false;
		}
	return true;
}

void vm_unlock_all_vcpus(struct vm *vm)
{
	vm_unlock_first(vm, vm->nr_vcpus);
}

static struct vcpu *vcpu_alloc(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = kzalloc(vm->arch->vcpu_size, GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->run = alloc_pages_exact(vm->arch->run_pages * PAGE_SIZE,
				      GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vcpu->run) {
		kfree(vcpu);
		return NULL;
	}
	vcpu->vm = vm;
	if (dirtyring_vcpu_init(vcpu)) {
		free_pages_exact(vcpu->run, vm->arch->run_pages * PAGE_SIZE);
		kfree(vcpu);
		return NULL;
	}
	vcpu->id = id;
	vcpu->idx = vm->nr_vcpus;
	mutex_init(&vcpu->mutex);
	run_init(vcpu);
	return vcpu;
}

static void vcpu_free(struct vcpu *vcpu)
{
	put_pid(rcu_access_pointer(vcpu->pid));
	dirtyring_vcpu_destroy(vcpu);
	free_pages_exact(vcpu->run, vcpu->vm->arch->run_pages * PAGE_SIZE);
	kfree(vcpu);
}

struct vcpu *vcpu_new(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu;
	int ret;

	lockdep_assert_held(&vm->lock);
	if (vm_vcpu_by_id(vm, id))
		return ERR_PTR(-EEXIST);
	vcpu = vcpu_alloc(vm, id);
	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	ret = vm->arch->vcpu_init(vcpu);
	if (!ret)
		return vcpu;
	vcpu_free(vcpu);
	return ERR_PTR(ret);
}

int vcpu_store(struct vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->vm->lock);
	return xa_err(xa_store(&vcpu->vm->vcpus, vcpu->idx, vcpu, GFP_KERNEL_ACCOUNT));
}

void vcpu_unstore(struct vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->vm->lock);
	xa_erase(&vcpu->vm->vcpus, vcpu->idx);
}

/* The entry first, then the number that says it is there. */
void vcpu_publish(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	lockdep_assert_held(&vm->lock);
	smp_wmb();	/* pairs with vm_vcpu() */
	WRITE_ONCE(vm->nr_vcpus, vm->nr_vcpus + 1);
	vm->arch->vcpu_publish(vcpu);
	stats_vcpu_add(vcpu);
}

void vcpu_destroy(struct vcpu *vcpu)
{
	vcpu->vm->arch->vcpu_destroy(vcpu);
	vcpu_free(vcpu);
}
