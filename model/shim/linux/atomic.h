/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomics: one access each, with the order of a full barrier.
 */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <asm/barrier.h>

#include <linux/types.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

/* The arithmetic wraps, as the kernel's does. */
#define SHIM_ATOMIC_OP(P, A, T, name, op)				\
static inline T P##_fetch_##name(T i, A *v)				\
{									\
	T old;								\
									\
	shim_access(v, sizeof(*v), SHIM_RMW);				\
	old = v->counter;						\
	v->counter = (T)((unsigned long)old op (unsigned long)i);	\
	return old;							\
}									\
									\
static inline void P##_##name(T i, A *v)				\
{									\
	P##_fetch_##name(i, v);						\
}

static inline int atomic_read(const atomic_t *v)
{
	shim_access(v, sizeof(*v), SHIM_LOAD);
	return *(const volatile int *)&v->counter;
}

static inline void atomic_set(atomic_t *v, int i)
{
	shim_access(v, sizeof(*v), SHIM_STORE);
	*(volatile int *)&v->counter = i;
}

static inline int atomic_xchg(atomic_t *v, int new)
{
	int old;

	shim_access(v, sizeof(*v), SHIM_RMW);
	old = v->counter;
	v->counter = new;
	return old;
}

static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int new)
{
	shim_access(v, sizeof(*v), SHIM_RMW);
	if (v->counter != *old) {
		*old = v->counter;
		return false;
	}
	v->counter = new;
	return true;
}

SHIM_ATOMIC_OP(atomic, atomic_t, int, add, +)
SHIM_ATOMIC_OP(atomic, atomic_t, int, sub, -)
SHIM_ATOMIC_OP(atomic, atomic_t, int, or, |)
SHIM_ATOMIC_OP(atomic, atomic_t, int, and, &)
SHIM_ATOMIC_OP(atomic, atomic_t, int, andnot, & ~)

#define atomic_read_acquire(v)	atomic_read(v)
#define atomic_set_release(v, i)	atomic_set(v, i)
#define atomic_cond_read_acquire(v, c)	smp_cond_load_acquire(&(v)->counter, (c))
#define atomic_add_return(i, v)	(atomic_fetch_add(i, v) + (i))
#define atomic_sub_return(i, v)	(atomic_fetch_sub(i, v) - (i))
#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_sub(1, v)
#define atomic_inc_return(v)	atomic_add_return(1, v)
#define atomic_dec_return(v)	atomic_sub_return(1, v)
#define atomic_dec_and_test(v)	(!atomic_dec_return(v))
#define atomic_try_cmpxchg_relaxed	atomic_try_cmpxchg
#define atomic_xchg_relaxed	atomic_xchg

static inline s64 atomic64_read(const atomic64_t *v)
{
	shim_access(v, sizeof(*v), SHIM_LOAD);
	return *(const volatile s64 *)&v->counter;
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	shim_access(v, sizeof(*v), SHIM_STORE);
	*(volatile s64 *)&v->counter = i;
}

static inline s64 atomic64_xchg(atomic64_t *v, s64 new)
{
	s64 old;

	shim_access(v, sizeof(*v), SHIM_RMW);
	old = v->counter;
	v->counter = new;
	return old;
}

static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 new)
{
	shim_access(v, sizeof(*v), SHIM_RMW);
	if (v->counter != *old) {
		*old = v->counter;
		return false;
	}
	v->counter = new;
	return true;
}

SHIM_ATOMIC_OP(atomic64, atomic64_t, s64, add, +)
SHIM_ATOMIC_OP(atomic64, atomic64_t, s64, sub, -)
SHIM_ATOMIC_OP(atomic64, atomic64_t, s64, or, |)
SHIM_ATOMIC_OP(atomic64, atomic64_t, s64, and, &)
SHIM_ATOMIC_OP(atomic64, atomic64_t, s64, andnot, & ~)

#define atomic64_read_acquire(v)	atomic64_read(v)
#define atomic64_set_release(v, i)	atomic64_set(v, i)
#define atomic64_add_return(i, v)	(atomic64_fetch_add(i, v) + (i))
#define atomic64_sub_return(i, v)	(atomic64_fetch_sub(i, v) - (i))
#define atomic64_inc(v)		atomic64_add(1, v)
#define atomic64_dec(v)		atomic64_sub(1, v)
#define atomic64_inc_return(v)	atomic64_add_return(1, v)
#define atomic64_dec_return(v)	atomic64_sub_return(1, v)
#define atomic64_dec_and_test(v)	(!atomic64_dec_return(v))
#define atomic64_try_cmpxchg_relaxed	atomic64_try_cmpxchg
#define atomic64_xchg_relaxed	atomic64_xchg

static inline long atomic_long_read(const atomic_long_t *v)
{
	shim_access(v, sizeof(*v), SHIM_LOAD);
	return *(const volatile long *)&v->counter;
}

static inline void atomic_long_set(atomic_long_t *v, long i)
{
	shim_access(v, sizeof(*v), SHIM_STORE);
	*(volatile long *)&v->counter = i;
}

static inline long atomic_long_xchg(atomic_long_t *v, long new)
{
	long old;

	shim_access(v, sizeof(*v), SHIM_RMW);
	old = v->counter;
	v->counter = new;
	return old;
}

static inline bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long new)
{
	shim_access(v, sizeof(*v), SHIM_RMW);
	if (v->counter != *old) {
		*old = v->counter;
		return false;
	}
	v->counter = new;
	return true;
}

SHIM_ATOMIC_OP(atomic_long, atomic_long_t, long, add, +)
SHIM_ATOMIC_OP(atomic_long, atomic_long_t, long, sub, -)
SHIM_ATOMIC_OP(atomic_long, atomic_long_t, long, or, |)
SHIM_ATOMIC_OP(atomic_long, atomic_long_t, long, and, &)
SHIM_ATOMIC_OP(atomic_long, atomic_long_t, long, andnot, & ~)

#define atomic_long_read_acquire(v)	atomic_long_read(v)
#define atomic_long_set_release(v, i)	atomic_long_set(v, i)
#define atomic_long_add_return(i, v)	(atomic_long_fetch_add(i, v) + (i))
#define atomic_long_sub_return(i, v)	(atomic_long_fetch_sub(i, v) - (i))
#define atomic_long_inc(v)		atomic_long_add(1, v)
#define atomic_long_dec(v)		atomic_long_sub(1, v)
#define atomic_long_inc_return(v)	atomic_long_add_return(1, v)
#define atomic_long_dec_return(v)	atomic_long_sub_return(1, v)
#define atomic_long_dec_and_test(v)	(!atomic_long_dec_return(v))
#define atomic_long_try_cmpxchg_relaxed	atomic_long_try_cmpxchg
#define atomic_long_xchg_relaxed	atomic_long_xchg

#define xchg(p, new) ({						\
	__typeof__(*(p)) _old;					\
	shim_access(p, sizeof(*(p)), SHIM_RMW);			\
	_old = *(p);						\
	*(p) = (new);						\
	_old;							\
})
#define cmpxchg(p, old, new) ({					\
	__typeof__(*(p)) _was;					\
	shim_access(p, sizeof(*(p)), SHIM_RMW);			\
	_was = *(p);						\
	if (_was == (old))					\
		*(p) = (new);					\
	_was;							\
})
#define try_cmpxchg(p, oldp, new) ({				\
	__typeof__(*(p)) _was = cmpxchg(p, *(oldp), new);	\
	bool _ok = _was == *(oldp);				\
	*(oldp) = _was;						\
	_ok;							\
})
#define try_cmpxchg64	try_cmpxchg

#endif
