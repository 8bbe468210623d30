/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of an x86 CPU a guest changes, or the way there: as the CPU that runs has it.
 */
#ifndef SHIM_X86_CPU_H
#define SHIM_X86_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_FPU		2	/* components of the FPU's state: bits 0 and 1 of XCR0 */
#define CPU_XCR0	3

/**
 * struct cpu - a CPU
 * @dr: breakpoint addresses
 * @dr7: which of them are on
 * @breakpoints: the host has some
 * @xcr0: components of the FPU's state that are on
 * @fpu: registers of each component
 * @saved: what the kernel has put away of the thread's: it comes back before user mode
 * @is_saved: it has
 * @in_section: kernel_fpu_begin() to kernel_fpu_end()
 * @aux: TSC_AUX
 * @segments: FS, GS, TR, LDTR, and what VMSAVE stores with them
 * @block: what the host has stored of these
 * @gif: the global interrupt flag
 * @rcu_guest: RCU takes it for being in a guest
 */
struct cpu {
	uint64_t dr[4];
	uint64_t dr7;
	bool breakpoints;
	uint64_t xcr0;
	uint64_t fpu[CPU_FPU];
	uint64_t saved[CPU_FPU];
	bool is_saved;
	bool in_section;
	uint64_t aux;
	uint64_t segments;
	uint64_t block;
	bool gif;
	bool rcu_guest;
};

/**
 * cpu_reset() - power on: the host's state, with another value for each register of each CPU
 * @breakpoints: the host has breakpoints
 */
void cpu_reset(bool breakpoints);

/**
 * cpu_here() - the CPU that runs
 *
 * Return: it.
 */
struct cpu *cpu_here(void);

/**
 * cpu_check_host() - is all as it was at cpu_reset()? Else X8 is broken
 * @aux: TSC_AUX, too
 */
void cpu_check_host(bool aux);

/**
 * cpu_user_mode() - the thread goes back to user mode, or another one's turn is: its FPU state comes back
 */
void cpu_user_mode(void);

/* One for each thing that an instruction, or the kernel around it, does. */
uint64_t cpu_get_dr(unsigned int n);
void cpu_set_dr(unsigned int n, uint64_t val);
bool cpu_has_breakpoints(void);
void cpu_wrmsr(uint32_t msr, uint64_t val);
uint64_t cpu_get_xcr0(void);
void cpu_set_xcr0(uint64_t val);
void cpu_fpu_begin(void);
void cpu_fpu_end(void);
void cpu_x87_forget(void);
void cpu_xsave(void *area, uint64_t mask);
void cpu_xrstor(const void *area, uint64_t mask);
void cpu_set_gif(bool on);
void cpu_vmsave(uint64_t pa);
void cpu_rcu_guest(bool in);

#endif
