/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timer of PCs (Intel 8254): three channels that count down at 1 193 182 Hz, as a state
 * machine: its state is KVM_GET_PIT2's, its time what it is told. Who has it locks. Runs in user
 * space, too.
 */
#ifndef TABULA_X86_PIT_H
#define TABULA_X86_PIT_H

#include <linux/kvm.h>
#include <linux/types.h>

#define PIT_CHANNELS	3
#define PIT_SPEAKER	0x61	/* the port of channel 2's gate and output */

/**
 * struct pit - the timer
 * @channel: what each counts; times are in ns
 * @speaker: channel 2's output goes to the speaker
 */
struct pit {
	struct kvm_pit_channel_state channel[PIT_CHANNELS];
	bool speaker;
};

/**
 * pit_reset() - as after power-up: nothing is set up, so nothing interrupts
 * @p: the timer
 * @now: the time
 */
void pit_reset(struct pit *p, s64 now);

/**
 * pit_has_port() - is that one of its ports?
 * @port: of port I/O; the speaker's is none of them
 *
 * Return: true if so.
 */
bool pit_has_port(u16 port);

/**
 * pit_read() - the guest reads a byte
 * @p: the timer
 * @port: one of its own, or PIT_SPEAKER
 * @now: the time
 *
 * Return: the byte.
 */
u8 pit_read(struct pit *p, u16 port, s64 now);

/**
 * pit_write() - the guest writes a byte
 * @p: the timer
 * @port: one of its own, or PIT_SPEAKER
 * @val: the byte
 * @now: the time
 *
 * Return: true: channel 0 begins to count.
 */
bool pit_write(struct pit *p, u16 port, u8 val, s64 now);

/**
 * pit_next() - when channel 0 interrupts next
 * @p: the timer
 * @after: if it does so again and again, the first time after this
 * @when: filled in
 *
 * Return: false: it never does.
 */
bool pit_next(const struct pit *p, s64 after, s64 *when);

/**
 * pit_period() - how often channel 0 interrupts
 * @p: the timer
 *
 * Return: in ns, not less than what a guest may have the host do; 0: once, or never.
 */
u64 pit_period(const struct pit *p);

/**
 * pit_set_state() - KVM_SET_PIT2
 * @p: the timer
 * @state: may hold anything; what cannot be is dropped
 * @now: the time
 *
 * A channel that began at a time that was goes on from there, any other one begins now.
 */
void pit_set_state(struct pit *p, const struct kvm_pit_state2 *state, s64 now);

#endif
