/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits for one thing to be done, which a test does.
 */
#ifndef TEST_LINUX_COMPLETION_H
#define TEST_LINUX_COMPLETION_H

struct completion {
	unsigned int ready, done;
};

static inline void init_completion(struct completion *c)
{
	c->ready = 1;
	c->done = 0;
}

static inline void complete(struct completion *c)
{
	c->done += c->ready;
}

int wait_for_completion_killable(struct completion *c);

#endif
