// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of the checker: one scenario, or all of them with a table.
 *
 * usage: check all [--out DIR] [--deeper N] [--only PART]
 *        check list
 *        check SCENARIO [--policy P] [--mutant M] [--preemptions N] [--random N]
 *              [--seed S] [--trace FILE] [--replay FILE]
 *
 * Exit: 0 what the scenario says must come of it, 1 not (or not finished within the bounds), 2 usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

#define SCHEDULES_MAX	3000000UL

double check_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void check_die(const char *fmt, const char *arg)
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

struct run_job check_job(const struct scenario *s, int policy, int mutant)
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

void check_trace(const struct run_job *job, const struct explore_result *found, const char *path)
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

/* What a scenario must show, in the words of a list: "holds", or the rule that breaks. */
static const char *want_name(const char *want)
{
	return *want ? want : "any rule broken";
}

/* One scenario, from the command line. */

struct options {
	const char *policy, *mutant, *preemptions, *random, *seed, *trace, *replay, *out, *deeper,
		   *only;
};

static void options_read(struct options *o, int argc, char **argv)
{
	static const char * const name[] = {
		"--policy", "--mutant", "--preemptions", "--random", "--seed", "--trace",
		"--replay", "--out", "--deeper", "--only",
	};
	const char **value[] = {
		&o->policy, &o->mutant, &o->preemptions, &o->random, &o->seed, &o->trace,
		&o->replay, &o->out, &o->deeper, &o->only,
	};
	unsigned int k;
	int i;

	for (i = 0; i < argc; i += 2) {
		for (k = 0; k < sizeof(name) / sizeof(name[0]); k++)
			if (!strcmp(argv[i], name[k]))
				break;
		if (k == sizeof(name) / sizeof(name[0]))
			check_die("unknown option %s", argv[i]);
		if (i + 1 == argc)
			check_die("%s needs a value", argv[i]);
		*value[k] = argv[i + 1];
	}
}

static unsigned long number(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 0);

	if (*end || !*s || *s == '-')
		check_die("%s is no number", s);
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
		check_die("cannot read %s", path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "schedule: ", 10))
			break;
	fclose(f);
	if (strncmp(line, "schedule: ", 10))
		check_die("%s holds no schedule", path);
	strtok(line, " \n");
	word = strtok(NULL, " \n");
	if (!word || strcmp(word, job->scenario->name))
		check_die("%s is of another scenario", path);
	word = strtok(NULL, " \n");
	job->policy = word ? run_policy(word) : -1;
	word = strtok(NULL, " \n");
	if (job->policy < 0 || !word)
		check_die("%s: what policy?", path);
	job->mutant = strcmp(word, "-") ? run_mutant(word) : -1;
	while ((word = strtok(NULL, " \n")) && n < EXPLORE_DECISIONS)
		choice[n++] = number(word);
	run_replay(job, choice, n, r);
	return 0;
}

/* How far was looked? */
static void bounds_say(char *buf, size_t len, const struct run_job *job,
		       const struct explore_result *r)
{
	if (r->exhaustive)
		snprintf(buf, len, "all there are");
	else
		snprintf(buf, len, "at most %u forced switches and %u random (seed %lu)%s",
			 job->limits.preemptions, job->limits.random,
			 (unsigned long)job->limits.seed,
			 r->by_chance ? ", found at random" : "");
}

/* The policy of a scenario's claim to find a mutant, or -1. */
static int claim_policy(const struct scenario *s, int mutant)
{
	unsigned int c;

	for (c = 0; c < SCENARIO_MUTANTS && s->mutants[c]; c++)
		if (CLAIM_MUTANT(s->mutants[c]) == mutant)
			return CLAIM_POLICY(s->mutants[c]);
	return -1;
}

/*
 * The policy of who names none: that under which the scenario claims to find the mutant; else
 * the module's own default on the scenario's machine; else the one that the scenario is about.
 */
static int policy_choose(const struct scenario *s, int mutant)
{
	struct run_job job = check_job(s, s->machine.fwb ? MMU_FWB : MMU_TWO_TREE, -1);
	int claimed = claim_policy(s, mutant);

	if (claimed >= 0)
		return claimed;
	if (run_expected(&job))
		return job.policy;
	for (job.policy = 0; job.policy < MMU_POLICIES; job.policy++)
		if (run_expected(&job))
			return job.policy;
	return s->machine.fwb ? MMU_FWB : MMU_TWO_TREE;
}

static void job_choose(struct run_job *job, const struct options *o)
{
	struct run_job plain;

	if (o->mutant)
		job->mutant = run_mutant(o->mutant);
	if (o->mutant && job->mutant < 0)
		check_die("no mutant %s; see: check list", o->mutant);
	job->policy = o->policy ? run_policy(o->policy) : policy_choose(job->scenario, job->mutant);
	if (job->policy < 0)
		check_die("no policy %s: none, unmap, clean, two-tree, dc, fwb", o->policy);
	plain = check_job(job->scenario, job->policy, -1);
	if (!run_expected(&plain) && job->mutant < 0)
		check_die("that scenario says nothing of policy %s; see: check list", o->policy);
}

/* In words: found or not, and whether that had to be. */
static void verdict_say(const struct run_job *job, const struct explore_result *r, bool good)
{
	const char *want = run_expected(job), *policy = run_policy_name(job->policy);
	const char *mutant = run_mutant_name(job->mutant);
	bool must_hold = want && !strcmp(want, HOLDS);

	printf("%s: ", job->scenario->name);
	if (r->end == EXPLORE_UNFINISHED)
		printf("NOT FINISHED");
	else if (r->end == EXPLORE_PASSED)
		printf("%s", good ? "holds, as this scenario must" : "HOLDS, and must not");
	else if (good)
		printf("found (%s), as this scenario must", r->rule);
	else
		printf("VIOLATION of %s", r->rule);
	printf(" under %s%s%s", policy, mutant ? " with " : "", mutant ? mutant : "");
	if (!good && r->end == EXPLORE_VIOLATION)
		printf(": it must %s%s", must_hold ? "hold" : "break ", must_hold ? "" : want_name(want));
}

static int check_one(const struct scenario *s, const struct options *o)
{
	struct run_job job = check_job(s, MMU_TWO_TREE, -1);
	static struct explore_result r;
	const char *want;
	double t = check_seconds();
	char bounds[96];
	bool good;

	job_choose(&job, o);
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
			check_trace(&job, &r, o->trace);
	}
	want = run_expected(&job);
	good = want && as_expected(want, &r);
	bounds_say(bounds, sizeof(bounds), &job, &r);
	verdict_say(&job, &r, good);
	printf("; %lu schedules, %s, %.0f schedules/s\n", r.schedules, bounds,
	       r.schedules / (check_seconds() - t + 1e-9));
	return !good;
}

/* Under which policies a scenario is run, and what must come of it: those alike together. */
static void list_policies(const struct scenario *s)
{
	bool told[MMU_POLICIES] = { false };
	int p, q;

	for (p = 0; p < MMU_POLICIES; p++) {
		struct run_job job = check_job(s, p, -1);
		const char *want = run_expected(&job);

		if (!want || told[p])
			continue;
		printf("%-30s ", "");
		if (strcmp(want, HOLDS))
			printf("breaks %s under", want_name(want));
		else
			printf("holds under");
		for (q = p; q < MMU_POLICIES; q++) {
			struct run_job other = check_job(s, q, -1);

			if (!run_expected(&other) || strcmp(run_expected(&other), want))
				continue;
			told[q] = true;
			printf(" %s", run_policy_name(q));
		}
		putchar('\n');
	}
}

static void list_mutants(const struct scenario *s)
{
	unsigned int c;

	for (c = 0; c < SCENARIO_MUTANTS && s->mutants[c]; c++)
		printf("%s%s under %s", c ? ", " : "                               finds ",
		       run_mutant_name(CLAIM_MUTANT(s->mutants[c])),
		       run_policy_name(CLAIM_POLICY(s->mutants[c])));
	if (c)
		putchar('\n');
}

static int list(void)
{
	unsigned int i;
	int m;

	for (i = 0; scenarios[i]; i++) {
		printf("%-30s %s\n%-30s guest: %s\n", scenarios[i]->name, scenarios[i]->story, "",
		       scenarios[i]->contract);
		list_policies(scenarios[i]);
		list_mutants(scenarios[i]);
	}
	printf("\nmutants:\n");
	for (m = 0; m < MUTANTS_NR; m++)
		printf("%-30s %s\n", run_mutant_name(m), run_mutant_what(m));
	return 0;
}

/* One name for each: what is said on the command line is what stands in the source. */
static void names_check(void)
{
	const char *name, *ident;
	unsigned int i;

	for (i = 0; scenarios[i]; i++) {
		name = scenarios[i]->name;
		ident = scenario_names[i];
		while (*name && (*name == *ident || (*name == '-' && *ident == '_'))) {
			name++;
			ident++;
		}
		if (*name || *ident)
			check_die("a scenario has two names: %s", scenarios[i]->name);
	}
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	const struct scenario *s;

	if (argc < 2) {
		fprintf(stderr, "usage: check all [--out DIR] [--deeper N] [--only PART] | list | SCENARIO [--policy P] [--mutant M] [--preemptions N] [--random N] [--seed S] [--trace FILE] [--replay FILE]\n");
		return 2;
	}
	names_check();
	run_init();
	if (!strcmp(argv[1], "list"))
		return list();
	if (!strcmp(argv[1], "all")) {
		options_read(&o, argc - 2, argv + 2);
		return check_all(o.out, o.deeper ? number(o.deeper) : 0, o.only);
	}
	s = scenario_by_name(argv[1]);
	if (!s)
		check_die("no scenario %s; see: check list", argv[1]);
	options_read(&o, argc - 2, argv + 2);
	return check_one(s, &o);
}
