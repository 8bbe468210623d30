// SPDX-License-Identifier: GPL-2.0
/*
 * From a user address to a page: which way it is had, what is said of it (writable, how large, of which memory type),
 * what is given back, and how the kernel itself gets at it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after those above */
#include <cmocka.h>

#include "../../model/shim/unit.h"
#include "../../src/host/page.h"
#include "page/page_fake.h"

#define HVA		0x7f1234567000UL
#define PFN(n)		(FAKE_FIRST_PFN + (n))
#define BARE		0x9000000ULL	/* a frame without struct page */

struct fake fake;
struct page fake_pages[FAKE_PAGES];
struct fake_entry fake_table[FAKE_PTE + FAKE_PTES];

struct fake_entry *fake_at(enum fake_level level, unsigned long hva)
{
	unsigned int i;

	assert_true(shim_irqs_are_off());
	assert_int_equal(hva & PAGE_MASK, fake.hva);
	fake_table[level].level = level;
	for (i = 1; i < FAKE_PTES; i++)
		fake_table[FAKE_PTE + i] = (struct fake_entry) { .level = FAKE_PTE, .index = i };
	return &fake_table[level];
}

bool fake_is_leaf(struct fake_entry e)
{
	return e.level == fake.level && fake.present;
}

static bool had(struct page *page, struct page **out)
{
	if (page) {
		page->refs++;
		*out = page;
	}
	return page;
}

bool get_user_page_fast_only(unsigned long hva, unsigned int flags, struct page **page)
{
	assert_int_equal(hva, fake.hva);
	if (flags & FOLL_WRITE)
		return had(fake.slows ? fake.then_write : fake.fast_write, page);
	assert_int_equal(flags, FOLL_HONOR_NUMA_FAULT);
	return had(fake.fast_read, page);
}

long get_user_pages_unlocked(unsigned long hva, unsigned long n, struct page **page, unsigned int flags)
{
	assert_int_equal(hva, fake.hva);
	assert_int_equal(n, 1);
	shim_may_sleep();
	fake.slows++;
	fake.slow_flags = flags;
	if (fake.slow_ret == 1)
		had(fake.slow, page);
	return fake.slow_ret;
}

int mmap_read_lock_killable(struct mm_struct *mm)
{
	assert_ptr_equal(mm, &shim_mm);
	assert_false(fake.mmap_locked);
	if (fake.mmap_killed)
		return -EINTR;
	fake.mmap_locked = true;
	fake.mmap_locks++;
	return 0;
}

void mmap_read_unlock(struct mm_struct *mm)
{
	assert_true(fake.mmap_locked);
	fake.mmap_locked = false;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long hva)
{
	unsigned int i;

	assert_true(fake.mmap_locked);
	for (i = 0; i < fake.nr_vmas; i++)
		if (hva < fake.vma[i].vma.vm_end)
			return &fake.vma[i].vma;
	return NULL;
}

int follow_pfnmap_start(struct follow_pfnmap_args *at)
{
	assert_int_equal(at->address, fake.hva);
	if (++fake.looks < fake.there_at)
		return -EINVAL;
	at->pfn = fake.entry_pfn;
	at->pgprot = fake.entry_prot;
	at->writable = fake.entry_writable;
	fake.ends++;
	return 0;
}

void follow_pfnmap_end(struct follow_pfnmap_args *at)
{
	assert_ptr_equal(at->vma, &fake.vma[0].vma);
	fake.ends--;
}

int fixup_user_fault(struct mm_struct *mm, unsigned long hva, unsigned int flags, bool *unlocked)
{
	assert_int_equal(hva, fake.hva);
	fake.faults++;
	fake.fault_flags = flags;
	*unlocked = fake.fault_unlocks;
	shim_current()->signal = fake.signal;
	return fake.fault_ret;
}

static void *mapped(const char *how)
{
	assert_null(fake.mapped);
	fake.mapped = how;
	return &fake;
}

void *vmap(struct page **pages, unsigned int n, unsigned long flags, pgprot_t prot)
{
	assert_ptr_equal(pages[0], &fake_pages[3]);
	assert_int_equal(n, 1);
	assert_int_equal(flags, VM_MAP);
	fake.map_prot = prot;
	return mapped("vmap");
}

void *memremap(phys_addr_t phys, size_t n, unsigned long flags)
{
	assert_int_equal(phys, BARE << 12);
	assert_int_equal(n, 4096);
	fake.map_flags = flags;
	return mapped("memremap");
}

void __iomem *ioremap(phys_addr_t phys, size_t n)
{
	assert_int_equal(phys, BARE << 12);
	assert_int_equal(n, 4096);
	return mapped("ioremap");
}

void vunmap(const void *p)
{
	assert_ptr_equal(p, &fake);
	fake.unmapped = "vmap";
}

void memunmap(void *p)
{
	assert_ptr_equal(p, &fake);
	fake.unmapped = "memremap";
}

void iounmap(void __iomem *p)
{
	assert_ptr_equal(p, &fake);
	fake.unmapped = "ioremap";
}

static void fresh(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(fake_pages, 0, sizeof(fake_pages));
	fake.hva = HVA;
	fake.level = FAKE_PTE;
	fake.present = true;
	fake.pfn = PFN(3);
	fake.table_writable = true;
	fake.slow_ret = -EFAULT;
	fake.there_at = 1;
	shim_current()->signal = false;
}

static int setup(void **state)
{
	(void)state;
	fresh();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_current()->mm = &shim_mm;
	shim_current()->signal = false;
	assert_false(fake.mmap_locked);
	assert_int_equal(fake.ends, 0);
	shim_check_quiet();
	return 0;
}

static struct host_page hp;

static int get(unsigned int flags)
{
	return host_page_get(HVA + 0x123, flags, &hp);
}

static void is(u64 pfn, u8 shift, u32 flags, struct page *page)
{
	assert_int_equal(hp.hva, HVA);
	assert_int_equal(hp.pfn, pfn);
	assert_int_equal(hp.map_shift, shift);
	assert_int_equal(hp.flags, flags);
	assert_ptr_equal(hp.page, page);
	if (page)
		assert_int_equal(page->refs, 1);
}

static void is_nothing(void)
{
	unsigned int i;

	assert_null(hp.page);
	assert_int_equal(hp.pfn | hp.flags, 0);
	for (i = 0; i < FAKE_PAGES; i++)
		assert_int_equal(fake_pages[i].refs, 0);
}

/* What is mapped is had without sleeping: writable where it is, for reading where that was asked. */
static void fast(void **state)
{
	(void)state;
	fake.fast_write = &fake_pages[3];
	assert_int_equal(get(HOST_GET_NOSLEEP), 0);
	is(PFN(3), 12, HOST_PAGE_WRITABLE, &fake_pages[3]);
	fresh();
	fake.fast_read = &fake_pages[3];
	assert_int_equal(get(HOST_GET_NOSLEEP), 0);
	is(PFN(3), 12, 0, &fake_pages[3]);
	fresh();
	fake.fast_read = &fake_pages[3];
	assert_int_equal(get(HOST_GET_NOSLEEP | HOST_GET_WRITE), -EAGAIN);
	is_nothing();
	assert_int_equal(fake.slows, 0);
}

/* What is not is faulted in, as it was asked for; one that turns out writable is said to be. */
static void slow(void **state)
{
	static const struct { unsigned int flags, gup; } t[] = {
		{ 0, 0 }, { HOST_GET_WRITE, FOLL_WRITE }, { HOST_GET_INTERRUPTIBLE, FOLL_INTERRUPTIBLE },
		{ HOST_GET_WRITE | HOST_GET_INTERRUPTIBLE, FOLL_WRITE | FOLL_INTERRUPTIBLE },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		fresh();
		fake.slow_ret = 1;
		fake.slow = &fake_pages[3];
		assert_int_equal(get(t[i].flags), 0);
		assert_int_equal(fake.slow_flags, t[i].gup | FOLL_HWPOISON | FOLL_HONOR_NUMA_FAULT);
		is(PFN(3), 12, t[i].flags & HOST_GET_WRITE ? HOST_PAGE_WRITABLE : 0, &fake_pages[3]);
	}
	fresh();
	fake.slow_ret = 1;
	fake.slow = &fake_pages[2];
	fake.then_write = &fake_pages[3];
	assert_int_equal(get(0), 0);
	is(PFN(3), 12, HOST_PAGE_WRITABLE, &fake_pages[3]);
	assert_int_equal(fake_pages[2].refs, 0);
}

/* Errors that mean something to the caller are his; all others are EFAULT, and nothing is held. */
static void errors(void **state)
{
	static const struct { long slow; int want; } t[] = {
		{ 0, -EAGAIN }, { -EAGAIN, -EAGAIN }, { -EINTR, -EINTR }, { -ENOMEM, -ENOMEM }, { -EHWPOISON, -EHWPOISON },
		{ -EFAULT, -EFAULT }, { -EBUSY, -EFAULT }, { -EINVAL, -EFAULT },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		fresh();
		fake.slow_ret = t[i].slow;
		assert_int_equal(get(HOST_GET_WRITE), t[i].want);
		is_nothing();
	}
	shim_current()->mm = NULL;
	assert_int_equal(get(0), -EFAULT);
	is_nothing();
}

/*
 * Who watches the page needs no reference: of anonymous memory the table says all, if it says enough. Else it is had as ever.
 */
static void watched(void **state)
{
	static const struct { bool anon, writable, dirty, special, hidden, kept; u64 prot; unsigned int get; bool enough; u32 flags; } t[] = {
		{ true, true, true, .get = HOST_GET_WRITE, .enough = true, .flags = HOST_PAGE_WRITABLE },
		{ true, true, true, .enough = true, .flags = HOST_PAGE_WRITABLE },
		/* nobody would mark it written later */
		{ true, true, false, .enough = true },
		{ true, true, false, .get = HOST_GET_WRITE },
		{ true, false, true, .enough = true },
		{ true, false, true, .get = HOST_GET_WRITE },
		{ .writable = true, .dirty = true },
		{ true, true, true, .special = true },
		{ true, true, true, .hidden = true },
		{ true, true, true, .kept = true },
		{ true, true, true, .prot = PROT_NC },
	};
	static const struct { enum fake_level level; u8 shift; u64 offset; } levels[] = {
		{ FAKE_PTE, 12, 0 }, { FAKE_PMD, 21, (HVA >> 12) & 0x1ff },
	};
	unsigned int i, l;

	(void)state;
	for (l = 0; l < ARRAY_SIZE(levels); l++)
		for (i = 0; i < ARRAY_SIZE(t); i++) {
			fresh();
			fake.level = levels[l].level;
			fake.pfn = PFN(3) - levels[l].offset;
			fake_pages[3].folio.anon = t[i].anon;
			fake.table_writable = t[i].writable;
			fake.table_dirty = t[i].dirty;
			fake.table_special = t[i].special;
			fake.table_hidden = t[i].hidden;
			fake.table_kept = t[i].kept;
			fake.prot.type = t[i].prot;
			fake.fast_write = &fake_pages[3];
			assert_int_equal(get(HOST_GET_WATCHED | t[i].get), 0);
			assert_ptr_equal(hp.page, t[i].enough ? NULL : &fake_pages[3]);
			assert_int_equal(fake_pages[3].refs, !t[i].enough);
			if (t[i].enough)
				is(PFN(3), levels[l].shift, t[i].flags, NULL);
			host_page_put(&hp, HOST_PUT_ACCESSED | HOST_PUT_DIRTY);
			assert_int_equal(fake_pages[3].folio.dirty, !t[i].enough && t[i].anon);
			assert_int_equal(fake_pages[3].refs, 0);
		}
	/* what is in no table's leaf, or in one of 1 GiB, has no short way */
	for (l = FAKE_PGD; l < FAKE_PMD; l++) {
		fresh();
		fake.level = l;
		fake.present = l == FAKE_PUD;
		fake_pages[3].folio.anon = true;
		fake.table_dirty = true;
		fake.pfn = PFN(3) - ((HVA >> 12) & 0x3ffff);
		fake.fast_write = &fake_pages[3];
		assert_int_equal(get(HOST_GET_WATCHED), fake.present ? 0 : -EAGAIN);
		assert_ptr_equal(hp.page, fake.present ? &fake_pages[3] : NULL);
	}
}

static struct host_near near;

static unsigned int look_near(unsigned int n, bool write)
{
	host_page_near(fake.hva, n, write, &near);
	assert_false(shim_irqs_are_off());
	return near.n;
}

static void fresh_near(void)
{
	fresh();
	fake_pages[0].folio.anon = true;	/* of all but the first few */
	fake_pages[3].folio.anon = true;
	fake_pages[4].folio.anon = true;
	fake_pages[5].folio.anon = true;
	fake_pages[6].folio.anon = true;
	fake_pages[7].folio.anon = true;
	fake.table_dirty = true;
	fake.table_young = true;
}

/* Pages side by side: anonymous, ordinary, used; up to the first that is not so, or may not be written where that is wanted; writable where dirty. */
static void pages_near(void **state)
{
	static const struct { enum fake_odd odd; bool stops, stops_write; } t[] = {
		{ ODD_ABSENT, true, true }, { ODD_READONLY, false, true }, { ODD_CLEAN, false, true },
		{ ODD_OLD, true, true }, { ODD_SPECIAL, true, true }, { ODD_HIDDEN, true, true }, { ODD_TYPE, true, true },
		{ ODD_KEPT, true, true },
	};
	unsigned int i, at;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++)
		for (at = 0; at < 5; at++) {
			fresh_near();
			fake.odd = t[i].odd;
			fake.odd_at = at;
			assert_int_equal(look_near(5, false), t[i].stops ? at : 5);
			assert_int_equal(near.writable, t[i].stops ? BIT(at) - 1 : 0x1f & ~BIT(at));
			assert_int_equal(look_near(5, true), at);
			assert_int_equal(near.writable, BIT(at) - 1);
		}
	fresh_near();
	assert_int_equal(look_near(3, true), 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(near.pfn[i], PFN(3) + i);
	assert_int_equal(look_near(100, true), HOST_NEAR_MAX);
	/* of a file, as from the fifth on */
	fake_pages[7].folio.anon = false;
	assert_int_equal(look_near(16, true), 4);
	/* not beyond the table */
	fresh_near();
	fake.hva = (HVA & PMD_MASK) + PMD_SIZE - 2 * 4096;
	assert_int_equal(look_near(16, true), 2);
	/* of a larger page there is another way */
	fresh_near();
	fake.level = FAKE_PMD;
	assert_int_equal(look_near(16, false), 0);
	fresh_near();
	shim_current()->mm = NULL;
	assert_int_equal(look_near(1, false), 0);
}

/* Size and memory type are the host's table's, whatever level its entry is on; a page that is not there any more is looked for again. */
static void described(void **state)
{
	static const struct { enum fake_level level; u8 shift; u64 offset; } levels[] = {
		{ FAKE_PTE, 12, 0 }, { FAKE_PMD, 21, (HVA >> 12) & 0x1ff }, { FAKE_PUD, 30, (HVA >> 12) & 0x3ffff },
	};
	static const struct { u64 prot; u32 flags; } types[] = {
		{ PROT_NORMAL, 0 }, { PROT_NC, HOST_PAGE_NC }, { PROT_DEVICE, HOST_PAGE_DEVICE },
		{ PROT_NONCACHED, HOST_PAGE_DEVICE },
	};
	unsigned int l, t, w;

	(void)state;
	for (l = 0; l < ARRAY_SIZE(levels); l++)
		for (t = 0; t < ARRAY_SIZE(types); t++)
			for (w = 0; w < 2; w++) {
				fresh();
				fake.fast_write = &fake_pages[3];
				fake.level = levels[l].level;
				fake.pfn = PFN(3) - levels[l].offset;
				fake.prot.type = types[t].prot;
				fake.table_writable = w;
				assert_int_equal(get(0), 0);
				/* a writable page in an entry that is not: the size is not that of a writable one */
				is(PFN(3), w ? levels[l].shift : 12, types[t].flags | HOST_PAGE_WRITABLE, &fake_pages[3]);
				assert_int_equal(host_page_map_shift(&shim_mm, HVA), levels[l].shift);
			}
	for (l = FAKE_PGD; l <= FAKE_PTE; l++) {
		fresh();
		fake.fast_read = &fake_pages[3];
		fake.level = l;
		fake.present = false;
		assert_int_equal(get(0), -EAGAIN);
		is_nothing();
		assert_int_equal(host_page_map_shift(&shim_mm, HVA), 12);
	}
	fresh();
	fake.fast_read = &fake_pages[3];
	fake.pfn = PFN(4);
	assert_int_equal(get(0), -EAGAIN);
	is_nothing();
	/* a read-only page's size is its entry's */
	fresh();
	fake.fast_read = &fake_pages[3];
	fake.level = FAKE_PMD;
	fake.table_writable = false;
	fake.pfn = PFN(3) - levels[1].offset;
	assert_int_equal(get(0), 0);
	is(PFN(3), 21, 0, &fake_pages[3]);
	assert_int_equal(host_page_map_shift(&shim_mm, TASK_SIZE), 12);
}

static void bare(unsigned long flags)
{
	fresh();
	fake.nr_vmas = 1;
	fake.vma[0].vma = (struct vm_area_struct) { .vm_start = HVA, .vm_end = HVA + 4096, .vm_flags = flags };
	fake.entry_pfn = BARE;
	fake.pfn = BARE;
	fake.entry_prot.type = PROT_DEVICE;
	fake.prot.type = PROT_DEVICE;
	fake.entry_writable = true;
}

#define BARE_FLAGS	(HOST_PAGE_NOSTRUCT | HOST_PAGE_DEVICE)

/* Frames that a driver maps are had without a reference, with the mapping's own memory type and permission. */
static void bare_frames(void **state)
{
	(void)state;
	bare(VM_PFNMAP | VM_READ | VM_WRITE);
	assert_int_equal(get(HOST_GET_WRITE), 0);
	is(BARE, 12, BARE_FLAGS | HOST_PAGE_WRITABLE, NULL);
	assert_int_equal(fake.mmap_locks, 1);
	assert_int_equal(fake.faults, 0);
	bare(VM_IO | VM_READ);
	fake.entry_writable = false;
	assert_int_equal(get(0), 0);
	is(BARE, 12, BARE_FLAGS, NULL);
	/* the table says something else by now: type and frame are the mapping's */
	bare(VM_PFNMAP | VM_READ);
	fake.pfn = BARE + 1;
	fake.entry_prot.type = PROT_NC;
	assert_int_equal(get(0), 0);
	is(BARE, 12, HOST_PAGE_NOSTRUCT | HOST_PAGE_NC | HOST_PAGE_WRITABLE, NULL);
	host_page_put(&hp, HOST_PUT_DIRTY | HOST_PUT_ACCESSED);
}

/* No mapping, an ordinary one, or one without the permission. */
static void bare_refused(void **state)
{
	(void)state;
	bare(VM_READ | VM_WRITE);
	assert_int_equal(get(0), -EFAULT);
	bare(VM_PFNMAP | VM_READ);
	assert_int_equal(get(HOST_GET_WRITE), -EFAULT);
	bare(VM_PFNMAP | VM_WRITE);
	assert_int_equal(get(0), -EFAULT);
	bare(VM_PFNMAP | VM_READ);
	fake.vma[0].vma.vm_start += 4096;
	fake.vma[0].vma.vm_end += 4096;
	assert_int_equal(get(0), -EFAULT);
	fake.nr_vmas = 0;
	assert_int_equal(get(0), -EFAULT);
	bare(VM_PFNMAP | VM_READ);
	fake.mmap_killed = true;
	assert_int_equal(get(0), -EINTR);
	is_nothing();
	assert_int_equal(fake.looks, 0);
}

/* An entry that is not there, or not writable, is faulted in, and looked at again, a few times. */
static void bare_faults(void **state)
{
	(void)state;
	bare(VM_PFNMAP | VM_READ | VM_WRITE);
	fake.there_at = 2;
	assert_int_equal(get(0), 0);
	assert_int_equal(fake.faults, 1);
	assert_int_equal(fake.fault_flags, 0);
	is(BARE, 12, BARE_FLAGS | HOST_PAGE_WRITABLE, NULL);
	/* not there after the fault: another try from the start */
	bare(VM_PFNMAP | VM_READ | VM_WRITE);
	fake.there_at = 5;
	assert_int_equal(get(HOST_GET_WRITE), 0);
	assert_int_equal(fake.fault_flags, FAULT_FLAG_WRITE);
	assert_int_equal(fake.mmap_locks, 3);
	assert_int_equal(fake.faults, 2);
	bare(VM_PFNMAP | VM_READ | VM_WRITE);
	fake.entry_writable = false;
	assert_int_equal(get(HOST_GET_WRITE), -EAGAIN);
	assert_int_equal(fake.mmap_locks, 3);
	assert_int_equal(fake.faults, 3);
	is_nothing();
	/* the lock was let go in the fault: nothing is known of the mapping any more */
	bare(VM_PFNMAP | VM_READ);
	fake.there_at = 2;
	fake.fault_unlocks = true;
	assert_int_equal(get(0), 0);
	assert_int_equal(fake.mmap_locks, 2);
	/* its errors */
	bare(VM_PFNMAP | VM_READ);
	fake.there_at = 9;
	fake.fault_ret = -ENOMEM;
	assert_int_equal(get(0), -ENOMEM);
	assert_int_equal(fake.faults, 1);
	fake.fault_ret = -EHWPOISON;
	assert_int_equal(get(0), -EHWPOISON);
	/* a signal ends it where it may */
	bare(VM_PFNMAP | VM_READ);
	fake.there_at = 9;
	fake.signal = true;
	assert_int_equal(get(HOST_GET_INTERRUPTIBLE), -EINTR);
	assert_int_equal(fake.faults, 1);
	bare(VM_PFNMAP | VM_READ);
	fake.there_at = 9;
	fake.signal = true;
	assert_int_equal(get(0), -EAGAIN);
	assert_int_equal(fake.faults, 3);
}

/* What was written is marked where nothing else would, what was used is where it has an age; then the reference goes. */
static void put(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 1 << 6; i++) {
		struct folio *f = &fake_pages[3].folio;
		bool dirty = i & 1, accessed = i & 2, writable = i & 4;

		fresh();
		f->swapbacked = i & 8;
		f->anon = i & 16;
		f->mapping = i & 32 ? &fake : NULL;
		fake_pages[3].refs = 1;
		hp = (struct host_page) {
			.page = &fake_pages[3], .pfn = PFN(3), .flags = writable ? HOST_PAGE_WRITABLE : 0,
		};
		host_page_put(&hp, (dirty ? HOST_PUT_DIRTY : 0) | (accessed ? HOST_PUT_ACCESSED : 0));
		assert_int_equal(f->dirty, dirty && writable && (f->swapbacked || f->anon));
		assert_int_equal(f->accessed, accessed && f->mapping);
		assert_int_equal(fake_pages[3].refs, 0);
		assert_null(hp.page);
		host_page_put(&hp, HOST_PUT_DIRTY);
		assert_int_equal(fake_pages[3].refs, 0);
	}
}

/* A kernel address of the VMM's own memory type, by the way that there is, and back by the same way. */
static void kernel_address(void **state)
{
	static const struct {
		bool page, ram;
		u32 flags;
		const char *how;
		u64 prot;
		unsigned long remap;
	} t[] = {
		{ true, true, 0, NULL, 0, 0 },
		{ true, true, HOST_PAGE_NC, "vmap", PROT_NC, 0 },
		{ true, true, HOST_PAGE_DEVICE, "vmap", PROT_DEVICE, 0 },
		{ false, true, HOST_PAGE_NC, "vmap", PROT_NC, 0 },
		{ false, false, HOST_PAGE_NC, "memremap", 0, MEMREMAP_WC },
		{ false, false, 0, "memremap", 0, MEMREMAP_WB },
		{ false, true, 0, "memremap", 0, MEMREMAP_WB },
		{ false, false, HOST_PAGE_DEVICE, "ioremap", 0, 0 },
	};
	unsigned int i;
	void *p;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		fresh();
		fake.ram = t[i].ram;
		hp = (struct host_page) { .page = t[i].page ? &fake_pages[3] : NULL, .flags = t[i].flags };
		hp.pfn = t[i].page || (t[i].ram && t[i].flags) ? PFN(3) : BARE;
		p = host_page_map(&hp);
		assert_ptr_equal(p, t[i].how ? (void *)&fake : (void *)&fake_pages[3]);
		assert_ptr_equal(fake.mapped, t[i].how);
		assert_int_equal(fake.map_prot.type, t[i].prot);
		assert_int_equal(fake.map_flags, t[i].remap);
		host_page_unmap(&hp, NULL);
		assert_null(fake.unmapped);
		host_page_unmap(&hp, p);
		assert_ptr_equal(fake.unmapped, t[i].how);
	}
}

/* How much is lost with a poisoned page: a huge page of hugetlbfs goes as a whole. */
static void poison(void **state)
{
	(void)state;
	fake.nr_vmas = 1;
	fake.vma[0].vma = (struct vm_area_struct) { .vm_start = HVA, .vm_end = HVA + 4096 };
	fake.vma[0].page_size = 2 << 20;
	assert_int_equal(host_poison_shift(HVA), 12);
	fake.vma[0].hugetlb = true;
	assert_int_equal(host_poison_shift(HVA), 21);
	assert_int_equal(host_poison_shift(HVA + 4095), 21);
	assert_int_equal(host_poison_shift(HVA - 1), 12);
	assert_int_equal(host_poison_shift(HVA + 4096), 12);
	fake.mmap_killed = true;
	assert_int_equal(host_poison_shift(HVA), 12);
	shim_current()->mm = NULL;
	assert_int_equal(host_poison_shift(HVA), 12);
}

/* Is there a driver's mapping anywhere in a range? */
static void range_has_bare(void **state)
{
	(void)state;
	fake.nr_vmas = 3;
	fake.vma[0].vma = (struct vm_area_struct) { .vm_start = 0x1000, .vm_end = 0x3000 };
	fake.vma[1].vma = (struct vm_area_struct) { .vm_start = 0x5000, .vm_end = 0x6000, .vm_flags = VM_PFNMAP };
	fake.vma[2].vma = (struct vm_area_struct) { .vm_start = 0x8000, .vm_end = 0x9000, .vm_flags = VM_IO };
	assert_int_equal(host_range_has_bare(0x1000, 0x5000), 0);
	assert_int_equal(host_range_has_bare(0x1000, 0x5001), 1);
	assert_int_equal(host_range_has_bare(0x5fff, 0x7000), 1);
	assert_int_equal(host_range_has_bare(0x6000, 0x9000), 0);
	assert_int_equal(host_range_has_bare(0x3000, 0x3000), 0);
	assert_int_equal(host_range_has_bare(0, ~0UL), 1);
	assert_int_equal(host_range_has_bare(0x9000, ~0UL), 0);
	fake.mmap_killed = true;
	assert_int_equal(host_range_has_bare(0x1000, 0x2000), -EINTR);
	shim_current()->mm = NULL;
	assert_int_equal(host_range_has_bare(0x5000, 0x6000), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(fast), T(slow), T(errors), T(watched), T(pages_near), T(described), T(bare_frames), T(bare_refused), T(bare_faults), T(put),
		T(kernel_address), T(poison), T(range_has_bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
