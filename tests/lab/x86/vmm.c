// SPDX-License-Identifier: GPL-2.0
/*
 * A small VMM for the lab's x86-64 tests; see vmm.h.
 */
#include "vmm.h"

#define CPUID_ENTRIES	256

extern const uint64_t guest_image[];
extern const char guest_image_end[];

int must_do(int fd, unsigned long request, unsigned long arg, const char *what)
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

int vmm_cap(struct vmm *v, int cap)
{
	return must(v->vm, KVM_CHECK_EXTENSION, cap);
}

int vmm_enable(struct vmm *v, int fd, uint32_t cap, uint64_t arg)
{
	struct kvm_enable_cap c = { .cap = cap, .args = { arg } };

	return result(ioctl(fd, KVM_ENABLE_CAP, &c));
}

struct kvm_cpuid2 *vmm_supported_cpuid(struct vmm *v)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + CPUID_ENTRIES * sizeof(c->entries[0]));

	c->nent = CPUID_ENTRIES;
	must(v->sys, KVM_GET_SUPPORTED_CPUID, c);
	return c;
}

static uint64_t descriptor(uint64_t access)
{
	return access << 40 | 0xfULL << 48 | 0xffff;
}

/* Access byte, and G, D, L as bits 15, 14, 13 of what is above it. */
static void write_gdt(struct vmm *v)
{
	uint64_t *gdt = (void *)(v->ram + GUEST_GDT);
	uint64_t tss = GUEST_TSS;

	gdt[SEL_CODE64 / 8] = descriptor(0xa09b);
	gdt[SEL_DATA / 8] = descriptor(0xc093);
	gdt[SEL_CODE32 / 8] = descriptor(0xc09b);
	gdt[SEL_CODE16 / 8] = descriptor(0x009b);
	gdt[SEL_DATA16 / 8] = descriptor(0x0093);
	gdt[SEL_USER_DATA / 8] = descriptor(0xc0f3);
	gdt[SEL_USER64 / 8] = descriptor(0xa0fb);
	gdt[SEL_TSS / 8] = 0x67 | tss << 16 | 0x8bULL << 40;
	gdt[SEL_TSS / 8 + 1] = 0;
	/* RSP0 */
	*(uint64_t *)(v->ram + GUEST_TSS + 4) = v->ram_size - VMM_CPUS * GUEST_STACK;
}

static void write_tables(struct vmm *v)
{
	uint64_t *table = (void *)(v->ram + GUEST_TABLES), *pd = (void *)(v->ram + GUEST_PD), i;
	uint32_t *pd32 = (void *)(v->ram + GUEST_PD32);

	table[0] = (GUEST_TABLES + 0x1000) | 7;
	for (i = 0; i < 4; i++)
		table[512 + i] = (GUEST_PD + i * 0x1000) | 7;
	for (i = 0; i < 2048; i++)
		pd[i] = i << 21 | 0x87;
	for (i = 0; i < 1024; i++)
		pd32[i] = i << 22 | 0x87;
}

void vmm_image(struct vmm *v)
{
	memset(v->ram, 0, v->ram_size);
	memcpy(v->ram + GUEST_IMAGE, guest_image, guest_image_end - (const char *)guest_image);
	write_gdt(v);
	write_tables(v);
}

static void make_memory(struct vmm *v, const struct vmm_config *c)
{
	int ret;

	v->ram = mmap(NULL, v->ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->ram == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	vmm_image(v);
	if (c->no_slots)
		return;
	ret = vmm_slot(v, SLOT_LOW, 0, GUEST_HOLE, v->ram, 0) ?:
	      vmm_slot(v, SLOT_HIGH, GUEST_HOLE_END, v->ram_size - GUEST_HOLE_END, v->ram + GUEST_HOLE_END, 0);
	if (ret)
		die("KVM_SET_USER_MEMORY_REGION: %s", result_name(ret));
}

static void make_cpu(struct vmm *v, unsigned int i, const struct kvm_cpuid2 *cpuid)
{
	v->cpu[i] = must(v->vm, KVM_CREATE_VCPU, i);
	v->run[i] = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->cpu[i], 0);
	if (v->run[i] == MAP_FAILED)
		die("mmap of kvm_run: %s", strerror(errno));
	if (cpuid)
		must(v->cpu[i], KVM_SET_CPUID2, cpuid);
}

static void make_irqs(struct vmm *v, enum vmm_irqs irqs)
{
	int ret;

	if (irqs == IRQS_KERNEL)
		must(v->vm, KVM_CREATE_IRQCHIP, 0);
	if (irqs != IRQS_SPLIT)
		return;
	ret = vmm_enable(v, v->vm, KVM_CAP_SPLIT_IRQCHIP, VMM_PINS);
	if (ret)
		die("KVM_CAP_SPLIT_IRQCHIP: %s", result_name(ret));
}

/* It is a capability, and not in KVM_GET_SUPPORTED_CPUID. */
static void show_deadline(struct kvm_cpuid2 *c)
{
	unsigned int i;

	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == 1)
			c->entries[i].ecx |= 1 << 24;
}

void vmm_open(struct vmm *v, const struct vmm_config *c)
{
	static const struct vmm_config none;
	struct kvm_cpuid2 *cpuid = NULL;
	unsigned int i;

	c = c ?: &none;
	*v = (struct vmm){ .cpus = c->cpus ?: 1, .ram_size = c->ram_size ?: GUEST_RAM_SIZE };
	v->sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->sys < 0)
		die("/dev/kvm: %s", strerror(errno));
	v->vm = must(v->sys, KVM_CREATE_VM, 0);
	make_memory(v, c);
	make_irqs(v, c->irqs);
	v->run_size = must(v->sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (!c->no_cpuid)
		cpuid = vmm_supported_cpuid(v);
	if (cpuid && c->deadline)
		show_deadline(cpuid);
	for (i = 0; i < v->cpus; i++)
		make_cpu(v, i, cpuid);
	free(cpuid);
}

void vmm_close(struct vmm *v)
{
	unsigned int i;

	for (i = 0; i < v->cpus; i++) {
		munmap(v->run[i], v->run_size);
		close(v->cpu[i]);
	}
	close(v->vm);
	close(v->sys);
	munmap(v->ram, v->ram_size);
}

struct kvm_regs vmm_regs(struct vmm *v, unsigned int cpu)
{
	struct kvm_regs r;

	must(v->cpu[cpu], KVM_GET_REGS, &r);
	return r;
}

void vmm_set_regs(struct vmm *v, unsigned int cpu, const struct kvm_regs *r)
{
	must(v->cpu[cpu], KVM_SET_REGS, r);
}

struct kvm_sregs vmm_sregs(struct vmm *v, unsigned int cpu)
{
	struct kvm_sregs s;

	must(v->cpu[cpu], KVM_GET_SREGS, &s);
	return s;
}

void vmm_set_sregs(struct vmm *v, unsigned int cpu, const struct kvm_sregs *s)
{
	must(v->cpu[cpu], KVM_SET_SREGS, s);
}

int vmm_get_msr(struct vmm *v, unsigned int cpu, uint32_t msr, uint64_t *val)
{
	struct {
		struct kvm_msrs h;
		struct kvm_msr_entry e;
	} m = { .h.nmsrs = 1, .e.index = msr };
	int ret = result(ioctl(v->cpu[cpu], KVM_GET_MSRS, &m));

	*val = m.e.data;
	return ret == 1 ? 0 : ret ?: -EPERM;
}

int vmm_set_msr(struct vmm *v, unsigned int cpu, uint32_t msr, uint64_t val)
{
	struct {
		struct kvm_msrs h;
		struct kvm_msr_entry e;
	} m = { .h.nmsrs = 1, .e = { .index = msr, .data = val } };
	int ret = result(ioctl(v->cpu[cpu], KVM_SET_MSRS, &m));

	return ret == 1 ? 0 : ret ?: -EPERM;
}

#define CR0_PE		(1UL << 0)
#define CR0_ET		(1UL << 4)
#define CR0_NE		(1UL << 5)
#define CR0_WP		(1UL << 16)
#define CR0_PG		(1UL << 31)
#define CR4_PSE		(1UL << 4)
#define CR4_PAE		(1UL << 5)
#define EFER_SCE	(1UL << 0)
#define EFER_LME	(1UL << 8)
#define EFER_LMA	(1UL << 10)
#define EFER_NX		(1UL << 11)

static const struct mode {
	const char *name;
	uint64_t cr0, cr3, cr4, efer;
	uint16_t code, data;
	bool l, db;
} modes[VMM_MODES] = {
	[MODE_LONG] = {
		"64-bit", CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG, GUEST_TABLES, CR4_PAE,
		EFER_SCE | EFER_LME | EFER_LMA | EFER_NX, SEL_CODE64, SEL_DATA, true, false
	},
	[MODE_COMPAT] = {
		"compatibility", CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG, GUEST_TABLES, CR4_PAE,
		EFER_LME | EFER_LMA, SEL_CODE32, SEL_DATA, false, true
	},
	[MODE_PROTECTED] = { "32-bit", CR0_PE | CR0_ET | CR0_NE, 0, 0, 0, SEL_CODE32, SEL_DATA, false, true },
	[MODE_PAGED32] = {
		"32-bit paged", CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG, GUEST_PD32, CR4_PSE, 0,
		SEL_CODE32, SEL_DATA, false, true
	},
	[MODE_REAL] = { "real", CR0_ET, 0, 0, 0, 0, 0, false, false },
};

const char *vmm_mode_name(enum vmm_mode mode)
{
	return modes[mode].name;
}

void vmm_mode(struct vmm *v, unsigned int cpu, enum vmm_mode mode)
{
	struct kvm_sregs s = vmm_sregs(v, cpu);
	const struct mode *m = &modes[mode];
	bool real = !(m->cr0 & CR0_PE);
	struct kvm_segment data = {
		.limit = real ? 0xffff : 0xffffffff, .selector = m->data, .type = 3, .present = 1, .s = 1,
		.db = !real, .g = !real,
	};

	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.cs = data;
	s.cs.selector = m->code;
	s.cs.type = 0xb;
	s.cs.l = m->l;
	s.cs.db = m->db;
	s.tr = (struct kvm_segment){
		.base = real ? 0 : GUEST_TSS, .limit = real ? 0xffff : 0x67, .selector = real ? 0 : SEL_TSS,
		.type = 0xb, .present = 1,
	};
	s.ldt = (struct kvm_segment){ .type = 2, .unusable = 1 };
	s.gdt.base = real ? 0 : GUEST_GDT;
	s.gdt.limit = real ? 0xffff : GDT_ENTRIES * 8 - 1;
	s.idt.base = 0;
	s.idt.limit = real ? 0x3ff : 0;
	s.cr0 = m->cr0;
	s.cr3 = m->cr3;
	s.cr4 = m->cr4;
	s.efer = m->efer;
	vmm_set_sregs(v, cpu, &s);
}

uint64_t vmm_head(unsigned int word)
{
	return guest_image[word];
}

void vmm_start(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg)
{
	struct kvm_regs r = {
		.rip = GUEST_IMAGE, .rflags = 2, .rdi = what, .rsi = arg, .rsp = v->ram_size - cpu * GUEST_STACK,
	};

	/* an access that waits for its answer would end in the new life */
	v->run[cpu]->immediate_exit = 1;
	ioctl(v->cpu[cpu], KVM_RUN, 0);
	v->run[cpu]->immediate_exit = 0;
	vmm_mode(v, cpu, MODE_LONG);
	vmm_set_regs(v, cpu, &r);
}

int vmm_run(struct vmm *v, unsigned int cpu)
{
	int ret = result(ioctl(v->cpu[cpu], KVM_RUN, 0));

	if (check_hangs())
		die("vCPU %u hangs at %#llx", cpu, vmm_regs(v, cpu).rip);
	return ret;
}

void vmm_unexpected(struct vmm *v, unsigned int cpu, const char *what)
{
	struct kvm_run *run = v->run[cpu];
	unsigned long long rip = vmm_regs(v, cpu).rip;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		die("vCPU %u: %s, but %s of port %#x, at %#llx", cpu, what, run->io.direction ? "OUT" : "IN",
		    run->io.port, rip);
	case KVM_EXIT_MMIO:
		die("vCPU %u: %s, but %s of %#llx, at %#llx", cpu, what, run->mmio.is_write ? "write" : "read",
		    run->mmio.phys_addr, rip);
	case KVM_EXIT_INTERNAL_ERROR:
		die("vCPU %u: %s, but internal error %u, at %#llx", cpu, what, run->internal.suberror, rip);
	case KVM_EXIT_FAIL_ENTRY:
		die("vCPU %u: %s, but entry fails with %#llx, at %#llx", cpu, what,
		    run->fail_entry.hardware_entry_failure_reason, rip);
	default:
		die("vCPU %u: %s, but exit %u, at %#llx", cpu, what, run->exit_reason, rip);
	}
}

struct kvm_run *vmm_exit(struct vmm *v, unsigned int cpu, uint32_t reason)
{
	char what[32];
	int ret;

	/* with newer kernels a fork elsewhere in the program ends KVM_RUN, on their own KVM, too */
	do {
		ret = vmm_run(v, cpu);
	} while (ret == -EINTR && !v->run[cpu]->immediate_exit);
	if (ret)
		die("vCPU %u: KVM_RUN: %s, at %#llx", cpu, result_name(ret), vmm_regs(v, cpu).rip);
	snprintf(what, sizeof(what), "exit %u is due", reason);
	if (v->run[cpu]->exit_reason != reason)
		vmm_unexpected(v, cpu, what);
	return v->run[cpu];
}

unsigned int vmm_event(struct vmm *v, unsigned int cpu, uint64_t *val)
{
	uint64_t data, got = 0, want = 0;
	struct kvm_run *run;
	unsigned int port;

	for (;;) {
		run = vmm_exit(v, cpu, KVM_EXIT_IO);
		port = run->io.port - GUEST_PORT;
		if (run->io.port < GUEST_PORT || port >= PORT_END || run->io.count != 1)
			vmm_unexpected(v, cpu, "an event is due");
		if (run->io.direction == KVM_EXIT_IO_IN) {
			memcpy((char *)run + run->io.data_offset, val, run->io.size);
			return port;
		}
		data = vmm_regs(v, cpu).rax;
		if (port == PORT_GOT) {
			got = data;
		} else if (port == PORT_WANT) {
			want = data;
		} else if (port == PORT_FAIL) {
			if (data >= FAIL_VECTOR)
				die("guest: vector %lu, RIP %#lx, error %#lx", (long)data - FAIL_VECTOR, (long)got,
				    (long)want);
			fail("guest, line %lu: %#lx, not %#lx", (long)data, (long)got, (long)want);
		} else {
			*val = data;
			return port;
		}
	}
}

uint64_t vmm_expect_event(struct vmm *v, unsigned int cpu, unsigned int port)
{
	uint64_t val = 0;
	unsigned int got = vmm_event(v, cpu, &val);

	if (got != port)
		die("vCPU %u: port %u is accessed with %#lx, not port %u", cpu, got, (long)val, port);
	return val;
}

uint64_t vmm_go(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg)
{
	vmm_start(v, cpu, what, arg);
	return vmm_expect_event(v, cpu, PORT_DONE);
}
