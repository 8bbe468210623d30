/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The local APIC as a state machine (APM volume 2, chapter 16; SDM volume 3 for x2APIC).
 * It knows neither vCPU nor VM: what it wants done it asks for by struct lapic_ops, and
 * what time it is, too. No hardware access: runs in user space, too.
 *
 * All functions are for the vCPU's thread, or who has kept it from running, but for
 * those that say "any context": they neither lock nor sleep, and change nothing but bits
 * of IRR and TMR, and the errors, each by one atomic operation.
 */
#ifndef TABULA_LAPIC_H
#define TABULA_LAPIC_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

#define LAPIC_STATE_SIZE	0x400	/* of KVM_GET_LAPIC */
#define LAPIC_NEVER		(~0ULL)	/* no host timer */
#define LAPIC_CYCLE_NS_MAX	((1U << 23) - 1)

/* MSR 1b. */
#define LAPIC_BASE_BSP		(1ULL << 8)
#define LAPIC_BASE_X2		(1ULL << 10)
#define LAPIC_BASE_ENABLED	(1ULL << 11)
#define LAPIC_BASE_ADDRESS	0xfee00000ULL

#define LAPIC_MSR_FIRST		0x800
#define LAPIC_MSR_LAST		0x8ff

/* Delivery modes, as ICR, LVT and MSI data have them. */
enum lapic_mode {
	LAPIC_FIXED,
	LAPIC_LOWEST,	/* fixed, to one of those addressed */
	LAPIC_SMI,
	LAPIC_RESERVED,
	LAPIC_NMI,
	LAPIC_INIT,
	LAPIC_SIPI,
	LAPIC_EXTINT,
};

/* Destination shorthands, as ICR has them. */
enum lapic_shorthand {
	LAPIC_DESTINATION,
	LAPIC_SELF,
	LAPIC_ALL,
	LAPIC_OTHERS,
};

/* Local interrupts, in the order of their registers. */
enum lapic_local {
	LAPIC_TIMER,
	LAPIC_THERMAL,
	LAPIC_PERF,
	LAPIC_LINT0,
	LAPIC_LINT1,
	LAPIC_ERROR,
	LAPIC_LOCALS
};

/* Errors, bits of ESR. */
#define LAPIC_ERR_SEND_VECTOR		5
#define LAPIC_ERR_RECEIVE_VECTOR	6
#define LAPIC_ERR_REGISTER		7

struct lapic;

/**
 * struct lapic_message - an interrupt on its way to local APICs
 * @dest: whom to, if @shorthand says so
 * @vector: of a fixed one, or a SIPI's page
 * @mode: enum lapic_mode
 * @shorthand: enum lapic_shorthand, seen from the sender
 * @logical: @dest is a logical one
 * @wide: @dest has 32 bits: all ones, not ff, are a broadcast
 * @level: level-triggered
 * @one: only one of those that match shall have it, whose lapic_arbitration() is lowest
 */
struct lapic_message {
	u32 dest;
	u8 vector;
	u8 mode;
	u8 shorthand;
	bool logical;
	bool wide;
	bool level;
	bool one;
};

/* What a vCPU is told beside interrupts with a vector in IRR. */
enum lapic_event {
	LAPIC_EVENT_NMI,
	LAPIC_EVENT_INIT,	/* lapic_init() is due when it is served */
	LAPIC_EVENT_SIPI,	/* with the vector */
};

/**
 * struct lapic_now - what time it is
 * @ns: on the clock of the host's timer
 * @tsc: the guest's TSC
 */
struct lapic_now {
	u64 ns;
	u64 tsc;
};

/**
 * struct lapic_ops - what a local APIC wants done
 * @kick: IRR has a new bit: leave the guest, end a wait; any context
 * @event: NMI, INIT or SIPI; any context
 * @send: lapic_deliver() to those others and this one whom lapic_match() names
 * @eoi: a level-triggered interrupt has ended
 * @now: the time
 * @arm: lapic_timer_run() is due at @ns, and no longer at what was asked for before;
 *	%LAPIC_NEVER: not at all
 */
struct lapic_ops {
	void (*kick)(struct lapic *a);
	void (*event)(struct lapic *a, enum lapic_event event, u8 vector);
	void (*send)(struct lapic *from, const struct lapic_message *m);
	void (*eoi)(struct lapic *a, u8 vector);
	struct lapic_now (*now)(struct lapic *a);
	void (*arm)(struct lapic *a, u64 ns);
};

/**
 * struct lapic_config - what the VMM chose; changed only while the vCPU does not run
 * @id: x2APIC id: the vCPU's number
 * @tsc_khz: of the guest's TSC; not 0
 * @cycle_ns: a cycle of the APIC's bus, 1 to %LAPIC_CYCLE_NS_MAX
 * @address_bits: of guest physical addresses
 * @bsp: it is the bootstrap processor
 * @x2apic: CPUID has x2APIC
 * @tsc_deadline: CPUID has the TSC deadline timer
 * @wide_ids: KVM_X2APIC_API_USE_32BIT_IDS; may change at any time
 * @exact_ff: KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK: ff is no broadcast for an x2APIC; likewise
 * @virtual_wire: LINT0 of the bootstrap processor takes the PIC's interrupt from the start
 */
struct lapic_config {
	u32 id;
	u32 tsc_khz;
	u32 cycle_ns;
	u8 address_bits;
	bool bsp;
	bool x2apic;
	bool tsc_deadline;
	bool wide_ids;
	bool exact_ff;
	bool virtual_wire;
};

/**
 * struct lapic_timer - the timer of a local APIC
 * @deadline: when the count will be 0, or %LAPIC_NEVER
 * @tsc: MSR 6e0; 0: none
 */
struct lapic_timer {
	u64 deadline;
	u64 tsc;
};

/**
 * struct lapic - a local APIC
 * @ops: its owner's
 * @config: its owner's
 * @base: MSR 1b
 * @errors: since ESR was written
 * @timer: its timer
 * @regs: registers, 16 bytes each, as KVM_GET_LAPIC has them; but an x2APIC's ID is 32 bits
 * @words: the same, for bit operations
 */
struct lapic {
	const struct lapic_ops *ops;
	struct lapic_config config;
	u64 base;
	unsigned long errors;
	struct lapic_timer timer;
	union {
		u32 regs[LAPIC_STATE_SIZE / sizeof(u32)];
		unsigned long words[LAPIC_STATE_SIZE / sizeof(unsigned long)];
	};
};

/* state.c */

/**
 * lapic_power_up() - make a local APIC, or reset it as power does
 * @a: the local APIC
 * @ops: its owner's
 * @config: its owner's
 */
void lapic_power_up(struct lapic *a, const struct lapic_ops *ops, const struct lapic_config *config);

/**
 * lapic_init() - reset by INIT: ID and base stay
 * @a: the local APIC
 */
void lapic_init(struct lapic *a);

/**
 * lapic_write_base() - write MSR 1b
 * @a: the local APIC
 * @val: the value
 * @host: the VMM writes: any state may follow any
 *
 * Return: 0; -EINVAL: #GP.
 */
int lapic_write_base(struct lapic *a, u64 val, bool host);

/**
 * lapic_is_x2() - is it in x2APIC mode?
 * @a: the local APIC; any context
 *
 * Return: true if so.
 */
static inline bool lapic_is_x2(const struct lapic *a)
{
	return READ_ONCE(a->base) & LAPIC_BASE_X2;
}

/**
 * lapic_is_on() - is it enabled by MSR 1b?
 * @a: the local APIC; any context
 *
 * Return: true if so.
 */
static inline bool lapic_is_on(const struct lapic *a)
{
	return READ_ONCE(a->base) & LAPIC_BASE_ENABLED;
}

/**
 * lapic_get_state() - KVM_GET_LAPIC
 * @a: the local APIC
 * @state: registers, 16 bytes each, %LAPIC_STATE_SIZE in all
 */
void lapic_get_state(struct lapic *a, void *state);

/**
 * lapic_set_state() - KVM_SET_LAPIC
 * @a: the local APIC; its base has been set
 * @state: registers; may hold anything
 *
 * Bits that do not exist are dropped, what follows from other registers is made again,
 * the timer goes on from its current count. Local interrupts keep their masks: firmware
 * finds LINT0 wired to the PIC before it enables anything.
 *
 * Return: 0; -EINVAL: an x2APIC's ID is another, and the VMM speaks of 32 bits.
 */
int lapic_set_state(struct lapic *a, const void *state);

/* accept.c */

/**
 * lapic_accept() - take a fixed interrupt
 * @a: the local APIC; any context
 * @vector: its vector
 * @level: level-triggered: @ops->eoi hears of its end
 *
 * Return: 1: it waits in IRR now; 0: it did already; -1: not taken.
 */
int lapic_accept(struct lapic *a, u8 vector, bool level);

/**
 * lapic_error() - note an error
 * @a: the local APIC; any context
 * @bit: LAPIC_ERR_*
 */
void lapic_error(struct lapic *a, unsigned int bit);

/**
 * lapic_pending() - which interrupt may be delivered now?
 * @a: the local APIC
 *
 * Return: its vector; -1: none.
 */
int lapic_pending(const struct lapic *a);

/**
 * lapic_waiting() - which interrupt is the highest, if TPR or another in service hold it back or not?
 * @a: the local APIC
 *
 * Return: its vector; -1: none.
 */
int lapic_waiting(const struct lapic *a);

/**
 * lapic_acknowledge() - the CPU takes the interrupt of lapic_pending(): it is in service
 * @a: the local APIC
 *
 * Return: its vector; -1: there is none.
 */
int lapic_acknowledge(struct lapic *a);

/**
 * lapic_eoi() - the interrupt in service that is highest has ended
 * @a: the local APIC
 *
 * By a write of EOI, or because the guest said so in memory (PV EOI).
 */
void lapic_eoi(struct lapic *a);

/**
 * lapic_eoi_may_wait() - need nobody hear of the next EOI until the guest exits anyway?
 * @a: the local APIC
 *
 * Return: true: an edge-triggered interrupt is in service and none waits for its end.
 */
bool lapic_eoi_may_wait(const struct lapic *a);

/**
 * lapic_ppr() - processor priority
 * @a: the local APIC
 *
 * Return: PPR.
 */
u8 lapic_ppr(const struct lapic *a);

/**
 * lapic_arbitration() - who gets an interrupt of lowest priority?
 * @a: the local APIC; any context: it may be another by the time
 *
 * Return: APR: the lower, the rather.
 */
u8 lapic_arbitration(const struct lapic *a);

/**
 * lapic_in_service() - which interrupt in service is the highest?
 * @a: the local APIC
 *
 * Return: its vector; -1: none.
 */
int lapic_in_service(const struct lapic *a);

/**
 * lapic_tpr() - what TPR is
 * @a: the local APIC
 *
 * Return: all eight bits.
 */
u8 lapic_tpr(const struct lapic *a);

/**
 * lapic_set_tpr() - set TPR
 * @a: the local APIC
 * @val: all eight bits
 */
void lapic_set_tpr(struct lapic *a, u8 val);

/**
 * lapic_cr8() - what CR8 is
 * @a: the local APIC
 *
 * Return: upper half of TPR.
 */
u8 lapic_cr8(const struct lapic *a);

/**
 * lapic_set_cr8() - write CR8
 * @a: the local APIC
 * @val: 0 to 15
 */
void lapic_set_cr8(struct lapic *a, u8 val);

/* lvt.c */

/**
 * lapic_local() - a local interrupt comes
 * @a: the local APIC; any context
 * @which: its source
 *
 * Return: 1: it waits, or its event was given; 0: it did already; -1: masked, or not taken.
 */
int lapic_local(struct lapic *a, enum lapic_local which);

/**
 * lapic_takes_extint() - would the CPU take an interrupt of the PIC?
 * @a: the local APIC
 *
 * Return: true: LINT0 is so wired, or the local APIC is off.
 */
bool lapic_takes_extint(const struct lapic *a);

/* ipi.c */

/**
 * lapic_match() - is an interrupt for this one?
 * @a: the local APIC; any context
 * @from: who sent it; NULL: a device
 * @m: the interrupt
 *
 * Return: true if so.
 */
bool lapic_match(const struct lapic *a, const struct lapic *from, const struct lapic_message *m);

/**
 * lapic_deliver() - give an interrupt to a local APIC
 * @a: whom it is for; any context
 * @m: the interrupt
 *
 * Return: as lapic_accept(); 1 for an event.
 */
int lapic_deliver(struct lapic *a, const struct lapic_message *m);

/**
 * lapic_message_of_msi() - the interrupt that a device's write means
 * @address: bits 31 to 20 are fee; 63 to 40 extend the destination, with @wide_ids
 * @data: what is written
 * @wide_ids: KVM_X2APIC_API_USE_32BIT_IDS
 * @m: filled in
 *
 * Return: 0; -EINVAL: no interrupt's address, or upper bits of it that mean nothing.
 */
int lapic_message_of_msi(u64 address, u32 data, bool wide_ids, struct lapic_message *m);

/* timer.c */

/**
 * lapic_timer_run() - deliver what is due, ask for the host's timer again
 * @a: the local APIC
 *
 * After the host's timer went off, or the guest's TSC was changed.
 */
void lapic_timer_run(struct lapic *a);

/**
 * lapic_tsc_deadline() - read MSR 6e0
 * @a: the local APIC
 *
 * Return: the deadline; 0: none, or the timer is in another mode.
 */
u64 lapic_tsc_deadline(const struct lapic *a);

/**
 * lapic_set_tsc_deadline() - write MSR 6e0
 * @a: the local APIC
 * @tsc: the guest's TSC then; 0: none
 */
void lapic_set_tsc_deadline(struct lapic *a, u64 tsc);

/* mmio.c, xAPIC */

/**
 * lapic_covers() - is an access of a guest physical address one to its registers?
 * @a: the local APIC
 * @gpa: the address
 *
 * Return: true in xAPIC mode, in its page.
 */
bool lapic_covers(const struct lapic *a, u64 gpa);

/**
 * lapic_mmio_read() - the guest reads in the page of registers
 * @a: the local APIC, in xAPIC mode
 * @offset: in the page
 * @len: bytes, 1 to 8
 * @data: as many; 0 where no register is
 */
void lapic_mmio_read(struct lapic *a, u32 offset, unsigned int len, void *data);

/**
 * lapic_mmio_write() - the guest writes there
 * @a: the local APIC, in xAPIC mode
 * @offset: in the page
 * @len: bytes; other than aligned words are ignored
 * @data: as many
 */
void lapic_mmio_write(struct lapic *a, u32 offset, unsigned int len, const void *data);

/* msr.c, x2APIC */

/**
 * lapic_read_msr() - read an x2APIC MSR
 * @a: the local APIC
 * @msr: %LAPIC_MSR_FIRST to %LAPIC_MSR_LAST
 * @val: its value
 *
 * Return: 0; -EINVAL: #GP.
 */
int lapic_read_msr(struct lapic *a, u32 msr, u64 *val);

/**
 * lapic_write_msr() - write an x2APIC MSR
 * @a: the local APIC
 * @msr: %LAPIC_MSR_FIRST to %LAPIC_MSR_LAST
 * @val: the value
 *
 * Return: 0; -EINVAL: #GP.
 */
int lapic_write_msr(struct lapic *a, u32 msr, u64 val);

#endif
