/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the VM of this process has counted so far, by name, as debugfs shows it.
 */
#ifndef TESTS_LAB_COUNT_H
#define TESTS_LAB_COUNT_H

#ifndef GUEST
#include <glob.h>

#include "vmm.h"

static inline long count(const char *want)
{
	char pattern[64], name[64];
	long val, found = -1;
	glob_t g;
	FILE *f;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/debug/tabula/%d-*/stats", getpid());
	if (glob(pattern, 0, NULL, &g) || g.gl_pathc != 1)
		die("%s: not there, or not one", pattern);
	f = fopen(g.gl_pathv[0], "r");
	if (!f)
		die("%s: %s", g.gl_pathv[0], strerror(errno));
	while (fscanf(f, "%63s %ld", name, &val) == 2)
		if (!strcmp(name, want))
			found = val;
	fclose(f);
	globfree(&g);
	if (found < 0)
		die("no counter '%s'", want);
	return found;
}

#endif
#endif
