/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors of one line that the checker in model/ switches on, one at a time, to see
 * whether it finds them. The module has none: the compiler drops them all.
 */
#ifndef TABULA_MUTANT_H
#define TABULA_MUTANT_H

#ifndef MUTANT
#define MUTANT(name)	(!sizeof(#name))
#endif

#endif
