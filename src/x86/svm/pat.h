/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PAT's value (AMD APM vol. 2, 7.8.1).
 */
#ifndef TABULA_SVM_PAT_H
#define TABULA_SVM_PAT_H

#include <linux/types.h>

/**
 * svm_pat_fits() - may PAT have this value?
 * @pat: the value: eight memory types, one a byte
 *
 * Return: true if each is one of 0, 1, 4 to 7.
 */
static inline bool svm_pat_fits(u64 pat)
{
	unsigned int i;

	for (i = 0; i < 8; i++, pat >>= 8)
		if ((pat & 0xff) > 7 || (pat & 0xff) == 2 || (pat & 0xff) == 3)
			return false;
	return true;
}

#endif
