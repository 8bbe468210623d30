// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kvm and the descriptors that come from it: what each ioctl of every architecture's answers, what it passes on,
 * and what is left when memory or descriptors run out. KVM API, chapter 4.
 */
#include "file_env.h"

#include <linux/miscdevice.h>

#include "../../src/vm/coalesced.h"
#include "../../src/vm/stats.h"

#define RUN_PAGES	2

static int new_vm(void)
{
	int fd = env_dev_ioctl(KVM_CREATE_VM, 5);

	assert_true(fd >= 0);
	return fd;
}

static int new_vcpu(int vm, unsigned int id)
{
	int fd = env_ioctl(vm, KVM_CREATE_VCPU, id);

	assert_true(fd >= 0);
	return fd;
}

/* Every part of the module that was started is stopped when a later one fails, and /dev/kvm is not there. */
static void load_fails(void **state)
{
	(void)state;
	shim_module_exit();
	env_why_not = "no";
	assert_int_equal(shim_module_init(), -ENODEV);
	env_why_not = NULL;
	env_misc_ret = -EBUSY;
	assert_int_equal(shim_module_init(), -ENODEV);
	env_misc_ret = -ENOSPC;
	assert_int_equal(shim_module_init(), -ENOSPC);
	env_misc_ret = 0;
	env_start_ret = -EIO;
	assert_int_equal(shim_module_init(), -EIO);
	assert_null(env_misc);
	assert_int_equal(env_parts, 0);
	assert_false(env_module_shown());
	env_start_ret = 0;
	env_run_start_ret = -ENOMEM;
	assert_int_equal(shim_module_init(), -ENOMEM);
	assert_int_equal(env_parts, 0);
	assert_false(env_module_shown());
	env_run_start_ret = 0;
	env_calls.ready = 0;
	assert_int_equal(each_alloc(shim_module_init(), -ENOMEM), 1);
	assert_int_equal(env_calls.ready, 1);
	assert_true(env_module_shown());
	assert_int_equal(env_parts, 2);
	assert_string_equal(env_misc->name, "kvm");
	assert_int_equal(env_misc->minor, 232);
	assert_int_equal(env_misc->mode, 0660);
}

/* The system descriptor's own ioctls; their argument is nothing, or refused. */
static void system_ioctls(void **state)
{
	(void)state;
	assert_int_equal(env_dev_ioctl(KVM_GET_API_VERSION, 0), 12);
	assert_int_equal(env_dev_ioctl(KVM_GET_API_VERSION, 1), -EINVAL);
	assert_int_equal(env_dev_ioctl(KVM_GET_VCPU_MMAP_SIZE, 0), (RUN_PAGES + 1) * 4096);
	assert_int_equal(env_dev_ioctl(KVM_GET_VCPU_MMAP_SIZE, 1), -EINVAL);
	env_arch.coalesced = false;
	assert_int_equal(env_dev_ioctl(KVM_GET_VCPU_MMAP_SIZE, 0), RUN_PAGES * 4096);
	assert_int_equal(env_dev_ioctl(ENV_IOCTL, 0), -ENOTTY);
}

static long dev_ioctl(unsigned int cmd, unsigned long arg)
{
	return cmd == ENV_IOCTL ? (long)arg + 1 : -ENOTTY;
}

static void system_ioctls_of_arch(void **state)
{
	(void)state;
	env_arch.dev_ioctl = dev_ioctl;
	assert_int_equal(env_dev_ioctl(ENV_IOCTL, 8), 9);
	assert_int_equal(env_dev_ioctl(ENV_IOCTL + 1, 8), -ENOTTY);
}

/* What is announced: 1 for what is there or its number, the architecture's word on the rest, of the VM if there is one. */
static void capabilities(void **state)
{
	static const struct { unsigned int cap; long value; } caps[] = {
		{ KVM_CAP_USER_MEMORY, 1 }, { KVM_CAP_USER_MEMORY2, 1 }, { KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
		{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 }, { KVM_CAP_SYNC_MMU, 1 }, { KVM_CAP_READONLY_MEM, 1 },
		{ KVM_CAP_MP_STATE, 1 }, { KVM_CAP_VCPU_EVENTS, 1 }, { KVM_CAP_IMMEDIATE_EXIT, 1 },
		{ KVM_CAP_IOEVENTFD, 1 }, { KVM_CAP_IOEVENTFD_ANY_LENGTH, 1 }, { KVM_CAP_IOEVENTFD_NO_LENGTH, 1 },
		{ KVM_CAP_DEVICE_CTRL, 1 }, { KVM_CAP_INTERNAL_ERROR_DATA, 1 }, { KVM_CAP_ENABLE_CAP_VM, 1 },
		{ KVM_CAP_CHECK_EXTENSION_VM, 1 }, { KVM_CAP_BINARY_STATS_FD, 1 },
		{ KVM_CAP_COALESCED_MMIO, RUN_PAGES }, { KVM_CAP_COALESCED_PIO, 1 }, { KVM_CAP_NR_MEMSLOTS, 32767 },
		{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 3 }, { KVM_CAP_NR_VCPUS, 2 }, { KVM_CAP_MAX_VCPUS, 512 },
		{ KVM_CAP_MAX_VCPU_ID, 512 }, { KVM_CAP_IRQ_ROUTING, 4096 }, { KVM_CAP_XEN_HVM, 0 }, { 99999, 0 },
	};
	int vm = new_vm();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		assert_int_equal(env_dev_ioctl(KVM_CHECK_EXTENSION, caps[i].cap), caps[i].value);
		assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, caps[i].cap), caps[i].value);
	}
	assert_int_equal(env_dev_ioctl(KVM_CHECK_EXTENSION, 1000), 1);
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, 1000), 2);
	env_arch.coalesced = false;
	assert_int_equal(env_dev_ioctl(KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO), 0);
	assert_int_equal(env_dev_ioctl(KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO), 0);
}

/* @call gives a descriptor, which is closed: then it can be had again. */
static long closed(long fd)
{
	if (fd < 0)
		return fd;
	env_close(fd);
	return 0;
}

/* Of everything that makes a descriptor each allocation fails once, and then there is no descriptor left: nothing stays. */
static void each_creation_without_memory(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE };
	unsigned int n;
	int vm, vcpu;

	(void)state;
	assert_true(each_alloc(closed(env_dev_ioctl(KVM_CREATE_VM, 0)), -ENOMEM) >= 4);
	assert_int_equal(env_calls.vm_init, env_calls.vm_destroy);
	vm = new_vm();
	n = env_nr_fds();
	vcpu = 0;
	assert_true(each_alloc((vcpu = env_ioctl(vm, KVM_CREATE_VCPU, 3)) < 0 ? vcpu : 0, -ENOMEM) >= 4);
	assert_int_equal(env_vm(vm)->nr_vcpus, 1);
	assert_int_equal(env_calls.vcpu_publish, 1);
	assert_int_equal(env_calls.vcpu_init, env_calls.vcpu_destroy + 1);
	assert_int_equal(env_nr_fds(), n + 1);
	assert_int_equal(each_alloc(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -ENOMEM), 2);
	assert_int_equal(env_calls.device_create, env_calls.device_release + 1);
	assert_int_equal(each_alloc(closed(env_ioctl(vm, KVM_GET_STATS_FD, 0)), -ENOMEM), 2);
	assert_int_equal(each_alloc(closed(env_ioctl(vcpu, KVM_GET_STATS_FD, 0)), -ENOMEM), 2);
}

static void each_creation_without_descriptors(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE, .fd = 77 };
	int vm, vcpu;

	(void)state;
	env_fd_limit = 0;
	assert_int_equal(env_dev_ioctl(KVM_CREATE_VM, 0), -EMFILE);
	assert_int_equal(env_calls.vm_destroy, 1);
	env_fd_limit = 2;
	vm = new_vm();
	vcpu = new_vcpu(vm, 0);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 1), -EMFILE);
	assert_int_equal(env_vm(vm)->nr_vcpus, 1);
	assert_int_equal(env_calls.vcpu_destroy, 1);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -EMFILE);
	assert_int_equal(cd.fd, 77);
	assert_int_equal(env_calls.device_release, 1);
	assert_int_equal(env_ioctl(vm, KVM_GET_STATS_FD, 0), -EMFILE);
	assert_int_equal(env_ioctl(vcpu, KVM_GET_STATS_FD, 0), -EMFILE);
	assert_int_equal(refcount_read(&env_vm(vm)->refs), 2);
}

/* Descriptor 0 is as good as any: a VMM may have closed its standard input. */
static void descriptor_0(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE, .fd = 77 };
	int spare = env_eventfd(), vm = new_vm();

	(void)state;
	assert_int_equal(spare, 0);
	env_close(spare);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 0), 0);
	assert_int_equal(env_vm(vm)->nr_vcpus, 1);
	assert_int_equal(env_calls.vcpu_destroy, 0);
	assert_int_equal(env_ioctl(0, KVM_GET_STATS_FD, 0), 2);
	env_close(0);
	assert_int_equal(env_ioctl(vm, KVM_GET_STATS_FD, 0), 0);
	env_close(0);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
	assert_int_equal(cd.fd, 0);
	assert_int_equal(env_calls.device_release, 0);
	env_close(0);
	env_close(2);
	assert_int_equal(refcount_read(&env_vm(vm)->refs), 1);
}

/* The architecture's own errors are the caller's, and it need not undo what it did not do. */
static void architecture_refuses(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE };
	int vm;

	(void)state;
	env_vm_init_ret = -EXDEV;
	assert_int_equal(env_dev_ioctl(KVM_CREATE_VM, 9), -EXDEV);
	assert_int_equal(env_calls.type, 9);
	assert_int_equal(shim_mm.count, 0);
	env_vm_init_ret = 0;
	vm = new_vm();
	assert_int_equal(shim_mm.count, 1);
	env_vcpu_init_ret = -EXDEV;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 0), -EXDEV);
	assert_int_equal(env_calls.vcpu_destroy, 0);
	env_device_ret = -EXDEV;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -EXDEV);
	assert_int_equal(env_calls.device_release, 0);
}

/* vCPUs are found by index and by number, in whichever order they were made; a number is taken once. */
static void vcpus_by_number(void **state)
{
	static const unsigned int ids[] = { 3, 0, 511, 1 };
	int vm = new_vm();
	struct vm *v = env_vm(vm);
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_null(vm_vcpu_by_id(v, ids[i]));
		new_vcpu(vm, ids[i]);
		assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, ids[i]), -EEXIST);
		assert_int_equal(vm_vcpu(v, i)->id, ids[i]);
		assert_int_equal(vm_vcpu(v, i)->idx, i);
		assert_ptr_equal(vm_vcpu_by_id(v, ids[i]), vm_vcpu(v, i));
		assert_null(vm_vcpu(v, i + 1));
	}
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 512), -EINVAL);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, ~0UL), -EINVAL);
	assert_int_equal(env_ioctl(vm, KVM_CREATE_VCPU, 1UL << 32), -EINVAL);
	assert_null(vm_vcpu_by_id(v, 2));
	assert_null(vm_vcpu(v, ~0U));
	env_calls.kick = 0;
	vm_get(v);
	vm_put(v);
	for (i = 0; i < 4; i++)
		assert_int_equal(vm_vcpu(v, i)->cpu, -1);
}

/* All vCPUs are kept from running, or none is where one is busy. */
static void all_vcpus_are_locked(void **state)
{
	int vm = new_vm();
	struct vm *v = env_vm(vm);
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		new_vcpu(vm, i);
	mutex_lock(&v->lock);
	assert_true(vm_lock_all_vcpus(v));
	for (i = 0; i < 4; i++)
		assert_true(mutex_is_locked(&vm_vcpu(v, i)->mutex));
	vm_unlock_all_vcpus(v);
	for (i = 0; i < 4; i++)
		assert_false(mutex_is_locked(&vm_vcpu(v, i)->mutex));
	mutex_unlock(&v->lock);
	vm_kick_all(v);
	assert_int_equal(env_calls.kick, 0xf);
}

/* A VM lives as long as any descriptor of it. */
static void descriptors_hold_the_vm(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE };
	int fds[5], vm;
	unsigned int i, last;

	(void)state;
	for (last = 0; last < ARRAY_SIZE(fds); last++) {
		vm = new_vm();
		fds[0] = vm;
		fds[1] = new_vcpu(vm, 0);
		assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
		fds[2] = cd.fd;
		fds[3] = env_ioctl(vm, KVM_GET_STATS_FD, 0);
		fds[4] = env_ioctl(fds[1], KVM_GET_STATS_FD, 0);
		for (i = 0; i < ARRAY_SIZE(fds); i++)
			if (i != last)
				env_close(fds[i]);
		assert_int_equal(env_calls.vm_destroy, last);
		env_close(fds[last]);
		assert_int_equal(env_calls.vm_destroy, last + 1);
		assert_int_equal(env_calls.device_release, last + 1);
		assert_int_equal(env_calls.vcpu_destroy, last + 1);
	}
}

/* From another process each descriptor says EIO and does nothing. */
static void of_another_process(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE };
	struct kvm_device_attr attr = { .group = 1 };
	struct mm_struct other = { 0 };
	int vm = new_vm(), vcpu = new_vcpu(vm, 0);

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
	shim_current()->mm = &other;
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY), -EIO);
	assert_int_equal(env_ioctl(vcpu, KVM_RUN, 0), -EIO);
	assert_int_equal(env_ioctl(cd.fd, KVM_HAS_DEVICE_ATTR, env_arg(&attr)), -EIO);
	shim_current()->mm = &shim_mm;
	assert_int_equal(env_calls.run + env_calls.vcpu_settle + env_calls.device_attr, 0);
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY), 1);
}

/* What is not of every architecture is the architecture's to answer. */
static void passed_on(void **state)
{
	int vm = new_vm(), vcpu = new_vcpu(vm, 0);

	(void)state;
	assert_int_equal(env_ioctl(vm, ENV_IOCTL, 7), 5);
	assert_int_equal(env_calls.arg, 7);
	assert_int_equal(env_ioctl(vm, 0, 8), -ENOTTY);
	assert_int_equal(env_ioctl(vcpu, ENV_IOCTL, 9), 6);
	assert_int_equal(env_calls.arg, 9);
	assert_int_equal(env_calls.vcpu_settle, 1);
	/* not KVM's at all: nobody is asked */
	assert_int_equal(env_ioctl(vcpu, 0x5401, 0), -ENOTTY);
	assert_int_equal(env_calls.vcpu_ioctl, 1);
	assert_int_equal(env_calls.vcpu_settle, 1);
}

/* KVM_RUN has no argument, and its answer is the run loop's. */
static void run(void **state)
{
	int vm = new_vm(), vcpu = new_vcpu(vm, 0);

	(void)state;
	assert_int_equal(env_ioctl(vcpu, KVM_RUN, 0), 0);
	env_run_ret = -EINTR;
	assert_int_equal(env_ioctl(vcpu, KVM_RUN, 0), -EINTR);
	assert_int_equal(env_ioctl(vcpu, KVM_RUN, 1), -EINVAL);
	assert_int_equal(env_calls.run, 2);
	assert_false(mutex_is_locked(&vm_vcpu(env_vm(vm), 0)->mutex));
}

/* A set of signals of the kernel's size; KILL and STOP are never in it; none at all is another thing than an empty one. */
static void signal_mask(void **state)
{
	struct {
		struct kvm_signal_mask head;
		unsigned char set[sizeof(sigset_t)];
	} m = { .head.len = sizeof(sigset_t) };
	int vm = new_vm(), vcpu = new_vcpu(vm, 0);
	struct vcpu *v = vm_vcpu(env_vm(vm), 0);

	(void)state;
	memset(m.head.sigset, 0xff, sizeof(sigset_t));
	assert_int_equal(env_ioctl(vcpu, KVM_SET_SIGNAL_MASK, env_arg(&m)), 0);
	assert_true(v->sigset_active);
	assert_int_equal(v->sigset.__val[0], ~(1UL << 8 | 1UL << 18));
	m.head.len--;
	memset(m.head.sigset, 0, sizeof(sigset_t));
	assert_int_equal(env_ioctl(vcpu, KVM_SET_SIGNAL_MASK, env_arg(&m)), -EINVAL);
	m.head.len++;
	shim_user_hole(env_arg(&m), 1);
	assert_int_equal(env_ioctl(vcpu, KVM_SET_SIGNAL_MASK, env_arg(&m)), -EFAULT);
	shim_user_hole(env_arg(m.head.sigset), 1);
	assert_int_equal(env_ioctl(vcpu, KVM_SET_SIGNAL_MASK, env_arg(&m)), -EFAULT);
	shim_user_hole(0, 0);
	assert_true(v->sigset_active);
	assert_int_equal(v->sigset.__val[0], ~(1UL << 8 | 1UL << 18));
	assert_int_equal(env_ioctl(vcpu, KVM_SET_SIGNAL_MASK, 0), 0);
	assert_false(v->sigset_active);
}

static long enable(int vm, unsigned int which, unsigned long arg)
{
	struct kvm_enable_cap cap = { .cap = which, .args = { arg } };

	return env_ioctl(vm, KVM_ENABLE_CAP, env_arg(&cap));
}

/* Dirty rings: which of the capabilities are there is the architecture's word; sizes are checked, and no vCPU may be there yet. */
static void rings_enabled(void **state)
{
	int vm = new_vm();

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING_ACQ_REL), 1 << 20);
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING), 0);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 4096), -EINVAL);
	env_arch.ring_plain = true;
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING), 1 << 20);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 0), -EINVAL);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 2048), -EINVAL);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 12288), -EINVAL);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 1 << 21), -E2BIG);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 1UL << 63), -E2BIG);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0), -EINVAL);
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP), 0);
	env_arch.ring_bitmap = true;
	assert_int_equal(env_ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP), 1);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0), 0);
	assert_int_equal(env_calls.gmem, 10);
	assert_int_equal(env_ioctl(vm, KVM_RESET_DIRTY_RINGS, 0), 0);
	assert_int_equal(env_calls.gmem, 11);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 1 << 20), 0);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 4096), 0);
	new_vcpu(vm, 0);
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING, 4096), -EINVAL);
}

/* A vCPU's ring is of the size that was asked for, and nothing stays when there is no memory for it. */
static void ring_of_a_vcpu(void **state)
{
	struct vm_area_struct vma = { .vm_pgoff = KVM_DIRTY_LOG_PAGE_OFFSET, .vm_flags = VM_SHARED };
	struct vm_fault f = { .vma = &vma };
	int vm = new_vm(), fd = 0;
	struct vcpu *v;

	(void)state;
	assert_int_equal(enable(vm, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 8192), 0);
	assert_true(each_alloc((fd = env_ioctl(vm, KVM_CREATE_VCPU, 3)) < 0 ? fd : 0, -ENOMEM) >= 6);
	v = vm_vcpu(env_vm(vm), 0);
	assert_int_equal(v->ring->size, 8192 / 16);
	vma.vm_file = env_file(fd);
	vma.vm_end = 8192;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), 0);
	for (f.pgoff = 64; f.pgoff < 66; f.pgoff++) {
		assert_int_equal(vma.vm_ops->fault(&f), 0);
		assert_ptr_equal(f.page, (char *)v->ring->entry + (f.pgoff - 64) * 4096);
	}
	assert_int_equal(vma.vm_ops->fault(&f), VM_FAULT_SIGBUS);
	f.pgoff = 63;
	assert_int_equal(vma.vm_ops->fault(&f), VM_FAULT_SIGBUS);
	vma.vm_flags = ~(VM_SHARED | VM_EXEC);
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), -EINVAL);
	vma.vm_flags = VM_SHARED | VM_EXEC;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), -EINVAL);
	vma.vm_flags = VM_SHARED;
	vma.vm_end = 3 * 4096;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), -EINVAL);
	vma.vm_pgoff++;
	vma.vm_end = 2 * 4096;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), -EINVAL);
	vma.vm_end = 4096;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), 0);
	vma.vm_pgoff++;
	assert_int_equal(vma.vm_file->f_op->mmap(vma.vm_file, &vma), -EINVAL);
}

/* kvm_run's pages, then the ring; not beyond, not to be executed. */
static void pages_of_a_vcpu(void **state)
{
	int vm = new_vm(), fd = new_vcpu(vm, 0);
	struct file *file = env_file(fd);
	struct vm_area_struct vma = { .vm_file = file };
	struct vm_fault f = { .vma = &vma };
	struct vcpu *v = vm_vcpu(env_vm(vm), 0);

	(void)state;
	vma.vm_end = 3 * 4096;
	vma.vm_flags = VM_EXEC;
	assert_int_equal(file->f_op->mmap(file, &vma), -EINVAL);
	vma.vm_flags = 0;
	vma.vm_pgoff = 1;
	assert_int_equal(file->f_op->mmap(file, &vma), -EINVAL);
	vma.vm_pgoff = 0;
	vma.vm_end += 4096;
	assert_int_equal(file->f_op->mmap(file, &vma), -EINVAL);
	vma.vm_end -= 4096;
	assert_int_equal(file->f_op->mmap(file, &vma), 0);
	for (f.pgoff = 0; f.pgoff < RUN_PAGES; f.pgoff++) {
		assert_int_equal(vma.vm_ops->fault(&f), 0);
		assert_ptr_equal(f.page, (char *)v->run + f.pgoff * 4096);
	}
	assert_int_equal(vma.vm_ops->fault(&f), 0);
	assert_ptr_equal(f.page, coalesced_page(env_vm(vm)));
	f.pgoff = 3;
	assert_int_equal(vma.vm_ops->fault(&f), VM_FAULT_SIGBUS);
	f.pgoff = ~0UL;
	assert_int_equal(vma.vm_ops->fault(&f), VM_FAULT_SIGBUS);
}

/* Kinds of devices, flags, and attributes that go to the device's own functions. */
static void devices(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE, .flags = KVM_CREATE_DEVICE_TEST, .fd = 77 };
	struct kvm_device_attr attr = { .group = 1, .attr = 2, .addr = 3 };
	int vm = new_vm();

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
	assert_int_equal(env_calls.device_create, 0);
	assert_int_equal(cd.fd, 77);
	cd.type = 99;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -ENODEV);
	cd.flags = 2;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -EINVAL);
	cd.type = ENV_DEVICE;
	for (cd.flags = 2; cd.flags; cd.flags <<= 1)
		assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), -EINVAL);
	cd.flags = 0;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
	assert_int_equal(env_calls.device_create, 1);
	assert_int_equal(env_ioctl(cd.fd, KVM_SET_DEVICE_ATTR, env_arg(&attr)), 0);
	assert_int_equal(env_calls.device_attr, 1);
	assert_memory_equal(&env_calls.attr, &attr, sizeof(attr));
	assert_int_equal(env_ioctl(cd.fd, KVM_GET_DEVICE_ATTR, env_arg(&attr)), -EPERM);
	assert_int_equal(env_ioctl(cd.fd, KVM_HAS_DEVICE_ATTR, env_arg(&attr)), 0);
	assert_int_equal(env_calls.device_attr, 3);
	attr.group = 4;
	assert_int_equal(env_ioctl(cd.fd, KVM_HAS_DEVICE_ATTR, env_arg(&attr)), -ENXIO);
	assert_int_equal(env_ioctl(cd.fd, KVM_RUN, 0), -ENOTTY);
	shim_user_hole(env_arg(&attr), 1);
	assert_int_equal(env_ioctl(cd.fd, KVM_SET_DEVICE_ATTR, env_arg(&attr)), -EFAULT);
}

/* Memory and its log: each field arrives, the larger structure is the smaller one without guest_memfd. */
static void memory(void **state)
{
	struct kvm_userspace_memory_region r = { 1, 2, 3 << 12, 4 << 12, 5 << 12 };
	struct kvm_userspace_memory_region2 r2 = {
		.slot = 6, .flags = 1, .guest_phys_addr = 8 << 12, .memory_size = 9 << 12, .userspace_addr = 10 << 12,
	};
	struct kvm_userspace_memory_region want2 = { 6, 1, 8 << 12, 9 << 12, 10 << 12 };
	struct kvm_dirty_log log = { .slot = 7 };
	struct kvm_clear_dirty_log clear = { .slot = 3 };
	int vm = new_vm();

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_SET_USER_MEMORY_REGION, env_arg(&r)), 0);
	assert_memory_equal(&env_region_seen, &r, sizeof(r));
	assert_int_equal(env_ioctl(vm, KVM_SET_USER_MEMORY_REGION2, env_arg(&r2)), 0);
	assert_memory_equal(&env_region_seen, &want2, sizeof(want2));
	r2.flags |= KVM_MEM_GUEST_MEMFD;
	assert_int_equal(env_ioctl(vm, KVM_SET_USER_MEMORY_REGION2, env_arg(&r2)), -EINVAL);
	assert_int_equal(env_calls.gmem, 2);
	assert_int_equal(env_ioctl(vm, KVM_GET_DIRTY_LOG, env_arg(&log)), 0);
	assert_int_equal(env_calls.gmem, 9);
	assert_int_equal(env_ioctl(vm, KVM_CLEAR_DIRTY_LOG, env_arg(&clear)), 0);
	assert_int_equal(env_calls.gmem, 309);
	env_gmem_ret = -ENOENT;
	assert_int_equal(env_ioctl(vm, KVM_SET_USER_MEMORY_REGION, env_arg(&r)), -ENOENT);
	r2.flags = 0;
	assert_int_equal(env_ioctl(vm, KVM_SET_USER_MEMORY_REGION2, env_arg(&r2)), -ENOENT);
	assert_int_equal(env_ioctl(vm, KVM_GET_DIRTY_LOG, env_arg(&log)), -ENOENT);
	assert_int_equal(env_ioctl(vm, KVM_CLEAR_DIRTY_LOG, env_arg(&clear)), -ENOENT);
}

/* Capabilities that a VM may have enabled; no flags. */
static void enable_cap(void **state)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = { 3, 5 } };
	int vm = new_vm();

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_ENABLE_CAP, env_arg(&cap)), 0);
	assert_int_equal(env_calls.arg, 3);
	cap.flags = 1;
	assert_int_equal(env_ioctl(vm, KVM_ENABLE_CAP, env_arg(&cap)), -EINVAL);
	cap.flags = 0;
	cap.cap = 1000;
	assert_int_equal(env_ioctl(vm, KVM_ENABLE_CAP, env_arg(&cap)), 0);
	assert_int_equal(env_calls.enable_cap, 1000);
	cap.cap = 1001;
	assert_int_equal(env_ioctl(vm, KVM_ENABLE_CAP, env_arg(&cap)), -EINVAL);
}

/* An argument that is not there: EFAULT, of every ioctl that reads one. */
static void arguments_not_there(void **state)
{
	static const unsigned int cmds[] = {
		KVM_ENABLE_CAP, KVM_SET_USER_MEMORY_REGION, KVM_SET_USER_MEMORY_REGION2, KVM_GET_DIRTY_LOG,
		KVM_CLEAR_DIRTY_LOG, KVM_CREATE_DEVICE, KVM_IRQFD, KVM_IOEVENTFD, KVM_REGISTER_COALESCED_MMIO,
		KVM_UNREGISTER_COALESCED_MMIO, KVM_SET_GSI_ROUTING,
	};
	static unsigned char zero[512];
	int vm = new_vm();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		/* its last byte is missing */
		shim_user_hole(env_arg(zero) + _IOC_SIZE(cmds[i]) - 1, 1);
		assert_int_equal(env_ioctl(vm, cmds[i], env_arg(zero)), -EFAULT);
	}
	assert_int_equal(env_calls.gmem, 0);
	/* the answer cannot be written: the device is there all the same */
	shim_user_hole(0, 0);
}

static void stats_of(int fd, const char *id, unsigned int nr, const char *const *names)
{
	static unsigned char image[4096], part[4096];
	struct file *file = env_file(fd);
	struct kvm_stats_header *h = (void *)image;
	loff_t pos = 0;
	unsigned int i, at;
	ssize_t n, m;

	assert_true(file->f_mode & FMODE_PREAD);
	n = file->f_op->read(file, (void *)image, sizeof(image), &pos);
	assert_int_equal(n, sizeof(*h) + 32 + nr * (sizeof(struct kvm_stats_desc) + 32 + 8));
	assert_int_equal(file->f_op->read(file, (void *)part, sizeof(part), &pos), 0);
	assert_int_equal(h->flags, 0);
	assert_int_equal(h->name_size, 32);
	assert_int_equal(h->num_desc, nr);
	assert_string_equal((char *)image + h->id_offset, id);
	assert_int_equal(h->data_offset, n - nr * 8);
	for (i = 0; i < nr; i++) {
		struct kvm_stats_desc *d = (void *)(image + h->desc_offset + i * (sizeof(*d) + 32));

		assert_int_equal(d->size, 1);
		assert_int_equal(d->offset, i * 8);
		assert_string_equal((char *)(d + 1), names[i]);
	}
	/* by parts it is the same */
	for (at = 0, pos = 0; at < n; at += m) {
		m = file->f_op->read(file, (void *)(part + at), 7, &pos);
		assert_in_range(m, 1, 7);
	}
	assert_memory_equal(part, image, n);
	pos = 0;
	assert_int_equal(each_alloc(file->f_op->read(file, (void *)part, 1, &pos) == 1 ? (pos = 0, 0) : -ENOMEM, -ENOMEM), 1);
}

/* The binary statistics: header, name of whom, descriptors, values; at any place, in pieces of any size. */
static void statistics(void **state)
{
	static const char *const of_vm[] = { "one", "two", "a name that fills all thirty-on" };
	static const char *const of_vcpu[] = { "entries", "exits", "exits_user", "halts" };
	int vm = new_vm(), vcpu = new_vcpu(vm, 300), fd;
	struct vcpu *v = vm_vcpu(env_vm(vm), 0);
	u64 data[4];
	loff_t pos;

	(void)state;
	stats_of(env_ioctl(vm, KVM_GET_STATS_FD, 0), "kvm-42", 3, of_vm);
	fd = env_ioctl(vcpu, KVM_GET_STATS_FD, 0);
	stats_of(fd, "kvm-42/vcpu-300", 4, of_vcpu);
	atomic64_set(&v->stats.entries, 1ULL << 40);
	atomic64_set(&v->stats.exits, 2);
	atomic64_set(&v->stats.exits_user, 3);
	atomic64_set(&v->stats.halts, 4);
	pos = sizeof(struct kvm_stats_header) + 32 + 4 * (sizeof(struct kvm_stats_desc) + 32);
	assert_int_equal(env_file(fd)->f_op->read(env_file(fd), (void *)data, 99, &pos), 32);
	assert_int_equal(data[0], 1ULL << 40);
	assert_int_equal(data[1], 2);
	assert_int_equal(data[2], 3);
	assert_int_equal(data[3], 4);
}

/* The same counters as a text, those of vCPUs as sums; gone with the VM. */
static void statistics_for_people(void **state)
{
	int vm = new_vm(), a = new_vcpu(vm, 0), b = new_vcpu(vm, 1);
	struct vm *v = env_vm(vm);

	(void)state;
	atomic64_set(&vm_vcpu(v, 0)->stats.entries, 2);
	atomic64_set(&vm_vcpu(v, 0)->stats.exits, 5);
	atomic64_set(&vm_vcpu(v, 1)->stats.exits, 1ULL << 40);
	atomic64_set(&vm_vcpu(v, 1)->stats.halts, 3);
	/* "one" and "two" lie in fields that are no counters: the first line's number is not looked at */
	assert_non_null(strstr(env_shown(), "one                "));
	assert_non_null(strstr(env_shown(), "a name that fills all thirty-one "));
	assert_non_null(strstr(env_shown(), "\nentries            2\nexits              1099511627781\n"
				     "exits_user         0\nhalts              3\n"));
	assert_ptr_equal(strstr(env_shown(), "halts") + strlen("halts              3\n"), env_shown() + strlen(env_shown()));
	env_close(a);
	env_close(b);
	env_close(vm);
	assert_null(env_shown());
}

/* lseek() on any of them does nothing, and is no error. */
static void seeking(void **state)
{
	struct kvm_create_device cd = { .type = ENV_DEVICE };
	int vm = new_vm(), vcpu = new_vcpu(vm, 0);
	int fds[] = { vm, vcpu, env_ioctl(vm, KVM_GET_STATS_FD, 0), env_ioctl(vcpu, KVM_GET_STATS_FD, 0), 0 };
	unsigned int i;

	(void)state;
	assert_int_equal(env_ioctl(vm, KVM_CREATE_DEVICE, env_arg(&cd)), 0);
	fds[4] = cd.fd;
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		assert_ptr_equal(env_file(fds[i])->f_op->llseek, noop_llseek);
	assert_ptr_equal(env_misc->fops->llseek, noop_llseek);
}

#define T(f) cmocka_unit_test_setup_teardown(f, env_open, env_close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(load_fails), T(system_ioctls), T(system_ioctls_of_arch), T(capabilities),
		T(each_creation_without_memory), T(each_creation_without_descriptors), T(descriptor_0),
		T(architecture_refuses),
		T(vcpus_by_number), T(all_vcpus_are_locked), T(descriptors_hold_the_vm), T(of_another_process),
		T(passed_on), T(run), T(signal_mask), T(pages_of_a_vcpu), T(rings_enabled), T(ring_of_a_vcpu),
		T(devices), T(memory), T(enable_cap),
		T(arguments_not_there), T(statistics), T(statistics_for_people), T(seeking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
