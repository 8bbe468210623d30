// SPDX-License-Identifier: GPL-2.0
/*
 * Between the explorer and a scenario: resets all state, gives the machine its
 * voice, knows policies and mutants.
 */
#include "run.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../machine/machine.h"
#include "../machine/memory.h"
#include "../shim/percpu.h"
#include "../shim/threads.h"
#include "../shim/work.h"
#include "scenario.h"

#define FLAGS	16

/* Variables of the checked files, renamed into these sections by the build. */
extern char __start_checked_data[] __attribute__((weak));
extern char __stop_checked_data[] __attribute__((weak));
extern char __start_checked_bss[] __attribute__((weak));
extern char __stop_checked_bss[] __attribute__((weak));

static bool mutants_on[MUTANTS_ALL];

static const struct scenario *running;
static char *checked_data;
static bool flags[FLAGS];

static enum mmu_policy policy;
/* Policy none is all maintenance left out. */
static const enum mutant none_mutants[] = {
	MUTANT_no_clean_at_map, MUTANT_no_clean_at_mmu_on, MUTANT_no_clean_at_unmap,
	MUTANT_no_unmap_at_reset, MUTANT_no_icache_at_reset, MUTANT_no_icache_at_map,
	MUTANT_no_set_way,
};

/* What each policy does, and each rule promises: for who reads a trace and nothing else. */
static const char * const policy_does[MMU_POLICIES] = {
	[MMU_NONE] = "no maintenance at all",
	[MMU_UNMAP] = "a reset unmaps everything, and each page is cleaned when it is mapped again",
	[MMU_CLEAN] = "a reset cleans all that is mapped",
	[MMU_TWO_TREE] = "vCPUs with their MMU off have a stage-2 tree of their own",
	[MMU_DC] = "accesses with the MMU off are made cacheable by HCR_EL2.DC",
	[MMU_FWB] = "FEAT_S2FWB makes all data accesses cacheable",
};

static const struct {
	const char *rule, *promise;
} promises[] = {
	{ "C1", "after a reset a vCPU with its MMU off reads what the VMM wrote before KVM_RUN" },
	{ "C1n", "so does a Non-cacheable access with the MMU on" },
	{ "C2", "with its caches on a vCPU reads what it wrote with them off" },
	{ "C3", "no instruction fetch returns bytes older than the VMM's last write before KVM_RUN" },
	{ "C4", "when the host takes a page back it reads what the guest wrote last" },
	{ "C5", "a guest never sees bytes that another owner left in a page" },
	{ "C6", "a secondary vCPU reads what the VMM and the primary left for it" },
	{ "C7", "cleaning by set/way leaves in memory all that the guest had in the caches" },
	{ "C8", "no maintenance holds a lock or a CPU for more than a bounded piece of work" },
	{ "C9", "what the dirty log reports the VMM then reads right" },
	{ "X1", "who reads kvmclock by its version sees no torn or stale record, and no step back" },
	{ "X2", "a flush that another vCPU asks for in a steal time record is not lost" },
	{ "X3", "an interrupt is ended once, by the guest in memory or by its register" },
	{ "X4", "each token of an async page fault is told once, and once it is ready; none of before a reset" },
	{ "X5", "what L1 changes after VMRUN has read it does not change what was checked" },
	{ "X7", "the dirty log has every write of the hypervisor, and userfaultfd stops each as it does the VMM's" },
	{ "X8", "after each exit the host has its own state: registers, segments, FPU, GIF" },
	{ "problem 1", "of two stores through two aliases of a page the younger one stays" },
};

static const struct {
	const char *name, *what;
} mutant_names[] = {
#define MUTANT_NAME(name, what) { #name, what },
	MUTANTS(MUTANT_NAME)
	MUTANTS_CACHES(MUTANT_NAME)
	MUTANTS_X86(MUTANT_NAME)
	{ NULL, NULL },
	MUTANTS_EQUIVALENT(MUTANT_NAME)
#undef MUTANT_NAME
};

int mutant_is_on(enum mutant m)
{
	if (!mutants_on[m])
		return 0;
	return m != MUTANT_clean_by_faulter || vcpu_is_cached_here();
}

const char *run_policy_name(int which)
{
	return mmu_policy_name(which);
}

int run_policy(const char *name)
{
	return mmu_policy_by_name(name);
}

enum mmu_policy scenario_policy(void)
{
	return policy;
}

unsigned int scenario_ipa_bits(void)
{
	return running->ipa_bits ?: VM_IPA_BITS;
}

const char *run_mutant_name(int mutant)
{
	return mutant < 0 ? NULL : mutant_names[mutant].name;
}

const char *run_mutant_what(int mutant)
{
	return mutant_names[mutant].what;
}

int run_mutant(const char *name)
{
	int i;

	for (i = 0; i < MUTANTS_ALL; i++)
		if (mutant_names[i].name && !strcmp(name, mutant_names[i].name))
			return i;
	return -1;
}

static size_t checked_size(void)
{
	return __stop_checked_data - __start_checked_data;
}

void run_init(void)
{
	memory_map();
	checked_data = malloc(checked_size() + 1);
	if (!checked_data)
		abort();
	memcpy(checked_data, __start_checked_data, checked_size());
}

void explore_reset_state(void)
{
	struct machine_config cfg;

	memcpy(__start_checked_data, checked_data, checked_size());
	memset(__start_checked_bss, 0, __stop_checked_bss - __start_checked_bss);
	memset(flags, 0, sizeof(flags));
	threads_reset();
	shim_percpu_reset();
	work_reset();
	host_mm_reset();
	cfg = running->machine;
	cfg.fwb |= policy == MMU_FWB;
	machine_reset(&cfg);
	vm_reset();
	amd_vm_reset();
}

void machine_report(const char *rule, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!strcmp(rule, "bounds"))
		explore_unfinished("%s", what);
	explore_violation(rule, "%s", what);
}

unsigned int machine_choose(unsigned int n, const char *what)
{
	return explore_choose(n, what);
}

void trace_describe(char *buf, unsigned int len)
{
	unsigned int i, at = 0;

	buf[0] = 0;
	for (i = 0; i < machine.lines && at + 2 < len; i++) {
		const struct line *line = &machine.line[i];

		/* lines of pages that belong to others are of no interest any more */
		if (line->versions == 1 || line->version[line->latest].foreign)
			continue;
		at += snprintf(buf + at, len - at, "%s%s: ", at ? "\n" : "", line->name);
		if (at + 2 < len) {
			line_describe(line, buf + at, len - at);
			at += strlen(buf + at);
		}
		if (at + 2 < len && !machine.cfg.caches.dic) {
			line_describe_fetched(line, machine.executes, buf + at, len - at);
			at += strlen(buf + at);
		}
	}
}

void trace_legend(char *buf, unsigned int len)
{
	unsigned int i, v, at = 0;

	buf[0] = 0;
	for (i = 0; i < machine.lines && at < len; i++) {
		const struct line *line = &machine.line[i];

		if (line->version[line->latest].foreign && line->versions == 1)
			continue;
		at += snprintf(buf + at, len - at, "%s%s:", at ? "\n" : "", line->name);
		for (v = 0; v < line->versions && at < len; v++) {
			int w = line->version[v].writer;

			at += snprintf(buf + at, len - at, "%s v%u %s", v ? "," : "", v,
				       line->version[v].foreign ? "another owner's" :
				       w < 0 ? "before" : explore_name(w));
		}
	}
}

static bool flag_is_set(const void *arg)
{
	return *(const bool *)arg;
}

void flag_set(unsigned int n)
{
	flags[n] = true;
}

struct flag_waiter {
	const bool *flag, *interrupt;
};

static bool flag_or_interrupt(const void *arg)
{
	const struct flag_waiter *w = arg;

	return flag_is_set(w->flag) || *w->interrupt;
}

/* A guest that waits takes interrupts meanwhile. */
void flag_wait(unsigned int n)
{
	struct flag_waiter w = { .flag = &flags[n] };

	while (!flags[n]) {
		w.interrupt = vcpu_waits();
		if (!w.interrupt)
			explore_block(flag_is_set, &flags[n], "another thread's go-ahead");
		else if (*w.interrupt)
			vcpu_interrupted();
		else
			explore_block(flag_or_interrupt, &w, "another thread's go-ahead");
	}
}

static void check_bounds(void)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		if (machine.line[i].overflow)
			explore_unfinished("line \"%s\" has more states or values than fit",
					   machine.line[i].name);
}

static void setup(void)
{
	if (mmu_hw_init())
		explore_unfinished("mmu_hw_init() fails");
	running->setup();
}

static void finish(void)
{
	if (running->finish)
		running->finish();
	if (vm)
		vm_destroy(vm);
	mmu_hw_exit();
	check_bounds();
}

static const struct explore_program program = {
	.setup = setup, .finish = finish, .leaks = true,
};

static void prepare(const struct run_job *job)
{
	unsigned int i;

	running = job->scenario;
	policy = job->policy;
	memset(mutants_on, 0, sizeof(mutants_on));
	for (i = 0; i < sizeof(none_mutants) / sizeof(none_mutants[0]); i++)
		mutants_on[none_mutants[i]] = policy == MMU_NONE;
	if (job->mutant >= 0)
		mutants_on[job->mutant] = true;
}

void run_search(const struct run_job *job, struct explore_result *r)
{
	prepare(job);
	explore_search(&program, &job->limits, r);
}

void run_replay(const struct run_job *job, const uint8_t *choice, unsigned int choices,
		struct explore_result *r)
{
	prepare(job);
	explore_replay(&program, choice, choices, r);
}

/* A rule was broken that had to be: a mutant may break any. */
static bool rule_is_wanted(const struct run_job *job)
{
	const char *want = run_expected(job);

	return want && strcmp(want, HOLDS) && (!*want || !strcmp(want, trace.rule));
}

static const char *promise_of(const char *rule)
{
	unsigned int i;

	for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++)
		if (!strcmp(promises[i].rule, rule))
			return promises[i].promise;
	return NULL;
}

void run_draw(const struct run_job *job, FILE *f, bool picture)
{
	struct trace_head head = {
		.scenario = job->scenario->name,
		.policy = run_policy_name(job->policy),
		.policy_does = policy_does[job->policy],
		.mutant = run_mutant_name(job->mutant),
		.mutant_does = job->mutant < 0 ? NULL : run_mutant_what(job->mutant),
		.promise = promise_of(trace.rule),
		.contract = job->scenario->contract,
		.story = job->scenario->story,
		.wanted = rule_is_wanted(job),
	};

	if (picture)
		trace_picture(f, &head);
	else
		trace_text(f, &head);
}

const char *run_expected(const struct run_job *job)
{
	const char *want = job->scenario->expect[job->policy];

	if (job->mutant >= 0)
		return "";
	if (!want)
		want = job->policy == MMU_FWB ? HOLDS : job->scenario->expect[MMU_UNMAP];
	return strcmp(want, SKIP) ? want : NULL;
}
