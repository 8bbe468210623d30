/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the GIC's frames are in guest physical memory. Only arithmetic: runs in
 * user space, too. Private to gic/.
 */
#ifndef TABULA_GIC_REGION_H
#define TABULA_GIC_REGION_H

#include "gic.h"

#define GIC_FRAME_SIZE		0x10000ULL
#define GIC_DIST_SIZE		GIC_FRAME_SIZE
#define GIC_REDIST_SIZE		(2 * GIC_FRAME_SIZE)	/* RD_base and SGI_base */
#define GIC_MAX_REGIONS		512			/* one for each vCPU there can be */

/**
 * gic_region_check_dist - may the distributor be there?
 * @base: guest physical address
 * @ipa_bits: size of the IPA space
 *
 * Return: 0; -EINVAL when misaligned; -E2BIG beyond the IPA space.
 */
int gic_region_check_dist(u64 base, u64 ipa_bits);

/**
 * gic_region_check - may there be redistributors?
 * @gic: addresses so far
 * @base: guest physical address
 * @count: how many, 0 for the region that grows with the vCPUs
 * @nr_vcpus: vCPUs there are now: those a growing region is checked for
 * @ipa_bits: size of the IPA space
 *
 * Return: 0; -EINVAL when misaligned, or when it overlaps a region of a fixed
 * size or the distributor; -E2BIG beyond the IPA space.
 */
int gic_region_check(const struct gic *gic, u64 base, u32 count, unsigned int nr_vcpus,
		     u64 ipa_bits);

/**
 * gic_region_append - have redistributors there
 * @gic: addresses so far, with room for one more region
 * @base: guest physical address, checked by gic_region_check()
 * @count: how many, 0 for the region that grows with the vCPUs
 */
void gic_region_append(struct gic *gic, u64 base, u32 count);

/**
 * gic_region_check_all - do all frames fit for all vCPUs?
 * @gic: addresses
 * @nr_vcpus: vCPUs there are
 * @ipa_bits: size of the IPA space
 *
 * Return: 0; -ENXIO where an address is missing; -EINVAL for an overlap or frames
 * beyond the IPA space.
 */
int gic_region_check_all(const struct gic *gic, unsigned int nr_vcpus, u64 ipa_bits);

/**
 * gic_region_of_vcpu - where is a vCPU's redistributor?
 * @gic: addresses
 * @idx: the vCPU's creation index: regions are filled in that order
 *
 * Return: guest physical address of RD_base, or GIC_ADDR_UNSET.
 */
u64 gic_region_of_vcpu(const struct gic *gic, unsigned int idx);

/**
 * gic_region_find - whose redistributor is there?
 * @gic: addresses
 * @nr_vcpus: vCPUs there are
 * @addr: guest physical address
 * @idx: the vCPU's creation index
 * @offset: offset from its RD_base
 *
 * Every access to an address without memory asks: a few steps, however many regions a
 * VMM made.
 *
 * Return: false when there is none.
 */
bool gic_region_find(const struct gic *gic, unsigned int nr_vcpus, u64 addr,
		     unsigned int *idx, u32 *offset);

/**
 * gic_region_is_last - GICR_TYPER.Last
 * @gic: addresses
 * @nr_vcpus: vCPUs there are
 * @idx: a vCPU's creation index
 *
 * Return: true when the vCPU has a redistributor and no vCPU's follows it at the
 * next address.
 */
bool gic_region_is_last(const struct gic *gic, unsigned int nr_vcpus, unsigned int idx);

#endif
