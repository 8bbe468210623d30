/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LPIs: interrupts of INTID 8192 and up, which an ITS makes, sends and routes. They are
 * edges of group 1; enable and priority stand in a table in guest memory, and so does what
 * is pending while nobody runs. IHI 0069, chapter 5.
 *
 * An LPI that was once mapped is there until the VM goes, so whoever has found one may use
 * it without a lock: there are at most 57344, which their VMM is charged for.
 */
#ifndef TABULA_GIC_LPI_H
#define TABULA_GIC_LPI_H

#include "gic.h"

struct gic_access;

/**
 * gic_lpi_allow - the VM has an ITS: there are LPIs
 * @vm: the VM; vm->lock is held
 */
void gic_lpi_allow(struct arm_vm *vm);

/**
 * gic_lpi_make - an LPI by its number, made if need be
 * @vm: the VM
 * @intid: any number
 *
 * A new one is disabled and routed to nobody. Sleeps; takes gic.lock.
 *
 * Return: the LPI; -EINVAL where the number is no LPI's; -ENOMEM.
 */
struct gic_irq *gic_lpi_make(struct arm_vm *vm, u32 intid);

/**
 * gic_lpi_find - an LPI by its number
 * @vm: the VM
 * @intid: any number
 *
 * Any context. Return: the LPI, or NULL where there was never one.
 */
struct gic_irq *gic_lpi_find(struct arm_vm *vm, u32 intid);

/**
 * gic_lpi_free_all - the VM goes, and its LPIs with it
 * @vm: nobody uses any of them any more
 */
void gic_lpi_free_all(struct arm_vm *vm);

/**
 * gic_lpi_raise - make an LPI pending
 * @lpi: the LPI
 *
 * Any context, hard interrupts included; not under a pool's lock.
 *
 * Return: 0; -EBUSY where it is routed to nobody, or to whom LPIs are not enabled
 * (GICR_CTLR.EnableLPIs), and is lost.
 */
int gic_lpi_raise(struct gic_irq *lpi);

/**
 * gic_lpi_clear - an LPI is no longer pending
 * @lpi: the LPI
 * @self: the vCPU that says so, not in the guest; NULL: the VMM, and no vCPU runs
 *
 * Process context; waits until no list register has it as pending.
 */
void gic_lpi_clear(struct gic_irq *lpi, struct arm_vcpu *self);

/**
 * gic_lpi_route - send an LPI to a vCPU from now on, with what is pending
 * @vm: the VM
 * @lpi: the LPI
 * @vcpu: whom to, or NULL
 */
void gic_lpi_route(struct arm_vm *vm, struct gic_irq *lpi, struct arm_vcpu *vcpu);

/**
 * gic_lpi_route_all - send whatever goes to one vCPU to another (MOVALL)
 * @vm: the VM
 * @from: whose LPIs
 * @to: whom to
 *
 * Process context; some steps for each LPI there is, with others let in between.
 */
void gic_lpi_route_all(struct arm_vm *vm, struct arm_vcpu *from, struct arm_vcpu *to);

/**
 * gic_lpi_goes_to - whom is an LPI routed to?
 * @lpi: the LPI
 *
 * Return: the vCPU, as of this look; NULL: nobody.
 */
struct arm_vcpu *gic_lpi_goes_to(const struct gic_irq *lpi);

/**
 * gic_lpi_configure - take what the property table says of an LPI
 * @lpi: the LPI
 * @property: its byte in the table: priority and enable
 * @self: as gic_lpi_clear()
 *
 * Process context; where it is disabled, waits until no list register has it as enabled.
 */
void gic_lpi_configure(struct gic_irq *lpi, u8 property, struct arm_vcpu *self);

/**
 * gic_lpi_set_enabled - GICR_CTLR.EnableLPIs
 * @vcpu: whose redistributor
 * @on: the new state
 * @self: as gic_lpi_clear()
 *
 * Enabled, the LPIs that go there are read from the tables; disabled, they lose what is
 * pending. Process context; reads guest memory; no lock is held.
 */
void gic_lpi_set_enabled(struct arm_vcpu *vcpu, bool on, struct arm_vcpu *self);

/* In guest memory: lpi_table.c. On the VMM's mm; may sleep, so no lock is held that spins. */

/**
 * gic_lpi_load - read an LPI's enable and priority from guest memory
 * @vm: the VM
 * @lpi: the LPI
 * @self: as gic_lpi_clear()
 *
 * Where the table is too short it is disabled; where it cannot be read all stays as it is.
 */
void gic_lpi_load(struct arm_vm *vm, struct gic_irq *lpi, struct arm_vcpu *self);

/**
 * gic_lpi_load_pending - take over an LPI's pending bit from guest memory
 * @vm: the VM
 * @lpi: newly mapped
 *
 * Set by gic_lpi_save_pending(), or by the guest. The bit there is cleared.
 */
void gic_lpi_load_pending(struct arm_vm *vm, struct gic_irq *lpi);

/**
 * gic_lpi_load_all - gic_lpi_load() for all that go to a vCPU (INVALL)
 * @vcpu: the vCPU
 * @pending: their pending bits, too, which stay in guest memory
 * @self: as gic_lpi_clear()
 */
void gic_lpi_load_all(struct arm_vcpu *vcpu, bool pending, struct arm_vcpu *self);

/**
 * gic_lpi_save_pending - KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES
 * @vm: the VM; no vCPU runs
 *
 * Return: 0, -EFAULT where guest memory is not there, -EINTR for a deadly signal.
 */
int gic_lpi_save_pending(struct arm_vm *vm);

/**
 * gic_lpi_regs - a redistributor's registers for LPIs, but for GICR_CTLR
 * @a: the access, in RD_base's frame
 *
 * Return: false where there is no such register.
 */
bool gic_lpi_regs(struct gic_access *a);

#endif
