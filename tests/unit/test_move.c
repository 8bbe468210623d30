// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder of plain moves against objdump, and what moves do to registers; lengths of
 * the instructions at which a guest exits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../src/x86/svm/move.h"

static const struct row {
	uint8_t bytes[INSN_MAX];
	enum insn_mode mode;
	int len;	/* 0: no plain move */
	int size, width, reg, high, store, constant, sign;
	uint64_t value;
	const char *text;
} rows[] = {
#include "moves.inc"
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static bool agrees(const struct row *r, const struct move *m)
{
	return m->len == r->len && m->size == r->size && m->width == r->width && m->reg == r->reg &&
	       m->high == r->high && m->store == r->store && m->constant == r->constant &&
	       m->sign == r->sign && (!m->constant || move_value(m, 0) == r->value);
}

/* What is a plain move, how long, of what size, from where to where: as the disassembler says, in each mode. */
static void as_disassembled(void **state)
{
	unsigned int moves = 0, bad = 0;
	struct move m;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < NROWS; i++) {
		ret = move_decode(rows[i].bytes, INSN_MAX, rows[i].mode, &m);
		moves += !ret;
		if (ret == (rows[i].len ? 0 : -EINVAL) && (ret || agrees(&rows[i], &m)))
			continue;
		if (bad++ < 5)
			print_message("row %zu, mode %d: \"%s\": %d\n", i, rows[i].mode, rows[i].text, ret);
	}
	assert_int_equal(bad, 0);
	assert_true(moves > 5000 && moves < NROWS - 5000);
}

/* Bytes that end within a move are said to be too few, however many there are, and nothing past them is read. */
static void cut_short(void **state)
{
	struct move m;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < NROWS; i += 3) {
		for (n = 0; n < rows[i].len; n++) {
			uint8_t *bytes = test_malloc(n + 1);

			memcpy(bytes + 1, rows[i].bytes, n);
			assert_int_equal(move_decode(bytes + 1, n, rows[i].mode, &m), -ENODATA);
			test_free(bytes);
		}
		if (rows[i].len)
			assert_int_equal(move_decode(rows[i].bytes, n, rows[i].mode, &m), 0);
	}
}

static int decode64(struct move *m, const char *bytes, unsigned int n)
{
	return move_decode((const uint8_t *)bytes, n, INSN_64, m);
}

#define DECODE64(m, bytes)	decode64(m, bytes, sizeof(bytes) - 1)

/* Prefixes may be many, REX counts only last, and no instruction is longer than 15 bytes. */
static void prefixes(void **state)
{
	struct move m;

	(void)state;
	/* 66 thrice, then segments */
	assert_int_equal(DECODE64(&m, "\x66\x66\x66\x3e\x65\x89\x08"), 0);
	assert_true(m.len == 7 && m.size == 2);
	/* REX.WR before 66 is void: mov [rax],cx, not r9 */
	assert_int_equal(DECODE64(&m, "\x4c\x66\x89\x08"), 0);
	assert_true(m.len == 4 && m.size == 2 && m.reg == 1);
	/* of two REX the last */
	assert_int_equal(DECODE64(&m, "\x4c\x40\x89\x08"), 0);
	assert_true(m.len == 4 && m.size == 4 && m.reg == 1);
	/* W beats 66 */
	assert_int_equal(DECODE64(&m, "\x66\x48\x89\x08"), 0);
	assert_int_equal(m.size, 8);
	/* 15 bytes are right, 16 are none, in prefixes, displacement or constant */
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x8b\x08"), 0);
	assert_int_equal(m.len, 15);
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e"), -EINVAL);
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x8b\x08"), -EINVAL);
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\xc6\x40\x01\xff"), 0);
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\xc6\x40\x01\xff"), -EINVAL);
	assert_int_equal(DECODE64(&m, "\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\x3e\xa1"), -EINVAL);
}

static uint64_t value64(const char *bytes, unsigned int n, uint64_t reg)
{
	struct move m;

	assert_int_equal(decode64(&m, bytes, n), 0);
	assert_true(m.store);
	return move_value(&m, reg);
}

static uint64_t result64(const char *bytes, unsigned int n, uint64_t old, uint64_t data)
{
	struct move m;

	assert_int_equal(decode64(&m, bytes, n), 0);
	assert_false(m.store);
	return move_result(&m, old, data);
}

#define VALUE64(bytes, reg)		value64(bytes, sizeof(bytes) - 1, reg)
#define RESULT64(bytes, old, data)	result64(bytes, sizeof(bytes) - 1, old, data)

/* A store writes its part of the register, or its constant, and no more. */
static void stores(void **state)
{
	const uint64_t reg = 0x8899aabbccddeeffULL;

	(void)state;
	assert_true(VALUE64("\x88\x00", reg) == 0xff);
	assert_true(VALUE64("\x88\x20", reg) == 0xee);		/* ah */
	assert_true(VALUE64("\x40\x88\x20", reg) == 0xff);	/* spl */
	assert_true(VALUE64("\x66\x89\x00", reg) == 0xeeff);
	assert_true(VALUE64("\x89\x00", reg) == 0xccddeeff);
	assert_true(VALUE64("\x48\x89\x00", reg) == reg);
	assert_true(VALUE64("\xc6\x00\x80", reg) == 0x80);
	assert_true(VALUE64("\x66\xc7\x00\x34\x92", reg) == 0x9234);
	assert_true(VALUE64("\xc7\x00\x78\x56\x34\x92", reg) == 0x92345678);
	assert_true(VALUE64("\x48\xc7\x00\x78\x56\x34\x92", reg) == 0xffffffff92345678ULL);
	assert_true(VALUE64("\x48\xc7\x00\x78\x56\x34\x12", reg) == 0x12345678);
}

/* A load leaves what is above 8 and 16 bits, clears what is above 32, and extends as it says. */
static void loads(void **state)
{
	const uint64_t old = 0x8899aabbccddeeffULL, data = 0x123456789abcdef0ULL;

	(void)state;
	assert_true(RESULT64("\x8a\x00", old, data) == 0x8899aabbccddeef0ULL);
	assert_true(RESULT64("\x8a\x20", old, data) == 0x8899aabbccddf0ffULL);		/* ah */
	assert_true(RESULT64("\x66\x8b\x00", old, data) == 0x8899aabbccdddef0ULL);
	assert_true(RESULT64("\x8b\x00", old, data) == 0x9abcdef0);
	assert_true(RESULT64("\x48\x8b\x00", old, data) == data);
	assert_true(RESULT64("\x66\x0f\xb6\x00", old, data) == 0x8899aabbccdd00f0ULL);
	assert_true(RESULT64("\x0f\xb6\x00", old, data) == 0xf0);
	assert_true(RESULT64("\x0f\xb6\x20", old, data) == 0xf0);	/* esp, not ah */
	assert_true(RESULT64("\x0f\xb7\x00", old, data) == 0xdef0);
	assert_true(RESULT64("\x66\x0f\xbe\x00", old, data) == 0x8899aabbccddfff0ULL);
	assert_true(RESULT64("\x0f\xbe\x00", old, data) == 0xfffffff0);
	assert_true(RESULT64("\x48\x0f\xbe\x00", old, data) == 0xfffffffffffffff0ULL);
	assert_true(RESULT64("\x48\x0f\xbe\x00", old, 0x17f) == 0x7f);
	assert_true(RESULT64("\x0f\xbf\x00", old, data) == 0xffffdef0);
	assert_true(RESULT64("\x48\x0f\xbf\x00", old, data) == 0xffffffffffffdef0ULL);
	assert_true(RESULT64("\x48\x0f\xb7\x00", old, data) == 0xdef0);
}

static const struct {
	const char *name;
	const char *bytes;
	int len;
} fixed[INSN_NAMES] = {
	[INSN_CPUID] = { "cpuid", "\x0f\xa2", 2 },
	[INSN_RDMSR] = { "rdmsr", "\x0f\x32", 2 },
	[INSN_WRMSR] = { "wrmsr", "\x0f\x30", 2 },
	[INSN_HLT] = { "hlt", "\xf4", 1 },
	[INSN_RDTSC] = { "rdtsc", "\x0f\x31", 2 },
	[INSN_RDTSCP] = { "rdtscp", "\x0f\x01\xf9", 3 },
	[INSN_RDPMC] = { "rdpmc", "\x0f\x33", 2 },
	[INSN_WBINVD] = { "wbinvd", "\x0f\x09", 2 },
	[INSN_INVD] = { "invd", "\x0f\x08", 2 },
	[INSN_XSETBV] = { "xsetbv", "\x0f\x01\xd1", 3 },
	[INSN_CLTS] = { "clts", "\x0f\x06", 2 },
	[INSN_RSM] = { "rsm", "\x0f\xaa", 2 },
	[INSN_MONITOR] = { "monitor", "\x0f\x01\xc8", 3 },
	[INSN_MWAIT] = { "mwait", "\x0f\x01\xc9", 3 },
	[INSN_PAUSE] = { "pause", "\xf3\x90", 2 },
	[INSN_VMRUN] = { "vmrun", "\x0f\x01\xd8", 3 },
	[INSN_VMMCALL] = { "vmmcall", "\x0f\x01\xd9", 3 },
	[INSN_VMLOAD] = { "vmload", "\x0f\x01\xda", 3 },
	[INSN_VMSAVE] = { "vmsave", "\x0f\x01\xdb", 3 },
	[INSN_STGI] = { "stgi", "\x0f\x01\xdc", 3 },
	[INSN_CLGI] = { "clgi", "\x0f\x01\xdd", 3 },
	[INSN_SKINIT] = { "skinit", "\x0f\x01\xde", 3 },
	[INSN_INVLPGA] = { "invlpga", "\x0f\x01\xdf", 3 },
};

/* The bytes above are what the assembler makes of the names. */
static void fixed_assembled(void **state)
{
	unsigned char got[16];
	char path[64], cmd[256];
	size_t i;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_move.%d", getpid());
	for (i = 0; i < INSN_NAMES; i++) {
		snprintf(cmd, sizeof(cmd), "echo %s | as -o %s.o - && objcopy -O binary -j .text %s.o %s",
			 fixed[i].name, path, path, path);
		assert_int_equal(system(cmd), 0);
		f = fopen(path, "rb");
		assert_non_null(f);
		assert_int_equal(fread(got, 1, sizeof(got), f), fixed[i].len);
		fclose(f);
		assert_memory_equal(got, fixed[i].bytes, fixed[i].len);
	}
	unlink(path);
	strcat(path, ".o");
	unlink(path);
}

/* Each instruction of an exit has its length, prefixes counted; it is no other's, and is not made up from too few bytes. */
static void fixed_lengths(void **state)
{
	uint8_t bytes[INSN_MAX + 1];
	int i, j, n;

	(void)state;
	for (i = 0; i < INSN_NAMES; i++) {
		for (n = 0; n + fixed[i].len <= INSN_MAX; n++) {
			memset(bytes, "\x66\x67\x2e"[n % 3], n);
			memcpy(bytes + n, fixed[i].bytes, fixed[i].len);
			for (j = 0; j < INSN_NAMES; j++)
				assert_int_equal(insn_length(bytes, INSN_MAX, n % 3, j), i == j ? n + fixed[i].len : -EINVAL);
			for (j = 0; j < n + fixed[i].len; j++)
				assert_int_equal(insn_length(bytes, j, n % 3, i), -ENODATA);
		}
		memset(bytes, 0x66, n);
		memcpy(bytes + n, fixed[i].bytes, INSN_MAX + 1 - n);
		assert_int_equal(insn_length(bytes, INSN_MAX + 1, INSN_64, i), -EINVAL);
	}
	/* REX is a prefix only in 64-bit code */
	assert_int_equal(insn_length((const uint8_t *)"\x48\x0f\xa2", 3, INSN_64, INSN_CPUID), 3);
	assert_int_equal(insn_length((const uint8_t *)"\x48\x0f\xa2", 3, INSN_32, INSN_CPUID), -EINVAL);
	/* pause without its prefix is none */
	assert_int_equal(insn_length((const uint8_t *)"\x90\x90", 2, INSN_64, INSN_PAUSE), -EINVAL);
	assert_int_equal(insn_length((const uint8_t *)"\xf2\x90", 2, INSN_64, INSN_PAUSE), -EINVAL);
}

static void expect_control(const char *bytes, enum insn_mode mode, struct insn_control want)
{
	struct insn_control c;
	unsigned int n;

	for (n = 0; n < want.len; n++)
		assert_int_equal(insn_control((const uint8_t *)bytes, n, mode, &c), -ENODATA);
	assert_int_equal(insn_control((const uint8_t *)bytes, want.len, mode, &c), 0);
	assert_int_equal(c.len, want.len);
	assert_int_equal(c.number, want.number);
	assert_int_equal(c.gpr, want.gpr);
	assert_int_equal(c.size, want.size);
	assert_int_equal(c.debug, want.debug);
	assert_int_equal(c.write, want.write);
}

/* MOV CR and MOV DR say which register, which way and how much; ModRM's mod means nothing. */
static void controls(void **state)
{
	struct insn_control c;
	int modrm, op;

	(void)state;
	for (op = 0x20; op < 0x24; op++) {
		for (modrm = 0; modrm < 256; modrm++) {
			char plain[] = { 0x0f, op, modrm, 0 }, rex[] = { 0x66, 0x45, 0x0f, op, modrm };
			struct insn_control want = { 3, modrm >> 3 & 7, modrm & 7, 4, op & 1, op & 2 };

			expect_control(plain, INSN_32, want);
			expect_control(plain, INSN_16, want);
			want.size = 8;
			expect_control(plain, INSN_64, want);
			want.len = 5;
			want.number += 8;
			want.gpr += 8;
			expect_control(rex, INSN_64, want);
		}
	}
	/* mov %cr8,%rbx; mov %rbx,%cr8; their like with LOCK; LOCK changes no other */
	expect_control("\x44\x0f\x20\xc3", INSN_64, (struct insn_control){ 4, 8, 3, 8, false, false });
	expect_control("\x44\x0f\x22\xc3", INSN_64, (struct insn_control){ 4, 8, 3, 8, false, true });
	expect_control("\xf0\x0f\x20\xc3", INSN_32, (struct insn_control){ 4, 8, 3, 4, false, false });
	expect_control("\xf0\x0f\x22\xd8", INSN_32, (struct insn_control){ 4, 3, 0, 4, false, true });
	expect_control("\xf0\x0f\x21\xc3", INSN_32, (struct insn_control){ 4, 0, 3, 4, true, false });
	assert_int_equal(insn_control((const uint8_t *)"\x0f\x24\xc0", 3, INSN_32, &c), -EINVAL);
	assert_int_equal(insn_control((const uint8_t *)"\x0f\x1f\xc0", 3, INSN_32, &c), -EINVAL);
	assert_int_equal(insn_control((const uint8_t *)"\x0e\x20\xc0", 3, INSN_32, &c), -EINVAL);
}

#define NONE	INSN_NO_REG
#define DS	INSN_DS
#define SS	INSN_SS

/* Where a store of EAX goes: base, index, scale, displacement, how wide the sum is, and by which segment (AMD APM vol. 3, 1.4). */
static void addresses(void **state)
{
	static const struct {
		const char *bytes;
		unsigned int n;
		enum insn_mode mode;
		struct insn_memory want;
	} t[] = {
		{ "\x89\x03", 2, INSN_64, { 8, 3, NONE, 0, false, DS, 0 } },
		{ "\x41\x89\x03", 3, INSN_64, { 8, 11, NONE, 0, false, DS, 0 } },
		{ "\x89\x43\x80", 3, INSN_64, { 8, 3, NONE, 0, false, DS, -128 } },
		{ "\x89\x43\x7f", 3, INSN_64, { 8, 3, NONE, 0, false, DS, 127 } },
		{ "\x89\x83\x01\x00\x00\x80", 6, INSN_64, { 8, 3, NONE, 0, false, DS, -0x7fffffffLL } },
		{ "\x89\x04\x8b", 3, INSN_64, { 8, 3, 1, 2, false, DS, 0 } },
		{ "\x42\x89\x04\xcb", 4, INSN_64, { 8, 3, 9, 3, false, DS, 0 } },
		{ "\x43\x89\x04\x4b", 4, INSN_64, { 8, 11, 9, 1, false, DS, 0 } },
		{ "\x89\x04\x63", 3, INSN_64, { 8, 3, NONE, 1, false, DS, 0 } },
		{ "\x42\x89\x04\x23", 4, INSN_64, { 8, 3, 12, 0, false, DS, 0 } },
		{ "\x89\x04\x25\x10\x00\x00\x00", 7, INSN_64, { 8, NONE, NONE, 0, false, DS, 16 } },
		{ "\x41\x89\x04\x25\xf0\xff\xff\xff", 8, INSN_64, { 8, NONE, NONE, 0, false, DS, -16 } },
		{ "\x89\x05\x10\x00\x00\x00", 6, INSN_64, { 8, NONE, NONE, 0, true, DS, 16 } },
		{ "\x89\x05\x10\x00\x00\x00", 6, INSN_32, { 4, NONE, NONE, 0, false, DS, 16 } },
		{ "\x89\x45\x10", 3, INSN_64, { 8, 5, NONE, 0, false, SS, 16 } },
		{ "\x89\x44\x24\x10", 4, INSN_64, { 8, 4, NONE, 0, false, SS, 16 } },
		{ "\x89\x44\x2b\x10", 4, INSN_64, { 8, 3, 5, 0, false, DS, 16 } },
		{ "\x41\x89\x44\x24\x10", 5, INSN_64, { 8, 12, NONE, 0, false, DS, 16 } },
		{ "\x41\x89\x45\x10", 4, INSN_64, { 8, 13, NONE, 0, false, DS, 16 } },
		{ "\x67\x89\x03", 3, INSN_64, { 4, 3, NONE, 0, false, DS, 0 } },
		{ "\x3e\x89\x45\x10", 4, INSN_32, { 4, 5, NONE, 0, false, DS, 16 } },
		{ "\x26\x89\x03", 3, INSN_32, { 4, 3, NONE, 0, false, INSN_ES, 0 } },
		{ "\x64\x89\x03", 3, INSN_64, { 8, 3, NONE, 0, false, INSN_FS, 0 } },
		{ "\x65\x89\x03", 3, INSN_64, { 8, 3, NONE, 0, false, INSN_GS, 0 } },
		{ "\x89\x00", 2, INSN_16, { 2, 3, 6, 0, false, DS, 0 } },
		{ "\x89\x01", 2, INSN_16, { 2, 3, 7, 0, false, DS, 0 } },
		{ "\x89\x02", 2, INSN_16, { 2, 5, 6, 0, false, SS, 0 } },
		{ "\x89\x03", 2, INSN_16, { 2, 5, 7, 0, false, SS, 0 } },
		{ "\x89\x04", 2, INSN_16, { 2, 6, NONE, 0, false, DS, 0 } },
		{ "\x89\x05", 2, INSN_16, { 2, 7, NONE, 0, false, DS, 0 } },
		{ "\x89\x06\x34\x12", 4, INSN_16, { 2, NONE, NONE, 0, false, DS, 0x1234 } },
		{ "\x89\x07", 2, INSN_16, { 2, 3, NONE, 0, false, DS, 0 } },
		{ "\x89\x46\x80", 3, INSN_16, { 2, 5, NONE, 0, false, SS, -128 } },
		{ "\x89\x80\x00\x80", 4, INSN_16, { 2, 3, 6, 0, false, DS, -0x8000 } },
		{ "\x67\x89\x03", 3, INSN_32, { 2, 5, 7, 0, false, SS, 0 } },
		{ "\x67\x89\x03", 3, INSN_16, { 4, 3, NONE, 0, false, DS, 0 } },
	};
	u64 gpr[16], sum;
	struct move m;
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++)
		gpr[i] = 0x123456789ULL << i;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct insn_memory *w = &t[i].want, *g = &m.memory;

		assert_int_equal(move_decode((const uint8_t *)t[i].bytes, t[i].n, t[i].mode, &m), 0);
		if (g->size != w->size || g->base != w->base || g->index != w->index || g->rip != w->rip || g->segment != w->segment ||
		    g->displacement != w->displacement || (w->index != NONE && g->scale != w->scale))
			fail_msg("row %zu: size %d base %d index %d scale %d rip %d segment %d displacement %lld", i, g->size, g->base,
				 g->index, g->scale, g->rip, g->segment, (long long)g->displacement);
		sum = w->displacement + (w->rip ? 0x7000 : 0) + (w->base == NONE ? 0 : gpr[w->base]) +
		      (w->index == NONE ? 0 : gpr[w->index] << w->scale);
		assert_int_equal(insn_offset(g, gpr, 0x7000), w->size == 8 ? sum : w->size == 4 ? (uint32_t)sum : (uint16_t)sum);
	}
}

static int lmsw(const char *bytes, unsigned int n, struct insn *in)
{
	return insn_lmsw((const uint8_t *)bytes, n, INSN_32, in);
}

/* LMSW is one of a group by its second opcode's register; a shorter one is not all there, and too long a one is none. */
static void others(void **state)
{
	uint8_t bytes[20];
	struct insn in;

	(void)state;
	assert_int_equal(lmsw("\x0f\x01\xf3", 3, &in), 0);
	assert_true(insn_is_register(&in));
	assert_int_equal(insn_rm(&in), 3);
	assert_int_equal(in.pos, 3);
	assert_int_equal(lmsw("\x0f\x01\x73\x10", 4, &in), 0);
	assert_false(insn_is_register(&in));
	assert_int_equal(in.memory.displacement, 16);
	assert_int_equal(lmsw("\x0f\x01\xe3", 3, &in), -EINVAL);
	assert_int_equal(lmsw("\x0f\x00\xf3", 3, &in), -EINVAL);
	assert_int_equal(lmsw("\x0e\x01\xf3", 3, &in), -EINVAL);
	assert_int_equal(lmsw("\x0f\x01\x73", 3, &in), -ENODATA);
	assert_int_equal(lmsw("\x0f\x01", 2, &in), -ENODATA);
	assert_int_equal(lmsw("\x0f", 1, &in), -ENODATA);
	assert_int_equal(lmsw("", 0, &in), -ENODATA);
	memset(bytes, 0x66, sizeof(bytes));
	assert_int_equal(insn_begin(&in, bytes, 14, INSN_64), -ENODATA);
	assert_int_equal(insn_begin(&in, bytes, 15, INSN_64), -EINVAL);
	assert_int_equal(insn_begin(&in, bytes, 16, INSN_64), -EINVAL);
	assert_int_equal(insn_begin(&in, bytes, 20, INSN_64), -EINVAL);
	bytes[14] = 0x90;
	assert_int_equal(insn_begin(&in, bytes, 20, INSN_64), 0);
	assert_int_equal(in.pos, 14);
	/* an opcode is its first bytes, not those behind them */
	assert_int_equal(insn_length((const uint8_t *)"\x90\x90\0\0", 4, INSN_64, INSN_CPUID), -EINVAL);
	assert_int_equal(insn_length((const uint8_t *)"\x0f\xa2\xff\xff", 4, INSN_64, INSN_CPUID), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(others),
		cmocka_unit_test(as_disassembled),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(stores),
		cmocka_unit_test(loads),
		cmocka_unit_test(fixed_assembled),
		cmocka_unit_test(fixed_lengths),
		cmocka_unit_test(controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
