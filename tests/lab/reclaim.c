// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest alone has written, of each kind of the host's memory: the host's own entry says
 * clean, and then the host takes the page back. Swap must be on.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_READ, WHAT_WRITE };

#define AT	0x80000000UL
#define MIB	(1UL << 20)
#define SIZE	(2 * MIB)
#define MARK	0x5eedUL

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == WHAT_WRITE)
		write64(arg, MARK);
	return read64(arg);
}

#else

#include <sys/stat.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static volatile uint64_t *aligned(void)
{
	uint8_t *p = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return (void *)(((uintptr_t)p + SIZE - 1) & ~(SIZE - 1));
}

static void open_on(struct vmm *v, volatile uint64_t *mem)
{
	vmm_open(v, NULL);
	expect_result(vmm_slot(v, 1, AT, SIZE, (void *)mem, 0), 0);
}

/* A word of /proc/self/pagemap, or of what else has 8 bytes for each page. */
static uint64_t page_word(const char *name, uint64_t page)
{
	uint64_t val = 0;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || pread(fd, &val, 8, page * 8) != 8)
		die("%s: %s", name, strerror(errno));
	close(fd);
	return val;
}

static uint64_t pagemap(volatile void *p)
{
	return page_word("/proc/self/pagemap", (uintptr_t)p / 4096);
}

static bool is_present(volatile void *p)
{
	return pagemap(p) >> 63;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "3", 1) != 1)
		die("drop_caches");
	close(fd);
}

/* Until the page is gone, however often the host had to be asked. */
static void page_out(volatile void *p, size_t len)
{
	unsigned int i;

	for (i = 0; i < 100 && is_present(p); i++) {
		if (madvise((void *)p, len, 21 /* MADV_PAGEOUT */))
			cannot("MADV_PAGEOUT: %s", strerror(errno));
		usleep(1000);
		if (i % 10 == 9)	/* it may wait in another CPU's batch */
			drop_caches();
	}
}

/* What the guest wrote is there for the guest, and for the VMM, after the page was reclaimed. */
static void survives(struct vmm *v, volatile uint64_t *mem, size_t len, const char *what)
{
	page_out(mem, len);
	expect(!is_present(mem), "%s: the page cannot be reclaimed: is there swap?", what);
	expect(vmm_go(v, 0, WHAT_READ, AT) == MARK, "%s: the guest's store is lost", what);
	expect(*mem == MARK, "%s: the VMM reads %#lx", what, (long)*mem);
}

/* In its swap cache, clean, and writable by a read fault: the state that swap-in leaves. */
static void swapped_in(unsigned int writes_at_once)
{
	volatile uint64_t *mem = aligned();
	struct vmm v;

	madvise((void *)mem, SIZE, MADV_NOHUGEPAGE);
	mem[0] = 1;
	open_on(&v, mem);
	page_out(mem, 4096);
	if (is_present(mem))
		cannot("no swap");
	expect(mem[0] == 1, "it is not what was swapped out");
	if (!writes_at_once)
		expect(vmm_go(&v, 0, WHAT_READ, AT) == 1, "the guest reads otherwise");
	vmm_go(&v, 0, WHAT_WRITE, AT);
	survives(&v, mem, 4096, "anonymous");
	vmm_close(&v);
}

/* Anonymous memory that came back from swap for a read. */
static void anonymous(void)
{
	swapped_in(1);
	swapped_in(0);
}

/* The guest writes what the VMM has given to MADV_FREE: @when 0 before it was mapped, 1 after, 2 by a read first */
static void free_then_write(volatile uint64_t *mem, size_t len, unsigned int when)
{
	volatile uint64_t *other = aligned();
	struct vmm v;

	memset((void *)mem, 0, SIZE);
	memset((void *)other, 0, SIZE);
	open_on(&v, mem);
	if (when == 1)
		vmm_go(&v, 0, WHAT_WRITE, AT + 8);
	if (madvise((void *)mem, len, MADV_FREE))
		cannot("MADV_FREE: %s", strerror(errno));
	/* this CPU's batch of them is full, or not */
	madvise((void *)other, SIZE, MADV_FREE);
	if (when == 2)
		vmm_go(&v, 0, WHAT_READ, AT);
	vmm_go(&v, 0, WHAT_WRITE, AT);
	survives(&v, mem, len, len > 4096 ? "lazily freed block" : "lazily freed");
	vmm_close(&v);
	munmap((void *)other, SIZE);
}

static void lazyfree(void)
{
	volatile uint64_t *mem = aligned();
	unsigned int when;

	madvise((void *)mem, SIZE, MADV_NOHUGEPAGE);
	for (when = 0; when < 3; when++)
		free_then_write(mem, 4096, when);
}

/* The same for a huge page as a whole. */
static void lazyfree_huge(void)
{
	volatile uint64_t *mem = aligned();
	unsigned int when;

	if (madvise((void *)mem, SIZE, MADV_HUGEPAGE))
		cannot("no transparent huge pages");
	for (when = 0; when < 3; when++)
		free_then_write(mem, SIZE, when);
}

/* What nobody has written since stays free: the host may drop it, and it reads as zero. */
static void lazyfree_unwritten(void)
{
	volatile uint64_t *mem = aligned(), *other = aligned();
	struct vmm v;

	madvise((void *)mem, SIZE, MADV_NOHUGEPAGE);
	memset((void *)mem, 1, SIZE);
	memset((void *)other, 1, SIZE);
	open_on(&v, mem);
	vmm_go(&v, 0, WHAT_WRITE, AT);
	madvise((void *)mem, 4096, MADV_FREE);
	madvise((void *)other, SIZE, MADV_FREE);
	page_out(mem, 4096);
	expect(!is_present(mem), "the page cannot be reclaimed");
	expect(vmm_go(&v, 0, WHAT_READ, AT) == 0, "it was kept");
	vmm_close(&v);
}

/* Of a memfd, shared: first touched by a read, so that no entry says dirty. */
static void shared(void)
{
	int fd = memfd_create("guest", 0);
	volatile uint64_t *mem;
	struct vmm v;

	if (fd < 0 || ftruncate(fd, SIZE))
		die("memfd: %s", strerror(errno));
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect(mem[0] == 0, "it is not new");
	open_on(&v, mem);
	expect(vmm_go(&v, 0, WHAT_READ, AT) == 0, "the guest reads otherwise");
	vmm_go(&v, 0, WHAT_WRITE, AT);
	survives(&v, mem, 4096, "shared");
	vmm_close(&v);
}

static uint64_t on_disk(const char *name)
{
	uint64_t val = 0;
	int fd;

	drop_caches();
	fd = open(name, O_RDONLY);
	if (fd < 0 || pread(fd, &val, 8, 0) != 8)
		die("%s: %s", name, strerror(errno));
	close(fd);
	return val;
}

/* Of a file system with writeback, named by $RECLAIM_FILE: written, written back, and written again without a look by the VMM. */
static void file(void)
{
	const char *name = getenv("RECLAIM_FILE");
	int fd = name ? open(name, O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
	volatile uint64_t *mem;
	unsigned int i;
	struct vmm v;

	if (fd < 0 || ftruncate(fd, SIZE))
		cannot("no file system with writeback");
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	open_on(&v, mem);
	for (i = 0; i < 3; i++) {
		expect(mem[0] == 0, "%u: the file begins with %#lx", i, (long)mem[0]);
		expect(vmm_go(&v, 0, WHAT_READ, AT) == 0, "%u: the guest reads otherwise", i);
		vmm_go(&v, 0, WHAT_WRITE, AT);
		if (i == 2)	/* reclaim alone, without a word of the VMM */
			page_out(mem, 4096);
		expect(!fsync(fd), "fsync: %s", strerror(errno));
		vmm_close(&v);
		munmap((void *)mem, SIZE);
		expect(on_disk(name) == MARK, "%u: the disk has %#lx", i, (long)on_disk(name));
		mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		mem[0] = 0;
		expect(!fsync(fd), "fsync: %s", strerror(errno));
		open_on(&v, mem);
	}
	/* written back between two stores of the guest, which has the page mapped all the time */
	vmm_go(&v, 0, WHAT_WRITE, AT + 8);
	expect(!fsync(fd), "fsync: %s", strerror(errno));
	vmm_go(&v, 0, WHAT_WRITE, AT);
	expect(!fsync(fd), "fsync: %s", strerror(errno));
	vmm_close(&v);
	munmap((void *)mem, SIZE);
	close(fd);
	expect(on_disk(name) == MARK, "the second store is not on the disk");
}

/* Memory that was only ever read is the zero page; what is written then is a page of its own. */
static void zero_page(void)
{
	volatile uint64_t *mem = aligned();
	uint64_t pfn;
	struct vmm v;

	madvise((void *)mem, SIZE, MADV_NOHUGEPAGE);
	open_on(&v, mem);
	expect(mem[0] == 0 && mem[512] == 0, "it is not new");
	pfn = pagemap(mem) & ((1UL << 55) - 1);
	expect(pfn == (pagemap(mem + 512) & ((1UL << 55) - 1)), "two pages that were read are not one");
	expect(vmm_go(&v, 0, WHAT_READ, AT) == 0, "the guest reads otherwise");
	vmm_go(&v, 0, WHAT_WRITE, AT);
	expect(mem[0] == MARK && mem[512] == 0, "a store went to the zero page");
	survives(&v, mem, 4096, "what was the zero page");
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "anonymous", anonymous },
	{ "lazyfree", lazyfree },
	{ "lazyfree-huge", lazyfree_huge },
	{ "lazyfree-unwritten", lazyfree_unwritten },
	{ "shared", shared },
	{ "file", file },
	{ "zero-page", zero_page },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
