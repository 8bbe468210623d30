/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Store buffers, for few words.
 */
#ifndef SHIM_BUFFER_H
#define SHIM_BUFFER_H

#include "shim.h"

/**
 * buffer_reset() - none, before each schedule
 */
void buffer_reset(void);

/**
 * buffer_word() - stores to a word may be seen late by others from now on
 * @p: it; only written by WRITE_ONCE() and what is made of it
 */
void buffer_word(const volatile void *p);

/**
 * buffer_drain() - what the thread that runs has stored is seen by all
 */
void buffer_drain(void);

/**
 * buffer_access() - the thread that runs is about to access memory
 * @p: where
 * @load: it is a plain load, which overtakes what waits, unless it is of the same word
 */
void buffer_access(const volatile void *p, bool load);

#endif
