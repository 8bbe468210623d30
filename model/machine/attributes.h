/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory attributes of an access: what stage 1 asks for, what stage 2
 * makes of it, and what is left when one of them is off or caches are disabled.
 */
#ifndef MODEL_ATTRIBUTES_H
#define MODEL_ATTRIBUTES_H

#include <stdbool.h>
#include <stdint.h>

/* Shareability as descriptors and PAR_EL1 encode it (Arm ARM D8.6.2); 1 is reserved. */
#define ATTR_NSH	0U
#define ATTR_OSH	2U
#define ATTR_ISH	3U

/* MAIR_EL1 encodings that programs here use by name (Arm ARM D24.2.112). */
#define ATTR_DEVICE_NGNRNE	0x00U
#define ATTR_DEVICE_NGNRE	0x04U
#define ATTR_DEVICE_NGRE	0x08U
#define ATTR_DEVICE_GRE		0x0cU
#define ATTR_NC			0x44U
#define ATTR_WT			0xbbU
#define ATTR_WB			0xffU

/* Stage-2 MemAttr[3:0] (Arm ARM D8.6.5), without and with FEAT_S2FWB. */
#define S2_ATTR_DEVICE_NGNRNE	0x0U
#define S2_ATTR_DEVICE_NGNRE	0x1U
#define S2_ATTR_NC		0x5U
#define S2_ATTR_WT		0xaU
#define S2_ATTR_WB		0xfU
#define S2_FWB_NC		0x5U
#define S2_FWB_WB		0x6U
#define S2_FWB_S1		0x7U

/**
 * enum attr_access - what kind of access asks
 * @ATTR_DATA: load, store, or maintenance by VA
 * @ATTR_FETCH: instruction fetch
 */
enum attr_access {
	ATTR_DATA,
	ATTR_FETCH,
};

/**
 * enum attr_cache - cacheability of one level, weakest first
 */
enum attr_cache {
	ATTR_CACHE_NC,
	ATTR_CACHE_WT,
	ATTR_CACHE_WB,
};

/**
 * struct attr - attributes of one stage, or of the access
 * @mair: type, cacheability and hints, encoded as a byte of MAIR_EL1
 * @sh: ATTR_NSH, ATTR_OSH or ATTR_ISH
 */
struct attr {
	uint8_t mair;
	uint8_t sh;
};

/**
 * struct attr_regime - the bits of SCTLR_EL1 and HCR_EL2 that have a say
 * @m: @c: @i: SCTLR_EL1.M, .C and .I
 * @vm: @fwb: @cd: @id: @dc: HCR_EL2.VM, .FWB, .CD, .ID and .DC
 */
struct attr_regime {
	bool m, c, i;
	bool vm, fwb, cd, id, dc;
};

/**
 * attr_is_device() - is this any type of Device memory?
 * @a: attributes
 *
 * Return: true for Device-nGnRnE, -nGnRE, -nGRE and -GRE.
 */
bool attr_is_device(struct attr a);

/**
 * attr_inner() - inner cacheability
 * @a: attributes
 *
 * Return: the class; ATTR_CACHE_NC for Device.
 */
enum attr_cache attr_inner(struct attr a);

/**
 * attr_outer() - outer cacheability
 * @a: attributes
 *
 * Return: the class; ATTR_CACHE_NC for Device.
 */
enum attr_cache attr_outer(struct attr a);

/**
 * attr_mair_valid() - is the byte one the architecture gives a meaning?
 * @mair: a byte of MAIR_EL1
 *
 * FEAT_MTE's Tagged and FEAT_XS's encodings count as not valid: this machine
 * has neither.
 *
 * Return: true when it may be used as a stage-1 attribute.
 */
bool attr_mair_valid(uint8_t mair);

/**
 * attr_s2_valid() - is the stage-2 encoding one the architecture defines?
 * @memattr: MemAttr[3:0]
 * @fwb: HCR_EL2.FWB
 *
 * Return: true when it may be used in a stage-2 descriptor.
 */
bool attr_s2_valid(uint8_t memattr, bool fwb);

/**
 * attr_stage1() - what stage 1 gives to stage 2
 * @r: control bits
 * @access: kind of access
 * @desc: what the stage-1 descriptor says; ignored when stage 1 is off
 *
 * Stage 1 off, HCR_EL2.DC and SCTLR_EL1.{C,I} are applied (Arm ARM D8.2.12,
 * D24.2.175). Shareability stays as the descriptor has it: where stage 2
 * follows, it is IMPLEMENTATION DEFINED whether Device and Non-cacheable are
 * made Outer Shareable before or after the combination, and this machine does it
 * after.
 *
 * Return: the attributes.
 */
struct attr attr_stage1(const struct attr_regime *r, enum attr_access access,
			struct attr desc);

/**
 * attr_combine() - attributes of the access
 * @r: control bits
 * @access: kind of access
 * @s1: what attr_stage1() gave
 * @memattr: MemAttr[3:0] of the stage-2 descriptor
 * @sh: its SH[1:0]
 *
 * Arm ARM D8.6.5 and D8.6.6 (combining, with and without FEAT_S2FWB).
 *
 * Return: the attributes the memory system sees.
 */
struct attr attr_combine(const struct attr_regime *r, enum attr_access access,
			 struct attr s1, uint8_t memattr, uint8_t sh);

/**
 * attr_resolve() - both of the above
 * @r: control bits
 * @access: kind of access
 * @desc: stage-1 descriptor's attributes
 * @memattr: stage-2 MemAttr[3:0]
 * @sh: stage-2 SH[1:0]
 *
 * Return: the attributes the memory system sees.
 */
struct attr attr_resolve(const struct attr_regime *r, enum attr_access access,
			 struct attr desc, uint8_t memattr, uint8_t sh);

/**
 * attr_name() - attributes for a person
 * @a: attributes
 *
 * Return: a short constant string such as "WB ISH", "NC", "nGnRnE" or "iWB/oNC OSH".
 */
const char *attr_name(struct attr a);

#endif
