// SPDX-License-Identifier: GPL-2.0
/*
 * A pair of 8259As (Intel 8259A datasheet, 231468). Names as there: ICW1 to ICW4 initialise,
 * OCW1 to OCW3 are commands afterwards.
 */
#include <linux/bits.h>
#include <linux/string.h>

#include "pic.h"

#define PORT_FIRST	0x20
#define PORT_SECOND	0xa0
#define PORT_ELCR	0x4d0

#define CASCADE		2	/* pin of the first where the second is */
#define SPURIOUS	7

#define ICW1		BIT(4)
#define ICW1_ICW4	BIT(0)
#define ICW4_AUTO_EOI	BIT(1)
#define ICW4_NESTED	BIT(4)	/* special fully nested mode */
#define OCW3		BIT(3)
#define OCW3_READ_ISR	BIT(0)
#define OCW3_READ	BIT(1)
#define OCW3_POLL	BIT(2)
#define OCW3_SPECIAL	BIT(5)
#define OCW3_SET_SPECIAL BIT(6)

/* OCW2's upper three bits. */
enum ocw2 {
	OCW2_ROTATE_AUTO_OFF, OCW2_EOI, OCW2_NOTHING, OCW2_EOI_PIN, OCW2_ROTATE_AUTO_ON,
	OCW2_ROTATE_EOI, OCW2_SET_PRIORITY, OCW2_ROTATE_EOI_PIN,
};

/* ICWs that are awaited; init_state. */
enum { INIT_DONE, INIT_ICW2, INIT_ICW3, INIT_ICW4 };

/* How urgent the most urgent of these pins is: 0 to 7; 8: there is none. */
static unsigned int priority(const struct kvm_pic_state *s, u8 pins)
{
	unsigned int p;

	for (p = 0; p < 8; p++)
		if (pins & BIT((p + s->priority_add) & 7))
			break;
	return p;
}

/* The pin that goes to the CPU; -1: none. */
static int asks(const struct kvm_pic_state *s, bool first)
{
	unsigned int p = priority(s, s->irr & ~s->imr);
	u8 service = s->isr;

	if (p == 8)
		return -1;
	if (s->special_mask)
		service &= ~s->imr;
	/* the second one orders its own */
	if (s->special_fully_nested_mode && first)
		service &= ~BIT(CASCADE);
	return p < priority(s, service) ? (int)((p + s->priority_add) & 7) : -1;
}

static int set_half(struct kvm_pic_state *s, unsigned int pin, bool level)
{
	u8 bit = BIT(pin), was = s->irr;

	if (s->elcr & bit) {
		s->irr = level ? s->irr | bit : s->irr & ~bit;
		s->last_irr = level ? s->last_irr | bit : s->last_irr & ~bit;
	} else if (level) {
		if (!(s->last_irr & bit))
			s->irr |= bit;
		s->last_irr |= bit;
	} else {
		s->last_irr &= ~bit;
	}
	if (s->imr & bit)
		return -1;
	return (s->irr & ~was & bit) ? 1 : 0;
}

/* What the second one asks for is a level at the first one's pin. */
static void cascade(struct pic *p)
{
	struct kvm_pic_state *s = &p->half[0];

	if (asks(&p->half[1], false) >= 0) {
		s->irr |= BIT(CASCADE);
		s->last_irr |= BIT(CASCADE);
	} else {
		s->irr &= ~BIT(CASCADE);
		s->last_irr &= ~BIT(CASCADE);
	}
}

int pic_set(struct pic *p, unsigned int pin, bool level)
{
	int ret = set_half(&p->half[pin >> 3], pin & 7, level);

	cascade(p);
	return ret;
}

bool pic_asks(const struct pic *p)
{
	return asks(&p->half[0], true) >= 0;
}

static void end(struct pic *p, unsigned int which, unsigned int pin)
{
	p->half[which].isr &= ~BIT(pin);
	p->ended |= BIT(which * 8 + pin);
}

static void take(struct pic *p, unsigned int which, unsigned int pin)
{
	struct kvm_pic_state *s = &p->half[which];

	s->isr |= BIT(pin);
	/* a level asks for as long as it is there */
	if (!(s->elcr & BIT(pin)))
		s->irr &= ~BIT(pin);
	if (!s->auto_eoi)
		return;
	if (s->rotate_on_auto_eoi)
		s->priority_add = (pin + 1) & 7;
	end(p, which, pin);
}

static u8 acknowledge_half(struct pic *p, unsigned int which)
{
	int pin = asks(&p->half[which], which == 0);

	if (pin < 0)
		pin = SPURIOUS;
	else
		take(p, which, pin);
	return p->half[which].irq_base + pin;
}

u8 pic_acknowledge(struct pic *p)
{
	int pin = asks(&p->half[0], true);
	u8 vector = acknowledge_half(p, 0);

	if (pin == CASCADE)
		vector = acknowledge_half(p, 1);
	cascade(p);
	return vector;
}

static void reset_half(struct kvm_pic_state *s)
{
	/* where edges are told from levels is the chipset's */
	u8 elcr = s->elcr, mask = s->elcr_mask, lines = s->last_irr;

	memset(s, 0, sizeof(*s));
	s->elcr = elcr;
	s->elcr_mask = mask;
	s->last_irr = lines;
	s->irr = lines & elcr;
}

void pic_reset(struct pic *p)
{
	memset(p, 0, sizeof(*p));
	p->half[0].elcr_mask = 0xf8;	/* timer, keyboard and cascade are edges */
	p->half[1].elcr_mask = 0xde;	/* clock and FPU, too */
}

static void ocw2(struct pic *p, unsigned int which, u8 val)
{
	struct kvm_pic_state *s = &p->half[which];
	unsigned int urgent = priority(s, s->isr), pin = val & 7;

	switch (val >> 5) {
	case OCW2_ROTATE_AUTO_OFF:
	case OCW2_ROTATE_AUTO_ON:
		s->rotate_on_auto_eoi = val >> 7;
		break;
	case OCW2_EOI:
	case OCW2_ROTATE_EOI:
		if (urgent == 8)
			break;
		pin = (urgent + s->priority_add) & 7;
		if (val >> 5 == OCW2_ROTATE_EOI)
			s->priority_add = (pin + 1) & 7;
		end(p, which, pin);
		break;
	case OCW2_EOI_PIN:
		end(p, which, pin);
		break;
	case OCW2_SET_PRIORITY:
		s->priority_add = (pin + 1) & 7;
		break;
	case OCW2_ROTATE_EOI_PIN:
		s->priority_add = (pin + 1) & 7;
		end(p, which, pin);
		break;
	}
}

static void ocw3(struct kvm_pic_state *s, u8 val)
{
	if (val & OCW3_POLL)
		s->poll = 1;
	if (val & OCW3_READ)
		s->read_reg_select = val & OCW3_READ_ISR;
	if (val & OCW3_SET_SPECIAL)
		s->special_mask = !!(val & OCW3_SPECIAL);
}

static void write_command(struct pic *p, unsigned int which, u8 val)
{
	struct kvm_pic_state *s = &p->half[which];

	if (val & ICW1) {
		reset_half(s);
		s->init4 = val & ICW1_ICW4;
		s->init_state = INIT_ICW2;
	} else if (val & OCW3) {
		ocw3(s, val);
	} else {
		ocw2(p, which, val);
	}
}

static void write_data(struct kvm_pic_state *s, u8 val)
{
	switch (s->init_state) {
	case INIT_DONE:
		s->imr = val;
		break;
	case INIT_ICW2:
		s->irq_base = val & 0xf8;
		s->init_state = INIT_ICW3;
		break;
	case INIT_ICW3:
		/* the wires are what they are */
		s->init_state = s->init4 ? INIT_ICW4 : INIT_DONE;
		break;
	default:
		s->special_fully_nested_mode = !!(val & ICW4_NESTED);
		s->auto_eoi = !!(val & ICW4_AUTO_EOI);
		s->init_state = INIT_DONE;
	}
}

bool pic_has_port(u16 port)
{
	return (port & ~1) == PORT_FIRST || (port & ~1) == PORT_SECOND || (port & ~1) == PORT_ELCR;
}

void pic_write(struct pic *p, u16 port, u8 val)
{
	unsigned int which = (port & ~1) == PORT_SECOND;

	if ((port & ~1) == PORT_ELCR)
		p->half[port & 1].elcr = val & p->half[port & 1].elcr_mask;
	else if (port & 1)
		write_data(&p->half[which], val);
	else
		write_command(p, which, val);
	cascade(p);
}

/* A poll is an acknowledgment by software. */
static u8 poll(struct pic *p, unsigned int which)
{
	int pin = asks(&p->half[which], which == 0);

	p->half[which].poll = 0;
	if (pin < 0)
		return SPURIOUS;
	take(p, which, pin);
	cascade(p);
	return BIT(7) | pin;
}

u8 pic_read(struct pic *p, u16 port)
{
	unsigned int which = (port & ~1) == PORT_SECOND;
	const struct kvm_pic_state *s = &p->half[which];

	if ((port & ~1) == PORT_ELCR)
		return p->half[port & 1].elcr;
	if (s->poll)
		return poll(p, which);
	if (port & 1)
		return s->imr;
	return s->read_reg_select ? s->isr : s->irr;
}

void pic_set_state(struct pic *p, unsigned int which, const struct kvm_pic_state *state)
{
	struct kvm_pic_state *s = &p->half[which];
	u8 mask = s->elcr_mask;

	*s = *state;
	s->elcr_mask = mask;
	s->elcr &= mask;
	s->priority_add &= 7;
	s->init_state &= INIT_ICW4;
	cascade(p);
}
