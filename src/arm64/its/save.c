// SPDX-License-Identifier: GPL-2.0
/*
 * A service's maps to guest memory and back: revision 0 of arm-vgic-its.rst. An entry
 * says how far the next is, so that empty ones need not be read.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/byteorder.h>

#include "../../mem/gmem.h"
#include "../gic/lpi.h"
#include "../vm.h"
#include "table.h"

/* Of a device, DTE. */
#define SAVE_DTE_VALID	BIT_ULL(63)
#define SAVE_DTE_NEXT	GENMASK_ULL(62, 49)
#define SAVE_DTE_ITT	GENMASK_ULL(48, 5)	/* bits 51:8 of the address */
#define SAVE_DTE_BITS	GENMASK_ULL(4, 0)	/* minus one */
/* Of an event, ITE; LPI 0: there is none. */
#define SAVE_ITE_NEXT	GENMASK_ULL(63, 48)
#define SAVE_ITE_LPI	GENMASK_ULL(47, 16)
#define SAVE_ITE_ICID	GENMASK_ULL(15, 0)
/* Of a collection, CTE; the vCPU by its number, or ITS_NOBODY. */
#define SAVE_CTE_VALID	BIT_ULL(63)
#define SAVE_CTE_VCPU	GENMASK_ULL(47, 16)
#define SAVE_CTE_ICID	GENMASK_ULL(15, 0)

#define SAVE_L1_VALID	BIT_ULL(63)
#define SAVE_L1_PAGE	GENMASK_ULL(51, 16)

#define SAVE_CHUNK	16	/* entries that are read at once */

static int save_entry(struct its *its, u64 gpa, u64 val)
{
	__le64 entry = cpu_to_le64(val);

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (gmem_write_elems(&its->vm->mmu.gmem, gpa, &entry, ITS_ENTRY_SIZE, 1) != 1)
		return -EFAULT;
	return 0;
}

/* An entry's distance to the next, as far as its field can say. */
static u64 save_next(bool more, u32 id, u32 next, u32 most)
{
	return more ? min(next - id, most) : 0;
}

static int save_events(struct its *its, u32 device, const struct its_device *d)
{
	struct its_event e, next_e;
	u32 event = 0, next;
	u64 distance, val;
	bool more;
	int ret;

	more = its_event_next(its, device, &event, &e);
	while (more) {
		next = event + 1;
		more = its_event_next(its, device, &next, &next_e);
		distance = save_next(more, event, next, FIELD_MAX(SAVE_ITE_NEXT));
		val = FIELD_PREP(SAVE_ITE_NEXT, distance) |
		      FIELD_PREP(SAVE_ITE_LPI, e.intid) | e.icid;
		ret = save_entry(its, its_table_event(d, event), val);
		if (ret)
			return ret;
		event = next;
		e = next_e;
	}
	return 0;
}

static int save_device(struct its *its, u32 device, u64 distance)
{
	struct its_device d;
	u64 gpa;
	int ret;

	if (!its_device_find(its, device, &d))
		return 0;
	ret = its_table_find(its, ITS_DEVICES, device, &gpa);
	if (!ret)
		ret = save_events(its, device, &d);
	if (ret)
		return ret;
	return save_entry(its, gpa, SAVE_DTE_VALID | FIELD_PREP(SAVE_DTE_NEXT, distance) |
			  FIELD_PREP(SAVE_DTE_ITT, d.itt >> 8) | (d.bits - 1));
}

static int save_devices(struct its *its)
{
	unsigned long device = 0, next;
	bool more = xa_find(&its->devices, &device, ULONG_MAX, XA_PRESENT);
	int ret;

	while (more) {
		next = device + 1;
		more = xa_find(&its->devices, &next, ULONG_MAX, XA_PRESENT);
		ret = save_device(its, device,
				  save_next(more, device, next, FIELD_MAX(SAVE_DTE_NEXT)));
		if (ret)
			return ret;
		device = next;
	}
	return 0;
}

/* One behind the other, in no order, and an invalid one at the end. */
static int save_collections(struct its *its)
{
	u64 baser = its->baser[ITS_COLLECTIONS], gpa = its_table_base(baser), number;
	u32 room = its_table_entries(baser);
	struct arm_vcpu *vcpu;
	unsigned long icid;
	void *entry;
	int ret;

	xa_for_each(&its->collections, icid, entry) {
		if (!room--)
			return -EINVAL;
		vcpu = its_collection_vcpu(its, icid);
		number = vcpu ? vcpu->base.id : ITS_NOBODY;
		ret = save_entry(its, gpa,
				 SAVE_CTE_VALID | FIELD_PREP(SAVE_CTE_VCPU, number) | icid);
		if (ret)
			return ret;
		gpa += ITS_ENTRY_SIZE;
	}
	return room ? save_entry(its, gpa, 0) : 0;
}

int its_save(struct its *its)
{
	int ret = 0;

	lockdep_assert_held(&its->vm->base.lock);
	if (its->baser[ITS_DEVICES] & ITS_BASER_VALID)
		ret = save_devices(its);
	if (!ret && its->baser[ITS_COLLECTIONS] & ITS_BASER_VALID)
		ret = save_collections(its);
	return ret;
}

/**
 * struct save_scan - a table that is read entry by entry
 * @its: the service
 * @device: whose table it is, of events
 * @first: number of the table's first entry
 * @fn: takes entry @id: how far the next one is, 0: there is none, or an errno
 */
struct save_scan {
	struct its *its;
	u32 device;
	u32 first;
	int (*fn)(const struct save_scan *s, u32 id, u64 val);
};

/* Return: 1: there are no more entries; 0: one of them said that it is the last; or an errno. */
static int save_scan(const struct save_scan *s, u64 base, u32 n)
{
	struct gmem *gm = &s->its->vm->mmu.gmem;
	__le64 chunk[SAVE_CHUNK];
	u32 at = 0, first = 0;
	ssize_t have = 0;
	int next;

	while (at < n) {
		if (at - first >= have) {
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
			have = gmem_read_elems(gm, base + (u64)at * ITS_ENTRY_SIZE, chunk,
					       ITS_ENTRY_SIZE, min_t(u32, n - at, SAVE_CHUNK));
			if (have <= 0)
				return -EFAULT;
			first = at;
		}
		next = s->fn(s, s->first + at, le64_to_cpu(chunk[at - first]));
		if (next <= 0)
			return next;
		at += next;
	}
	return 1;
}

static int restore_event(const struct save_scan *s, u32 id, u64 val)
{
	struct its_event e = {
		.intid = FIELD_GET(SAVE_ITE_LPI, val), .icid = FIELD_GET(SAVE_ITE_ICID, val),
	};
	u32 next = FIELD_GET(SAVE_ITE_NEXT, val);
	struct its *its = s->its;
	struct its_device d;
	struct gic_irq *lpi;

	if (!e.intid)
		return 1;
	if (!its_device_find(its, s->device, &d) || (id + next) >> d.bits ||
	    !xa_load(&its->collections, e.icid))
		return -EINVAL;
	lpi = its_map_event(its, s->device, id, &e);
	if (IS_ERR(lpi))
		return PTR_ERR(lpi);
	if (lpi) {
		gic_lpi_load(its->vm, lpi, NULL);
		gic_lpi_load_pending(its->vm, lpi);
	}
	return next;
}

static int restore_device(const struct save_scan *s, u32 id, u64 val)
{
	struct its_device d = {
		.itt = FIELD_GET(SAVE_DTE_ITT, val) << 8, .bits = FIELD_GET(SAVE_DTE_BITS, val) + 1,
	};
	struct save_scan events = { .its = s->its, .device = id, .fn = restore_event };
	int ret;

	if (!(val & SAVE_DTE_VALID))
		return 1;
	ret = its_map_device(s->its, id, &d, NULL);
	if (!ret)
		ret = save_scan(&events, d.itt, 1U << d.bits);
	return ret < 0 ? ret : FIELD_GET(SAVE_DTE_NEXT, val);
}

/* A page of the second level, if there is one. */
static int restore_page(const struct save_scan *s, u32 id, u64 val)
{
	const u32 in_page = ITS_PAGE_SIZE / ITS_ENTRY_SIZE;
	struct save_scan page = { .its = s->its, .first = id * in_page, .fn = restore_device };

	if (!(val & SAVE_L1_VALID))
		return 1;
	/* the last device is that of all pages: what stands behind it may be anything */
	return save_scan(&page, val & SAVE_L1_PAGE, in_page);
}

static int restore_devices(struct its *its)
{
	u64 baser = its->baser[ITS_DEVICES];
	struct save_scan s = { .its = its, .fn = restore_device };
	u32 n = its_table_entries(baser), most = 1U << ITS_ID_BITS;

	if (baser & ITS_BASER_INDIRECT) {
		s.fn = restore_page;
		most /= ITS_PAGE_SIZE / ITS_ENTRY_SIZE;
	}
	return save_scan(&s, its_table_base(baser), min(n, most));
}

static int restore_collection(const struct save_scan *s, u32 id, u64 val)
{
	u32 number = FIELD_GET(SAVE_CTE_VCPU, val), icid = FIELD_GET(SAVE_CTE_ICID, val);
	struct its *its = s->its;
	struct arm_vcpu *vcpu;
	u32 idx = ITS_NOBODY;
	u64 gpa;
	int ret;

	if (!(val & SAVE_CTE_VALID))
		return 0;
	if (number != ITS_NOBODY) {
		vcpu = its_vcpu(its, number);
		if (!vcpu)
			return -EINVAL;
		idx = vcpu->base.idx;
	}
	if (xa_load(&its->collections, icid))
		return -EEXIST;
	if (its_table_find(its, ITS_COLLECTIONS, icid, &gpa))
		return -EINVAL;
	ret = its_map_collection(its, icid, idx);
	return ret ? ret : 1;
}

int its_restore(struct its *its)
{
	struct save_scan s = { .its = its, .fn = restore_collection };
	u64 baser = its->baser[ITS_COLLECTIONS];
	int ret;

	lockdep_assert_held(&its->vm->base.lock);
	ret = save_scan(&s, its_table_base(baser), its_table_entries(baser));
	if (ret >= 0)
		ret = restore_devices(its);
	if (ret < 0) {
		mutex_lock(&its->lock);
		its_forget(its, ITS_DEVICES, NULL);
		its_forget(its, ITS_COLLECTIONS, NULL);
		mutex_unlock(&its->lock);
	}
	return min(ret, 0);
}
