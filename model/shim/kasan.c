// SPDX-License-Identifier: GPL-2.0
/*
 * The compiler calls these before every access of the checked files
 * (-fsanitize=kernel-address, with calls): the heap's shadow judges each.
 */
#include <stddef.h>

#include "../explore/arena.h"
#include "threads.h"

#define ACCESS(n)							\
void __asan_load##n##_noabort(void *p);					\
void __asan_load##n##_noabort(void *p) { shim_check(p, n, "load"); }	\
void __asan_store##n##_noabort(void *p);				\
void __asan_store##n##_noabort(void *p) { shim_check(p, n, "store"); }

ACCESS(1) ACCESS(2) ACCESS(4) ACCESS(8) ACCESS(16)

void __asan_loadN_noabort(void *p, size_t n);
void __asan_loadN_noabort(void *p, size_t n)
{
	shim_check(p, n, "load");
}

void __asan_storeN_noabort(void *p, size_t n);
void __asan_storeN_noabort(void *p, size_t n)
{
	shim_check(p, n, "store");
}

void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}
