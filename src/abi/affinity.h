/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs by their affinity: what a new vCPU does to be found.
 */
#ifndef TABULA_AFFINITY_H
#define TABULA_AFFINITY_H

struct vcpu;

/**
 * affinity_reserve() - have the memory that affinity_add() needs
 * @vcpu: not yet in its VM
 *
 * Return: 0 or -ENOMEM.
 */
int affinity_reserve(struct vcpu *vcpu);

/**
 * affinity_release() - undo affinity_reserve()
 * @vcpu: will not be in its VM
 */
void affinity_release(struct vcpu *vcpu);

/**
 * affinity_add() - a vCPU can be found by its affinity from now on
 * @vcpu: published; after affinity_reserve(); vm->lock is held
 */
void affinity_add(struct vcpu *vcpu);

#endif
