/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One address of a process, as the kernel's memory manager shows it: its page table, mapping, page and folio. What
 * there is the test says, and what was done it is told.
 */
#ifndef PAGE_FAKE_H
#define PAGE_FAKE_H

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched.h>

struct folio {
	void *mapping;
	bool swapbacked, anon, dirty, accessed;
};

struct page {
	int refs;
	struct folio folio;
};

#define FAKE_PAGES	8
#define FAKE_FIRST_PFN	0x1000ULL

enum fake_level { FAKE_PGD, FAKE_P4D, FAKE_PUD, FAKE_PMD, FAKE_PTE };

/* Of memory types, as arm64 tells them apart. */
enum { PROT_NORMAL, PROT_NC, PROT_DEVICE, PROT_NONCACHED };

struct fake_prot {
	u64 type;
};

#define pgprot_t		struct fake_prot

#define pgprot_val(p)		((p).type)
#define PAGE_KERNEL		((pgprot_t) { PROT_NORMAL })
#define pgprot_device(p)	((void)(p), (pgprot_t) { PROT_DEVICE })
#define pgprot_noncached(p)	((void)(p), (pgprot_t) { PROT_NONCACHED })
#define pgprot_writecombine(p)	((void)(p), (pgprot_t) { PROT_NC })

#define vm_flags_t	unsigned long

#define VM_READ		1UL
#define VM_WRITE	2UL
#define VM_PFNMAP	0x400UL
#define VM_IO		0x4000UL

struct fake_vma {
	struct vm_area_struct vma;
	bool hugetlb;
	unsigned long page_size;
};

/* How a page differs from those before it. */
enum fake_odd { ODD_NOT, ODD_ABSENT, ODD_READONLY, ODD_CLEAN, ODD_OLD, ODD_SPECIAL, ODD_HIDDEN, ODD_TYPE, ODD_KEPT };

struct fake {
	unsigned long hva;		/* the address that is looked at */
	/* the page table: it ends at a level, in a leaf, or in nothing */
	enum fake_level level;
	bool present, table_writable, table_dirty, table_special, table_hidden, table_kept;
	u64 pfn;
	pgprot_t prot;
	bool table_young;
	/* of the pages behind it this one is odd */
	unsigned int odd_at;
	enum fake_odd odd;
	/* get_user_page_fast_only(): a page, or NULL, for writing and for reading */
	struct page *fast_write, *fast_read;
	struct page *then_write;	/* after the slow way */
	/* get_user_pages_unlocked() */
	long slow_ret;
	struct page *slow;
	unsigned int slow_flags, slows;
	/* mappings, by address */
	struct fake_vma vma[4];
	unsigned int nr_vmas;
	bool mmap_locked, mmap_killed;
	unsigned int mmap_locks;
	/* a driver's entry: there from the nth look on */
	unsigned int there_at, looks, ends;
	bool entry_writable;
	u64 entry_pfn;
	pgprot_t entry_prot;
	/* fixup_user_fault() */
	int fault_ret;
	unsigned int faults, fault_flags;
	bool fault_unlocks, signal;
	/* kernel mappings */
	const char *mapped, *unmapped;
	pgprot_t map_prot;
	unsigned long map_flags;
	bool ram;
};

extern struct fake fake;
extern struct page fake_pages[FAKE_PAGES];

/* Tables */

struct fake_entry {
	enum fake_level level;
	unsigned int index;		/* at the lowest level: pages from fake.hva on */
};

#define FAKE_PTES	64

#define pgd_t		struct fake_entry
#define p4d_t		struct fake_entry
#define pud_t		struct fake_entry
#define pmd_t		struct fake_entry
#define pte_t		struct fake_entry

#define PMD_SHIFT	21
#define PUD_SHIFT	30
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define PMD_MASK	(~((1UL << PMD_SHIFT) - 1))
#define PUD_MASK	(~((1UL << PUD_SHIFT) - 1))
#define TASK_SIZE	(1UL << 48)

extern struct fake_entry fake_table[FAKE_PTE + FAKE_PTES];

struct fake_entry *fake_at(enum fake_level level, unsigned long hva);
bool fake_is_leaf(struct fake_entry e);

#define fake_is_odd(e, how)		(fake.odd == (how) && (e).index == fake.odd_at)
#define fake_is_none(e)			((e).level == fake.level && !fake.present)
#define pgd_offset(mm, hva)		((void)(mm), fake_at(FAKE_PGD, hva))
#define p4d_offset_lockless(p, e, hva)	((void)(p), (void)(e), fake_at(FAKE_P4D, hva))
#define pud_offset_lockless(p, e, hva)	((void)(p), (void)(e), fake_at(FAKE_PUD, hva))
#define pmd_offset_lockless(p, e, hva)	((void)(p), (void)(e), fake_at(FAKE_PMD, hva))
#define pte_offset_kernel(p, hva)	((void)(p), fake_at(FAKE_PTE, hva))
#define pgdp_get(p)			(*(p))
#define p4dp_get(p)			(*(p))
#define pudp_get(p)			(*(p))
#define pmdp_get_lockless(p)		(*(p))
#define ptep_get_lockless(p)		(*(p))
#define pgd_none(e)			fake_is_none(e)
#define p4d_none(e)			fake_is_none(e)
#define pud_none(e)			fake_is_none(e)
#define pmd_none(e)			fake_is_none(e)
#define p4d_present(e)			(!fake_is_none(e))
#define pud_present(e)			(!fake_is_none(e))
#define pmd_present(e)			(!fake_is_none(e))
#define pte_present(e)			(!fake_is_none(e) && !fake_is_odd(e, ODD_ABSENT))
#define pud_leaf(e)			fake_is_leaf(e)
#define pmd_leaf(e)			fake_is_leaf(e)
#define pud_pfn(e)			((void)(e), fake.pfn)
#define pmd_pfn(e)			((void)(e), fake.pfn)
#define pte_pfn(e)			(fake.pfn + (e).index)
#define pud_pgprot(e)			((void)(e), fake.prot)
#define pmd_pgprot(e)			((void)(e), fake.prot)
#define pte_pgprot(e)			(fake_is_odd(e, ODD_TYPE) ? (pgprot_t) { PROT_NC } : fake.prot)
#define pud_write(e)			((void)(e), fake.table_writable)
#define pmd_write(e)			((void)(e), fake.table_writable)
#define pte_write(e)			(fake.table_writable && !fake_is_odd(e, ODD_READONLY))
#define pmd_dirty(e)			((void)(e), fake.table_dirty)
#define pte_dirty(e)			(fake.table_dirty && !fake_is_odd(e, ODD_CLEAN))
#define pmd_young(e)			((void)(e), fake.table_young)
#define pte_young(e)			(fake.table_young && !fake_is_odd(e, ODD_OLD))
#define pmd_special(e)			((void)(e), fake.table_special)
#define pte_special(e)			(fake.table_special || fake_is_odd(e, ODD_SPECIAL))
#define pmd_access_permitted(e, write)	((void)(e), !fake.table_kept)
#define pte_access_permitted(e, write)	(!fake.table_kept && !fake_is_odd(e, ODD_KEPT))
#define pmd_protnone(e)			((void)(e), fake.table_hidden)
#define pte_protnone(e)			(fake.table_hidden || fake_is_odd(e, ODD_HIDDEN))

/* Pages */

#define FOLL_WRITE		0x01U
#define FOLL_HWPOISON		0x02U
#define FOLL_HONOR_NUMA_FAULT	0x04U
#define FOLL_INTERRUPTIBLE	0x08U

#define page_to_pfn(p)		(FAKE_FIRST_PFN + ((p) - fake_pages))
#define pfn_to_page(pfn)	(&fake_pages[(pfn) - FAKE_FIRST_PFN < FAKE_PAGES ? (pfn) - FAKE_FIRST_PFN : 0])
#define page_address(p)		((void *)(p))
#define page_folio(p)		(&(p)->folio)
#define put_page(p)		((p)->refs--)

bool get_user_page_fast_only(unsigned long hva, unsigned int flags, struct page **page);
long get_user_pages_unlocked(unsigned long hva, unsigned long n, struct page **page, unsigned int flags);

#define folio_test_swapbacked(f)	((f)->swapbacked)
#define folio_test_anon(f)		((f)->anon)
#define folio_test_dirty(f)		((f)->dirty)
#define folio_set_dirty(f)		((f)->dirty = true)
#define folio_mark_accessed(f)		((f)->accessed = true)

/* Mappings */

struct follow_pfnmap_args {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned long pfn;
	pgprot_t pgprot;
	bool writable;
};

#define FAULT_FLAG_WRITE	1U

int mmap_read_lock_killable(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
#define mmap_assert_locked(mm)	shim_assert(fake.mmap_locked, "mmap_lock")
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long hva);
int follow_pfnmap_start(struct follow_pfnmap_args *at);
void follow_pfnmap_end(struct follow_pfnmap_args *at);
int fixup_user_fault(struct mm_struct *mm, unsigned long hva, unsigned int flags, bool *unlocked);
#define is_vm_hugetlb_page(v)	(container_of(v, struct fake_vma, vma)->hugetlb)
#define vma_kernel_pagesize(v)	(container_of(v, struct fake_vma, vma)->page_size)
#define ilog2(n)		(63 - __builtin_clzl(n))

/* Kernel addresses */

#define VM_MAP		4UL
#define MEMREMAP_WB	1UL
#define MEMREMAP_WC	4UL

#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << PAGE_SHIFT)
#define pfn_valid(pfn)		((void)(pfn), fake.ram)
#define page_is_ram(pfn)	((void)(pfn), fake.ram)
void *vmap(struct page **pages, unsigned int n, unsigned long flags, pgprot_t prot);
void *memremap(phys_addr_t phys, size_t n, unsigned long flags);
void __iomem *ioremap(phys_addr_t phys, size_t n);
void vunmap(const void *p);
void memunmap(void *p);
void iounmap(void __iomem *p);

#endif
