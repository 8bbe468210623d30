// SPDX-License-Identifier: GPL-2.0
/*
 * Speculation controls of a guest: SPEC_CTRL, PRED_CMD, VIRT_SPEC_CTRL.
 */
#include "vmm.h"

enum { WHAT_KEEP, WHAT_READ, WHAT_REFUSED };

#define SPEC_CTRL	0x48
#define PRED_CMD	0x49
#define VIRT_SPEC_CTRL	0xc001011f
#define IBRS		1
#define STIBP		2
#define SSBD		4
#define LEAF		0x80000008
#define HAS_IBPB	(1 << 12)
#define HAS_IBRS	(1 << 14)
#define HAS_STIBP	(1 << 15)
#define HAS_SSBD	(1 << 24)
#define HAS_VIRT_SSBD	(1 << 25)
#define HAS_ALL		(HAS_IBPB | HAS_IBRS | HAS_STIBP | HAS_SSBD | HAS_VIRT_SSBD)
#define TURNS		100

#ifdef GUEST

static uint64_t keep(uint64_t val)
{
	uint64_t now;
	uint32_t r[4];
	int i;

	guest_cpuid(LEAF, 0, r);
	guest_expect(r[1] & HAS_ALL, HAS_ALL);
	guest_check(guest_wrmsr(SPEC_CTRL, val));
	guest_check(guest_wrmsr(VIRT_SPEC_CTRL, SSBD));
	for (i = 0; i < TURNS; i++) {
		guest_cpuid(LEAF, 0, r);
		guest_check(guest_wrmsr(PRED_CMD, 1));
		guest_check(guest_rdmsr(SPEC_CTRL, &now));
		guest_expect(now, val);
	}
	guest_check(guest_rdmsr(VIRT_SPEC_CTRL, &now));
	guest_expect(now, SSBD);
	return 0;
}

static uint64_t refused(void)
{
	uint64_t val;

	guest_check(guest_wrmsr(SPEC_CTRL, STIBP));
	guest_check(!guest_wrmsr(SPEC_CTRL, IBRS));
	guest_check(!guest_wrmsr(SPEC_CTRL, 8));
	guest_check(!guest_wrmsr(SPEC_CTRL, 1UL << 40));
	guest_check(guest_rdmsr(SPEC_CTRL, &val));
	guest_expect(val, STIBP);
	guest_check(!guest_rdmsr(PRED_CMD, &val));
	guest_check(!guest_wrmsr(PRED_CMD, 2));
	guest_check(!guest_rdmsr(VIRT_SPEC_CTRL, &val));
	guest_check(!guest_wrmsr(VIRT_SPEC_CTRL, 0));
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t val;

	switch (what) {
	case WHAT_KEEP:
		return keep(arg);
	case WHAT_READ:
		guest_check(guest_rdmsr(SPEC_CTRL, &val));
		return val;
	default:
		return refused();
	}
}

#else

static bool is_listed(struct vmm *v, uint32_t msr)
{
	struct kvm_msr_list *l = calloc(1, sizeof(*l) + 4096);
	unsigned int i;
	bool found = false;

	l->nmsrs = 1024;
	must(v->sys, KVM_GET_MSR_INDEX_LIST, l);
	for (i = 0; i < l->nmsrs; i++)
		found |= l->indices[i] == msr;
	free(l);
	return found;
}

static void check_kept(void)
{
	uint64_t val;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	expect(is_listed(&v, SPEC_CTRL) && is_listed(&v, VIRT_SPEC_CTRL) && !is_listed(&v, PRED_CMD), "another list");
	vmm_go(&v, 0, WHAT_KEEP, IBRS | SSBD);
	vmm_go(&v, 1, WHAT_KEEP, STIBP);
	expect(vmm_go(&v, 0, WHAT_READ, 0) == (IBRS | SSBD), "not its own");
	expect(!vmm_get_msr(&v, 0, SPEC_CTRL, &val) && val == (IBRS | SSBD), "the VMM reads %#lx", (long)val);
	expect(!vmm_set_msr(&v, 1, SPEC_CTRL, IBRS), "not restored");
	expect(vmm_go(&v, 1, WHAT_READ, 0) == IBRS, "not restored");
	expect(vmm_set_msr(&v, 0, SPEC_CTRL, 8), "a bit that is none");
	vmm_close(&v);
}

/* Of what the CPU has the guest is shown STIBP and barriers. */
static void check_refused(void)
{
	struct kvm_cpuid2 *c;
	unsigned int i;
	struct vmm v;

	vmm_open(&v, NULL);
	c = vmm_supported_cpuid(&v);
	for (i = 0; i < c->nent; i++)
		if (c->entries[i].function == LEAF)
			c->entries[i].ebx &= HAS_STIBP | HAS_IBPB;
	must(v.cpu[0], KVM_SET_CPUID2, c);
	vmm_go(&v, 0, WHAT_REFUSED, 0);
	free(c);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "kept", check_kept },
	{ "refused", check_refused },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
