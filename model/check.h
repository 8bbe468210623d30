/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between check.c, the command line and one scenario, and check_all.c, all of them.
 */
#ifndef CHECK_H
#define CHECK_H

#include "scenarios/run.h"
#include "scenarios/scenario.h"

/**
 * check_seconds() - a clock
 *
 * Return: seconds since some time.
 */
double check_seconds(void);

/**
 * check_die() - say what is wrong with how this is used, and end
 * @fmt: format, with one string
 * @arg: the string
 */
__attribute__((noreturn)) void check_die(const char *fmt, const char *arg);

/**
 * check_job() - a scenario under a policy, to the scenario's own bounds
 * @s: which
 * @policy: enum mmu_policy
 * @mutant: enum mutant, or -1
 *
 * Return: the job.
 */
struct run_job check_job(const struct scenario *s, int policy, int mutant);

/**
 * check_trace() - replay what failed, and write it to a file
 * @job: which
 * @found: the schedule
 * @path: where to; a picture where it ends in .svg
 */
void check_trace(const struct run_job *job, const struct explore_result *found, const char *path);

/**
 * check_all() - run all scenarios and mutants, print the table
 * @out: a folder for pictures, or NULL
 * @deeper: so many more forced switches than the scenarios ask for
 * @only: of the scenarios those whose names have this in them, or NULL
 *
 * Return: exit status.
 */
int check_all(const char *out, unsigned int deeper, const char *only);

#endif
