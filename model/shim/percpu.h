/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Variables of each CPU that are named as one.
 */
#ifndef SHIM_PERCPU_H
#define SHIM_PERCPU_H

/**
 * shim_percpu() - another CPU's variable
 * @p: the first CPU's, of section percpu_vars
 * @cpu: whose
 *
 * Return: it.
 */
void *shim_percpu(const volatile void *p, unsigned int cpu);

/**
 * shim_percpu_reset() - all of them are zeroes
 */
void shim_percpu_reset(void);

#endif
