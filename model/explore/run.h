/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between explore.c, which runs a schedule, and search.c, which decides.
 */
#ifndef EXPLORE_RUN_H
#define EXPLORE_RUN_H

#include "explore.h"

/**
 * struct decide - decisions of the schedule that runs
 * @recording: steps are wanted
 * @cut: the bound has kept somebody from going on, in this schedule or an earlier one
 */
struct decide {
	bool recording;
	bool cut;
};

extern struct decide decide;

/**
 * decide_may_preempt() - is a forced switch allowed at this point?
 *
 * Return: false where the bound is reached.
 */
bool decide_may_preempt(void);

/**
 * decide_thread() - who goes on
 * @n: number of options
 * @forced: all but option 0 are forced switches
 *
 * Return: 0..n-1.
 */
unsigned int decide_thread(unsigned int n, bool forced);

/**
 * decide_value() - which of several things happens
 * @n: number of options
 *
 * Return: 0..n-1.
 */
unsigned int decide_value(unsigned int n);

/**
 * run_schedule() - run the program once
 * @p: the program
 * @r: end, rule and what are set; counters are added to
 */
void run_schedule(const struct explore_program *p, struct explore_result *r);

#endif
