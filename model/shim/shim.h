/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the headers of linux/ here are made of: every primitive that can order,
 * exclude, wait or fail comes down to one function of this list. shim.c is the
 * simplest implementation, one thread; an explorer brings its own.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

/* Something is wrong with the program under test: prints it and aborts. */
void shim_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Memory that others may touch at the same time. */
enum shim_access {
	SHIM_LOAD,
	SHIM_STORE,
	SHIM_RMW,
};

/**
 * shim_access() - the next access is one that other threads may race with
 * @p: where
 * @n: bytes
 * @op: which
 *
 * Called right before the access, which is then made in one piece.
 */
void shim_access(const volatile void *p, size_t n, enum shim_access op);

/**
 * shim_delays() - is a store to wait?
 * @p: where to; after shim_access()
 * @n: bytes, 1 to 8
 * @val: what is stored
 *
 * Return: true: it is made later, by the implementation; false: the caller makes it.
 */
bool shim_delays(volatile void *p, size_t n, const void *val);

enum shim_barrier {
	SHIM_MB,
	SHIM_RMB,
	SHIM_WMB,
	SHIM_ACQUIRE,	/* after a load */
	SHIM_RELEASE,	/* before a store */
};

void shim_barrier(enum shim_barrier b);

/**
 * shim_wait_change() - spin until a value in memory is another
 * @p: where
 * @n: bytes, 1 to 8
 * @old: the value that it has
 *
 * What shim_access() says of a load holds for each look.
 */
void shim_wait_change(const volatile void *p, size_t n, unsigned long old);

/* Locks. A spinning one forbids to sleep while it is held. */
struct shim_lock {
	bool spins;
	bool written;		/* held for writing, or held at all if not an rwlock */
	unsigned int readers;
	const void *owner;	/* the thread that has it for writing */
};

void shim_lock_init(struct shim_lock *l, bool spins);
void shim_write_lock(struct shim_lock *l);
bool shim_write_trylock(struct shim_lock *l);
void shim_write_unlock(struct shim_lock *l);
void shim_read_lock(struct shim_lock *l);
void shim_read_unlock(struct shim_lock *l);
bool shim_lock_held(const struct shim_lock *l);
bool shim_lock_held_for_write(const struct shim_lock *l);
bool shim_lock_held_for_read(const struct shim_lock *l);

/* Preemption of this thread, and its interrupts, without which it is not preempted either; both nest. */
void shim_atomic_enter(void);
void shim_atomic_leave(void);
bool shim_is_atomic(void);
void shim_irqs_off(void);
void shim_irqs_on(void);
bool shim_irqs_are_off(void);

/* The program says that this is so. */
void shim_assert(bool so, const char *what);

/* Points where others may run; shim_may_sleep() dies where sleeping is forbidden. */
void shim_may_sleep(void);
void shim_cond_resched(void);

/* SRCU */
struct shim_srcu {
	bool live;
	unsigned int readers;
	unsigned long syncs;	/* how often somebody waited for readers */
};

int shim_srcu_init(struct shim_srcu *s);
void shim_srcu_exit(struct shim_srcu *s);
int shim_srcu_read_lock(struct shim_srcu *s);
void shim_srcu_read_unlock(struct shim_srcu *s, int idx);
void shim_srcu_synchronize(struct shim_srcu *s);
bool shim_srcu_read_held(const struct shim_srcu *s);
void shim_rcu_check(bool protected, const char *what);

/* Wait queues: begin, look at the condition, sleep; a wake since begin ends the sleep. */
struct shim_wait_queue {
	unsigned int sleepers;
	unsigned long wakes;
};

void shim_wait_init(struct shim_wait_queue *q);
unsigned long shim_wait_begin(struct shim_wait_queue *q);
int shim_wait(struct shim_wait_queue *q, unsigned long since, bool interruptible);
void shim_wait_end(struct shim_wait_queue *q);
void shim_wake(struct shim_wait_queue *q);
bool shim_wait_active(const struct shim_wait_queue *q);

/* Memory; NULL when it is to fail. May sleep if @may_sleep. */
void *shim_alloc(size_t size, size_t align, bool zero, bool may_sleep);
void shim_free(const void *p);

/* The VMM's memory: bytes that could not be copied. */
size_t shim_user_read(void *to, unsigned long from, size_t n);
size_t shim_user_write(unsigned long to, const void *from, size_t n);
size_t shim_user_clear(unsigned long to, size_t n);
bool shim_user_ok(unsigned long addr, size_t n);

/* The thread that runs. */
struct mm_struct;
struct task_struct {
	struct mm_struct *mm;
	bool signal;
	struct {
		unsigned long long run_delay;
	} sched_info;
};

struct task_struct *shim_current(void);
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
unsigned int shim_cpu(void);

/* kick_process(), and cpu_relax(). */
void shim_kick(struct task_struct *task);
void shim_relax(void);

/* Has the running thread been killed? */
bool shim_killed(void);

/* printk */
void shim_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
