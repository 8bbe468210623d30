/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Knobs of threads.c, the shim on the explorer's threads.
 */
#ifndef SHIM_THREADS_H
#define SHIM_THREADS_H

#include "shim.h"

/**
 * threads_reset() - back to the start, before each schedule
 */
void threads_reset(void);

/**
 * threads_quiet() - accesses to this memory decide nothing
 * @start: first byte, of statistics for example
 * @size: bytes
 *
 * They are no points where others may go on, so there are fewer schedules.
 */
void threads_quiet(const void *start, size_t size);

/**
 * threads_fail_alloc() - an allocation fails
 * @nth: counted from now on, from 1; 0: none
 */
void threads_fail_alloc(unsigned int nth);

/**
 * threads_fail_nowait() - there is no memory for who may not sleep
 * @on: from now on, or no more
 */
void threads_fail_nowait(bool on);

/**
 * threads_prints() - how talkative was it?
 *
 * Return: messages for the log since the schedule began.
 */
unsigned int threads_prints(void);

/**
 * threads_watch() - be told of what hardware may look at, until threads_reset()
 * @on_store: called right before a store or exchange that others may race with
 * @on_free: called right before memory is freed
 */
void threads_watch(void (*on_store)(const void *p), void (*on_free)(const void *p));

/**
 * threads_kicked() - has kick_process() named this thread?
 * @take: and it has come out: no more
 *
 * Return: true where an interrupt is pending.
 */
bool threads_kicked(bool take);

/**
 * threads_are_kicked() - the same of any thread, for who waits for it
 * @task: of shim_current()
 *
 * Return: true where an interrupt is pending.
 */
bool threads_are_kicked(const struct task_struct *task);

/**
 * threads_hold_write() - does this thread hold a spinning lock for writing?
 *
 * Return: true where nobody else gets at what the lock protects, but hardware.
 */
bool threads_hold_write(void);

/**
 * threads_hurry() - from here on, this thread may do only little without a pause
 * @on: begin or end
 */
void threads_hurry(bool on);

/**
 * threads_hurries() - must this thread do little?
 *
 * Return: true between threads_hurry(true) and (false).
 */
bool threads_hurries(void);

/**
 * threads_work() - this thread does something that takes time
 * @amount: in any unit
 *
 * Return: how much it has done since it took its first spinning lock, or switched
 * preemption off; 0 where it may be interrupted.
 */
unsigned long threads_work(unsigned long amount);

/**
 * shim_check() - is this access of the program under test one it may make?
 * @p: first byte
 * @n: bytes
 * @what: for people
 *
 * A violation where it is not: freed or unallocated memory, null, user memory.
 */
void shim_check(const volatile void *p, size_t n, const char *what);

#endif
