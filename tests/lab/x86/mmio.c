// SPDX-License-Identifier: GPL-2.0
/*
 * Moves to and from where no memory is, as a table: what the VMM is shown, what it answers, and what is in the guest's
 * registers afterwards.
 */
#include "step.h"
#include "vmm.h"

#ifndef GUEST

#define OFFSET		0x1234	/* of the access in GUEST_DEVICE, or in the hole where addresses are of 16 bits */
#define VALUE		0x8192a3b4c5d6e7f8ULL
#define IMMEDIATE	0x91a2b3c4U

enum op { STORE8, STORE, LOAD8, LOAD, STORE_IMM8, STORE_IMM, LOAD_OFFS8, LOAD_OFFS, STORE_OFFS8, STORE_OFFS, MOVZX8, MOVZX16,
	  MOVSX8, MOVSX16, OPS };

static const struct {
	uint8_t opcode;
	bool two;		/* 0f before it */
	bool store, imm, offs, sign;
	unsigned int mem;	/* bytes in memory; 0: as the operand */
} ops[OPS] = {
	[STORE8] = { 0x88, .store = true, .mem = 1 },
	[STORE] = { 0x89, .store = true },
	[LOAD8] = { 0x8a, .mem = 1 },
	[LOAD] = { 0x8b },
	[STORE_IMM8] = { 0xc6, .store = true, .imm = true, .mem = 1 },
	[STORE_IMM] = { 0xc7, .store = true, .imm = true },
	[LOAD_OFFS8] = { 0xa0, .offs = true, .mem = 1 },
	[LOAD_OFFS] = { 0xa1, .offs = true },
	[STORE_OFFS8] = { 0xa2, .store = true, .offs = true, .mem = 1 },
	[STORE_OFFS] = { 0xa3, .store = true, .offs = true },
	[MOVZX8] = { 0xb6, .two = true, .mem = 1 },
	[MOVZX16] = { 0xb7, .two = true, .mem = 2 },
	[MOVSX8] = { 0xbe, .two = true, .sign = true, .mem = 1 },
	[MOVSX16] = { 0xbf, .two = true, .sign = true, .mem = 2 },
};

/* How an operand in memory is written down; ModRM, SIB and displacement of each are in encode_address(). */
enum form { BASE, DISP8, DISP32, SCALED, ABSOLUTE, FS_BASE, WIDE_FORMS, RIP = WIDE_FORMS, R12_BASE, R13_BASE, R9_INDEX,
	    LONG_FORMS, BX_SI = LONG_FORMS, BP_DISP8, DI_DISP16, DISP16, FORMS };

static const char *const form_names[FORMS] = {
	"base", "disp8", "disp32", "scaled index", "absolute", "FS", "RIP", "R12", "R13", "R9 as index",
	"BX+SI", "BP+disp8", "DI+disp16", "disp16",
};

struct row {
	enum vmm_mode mode;
	enum op op;
	unsigned int size;	/* of the operand: 2, 4, 8 */
	enum form form;
	unsigned int reg;
	bool addr;		/* 67: the mode's other address size */
	bool rex;		/* REX even if nothing in it is needed */
	int64_t fs;		/* what FS adds */
	uint64_t at;		/* the access as the guest's segment counts it */
};

static unsigned int mode_size(enum vmm_mode mode)
{
	return mode == MODE_REAL ? 2 : 4;
}

/* Bytes of an address. */
static unsigned int addr_size(const struct row *w)
{
	if (w->mode == MODE_LONG)
		return w->addr ? 4 : 8;
	return (w->mode == MODE_REAL) != w->addr ? 2 : 4;
}

static bool form_exists(const struct row *w)
{
	if (w->form >= LONG_FORMS)
		return addr_size(w) == 2;
	if (addr_size(w) == 2)
		return false;
	return w->form < WIDE_FORMS || w->mode == MODE_LONG;
}

static bool is_byte(enum op op)
{
	return ops[op].mem == 1 && !ops[op].two;
}

static const char *row_name(const struct row *w, const struct insn *i)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s, %s (%s)", vmm_mode_name(w->mode), insn_text(i),
		 ops[w->op].offs ? "offset" : form_names[w->form]);
	return name;
}

static unsigned int mem_size(const struct row *w)
{
	return ops[w->op].mem ?: w->size;
}

static unsigned int imm_size(const struct row *w)
{
	return is_byte(w->op) ? 1 : w->size == 2 ? 2 : 4;
}

/* ModRM, SIB, displacement; base registers get what makes the sum w->at. tail: bytes of the instruction behind it. */
static void encode_address(struct insn *i, const struct row *w, struct kvm_regs *r, unsigned int tail)
{
	unsigned int reg = (ops[w->op].imm ? 0 : w->reg & 7) << 3;

	switch (w->form) {
	case BASE:		/* [rbx] */
	case FS_BASE:
		r->rbx = w->at - w->fs;
		insn_byte(i, reg | 3);
		break;
	case DISP8:		/* [rsi - 16] */
		r->rsi = w->at + 16;
		insn_byte(i, 0x40 | reg | 6);
		insn_byte(i, -16);
		break;
	case DISP32:		/* [rdi + 0x123] */
		r->rdi = w->at - 0x123;
		insn_byte(i, 0x80 | reg | 7);
		insn_value(i, 0x123, 4);
		break;
	case SCALED:		/* [rdx + 4 * rcx + 8] */
		r->rdx = w->at - 8 - 4 * 0x21;
		r->rcx = 0x21;
		insn_byte(i, 0x40 | reg | 4);
		insn_byte(i, 0x80 | 1 << 3 | 2);
		insn_byte(i, 8);
		break;
	case ABSOLUTE:		/* [disp32], which in 64-bit mode is a SIB without base and index */
		insn_byte(i, reg | (w->mode == MODE_LONG ? 4 : 5));
		if (w->mode == MODE_LONG)
			insn_byte(i, 0x25);
		insn_value(i, w->at, 4);
		break;
	case RIP:
		insn_byte(i, reg | 5);
		insn_value(i, w->at - (step_at(w->mode) + i->len + 4 + tail), 4);
		break;
	case R12_BASE:		/* takes a SIB, as RSP does */
		r->r12 = w->at;
		insn_byte(i, reg | 4);
		insn_byte(i, 0x24);
		break;
	case R13_BASE:		/* takes a displacement, as RBP does */
		r->r13 = w->at - 0x7f;
		insn_byte(i, 0x40 | reg | 5);
		insn_byte(i, 0x7f);
		break;
	case R9_INDEX:		/* [rbx + 8 * r9] */
		r->r9 = 0x11;
		r->rbx = w->at - 8 * 0x11;
		insn_byte(i, reg | 4);
		insn_byte(i, 0xc0 | 1 << 3 | 3);
		break;
	case BX_SI:
		r->rbx = (r->rbx & ~0xffffULL) | 0xf000;
		r->rsi = (r->rsi & ~0xffffULL) | ((w->at - 0xf000) & 0xffff);
		insn_byte(i, reg | 0);
		break;
	case BP_DISP8:
		r->rbp = (r->rbp & ~0xffffULL) | ((w->at + 0x80) & 0xffff);
		insn_byte(i, 0x40 | reg | 6);
		insn_byte(i, 0x80);
		break;
	case DI_DISP16:
		r->rdi = (r->rdi & ~0xffffULL) | ((w->at - 0x1001) & 0xffff);
		insn_byte(i, 0x80 | reg | 5);
		insn_value(i, 0x1001, 2);
		break;
	default:
		insn_byte(i, reg | 6);
		insn_value(i, w->at, 2);
	}
}

static uint8_t rex_of(const struct row *w)
{
	uint8_t rex = w->rex ? 0x40 : 0;

	if (w->size == 8)
		rex |= 0x48;
	if (w->reg >= 8 && !ops[w->op].imm && !ops[w->op].offs)
		rex |= 0x44;
	if (ops[w->op].offs)
		return rex;
	if (w->form == R12_BASE || w->form == R13_BASE)
		rex |= 0x41;
	if (w->form == R9_INDEX)
		rex |= 0x42;
	return rex;
}

static struct insn encode(const struct row *w, struct kvm_regs *r)
{
	struct insn i = { .len = 0 };
	uint8_t rex = rex_of(w);

	if (w->form == FS_BASE && !ops[w->op].offs)
		insn_byte(&i, 0x64);
	if (w->addr)
		insn_byte(&i, 0x67);
	if (w->size == 2 ? w->mode != MODE_REAL : w->size == 4 && w->mode == MODE_REAL)
		insn_byte(&i, 0x66);
	if (rex)
		insn_byte(&i, rex);
	if (ops[w->op].two)
		insn_byte(&i, 0x0f);
	insn_byte(&i, ops[w->op].opcode);
	if (ops[w->op].offs)
		insn_value(&i, w->at, addr_size(w));
	else
		encode_address(&i, w, r, ops[w->op].imm ? imm_size(w) : 0);
	if (ops[w->op].imm)
		insn_value(&i, IMMEDIATE, imm_size(w));
	return i;
}

/* The row's register, and for AH, CH, DH and BH by how much it is shifted. */
static __u64 *register_of(const struct row *w, struct kvm_regs *r, unsigned int *shift)
{
	bool high = is_byte(w->op) && !rex_of(w) && w->reg >= 4 && w->reg < 8;

	*shift = high ? 8 : 0;
	return step_reg(r, high ? w->reg - 4 : w->reg);
}

static uint64_t low_bytes(uint64_t val, unsigned int bytes)
{
	return bytes == 8 ? val : val & ((1ULL << 8 * bytes) - 1);
}

static uint64_t stored(const struct row *w, struct kvm_regs *r)
{
	unsigned int shift;
	__u64 *reg = register_of(w, r, &shift);
	/* an immediate of four bytes for eight has its sign in the upper half */
	uint64_t val = ops[w->op].imm ? (uint64_t)(int32_t)IMMEDIATE : *reg >> shift;

	return low_bytes(val, mem_size(w));
}

/* What a load makes of the register: a byte or a word of it, or all. */
static void load(const struct row *w, struct kvm_regs *r)
{
	unsigned int shift, to = is_byte(w->op) ? 1 : w->size, up = 64 - 8 * mem_size(w);
	__u64 *reg = register_of(w, r, &shift);
	uint64_t val = low_bytes(VALUE, mem_size(w));

	if (ops[w->op].sign)
		val = (uint64_t)((int64_t)(val << up) >> up);
	val = low_bytes(val, to);
	if (to >= 4)
		*reg = val;
	else
		*reg = (*reg & ~(low_bytes(~0ULL, to) << shift)) | val << shift;
}

static void expect_access(struct vmm *v, const char *name, uint64_t addr, unsigned int len, bool store, uint64_t val)
{
	struct kvm_run *run = vmm_exit(v, 0, KVM_EXIT_MMIO);
	uint64_t data = 0;

	if (run->mmio.phys_addr != addr || run->mmio.len != len || run->mmio.is_write != store)
		die("%s: %s of %u bytes at %#llx, not %s of %u at %#llx", name, run->mmio.is_write ? "write" : "read",
		    run->mmio.len, run->mmio.phys_addr, store ? "write" : "read", len, (unsigned long long)addr);
	if (!store) {
		memcpy(run->mmio.data, &val, 8);
		return;
	}
	memcpy(&data, run->mmio.data, len);
	expect(data == val, "%s: %#lx is written, not %#lx", name, (long)data, (long)val);
}

static bool is_small(const struct row *w)
{
	return w->mode == MODE_REAL || addr_size(w) == 2;
}

/* Where FS begins, and all segments where addresses are small; else they are flat. */
static void set_segments(struct vmm *v, const struct row *w)
{
	struct kvm_sregs s = vmm_sregs(v, 0);

	if (is_small(w)) {
		s.ds.base = s.ss.base = s.es.base = s.fs.base = GUEST_HOLE;
		s.ds.selector = s.ss.selector = s.es.selector = s.fs.selector = GUEST_HOLE >> 4;
	}
	s.fs.base += w->fs;
	vmm_set_sregs(v, 0, &s);
}

static unsigned int rows;

static void run_row(struct vmm *v, struct row w)
{
	struct kvm_regs r = step_regs(w.mode), got;
	struct insn i;
	const char *name;

	w.fs = w.form == FS_BASE && !ops[w.op].offs ? 0x560 : 0;
	w.at = is_small(&w) ? OFFSET : GUEST_DEVICE + OFFSET;
	if (ops[w.op].offs)
		w.reg = 0;
	i = encode(&w, &r);
	name = row_name(&w, &i);
	step_code(v, w.mode, i.bytes, i.len, &r);
	set_segments(v, &w);
	expect_access(v, name, (is_small(&w) ? GUEST_HOLE : 0) + w.at, mem_size(&w), ops[w.op].store,
		      ops[w.op].store ? stored(&w, &r) : VALUE);
	got = step_end(v, w.mode, i.len);
	if (!ops[w.op].store)
		load(&w, &r);
	step_compare(name, &got, &r, 0);
	rows++;
}

static bool size_exists(enum vmm_mode mode, enum op op, unsigned int size)
{
	if (size == 8)
		return mode == MODE_LONG && !is_byte(op);
	return size == mode_size(mode) || !is_byte(op);
}

/* All ways to write the address down, with one register. */
static void rows_of_forms(struct vmm *v, struct row w)
{
	for (w.form = 0; w.form < FORMS; w.form++)
		for (w.addr = false; ; w.addr = true) {
			w.reg = (w.op * 3 + w.form) % 4;
			if (form_exists(&w) && !(ops[w.op].offs && w.form != BASE && w.form != DISP16))
				run_row(v, w);
			if (w.addr)
				break;
		}
}

/* All registers, with one way. */
static void rows_of_registers(struct vmm *v, struct row w)
{
	if (ops[w.op].imm || ops[w.op].offs)
		return;
	w.form = w.mode == MODE_REAL ? DISP16 : ABSOLUTE;
	w.addr = false;
	for (w.reg = 0; w.reg < (w.mode == MODE_LONG ? 16 : 8); w.reg++) {
		w.rex = false;
		run_row(v, w);
		w.rex = true;
		if (w.mode == MODE_LONG && w.reg >= 4 && w.reg < 8)
			run_row(v, w);
	}
}

static void rows_of_mode(enum vmm_mode mode)
{
	struct row w = { .mode = mode };
	struct vmm v;

	rows = 0;
	vmm_open(&v, NULL);
	for (w.op = 0; w.op < OPS; w.op++)
		for (w.size = 2; w.size <= 8; w.size *= 2) {
			if (!size_exists(mode, w.op, w.size))
				continue;
			w.rex = false;
			rows_of_forms(&v, w);
			rows_of_registers(&v, w);
		}
	printf("# %s: %u rows\n", vmm_mode_name(mode), rows);
}

static void check_long(void)
{
	rows_of_mode(MODE_LONG);
}

static void check_compat(void)
{
	rows_of_mode(MODE_COMPAT);
}

static void check_protected(void)
{
	rows_of_mode(MODE_PROTECTED);
	rows_of_mode(MODE_PAGED32);
}

static void check_real(void)
{
	rows_of_mode(MODE_REAL);
}

static void step_bytes(struct vmm *v, struct insn *i, const char *bytes, unsigned int len, const struct kvm_regs *r)
{
	memcpy(i->bytes, bytes, len);
	i->len = len;
	step_code(v, MODE_LONG, bytes, len, r);
}

/* An access over the end of a page is two, and what of it is memory is memory. */
static void check_crossing(void)
{
	struct kvm_regs r = step_regs(MODE_LONG), got;
	struct insn i;
	struct vmm v;

	vmm_open(&v, NULL);
	r.rax = VALUE;
	r.rbx = GUEST_DEVICE + 0xffd;
	step_bytes(&v, &i, "\x48\x89\x03", 3, &r);		/* mov %rax, (%rbx) */
	expect_access(&v, "store over pages", GUEST_DEVICE + 0xffd, 3, true, low_bytes(VALUE, 3));
	expect_access(&v, "store over pages", GUEST_DEVICE + 0x1000, 5, true, VALUE >> 24);
	step_end(&v, MODE_LONG, i.len);

	step_bytes(&v, &i, "\x48\x8b\x03", 3, &r);		/* mov (%rbx), %rax */
	expect_access(&v, "load over pages", GUEST_DEVICE + 0xffd, 3, false, 0x332211);
	expect_access(&v, "load over pages", GUEST_DEVICE + 0x1000, 5, false, 0x8877665544);
	got = step_end(&v, MODE_LONG, i.len);
	expect(got.rax == 0x8877665544332211, "RAX is %#llx", got.rax);

	r.rbx = GUEST_HOLE - 2;
	step_bytes(&v, &i, "\x89\x03", 2, &r);			/* mov %eax, (%rbx) */
	expect_access(&v, "store from memory on", GUEST_HOLE, 2, true, low_bytes(VALUE, 4) >> 16);
	step_end(&v, MODE_LONG, i.len);
	expect(v.ram[GUEST_HOLE - 2] == 0xf8 && v.ram[GUEST_HOLE - 1] == 0xe7, "memory is %#x", v.ram[GUEST_HOLE - 2]);

	step_bytes(&v, &i, "\x8b\x03", 2, &r);
	expect_access(&v, "load from memory on", GUEST_HOLE, 2, false, 0x6655);
	got = step_end(&v, MODE_LONG, i.len);
	expect(got.rax == 0x6655e7f8, "RAX is %#llx", got.rax);
}

/* The VMM is shown the physical address, whichever the guest has written down. */
static void check_mapped(void)
{
	struct kvm_regs r = step_regs(MODE_LONG);
	struct insn i;
	struct vmm v;

	vmm_open(&v, NULL);
	((uint64_t *)(v.ram + GUEST_PD))[512 + 3] = GUEST_DEVICE | 0x87;
	r.rbx = (1UL << 30) + (3UL << 21) + 0x5678;
	step_bytes(&v, &i, "\x88\x03", 2, &r);			/* mov %al, (%rbx) */
	expect_access(&v, "store by tables", GUEST_DEVICE + 0x5678, 1, true, r.rax & 0xff);
	step_end(&v, MODE_LONG, i.len);
}

/* An instruction that lies across two pages is the same instruction. */
static void check_split_code(void)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0x83, 0x10, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0xf4 };
	unsigned int before;
	struct kvm_regs r;
	struct vmm v;

	vmm_open(&v, NULL);
	for (before = 1; before < sizeof(code) - 1; before++) {
		r = step_regs(MODE_LONG);
		r.rbx = GUEST_DEVICE;				/* movq $0x12345678, 16(%rbx) */
		r.rip = GUEST_STEP + 0x1000 - before;
		memcpy(v.ram + r.rip, code, sizeof(code));
		vmm_mode(&v, 0, MODE_LONG);
		vmm_set_regs(&v, 0, &r);
		expect_access(&v, "instruction over pages", GUEST_DEVICE + 16, 8, true, 0x12345678);
		vmm_exit(&v, 0, KVM_EXIT_HLT);
		expect(vmm_regs(&v, 0).rip == r.rip + sizeof(code), "RIP %#llx", vmm_regs(&v, 0).rip);
	}
}

/* Strings to, from and between devices and memory, up and down: each element is shown, and the registers are as on a CPU. */
static void check_strings(void)
{
	struct kvm_regs r = step_regs(MODE_LONG), got;
	struct insn i;
	struct vmm v;
	unsigned int n;

	vmm_open(&v, NULL);
	r.rax = VALUE;
	r.rdi = GUEST_DEVICE + 0x100;
	r.rcx = 3;
	step_bytes(&v, &i, "\xf3\x66\xab", 3, &r);		/* rep stosw */
	for (n = 0; n < 3; n++)
		expect_access(&v, "rep stosw", GUEST_DEVICE + 0x100 + 2 * n, 2, true, VALUE & 0xffff);
	got = step_end(&v, MODE_LONG, i.len);
	expect(got.rdi == r.rdi + 6 && !got.rcx && got.rax == VALUE, "RDI %#llx, RCX %#llx", got.rdi, got.rcx);

	r.rsi = GUEST_DEVICE + 0x10;
	r.rcx = 2;
	r.rdi = GUEST_HOLE - 0x100;
	step_bytes(&v, &i, "\xf3\xa5", 2, &r);			/* rep movsl, to memory */
	expect_access(&v, "rep movsl", GUEST_DEVICE + 0x10, 4, false, 0x44332211);
	expect_access(&v, "rep movsl", GUEST_DEVICE + 0x14, 4, false, 0x88776655);
	got = step_end(&v, MODE_LONG, i.len);
	expect(*(uint64_t *)(v.ram + GUEST_HOLE - 0x100) == 0x8877665544332211, "memory is %#lx",
	       (long)*(uint64_t *)(v.ram + GUEST_HOLE - 0x100));
	expect(got.rsi == r.rsi + 8 && got.rdi == r.rdi + 8 && !got.rcx, "RSI %#llx, RDI %#llx", got.rsi, got.rdi);

	r.rsi = GUEST_HOLE - 0x100;
	r.rdi = GUEST_DEVICE + 0x20;
	step_bytes(&v, &i, "\xa4", 1, &r);			/* movsb, from memory */
	expect_access(&v, "movsb", GUEST_DEVICE + 0x20, 1, true, 0x11);
	step_end(&v, MODE_LONG, i.len);

	r.rsi = GUEST_DEVICE + 0x30;
	r.rflags |= 1 << 10;
	step_bytes(&v, &i, "\x48\xad", 2, &r);			/* lodsq, downwards */
	expect_access(&v, "lodsq", GUEST_DEVICE + 0x30, 8, false, 0x8877665544332211);
	got = step_end(&v, MODE_LONG, i.len);
	expect(got.rax == 0x8877665544332211 && got.rsi == r.rsi - 8, "RAX %#llx, RSI %#llx", got.rax, got.rsi);
	vmm_close(&v);
}

/* Between a read and its answer the vCPU stands at the instruction; KVM_RUN with immediate_exit takes the answer in. */
static void check_completion(void)
{
	struct kvm_regs r = step_regs(MODE_LONG);
	struct insn i;
	struct vmm v;

	vmm_open(&v, NULL);
	r.rbx = GUEST_DEVICE;
	step_bytes(&v, &i, "\x8b\x03", 2, &r);
	expect_access(&v, "load", GUEST_DEVICE, 4, false, 0x11223344);
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	v.run[0]->immediate_exit = 0;
	r = vmm_regs(&v, 0);
	expect(r.rax == 0x11223344 && r.rip == GUEST_STEP + 2, "RAX %#llx, RIP %#llx", r.rax, r.rip);
	step_end(&v, MODE_LONG, i.len);
}

static const struct check checks[] = {
	{ "long", check_long }, { "compat", check_compat }, { "protected", check_protected }, { "real", check_real },
	{ "crossing", check_crossing }, { "mapped", check_mapped }, { "split-code", check_split_code },
	{ "completion", check_completion }, { "strings", check_strings }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
