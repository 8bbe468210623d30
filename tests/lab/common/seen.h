/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sees that the hypervisor writes to a page of a guest: the dirty log and a copy that is kept by it alone, userfaultfd where
 * the page is missing or write-protected, and the page itself where it has migrated meanwhile.
 */
#ifndef TESTS_LAB_SEEN_H
#define TESTS_LAB_SEEN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define SEEN_PAGE	4096UL

enum see { SEE_LOG, SEE_MISSING, SEE_PROTECTED, SEE_MOVED };

struct seen {
	/* the caller's: */
	int vm;
	unsigned int slot;		/* which the page is in; with SEE_LOG, and with it alone, it is logged */
	size_t slot_pages, index;	/* the slot's size; which of its pages this is */
	char *mem;			/* the page, which is there */
	char *late;			/* NULL, or other memory that has to be fetched, by pages */
	size_t late_size;
	/* ours: */
	enum see by;
	int uffd, node;
	pthread_t server;
	char before[SEEN_PAGE];		/* the page, when it was taken away */
	char copy[SEEN_PAGE] __attribute__((aligned(4096)));	/* as a VMM has it that copies what the log says */
	volatile unsigned int faults, early;
	volatile bool stop;
};

void seen_begin(struct seen *s, enum see by);
/* From here who writes is seen. */
void seen_take_away(struct seen *s);
/* Somebody says that WHO wrote, or the page does: was it seen? ESCAPES: known not to be. Return: it was written. */
bool seen_look(struct seen *s, const char *who, bool written, bool escapes);
/* With SEE_LOG the copy is as the page then, but for who escapes. */
void seen_end(struct seen *s, const char *who, bool escapes);
/* The sum of a page's words, as a guest may make it. */
unsigned long seen_sum(const void *page);

#endif
