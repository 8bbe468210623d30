/* SPDX-License-Identifier: GPL-2.0 */
/* Errors that make mutate has planted: asleep until chosen by their numbers. */
#ifndef PLANTED_H
#define PLANTED_H

#ifdef MODULE
extern unsigned char planted_on[], planted_seen[];
#define PLANTED(n)	(planted_seen[n] = 1, planted_on[n])
#else
int planted(int n);
#define PLANTED(n)	planted(n)
#endif

#endif
