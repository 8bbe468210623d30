/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Coroutines: a thread is a stack at a fixed address and a switch of a few
 * instructions.
 */
#ifndef EXPLORE_THREAD_H
#define EXPLORE_THREAD_H

/**
 * struct thread_context - where a thread stands
 * @sp: its stack pointer; everything else is on the stack
 */
struct thread_context {
	void *sp;
};

/**
 * thread_prepare() - a context that will start in a function
 * @c: the context
 * @n: which stack, see arena_stack()
 * @fn: the function; must not return
 */
void thread_prepare(struct thread_context *c, unsigned int n, void (*fn)(void));

/**
 * thread_switch() - leave one context, go on in another
 * @from: where to remember this one
 * @to: where to go on
 */
void thread_switch(struct thread_context *from, const struct thread_context *to);

/**
 * thread_overflowed() - has a stack been used up?
 * @n: which
 *
 * Return: nonzero when the mark at its end is gone.
 */
int thread_overflowed(unsigned int n);

#endif
