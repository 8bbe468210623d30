// SPDX-License-Identifier: GPL-2.0
/*
 * Machine checks that the VMM has a guest find.
 */
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/mce.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "../vm.h"
#include "bank.h"
#include "svm.h"

#define BANK_COUNT	0xffULL
#define BANK_VENDOR	0xff0000ULL	/* of MCG_CAP: extended registers; there are none, and none is asked for */
#define BANK_ALL	(~0ULL)

enum { BANK_CTL, BANK_STATUS, BANK_ADDR, BANK_MISC };

static unsigned int bank_count(const struct bank *b)
{
	return b->cap & BANK_COUNT;
}

void bank_reset(struct bank *b)
{
	unsigned int i;

	if (!b->cap)
		b->cap = BANK_MAX;
	b->status = 0;
	b->ctl = b->cap & MCG_CTL_P ? BANK_ALL : 0;
	memset(b->reg, 0, sizeof(b->reg));
	for (i = 0; i < bank_count(b); i++)
		b->reg[i][BANK_CTL] = BANK_ALL;
}

int bank_setup(struct x86_vcpu *vcpu, u64 cap)
{
	unsigned int n = cap & BANK_COUNT;

	if (!n || n > BANK_MAX || cap & ~(BANK_SUPPORTED | BANK_COUNT | BANK_VENDOR))
		return -EINVAL;
	vcpu->svm.bank.cap = cap;
	bank_reset(&vcpu->svm.bank);
	return 0;
}

static void bank_fill(u64 *reg, const struct kvm_x86_mce *mce)
{
	u64 over = reg[BANK_STATUS] & MCI_STATUS_VAL ? MCI_STATUS_OVER : 0;

	reg[BANK_ADDR] = mce->addr;
	reg[BANK_MISC] = mce->misc;
	reg[BANK_STATUS] = mce->status | over;
}

/* Nobody hears of what is switched off. */
static void bank_raise_uncorrected(struct x86_vcpu *vcpu, u64 *reg, const struct kvm_x86_mce *mce)
{
	struct bank *b = &vcpu->svm.bank;

	if (((b->cap & MCG_CTL_P) && b->ctl != BANK_ALL) || reg[BANK_CTL] != BANK_ALL)
		return;
	if ((b->status & MCG_STATUS_MCIP) || !(vcpu->svm.vmcb->save.cr4 & X86_CR4_MCE)) {
		vcpu->svm.shutdown = true;
		return;
	}
	bank_fill(reg, mce);
	b->status = mce->mcg_status;
	svm_queue_exception(vcpu, X86_TRAP_MC, false, 0);
}

int bank_raise(struct x86_vcpu *vcpu, const struct kvm_x86_mce *mce)
{
	struct bank *b = &vcpu->svm.bank;
	u64 *reg;

	if (mce->bank >= bank_count(b) || !(mce->status & MCI_STATUS_VAL))
		return -EINVAL;
	reg = b->reg[array_index_nospec(mce->bank, BANK_MAX)];
	if (mce->status & MCI_STATUS_UC)
		bank_raise_uncorrected(vcpu, reg, mce);
	else if ((reg[BANK_STATUS] & (MCI_STATUS_VAL | MCI_STATUS_UC)) == (MCI_STATUS_VAL | MCI_STATUS_UC))
		reg[BANK_STATUS] |= MCI_STATUS_OVER;	/* the worse one stays */
	else
		bank_fill(reg, mce);
	return 0;
}

bool bank_has_msr(u32 index)
{
	return (index >= MSR_IA32_MCG_CAP && index <= MSR_IA32_MCG_CTL) ||
	       (index >= MSR_IA32_MC0_CTL && index < MSR_IA32_MC0_CTL + BANK_MAX * BANK_REGS);
}

static u64 *bank_reg(struct bank *b, u32 index)
{
	u32 n = index - MSR_IA32_MC0_CTL;

	if (index < MSR_IA32_MC0_CTL || n >= bank_count(b) * BANK_REGS)
		return NULL;
	n = array_index_nospec(n, BANK_MAX * BANK_REGS);
	return &b->reg[n / BANK_REGS][n % BANK_REGS];
}

int bank_get_msr(struct x86_vcpu *vcpu, u32 index, u64 *val, bool host)
{
	struct bank *b = &vcpu->svm.bank;
	u64 *reg = bank_reg(b, index);

	switch (index) {
	case MSR_IA32_MCG_CAP:
		*val = b->cap;
		return 0;
	case MSR_IA32_MCG_STATUS:
		*val = b->status;
		return 0;
	case MSR_IA32_MCG_CTL:
		/* a VMM reads all that are listed */
		if (!(b->cap & MCG_CTL_P) && !host)
			return -ENOENT;
		*val = b->ctl;
		return 0;
	}
	if (!reg)
		return -ENOENT;
	*val = *reg;
	return 0;
}

/* A guest switches errors on or off all together, and clears what it has seen. */
static bool bank_fits(u32 index, u64 val)
{
	switch (index % BANK_REGS) {
	case BANK_CTL:
		/* one that AMD's firmware leaves off, and one that Linux does */
		return !val || (val | BIT_ULL(10) | 1) == BANK_ALL;
	case BANK_STATUS:
		return !val;
	default:
		return true;
	}
}

int bank_set_msr(struct x86_vcpu *vcpu, u32 index, u64 val, bool host)
{
	struct bank *b = &vcpu->svm.bank;
	u64 *reg = bank_reg(b, index);

	switch (index) {
	case MSR_IA32_MCG_CAP:
		return host && val == b->cap ? 0 : -EINVAL;
	case MSR_IA32_MCG_STATUS:
		b->status = val;
		return 0;
	case MSR_IA32_MCG_CTL:
		if (!(b->cap & MCG_CTL_P))
			return host && !val ? 0 : -ENOENT;
		if (val && val != BANK_ALL)
			return -EINVAL;
		b->ctl = val;
		return 0;
	}
	if (!reg)
		return -ENOENT;
	if (!host && !bank_fits(index, val))
		return -EINVAL;
	*reg = val;
	return 0;
}
