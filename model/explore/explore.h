/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a scenario's threads one at a time and decides, at every point where it
 * could matter, who goes on: all schedules with a bounded number of forced
 * switches, random ones, or one from a file.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORE_THREADS		6
#define EXPLORE_DECISIONS	8192	/* in one schedule, of those with a choice */
#define EXPLORE_STEPS		400000	/* points in one schedule */
#define EXPLORE_ROW		20000	/* points in a row without a switch */
#define EXPLORE_SPINS		64	/* fruitless yields in a row */

/**
 * struct explore_thread - a thread of the scenario
 * @name: for people
 * @id: its number, from 1; 0 is init
 * @pe: processing element it runs on
 * @atomic: preemption off, interrupts off, or spinlocks held: how often
 * @signal: a signal is pending
 * @private: the shim's
 */
struct explore_thread {
	const char *name;
	unsigned int id;
	unsigned int pe;
	unsigned int atomic;
	bool signal;
	void *private;
};

/* How a schedule ended. */
enum explore_end {
	EXPLORE_PASSED,
	EXPLORE_VIOLATION,
	EXPLORE_UNFINISHED,	/* a bound of the model was hit: nothing is proven */
};

/**
 * struct explore_program - what is run
 * @setup: runs first, alone; spawns threads
 * @finish: runs last, alone, after all threads; or NULL
 * @leaks: heap memory left after @finish is a violation
 */
struct explore_program {
	void (*setup)(void);
	void (*finish)(void);
	bool leaks;
};

/* What is asked of explore_search(). */
struct explore_limits {
	unsigned int preemptions;	/* forced switches, at most; searched from 0 on */
	unsigned int random;		/* further random schedules, unless all were searched */
	uint64_t seed;
	bool only_random;		/* these alone */
	unsigned long schedules;	/* no more than these: then it is unfinished */
};

/**
 * struct explore_result - what came of it
 * @end: worst end of all schedules
 * @rule: rule broken, or bound hit
 * @what: how
 * @schedules: how many different ones were run
 * @steps: points passed in all that were run
 * @preemptions: forced switches of the schedule that failed
 * @bound_done: preemption bound that was searched completely, -1 for none
 * @exhaustive: there are no schedules with more: all that there are were run
 * @by_chance: a random schedule failed, after all within the bound had passed
 * @choice: its decisions
 * @choices: how many
 */
struct explore_result {
	enum explore_end end;
	char rule[48];
	char what[256];
	unsigned long schedules;
	unsigned long steps;
	unsigned int preemptions;
	int bound_done;
	bool exhaustive;
	bool by_chance;
	uint8_t choice[EXPLORE_DECISIONS];
	unsigned int choices;
};

/**
 * explore_search() - look for a schedule that breaks a rule
 * @p: the program
 * @l: how far
 * @r: result
 *
 * Stops at the first violation. The shortest come first: bound 0, then 1, …; and
 * where no forced switch was kept from any schedule, there is none beyond.
 */
void explore_search(const struct explore_program *p, const struct explore_limits *l,
		    struct explore_result *r);

/**
 * explore_replay() - run one schedule, recording its steps
 * @p: the program
 * @choice: decisions
 * @choices: how many; beyond, the first thread that can goes on
 * @r: result
 */
void explore_replay(const struct explore_program *p, const uint8_t *choice,
		    unsigned int choices, struct explore_result *r);

/* From here on: for what runs inside a scenario. */

/**
 * explore_spawn() - a thread, from setup()
 * @name: for people
 * @pe: where it runs
 * @fn: what it does
 * @arg: for @fn
 *
 * Return: the thread.
 */
struct explore_thread *explore_spawn(const char *name, unsigned int pe,
				     void (*fn)(void *arg), void *arg);

/**
 * explore_current() - the thread that runs
 *
 * Return: it; in setup() and finish() one named "init".
 */
struct explore_thread *explore_current(void);

/**
 * explore_name() - name of a thread
 * @id: its number
 *
 * Return: the name.
 */
const char *explore_name(unsigned int id);

/**
 * explore_point() - somebody else may go on here
 * @what: for people: what comes next
 */
void explore_point(const char *what);

/**
 * explore_block() - wait until something is so
 * @ready: is it?
 * @arg: for @ready
 * @what: for people
 */
void explore_block(bool (*ready)(const void *arg), const void *arg, const char *what);

/**
 * explore_yield() - nothing to do here: others first
 * @what: for people
 *
 * Too often in a row while nobody else gets anything done is a violation.
 */
void explore_yield(const char *what);

/**
 * explore_progress() - the thread that runs has got something done
 *
 * Ends a row of fruitless yields.
 */
void explore_progress(void);

/**
 * explore_probing() - is this thread run only to see what it waits for?
 *
 * When all threads wait, those in wait queues are run once more: one whose
 * condition is true has missed its wake-up.
 *
 * Return: true for such a thread.
 */
bool explore_probing(void);

/**
 * explore_wait() - as explore_block(), in a wait queue
 * @ready: was it woken?
 * @arg: for @ready
 * @what: for people
 */
void explore_wait(bool (*ready)(const void *arg), const void *arg, const char *what);

/**
 * explore_choose() - several things may happen: all are tried
 * @n: how many, 1..200
 * @what: for people
 *
 * Return: 0..n-1.
 */
unsigned int explore_choose(unsigned int n, const char *what);

/**
 * explore_violation() - a rule is broken: this schedule ends here
 * @rule: short name
 * @fmt: what happened
 */
void explore_violation(const char *rule, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/**
 * explore_unfinished() - a bound of the model was hit: this schedule ends here
 * @fmt: which
 */
void explore_unfinished(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/**
 * explore_exit() - the thread that runs ends here
 */
__attribute__((noreturn)) void explore_exit(void);

/**
 * explore_serial() - nobody else goes on for a while
 * @on: begin or end; nests
 */
void explore_serial(bool on);

/**
 * explore_recording() - are steps recorded?
 *
 * Return: true in a replay.
 */
bool explore_recording(void);

/* Provided by the program around it: all other state back to the start, before each schedule. */
void explore_reset_state(void);

#endif
