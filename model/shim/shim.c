// SPDX-License-Identifier: GPL-2.0
/*
 * The primitives for one thread: nothing ever runs at the same time, so a lock that
 * is taken is a deadlock, and a grace period with a reader inside never ends.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define SHIM_TASK_SIZE	(1UL << 47)

struct mm_struct shim_mm;
void (*shim_on_sleep)(struct shim_wait_queue *q);
void (*shim_on_synchronize)(void);
void (*shim_on_lock)(const struct shim_lock *l);

static struct task_struct shim_task = { .mm = &shim_mm };
static unsigned int shim_atomic;	/* how deep in sections that must not sleep */
static unsigned int shim_irqs;		/* how often interrupts were switched off */
static unsigned int shim_held;		/* locks and read sides */
static unsigned int shim_nr_allocs;
static unsigned int shim_fail_in;
static unsigned long shim_hole;
static size_t shim_hole_size;

void shim_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("shim: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

void shim_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

static unsigned int shim_looks_left;
static bool shim_kills;

void shim_kill(unsigned int nth)
{
	shim_kills = nth;
	shim_looks_left = nth;
}

bool shim_killed(void)
{
	if (shim_kills && shim_looks_left)
		shim_looks_left--;
	return shim_kills && !shim_looks_left;
}

/* A test that looks at accesses or barriers has its own. */
__attribute__((weak)) void shim_access(const volatile void *p, size_t n, enum shim_access op)
{
	(void)p;
	(void)n;
	(void)op;
}

unsigned long shim_barriers[SHIM_RELEASE + 1];

bool shim_delays(volatile void *p, size_t n, const void *val)
{
	return false;
}

__attribute__((weak)) void shim_barrier(enum shim_barrier b)
{
	shim_barriers[b]++;
}

void shim_atomic_enter(void)
{
	shim_atomic++;
}

void shim_atomic_leave(void)
{
	if (!shim_atomic)
		shim_die("interrupts or preemption switched on twice");
	shim_atomic--;
}

bool shim_is_atomic(void)
{
	return shim_atomic;
}

void shim_irqs_off(void)
{
	shim_irqs++;
	shim_atomic_enter();
}

void shim_irqs_on(void)
{
	if (!shim_irqs)
		shim_die("interrupts switched on twice");
	shim_irqs--;
	shim_atomic_leave();
}

bool shim_irqs_are_off(void)
{
	return shim_irqs;
}

void shim_assert(bool so, const char *what)
{
	if (!so)
		shim_die("it is not so that %s", what);
}

void shim_may_sleep(void)
{
	if (shim_atomic)
		shim_die("sleeps while it must not");
}

void shim_cond_resched(void)
{
	shim_may_sleep();
}

void shim_wait_change(const volatile void *p, size_t n, unsigned long old)
{
	(void)p;
	(void)n;
	(void)old;
	shim_die("spins for what nobody will change");
}

/* Locks */

void shim_lock_init(struct shim_lock *l, bool spins)
{
	*l = (struct shim_lock) { .spins = spins };
}

/* What changes under a lock alone. */
static struct {
	const struct shim_lock *lock;
	const void *mem;
	void *copy;
	size_t n;
} shim_guards[8];

void shim_guard(const struct shim_lock *l, const void *mem, size_t n)
{
	unsigned int i = 0;

	while (shim_guards[i].lock)
		if (++i == 8)
			shim_die("more than eight pieces are guarded");
	shim_guards[i].lock = l;
	shim_guards[i].mem = mem;
	shim_guards[i].n = n;
	shim_guards[i].copy = malloc(n);
	memcpy(shim_guards[i].copy, mem, n);
}

/* @l has just been taken; NULL: all that is guarded. */
static void shim_guards_look(const struct shim_lock *l)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (shim_guards[i].lock && (!l || l == shim_guards[i].lock) &&
		    memcmp(shim_guards[i].copy, shim_guards[i].mem, shim_guards[i].n))
			shim_die("guarded piece %u has changed without its lock", i);
}

static void shim_guards_learn(const struct shim_lock *l)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (l == shim_guards[i].lock)
			memcpy(shim_guards[i].copy, shim_guards[i].mem, shim_guards[i].n);
}

static void shim_guards_end(void)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		free(shim_guards[i].copy);
		shim_guards[i].lock = NULL;
		shim_guards[i].copy = NULL;
	}
}

static void shim_lock_taken(struct shim_lock *l)
{
	shim_held++;
	if (l->spins)
		shim_atomic_enter();
}

static void shim_lock_given(struct shim_lock *l)
{
	shim_held--;
	if (l->spins)
		shim_atomic_leave();
}

bool shim_write_trylock(struct shim_lock *l)
{
	if (l->written || l->readers)
		return false;
	l->written = true;
	l->owner = shim_current();
	shim_lock_taken(l);
	shim_guards_look(l);
	if (shim_on_lock)
		shim_on_lock(l);
	return true;
}

void shim_write_lock(struct shim_lock *l)
{
	if (!l->spins)
		shim_may_sleep();
	if (!shim_write_trylock(l))
		shim_die("deadlock: takes a lock that is held");
}

void shim_write_unlock(struct shim_lock *l)
{
	if (!l->written || l->owner != shim_current())
		shim_die("unlocks what it has not locked");
	shim_guards_learn(l);
	l->written = false;
	shim_lock_given(l);
}

void shim_read_lock(struct shim_lock *l)
{
	if (!l->spins)
		shim_may_sleep();
	if (l->written)
		shim_die("deadlock: reads under its own write lock");
	l->readers++;
	shim_lock_taken(l);
}

void shim_read_unlock(struct shim_lock *l)
{
	if (!l->readers)
		shim_die("unlocks what it has not locked");
	l->readers--;
	shim_lock_given(l);
}

bool shim_lock_held(const struct shim_lock *l)
{
	return l->written || l->readers;
}

bool shim_lock_held_for_write(const struct shim_lock *l)
{
	return l->written;
}

bool shim_lock_held_for_read(const struct shim_lock *l)
{
	return l->readers;
}

/* SRCU */

int shim_srcu_init(struct shim_srcu *s)
{
	*s = (struct shim_srcu) { .live = true };
	shim_nr_allocs++;
	return 0;
}

void shim_srcu_exit(struct shim_srcu *s)
{
	if (!s->live || s->readers)
		shim_die("SRCU ends with readers inside, or twice");
	s->live = false;
	shim_nr_allocs--;
}

int shim_srcu_read_lock(struct shim_srcu *s)
{
	if (!s->live)
		shim_die("SRCU is used before or after its life");
	shim_held++;
	return s->readers++;
}

void shim_srcu_read_unlock(struct shim_srcu *s, int idx)
{
	if (!s->readers || idx != (int)s->readers - 1)
		shim_die("SRCU sections do not nest");
	s->readers--;
	shim_held--;
}

void shim_srcu_synchronize(struct shim_srcu *s)
{
	shim_may_sleep();
	if (!s->live || s->readers)
		shim_die("deadlock: waits for its own SRCU section");
	if (shim_on_synchronize)
		shim_on_synchronize();
	s->syncs++;
}

bool shim_srcu_read_held(const struct shim_srcu *s)
{
	return s->readers;
}

void shim_rcu_check(bool protected, const char *what)
{
	if (!protected)
		shim_die("%s is read without protection", what);
}

/* Wait queues */

void shim_wait_init(struct shim_wait_queue *q)
{
	*q = (struct shim_wait_queue) { 0 };
}

unsigned long shim_wait_begin(struct shim_wait_queue *q)
{
	shim_may_sleep();
	q->sleepers++;
	return q->wakes;
}

int shim_wait(struct shim_wait_queue *q, unsigned long since, bool interruptible)
{
	shim_may_sleep();
	if (shim_on_sleep)
		shim_on_sleep(q);
	if (q->wakes != since) {
		q->sleepers--;
		return 0;
	}
	if (!interruptible)
		shim_die("sleeps and nobody wakes it");
	q->sleepers--;
	return -EINTR;
}

void shim_wait_end(struct shim_wait_queue *q)
{
	q->sleepers--;
}

void shim_wake(struct shim_wait_queue *q)
{
	q->wakes++;
}

bool shim_wait_active(const struct shim_wait_queue *q)
{
	return q->sleepers;
}

/* Memory */

void shim_fail_alloc(unsigned int nth)
{
	shim_fail_in = nth;
}

unsigned int shim_alloc_left(void)
{
	return shim_fail_in;
}

unsigned int shim_allocs(void)
{
	return shim_nr_allocs;
}

void *shim_alloc(size_t size, size_t align, bool zero, bool may_sleep)
{
	void *p;

	if (may_sleep)
		shim_may_sleep();
	if (shim_fail_in && !--shim_fail_in)
		return NULL;
	p = align > 16 ? aligned_alloc(align, size) : malloc(size);
	if (!p)
		return NULL;
	/* What is not asked to be zero is not. */
	memset(p, zero ? 0 : 0xa5, size);
	shim_nr_allocs++;
	return p;
}

void shim_free(const void *p)
{
	if (!p)
		return;
	shim_nr_allocs--;
	free((void *)p);
}

/* User memory: this process's own, but for one hole */

void shim_user_hole(unsigned long addr, size_t n)
{
	shim_hole = addr;
	shim_hole_size = n;
}

bool shim_user_ok(unsigned long addr, size_t n)
{
	return n <= SHIM_TASK_SIZE && addr <= SHIM_TASK_SIZE - n;
}

/* Bytes at @addr before the hole, at most @n. */
static size_t shim_user_there(unsigned long addr, size_t n)
{
	shim_may_sleep();
	if (!shim_user_ok(addr, n))
		return 0;
	if (!shim_hole_size || addr + n <= shim_hole ||
	    addr >= shim_hole + shim_hole_size)
		return n;
	return addr < shim_hole ? shim_hole - addr : 0;
}

size_t shim_user_read(void *to, unsigned long from, size_t n)
{
	size_t there = shim_user_there(from, n);

	memcpy(to, (const void *)from, there);
	memset((char *)to + there, 0, n - there);
	return n - there;
}

size_t shim_user_write(unsigned long to, const void *from, size_t n)
{
	size_t there = shim_user_there(to, n);

	memcpy((void *)to, from, there);
	return n - there;
}

size_t shim_user_clear(unsigned long to, size_t n)
{
	size_t there = shim_user_there(to, n);

	memset((void *)to, 0, there);
	return n - there;
}

/* Threads */

struct task_struct *shim_current(void)
{
	return &shim_task;
}

unsigned int shim_cpu(void)
{
	return 0;
}

void shim_check_quiet(void)
{
	if (shim_held || shim_atomic)
		shim_die("%u locks or read sides are left over", shim_held);
	shim_guards_look(NULL);
	shim_guards_end();
}

void mmgrab(struct mm_struct *mm)
{
	mm->count++;
}

void mmdrop(struct mm_struct *mm)
{
	if (!mm->count--)
		shim_die("an address space is dropped once too often");
}
