// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptors of /dev/kvm on x86-64: what they answer, and with which errno they refuse.
 */
#include "vmm.h"

#ifndef GUEST

static int new_vm(int sys)
{
	return must(sys, KVM_CREATE_VM, 0);
}

static int open_kvm(void)
{
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (sys < 0)
		die("/dev/kvm: %s", strerror(errno));
	return sys;
}

static void check_system(void)
{
	int sys = open_kvm(), size;

	expect_result(ioctl(sys, KVM_GET_API_VERSION, 0), 12);
	expect_result(ioctl(sys, KVM_GET_API_VERSION, 1), -EINVAL);
	size = result(ioctl(sys, KVM_GET_VCPU_MMAP_SIZE, 0));
	expect(size >= (int)sizeof(struct kvm_run) && size % 4096 == 0, "mmap size %d", size);
	expect_result(ioctl(sys, KVM_GET_VCPU_MMAP_SIZE, 1), -EINVAL);
	expect_result(ioctl(sys, KVM_CREATE_VM, 77), -EINVAL);
	expect_result(ioctl(sys, KVM_RUN, 0), -EINVAL);
	expect_result(ioctl(sys, _IO(KVMIO, 0xff), 0), -EINVAL);
}

static void check_extensions(void)
{
	static const struct {
		int cap, least;
	} rows[] = {
		{ KVM_CAP_USER_MEMORY, 1 }, { KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
		{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 }, { KVM_CAP_NR_MEMSLOTS, 32 }, { KVM_CAP_NR_VCPUS, 1 },
		{ KVM_CAP_MAX_VCPUS, 1 }, { KVM_CAP_MAX_VCPU_ID, 1 }, { KVM_CAP_SYNC_MMU, 1 }, { KVM_CAP_EXT_CPUID, 1 },
		{ KVM_CAP_SET_TSS_ADDR, 1 }, { KVM_CAP_IMMEDIATE_EXIT, 1 }, { KVM_CAP_READONLY_MEM, 1 },
		{ KVM_CAP_VCPU_EVENTS, 1 }, { KVM_CAP_DEBUGREGS, 1 }, { KVM_CAP_MP_STATE, 1 }, { KVM_CAP_XCRS, 0 },
		{ KVM_CAP_XSAVE, 1 }, { KVM_CAP_EXCEPTION_PAYLOAD, 1 }, { KVM_CAP_CHECK_EXTENSION_VM, 1 },
	};
	int sys = open_kvm(), vm = new_vm(sys);
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int s = result(ioctl(sys, KVM_CHECK_EXTENSION, rows[i].cap));
		int v = result(ioctl(vm, KVM_CHECK_EXTENSION, rows[i].cap));

		expect(s >= rows[i].least, "capability %d: %d", rows[i].cap, s);
		expect(v == s, "capability %d: %d of the VM, %d of the system", rows[i].cap, v, s);
	}
	expect_result(ioctl(sys, KVM_CHECK_EXTENSION, 1 << 20), 0);
	expect_result(ioctl(sys, KVM_CHECK_EXTENSION, -1L), 0);
	expect_result(ioctl(sys, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PSCI), 0);
}

static void check_vcpus(void)
{
	int sys = open_kvm(), vm = new_vm(sys), cpu;
	long most = must(sys, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPU_ID);

	cpu = must(vm, KVM_CREATE_VCPU, 3);
	expect_result(ioctl(vm, KVM_CREATE_VCPU, 3), -EEXIST);
	expect_result(ioctl(vm, KVM_CREATE_VCPU, most), -EINVAL);
	expect_result(ioctl(vm, KVM_CREATE_VCPU, -1L), -EINVAL);
	expect_result(ioctl(vm, _IO(KVMIO, 0xff), 0), -ENOTTY);
	expect_result(ioctl(cpu, _IO(KVMIO, 0xff), 0), -EINVAL);
	expect_result(ioctl(cpu, KVM_RUN, 1), -EINVAL);
	/* a VM lives as long as one of its descriptors does */
	close(vm);
	close(sys);
	expect_result(ioctl(cpu, KVM_GET_REGS, &(struct kvm_regs){ 0 }), 0);
	expect_result(ioctl(cpu, KVM_GET_REGS, 8), -EFAULT);
}

/* What a vCPU is when it is created: as a processor comes out of reset. */
static void check_reset(void)
{
	int sys = open_kvm(), vm = new_vm(sys), cpu = must(vm, KVM_CREATE_VCPU, 0);
	struct kvm_debugregs d;
	struct kvm_sregs s;
	struct kvm_regs r;

	must(cpu, KVM_GET_REGS, &r);
	must(cpu, KVM_GET_SREGS, &s);
	must(cpu, KVM_GET_DEBUGREGS, &d);
	expect(r.rip == 0xfff0 && r.rflags == 2 && !r.rax && !r.rsp, "RIP %#llx, RFLAGS %#llx", r.rip, r.rflags);
	expect(s.cs.selector == 0xf000 && s.cs.base == 0xffff0000 && s.cs.limit == 0xffff && (s.cs.type & 0xa) == 0xa,
	       "CS %#x, base %#llx, limit %#x, type %#x", s.cs.selector, s.cs.base, s.cs.limit, s.cs.type);
	expect(!s.ds.selector && !s.ds.base && s.ds.limit == 0xffff && s.ds.present, "DS base %#llx", s.ds.base);
	expect(s.cr0 == 0x60000010 && !s.cr3 && !s.cr4 && !s.efer, "CR0 %#llx, EFER %#llx", s.cr0, s.efer);
	expect(!s.idt.base && s.idt.limit == 0xffff && s.gdt.limit == 0xffff, "IDT limit %#x", s.idt.limit);
	expect(d.dr6 == 0xffff0ff0 && d.dr7 == 0x400, "DR6 %#llx, DR7 %#llx", d.dr6, d.dr7);
}

static void check_slots(void)
{
	const uint64_t page = 4096;
	struct vmm v;
	char *mem;

	vmm_open(&v, &(struct vmm_config){ .no_slots = true });
	mem = (void *)v.ram;
	expect(vmm_slot(&v, 0, page, 4 * page, mem, 0) == 0, "a slot is refused");
	expect(vmm_slot(&v, 1, 0, page, mem, 0) == 0, "a slot is refused");
	expect(vmm_slot(&v, 2, 2 * page, page, mem, 0) == -EEXIST, "an overlap is not refused");
	expect(vmm_slot(&v, 2, 16 * page + 1, page, mem, 0) == -EINVAL, "a crooked address is not refused");
	expect(vmm_slot(&v, 2, 16 * page, page + 1, mem, 0) == -EINVAL, "a crooked size is not refused");
	expect(vmm_slot(&v, 2, 16 * page, page, mem + 1, 0) == -EINVAL, "a crooked user address is not refused");
	expect(vmm_slot(&v, 2, 16 * page, page, mem, 1U << 31) == -EINVAL, "an unknown flag is not refused");
	expect(vmm_slot(&v, 2, -page, 2 * page, mem, 0) == -EINVAL, "a slot beyond the end is not refused");
	expect(vmm_slot(&v, 0x7fff, 16 * page, page, mem, 0) == -EINVAL, "slot 0x7fff is not refused");
	expect(vmm_slot(&v, 2, 0, 0, NULL, 0) == -EINVAL, "a slot that is not there cannot be deleted");
	expect(vmm_slot(&v, 0, page, 2 * page, mem, 0) == -EINVAL, "a slot's size cannot be changed");
	expect(vmm_slot(&v, 0, page, 4 * page, mem + page, 0) == -EINVAL, "a slot's memory cannot be changed");
	expect(vmm_slot(&v, 0, page, 4 * page, mem, KVM_MEM_READONLY) == -EINVAL, "a slot cannot become read-only");
	expect(vmm_slot(&v, 0, page, 4 * page, mem, KVM_MEM_LOG_DIRTY_PAGES) == 0, "a slot's log can be turned on");
	expect(vmm_slot(&v, 0, 8 * page, 4 * page, mem, KVM_MEM_LOG_DIRTY_PAGES) == 0, "a slot can be moved");
	expect(vmm_slot(&v, 0, 0, 0, NULL, 0) == 0, "a slot can be deleted");
}

static void check_cpuid_calls(void)
{
	struct kvm_cpuid2 *c, small = { .nent = 1 };
	struct vmm v;

	vmm_open(&v, NULL);
	expect_result(ioctl(v.sys, KVM_GET_SUPPORTED_CPUID, &small), -E2BIG);
	c = vmm_supported_cpuid(&v);
	expect(c->nent > 8 && c->nent < 200, "%u entries", c->nent);
	small.nent = 1;
	expect_result(ioctl(v.cpu[0], KVM_GET_CPUID2, &small), -E2BIG);
	expect_result(ioctl(v.cpu[0], KVM_SET_CPUID2, c), 0);
	c->nent = 100000;
	expect_result(ioctl(v.cpu[0], KVM_SET_CPUID2, c), -E2BIG);
}

/* The older list, in which no leaf has an index, is as the newer one is read. */
static void check_old_cpuid(void)
{
	static struct {
		struct kvm_cpuid head;
		struct kvm_cpuid_entry e[2];
	} old = {
		.head.nent = 2,
		.e = { { .function = 0, .eax = 1, .ebx = 2, .ecx = 3, .edx = 4 }, { .function = 1, .eax = 5 } },
	};
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 e[3];
	} now;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .no_cpuid = true });
	expect_result(ioctl(v.cpu[0], KVM_SET_CPUID, &old), 0);
	now.head.nent = 3;
	expect_result(ioctl(v.cpu[0], KVM_GET_CPUID2, &now), 0);
	expect(now.head.nent == 2 && now.e[1].function == 1 && now.e[1].eax == 5, "another list");
	expect(now.e[0].eax == 1 && now.e[0].ebx == 2 && now.e[0].ecx == 3 && now.e[0].edx == 4 && !now.e[0].index && !now.e[0].flags,
	       "another leaf");
	old.head.nent = 100000;
	expect_result(ioctl(v.cpu[0], KVM_SET_CPUID, &old), -E2BIG);
	expect_result(ioctl(v.cpu[0], KVM_SET_CPUID, 8), -EFAULT);
	vmm_close(&v);
}

/* A list of what is emulated is there: whoever asks hears of nothing but what this CPU lacks. */
static void check_emulated(void)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + 64 * sizeof(c->entries[0]));
	struct vmm v;

	vmm_open(&v, NULL);
	expect(vmm_cap(&v, KVM_CAP_EXT_EMUL_CPUID) == 1, "no KVM_CAP_EXT_EMUL_CPUID");
	c->nent = 64;
	expect_result(ioctl(v.sys, KVM_GET_EMULATED_CPUID, c), 0);
	expect(is_kernels_kvm() ? c->nent < 64 : !c->nent, "%u leaves", c->nent);
	expect_result(ioctl(v.sys, KVM_GET_EMULATED_CPUID, 8), -EFAULT);
	free(c);
	vmm_close(&v);
}

/* Newer than some headers. */
#define CAP_MEMORY_ATTRIBUTES	233
#define CAP_GUEST_MEMFD		234
#define CAP_PRE_FAULT_MEMORY	236
#define SET_MEMORY_ATTRIBUTES	_IOW(KVMIO, 0xd2, uint64_t[4])
#define CREATE_GUEST_MEMFD	_IOWR(KVMIO, 0xd4, uint64_t[8])
#define PRE_FAULT_MEMORY	_IOWR(KVMIO, 0xd5, uint64_t[8])

/* What is not there has no capability, and its calls say what a KVM without it says. */
static void check_absent(void)
{
	static const struct {
		int cap;
		unsigned long request;
		bool of_vcpu;
	} calls[] = {
		{ KVM_CAP_PMU_EVENT_FILTER, KVM_SET_PMU_EVENT_FILTER },
		{ KVM_CAP_HYPERV_EVENTFD, KVM_HYPERV_EVENTFD }, { CAP_MEMORY_ATTRIBUTES, SET_MEMORY_ATTRIBUTES },
		{ CAP_GUEST_MEMFD, CREATE_GUEST_MEMFD }, { KVM_CAP_X86_SMM, KVM_SMI, true },
		{ KVM_CAP_HYPERV_CPUID, KVM_GET_SUPPORTED_HV_CPUID, true }, { CAP_PRE_FAULT_MEMORY, PRE_FAULT_MEMORY, true },
	};
	static char zeroes[4096];
	unsigned int i;
	struct vmm v;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int ret, want = calls[i].of_vcpu ? -EINVAL : -ENOTTY;

		/* the kernel's has private memory, for VMs of another type */
		if (vmm_cap(&v, calls[i].cap) || (is_kernels_kvm() && calls[i].cap >= CAP_MEMORY_ATTRIBUTES))
			continue;
		ret = result(ioctl(calls[i].of_vcpu ? v.cpu[0] : v.vm, calls[i].request, zeroes));
		expect(ret == want, "call %#lx of capability %d: %s", calls[i].request & 0xff, calls[i].cap, result_name(ret));
	}
	vmm_close(&v);
}

static void check_msr_calls(void)
{
	struct kvm_msr_list *l = calloc(1, sizeof(*l) + 4096), none = { 0 };
	struct {
		struct kvm_msrs h;
		struct kvm_msr_entry e[3];
	} m = { .h.nmsrs = 3, .e = { { .index = 0xc0000081 }, { .index = 0x12345 }, { .index = 0xc0000082 } } };
	struct vmm v;

	vmm_open(&v, NULL);
	expect_result(ioctl(v.sys, KVM_GET_MSR_INDEX_LIST, &none), -E2BIG);
	expect(none.nmsrs > 8, "%u MSRs, when there was no room for one", none.nmsrs);
	l->nmsrs = 1024;
	expect_result(ioctl(v.sys, KVM_GET_MSR_INDEX_LIST, l), 0);
	expect(l->nmsrs == none.nmsrs, "%u MSRs, and %u", l->nmsrs, none.nmsrs);
	/* as far as they go: the second is none */
	expect_result(ioctl(v.cpu[0], KVM_GET_MSRS, &m), 1);
	m.e[0].data = 0x1122334455667788;
	expect_result(ioctl(v.cpu[0], KVM_SET_MSRS, &m), 1);
	m.h.nmsrs = 100000;
	expect_result(ioctl(v.cpu[0], KVM_GET_MSRS, &m), -E2BIG);
}

/* With immediate_exit KVM_RUN does not enter, with a signal that is pending neither. */
static void check_immediate_exit(void)
{
	struct kvm_regs r;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, 0, 0);
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	r = vmm_regs(&v, 0);
	expect(r.rip == GUEST_IMAGE, "RIP %#llx", r.rip);
	v.run[0]->immediate_exit = 0;
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 0, "not the guest's value");
}

static const struct check checks[] = {
	{ "system", check_system }, { "extensions", check_extensions }, { "vcpus", check_vcpus }, { "reset", check_reset },
	{ "slots", check_slots }, { "cpuid-calls", check_cpuid_calls }, { "old-cpuid", check_old_cpuid },
	{ "emulated", check_emulated }, { "absent", check_absent }, { "msr-calls", check_msr_calls },
	{ "immediate-exit", check_immediate_exit }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
