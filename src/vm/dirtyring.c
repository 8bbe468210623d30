// SPDX-License-Identifier: GPL-2.0
/*
 * Dirty rings of vCPUs: made with the vCPU, shown to the VMM through its descriptor.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../mem/gmem.h"
#include "dirtyring.h"

static struct gmem_ring *dirtyring_here(void *owner)
{
	struct vcpu *vcpu = vcpu_running_here();

	return vcpu && vcpu->vm == owner ? vcpu->ring : NULL;
}

static struct gmem_ring *dirtyring_nth(void *owner, unsigned int i)
{
	struct vcpu *vcpu = vm_vcpu(owner, i);

	return vcpu ? vcpu->ring : NULL;
}

static const struct gmem_ring_client dirtyring_client = {
	.here = dirtyring_here,
	.nth = dirtyring_nth,
};

int dirtyring_enable(struct vm *vm, u64 bytes)
{
	int ret = -EINVAL;

	if (!is_power_of_2(bytes) || bytes < PAGE_SIZE ||
	    bytes < 2 * GMEM_RING_RESERVE * sizeof(struct kvm_dirty_gfn))
		return -EINVAL;
	if (bytes > DIRTYRING_MAX_BYTES)
		return -E2BIG;
	mutex_lock(&vm->lock);
	if (!vm->nr_vcpus)
		ret = gmem_rings_enable(vm->gmem, &dirtyring_client, vm);
	if (!ret)
		vm->ring_bytes = bytes;
	mutex_unlock(&vm->lock);
	return ret;
}

int dirtyring_vcpu_init(struct vcpu *vcpu)
{
	u32 bytes = vcpu->vm->ring_bytes;
	struct kvm_dirty_gfn *entry;

	lockdep_assert_held(&vcpu->vm->lock);
	if (!bytes)
		return 0;
	vcpu->ring = kmalloc(sizeof(*vcpu->ring), GFP_KERNEL_ACCOUNT);
	entry = __vmalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vcpu->ring || !entry) {
		kfree(vcpu->ring);
		vfree(entry);
		vcpu->ring = NULL;
		return -ENOMEM;
	}
	gmem_ring_init(vcpu->ring, entry, bytes / sizeof(*entry));
	return 0;
}

void dirtyring_vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu->ring)
		return;
	/* a page that somebody still maps stays until he does no more */
	vfree(vcpu->ring->entry);
	kfree(vcpu->ring);
}

unsigned long dirtyring_pages(const struct vcpu *vcpu)
{
	return vcpu->ring ? vcpu->vm->ring_bytes >> PAGE_SHIFT : 0;
}

struct page *dirtyring_page(const struct vcpu *vcpu, unsigned long i)
{
	return vmalloc_to_page((void *)vcpu->ring->entry + (i << PAGE_SHIFT));
}
