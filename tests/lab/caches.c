// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest reads of caches and core is what the VMM reads by KVM_GET_ONE_REG, whether
 * the registers trap or not.
 */
#include "vmm.h"

enum { READ_CTR, READ_CLIDR, READ_CCSIDR, READ_CSSELR, READ_MIDR, READ_REVIDR };

#ifdef GUEST
bool guest_irq(struct guest_frame *f)
{
	return false;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == READ_CCSIDR || what == READ_CSSELR) {
		write_reg(arg, csselr_el1);
		asm volatile("isb");
	}
	switch (what) {
	case READ_CTR:
		return read_reg(ctr_el0);
	case READ_CLIDR:
		return read_reg(clidr_el1);
	case READ_CCSIDR:
		return read_reg(ccsidr_el1);
	case READ_CSSELR:
		return read_reg(csselr_el1);
	case READ_MIDR:
		return read_reg(midr_el1);
	default:
		return read_reg(revidr_el1);
	}
}
#else
#define CCSIDR(n)	(KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | KVM_REG_ARM_DEMUX_ID_CCSIDR | (n))
#define DIC		(1ULL << 29)

static void same(void)
{
	static const struct {
		const char *name;
		unsigned int what;
		uint64_t id;
	} regs[] = {
		{ "CTR_EL0", READ_CTR, VMM_SYS(3, 3, 0, 0, 1) },
		{ "CLIDR_EL1", READ_CLIDR, VMM_SYS(3, 1, 0, 0, 1) },
		{ "MIDR_EL1", READ_MIDR, VMM_SYS(3, 0, 0, 0, 0) },
		{ "REVIDR_EL1", READ_REVIDR, VMM_SYS(3, 0, 0, 0, 6) },
	};
	unsigned int i, ctype, caches = 0;
	uint32_t ccsidr;
	uint64_t clidr, val;
	struct vmm v;

	vmm_open(&v, NULL);
	clidr = vmm_reg(&v, 0, VMM_SYS(3, 1, 0, 0, 1));
	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		val = vmm_go(&v, 0, regs[i].what, 0);
		expect(val == vmm_reg(&v, 0, regs[i].id), "%s: the guest reads %#lx, the VMM %#lx",
		       regs[i].name, val, vmm_reg(&v, 0, regs[i].id));
	}
	for (i = 0; i < 14; i++) {
		/* of what is not there CLIDR_EL1 says so, and the hardware may read as anything */
		ctype = clidr >> 3 * (i / 2) & 7;
		if (i % 2 ? !(ctype & 1) : !(ctype >> 1))
			continue;
		expect_result(vmm_get(&v, 0, CCSIDR(i), &ccsidr), 0);
		caches++;
		val = vmm_go(&v, 0, READ_CCSIDR, i);
		expect(val == ccsidr, "CCSIDR_EL1 of cache %u: the guest reads %#lx, the VMM %#x", i, val, ccsidr);
		val = vmm_go(&v, 0, READ_CSSELR, i);
		expect(val == i, "CSSELR_EL1: %#lx, not %u", val, i);
	}
	expect(caches > 0, "no cache");
	vmm_close(&v);
}

/* On a core that nobody has listed. */
static void distrusted(void)
{
	uint64_t ctr;
	struct vmm v;

	vmm_open(&v, NULL);
	ctr = vmm_go(&v, 0, READ_CTR, 0);
	expect(!(ctr & DIC), "CTR_EL0 is %#lx", ctr);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "same", same },
	{ "distrusted", distrusted },
	{ },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}
#endif
