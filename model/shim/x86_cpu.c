// SPDX-License-Identifier: GPL-2.0
/*
 * What of an x86 CPU a guest changes.
 */
#include "x86/cpu.h"

#include <string.h>

#include "../explore/explore.h"
#include "shim.h"

#define CPUS		4
#define DR7_ACTIVE	0xffU
#define DR7_FIXED	0x400U
#define MSR_TSC_AUX	0xc0000103U

static struct cpu cpus[CPUS] __attribute__((section("model_state")));

static struct cpu host_state_of(unsigned int n, bool breakpoints)
{
	uint64_t v = 1000 * (n + 1);

	return (struct cpu){
		.dr = { v + 1, v + 2, v + 3, v + 4 }, .dr7 = breakpoints ? 0x401 : DR7_FIXED,
		.breakpoints = breakpoints, .xcr0 = CPU_XCR0, .fpu = { v + 5, v + 6 }, .aux = n,
		.segments = v + 7, .gif = true,
	};
}

void cpu_reset(bool breakpoints)
{
	unsigned int n;

	for (n = 0; n < CPUS; n++)
		cpus[n] = host_state_of(n, breakpoints);
}

struct cpu *cpu_here(void)
{
	return &cpus[explore_current()->pe];
}

static void check(bool same, const char *what)
{
	if (!same)
		explore_violation("X8", "after an exit the host has not its own %s", what);
}

void cpu_check_host(bool aux)
{
	const struct cpu *c = cpu_here();
	struct cpu was = host_state_of(explore_current()->pe, c->breakpoints);
	/* of a thread whose registers the kernel has put away they may hold anything */
	const uint64_t *fpu = c->is_saved ? c->saved : c->fpu;

	if (was.breakpoints)
		check(!memcmp(c->dr, was.dr, sizeof(was.dr)), "breakpoint addresses");
	check(c->dr7 == was.dr7, "DR7");
	check(c->xcr0 == was.xcr0, "XCR0");
	check(!memcmp(fpu, was.fpu, sizeof(was.fpu)), "FPU state");
	check(!c->in_section, "FPU back from the kernel's section");
	check(c->segments == was.segments, "segments");
	check(c->gif, "global interrupt flag");
	check(!c->rcu_guest, "place in RCU");
	check(!aux || c->aux == was.aux, "TSC_AUX");
}

void cpu_user_mode(void)
{
	struct cpu *c = cpu_here();

	if (c->is_saved)
		memcpy(c->fpu, c->saved, sizeof(c->fpu));
	c->is_saved = false;
}

uint64_t cpu_get_dr(unsigned int n)
{
	return n == 7 ? cpu_here()->dr7 : cpu_here()->dr[n];
}

void cpu_set_dr(unsigned int n, uint64_t val)
{
	struct cpu *c = cpu_here();

	if (n == 7)
		c->dr7 = val | DR7_FIXED;
	else if (c->dr7 & DR7_ACTIVE)
		explore_violation("X8", "a breakpoint's address changes while it is on in the host");
	else
		c->dr[n] = val;
}

bool cpu_has_breakpoints(void)
{
	return cpu_here()->breakpoints;
}

void cpu_wrmsr(uint32_t msr, uint64_t val)
{
	if (msr == MSR_TSC_AUX)
		cpu_here()->aux = val;
	else
		explore_unfinished("an MSR that this CPU has not");
}

uint64_t cpu_get_xcr0(void)
{
	return cpu_here()->xcr0;
}

void cpu_set_xcr0(uint64_t val)
{
	cpu_here()->xcr0 = val;
}

void cpu_fpu_begin(void)
{
	struct cpu *c = cpu_here();

	shim_atomic_enter();
	if (!c->is_saved)
		memcpy(c->saved, c->fpu, sizeof(c->saved));
	c->is_saved = true;
	c->in_section = true;
}

void cpu_fpu_end(void)
{
	cpu_here()->in_section = false;
	shim_atomic_leave();
}

/* This CPU loads it whole. */
void cpu_x87_forget(void)
{
}

void cpu_xsave(void *area, uint64_t mask)
{
	uint64_t *to = area;
	unsigned int i;

	for (i = 0; i < CPU_FPU; i++)
		if (mask & cpu_here()->xcr0 & 1U << i)
			to[i] = cpu_here()->fpu[i];
}

void cpu_xrstor(const void *area, uint64_t mask)
{
	const uint64_t *from = area;
	unsigned int i;

	for (i = 0; i < CPU_FPU; i++)
		if (mask & cpu_here()->xcr0 & 1U << i)
			cpu_here()->fpu[i] = from[i];
}

void cpu_set_gif(bool on)
{
	cpu_here()->gif = on;
}

/* There is one block of the host's on each CPU, at its number and one. */
void cpu_vmsave(uint64_t pa)
{
	if (pa != explore_current()->pe + 1)
		explore_violation("X8", "VMSAVE to another CPU's block");
	cpu_here()->block = cpu_here()->segments;
}

void cpu_rcu_guest(bool in)
{
	cpu_here()->rcu_guest = in;
}
