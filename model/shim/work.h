/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who does what is put into workqueues.
 */
#ifndef SHIM_WORK_H
#define SHIM_WORK_H

/**
 * work_reset() - nothing waits
 */
void work_reset(void);

/**
 * work_serve() - do what is put into workqueues, for explore_spawn()
 * @unused: nothing
 *
 * There is one queue for all. Comes back after work_end(), once nothing waits.
 */
void work_serve(void *unused);

/**
 * work_end() - who serves workqueues may end
 */
void work_end(void);

#endif
