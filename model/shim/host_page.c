// SPDX-License-Identifier: GPL-2.0
/*
 * src/host/page.h and notifier.h on the model's address space, and user memory
 * for the copy functions.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <string.h>

#include "../../src/host/notifier.h"
#include "../../src/host/page.h"
#include "../explore/explore.h"
#include "../explore/trace.h"
#include "host_private.h"

#define PAGE	4096UL

int host_page_get(unsigned long hva, unsigned int flags, struct host_page *hp)
{
	struct host_pte *pte = host_pte(hva);
	bool write = flags & HOST_GET_WRITE;

	memset(hp, 0, sizeof(*hp));
	shim_may_sleep();
	explore_point("get page");
	if (!pte)
		return -EFAULT;
	if (!(pte->present && (!write || pte->writable)) && flags & HOST_GET_NOSLEEP)
		return -EAGAIN;
	if (!host_fault_in(hva, write))
		return -EFAULT;
	if (!pte->present)
		return -EAGAIN;
	*hp = (struct host_page){
		.pfn = host_frame_pa(pte->frame) / PAGE,
		.hva = hva & ~(PAGE - 1),
		.map_shift = pte->huge ? 21 : 12,
		.flags = pte->writable ? HOST_PAGE_WRITABLE : 0,
		.page = &host_state.frame[pte->frame],
	};
	hp->page->refs++;
	return 0;
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	struct page *page = hp->page;

	(void)flags;
	explore_point("put page");
	if (!page->refs--)
		explore_violation("page", "a page is put once too often");
	hp->page = NULL;
	if (!page->refs && page->free)
		host_frame_free(page - host_state.frame);
}

u8 host_page_map_shift(struct mm_struct *mm, unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);

	(void)mm;
	return pte && pte->present && pte->huge ? 21 : 12;
}

void *host_page_map(const struct host_page *hp)
{
	return memory_kva(hp->pfn * PAGE);
}

void host_page_unmap(const struct host_page *hp, void *kva)
{
	(void)hp;
	(void)kva;
}

static bool notifier_is_quiet(const void *arg)
{
	return !((const struct mm_struct *)arg)->notifying;
}

int host_notifier_register(struct host_notifier *hn, const struct host_notifier_ops *ops)
{
	shim_may_sleep();
	explore_point("register");
	hn->ops = ops;
	host_state.mm.listener = hn;
	return 0;
}

void host_notifier_unregister(struct host_notifier *hn)
{
	struct mm_struct *mm = &host_state.mm;

	shim_may_sleep();
	explore_point("unregister");
	hn->ops->release(hn);
	mm->listener = NULL;
	while (mm->notifying)
		explore_block(notifier_is_quiet, mm, "callbacks that run");
}

void host_notify_start(unsigned long start, unsigned long end)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn = mm->listener;

	explore_point("range start");
	if (!hn)
		return;
	mm->notifying++;
	hn->ops->range_start(hn, start, end, HOST_INVAL_MAY_SLEEP);
	mm->notifying--;
	trace_step("told the VM that %#lx goes", start - HOST_HVA);
}

void host_notify_end(unsigned long start, unsigned long end)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn = mm->listener;

	explore_point("range end");
	if (!hn)
		return;
	mm->notifying++;
	hn->ops->range_end(hn, start, end);
	mm->notifying--;
}

void mmgrab(struct mm_struct *mm)
{
	mm->count++;
}

void mmdrop(struct mm_struct *mm)
{
	if (!mm->count--)
		explore_violation("mm", "an address space is dropped once too often");
}

/* User memory: the VMM's pages, by the line; anything else is a scenario's own buffer. */

bool shim_user_ok(unsigned long addr, size_t n)
{
	return n <= 1UL << 47 && addr <= (1UL << 47) - n;
}

static size_t user_lines(unsigned long addr, size_t n, bool write)
{
	unsigned long at = addr;

	shim_may_sleep();
	while (at < addr + n) {
		if (!host_pte(at) || !host_fault_in(at, write))
			return addr + n - at;
		if (write)
			host_write(at);
		at = (at & ~(unsigned long)(MACHINE_LINE_BYTES - 1)) + MACHINE_LINE_BYTES;
	}
	return 0;
}

size_t shim_user_read(void *to, unsigned long from, size_t n)
{
	memset(to, 0, n);
	if (host_is_user(from))
		return user_lines(from, n, false);
	explore_point("copy from user");
	memcpy(to, (const void *)from, n);
	return 0;
}

size_t shim_user_write(unsigned long to, const void *from, size_t n)
{
	if (host_is_user(to))
		return user_lines(to, n, true);
	explore_point("copy to user");
	memcpy((void *)to, from, n);
	return 0;
}

size_t shim_user_clear(unsigned long to, size_t n)
{
	if (host_is_user(to))
		return user_lines(to, n, true);
	memset((void *)to, 0, n);
	return 0;
}
