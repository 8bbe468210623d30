/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PIT of a VM that has it in the kernel (KVM_CREATE_PIT2): its ports, and its interrupt, GSI 0.
 */
#ifndef TABULA_X86_TICK_H
#define TABULA_X86_TICK_H

#include <linux/kvm.h>
#include <linux/types.h>

struct x86_vm;

/**
 * tick_module_init() - there can be PITs from now on
 *
 * Return: 0 or -ENOMEM.
 */
int tick_module_init(void);

/**
 * tick_module_exit() - undo tick_module_init()
 */
void tick_module_exit(void);

/**
 * tick_create() - give a VM its PIT (KVM API 4.71)
 * @vm: vm->lock is held
 * @flags: KVM_PIT_SPEAKER_DUMMY: and the port of the speaker; others mean nothing
 *
 * Return: 0; -EEXIST: it has one; -ENOENT: its interrupt controllers are not in the kernel; -ENOMEM.
 */
int tick_create(struct x86_vm *vm, u32 flags);

/**
 * tick_destroy() - stop the PIT, and free it
 * @vm: its vCPUs are gone, its interrupt controllers are not
 */
void tick_destroy(struct x86_vm *vm);

/**
 * tick_port() - serve an access to the PIT
 * @vm: any
 * @port: where
 * @len: 1, 2 or 4 bytes, of which the first counts
 * @data: what is written or read
 * @write: it is a write
 *
 * Any context. Return: false: it is not there.
 */
bool tick_port(struct x86_vm *vm, u16 port, unsigned int len, u32 *data, bool write);

/**
 * tick_again() - a vCPU has taken an interrupt: there may be room for a tick that found none
 * @vm: with a PIT
 *
 * Any context that holds no lock of its interrupt controllers.
 */
void tick_again(struct x86_vm *vm);

/**
 * tick_get_state() - KVM_GET_PIT2 (KVM API 4.72)
 * @vm: any
 * @state: filled in
 *
 * Return: 0; -ENXIO: there is no PIT.
 */
int tick_get_state(struct x86_vm *vm, struct kvm_pit_state2 *state);

/**
 * tick_set_state() - KVM_SET_PIT2 (KVM API 4.73)
 * @vm: any
 * @state: may hold anything; KVM_PIT_FLAGS_HPET_LEGACY: nothing interrupts
 * @flags: its flags count
 *
 * Ticks that were owed are not any more. Return: as tick_get_state().
 */
int tick_set_state(struct x86_vm *vm, const struct kvm_pit_state2 *state, bool flags);

/**
 * tick_set_reinject() - KVM_REINJECT_CONTROL (KVM API 4.100)
 * @vm: any
 * @reinject: a tick that comes while the one before waits is owed; else it is lost
 *
 * Return: as tick_get_state().
 */
int tick_set_reinject(struct x86_vm *vm, bool reinject);

#endif
