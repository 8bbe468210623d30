/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PMUs of the machine, found at load: one for each kind of CPU.
 */
#ifndef TABULA_PMU_HOST_H
#define TABULA_PMU_HOST_H

#include <linux/types.h>

struct cpumask;

/**
 * struct pmu_host - one of them
 * @type: perf's number, which user space finds in /sys/bus/event_source/devices
 * @cpus: where it is
 * @counters: event counters, PMCR_EL0.N
 * @ceid: PMCEID0_EL0 and PMCEID1_EL0
 */
struct pmu_host {
	u32 type;
	const struct cpumask *cpus;
	u8 counters;
	u64 ceid[2];
};

/**
 * pmu_host_init() - find them
 *
 * On the CPUs that are there now. Without any, guests have none. May sleep.
 */
void pmu_host_init(void);

/**
 * pmu_host_exists() - is there one?
 *
 * Return: whether guests may have performance monitors (KVM_CAP_ARM_PMU_V3).
 */
bool pmu_host_exists(void);

/**
 * pmu_host_version() - the most that a guest sees of PMUv3
 *
 * Return: ID_AA64DFR0_EL1.PMUVer for guests that have it, or 0.
 */
unsigned int pmu_host_version(void);

/**
 * pmu_host_events() - how many numbers of events there are
 *
 * Return: for an event filter, whatever version a VM has.
 */
unsigned int pmu_host_events(void);

/**
 * pmu_host_here() - the PMU of this CPU
 *
 * Return: it, or NULL. The thread may be elsewhere by then.
 */
const struct pmu_host *pmu_host_here(void);

/**
 * pmu_host_by_type() - find one
 * @type: perf's number
 *
 * Return: it, or NULL.
 */
const struct pmu_host *pmu_host_by_type(u32 type);

#endif
