// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest finds its processor to be: CPUID, MSRs, control registers, and the ways from one mode to the next.
 */
#include "step.h"

enum { WHAT_CPUID, WHAT_READ, WHAT_WRITE, WHAT_TSC, WHAT_CONTROL };

/* What the guest's answers come to. */
#define FAULTED		(1UL << 63)

/* Where the VMM and the guest leave CPUID's table to each other: leaf, index, then four registers. */
#define TABLE		((volatile uint32_t *)GUEST_FREE)
#define TABLE_WORDS	6
#define TABLE_ROWS	512

#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_SFMASK	0xc0000084
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_KERNEL_GS	0xc0000102
#define MSR_TSC		0x10
#define MSR_PAT		0x277
#define MSR_SYSENTER_CS	0x174
#define MSR_SYSENTER_SP	0x175
#define MSR_SYSENTER_IP	0x176
#define MSR_EFER	0xc0000080
#define MSR_NONE	0x12345

#ifdef GUEST

static uint64_t read_table(uint64_t rows)
{
	uint32_t r[4];
	uint64_t i;

	for (i = 0; i < rows; i++) {
		volatile uint32_t *t = TABLE + i * TABLE_WORDS;

		guest_cpuid(t[0], t[1], r);
		t[2] = r[0];
		t[3] = r[1];
		t[4] = r[2];
		t[5] = r[3];
	}
	return rows;
}

/* The fault that a bad MSR makes: #GP with error 0, and RIP at the instruction. */
static uint64_t faulted(uint16_t opcode)
{
	const struct guest_frame *f = guest_fault();

	guest_expect(f->vector, 13);
	guest_expect(f->error, 0);
	guest_expect(*(uint16_t *)f->rip, opcode);
	return FAULTED;
}

static uint64_t read_msr(uint32_t msr)
{
	uint64_t val;

	return guest_rdmsr(msr, &val) ? val : faulted(0x320f);
}

static uint64_t write_msr(uint32_t msr)
{
	uint64_t val = guest_ask(PORT_TEST);

	val |= (uint64_t)guest_ask(PORT_TEST) << 32;
	return guest_wrmsr(msr, val) ? 0 : faulted(0x300f);
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static uint64_t read_tsc(void)
{
	uint64_t first = rdtsc(), last = first, now, msr;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		now = rdtsc();
		guest_check(now >= last);
		last = now;
	}
	guest_check(guest_rdmsr(MSR_TSC, &msr));
	guest_check(msr >= last);
	guest_check(rdtsc() >= msr);
	return first;
}

#define CR0_TS		(1UL << 3)
#define CR0_CD		(1UL << 30)
#define CR0_NW		(1UL << 29)
#define CR4_PGE		(1UL << 7)
#define CR4_VMXE	(1UL << 13)

#define try_write(val, reg) ({ \
	asm volatile(GUEST_TRY "mov %0, %%" #reg GUEST_TRIED : : "r" ((uint64_t)(val)) : "r11", "memory"); \
	guest_tried(); \
})

/* What may be changed can be, and is read back; what may not is #GP. */
static uint64_t control(void)
{
	uint64_t cr0 = read_reg(cr0), cr4 = read_reg(cr4), cr3 = read_reg(cr3);

	write_reg(cr0 | CR0_TS, cr0);
	guest_expect(read_reg(cr0), cr0 | CR0_TS);
	asm volatile("clts");
	guest_expect(read_reg(cr0), cr0);
	write_reg(cr0 | CR0_CD, cr0);
	guest_expect(read_reg(cr0), cr0 | CR0_CD);
	write_reg(cr0, cr0);
	guest_check(!try_write(cr0 | CR0_NW, cr0));
	guest_expect(guest_fault()->vector, 13);
	guest_expect(read_reg(cr0), cr0);

	guest_check(try_write(cr4 | CR4_PGE, cr4));
	guest_expect(read_reg(cr4), cr4 | CR4_PGE);
	write_reg(cr4, cr4);
	guest_check(!try_write(cr4 | CR4_VMXE, cr4));
	guest_expect(guest_fault()->vector, 13);
	guest_expect(read_reg(cr4), cr4);

	write_reg(cr3, cr3);
	guest_expect(read_reg(cr3), cr3);
	/* raised, then lowered: without an interrupt controller in the kernel the VMM hears of the second */
	write_reg(5, cr8);
	guest_expect(read_reg(cr8), 5);
	write_reg(3, cr8);
	guest_expect(read_reg(cr8), 3);
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_CPUID:
		return read_table(arg);
	case WHAT_READ:
		return read_msr(arg);
	case WHAT_WRITE:
		return write_msr(arg);
	case WHAT_TSC:
		return read_tsc();
	default:
		return control();
	}
}

#else

/* Bits that follow the guest's control registers and the CPU, not the table: OSXSAVE, OSPKE, and what XCR0 asks for. */
static uint32_t dynamic(const struct kvm_cpuid_entry2 *e, unsigned int reg)
{
	if (e->function == 1 && reg == 2)
		return 1U << 27;
	if (e->function == 7 && !e->index && reg == 2)
		return 1U << 4;
	return e->function == 0xd && reg == 1 && e->index < 2 ? ~0U : 0;
}

static void compare_leaf(const struct kvm_cpuid_entry2 *e, const volatile uint32_t *t)
{
	const uint32_t want[] = { e->eax, e->ebx, e->ecx, e->edx };
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect(!((want[i] ^ t[2 + i]) & ~dynamic(e, i)), "CPUID %#x.%u, register %u is %#x, not %#x", e->function,
		       e->index, i, t[2 + i], want[i]);
}

static volatile uint32_t *table_of(struct vmm *v)
{
	return (void *)(v->ram + GUEST_FREE);
}

/* CPUID says what KVM_SET_CPUID2 was given, entry by entry, whatever that is. */
static void check_cpuid(void)
{
	struct kvm_cpuid2 *c;
	unsigned int i;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .no_cpuid = true });
	c = vmm_supported_cpuid(&v);
	/* one of our own, in the hypervisors' range */
	for (i = 0; i < c->nent && c->entries[i].function != 0x40000000; i++)
		;
	if (i == c->nent)
		c->nent++;
	c->entries[i] = (struct kvm_cpuid_entry2){
		.function = 0x40000000, .eax = 0x40000000, .ebx = 0x75626154, .ecx = 0x7473616c, .edx = 0x61747365,
	};
	must(v.cpu[0], KVM_SET_CPUID2, c);
	if (c->nent > TABLE_ROWS)
		die("%u entries", c->nent);
	for (i = 0; i < c->nent; i++) {
		table_of(&v)[i * TABLE_WORDS] = c->entries[i].function;
		table_of(&v)[i * TABLE_WORDS + 1] = c->entries[i].index;
	}
	vmm_go(&v, 0, WHAT_CPUID, c->nent);
	for (i = 0; i < c->nent; i++)
		compare_leaf(&c->entries[i], table_of(&v) + i * TABLE_WORDS);
}

/* A leaf that is in no entry is four zeroes. */
static void check_cpuid_absent(void)
{
	static const uint32_t leaves[][2] = {
		{ 0x7fffffff, 0 }, { 0x8fffffff, 0 }, { 0x40005678, 0 }, { 4, 200 }, { 0xd, 63 }, { 0x12340000, 3 },
	};
	unsigned int i, k, n = sizeof(leaves) / sizeof(leaves[0]);
	volatile uint32_t *t;
	struct vmm v;

	vmm_open(&v, NULL);
	t = table_of(&v);
	for (i = 0; i < n; i++) {
		t[i * TABLE_WORDS] = leaves[i][0];
		t[i * TABLE_WORDS + 1] = leaves[i][1];
	}
	vmm_go(&v, 0, WHAT_CPUID, n);
	for (i = 0; i < n; i++)
		for (k = 2; k < 6; k++)
			expect(!t[i * TABLE_WORDS + k], "CPUID %#x.%u, register %u is %#x", leaves[i][0], leaves[i][1], k - 2,
			       t[i * TABLE_WORDS + k]);
}

static uint64_t guest_reads(struct vmm *v, uint32_t msr)
{
	return vmm_go(v, 0, WHAT_READ, msr);
}

static uint64_t guest_writes(struct vmm *v, uint32_t msr, uint64_t val)
{
	uint64_t lo = (uint32_t)val, hi = val >> 32;

	vmm_start(v, 0, WHAT_WRITE, msr);
	if (vmm_event(v, 0, &lo) != PORT_TEST || vmm_event(v, 0, &hi) != PORT_TEST)
		die("the guest does not ask");
	return vmm_expect_event(v, 0, PORT_DONE);
}

/* What the VMM writes the guest reads, and the other way round. */
static void check_msr(void)
{
	static const uint32_t msrs[] = {
		MSR_STAR, MSR_LSTAR, MSR_SFMASK, MSR_KERNEL_GS, MSR_SYSENTER_CS, MSR_SYSENTER_SP, MSR_SYSENTER_IP,
	};
	uint64_t val, got;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		val = 0x12345600 + i;
		expect(!vmm_set_msr(&v, 0, msrs[i], val), "MSR %#x is refused", msrs[i]);
		got = guest_reads(&v, msrs[i]);
		expect(got == val, "MSR %#x is %#lx for the guest, not %#lx", msrs[i], (long)got, (long)val);
		val = 0x7ff0 + i;		/* SYSENTER_CS keeps 16 bits */
		expect(!guest_writes(&v, msrs[i], val), "the guest cannot write MSR %#x", msrs[i]);
		expect(!vmm_get_msr(&v, 0, msrs[i], &got) && got == val, "MSR %#x is %#lx for the VMM, not %#lx", msrs[i],
		       (long)got, (long)val);
	}
	/* bases of segments: both views of one register; vmm_start() sets the segments anew */
	expect(!guest_writes(&v, MSR_GS_BASE, 0x123456789000), "the guest cannot write GS_BASE");
	expect(vmm_sregs(&v, 0).gs.base == 0x123456789000, "GS base %#llx", vmm_sregs(&v, 0).gs.base);
	expect(!vmm_get_msr(&v, 0, MSR_GS_BASE, &got) && got == 0x123456789000, "GS_BASE %#lx", (long)got);
}

/* An MSR that is none, and a value that none takes, is #GP for the guest and refused to the VMM. */
static void check_msr_bad(void)
{
	uint64_t val;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(guest_reads(&v, MSR_NONE) == FAULTED, "the guest reads MSR %#x", MSR_NONE);
	expect(guest_writes(&v, MSR_NONE, 1) == FAULTED, "the guest writes MSR %#x", MSR_NONE);
	expect(vmm_get_msr(&v, 0, MSR_NONE, &val) == -EPERM, "the VMM reads MSR %#x", MSR_NONE);
	expect(vmm_set_msr(&v, 0, MSR_NONE, 1) == -EPERM, "the VMM writes MSR %#x", MSR_NONE);
	/* reserved bits, memory types that are none, an address that is none */
	expect(guest_writes(&v, MSR_EFER, 1UL << 40) == FAULTED, "the guest writes EFER's reserved bits");
	expect(guest_writes(&v, MSR_PAT, 2) == FAULTED, "the guest writes a bad PAT");
	/* the guest's own write of LSTAR is the CPU's to refuse, and QEMU's emulation does not */
	expect(vmm_set_msr(&v, 0, MSR_LSTAR, 1UL << 60) == -EPERM, "the VMM writes a bad LSTAR");
	expect(vmm_set_msr(&v, 0, MSR_PAT, 2) == -EPERM, "the VMM writes a bad PAT");
	expect(guest_writes(&v, MSR_PAT, 0x0007040600070406) == 0, "the guest cannot write the usual PAT");
}

/* Every MSR of the list can be read, and takes what was read from it: VMMs count on that. */
static void check_msr_list(void)
{
	struct kvm_msr_list *l = calloc(1, sizeof(*l) + 4096);
	uint64_t val;
	struct vmm v;
	unsigned int i, bad = 0;

	vmm_open(&v, NULL);
	l->nmsrs = 1024;
	must(v.sys, KVM_GET_MSR_INDEX_LIST, l);
	for (i = 0; i < l->nmsrs; i++) {
		if (vmm_get_msr(&v, 0, l->indices[i], &val)) {
			printf("# MSR %#x is listed and cannot be read\n", l->indices[i]);
			bad++;
		} else if (vmm_set_msr(&v, 0, l->indices[i], val)) {
			printf("# MSR %#x is listed and does not take %#lx\n", l->indices[i], (long)val);
			bad++;
		}
	}
	printf("# %u MSRs\n", l->nmsrs);
	/* the kernel's own lists some of features that this CPU lacks, and refuses them */
	expect(is_kernels_kvm() || !bad, "%u of %u", bad, l->nmsrs);
	expect(bad < l->nmsrs / 4, "%u of %u", bad, l->nmsrs);
}

/* The clock goes on in one direction, from where the VMM sets it. */
static void check_tsc(void)
{
	const uint64_t far = 1UL << 50;
	uint64_t got;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_TSC, 0);
	expect(!vmm_set_msr(&v, 0, MSR_TSC, far), "the TSC is refused");
	got = vmm_go(&v, 0, WHAT_TSC, 0);
	/* within a minute of any clock there is */
	expect(got >= far && got - far < 60 * 10000000000UL, "TSC %#lx", (long)got);
}

static void check_control(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_CONTROL, 0);
	vmm_exit(&v, 0, KVM_EXIT_SET_TPR);
	expect(v.run[0]->cr8 == 3, "CR8 %llu", v.run[0]->cr8);
	vmm_expect_event(&v, 0, PORT_DONE);
}

/* From reset's first instruction, below 4 GiB, through real and 32-bit mode into 64-bit mode, all by the guest itself. */
static void check_switch(void)
{
	static uint8_t rom[4096] __attribute__((aligned(4096)));
	struct kvm_regs r;
	struct vmm v;

	vmm_open(&v, NULL);
	/* at reset's vector: ljmp 0:GUEST_LOW */
	memcpy(rom + 0xff0, (uint8_t[]){ 0xea, GUEST_LOW & 0xff, GUEST_LOW >> 8, 0, 0 }, 5);
	if (vmm_slot(&v, SLOT_TEST, 0xfffff000, sizeof(rom), rom, KVM_MEM_READONLY))
		die("KVM_SET_USER_MEMORY_REGION");
	memcpy(v.ram + GUEST_LOW, v.ram + vmm_head(HEAD_BLOB), vmm_head(HEAD_BLOB_SIZE));
	expect(vmm_expect_event(&v, 0, PORT_TEST) == 0x1616, "real mode");
	expect(vmm_sregs(&v, 0).cs.base == 0, "CS base in real mode");
	expect(vmm_expect_event(&v, 0, PORT_TEST) == 0x3232, "32-bit mode");
	expect(vmm_sregs(&v, 0).cs.db == 1, "CS in 32-bit mode");
	expect(vmm_expect_event(&v, 0, PORT_TEST) == 0x6464646464646464, "64-bit mode");
	expect(vmm_sregs(&v, 0).cs.l == 1 && vmm_sregs(&v, 0).efer & 1 << 10, "CS, EFER in 64-bit mode");
	expect(vmm_expect_event(&v, 0, PORT_TEST) == 0x1616, "real mode again");
	expect(!(vmm_sregs(&v, 0).cr0 & 1), "CR0 in real mode again");
	vmm_exit(&v, 0, KVM_EXIT_HLT);
	r = vmm_regs(&v, 0);
	expect(r.rip > GUEST_LOW && r.rip <= GUEST_LOW + vmm_head(HEAD_BLOB_SIZE), "RIP %#llx", r.rip);
}

#define EFER_LME	(1UL << 8)

/* Long mode enabled, and neither paging nor PAE: the guest reads so, and the host lives through the exit. */
static void check_enabled(void)
{
	static const uint8_t code[] = {
		0x66, 0xb9, MSR_EFER & 0xff, 0, 0, MSR_EFER >> 24,	/* mov $MSR_EFER, %ecx */
		0x0f, 0x32,						/* rdmsr */
	};
	struct kvm_regs r = step_regs(MODE_REAL);
	struct kvm_sregs s;
	struct vmm v;

	/* QEMU's emulation of AMD-V then goes on with the guest's CR0 */
	if (is_kernels_kvm())
		cannot("the kernel's KVM enters with EFER.LME, after which the emulated host hangs");
	vmm_open(&v, NULL);
	step_code(&v, MODE_REAL, code, sizeof(code), &r);
	s = vmm_sregs(&v, 0);
	s.efer = EFER_LME;
	vmm_set_sregs(&v, 0, &s);
	r = step_end(&v, MODE_REAL, sizeof(code));
	expect((uint32_t)r.rax == EFER_LME, "the guest reads EFER %#x", (uint32_t)r.rax);
	expect(vmm_sregs(&v, 0).efer == EFER_LME, "EFER %#llx", vmm_sregs(&v, 0).efer);
}

static const struct check checks[] = {
	{ "enabled", check_enabled }, { "cpuid", check_cpuid }, { "cpuid-absent", check_cpuid_absent }, { "msr", check_msr }, { "msr-bad", check_msr_bad },
	{ "msr-list", check_msr_list }, { "tsc", check_tsc }, { "control", check_control }, { "switch", check_switch }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
