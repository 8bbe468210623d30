// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of four devices, two by eventfd and two by KVM_SIGNAL_MSI, to two vCPUs, as fast as the guest takes them:
 * each is taken, while slots come, go and move, the log is read, and the routes are set anew.
 */
#define _GNU_SOURCE
#include "vmm.h"
#include "guest/its.h"

enum { WHAT_SERVE, WHAT_OTHER };

#define DEVICES_N	4
#define EVENTS		8
#define LPIS		(DEVICES_N * EVENTS)
#define PRIORITY	0xa0
#define COUNTS_AT	0x200000UL	/* in RAM: how often each was taken */
#define STOP_AT		0x201000UL
#define AT		0x80000000UL	/* slots that are nobody's */
#define MESSAGES	100		/* of each device, one event after the other */

#ifdef GUEST

#define NONE	1023

static volatile uint64_t *counts(void)
{
	return (volatile uint64_t *)(GUEST_RAM + COUNTS_AT);
}

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(s3_0_c12_c12_0) & 0xffffff;

	if (intid == NONE)
		return true;
	guest_expect(intid >= LPI && intid < LPI + LPIS, 1);
	/* one LPI is at one vCPU at a time */
	counts()[intid - LPI]++;
	asm volatile("dsb sy" : : : "memory");
	write_reg(intid, s3_0_c12_c12_1);
	return true;
}

static void setup(void)
{
	unsigned int dev, i;

	its_on();
	for (i = 0; i < LPIS; i++)
		property(LPI + i, PRIORITY | 1);
	MAPC(1, 0);
	MAPC(2, 1);
	for (dev = 0; dev < DEVICES_N; dev++) {
		MAPD(dev, 5, ITTS + 0x1000 * dev);
		for (i = 0; i < EVENTS; i++)
			MAPTI(dev, i, LPI + dev * EVENTS + i, 1 + (dev & 1));
	}
	INVALL(1);
	INVALL(2);
}

static void serve(void)
{
	irqs_on();
	while (!*(volatile uint64_t *)(GUEST_RAM + STOP_AT))
		guest_wfi();
	irqs_off();
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	gic_start();
	lpis_on();
	if (what == WHAT_SERVE)
		setup();
	guest_say(PORT_TEST, 0);
	serve();
	return 0;
}

#else

static struct vmm v;
static int eventfds[LPIS];
static volatile bool done;

static volatile uint64_t *count_of(unsigned int lpi)
{
	return (volatile uint64_t *)(v.ram + COUNTS_AT) + lpi;
}

static void send(unsigned int dev, unsigned int event)
{
	struct kvm_msi msi = {
		.address_lo = DOORBELL, .data = event, .devid = dev, .flags = KVM_MSI_VALID_DEVID,
	};
	uint64_t once = 1;

	if (dev < 2)
		expect(write(eventfds[dev * EVENTS + event], &once, 8) == 8, "eventfd");
	else
		expect_result(ioctl(v.vm, KVM_SIGNAL_MSI, &msi), 1);
}

/* One device: each message is taken before its next one is sent; all events are under way at once. */
static void *device(void *arg)
{
	unsigned int dev = (uintptr_t)arg, i, event, waited;

	for (i = 1; i <= MESSAGES; i++) {
		for (event = 0; event < EVENTS; event++)
			send(dev, event);
		for (event = 0; event < EVENTS; event++) {
			unsigned int lpi = dev * EVENTS + event;

			for (waited = 0; *count_of(lpi) != i && waited < 2000 * vmm_slow(); waited++)
				usleep(waited < 100 ? 50 : 5000);
			if (*count_of(lpi) != i)
				die("device %u, event %u: %lu taken of %u", dev, event, (long)*count_of(lpi), i);
		}
	}
	return NULL;
}

static void route(void)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2 * EVENTS];
	} r = { .head.nr = 2 * EVENTS };
	unsigned int i;

	for (i = 0; i < 2 * EVENTS; i++) {
		r.e[i].gsi = 64 + i;
		r.e[i].type = KVM_IRQ_ROUTING_MSI;
		r.e[i].flags = KVM_MSI_VALID_DEVID;
		r.e[i].u.msi.address_lo = DOORBELL;
		r.e[i].u.msi.data = i % EVENTS;
		r.e[i].u.msi.devid = i / EVENTS;
	}
	expect_result(ioctl(v.vm, KVM_SET_GSI_ROUTING, &r), 0);
}

/* Slots around the guest, and the log of its own RAM, in which the ITS's tables are. */
static unsigned int moves(void)
{
	void *mem = mmap(NULL, 0x200000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t map[RAM_SIZE / 4096 / 64];
	struct kvm_dirty_log log = { .dirty_bitmap = map };
	unsigned int n;

	for (n = 0; !done; n++) {
		expect_result(vmm_slot(&v, 1, AT + n % 8 * 0x100000, 0x100000, mem, 0), 0);
		expect_result(vmm_slot(&v, 2, AT + 0x10000000, 0x100000, (char *)mem + 0x100000, KVM_MEM_LOG_DIRTY_PAGES), 0);
		expect_result(vmm_slot(&v, 0, GUEST_RAM, RAM_SIZE, v.ram, n & 1 ? 0 : KVM_MEM_LOG_DIRTY_PAGES), 0);
		if (!(n & 1))
			expect_result(ioctl(v.vm, KVM_GET_DIRTY_LOG, &log), 0);
		route();
		expect_result(vmm_slot(&v, 2, AT + 0x10000000, 0, mem, 0), 0);
		usleep(500);
	}
	return n;
}

static void *mover(void *n)
{
	*(unsigned int *)n = moves();
	return NULL;
}

static int its_open(void)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_ITS };
	uint64_t base = ITS_FRAME;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .ram_size = RAM_SIZE });
	if (ioctl(v.vm, KVM_CREATE_DEVICE, &cd))
		die("KVM_CREATE_DEVICE: %s", strerror(errno));
	expect_result(vmm_attr(cd.fd, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0);
	expect_result(vmm_attr(cd.fd, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base), 0);
	return cd.fd;
}

static void storm(void)
{
	pthread_t cpu[2], dev[DEVICES_N], other;
	unsigned int i, moved = 0;
	uint64_t val;
	int its = its_open();

	route();
	for (i = 0; i < 2 * EVENTS; i++) {
		struct kvm_irqfd irqfd = { .gsi = 64 + i };

		irqfd.fd = eventfds[i] = eventfd(0, EFD_NONBLOCK);
		expect_result(ioctl(v.vm, KVM_IRQFD, &irqfd), 0);
	}
	for (i = 2; i--;) {
		vmm_start(&v, i, i ? WHAT_OTHER : WHAT_SERVE, 0);
		expect(vmm_event(&v, i, &val) == PORT_TEST, "vCPU %u is not ready", i);
	}
	for (i = 0; i < 2; i++)
		cpu[i] = vmm_thread(&v, i);
	pthread_create(&other, NULL, mover, &moved);
	for (i = 0; i < DEVICES_N; i++)
		pthread_create(&dev[i], NULL, device, (void *)(uintptr_t)i);
	for (i = 0; i < DEVICES_N; i++)
		pthread_join(dev[i], NULL);
	done = true;
	pthread_join(other, NULL);
	*(volatile uint64_t *)(v.ram + STOP_AT) = 1;
	send(0, 0);
	send(1, 0);
	for (i = 0; i < 2; i++)
		pthread_join(cpu[i], NULL);
	printf("# %u messages, slots and routes changed %u times\n", DEVICES_N * EVENTS * MESSAGES, moved);
	expect(moved > 10, "hardly a move");
	close(its);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "storm", storm },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
