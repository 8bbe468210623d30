// SPDX-License-Identifier: GPL-2.0
/*
 * Records that x86 guests share with the hypervisor: the time (X1), steal time (X2), the end of
 * interrupts (X3); against their readers, and the host that moves the page.
 */
#include <linux/errno.h>
#include <linux/limits.h>

#include "../../src/x86/pv/clock.h"
#include "../../src/x86/pv/eoi.h"
#include "../../src/x86/pv/range.h"
#include "../../src/x86/pv/steal.h"
#include "../machine/memory.h"
#include "../shim/host_private.h"
#include "caches.h"

static void migrates(void *arg)
{
	host_migrate(HVA(0));
}

/* The time. A line is a number: all that is in a record is made of it. */
#define LINES	2

static u64 told __attribute__((section("model_state")));

static struct pv_clock line_of(u64 n)
{
	return (struct pv_clock){ .tsc = n, .ns = 2 * n, .mul = 3 * n, .shift = 0 };
}

static void line_write(u64 n)
{
	struct pv_clock line = line_of(n);
	struct pv_clock_record *r;
	struct pfn_use use;
	u32 version;

	for (;;) {
		r = pfn_cache_begin(&caches->pc, &use);
		if (r)
			break;
		if (pfn_cache_refresh(&caches->pc))
			explore_violation("refresh", "a refresh fails");
	}
	host_use(memory_pa(r), HOST_USE_WRITE | HOST_USE_MAPPED);
	version = pv_clock_begin(r);
	pv_clock_end(r, version, &line, 0);
	host_unuse(memory_pa(r), HOST_USE_WRITE);
	pfn_cache_end(&caches->pc, &use, PFN_CACHE_DIRTY);
	trace_step("has written line %llu", (unsigned long long)n);
	told = n;
}

static void writes_lines(void *arg)
{
	u64 n;

	for (n = 1; n <= LINES; n++)
		line_write(n);
}

/* As a guest: content only if the version was even, and is the same afterwards. */
static void reads_line(void *arg)
{
	u64 before = told, tsc, ns, mul;
	u32 version = host_peek(HVA(0));

	tsc = host_peek(HVA(0) + 8);
	ns = host_peek(HVA(0) + 16);
	mul = host_peek(HVA(0) + 24) & U32_MAX;
	if (version & 1 || (u32)host_peek(HVA(0)) != version)
		return;
	if (ns != 2 * tsc || mul != 3 * tsc)
		explore_violation("X1", "a reader that follows the protocol is content with a torn record");
	if (tsc < before)
		explore_violation("X1", "a reader that follows the protocol is content with line %llu after %llu was told",
				  (unsigned long long)tsc, (unsigned long long)before);
}

static void record_create(void)
{
	caches_create(0);
	if (pfn_cache_activate(&caches->pc, GPA(0), sizeof(struct pv_clock_record)))
		explore_violation("refresh", "a cache cannot be made active");
	told = 0;
}

static void setup_clock(void)
{
	record_create();
	host_poke(HVA(0) + 8, 0);
	host_poke(HVA(0) + 16, 0);
	host_poke(HVA(0) + 24, 0);
	explore_spawn("vCPU 0's thread", 0, writes_lines, NULL);
	explore_spawn("guest", 1, reads_line, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_kvmclock_against_reader = {
	.name = "kvmclock-against-reader",
	.story = "The hypervisor writes the record of the time twice while a guest reads it by its version and the host moves the page.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_clock,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(clock_unbegun), CATCHES(clock_early), CATCHES(cache_unlocked),
		     CATCHES(cache_lazy) },
};

/* Another line begins where one ends, while the guest reads the time. One tick is a nanosecond. */
#define KHZ	1000000

static u64 tsc_now __attribute__((section("model_state")));

static u64 tsc_read(void)
{
	explore_point("rdtsc");
	return ++tsc_now;
}

static void goes_on(void *arg)
{
	struct pv_clock line;
	struct pv_clock_record *r;
	struct pfn_use use;
	u32 version;

	r = pfn_cache_begin(&caches->pc, &use);
	if (!r)
		explore_unfinished("the page has gone");
	pv_clock_set(&line, KHZ, 0, 1000);
	version = pv_clock_begin(r);
	/* the host's clock is behind */
	pv_clock_go_on(&line, KHZ, tsc_read(), 900);
	pv_clock_end(r, version, &line, PV_CLOCK_STABLE);
	pfn_cache_end(&caches->pc, &use, PFN_CACHE_DIRTY);
	trace_step("has begun another line");
}

static bool time_read(u64 *ns)
{
	u32 version = host_peek(HVA(0));
	u64 tsc = host_peek(HVA(0) + 8), from = host_peek(HVA(0) + 16), scale = host_peek(HVA(0) + 24);
	struct pv_clock line = { .tsc = tsc, .ns = from, .mul = scale, .shift = scale >> 32 };

	*ns = pv_clock_at(&line, tsc_read());
	return !(version & 1) && (u32)host_peek(HVA(0)) == version;
}

static void reads_time(void *arg)
{
	u64 last = 0, ns;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!time_read(&ns))
			continue;
		trace_step("it is %llu", (unsigned long long)ns);
		if (ns < last)
			explore_violation("X1", "time steps back from %llu to %llu", (unsigned long long)last,
					  (unsigned long long)ns);
		last = ns;
	}
}

static void setup_goes_on(void)
{
	struct pv_clock line;

	record_create();
	tsc_now = 0;
	pv_clock_set(&line, KHZ, 0, 1000);
	host_poke(HVA(0), 2);
	host_poke(HVA(0) + 8, line.tsc);
	host_poke(HVA(0) + 16, line.ns);
	host_poke(HVA(0) + 24, line.mul | (u64)(u8)line.shift << 32);
	explore_spawn("VMM", 0, goes_on, NULL);
	explore_spawn("guest", 1, reads_time, NULL);
}

const struct scenario scenario_kvmclock_goes_on = {
	.name = "kvmclock-goes-on",
	.story = "Another line from TSC to time begins while a guest reads it, and the host's clock is behind: time does not step back.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_goes_on,
	.finish = caches_destroy,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 50,
	.mutants = { CATCHES(clock_back) },
};

/* Steal time: a vCPU asks another one that seems preempted for a flush, in its record. */
#define STATE	16

static struct pv_range range __attribute__((section("model_state")));
static struct pv_steal steal __attribute__((section("model_state")));
static unsigned int changes __attribute__((section("model_state")));
static unsigned int flushed __attribute__((section("model_state")));
static unsigned int promised __attribute__((section("model_state")));

static u8 *byte_at(unsigned long hva)
{
	explore_point("guest access");
	while (!host_fault_in(hva, true))
		;
	return memory_kva(host_pa(hva));
}

/* The guest's flush of another vCPU: what it does not take on in its record is interrupted. */
static void asks_for_flush(void *arg)
{
	u8 *state;

	changes++;
	state = byte_at(HVA(0) + STATE);
	if (!(*state & PV_STEAL_PREEMPTED)) {
		trace_step("sends an interrupt");
		return;
	}
	state = byte_at(HVA(0) + STATE);
	if (*state != PV_STEAL_PREEMPTED) {
		trace_step("sends an interrupt");
		return;
	}
	*state |= PV_STEAL_FLUSH;
	promised = changes;
	trace_step("asks for a flush in the record");
}

static void comes_and_goes(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (pv_steal_leave(&steal))
			explore_violation("steal", "the record cannot be written");
		trace_step("leaves its CPU");
		if (pv_steal_enter(&steal, i))
			explore_violation("steal", "the record cannot be written");
		if (pv_steal_take_flush(&steal))
			flushed = changes;
		trace_step("comes back%s", flushed == changes ? ", flushed" : "");
		if (flushed < promised)
			explore_violation("X2", "a vCPU runs without the flush that another one asked for in its record");
	}
}

static void setup_steal(void)
{
	caches_create(0);
	changes = 0;
	flushed = 0;
	promised = 0;
	steal = (struct pv_steal){ 0 };
	host_poke(HVA(0) + 8, 0);
	host_poke(HVA(0) + STATE, 0);
	if (pv_range_init(&range, &caches->gm, GPA(0), PV_STEAL_SIZE))
		explore_unfinished("no record");
	pv_steal_set(&steal, &range.mem, 0);
	explore_spawn("vCPU 0", 0, comes_and_goes, NULL);
	explore_spawn("vCPU 1", 1, asks_for_flush, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

static void finish_range(void)
{
	pv_range_exit(&range);
	caches_destroy();
}

const struct scenario scenario_steal_preempted_flush = {
	.name = "steal-preempted-flush",
	.story = "A vCPU is preempted and comes back while another asks it for a flush in its record, and the host moves that: the flush is not lost.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_steal,
	.finish = finish_range,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 300,
	.mutants = { CATCHES(steal_two_steps), CATCHES(steal_unflushed), CATCHES(hva_two_steps) },
};

/* PV EOI: two interrupts, each of which the guest ends in memory where that is offered. */
static struct pv_eoi eoi __attribute__((section("model_state")));
static bool in_service __attribute__((section("model_state")));

/* In place of a local APIC: one interrupt is in service or none. */
bool lapic_eoi_may_wait(const struct lapic *a)
{
	return in_service;
}

void lapic_eoi(struct lapic *a)
{
	if (!in_service)
		explore_violation("X3", "an interrupt is ended twice");
	in_service = false;
	trace_step("ends the interrupt");
}

static void takes_back(void)
{
	while (pv_eoi_leave(&eoi, NULL)) {
		trace_step("does not know what the guest did");
		flag_wait(0);
	}
}

static void takes_interrupts(void *arg)
{
	unsigned int i;
	u8 *byte;

	for (i = 0; i < 2; i++) {
		in_service = true;
		pv_eoi_enter(&eoi, NULL);
		byte = byte_at(HVA(0));
		if (*byte & 1) {
			*byte &= ~1;
			trace_step("the guest ends it in memory");
			takes_back();
		} else {
			takes_back();
			trace_step("the guest ends it by its register");
			lapic_eoi(NULL);
		}
		if (in_service)
			explore_violation("X3", "an interrupt that the guest has ended is still in service");
		/* an exit with nothing offered */
		takes_back();
	}
}

static void replaces_slot(void *arg)
{
	caches_slot(0, GPA(0), 0, 0, 0);
	caches_slot(0, GPA(0), 0, 4, 0);
	flag_set(0);
}

static void setup_eoi(void)
{
	caches_create(0);
	in_service = false;
	eoi = (struct pv_eoi){ 0 };
	if (pv_range_init(&range, &caches->gm, GPA(0), 1))
		explore_unfinished("no byte");
	pv_eoi_set(&eoi, &range.mem);
	explore_spawn("vCPU 0", 0, takes_interrupts, NULL);
	explore_spawn("VMM", 1, replaces_slot, NULL);
	explore_spawn("memory manager", 2, migrates, NULL);
}

const struct scenario scenario_eoi_in_memory = {
	.name = "eoi-in-memory",
	.story = "A guest ends its interrupts in memory while the VMM takes the slot away for a moment and the host moves the page: each is ended once.",
	.contract = ANY_GUEST,
	.machine = MACHINE_N1,
	.setup = setup_eoi,
	.finish = finish_range,
	.expect = EXPECT_CACHES,
	.preemptions = 2,
	.random = 100,
	.mutants = { CATCHES(eoi_unsure), CATCHES(eoi_twice) },
};
