// SPDX-License-Identifier: GPL-2.0
/*
 * Where the GIC's frames are in guest physical memory: distributor, and
 * redistributors in regions. KVM API, arm-vgic-v3.rst; IHI 0069, 12.10.
 */
#include <linux/errno.h>

#include "region.h"

/* [base, base + size) may be had; addresses have at most 52 bits, so nothing overflows. */
static int gic_region_check_range(u64 base, u64 size, u64 ipa_bits)
{
	u64 end = 1ULL << ipa_bits;

	if (base & (GIC_FRAME_SIZE - 1))
		return -EINVAL;
	if (base >= end || size > end - base)
		return -E2BIG;
	return 0;
}

static bool gic_region_overlaps(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b ? b - a < a_size : a - b < b_size;
}

static u32 gic_region_slots(const struct gic_region *r, unsigned int nr_vcpus)
{
	return r->count ? r->count : nr_vcpus;
}

int gic_region_check_dist(u64 base, u64 ipa_bits)
{
	return gic_region_check_range(base, GIC_DIST_SIZE, ipa_bits);
}

int gic_region_check(const struct gic *gic, u64 base, u32 count, unsigned int nr_vcpus,
		     u64 ipa_bits)
{
	u32 slots = count ? count : (nr_vcpus ? nr_vcpus : 1);
	u64 size = slots * GIC_REDIST_SIZE;
	const struct gic_region *r;
	unsigned int i;
	int ret;

	ret = gic_region_check_range(base, size, ipa_bits);
	if (ret)
		return ret;
	if (gic->dist_base != GIC_ADDR_UNSET &&
	    gic_region_overlaps(base, size, gic->dist_base, GIC_DIST_SIZE))
		return -EINVAL;
	for (i = 0; i < gic->nr_regions; i++) {
		r = &gic->regions[i];
		if (gic_region_overlaps(base, size, r->base,
					gic_region_slots(r, nr_vcpus) * GIC_REDIST_SIZE))
			return -EINVAL;
	}
	return 0;
}

void gic_region_append(struct gic *gic, u64 base, u32 count)
{
	struct gic_region *r = gic->regions;
	unsigned int n = gic->nr_regions++, i;

	r[n].base = base;
	r[n].count = count;
	r[n].first = n ? r[n - 1].first + r[n - 1].count : 0;
	for (i = n; i && r[r[i - 1].by_addr].base > base; i--)
		r[i].by_addr = r[i - 1].by_addr;
	r[i].by_addr = n;
}

int gic_region_check_all(const struct gic *gic, unsigned int nr_vcpus, u64 ipa_bits)
{
	const struct gic_region *r;
	unsigned int i;
	u64 slots = 0;
	u64 size;

	for (i = 0; i < gic->nr_regions; i++)
		slots += gic_region_slots(&gic->regions[i], nr_vcpus);
	if (gic->dist_base == GIC_ADDR_UNSET || slots < nr_vcpus)
		return -ENXIO;

	/* Regions were checked against each other as they came; only one that grows is alone. */
	for (i = 0; i < gic->nr_regions; i++) {
		r = &gic->regions[i];
		size = gic_region_slots(r, nr_vcpus) * GIC_REDIST_SIZE;
		if (gic_region_check_range(r->base, size, ipa_bits) ||
		    gic_region_overlaps(r->base, size, gic->dist_base, GIC_DIST_SIZE))
			return -EINVAL;
	}
	return 0;
}

/* The last one that begins at or before a vCPU. */
static const struct gic_region *gic_region_by_vcpu(const struct gic *gic, unsigned int idx)
{
	unsigned int low = 0, high = gic->nr_regions, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (gic->regions[mid].first <= idx)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &gic->regions[low - 1] : NULL;
}

/* The last one that begins at or before an address. */
static const struct gic_region *gic_region_by_addr(const struct gic *gic, u64 addr)
{
	unsigned int low = 0, high = gic->nr_regions, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (gic->regions[gic->regions[mid].by_addr].base <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &gic->regions[gic->regions[low - 1].by_addr] : NULL;
}

u64 gic_region_of_vcpu(const struct gic *gic, unsigned int idx)
{
	const struct gic_region *r = gic_region_by_vcpu(gic, idx);

	if (!r || (r->count && idx - r->first >= r->count))
		return GIC_ADDR_UNSET;
	return r->base + (idx - r->first) * GIC_REDIST_SIZE;
}

bool gic_region_find(const struct gic *gic, unsigned int nr_vcpus, u64 addr,
		     unsigned int *idx, u32 *offset)
{
	const struct gic_region *r = gic_region_by_addr(gic, addr);
	u64 slot;

	if (!r || r->first >= nr_vcpus)
		return false;
	slot = (addr - r->base) / GIC_REDIST_SIZE;
	if (slot >= gic_region_slots(r, nr_vcpus) || slot >= nr_vcpus - r->first)
		return false;
	*idx = r->first + slot;
	*offset = (addr - r->base) % GIC_REDIST_SIZE;
	return true;
}

bool gic_region_is_last(const struct gic *gic, unsigned int nr_vcpus, unsigned int idx)
{
	u64 base = gic_region_of_vcpu(gic, idx);
	unsigned int other;
	u32 offset;

	if (base == GIC_ADDR_UNSET)
		return false;
	return !gic_region_find(gic, nr_vcpus, base + GIC_REDIST_SIZE, &other, &offset);
}
