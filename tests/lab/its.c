// SPDX-License-Identifier: GPL-2.0
/*
 * LPIs and the ITS, from the guest's and the VMM's side: commands, messages, tables that
 * travel. IHI 0069, chapter 5; Documentation/virt/kvm/devices/arm-vgic-its.rst.
 */
#define _GNU_SOURCE
#include "vmm.h"
#include "guest/its.h"
#ifndef GUEST
#include "common/seen.h"
#endif

enum { WHAT_COMMANDS, WHAT_ANNOUNCED, WHAT_SERVE, WHAT_MOVES, WHAT_OTHER, WHAT_SETUP, WHAT_RESTORED, WHAT_WILD };

#define PORT_READY	(PORT_TEST + 0)	/* the guest waits for what the VMM does next */
#define PORT_GOT_LPI	(PORT_TEST + 1)	/* and has taken this interrupt since */

#define PRIORITY	0xa0
#define NONE		1023
#define DEVICE		0x18
#define WILD		3000

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1

/* Device DEVICE with 32 events; event n is LPI + n, at this vCPU by collection 1. */
static void its_setup(void)
{
	unsigned int i;

	lpis_on();
	its_on();
	for (i = 0; i < 64; i++)
		property(LPI + i, PRIORITY | 1);
	MAPD(DEVICE, 5, ITTS);
	MAPC(1, me());
	for (i = 0; i < 8; i++)
		MAPTI(DEVICE, i, LPI + i, 1);
	INVALL(1);
	SYNC(me());
}

static uint64_t ack(void)
{
	uint64_t intid;

	asm volatile("dsb sy");
	intid = read_reg(ICC_IAR1) & 0xffffff;
	return intid;
}

static void end(uint64_t intid)
{
	write_reg(intid, ICC_EOIR1);
}

/* Until one comes: an exit to the VMM lets what is pending in. */
static void takes(uint64_t want)
{
	uint64_t got = ack();
	unsigned int i;

	for (i = 0; got == NONE && want != NONE && i < 1000; i++) {
		read32(ITS_FRAME);
		got = ack();
	}
	guest_expect(got, want);
	if (got != NONE)
		end(got);
}

static void commands(bool kernels)
{
	its_setup();
	INT(DEVICE, 0);
	takes(LPI);
	takes(NONE);
	/* one that is active and comes again */
	INT(DEVICE, 1);
	guest_expect(ack(), LPI + 1);
	INT(DEVICE, 1);
	guest_expect(ack(), NONE);
	end(LPI + 1);
	takes(LPI + 1);
	takes(NONE);
	INT(DEVICE, 0);
	CLEAR(DEVICE, 0);
	takes(NONE);
	/* properties: read again when INV or INVALL says so */
	property(LPI + 2, PRIORITY);
	INV(DEVICE, 2);
	INT(DEVICE, 2);
	takes(NONE);
	property(LPI + 2, 0x80 | 1);
	INT(DEVICE, 0);
	INVALL(1);
	takes(LPI + 2);
	takes(LPI);
	/* nothing is mapped there */
	INT(DEVICE, 9);
	INT(DEVICE + 1, 0);
	takes(NONE);
	/* events beyond the device's, numbers that are no LPIs, a collection that is none */
	MAPTI(DEVICE, 32, LPI + 20, 1);
	INT(DEVICE, 32);
	MAPTI(DEVICE, 9, 100, 1);
	INT(DEVICE, 9);
	MAPTI(DEVICE, 10, LPI + 21, 5);
	INT(DEVICE, 10);
	takes(NONE);
	MAPD(DEVICE + 2, 16, ITTS + 0x1000);
	MAPI(DEVICE + 2, LPI + 33, 1);
	INT(DEVICE + 2, LPI + 33);
	takes(LPI + 33);
	DISCARD(DEVICE, 0);
	INT(DEVICE, 0);
	takes(NONE);
	/* the kernel's own KVM keeps what is pending then */
	if (!kernels)
		INT(DEVICE, 1);
	DISCARD(DEVICE, 1);
	takes(NONE);
	UNMAPC(1);
	INT(DEVICE, 3);
	takes(NONE);
	UNMAPD(DEVICE);
	MAPC(1, me());
	INT(DEVICE, 4);
	takes(NONE);
	MAPD(DEVICE, 5, ITTS);
	INT(DEVICE, 4);
	takes(NONE);
	MAPTI(DEVICE, 4, LPI + 4, 1);
	INT(DEVICE, 4);
	takes(LPI + 4);
}

static void announced(void)
{
	uint64_t rd = gic_redist();

	guest_expect(read32(GUEST_DIST + 4) >> 17 & 1, 1);
	guest_expect(read32(GUEST_DIST + 4) >> 19 & 0x1f, 15);
	guest_expect(read64(rd + 8) & 1, 1);
	guest_expect(read32(rd) & 1, 0);
	guest_expect(read64(ITS_FRAME + 8) & 0xfffff, 1 | 7 << 4 | 15 << 8 | 15 << 13);
	guest_expect(read32(ITS_FRAME + 0xffe8), 0x3b);
	guest_expect(read32(ITS_FRAME), 1U << 31);
	guest_expect(read64(ITS_FRAME + 0x100) >> 56 & 7, 1);
	guest_expect(read64(ITS_FRAME + 0x108) >> 56 & 7, 4);
	guest_expect(read64(ITS_FRAME + 0x110), 0);
	/* not without tables and queue */
	write32(ITS_FRAME, 1);
	guest_expect(read32(ITS_FRAME), 1U << 31);
	its_setup();
	/* fixed while it is enabled */
	write64(ITS_FRAME + 0x80, 0);
	guest_expect(read64(ITS_FRAME + 0x80) >> 63, 1);
	write64(ITS_FRAME + 0x100, 0);
	guest_expect(read64(ITS_FRAME + 0x100) >> 63, 1);
	write64(rd + 0x78, 0);
	guest_check(read64(rd + 0x78) & PENDING);
	write32(ITS_FRAME, 0);
	guest_expect(read32(ITS_FRAME), 1U << 31);
	write64(ITS_FRAME + 0x80, 0);
	guest_expect(read64(ITS_FRAME + 0x80) >> 63, 0);
	guest_expect(read64(ITS_FRAME + 0x90), 0);
}

/* Waits for the VMM's messages, asleep, and tells each. */
static volatile uint64_t got_lpi;

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = ack();

	if (intid != NONE) {
		got_lpi = intid;
		end(intid);
	}
	return true;
}

static void serve(void)
{
	uint64_t more = 1;

	while (more) {
		got_lpi = 0;
		guest_say(PORT_READY, 0);
		irqs_on();
		while (!got_lpi)
			guest_wfi();
		irqs_off();
		more = got_lpi != LPI + 7;
		guest_say(PORT_GOT_LPI, got_lpi);
	}
}

/* What goes to another vCPU, by each command that says so. */
static volatile uint64_t at_other, stop_other;

static void moves(void)
{
	its_setup();
	guest_say(PORT_READY, 0);		/* the other has enabled its LPIs */
	MAPC(2, 1);
	MOVI(DEVICE, 0, 2);
	INT(DEVICE, 0);
	while (at_other != LPI)
		;
	MAPTI(DEVICE, 9, LPI + 9, 2);
	INT(DEVICE, 9);
	while (at_other != LPI + 9)
		;
	INT(DEVICE, 1);
	takes(LPI + 1);
	MAPC(1, 1);
	INT(DEVICE, 1);
	while (at_other != LPI + 1)
		;
	takes(NONE);
	MOVALL(1, 0);
	INT(DEVICE, 2);
	takes(LPI + 2);
	stop_other = 1;
}

static void other(void)
{
	uint64_t got;

	lpis_on();
	guest_say(PORT_READY, 0);
	while (!stop_other) {
		got = ack();
		if (got != NONE) {
			end(got);
			at_other = got;
		}
	}
}

static uint64_t seed = 88172645463325252UL;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Words that mostly are commands, of mostly small numbers, with tables that hold anything. */
static void wild(void)
{
	uint64_t i, c[4];

	its_setup();
	for (i = 0; i < 0x20000; i += 64)
		write64(DEVICES + i, rnd());
	for (i = 0; i < WILD; i++) {
		c[0] = (rnd() & 15) | (rnd() & (i & 1 ? 7 : ~0UL)) << 32;
		c[1] = i & 2 ? rnd() : (rnd() & 15) | (LPI + (rnd() & 31)) << 32;
		c[2] = i & 4 ? rnd() : (rnd() & 3) | (rnd() & 1) << 16 | (rnd() & 1) << 63 | ITTS;
		c[3] = rnd() & 0xffff;
		cmd(c[0], c[1], c[2], c[3]);
		if (i % 16 == 0) {
			write64(ITS_FRAME + (rnd() & 0x1ff) * 8, rnd());
			write32(ITS_FRAME, 1);
			write64(gic_redist() + 0x70 + (rnd() & 15) * 8, rnd());
		}
		c[0] = ack();
		if (c[0] != NONE)
			end(c[0]);
		if (!(read32(ITS_FRAME) & 1))
			its_on();
	}
	/* a queue, tables and properties where there is nothing */
	write32(ITS_FRAME, 0);
	write64(ITS_FRAME + 0x80, 1UL << 63 | 0xffffffffff000UL | 0xff);
	write32(ITS_FRAME, 1);
	write64(ITS_FRAME + 0x88, 0xfffe0);
	for (i = 0; read64(ITS_FRAME + 0x90) != 0xfffe0 && i < 1000; i++)
		;
	write32(gic_redist(), 0);
	write64(gic_redist() + 0x70, 0xffffffffff000UL | 31);
	write64(gic_redist() + 0x78, 0xffffffff0000UL);
	write32(gic_redist(), 1);
	/* and it goes on */
	write32(gic_redist(), 0);
	write32(ITS_FRAME, 0);
	for (i = 0; i < 0x20000; i += 8)
		write64(DEVICES + i, 0);
	for (i = 0; i < 0x10000; i += 8)
		write64(PENDING + i, 0);
	write64(ITS_FRAME + 0x100, 0);
	write64(ITS_FRAME + 0x108, 0);
	its_setup();
	INT(DEVICE, 0);
	takes(LPI);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	gic_start();
	switch (what) {
	case WHAT_COMMANDS:
		commands(arg);
		break;
	case WHAT_ANNOUNCED:
		announced();
		break;
	case WHAT_SERVE:
		its_setup();
		serve();
		break;
	case WHAT_MOVES:
		moves();
		break;
	case WHAT_OTHER:
		other();
		break;
	case WHAT_SETUP:
		its_setup();
		property(LPI + 5, PRIORITY);
		guest_say(PORT_READY, 0);
		break;
	case WHAT_RESTORED:
		takes(LPI + 3);
		takes(NONE);
		INT(DEVICE, 2);
		takes(LPI + 2);
		INT(DEVICE, 5);			/* disabled since */
		takes(NONE);
		guest_expect(read64(ITS_FRAME + 0x88) != 0, 1);
		break;
	case WHAT_WILD:
		wild();
		break;
	}
	return 0;
}

#else

static int its_make(struct vmm *v)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_ITS };
	uint64_t base = ITS_FRAME;

	if (ioctl(v->vm, KVM_CREATE_DEVICE, &cd))
		die("KVM_CREATE_DEVICE: %s", strerror(errno));
	expect_result(vmm_attr(cd.fd, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0);
	expect_result(vmm_attr(cd.fd, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base), 0);
	return cd.fd;
}

static int its_open(struct vmm *v, unsigned int cpus)
{
	vmm_open(v, &(struct vmm_config){ .cpus = cpus, .ram_size = RAM_SIZE });
	return its_make(v);
}

static void its_close(struct vmm *v, int its)
{
	close(its);
	vmm_close(v);
}

static void one(unsigned int what, uint64_t arg)
{
	struct vmm v;
	int its = its_open(&v, 1);

	vmm_go(&v, 0, what, arg);
	its_close(&v, its);
}

static void check_commands(void)
{
	one(WHAT_COMMANDS, is_kernels_kvm());
}

static void check_announced(void)
{
	one(WHAT_ANNOUNCED, 0);
}

static void check_wild(void)
{
	one(WHAT_WILD, 0);
}

static int signal_msi(struct vmm *v, uint64_t address, uint32_t device, uint32_t event, uint32_t flags)
{
	struct kvm_msi msi = {
		.address_lo = address, .address_hi = address >> 32, .data = event, .devid = device, .flags = flags,
	};

	return result(ioctl(v->vm, KVM_SIGNAL_MSI, &msi));
}

static int message(struct vmm *v, uint32_t device, uint32_t event)
{
	return signal_msi(v, DOORBELL, device, event, KVM_MSI_VALID_DEVID);
}

/* The guest waits; what it has taken then. */
static uint64_t next_lpi(struct vmm *v)
{
	uint64_t val = 0;

	expect(vmm_event(v, 0, &val) == PORT_GOT_LPI, "no interrupt");
	return val;
}

static void ready(struct vmm *v)
{
	uint64_t val;

	expect(vmm_event(v, 0, &val) == PORT_READY, "the guest is not ready");
}

static void check_signal(void)
{
	struct vmm v;
	int its = its_open(&v, 1);
	unsigned int i;

	expect(result(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_SIGNAL_MSI)) == 1, "KVM_CAP_SIGNAL_MSI");
	expect(result(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_MSI_DEVID)) == 1, "KVM_CAP_MSI_DEVID");
	vmm_start(&v, 0, WHAT_SERVE, 0);
	expect(message(&v, DEVICE, 0) < 0, "a message before the guest enables it");
	for (i = 0; i < 8; i++) {
		ready(&v);
		expect(message(&v, DEVICE, 30) == 0, "no event");
		expect(message(&v, DEVICE + 1, i) == 0, "no device");
		expect(message(&v, 0xffffffff, 0xffffffff) == 0, "wild numbers");
		expect(signal_msi(&v, DOORBELL, DEVICE, i, 0) == -EINVAL, "without a device");
		expect(signal_msi(&v, DOORBELL, DEVICE, i, 3) == -EINVAL, "flags");
		expect(signal_msi(&v, 0x1000, DEVICE, i, KVM_MSI_VALID_DEVID) == -EINVAL, "no doorbell");
		expect(message(&v, DEVICE, i) == 1, "event %u", i);
		expect(next_lpi(&v) == LPI + i, "not LPI %u", i);
	}
	expect(vmm_event(&v, 0, &(uint64_t){ 0 }) == PORT_DONE, "it does not end");
	its_close(&v, its);
}

static void route(struct vmm *v, uint32_t gsi, uint32_t event, uint32_t flags, int want)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e;
	} r = {
		.head.nr = 1,
		.e = { .gsi = gsi, .type = KVM_IRQ_ROUTING_MSI, .flags = flags },
	};

	r.e.u.msi.address_lo = DOORBELL;
	r.e.u.msi.data = event;
	r.e.u.msi.devid = DEVICE;
	expect_result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r), want);
}

static void check_irqfd(void)
{
	struct kvm_irqfd irqfd = { .gsi = 70 };
	uint64_t once = 1;
	struct vmm v;
	int its = its_open(&v, 1);
	unsigned int i;

	irqfd.fd = eventfd(0, EFD_NONBLOCK);
	expect_result(ioctl(v.vm, KVM_IRQFD, &irqfd), 0);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	route(&v, 70, 0, 2, -EINVAL);
	for (i = 0; i < 8; i++) {
		ready(&v);
		route(&v, 70, 30, KVM_MSI_VALID_DEVID, 0);
		expect(write(irqfd.fd, &once, 8) == 8, "eventfd");	/* of no event */
		route(&v, 70, i, KVM_MSI_VALID_DEVID, 0);
		expect(write(irqfd.fd, &once, 8) == 8, "eventfd");
		expect(next_lpi(&v) == LPI + i, "not LPI %u", i);
	}
	expect(vmm_event(&v, 0, &(uint64_t){ 0 }) == PORT_DONE, "it does not end");
	close(irqfd.fd);
	its_close(&v, its);
}

static void check_moves(void)
{
	uint64_t val;
	struct vmm v;
	int its = its_open(&v, 2);
	pthread_t t;

	vmm_start(&v, 0, WHAT_MOVES, 0);
	vmm_start(&v, 1, WHAT_OTHER, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY, "vCPU 0 is not ready");
	expect(vmm_event(&v, 1, &val) == PORT_READY, "vCPU 1 is not ready");
	t = vmm_thread(&v, 1);
	expect(vmm_event(&v, 0, &val) == PORT_DONE, "it does not end");
	pthread_join(t, NULL);
	its_close(&v, its);
}

static uint64_t its_reg(int its, uint64_t offset)
{
	uint64_t val = 0;

	expect_result(vmm_attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &val), 0);
	return val;
}

static void its_set(int its, uint64_t offset, uint64_t val)
{
	expect_result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &val), 0);
}

static int its_ctrl(int its, uint64_t what)
{
	return result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, what, NULL));
}

static void copy_gic(struct vmm *to, struct vmm *from, uint32_t group, uint32_t offset)
{
	uint32_t val = 0;

	expect_result(vmm_attr(from->gic, KVM_GET_DEVICE_ATTR, group, offset, &val), 0);
	expect_result(vmm_attr(to->gic, KVM_SET_DEVICE_ATTR, group, offset, &val), 0);
}

/* All of a VM's state that concerns its ITS, in the order that the API wants. */
static void copy_its(struct vmm *to, int to_its, struct vmm *from, int from_its)
{
	static const uint32_t redist[] = { 0x70, 0x74, 0x78, 0x7c, 0x0 };
	static const uint64_t regs[] = { 0x4, 0x80, 0x90, 0x88, 0x100, 0x108 };
	unsigned int i;

	expect_result(its_ctrl(from_its, KVM_DEV_ARM_ITS_SAVE_TABLES), 0);
	expect_result(vmm_attr(from->gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL,
			       KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), 0);
	memcpy(to->ram, from->ram, RAM_SIZE);
	copy_gic(to, from, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0);
	for (i = 0; i < 5; i++)
		copy_gic(to, from, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, redist[i]);
	for (i = 0; i < 6; i++)
		its_set(to_its, regs[i], its_reg(from_its, regs[i]));
	expect_result(its_ctrl(to_its, KVM_DEV_ARM_ITS_RESTORE_TABLES), 0);
	its_set(to_its, 0, its_reg(from_its, 0));
}

static void check_travels(void)
{
	struct vmm v, w;
	int its = its_open(&v, 1), copy;
	uint64_t *entry;

	vmm_start(&v, 0, WHAT_SETUP, 0);
	ready(&v);
	expect(message(&v, DEVICE, 3) == 1, "event 3");
	copy = its_open(&w, 1);
	copy_its(&w, copy, &v, its);
	entry = (uint64_t *)(w.ram + DEVICES - GUEST_RAM) + DEVICE;
	expect(*entry == (1UL << 63 | (uint64_t)ITTS >> 3 | 4), "device: %#lx", (long)*entry);
	entry = (uint64_t *)(w.ram + ITTS - GUEST_RAM);
	expect(*entry == (1UL << 48 | LPI << 16 | 1), "event: %#lx", (long)*entry);
	entry = (uint64_t *)(w.ram + COLLECTIONS - GUEST_RAM);
	expect(*entry == (1UL << 63 | 1), "collection: %#lx", (long)*entry);
	its_close(&v, its);
	vmm_go(&w, 0, WHAT_RESTORED, 0);
	/* reset, nothing of it is left */
	expect_result(its_ctrl(copy, KVM_DEV_ARM_ITS_CTRL_RESET), 0);
	expect(its_reg(copy, 0) == 1U << 31, "GITS_CTLR");
	expect(its_reg(copy, 0x80) == 0, "GITS_CBASER");
	expect(its_reg(copy, 0x100) >> 63 == 0, "GITS_BASER0");
	expect(message(&w, DEVICE, 3) < 0, "a message after reset");
	its_close(&w, copy);
}

/* Tables are saved, in rounds, to a page that somebody looks at. Each time it was empty. */
static void check_saved(enum see by, uint64_t gpa, const char *who, bool pending)
{
	void *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i, written = 0;
	static struct seen s;
	struct vmm v;
	int its;

	if (ram == MAP_FAILED || madvise(ram, RAM_SIZE, MADV_NOHUGEPAGE))
		die("no memory");
	vmm_open(&v, &(struct vmm_config){ .cpus = 1, .ram = ram, .ram_size = RAM_SIZE });
	if (by == SEE_LOG && vmm_slot(&v, 0, GUEST_RAM, RAM_SIZE, ram, KVM_MEM_LOG_DIRTY_PAGES))
		die("no dirty log");
	its = its_make(&v);
	vmm_start(&v, 0, WHAT_SETUP, 0);
	ready(&v);
	expect(message(&v, DEVICE, 3) == 1, "event 3");
	s = (struct seen){
		.vm = v.vm, .slot_pages = RAM_SIZE / SEEN_PAGE, .index = (gpa - GUEST_RAM) / SEEN_PAGE, .mem = ram + gpa - GUEST_RAM,
	};
	memset(s.mem, 0, SEEN_PAGE);
	seen_begin(&s, by);
	for (i = 0; i < 4; i++) {
		memset(s.mem, 0, SEEN_PAGE);
		memset(s.copy, 0, SEEN_PAGE);
		seen_take_away(&s);
		if (pending)
			expect_result(vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), 0);
		else
			expect_result(its_ctrl(its, KVM_DEV_ARM_ITS_SAVE_TABLES), 0);
		written += seen_look(&s, who, false, false);
	}
	expect(written == 4, "%s: written %u times", who, written);
	seen_end(&s, who, false);
	its_close(&v, its);
}

/* Saved tables and pending bits are in the dirty log, wait for userfaultfd, and are where the page has migrated to. */
static void check_seen(void)
{
	enum see by;

	for (by = SEE_LOG; by <= SEE_MOVED; by++) {
		check_saved(by, ITTS, "an interrupt translation table", false);
		check_saved(by, PENDING, "pending bits", true);
	}
}

static void check_errors(void)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_ITS, .flags = KVM_CREATE_DEVICE_TEST };
	uint64_t val = 0;
	struct vmm v;
	int its;

	vmm_open(&v, &(struct vmm_config){ .ram_size = RAM_SIZE });
	expect_result(ioctl(v.vm, KVM_CREATE_DEVICE, &cd), 0);
	expect(result(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_MSI_DEVID)) == 0, "a test makes none");
	expect(message(&v, DEVICE, 0) == -ENODEV, "a message, and no ITS");
	its = its_make(&v);
	expect_result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), -EEXIST);
	expect_result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 99, &val), -ENODEV);
	expect_result(vmm_attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val), 0);
	expect(val == ITS_FRAME, "address %#lx", (long)val);
	expect_result(vmm_attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x0c, &val), -EINVAL);
	expect_result(vmm_attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x20, &val), -ENXIO);
	expect_result(vmm_attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0, (void *)1), -EFAULT);
	expect_result(vmm_attr(its, KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_CTRL_RESET, NULL), 0);
	expect_result(vmm_attr(its, KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, 77, NULL), -ENXIO);
	expect_result(vmm_attr(its, KVM_HAS_DEVICE_ATTR, 77, 0, NULL), -ENXIO);
	val = 0xf000;
	expect_result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 4, &val), -EINVAL);
	val = 0xfffe0;
	expect_result(vmm_attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x90, &val), -EINVAL);
	/* tables that are not there, and that hold anything */
	its_set(its, 0x100, 1UL << 63 | 0x10000);
	expect_result(its_ctrl(its, KVM_DEV_ARM_ITS_RESTORE_TABLES), -EFAULT);
	its_set(its, 0x100, 1UL << 63 | DEVICES);
	its_set(its, 0x108, 1UL << 63 | COLLECTIONS);
	expect_result(its_ctrl(its, KVM_DEV_ARM_ITS_RESTORE_TABLES), 0);
	memset(v.ram + COLLECTIONS - GUEST_RAM, 0xa5, 0x10000);
	expect_result(its_ctrl(its, KVM_DEV_ARM_ITS_RESTORE_TABLES), -EINVAL);
	memset(v.ram + COLLECTIONS - GUEST_RAM, 0, 0x10000);
	memset(v.ram + DEVICES - GUEST_RAM, 0xff, 0x10000);
	expect_result(its_ctrl(its, KVM_DEV_ARM_ITS_RESTORE_TABLES), -EINVAL);
	its_close(&v, its);
}

static const struct check checks[] = {
	{ "announced", check_announced },
	{ "commands", check_commands },
	{ "signal", check_signal },
	{ "irqfd", check_irqfd },
	{ "moves", check_moves },
	{ "travels", check_travels },
	{ "seen", check_seen },
	{ "errors", check_errors },
	{ "wild", check_wild },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
