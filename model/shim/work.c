// SPDX-License-Identifier: GPL-2.0
/*
 * Workqueues: there is one queue, and whoever is spawned to serve it.
 */
#include "work.h"

#include <string.h>

#include <linux/workqueue.h>

#include "../explore/explore.h"

static struct {
	struct work_struct *first;	/* that waits */
	unsigned int working;
	bool ends;
} queue __attribute__((section("model_state")));

void work_reset(void)
{
	memset(&queue, 0, sizeof(queue));
}

static bool work_waits(const void *arg)
{
	(void)arg;
	return queue.first || queue.ends;
}

void work_serve(void *unused)
{
	struct work_struct *w;

	(void)unused;
	for (;;) {
		explore_point("work");
		while (!work_waits(NULL))
			explore_block(work_waits, NULL, "work");
		w = queue.first;
		if (!w)
			return;
		queue.first = w->next;
		queue.working++;
		w->func(w);
		queue.working--;
	}
}

void work_end(void)
{
	queue.ends = true;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	struct work_struct **at = &queue.first;

	(void)wq;
	explore_point("queue work");
	while (*at)
		at = &(*at)->next;
	work->next = NULL;
	*at = work;
	return true;
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	(void)name, (void)flags, (void)max;
	return shim_alloc(1, 1, true, true);
}

static bool work_is_over(const void *arg)
{
	(void)arg;
	return !queue.first && !queue.working;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	while (!work_is_over(NULL))
		explore_block(work_is_over, NULL, "work to end");
	shim_free(wq);
}
