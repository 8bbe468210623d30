/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM in a few calls, for the lab's tests: two vCPUs, a GICv3, some RAM with
 * a small program in it. Whatever fails ends the program with a message.
 */
#ifndef TESTS_LAB_KVM_H
#define TESTS_LAB_KVM_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define VM_RAM		0x40000000UL
#define VM_RAM_SIZE	(2UL << 20)
#define VM_MMIO		0x0a000000UL
#define VM_VCPUS	2

struct vm {
	int sys, vm, gic;
	int vcpu[VM_VCPUS];
	struct kvm_run *run[VM_VCPUS];
	size_t run_size;
	uint32_t *ram;
};

static inline int vm_ioctl(int fd, unsigned long request, unsigned long arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

static inline void vm_set_reg(int vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	vm_ioctl(vcpu, KVM_SET_ONE_REG, (unsigned long)&reg, "KVM_SET_ONE_REG");
}

static inline uint64_t vm_get_reg(int vcpu, uint64_t id)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	vm_ioctl(vcpu, KVM_GET_ONE_REG, (unsigned long)&reg, "KVM_GET_ONE_REG");
	return value;
}

#define VM_CORE(r)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(r))

static inline void vm_gic_attr(struct vm *v, uint32_t group, uint64_t attr, uint64_t value)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)&value };

	vm_ioctl(v->gic, KVM_SET_DEVICE_ATTR, (unsigned long)&a, "KVM_SET_DEVICE_ATTR");
}

/* Writes 1 to three pages of its RAM, then to an address where nothing is. */
static inline void vm_program(uint32_t *ram)
{
	static const uint32_t code[] = {
		0x52800021,	/* mov  w1, #1 */
		0xd2a80000,	/* mov  x0, #0x40000000 */
		0xb9200001,	/* str  w1, [x0, #0x2000] */
		0x91402000,	/* add  x0, x0, #0x8000 */
		0xb9000001,	/* str  w1, [x0] */
		0x91440000,	/* add  x0, x0, #0x100000 */
		0xb9000001,	/* str  w1, [x0] */
		0xd2a14000,	/* mov  x0, #0x0a000000 */
		0xb9000001,	/* str  w1, [x0] */
		0x17ffffff,	/* b    .-4 */
	};

	memcpy(ram, code, sizeof(code));
}

static inline void vm_open(struct vm *v)
{
	struct kvm_vcpu_init init = { 0 };
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = VM_RAM, .memory_size = VM_RAM_SIZE,
	};
	int i;

	v->sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->sys < 0)
		err(1, "/dev/kvm");
	v->vm = vm_ioctl(v->sys, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
	v->ram = mmap(NULL, VM_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->ram == MAP_FAILED)
		err(1, "mmap");
	vm_program(v->ram);
	r.userspace_addr = (uintptr_t)v->ram;
	vm_ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&r, "KVM_SET_USER_MEMORY_REGION");
	vm_ioctl(v->vm, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	v->run_size = vm_ioctl(v->sys, KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE");
	for (i = 0; i < VM_VCPUS; i++) {
		v->vcpu[i] = vm_ioctl(v->vm, KVM_CREATE_VCPU, i, "KVM_CREATE_VCPU");
		v->run[i] = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->vcpu[i], 0);
		if (v->run[i] == MAP_FAILED)
			err(1, "mmap of kvm_run");
	}
	vm_ioctl(v->vm, KVM_CREATE_DEVICE, (unsigned long)&gic, "KVM_CREATE_DEVICE");
	v->gic = gic.fd;
	vm_gic_attr(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, 0x08000000);
	vm_gic_attr(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, 0x080a0000);
	for (i = 0; i < VM_VCPUS; i++) {
		vm_ioctl(v->vcpu[i], KVM_ARM_VCPU_INIT, (unsigned long)&init, "KVM_ARM_VCPU_INIT");
		vm_set_reg(v->vcpu[i], VM_CORE(regs.pc), VM_RAM);
	}
	vm_gic_attr(v, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

/* Runs a vCPU to its write to VM_MMIO. */
static inline void vm_run(struct vm *v, int i)
{
	struct kvm_run *run = v->run[i];

	vm_ioctl(v->vcpu[i], KVM_RUN, 0, "KVM_RUN");
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != VM_MMIO || !run->mmio.is_write)
		errx(1, "vCPU %d: exit %u, not the write to %#lx", i, run->exit_reason, VM_MMIO);
	if (v->ram[0x2000 / 4] != 1 || v->ram[0x8000 / 4] != 1 || v->ram[0x108000 / 4] != 1)
		errx(1, "vCPU %d: what the guest wrote is not in its RAM", i);
}

static inline void vm_close(struct vm *v)
{
	int i;

	for (i = 0; i < VM_VCPUS; i++) {
		munmap(v->run[i], v->run_size);
		close(v->vcpu[i]);
	}
	close(v->gic);
	close(v->vm);
	close(v->sys);
	munmap(v->ram, VM_RAM_SIZE);
}

#endif
