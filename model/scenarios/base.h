/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a scenario is: a program for the explorer, what it needs, and what is
 * expected of it under each policy and mutant; and where its guest memory lies.
 */
#ifndef SCENARIOS_BASE_H
#define SCENARIOS_BASE_H

#include <linux/types.h>

#include "../explore/explore.h"
#include "../explore/mutants.h"
#include "../explore/trace.h"
#include "../../src/arm64/mmu/mmu.h"
#include "../machine/machine.h"
#include "../machine/memory.h"
#include "../shim/host_mm.h"

#define VM_IPA_BITS	36	/* a root, and tables of two levels below it */
#define VM_GPA		MEMORY_GUEST	/* where guest memory begins */
#define VM_PAGE		0x1000UL

/* The n-th page of guest memory, and where the VMM has it. */
#define GPA(n)		(VM_GPA + (n) * VM_PAGE)
#define HVA(n)		(HOST_HVA + (n) * VM_PAGE)

#define SCENARIO_MUTANTS	10

/* Expected of a scenario under a policy. */
#define HOLDS	"holds"		/* no violation */
#define SKIP	"-"		/* not run */
				/* else: the rule that must be found broken */

/* For @expect: the first two, and what makes a difference under the others. */
#define EXPECT(none, unmap, ...)						\
	{ [MMU_NONE] = none, [MMU_UNMAP] = unmap, __VA_ARGS__ }

/**
 * struct scenario - an experiment
 * @name: as on the command line; the identifier is scenario_ and this, with underscores
 * @story: one or two sentences
 * @contract: what the guest is taken to do
 * @machine: which
 * @ipa_bits: IPA size of its VMs; 0: %VM_IPA_BITS
 * @setup: see struct explore_program; makes the VM and spawns the threads
 * @finish: after them; the VM is destroyed if there still is one
 * @expect: by policy; NULL: under clean, two-tree and dc as under unmap, under fwb
 *	(on a machine that has it) that all holds
 * @preemptions: forced switches searched by default
 * @random: random schedules by default
 * @mutants: those that must be found with this scenario: CATCHES(), one each
 */
struct scenario {
	const char *name;
	const char *story;
	const char *contract;
	struct machine_config machine;
	unsigned int ipa_bits;
	void (*setup)(void);
	void (*finish)(void);
	const char *expect[MMU_POLICIES];
	unsigned int preemptions;
	unsigned int random;
	int mutants[SCENARIO_MUTANTS];
};

extern const struct scenario * const scenarios[];
extern const char * const scenario_names[];	/* of their identifiers */

/* For @mutants: under the kernel's policy, or another. */
#define CATCHES_UNDER(name, policy)	((MUTANT_##name + 1) | (policy) << 8)
#define CATCHES(name)			CATCHES_UNDER(name, MMU_UNMAP)
#define CLAIM_MUTANT(claim)		(((claim) & 0xff) - 1)
#define CLAIM_POLICY(claim)		((claim) >> 8)

/* The machines. */
#define MACHINE_N1	{ .caches = { .speculate = true, .idc = true }, .vmid_bits = 8 }
#define MACHINE_FGT	{ .caches = { .speculate = true, .idc = true }, .fgt = true, .vmid_bits = 8 }
#define MACHINE_A72	{ .caches = { .speculate = true }, .vmid_bits = 8 }
#define MACHINE_DIC	{ .caches = { .speculate = true, .idc = true, .dic = true }, .vmid_bits = 8 }
#define MACHINE_FWB	{ .caches = { .speculate = true, .idc = true }, .fwb = true, .vmid_bits = 8 }
#define MACHINE_FWB_DIC	{ .caches = { .speculate = true, .idc = true, .dic = true }, .fwb = true, .vmid_bits = 8 }

#define ABIDING	"abiding: it maintains caches as on bare metal"
#define SLOPPY	"sloppy: it does no maintenance of its own"

/* Back to the start, before each schedule: VMs of vm.h, and of amd.h. */
void vm_reset(void);
void amd_vm_reset(void);

/**
 * scenario_policy() - the policy VMs are to have
 *
 * Return: it.
 */
enum mmu_policy scenario_policy(void);

/**
 * scenario_ipa_bits() - the IPA size VMs are to have
 *
 * Return: it.
 */
unsigned int scenario_ipa_bits(void);

/**
 * flag_set() - tell other threads that something is done
 * @n: which flag, 0..15
 */
void flag_set(unsigned int n);

/**
 * flag_wait() - wait until it is done
 * @n: which flag
 */
void flag_wait(unsigned int n);

#endif
