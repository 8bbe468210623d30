/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record in a guest's memory: something happens before each access, and some fail.
 */
#ifndef TEST_PV_FAKE_H
#define TEST_PV_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/errno.h>
#include "../../src/x86/pv/mem.h"

struct fake_mem {
	struct pv_mem mem;
	unsigned char bytes[64];
	int accesses;
	int fail_at;		/* this access, from 1, does not succeed; 0: all do */
	void (*before)(struct fake_mem *f, int nth);
};

static int fake_access(struct fake_mem *f, u32 off, unsigned int width)
{
	assert_true(off % width == 0 && off + width <= sizeof(f->bytes));
	f->accesses++;
	if (f->before)
		f->before(f, f->accesses);
	return f->accesses == f->fail_at ? -EFAULT : 0;
}

static int fake_load(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	struct fake_mem *f = (struct fake_mem *)m;
	int ret = fake_access(f, off, width);

	if (ret)
		return ret;
	*val = 0;
	memcpy(val, f->bytes + off, width);
	return 0;
}

static int fake_store(struct pv_mem *m, u32 off, unsigned int width, u64 val)
{
	struct fake_mem *f = (struct fake_mem *)m;
	int ret = fake_access(f, off, width);

	assert_true(width == 8 || val >> 8 * width == 0);
	if (!ret)
		memcpy(f->bytes + off, &val, width);
	return ret;
}

static int fake_xchg(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	struct fake_mem *f = (struct fake_mem *)m;
	int ret = fake_access(f, off, width);
	u64 was = 0;

	if (ret)
		return ret;
	memcpy(&was, f->bytes + off, width);
	memcpy(f->bytes + off, val, width);
	*val = was;
	return 0;
}

static inline void fake_mem_init(struct fake_mem *f)
{
	*f = (struct fake_mem){ .mem = { .load = fake_load, .store = fake_store, .exchange = fake_xchg } };
}

static inline u32 fake_u32(const struct fake_mem *f, u32 off)
{
	u32 val;

	memcpy(&val, f->bytes + off, sizeof(val));
	return val;
}

static inline u64 fake_u64(const struct fake_mem *f, u32 off)
{
	u64 val;

	memcpy(&val, f->bytes + off, sizeof(val));
	return val;
}

#endif
