// SPDX-License-Identifier: GPL-2.0
/*
 * Who sees that the hypervisor writes to a page of a guest; see seen.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "seen.h"

static void seen_protect(struct seen *s, bool on)
{
	struct uffdio_writeprotect w = {
		.range = { (unsigned long)s->mem, SEEN_PAGE }, .mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(s->uffd, UFFDIO_WRITEPROTECT, &w))
		die("UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

static void seen_bring(struct seen *s, unsigned long at)
{
	bool ours = at == (unsigned long)s->mem;
	struct uffdio_copy c = { .dst = at, .src = (unsigned long)s->before, .len = SEEN_PAGE };

	if (ours)
		s->faults++;
	else
		usleep(3000);
	ioctl(s->uffd, UFFDIO_COPY, &c);
}

static void *seen_serve(void *arg)
{
	struct seen *s = arg;
	struct pollfd p = { .fd = s->uffd, .events = POLLIN };
	struct uffd_msg m;

	while (!s->stop) {
		if (poll(&p, 1, 10) != 1 || read(s->uffd, &m, sizeof(m)) != sizeof(m))
			continue;
		if (m.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			/* nobody has written by now */
			s->early += memcmp(s->mem, s->before, SEEN_PAGE) != 0;
			s->faults++;
			seen_protect(s, false);
		} else {
			seen_bring(s, m.arg.pagefault.address & -SEEN_PAGE);
		}
	}
	return NULL;
}

static void seen_watch(struct seen *s, char *mem, unsigned long len, uint64_t mode)
{
	struct uffdio_register r = { .range = { (unsigned long)mem, len }, .mode = mode };

	if (ioctl(s->uffd, UFFDIO_REGISTER, &r))
		die("UFFDIO_REGISTER: %s", strerror(errno));
}

/* The page's node, or where it goes: what move_pages() says of it. */
static int seen_move(struct seen *s, const int *node)
{
	void *page = s->mem;
	int status = -1;

	if (syscall(SYS_move_pages, 0, 1UL, &page, node, &status, node ? 2 /* MPOL_MF_MOVE */ : 0) < 0)
		die("move_pages: %s (are there two nodes?)", strerror(errno));
	return status;
}

/* Somebody may look at the page right now: it goes when nobody does. */
static void seen_migrate(struct seen *s)
{
	int node = !seen_move(s, NULL);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		if (seen_move(s, &node) == node && seen_move(s, NULL) == node)
			return;
		usleep(1000);
	}
	die("the page does not migrate to node %d", node);
}

/* The log says so; then the page is copied. */
static bool seen_dirty(struct seen *s)
{
	uint64_t *bits = calloc(s->slot_pages / 64 + 1, 8);
	struct kvm_dirty_log l = { .slot = s->slot, .dirty_bitmap = bits };
	bool dirty;

	if (ioctl(s->vm, KVM_GET_DIRTY_LOG, &l))
		die("KVM_GET_DIRTY_LOG: %s", strerror(errno));
	dirty = bits[s->index / 64] >> s->index % 64 & 1;
	free(bits);
	if (dirty)
		memcpy(s->copy, s->mem, SEEN_PAGE);
	return dirty;
}

void seen_begin(struct seen *s, enum see by)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };

	s->by = by;
	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0 || ioctl(s->uffd, UFFDIO_API, &api))
		cannot("no userfaultfd");
	memcpy(s->copy, s->mem, SEEN_PAGE);
	if (s->late)
		seen_watch(s, s->late, s->late_size, UFFDIO_REGISTER_MODE_MISSING);
	if (by == SEE_MISSING || by == SEE_PROTECTED)
		seen_watch(s, s->mem, SEEN_PAGE, by == SEE_MISSING ? UFFDIO_REGISTER_MODE_MISSING : UFFDIO_REGISTER_MODE_WP);
	pthread_create(&s->server, NULL, seen_serve, s);
}

void seen_take_away(struct seen *s)
{
	if (s->by == SEE_LOG)
		seen_dirty(s);
	memcpy(s->before, s->mem, SEEN_PAGE);
	s->faults = 0;
	if (s->by == SEE_PROTECTED)
		seen_protect(s, true);
	if (s->by == SEE_MISSING && madvise(s->mem, SEEN_PAGE, MADV_DONTNEED))
		die("MADV_DONTNEED: %s", strerror(errno));
	if (s->by == SEE_MOVED)
		seen_migrate(s);
}

bool seen_look(struct seen *s, const char *who, bool written, bool escapes)
{
	/* asked first: reading it here would bring it */
	unsigned int faults = s->faults;
	bool dirty = s->by == SEE_LOG && seen_dirty(s);
	bool differs = memcmp(s->mem, s->before, SEEN_PAGE) != 0;

	written |= differs;
	if (escapes)
		return true;
	if (s->by == SEE_LOG)
		expect(dirty || !written, "%s: not in the dirty log", who);
	else if (s->by != SEE_MOVED)
		expect(faults || !written, "%s: userfaultfd has not heard of it", who);
	expect(!s->early, "%s: written before userfaultfd has let it", who);
	return written;
}

void seen_end(struct seen *s, const char *who, bool escapes)
{
	s->stop = true;
	pthread_join(s->server, NULL);
	if (s->by == SEE_LOG)
		seen_dirty(s);
	expect(s->by != SEE_LOG || escapes || !memcmp(s->copy, s->mem, SEEN_PAGE), "%s: the copy by the log is another", who);
	close(s->uffd);
}

unsigned long seen_sum(const void *page)
{
	const uint64_t *word = page;
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < SEEN_PAGE / 8; i++)
		sum = sum * 31 + word[i];
	return sum;
}
