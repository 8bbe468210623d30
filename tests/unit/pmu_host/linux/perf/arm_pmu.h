/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver's PMU, and the CPUs that have it.
 */
#ifndef TEST_LINUX_PERF_ARM_PMU_H
#define TEST_LINUX_PERF_ARM_PMU_H

#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/perf_event.h>

#define PERF_TYPE_RAW	4

struct arm_pmu {
	struct pmu pmu;
	struct cpumask supported_cpus;
};

#define to_arm_pmu(p)	container_of(p, struct arm_pmu, pmu)

#endif
