// SPDX-License-Identifier: GPL-2.0
/*
 * Registers that survive: two guests and a host process fill all their FP/SIMD
 * and general registers, let others run on the same CPU, and look again.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_FP };

/*
 * One round, the same for guest and host: registers are made of @seed, kept for
 * @spins turns, during which a guest writes to *@io every now and then, and
 * compared. Returns 0, or the number of a comparison that failed.
 */
uint64_t fp_round(uint64_t seed, uint64_t spins, volatile uint64_t *io);

asm(".pushsection .text\n"
    ".arch_extension fp\n"
    ".arch_extension simd\n"
    ".macro each_v op:vararg\n"
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\\op \\n\n.endr\n"
    ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\\op \\n\n.endr\n"
    ".endm\n"
    ".macro each_x op:vararg\n"
    ".irp n, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30\n\\op \\n\n.endr\n"
    ".endm\n"
    ".macro fill_v n\nadd x3, x0, #\\n\nmvn x4, x3\nfmov d\\n, x3\nmov v\\n\\().d[1], x4\n.endm\n"
    ".macro look_v n\nmov x9, #\\n + 1\nadd x3, x0, #\\n\nmvn x4, x3\nmov x5, v\\n\\().d[0]\nmov x6, v\\n\\().d[1]\n"
    "cmp x3, x5\nccmp x4, x6, #0, eq\nb.ne 9f\n.endm\n"
    ".macro fill_x n\nadd x\\n, x0, #64 + \\n\n.endm\n"
    ".macro look_x n\nsub x\\n, x\\n, x0\ncmp x\\n, #64 + \\n\nb.ne 8f\n.endm\n"
    "fp_round:\n"
    "stp x29, x30, [sp, #-160]!\n"
    "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\n"
    "stp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
    "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
    "each_v fill_v\n"
    "and x3, x0, #3\nlsl x3, x3, #22\nmsr fpcr, x3\n"
    "and x3, x0, #0x1f\nmsr fpsr, x3\n"
    "each_x fill_x\n"
    "1: cbz x2, 2f\n"
    "tst x1, #1023\nb.ne 2f\nstr x1, [x2]\n"
    "2: subs x1, x1, #1\nb.ne 1b\n"
    "mov x9, #100\neach_x look_x\n"
    "mov x9, #101\nand x3, x0, #3\nlsl x3, x3, #22\nmrs x4, fpcr\ncmp x3, x4\nb.ne 9f\n"
    "mov x9, #102\nand x3, x0, #0x1f\nmrs x4, fpsr\ncmp x3, x4\nb.ne 9f\n"
    "each_v look_v\n"
    "mov x9, #0\nb 9f\n"
    "8: mov x9, #103\n"
    "9: mov x0, x9\n"
    "msr fpcr, xzr\n"
    "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\n"
    "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\n"
    "ldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\n"
    "ldp x29, x30, [sp], #160\nret\n"
    ".popsection\n");

#ifdef GUEST

/* Until the VMM answers that it is enough. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t rounds = 0, bad;

	write_reg(read_reg(cpacr_el1) | 3 << 20, cpacr_el1);
	write_reg(arg, tpidr_el0);
	write_reg(~arg, tpidr_el1);
	while (!guest_ask(PORT_TEST)) {
		bad = fp_round(arg + rounds * 0x9e3779b97f4a7c15, rounds % 8 ? 300 : 5000,
			       rounds % 4 ? NULL : (uint64_t *)(GUEST_IO + 8UL * (PORT_TEST + 1)));
		guest_expect(bad, 0);
		guest_expect(read_reg(tpidr_el0), arg);
		guest_expect(read_reg(tpidr_el1), ~arg);
		rounds++;
	}
	return rounds;
}

#else

#define SECONDS	2

static volatile bool enough;
static unsigned long host_rounds;

static void *run_host(void *p)
{
	uint64_t seed = 0x1234567812345678, bad;

	while (!enough) {
		bad = fp_round(seed += 0x1111111111111117, 700, NULL);
		if (bad)
			fail("host: comparison %lu", (long)bad);
		host_rounds++;
	}
	return NULL;
}

static void *run_guest(void *p)
{
	struct vmm *v = p;
	unsigned int port;
	uint64_t val;

	for (;;) {
		val = enough;
		port = vmm_event(v, 0, &val);
		if (port == PORT_DONE)
			return (void *)val;
		/* the VMM's own, in the middle of the guest's */
		if (port == PORT_TEST && fp_round(val + 77, 50, NULL))
			fail("VMM's own registers");
	}
}

static void survive(void)
{
	pthread_t t[3];
	struct vmm v[2];
	void *rounds[2];
	unsigned int i;

	pin_to(0);
	for (i = 0; i < 2; i++) {
		vmm_open(&v[i], NULL);
		vmm_start(&v[i], 0, WHAT_FP, 0x1000000000001000 << i);
	}
	pthread_create(&t[0], NULL, run_guest, &v[0]);
	pthread_create(&t[1], NULL, run_guest, &v[1]);
	pthread_create(&t[2], NULL, run_host, NULL);
	sleep(SECONDS);
	enough = true;
	pthread_join(t[0], &rounds[0]);
	pthread_join(t[1], &rounds[1]);
	pthread_join(t[2], NULL);
	printf("# %lu and %lu rounds in the guests, %lu in the host\n", (long)rounds[0], (long)rounds[1], host_rounds);
	expect((long)rounds[0] > 20 && (long)rounds[1] > 20 && host_rounds > 20, "too few rounds");
}

/* V registers that the VMM reads and writes are the guest's. */
static void onereg(void)
{
	const uint64_t id = KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE;
	uint64_t val[2], n;
	struct vmm v;

	vmm_open(&v, NULL);
	for (n = 0; n < 32; n++) {
		val[0] = 0x1111 * n, val[1] = ~n;
		expect(!vmm_set(&v, 0, id | (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 4 * n), val), "V%lu", (long)n);
	}
	for (n = 0; n < 32; n++) {
		expect(!vmm_get(&v, 0, id | (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 4 * n), val), "V%lu", (long)n);
		expect(val[0] == 0x1111 * n && val[1] == ~n, "V%lu is %#lx", (long)n, (long)val[0]);
	}
}

static const struct check checks[] = {
	{ "survive", survive },
	{ "onereg", onereg },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
