// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs by their affinity: SGIs, routes and PSCI look them up, and it costs the same
 * however many there are.
 */
#include "affinity.h"
#include "vm.h"

/* Aff3.Aff2.Aff1.Aff0 as 32 bits. */
static unsigned long affinity_key(u64 mpidr)
{
	return ((mpidr >> 32) & 0xff) << 24 | (mpidr & 0xffffff);
}

struct arm_vcpu *affinity_vcpu(struct arm_vm *vm, u64 mpidr)
{
	return xa_load(&vm->affinities, affinity_key(mpidr));
}

u64 affinity_mpidr(const struct arm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->ctx.mpidr);
}

int affinity_reserve(struct arm_vcpu *vcpu)
{
	return xa_reserve(&vcpu->vm->affinities, affinity_key(vcpu->ctx.mpidr), GFP_KERNEL_ACCOUNT);
}

void affinity_release(struct arm_vcpu *vcpu)
{
	xa_release(&vcpu->vm->affinities, affinity_key(vcpu->ctx.mpidr));
}

/* Of several with one affinity the first created has it. */
static int affinity_claim(struct arm_vcpu *vcpu, unsigned long key)
{
	struct xarray *all = &vcpu->vm->affinities;
	struct arm_vcpu *has = xa_load(all, key);

	if (has && has->base.idx <= vcpu->base.idx)
		return 0;
	return xa_err(xa_store(all, key, vcpu, GFP_KERNEL_ACCOUNT));
}

void affinity_add(struct arm_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->vm->base.lock);
	/* needs no memory: affinity_reserve() came before */
	affinity_claim(vcpu, affinity_key(vcpu->ctx.mpidr));
}

/* @vcpu has it no longer: who has it now? */
static void affinity_inherit(struct arm_vcpu *vcpu, unsigned long key)
{
	struct arm_vm *vm = vcpu->vm;
	struct arm_vcpu *other;
	unsigned int i;

	if (xa_load(&vm->affinities, key) != vcpu)
		return;
	arm_for_each_vcpu(vm, i, other) {
		if (other != vcpu && affinity_key(other->ctx.mpidr) == key) {
			xa_store(&vm->affinities, key, other, GFP_KERNEL_ACCOUNT);
			return;
		}
	}
	xa_erase(&vm->affinities, key);
}

int affinity_set(struct arm_vcpu *vcpu, u64 mpidr)
{
	unsigned long old = affinity_key(vcpu->ctx.mpidr), new = affinity_key(mpidr);
	int ret = 0;

	mutex_lock(&vcpu->vm->base.lock);
	if (mpidr != vcpu->ctx.mpidr && vcpu->vm->base.ran_once)
		ret = -EBUSY;
	else
		ret = affinity_claim(vcpu, new);
	if (!ret) {
		WRITE_ONCE(vcpu->ctx.mpidr, mpidr);
		if (new != old)
			affinity_inherit(vcpu, old);
	}
	mutex_unlock(&vcpu->vm->base.lock);
	return ret;
}
