// SPDX-License-Identifier: GPL-2.0
/*
 * One instruction at a time; see step.h.
 */
#include "step.h"

void insn_byte(struct insn *i, uint8_t byte)
{
	if (i->len == INSN_MAX)
		die("an instruction of more than %u bytes", INSN_MAX);
	i->bytes[i->len++] = byte;
}

void insn_value(struct insn *i, uint64_t val, unsigned int len)
{
	while (len--) {
		insn_byte(i, val);
		val >>= 8;
	}
}

const char *insn_text(const struct insn *i)
{
	static char text[3 * INSN_MAX + 1];
	unsigned int n;

	text[0] = 0;
	for (n = 0; n < i->len; n++)
		sprintf(text + 3 * n, "%02x ", i->bytes[n]);
	if (n)
		text[3 * n - 1] = 0;
	return text;
}

uint64_t step_at(enum vmm_mode mode)
{
	return mode == MODE_REAL ? GUEST_LOW : GUEST_STEP;
}

__u64 *step_reg(struct kvm_regs *r, unsigned int n)
{
	__u64 *const regs[] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n];
}

struct kvm_regs step_regs(enum vmm_mode mode)
{
	struct kvm_regs r = { .rip = step_at(mode), .rflags = 2 };
	unsigned int n;

	for (n = 0; n < 16; n++)
		*step_reg(&r, n) = (mode == MODE_LONG ? 0x8182838400000000ULL : 0) | 0x15263700 | n << 4 | 0x8000 | n;
	r.rsp = mode == MODE_REAL ? GUEST_LOW_END - 16 : GUEST_STEP + 0xf00;
	return r;
}

void step_code(struct vmm *v, enum vmm_mode mode, const void *code, unsigned int len, const struct kvm_regs *r)
{
	uint8_t *at = v->ram + step_at(mode);

	memcpy(at, code, len);
	at[len] = 0xf4;
	vmm_mode(v, 0, mode);
	vmm_set_regs(v, 0, r);
}

struct kvm_regs step_end(struct vmm *v, enum vmm_mode mode, unsigned int len)
{
	struct kvm_regs r;

	vmm_exit(v, 0, KVM_EXIT_HLT);
	r = vmm_regs(v, 0);
	if (r.rip != step_at(mode) + len + 1)
		fail("RIP %#llx after the step, not %#llx", r.rip, (long long)step_at(mode) + len + 1);
	return r;
}

void step_compare(const char *what, const struct kvm_regs *got, const struct kvm_regs *want, uint32_t mask)
{
	struct kvm_regs g = *got, w = *want;
	unsigned int n;

	for (n = 0; n < 16; n++)
		if (!(mask & 1U << n) && *step_reg(&g, n) != *step_reg(&w, n))
			fail("%s: register %u is %#llx, not %#llx", what, n, *step_reg(&g, n), *step_reg(&w, n));
	if (g.rflags != w.rflags)
		fail("%s: RFLAGS %#llx, not %#llx", what, g.rflags, w.rflags);
}
