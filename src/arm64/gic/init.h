/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the GIC's device interface needs of its life cycle. Private to gic/.
 */
#ifndef TABULA_GIC_INIT_H
#define TABULA_GIC_INIT_H

#include "gic.h"

/* GICR_WAKER after reset: ProcessorSleep and ChildrenAsleep. */
#define GIC_WAKER_SLEEP		(1U << 1)
#define GIC_WAKER_CHILDREN	(1U << 2)
#define GIC_WAKER_ASLEEP	(GIC_WAKER_SLEEP | GIC_WAKER_CHILDREN)

/**
 * gic_initialise - make the SPIs (KVM_DEV_ARM_VGIC_CTRL_INIT)
 * @vm: gic.lock is held; all vCPUs there will ever be are there
 *
 * Return: 0, also when it is done already; -ENOMEM.
 */
int gic_initialise(struct arm_vm *vm);

/**
 * gic_is_ready - do the addresses hold?
 * @vm: the VM
 *
 * Return: true once a vCPU of the VM has passed gic_first_run().
 */
bool gic_is_ready(const struct arm_vm *vm);

#endif
