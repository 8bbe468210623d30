// SPDX-License-Identifier: GPL-2.0
/*
 * Who keeps an address of a page while the memory manager takes it away: bytes that
 * he loads and stores, when he may, and ways to lose memory for good.
 */
#include "host_mm.h"

#include <string.h>

#include "../../src/host/page.h"
#include "../explore/explore.h"
#include "../explore/trace.h"
#include "host_private.h"

#define PAGE	4096UL
#define mm	host_state.mm
#define frames	host_state.frame

/* Not of huge pages: nobody looks at those. */
unsigned char *host_frame_bytes(unsigned int f)
{
	return memory_kva(host_frame_pa(f));
}

void host_poke(unsigned long hva, uint64_t val)
{
	explore_point("VMM store");
	if (!host_fault_in(hva, true))
		explore_violation("scenario", "the VMM writes where it may not");
	memcpy(memory_kva(host_pa(hva)), &val, sizeof(val));
	trace_step("stores %llu at %s", (unsigned long long)val, trace_page("VMM page", hva - HOST_HVA));
}

uint64_t host_peek(unsigned long hva)
{
	uint64_t val;

	explore_point("VMM load");
	if (!host_fault_in(hva, false))
		explore_violation("scenario", "the VMM reads where it may not");
	memcpy(&val, memory_kva(host_pa(hva)), sizeof(val));
	trace_step("loads %llu from %s", (unsigned long long)val,
		   trace_page("VMM page", hva - HOST_HVA));
	return val;
}

static struct page *page_of(uint64_t pa)
{
	if (pa < MEMORY_USER || pa - MEMORY_USER >= MEMORY_USER_SIZE)
		explore_violation("page taken back", "%s uses what is no memory",
				  explore_current()->name);
	return &frames[(pa - MEMORY_USER) / PAGE];
}

void host_check_guest(uint64_t pa, uint64_t at, unsigned long hva)
{
	uint64_t is = host_pa(hva);

	if (pa < MEMORY_USER || pa - MEMORY_USER >= MEMORY_USER_SIZE)
		explore_violation("freed frame", "%s gets to %#llx with an access to %#llx, where there is no page",
				  explore_current()->name, (unsigned long long)pa,
				  (unsigned long long)at);
	if (frames[(pa - MEMORY_USER) / PAGE].free)
		explore_violation("freed frame", "%s accesses a page at %#llx that was given back",
				  explore_current()->name, (unsigned long long)at);
	if (is && is / PAGE != pa / PAGE)
		explore_violation("wrong page", "%s gets to the page at %#llx with an access to %#llx, which is at %#llx",
				  explore_current()->name, (unsigned long long)pa,
				  (unsigned long long)at, (unsigned long long)is);
}

void host_use(uint64_t pa, unsigned int flags)
{
	struct page *page = page_of(pa);
	bool write = flags & HOST_USE_WRITE;

	if (page->taken & (write ? TLB_R | TLB_W : TLB_R))
		explore_violation("page taken back", "%s uses a page that the host has taken back",
				  explore_current()->name);
	if (flags & HOST_USE_MAPPED && !page->kmaps)
		explore_violation("page taken back", "%s uses a kernel mapping that is gone",
				  explore_current()->name);
	page->uses[write]++;
}

void host_unuse(uint64_t pa, unsigned int flags)
{
	page_of(pa)->uses[!!(flags & HOST_USE_WRITE)]--;
}

/* Whoever keeps an address of it must have heard that it goes. */
void host_take(unsigned int f, uint8_t perms, const char *why)
{
	struct page *page = &frames[f];

	if (page->uses[1] || (perms & TLB_R && page->uses[0]))
		explore_violation("page taken back", "%s, and somebody still uses the page", why);
	page->taken |= perms & (TLB_R | TLB_W);
}

void host_forbid(unsigned long hva, const char *why)
{
	struct host_pte *pte = host_pte(hva);

	if (pte->present)
		host_take(pte->frame, TLB_R | TLB_W, why);
}

void host_make_special(unsigned long hva)
{
	host_fault_in(hva, true);
	host_pte(hva)->special = true;
}

int host_range_has_bare(unsigned long start, unsigned long end)
{
	for (; start < end; start += PAGE)
		if (host_pte(start) && host_pte(start)->special)
			return 1;
	return 0;
}

void host_map_fails(unsigned int n)
{
	host_state.map_fails = n;
}

void host_map_invalidates(bool on)
{
	host_state.map_invalidates = on;
}

void host_check_unmapped(void)
{
	unsigned int f;

	for (f = 0; f <= host_state.next_frame; f++)
		if (frames[f].kmaps)
			explore_violation("leak", "a kernel mapping is never dropped");
}

#define DISCARD_PAGES	8

/* Who looks an address up meanwhile may find the page before it is zapped, or a new one after. */
static void zap(unsigned long hva, unsigned long len)
{
	unsigned int old[DISCARD_PAGES], n = 0;
	unsigned long at;

	explore_point("zap");
	for (at = hva; at < hva + len && n < DISCARD_PAGES; at += PAGE) {
		struct host_pte *pte = host_pte(at);

		if (!pte->present || pte->moving)
			continue;
		host_check_gone(pte->frame, TLB_R | TLB_W | TLB_X, "the host zaps the page");
		pte->present = false;
		old[n++] = pte->frame;
	}
	explore_point("free");
	while (n--) {
		host_check_gone(old[n], TLB_R | TLB_W | TLB_X, "the host frees the page");
		host_each_line(old[n], host_line_check, (void *)"C4");
		host_frame_free(old[n]);
	}
	trace_step("has freed %s, %lu pages", trace_page("VMM page", hva - HOST_HVA), len / PAGE);
}

void host_discard(unsigned long hva, unsigned long len)
{
	explore_point("MADV_DONTNEED");
	host_notify_start(hva, hva + len);
	zap(hva, len);
	host_notify_end(hva, hva + len);
}

void host_uffd_protect(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);

	explore_point("UFFDIO_WRITEPROTECT");
	host_fault_in(hva, false);
	host_notify_start(hva, hva + PAGE);
	host_check_gone(pte->frame, TLB_W, "userfaultfd write-protects the page");
	explore_point("write-protect");
	pte->writable = false;
	pte->wp = true;
	host_check_gone(pte->frame, TLB_W, "userfaultfd has write-protected the page");
	host_notify_end(hva, hva + PAGE);
	trace_step("write-protects %s by userfaultfd", trace_page("VMM page", hva - HOST_HVA));
}

/* Nothing that was allowed is forbidden by it: nobody is told. */
void host_uffd_unprotect(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);

	explore_point("UFFDIO_WRITEPROTECT");
	if (pte->present)
		frames[pte->frame].taken &= ~TLB_W;
	pte->writable = true;
	pte->wp = false;
	trace_step("lets %s be written again", trace_page("VMM page", hva - HOST_HVA));
}

void host_uffd_discard(unsigned long hva)
{
	host_pte(hva)->missing = true;
	host_discard(hva, PAGE);
}

void host_uffd_copy(unsigned long hva, uint64_t val)
{
	struct host_pte *pte = host_pte(hva);

	explore_point("UFFDIO_COPY");
	pte->missing = false;
	host_fault_in(hva, true);
	memcpy(memory_kva(host_pa(hva)), &val, sizeof(val));
	trace_step("brings %s by userfaultfd", trace_page("VMM page", hva - HOST_HVA));
}

void host_reap(unsigned long hva, unsigned long len)
{
	explore_point("OOM reaper");
	host_notify_reap(hva, hva + len);
	zap(hva, len);
	host_notify_end(hva, hva + len);
}

void host_exit(void)
{
	struct host_pte *pte;

	explore_point("exit");
	host_notify_exit();
	for (pte = mm.pte; pte < mm.pte + HOST_PAGES; pte++) {
		pte->nothing = true;
		if (!pte->present)
			continue;
		pte->present = false;
		host_check_gone(pte->frame, TLB_R | TLB_W | TLB_X, "the VMM has ended");
		host_frame_free(pte->frame);
	}
	trace_step("the VMM has ended");
}
