/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages and addresses: physical is virtual until a machine says otherwise.
 */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/pfn.h>
#include <linux/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define offset_in_page(x)	((unsigned long)(x) & ~PAGE_MASK)
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)

/* Tags are in the top byte; user addresses have bit 55 clear. */
#define untagged_addr(x)	((__typeof__(x))((x) & ~(0xffUL << 56)))

#ifndef SHIM_PHYS_MAP
#define virt_to_phys(p)		((phys_addr_t)(unsigned long)(p))
#define phys_to_virt(pa)	((void *)(unsigned long)(pa))
#endif
/* Pages are known by where they are. */
#ifndef virt_to_page
#define virt_to_page(p)		((struct page *)((unsigned long)(p) & PAGE_MASK))
#endif

struct file;
struct page;
struct vm_fault;

void get_page(struct page *page);	/* for a test to define */

typedef unsigned int vm_fault_t;
#define VM_FAULT_SIGBUS		2U
#define VM_EXEC			4UL
#define VM_SHARED		8UL

struct vm_operations_struct {
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_pgoff, vm_flags;
	struct file *vm_file;
	const struct vm_operations_struct *vm_ops;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long pgoff;
	struct page *page;
};

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

#define __pa(p)			virt_to_phys(p)
#define __va(pa)		phys_to_virt(pa)

#endif
