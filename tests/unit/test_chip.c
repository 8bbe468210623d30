// SPDX-License-Identifier: GPL-2.0
/*
 * I/O APIC and PIC of a VM, between the VMM's GSIs and the two: pins that several drive, ends that fall, what each
 * structure of state is copied from and to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>

#ifndef KVM_IRQ_ROUTING_XEN_EVTCHN
#define KVM_IRQ_ROUTING_XEN_EVTCHN	5
#endif

#include "../../model/shim/unit.h"
#include "../../src/x86/irq/chip.c"

static struct x86_vm vm;
static struct x86_vcpu vcpus[2];
static unsigned int nr_vcpus, listens;		/* who takes the PIC's interrupts: a bit each */
static unsigned int kicked;
static bool asks, event_fits;
static int answer, routing_ret;
static char log[256];
static struct { unsigned int pin; bool level; } set_at[4];
static unsigned int nr_set;
static u64 told;
static u32 again, ended_pins;
static struct { u64 address; u32 data; } msi;
static struct { u32 id, port; } event;
static struct kvm_irq_routing_entry routes[64];
static unsigned int nr_routes;
static struct routing_target targets[3];
static unsigned int nr_targets;
static struct { u32 offset, val; u16 port; } touched;
static struct kvm_pic_state pic_given;
static unsigned int pic_which;
static u64 entries[IOAPIC_PINS];
static const struct lapic_message *sent;

static void note(const char *what)
{
	strcat(log, what);
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	log[0] = 0;
	nr_set = 0;
}

static void under_lock(void)
{
	assert_false(raw_spin_trylock(&vm.irq.chip->lock));
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx < nr_vcpus ? &vcpus[idx].base : NULL;
}

struct vcpu *vm_vcpu_by_id(struct vm *v, unsigned int id)
{
	return id == 77 ? &vcpus[0].base : NULL;
}

void vcpu_request(struct vcpu *v, unsigned int req)
{
	assert_int_equal(req, VCPU_REQ_IRQ);
	kicked |= v == &vcpus[0].base ? 1 : 2;
}

bool lapic_takes_extint(const struct lapic *a)
{
	return listens & (a == &vcpus[0].intc.lapic ? 1 : 2);
}

void ioapic_reset(struct ioapic *io)
{
	note("i0 ");
}

int ioapic_set(struct ioapic *io, unsigned int pin, bool level)
{
	under_lock();
	assert_ptr_equal(io, &vm.irq.chip->ioapic);
	set_at[nr_set & 3].pin = pin;
	set_at[nr_set++ & 3].level = level;
	note("i");
	return answer;
}

u32 ioapic_end(struct ioapic *io, u8 vector)
{
	under_lock();
	assert_int_equal(vector, 0x42);
	note("e");
	return ended_pins;
}

void ioapic_again(struct ioapic *io, u32 pins)
{
	under_lock();
	again = pins;
	note("a");
}

u32 ioapic_read(const struct ioapic *io, u32 offset)
{
	under_lock();
	touched.offset = offset;
	return 0x55667788;
}

void ioapic_write(struct ioapic *io, u32 offset, u32 val)
{
	under_lock();
	touched.offset = offset;
	touched.val = val;
}

void ioapic_set_entry(struct ioapic *io, unsigned int pin, u64 val)
{
	under_lock();
	entries[pin] = val;
}

void pic_reset(struct pic *p)
{
	note("p0 ");
}

int pic_set(struct pic *p, unsigned int pin, bool level)
{
	under_lock();
	assert_ptr_equal(p, &vm.irq.chip->pic);
	set_at[nr_set & 3].pin = pin + 100;
	set_at[nr_set++ & 3].level = level;
	note("p");
	return answer;
}

bool pic_asks(const struct pic *p)
{
	return asks;
}

u8 pic_acknowledge(struct pic *p)
{
	under_lock();
	note("k");
	return 0x33;
}

bool pic_has_port(u16 port)
{
	return port == 0x20;
}

u8 pic_read(struct pic *p, u16 port)
{
	under_lock();
	touched.port = port;
	return 0x99;
}

void pic_write(struct pic *p, u16 port, u8 val)
{
	under_lock();
	touched.port = port;
	touched.val = val;
}

void pic_set_state(struct pic *p, unsigned int which, const struct kvm_pic_state *state)
{
	under_lock();
	pic_which = which;
	pic_given = *state;
	note("s");
}

void irqfd_on_eoi(struct vm *v, u32 pin)
{
	/* they may raise it at once */
	raw_spin_lock(&vm.irq.chip->lock);
	raw_spin_unlock(&vm.irq.chip->lock);
	told |= BIT_ULL(pin);
}

int bus_send(struct x86_vm *v, struct lapic *from, const struct lapic_message *m)
{
	assert_ptr_equal(v, &vm);
	assert_null(from);
	sent = m;
	return 5;
}

int bus_msi(struct x86_vm *v, u64 address, u32 data)
{
	msi.address = address;
	msi.data = data;
	note("m");
	return answer;
}

int event_send(struct x86_vm *v, u32 id, u32 port)
{
	event.id = id;
	event.port = port;
	note("x");
	return answer;
}

bool event_route_fits(const struct x86_vm *v, const struct kvm_irq_routing_xen_evtchn *e)
{
	return event_fits;
}

int routing_set(struct vm *v, const struct kvm_irq_routing_entry *e, u32 n)
{
	nr_routes = n;
	if (n)
		memcpy(routes, e, n * sizeof(*e));
	return routing_ret;
}

bool routing_each(struct vm *v, u32 gsi, void (*fn)(struct vm *vm, const struct routing_target *t, void *data), void *data)
{
	unsigned int i;

	assert_int_equal(gsi, 9);
	for (i = 0; i < nr_targets; i++)
		fn(v, &targets[i], data);
	return nr_targets;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	mutex_init(&vm.base.lock);
	nr_vcpus = vm.base.nr_vcpus = 2;
	listens = kicked = nr_set = nr_targets = 0;
	asks = event_fits = false;
	answer = 1;
	routing_ret = 0;
	told = again = ended_pins = 0;
	mutex_lock(&vm.base.lock);
	assert_int_equal(chip_create(&vm, IRQ_KERNEL), 0);
	log[0] = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mutex_unlock(&vm.base.lock);
	chip_destroy(&vm);
	vm.irq.chip = NULL;
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

#define ops	(vm.base.irqchip)

/* GSI n leads to pin n of both, as long as there is one; without memory nothing is there, and it can be tried again. */
static void creates(void **state)
{
	unsigned int i, pic = 0, io = 0;

	(void)state;
	assert_int_equal(vm.irq.kind, IRQ_KERNEL);
	assert_int_equal(nr_routes, 40);
	for (i = 0; i < nr_routes; i++) {
		const struct kvm_irq_routing_entry *e = &routes[i];

		assert_int_equal(e->type, KVM_IRQ_ROUTING_IRQCHIP);
		if (e->u.irqchip.irqchip == KVM_IRQCHIP_IOAPIC) {
			io++;
			assert_int_equal(e->gsi, e->u.irqchip.pin);
		} else {
			pic++;
			assert_int_equal(e->gsi, e->u.irqchip.pin + (e->u.irqchip.irqchip == KVM_IRQCHIP_PIC_SLAVE ? 8 : 0));
			assert_true(e->u.irqchip.pin < 8);
		}
	}
	assert_int_equal(pic, 16);
	assert_int_equal(io, 24);
	assert_int_equal(ops->pins, 40);
	assert_true(ops->ready(&vm.base));
	assert_int_equal(vm.irq.chip->ioapic.deliver(&vm.irq.chip->ioapic, (void *)&vm), 5);
	assert_ptr_equal(sent, &vm);
	chip_destroy(&vm);
	memset(&vm.irq, 0, sizeof(vm.irq));
	shim_fail_alloc(1);
	assert_int_equal(chip_create(&vm, IRQ_KERNEL), -ENOMEM);
	assert_null(vm.irq.chip);
	assert_int_equal(vm.irq.kind, IRQ_VMM);
	shim_fail_alloc(2);
	assert_int_equal(chip_create(&vm, IRQ_KERNEL), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(vm.irq.kind, IRQ_VMM);
	assert_non_null(vm.irq.chip);
	assert_int_equal(chip_create(&vm, IRQ_SPLIT), -EEXIST);
	assert_int_equal(chip_create(&vm, IRQ_KERNEL), 0);
	expect("i0 p0 ");
}

/* The VMM's own pins are no pins here; its messages are. */
static void split(void **state)
{
	struct irqchip_message m = { .address = 0xfee00000 };

	(void)state;
	chip_destroy(&vm);
	memset(&vm.irq, 0, sizeof(vm.irq));
	routing_ret = -ENOMEM;
	vm.base.irqchip = NULL;
	assert_int_equal(chip_create(&vm, IRQ_SPLIT), -ENOMEM);
	assert_null(vm.base.irqchip);
	assert_int_equal(vm.irq.kind, IRQ_VMM);
	routing_ret = 0;
	assert_int_equal(chip_create(&vm, IRQ_SPLIT), 0);
	assert_int_equal(vm.irq.kind, IRQ_SPLIT);
	assert_int_equal(nr_routes, 0);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_IOAPIC, 0), -EINVAL);
	assert_int_equal(ops->pins, 0);
	assert_true(ops->message_fits(&vm.base, &m));
	ops->message(&vm.base, &m);
	assert_int_equal(msi.address, 0xfee00000);
	assert_false(chip_asks(&vm));
	assert_false(chip_mmio(&vm, IOAPIC_BASE, 4, NULL, false));
	assert_false(chip_port(&vm, 0x20, 1, NULL, false));
	assert_int_equal(chip_get_state(&vm, NULL), -ENXIO);
	assert_int_equal(chip_set_state(&vm, NULL), -ENXIO);
}

/* Pins are numbered through: eight and eight of the PIC, then the I/O APIC's. */
static void pins(void **state)
{
	(void)state;
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_MASTER, 0), 0);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_MASTER, 7), 7);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_MASTER, 8), -EINVAL);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_SLAVE, 0), 8);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_SLAVE, 7), 15);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_PIC_SLAVE, 8), -EINVAL);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_IOAPIC, 0), 16);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_IOAPIC, 23), 39);
	assert_int_equal(ops->pin(&vm.base, KVM_IRQCHIP_IOAPIC, 24), -EINVAL);
	assert_int_equal(ops->pin(&vm.base, 3, 0), -EINVAL);
}

static void last_set(unsigned int pin, bool level)
{
	assert_int_equal(set_at[(nr_set - 1) & 3].pin, pin);
	assert_int_equal(set_at[(nr_set - 1) & 3].level, level);
}

/* A pin is high while anybody drives it; a pulse is the VMM's, up and down. */
static void levels(void **state)
{
	(void)state;
	targets[0] = (struct routing_target) { .pin = 16 + 5 };
	nr_targets = 1;
	assert_int_equal(chip_set_gsi(&vm, 9, true), 1);
	last_set(5, true);
	ops->set_line(&vm.base, 16 + 5, true);
	last_set(5, true);
	assert_int_equal(chip_set_gsi(&vm, 9, false), 1);
	last_set(5, true);
	ops->set_line(&vm.base, 16 + 5, false);
	last_set(5, false);
	expect("iiii");
	ops->set_line(&vm.base, 16 + 6, true);
	ops->set_line(&vm.base, 16 + 7, false);
	last_set(7, false);
	ops->pulse(&vm.base, 39);
	assert_int_equal(nr_set, 4);
	assert_int_equal(set_at[2].pin, 23);
	assert_true(set_at[2].level);
	last_set(23, false);
	ops->pulse(&vm.base, 15);
	last_set(115, false);
	ops->set_line(&vm.base, 16, true);
	last_set(0, true);
	ops->set_line(&vm.base, 15, true);
	last_set(115, true);
}

/* What a GSI's targets say together: how many have taken it; -1: none could. */
static void gsis(void **state)
{
	(void)state;
	targets[0] = (struct routing_target) { .pin = 3 };
	targets[1] = (struct routing_target) { .pin = 16 + 3 };
	targets[2] = (struct routing_target) { .pin = ROUTING_MESSAGE, .message = { .address = 0x1fee00000, .data = 8 } };
	assert_int_equal(chip_set_gsi(&vm, 9, true), -1);
	nr_targets = 2;
	assert_int_equal(chip_set_gsi(&vm, 9, true), 2);
	expect("pi");
	answer = -1;
	assert_int_equal(chip_set_gsi(&vm, 9, true), -1);
	answer = 0;
	assert_int_equal(chip_set_gsi(&vm, 9, true), 0);
	nr_targets = 3;
	log[0] = 0;
	answer = 2;
	assert_int_equal(chip_set_gsi(&vm, 9, true), 6);
	expect("pim");
	assert_int_equal(msi.address, 0x1fee00000);
	assert_int_equal(msi.data, 8);
	assert_int_equal(chip_set_gsi(&vm, 9, false), 4);
	expect("pi");
}

/* Who listens to the PIC is told when it asks; others are not. */
static void pic_asking(void **state)
{
	(void)state;
	listens = 2;
	ops->set_line(&vm.base, 4, true);
	assert_int_equal(kicked, 0);
	assert_false(chip_asks(&vm));
	asks = true;
	ops->set_line(&vm.base, 4, true);
	assert_int_equal(kicked, 2);
	assert_true(chip_asks(&vm));
	kicked = 0;
	listens = 1;
	ops->set_line(&vm.base, 16 + 4, true);
	assert_int_equal(kicked, 0);
	log[0] = 0;
	assert_int_equal(chip_acknowledge(&vm), 0x33);
	expect("k");
	assert_int_equal(kicked, 1);
	asks = false;
	chip_acknowledge(&vm);
	assert_false(chip_asks(&vm));
}

/* An end lets fall what an irqfd drives and asks about, and tells it; what the VMM drives stays, and comes again. */
static void ends(void **state)
{
	(void)state;
	ops->listen(&vm.base, 16 + 2, true);
	ops->listen(&vm.base, 16 + 4, true);
	ops->set_line(&vm.base, 16 + 2, true);
	ops->set_line(&vm.base, 16 + 3, true);
	ops->pulse(&vm.base, 16 + 5);
	log[0] = 0;
	nr_set = 0;
	ended_pins = BIT(2) | BIT(3) | BIT(5);
	chip_ended(&vm, 0x42);
	assert_int_equal(nr_set, 1);
	last_set(2, false);
	assert_int_equal(again, BIT(2) | BIT(3) | BIT(5));
	assert_int_equal(told, BIT_ULL(18));
	expect("eia");
	assert_int_equal(vm.irq.chip->lines[CHIP_IRQFD], BIT_ULL(19));
	ops->listen(&vm.base, 16 + 2, false);
	told = 0;
	ended_pins = BIT(2);
	chip_ended(&vm, 0x42);
	expect("ea");
	assert_int_equal(told, 0);
	assert_int_equal(vm.irq.chip->heard, BIT_ULL(20));
	/* the PIC's are known by what it has ended since */
	ops->listen(&vm.base, 6, true);
	ops->set_line(&vm.base, 6, true);
	log[0] = 0;
	vm.irq.chip->pic.ended = BIT(6) | BIT(7);
	chip_acknowledge(&vm);
	expect("kp");
	assert_int_equal(told, BIT_ULL(6));
	assert_int_equal(vm.irq.chip->pic.ended, 0);
	assert_int_equal(vm.irq.chip->lines[CHIP_IRQFD], BIT_ULL(19));
}

/* Registers where they are, and not a byte beside. */
static void registers(void **state)
{
	u64 data = 0x1122334455;
	u32 byte = 0x77;

	(void)state;
	assert_false(chip_mmio(&vm, IOAPIC_BASE - 1, 4, &data, true));
	assert_false(chip_mmio(&vm, IOAPIC_BASE + 0x100, 4, &data, true));
	assert_true(chip_mmio(&vm, IOAPIC_BASE + 0x10, 4, &data, true));
	assert_int_equal(touched.offset, 0x10);
	assert_int_equal(touched.val, 0x22334455);
	assert_true(chip_mmio(&vm, IOAPIC_BASE + 0xff, 4, &data, false));
	assert_int_equal(touched.offset, 0xff);
	assert_int_equal(data, 0x55667788);
	assert_true(chip_mmio(&vm, IOAPIC_BASE, 4, &data, false));
	assert_false(chip_port(&vm, 0x21, 1, &byte, true));
	assert_false(chip_port(&vm, 0x20, 2, &byte, true));
	assert_true(chip_port(&vm, 0x20, 1, &byte, true));
	assert_int_equal(touched.port, 0x20);
	assert_int_equal(touched.val, 0x77);
	/* a write may end something */
	ops->listen(&vm.base, 6, true);
	vm.irq.chip->pic.ended = BIT(6);
	assert_true(chip_port(&vm, 0x20, 1, &byte, false));
	assert_int_equal(byte, 0x99);
	assert_int_equal(told, BIT_ULL(6));
}

/* A message's device is none of ours, nor, with wide numbers, what is left of a narrow one; an event has an address of its own. */
static void messages(void **state)
{
	struct irqchip_message m = { .address = 0xfee00000 };
	struct kvm_irq_routing_entry e = { .type = KVM_IRQ_ROUTING_XEN_EVTCHN };

	(void)state;
	assert_true(ops->message_fits(&vm.base, &m));
	m.has_device = true;
	assert_false(ops->message_fits(&vm.base, &m));
	m.has_device = false;
	m.address = 0x5fee00000;
	assert_true(ops->message_fits(&vm.base, &m));
	vm.irq.wide_ids = true;
	assert_false(ops->message_fits(&vm.base, &m));
	m.address = 0x100fee00000;
	assert_true(ops->message_fits(&vm.base, &m));
	m.address = 0xffffffff;
	assert_false(ops->message_fits(&vm.base, &m));
	memset(&m, 0, sizeof(m));
	e.u.xen_evtchn.vcpu = 77;
	e.u.xen_evtchn.port = 1234;
	assert_int_equal(ops->other(&vm.base, &e, &m), -EINVAL);
	event_fits = true;
	e.u.xen_evtchn.vcpu = 78;
	assert_int_equal(ops->other(&vm.base, &e, &m), -EINVAL);
	e.u.xen_evtchn.vcpu = 77;
	e.type = KVM_IRQ_ROUTING_HV_SINT;
	assert_int_equal(ops->other(&vm.base, &e, &m), -EINVAL);
	e.type = KVM_IRQ_ROUTING_XEN_EVTCHN;
	assert_int_equal(ops->other(&vm.base, &e, &m), 0);
	ops->message(&vm.base, &m);
	assert_int_equal(event.id, 77);
	assert_int_equal(event.port, 1234);
	expect("x");
}

/* Each structure is copied whole, with nothing of before behind it; numbers that there are not are refused. */
static void states(void **state)
{
	struct kvm_irqchip s;
	unsigned int i;

	(void)state;
	memset(&s, 0xee, sizeof(s));
	s.chip_id = 3;
	assert_int_equal(chip_get_state(&vm, &s), -EINVAL);
	assert_int_equal(chip_set_state(&vm, &s), -EINVAL);
	vm.irq.chip->pic.half[0].irr = 1;
	vm.irq.chip->pic.half[1].irr = 2;
	for (i = 0; i < 2; i++) {
		memset(&s, 0xee, sizeof(s));
		s.chip_id = i;
		assert_int_equal(chip_get_state(&vm, &s), 0);
		assert_int_equal(s.chip.pic.irr, i + 1);
		assert_int_equal(s.chip.dummy[sizeof(s.chip.pic)], 0);
		log[0] = 0;
		s.chip.pic.imr = 0x40 + i;
		assert_int_equal(chip_set_state(&vm, &s), 0);
		expect("s");
		assert_int_equal(pic_which, i);
		assert_int_equal(pic_given.imr, 0x40 + i);
	}
	vm.irq.chip->ioapic.select = 0x12;
	vm.irq.chip->ioapic.id = 3;
	vm.irq.chip->ioapic.lines = 0x800001;
	for (i = 0; i < IOAPIC_PINS; i++)
		vm.irq.chip->ioapic.entry[i] = 0x100000001 * i;
	memset(&s, 0xee, sizeof(s));
	s.chip_id = KVM_IRQCHIP_IOAPIC;
	assert_int_equal(chip_get_state(&vm, &s), 0);
	assert_int_equal(s.chip.ioapic.base_address, 0xfec00000);
	assert_int_equal(s.chip.ioapic.ioregsel, 0x12);
	assert_int_equal(s.chip.ioapic.id, 3);
	assert_int_equal(s.chip.ioapic.irr, 0x800001);
	for (i = 0; i < IOAPIC_PINS; i++)
		assert_int_equal(s.chip.ioapic.redirtbl[i].bits, 0x100000001 * i);
	assert_int_equal(s.chip.dummy[511], 0);
	s.chip.ioapic.ioregsel = 0x13;
	s.chip.ioapic.id = 0x25;
	s.chip.ioapic.irr = 0xff000005;
	for (i = 0; i < IOAPIC_PINS; i++)
		s.chip.ioapic.redirtbl[i].bits = 0x300000007 * i;
	vm.irq.chip->lines[CHIP_VMM] = BIT_ULL(39) | BIT_ULL(16) | BIT_ULL(15);
	vm.irq.chip->lines[CHIP_IRQFD] = BIT_ULL(20);
	vm.irq.chip->lines[CHIP_RESTORED] = BIT_ULL(30);
	log[0] = 0;
	assert_int_equal(chip_set_state(&vm, &s), 0);
	expect("a");
	assert_int_equal(again, 0xffffff);
	assert_int_equal(vm.irq.chip->ioapic.select, 0x13);
	assert_int_equal(vm.irq.chip->ioapic.id, 5);
	assert_int_equal(vm.irq.chip->ioapic.lines, 5);
	assert_int_equal(vm.irq.chip->lines[CHIP_VMM], BIT_ULL(15));
	assert_int_equal(vm.irq.chip->lines[CHIP_IRQFD], BIT_ULL(20));
	assert_int_equal(vm.irq.chip->lines[CHIP_RESTORED], BIT_ULL(16) | BIT_ULL(18));
	/* they last until somebody drives the pin, or an end that an irqfd waits for */
	vm.irq.chip->vm->base.irqchip->listen(&vm.base, 18, true);
	nr_set = 0;
	ended_pins = BIT(0) | BIT(2);
	chip_ended(&vm, 0x42);
	assert_int_equal(vm.irq.chip->lines[CHIP_RESTORED], BIT_ULL(16));
	assert_int_equal(nr_set, 1);
	last_set(2, false);
	assert_int_equal(told, BIT_ULL(18));
	nr_set = 0;
	vm.irq.chip->vm->base.irqchip->set_line(&vm.base, 16, false);
	assert_int_equal(vm.irq.chip->lines[CHIP_RESTORED], 0);
	last_set(0, false);
	for (i = 0; i < IOAPIC_PINS; i++)
		assert_int_equal(entries[i], 0x300000007 * i);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creates), TEST(split), TEST(pins), TEST(levels), TEST(gsis), TEST(pic_asking), TEST(ends), TEST(registers),
		TEST(messages), TEST(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
