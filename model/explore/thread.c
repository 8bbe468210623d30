// SPDX-License-Identifier: GPL-2.0
/*
 * The switch between coroutines, for the machines people develop on.
 */
#include "thread.h"

#include <stdint.h>
#include <string.h>

#include "arena.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define STACK_FRESH(p, size)	__asan_unpoison_memory_region(p, size)
#else
#define STACK_FRESH(p, size)	((void)0)
#endif

#define STACK_MARK	0x7461627561726d61ULL

#if defined(__x86_64__)

/* Callee-saved registers of the System V ABI, and MXCSR and x87 stay as they are. */
#define SAVED_WORDS	6

__asm__(".text\n"
	".globl thread_switch\n"
	".type thread_switch, @function\n"
	"thread_switch:\n"
	"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov (%rsi), %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"	ret\n"
	".size thread_switch, . - thread_switch\n");

static void *stack_make(uint64_t *top, void (*fn)(void))
{
	*--top = 0;		/* the function's return address: it has none */
	*--top = (uint64_t)fn;
	return top - SAVED_WORDS;
}

#elif defined(__aarch64__)

#define SAVED_WORDS	20

__asm__(".text\n"
	".globl thread_switch\n"
	".type thread_switch, %function\n"
	"thread_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]; stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]; stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]; stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]; stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]; stp d14, d15, [sp, #144]\n"
	"	mov x9, sp; str x9, [x0]; ldr x9, [x1]; mov sp, x9\n"
	"	ldp x19, x20, [sp]; ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]; ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]; ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]; ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]; ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size thread_switch, . - thread_switch\n");

static void *stack_make(uint64_t *top, void (*fn)(void))
{
	top -= SAVED_WORDS;
	top[11] = (uint64_t)fn;
	return top;
}

#else
#error "no coroutine switch for this machine"
#endif

void thread_prepare(struct thread_context *c, unsigned int n, void (*fn)(void))
{
	size_t size;
	char *stack = arena_stack(n, &size);

	/* a schedule that ended early has left its frames' red zones */
	STACK_FRESH(stack, size);
	*(uint64_t *)stack = STACK_MARK;
	memset(stack + size - 256, 0, 256);
	c->sp = stack_make((uint64_t *)(stack + size), fn);
}

int thread_overflowed(unsigned int n)
{
	size_t size;

	return *(uint64_t *)arena_stack(n, &size) != STACK_MARK;
}
