// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is fetched.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "late.h"

bool host_page_is_late(unsigned long hva, bool write)
{
	unsigned int gup = write ? FOLL_WRITE : 0;
	struct page *page;
	long n;

	if (get_user_page_fast_only(hva, gup, &page)) {
		put_page(page);
		return false;
	}
	n = get_user_pages_unlocked(hva, 1, &page, gup | FOLL_NOWAIT);
	if (n == 1)
		put_page(page);
	return n == 0 || n == -EAGAIN || n == -EBUSY;
}

void host_page_fetch(struct mm_struct *mm, unsigned long hva, bool write)
{
	int locked = 1;

	if (!mmget_not_zero(mm))
		return;
	mmap_read_lock(mm);
	get_user_pages_remote(mm, hva, 1, write ? FOLL_WRITE : 0, NULL, &locked);
	if (locked)
		mmap_read_unlock(mm);
	mmput(mm);
}
