// SPDX-License-Identifier: GPL-2.0
/*
 * One schedule: threads, points, decisions. search.c says which decisions.
 */
#include "explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "run.h"
#include "thread.h"
#include "trace.h"

struct thread {
	struct explore_thread pub;
	struct thread_context context;
	void (*fn)(void *arg);
	void *arg;
	bool (*ready)(const void *arg);
	const void *ready_arg;
	const char *what;
	bool in_wait_queue;
	bool yielded;
	bool done;
	unsigned int spins;
};

/* Thread 0 is init: setup and finish. */
static struct {
	struct thread thread[EXPLORE_THREADS + 1];
	unsigned int threads;
	unsigned int current;
	unsigned int serial;
	unsigned int probe;	/* thread run by deadlock's look around, or 0 */
	unsigned long steps;
	unsigned long row;	/* of them, since the last switch */
	struct thread_context main;
	struct explore_result *result;
	const struct explore_program *program;
	bool ended;
} run;

static struct thread *self(void)
{
	return &run.thread[run.current];
}

struct explore_thread *explore_current(void)
{
	return &self()->pub;
}

const char *explore_name(unsigned int id)
{
	return id < run.threads ? run.thread[id].pub.name : "?";
}

bool explore_recording(void)
{
	return decide.recording;
}

/* Back to run_schedule(), for ever. */
static void __attribute__((noreturn)) schedule_end(void)
{
	struct thread_context nowhere;

	run.ended = true;
	thread_switch(&nowhere, &run.main);
	__builtin_unreachable();
}

static void result_say(enum explore_end end, const char *rule, const char *fmt, va_list ap)
{
	struct explore_result *r = run.result;

	r->end = end;
	snprintf(r->rule, sizeof(r->rule), "%s", rule);
	vsnprintf(r->what, sizeof(r->what), fmt, ap);
	trace_violation(self()->pub.name, run.current, rule, r->what);
}

void explore_violation(const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_say(EXPLORE_VIOLATION, rule, fmt, ap);
	va_end(ap);
	schedule_end();
}

void explore_unfinished(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_say(EXPLORE_UNFINISHED, "bound", fmt, ap);
	va_end(ap);
	schedule_end();
}

/* Somebody else on the same PE has preemption off. */
static bool pe_is_taken(unsigned int t)
{
	unsigned int i;

	for (i = 1; i < run.threads; i++)
		if (i != t && run.thread[i].pub.pe == run.thread[t].pub.pe &&
		    run.thread[i].pub.atomic && !run.thread[i].done)
			return true;
	return false;
}

static bool enabled(unsigned int t)
{
	struct thread *th = &run.thread[t];

	if (th->done || pe_is_taken(t))
		return false;
	return !th->ready || th->ready(th->ready_arg);
}

static void switch_to(unsigned int t)
{
	struct thread *from = self();

	if (t == run.current)
		return;
	if (thread_overflowed(run.current))
		explore_unfinished("thread %s has used up its stack", from->pub.name);
	run.current = t;
	run.row = 0;
	thread_switch(&from->context, &run.thread[t].context);
}

static void __attribute__((noreturn)) deadlock(void)
{
	char who[200] = "";
	size_t at = 0;
	unsigned int i;

	for (i = 1; i < run.threads && at < sizeof(who); i++) {
		struct thread *th = &run.thread[i];

		if (!th->done)
			at += snprintf(who + at, sizeof(who) - at, "%s%s waits for %s",
				       at ? ", " : "", th->pub.name,
				       th->what ? th->what : "its processor");
	}
	explore_violation("deadlock", "%s", who);
}

/*
 * All wait. Run those in wait queues once more, one after the other: is there
 * one that need not? It says so by shim_wait_end(); else it comes here again. The
 * thread that found out that all wait may be one of them.
 */
static void probe(unsigned int after)
{
	unsigned int from = run.current, i;

	for (i = after + 1; i < run.threads; i++) {
		if (run.thread[i].done || !run.thread[i].in_wait_queue || pe_is_taken(i))
			continue;
		run.probe = i;
		run.current = i;
		if (i != from)
			thread_switch(&run.thread[from].context, &run.thread[i].context);
		return;
	}
	deadlock();
}

/* Could anybody but thread @t go on? */
static bool others_enabled(unsigned int t)
{
	unsigned int i;

	for (i = 1; i < run.threads; i++)
		if (i != t && enabled(i))
			return true;
	return false;
}

/*
 * Who goes on? @must: not the one that runs. The first option is to go on where we
 * are, or the next thread in order.
 */
static void schedule(bool must)
{
	unsigned int option[EXPLORE_THREADS + 1], n = 0, i;
	unsigned int current = run.current;
	bool can_stay;

	if (++run.steps > EXPLORE_STEPS)
		explore_unfinished("more than %d steps", EXPLORE_STEPS);
	if (++run.row > EXPLORE_ROW)
		explore_violation("spinning", "%s goes on for %d steps and gets nowhere: %s",
				  self()->pub.name, EXPLORE_ROW, self()->what);
	can_stay = !must && current && enabled(current);
	if (can_stay) {
		option[n++] = current;
		if (!decide_may_preempt()) {
			decide.cut = decide.cut || others_enabled(current);
			return;
		}
	}
	for (i = 1; i < run.threads; i++) {
		unsigned int t = 1 + (current + i - 1) % (run.threads - 1);

		if (t != current && enabled(t))
			option[n++] = t;
	}
	if (!n && must && current && enabled(current))
		option[n++] = current;
	if (!n) {
		probe(0);
		return;
	}
	i = n > 1 ? decide_thread(n, can_stay) : 0;
	switch_to(option[i]);
}

void explore_point(const char *what)
{
	if (run.serial || run.probe || !run.current)
		return;
	self()->what = what;
	self()->spins = 0;
	schedule(false);
}

bool explore_probing(void)
{
	return run.probe && run.probe == run.current;
}

static void block(bool (*ready)(const void *arg), const void *arg, const char *what)
{
	struct thread *th = self();

	if (explore_probing()) {
		probe(run.probe);
		return;
	}
	if (!run.current || run.serial) {
		if (!ready(arg))
			explore_violation("deadlock", "%s waits alone for %s", th->pub.name, what);
		return;
	}
	th->ready = ready;
	th->ready_arg = arg;
	th->what = what;
	schedule(!ready(arg));
	th->ready = NULL;
	th->spins = 0;
}

void explore_block(bool (*ready)(const void *arg), const void *arg, const char *what)
{
	block(ready, arg, what);
}

void explore_wait(bool (*ready)(const void *arg), const void *arg, const char *what)
{
	struct thread *th = self();

	th->in_wait_queue = true;
	block(ready, arg, what);
	th->in_wait_queue = false;
}

void explore_yield(const char *what)
{
	struct thread *th = self();

	if (run.serial || !run.current)
		return;
	if (++th->spins > EXPLORE_SPINS)
		explore_violation("spinning", "%s makes no progress: %s", th->pub.name, what);
	th->what = what;
	th->yielded = true;
	schedule(true);
	th->yielded = false;
}

void explore_progress(void)
{
	self()->spins = 0;
}

unsigned int explore_choose(unsigned int n, const char *what)
{
	(void)what;
	if (run.serial || !run.current)
		return 0;
	return n > 1 ? decide_value(n) : 0;
}

void explore_serial(bool on)
{
	if (on)
		run.serial++;
	else
		run.serial--;
}

void explore_exit(void)
{
	struct thread *th = self();
	unsigned int i;

	if (th->pub.atomic)
		explore_violation("atomic", "%s ends with preemption off", th->pub.name);
	th->done = true;
	for (i = 1; i < run.threads; i++)
		if (!run.thread[i].done)
			break;
	if (i == run.threads) {
		run.current = 0;
		thread_switch(&th->context, &run.thread[0].context);
	}
	schedule(true);
	__builtin_unreachable();
}

static void thread_start(void)
{
	self()->fn(self()->arg);
	explore_exit();
}

struct explore_thread *explore_spawn(const char *name, unsigned int pe,
				     void (*fn)(void *arg), void *arg)
{
	struct thread *th;

	if (run.threads > EXPLORE_THREADS)
		explore_unfinished("more than %d threads", EXPLORE_THREADS);
	th = &run.thread[run.threads];
	memset(th, 0, sizeof(*th));
	th->pub.name = name;
	th->pub.id = run.threads;
	th->pub.pe = pe;
	th->fn = fn;
	th->arg = arg;
	thread_prepare(&th->context, run.threads, thread_start);
	trace_thread(run.threads, name);
	run.threads++;
	return &th->pub;
}

static void check_leaks(void)
{
	unsigned int order, n;
	size_t size;

	n = arena_live(&size, &order);
	if (n)
		explore_violation("leak", "%u blocks of memory are never freed; the first has %zu bytes (allocation %u)",
				  n, size, order);
}

static void init_start(void)
{
	unsigned int i;

	run.program->setup();
	if (run.threads > 1) {
		i = run.threads > 2 ? decide_thread(run.threads - 1, false) : 0;
		switch_to(1 + i);
	}
	/* the last thread to end comes back here */
	if (run.program->finish)
		run.program->finish();
	if (run.program->leaks)
		check_leaks();
	schedule_end();
}

void run_schedule(const struct explore_program *p, struct explore_result *r)
{
	arena_reset();
	explore_reset_state();
	memset(&run, 0, sizeof(run));
	run.program = p;
	run.result = r;
	run.threads = 1;
	run.thread[0].pub.name = "init";
	run.thread[0].pub.pe = 3;
	r->end = EXPLORE_PASSED;
	trace_start();
	trace_thread(0, "init");
	thread_prepare(&run.thread[0].context, 0, init_start);
	thread_switch(&run.main, &run.thread[0].context);
	r->steps += run.steps;
}
