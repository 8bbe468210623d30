/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of the distributor and the redistributors. Private to gic/.
 */
#ifndef TABULA_GIC_REGS_H
#define TABULA_GIC_REGS_H

#include "gic.h"

/* Offsets that distributor and redistributor have in common; IHI 0069 12.8, 12.11. */
#define GIC_REG_CTLR		0x0000
#define GIC_REG_STATUSR		0x0010
#define GIC_REG_PIDR2		0xffe8
#define GICD_IIDR		0x0008

#define GIC_IIDR		(('T' << 24) | (1 << 12) | 0x43b)	/* product T, revision 1, Arm's JEP106 code */
#define GIC_PIDR2		0x3b					/* GICv3 */

/**
 * struct gic_access - one access to a register
 * @vm: whose GIC
 * @owner: vCPU of the redistributor; NULL: the distributor
 * @self: vCPU that accesses; NULL: the VMM, and no vCPU runs
 * @offset: from the frame's base, aligned to @len
 * @len: bytes; 0: only asks whether there is such a register
 * @is_write: a store
 * @data: value to store or value read; 0 before a read
 */
struct gic_access {
	struct arm_vm *vm;
	struct arm_vcpu *owner;
	struct arm_vcpu *self;
	u32 offset;
	unsigned int len;
	bool is_write;
	u64 data;
};

/**
 * gic_reg_value - answer a read, or part of one, of a register that is a plain value
 * @a: a read within the register; nothing happens for a write
 * @reg: the register's value
 * @width: its size in bytes, 4 or 8; a 64-bit one may be read by halves
 */
void gic_reg_value(struct gic_access *a, u64 reg, unsigned int width);

/**
 * gic_reg_merge - what a register becomes when a part of it is written
 * @reg: the register, of 64 bits
 * @offset: of the access
 * @len: 4 or 8
 * @val: what is written
 *
 * Return: the new value.
 */
u64 gic_reg_merge(u64 reg, u32 offset, unsigned int len, u64 val);

/**
 * gic_reg_cached - let a table's attributes say that it is used through the caches
 * @val: value written to a register with fields as GICR_PROPBASER's
 *
 * Return: what the register holds.
 */
u64 gic_reg_cached(u64 val);

/**
 * gic_irq_regs - registers with a field per interrupt
 * @a: the access; @a->offset as in the distributor's map (12.8) or in SGI_base's (12.11)
 *
 * Return: false when there is no such register.
 */
bool gic_irq_regs(struct gic_access *a);

/**
 * gic_irq_regs_wait - may gic_irq_regs() wait for a vCPU to leave the guest?
 * @offset: in the frame
 *
 * Return: true for registers whose state a list register may know better.
 */
bool gic_irq_regs_wait(u32 offset);

/**
 * gic_dist_access - the distributor's frame
 * @a: the access
 *
 * Return: false when there is no such register (reads as zero, ignores writes).
 */
bool gic_dist_access(struct gic_access *a);

/**
 * gic_redist_access - a redistributor's two frames
 * @a: the access; @a->owner says whose
 *
 * Return: false when there is no such register (reads as zero, ignores writes).
 */
bool gic_redist_access(struct gic_access *a);

#endif
