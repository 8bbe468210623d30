// SPDX-License-Identifier: GPL-2.0
/*
 * Store buffers, of one entry a thread, for words that a scenario names: a store to one of them may be
 * seen by others after the loads that follow it, as on x86 and Arm. It is seen at the latest at the
 * thread's next barrier, atomic operation, lock, or store, and when it switches interrupts on.
 */
#include "buffer.h"

#include <string.h>

#include "../explore/explore.h"
#include "../explore/trace.h"

#define WORDS	4

static struct {
	const volatile void *word[WORDS];
	unsigned int words;
	bool used;
	struct {
		volatile void *p;	/* what waits, or NULL */
		size_t size;
		unsigned long val;
	} wait[EXPLORE_THREADS + 1];
} buffers __attribute__((section("model_state")));

void buffer_reset(void)
{
	memset(&buffers, 0, sizeof(buffers));
}

void buffer_word(const volatile void *p)
{
	if (buffers.words == WORDS)
		explore_unfinished("more than %d words have store buffers", WORDS);
	buffers.word[buffers.words++] = p;
}

void buffer_drain(void)
{
	unsigned int me = explore_current()->id;
	volatile void *p = buffers.wait[me].p;

	if (!buffers.words || !p)
		return;
	memcpy((void *)p, &buffers.wait[me].val, buffers.wait[me].size);
	buffers.wait[me].p = NULL;
}

void buffer_access(const volatile void *p, bool load)
{
	if (buffers.words && (!load || buffers.wait[explore_current()->id].p == p))
		buffer_drain();
}

bool shim_delays(volatile void *p, size_t n, const void *val)
{
	unsigned int me = explore_current()->id, i;

	for (i = 0; i < buffers.words && buffers.word[i] != p; i++)
		;
	/* one in a schedule: more would only make more schedules */
	if (i == buffers.words || buffers.used || !explore_choose(2, "whether the store waits"))
		return false;
	buffers.used = true;
	buffers.wait[me].p = p;
	buffers.wait[me].size = n;
	memcpy(&buffers.wait[me].val, val, n);
	trace_step("a store waits in the store buffer");
	return true;
}
