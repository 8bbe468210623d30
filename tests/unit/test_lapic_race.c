// SPDX-License-Identifier: GPL-2.0
/*
 * Who sends an interrupt needs no lock: senders against the vCPU's thread and each other,
 * in all orders of their accesses.
 */
#include <stdio.h>

#include "test_lapic_fake.h"

#include "../../model/explore/explore.h"
#include "../../model/explore/trace.h"
#include "../../model/machine/memory.h"
#include "../../model/shim/host_mm.h"
#include "../../model/shim/threads.h"

#define VECTOR	0x51
#define OTHER	0x52		/* in the same word */

static struct lapic *const a = &cpus[0].a;
static int accepted, taken, level_ends;
static bool kicked;

struct mm_struct *host_mm_current(void)
{
	return NULL;
}

bool host_is_user(uintptr_t addr)
{
	(void)addr;
	return false;
}

void trace_describe(char *buf, unsigned int len)
{
	snprintf(buf, len, "-");
}

void trace_legend(char *buf, unsigned int len)
{
	(void)len;
	buf[0] = 0;
}

void explore_reset_state(void)
{
	threads_reset();
	accepted = taken = level_ends = 0;
	kicked = false;
}

static void note_kick(struct lapic *apic)
{
	(void)apic;
	explore_point("kick");
	kicked = true;
}

static void note_eoi(struct lapic *apic, u8 vector)
{
	(void)apic;
	if (vector == OTHER)
		explore_violation("edge", "its end is told");
	level_ends++;
}

static void send_level(void *unused)
{
	(void)unused;
	accepted += lapic_accept(a, VECTOR, true);
}

static void send_other(void *unused)
{
	(void)unused;
	accepted += lapic_accept(a, OTHER, false);
}

static void send_bad(void *unused)
{
	(void)unused;
	lapic_accept(a, 3, false);
}

/* A look of the vCPU's thread at what waits. */
static void look(void)
{
	int vector = lapic_acknowledge(a);

	if (vector < 0)
		return;
	taken++;
	lapic_eoi(a);
}

/* Who was kicked finds what he was kicked for. */
static void serve(void *unused)
{
	bool was;
	int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		explore_point("look");
		was = kicked;
		look();
		if (was && !taken)
			explore_violation("kick", "and nothing there");
	}
}

static void (*senders[2])(void *);

/* All but the words of TMR and IRR that both vectors have bits in decide nothing. */
static void quiet(u32 from, u32 to)
{
	threads_quiet((char *)a->regs + from, to - from);
}

static void start(void)
{
	static struct lapic_ops ops;
	struct lapic_config config = { .tsc_khz = 1, .cycle_ns = 1, .address_bits = 40 };

	ops = fake_ops;
	ops.kick = note_kick;
	ops.eoi = note_eoi;
	lapic_power_up(a, &ops, &config);
	wr(0, SPIV, 0x1ff);
	wr(0, LVTERR, OTHER);
	/* the last time it was level-triggered */
	a->regs[(TMR + OTHER / 32 * 16) / 4] = 1U << OTHER % 32;
	quiet(0, TMR + VECTOR / 32 * 16);
	quiet(TMR + VECTOR / 32 * 16 + 16, IRR + VECTOR / 32 * 16);
	quiet(IRR + VECTOR / 32 * 16 + 16, LAPIC_STATE_SIZE);
	explore_spawn("sender", 0, senders[0], NULL);
	explore_spawn("another", 1, senders[1], NULL);
	explore_spawn("vcpu", 2, serve, NULL);
}

static void end(void)
{
	int errors = senders[0] == send_bad;

	while (lapic_pending(a) >= 0)
		look();
	if (taken != accepted + errors)
		explore_violation("count", "%d accepted, %d taken", accepted + errors, taken);
	if (level_ends != (senders[0] == send_level) + (senders[1] == send_level && accepted == 2))
		explore_violation("level", "%d ends told", level_ends);
}

static void check(void (*first)(void *), void (*second)(void *))
{
	static const struct explore_program p = { start, end, true };
	static struct explore_result result;
	struct explore_limits limits = { .preemptions = 4, .schedules = 1000000 };

	senders[0] = first;
	senders[1] = second;
	explore_search(&p, &limits, &result);
	if (result.end != EXPLORE_PASSED)
		print_message("%s: %s\n", result.rule, result.what);
	assert_int_equal(result.end, EXPLORE_PASSED);
	assert_true(result.schedules > 100);
}

/* Two interrupts in one word: each is taken once, its sender kicked for it, and the level's end is told. */
static void two_vectors(void **state)
{
	(void)state;
	check(send_level, send_other);
}

/* One interrupt twice: taken as often as it was accepted, its end told as often. */
static void one_vector(void **state)
{
	(void)state;
	check(send_level, send_level);
}

/* Two errors at once are one, and one interrupt. */
static void two_errors(void **state)
{
	(void)state;
	check(send_bad, send_bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_vectors),
		cmocka_unit_test(one_vector),
		cmocka_unit_test(two_errors),
	};

	memory_map();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
