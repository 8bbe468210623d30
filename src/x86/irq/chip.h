/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/O APIC and PIC of a VM that has them in the kernel, and what GSIs lead to.
 */
#ifndef TABULA_X86_CHIP_H
#define TABULA_X86_CHIP_H

#include <linux/kvm.h>
#include <linux/types.h>

struct x86_vcpu;
struct x86_vm;

/**
 * chip_create() - give a VM its interrupt controllers
 * @vm: has none; has no vCPU; vm->lock is held
 * @kind: IRQ_KERNEL or IRQ_SPLIT
 *
 * GSIs are routed as PCs have them, or not at all. Return: 0 or -ENOMEM; -EEXIST for another
 * kind after that.
 */
int chip_create(struct x86_vm *vm, int kind);

/**
 * chip_destroy() - free what chip_create() took
 * @vm: its vCPUs are gone
 */
void chip_destroy(struct x86_vm *vm);

/**
 * chip_set_gsi() - the VMM sets the level of a GSI (KVM API 4.25)
 * @vm: has interrupt controllers
 * @gsi: any number
 * @level: its level
 *
 * Any context. Return: how many took an interrupt of it; 0: they had it already; -1: nobody.
 */
int chip_set_gsi(struct x86_vm *vm, u32 gsi, bool level);

/**
 * chip_asks() - does the PIC in the kernel have an interrupt?
 * @vm: any
 *
 * Any context. Return: true if so.
 */
bool chip_asks(const struct x86_vm *vm);

/**
 * chip_acknowledge() - a CPU takes it
 * @vm: with a PIC in the kernel
 *
 * Return: its vector.
 */
u8 chip_acknowledge(struct x86_vm *vm);

/**
 * chip_ended() - a level-triggered interrupt has ended
 * @vm: with an I/O APIC in the kernel
 * @vector: which
 *
 * Process context.
 */
void chip_ended(struct x86_vm *vm, u8 vector);

/**
 * chip_mmio() - serve an access to the I/O APIC
 * @vm: any
 * @gpa: where
 * @len: 1 to 8 bytes
 * @data: what is written or read
 * @write: it is a write
 *
 * Return: false: it is not there.
 */
bool chip_mmio(struct x86_vm *vm, u64 gpa, unsigned int len, u64 *data, bool write);

/**
 * chip_port() - serve an access to the PIC
 * @vm: any
 * @port: where
 * @len: 1, 2 or 4 bytes
 * @data: what is written or read
 * @write: it is a write
 *
 * Process context. Return: false: it is not there.
 */
bool chip_port(struct x86_vm *vm, u16 port, unsigned int len, u32 *data, bool write);

/**
 * chip_get_state() - KVM_GET_IRQCHIP (KVM API 4.26)
 * @vm: any
 * @state: its chip_id says which; filled in
 *
 * Return: 0; -ENXIO: it is not in the kernel; -EINVAL: no such chip.
 */
int chip_get_state(struct x86_vm *vm, struct kvm_irqchip *state);

/**
 * chip_set_state() - KVM_SET_IRQCHIP (KVM API 4.27)
 * @vm: any
 * @state: may hold anything
 *
 * Return: as chip_get_state().
 */
int chip_set_state(struct x86_vm *vm, const struct kvm_irqchip *state);

#endif
