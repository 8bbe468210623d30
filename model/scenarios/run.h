/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs scenarios: what check.c, the command line, asks for.
 */
#ifndef SCENARIOS_RUN_H
#define SCENARIOS_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "../explore/explore.h"

struct scenario;

/**
 * struct run_job - one run
 * @scenario: which
 * @policy: enum policy
 * @mutant: enum mutant, or -1
 * @limits: how far
 */
struct run_job {
	const struct scenario *scenario;
	int policy;
	int mutant;
	struct explore_limits limits;
};

/**
 * run_init() - make the machine's memory, remember the checked files' variables; once
 */
void run_init(void);

/**
 * run_search() - search all schedules within the limits
 * @job: which
 * @r: result
 */
void run_search(const struct run_job *job, struct explore_result *r);

/**
 * run_replay() - run one schedule again, recording its steps
 * @job: which
 * @choice: its decisions
 * @choices: how many
 * @r: result
 */
void run_replay(const struct run_job *job, const uint8_t *choice, unsigned int choices,
		struct explore_result *r);

/**
 * run_draw() - write the trace of the last replay
 * @job: which
 * @f: where to
 * @picture: as SVG rather than text
 */
void run_draw(const struct run_job *job, FILE *f, bool picture);

/**
 * run_expected() - what should come of a job
 * @job: which
 *
 * Return: "holds", a rule that must be broken, or NULL: not to be run. A mutant
 * may break any rule: "".
 */
const char *run_expected(const struct run_job *job);

const char *run_policy_name(int policy);
int run_policy(const char *name);
const char *run_mutant_name(int mutant);
const char *run_mutant_what(int mutant);
int run_mutant(const char *name);

#endif
