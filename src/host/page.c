// SPDX-License-Identifier: GPL-2.0
/*
 * From a user address to a page: by reference where Linux has a struct page, by
 * the host's page table where a driver mapped bare frames (VM_PFNMAP).
 */
#include <linux/errno.h>
#include <linux/hugetlb.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>

#include "page.h"

/* How often a bare mapping is faulted in before the caller is asked to come again. */
#define HOST_PFNMAP_TRIES	3

/**
 * struct host_leaf - the host's own translation of an address
 * @pfn: frame of the 4 KiB page at the address
 * @prot: attributes of the entry
 * @shift: log2 of the bytes that one entry maps
 * @writable: user space may write
 * @dirty: the entry says that somebody has
 * @young: and that somebody has used it
 * @anon: of anonymous memory that the process may read, its accesses not watched (NUMA balancing)
 * @ptep: where the entry is, in a table of small pages
 */
struct host_leaf {
	u64 pfn;
	pgprot_t prot;
	u8 shift;
	bool writable;
	bool dirty;
	bool young;
	bool anon;
	pte_t *ptep;
};

/* Interrupts are off: neither the page's nor its owner's structures go meanwhile. */
static bool host_pfn_is_anon(u64 pfn)
{
	return folio_test_anon(page_folio(pfn_to_page(pfn)));
}

static bool host_leaf_pte(pte_t *ptep, struct host_leaf *leaf)
{
	pte_t pte = ptep_get_lockless(ptep);

	if (!pte_present(pte))
		return false;
	leaf->pfn = pte_pfn(pte);
	leaf->prot = pte_pgprot(pte);
	leaf->writable = pte_write(pte);
	leaf->dirty = pte_dirty(pte);
	leaf->young = pte_young(pte);
	leaf->anon = pte_access_permitted(pte, false) && !pte_special(pte) && !pte_protnone(pte) &&
		     host_pfn_is_anon(leaf->pfn);
	leaf->shift = PAGE_SHIFT;
	leaf->ptep = ptep;
	return true;
}

static bool host_leaf_pmd(pud_t *pudp, pud_t pud, unsigned long hva,
			  struct host_leaf *leaf)
{
	pmd_t pmd = pmdp_get_lockless(pmd_offset_lockless(pudp, pud, hva));

	if (pmd_none(pmd) || !pmd_present(pmd))
		return false;
	if (!pmd_leaf(pmd))
		return host_leaf_pte(pte_offset_kernel(&pmd, hva), leaf);
	leaf->pfn = pmd_pfn(pmd) + ((hva & ~PMD_MASK) >> PAGE_SHIFT);
	leaf->prot = pmd_pgprot(pmd);
	leaf->writable = pmd_write(pmd);
	leaf->dirty = pmd_dirty(pmd);
	leaf->young = pmd_young(pmd);
	leaf->anon = pmd_access_permitted(pmd, false) && !pmd_special(pmd) && !pmd_protnone(pmd) &&
		     host_pfn_is_anon(leaf->pfn);
	leaf->shift = PMD_SHIFT;
	return true;
}

static bool host_leaf_pud(p4d_t *p4dp, p4d_t p4d, unsigned long hva,
			  struct host_leaf *leaf)
{
	pud_t *pudp = pud_offset_lockless(p4dp, p4d, hva);
	pud_t pud = pudp_get(pudp);

	if (pud_none(pud) || !pud_present(pud))
		return false;
	if (!pud_leaf(pud))
		return host_leaf_pmd(pudp, pud, hva, leaf);
	leaf->pfn = pud_pfn(pud) + ((hva & ~PUD_MASK) >> PAGE_SHIFT);
	leaf->prot = pud_pgprot(pud);
	leaf->writable = pud_write(pud);
	leaf->dirty = false;
	leaf->young = false;
	leaf->anon = false;
	leaf->shift = PUD_SHIFT;
	return true;
}

/*
 * Walks without locks. Interrupts are off because that is what keeps the tables
 * in place: they are freed by RCU or after an IPI to every CPU. Each entry is
 * read once, so a change meanwhile gives the old answer or the new one.
 */
static bool host_leaf_walk(struct mm_struct *mm, unsigned long hva, struct host_leaf *leaf)
{
	pgd_t *pgdp, pgd;
	p4d_t *p4dp, p4d;

	if (hva >= TASK_SIZE)
		return false;
	pgdp = pgd_offset(mm, hva);
	pgd = pgdp_get(pgdp);
	if (pgd_none(pgd))
		return false;
	p4dp = p4d_offset_lockless(pgdp, pgd, hva);
	p4d = p4dp_get(p4dp);
	if (p4d_none(p4d) || !p4d_present(p4d))
		return false;
	return host_leaf_pud(p4dp, p4d, hva, leaf);
}

static bool host_leaf_find(struct mm_struct *mm, unsigned long hva,
			   struct host_leaf *leaf)
{
	unsigned long irqs;
	bool found;

	local_irq_save(irqs);
	found = host_leaf_walk(mm, hva, leaf);
	local_irq_restore(irqs);
	return found;
}

u8 host_page_map_shift(struct mm_struct *mm, unsigned long hva)
{
	struct host_leaf leaf;

	return host_leaf_find(mm, hva, &leaf) ? leaf.shift : PAGE_SHIFT;
}

/* Linux asks the same way which type a mapping has when mprotect() must keep it. */
static u32 host_type_flags(pgprot_t prot)
{
	u64 val = pgprot_val(prot);

#ifdef CONFIG_X86_64
	/* as nearly always: no bit says another type than write-back */
	if (!(val & _PAGE_CACHE_MASK))
		return 0;
#endif
	if (val == pgprot_val(pgprot_noncached(prot)) ||
	    val == pgprot_val(pgprot_device(prot)))
		return HOST_PAGE_DEVICE;
	if (val == pgprot_val(pgprot_writecombine(prot)))
		return HOST_PAGE_NC;
	return 0;
}

/*
 * Adds size and memory type from the host's table. When the table no longer
 * says what was found an invalidation has come between. Bare frames came with
 * their type, and the smallest size is always right; of a page nothing is known
 * then, and to take it for ordinary memory would be a guess: look again.
 */
static int host_page_describe(struct mm_struct *mm, struct host_page *hp)
{
	bool writable = hp->flags & HOST_PAGE_WRITABLE;
	struct host_leaf leaf;

	if (!host_leaf_find(mm, hp->hva, &leaf) || leaf.pfn != hp->pfn)
		return hp->page ? -EAGAIN : 0;
	hp->flags |= host_type_flags(leaf.prot);
	if (leaf.writable || !writable)
		hp->map_shift = leaf.shift;
	return 0;
}

static void host_page_set(struct host_page *hp, struct page *page, bool writable)
{
	hp->page = page;
	hp->pfn = page_to_pfn(page);
	hp->flags = writable ? HOST_PAGE_WRITABLE : 0;
}

/*
 * Takes what the host maps now. Asking for write permission first costs nothing:
 * without sleeping the answer is yes only where the entry is writable already,
 * and a later write to a page that was first read need not fault again.
 */
static bool host_page_get_fast(struct host_page *hp, unsigned int flags)
{
	struct page *page;

	if (get_user_page_fast_only(hp->hva, FOLL_WRITE, &page)) {
		host_page_set(hp, page, true);
		return true;
	}
	if (flags & HOST_GET_WRITE)
		return false;
	if (get_user_page_fast_only(hp->hva, FOLL_HONOR_NUMA_FAULT, &page)) {
		host_page_set(hp, page, false);
		return true;
	}
	return false;
}

/*
 * What the table says, if that is enough. The guest's writes mark nothing: so a page that is clean is not writable yet.
 */
static bool host_page_look(struct mm_struct *mm, struct host_page *hp, bool write)
{
	struct host_leaf leaf;
	bool writable;

	if (!host_leaf_find(mm, hp->hva, &leaf) || !leaf.anon || host_type_flags(leaf.prot))
		return false;
	writable = leaf.writable && leaf.dirty;
	if (write && !writable)
		return false;
	hp->pfn = leaf.pfn;
	hp->map_shift = leaf.shift;
	hp->flags = writable ? HOST_PAGE_WRITABLE : 0;
	return true;
}

/* One more of them, where it is as the others are. */
static bool host_near_add(struct host_near *near, const struct host_leaf *leaf, bool write)
{
	bool writable = leaf->writable && leaf->dirty;

	if (!leaf->anon || !leaf->young || (write && !writable) || host_type_flags(leaf->prot))
		return false;
	if (writable)
		near->writable |= BIT(near->n);
	near->pfn[near->n++] = leaf->pfn;
	return true;
}

void host_page_near(unsigned long hva, unsigned int n, bool write, struct host_near *near)
{
	struct mm_struct *mm = current->mm;
	struct host_leaf leaf;
	unsigned long irqs;
	pte_t *ptep;

	near->n = 0;
	near->writable = 0;
	if (!mm)
		return;
	/* to the table's end at most */
	n = min(n, (unsigned int)((PMD_SIZE - (hva & ~PMD_MASK)) >> PAGE_SHIFT));
	n = min(n, HOST_NEAR_MAX);
	local_irq_save(irqs);
	if (host_leaf_walk(mm, hva, &leaf) && leaf.shift == PAGE_SHIFT) {
		ptep = leaf.ptep;
		while (host_near_add(near, &leaf, write) && near->n < n &&
		       host_leaf_pte(ptep + near->n, &leaf))
			;
	}
	local_irq_restore(irqs);
}

static int host_page_get_slow(struct host_page *hp, unsigned int flags)
{
	unsigned int gup = FOLL_HWPOISON | FOLL_HONOR_NUMA_FAULT;
	struct page *page, *again;
	long n;

	if (flags & HOST_GET_WRITE)
		gup |= FOLL_WRITE;
	if (flags & HOST_GET_INTERRUPTIBLE)
		gup |= FOLL_INTERRUPTIBLE;

	n = get_user_pages_unlocked(hp->hva, 1, &page, gup);
	if (n != 1)
		return n ? (int)n : -EAGAIN;

	host_page_set(hp, page, flags & HOST_GET_WRITE);
	if (!(flags & HOST_GET_WRITE) &&
	    get_user_page_fast_only(hp->hva, FOLL_WRITE, &again)) {
		put_page(page);
		host_page_set(hp, again, true);
	}
	return 0;
}

/* One look at a driver's mapping, under mmap_lock: 0, or -ENOENT: not there (yet) */
static int host_pfnmap_look(struct vm_area_struct *vma, struct host_page *hp,
			    bool write)
{
	struct follow_pfnmap_args at = { .vma = vma, .address = hp->hva };
	int ret = 0;

	mmap_assert_locked(vma->vm_mm);
	if (follow_pfnmap_start(&at))
		return -ENOENT;
	if (write && !at.writable) {
		ret = -ENOENT;
	} else {
		hp->pfn = at.pfn;
		hp->flags = HOST_PAGE_NOSTRUCT | host_type_flags(at.pgprot);
		if (at.writable)
			hp->flags |= HOST_PAGE_WRITABLE;
	}
	follow_pfnmap_end(&at);
	return ret;
}

static int host_pfnmap_try(struct mm_struct *mm, struct host_page *hp, bool write)
{
	vm_flags_t need = write ? VM_WRITE : VM_READ;
	struct vm_area_struct *vma;
	bool unlocked = false;
	int ret;

	vma = find_vma(mm, hp->hva);
	if (!vma || hp->hva < vma->vm_start)
		return -EFAULT;
	if (!(vma->vm_flags & (VM_IO | VM_PFNMAP)) || !(vma->vm_flags & need))
		return -EFAULT;

	ret = host_pfnmap_look(vma, hp, write);
	if (ret != -ENOENT)
		return ret;

	ret = fixup_user_fault(mm, hp->hva, write ? FAULT_FLAG_WRITE : 0,
			       &unlocked);
	if (ret)
		return ret;
	/* The lock was let go: @vma may be another one, look again from the start. */
	if (unlocked)
		return -EAGAIN;
	return host_pfnmap_look(vma, hp, write) ? -EAGAIN : 0;
}

static int host_pfnmap_get(struct mm_struct *mm, struct host_page *hp,
			   unsigned int flags)
{
	int ret = -EAGAIN;
	int i;

	for (i = 0; i < HOST_PFNMAP_TRIES && ret == -EAGAIN; i++) {
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		ret = host_pfnmap_try(mm, hp, flags & HOST_GET_WRITE);
		mmap_read_unlock(mm);
		if ((flags & HOST_GET_INTERRUPTIBLE) && ret == -EAGAIN &&
		    signal_pending(current))
			ret = -EINTR;
	}
	return ret;
}

int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	struct mm_struct *mm = current->mm;
	int ret = 0;

	*hp = (struct host_page) {
		.hva = hva & PAGE_MASK,
		.map_shift = PAGE_SHIFT,
	};
	if (!mm)
		return -EFAULT;
	if ((flags & HOST_GET_WATCHED) && host_page_look(mm, hp, flags & HOST_GET_WRITE))
		return 0;

	if (!host_page_get_fast(hp, flags)) {
		if (flags & HOST_GET_NOSLEEP)
			return -EAGAIN;
		ret = host_page_get_slow(hp, flags);
		if (ret == -EFAULT)
			ret = host_pfnmap_get(mm, hp, flags);
	}
	if (!ret)
		ret = host_page_describe(mm, hp);
	if (ret && hp->page)
		put_page(hp->page);
	if (ret)
		*hp = (struct host_page) { 0 };
	switch (ret) {
	case 0:
	case -EHWPOISON:
	case -EINTR:
	case -ENOMEM:
	case -EAGAIN:
		return ret;
	default:
		return -EFAULT;
	}
}

/*
 * Marked here is what has no other account of writes than the entry that maps it, which
 * a guest's write does not touch: what Linux swaps, and anonymous memory that it need
 * not (MADV_FREE), which reclaim keeps, and swaps again, when it finds it dirty. A page of
 * a file system that writes back was made dirty by its own write fault, before it became
 * writable, and may not be touched behind its back: some forget their bookkeeping at
 * write-back, which takes the page away from us first. The bit alone is set: the
 * address space a page belongs to may vanish while only the page is held.
 */
static void host_page_dirty(struct folio *folio)
{
	if (!folio_test_swapbacked(folio) && !folio_test_anon(folio))
		return;
	if (!folio_test_dirty(folio))
		folio_set_dirty(folio);
}

/* Nobody asks for the age of what belongs to nothing: the zero page, a driver's pages. */
static void host_page_accessed(struct folio *folio)
{
	if (READ_ONCE(folio->mapping))
		folio_mark_accessed(folio);
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	struct page *page = hp->page;

	if (!page)
		return;
	/* Dirty before the reference goes: reclaim looks at both, in this order. */
	if ((flags & HOST_PUT_DIRTY) && (hp->flags & HOST_PAGE_WRITABLE))
		host_page_dirty(page_folio(page));
	if (flags & HOST_PUT_ACCESSED)
		host_page_accessed(page_folio(page));
	hp->page = NULL;
	put_page(page);
}

u8 host_poison_shift(unsigned long hva)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	u8 shift = PAGE_SHIFT;

	if (!mm || mmap_read_lock_killable(mm))
		return shift;
	vma = find_vma(mm, hva);
	if (vma && hva >= vma->vm_start && is_vm_hugetlb_page(vma))
		shift = ilog2(vma_kernel_pagesize(vma));
	mmap_read_unlock(mm);
	return shift;
}

int host_range_has_bare(unsigned long start, unsigned long end)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret = 0;

	if (!mm)
		return 0;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	while (!ret && start < end) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			break;
		ret = !!(vma->vm_flags & VM_PFNMAP);
		start = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return ret;
}

/* The ways to a kernel address. */
enum host_map_how {
	HOST_MAP_LINEAR,	/* it has one */
	HOST_MAP_VMAP,		/* RAM that the VMM maps uncached: an alias of the same type */
	HOST_MAP_REMAP,		/* not RAM, to be used like memory */
	HOST_MAP_IO,		/* not RAM, Device */
};

static bool host_pfn_is_ram(u64 pfn)
{
#ifdef CONFIG_ARM64
	return pfn_is_map_memory(pfn);
#else
	return pfn_valid(pfn) && page_is_ram(pfn);
#endif
}

static enum host_map_how host_map_how(const struct host_page *hp)
{
	bool uncached = hp->flags & (HOST_PAGE_DEVICE | HOST_PAGE_NC);

	if (hp->page && !uncached)
		return HOST_MAP_LINEAR;
	if (uncached && host_pfn_is_ram(hp->pfn))
		return HOST_MAP_VMAP;
	return hp->flags & HOST_PAGE_DEVICE ? HOST_MAP_IO : HOST_MAP_REMAP;
}

static void *host_map_ram(const struct host_page *hp)
{
	pgprot_t prot = hp->flags & HOST_PAGE_DEVICE ?
			pgprot_device(PAGE_KERNEL) :
			pgprot_writecombine(PAGE_KERNEL);
	struct page *page = pfn_to_page(hp->pfn);

	return vmap(&page, 1, VM_MAP, prot);
}

void *host_page_map(const struct host_page *hp)
{
	phys_addr_t phys = PFN_PHYS(hp->pfn);

	switch (host_map_how(hp)) {
	case HOST_MAP_LINEAR:
		return page_address(hp->page);
	case HOST_MAP_VMAP:
		return host_map_ram(hp);
	case HOST_MAP_REMAP:
		return memremap(phys, PAGE_SIZE, hp->flags & HOST_PAGE_NC ?
				MEMREMAP_WC : MEMREMAP_WB);
	case HOST_MAP_IO:
		return (__force void *)ioremap(phys, PAGE_SIZE);
	}
	return NULL;
}

void host_page_unmap(const struct host_page *hp, void *kva)
{
	if (!kva)
		return;
	switch (host_map_how(hp)) {
	case HOST_MAP_LINEAR:
		break;
	case HOST_MAP_VMAP:
		vunmap(kva);
		break;
	case HOST_MAP_REMAP:
		memunmap(kva);
		break;
	case HOST_MAP_IO:
		iounmap((__force void __iomem *)kva);
		break;
	}
}
