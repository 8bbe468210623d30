// SPDX-License-Identifier: GPL-2.0
/*
 * What all CPUs together can promise.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/types.h>

#include "machine.h"

struct machine machine;

/* CTR_EL0, Arm ARM D19.2.33. */
#define CTR_IMINLINE		GENMASK_ULL(3, 0)
#define CTR_L1IP		GENMASK_ULL(15, 14)
#define CTR_DMINLINE		GENMASK_ULL(19, 16)
#define CTR_ERG			GENMASK_ULL(23, 20)
#define CTR_CWG			GENMASK_ULL(27, 24)
#define CTR_IDC			BIT_ULL(28)
#define CTR_DIC			BIT_ULL(29)
#define CTR_TMINLINE		GENMASK_ULL(37, 32)
#define CTR_RES1		BIT_ULL(31)
#define L1IP_VIPT		2U

#define PFR0_GIC(pfr0)		((pfr0) >> 24 & 0xf)
#define MMFR2_CCIDX(mmfr2)	((mmfr2) >> 20 & 0xf)
#define MPIDR_AFF0(mpidr)	((mpidr) & 0xff)

const char *machine_refuses_host(const struct machine_host *host)
{
	if (!host->hyp)
		return "the kernel does not run at EL2 with VHE";
	if (!host->pages_4k)
		return "the kernel's pages are not 4 KiB";
	if (host->rt)
		return "the kernel is PREEMPT_RT: its spinlocks sleep, and guests are entered under some";
	if (!PFR0_GIC(host->pfr0))
		return "no GICv3 or later";
	/* VMID- or ASID-tagged: reserved values by now */
	if ((host->ctr & CTR_L1IP) >> 14 < L1IP_VIPT)
		return "instruction caches tagged by VMID or ASID are not supported";
	if (host->pmr_masking)
		return "pseudo-NMIs are on (boot without irqchip.gicv3_pseudo_nmi)";
	return NULL;
}

static u64 ctr_min(u64 a, u64 b, u64 mask)
{
	return min(a & mask, b & mask);
}

/* A granule of 0 tells nothing, so the architecture's largest is assumed. */
static u64 ctr_granule(u64 a, u64 b, u64 mask)
{
	return (a & mask) && (b & mask) ? max(a & mask, b & mask) : 0;
}

static u64 machine_common_ctr(u64 a, u64 b)
{
	u64 ctr = (a & b & (CTR_IDC | CTR_DIC)) | CTR_RES1;

	ctr |= ctr_min(a, b, CTR_IMINLINE) | ctr_min(a, b, CTR_DMINLINE) |
	       ctr_min(a, b, CTR_TMINLINE) | ctr_min(a, b, CTR_L1IP);
	return ctr | ctr_granule(a, b, CTR_ERG) | ctr_granule(a, b, CTR_CWG);
}

bool machine_needs(const struct machine *m, u32 erratum)
{
	/* ThunderX2 219 takes two threads of one core */
	if (erratum == ERRATA_TRAP_STAGE1 && !m->smt)
		return false;
	return m->errata & erratum;
}

u64 machine_guest_ctr(const struct machine *m)
{
	return machine_needs(m, ERRATA_STALE_FETCH) ? m->ctr & ~CTR_DIC : m->ctr;
}

/* CCSIDR_EL1 with FEAT_CCIDX: Associativity 23:3, NumSets 55:32; without: 12:3 and 27:13. */
static u32 machine_narrow_ccsidr(u64 wide)
{
	u64 ways = min_t(u64, wide >> 3 & GENMASK_ULL(20, 0), GENMASK_ULL(9, 0));
	u64 sets = min_t(u64, wide >> 32 & GENMASK_ULL(23, 0), GENMASK_ULL(14, 0));

	return (wide & 7) | ways << 3 | sets << 13;
}

u32 machine_guest_ccsidr(const struct machine *m, u64 csselr)
{
	u64 ccsidr;

	if (csselr >= MACHINE_CACHES)
		return 0;
	ccsidr = m->first.ccsidr[array_index_nospec(csselr, MACHINE_CACHES)];
	return MMFR2_CCIDX(m->first.mmfr2) ? machine_narrow_ccsidr(ccsidr) : ccsidr;
}

static bool machine_same_caches(const struct machine_cpu *a, const struct machine_cpu *b)
{
	return a->ctr == b->ctr && a->clidr == b->clidr &&
	       !memcmp(a->ccsidr, b->ccsidr, sizeof(a->ccsidr));
}

/* The world switch touches their registers without asking the CPU. */
static bool machine_same_registers(const struct machine_cpu *a, const struct machine_cpu *b)
{
	return a->sme == b->sme && a->pmu == b->pmu;
}

/* What stage 2 uses of one CPU. More is better, up to @enough. */
static const struct {
	size_t reg;
	u8 shift;
	u8 enough;
	const char *lacks;
} machine_features[MACHINE_FEATURES] = {
	{ offsetof(struct machine_cpu, mmfr0), 0, 5, "its physical addresses are smaller" }, /* PARange */
	{ offsetof(struct machine_cpu, mmfr1), 0, 1, "it sets no access flag" },	/* HAFDBS */
	{ offsetof(struct machine_cpu, mmfr1), 4, 2, "its VMIDs are smaller" },		/* VMIDBits */
	{ offsetof(struct machine_cpu, mmfr2), 40, 1, "it has no FEAT_S2FWB" },
	{ offsetof(struct machine_cpu, isar0), 56, 2, "it has no FEAT_TLBIRANGE" },
};

static u8 machine_feature(const struct machine_cpu *cpu, unsigned int i)
{
	const u64 *reg = (const void *)cpu + machine_features[i].reg;

	return min_t(u64, *reg >> machine_features[i].shift & 0xf, machine_features[i].enough);
}

u16 machine_sve_lengths(const struct machine *m)
{
	u16 differ = m->sve_some & ~m->sve_all;

	return differ ? m->sve_all & (BIT(__ffs(differ)) - 1) : m->sve_all;
}

void machine_add(struct machine *m, const struct machine_cpu *cpu)
{
	struct errata_cpu errata = errata_of(cpu->midr);
	bool is_first = !m->cpus++;
	unsigned int i;

	if (is_first) {
		m->first = *cpu;
		m->ctr = cpu->ctr;
	}
	for (i = 0; i < MACHINE_FEATURES; i++)
		m->least[i] = min_t(u8, is_first ? U8_MAX : m->least[i], machine_feature(cpu, i));
	m->sve_all = is_first ? cpu->sve_lengths : m->sve_all & cpu->sve_lengths;
	m->sve_some |= cpu->sve_lengths;
	m->ctr = machine_common_ctr(m->ctr, cpu->ctr);
	m->errata |= errata.flags;
	m->smt |= MPIDR_AFF0(cpu->mpidr) != 0;
	m->mixed_models |= cpu->midr != m->first.midr;
	m->trap_caches |= !machine_same_caches(&m->first, cpu) || MMFR2_CCIDX(cpu->mmfr2);
	m->trap_caches |= machine_guest_ctr(m) != m->first.ctr;
	if (errata.refused)
		m->refused = errata.refused;
	if (cpu->vtr != m->first.vtr)
		m->refused = "the CPUs' GIC interfaces differ";
	if (!machine_same_registers(&m->first, cpu))
		m->refused = "some CPUs have SME or a PMU, and some have not";
}

const char *machine_refuses_cpu(const struct machine *m, const struct machine_cpu *cpu)
{
	struct errata_cpu errata = errata_of(cpu->midr);
	struct machine with = *m;
	unsigned int i;

	if (errata.refused)
		return errata.refused;
	if (cpu->vtr != m->first.vtr)
		return "its GIC interface differs";
	if (!machine_same_registers(&m->first, cpu))
		return "it has SME or a PMU where the others have none, or not where they have";
	machine_add(&with, cpu);
	for (i = 0; i < 8; i++)
		if (BIT(i) & ERRATA_WORKAROUNDS && machine_needs(&with, BIT(i)) &&
		    !machine_needs(m, BIT(i)))
			return "it needs a workaround that is not in force";
	if (machine_guest_ctr(&with) != machine_guest_ctr(m))
		return "its caches need more maintenance (CTR_EL0)";
	if (with.trap_caches && !m->trap_caches)
		return "its caches differ, and guests read these registers from hardware";
	if (machine_sve_lengths(&with) != machine_sve_lengths(m))
		return "its vectors have other lengths";
	for (i = 0; i < ARRAY_SIZE(machine_features); i++)
		if (with.least[i] < m->least[i])
			return machine_features[i].lacks;
	return NULL;
}
