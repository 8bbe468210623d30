// SPDX-License-Identifier: GPL-2.0
/*
 * Writes that wait in a ring until the VMM comes by (KVM API 4.116).
 */
#define _GNU_SOURCE
#include "vmm.h"

#define DEVICE	0x0b000000UL
#define ZONE	32		/* bytes of it that coalesce */

enum { WHAT_WRITE, WHAT_MIXED };

#ifdef GUEST

/* One access each, of a kind that has a syndrome, whatever the compiler makes of its neighbours. */
static void write8(uint64_t a, uint8_t v)
{
	asm volatile("strb %w0, [%1]" : : "r" (v), "r" (a) : "memory");
}

static uint16_t read16(uint64_t a)
{
	uint16_t v;

	asm volatile("ldrh %w0, [%1]" : "=r" (v) : "r" (a) : "memory");
	return v;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i;

	if (what == WHAT_MIXED) {
		write8(DEVICE, 0x11);
		write32(DEVICE + ZONE - 4, 0x22222222);
		write32(DEVICE + ZONE, 0x33333333);	/* behind it: an exit */
		return read16(DEVICE + 2);		/* no write: an exit */
	}
	for (i = 0; i < arg; i++)
		write64(DEVICE + i % 4 * 8, i);
	return arg;
}

#else

#define RING_MAX ((4096 - sizeof(struct kvm_coalesced_mmio_ring)) / sizeof(struct kvm_coalesced_mmio))

static struct kvm_coalesced_mmio_ring *ring_of(struct vmm *v)
{
	int page = ioctl(v->sys, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);

	if (page <= 0 || (page + 1) * 4096UL > v->run_size)
		die("the ring is page %d of %zu bytes", page, v->run_size);
	return (void *)v->run[0] + page * 4096;
}

static int zone(struct vmm *v, unsigned long request, uint64_t addr, uint32_t size)
{
	return result(ioctl(v->vm, request, &(struct kvm_coalesced_mmio_zone){ .addr = addr, .size = size }));
}

static void order(void)
{
	struct kvm_coalesced_mmio_ring *ring;
	struct vmm v;
	int ret;

	vmm_open(&v, NULL);
	ring = ring_of(&v);
	expect_result(zone(&v, KVM_REGISTER_COALESCED_MMIO, DEVICE, ZONE), 0);
	vmm_start(&v, 0, WHAT_MIXED, 0);
	ret = vmm_run(&v, 0);
	expect_result(ret, 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && v.run[0]->mmio.phys_addr == DEVICE + ZONE, "exit %u at %#llx",
	       v.run[0]->exit_reason, (unsigned long long)v.run[0]->mmio.phys_addr);
	expect(ring->first == 0 && ring->last == 2, "%u to %u", ring->first, ring->last);
	expect(ring->coalesced_mmio[0].phys_addr == DEVICE && ring->coalesced_mmio[0].len == 1 &&
	       ring->coalesced_mmio[0].data[0] == 0x11, "the first is another");
	expect(ring->coalesced_mmio[1].phys_addr == DEVICE + ZONE - 4 && ring->coalesced_mmio[1].len == 4 &&
	       ring->coalesced_mmio[1].data[3] == 0x22, "the second is another");
	ret = vmm_run(&v, 0);
	expect_result(ret, 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && !v.run[0]->mmio.is_write, "a read: exit %u", v.run[0]->exit_reason);
	vmm_close(&v);
}

/* One place stays free; what finds none exits, as does everything while the ring says nonsense. */
static void full(void)
{
	struct kvm_coalesced_mmio_ring *ring;
	unsigned int exits = 0, i;
	struct vmm v;

	vmm_open(&v, NULL);
	ring = ring_of(&v);
	expect_result(zone(&v, KVM_REGISTER_COALESCED_MMIO, DEVICE, ZONE), 0);
	vmm_start(&v, 0, WHAT_WRITE, RING_MAX + 1);
	while (!vmm_run(&v, 0) && v.run[0]->mmio.phys_addr != GUEST_IO)
		exits++;
	expect(exits == 2, "%u exits", exits);
	expect(ring->last == RING_MAX - 1, "%u in it", ring->last);
	for (i = 0; i < RING_MAX - 1; i++)
		expect(*(uint64_t *)ring->coalesced_mmio[i].data == i, "entry %u", i);
	ring->first = ring->last;
	vmm_start(&v, 0, WHAT_WRITE, 3);
	expect(vmm_event(&v, 0, &(uint64_t){ 0 }) == PORT_DONE && ring->last == 2 && *(uint64_t *)ring->coalesced_mmio[0].data == 1,
	       "it does not go round: %u", ring->last);
	ring->last = 0x7fffffff;
	vmm_start(&v, 0, WHAT_WRITE, 1);
	expect(!vmm_run(&v, 0) && v.run[0]->mmio.phys_addr == DEVICE, "a ring of nonsense takes a write");
	vmm_close(&v);
}

static void gone(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	/* the kernel's own takes one that no write can be in */
	if (!is_kernels_kvm())
		expect_result(zone(&v, KVM_REGISTER_COALESCED_MMIO, ~0UL - 3, 8), -EINVAL);
	expect_result(zone(&v, KVM_REGISTER_COALESCED_MMIO, DEVICE, ZONE), 0);
	expect_result(zone(&v, KVM_UNREGISTER_COALESCED_MMIO, DEVICE, ZONE), 0);
	vmm_start(&v, 0, WHAT_WRITE, 1);
	expect(!vmm_run(&v, 0) && v.run[0]->exit_reason == KVM_EXIT_MMIO && v.run[0]->mmio.phys_addr == DEVICE, "it coalesces still");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "order", order },
	{ "full", full },
	{ "gone", gone },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
