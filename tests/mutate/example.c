// SPDX-License-Identifier: GPL-2.0
/* What errors are planted in: each kind finds something. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#define X_READ	1u
#define X_WRITE	4u
#define X_EXEC	16u

struct thing {
	int first, second;
	unsigned int flags;
	bool live;
};

struct ops {
	int (*open)(struct thing *t);
	int (*shut)(struct thing *t);
};

#define barrier()	__asm__ volatile("" : : : "memory")

static int locked, puts_done, stat_opens, told;

static void thing_lock(int *l) { ++*l; }
static void thing_unlock(int *l) { --*l; }
static void trace_told(int n) { stat_opens += n; }
static void thing_tell(int n) { told = 10 * told + n; }
static void thing_put(struct thing *t) { puts_done += t->live; }

static int sub(int a, int b)
{
	return a - b;
}

static int sum_below(struct thing *t, int n)
{
	int i, sum = 0;

	for (i = 0; i < n; i++) {
		if (i == t->second)
			continue;
		sum += i;
	}
	return sum;
}

static int scaled(struct thing *t, int kind)
{
	if (t->live)
		t->second += 2;
	switch (kind) {
	case 1:
		return t->first << 1;
	default:
		return sub(t->first, t->second);
	}
}

static int thing_open(struct thing *t)
{
	if (!t->live)
		return -EINVAL;
	t->flags |= X_READ | X_WRITE;
	t->live = t->first > 0 && t->second > 0;
	return sub(t->first, t->second - 1);
}

static int thing_shut(struct thing *t)
{
	thing_lock(&locked);
	t->first = locked;
	barrier();
	thing_unlock(&locked);
	thing_put(t);
	trace_told(1);
	thing_tell(2);
	thing_tell(3);
	t->live = true;
	return (t->flags & X_EXEC) != 0;
}

static const struct ops ops = {
	.open = thing_open,
	.shut = thing_shut,
};

int main(void)
{
	struct thing t = { 7, 2, X_READ, true };
	int ret = ops.open ? ops.open(&t) : 99;

	printf("%d %d %u %d\n", ret, t.first, t.flags, t.live);
	ret = ops.shut ? ops.shut(&t) : 98;
	printf("%d %d %d %d\n", ret, t.first, locked, puts_done);
	printf("%d\n", sum_below(&t, 5));
	printf("%d %d\n", scaled(&t, 1), scaled(&t, 2));
	printf("%d %d\n", told, stat_opens);
	t.live = false;
	printf("%d\n", thing_open(&t));
	return 0;
}
