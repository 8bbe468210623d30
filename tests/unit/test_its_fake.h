/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ITS of the small VM of test_gic_fake.h, set up as a guest does: tables, a queue,
 * LPIs enabled at two vCPUs.
 */
#ifndef TEST_ITS_FAKE_H
#define TEST_ITS_FAKE_H

#include "test_gic_fake.h"

#include "../../src/arm64/its/map.c"
#include "../../src/arm64/its/table.c"
#include "../../src/arm64/its/save.c"
#include "../../src/arm64/its/cmd.c"
#include "../../src/arm64/its/regs.c"
#include "../../src/arm64/its/frame.c"
#include "../../src/arm64/its/device.c"

#define ITS_BASE	0x08080000ULL
#define DOORBELL	(ITS_BASE + 0x10040)
#define PROPERTIES	(FAKE_RAM + 0x10000)
#define PENDING(n)	(FAKE_RAM + 0x20000 + (n) * 0x10000)
#define DEVICES		(FAKE_RAM + 0x100000)
#define COLLECTIONS	(FAKE_RAM + 0x110000)
#define QUEUE		(FAKE_RAM + 0x120000)
#define ITT(n)		(FAKE_RAM + 0x200000 + (n) * 0x1000)
#define LPI		8192
#define VALID		BIT_ULL(63)

static struct vm_device its_dev;
static struct its *its;

static inline u64 *entry_at(u64 gpa)
{
	return (u64 *)fake_at(gpa);
}

static inline int its_attr(bool set, u32 group, u64 attr, u64 *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	return set ? its_device_ops.set_attr(&its_dev, &a) : its_device_ops.get_attr(&its_dev, &a);
}

static inline int its_has(u32 group, u64 attr)
{
	struct kvm_device_attr a = { .group = group, .attr = attr };

	return its_device_ops.has_attr(&its_dev, &a);
}

static inline int its_control(u64 what)
{
	return its_attr(true, KVM_DEV_ARM_VGIC_GRP_CTRL, what, NULL);
}

static inline void its_wr(u64 offset, unsigned int len, u64 val)
{
	assert_true(its_mmio(cpu0, ITS_BASE + offset, len, true, &val));
}

static inline u64 its_rd(u64 offset, unsigned int len)
{
	u64 val = 0x5a5a5a5a5a5a5a5aULL;

	assert_true(its_mmio(cpu0, ITS_BASE + offset, len, false, &val));
	return val;
}

static inline int its_make(void)
{
	int ret;

	its_dev.vm = &vm->base;
	ret = fake_with_vm(vm, its_device_ops.create(&its_dev));
	its = its_dev.own;
	return ret;
}

static inline void lpis_on(struct arm_vcpu *vcpu)
{
	u64 rd = REDIST_BASE + vcpu->base.idx * 0x20000ULL;

	wr(vcpu, rd + 0x70, 8, PROPERTIES | 15);
	wr(vcpu, rd + 0x78, 8, PENDING(vcpu->base.idx));
	wr(vcpu, rd, 4, 1);
}

/* Enabled, nothing mapped. */
static inline int its_setup(void **state)
{
	u64 base = ITS_BASE;

	vm_make_ready(state);
	assert_int_equal(its_make(), 0);
	assert_int_equal(its_attr(true, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base), 0);
	lpis_on(cpu0);
	lpis_on(cpu1);
	memset(fake_at(PROPERTIES), 0xa1, 0xe000);
	its_wr(0x100, 8, VALID | DEVICES);
	its_wr(0x108, 8, VALID | COLLECTIONS);
	its_wr(0x80, 8, VALID | QUEUE);
	its_wr(0, 4, 1);
	return 0;
}

static inline int its_unmake(void **state)
{
	its_vm_destroy(vm);
	return vm_unmake(state);
}

/* Puts a command into the queue; the service is told by kick(). */
static inline void queue(u64 c0, u64 c1, u64 c2, u64 c3)
{
	u64 *q = entry_at(QUEUE + its->cwriter);

	q[0] = c0;
	q[1] = c1;
	q[2] = c2;
	q[3] = c3;
	its_wr(0x88, 8, (its->cwriter + 32) % 4096);
	assert_int_equal(its_rd(0x90, 8), its->cwriter);
}

#define MAPD(dev, bits, itt)	queue(8 | (u64)(dev) << 32, (bits) - 1, VALID | (itt), 0)
#define UNMAPD(dev)		queue(8 | (u64)(dev) << 32, 0, 0, 0)
#define MAPC(icid, cpu)		queue(9, 0, VALID | (u64)(cpu) << 16 | (icid), 0)
#define UNMAPC(icid)		queue(9, 0, icid, 0)
#define MAPTI(dev, ev, lpi, icid) queue(10 | (u64)(dev) << 32, (u64)(lpi) << 32 | (ev), icid, 0)
#define MAPI(dev, ev, icid)	queue(11 | (u64)(dev) << 32, ev, icid, 0)
#define EVENT(code, dev, ev)	queue((code) | (u64)(dev) << 32, ev, 0, 0)
#define MOVI(dev, ev, icid)	queue(1 | (u64)(dev) << 32, ev, icid, 0)
#define INVALL(icid)		queue(13, 0, icid, 0)
#define MOVALL(from, to)	queue(14, 0, (u64)(from) << 16, (u64)(to) << 16)
#define SYNC(cpu)		queue(5, 0, (u64)(cpu) << 16, 0)
#define INT(dev, ev)		EVENT(3, dev, ev)
#define CLEAR(dev, ev)		EVENT(4, dev, ev)
#define INV(dev, ev)		EVENT(12, dev, ev)
#define DISCARD(dev, ev)	EVENT(15, dev, ev)

static inline int message(u32 dev, u32 event)
{
	return its_message(vm, DOORBELL, event, dev);
}

static inline void take_and_end(struct arm_vcpu *vcpu, u32 intid)
{
	assert_int_equal(take_one(vcpu), intid);
	end_one(vcpu, intid);
	look_in(vcpu);
}

#endif
