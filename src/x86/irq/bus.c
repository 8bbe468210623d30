// SPDX-License-Identifier: GPL-2.0
/*
 * What carries interrupts to local APICs.
 */
#include <linux/minmax.h>

#include "../../vm/routing.h"
#include "../vm.h"
#include "bus.h"
#include "chip.h"

/* Of those that match, who is least busy; the first of equals. */
static struct lapic *bus_lowest(struct x86_vm *vm, struct lapic *from, const struct lapic_message *m)
{
	struct lapic *best = NULL;
	struct vcpu *vcpu;
	unsigned int i;

	vm_for_each_vcpu(&vm->base, i, vcpu) {
		struct lapic *a = &to_x86_vcpu(vcpu)->intc.lapic;

		if (lapic_match(a, from, m) && (!best || lapic_arbitration(a) < lapic_arbitration(best)))
			best = a;
	}
	return best;
}

int bus_send(struct x86_vm *vm, struct lapic *from, const struct lapic_message *m)
{
	struct vcpu *vcpu;
	unsigned int i;
	int ret = -1;

	if (m->one) {
		struct lapic *a = bus_lowest(vm, from, m);

		return a ? lapic_deliver(a, m) : -1;
	}
	vm_for_each_vcpu(&vm->base, i, vcpu) {
		struct lapic *a = &to_x86_vcpu(vcpu)->intc.lapic;
		int taken;

		if (!lapic_match(a, from, m))
			continue;
		taken = lapic_deliver(a, m);
		if (taken >= 0)
			ret = max(ret, 0) + taken;
	}
	return ret;
}

int bus_msi(struct x86_vm *vm, u64 address, u32 data)
{
	struct lapic_message m;
	int ret = lapic_message_of_msi(address, data, vm->irq.wide_ids, &m);

	return ret ?: bus_send(vm, NULL, &m);
}

/* The VMM's I/O APIC sends by its routes: does one of them have this vector, as a level? */
static bool bus_is_pin(struct vm *vm, const struct routing_target *t, void *data)
{
	const u8 *vector = data;
	struct lapic_message m;

	return !lapic_message_of_msi(t->message.address, t->message.data, to_x86_vm(vm)->irq.wide_ids, &m) && m.level &&
	       m.vector == *vector;
}

void bus_ended(struct x86_vcpu *vcpu, u8 vector)
{
	struct x86_vm *vm = vcpu->vm;

	if (vm->irq.kind == IRQ_KERNEL)
		chip_ended(vm, vector);
	else if (routing_any_message(&vm->base, vm->irq.reserved, bus_is_pin, &vector))
		vcpu->intc.ended = vector;
}
