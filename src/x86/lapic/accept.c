// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts with a vector: they wait in IRR, are in service in ISR, and end. TMR says
 * who wants to hear of the end.
 */
#include "regs.h"

/* TMR first: who finds the bit in IRR finds its kind. */
static int put(struct lapic *a, u8 vector, bool level)
{
	if (level)
		set_bit(vector & 31, vector_word(a, REG_TMR, vector));
	else
		clear_bit(vector & 31, vector_word(a, REG_TMR, vector));
	if (test_and_set_bit(vector & 31, vector_word(a, REG_IRR, vector)))
		return 0;
	a->ops->kick(a);
	return 1;
}

int lapic_accept(struct lapic *a, u8 vector, bool level)
{
	if (!lapic_software_on(a))
		return -1;
	if (vector < 16) {
		lapic_error(a, LAPIC_ERR_RECEIVE_VECTOR);
		return -1;
	}
	return put(a, vector, level);
}

/* Its own interrupt with a bad vector is an error that nobody hears of. */
void lapic_error(struct lapic *a, unsigned int bit)
{
	u32 lvt = reg(a, reg_lvt(LAPIC_ERROR));

	if (test_and_set_bit(bit, &a->errors) || !lapic_software_on(a) || (lvt & LVT_MASKED))
		return;
	if ((lvt & LVT_VECTOR) >= 16)
		put(a, lvt & LVT_VECTOR, false);
	else
		set_bit(LAPIC_ERR_RECEIVE_VECTOR, &a->errors);
}

/* A vector's class; that of none is below all. */
static int class_of(int vector)
{
	return vector < 0 ? 0 : vector >> 4;
}

u8 lapic_ppr(const struct lapic *a)
{
	u32 tpr = reg(a, REG_TPR);
	int isr = class_of(vector_highest(a, REG_ISR));

	return tpr >> 4 >= isr ? tpr : isr << 4;
}

u8 lapic_arbitration(const struct lapic *a)
{
	u32 tpr = reg(a, REG_TPR);
	int isr = class_of(vector_highest(a, REG_ISR)), irr = class_of(vector_highest(a, REG_IRR));
	int class = tpr >> 4;

	if (class >= irr && class > isr)
		return tpr;
	class &= isr;
	return (class > irr ? class : irr) << 4;
}

int lapic_waiting(const struct lapic *a)
{
	return lapic_is_on(a) ? vector_highest(a, REG_IRR) : -1;
}

int lapic_pending(const struct lapic *a)
{
	int vector = lapic_waiting(a);

	if (vector < 0)
		return -1;
	return class_of(vector) > lapic_ppr(a) >> 4 ? vector : -1;
}

int lapic_acknowledge(struct lapic *a)
{
	int vector = lapic_pending(a);

	if (vector < 0)
		return -1;
	/* never in neither */
	__set_bit(vector & 31, vector_word(a, REG_ISR, vector));
	clear_bit(vector & 31, vector_word(a, REG_IRR, vector));
	return vector;
}

void lapic_eoi(struct lapic *a)
{
	int vector = vector_highest(a, REG_ISR);

	if (vector < 0)
		return;
	__clear_bit(vector & 31, vector_word(a, REG_ISR, vector));
	if (vector_is_set(a, REG_TMR, vector))
		a->ops->eoi(a, vector);
}

bool lapic_eoi_may_wait(const struct lapic *a)
{
	int vector = vector_highest(a, REG_ISR);

	return lapic_is_on(a) && vector >= 0 && !vector_is_set(a, REG_TMR, vector) && vector_highest(a, REG_IRR) < 0;
}

int lapic_in_service(const struct lapic *a)
{
	return vector_highest(a, REG_ISR);
}

u8 lapic_tpr(const struct lapic *a)
{
	return reg(a, REG_TPR);
}

void lapic_set_tpr(struct lapic *a, u8 val)
{
	set_reg(a, REG_TPR, val);
}

u8 lapic_cr8(const struct lapic *a)
{
	return reg(a, REG_TPR) >> 4;
}

void lapic_set_cr8(struct lapic *a, u8 val)
{
	set_reg(a, REG_TPR, (val & 15) << 4);
}
