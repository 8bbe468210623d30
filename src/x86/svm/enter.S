/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The innermost part of the world switch. VMRUN saves the host's RSP, RAX and control
 * registers, VMSAVE and VMLOAD what hangs on segments; the rest is here.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/segment.h>

#include "offsets.h"

#define GPR(n)	((n) * 8)

.section .rodata, "a"
.balign 2
verw_selector:
	.word	__KERNEL_DS

.section .noinstr.text, "ax"

/* void svm_enter(u64 *gpr: RDI, u64 vmcb_pa: RSI, u64 host_pa: RDX, u32 guest_spec: ECX, u32 host_spec: R8D) */
SYM_FUNC_START(svm_enter)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%r8		/* the host's SPEC_CTRL */
	push	%rcx		/* the guest's */
	push	%rdx		/* the host's block */
	push	%rdi		/* the guest's registers */

	cmp	%ecx, %r8d
	je	.Lspec_in
	mov	%ecx, %eax
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Lspec_in:
	mov	%rsi, %rax
	mov	GPR(SVM_RCX)(%rdi), %rcx
	mov	GPR(SVM_RDX)(%rdi), %rdx
	mov	GPR(SVM_RBX)(%rdi), %rbx
	mov	GPR(SVM_RBP)(%rdi), %rbp
	mov	GPR(SVM_RSI)(%rdi), %rsi
	mov	GPR(8)(%rdi), %r8
	mov	GPR(9)(%rdi), %r9
	mov	GPR(10)(%rdi), %r10
	mov	GPR(11)(%rdi), %r11
	mov	GPR(12)(%rdi), %r12
	mov	GPR(13)(%rdi), %r13
	mov	GPR(14)(%rdi), %r14
	mov	GPR(15)(%rdi), %r15
	mov	GPR(SVM_RDI)(%rdi), %rdi

	/* nothing of the host is left in buffers that the guest could read; the kernel's selector is for its own KVM */
	ALTERNATIVE "", "verw verw_selector(%rip)", X86_FEATURE_CLEAR_CPU_BUF_VM

	/* the host's IF says whether interrupts end the stay; none comes while GIF is 0 */
	sti
1:	vmload	%rax
2:	vmrun	%rax
3:	vmsave	%rax
4:	cli

	/* RAX and RSP are the host's again */
	pop	%rax
	mov	%rcx, GPR(SVM_RCX)(%rax)
	mov	%rdx, GPR(SVM_RDX)(%rax)
	mov	%rbx, GPR(SVM_RBX)(%rax)
	mov	%rbp, GPR(SVM_RBP)(%rax)
	mov	%rsi, GPR(SVM_RSI)(%rax)
	mov	%rdi, GPR(SVM_RDI)(%rax)
	mov	%r8, GPR(8)(%rax)
	mov	%r9, GPR(9)(%rax)
	mov	%r10, GPR(10)(%rax)
	mov	%r11, GPR(11)(%rax)
	mov	%r12, GPR(12)(%rax)
	mov	%r13, GPR(13)(%rax)
	mov	%r14, GPR(14)(%rax)
	mov	%r15, GPR(15)(%rax)
	pop	%rax
5:	vmload	%rax
6:

	/* before the first return: the guest has trained the predictor of returns */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT
	/* a guest's bits are added to the host's: until here nothing of the host's was missing */
	pop	%rcx
	pop	%rax
	cmp	%ecx, %eax
	je	.Lspec_out
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Lspec_out:
	CALL_UNTRAIN_RET
	/* UNTRAIN_RET_VM would call a function that the kernel keeps for its own KVM */
	ALTERNATIVE "jmp .Lno_barrier", "", X86_FEATURE_IBPB_ON_VMEXIT
	mov	$MSR_IA32_PRED_CMD, %ecx
	mov	$PRED_CMD_IBPB, %eax
	xor	%edx, %edx
	wrmsr
#ifdef X86_BUG_IBPB_NO_RET
	/* where the barrier leaves returns: the kernel that asks for it does not ask for the above */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_BUG_IBPB_NO_RET
#endif
.Lno_barrier:

	/* no value of the guest's is left for speculation to use */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET

	/* AMD-V was switched off under us, by a crash or a reboot: as if the guest had exited */
	_ASM_EXTABLE(1b, 2b)
	_ASM_EXTABLE(2b, 3b)
	_ASM_EXTABLE(3b, 4b)
	_ASM_EXTABLE(5b, 6b)
SYM_FUNC_END(svm_enter)
