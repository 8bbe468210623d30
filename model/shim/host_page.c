// SPDX-License-Identifier: GPL-2.0
/*
 * src/host/page.h and notifier.h on the model's address space, and user memory
 * for the copy functions.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <string.h>

#include "../../src/host/late.h"
#include "../../src/host/notifier.h"
#include "../../src/host/page.h"
#include "../../src/host/user.h"
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
	};
	if (pte->special) {
		hp->flags |= HOST_PAGE_NOSTRUCT;
	} else if (!(flags & HOST_GET_WATCHED)) {
		hp->page = &host_state.frame[pte->frame];
		hp->page->refs++;
	}
	return 0;
}

/* What is there is young and dirty here. */
void host_page_near(unsigned long hva, unsigned int n, bool write, struct host_near *near)
{
	near->n = 0;
	near->writable = 0;
	explore_point("look at the host's table");
	for (; near->n < n && near->n < HOST_NEAR_MAX; hva += PAGE) {
		struct host_pte *pte = host_pte(hva);
		bool writable = pte && pte->writable;

		if (!pte || !pte->present || pte->huge || pte->special || (write && !writable))
			break;
		if (writable)
			near->writable |= 1UL << near->n;
		near->pfn[near->n++] = host_frame_pa(pte->frame) / PAGE;
	}
}

void host_page_put(struct host_page *hp, unsigned int flags)
{
	struct page *page = hp->page;

	(void)flags;
	explore_point("put page");
	if (!page)
		return;
	if (!page->refs--)
		explore_violation("page", "a page is put once too often");
	hp->page = NULL;
	if (!page->refs && page->free)
		host_frame_free(page - host_state.frame);
}

/* What is in swap has to be waited for. */
bool host_page_is_late(unsigned long hva, bool write)
{
	struct host_pte *pte = host_pte(hva);

	shim_may_sleep();
	explore_point("is it late?");
	if (!pte || pte->nothing || (write && pte->readonly))
		return false;
	if (pte->swapped || pte->moving)
		return true;
	return !host_fault_in(hva, write);
}

void host_page_fetch(struct mm_struct *mm, unsigned long hva, bool write)
{
	(void)mm;
	shim_may_sleep();
	explore_point("fetch");
	host_fault_in(hva, write);
}

u8 host_page_map_shift(struct mm_struct *mm, unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);

	(void)mm;
	return pte && pte->present && pte->huge ? 21 : 12;
}

void *host_page_map(const struct host_page *hp)
{
	shim_may_sleep();
	explore_point("map");
	if (host_state.map_fails) {
		host_state.map_fails--;
		trace_step("cannot map it for the kernel");
		return NULL;
	}
	if (host_state.map_invalidates) {
		host_notify_start(hp->hva, hp->hva + PAGE);
		host_notify_end(hp->hva, hp->hva + PAGE);
	}
	host_state.frame[(hp->pfn * PAGE - MEMORY_USER) / PAGE].kmaps++;
	return memory_kva(hp->pfn * PAGE);
}

void host_page_unmap(const struct host_page *hp, void *kva)
{
	struct page *page = &host_state.frame[(hp->pfn * PAGE - MEMORY_USER) / PAGE];

	shim_may_sleep();
	explore_point("unmap");
	if (kva != memory_kva(hp->pfn * PAGE) || !page->kmaps--)
		explore_violation("page", "a mapping is dropped that was not made of this page");
	if (!page->kmaps && (page->uses[0] || page->uses[1]))
		explore_violation("page", "a mapping is dropped that is in use");
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
	host_state.mm.released = false;
	return 0;
}

void host_notifier_unregister(struct host_notifier *hn)
{
	struct mm_struct *mm = &host_state.mm;

	shim_may_sleep();
	explore_point("unregister");
	if (!mm->released)
		hn->ops->release(hn);
	mm->listener = NULL;
	while (mm->notifying)
		explore_block(notifier_is_quiet, mm, "callbacks that run");
}

static void notify_start(unsigned long start, unsigned long end, unsigned int flags)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn;

	explore_point("range start");
	hn = mm->listener;
	if (!hn)
		return;
	mm->notifying++;
	hn->ops->range_start(hn, start, end, flags);
	mm->notifying--;
	trace_step("told the VM that %s goes", trace_page("VMM page", start - HOST_HVA));
}

void host_notify_start(unsigned long start, unsigned long end)
{
	notify_start(start, end, HOST_INVAL_MAY_SLEEP);
}

void host_notify_reap(unsigned long start, unsigned long end)
{
	shim_atomic_enter();
	notify_start(start, end, 0);
	shim_atomic_leave();
}

void host_notify_exit(void)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn = mm->listener;

	if (!hn || mm->released)
		return;
	mm->released = true;
	mm->notifying++;
	hn->ops->release(hn);
	mm->notifying--;
	trace_step("told the VM that all memory goes");
}

void host_notify_end(unsigned long start, unsigned long end)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn;

	explore_point("range end");
	hn = mm->listener;
	if (!hn)
		return;
	mm->notifying++;
	hn->ops->range_end(hn, start, end);
	mm->notifying--;
}

/* Linux asks under its page-table lock. */
bool host_notify_age(unsigned long start, unsigned long end, bool flush)
{
	struct mm_struct *mm = &host_state.mm;
	struct host_notifier *hn;
	bool young;

	explore_point("age");
	hn = mm->listener;
	if (!hn)
		return false;
	mm->notifying++;
	shim_atomic_enter();
	young = hn->ops->age(hn, start, end, flush ? HOST_AGE_CLEAR_FLUSH : HOST_AGE_CLEAR);
	shim_atomic_leave();
	mm->notifying--;
	return young;
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

/* The part of [addr, addr + n) that is bytes, of a page that was faulted in just now. */
static void user_bytes(unsigned long addr, size_t n, void *to, const void *from)
{
	size_t in_page = addr & (PAGE - 1);

	if (in_page >= HOST_BYTES || host_pte(addr)->huge)
		return;
	if (n > HOST_BYTES - in_page)
		n = HOST_BYTES - in_page;
	if (to)
		memcpy(to, memory_kva(host_pa(addr)), n);
	if (from)
		memcpy(memory_kva(host_pa(addr)), from, n);
}

static size_t user_lines(unsigned long addr, size_t n, char *to, const char *from)
{
	unsigned long at = addr, next;

	shim_may_sleep();
	for (; at < addr + n; at = next) {
		explore_point("user access");
		if (!host_pte(at) || !host_fault_in(at, from))
			return addr + n - at;
		if (from)
			machine_host_store(explore_current()->pe, host_pa(at),
					   explore_current()->id);
		next = (at & ~(unsigned long)(MACHINE_LINE_BYTES - 1)) + MACHINE_LINE_BYTES;
		if (next > addr + n)
			next = addr + n;
		user_bytes(at, next - at, to ? to + (at - addr) : NULL,
			   from ? from + (at - addr) : NULL);
	}
	return 0;
}

size_t shim_user_read(void *to, unsigned long from, size_t n)
{
	memset(to, 0, n);
	if (host_is_user(from))
		return user_lines(from, n, to, NULL);
	explore_point("copy from user");
	memcpy(to, (const void *)from, n);
	return 0;
}

size_t shim_user_write(unsigned long to, const void *from, size_t n)
{
	if (host_is_user(to))
		return user_lines(to, n, NULL, from);
	explore_point("copy to user");
	memcpy((void *)to, from, n);
	return 0;
}

size_t shim_user_clear(unsigned long to, size_t n)
{
	static const char zeroes[2 * PAGE];

	if (host_is_user(to) && n > sizeof(zeroes))
		explore_unfinished("more than two pages are cleared at once");
	if (host_is_user(to))
		return user_lines(to, n, NULL, zeroes);
	memset((void *)to, 0, n);
	return 0;
}

/* src/host/user.h: each operation is one step, once the page is there. */

static int user_value(unsigned long hva, unsigned int width, bool write)
{
	if ((width != 1 && width != 2 && width != 4 && width != 8) || hva & (width - 1))
		return -EINVAL;
	if ((hva & (PAGE - 1)) >= HOST_BYTES)
		explore_unfinished("only the first %u bytes of a page are kept", HOST_BYTES);
	shim_may_sleep();
	explore_point("user access");
	return host_fault_in(hva, write) ? 0 : -EFAULT;
}

int host_user_load(unsigned long hva, unsigned int width, u64 *val)
{
	int ret = user_value(hva, width, false);

	if (ret)
		return ret;
	*val = 0;
	memcpy(val, memory_kva(host_pa(hva)), width);
	return 0;
}

int host_user_store(unsigned long hva, unsigned int width, u64 val)
{
	int ret = user_value(hva, width, true);

	if (!ret)
		memcpy(memory_kva(host_pa(hva)), &val, width);
	return ret;
}

/* Does not sleep: what is not there is not had. */
int host_user_add_versioned(unsigned long hva, u64 delta)
{
	struct host_pte *pte = host_pte(hva);
	u64 *at;

	explore_point("user access");
	if (!pte || !pte->present || !pte->writable)
		return 0;
	at = (void *)memory_kva(host_pa(hva));
	at[0] += delta;
	at[1] = (u32)((((u32)at[1] + 1) | 1) + 1);
	return 3;
}

int host_user_cmpxchg(unsigned long hva, unsigned int width, u64 *old, u64 new)
{
	int ret = user_value(hva, width, true);
	u64 was = 0;

	if (ret)
		return ret;
	memcpy(&was, memory_kva(host_pa(hva)), width);
	if (was == *old)
		memcpy(memory_kva(host_pa(hva)), &new, width);
	*old = was;
	return 0;
}
