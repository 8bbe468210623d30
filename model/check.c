// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of the checker: one scenario, or all of them with a table.
 *
 * usage: check all [--out DIR] [--deeper N]
 *        check list
 *        check SCENARIO [--policy P] [--mutant M] [--preemptions N] [--random N]
 *              [--seed S] [--trace FILE] [--replay FILE]
 *
 * Exit: 0 as expected, 1 not (or not finished within the bounds), 2 usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

#define SCHEDULES_MAX	3000000UL

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *fmt, const char *arg)
{
	fprintf(stderr, "check: ");
	fprintf(stderr, fmt, arg);
	fputc('\n', stderr);
	exit(2);
}

static const struct scenario *scenario_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; scenarios[i]; i++)
		if (!strcmp(scenarios[i]->name, name))
			return scenarios[i];
	return NULL;
}

static struct run_job job_of(const struct scenario *s, int policy, int mutant)
{
	return (struct run_job){
		.scenario = s,
		.policy = policy,
		.mutant = mutant,
		.limits = {
			.preemptions = s->preemptions,
			.random = s->random,
			.seed = 1,
			.schedules = SCHEDULES_MAX,
		},
	};
}

static bool as_expected(const char *want, const struct explore_result *r)
{
	if (r->end == EXPLORE_UNFINISHED)
		return false;
	if (!strcmp(want, HOLDS))
		return r->end == EXPLORE_PASSED;
	if (r->end != EXPLORE_VIOLATION)
		return false;
	return !*want || !strcmp(want, r->rule);
}

static FILE *file_or_die(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		fprintf(stderr, "check: cannot write %s: %s\n", path, strerror(errno));
		exit(2);
	}
	return f;
}

/* A schedule, as a line that --replay reads. */
static void schedule_print(FILE *f, const struct run_job *job, const struct explore_result *r)
{
	unsigned int i;

	fprintf(f, "schedule: %s %s %s", job->scenario->name, run_policy_name(job->policy),
		job->mutant >= 0 ? run_mutant_name(job->mutant) : "-");
	for (i = 0; i < r->choices; i++)
		fprintf(f, " %u", r->choice[i]);
	fputc('\n', f);
}

static void trace_save(const struct run_job *job, const struct explore_result *found,
		       const char *path)
{
	const char *dot = strrchr(path, '.');
	bool picture = dot && !strcmp(dot, ".svg");
	struct explore_result r;
	FILE *f;

	run_replay(job, found->choice, found->choices, &r);
	f = file_or_die(path);
	run_draw(job, f, picture);
	if (!picture)
		schedule_print(f, job, found);
	fclose(f);
}

static const char *end_name(const struct explore_result *r)
{
	switch (r->end) {
	case EXPLORE_PASSED:
		return HOLDS;
	case EXPLORE_VIOLATION:
		return r->rule;
	default:
		return "not finished";
	}
}

/* One scenario, from the command line. */

struct options {
	const char *policy, *mutant, *preemptions, *random, *seed, *trace, *replay, *out, *deeper;
};

static void options_read(struct options *o, int argc, char **argv)
{
	static const char * const name[] = {
		"--policy", "--mutant", "--preemptions", "--random", "--seed", "--trace",
		"--replay", "--out", "--deeper",
	};
	const char **value[] = {
		&o->policy, &o->mutant, &o->preemptions, &o->random, &o->seed, &o->trace,
		&o->replay, &o->out, &o->deeper,
	};
	unsigned int k;
	int i;

	for (i = 0; i < argc; i += 2) {
		for (k = 0; k < sizeof(name) / sizeof(name[0]); k++)
			if (!strcmp(argv[i], name[k]))
				break;
		if (k == sizeof(name) / sizeof(name[0]))
			die("unknown option %s", argv[i]);
		if (i + 1 == argc)
			die("%s needs a value", argv[i]);
		*value[k] = argv[i + 1];
	}
}

static unsigned long number(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 0);

	if (*end || !*s || *s == '-')
		die("%s is no number", s);
	return n;
}

static int replay_file(struct run_job *job, const char *path, struct explore_result *r)
{
	static char line[4 * EXPLORE_DECISIONS + 200];
	static uint8_t choice[EXPLORE_DECISIONS];
	unsigned int n = 0;
	FILE *f = fopen(path, "r");
	char *word;

	if (!f)
		die("cannot read %s", path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "schedule: ", 10))
			break;
	fclose(f);
	if (strncmp(line, "schedule: ", 10))
		die("%s holds no schedule", path);
	strtok(line, " \n");
	word = strtok(NULL, " \n");
	if (!word || strcmp(word, job->scenario->name))
		die("%s is of another scenario", path);
	word = strtok(NULL, " \n");
	job->policy = word ? run_policy(word) : -1;
	word = strtok(NULL, " \n");
	if (job->policy < 0 || !word)
		die("%s: what policy?", path);
	job->mutant = strcmp(word, "-") ? run_mutant(word) : -1;
	while ((word = strtok(NULL, " \n")) && n < EXPLORE_DECISIONS)
		choice[n++] = number(word);
	run_replay(job, choice, n, r);
	return 0;
}

static int check_one(const struct scenario *s, const struct options *o)
{
	struct run_job job = job_of(s, MMU_UNMAP, -1);
	static struct explore_result r;
	const char *want;
	double t = seconds();
	bool good;

	if (o->policy)
		job.policy = run_policy(o->policy);
	if (job.policy < 0)
		die("no policy %s: none, unmap, clean, two-tree, dc, fwb", o->policy);
	if (o->mutant)
		job.mutant = run_mutant(o->mutant);
	if (o->mutant && job.mutant < 0)
		die("no mutant %s; see: check list", o->mutant);
	if (o->preemptions)
		job.limits.preemptions = number(o->preemptions);
	if (o->random)
		job.limits.random = number(o->random);
	if (o->seed)
		job.limits.seed = number(o->seed);
	if (o->replay)
		replay_file(&job, o->replay, &r);
	else
		run_search(&job, &r);
	if (r.end != EXPLORE_PASSED) {
		static struct explore_result again;

		run_replay(&job, r.choice, r.choices, &again);
		run_draw(&job, stdout, false);
		schedule_print(stdout, &job, &r);
		if (o->trace)
			trace_save(&job, &r, o->trace);
	}
	want = run_expected(&job);
	good = want && as_expected(want, &r);
	printf("%s: %s under %s%s%s: %lu schedules, at most %u forced switches and %u random (seed %lu), %.0f schedules/s: %s\n",
	       s->name, end_name(&r), run_policy_name(job.policy), job.mutant >= 0 ? " + " : "",
	       job.mutant >= 0 ? run_mutant_name(job.mutant) : "", r.schedules,
	       job.limits.preemptions, job.limits.random, (unsigned long)job.limits.seed,
	       r.schedules / (seconds() - t + 1e-9), good ? "as expected" : "NOT AS EXPECTED");
	return !good;
}

/* All of them: jobs that several processes take, results in memory they share. */

#define JOBS_MAX	1024

/* What is kept of a result. */
struct outcome {
	bool done;
	enum explore_end end;
	char rule[48];
	unsigned long schedules;
};

struct all {
	const char *out;
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
		die("too many jobs%s", "");
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
	trace_save(job, r, path);
	strcpy(strrchr(path, '.'), ".txt");
	trace_save(job, r, path);
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
		die("no memory%s", "");
	fflush(stdout);
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("cannot fork%s", "");
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
	return o->end == EXPLORE_VIOLATION && (!*want || !strcmp(want, o->rule));
}

static const char *outcome_name(const struct outcome *o)
{
	if (!o->done || o->end == EXPLORE_UNFINISHED)
		return "not finished";
	return o->end == EXPLORE_PASSED ? HOLDS : o->rule;
}

struct totals {
	unsigned int scenarios, mutants, caught, unexpected, unfinished;
	unsigned long schedules;
};

/* Under which policy the scenario must find the mutant, or -1. */
static int catches(const struct scenario *s, int mutant)
{
	unsigned int i;

	for (i = 0; i < SCENARIO_MUTANTS; i++)
		if ((s->mutants[i] & 0xff) == mutant + 1)
			return s->mutants[i] >> 8;
	return -1;
}

static void jobs_make(struct all *all, unsigned int deeper)
{
	unsigned int i;
	int k;

	for (i = 0; scenarios[i]; i++) {
		for (k = 0; k < MMU_POLICIES; k++) {
			struct run_job job = job_of(scenarios[i], k, -1);

			job.limits.preemptions += deeper;
			if (run_expected(&job))
				job_add(all, job);
		}
		for (k = 0; k < MUTANTS_NR; k++)
			if (catches(scenarios[i], k) >= 0)
				job_add(all, job_of(scenarios[i], catches(scenarios[i], k), k));
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
	struct run_job job = job_of(s, policy, -1);
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

static void table(const struct all *all, struct totals *t, unsigned int deeper)
{
	unsigned int i;
	int p;

	printf("%-30s", "scenario");
	for (p = 0; p < MMU_POLICIES; p++)
		printf(" %-17s", run_policy_name(p));
	printf(" switches\n");
	for (i = 0; scenarios[i]; i++) {
		printf("%-30s", scenarios[i]->name);
		for (p = 0; p < MMU_POLICIES; p++)
			table_cell(all, t, scenarios[i], p);
		printf(" %u+%u random\n", scenarios[i]->preemptions + deeper,
		       scenarios[i]->random);
		t->scenarios++;
	}
}

static void mutant_row(const struct all *all, struct totals *t, int mutant)
{
	unsigned int i, asked = 0, caught = 0;

	printf("%-19s %s\n", run_mutant_name(mutant), run_mutant_what(mutant));
	for (i = 0; scenarios[i]; i++) {
		int policy = catches(scenarios[i], mutant);
		const struct outcome *o = outcome_of(all, scenarios[i], policy, mutant);

		if (!o)
			continue;
		asked++;
		t->schedules += o->schedules;
		caught += outcome_is("", o);
		printf("%19s %s under %s: %s%s\n", "", scenarios[i]->name,
		       run_policy_name(policy), outcome_is("", o) ? "found as " : "SURVIVES: ",
		       outcome_name(o));
	}
	if (!asked)
		printf("%19s NO SCENARIO\n", "");
	t->mutants++;
	t->caught += asked && caught == asked;
}

static int check_all(const char *out, unsigned int deeper)
{
	static struct all all;
	struct totals t = { 0 };
	double start = seconds();
	int m;

	all.out = out;
	if (out && mkdir(out, 0777) && errno != EEXIST)
		die("cannot make %s", out);
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
	printf("\ncheck: scenarios %u, policies %d, schedules %lu, violations %u, mutants %u/%u, %.0f schedules/s\n",
	       t.scenarios, MMU_POLICIES, t.schedules, t.unexpected, t.caught, t.mutants,
	       t.schedules / (seconds() - start + 1e-9));
	return t.unexpected || t.unfinished || t.caught != t.mutants;
}

static int list(void)
{
	unsigned int i;
	int m;

	for (i = 0; scenarios[i]; i++)
		printf("%-30s %s\n%-30s guest: %s\n", scenarios[i]->name, scenarios[i]->story, "",
		       scenarios[i]->contract);
	printf("\nmutants:\n");
	for (m = 0; m < MUTANTS_NR; m++)
		printf("%-30s %s\n", run_mutant_name(m), run_mutant_what(m));
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	const struct scenario *s;

	if (argc < 2) {
		fprintf(stderr, "usage: check all [--out DIR] [--deeper N] | list | SCENARIO [--policy P] [--mutant M] [--preemptions N] [--random N] [--seed S] [--trace FILE] [--replay FILE]\n");
		return 2;
	}
	run_init();
	if (!strcmp(argv[1], "list"))
		return list();
	if (!strcmp(argv[1], "all")) {
		options_read(&o, argc - 2, argv + 2);
		return check_all(o.out, o.deeper ? number(o.deeper) : 0);
	}
	s = scenario_by_name(argv[1]);
	if (!s)
		die("no scenario %s; see: check list", argv[1]);
	options_read(&o, argc - 2, argv + 2);
	return check_one(s, &o);
}
