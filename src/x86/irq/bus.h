/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What carries interrupts to local APICs, and their ends back: of a VM.
 */
#ifndef TABULA_X86_BUS_H
#define TABULA_X86_BUS_H

#include <linux/types.h>

struct lapic;
struct lapic_message;
struct x86_vcpu;
struct x86_vm;

/**
 * bus_send() - deliver an interrupt
 * @vm: its local APICs are in the kernel
 * @from: who sent it; NULL: a device
 * @m: the interrupt
 *
 * Any context. Return: how many took it; 0: they had it already; -1: nobody took it.
 */
int bus_send(struct x86_vm *vm, struct lapic *from, const struct lapic_message *m);

/**
 * bus_msi() - a device's write that is an interrupt
 * @vm: its local APICs are in the kernel
 * @address: as struct kvm_msi has it
 * @data: what is written
 *
 * Any context. Return: as bus_send(); -EINVAL: no interrupt's address.
 */
int bus_msi(struct x86_vm *vm, u64 address, u32 data);

/**
 * bus_ended() - a vCPU has ended a level-triggered interrupt
 * @vcpu: the current thread's
 * @vector: which
 */
void bus_ended(struct x86_vcpu *vcpu, u8 vector);

#endif
