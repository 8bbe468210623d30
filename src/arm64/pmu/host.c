// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel tells its own KVM of each PMU's driver; a module asks perf instead. The PMU that
 * takes a raw event on a CPU is that CPU's.
 */
#include <linux/bitfield.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/perf/arm_pmu.h>
#include <linux/perf_event.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "host.h"
#include "rule.h"

/* Kinds of CPUs in one machine */
#define HOST_MAX	8

/* ID_AA64DFR0_EL1.PMUVer of what is no PMUv3 */
#define HOST_IMP_DEF	0xf

static struct pmu_host hosts[HOST_MAX];
static unsigned int nr_hosts;

/* PMMIR_EL1 reads as zero, so there are no slots to count. */
#define HOST_STALL_SLOTS	(BIT_ULL(0x3d - 32) | BIT_ULL(0x3e - 32) | BIT_ULL(0x3f - 32))

static void host_read(void *arg)
{
	struct pmu_host *host = arg;

	host->counters = FIELD_GET(RULE_PMCR_N, read_sysreg(pmcr_el0));
	host->ceid[0] = read_sysreg(pmceid0_el0) | BIT_ULL(RULE_CHAIN);
	host->ceid[1] = read_sysreg(pmceid1_el0) & ~HOST_STALL_SLOTS;
}

static void host_probe(unsigned int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW,
		.size = sizeof(attr),
		.config = RULE_CPU_CYCLES,
		.disabled = 1,
	};
	struct pmu_host *host = &hosts[nr_hosts];
	struct perf_event *event;

	event = perf_event_create_kernel_counter(&attr, cpu, NULL, NULL, NULL);
	if (IS_ERR(event))
		return;
	if (!pmu_host_by_type(event->pmu->type) && nr_hosts < HOST_MAX &&
	    !smp_call_function_single(cpu, host_read, host, true)) {
		host->type = event->pmu->type;
		host->cpus = &to_arm_pmu(event->pmu)->supported_cpus;
		nr_hosts++;
	}
	perf_event_release_kernel(event);
}

void pmu_host_init(void)
{
	unsigned int cpu;

	if (!pmu_host_version())
		return;
	for_each_online_cpu(cpu)
		host_probe(cpu);
}

bool pmu_host_exists(void)
{
	return nr_hosts;
}

unsigned int pmu_host_version(void)
{
	unsigned int ver = SYS_FIELD_GET(ID_AA64DFR0_EL1, PMUVer,
					 read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1));

	return ver == HOST_IMP_DEF ? 0 : min(ver, RULE_VER_V3P5);
}

unsigned int pmu_host_events(void)
{
	return rule_event_mask(pmu_host_version()) + 1;
}

const struct pmu_host *pmu_host_here(void)
{
	unsigned int i;

	for (i = 0; i < nr_hosts; i++)
		if (cpumask_test_cpu(raw_smp_processor_id(), hosts[i].cpus))
			return &hosts[i];
	return NULL;
}

const struct pmu_host *pmu_host_by_type(u32 type)
{
	unsigned int i;

	for (i = 0; i < nr_hosts; i++)
		if (hosts[i].type == type)
			return &hosts[i];
	return NULL;
}
