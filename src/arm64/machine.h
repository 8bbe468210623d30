/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All CPUs of this machine taken together: what guests are promised wherever they run,
 * which workarounds are in force, and which CPU or kernel does not fit. Pure functions of
 * register values, but for the one machine that cpu/hw.c fills in.
 */
#ifndef TABULA_MACHINE_H
#define TABULA_MACHINE_H

#include <linux/types.h>

#include "errata.h"

/* CSSELR_EL1 values: seven levels, data or unified and instruction. */
#define MACHINE_CACHES	14

/* How many features of stage 2 a late CPU must not lack; machine.c lists them. */
#define MACHINE_FEATURES	5

/**
 * struct machine_cpu - what one CPU says of itself
 * @midr: MIDR_EL1
 * @revidr: REVIDR_EL1
 * @aidr: AIDR_EL1
 * @mpidr: MPIDR_EL1
 * @ctr: CTR_EL0
 * @clidr: CLIDR_EL1
 * @isar0: ID_AA64ISAR0_EL1
 * @mmfr0: ID_AA64MMFR0_EL1
 * @mmfr1: ID_AA64MMFR1_EL1
 * @mmfr2: ID_AA64MMFR2_EL1
 * @vtr: ICH_VTR_EL2
 * @sme: it has FEAT_SME, used or not
 * @pmu: it has FEAT_PMUv3
 * @sve_lengths: of its vectors, bit n - 1 for n times 128 bits; 0: none that may be used
 * @ccsidr: CCSIDR_EL1 by CSSELR_EL1; 0 where CLIDR_EL1 has no such cache
 */
struct machine_cpu {
	u32 midr;
	u64 revidr;
	u64 aidr;
	u64 mpidr;
	u64 ctr;
	u64 clidr;
	u64 isar0;
	u64 mmfr0;
	u64 mmfr1;
	u64 mmfr2;
	u32 vtr;
	bool sme;
	bool pmu;
	u16 sve_lengths;
	u64 ccsidr[MACHINE_CACHES];
};

/**
 * struct machine - all CPUs that were looked at
 * @cpus: how many
 * @first: the first of them
 * @errata: ERRATA_* that some CPU needs
 * @ctr: CTR_EL0 that is true of every one
 * @least: of each feature that stage 2 uses, the least that some CPU has
 * @sve_all: lengths of vectors that every one has
 * @sve_some: that some has
 * @trap_caches: guests must not read cache registers from hardware
 * @mixed_models: MIDR_EL1 differs
 * @smt: some CPU is another's second thread
 * @refused: why guests cannot run on some CPU, or NULL
 */
struct machine {
	unsigned int cpus;
	struct machine_cpu first;
	u32 errata;
	u64 ctr;
	u8 least[MACHINE_FEATURES];
	u16 sve_all;
	u16 sve_some;
	bool trap_caches;
	bool mixed_models;
	bool smt;
	const char *refused;
};

extern struct machine machine;

/**
 * struct machine_host - what the kernel is
 * @pfr0: ID_AA64PFR0_EL1 of all CPUs
 * @ctr: CTR_EL0 of this CPU
 * @hyp: it runs at EL2 with VHE
 * @pages_4k: its pages are 4 KiB
 * @pmr_masking: it masks interrupts by priority (pseudo-NMIs)
 * @rt: PREEMPT_RT
 */
struct machine_host {
	u64 pfr0;
	u64 ctr;
	bool hyp;
	bool pages_4k;
	bool pmr_masking;
	bool rt;
};

/**
 * machine_refuses_host() - can this module run on this kernel?
 * @host: the kernel
 *
 * Return: why not, for the log, or NULL.
 */
const char *machine_refuses_host(const struct machine_host *host);

/**
 * machine_add() - take one more CPU into account, before any guest runs
 * @m: all before it; zeroes for the first
 * @cpu: the CPU
 */
void machine_add(struct machine *m, const struct machine_cpu *cpu);

/**
 * machine_refuses_cpu() - may a CPU come online now that guests may run?
 * @m: the machine that guests were promised
 * @cpu: the CPU
 *
 * Return: what it lacks or needs, for the log, or NULL.
 */
const char *machine_refuses_cpu(const struct machine *m, const struct machine_cpu *cpu);

/**
 * machine_needs() - is a workaround in force?
 * @m: the machine
 * @erratum: one of ERRATA_*
 *
 * Return: true when some CPU needs it.
 */
bool machine_needs(const struct machine *m, u32 erratum);

/**
 * machine_sve_lengths() - lengths of vectors that guests may have
 * @m: the machine
 *
 * A guest's vectors are cut at one length, and all that the CPU has below stay: so none is as
 * long as one that only some CPUs have.
 *
 * Return: bit n - 1 for n times 128 bits.
 */
u16 machine_sve_lengths(const struct machine *m);

/**
 * machine_guest_ctr() - CTR_EL0 for guests
 * @m: the machine
 *
 * Return: what holds on each CPU, without DIC where that promises too much.
 */
u64 machine_guest_ctr(const struct machine *m);

/**
 * machine_guest_ccsidr() - CCSIDR_EL1 for guests, who are told that there is no FEAT_CCIDX
 * @m: the machine
 * @csselr: CSSELR_EL1; any value
 *
 * Return: of the first CPU's cache, in the 32-bit format; 0 where there is none.
 */
u32 machine_guest_ccsidr(const struct machine *m, u64 csselr);

#endif
