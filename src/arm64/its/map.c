// SPDX-License-Identifier: GPL-2.0
/*
 * Devices, events and collections, each of them a number in an array by the guest's
 * number for it. What is looked up is one word, so no reader holds anything.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include "../gic/lpi.h"
#include "../vm.h"
#include "map.h"

#define MAP_MAX		BIT(ITS_ID_BITS)

/* A device: bits 51:8 of its table's address, and bits of its EventIDs below. */
#define MAP_ITT		GENMASK_ULL(51, 8)
#define MAP_BITS	GENMASK_ULL(4, 0)
/* An event: its LPI, and its collection below. */
#define MAP_LPI_SHIFT	16
#define MAP_ICID	GENMASK(15, 0)

static unsigned long map_key(u32 device, u32 event)
{
	return (unsigned long)device << ITS_ID_BITS | event;
}

void its_map_init(struct its *its)
{
	xa_init_flags(&its->devices, XA_FLAGS_ACCOUNT);
	xa_init_flags(&its->events, XA_FLAGS_ACCOUNT);
	xa_init_flags(&its->collections, XA_FLAGS_ACCOUNT);
}

bool its_device_find(struct its *its, u32 device, struct its_device *d)
{
	void *entry = xa_load(&its->devices, device);
	unsigned long val;

	if (!entry)
		return false;
	val = xa_to_value(entry);
	d->itt = val & MAP_ITT;
	d->bits = val & MAP_BITS;
	return true;
}

static void map_event_of(const void *entry, struct its_event *e)
{
	unsigned long val = xa_to_value(entry);

	e->intid = val >> MAP_LPI_SHIFT;
	e->icid = val & MAP_ICID;
}

bool its_event_find(struct its *its, u32 device, u32 event, struct its_event *e)
{
	void *entry;

	if (device >= MAP_MAX || event >= MAP_MAX)
		return false;
	entry = xa_load(&its->events, map_key(device, event));
	if (entry)
		map_event_of(entry, e);
	return entry;
}

bool its_event_next(struct its *its, u32 device, u32 *event, struct its_event *e)
{
	unsigned long key = map_key(device, *event);
	void *entry;

	if (*event >= MAP_MAX)
		return false;
	entry = xa_find(&its->events, &key, map_key(device, MAP_MAX - 1), XA_PRESENT);
	if (!entry)
		return false;
	*event = key & (MAP_MAX - 1);
	map_event_of(entry, e);
	return true;
}

struct arm_vcpu *its_collection_vcpu(struct its *its, u32 icid)
{
	void *entry = xa_load(&its->collections, icid);

	return entry && xa_to_value(entry) != ITS_NOBODY ?
	       arm_vcpu(its->vm, xa_to_value(entry)) : NULL;
}

struct gic_irq *its_event_lpi(struct its *its, u32 device, u32 event)
{
	struct its_event e;

	if (!its_event_find(its, device, event, &e) || !its_collection_vcpu(its, e.icid))
		return NULL;
	return gic_lpi_find(its->vm, e.intid);
}

struct arm_vcpu *its_vcpu(struct its *its, u32 number)
{
	struct arm_vcpu *vcpu;
	unsigned int i;

	arm_for_each_vcpu(its->vm, i, vcpu) {
		if (vcpu->base.id == number)
			return vcpu;
	}
	return NULL;
}

static void map_forget_events(struct its *its, unsigned long first, unsigned long last,
			      struct arm_vcpu *self)
{
	struct gic_irq *lpi;
	struct its_event e;
	unsigned long key;
	void *entry;

	lockdep_assert_held(&its->lock);
	xa_for_each_range(&its->events, key, entry, first, last) {
		map_event_of(entry, &e);
		xa_erase(&its->events, key);
		its->nr_events--;
		lpi = gic_lpi_find(its->vm, e.intid);
		if (lpi)
			gic_lpi_clear(lpi, self);
		cond_resched();
	}
}

static int map_store(struct xarray *xa, unsigned long index, unsigned long val)
{
	return xa_err(xa_store(xa, index, xa_mk_value(val), GFP_KERNEL_ACCOUNT));
}

int its_map_device(struct its *its, u32 device, const struct its_device *d,
		   struct arm_vcpu *self)
{
	int ret = 0;

	if (device >= MAP_MAX || (d && (!d->bits || d->bits > ITS_ID_BITS)))
		return -EINVAL;
	mutex_lock(&its->lock);
	map_forget_events(its, map_key(device, 0), map_key(device, MAP_MAX - 1), self);
	if (d)
		ret = map_store(&its->devices, device, (d->itt & MAP_ITT) | d->bits);
	if (!d || ret)
		xa_erase(&its->devices, device);
	mutex_unlock(&its->lock);
	return ret;
}

static int map_store_event(struct its *its, unsigned long key, u32 intid, u32 icid)
{
	return map_store(&its->events, key, (unsigned long)intid << MAP_LPI_SHIFT | icid);
}

static int map_add_event(struct its *its, unsigned long key, const struct its_event *e)
{
	int ret = 0;

	lockdep_assert_held(&its->lock);
	if (its->nr_events >= ITS_MAX_EVENTS)
		return -ENOSPC;
	if (!xa_load(&its->collections, e->icid))
		ret = map_store(&its->collections, e->icid, ITS_NOBODY);
	if (!ret)
		ret = map_store_event(its, key, e->intid, e->icid);
	if (!ret)
		its->nr_events++;
	return ret;
}

struct gic_irq *its_map_event(struct its *its, u32 device, u32 event, const struct its_event *e)
{
	struct gic_irq *lpi = ERR_PTR(-EINVAL);
	struct its_device d;
	int ret;

	if (e->icid >= MAP_MAX)
		return lpi;
	mutex_lock(&its->lock);
	if (!its_device_find(its, device, &d) || event >> d.bits)
		goto out;
	lpi = NULL;
	if (xa_load(&its->events, map_key(device, event)))
		goto out;
	lpi = gic_lpi_make(its->vm, e->intid);
	if (IS_ERR(lpi))
		goto out;
	ret = map_add_event(its, map_key(device, event), e);
	if (ret)
		lpi = ERR_PTR(ret);
	else
		gic_lpi_route(its->vm, lpi, its_collection_vcpu(its, e->icid));
out:
	mutex_unlock(&its->lock);
	return lpi;
}

bool its_unmap_event(struct its *its, u32 device, u32 event, struct arm_vcpu *self)
{
	struct its_event e;
	bool found;

	mutex_lock(&its->lock);
	found = its_event_find(its, device, event, &e);
	if (found)
		map_forget_events(its, map_key(device, event), map_key(device, event), self);
	mutex_unlock(&its->lock);
	return found;
}

int its_move_event(struct its *its, u32 device, u32 event, u32 icid)
{
	struct arm_vcpu *vcpu = its_collection_vcpu(its, icid);
	struct gic_irq *lpi;
	struct its_event e;
	int ret = -EINVAL;

	mutex_lock(&its->lock);
	if (vcpu && its_event_find(its, device, event, &e)) {
		ret = map_store_event(its, map_key(device, event), e.intid, icid);
		lpi = gic_lpi_find(its->vm, e.intid);
		if (!ret && lpi)
			gic_lpi_route(its->vm, lpi, vcpu);
	}
	mutex_unlock(&its->lock);
	return ret;
}

/* Those that are pending go along. */
static void map_route_collection(struct its *its, u32 icid, struct arm_vcpu *vcpu)
{
	struct gic_irq *lpi;
	struct its_event e;
	unsigned long key;
	void *entry;

	lockdep_assert_held(&its->lock);
	xa_for_each(&its->events, key, entry) {
		map_event_of(entry, &e);
		lpi = e.icid == icid ? gic_lpi_find(its->vm, e.intid) : NULL;
		if (lpi)
			gic_lpi_route(its->vm, lpi, vcpu);
		cond_resched();
	}
}

int its_map_collection(struct its *its, u32 icid, u32 idx)
{
	struct arm_vcpu *vcpu;
	int ret;

	if (icid >= MAP_MAX)
		return -EINVAL;
	mutex_lock(&its->lock);
	ret = map_store(&its->collections, icid, idx);
	vcpu = its_collection_vcpu(its, icid);
	if (!ret && vcpu)
		map_route_collection(its, icid, vcpu);
	mutex_unlock(&its->lock);
	return ret;
}

void its_forget(struct its *its, enum its_table table, struct arm_vcpu *self)
{
	lockdep_assert_held(&its->lock);
	if (table == ITS_COLLECTIONS) {
		xa_destroy(&its->collections);
		return;
	}
	map_forget_events(its, 0, map_key(MAP_MAX - 1, MAP_MAX - 1), self);
	xa_destroy(&its->devices);
}
