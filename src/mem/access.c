// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes to and from guest memory, by the VMM's own mapping of it: any length, over
 * slots that touch, as far as memory goes.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../mutant.h"
#include "gmem.h"
#include "trace.h"

/* Bytes at a time: others get the CPU in between. */
#define GMEM_COPY_CHUNK	(64UL << 10)

enum gmem_copy_op {
	GMEM_COPY_READ,
	GMEM_COPY_WRITE,
	GMEM_COPY_ZERO,
};

/**
 * struct gmem_copy - a copy on its way
 * @op: which
 * @in: where written bytes come from
 * @out: where read bytes go to
 */
struct gmem_copy {
	enum gmem_copy_op op;
	const char *in;
	char *out;
};

/* Counts it, and tells who listens: @done of @n, or an errno. */
static ssize_t gmem_copy_note(struct gmem *gm, const struct gmem_copy *c, u64 gpa,
			      size_t n, unsigned int size, ssize_t done)
{
	bool write = c->op != GMEM_COPY_READ;

	atomic64_inc(write ? &gm->stats.writes : &gm->stats.reads);
	trace_gmem_access(gpa, n, size, write, done);
	return done;
}

/* Bytes of one piece inside one slot that could not be copied. */
static size_t gmem_copy_user(const struct gmem_copy *c, size_t at,
			     unsigned long hva, size_t len)
{
	void __user *user = (void __user *)hva;

	switch (c->op) {
	case GMEM_COPY_READ:
		return copy_from_user(c->out + at, user, len);
	case GMEM_COPY_WRITE:
		return copy_to_user(user, c->in + at, len);
	case GMEM_COPY_ZERO:
		return clear_user(user, len);
	}
	return len;
}

/* The frames of @len bytes, not 0, at @gpa, all of them in @slot. */
static void gmem_mark_bytes(struct gmem_slot *slot, u64 gpa, size_t len)
{
	u64 gfn = gpa >> GMEM_PAGE_SHIFT;
	u64 last = (gpa + len - 1) >> GMEM_PAGE_SHIFT;

	if (!slot->dirty)
		return;
	for (; gfn <= last; gfn++)
		gmem_mark_dirty(slot, gfn);
}

/* One piece, up to the end of its slot: bytes copied. */
static size_t gmem_copy_piece(struct gmem *gm, const struct gmem_copy *c,
			      size_t at, u64 gpa, size_t len)
{
	struct gmem_slot *slot = gmem_find_slot(gm, gpa >> GMEM_PAGE_SHIFT);
	unsigned long hva;
	size_t done;
	u64 end;

	if (!slot || (c->op != GMEM_COPY_READ && (slot->flags & KVM_MEM_READONLY)))
		return 0;
	end = (slot->base_gfn + slot->npages) << GMEM_PAGE_SHIFT;
	len = min_t(u64, len, end - gpa);
	hva = gmem_slot_hva(slot, gpa >> GMEM_PAGE_SHIFT) +
	      (gpa & (GMEM_PAGE_SIZE - 1));

	if (MUTANT(access_dirty_early))
		gmem_mark_bytes(slot, gpa, len);
	done = len - gmem_copy_user(c, at, hva, len);
	/* The frame where a write broke off may hold more than was counted. */
	if (c->op != GMEM_COPY_READ && !MUTANT(access_unlogged) && !MUTANT(access_dirty_early))
		gmem_mark_bytes(slot, gpa, min(len, done + 1));
	return done;
}

static ssize_t gmem_copy(struct gmem *gm, const struct gmem_copy *c, u64 gpa,
			 size_t len)
{
	size_t done = 0, n, want;
	int idx;

	if (current->mm != gm->mm)
		return -EFAULT;
	len = min_t(size_t, len, LONG_MAX);

	idx = gmem_read_lock(gm);
	/* No slot reaches the last byte there is, so gpa + done ends before it wraps. */
	while (done < len) {
		want = min(len - done, GMEM_COPY_CHUNK);
		n = gmem_copy_piece(gm, c, done, gpa + done, want);
		done += n;
		if (!n)
			break;
		cond_resched();
	}
	gmem_read_unlock(gm, idx);
	return gmem_copy_note(gm, c, gpa, len, 1, done || !len ? done : -EFAULT);
}

ssize_t gmem_read(struct gmem *gm, u64 gpa, void *buf, size_t len)
{
	struct gmem_copy c = { .op = GMEM_COPY_READ, .out = buf };

	return gmem_copy(gm, &c, gpa, len);
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	struct gmem_copy c = { .op = GMEM_COPY_WRITE, .in = buf };

	return gmem_copy(gm, &c, gpa, len);
}

ssize_t gmem_zero(struct gmem *gm, u64 gpa, size_t len)
{
	struct gmem_copy c = { .op = GMEM_COPY_ZERO };

	return gmem_copy(gm, &c, gpa, len);
}

/* One access each, into the first bytes of @val. */
static int gmem_elem_load(unsigned long hva, unsigned int size, void *val)
{
	switch (size) {
	case 1:
		return get_user(*(u8 *)val, (u8 __user *)hva);
	case 2:
		return get_user(*(u16 *)val, (u16 __user *)hva);
	case 4:
		return get_user(*(u32 *)val, (u32 __user *)hva);
	default:
		return get_user(*(u64 *)val, (u64 __user *)hva);
	}
}

static int gmem_elem_store(unsigned long hva, unsigned int size, const void *val)
{
	switch (size) {
	case 1:
		return put_user(*(const u8 *)val, (u8 __user *)hva);
	case 2:
		return put_user(*(const u16 *)val, (u16 __user *)hva);
	case 4:
		return put_user(*(const u32 *)val, (u32 __user *)hva);
	default:
		return put_user(*(const u64 *)val, (u64 __user *)hva);
	}
}

/* One element, to or from kernel memory, of any alignment there. */
static int gmem_elem_user(const struct gmem_copy *c, size_t at, unsigned long hva,
			  unsigned int size)
{
	u64 val = 0;
	int ret;

	switch (c->op) {
	case GMEM_COPY_READ:
		ret = gmem_elem_load(hva, size, &val);
		if (!ret)
			memcpy(c->out + at, &val, size);
		return ret;
	case GMEM_COPY_WRITE:
		memcpy(&val, c->in + at, size);
		return gmem_elem_store(hva, size, &val);
	default:
		return -EFAULT;
	}
}

/* Elements up to the end of a frame: bytes done. */
static size_t gmem_elem_frame(struct gmem *gm, const struct gmem_copy *c, size_t at,
			      u64 gpa, size_t len, unsigned int size)
{
	u64 gfn = gpa >> GMEM_PAGE_SHIFT;
	struct gmem_slot *slot = gmem_find_slot(gm, gfn);
	unsigned long hva;
	size_t done;

	if (!slot || (c->op != GMEM_COPY_READ && (slot->flags & KVM_MEM_READONLY)))
		return 0;
	hva = gmem_slot_hva(slot, gfn) + (gpa & (GMEM_PAGE_SIZE - 1));
	for (done = 0; done < len; done += size)
		if (gmem_elem_user(c, at + done, hva + done, size))
			break;
	if (done && c->op != GMEM_COPY_READ && !MUTANT(elems_unlogged))
		gmem_mark_dirty(slot, gfn);
	return done;
}

static ssize_t gmem_elems(struct gmem *gm, const struct gmem_copy *c, u64 gpa,
			  unsigned int size, size_t n)
{
	size_t done = 0, got, want, len;
	int idx;

	if ((size != 1 && size != 2 && size != 4 && size != 8) || gpa & (size - 1))
		return -EINVAL;
	if (current->mm != gm->mm)
		return -EFAULT;
	len = min_t(size_t, n, LONG_MAX / size) * size;

	idx = gmem_read_lock(gm);
	while (done < len) {
		want = GMEM_PAGE_SIZE - ((gpa + done) & (GMEM_PAGE_SIZE - 1));
		want = min(want, len - done);
		got = gmem_elem_frame(gm, c, done, gpa + done, want, size);
		done += got;
		if (got < want)
			break;
		cond_resched();
	}
	gmem_read_unlock(gm, idx);
	return gmem_copy_note(gm, c, gpa, len / size, size,
			      done || !len ? done / size : -EFAULT);
}

ssize_t gmem_read_elems(struct gmem *gm, u64 gpa, void *buf, unsigned int size,
			size_t n)
{
	struct gmem_copy c = { .op = GMEM_COPY_READ, .out = buf };

	return gmem_elems(gm, &c, gpa, size, n);
}

ssize_t gmem_write_elems(struct gmem *gm, u64 gpa, const void *buf,
			 unsigned int size, size_t n)
{
	struct gmem_copy c = { .op = GMEM_COPY_WRITE, .in = buf };

	return gmem_elems(gm, &c, gpa, size, n);
}
