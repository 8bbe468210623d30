// SPDX-License-Identifier: GPL-2.0
/*
 * The lab's x86-64 guests: entry, exceptions, and the way to tell.
 */
#include "guest.h"

struct gate {
	uint16_t low, selector, type, mid;
	uint32_t high, zero;
};

#define INTERRUPT_GATE	0x8e00
#define FROM_USER	0x6000		/* INT n is everybody's */

extern const char guest_entries[];

volatile uint64_t guest_try_to;
static bool faulted;
static struct guest_frame fault;
static struct gate idt[256] __attribute__((aligned(16)));

void guest_expect_at(unsigned int line, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	guest_say(PORT_GOT, got);
	guest_say(PORT_WANT, want);
	guest_say(PORT_FAIL, line);
}

bool guest_tried(void)
{
	bool ok = !faulted;

	guest_try_to = 0;
	faulted = false;
	return ok;
}

const struct guest_frame *guest_fault(void)
{
	return &fault;
}

__attribute__((weak)) bool guest_trap(struct guest_frame *f)
{
	return false;
}

__attribute__((weak)) uint64_t guest_main(uint64_t what, uint64_t arg)
{
	return 0;
}

void guest_vector(struct guest_frame *f)
{
	if (guest_trap(f))
		return;
	if (guest_try_to && f->vector < 32) {
		fault = *f;
		faulted = true;
		f->rip = guest_try_to;
		guest_try_to = 0;
		return;
	}
	/* nobody expected it: where, with which error, and the end */
	guest_say(PORT_GOT, f->rip);
	guest_say(PORT_WANT, f->error);
	guest_say(PORT_FAIL, FAIL_VECTOR + f->vector);
	guest_say(PORT_DONE, ~0UL);
	for (;;)
		;
}

static void load_idt(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} d = { sizeof(idt) - 1, (uintptr_t)idt };
	unsigned int i;

	for (i = 0; i < 256; i++) {
		uint64_t entry = (uintptr_t)guest_entries + 16 * i;

		idt[i] = (struct gate){
			entry, SEL_CODE64, INTERRUPT_GATE | (i < 32 ? 0 : FROM_USER), entry >> 16, entry >> 32
		};
	}
	asm volatile("lidt %0" : : "m" (d));
}

void guest_enter(uint64_t what, uint64_t arg)
{
	load_idt();
	guest_say(PORT_DONE, guest_main(what, arg));
	for (;;)
		;
}
