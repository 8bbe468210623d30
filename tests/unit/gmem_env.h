/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM's guest memory with nobody around it: a client that writes down what it is
 * told, a host that does what the test says.
 */
#ifndef GMEM_ENV_H
#define GMEM_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after those above */
#include <cmocka.h>

#include "../../model/shim/unit.h"
#include "../../src/mem/gmem.h"

#define ENV_MAX_GFN	(1ULL << 28)	/* 40 bits of addresses */
#define ENV_HVA		0x100000000000UL /* user memory that no test touches */
#define PAGE		4096UL

enum env_what {
	ENV_UNMAP,
	ENV_SPLIT,	/* noted where env_splits */
	ENV_WRITE_PROTECT,
	ENV_WRITE_PROTECT_MASKED,
	ENV_FLUSH,
	ENV_SETTLE,
	ENV_AGE,
};

/* What the client was told. */
struct env_event {
	enum env_what what;
	uint64_t gfn;
	uint64_t n;
	unsigned long mask;
	bool may_sleep;
	enum host_age how;
};

#define ENV_EVENTS	4096

extern struct gmem *gm;
extern struct env_event env_events[ENV_EVENTS];
extern unsigned int env_nr_events;
/* Called after the client wrote down an event. */
extern void (*env_on_event)(const struct env_event *e);
/* Frames below are young when the client is asked for age. */
extern uint64_t env_young_below;
/* Somebody writes past the caches: what the client's flush says. */
extern bool env_owed;
extern bool env_splits;
/* What host_notifier_register() returns. */
extern int env_register_ret;
/* Bare frames are mapped at this user address, and what host_range_has_bare() says then. */
extern unsigned long env_bare_hva;
extern int env_bare_ret;

int env_setup(void **state);
int env_teardown(void **state);
void env_forget_events(void);
unsigned int env_count(enum env_what what);

/* KVM_SET_USER_MEMORY_REGION in pages. */
int env_region(unsigned int id, uint64_t gfn, uint64_t npages, unsigned long hva,
	       unsigned int flags);

/* Is there a slot for the frame, and where? 0 if not. */
unsigned long env_hva_of(uint64_t gfn);
uint64_t env_generation(void);

/* The host's memory manager; may be called from hooks too. */
void env_range_start(unsigned long start, unsigned long end, unsigned int flags);
void env_range_end(unsigned long start, unsigned long end);
bool env_age(unsigned long start, unsigned long end, enum host_age how);
void env_release(void);

/* Deterministic random numbers. */
uint64_t env_random(void);

#endif
