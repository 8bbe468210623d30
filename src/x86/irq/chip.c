// SPDX-License-Identifier: GPL-2.0
/*
 * I/O APIC and PIC of a VM, and what GSIs lead to. Pins are numbered through: the PIC's 16
 * first, then the I/O APIC's.
 */
#include <linux/bits.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../../vm/irqchip.h"
#include "../../vm/irqfd.h"
#include "../../vm/routing.h"
#include "../vm.h"
#include "bus.h"
#include "chip.h"
#include "ioapic.h"
#include "pic.h"

#define CHIP_PINS	(PIC_PINS + IOAPIC_PINS)
#define CHIP_EVENT	U32_MAX		/* no message's address: a Xen guest's event, its vCPU above, its port as data */

/*
 * Who drives a pin: its level is that of any. A level that was restored is nobody's: it lasts until
 * somebody drives the pin, or, where an irqfd waits for that, the interrupt's end.
 */
enum chip_source { CHIP_VMM, CHIP_IRQFD, CHIP_RESTORED, CHIP_SOURCES };

/**
 * struct chip - interrupt controllers in the kernel, beside local APICs
 * @vm: whose
 * @lock: all of it; taken in any context
 * @ioapic: the I/O APIC
 * @pic: the PIC
 * @lines: pins that a source drives
 * @heard: pins whose ends irqfds wait for
 * @asks: the PIC has an interrupt; written under @lock
 */
struct chip {
	struct x86_vm *vm;
	raw_spinlock_t lock;
	struct ioapic ioapic;
	struct pic pic;
	u64 lines[CHIP_SOURCES];
	u64 heard;
	bool asks;
};

/* Whoever listens to the PIC looks again. */
static void chip_pic_moved(struct chip *c)
{
	bool asks = pic_asks(&c->pic);
	struct vcpu *vcpu;
	unsigned int i;

	WRITE_ONCE(c->asks, asks);
	if (!asks)
		return;
	vm_for_each_vcpu(&c->vm->base, i, vcpu)
		if (lapic_takes_extint(&to_x86_vcpu(vcpu)->intc.lapic))
			vcpu_request(vcpu, VCPU_REQ_IRQ);
}

static int chip_apply(struct chip *c, u32 pin)
{
	bool level = (c->lines[CHIP_VMM] | c->lines[CHIP_IRQFD] | c->lines[CHIP_RESTORED]) & BIT_ULL(pin);
	int ret;

	if (pin >= PIC_PINS)
		return ioapic_set(&c->ioapic, pin - PIC_PINS, level);
	ret = pic_set(&c->pic, pin, level);
	chip_pic_moved(c);
	return ret;
}

static int chip_set(struct x86_vm *vm, u32 pin, enum chip_source source, bool level)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;
	int ret;

	raw_spin_lock_irqsave(&c->lock, flags);
	if (level)
		c->lines[source] |= BIT_ULL(pin);
	else
		c->lines[source] &= ~BIT_ULL(pin);
	c->lines[CHIP_RESTORED] &= ~BIT_ULL(pin);
	ret = chip_apply(c, pin);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return ret;
}

static bool chip_ready(const struct vm *vm)
{
	return true;
}

static void chip_set_line(struct vm *vm, u32 pin, bool level)
{
	chip_set(to_x86_vm(vm), pin, CHIP_IRQFD, level);
}

static void chip_pulse(struct vm *vm, u32 pin)
{
	chip_set(to_x86_vm(vm), pin, CHIP_VMM, true);
	chip_set(to_x86_vm(vm), pin, CHIP_VMM, false);
}

static void chip_listen(struct vm *vm, u32 pin, bool on)
{
	struct chip *c = to_x86_vm(vm)->irq.chip;
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	c->heard = on ? c->heard | BIT_ULL(pin) : c->heard & ~BIT_ULL(pin);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static int chip_pin(const struct vm *vm, u32 chip, u32 pin)
{
	switch (chip) {
	case KVM_IRQCHIP_PIC_MASTER:
		return pin < 8 ? pin : -EINVAL;
	case KVM_IRQCHIP_PIC_SLAVE:
		return pin < 8 ? pin + 8 : -EINVAL;
	case KVM_IRQCHIP_IOAPIC:
		return pin < IOAPIC_PINS ? pin + PIC_PINS : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* An address that is no interrupt's may stand in a route that is not used. */
static bool chip_message_fits(const struct vm *vm, const struct irqchip_message *m)
{
	const struct x86_vm *x = container_of_const(vm, struct x86_vm, base);

	if ((u32)m->address == CHIP_EVENT)
		return false;
	return !m->has_device && (!x->irq.wide_ids || !(m->address >> 32 & 0xff));
}

static int chip_send(struct x86_vm *vm, u64 address, u32 data)
{
	if ((u32)address == CHIP_EVENT)
		return event_send(vm, address >> 32, data);
	return bus_msi(vm, address, data);
}

static void chip_message(struct vm *vm, const struct irqchip_message *m)
{
	chip_send(to_x86_vm(vm), m->address, m->data);
}

/* An event of a Xen guest's. */
static int chip_other(struct vm *vm, const struct kvm_irq_routing_entry *e,
		      struct irqchip_message *m)
{
	if (e->type != KVM_IRQ_ROUTING_XEN_EVTCHN || !event_route_fits(to_x86_vm(vm), &e->u.xen_evtchn) ||
	    !vm_vcpu_by_id(vm, e->u.xen_evtchn.vcpu))
		return -EINVAL;
	m->address = (u64)e->u.xen_evtchn.vcpu << 32 | CHIP_EVENT;
	m->data = e->u.xen_evtchn.port;
	return 0;
}

static const struct irqchip_ops chip_ops = {
	.pins = CHIP_PINS,
	.pin = chip_pin,
	.ready = chip_ready,
	.set_line = chip_set_line,
	.pulse = chip_pulse,
	.listen = chip_listen,
	.message_fits = chip_message_fits,
	.message = chip_message,
	.other = chip_other,
};

static int chip_no_pin(const struct vm *vm, u32 chip, u32 pin)
{
	return -EINVAL;
}

/* The pins are the VMM's own. */
static const struct irqchip_ops chip_split_ops = {
	.pin = chip_no_pin,
	.ready = chip_ready,
	.message_fits = chip_message_fits,
	.message = chip_message,
	.other = chip_other,
};

static int chip_deliver(struct ioapic *io, const struct lapic_message *m)
{
	return bus_send(container_of(io, struct chip, ioapic)->vm, NULL, m);
}

/* GSI n is pin n of the I/O APIC, and of the PIC if it has that many. */
static int chip_route(struct x86_vm *vm)
{
	struct kvm_irq_routing_entry *e = kcalloc(CHIP_PINS, sizeof(*e), GFP_KERNEL_ACCOUNT);
	unsigned int pin;
	int ret;

	if (!e)
		return -ENOMEM;
	for (pin = 0; pin < CHIP_PINS; pin++) {
		e[pin].type = KVM_IRQ_ROUTING_IRQCHIP;
		if (pin < PIC_PINS) {
			e[pin].gsi = pin;
			e[pin].u.irqchip.irqchip = pin < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE;
			e[pin].u.irqchip.pin = pin & 7;
		} else {
			e[pin].gsi = pin - PIC_PINS;
			e[pin].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
			e[pin].u.irqchip.pin = pin - PIC_PINS;
		}
	}
	ret = routing_set(&vm->base, e, CHIP_PINS);
	kfree(e);
	return ret;
}

static int chip_create_all(struct x86_vm *vm)
{
	struct chip *c;

	/* left behind where there was no room for routes: irqfds may know it by now */
	if (vm->irq.chip)
		return chip_route(vm);
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->vm = vm;
	c->ioapic.deliver = chip_deliver;
	raw_spin_lock_init(&c->lock);
	ioapic_reset(&c->ioapic);
	pic_reset(&c->pic);
	vm->irq.chip = c;
	/* who finds the operations finds what they work on */
	smp_store_release(&vm->base.irqchip, &chip_ops);
	return chip_route(vm);
}

int chip_create(struct x86_vm *vm, int kind)
{
	int ret;

	lockdep_assert_held(&vm->base.lock);
	if (kind == IRQ_KERNEL) {
		ret = chip_create_all(vm);
	} else {
		/* once one that has all was begun, it stays that */
		ret = vm->irq.chip ? -EEXIST : routing_set(&vm->base, NULL, 0);
		if (!ret)
			WRITE_ONCE(vm->base.irqchip, &chip_split_ops);
	}
	if (!ret)
		WRITE_ONCE(vm->irq.kind, kind);
	return ret;
}

void chip_destroy(struct x86_vm *vm)
{
	kfree(vm->irq.chip);
}

/**
 * struct chip_gsi - a GSI that is set
 * @level: its level
 * @taken: as chip_set_gsi() returns it
 */
struct chip_gsi {
	bool level;
	int taken;
};

static void chip_set_target(struct vm *vm, const struct routing_target *t, void *data)
{
	struct chip_gsi *g = data;
	int taken;

	if (t->pin != ROUTING_MESSAGE)
		taken = chip_set(to_x86_vm(vm), t->pin, CHIP_VMM, g->level);
	else
		taken = g->level ? chip_send(to_x86_vm(vm), t->message.address, t->message.data) : -1;
	if (taken >= 0)
		g->taken = max(g->taken, 0) + taken;
}

int chip_set_gsi(struct x86_vm *vm, u32 gsi, bool level)
{
	struct chip_gsi g = { .level = level, .taken = -1 };

	routing_each(&vm->base, gsi, chip_set_target, &g);
	return g.taken;
}

bool chip_asks(const struct x86_vm *vm)
{
	return vm->irq.chip && READ_ONCE(vm->irq.chip->asks);
}

/* Pins have ended: who drives them by an irqfd asks again if he wants more. */
static u64 chip_let_fall(struct chip *c, u64 ended)
{
	lockdep_assert_held(&c->lock);
	ended &= c->heard;
	c->lines[CHIP_IRQFD] &= ~ended;
	c->lines[CHIP_RESTORED] &= ~ended;
	return ended;
}

static void chip_tell(struct x86_vm *vm, u64 ended)
{
	for (; ended; ended &= ended - 1)
		irqfd_on_eoi(&vm->base, __ffs64(ended));
}

/* What the PIC has ended since the last look. */
static u64 chip_pic_ended(struct chip *c)
{
	u64 ended = chip_let_fall(c, c->pic.ended), rest;

	c->pic.ended = 0;
	for (rest = ended; rest; rest &= rest - 1)
		chip_apply(c, __ffs64(rest));
	chip_pic_moved(c);
	return ended;
}

u8 chip_acknowledge(struct x86_vm *vm)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;
	u64 ended;
	u8 vector;

	raw_spin_lock_irqsave(&c->lock, flags);
	vector = pic_acknowledge(&c->pic);
	ended = chip_pic_ended(c);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	chip_tell(vm, ended);
	return vector;
}

void chip_ended(struct x86_vm *vm, u8 vector)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;
	u64 ended, fallen, rest;

	raw_spin_lock_irqsave(&c->lock, flags);
	ended = (u64)ioapic_end(&c->ioapic, vector) << PIC_PINS;
	fallen = chip_let_fall(c, ended);
	for (rest = fallen; rest; rest &= rest - 1)
		chip_apply(c, __ffs64(rest));
	ioapic_again(&c->ioapic, ended >> PIC_PINS);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	chip_tell(vm, fallen);
}

bool chip_mmio(struct x86_vm *vm, u64 gpa, unsigned int len, u64 *data, bool write)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;

	if (!c || gpa < IOAPIC_BASE || gpa >= IOAPIC_BASE + IOAPIC_SIZE)
		return false;
	raw_spin_lock_irqsave(&c->lock, flags);
	if (write)
		ioapic_write(&c->ioapic, gpa - IOAPIC_BASE, *data);
	else
		*data = ioapic_read(&c->ioapic, gpa - IOAPIC_BASE);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return true;
}

bool chip_port(struct x86_vm *vm, u16 port, unsigned int len, u32 *data, bool write)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;
	u64 ended;

	if (!c || len != 1 || !pic_has_port(port))
		return false;
	raw_spin_lock_irqsave(&c->lock, flags);
	if (write)
		pic_write(&c->pic, port, *data);
	else
		*data = pic_read(&c->pic, port);
	ended = chip_pic_ended(c);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	chip_tell(vm, ended);
	return true;
}

static void chip_copy_out(struct chip *c, struct kvm_irqchip *state)
{
	struct kvm_ioapic_state *io = &state->chip.ioapic;
	unsigned int pin;

	memset(&state->chip, 0, sizeof(state->chip));
	if (state->chip_id != KVM_IRQCHIP_IOAPIC) {
		state->chip.pic = c->pic.half[state->chip_id];
		return;
	}
	io->base_address = IOAPIC_BASE;
	io->ioregsel = c->ioapic.select;
	io->id = c->ioapic.id;
	io->irr = c->ioapic.lines;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		io->redirtbl[pin].bits = c->ioapic.entry[pin];
}

int chip_get_state(struct x86_vm *vm, struct kvm_irqchip *state)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;

	if (!c)
		return -ENXIO;
	if (state->chip_id > KVM_IRQCHIP_IOAPIC)
		return -EINVAL;
	raw_spin_lock_irqsave(&c->lock, flags);
	chip_copy_out(c, state);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return 0;
}

static void chip_copy_in(struct chip *c, const struct kvm_irqchip *state)
{
	const struct kvm_ioapic_state *io = &state->chip.ioapic;
	const u32 all = BIT(IOAPIC_PINS) - 1;
	unsigned int pin;

	if (state->chip_id != KVM_IRQCHIP_IOAPIC) {
		pic_set_state(&c->pic, state->chip_id, &state->chip.pic);
		chip_pic_moved(c);
		return;
	}
	c->ioapic.select = io->ioregsel;
	c->ioapic.id = io->id & 0xf;
	c->ioapic.lines = io->irr & all;
	c->lines[CHIP_VMM] &= ~((u64)all << PIC_PINS);
	c->lines[CHIP_RESTORED] &= ~((u64)all << PIC_PINS);
	c->lines[CHIP_RESTORED] |= (u64)c->ioapic.lines << PIC_PINS;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic_set_entry(&c->ioapic, pin, io->redirtbl[pin].bits);
	ioapic_again(&c->ioapic, all);
}

int chip_set_state(struct x86_vm *vm, const struct kvm_irqchip *state)
{
	struct chip *c = vm->irq.chip;
	unsigned long flags;

	if (!c)
		return -ENXIO;
	if (state->chip_id > KVM_IRQCHIP_IOAPIC)
		return -EINVAL;
	raw_spin_lock_irqsave(&c->lock, flags);
	chip_copy_in(c, state);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return 0;
}
