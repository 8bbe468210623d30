// SPDX-License-Identifier: GPL-2.0
/*
 * Which planted errors are awake: the parameter planted, numbers with commas. Which
 * ones the module came by is told by planted_seen; writing to it forgets them.
 */
#include <linux/module.h>

#include "planted.h"
#include "planted_count.h"

unsigned char planted_on[PLANTED_COUNT + 1], planted_seen[PLANTED_COUNT + 1];

static int planted_set(const char *val, const struct kernel_param *kp)
{
	int n, len;

	memset(planted_on, 0, sizeof(planted_on));
	while (sscanf(val, "%d%n", &n, &len) == 1) {
		if (n < 0 || n > PLANTED_COUNT)
			return -EINVAL;
		planted_on[n] = 1;
		val += len;
		if (*val++ != ',')
			break;
	}
	return 0;
}

static const struct kernel_param_ops planted_ops = { .set = planted_set };

module_param_cb(planted, &planted_ops, NULL, 0200);

static int planted_forget(const char *val, const struct kernel_param *kp)
{
	memset(planted_seen, 0, sizeof(planted_seen));
	return 0;
}

static int planted_tell(char *buf, const struct kernel_param *kp)
{
	int i, at = 0;

	for (i = 0; i <= PLANTED_COUNT && at < PAGE_SIZE - 8; i++)
		buf[at++] = planted_seen[i] ? '1' : '0';
	buf[at++] = '\n';
	return at;
}

static const struct kernel_param_ops planted_seen_ops = {
	.set = planted_forget,
	.get = planted_tell,
};

module_param_cb(planted_seen, &planted_seen_ops, NULL, 0600);
