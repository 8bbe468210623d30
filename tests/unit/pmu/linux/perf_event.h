/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A perf whose events count what the test says.
 */
#ifndef TEST_LINUX_PERF_EVENT_H
#define TEST_LINUX_PERF_EVENT_H

#include <linux/types.h>

#define PERF_EF_UPDATE			2
#define PERF_EF_RELOAD			4
#define PERF_EVENT_STATE_INACTIVE	0
#define PERF_EVENT_STATE_ACTIVE		1

#define local64_read(p)			(*(p))
#define local64_set(p, val)		(*(p) = (val))

struct pt_regs;
struct perf_event;
struct perf_sample_data;

struct perf_event_attr {
	u32 type, size;
	u64 config, config1, sample_period;
	bool pinned, disabled, exclude_user, exclude_kernel, exclude_hv, exclude_host;
};

struct pmu {
	u32 type;
	void (*stop)(struct perf_event *event, int flags);
	void (*start)(struct perf_event *event, int flags);
};

typedef void (*perf_overflow_handler_t)(struct perf_event *event, struct perf_sample_data *data, struct pt_regs *regs);

struct perf_event {
	struct pmu *pmu;
	struct perf_event_attr attr;
	struct {
		int idx;
		u64 sample_period;
		u64 period_left;
		void *target;
	} hw;
	u64 count;
	int state, oncpu;
	perf_overflow_handler_t handler;
	void *overflow_handler_context;
};

struct perf_event *perf_event_create_kernel_counter(struct perf_event_attr *attr, int cpu, void *task,
						    perf_overflow_handler_t handler, void *context);
u64 perf_event_read_value(struct perf_event *event, u64 *enabled, u64 *running);
int perf_event_release_kernel(struct perf_event *event);

#endif
