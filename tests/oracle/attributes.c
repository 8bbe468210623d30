// SPDX-License-Identifier: GPL-2.0
/*
 * Asks a CPU what attributes it gives: runs at EL2 without an operating system,
 * executes AT S12E1R over every combination of stage-1 and stage-2 attributes and
 * prints PAR_EL1. tests/oracle/compare.c checks machine/attributes.c against it.
 *
 * Output, one line a stage-1 attribute: "cNN MM S" (configuration, MAIR byte,
 * SH) and then 64 fields "aas": PAR_EL1.ATTR and .SH for MemAttr 0..15 times
 * SH 0..3, or "fff" for a fault.
 */
typedef unsigned long u64;
typedef unsigned int u32;

#define UART		((volatile u32 *)0x09000000UL)
#define UART_FR_TXFF	(1U << 5)

#define read_sysreg(r) ({ u64 v; asm volatile("mrs %0, " #r : "=r"(v)); v; })
#define write_sysreg(r, x) asm volatile("msr " #r ", %0" :: "r"((u64)(x)))
#define isb() asm volatile("isb" ::: "memory")

#define HCR_VM	(1UL << 0)
#define HCR_DC	(1UL << 12)
#define HCR_RW	(1UL << 31)
#define HCR_CD	(1UL << 32)
#define HCR_FWB	(1UL << 46)
#define SCTLR_M	(1UL << 0)
#define SCTLR_C	(1UL << 2)
#define SCTLR_RES1 0x30d00800UL

/* 1 GiB blocks at level 1: 39-bit VA, 39-bit IPA, both one table. */
static u64 s1_table[512] __attribute__((aligned(4096)));
static u64 s2_table[512] __attribute__((aligned(4096)));

#define TEST_VA	0x40000000UL

struct config {
	u64 hcr;
	u64 sctlr;
};

/* The order is part of the output's format: see compare.c. */
static const struct config configs[] = {
	{ HCR_VM, SCTLR_M | SCTLR_C },
	{ HCR_VM | HCR_CD, SCTLR_M | SCTLR_C },
	{ HCR_VM, SCTLR_M },
	{ HCR_VM, 0 },
	{ HCR_VM | HCR_DC, 0 },
	{ 0, SCTLR_M | SCTLR_C },
	{ HCR_VM | HCR_FWB, SCTLR_M | SCTLR_C },
	{ HCR_VM | HCR_FWB | HCR_CD, SCTLR_M | SCTLR_C },
	{ HCR_VM | HCR_FWB, 0 },
	{ HCR_VM | HCR_FWB | HCR_DC, 0 },
};

static void put(char c)
{
	while (UART[6] & UART_FR_TXFF)
		;
	UART[0] = c;
}

static void put_hex(u32 v, int digits)
{
	while (digits--)
		put("0123456789abcdef"[v >> (4 * digits) & 0xf]);
}

static void tlb_flush(void)
{
	asm volatile("dsb sy; tlbi alle1; dsb sy; isb" ::: "memory");
}

static void ask(u32 memattr, u32 sh)
{
	u64 par;

	s2_table[TEST_VA >> 30] = TEST_VA | 1UL << 10 | sh << 8 | 3UL << 6 |
				  memattr << 2 | 1;
	tlb_flush();
	asm volatile("at s12e1r, %0; isb" :: "r"(TEST_VA) : "memory");
	par = read_sysreg(par_el1);
	if (par & 1) {
		put_hex(0xfff, 3);
		return;
	}
	put_hex(par >> 56, 2);
	put_hex(par >> 7 & 3, 1);
}

static void ask_row(u32 config, u32 mair, u32 sh)
{
	u32 i;

	write_sysreg(mair_el1, mair);
	s1_table[TEST_VA >> 30] = TEST_VA | 1UL << 10 | sh << 8 | 1;
	put('c');
	put_hex(config, 2);
	put(' ');
	put_hex(mair, 2);
	put(' ');
	put_hex(sh, 1);
	for (i = 0; i < 64; i++) {
		put(' ');
		ask(i >> 2, i & 3);
	}
	put('\n');
}

static int mair_valid(u32 mair)
{
	return mair & 0xf0 ? mair & 0xf : !(mair & 3);
}

void oracle_main(void);
void oracle_main(void)
{
	/* ID_AA64MMFR2_EL1.FWB, bits 43:40 */
	int fwb = read_sysreg(id_aa64mmfr2_el1) >> 40 & 0xf;
	u32 i, mair, sh;

	write_sysreg(ttbr0_el1, s1_table);
	write_sysreg(tcr_el1, 25UL | 1UL << 8 | 1UL << 10 | 3UL << 12 |
		     1UL << 23 | 2UL << 32);
	write_sysreg(vttbr_el2, s2_table);
	write_sysreg(vtcr_el2, 1UL << 31 | 25UL | 1UL << 6 | 1UL << 8 |
		     1UL << 10 | 3UL << 12 | 2UL << 16);
	for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		const struct config *c = &configs[i];

		if (c->hcr & HCR_FWB && !fwb)
			continue;
		write_sysreg(hcr_el2, HCR_RW | c->hcr);
		write_sysreg(sctlr_el1, SCTLR_RES1 | c->sctlr);
		isb();
		for (mair = 0; mair < 256; mair++)
			for (sh = 0; mair_valid(mair) && sh < 4; sh++)
				if (c->sctlr || (mair == 0xff && sh == 0))
					ask_row(i, mair, sh);
	}
	put('.');
	put('\n');
	/* PSCI SYSTEM_OFF; with virtualization=on the conduit is SMC */
	asm volatile("mov x0, %0; smc #0" :: "r"(0x84000008UL) : "x0");
	for (;;)
		;
}

asm(".section .text.start, \"ax\"\n"
    ".global _start\n"
    "_start:\n"
    "	adrp x0, stack_top\n"
    "	add sp, x0, :lo12:stack_top\n"
    "	bl oracle_main\n"
    ".bss\n.balign 16\n.space 4096\nstack_top:\n.previous\n");
