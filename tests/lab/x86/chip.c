// SPDX-License-Identifier: GPL-2.0
/*
 * What leads to local APICs: I/O APIC and PIC in the kernel, or the VMM's; routes, irqfds, and writes that are signals.
 */
#include "guest/chips.h"
#include "vmm.h"

enum { WHAT_PINS, WHAT_PIC, WHAT_TAKE, WHAT_EXTINT, WHAT_WRITE };

#define PORT_READY	PORT_TEST
#define PORT_TAKEN	(PORT_TEST + 1)
#define PORT_SIGNAL	(PORT_TEST + 2)

#define REG_EOI		0xb0
#define REG_SPIV	0xf0
#define REG_LINT0	0x350
#define EDGE		0x51		/* vector of the pin that is one */
#define LEVEL		0x61
#define PIN_EDGE	5
#define PIN_LEVEL	6
#define GSI_MESSAGE	30
#define PIC_BASE	0x70

#ifdef GUEST

static volatile uint64_t taken[256];
static enum { END_APIC, END_PIC, END_NONE } end;

/* The VMM hears of it before the interrupt ends. */
bool guest_trap(struct guest_frame *f)
{
	if (f->vector < 32)
		return false;
	taken[f->vector]++;
	guest_say(PORT_TAKEN, f->vector);
	if (end == END_PIC && f->vector >= PIC_BASE + 8)
		out(0xa0, 0x20);
	if (end == END_PIC)
		out(0x20, 0x20);
	else if (end == END_APIC)
		apic(REG_EOI, 0);
	return true;
}

static void window(void)
{
	asm volatile("sti\n\tnop\n\tcli" : : : "memory");
}

static uint64_t pins(void)
{
	apic(REG_SPIV, 0x1ff);
	apic(REG_LINT0, 0x10000);		/* the PIC has these lines, too */
	*(volatile uint32_t *)IOAPIC = 1;
	guest_expect(*(volatile uint32_t *)(IOAPIC + 0x10) & 0xff00ff, 0x170011);
	guest_say(PORT_READY, 0);		/* all are masked */
	window();
	ioapic(0x10 + 2 * PIN_EDGE + 1, 0);
	ioapic(0x10 + 2 * PIN_EDGE, EDGE);
	ioapic(0x10 + 2 * PIN_LEVEL + 1, 0);
	ioapic(0x10 + 2 * PIN_LEVEL, LEVEL | 1 << 15);
	guest_say(PORT_READY, 1);
	window();
	guest_say(PORT_READY, 2);
	window();
	window();
	return taken[EDGE] << 32 | taken[LEVEL];
}

static void pic_start(void)
{
	out(0x20, 0x11);
	out(0x21, PIC_BASE);
	out(0x21, 4);
	out(0x21, 1);
	out(0xa0, 0x11);
	out(0xa1, PIC_BASE + 8);
	out(0xa1, 2);
	out(0xa1, 1);
	out(0x21, 0);
	out(0xa1, 0);
}

static uint64_t by_pic(void)
{
	end = END_PIC;
	apic(REG_SPIV, 0x1ff);
	apic(REG_LINT0, 7 << 8);
	pic_start();
	out(0x21, 0xfe - 2);			/* the timer and the keyboard alone */
	guest_expect(in(0x21), 0xfc);
	guest_say(PORT_READY, 0);
	window();
	guest_expect(taken[PIC_BASE + 1], 1);
	guest_expect(taken[PIC_BASE + 9], 0);
	out(0x21, 0);
	window();
	return taken[PIC_BASE + 9];
}

static uint64_t take(uint64_t vector)
{
	apic(REG_SPIV, 0x1ff);
	guest_say(PORT_READY, 0);
	while (!taken[vector])
		asm volatile("sti\n\thlt\n\tcli" : : : "memory");
	guest_say(PORT_READY, 1);
	window();
	return taken[vector];
}

static uint64_t extint(uint64_t vector)
{
	end = END_NONE;
	apic(REG_SPIV, 0x1ff);
	apic(REG_LINT0, 7 << 8);
	guest_say(PORT_READY, 0);
	window();
	window();
	guest_say(PORT_READY, 1);
	asm volatile("sti\n\thlt\n\tcli" : : : "memory");
	return taken[vector];
}

static uint64_t write(void)
{
	*(volatile uint32_t *)(uintptr_t)GUEST_DEVICE = 7;
	*(volatile uint16_t *)(uintptr_t)GUEST_DEVICE = 7;
	guest_say(PORT_SIGNAL, 3);
	guest_say(PORT_SIGNAL, 4);
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_PINS:
		return pins();
	case WHAT_PIC:
		return by_pic();
	case WHAT_TAKE:
		return take(arg);
	case WHAT_EXTINT:
		return extint(arg);
	default:
		return write();
	}
}

#else

#include <sys/eventfd.h>

static int line(struct vmm *v, unsigned int gsi, unsigned int level)
{
	struct kvm_irq_level l = { .irq = gsi, .level = level };

	must(v->vm, KVM_IRQ_LINE_STATUS, &l);
	return l.status;
}

static void open_with(struct vmm *v, enum vmm_irqs irqs)
{
	vmm_open(v, &(struct vmm_config){ .irqs = irqs });
}

static void expect_taken(struct vmm *v, uint64_t vector)
{
	uint64_t got = vmm_expect_event(v, 0, PORT_TAKEN);

	expect(got == vector, "vector %#lx, not %#lx", (long)got, (long)vector);
}

/* An edge comes once, a level for as long as it is there, and what is masked does not come at all. */
static void check_pins(void)
{
	struct vmm v;
	uint64_t val;

	open_with(&v, IRQS_KERNEL);
	vmm_start(&v, 0, WHAT_PINS, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	line(&v, PIN_EDGE, 1);
	line(&v, PIN_EDGE, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(line(&v, PIN_EDGE, 1) > 0, "an edge is not told to be taken");
	line(&v, PIN_EDGE, 1);
	expect_taken(&v, EDGE);
	line(&v, PIN_EDGE, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	line(&v, PIN_LEVEL, 1);
	expect_taken(&v, LEVEL);
	expect_taken(&v, LEVEL);
	line(&v, PIN_LEVEL, 0);
	val = vmm_expect_event(&v, 0, PORT_DONE);
	expect(val == (1UL << 32 | 2), "%#lx", (long)val);
	vmm_close(&v);
}

/* The PIC's pins, the second one's through the first, with the vectors that the guest gave it. */
static void check_pic(void)
{
	struct kvm_interrupt irq = { .irq = 0x30 };
	struct vmm v;

	open_with(&v, IRQS_KERNEL);
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), -ENXIO);
	vmm_start(&v, 0, WHAT_PIC, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	line(&v, 9, 1);
	line(&v, 1, 1);
	expect_taken(&v, PIC_BASE + 1);
	expect_taken(&v, PIC_BASE + 9);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

#define ROUTES	4

struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry e[ROUTES];
};

static struct kvm_irq_routing_entry pin(uint32_t gsi, uint32_t chip, uint32_t pin)
{
	return (struct kvm_irq_routing_entry){
		.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { .irqchip = chip, .pin = pin },
	};
}

static struct kvm_irq_routing_entry message(uint32_t gsi, uint32_t data)
{
	return (struct kvm_irq_routing_entry){
		.gsi = gsi, .type = KVM_IRQ_ROUTING_MSI, .u.msi = { .address_lo = APIC, .data = data },
	};
}

static int route(struct vmm *v, unsigned int n, struct kvm_irq_routing_entry a, struct kvm_irq_routing_entry b)
{
	struct routes r = { .head.nr = n, .e = { a, b } };

	return result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r));
}

/* A GSI leads to a pin of each chip or to one message, and to what is there. */
static void check_routes(void)
{
	const struct kvm_irq_routing_entry none = { 0 };
	struct kvm_irq_routing_entry e = message(GSI_MESSAGE, EDGE);
	struct vmm v;

	open_with(&v, IRQS_KERNEL);
	expect_result(route(&v, 2, pin(4, 0, 4), pin(4, 2, 4)), 0);
	expect_result(route(&v, 2, pin(4, 2, 3), pin(4, 2, 4)), -EINVAL);
	expect_result(route(&v, 2, pin(4, 2, 3), message(4, EDGE)), -EINVAL);
	expect_result(route(&v, 2, message(4, EDGE), message(4, LEVEL)), -EINVAL);
	expect_result(route(&v, 1, pin(4, 2, 24), none), -EINVAL);
	expect_result(route(&v, 1, pin(4, 1, 8), none), -EINVAL);
	expect_result(route(&v, 1, pin(4, 3, 0), none), -EINVAL);
	expect_result(route(&v, 1, pin(4096, 2, 0), none), -EINVAL);
	e.type = 99;
	expect_result(route(&v, 1, e, none), -EINVAL);
	expect_result(route(&v, 0, none, none), 0);
	expect(line(&v, 4, 1) == -1, "a GSI that leads nowhere is taken");
	vmm_close(&v);
	open_with(&v, IRQS_SPLIT);
	expect_result(route(&v, 1, pin(4, 2, 4), none), -EINVAL);
	expect_result(route(&v, 1, message(4, EDGE), none), 0);
	vmm_close(&v);
}

static int irqfd(struct vmm *v, int fd, int resample, uint32_t gsi, uint32_t flags)
{
	struct kvm_irqfd i = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return result(ioctl(v->vm, KVM_IRQFD, &i));
}

static uint64_t counted(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* A signal of an eventfd is the message that its GSI leads to, and wakes who sleeps. */
static void check_irqfd(void)
{
	const struct kvm_irq_routing_entry none = { 0 };
	int fd = eventfd(0, EFD_NONBLOCK);
	struct vmm v;

	open_with(&v, IRQS_VMM);
	expect_result(irqfd(&v, fd, 0, GSI_MESSAGE, 0), -EINVAL);
	vmm_close(&v);
	open_with(&v, IRQS_SPLIT);
	expect_result(route(&v, 1, message(GSI_MESSAGE, EDGE), none), 0);
	expect_result(irqfd(&v, fd, fd, GSI_MESSAGE, KVM_IRQFD_FLAG_RESAMPLE), -EINVAL);
	expect_result(irqfd(&v, fd, 0, GSI_MESSAGE, 0), 0);
	vmm_start(&v, 0, WHAT_TAKE, EDGE);
	vmm_expect_event(&v, 0, PORT_READY);
	eventfd_write(fd, 1);
	expect_taken(&v, EDGE);
	vmm_expect_event(&v, 0, PORT_READY);
	expect_result(irqfd(&v, fd, 0, GSI_MESSAGE, KVM_IRQFD_FLAG_DEASSIGN), 0);
	eventfd_write(fd, 1);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

/* The kernel's own KVM raises the line a little later. */
static void signal_line(int fd)
{
	eventfd_write(fd, 1);
	usleep(100000);
}

/* With a resamplefd the line stays until the guest ends the interrupt, falls then, and says so. */
static void check_resample(void)
{
	int fd = eventfd(0, EFD_NONBLOCK), again = eventfd(0, EFD_NONBLOCK);
	struct vmm v;

	open_with(&v, IRQS_KERNEL);
	expect_result(irqfd(&v, fd, again, PIN_LEVEL, KVM_IRQFD_FLAG_RESAMPLE), 0);
	vmm_start(&v, 0, WHAT_PINS, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	vmm_expect_event(&v, 0, PORT_READY);
	signal_line(fd);
	expect_taken(&v, LEVEL);
	expect(!counted(again), "its end is told of before");
	vmm_expect_event(&v, 0, PORT_READY);
	expect(counted(again) == 1, "its end is not told of");
	signal_line(fd);
	expect_taken(&v, LEVEL);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 2, "not two");
	vmm_close(&v);
}

static int ioeventfd(struct vmm *v, int fd, uint64_t addr, uint32_t len, uint64_t match, uint32_t flags)
{
	struct kvm_ioeventfd e = { .fd = fd, .addr = addr, .len = len, .datamatch = match, .flags = flags };

	return result(ioctl(v->vm, KVM_IOEVENTFD, &e));
}

/* A write that an ioeventfd waits for signals it, to memory or a port, and no other does. */
static void check_ioeventfd(void)
{
	const uint32_t flags = KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DATAMATCH;
	int fd = eventfd(0, EFD_NONBLOCK), port = eventfd(0, EFD_NONBLOCK);
	struct kvm_run *run;
	struct vmm v;

	open_with(&v, IRQS_VMM);
	expect_result(ioeventfd(&v, fd, GUEST_DEVICE, 4, 0, 0), 0);
	expect_result(ioeventfd(&v, port, GUEST_PORT + PORT_SIGNAL, 1, 3, flags), 0);
	vmm_start(&v, 0, WHAT_WRITE, 0);
	run = vmm_exit(&v, 0, KVM_EXIT_MMIO);
	expect(run->mmio.len == 2, "%u bytes", run->mmio.len);
	expect(counted(fd) == 1, "the write to memory is no signal");
	expect(vmm_expect_event(&v, 0, PORT_SIGNAL) == 4, "another value");
	expect(counted(port) == 1, "the write to the port is no signal");
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 0, "another end");
	vmm_close(&v);
}

/* What KVM_GET_IRQCHIP says can be set again; nobody else has a chip 3, and the VMM's own are the VMM's. */
static void check_state(void)
{
	struct kvm_irqchip a, b;
	unsigned int chip;
	struct vmm v;

	open_with(&v, IRQS_KERNEL);
	vmm_start(&v, 0, WHAT_PINS, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	vmm_expect_event(&v, 0, PORT_READY);
	for (chip = 0; chip < 3; chip++) {
		memset(&a, 0xee, sizeof(a));
		a.chip_id = chip;
		must(v.vm, KVM_GET_IRQCHIP, &a);
		must(v.vm, KVM_SET_IRQCHIP, &a);
		memset(&b, 0xdd, sizeof(b));
		b.chip_id = chip;
		must(v.vm, KVM_GET_IRQCHIP, &b);
		expect(!memcmp(&a.chip, &b.chip, chip == 2 ? sizeof(a.chip.ioapic) : sizeof(a.chip.pic)),
		       "chip %u: another than what was set", chip);
	}
	expect(a.chip.ioapic.redirtbl[PIN_LEVEL].bits == (LEVEL | 1 << 15), "%#llx",
	       a.chip.ioapic.redirtbl[PIN_LEVEL].bits);
	a.chip_id = 3;
	expect_result(ioctl(v.vm, KVM_GET_IRQCHIP, &a), -EINVAL);
	vmm_close(&v);
	open_with(&v, IRQS_SPLIT);
	a.chip_id = 0;
	expect_result(ioctl(v.vm, KVM_GET_IRQCHIP, &a), -ENXIO);
	vmm_close(&v);
}

/* The VMM's I/O APIC hears of the ends of its levels, and of nothing else. */
static void check_ends(void)
{
	struct vmm v;
	struct kvm_run *run;

	open_with(&v, IRQS_SPLIT);
	expect_result(route(&v, 2, message(PIN_LEVEL, LEVEL | 3 << 14), message(GSI_MESSAGE, EDGE)), 0);
	vmm_start(&v, 0, WHAT_TAKE, LEVEL);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(line(&v, GSI_MESSAGE, 1) == 1, "an edge is not taken");
	expect_taken(&v, EDGE);
	expect(line(&v, PIN_LEVEL, 1) == 1, "a level is not taken");
	expect(line(&v, PIN_LEVEL, 0) == -1, "a message has two sides");
	expect_taken(&v, LEVEL);
	run = vmm_exit(&v, 0, KVM_EXIT_IOAPIC_EOI);
	expect(run->eoi.vector == LEVEL, "%#x", run->eoi.vector);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "not one");
	vmm_close(&v);
}

/* An interrupt of the VMM's PIC is taken through LINT0, one at a time; the VMM waits for the window, in HLT, too. */
static void check_extint(void)
{
	struct kvm_interrupt irq = { .irq = EDGE };
	struct kvm_run *run;
	struct vmm v;

	open_with(&v, IRQS_SPLIT);
	vmm_start(&v, 0, WHAT_EXTINT, EDGE);
	run = v.run[0];
	vmm_expect_event(&v, 0, PORT_READY);
	expect(!run->ready_for_interrupt_injection, "ready with IF=0");
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), -EEXIST);
	expect_taken(&v, EDGE);
	run->request_interrupt_window = 1;
	vmm_exit(&v, 0, KVM_EXIT_IRQ_WINDOW_OPEN);
	expect(run->ready_for_interrupt_injection, "the window is open, but not ready");
	run->request_interrupt_window = 0;
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	expect_taken(&v, EDGE);
	vmm_expect_event(&v, 0, PORT_READY);
	/* with IF=0 still: STI's shadow ends with HLT */
	run->request_interrupt_window = 1;
	vmm_exit(&v, 0, KVM_EXIT_IRQ_WINDOW_OPEN);
	run->request_interrupt_window = 0;
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	expect_taken(&v, EDGE);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 3, "not three");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "pins", check_pins }, { "pic", check_pic }, { "routes", check_routes }, { "irqfd", check_irqfd },
	{ "resample", check_resample }, { "ioeventfd", check_ioeventfd }, { "state", check_state },
	{ "ends", check_ends }, { "extint", check_extint }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
