// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest finds in its registers, and which registers it has at all.
 *
 * Each guest here follows another one that left a magic number wherever it
 * could, on the same CPU, and a VMM that holds it in all its own registers.
 */
#include "regs.h"
#include "vmm.h"

#define MAGIC		0x6d61676963766dedUL
#define SCAN_AT		(GUEST_RAM + 0x100000)	/* values, then one byte each */
#define DUMP_AT		(GUEST_RAM + 0x200000)

enum { WHAT_DUMPED, WHAT_SCAN, WHAT_LITTER, WHAT_HELLO, WHAT_INSNS, WHAT_STACK };
enum { SCAN_UNDEF, SCAN_READS, SCAN_WRITES, SCAN_ABORTS };

#ifdef GUEST

#define BATCH	128

static uint32_t batch_code[BATCH * 2] __attribute__((aligned(4096)));
static volatile unsigned int undef_ec;

static bool batch_on;

bool guest_sync(struct guest_frame *f)
{
	if (!batch_on)
		return false;
	undef_ec = 1 + EC(f->esr);
	f->elr += 4;
	return true;
}

/* Tries the instructions base | enc << 5 for a run of encodings, all writing or reading X0. */
static void scan_run(uint32_t base, unsigned int first, uint8_t status)
{
	uint64_t *value = (uint64_t *)SCAN_AT;
	uint8_t *state = (uint8_t *)(SCAN_AT + 8 * SCAN_COUNT);
	volatile uint32_t *code = batch_code;
	unsigned int i, n;

	for (i = 0; i < BATCH; i++) {
		code[2 * i] = base | (SCAN_FIRST + first + i) << 5;
		code[2 * i + 1] = 0xd65f03c0;
	}
	for (i = 0; i < BATCH; i += 8)
		asm volatile("dc cvau, %0\n\tic ivau, %0" : : "r" (&code[2 * i]) : "memory");
	asm volatile("dsb ish\n\tisb");
	for (i = 0; i < BATCH; i++) {
		uint64_t (*call)(uint64_t x0) = (void *)&code[2 * i];
		uint64_t x0;

		n = first + i;
		if (status == SCAN_WRITES && state[n] == SCAN_READS)
			continue;
		undef_ec = 0;
		x0 = call(0);
		/* FEAT_IDST reports what is not there in the feature ID space as a trap of itself */
		if (undef_ec > 1 && undef_ec != 1 + EC_SYS64)
			state[n] = SCAN_ABORTS;
		if (undef_ec)
			continue;
		state[n] = status;
		if (status == SCAN_READS)
			value[n] = x0;
	}
}

static void scan(void)
{
	unsigned int n;

	/* FP, SVE, SME: not the guest's own traps, if there is anything to trap */
	write_reg(read_reg(cpacr_el1) | 3 << 20 | 3 << 16 | 3 << 24, cpacr_el1);
	batch_on = true;
	for (n = 0; n < SCAN_COUNT; n += BATCH)
		scan_run(0xd5200000, n, SCAN_READS);
	for (n = 0; n < SCAN_COUNT; n += BATCH)
		scan_run(0xd5000000, n, SCAN_WRITES);
	batch_on = false;
}

/* Leaves the magic number in everything that can hold it and does not end the guest. */
static void litter(void)
{
	uint64_t i, val;

	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		unsigned int enc = regs[i].enc;

		/* the MMU stays off, FP on, the vectors where they are, debug exceptions masked */
		if (enc == ENC(2, 0, 0, 2, 2) || enc == ENC(3, 3, 4, 2, 1) || enc == ENC(3, 0, 1, 0, 0) || enc == ENC(3, 0, 1, 0, 2) || enc == ENC(3, 0, 12, 0, 0) ||
		    enc == ENC(3, 0, 4, 2, 0) || enc == ENC(3, 0, 4, 0, 0) || enc == ENC(3, 0, 4, 0, 1))
			continue;
		val = MAGIC;
		guest_try(INSN_MSR(enc), &val);
	}
	for (i = 0; i < 64; i++) {
		val = MAGIC & ~1UL;
		guest_try(INSN_MSR(ENC(2, 0, 0, i / 4, 4 + i % 4)), &val);
	}
	val = 1 << 15 | 1 << 13;
	guest_try(INSN_MSR(ENC(2, 0, 0, 2, 2)), &val);	/* MDSCR_EL1: MDE, KDE */
	val = 7;
	guest_try(INSN_MSR(ENC(3, 3, 14, 3, 1)), &val);
	guest_try(INSN_MSR(ENC(3, 3, 14, 2, 1)), &val);
	val = 5;
	guest_try(INSN_MSR(ENC(3, 2, 0, 0, 0)), &val);
	write_reg(read_reg(cpacr_el1) | 3 << 20, cpacr_el1);
	asm volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
		     ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\tdup v\\n\\().2d, %0\n\t.endr\n\t"
		     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\tdup v\\n\\().2d, %0\n\t.endr"
		     : : "r" (MAGIC));
	write_reg(0x00c00000, s3_3_c4_c4_0);
	write_reg(0x0800001f, s3_3_c4_c4_1);
}

/* Instructions of what is hidden. */
static const struct {
	uint32_t insn;
	uint64_t id, field, min;	/* unless the ID register's field is that large */
} hidden[] = {
	{ 0x2518e3e0, ENC(3, 0, 0, 4, 0), 32, 1 },	/* PTRUE P0.B: SVE */
	{ 0x04bf5020, ENC(3, 0, 0, 4, 0), 32, 1 },	/* RDVL X0, #1: SVE */
	{ 0xd503477f, ENC(3, 0, 0, 4, 1), 24, 1 },	/* SMSTART: SME */
	{ 0x19000400, ENC(3, 0, 0, 6, 3), 0, 1 },	/* CPYFP: MOPS */
	{ 0xf83fd000, ENC(3, 0, 0, 6, 1), 60, 1 },	/* LD64B */
	{ 0xd5233060, ENC(3, 0, 0, 6, 0), 24, 1 },	/* TSTART X0 */
};

static void insns(void)
{
	unsigned int i;

	write_reg(read_reg(cpacr_el1) | 3 << 20 | 3 << 16 | 3 << 24, cpacr_el1);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		uint64_t id = 0, x0 = 0;

		guest_check(guest_try(INSN_MRS(hidden[i].id), &id));
		if ((id >> hidden[i].field & 0xf) >= hidden[i].min)
			continue;
		if (guest_try(hidden[i].insn, &x0))
			guest_expect(hidden[i].insn, 0);
		else
			guest_expect(EC(guest_fault()->esr), EC_UNKNOWN);
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_SCAN:
		scan();
		break;
	case WHAT_LITTER:
		litter();
		break;
	case WHAT_INSNS:
		insns();
		break;
	case WHAT_HELLO:
		guest_say(PORT_TEST, guest_hvc(0x84000000, 0, 0, 0));
		return guest_ask(PORT_TEST + 1) + 1;
	case WHAT_STACK:
		return sp;
	}
	return arg;
}

#else

/* One vCPU that has run without a GIC, or one with: made, used, and left alive. */
static void litter(struct vmm *v, bool gic)
{
	vmm_open(v, &(struct vmm_config){ .no_gic = !gic });
	vmm_go(v, 0, WHAT_LITTER, 0);
}

/* KVM_RUN with the magic number in all registers that the kernel has no use for. */
static long run_with_magic(int fd)
{
	register long x0 asm("x0") = fd;
	register long x1 asm("x1") = KVM_RUN;
	register long x2 asm("x2") = 0;
	register long x8 asm("x8") = 29;

	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\tdup v\\n\\().2d, %[m]\n\t.endr\n\t"
		     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\tdup v\\n\\().2d, %[m]\n\t.endr\n\t"
		     ".irp n, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17\n\tmov x\\n, x20\n\t.endr\n\t"
		     "svc #0"
		     : "+r" (x0) : "r" (x1), "r" (x2), "r" (x8), [m] "r" (MAGIC)
		     : "memory", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
		       "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",
		       "v25", "v26", "v27", "v28", "v29", "v30", "v31", "x20");
	return x0;
}

/* A register whose reset value is architecturally unknown holds 0, or this pattern of the kernel's own KVM. */
static bool is_reset(uint64_t val)
{
	return !val || (is_kernels_kvm() && (val == 0x1de7ec7edbadc0deUL || val == 0xdbadc0deUL ||
					     val == 0xdbadc0deUL << 32 >> 32));
}

static void check_dump(const uint8_t *ram)
{
	static const char *const names[] = { DUMP_NAMES };
	const uint64_t *x = (const void *)(ram + DUMP_X), *sys = (const void *)(ram + DUMP_SYS);
	const uint64_t *vec = (const void *)(ram + DUMP_V);
	unsigned int i;

	for (i = 0; i < 31; i++)
		expect(!x[i], "X%u is %#lx", i, (long)x[i]);
	for (i = 0; i < 64; i++)
		expect(!vec[i], "V%u is %#lx", i / 2, (long)vec[i]);
	expect(!vec[64] && !vec[65], "FPCR %#lx, FPSR %#lx", (long)vec[64], (long)vec[65]);
	for (i = 0; i < DUMP_SYS_COUNT; i++) {
		if (!strcmp(names[i], "DAIF"))
			expect(sys[i] == 0x3c0, "DAIF is %#lx", (long)sys[i]);
		else if (!strcmp(names[i], "CurrentEL"))
			expect(sys[i] == 4, "CurrentEL is %#lx", (long)sys[i]);
		else if (!strcmp(names[i], "SPSel"))
			expect(sys[i] == 1, "SPSel is %#lx", (long)sys[i]);
		else if (!strcmp(names[i], "SCTLR_EL1"))
			expect((sys[i] & ~0x30d00800UL) == (0x00c50078 & ~0x30d00800UL), "SCTLR_EL1 is %#lx", (long)sys[i]);
		else
			expect(is_reset(sys[i]), "%s is %#lx", names[i], (long)sys[i]);
	}
}

static void reset_values(void)
{
	const struct vmm_config configs[] = { { .no_gic = true }, { .no_gic = false } };
	struct vmm other, v;
	unsigned int i;

	pin_to(0);
	for (i = 0; i < 4; i++) {
		litter(&other, i & 1);
		vmm_open(&v, &configs[i / 2]);
		vmm_set_reg(&v, 0, VMM_CORE(regs.pc), vmm_head(GUEST_HEAD_DUMP));
		vmm_set_reg(&v, 0, VMM_CORE(sp_el1), DUMP_AT);
		expect_result(run_with_magic(v.cpu[0]), 0);
		if (v.run[0]->exit_reason != KVM_EXIT_MMIO || v.run[0]->mmio.phys_addr != GUEST_IO)
			die("exit %u", v.run[0]->exit_reason);
		check_dump(v.ram + DUMP_AT - GUEST_RAM);
		vmm_close(&v);
		/* and the stack pointer, for which the VMM did not ask */
		vmm_open(&v, &configs[i / 2]);
		v.cpus = 1;
		expect(is_reset(vmm_go(&v, 0, WHAT_STACK, 0)), "SP_EL1 is not reset");
		vmm_close(&v);
		vmm_close(&other);
	}
}

static const uint64_t *scan_values;
static const uint8_t *scan_states;

static unsigned int id_field(unsigned int crm, unsigned int op2, unsigned int shift)
{
	return scan_values[ENCODING(3, 0, 0, crm, op2) - SCAN_FIRST] >> shift & 0xf;
}

/* Has the guest what the register is a part of, as its ID registers say? */
static bool has(const char *feature, bool gic)
{
	if (!feature)
		return true;
	if (!strcmp(feature, "gic"))
		return gic;
	if (!strcmp(feature, "kernel"))
		return is_kernels_kvm();
	if (!strcmp(feature, "ras"))
		return id_field(4, 0, 28);
	if (!strcmp(feature, "lor"))
		return id_field(7, 1, 16);
	if (!strcmp(feature, "pan"))
		return id_field(7, 1, 20);
	if (!strcmp(feature, "uao"))
		return id_field(7, 2, 4);
	if (!strcmp(feature, "dit"))
		return id_field(4, 0, 48);
	if (!strcmp(feature, "ssbs"))
		return id_field(4, 1, 4) >= 2;
	if (!strcmp(feature, "mte"))
		return id_field(4, 1, 8) >= 2;
	if (!strcmp(feature, "rndr"))
		return id_field(6, 0, 60);
	if (!strcmp(feature, "ecv"))
		return id_field(7, 0, 60);
	if (!strcmp(feature, "sme"))	/* or without FEAT_FGT */
		return id_field(4, 1, 24) || scan_states[ENCODING(3, 3, 13, 0, 5) - SCAN_FIRST] == SCAN_READS;
	if (!strcmp(feature, "ccidx"))
		return id_field(7, 2, 20);
	die("feature %s?", feature);
}

static const struct reg *find(unsigned int enc)
{
	unsigned int i;

	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		if (regs[i].enc == enc)
			return &regs[i];
	return NULL;
}

static unsigned int op(unsigned int enc, unsigned int shift, unsigned int bits)
{
	return enc >> shift & ((1 << bits) - 1);
}

#define ENC_FORMAT	"S%u_%u_C%u_C%u_%u"
#define ENC_ARGS(e)	op(e, 14, 2), op(e, 11, 3), op(e, 7, 4), op(e, 3, 4), op(e, 0, 3)

/* DBGBVR, DBGBCR, DBGWVR, DBGWCR: as many as ID_AA64DFR0_EL1 says. */
static bool is_debug_reg(unsigned int enc, bool *exists)
{
	unsigned int n = op(enc, 3, 4);

	if ((enc & ~0x7fU) != ENCODING(2, 0, 0, 0, 0) || op(enc, 0, 3) < 4)
		return false;
	*exists = n <= id_field(5, 0, op(enc, 0, 3) < 6 ? 12 : 20);
	return true;
}

static bool is_written_only(unsigned int enc, bool gic)
{
	switch (enc) {
	case ENCODING(2, 0, 1, 0, 4):	/* OSLAR_EL1 */
		return true;
	case ENCODING(3, 0, 12, 8, 1):	/* ICC_EOIR0_EL1 */
	case ENCODING(3, 0, 12, 11, 1):	/* ICC_DIR_EL1 */
	case ENCODING(3, 0, 12, 11, 5):	/* ICC_SGI1R_EL1 */
	case ENCODING(3, 0, 12, 11, 6):	/* ICC_ASGI1R_EL1 */
	case ENCODING(3, 0, 12, 11, 7):	/* ICC_SGI0R_EL1 */
	case ENCODING(3, 0, 12, 12, 1):	/* ICC_EOIR1_EL1 */
		return gic;
	default:
		return false;
	}
}

/* Of features that the ID registers deny, but that no trap keeps a guest from where the CPU has them. */
static bool cannot_be_hidden(unsigned int enc)
{
	return enc == ENCODING(3, 0, 4, 3, 0) ||	/* ALLINT, FEAT_NMI */
	       enc == ENCODING(3, 0, 12, 9, 5) ||	/* ICC_NMIAR1_EL1 */
	       enc == ENCODING(3, 3, 4, 2, 7) ||	/* TCO, FEAT_MTE */
	       enc == ENCODING(3, 3, 14, 0, 5) ||	/* CNTPCTSS_EL0, FEAT_ECV */
	       enc == ENCODING(3, 3, 14, 0, 6);		/* CNTVCTSS_EL0 */
}

static void check_one(unsigned int n, bool gic)
{
	unsigned int enc = SCAN_FIRST + n;
	const struct reg *r = find(enc);
	uint64_t val = scan_values[n];
	uint8_t state = scan_states[n];
	bool exists;

	if (op(enc, 14, 2) == 3 && !op(enc, 11, 3) && !op(enc, 7, 4) && op(enc, 3, 4) >= 1 && op(enc, 3, 4) <= 7) {
		expect(state == SCAN_READS, "ID register " ENC_FORMAT " does not read", ENC_ARGS(enc));
		return;
	}
	/* implementation defined: QEMU before 8.1 has some of them, and does not know HCR_EL2.TIDCP */
	if (op(enc, 14, 2) == 3 && (op(enc, 7, 4) == 11 || op(enc, 7, 4) == 15))
		return;
	if (is_debug_reg(enc, &exists)) {
		expect((state == SCAN_READS) == exists, ENC_FORMAT " is %sthere", ENC_ARGS(enc), exists ? "not " : "");
		expect(is_reset(val), ENC_FORMAT " is %#lx", ENC_ARGS(enc), (long)val);
		return;
	}
	if (is_written_only(enc, gic)) {
		expect(state == SCAN_WRITES, ENC_FORMAT " is not written only: %u", ENC_ARGS(enc), state);
		return;
	}
	if (cannot_be_hidden(enc) && state == SCAN_READS)
		return;
	/* says how many claim tags there are: read as all ones, by QEMU since 8.0 */
	if (enc == ENCODING(2, 0, 7, 8, 6) && val == 0xff)
		return;
	/* the bit of PSTATE without the register: QEMU's Cortex-A76 has both */
	if (enc == ENCODING(3, 3, 4, 2, 6) && id_field(4, 1, 4) == 1 && state == SCAN_READS)
		return;
	if (!r || !has(r->feature, gic)) {
		expect(state == SCAN_UNDEF, ENC_FORMAT "%s%s can be %s: %#lx", ENC_ARGS(enc), r ? ", " : "",
		       r ? r->name : "", state == SCAN_READS ? "read" : state == SCAN_WRITES ? "written" : "accessed",
		       (long)val);
		return;
	}
	expect(state == SCAN_READS || (r->kind == REG_MAYBE && state != SCAN_ABORTS), "%s does not read", r->name);
	if (state == SCAN_READS && r->kind != REG_SELF)
		expect(val == r->value || (!r->value && is_reset(val)), "%s is %#lx", r->name, (long)val);
}

static void scan(bool gic)
{
	struct vmm other, v;
	unsigned int n;

	pin_to(0);
	litter(&other, true);
	vmm_open(&v, &(struct vmm_config){ .no_gic = !gic });
	vmm_go(&v, 0, WHAT_SCAN, 0);
	scan_values = (uint64_t *)(v.ram + SCAN_AT - GUEST_RAM);
	scan_states = v.ram + SCAN_AT - GUEST_RAM + 8 * SCAN_COUNT;
	for (n = 0; n < SCAN_COUNT; n++)
		check_one(n, gic);
	vmm_close(&v);
	vmm_close(&other);
}

static void scan_gic(void)
{
	scan(true);
}

static void scan_no_gic(void)
{
	scan(false);
}

static void hidden_insns(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_INSNS, 0);
	vmm_close(&v);
}

static void first_light(void)
{
	struct vmm v;
	uint64_t val = 0;

	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	vmm_start(&v, 0, WHAT_HELLO, 0);
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 0x10001, "PSCI version %#lx", (long)val);
	val = 41;
	expect(vmm_event(&v, 0, &val) == PORT_TEST + 1, "no read");
	expect(vmm_event(&v, 0, &val) == PORT_DONE && val == 42, "41 + 1 = %lu", (long)val);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "first-light", first_light },
	{ "reset-values", reset_values },
	{ "scan-gic", scan_gic },
	{ "scan-no-gic", scan_no_gic },
	{ "hidden-instructions", hidden_insns },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
