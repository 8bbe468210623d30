// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts: the GIC's attributes, lines, eventfds that are lines or doorbells, routes.
 */
#include <poll.h>
#include <sys/eventfd.h>
#include "fuzz.h"

static struct fuzz_vm *draw_vm(struct thread *t)
{
	return &vms[draw_below(t, VMS)];
}

static int draw_event(struct thread *t)
{
	return one_in(t, 12) ? (int)draw_wild(t) : events[draw_below(t, EVENTS)];
}

static uint64_t draw_attr(struct thread *t, uint32_t group)
{
	uint64_t cpu = draw_below(t, CPUS) << 32;
	static const uint16_t regs[] = { 0, 4, 8, 0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0xc00, 0xffe8 };
	static const uint16_t sysregs[] = { 0xc230, 0xc643, 0xc644, 0xc660, 0xc662, 0xc663, 0xc664, 0xc665, 0xc666, 0xc667 };

	if (one_in(t, 10))
		return draw_wild(t);
	switch (group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return draw_below(t, 6);
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
		return regs[draw_below(t, ARRAY_SIZE(regs))] + 4 * draw_below(t, 8);
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
		return cpu | (regs[draw_below(t, ARRAY_SIZE(regs))] + (one_in(t, 2) ? 0x10000 : 0));
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return cpu | sysregs[draw_below(t, ARRAY_SIZE(sysregs))];
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return cpu | 32 * draw_below(t, 8);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return one_in(t, 4) ? draw_below(t, 8) : 0;
	}
	return 0;
}

static void attribute(struct thread *t)
{
	static const unsigned long requests[] = { KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR };
	static const uint8_t groups[] = { 0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 8 };
	struct kvm_device_attr *a = (void *)t->buf;
	uint64_t *value = (void *)(t->buf + PAGE);
	unsigned int which = draw_below(t, 3);

	memset(a, 0, sizeof(*a));
	a->group = one_in(t, 16) ? draw_wild(t) : groups[draw_below(t, ARRAY_SIZE(groups))];
	a->attr = draw_attr(t, a->group);
	a->flags = one_in(t, 32) ? draw_wild(t) : 0;
	*value = one_in(t, 2) ? draw_wild(t) : one_in(t, 2) ? GICD_AT + 0x10000 * draw_below(t, 16) : 32 * draw_below(t, 40);
	a->addr = draw_pointer(t, value);
	call_ioctl(t, CALL_DEVICE_SET_ATTR + which, draw_vm(t)->gic, requests[which], draw_pointer(t, a));
}

static void irq_line(struct thread *t)
{
	struct kvm_irq_level *l = (void *)t->buf;
	uint32_t type = 1 + draw_below(t, 2);

	l->irq = one_in(t, 6) ? draw_wild(t) :
		 type << KVM_ARM_IRQ_TYPE_SHIFT | draw_below(t, CPUS) << KVM_ARM_IRQ_VCPU_SHIFT |
		 (type == KVM_ARM_IRQ_TYPE_SPI ? 32 + draw_below(t, 64) : 16 + draw_below(t, 16));
	l->level = one_in(t, 8) ? draw_wild(t) : draw_below(t, 2);
	call_ioctl(t, CALL_IRQ_LINE, draw_vm(t)->vm, KVM_IRQ_LINE, draw_pointer(t, l));
}

static void irqfd(struct thread *t)
{
	struct kvm_irqfd *f = (void *)t->buf;

	memset(f, 0, sizeof(*f));
	f->fd = draw_event(t);
	f->gsi = one_in(t, 10) ? draw_wild(t) : draw_below(t, 8);
	f->flags = one_in(t, 12) ? draw_wild(t) : draw_below(t, 4);
	f->resamplefd = draw_event(t);
	call_ioctl(t, CALL_IRQFD, draw_vm(t)->vm, KVM_IRQFD, draw_pointer(t, f));
}

static void ioeventfd(struct thread *t)
{
	struct kvm_ioeventfd *e = (void *)t->buf;

	memset(e, 0, sizeof(*e));
	e->fd = draw_event(t);
	e->addr = one_in(t, 10) ? draw_wild(t) : MMIO_AT + 8 * draw_below(t, 8);
	e->len = one_in(t, 10) ? draw_wild(t) : 1ULL << draw_below(t, 4);
	if (one_in(t, 6))
		e->len = 0;
	e->flags = one_in(t, 12) ? draw_wild(t) : draw_below(t, 8) & ~KVM_IOEVENTFD_FLAG_PIO;
	e->datamatch = draw_below(t, 3);
	call_ioctl(t, CALL_IOEVENTFD, draw_vm(t)->vm, KVM_IOEVENTFD, draw_pointer(t, e));
}

static void routing(struct thread *t)
{
	struct kvm_irq_routing *r = (void *)t->buf;
	unsigned int i, n = draw_below(t, 32);

	r->nr = one_in(t, 12) ? draw_wild(t) : n;
	r->flags = one_in(t, 16) ? draw_wild(t) : 0;
	for (i = 0; i < n; i++)
		r->entries[i] = (struct kvm_irq_routing_entry) {
			.gsi = one_in(t, 200) ? draw_wild(t) : draw_below(t, 64),
			.type = one_in(t, 200) ? draw_wild(t) : KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip.pin = one_in(t, 200) ? draw_wild(t) : draw_below(t, 96),
		};
	call_ioctl(t, CALL_SET_GSI_ROUTING, draw_vm(t)->vm, KVM_SET_GSI_ROUTING, draw_pointer(t, r));
}

/* Signalled, drained, polled, made anew. */
static void event(struct thread *t)
{
	unsigned int which = draw_below(t, EVENTS), what = draw_below(t, 8);
	struct pollfd p = { .fd = events[which], .events = POLLIN };
	uint64_t one = one_in(t, 8) ? draw_wild(t) : 1;
	long ret;
	int fd;

	call_begin(t, CALL_EVENTFD, p.fd, which, what);
	if (!what) {
		ret = fd = one_in(t, 2) ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : dup(events[(which + 1) % EVENTS]);
		if (fd >= 0)
			world_put(&events[which], fd);
	} else if (what == 1) {
		ret = read(p.fd, &one, sizeof(one));
	} else if (what == 2) {
		ret = poll(&p, 1, 0);
	} else {
		ret = write(p.fd, &one, sizeof(one));
	}
	call_end(t, CALL_EVENTFD, ret);
}

const struct op gic_ops[] = {
	{ "gic_attribute", attribute, 14 },
	{ "irq_line", irq_line, 5 },
	{ "irqfd", irqfd, 7 },
	{ "ioeventfd", ioeventfd, 5 },
	{ "routing", routing, 3 },
	{ "event", event, 7 },
	{}
};
