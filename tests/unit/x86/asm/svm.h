/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control block of AMD-V as AMD APM vol. 2, appendix B, lays it out, by the names that the kernel has for its
 * fields; and the bits of those that tests come by.
 */
#ifndef FAKE_ASM_SVM_H
#define FAKE_ASM_SVM_H

#include_next <asm/svm.h>
#include <linux/bits.h>
#include <linux/types.h>

/* Words of intercepts, and bits, from the first word's. */
enum { INTERCEPT_CR, INTERCEPT_DR, INTERCEPT_EXCEPTION };

enum {
	INTERCEPT_CR4_WRITE = 20,
	INTERCEPT_CR8_WRITE = 24,
	INTERCEPT_INTR = 96, INTERCEPT_NMI, INTERCEPT_SMI, INTERCEPT_INIT, INTERCEPT_VINTR, INTERCEPT_SELECTIVE_CR0,
	INTERCEPT_RDPMC = 96 + 15,
	INTERCEPT_CPUID = 96 + 18, INTERCEPT_RSM, INTERCEPT_IRET,
	INTERCEPT_INVD = 96 + 22,
	INTERCEPT_HLT = 96 + 24,
	INTERCEPT_INVLPGA = 96 + 26, INTERCEPT_IOIO_PROT, INTERCEPT_MSR_PROT, INTERCEPT_TASK_SWITCH, INTERCEPT_FERR_FREEZE,
	INTERCEPT_SHUTDOWN,
	INTERCEPT_VMRUN = 128, INTERCEPT_VMMCALL, INTERCEPT_VMLOAD, INTERCEPT_VMSAVE, INTERCEPT_STGI, INTERCEPT_CLGI,
	INTERCEPT_SKINIT,
	INTERCEPT_WBINVD = 128 + 9, INTERCEPT_MONITOR, INTERCEPT_MWAIT,
	INTERCEPT_XSETBV = 128 + 13, INTERCEPT_RDPRU,
	INTERCEPT_INVLPGB = 160, INTERCEPT_INVLPGB_ILLEGAL,
	INTERCEPT_MCOMMIT = 160 + 3, INTERCEPT_TLBSYNC,
};

struct vmcb_seg {
	u16 selector;
	u16 attrib;
	u32 limit;
	u64 base;
};

struct vmcb_control_area {
	u32 intercepts[6];
	u32 reserved_1[15 - 6];
	u16 pause_filter_thresh;
	u16 pause_filter_count;
	u64 iopm_base_pa;
	u64 msrpm_base_pa;
	u64 tsc_offset;
	u32 asid;
	u8 tlb_ctl;
	u8 reserved_2[3];
	u32 int_ctl;
	u32 int_vector;
	u32 int_state;
	u8 reserved_3[4];
	u32 exit_code;
	u32 exit_code_hi;
	u64 exit_info_1;
	u64 exit_info_2;
	u32 exit_int_info;
	u32 exit_int_info_err;
	u64 nested_ctl;
	u8 reserved_4[16];
	u32 event_inj;
	u32 event_inj_err;
	u64 nested_cr3;
	u64 virt_ext;
	u32 clean;
	u32 reserved_5;
	u64 next_rip;
	u8 reserved_6[0x400 - 0xd0];
};

struct vmcb_save_area {
	struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 reserved_1[0xcb - 0xa0];
	u8 cpl;
	u8 reserved_2[4];
	u64 efer;
	u8 reserved_3[0x148 - 0xd8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 reserved_4[0x1d8 - 0x180];
	u64 rsp;
	u8 reserved_5[24];
	u64 rax, star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	u8 reserved_6[32];
	u64 g_pat;
	u8 reserved_7[0x2e0 - 0x270];
	u64 spec_ctrl;
	u8 reserved_8[0x400 - 0x2e8 + 0x800];
};

struct vmcb {
	struct vmcb_control_area control;
	struct vmcb_save_area save;
};

_Static_assert(sizeof(struct vmcb_control_area) == 0x400 && sizeof(struct vmcb) == 4096, "a page");
_Static_assert(offsetof(struct vmcb_control_area, next_rip) == 0xc8, "of the control area");
_Static_assert(offsetof(struct vmcb_save_area, spec_ctrl) == 0x2e0, "of the save area");
_Static_assert(offsetof(struct vmcb_save_area, g_pat) == 0x268 && offsetof(struct vmcb_save_area, cr2) == 0x240, "of the save area");

#define SVM_CPUID_FUNC			0x8000000a

/* EXITINFO1 of port I/O (15.10.2). */
#define SVM_IOIO_TYPE_MASK		BIT(0)
#define SVM_IOIO_STR_MASK		BIT(2)
#define SVM_IOIO_REP_MASK		BIT(3)
#define SVM_IOIO_SIZE_SHIFT		4
#define SVM_IOIO_SIZE_MASK		(7U << 4)
#define SVM_IOIO_ASIZE_SHIFT		7
#define SVM_IOIO_ASIZE_MASK		(7U << 7)

#define TLB_CONTROL_DO_NOTHING		0
#define TLB_CONTROL_FLUSH_ALL_ASID	1
#define TLB_CONTROL_FLUSH_ASID		3

#define V_TPR_MASK			0x0fU
#define V_IRQ_MASK			BIT(8)
#define V_INTR_PRIO_MASK		(0x0fU << 16)
#define V_INTR_PRIO_SHIFT		16
#define V_IGN_TPR_MASK			BIT(20)
#define V_IRQ_INJECTION_BITS_MASK	(V_IRQ_MASK | V_INTR_PRIO_MASK | V_IGN_TPR_MASK)
#define V_INTR_MASKING_MASK		BIT(24)
#define SVM_INTERRUPT_SHADOW_MASK	BIT_ULL(0)
#define SVM_NESTED_CTL_NP_ENABLE	BIT(0)

#define SVM_EVTINJ_VEC_MASK		0xffU
#define SVM_EVTINJ_TYPE_MASK		(7U << 8)
#define SVM_EVTINJ_TYPE_INTR		(0U << 8)
#define SVM_EVTINJ_TYPE_NMI		(2U << 8)
#define SVM_EVTINJ_TYPE_EXEPT		(3U << 8)
#define SVM_EVTINJ_TYPE_SOFT		(4U << 8)
#define SVM_EVTINJ_VALID_ERR		BIT(11)
#define SVM_EVTINJ_VALID		BIT(31)
#define SVM_EXITINTINFO_VEC_MASK	SVM_EVTINJ_VEC_MASK
#define SVM_EXITINTINFO_TYPE_MASK	SVM_EVTINJ_TYPE_MASK
#define SVM_EXITINTINFO_VALID_ERR	SVM_EVTINJ_VALID_ERR
#define SVM_EXITINTINFO_VALID		SVM_EVTINJ_VALID

#endif
