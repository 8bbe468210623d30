// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a level-sensitive interrupt, and who waits for it: a resamplefd is told
 * once, whichever way the guest ends the interrupt, and on whichever vCPU. KVM API
 * 4.75; IHI 0069, 4.1.1.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_NESTED, WHAT_TAKER, WHAT_ENDER, WHAT_PLAIN };

#define PORT_READY	(PORT_TEST + 0)	/* the VMM signals the irqfd, or looks at what it was told */

#define LEVEL		40
#define EDGE		50
#define EDGES		6
#define IRQFDS		100	/* of one GSI */

/* What WHAT_ENDER does, and how the taker drops the priority. */
enum { BY_DIR, BY_ICACTIVER, BY_EOI, WAYS };

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define ICC_DIR		s3_0_c12_c11_1
#define ICC_CTLR	s3_0_c12_c12_4
#define CTLR_EOIMODE	2

static volatile uint64_t taken, ended;

static uint64_t ack(void)
{
	uint64_t n, i;

	for (i = 0; i < 1000000; i++) {
		n = read_reg(ICC_IAR1) & 0xffffff;
		if (n < 1020)
			return n;
	}
	return 1023;
}

/* With @n more interrupts active on top of it, a level is ended by name. */
static void nested(uint64_t n)
{
	uint64_t i;

	gic_start();
	write_reg(CTLR_EOIMODE, ICC_CTLR);
	gic_enable(LEVEL, 0xa0, false);
	for (i = 0; i < n; i++)
		gic_enable(EDGE + i, 0x80, true);
	guest_say(PORT_READY, 0);
	guest_expect(ack(), LEVEL);
	write_reg(LEVEL, ICC_EOIR1);
	for (i = 0; i < n; i++) {
		write32(GUEST_DIST + 0x200 + (EDGE + i) / 32 * 4, 1U << (EDGE + i) % 32);
		guest_expect(ack(), EDGE + i);
		write_reg(EDGE + i, ICC_EOIR1);
	}
	write_reg(LEVEL, ICC_DIR);
	guest_expect(read32(GUEST_DIST + 0x304) >> (LEVEL - 32) & 1, 0);
	guest_say(PORT_READY, 1);
	for (i = 0; i < n; i++)
		write_reg(EDGE + i, ICC_DIR);
	guest_expect(read32(GUEST_DIST + 0x304), 0);
}

/* Takes the level and leaves its end to vCPU 1, without leaving the guest. */
static void taker(uint64_t way)
{
	gic_start();
	write_reg(CTLR_EOIMODE, ICC_CTLR);
	gic_enable(LEVEL, 0xa0, false);
	guest_say(PORT_READY, 0);
	guest_expect(ack(), LEVEL);
	write_reg(LEVEL, ICC_EOIR1);
	taken = 1;
	while (!ended)
		;
	guest_expect(ack(), 1023);	/* the line has fallen */
	guest_say(PORT_READY, 1);
}

static void ender(uint64_t way)
{
	gic_start();
	write_reg(CTLR_EOIMODE, ICC_CTLR);
	guest_say(PORT_READY, 0);
	while (!taken)
		;
	if (way == BY_DIR)
		write_reg(LEVEL, ICC_DIR);
	else
		write32(GUEST_DIST + 0x384, 1U << (LEVEL - 32));
	ended = 1;
}

/* As often as it is asked for, the usual way. */
static void plain(uint64_t n)
{
	gic_start();
	gic_enable(LEVEL, 0xa0, false);
	while (n--) {
		guest_say(PORT_READY, 0);
		guest_expect(ack(), LEVEL);
		write_reg(LEVEL, ICC_EOIR1);
	}
	guest_say(PORT_READY, 1);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	taken = 0;
	ended = 0;
	switch (what) {
	case WHAT_NESTED:
		nested(arg);
		break;
	case WHAT_TAKER:
		taker(arg);
		break;
	case WHAT_ENDER:
		ender(arg);
		break;
	case WHAT_PLAIN:
		plain(arg);
		break;
	}
	return 0;
}

#else

struct pair {
	int event, again;
};

static void assign(struct vmm *v, struct pair *p, unsigned int gsi)
{
	struct kvm_irqfd f = { .gsi = gsi, .flags = KVM_IRQFD_FLAG_RESAMPLE };

	p->event = eventfd(0, EFD_NONBLOCK);
	p->again = eventfd(0, EFD_NONBLOCK);
	if (p->event < 0 || p->again < 0)
		die("eventfd: %s", strerror(errno));
	f.fd = p->event;
	f.resamplefd = p->again;
	expect_result(ioctl(v->vm, KVM_IRQFD, &f), 0);
}

static void ring(struct pair *p)
{
	uint64_t one = 1;

	if (write(p->event, &one, 8) != 8)
		die("write to an eventfd");
}

static uint64_t told(struct pair *p)
{
	uint64_t n = 0;

	return read(p->again, &n, 8) == 8 ? n : 0;
}

static void check_nested(void)
{
	uint64_t val = 0, n;
	struct pair p;
	struct vmm v;

	/* 0 and 3 fit into QEMU's four list registers; the kernel's own KVM is left out of the rest */
	for (n = 0; n <= (is_kernels_kvm() ? 3 : EDGES); n += 3) {
		vmm_open(&v, NULL);
		assign(&v, &p, LEVEL - 32);
		vmm_start(&v, 0, WHAT_NESTED, n);
		expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "not ready");
		ring(&p);
		expect(vmm_event(&v, 0, &val) == PORT_READY && val == 1, "not ended");
		val = told(&p);
		expect(val == 1, "%lu more active: told %lu times", (long)n, (long)val);
		expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
		vmm_close(&v);
	}
}

static void check_elsewhere(void)
{
	uint64_t val = 0, way;
	pthread_t t;
	struct pair p;
	struct vmm v;

	if (is_kernels_kvm())
		cannot("6.12's does not hear of these");
	for (way = BY_DIR; way <= BY_ICACTIVER; way++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
		assign(&v, &p, LEVEL - 32);
		vmm_start(&v, 0, WHAT_TAKER, way);
		vmm_start(&v, 1, WHAT_ENDER, way);
		expect(vmm_event(&v, 1, &val) == PORT_READY, "the other is not ready");
		expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "not ready");
		ring(&p);
		t = vmm_thread(&v, 1);
		expect(vmm_event(&v, 0, &val) == PORT_READY && val == 1, "not ended");
		pthread_join(t, NULL);
		val = told(&p);
		expect(val == 1, "%s by another vCPU: told %lu times", way == BY_DIR ? "ICC_DIR" : "ICACTIVER", (long)val);
		vmm_close(&v);
	}
}

static void route(struct vmm *v, unsigned int gsi, unsigned int other, unsigned int pin)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} r = { .head = { .nr = 2 } };

	r.e[0] = (struct kvm_irq_routing_entry){ .gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, pin } };
	r.e[1] = (struct kvm_irq_routing_entry){ .gsi = other, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, pin + 1 } };
	expect_result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r), 0);
}

/* Many irqfds share a GSI: each is told. A GSI that is routed there later, too; one that was before, no longer. */
static void check_shared(void)
{
	static struct pair many[IRQFDS];
	unsigned int i, bad = 0;
	struct pair moved;
	uint64_t val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	for (i = 0; i < IRQFDS; i++)
		assign(&v, &many[i], LEVEL - 32);
	assign(&v, &moved, 3000);
	vmm_start(&v, 0, WHAT_PLAIN, 3);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "not ready");
	ring(&many[7]);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "not ready");
	for (i = 0; i < IRQFDS; i++)
		bad += told(&many[i]) != 1;
	expect(!bad, "%u of %u were not told once", bad, IRQFDS);
	expect(!told(&moved), "one of another GSI was told");

	route(&v, 3000, LEVEL - 32, LEVEL - 32);
	ring(&moved);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "not ready");
	expect(told(&moved) == 1, "routed anew: not told once");
	expect(!told(&many[7]), "routed away: told");

	route(&v, LEVEL - 32, 3000, LEVEL - 32);
	ring(&many[0]);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 1, "not ended");
	expect(told(&many[0]) == 1, "routed back: not told once");
	expect(!told(&moved), "routed away: told");
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
}

static const struct check checks[] = {
	{ "nested", check_nested },
	{ "elsewhere", check_elsewhere },
	{ "shared", check_shared },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
