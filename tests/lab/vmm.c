// SPDX-License-Identifier: GPL-2.0
/*
 * A small VMM for the lab's tests; see vmm.h.
 */
#include "vmm.h"

extern const uint64_t guest_image[];
extern const char guest_image_end[];

static int must(int fd, unsigned long request, unsigned long arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die("%s: %s", what, strerror(errno));
	return ret;
}

int vmm_slot(struct vmm *v, unsigned int slot, uint64_t gpa, uint64_t size, void *mem, uint32_t flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return result(ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, &r));
}

int vmm_attr(int fd, unsigned long request, uint32_t group, uint64_t attr, void *data)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)data };

	return result(ioctl(fd, request, &a));
}

static void gic_set(struct vmm *v, uint32_t group, uint64_t attr, uint64_t val)
{
	int ret = vmm_attr(v->gic, KVM_SET_DEVICE_ATTR, group, attr, &val);

	if (ret)
		die("KVM_SET_DEVICE_ATTR %u %#lx: %s", group, (long)attr, result_name(ret));
}

static void make_gic(struct vmm *v)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };

	must(v->vm, KVM_CREATE_DEVICE, (unsigned long)&gic, "KVM_CREATE_DEVICE");
	v->gic = gic.fd;
	gic_set(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GUEST_DIST);
	gic_set(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GUEST_REDIST);
	gic_set(v, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 128);
}

void vmm_gic_init(struct vmm *v)
{
	gic_set(v, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

void vmm_init_cpu(struct vmm *v, unsigned int cpu, uint32_t features)
{
	struct kvm_vcpu_init init = { 0 };

	must(v->vm, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2 | features;
	must(v->cpu[cpu], KVM_ARM_VCPU_INIT, (unsigned long)&init, "KVM_ARM_VCPU_INIT");
}

uint32_t vmm_pauth(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	bool has;

	if (fd < 0)
		die("/dev/kvm: %s", strerror(errno));
	has = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_ADDRESS) == 1 &&
	      ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_GENERIC) == 1;
	close(fd);
	return has ? 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1 << KVM_ARM_VCPU_PTRAUTH_GENERIC : 0;
}

void vmm_open(struct vmm *v, const struct vmm_config *c)
{
	static const struct vmm_config none;
	unsigned int i;
	int ret;

	c = c ?: &none;
	*v = (struct vmm){
		.gic = -1, .cpus = c->cpus ?: 1, .ram = c->ram, .ram_size = c->ram_size ?: GUEST_RAM_SIZE,
	};
	v->sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->sys < 0)
		die("/dev/kvm: %s", strerror(errno));
	v->vm = must(v->sys, KVM_CREATE_VM, c->type, "KVM_CREATE_VM");
	if (c->made)
		c->made(v);
	if (!v->ram)
		v->ram = mmap(NULL, v->ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->ram == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	memcpy(v->ram, guest_image, guest_image_end - (const char *)guest_image);
	ret = vmm_slot(v, 0, GUEST_RAM, v->ram_size, v->ram, 0);
	if (ret)
		die("KVM_SET_USER_MEMORY_REGION: %s", result_name(ret));
	v->run_size = must(v->sys, KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE");
	for (i = 0; i < v->cpus; i++) {
		v->cpu[i] = must(v->vm, KVM_CREATE_VCPU, i, "KVM_CREATE_VCPU");
		v->run[i] = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->cpu[i], 0);
		if (v->run[i] == MAP_FAILED)
			die("mmap of kvm_run: %s", strerror(errno));
	}
	if (!c->no_gic)
		make_gic(v);
	for (i = 0; i < v->cpus && !c->no_init; i++)
		vmm_init_cpu(v, i, c->features | (c->off & 1 << i ? 1 << KVM_ARM_VCPU_POWER_OFF : 0));
	if (!c->no_gic && !c->no_init)
		vmm_gic_init(v);
}

void vmm_close(struct vmm *v)
{
	unsigned int i;

	for (i = 0; i < v->cpus; i++) {
		munmap(v->run[i], v->run_size);
		close(v->cpu[i]);
	}
	if (v->gic >= 0)
		close(v->gic);
	close(v->vm);
	close(v->sys);
	munmap(v->ram, v->ram_size);
}

int vmm_get(struct vmm *v, unsigned int cpu, uint64_t id, void *val)
{
	struct kvm_one_reg r = { .id = id, .addr = (uintptr_t)val };

	return result(ioctl(v->cpu[cpu], KVM_GET_ONE_REG, &r));
}

int vmm_set(struct vmm *v, unsigned int cpu, uint64_t id, const void *val)
{
	struct kvm_one_reg r = { .id = id, .addr = (uintptr_t)val };

	return result(ioctl(v->cpu[cpu], KVM_SET_ONE_REG, &r));
}

uint64_t vmm_reg(struct vmm *v, unsigned int cpu, uint64_t id)
{
	uint64_t val[2] = { 0 };
	int ret = vmm_get(v, cpu, id, val);

	if (ret)
		die("KVM_GET_ONE_REG %#lx: %s", (long)id, result_name(ret));
	return val[0];
}

void vmm_set_reg(struct vmm *v, unsigned int cpu, uint64_t id, uint64_t val)
{
	int ret = vmm_set(v, cpu, id, &val);

	if (ret)
		die("KVM_SET_ONE_REG %#lx to %#lx: %s", (long)id, (long)val, result_name(ret));
}

uint64_t vmm_head(unsigned int word)
{
	return guest_image[word];
}

void vmm_start(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg)
{
	/* an access that waits for its answer would end in the new life */
	v->run[cpu]->immediate_exit = 1;
	ioctl(v->cpu[cpu], KVM_RUN, 0);
	v->run[cpu]->immediate_exit = 0;
	vmm_set_reg(v, cpu, VMM_CORE(regs.pc), GUEST_RAM);
	vmm_set_reg(v, cpu, VMM_X(0), what);
	vmm_set_reg(v, cpu, VMM_X(1), arg);
	vmm_set_reg(v, cpu, VMM_X(2), GUEST_RAM + v->ram_size - cpu * GUEST_STACK);
}

int vmm_run(struct vmm *v, unsigned int cpu)
{
	int ret = result(ioctl(v->cpu[cpu], KVM_RUN, 0));

	if (check_hangs())
		die("vCPU %u hangs at %#lx, X30 %#lx", cpu, (long)vmm_reg(v, cpu, VMM_CORE(regs.pc)),
		    (long)vmm_reg(v, cpu, VMM_X(30)));
	return ret;
}

unsigned int vmm_event(struct vmm *v, unsigned int cpu, uint64_t *val)
{
	struct kvm_run *run = v->run[cpu];
	uint64_t data, got = 0, want = 0;
	unsigned int port;
	int ret;

	for (;;) {
		ret = vmm_run(v, cpu);
		/* with newer kernels a fork elsewhere in the program ends KVM_RUN, on their own KVM, too */
		if (ret == -EINTR && !run->immediate_exit)
			continue;
		if (ret)
			die("vCPU %u: KVM_RUN: %s, at %#lx", cpu, result_name(ret),
			    (long)vmm_reg(v, cpu, VMM_CORE(regs.pc)));
		if (run->exit_reason != KVM_EXIT_MMIO)
			die("vCPU %u: exit %u, at %#lx", cpu, run->exit_reason,
			    (long)vmm_reg(v, cpu, VMM_CORE(regs.pc)));
		port = (run->mmio.phys_addr - GUEST_IO) / 8;
		if (run->mmio.phys_addr < GUEST_IO || port >= PORT_END)
			die("vCPU %u: %s of %#llx, at %#lx", cpu, run->mmio.is_write ? "write" : "read",
			    run->mmio.phys_addr, (long)vmm_reg(v, cpu, VMM_CORE(regs.pc)));
		if (!run->mmio.is_write) {
			memcpy(run->mmio.data, val, 8);
			return port;
		}
		memcpy(&data, run->mmio.data, 8);
		if (port == PORT_GOT) {
			got = data;
		} else if (port == PORT_WANT) {
			want = data;
		} else if (port == PORT_FAIL) {
			if (data >= 100000)
				die("guest: vector %#lx, ELR %#lx, ESR %#lx", (long)data - 100000, (long)got,
				    (long)want);
			fail("guest, line %lu: %#lx, not %#lx", (long)data, (long)got, (long)want);
		} else {
			*val = data;
			return port;
		}
	}
}

uint64_t vmm_go(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg)
{
	uint64_t val = 0;
	unsigned int port;

	vmm_start(v, cpu, what, arg);
	port = vmm_event(v, cpu, &val);
	if (port != PORT_DONE)
		die("vCPU %u: port %u is accessed", cpu, port);
	return val;
}

struct thread_arg {
	struct vmm *v;
	unsigned int cpu;
};

static void *thread_run(void *p)
{
	struct thread_arg a = *(struct thread_arg *)p;
	uint64_t val = 0;

	free(p);
	if (vmm_event(a.v, a.cpu, &val) != PORT_DONE)
		die("vCPU %u: not the end of it", a.cpu);
	return (void *)val;
}

pthread_t vmm_thread(struct vmm *v, unsigned int cpu)
{
	struct thread_arg *a = malloc(sizeof(*a));
	pthread_t t;

	*a = (struct thread_arg){ v, cpu };
	if (pthread_create(&t, NULL, thread_run, a))
		die("pthread_create");
	return t;
}

void vmm_irq(struct vmm *v, uint32_t type, unsigned int cpu, uint32_t intid, int level)
{
	struct kvm_irq_level l = {
		.irq = type << KVM_ARM_IRQ_TYPE_SHIFT | cpu << KVM_ARM_IRQ_VCPU_SHIFT | intid, .level = level,
	};

	must(v->vm, KVM_IRQ_LINE, (unsigned long)&l, "KVM_IRQ_LINE");
}
