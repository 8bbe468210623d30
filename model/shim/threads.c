// SPDX-License-Identifier: GPL-2.0
/*
 * The primitives on the explorer's threads: each is a point where others may go
 * on, and each knows what may not be done with it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../explore/arena.h"
#include "../explore/explore.h"
#include "buffer.h"
#include "host_mm.h"
#include "threads.h"

#define HELD_MAX	12
#define EDGES_MAX	128
#define QUIET_MAX	4

/* What a thread holds, in order. */
struct held {
	const struct shim_lock *lock;
	bool write;
};

struct shim_thread {
	struct task_struct task;
	struct held held[HELD_MAX];
	unsigned int nr_held;
	unsigned int srcu;	/* read sides it is in */
	unsigned int irqs;	/* how often it has switched interrupts off */
	unsigned long work;	/* done with preemption off */
	bool kicked;
	bool hurry;
};

/* Somebody has taken @after while he held @before. */
struct edge {
	const struct shim_lock *before, *after;
};

static struct {
	struct shim_thread thread[EXPLORE_THREADS + 1];
	struct explore_thread *owner[EXPLORE_THREADS + 1];
	unsigned int threads;
	struct edge edge[EDGES_MAX];
	unsigned int edges;
	struct {
		const char *start;
		size_t size;
	} quiet[QUIET_MAX];
	unsigned int quiets;
	unsigned int fail_in;
	bool fail_nowait;
	unsigned int prints;
	void (*on_store)(const void *p);
	void (*on_free)(const void *p);
} shim;

void threads_reset(void)
{
	memset(&shim, 0, sizeof(shim));
	buffer_reset();
}

static struct shim_thread *self(void)
{
	struct explore_thread *t = explore_current();

	if (!t->private) {
		shim.thread[shim.threads].task.mm = host_mm_current();
		t->private = &shim.thread[shim.threads++];
	}
	return t->private;
}

void threads_quiet(const void *start, size_t size)
{
	if (shim.quiets < QUIET_MAX) {
		shim.quiet[shim.quiets].start = start;
		shim.quiet[shim.quiets++].size = size;
	}
}

static bool is_quiet(const void *p)
{
	unsigned int i;

	for (i = 0; i < shim.quiets; i++)
		if ((const char *)p >= shim.quiet[i].start &&
		    (const char *)p < shim.quiet[i].start + shim.quiet[i].size)
			return true;
	return false;
}

void shim_die(const char *fmt, ...)
{
	char buf[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	explore_violation("assertion", "%s", buf);
}

void shim_print(const char *fmt, ...)
{
	(void)fmt;
	shim.prints++;
}

/* Nobody is killed here. */
bool shim_killed(void)
{
	return false;
}

unsigned int threads_prints(void)
{
	return shim.prints;
}

void shim_check(const volatile void *p, size_t n, const char *what)
{
	if (arena_is_live(p, n))
		return;
	switch (arena_check((const void *)p, n)) {
	case ARENA_FINE:
		break;
	case ARENA_FREED:
		explore_violation("use after free", "%s of %zu bytes of memory that was freed",
				  what, n);
	case ARENA_WILD:
		explore_violation("wild access", "%s of %zu bytes beyond what was allocated",
				  what, n);
	}
	if ((uintptr_t)p < 4096)
		explore_violation("wild access", "%s through a null pointer", what);
	if (host_is_user((uintptr_t)p))
		explore_violation("wild access", "%s of user memory without a copy function", what);
}

void shim_access(const volatile void *p, size_t n, enum shim_access op)
{
	static const char * const what[] = { "load", "store", "atomic" };

	if (!is_quiet((const void *)p))
		explore_point(what[op]);
	shim_check(p, n, what[op]);
	buffer_access(p, op == SHIM_LOAD);
	if (op != SHIM_LOAD && shim.on_store)
		shim.on_store((const void *)p);
}

void threads_watch(void (*on_store)(const void *p), void (*on_free)(const void *p))
{
	shim.on_store = on_store;
	shim.on_free = on_free;
}

void shim_kick(struct task_struct *task)
{
	explore_point("interrupt");
	((struct shim_thread *)task)->kicked = true;
}

bool threads_kicked(bool take)
{
	bool kicked = self()->kicked;

	if (take)
		self()->kicked = false;
	return kicked;
}

bool threads_are_kicked(const struct task_struct *task)
{
	return ((const struct shim_thread *)task)->kicked;
}

void shim_relax(void)
{
	explore_yield("spins");
}

void shim_barrier(enum shim_barrier b)
{
	if (b == SHIM_MB)
		buffer_drain();
}

struct change {
	const volatile void *p;
	size_t n;
	unsigned long old;
};

static bool has_changed(const void *arg)
{
	const struct change *c = arg;
	unsigned long now = 0;

	memcpy(&now, (const void *)c->p, c->n);
	return now != c->old;
}

void shim_wait_change(const volatile void *p, size_t n, unsigned long old)
{
	struct change c = { p, n, old };

	if (n < sizeof(old))
		c.old &= (1UL << 8 * n) - 1;
	shim_check(p, n, "load");
	while (!has_changed(&c))
		explore_block(has_changed, &c, "a value to change");
}

void shim_atomic_enter(void)
{
	if (!explore_current()->atomic++)
		self()->work = 0;
}

void threads_hurry(bool on)
{
	self()->hurry = on;
}

bool threads_hurries(void)
{
	return self()->hurry;
}

unsigned long threads_work(unsigned long amount)
{
	return explore_current()->atomic ? self()->work += amount : 0;
}

void shim_atomic_leave(void)
{
	if (!explore_current()->atomic)
		explore_violation("atomic", "preemption or interrupts are switched on twice");
	explore_current()->atomic--;
}

bool shim_is_atomic(void)
{
	return explore_current()->atomic;
}

void shim_irqs_off(void)
{
	self()->irqs++;
	shim_atomic_enter();
}

void shim_irqs_on(void)
{
	if (!self()->irqs)
		explore_violation("atomic", "interrupts are switched on twice");
	/* no barrier, but nothing waits for ever */
	buffer_drain();
	self()->irqs--;
	shim_atomic_leave();
}

bool shim_irqs_are_off(void)
{
	return self()->irqs;
}

void shim_assert(bool so, const char *what)
{
	if (!so)
		explore_violation("assertion", "it is not so that %s", what);
}

void shim_may_sleep(void)
{
	struct shim_thread *t = self();
	unsigned int i;

	if (!explore_current()->atomic)
		return;
	for (i = 0; i < t->nr_held; i++)
		if (t->held[i].lock->spins)
			explore_violation("sleeps", "%s may sleep under a spinlock",
					  explore_current()->name);
	explore_violation("sleeps", "%s may sleep with preemption off",
			  explore_current()->name);
}

void shim_cond_resched(void)
{
	shim_may_sleep();
	explore_point("cond_resched");
}

/* Locks */

void shim_lock_init(struct shim_lock *l, bool spins)
{
	*l = (struct shim_lock){ .spins = spins };
}

static bool edge_leads(const struct shim_lock *from, const struct shim_lock *to,
		       unsigned int depth)
{
	unsigned int i;

	if (from == to)
		return true;
	for (i = 0; i < shim.edges && depth; i++)
		if (shim.edge[i].before == from && edge_leads(shim.edge[i].after, to, depth - 1))
			return true;
	return false;
}

static void edge_add(const struct shim_lock *before, const struct shim_lock *after)
{
	unsigned int i;

	for (i = 0; i < shim.edges; i++)
		if (shim.edge[i].before == before && shim.edge[i].after == after)
			return;
	if (edge_leads(after, before, 8))
		explore_violation("lock order", "two locks are taken in both orders");
	if (shim.edges < EDGES_MAX)
		shim.edge[shim.edges++] = (struct edge){ before, after };
}

static void held_check(struct shim_lock *l)
{
	struct shim_thread *t = self();
	unsigned int i;

	shim_check(l, sizeof(*l), "lock");
	for (i = 0; i < t->nr_held; i++) {
		if (t->held[i].lock == l)
			explore_violation("deadlock", "%s takes a lock it holds",
					  explore_current()->name);
		edge_add(t->held[i].lock, l);
	}
}

static void held_push(const struct shim_lock *l, bool write)
{
	struct shim_thread *t = self();

	if (t->nr_held == HELD_MAX)
		explore_unfinished("more than %d locks held", HELD_MAX);
	t->held[t->nr_held++] = (struct held){ l, write };
	if (l->spins)
		shim_atomic_enter();
}

static void held_pop(const struct shim_lock *l, bool write)
{
	struct shim_thread *t = self();
	unsigned int i;

	for (i = t->nr_held; i--;) {
		if (t->held[i].lock != l || t->held[i].write != write)
			continue;
		memmove(&t->held[i], &t->held[i + 1], (t->nr_held - i - 1) * sizeof(t->held[0]));
		memset(&t->held[--t->nr_held], 0, sizeof(t->held[0]));
		if (l->spins)
			shim_atomic_leave();
		return;
	}
	explore_violation("lock", "%s unlocks what it has not locked", explore_current()->name);
}

bool threads_hold_write(void)
{
	struct shim_thread *t = self();
	unsigned int i;

	for (i = 0; i < t->nr_held; i++)
		if (t->held[i].write && t->held[i].lock->spins)
			return true;
	return false;
}

static bool lock_is_free(const void *arg)
{
	const struct shim_lock *l = arg;

	return !l->written && !l->readers;
}

static bool lock_is_readable(const void *arg)
{
	return !((const struct shim_lock *)arg)->written;
}

/* Whoever waits for a spinlock does not let others of his PE run: the PE is taken meanwhile. */
static void lock_wait(struct shim_lock *l, bool (*ready)(const void *), const char *what)
{
	buffer_drain();
	if (!l->spins)
		shim_may_sleep();
	held_check(l);
	explore_point(what);
	while (!ready(l))
		explore_block(ready, l, what);
}

void shim_write_lock(struct shim_lock *l)
{
	lock_wait(l, lock_is_free, l->spins ? "a spinlock" : "a mutex");
	l->written = true;
	l->owner = self();
	held_push(l, true);
}

bool shim_write_trylock(struct shim_lock *l)
{
	explore_point("trylock");
	if (!lock_is_free(l))
		return false;
	l->written = true;
	l->owner = self();
	held_push(l, true);
	return true;
}

void shim_write_unlock(struct shim_lock *l)
{
	shim_check(l, sizeof(*l), "unlock");
	held_pop(l, true);
	l->written = false;
	l->owner = NULL;
}

void shim_read_lock(struct shim_lock *l)
{
	lock_wait(l, lock_is_readable, "a lock, to read");
	l->readers++;
	held_push(l, false);
}

void shim_read_unlock(struct shim_lock *l)
{
	shim_check(l, sizeof(*l), "unlock");
	held_pop(l, false);
	l->readers--;
}

bool shim_lock_held(const struct shim_lock *l)
{
	struct shim_thread *t = self();
	unsigned int i;

	for (i = 0; i < t->nr_held; i++)
		if (t->held[i].lock == l)
			return true;
	return false;
}

bool shim_lock_held_for_write(const struct shim_lock *l)
{
	return l->written && l->owner == self();
}

bool shim_lock_held_for_read(const struct shim_lock *l)
{
	struct shim_thread *t = self();
	unsigned int i;

	for (i = 0; i < t->nr_held; i++)
		if (t->held[i].lock == l)
			return !t->held[i].write;
	return false;
}

/*
 * SRCU: readers are counted by period, 16 bits each; who waits, waits for those that
 * were there, and not for who comes later.
 */
static unsigned int srcu_readers(const struct shim_srcu *s, unsigned int idx)
{
	return s->readers >> (16 * idx) & 0xffff;
}

int shim_srcu_init(struct shim_srcu *s)
{
	*s = (struct shim_srcu){ .live = true };
	return 0;
}

void shim_srcu_exit(struct shim_srcu *s)
{
	if (!s->live || s->readers)
		explore_violation("srcu", "SRCU ends with readers inside, or twice");
	s->live = false;
}

int shim_srcu_read_lock(struct shim_srcu *s)
{
	int idx;

	shim_check(s, sizeof(*s), "SRCU");
	explore_point("srcu_read_lock");
	if (!s->live)
		explore_violation("srcu", "SRCU is used before or after its life");
	idx = s->syncs & 1;
	s->readers += 1U << (16 * idx);
	self()->srcu++;
	return idx;
}

void shim_srcu_read_unlock(struct shim_srcu *s, int idx)
{
	if ((unsigned int)idx > 1 || !srcu_readers(s, idx))
		explore_violation("srcu", "an SRCU section ends that did not begin");
	s->readers -= 1U << (16 * idx);
	self()->srcu--;
}

struct srcu_wait {
	const struct shim_srcu *s;
	unsigned int idx;
};

static bool srcu_is_over(const void *arg)
{
	const struct srcu_wait *w = arg;

	return !srcu_readers(w->s, w->idx);
}

void shim_srcu_synchronize(struct shim_srcu *s)
{
	struct srcu_wait w = { s, 0 };
	unsigned int i;

	shim_may_sleep();
	if (self()->srcu)
		explore_violation("deadlock", "%s waits for its own SRCU section",
				  explore_current()->name);
	explore_point("synchronize_srcu");
	/* two periods: nobody is missed who took the index and has not counted himself yet */
	for (i = 0; i < 2; i++) {
		w.idx = s->syncs++ & 1;
		while (!srcu_is_over(&w))
			explore_block(srcu_is_over, &w, "readers");
	}
}

bool shim_srcu_read_held(const struct shim_srcu *s)
{
	(void)s;
	return self()->srcu;
}

void shim_rcu_check(bool protected, const char *what)
{
	if (!protected)
		explore_violation("rcu", "%s is read without protection", what);
}

/* Wait queues */

struct wait {
	const struct shim_wait_queue *q;
	unsigned long since;
	const struct explore_thread *thread;
	bool interruptible;
};

static bool wait_is_over(const void *arg)
{
	const struct wait *w = arg;

	return w->q->wakes != w->since || (w->interruptible && w->thread->signal);
}

void shim_wait_init(struct shim_wait_queue *q)
{
	*q = (struct shim_wait_queue){ 0 };
}

unsigned long shim_wait_begin(struct shim_wait_queue *q)
{
	shim_may_sleep();
	explore_point("wait");
	q->sleepers++;
	return q->wakes;
}

int shim_wait(struct shim_wait_queue *q, unsigned long since, bool interruptible)
{
	struct wait w = { q, since, explore_current(), interruptible };

	shim_may_sleep();
	explore_wait(wait_is_over, &w, "a wake-up");
	q->sleepers--;
	return q->wakes == since && interruptible && w.thread->signal ? -EINTR : 0;
}

void shim_wait_end(struct shim_wait_queue *q)
{
	if (explore_probing())
		explore_violation("lost wake-up", "%s sleeps though what it waits for is so",
				  explore_current()->name);
	q->sleepers--;
}

void shim_wake(struct shim_wait_queue *q)
{
	explore_point("wake");
	q->wakes++;
}

bool shim_wait_active(const struct shim_wait_queue *q)
{
	explore_point("sleepers?");
	return q->sleepers;
}

/* Memory */

void threads_fail_alloc(unsigned int nth)
{
	shim.fail_in = nth;
}

void threads_fail_nowait(bool on)
{
	shim.fail_nowait = on;
}

void *shim_alloc(size_t size, size_t align, bool zero, bool may_sleep)
{
	void *p;

	if (may_sleep)
		shim_may_sleep();
	explore_point("alloc");
	if ((shim.fail_in && !--shim.fail_in) || (shim.fail_nowait && !may_sleep))
		return NULL;
	p = arena_alloc(size, align);
	if (!p)
		explore_unfinished("the heap is full");
	if (!zero)
		memset(p, 0xa5, size);
	return p;
}

void shim_free(const void *p)
{
	if (p && shim.on_free)
		shim.on_free(p);
	if (!arena_free(p))
		explore_violation("free", "memory is freed twice, or was never allocated");
}

/* Threads */

struct task_struct *shim_current(void)
{
	struct shim_thread *t = self();

	t->task.signal = explore_current()->signal;
	return &t->task;
}

unsigned int shim_cpu(void)
{
	return explore_current()->pe;
}
