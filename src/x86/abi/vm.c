// SPDX-License-Identifier: GPL-2.0
/*
 * A VM on x86: its life, and ioctls of its descriptor and of /dev/kvm that are x86's.
 */
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "../../vm/arch.h"
#include "../../vm/stats.h"
#include "../irq/chip.h"
#include "../irq/tick.h"
#include "../nested/nested.h"
#include "../svm/filter.h"
#include "../vm.h"
#include "abi.h"
#include "clock.h"
#include "irq.h"
#include "xen.h"

#define VM_MIN_MMU_PAGES	64
#define VM_STAT(field)	{ #field, offsetof(struct x86_vm, npt.stats.field), STATS_COUNT }

#define VM_STAT_MEM(name, field)	\
	{ name, offsetof(struct x86_vm, npt.gmem.stats.field), STATS_COUNT }

static const struct stats_desc vm_stats[] = {
	VM_STAT(faults),
	VM_STAT(mapped_4k),
	VM_STAT(mapped_2m),
	VM_STAT(mapped_1g),
	VM_STAT(retries),
	VM_STAT(flushes),
	{ "tables", offsetof(struct x86_vm, npt.stats.tables), STATS_NOW },
	/* ways into guest memory; see docs/memory.md */
	VM_STAT_MEM("pfn_hits", check_hit),
	VM_STAT_MEM("pfn_misses", check_miss),
	VM_STAT_MEM("pfn_refreshes", refresh),
	VM_STAT_MEM("pfn_refresh_fails", refresh_fail),
	VM_STAT_MEM("pfn_waits", wait),
	VM_STAT_MEM("pfn_agains", again),
	VM_STAT_MEM("pfn_invalidates", invalidate),
	VM_STAT_MEM("pfn_kicks", kick),
	VM_STAT_MEM("hva_hits", hva_hit),
	VM_STAT_MEM("hva_misses", hva_miss),
	VM_STAT_MEM("mem_reads", reads),
	VM_STAT_MEM("mem_writes", writes),
	VM_STAT_MEM("guest_maps", maps),
	VM_STAT_MEM("guest_unmaps", unmaps),
};

/* Nothing reaches another CPU's TLB: every vCPU is asked to flush before it runs on. */
static void vm_npt_kick(struct npt *npt)
{
	vm_request_all(&container_of(npt, struct x86_vm, npt)->base, X86_REQ_FLUSH);
}

/* Copies that vCPUs keep of entries hide accesses from these: they go at the next entry. */
static void vm_npt_old(struct npt *npt)
{
	struct vm *vm = &container_of(npt, struct x86_vm, npt)->base;
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(vm, i, vcpu)
		if (READ_ONCE(to_x86_vcpu(vcpu)->svm.nested))
			set_bit(X86_REQ_FLUSH, &vcpu->requests);
}

/* Records of stolen time are reached by address while a vCPU is about to enter; it finds them again. */
static void vm_npt_slots(struct npt *npt)
{
	struct vm *vm = &container_of(npt, struct x86_vm, npt)->base;
	struct vcpu *vcpu;
	unsigned int i;

	vm_request_all(vm, X86_REQ_STEAL);
	/* who could not be told of fetched memory, as the record's slot was away, is told now */
	vm_for_each_vcpu(vm, i, vcpu)
		if (READ_ONCE(to_x86_vcpu(vcpu)->apf.on))
			vcpu_request(vcpu, X86_REQ_APF);
}

static int vm_setup(struct vm *base, unsigned long type)
{
	struct x86_vm *vm = to_x86_vm(base);
	int ret;

	if (type != KVM_X86_DEFAULT_VM)
		return -EINVAL;
	/* four levels of tables, which is what all have, reach 48 bits */
	vm->gpa_bits = min(svm_hw.phys_bits, 48U);
	vm->npt.kick = vm_npt_kick;
	vm->npt.old = vm_npt_old;
	vm->npt.slots = vm_npt_slots;
	kvmclock_vm_init(vm);
	xen_vm_init(vm);
	ret = npt_init(&vm->npt, vm->gpa_bits);
	if (!ret)
		base->gmem = &vm->npt.gmem;
	return ret;
}

static void vm_release(struct vm *base)
{
	struct vcpu *vcpu;
	unsigned int i;

	/* a timer that interrupts vCPUs, which are there */
	tick_destroy(to_x86_vm(base));
	vm_for_each_vcpu(base, i, vcpu) {
		nested_release(to_x86_vcpu(vcpu));
		kvmclock_vcpu_destroy(to_x86_vcpu(vcpu));
		xen_vcpu_destroy(to_x86_vcpu(vcpu));
	}
	xen_vm_release(to_x86_vm(base));
	npt_destroy(&to_x86_vm(base)->npt);
}

static void vm_teardown(struct vm *base)
{
	chip_destroy(to_x86_vm(base));
	filter_destroy(to_x86_vm(base));
}

static long vm_msr_filter(struct x86_vm *vm, void __user *arg)
{
	struct kvm_msr_filter *f = memdup_user(arg, sizeof(*f));
	long ret;

	if (IS_ERR(f))
		return PTR_ERR(f);
	ret = filter_set(vm, f);
	kfree(f);
	return ret;
}

/* It bounds tables that shadow the guest's own: with nested paging there are none (KVM API 4.44). */
static long vm_nr_mmu_pages(struct x86_vm *vm, unsigned long n)
{
	if (n < VM_MIN_MMU_PAGES)
		return -EINVAL;
	WRITE_ONCE(vm->nr_mmu_pages, n);
	return 0;
}

/* These say where an older CPU needs room for tables of the hypervisor's: AMD-V needs none. */
static long vm_ioctl(struct vm *base, unsigned int cmd, unsigned long arg)
{
	long ret;
	u64 addr;

	switch (cmd) {
	case KVM_GET_TSC_KHZ:
		return tsc_khz;
	case KVM_SET_TSC_KHZ:
		return READ_ONCE(base->nr_vcpus) ? -EINVAL : vcpu_set_tsc_khz(arg);
	case KVM_SET_NR_MMU_PAGES:
		return vm_nr_mmu_pages(to_x86_vm(base), arg);
	case KVM_GET_NR_MMU_PAGES:
		return READ_ONCE(to_x86_vm(base)->nr_mmu_pages);
	case KVM_X86_SET_MSR_FILTER:
		return vm_msr_filter(to_x86_vm(base), (void __user *)arg);
	case KVM_SET_TSS_ADDR:
		return arg > U32_MAX - 3 * PAGE_SIZE ? -EINVAL : 0;
	case KVM_SET_IDENTITY_MAP_ADDR:
		if (copy_from_user(&addr, (void __user *)arg, sizeof(addr)))
			return -EFAULT;
		return base->nr_vcpus ? -EINVAL : 0;
	default:
		ret = clock_vm_ioctl(to_x86_vm(base), cmd, (void __user *)arg);
		if (ret == -ENOTTY)
			ret = xen_vm_ioctl(to_x86_vm(base), cmd, (void __user *)arg);
		return ret == -ENOTTY ? irq_vm_ioctl(to_x86_vm(base), cmd, arg) : ret;
	}
}

static long vm_cpuid(struct kvm_cpuid2 __user *u, int (*fill)(struct kvm_cpuid_entry2 *e, unsigned int *nr))
{
	struct kvm_cpuid_entry2 *e;
	unsigned int nr;
	u32 room;
	long ret;

	if (get_user(room, &u->nent))
		return -EFAULT;
	room = min_t(u32, room, SVM_MAX_CPUID);
	e = kvcalloc(max(room, 1U), sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	nr = room;
	ret = fill(e, &nr);
	if (!ret && copy_to_user(u->entries, e, nr * sizeof(*e)))
		ret = -EFAULT;
	if (!ret && put_user(nr, &u->nent))
		ret = -EFAULT;
	kvfree(e);
	return ret;
}

/* Hyper-V's leaves stand where others' do, so they are a list of their own (KVM API 4.118). */
static int vm_fill_hv(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	struct kvm_cpuid_entry2 e;
	unsigned int i;

	for (i = 0; hv_announce(i, &e); i++) {
		if (i == *nr)
			return -E2BIG;
		out[i] = e;
	}
	*nr = i;
	return 0;
}

/* Nothing that the CPU lacks is done in its place (KVM API 4.88). */
static int vm_fill_emulated(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	*nr = 0;
	return 0;
}

static long vm_msr_list(struct kvm_msr_list __user *u, const u32 *list, unsigned int n)
{
	u32 room;

	if (get_user(room, &u->nmsrs) || put_user(n, &u->nmsrs))
		return -EFAULT;
	if (room < n)
		return -E2BIG;
	return copy_to_user(u->indices, list, n * sizeof(*list)) ? -EFAULT : 0;
}

static long vm_dev_ioctl(unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	const u32 *list;
	unsigned int n;

	switch (cmd) {
	case KVM_GET_SUPPORTED_CPUID:
		return vm_cpuid(uarg, svm_cpuid_supported);
	case KVM_GET_EMULATED_CPUID:
		return vm_cpuid(uarg, vm_fill_emulated);
	case KVM_GET_SUPPORTED_HV_CPUID:
		return vm_cpuid(uarg, vm_fill_hv);
	case KVM_GET_MSR_INDEX_LIST:
		list = svm_msr_list(&n);
		return vm_msr_list(uarg, list, n);
	case KVM_GET_MSR_FEATURE_INDEX_LIST:
		list = svm_msr_features(&n);
		return vm_msr_list(uarg, list, n);
	case KVM_GET_MSRS:
		return vcpu_msrs(NULL, uarg, false);
	case KVM_X86_GET_MCE_CAP_SUPPORTED:
		return put_user(BANK_SUPPORTED, (u64 __user *)arg);
	default:
		return -EINVAL;
	}
}

void vm_fill(struct vm_arch *arch)
{
	arch->vm_stats = vm_stats;
	arch->nr_vm_stats = ARRAY_SIZE(vm_stats);
	arch->dev_ioctl = vm_dev_ioctl;
	arch->vm_init = vm_setup;
	arch->vm_release = vm_release;
	arch->vm_destroy = vm_teardown;
	arch->vm_ioctl = vm_ioctl;
}
