/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pair of interrupt controllers (Intel 8259A), as PCs have them, as a state machine: its
 * state is KVM_GET_IRQCHIP's. Who has it locks. Runs in user space, too.
 */
#ifndef TABULA_X86_PIC_H
#define TABULA_X86_PIC_H

#include <linux/kvm.h>
#include <linux/types.h>

#define PIC_PINS	16

/**
 * struct pic - the pair
 * @half: the first one, that the CPU listens to, and the second, at its pin 2
 * @ended: pins whose interrupts have ended since who has it looked
 */
struct pic {
	struct kvm_pic_state half[2];
	u32 ended;
};

/**
 * pic_reset() - as after power-up
 * @p: the pair
 */
void pic_reset(struct pic *p);

/**
 * pic_set() - a pin's level
 * @p: the pair
 * @pin: below PIC_PINS
 * @level: the level
 *
 * Return: 1: it is pending now; 0: it was, or fell; -1: masked.
 */
int pic_set(struct pic *p, unsigned int pin, bool level);

/**
 * pic_asks() - is there an interrupt for the CPU?
 * @p: the pair
 *
 * Return: true if so.
 */
bool pic_asks(const struct pic *p);

/**
 * pic_acknowledge() - the CPU takes it
 * @p: the pair
 *
 * Return: its vector; that of pin 7 where there is none any more.
 */
u8 pic_acknowledge(struct pic *p);

/**
 * pic_has_port() - is that one of its ports?
 * @port: of port I/O
 *
 * Return: true if so.
 */
bool pic_has_port(u16 port);

/**
 * pic_read() - the guest reads a byte
 * @p: the pair
 * @port: one of its own
 *
 * Return: the byte.
 */
u8 pic_read(struct pic *p, u16 port);

/**
 * pic_write() - the guest writes a byte
 * @p: the pair
 * @port: one of its own
 * @val: the byte
 */
void pic_write(struct pic *p, u16 port, u8 val);

/**
 * pic_set_state() - KVM_SET_IRQCHIP
 * @p: the pair
 * @which: 0 or 1
 * @state: may hold anything; what cannot be is dropped
 */
void pic_set_state(struct pic *p, unsigned int which, const struct kvm_pic_state *state);

#endif
