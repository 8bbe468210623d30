// SPDX-License-Identifier: GPL-2.0
/*
 * Port I/O: IN, OUT and their string forms, in every size and mode; HLT.
 */
#include "step.h"
#include "vmm.h"

#ifndef GUEST

#define PORT		0x3f8
#define IMM_PORT	0x80
#define STRING_MAX	20000

static unsigned int mode_bits(enum vmm_mode mode)
{
	return mode == MODE_LONG ? 64 : mode == MODE_REAL ? 16 : 32;
}

/* E4-E7 take a byte as the port, EC-EF take DX. An operand of other than the mode's usual size has 66. */
static struct insn simple(enum vmm_mode mode, unsigned int size, bool out, bool imm)
{
	struct insn i = { .len = 0 };

	if (size > 1 && (size == 2) != (mode_bits(mode) == 16))
		insn_byte(&i, 0x66);
	insn_byte(&i, (imm ? 0xe4 : 0xec) | (out ? 2 : 0) | (size > 1));
	if (imm)
		insn_byte(&i, IMM_PORT);
	return i;
}

static void one_simple(struct vmm *v, enum vmm_mode mode, unsigned int size, bool out, bool imm)
{
	const uint64_t answer = 0xc5d6e7f8, mask = size == 4 ? ~0U : (1U << 8 * size) - 1;
	struct insn i = simple(mode, size, out, imm);
	struct kvm_regs r = step_regs(mode), got;
	struct kvm_run *run;
	uint32_t data = 0;

	r.rdx = (r.rdx & ~0xffffULL) | PORT;
	step_code(v, mode, i.bytes, i.len, &r);
	run = vmm_exit(v, 0, KVM_EXIT_IO);
	expect(run->io.port == (imm ? IMM_PORT : PORT) && run->io.size == size && run->io.count == 1 &&
	       run->io.direction == out, "%s, %s: port %#x, %u bytes, %u times, direction %u", vmm_mode_name(mode),
	       insn_text(&i), run->io.port, run->io.size, run->io.count, run->io.direction);
	if (out) {
		memcpy(&data, (char *)run + run->io.data_offset, size);
		expect(data == (r.rax & mask), "%s, %s: %#x, RAX is %#llx", vmm_mode_name(mode), insn_text(&i), data, r.rax);
	} else {
		memcpy((char *)run + run->io.data_offset, &answer, size);
	}
	got = step_end(v, mode, i.len);
	if (!out)
		r.rax = size == 4 ? answer : (r.rax & ~mask) | (answer & mask);
	step_compare(insn_text(&i), &got, &r, 0);
}

/* What IN leaves of RAX: all of it but the byte or the word; EAX makes zeroes of the upper half. */
static void check_simple(void)
{
	unsigned int mode, size, form;
	struct vmm v;

	vmm_open(&v, NULL);
	for (mode = 0; mode < VMM_MODES; mode++)
		for (size = 1; size <= 4; size *= 2)
			for (form = 0; form < 4; form++)
				one_simple(&v, mode, size, form & 1, form & 2);
}

struct string {
	enum vmm_mode mode;
	unsigned int size;
	bool out, rep, down, addr32;	/* addr32: address size other than the mode's */
	uint64_t at;			/* where it begins */
	uint64_t count;
};

static struct insn string_insn(const struct string *s)
{
	struct insn i = { .len = 0 };

	if (s->addr32)
		insn_byte(&i, 0x67);
	if (s->size > 1 && (s->size == 2) != (mode_bits(s->mode) == 16))
		insn_byte(&i, 0x66);
	if (s->rep)
		insn_byte(&i, 0xf3);
	insn_byte(&i, 0x6c | (s->out ? 2 : 0) | (s->size > 1));
	return i;
}

static uint8_t pattern(uint64_t n)
{
	return n * 7 + (n >> 8);
}

/* Runs to HLT, however the hypervisor cuts the string; how many bytes there were. */
static uint64_t serve(struct vmm *v, const struct string *s, uint8_t *log)
{
	struct kvm_run *run = v->run[0];
	uint64_t n = 0, k;
	uint8_t *data;

	for (;;) {
		int ret = vmm_run(v, 0);

		if (ret)
			die("KVM_RUN: %s", result_name(ret));
		if (run->exit_reason != KVM_EXIT_IO)
			return n;
		if (run->io.port != PORT || run->io.size != s->size || run->io.direction != s->out || !run->io.count)
			vmm_unexpected(v, 0, "a string is due");
		data = (uint8_t *)run + run->io.data_offset;
		for (k = 0; k < (uint64_t)run->io.size * run->io.count; k++, n++) {
			if (n == STRING_MAX)
				die("more bytes than there can be");
			if (s->out)
				log[n] = data[k];
			else
				data[k] = pattern(n);
		}
	}
}

static void one_string(struct vmm *v, const struct string *s)
{
	uint64_t count = s->rep ? s->count : 1, k, done, at, mask = s->addr32 ? 0xffffffff : ~0ULL;
	static uint8_t log[STRING_MAX];
	struct kvm_regs r = step_regs(s->mode), got;
	struct insn i = string_insn(s);
	__u64 *index = s->out ? &r.rsi : &r.rdi;
	char what[96];

	snprintf(what, sizeof(what), "%s, %s, %lu of %u bytes at %#lx%s", vmm_mode_name(s->mode), insn_text(&i),
		 (long)count, s->size, (long)s->at, s->down ? ", down" : "");
	r.rdx = (r.rdx & ~0xffffULL) | PORT;
	r.rflags |= s->down ? 1 << 10 : 0;
	/* above the address size there is what does not count */
	*index = (*index & ~mask) | s->at;
	r.rcx = (r.rcx & ~mask) | s->count;
	for (k = 0; k < count * s->size; k++)
		v->ram[s->down ? s->at + s->size - 1 - k : s->at + k] = s->out ? pattern(k) : 0xee;
	step_code(v, s->mode, i.bytes, i.len, &r);
	done = serve(v, s, log);
	if (v->run[0]->exit_reason != KVM_EXIT_HLT)
		vmm_unexpected(v, 0, what);
	expect(done == count * s->size, "%s: %lu bytes", what, (long)done);
	for (k = 0; k < count * s->size; k++) {
		/* down, the elements go down, but the bytes of each still go up */
		at = s->down ? s->at - k / s->size * s->size + k % s->size : s->at + k;
		if (s->out ? log[k] != v->ram[at] : v->ram[at] != pattern(k)) {
			fail("%s: byte %lu at %#lx is %#x", what, (long)k, (long)at, s->out ? log[k] : v->ram[at]);
			break;
		}
	}
	got = vmm_regs(v, 0);
	*index += (s->down ? -count : count) * s->size;
	if (s->addr32)
		*index &= mask;
	if (s->rep)
		r.rcx = s->addr32 ? 0 : r.rcx - s->count;
	step_compare(what, &got, &r, 0);
}

static const struct string strings[] = {
	{ MODE_LONG, 1, true, false, false, false, GUEST_FREE, 9 },
	{ MODE_LONG, 4, false, false, false, false, GUEST_FREE, 9 },
	{ MODE_LONG, 1, true, true, false, false, GUEST_FREE, 1 },
	{ MODE_LONG, 1, true, true, false, false, GUEST_FREE + 4000, 5000 },
	{ MODE_LONG, 2, true, true, false, false, GUEST_FREE + 4094, 3000 },
	{ MODE_LONG, 4, true, true, false, false, GUEST_FREE + 4093, 100 },
	{ MODE_LONG, 1, false, true, false, false, GUEST_FREE + 4000, 5000 },
	{ MODE_LONG, 2, false, true, false, false, GUEST_FREE + 4095, 1000 },
	{ MODE_LONG, 4, false, true, false, false, GUEST_FREE + 2, 2500 },
	{ MODE_LONG, 1, true, true, true, false, GUEST_FREE + 4100, 40 },
	{ MODE_LONG, 4, false, true, true, false, GUEST_FREE + 4104, 40 },
	{ MODE_LONG, 1, true, true, false, true, GUEST_FREE, 300 },
	{ MODE_LONG, 1, false, true, false, true, GUEST_FREE, 300 },
	{ MODE_PROTECTED, 1, false, true, false, false, GUEST_FREE + 4000, 512 },
	{ MODE_PROTECTED, 4, true, true, false, false, GUEST_FREE + 4000, 512 },
	{ MODE_PAGED32, 2, false, true, false, false, GUEST_FREE + 4000, 512 },
	{ MODE_COMPAT, 1, false, true, false, false, GUEST_FREE + 4000, 512 },
	{ MODE_REAL, 1, false, true, false, true, 0xc000, 512 },
	{ MODE_REAL, 2, true, true, false, true, 0xc000, 512 },
};

static void check_string(void)
{
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		one_string(&v, &strings[i]);
}

/* A count of zero is no access at all. */
static void check_string_of_none(void)
{
	struct string s = { MODE_LONG, 1, true, true, false, false, GUEST_FREE, 0 };
	struct vmm v;

	vmm_open(&v, NULL);
	one_string(&v, &s);
	s.out = false;
	one_string(&v, &s);
}

static void check_hlt(void)
{
	unsigned int mode;
	struct vmm v;

	vmm_open(&v, NULL);
	for (mode = 0; mode < VMM_MODES; mode++) {
		struct kvm_regs r = step_regs(mode), got;

		step_code(&v, mode, "\xf4", 1, &r);
		vmm_exit(&v, 0, KVM_EXIT_HLT);
		got = vmm_regs(&v, 0);
		expect(got.rip == r.rip + 1, "%s: RIP %#llx", vmm_mode_name(mode), got.rip);
		/* prefixes count, and a HLT is left behind for good */
		step_code(&v, mode, "\x66\xf3\xf4", 3, &r);
		vmm_exit(&v, 0, KVM_EXIT_HLT);
		got = vmm_regs(&v, 0);
		expect(got.rip == r.rip + 3, "%s: RIP %#llx after prefixes", vmm_mode_name(mode), got.rip);
		got = step_end(&v, mode, 3);
		step_compare("HLT", &got, &r, 0);
	}
}

/* A VMM that sends the vCPU elsewhere at an exit, by a reset, finds it there: nothing is made of the answer. */
static void check_sent_away(void)
{
	struct kvm_regs r = step_regs(MODE_LONG), got;
	struct vmm v;

	vmm_open(&v, NULL);
	r.rdx = PORT;
	v.ram[GUEST_STEP + 0x100] = 0xf4;
	step_code(&v, MODE_LONG, "\xec", 1, &r);			/* in %dx, %al */
	vmm_exit(&v, 0, KVM_EXIT_IO);
	r.rip = GUEST_STEP + 0x100;
	r.rax = 0x1234;
	vmm_set_regs(&v, 0, &r);
	vmm_exit(&v, 0, KVM_EXIT_HLT);
	got = vmm_regs(&v, 0);
	expect(got.rip == r.rip + 1 && got.rax == r.rax, "RIP %#llx, RAX %#llx", got.rip, got.rax);
}

/* A user program with ports of its own cannot have its input written to what is its kernel's. */
static void check_string_of_user(void)
{
	struct kvm_regs r = step_regs(MODE_LONG);
	struct kvm_sregs s;
	struct vmm v;
	int i;

	vmm_open(&v, NULL);
	((uint64_t *)(v.ram + GUEST_PD))[0] &= ~4UL;		/* the first 2 MiB */
	v.ram[GUEST_LOW] = 0xee;
	r.rdx = PORT;
	r.rdi = GUEST_LOW;
	r.rflags |= 3 << 12;
	step_code(&v, MODE_LONG, "\x6c", 1, &r);			/* insb */
	s = vmm_sregs(&v, 0);
	s.cs.dpl = s.ss.dpl = 3;
	s.cs.selector = SEL_USER64;
	s.ss.selector = SEL_USER_DATA;
	vmm_set_sregs(&v, 0, &s);
	for (i = 0; i < 2 && !vmm_run(&v, 0) && v.run[0]->exit_reason == KVM_EXIT_IO; i++)
		memset((uint8_t *)v.run[0] + v.run[0]->io.data_offset, 0x55, 1);
	/* a page fault, and nobody there to take it */
	expect(v.run[0]->exit_reason == KVM_EXIT_SHUTDOWN, "exit %u", v.run[0]->exit_reason);
	expect(v.ram[GUEST_LOW] == 0xee, "%#x is written", v.ram[GUEST_LOW]);
}

static struct kvm_coalesced_mmio_ring *ring_of(struct vmm *v)
{
	return (void *)((uint8_t *)v->run[0] + vmm_cap(v, KVM_CAP_COALESCED_MMIO) * 4096);
}

/* Writes to a zone wait in the ring; a VMM that says that the ring goes on beyond its end gets them at once. */
static void check_ring(void)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = PORT, .size = 4, .pio = 1 };
	struct kvm_coalesced_mmio_ring *ring;
	struct kvm_regs r = step_regs(MODE_LONG);
	struct vmm v;

	vmm_open(&v, NULL);
	ring = ring_of(&v);
	r.rdx = PORT;
	must(v.vm, KVM_REGISTER_COALESCED_MMIO, &zone);
	step_code(&v, MODE_LONG, "\xee", 1, &r);			/* out %al, %dx */
	step_end(&v, MODE_LONG, 1);
	expect(ring->first == 0 && ring->last == 1, "ring from %u to %u", ring->first, ring->last);
	expect(ring->coalesced_mmio[0].phys_addr == PORT && ring->coalesced_mmio[0].len == 1 &&
	       ring->coalesced_mmio[0].data[0] == (r.rax & 0xff), "not what was written");
	ring->last = 0x40000000;
	step_code(&v, MODE_LONG, "\xee", 1, &r);
	vmm_exit(&v, 0, KVM_EXIT_IO);
	step_end(&v, MODE_LONG, 1);
	ring->last = 1;
	must(v.vm, KVM_UNREGISTER_COALESCED_MMIO, &zone);
	step_code(&v, MODE_LONG, "\xee", 1, &r);
	vmm_exit(&v, 0, KVM_EXIT_IO);
	zone.pio = 2;
	expect_result(ioctl(v.vm, KVM_REGISTER_COALESCED_MMIO, &zone), -EINVAL);
}

static const struct check checks[] = {
	{ "simple", check_simple }, { "string", check_string }, { "string-of-none", check_string_of_none },
	{ "hlt", check_hlt }, { "sent-away", check_sent_away }, { "string-of-user", check_string_of_user },
	{ "ring", check_ring }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
