// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to guests' memory beneath them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include "fuzz.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

struct range {
	char *at;
	size_t size;
	bool is_file;
};

/* Pages of an area: a few, or a lot; a VM's first page is spared, mostly, so that guests live. */
static struct range draw_range(struct thread *t)
{
	struct range r = { .is_file = one_in(t, 4) };
	char *area = r.is_file ? FILE_AREA : ARENA;
	size_t size = r.is_file ? FILE_SIZE : ARENA_SIZE;
	size_t page = draw_below(t, size / PAGE);

	if (!r.is_file && page % (RAM_SIZE / PAGE) < 9 && draw_below(t, 8))
		page += 9;
	r.at = area + page * PAGE;
	r.size = PAGE << draw_below(t, 9);
	if (r.at + r.size > area + size)
		r.size = PAGE;
	return r;
}

static void map(struct thread *t)
{
	struct range r = draw_range(t);
	int flags = MAP_FIXED | (r.is_file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
	int prot = PROT_READ | PROT_WRITE;
	void *p;

	if (one_in(t, 6))
		prot = draw_below(t, 4);
	if (one_in(t, 4))
		flags |= MAP_POPULATE;
	call_begin(t, CALL_MMAP, r.is_file, (uintptr_t)r.at, r.size);
	if (one_in(t, 4))	/* a hole, for a moment */
		munmap(r.at, r.size);
	p = mmap(r.at, r.size, prot, flags, r.is_file ? area_fd : -1, r.is_file ? r.at - FILE_AREA : 0);
	call_end(t, CALL_MMAP, p == MAP_FAILED ? -1 : 0);
}

static void protect(struct thread *t)
{
	struct range r = draw_range(t);
	int prot = one_in(t, 3) ? draw_below(t, 4) : PROT_READ | PROT_WRITE;

	call_begin(t, CALL_MPROTECT, prot, (uintptr_t)r.at, r.size);
	call_end(t, CALL_MPROTECT, mprotect(r.at, r.size, prot));
}

static void advise(struct thread *t)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_FREE, MADV_PAGEOUT, MADV_COLD, MADV_REMOVE, MADV_HUGEPAGE,
		MADV_NOHUGEPAGE, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_COLLAPSE, MADV_POPULATE_WRITE,
		MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
	};
	struct range r = draw_range(t);
	int what = advice[draw_below(t, ARRAY_SIZE(advice))];

	call_begin(t, CALL_MADVISE, what, (uintptr_t)r.at, r.size);
	call_end(t, CALL_MADVISE, madvise(r.at, r.size, what));
}

/* Pages move within the private area; where they were there is new memory. */
static void remap(struct thread *t)
{
	size_t size = PAGE << draw_below(t, 6), pages = (ARENA_SIZE - size) / PAGE;
	char *from = ARENA + PAGE * draw_below(t, pages), *to = ARENA + PAGE * draw_below(t, pages);
	void *p;

	call_begin(t, CALL_MREMAP, size / PAGE, (uintptr_t)from, (uintptr_t)to);
	p = mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	call_end(t, CALL_MREMAP, p == MAP_FAILED ? -1 : 0);
	if (p != MAP_FAILED)
		mmap(from, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void punch(struct thread *t)
{
	off_t at = PAGE * draw_below(t, FILE_SIZE / PAGE);
	int mode = one_in(t, 3) ? 0 : FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	call_begin(t, CALL_FALLOCATE, area_fd, at, mode);
	if (one_in(t, 8))	/* shorter for a moment: SIGBUS for who looks behind */
		call_end(t, CALL_FALLOCATE, ftruncate(area_fd, at) | ftruncate(area_fd, FILE_SIZE));
	else
		call_end(t, CALL_FALLOCATE, fallocate(area_fd, mode, at, PAGE << draw_below(t, 8)));
}

static void lock(struct thread *t)
{
	struct range r = draw_range(t);
	bool on = one_in(t, 2);

	call_begin(t, CALL_MLOCK, on, (uintptr_t)r.at, r.size);
	call_end(t, CALL_MLOCK, on ? mlock(r.at, r.size) : munlock(r.at, r.size));
}

/* Asks where pages are, or moves them to the node where they are: what there is in a machine of one node. */
static void move(struct thread *t)
{
	struct range r = draw_range(t);
	void *pages[8];
	int nodes[8], status[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = r.at + i * PAGE;
		nodes[i] = draw_below(t, 2);
	}
	call_begin(t, CALL_MOVE_PAGES, 0, (uintptr_t)r.at, 0);
	call_end(t, CALL_MOVE_PAGES, syscall(SYS_move_pages, 0, ARRAY_SIZE(pages), pages,
					     one_in(t, 4) ? NULL : nodes, status, 0x2));
}

/* Drawn code, programs again, or any bytes anywhere. */
static void write_guest(struct thread *t)
{
	char *ram = world_ram(draw_below(t, VMS));
	uint32_t code[32];
	unsigned int i;
	bool good;

	call_begin(t, CALL_WRITE_GUEST, 0, (uintptr_t)ram, 0);
	if (one_in(t, 3)) {
		good = world_write(ram, guest_programs, guest_programs_end - guest_programs);
	} else if (one_in(t, 8)) {
		uint64_t word = draw_wild(t);

		good = world_write(ram + 8 * draw_below(t, RAM_SIZE / 8), &word, sizeof(word));
	} else {
		for (i = 0; i < ARRAY_SIZE(code); i++)
			code[i] = guest_instruction(t);
		good = world_write(ram + RANDOM_CODE + 128 * draw_below(t, 8), code, sizeof(code));
	}
	errno = EFAULT;
	call_end(t, CALL_WRITE_GUEST, good ? 0 : -1);
}

const struct op memory_ops[] = {
	{ "map", map, 6 },
	{ "protect", protect, 4 },
	{ "advise", advise, 8 },
	{ "remap", remap, 3 },
	{ "punch", punch, 2 },
	{ "lock", lock, 2 },
	{ "move", move, 3 },
	{ "write_guest", write_guest, 8 },
	{}
};
