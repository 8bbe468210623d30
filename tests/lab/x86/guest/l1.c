// SPDX-License-Identifier: GPL-2.0
/*
 * A hypervisor as small as can be; see nested.h. Part of every guest.
 */
#include "guest.h"
#include "../nested.h"

PAGE unsigned char l1_vmcb[4096], l1_hsave[4096], l1_iopm[3 * 4096], l1_msrpm[2 * 4096], l2_stack[2 * 4096];
PAGE uint64_t l1_pml4[512], l1_pdpt[512], l1_pd[512], l1_pt[2 * 512];

uint64_t l2_gpr[15];

static void save_table(unsigned int off, const void *desc)
{
	v_u32(off + 4) = *(const uint16_t *)desc;
	v_u64(off + 8) = *(const uint64_t *)((const char *)desc + 2);
}

static void save_segment(unsigned int off, uint16_t selector, uint16_t attrib)
{
	v_u16(off) = selector;
	v_u16(off + 2) = attrib;
	v_u32(off + 4) = 0xffffffff;
	v_u64(off + 8) = 0;
}

static void save_registers(void)
{
	unsigned char desc[10];
	uint64_t efer;

	save_segment(S_CS, SEL_CODE64, 0xa9b);
	save_segment(S_SS, SEL_DATA, 0xc93);
	save_segment(S_DS, SEL_DATA, 0xc93);
	save_segment(S_ES, SEL_DATA, 0xc93);
	asm volatile("sgdt %0" : "=m" (desc));
	save_table(S_GDTR, desc);
	asm volatile("sidt %0" : "=m" (desc));
	save_table(S_IDTR, desc);
	guest_rdmsr(MSR_EFER, &efer);
	v_u64(S_EFER) = efer;
	v_u64(S_CR0) = read_reg(cr0);
	v_u64(S_CR3) = read_reg(cr3);
	v_u64(S_CR4) = read_reg(cr4);
	v_u64(S_DR6) = 0xffff0ff0;
	v_u64(S_DR7) = 0x400;
	v_u64(S_RFLAGS) = 2;
	v_u64(S_PAT) = 0x0007040600070406;
}

uint64_t *l1_pte(uint64_t addr)
{
	return &l1_pt[addr >> 12];
}

static void nested_tables(void)
{
	uint64_t i;

	l1_pml4[0] = (uintptr_t)l1_pdpt | 7;
	l1_pdpt[0] = (uintptr_t)l1_pd | 7;
	for (i = 0; i < 2 * 512; i++)
		l1_pt[i] = i << 12 | 7;
	l1_pd[0] = (uintptr_t)l1_pt | 7;
	l1_pd[1] = (uintptr_t)(l1_pt + 512) | 7;
	for (i = 2; i < 512; i++)
		l1_pd[i] = i << 21 | 0x87;
}

void l1_intercept(uint32_t code, bool on)
{
	v_u32(V_INTERCEPT(code / 32)) &= ~(1U << code % 32);
	if (on)
		v_u32(V_INTERCEPT(code / 32)) |= 1U << code % 32;
}

static void clear(void *p, unsigned int n)
{
	unsigned char *c = p;

	while (n--)
		*c++ = 0;
}

void l1_prepare(bool paging)
{
	uint64_t efer;

	guest_rdmsr(MSR_EFER, &efer);
	guest_check(guest_wrmsr(MSR_EFER, efer | EFER_SVME));
	guest_check(guest_wrmsr(MSR_HSAVE, (uintptr_t)l1_hsave));
	clear(l1_vmcb, sizeof(l1_vmcb));
	clear(l1_iopm, sizeof(l1_iopm));
	clear(l1_msrpm, sizeof(l1_msrpm));
	nested_tables();
	save_registers();
	l1_intercept(EXIT_VMRUN, true);
	l1_intercept(EXIT_VMMCALL, true);
	v_u64(V_IOPM) = (uintptr_t)l1_iopm;
	v_u64(V_MSRPM) = (uintptr_t)l1_msrpm;
	v_u32(V_ASID) = 1;
	v_u8(V_TLB) = 1;
	v_u64(V_NP) = paging;
	v_u64(V_NCR3) = (uintptr_t)l1_pml4;
}

void l1_guest(void (*code)(uint64_t), uint64_t arg)
{
	v_u64(S_RIP) = (uintptr_t)code;
	v_u64(S_RSP) = (uintptr_t)l2_stack + sizeof(l2_stack) - 8;
	v_u64(S_RAX) = arg;
	v_u64(S_RFLAGS) = 2;
}

uint32_t l1_run_at(void *vmcb)
{
	asm volatile("push %%rbp\n\t"
		     "push %%rbx\n\t"
		     "push %%rdi\n\t"
		     "mov 0(%%rdi), %%rcx\n\t"
		     "mov 8(%%rdi), %%rdx\n\t"
		     "mov 16(%%rdi), %%rbx\n\t"
		     "mov 24(%%rdi), %%rbp\n\t"
		     "mov 32(%%rdi), %%rsi\n\t"
		     "mov 48(%%rdi), %%r8\n\t"
		     "mov 56(%%rdi), %%r9\n\t"
		     "mov 64(%%rdi), %%r12\n\t"
		     "mov 40(%%rdi), %%rdi\n\t"
		     "clgi\n\t"
		     "vmrun %%rax\n\t"
		     "stgi\n\t"
		     "xchg %%rdi, (%%rsp)\n\t"
		     "mov %%rcx, 0(%%rdi)\n\t"
		     "mov %%rdx, 8(%%rdi)\n\t"
		     "mov %%rbx, 16(%%rdi)\n\t"
		     "mov %%rbp, 24(%%rdi)\n\t"
		     "mov %%rsi, 32(%%rdi)\n\t"
		     "mov %%r8, 48(%%rdi)\n\t"
		     "mov %%r9, 56(%%rdi)\n\t"
		     "mov %%r12, 64(%%rdi)\n\t"
		     "pop %%rcx\n\t"
		     "mov %%rcx, 40(%%rdi)\n\t"
		     "pop %%rbx\n\t"
		     "pop %%rbp"
		     : : "a" (vmcb), "D" (l2_gpr)
		     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	if (VMCB(vmcb, V_TLB, uint8_t))
		VMCB(vmcb, V_TLB, uint8_t) = 0;
	return VMCB(vmcb, V_EXIT, uint32_t);
}

uint32_t l1_run(void)
{
	return l1_run_at(l1_vmcb);
}
