/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps of a schedule, for people: one column a thread, the state of memory
 * beside it; as text and as a picture.
 */
#ifndef EXPLORE_TRACE_H
#define EXPLORE_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Where things are, for a reader who has but the trace. */
#define TRACE_PLACES	"mem: at the point of coherency; cache: the data caches; ownN, icacheN: CPU N's Non-shareable copy, instruction cache. Pages of the guest, of the VMM and frames of the host are counted from 0, each from where it begins."
#define TRACE_TYPES	"WB: Write-Back, WT: Write-Through, NC: Non-cacheable; ISH, NSH: Inner, Non-shareable; nGnRnE: Device, which is what accesses with the MMU off are."
#define TRACE_STEPS	4096
#define TRACE_TEXT	120
#define TRACE_STATE	400

/**
 * struct trace_step - one line
 * @thread: column
 * @text: what happened
 * @state: memory after it, one line of text per cache line
 */
struct trace_step {
	unsigned int thread;
	char text[TRACE_TEXT];
	char state[TRACE_STATE];
};

/**
 * struct trace_head - what it is a trace of
 * @scenario: its name
 * @policy: under which
 * @policy_does: what that is, in words, or NULL
 * @mutant: the error that is switched on, or NULL
 * @mutant_does: what that is, in words, or NULL
 * @contract: what the guest is taken to do
 * @story: the scenario in a sentence, or NULL
 * @promise: what the rule that is broken says, or NULL
 * @wanted: what was found had to be found
 */
struct trace_head {
	const char *scenario;
	const char *policy, *policy_does;
	const char *mutant, *mutant_does;
	const char *contract;
	const char *story;
	const char *promise;
	bool wanted;
};

/**
 * trace_start() - forget everything
 */
void trace_start(void);

/**
 * trace_thread() - name a column
 * @n: which
 * @name: its name
 */
void trace_thread(unsigned int n, const char *name);

/**
 * trace_step() - something happened, in the thread that runs
 * @fmt: what
 *
 * Does nothing but in a replay.
 */
void trace_step(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * trace_violation() - the end
 * @who: thread's name
 * @n: its column
 * @rule: rule broken
 * @what: how
 */
void trace_violation(const char *who, unsigned int n, const char *rule, const char *what);

/**
 * trace_text() - print it
 * @f: where to
 * @h: what it is
 */
void trace_text(FILE *f, const struct trace_head *h);

/**
 * trace_picture() - draw it
 * @f: where to: an SVG document
 * @h: what it is
 */
void trace_picture(FILE *f, const struct trace_head *h);

/**
 * trace_news() - the lines of a state that were not in the one before
 * @before: one state
 * @now: the next
 * @buf: where to
 * @len: its size
 */
void trace_news(const char *before, const char *now, char *buf, size_t len);

/**
 * trace_page() - where something is, for people: "frame 3+0x40"
 * @what: of what it is a page: "guest page", "VMM page", "frame"
 * @offset: distance from where these begin, in bytes
 *
 * Return: a text, valid until the fourth call after this one; "" but in a replay.
 */
const char *trace_page(const char *what, uint64_t offset);

/* Provided by the program around it: the state of memory, one line per cache line. */
void trace_describe(char *buf, unsigned int len);

/* And this: who wrote which value, one line per cache line. */
void trace_legend(char *buf, unsigned int len);

/* For trace.c and picture.c. */
struct trace {
	struct trace_step step[TRACE_STEPS];
	unsigned int steps;
	char name[16][24];
	unsigned int threads;
	char rule[48];
	char what[256];
	unsigned int culprit;
	bool cut;
	char legend[1024];
};

extern struct trace trace;

#endif
