// SPDX-License-Identifier: GPL-2.0
/*
 * Which schedules are run: depth first over all decisions with a bound on forced
 * switches, from bound 0 on; then random ones.
 *
 * Each bound runs those of the bound before once more, on the way. They are counted once.
 */
#include <string.h>

#include "explore.h"
#include "run.h"

struct decide decide;

/* How decisions are made. */
enum mode {
	MODE_SEARCH,
	MODE_RANDOM,
	MODE_REPLAY,
};

struct decision {
	uint8_t n;
	uint8_t choice;
	bool forced;		/* all but 0 cost a forced switch */
};

static struct {
	enum mode mode;
	struct decision stack[EXPLORE_DECISIONS];
	unsigned int depth;	/* decisions taken in this schedule */
	unsigned int prefix;	/* how many of them are given */
	unsigned int used;	/* forced switches so far */
	unsigned int bound;
	uint64_t random;
} s;

static uint64_t next_random(void)
{
	s.random ^= s.random << 13;
	s.random ^= s.random >> 7;
	s.random ^= s.random << 17;
	return s.random;
}

bool decide_may_preempt(void)
{
	return s.mode != MODE_SEARCH || s.used < s.bound;
}

static unsigned int random_choice(unsigned int n, bool forced)
{
	uint64_t r = next_random() >> 11;

	if (forced && r % 6)
		return 0;
	return r / 6 % n;
}

static unsigned int decision(unsigned int n, bool forced)
{
	struct decision *d;

	if (s.depth == EXPLORE_DECISIONS)
		explore_unfinished("more than %d decisions", EXPLORE_DECISIONS);
	d = &s.stack[s.depth];
	if (s.depth >= s.prefix) {
		d->n = n;
		d->forced = forced;
		d->choice = s.mode == MODE_RANDOM ? random_choice(n, forced) : 0;
	} else if (s.mode == MODE_REPLAY) {
		d->n = n;
		d->forced = forced;
		if (d->choice >= n)
			d->choice = n - 1;
	} else if (d->n != n) {
		explore_unfinished("a schedule did not repeat: %u options where there were %u",
				   n, d->n);
	}
	s.depth++;
	if (forced && d->choice)
		s.used++;
	return d->choice;
}

unsigned int decide_thread(unsigned int n, bool forced)
{
	return decision(n, forced);
}

unsigned int decide_value(unsigned int n)
{
	return decision(n, false);
}

static void run_one(const struct explore_program *p, struct explore_result *r)
{
	s.depth = 0;
	s.used = 0;
	run_schedule(p, r);
}

/* Random schedules by a hash of their decisions; one that finds no place counts as new. */
#define SEEN	(1U << 16)

static uint64_t seen[SEEN];

static uint64_t schedule_hash(void)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	unsigned int i;

	for (i = 0; i < s.depth; i++)
		h = (h ^ s.stack[i].choice) * 0x100000001b3ULL;
	return h | 1;
}

static bool seen_before(void)
{
	uint64_t h = schedule_hash();
	unsigned int i, at = h >> 40;

	for (i = 0; i < 16; i++) {
		uint64_t *place = &seen[(at + i) % SEEN];

		if (*place == h)
			return true;
		if (!*place) {
			*place = h;
			break;
		}
	}
	return false;
}

static void result_keep(struct explore_result *r)
{
	unsigned int i;

	for (i = 0; i < s.depth; i++)
		r->choice[i] = s.stack[i].choice;
	r->choices = s.depth;
	r->preemptions = s.used;
}

/* The next schedule in order, or false: that was the last one. */
static bool search_next(void)
{
	while (s.depth) {
		struct decision *d = &s.stack[s.depth - 1];

		if (d->choice + 1 < d->n) {
			d->choice++;
			s.prefix = s.depth;
			return true;
		}
		s.depth--;
	}
	return false;
}

static bool search_bound(const struct explore_program *p, const struct explore_limits *l,
			 struct explore_result *r)
{
	s.mode = MODE_SEARCH;
	s.prefix = 0;
	decide.cut = false;
	do {
		run_one(p, r);
		r->schedules += s.used == s.bound;
		if (r->end != EXPLORE_PASSED) {
			result_keep(r);
			return false;
		}
		if (r->schedules >= l->schedules) {
			r->end = EXPLORE_UNFINISHED;
			strcpy(r->rule, "bound");
			strcpy(r->what, "more schedules than allowed");
			return false;
		}
	} while (search_next());
	return true;
}

static void search_random(const struct explore_program *p, const struct explore_limits *l,
			  struct explore_result *r)
{
	unsigned int i;

	s.mode = MODE_RANDOM;
	s.prefix = 0;
	memset(seen, 0, sizeof(seen));
	s.random = l->seed * 0x9e3779b97f4a7c15ULL + 0x2545f4914f6cdd1dULL;
	for (i = 0; i < l->random; i++) {
		run_one(p, r);
		if ((int)s.used > r->bound_done && !seen_before())
			r->schedules++;
		if (r->end != EXPLORE_PASSED) {
			r->by_chance = true;
			result_keep(r);
			return;
		}
	}
}

void explore_search(const struct explore_program *p, const struct explore_limits *l,
		    struct explore_result *r)
{
	memset(r, 0, sizeof(*r));
	r->bound_done = -1;
	decide.recording = false;
	for (s.bound = 0; s.bound <= l->preemptions && !l->only_random; s.bound++) {
		if (!search_bound(p, l, r))
			return;
		r->bound_done = s.bound;
		r->exhaustive = !decide.cut;
		if (r->exhaustive)
			return;
	}
	search_random(p, l, r);
}

void explore_replay(const struct explore_program *p, const uint8_t *choice,
		    unsigned int choices, struct explore_result *r)
{
	unsigned int i;

	s.mode = MODE_REPLAY;
	s.prefix = choices;
	/* before @r is cleared: @choice may lie in it */
	for (i = 0; i < choices; i++)
		s.stack[i] = (struct decision){ .choice = choice[i] };
	memset(r, 0, sizeof(*r));
	r->bound_done = -1;
	decide.recording = true;
	run_one(p, r);
	r->schedules = 1;
	decide.recording = false;
	result_keep(r);
}
