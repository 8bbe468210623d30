// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Hyper-V: what they are told, and a page of hypercalls.
 */
#include "vmm.h"

enum { WHAT_PAGE, WHAT_NONE };

#define PAGE		4096UL
#define AREA		0x40000000UL
#define MSR_OS_ID	0x40000000
#define MSR_HYPERCALL	0x40000001
#define OS_ID		0x8100000000000001UL
#define INTERFACE	0x31237648
#define SIGNAL		0x5d

#ifdef GUEST


static uint64_t page(void)
{
	uint64_t val;

	/* for nobody there is none */
	guest_check(guest_wrmsr(MSR_HYPERCALL, AREA | 1));
	guest_check(guest_rdmsr(MSR_HYPERCALL, &val));
	guest_expect(val & 1, 0);
	guest_check(guest_wrmsr(MSR_OS_ID, OS_ID));
	guest_check(!guest_wrmsr(MSR_HYPERCALL, 0x7f0000000UL | 1));
	guest_check(guest_wrmsr(MSR_HYPERCALL, AREA | 1));
	guest_check(guest_rdmsr(MSR_HYPERCALL, &val));
	guest_expect(val, AREA | 1);
	asm volatile("call *%1" : "=a" (val) : "r" (AREA), "a" (0), "c" (SIGNAL), "d" (0x5a5a5a5a) : "memory");
	guest_expect(val, 4);
	asm volatile("call *%1" : "=a" (val) : "r" (AREA), "a" (0), "c" (0xffff), "d" (0) : "memory");
	guest_expect(val, 2);
	/* who takes its name away has no page */
	guest_check(guest_wrmsr(MSR_OS_ID, 0));
	guest_check(guest_rdmsr(MSR_HYPERCALL, &val));
	guest_expect(val & 1, 0);
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t val;

	if (what == WHAT_PAGE)
		return page();
	guest_check(!guest_rdmsr(MSR_OS_ID, &val));
	guest_check(!guest_wrmsr(MSR_OS_ID, OS_ID));
	guest_check(!guest_wrmsr(MSR_HYPERCALL, AREA | 1));
	return 0;
}

#else

#define ENTRIES	40

/* KVM_GET_SUPPORTED_HV_CPUID with room for so many: 0, or -errno. */
static int leaves(struct vmm *v, struct kvm_cpuid2 *c, unsigned int room)
{
	c->nent = room;
	return result(ioctl(v->sys, KVM_GET_SUPPORTED_HV_CPUID, c));
}

static const struct kvm_cpuid_entry2 *find(const struct kvm_cpuid2 *c, uint32_t leaf)
{
	unsigned int i;

	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == leaf)
			return &c->entries[i];
	return NULL;
}

static struct kvm_cpuid2 *get_leaves(struct vmm *v)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + ENTRIES * sizeof(c->entries[0]));

	if (!vmm_cap(v, KVM_CAP_SYS_HYPERV_CPUID))
		cannot("no KVM_CAP_SYS_HYPERV_CPUID");
	expect(!leaves(v, c, ENTRIES), "refused");
	return c;
}

/* Hyper-V's leaves say E2BIG when there is no room, and hypercalls are among what they announce. */
static void check_leaves(void)
{
	struct kvm_cpuid2 *c;
	unsigned int n;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 1 });
	c = get_leaves(&v);
	n = c->nent;
	expect(n > 4 && n < ENTRIES, "%u leaves", n);
	expect(find(c, 0x40000001) && find(c, 0x40000001)->eax == INTERFACE, "no interface");
	expect(find(c, 0x40000003) && find(c, 0x40000003)->eax & 1 << 5, "no hypercalls");
	expect(leaves(&v, c, n - 1) == -E2BIG && leaves(&v, c, 0) == -E2BIG, "no room for all");
	expect(!leaves(&v, c, n) && c->nent == n, "room for all");
	free(c);
	vmm_close(&v);
}

/* CPUID as the VM's own, with Hyper-V's leaves for KVM's. */
static void tell(struct vmm *v)
{
	struct kvm_cpuid2 *own = vmm_supported_cpuid(v), *hv = get_leaves(v), *c;
	unsigned int i;

	c = calloc(1, sizeof(*c) + (own->nent + hv->nent) * sizeof(c->entries[0]));
	for (i = 0; i < own->nent; i++)
		if (own->entries[i].function >> 8 != 0x400000)
			c->entries[c->nent++] = own->entries[i];
	for (i = 0; i < hv->nent; i++)
		c->entries[c->nent++] = hv->entries[i];
	must(v->cpu[0], KVM_SET_CPUID2, c);
	free(own);
	free(hv);
	free(c);
}

/* The guest has a page of hypercalls once it has said what it is; one that is not told of Hyper-V has no such MSRs. */
static void check_page(void)
{
	uint64_t val;
	struct vmm v;
	char *mem;

	vmm_open(&v, &(struct vmm_config){ .cpus = 1 });
	tell(&v);
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || vmm_slot(&v, SLOT_TEST, AREA, PAGE, mem, KVM_MEM_LOG_DIRTY_PAGES))
		die("no slot");
	vmm_go(&v, 0, WHAT_PAGE, 0);
	/* the VMM saves and restores both */
	expect(!vmm_set_msr(&v, 0, MSR_OS_ID, OS_ID) && !vmm_set_msr(&v, 0, MSR_HYPERCALL, AREA | 1), "not restored");
	expect(!vmm_get_msr(&v, 0, MSR_HYPERCALL, &val) && val == (AREA | 1), "%#lx", (long)val);
	vmm_close(&v);
}

static void check_none(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 1 });
	vmm_go(&v, 0, WHAT_NONE, 0);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "leaves", check_leaves },
	{ "page", check_page },
	{ "none", check_none },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
