// SPDX-License-Identifier: GPL-2.0
/*
 * Loads and stores where no memory is, as a table: what the VMM is shown, what it answers, and what is in the guest's
 * registers afterwards.
 */
#include "step.h"
#include "vmm.h"

enum { WHAT_STEP };

#define DEVICE	0x0b000000UL	/* nothing there, and no port of the tests' own */

#ifdef GUEST

bool guest_sync(struct guest_frame *f)
{
	return step_sync(f);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	step_run((struct step *)STEP_AT);
	return 0;
}

#else

#define RN	1	/* base register of all rows */

/* What one load or store is, by its encoding: LDR/STR (unsigned offset), LDAR/STLR, LDTR/STTR, LDUR/STUR. */
enum form { FORM_IMM, FORM_UNSCALED, FORM_UNPRIV, FORM_REG, FORM_ORDERED, FORMS };

static const char *const form_names[] = { "imm", "unscaled", "unprivileged", "register", "ordered" };

/*
 * size: log2 of the bytes. opc: 0 store, 1 load with zeroes, 2 load with the sign into X, 3 the same into W.
 * The ordered ones have no sign.
 */
static uint32_t encode(enum form form, unsigned int size, unsigned int opc, unsigned int rt)
{
	uint32_t insn = size << 30 | opc << 22 | RN << 5 | rt;

	switch (form) {
	case FORM_IMM:
		return insn | 0x39000000;
	case FORM_UNSCALED:
		return insn | 0x38000000;
	case FORM_UNPRIV:
		return insn | 0x38000800;
	case FORM_REG:			/* [X1, X2] with X2 = 0 */
		return insn | 0x38206800 | 2 << 16;
	default:
		return (insn & ~(3U << 22)) | 0x089ffc00 | (opc ? 1 << 22 : 0);
	}
}

static bool exists(enum form form, unsigned int size, unsigned int opc)
{
	if (opc == 2)
		return size < 3 && form != FORM_ORDERED;
	if (opc == 3)
		return size < 2 && form != FORM_ORDERED;
	return true;
}

/* Bytes of a value in the order in which they lie in memory. */
static void to_bytes(uint8_t *bytes, uint64_t val, unsigned int len, bool big)
{
	unsigned int i;

	memset(bytes, 0, 8);
	for (i = 0; i < len; i++)
		bytes[i] = val >> 8 * (big ? len - 1 - i : i);
}

/* What a load puts into its register. The kernel's own KVM, up to 6.12 at least, loses the sign: it cuts to size after it. */
static uint64_t loaded(uint64_t val, unsigned int size, unsigned int opc)
{
	unsigned int shift = 64 - (8U << size);

	if (opc == 1 || is_kernels_kvm())
		return val << shift >> shift;
	val = (uint64_t)((int64_t)(val << shift) >> shift);
	return opc == 3 ? (uint32_t)val : val;
}

struct row {
	enum form form;
	unsigned int size, opc, rt;
	uint32_t flags;
	uint64_t val;
	uint64_t addr;
};

static const char *row_name(const struct row *r)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s of %u bytes, %s%s, register %u, EL%u, %s-endian",
		 r->opc ? "load" : "store", 1 << r->size, form_names[r->form],
		 r->opc == 2 ? ", sign into X" : r->opc == 3 ? ", sign into W" : "", r->rt,
		 r->flags & STEP_EL0 ? 0 : 1, r->flags & STEP_BIG ? "big" : "little");
	return name;
}

/* Runs to the access and compares what the VMM is shown; then to the end. */
static void row_run(struct vmm *v, const struct row *r, uint64_t what)
{
	struct step *s = step_new(v, encode(r->form, r->size, r->opc, r->rt), r->flags);
	unsigned int len = 1 << r->size, i;
	struct kvm_run *run = v->run[0];
	uint8_t bytes[8];
	uint64_t want, val;

	s->x[RN] = r->addr;
	s->x[2] = 0;
	if (!r->opc && r->rt != 31)
		s->x[r->rt] = r->val;
	to_bytes(bytes, r->rt == 31 && !r->opc ? 0 : r->val, len, r->flags & STEP_BIG);
	vmm_start(v, 0, what, 0);
	memset(run->mmio.data, 0xa5, sizeof(run->mmio.data));
	expect_result(vmm_run(v, 0), 0);
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != r->addr || run->mmio.len != len ||
	    run->mmio.is_write != !r->opc) {
		fail("%s: exit %u, %s of %u bytes at %#llx", row_name(r), run->exit_reason,
		     run->mmio.is_write ? "write" : "read", run->mmio.len, run->mmio.phys_addr);
		return;
	}
	if (!r->opc)
		expect(!memcmp(run->mmio.data, bytes, len), "%s: the VMM sees other bytes", row_name(r));
	else
		memcpy(run->mmio.data, bytes, 8);
	if (vmm_event(v, 0, &val) != PORT_DONE)
		die("%s: another access", row_name(r));
	expect(!s->esr, "%s: exception, ESR %#lx", row_name(r), (long)s->esr);
	for (i = 0; i < 31; i++) {
		want = r->opc && i == r->rt ? loaded(r->val, r->size, r->opc) : s->x[i];
		expect(s->out[i] == want, "%s: X%u is %#lx, not %#lx", row_name(r), i, (long)s->out[i], (long)want);
	}
}

static void each_flag(struct vmm *v, struct row *r, uint64_t what)
{
	static const uint64_t vals[] = { 0x8182838485868788UL, 0x7172737475767778UL };
	unsigned int i;

	for (r->flags = 0; r->flags < 4; r->flags++) {
		if ((what & GUEST_MMU) && r->flags)
			continue;	/* the guests' map is EL1's, and little-endian */
		for (i = 0; i < 2; i++) {
			r->val = vals[i];
			row_run(v, r, what);
		}
	}
}

static void each_row(uint64_t what, enum form first, enum form end)
{
	static const unsigned int regs[] = { 0, 7, 30, 31 };
	struct row r = { .addr = DEVICE + 0x1ff8 };
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	for (r.form = first; r.form < end; r.form++)
		for (r.size = 0; r.size < 4; r.size++)
			for (r.opc = 0; r.opc < 4; r.opc++)
				for (i = 0; i < (r.form == FORM_IMM ? 4 : 1) && exists(r.form, r.size, r.opc); i++) {
					r.rt = regs[i];
					each_flag(&v, &r, what);
				}
	vmm_close(&v);
}

static void table(void)
{
	each_row(WHAT_STEP, FORM_IMM, FORM_UNSCALED);
}

static void table_mmu(void)
{
	each_row(WHAT_STEP | GUEST_MMU, FORM_IMM, FORM_UNSCALED);
}

static void table_forms(void)
{
	each_row(WHAT_STEP, FORM_UNSCALED, FORMS);
}

/* Each address within a page is the one that the VMM sees. */
static void addresses(void)
{
	struct row r = { .opc = 1, .rt = 3, .val = 0x99 };
	struct vmm v;

	vmm_open(&v, NULL);
	for (r.addr = DEVICE; r.addr < DEVICE + 0x3000; r.addr += 0x2b5)
		row_run(&v, &r, WHAT_STEP);
	/* the last byte of the IPA space */
	r.addr = (1UL << 40) - 1;
	row_run(&v, &r, WHAT_STEP);
	vmm_close(&v);
}

static const struct {
	const char *name;
	uint32_t insn;
	bool is_write;
} undecoded[] = {
	{ "ldp x3, x4, [x1]", 0xa9401023, false },
	{ "stp x3, x4, [x1]", 0xa9001023, true },
	{ "ldp w3, w4, [x1]", 0x29401023, false },
	{ "ldr x3, [x1], #8", 0xf8408423, false },
	{ "ldr w3, [x1, #8]! from 8 below", 0xb8408c23, false },
	{ "str x3, [x1], #8", 0xf8008423, true },
	{ "strb w3, [x1], #1", 0x38001423, true },
	{ "ldxr x3, [x1]", 0xc85f7c23, false },
	{ "ldxp x3, x4, [x1]", 0xc87f1023, false },
	{ "swp x3, x4, [x1]", 0xf8238024, true },
	{ "ldadd x3, x4, [x1]", 0xf8230024, true },
	{ "cas x3, x4, [x1]", 0xc8a37c24, true },
};

#define ESR_ISV	(1UL << 24)
#define ESR_WNR	(1UL << 6)
#define ESR_FSC	0x3fUL

/* To where the access that cannot be decoded comes out; its instruction has not been passed. */
static int undecoded_run(struct vmm *v, unsigned int i, uint64_t addr)
{
	struct step *s = step_new(v, undecoded[i].insn, 0);
	int ret;

	s->x[RN] = undecoded[i].insn == 0xb8408c23 ? addr - 8 : addr;
	vmm_start(v, 0, WHAT_STEP, 0);
	ret = vmm_run(v, 0);
	expect(vmm_reg(v, 0, VMM_CORE(regs.pc)) == s->code, "%s: PC is not at it", undecoded[i].name);
	return ret;
}

/* Passes the instruction as a VMM would that has decoded it; no register has changed. */
static void undecoded_pass(struct vmm *v, unsigned int i)
{
	struct step *s = step_of(v);
	unsigned int n;
	uint64_t val;

	vmm_set_reg(v, 0, VMM_CORE(regs.pc), s->code + 4);
	if (vmm_event(v, 0, &val) != PORT_DONE)
		die("%s: another access", undecoded[i].name);
	for (n = 0; n < 31; n++)
		expect(s->out[n] == s->x[n], "%s: X%u has changed", undecoded[i].name, n);
}

static void no_syndrome(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };
	uint64_t addr = DEVICE + 0x3450;	/* aligned for a pair */
	struct kvm_run *run;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	run = v.run[0];
	for (i = 0; i < sizeof(undecoded) / sizeof(undecoded[0]); i++) {
		expect(undecoded_run(&v, i, addr) == -ENOSYS, "%s: not ENOSYS", undecoded[i].name);
		undecoded_pass(&v, i);
	}
	expect_result(ioctl(v.vm, KVM_ENABLE_CAP, &cap), 0);
	for (i = 0; i < sizeof(undecoded) / sizeof(undecoded[0]); i++) {
		memset(&run->arm_nisv, 0xff, sizeof(run->arm_nisv));
		expect(undecoded_run(&v, i, addr) == 0, "%s: KVM_RUN fails", undecoded[i].name);
		expect(run->exit_reason == KVM_EXIT_ARM_NISV, "%s: exit %u", undecoded[i].name, run->exit_reason);
		expect(run->arm_nisv.fault_ipa == addr, "%s: IPA %#llx", undecoded[i].name, run->arm_nisv.fault_ipa);
		expect(!(run->arm_nisv.esr_iss & ~0x1ffffffUL), "%s: ISS %#llx", undecoded[i].name, run->arm_nisv.esr_iss);
		expect(!(run->arm_nisv.esr_iss & ESR_ISV), "%s: there is a syndrome", undecoded[i].name);
		expect((run->arm_nisv.esr_iss & ESR_FSC & ~3UL) == 4, "%s: FSC %#llx", undecoded[i].name,
		       run->arm_nisv.esr_iss & ESR_FSC);
		expect(!(run->arm_nisv.esr_iss & ESR_WNR) == !undecoded[i].is_write, "%s: ISS %#llx", undecoded[i].name,
		       run->arm_nisv.esr_iss);
		undecoded_pass(&v, i);
	}
	vmm_close(&v);
}

/* Cache maintenance of what is no memory does nothing, and the VMM does not hear of it. */
static void maintenance(void)
{
	static const struct {
		const char *name;
		uint32_t insn;
	} ops[] = {
		{ "DC CIVAC", 0xd50b7e21 }, { "DC CVAC", 0xd50b7a21 }, { "DC CVAU", 0xd50b7b21 },
		{ "DC IVAC", 0xd5087621 }, { "IC IVAU", 0xd50b7521 }, { "PRFM", 0xf9800020 },
	};
	struct vmm v;
	struct step *s;
	unsigned int i;
	uint64_t val;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		s = step_new(&v, ops[i].insn, 0);
		s->x[RN] = DEVICE;
		vmm_start(&v, 0, WHAT_STEP, 0);
		if (vmm_event(&v, 0, &val) != PORT_DONE)
			die("%s: an access", ops[i].name);
		expect(!s->esr, "%s: exception, ESR %#lx", ops[i].name, (long)s->esr);
	}
	vmm_close(&v);
}

/* An access that the VMM has not answered yet survives what is done to the vCPU meanwhile. */
static void pending(void)
{
	struct row r = { .size = 2, .opc = 2, .rt = 5, .val = 0x87654321, .addr = DEVICE + 8 };
	struct step *s;
	struct vmm v;
	uint64_t val, sign;
	unsigned int i;

	vmm_open(&v, NULL);
	s = step_new(&v, encode(r.form, r.size, r.opc, r.rt), 0);
	s->x[RN] = r.addr;
	vmm_start(&v, 0, WHAT_STEP, 0);
	expect_result(vmm_run(&v, 0), 0);
	sign = loaded(r.val, r.size, r.opc);
	val = vmm_reg(&v, 0, VMM_CORE(regs.pc));
	expect(val == s->code, "PC %#lx before the answer, not %#lx", (long)val, (long)s->code);
	memcpy(v.run[0]->mmio.data, &r.val, 8);
	/* the answer is taken once, at the next KVM_RUN, whatever ends that */
	for (i = 0; i < 3; i++) {
		v.run[0]->immediate_exit = 1;
		expect_result(vmm_run(&v, 0), -EINTR);
		val = vmm_reg(&v, 0, VMM_CORE(regs.pc));
		expect(val == s->code + 4, "PC %#lx after the answer, not %#lx", (long)val, (long)s->code + 4);
		val = vmm_reg(&v, 0, VMM_X(5));
		expect(val == sign, "X5 is %#lx", (long)val);
		memset(v.run[0]->mmio.data, i, 8);
	}
	v.run[0]->immediate_exit = 0;
	if (vmm_event(&v, 0, &val) != PORT_DONE)
		die("another access");
	expect(s->out[5] == sign, "X5 is %#lx at the end", (long)s->out[5]);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "table", table },
	{ "table-mmu", table_mmu },
	{ "forms", table_forms },
	{ "addresses", addresses },
	{ "no-syndrome", no_syndrome },
	{ "maintenance", maintenance },
	{ "pending", pending },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
