// SPDX-License-Identifier: GPL-2.0
/*
 * All scenarios, policies and mutants: jobs that several processes take, results in
 * memory they share, and a table of what came of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define JOBS_MAX	2048
/* What only random schedules find must be found with each of so many seeds. */
#define SEEDS		3

/* What is kept of a result. */
struct outcome {
	bool done;
	enum explore_end end;
	char rule[48];
	unsigned long schedules;
	bool exhaustive;
	bool by_chance;
	unsigned int seeds;	/* that found it, where it was by chance */
};

struct all {
	const char *out;
	const char *only;
	struct run_job job[JOBS_MAX];
	unsigned int jobs;
	struct shared {
		unsigned int next;
		unsigned int finished;
		struct outcome outcome[JOBS_MAX];
	} *shared;
};

static unsigned int job_add(struct all *all, struct run_job job)
{
	if (all->jobs == JOBS_MAX)
		check_die("too many jobs%s", "");
	all->job[all->jobs] = job;
	return all->jobs++;
}

static void save_pictures(const struct all *all, const struct run_job *job,
			  const struct explore_result *r)
{
	const char *m = run_mutant_name(job->mutant);
	char path[512];

	if (!all->out)
		return;
	snprintf(path, sizeof(path), "%s/%s.%s%s%s.svg", all->out, job->scenario->name,
		 run_policy_name(job->policy), m ? "." : "", m ? m : "");
	check_trace(job, r, path);
	strcpy(strrchr(path, '.'), ".txt");
	check_trace(job, r, path);
}

/* A violation that one seed has found: was it luck? */
static unsigned int other_seeds(const struct run_job *job)
{
	static struct explore_result r;
	struct run_job again = *job;
	unsigned int found = 1, i;

	again.limits.only_random = true;
	for (i = 1; i < SEEDS; i++) {
		again.limits.seed = job->limits.seed + i;
		run_search(&again, &r);
		found += r.end == EXPLORE_VIOLATION;
	}
	return found;
}

static void work(struct all *all)
{
	static struct explore_result r;

	for (;;) {
		unsigned int i = __atomic_fetch_add(&all->shared->next, 1, __ATOMIC_RELAXED);
		struct outcome *o = &all->shared->outcome[i];

		if (i >= all->jobs)
			return;
		run_search(&all->job[i], &r);
		if (r.end != EXPLORE_PASSED)
			save_pictures(all, &all->job[i], &r);
		o->end = r.end;
		o->schedules = r.schedules;
		o->exhaustive = r.exhaustive;
		o->by_chance = r.by_chance;
		o->seeds = r.by_chance ? other_seeds(&all->job[i]) : 0;
		memcpy(o->rule, r.rule, sizeof(o->rule));
		o->done = true;
		__atomic_fetch_add(&all->shared->finished, 1, __ATOMIC_RELEASE);
	}
}

/* A child that dies leaves jobs undone: they count as not finished. */
static void work_in_parallel(struct all *all)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN), i;
	bool tty = isatty(STDERR_FILENO);

	all->shared = mmap(NULL, sizeof(*all->shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all->shared == MAP_FAILED)
		check_die("no memory%s", "");
	fflush(stdout);
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			check_die("cannot fork%s", "");
		if (!pid) {
			work(all);
			_exit(0);
		}
	}
	while (i) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			i--;
		if (tty)
			fprintf(stderr, "\rcheck: %u of %u", all->shared->finished, all->jobs);
		usleep(100000);
	}
	if (tty)
		fprintf(stderr, "\r%30s\r", "");
}

static bool outcome_is(const char *want, const struct outcome *o)
{
	if (!o->done || o->end == EXPLORE_UNFINISHED)
		return false;
	if (!strcmp(want, HOLDS))
		return o->end == EXPLORE_PASSED;
	if (o->end != EXPLORE_VIOLATION || (o->by_chance && o->seeds < SEEDS))
		return false;
	return !*want || !strcmp(want, o->rule);
}

static const char *outcome_name(const struct outcome *o)
{
	if (!o->done || o->end == EXPLORE_UNFINISHED)
		return "not finished";
	return o->end == EXPLORE_PASSED ? HOLDS : o->rule;
}

struct totals {
	unsigned int scenarios, exhaustive, mutants, caught, claims, unexpected, unfinished;
	unsigned long schedules;
};

static bool is_asked(const struct all *all, const struct scenario *s)
{
	return !all->only || strstr(s->name, all->only);
}

static void jobs_make(struct all *all, unsigned int deeper)
{
	unsigned int i, c;
	int k;

	for (i = 0; scenarios[i]; i++) {
		if (!is_asked(all, scenarios[i]))
			continue;
		for (k = 0; k < MMU_POLICIES; k++) {
			struct run_job job = check_job(scenarios[i], k, -1);

			job.limits.preemptions += deeper;
			if (run_expected(&job))
				job_add(all, job);
		}
		for (c = 0; c < SCENARIO_MUTANTS && scenarios[i]->mutants[c]; c++)
			job_add(all, check_job(scenarios[i], CLAIM_POLICY(scenarios[i]->mutants[c]),
					       CLAIM_MUTANT(scenarios[i]->mutants[c])));
	}
}

static const struct outcome *outcome_of(const struct all *all, const struct scenario *s,
					int policy, int mutant)
{
	unsigned int i;

	for (i = 0; i < all->jobs; i++)
		if (all->job[i].scenario == s && all->job[i].policy == policy &&
		    all->job[i].mutant == mutant)
			return &all->shared->outcome[i];
	return NULL;
}

static void table_cell(const struct all *all, struct totals *t, const struct scenario *s,
		       int policy)
{
	const struct outcome *o = outcome_of(all, s, policy, -1);
	struct run_job job = check_job(s, policy, -1);
	const char *want = run_expected(&job);
	char cell[64];

	if (!o) {
		printf(" %-17s", "-");
		return;
	}
	t->schedules += o->schedules;
	if (outcome_is(want, o)) {
		snprintf(cell, sizeof(cell), "%s%s", strcmp(want, HOLDS) ? "found: " : "",
			 outcome_name(o));
	} else {
		snprintf(cell, sizeof(cell), "%.13s !!", outcome_name(o));
		if (!o->done || o->end == EXPLORE_UNFINISHED)
			t->unfinished++;
		else
			t->unexpected++;
	}
	printf(" %-17s", cell);
}

/* All schedules that there are, wherever it should hold? */
static bool row_is_exhaustive(const struct all *all, const struct scenario *s)
{
	bool some = false;
	int p;

	for (p = 0; p < MMU_POLICIES; p++) {
		const struct outcome *o = outcome_of(all, s, p, -1);

		if (!o || (o->done && o->end == EXPLORE_VIOLATION))
			continue;
		if (!o->exhaustive)
			return false;
		some = true;
	}
	return some;
}

static void table(const struct all *all, struct totals *t, unsigned int deeper)
{
	unsigned int i;
	int p;

	printf("%-30s", "scenario");
	for (p = 0; p < MMU_POLICIES; p++)
		printf(" %-17s", run_policy_name(p));
	printf(" switches\n");
	for (i = 0; scenarios[i]; i++) {
		if (!is_asked(all, scenarios[i]))
			continue;
		printf("%-30s", scenarios[i]->name);
		for (p = 0; p < MMU_POLICIES; p++)
			table_cell(all, t, scenarios[i], p);
		if (row_is_exhaustive(all, scenarios[i])) {
			printf(" any: exhaustive\n");
			t->exhaustive++;
		} else {
			printf(" %u+%u random\n", scenarios[i]->preemptions + deeper,
			       scenarios[i]->random);
		}
		t->scenarios++;
	}
}

static void claim_row(struct totals *t, const struct outcome *o, const struct scenario *s,
		      int policy)
{
	t->schedules += o->schedules;
	t->claims++;
	printf("%19s %s under %s: %s%s", "", s->name, run_policy_name(policy),
	       outcome_is("", o) ? "found as " : "SURVIVES: ", outcome_name(o));
	if (o->by_chance)
		printf(", at random with %u of %u seeds", o->seeds, SEEDS);
	putchar('\n');
}

static bool is_claimed(const struct all *all, int mutant)
{
	unsigned int i;

	for (i = 0; i < all->jobs; i++)
		if (all->job[i].mutant == mutant)
			return true;
	return false;
}

static void mutant_row(const struct all *all, struct totals *t, int mutant)
{
	unsigned int i, c, asked = 0, caught = 0;

	if (all->only && !is_claimed(all, mutant))
		return;
	printf("%-19s %s\n", run_mutant_name(mutant), run_mutant_what(mutant));
	for (i = 0; scenarios[i]; i++) {
		for (c = 0; c < SCENARIO_MUTANTS; c++) {
			int claim = scenarios[i]->mutants[c];
			const struct outcome *o;

			if (!claim || CLAIM_MUTANT(claim) != mutant)
				continue;
			o = outcome_of(all, scenarios[i], CLAIM_POLICY(claim), mutant);
			if (!o)
				continue;
			claim_row(t, o, scenarios[i], CLAIM_POLICY(claim));
			asked++;
			caught += outcome_is("", o);
		}
	}
	if (!asked)
		printf("%19s NO SCENARIO\n", "");
	t->mutants++;
	t->caught += asked && caught == asked;
}

int check_all(const char *out, unsigned int deeper, const char *only)
{
	static struct all all;
	struct totals t = { 0 };
	double start = check_seconds();
	int m;

	all.out = out;
	all.only = only;
	if (out && mkdir(out, 0777) && errno != EEXIST)
		check_die("cannot make %s", out);
	jobs_make(&all, deeper);
	work_in_parallel(&all);
	table(&all, &t, deeper);
	printf("\n%-19s %s\n", "mutant", "what it does, and who finds it");
	for (m = 0; m < MUTANTS_NR; m++)
		mutant_row(&all, &t, m);
	for (m = MUTANTS_NR + 1; m < MUTANTS_ALL; m++)
		printf("%-19s not counted: %s\n", run_mutant_name(m), run_mutant_what(m));
	if (t.unfinished)
		printf("\n%u did not finish within their bounds: that is not passed\n",
		       t.unfinished);
	printf("\ncheck: scenarios %u (%u exhaustive), policies %d, schedules %lu, violations %u, mutants %u/%u, claims %u, %.0f schedules/s\n",
	       t.scenarios, t.exhaustive, MMU_POLICIES, t.schedules, t.unexpected, t.caught,
	       t.mutants, t.claims, t.schedules / (check_seconds() - start + 1e-9));
	return t.unexpected || t.unfinished || t.caught != t.mutants;
}
