/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Physical memory and the host's linear map of it: both at fixed addresses, so that
 * equal states are equal bytes.
 */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Where the linear map of physical address 0 would be: no sanitizer has its memory there. */
#define MEMORY_KVA	0x300000000000UL

/* The kernel's own memory: heap, page tables, stacks. */
#define MEMORY_KERNEL	0x40000000UL
#define MEMORY_KERNEL_SIZE	(8UL << 20)

/* Pages that user space may get. Content is not bytes: see line.h. */
#define MEMORY_GUEST	0x40000000UL	/* where a guest finds its memory: scenarios count from here */
#define MEMORY_USER	0x80000000UL
#define MEMORY_USER_SIZE	(64UL << 20)

/**
 * memory_kva() - kernel address of a physical one
 * @pa: physical address
 *
 * Return: its address in the linear map.
 */
static inline void *memory_kva(uint64_t pa)
{
	return (void *)(MEMORY_KVA + pa);
}

/**
 * memory_pa() - physical address of a kernel address
 * @kva: address in the linear map
 *
 * Return: the physical address.
 */
static inline uint64_t memory_pa(const void *kva)
{
	return (uint64_t)kva - MEMORY_KVA;
}

/**
 * memory_is_kernel() - is this in the kernel's own memory?
 * @pa: physical address
 *
 * Return: true where a table may lie.
 */
static inline bool memory_is_kernel(uint64_t pa)
{
	return pa >= MEMORY_KERNEL && pa < MEMORY_KERNEL + MEMORY_KERNEL_SIZE;
}

/**
 * memory_map() - make the linear map exist; once per process
 *
 * Exits with a message where the addresses are taken.
 */
void memory_map(void);

#endif
