// SPDX-License-Identifier: GPL-2.0
/*
 * What the threads of a worker share: memory, VMs that are ready to run and then
 * come to harm, eventfds. Every descriptor is an atomic that anybody may take away.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include "fuzz.h"

struct fuzz_vm vms[VMS];
_Atomic int events[EVENTS];
_Atomic int stats_fds[2];
int kvm;
uint32_t pauth_features;
uint32_t sve_features;
int area_fd;

static void map(char *at, size_t size, int prot, int flags, int fd)
{
	if (mmap(at, size, prot, flags | MAP_FIXED, fd, 0) == MAP_FAILED) {
		printf("fuzz: mmap at %p: %s\n", at, strerror(errno));
		exit(1);
	}
}

void world_make(void)
{
	unsigned int i, c;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	area_fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (kvm < 0 || area_fd < 0 || ftruncate(area_fd, FILE_SIZE)) {
		printf("fuzz: /dev/kvm, memfd: %s\n", strerror(errno));
		exit(1);
	}
	if (ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_ADDRESS) > 0)
		pauth_features = 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1 << KVM_ARM_VCPU_PTRAUTH_GENERIC;
	if (ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SVE) > 0)
		sve_features = 1 << KVM_ARM_VCPU_SVE;
	map(ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(FILE_AREA, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, area_fd);
	map(RUN_PAGES, VMS * CPUS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (i = 0; i < options.threads; i++)
		map(BUFFERS + i * BUFFER_STEP, BUFFER_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
	for (i = 0; i < VMS; i++) {
		vms[i].vm = vms[i].gic = vms[i].stats = -1;
		for (c = 0; c < CPUS; c++)
			vms[i].cpu[c] = -1;
	}
	for (i = 0; i < EVENTS; i++)
		events[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	stats_fds[0] = stats_fds[1] = -1;
}

/* A descriptor that one thread alone will close. */
int world_take(_Atomic int *fd)
{
	return atomic_exchange(fd, -1);
}

void world_put(_Atomic int *slot, int fd)
{
	int old = atomic_exchange(slot, fd);

	if (old >= 0)
		close(old);
}

struct kvm_run *world_run_page(unsigned int v, unsigned int cpu)
{
	return (struct kvm_run *)(RUN_PAGES + (v * CPUS + cpu) * PAGE);
}

char *world_ram(unsigned int v)
{
	return ARENA + v * RAM_SIZE;
}

/* By the kernel, because the memory may be gone. */
bool world_write(void *to, const void *from, size_t n)
{
	struct iovec local = { (void *)from, n }, remote = { to, n };

	return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n;
}

bool world_read(void *to, const void *from, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)from, n };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n;
}

/* Programs, vectors that go on behind what failed, and one table that maps 2 GiB as they are. */
static void write_ram(char *ram)
{
	static const uint32_t vector[] = {
		0xd538403c,	/* mrs x28, elr_el1 */
		0x9100139c,	/* add x28, x28, #4 */
		0xd518403c,	/* msr elr_el1, x28 */
		0xd69f03e0,	/* eret */
	};
	const uint64_t table[] = { 0x405, 0x40000701 };
	unsigned int i;

	world_write(ram, guest_programs, guest_programs_end - guest_programs);
	for (i = 0; i < 16; i++)
		world_write(ram + 0x6000 + i * 128, vector, sizeof(vector));
	world_write(ram + TABLES_AT, table, sizeof(table));
}

static void set_gic(struct thread *t, int gic, uint32_t group, uint64_t attr, uint64_t value)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)&value };

	call_ioctl(t, CALL_DEVICE_SET_ATTR, gic, KVM_SET_DEVICE_ATTR, (unsigned long)&a);
}

/* One that comes back to the VMM by itself, rather. */
uint64_t draw_program(struct thread *t)
{
	return RAM_AT + PROGRAM_SIZE * (one_in(t, 3) ? 1 : draw_below(t, PROGRAMS));
}

/* Every other VM has performance monitors, and two of four each pointer authentication and vectors. */
uint32_t world_features(unsigned int v)
{
	return 1 << KVM_ARM_VCPU_PSCI_0_2 | (v & 1) << KVM_ARM_VCPU_PMU_V3 | (v & 2 ? pauth_features : 0) |
	       ((v + 1) & 2 ? sve_features : 0);
}

static void set_pmu(struct thread *t, int cpu, uint64_t attr, int value)
{
	struct kvm_device_attr a = { .group = KVM_ARM_VCPU_PMU_V3_CTRL, .attr = attr, .addr = (uintptr_t)&value };

	call_ioctl(t, CALL_VCPU_SET_ATTR, cpu, KVM_SET_DEVICE_ATTR, (unsigned long)&a);
}

static void fill_cpu(struct thread *t, unsigned int v, int vm, unsigned int c)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { world_features(v) } };
	uint64_t pc = draw_program(t);
	int sve = KVM_ARM_VCPU_SVE;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uintptr_t)&pc,
	};
	int fd = call_ioctl(t, CALL_CREATE_VCPU, vm, KVM_CREATE_VCPU, c);

	if (fd < 0)
		return;
	call_ioctl(t, CALL_ARM_VCPU_INIT, fd, KVM_ARM_VCPU_INIT, (unsigned long)&init);
	if ((init.features[0] & sve_features) && !one_in(t, 8))
		call_ioctl(t, CALL_ARM_VCPU_FINALIZE, fd, KVM_ARM_VCPU_FINALIZE, (unsigned long)&sve);
	call_ioctl(t, CALL_SET_ONE_REG, fd, KVM_SET_ONE_REG, (unsigned long)&reg);
	if (mmap(world_run_page(v, c), PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED &&
	    !options.inject)
		broken(t, "kvm_run cannot be mapped: %s", strerror(errno));
	world_put(&vms[v].cpu[c], fd);
}

/* Its vCPUs shall have dirty rings. */
static void fill_rings(struct thread *t, int vm)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_DIRTY_LOG_RING_ACQ_REL, .args = { 4096UL << draw_below(t, 9) },
	};

	call_ioctl(t, CALL_ENABLE_CAP, vm, KVM_ENABLE_CAP, (unsigned long)&cap);
	cap.cap = KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP;
	if (one_in(t, 2))
		call_ioctl(t, CALL_ENABLE_CAP, vm, KVM_ENABLE_CAP, (unsigned long)&cap);
}

/* A VM with all it takes to run, in place of the one that was there. */
void world_fill(struct thread *t, unsigned int v)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .fd = -1 };
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = RAM_AT, .memory_size = RAM_SIZE, .userspace_addr = (uintptr_t)world_ram(v),
	};
	unsigned int c, cpus = 1 + draw_below(t, CPUS);
	bool with_gic = draw_below(t, 4);
	int vm;

	vm = call_ioctl(t, CALL_CREATE_VM, kvm, KVM_CREATE_VM, one_in(t, 3) ? 36 : 0);
	if (vm < 0)
		return;
	shared->vms++;
	if (one_in(t, 4))
		fill_rings(t, vm);
	mmap(world_ram(v), RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	write_ram(world_ram(v));
	call_ioctl(t, CALL_SET_USER_MEMORY_REGION, vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&r);
	if (with_gic) {
		call_ioctl(t, CALL_CREATE_DEVICE, vm, KVM_CREATE_DEVICE, (unsigned long)&gic);
		set_gic(t, gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GICD_AT);
		set_gic(t, gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GICR_AT);
		set_gic(t, gic.fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 64 + 32 * draw_below(t, 4));
	}
	for (c = 0; c < cpus; c++)
		fill_cpu(t, v, vm, c);
	if (with_gic && draw_below(t, 8))
		set_gic(t, gic.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	for (c = 0; c < cpus && (v & 1); c++) {
		if (with_gic)
			set_pmu(t, vms[v].cpu[c], KVM_ARM_VCPU_PMU_V3_IRQ, 23);
		set_pmu(t, vms[v].cpu[c], KVM_ARM_VCPU_PMU_V3_INIT, 0);
	}
	world_put(&vms[v].gic, gic.fd);
	world_put(&vms[v].vm, vm);
}

/* Any instruction, but rather one that traps, or does something to the machine. */
uint32_t guest_instruction(struct thread *t)
{
	static const uint16_t bases[] = { 0x4000, 0x4010, 0x4020, 0x0800, 0x080a, 0x080b, 0x0a00, 0x4400 };
	uint32_t r = draw(t), rd = draw_below(t, 8), rn = draw_below(t, 8);

	switch (draw_below(t, 13)) {
	case 12:	/* of the performance monitors */
		return one_in(t, 2) ? 0xd51be800 | (r & 0x2007ff) : 0xd51b9c00 | (r & 0x2002ff);
	case 0:		/* MSR, MRS of any system register */
	case 1:
		return 0xd5100000 | (r & 0x2fffff);
	case 2:		/* DC, IC, TLBI, AT */
		return 0xd5080000 | (r & 0x7ffff);
	case 3:		/* HVC, SMC, SVC, BRK */
		return 0xd4000000 | (r & 0x200003) | (r >> 12 & 0xff) << 5;
	case 4:
	case 5:		/* MOVZ of an address */
		return 0xd2a00000 | bases[draw_below(t, ARRAY_SIZE(bases))] << 5 | rd;
	case 6:		/* LDR, STR of every width */
		return 0x39000000 | (r & 0xc0c00000) | (r & 0xfff) << 10 | rn << 5 | rd;
	case 7:		/* LDP, STP, and with writeback */
		return 0xa8000000 | (r & 0x01ff8000) | rn << 5 | rd;
	case 8:		/* WFI, WFE, other hints, barriers */
		return one_in(t, 2) ? 0xd503207f : 0xd5032000 | (r & 0x13e0) | 0x1f;
	case 9:		/* back to somewhere */
		return 0x17ffff00 | (r & 0xff);
	case 10:
		return 0xd69f03e0;	/* ERET */
	default:
		return r;
	}
}
