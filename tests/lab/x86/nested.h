/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hypervisor as small as can be, for guests that test nested virtualisation: control blocks by offset (AMD APM
 * vol. 2, appendix B), nested tables one to one, and one stay in its guest.
 */
#ifndef TESTS_LAB_X86_NESTED_H
#define TESTS_LAB_X86_NESTED_H

#define VMCB(v, off, type)	(*(volatile type *)((char *)(v) + (off)))
#define SAVE		0x400

#define V_INTERCEPT(n)	(4 * (n))	/* word n */
#define V_IOPM		0x40
#define V_MSRPM		0x48
#define V_TSC_OFFSET	0x50
#define V_ASID		0x58
#define V_TLB		0x5c
#define V_INT_CTL	0x60
#define V_INT_VECTOR	0x64
#define V_INT_STATE	0x68
#define V_EXIT		0x70
#define V_INFO1		0x78
#define V_INFO2		0x80
#define V_INTINFO	0x88
#define V_INTINFO_ERR	0x8c
#define V_NP		0x90
#define V_EVENTINJ	0xa8
#define V_EVENTINJ_ERR	0xac
#define V_NCR3		0xb0
#define S_ES		(SAVE + 0x00)
#define S_CS		(SAVE + 0x10)
#define S_SS		(SAVE + 0x20)
#define S_DS		(SAVE + 0x30)
#define S_FS		(SAVE + 0x40)
#define S_GDTR		(SAVE + 0x60)
#define S_IDTR		(SAVE + 0x80)
#define S_TR		(SAVE + 0x90)
#define S_CPL		(SAVE + 0xcb)
#define S_EFER		(SAVE + 0xd0)
#define S_CR4		(SAVE + 0x148)
#define S_CR3		(SAVE + 0x150)
#define S_CR0		(SAVE + 0x158)
#define S_DR7		(SAVE + 0x160)
#define S_DR6		(SAVE + 0x168)
#define S_RFLAGS	(SAVE + 0x170)
#define S_RIP		(SAVE + 0x178)
#define S_RSP		(SAVE + 0x1d8)
#define S_RAX		(SAVE + 0x1f8)
#define S_KERNEL_GS	(SAVE + 0x220)
#define S_CR2		(SAVE + 0x240)
#define S_PAT		(SAVE + 0x268)

/* Exit codes. Those below 0xc0 are numbers of their intercepts, too. */
#define EXIT_EXCEPTION	0x40
#define EXIT_INTR	0x60
#define EXIT_NMI	0x61
#define EXIT_VINTR	0x64
#define EXIT_CPUID	0x72
#define EXIT_IRET	0x74
#define EXIT_HLT	0x78
#define EXIT_IOIO	0x7b
#define EXIT_MSR	0x7c
#define EXIT_SHUTDOWN	0x7f
#define EXIT_VMRUN	0x80
#define EXIT_VMMCALL	0x81
#define EXIT_NPF	0x400
#define EXIT_INVALID	0xffffffffU	/* its low half */

#define NPF_P		1ULL
#define NPF_W		2ULL
#define NPF_US		4ULL
#define NPF_FINAL	(1ULL << 32)
#define NPF_TABLE	(1ULL << 33)

#define MSR_EFER	0xc0000080
#define MSR_KERNEL_GS	0xc0000102
#define MSR_VM_CR	0xc0010114
#define MSR_HSAVE	0xc0010117
#define EFER_SVME	(1UL << 12)

#ifdef GUEST

#define PAGE		__attribute__((aligned(4096)))

extern unsigned char l1_vmcb[4096], l1_hsave[4096], l1_iopm[3 * 4096], l1_msrpm[2 * 4096];
/* 4 KiB entries for the first 4 MiB, 2 MiB ones above: of L2 addresses */
extern uint64_t l1_pml4[512], l1_pdpt[512], l1_pd[512], l1_pt[2 * 512];

/* RCX, RDX, RBX, RBP, RSI, RDI, R8, R9, R12 of L2, kept over exits: VMRUN leaves them alone. */
extern uint64_t l2_gpr[15];

/* EFER.SVME and VM_HSAVE_PA; VMCB as this CPU stands, intercepting VMRUN and VMMCALL; maps let all through. */
void l1_prepare(bool paging);
/* L2 will enter that with RDI; on its own stack. */
void l1_guest(void (*code)(uint64_t), uint64_t arg);
/* One stay: the exit code, 32 bits. */
uint32_t l1_run(void);
/* The same with a control block elsewhere. */
uint32_t l1_run_at(void *vmcb);
void l1_intercept(uint32_t code, bool on);
uint64_t *l1_pte(uint64_t addr);

#define v_u8(off)	VMCB(l1_vmcb, off, uint8_t)
#define v_u16(off)	VMCB(l1_vmcb, off, uint16_t)
#define v_u32(off)	VMCB(l1_vmcb, off, uint32_t)
#define v_u64(off)	VMCB(l1_vmcb, off, uint64_t)

static inline void vmmcall(void)
{
	asm volatile("vmmcall" : : : "memory");
}

#endif
#endif
