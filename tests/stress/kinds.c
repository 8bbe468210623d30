// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to the guest's memory: one kind after the other of what a host's
 * memory manager and a VMM do.
 */
#define _GNU_SOURCE
#include "stress.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/syscall.h>

#define MADV_PAGEOUT_	21
#define MADV_COLLAPSE_	25

static uint64_t rnd(void)
{
	static __thread uint64_t x;

	if (!x)
		x = (uintptr_t)&x ^ time(NULL) * GOLDEN;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

void put(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		die("%s to %s: %s", what, path, strerror(errno));
	close(fd);
}

static void counted(struct stress *s, uint64_t first, uint64_t second)
{
	add(&s->total->counted[0], first);
	add(&s->total->counted[1], second);
}

#define BATCH	256

static void move_pages(void **pages, const int *nodes, int *status)
{
	if (syscall(SYS_move_pages, 0, BATCH, pages, nodes, status, nodes ? 2 /* MPOL_MF_MOVE */ : 0) < 0)
		die("move_pages: %s (are there two nodes?)", strerror(errno));
}

static void migrate(struct stress *s)
{
	static int node;
	void *pages[BATCH];
	int nodes[BATCH], before[BATCH], after[BATCH], moved = 0;
	uint64_t at = rnd() % (s->all / PAGE);
	int i;

	if (rnd() % 64 == 0)
		put("/proc/sys/vm/compact_memory", "1");
	if (at % 16 == 0)
		node ^= 1;
	for (i = 0; i < BATCH; i++) {
		pages[i] = s->mem + (at + i) % (s->all / PAGE) * PAGE;
		nodes[i] = node;
		before[i] = after[i] = -1;
	}
	move_pages(pages, NULL, before);
	move_pages(pages, nodes, after);
	for (i = 0; i < BATCH; i++)
		moved += before[i] == !node && after[i] == node;
	counted(s, moved, 0);
}

static void merge_prepare(struct stress *s)
{
	put("/sys/kernel/mm/ksm/pages_to_scan", "20000");
	put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	put("/sys/kernel/mm/ksm/run", "1");
}

static uint64_t number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n;

	if (!f || fscanf(f, "%ld", &n) != 1)
		die("no number in %s", path);
	fclose(f);
	return n;
}

/* The most that were merged at a time. */
static void merge(struct stress *s)
{
	uint64_t n;

	madvise(s->mem, s->all, rnd() % 8 ? MADV_MERGEABLE : MADV_UNMERGEABLE);
	usleep(20000);
	n = number("/sys/kernel/mm/ksm/pages_sharing");
	if (n > s->total->counted[0])
		s->total->counted[0] = n;
}

/* Whose checks make it slow has to look at a page twice while the guest, which they do not slow down, leaves it alone. */
static void merge_after_pass(struct stress *s, unsigned int cpu)
{
	usleep(500000 * (vmm_slow() - 1));
}

static void merge_finish(struct stress *s)
{
	put("/sys/kernel/mm/ksm/run", "2");
}

static void swap(struct stress *s)
{
	uint64_t at = rnd() % s->all & ~(PAGE - 1), n = (1 + rnd() % 1024) * PAGE;

	if (at + n > s->all)
		n = s->all - at;
	madvise(s->mem + at, n, MADV_PAGEOUT_);
	usleep(1000);
}

static void thp(struct stress *s)
{
	uint64_t at = rnd() % s->all & ~(BLOCK - 1);
	char split[80];

	switch (rnd() % 4) {
	case 0:
		snprintf(split, sizeof(split), "%d,%#lx,%#lx", getpid(), (long)(s->mem + at), (long)(s->mem + at + BLOCK));
		put("/sys/kernel/debug/split_huge_pages", split);
		break;
	case 1:
		/* out with one page of it */
		madvise(s->mem + at + rnd() % 512 * PAGE, PAGE, MADV_PAGEOUT_);
		break;
	default:
		madvise(s->mem + at, BLOCK, MADV_HUGEPAGE);
		madvise(s->mem + at, BLOCK, MADV_COLLAPSE_);
	}
}

static void balloon(struct stress *s)
{
	uint64_t at = rnd() % s->size & ~(PAGE - 1), n = (1 + rnd() % 64) * PAGE;

	if (rnd() % 64 == 0)
		n = BLOCK;
	if (at + n > s->size)
		n = s->size - at;
	madvise(s->data + at, n, MADV_DONTNEED);
	counted(s, n / PAGE, 0);
	usleep(rnd() % 2000);
}

/* An absent slot's accesses are the VMM's: it serves them from the same memory. */
static void slots(struct stress *s)
{
	if (vmm_slot(&s->vmm, 1, 0, 0, NULL, 0))
		die("slot does not go");
	if (rnd() % 4 == 0)
		usleep(rnd() % 1000);
	if (vmm_slot(&s->vmm, 1, DATA_AT, s->size, s->data, rnd() % 2 ? KVM_MEM_LOG_DIRTY_PAGES : 0))
		die("slot does not come");
	/* the structure of stolen time moves away and comes back */
	if (vmm_slot(&s->vmm, 2, STEAL_AT + 0x100000, 2 * PAGE, s->steal, 0) ||
	    vmm_slot(&s->vmm, 2, DATA_MOVED, 2 * PAGE, s->steal, 0) ||
	    vmm_slot(&s->vmm, 2, STEAL_AT, 2 * PAGE, s->steal, 0))
		die("slot does not move");
	counted(s, 5, 0);
	usleep(2000 + rnd() % 5000);
}

/* One pre-copy round: what was written since the last one is copied. */
static void snapshot(struct stress *s)
{
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = s->bitmap };
	uint64_t i, copied = 0;

	if (ioctl(s->vmm.vm, KVM_GET_DIRTY_LOG, &log))
		die("KVM_GET_DIRTY_LOG: %s", strerror(errno));
	for (i = 0; i < s->size / PAGE; i++)
		if (s->bitmap[i / 64] >> i % 64 & 1) {
			memcpy(s->shadow + i * PAGE, s->data + i * PAGE, PAGE);
			copied++;
		}
	counted(s, 1, copied);
	usleep(rnd() % 20000);
}

static void snapshot_prepare(struct stress *s)
{
	s->shadow = malloc(s->size);
	s->bitmap = calloc(s->size / PAGE / 8, 1);
	memcpy(s->shadow, s->data, s->size);
}

static void snapshot_finish(struct stress *s)
{
	uint64_t i;

	snapshot(s);
	for (i = 0; i < s->size / PAGE; i++)
		if (memcmp(s->shadow + i * PAGE, s->data + i * PAGE, PAGE)) {
			printf("# page %lu was written and never reported\n", (long)i);
			add(&s->total->wrong, 1);
		}
}

/* Memory that is served: whatever is missing comes from the shadow. */
static void uffd_prepare(struct stress *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)s->data, s->size }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	s->shadow = aligned_alloc(PAGE, s->size);
	memcpy(s->shadow, s->data, s->size);
	s->fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || ioctl(s->fd, UFFDIO_API, &api) || ioctl(s->fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd: %s", strerror(errno));
	madvise(s->data, s->size, MADV_DONTNEED);
}

static void uffd(struct stress *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	struct uffdio_copy copy = { 0 };
	struct uffd_msg msg;

	if (poll(&p, 1, 10) <= 0 || read(s->fd, &msg, sizeof(msg)) != sizeof(msg))
		return;
	if (msg.event != UFFD_EVENT_PAGEFAULT)
		die("userfaultfd: event %u", msg.event);
	copy.dst = msg.arg.pagefault.address & ~(PAGE - 1);
	copy.src = (uintptr_t)s->shadow + (copy.dst - (uintptr_t)s->data);
	/* the page, and some after it up to the first that is there */
	copy.len = (1 + rnd() % 16) * PAGE;
	if (copy.dst + copy.len > (uintptr_t)s->data + s->size)
		copy.len = PAGE;
	if (ioctl(s->fd, UFFDIO_COPY, &copy) && errno != EEXIST && errno != EAGAIN)
		die("UFFDIO_COPY: %s", strerror(errno));
	if (copy.copy > 0)
		counted(s, copy.copy / PAGE, 0);
}

/* A piece of this vCPU's part goes to the store, and has to come back from there. */
static void uffd_after_pass(struct stress *s, unsigned int cpu)
{
	uint64_t part = s->size / CPUS, n = part / 4;
	uint64_t at = cpu * part + rnd() % 4 * n;

	memcpy(s->shadow + at, s->data + at, n);
	madvise(s->data + at, n, MADV_DONTNEED);
	counted(s, 0, n / PAGE);
}

/* A piece of the mapping is made anew: the same memory, another time. */
static void remap(struct stress *s)
{
	uint64_t n = 64 * PAGE, at = rnd() % (s->size / n) * n;

	if (mmap(s->data + at, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, s->fd,
		 strtoul(getenv("STRESS_DEVMEM"), NULL, 0) + at) == MAP_FAILED)
		die("mmap of /dev/mem: %s", strerror(errno));
	counted(s, n / PAGE, 0);
	usleep(rnd() % 2000);
}

static void nothing(struct stress *s)
{
	usleep(10000);
}

#define DIFFERENT	(1 << 20)	/* no two pages alike */

const struct kind kinds[] = {
	{
		"migrate", { { "pages moved" } }, NULL, migrate, .classes = DIFFERENT, .small = true,
	}, {
		"ksm", { { "pages merged at once" }, { "merged pages written", "cow_ksm" } },
		merge_prepare, merge, merge_after_pass, .finish = merge_finish, .classes = 3,
	}, {
		"swap", { { "pages swapped out", "pswpout" }, { "in", "pswpin" } }, NULL, swap, .classes = DIFFERENT,
	}, {
		"thp", { { "blocks collapsed", "thp_collapse_alloc" }, { "split", "thp_split_pmd" } },
		NULL, thp, .classes = DIFFERENT,
	}, {
		"balloon", { { "pages taken" } }, NULL, balloon, .classes = DIFFERENT, .may_be_zero = true,
	}, {
		"slots", { { "slot changes" }, { "accesses served meanwhile" } }, NULL, slots, .classes = DIFFERENT,
	}, {
		"snapshot", { { "rounds" }, { "dirty pages copied" } },
		snapshot_prepare, snapshot, .finish = snapshot_finish, .classes = DIFFERENT, .logged = true,
	}, {
		"uffd", { { "pages served" }, { "sent away" } },
		uffd_prepare, uffd, uffd_after_pass, .classes = DIFFERENT, .serves = true,
	}, {
		"devmem", { { "pages mapped anew" } }, NULL, remap, .classes = DIFFERENT, .device = true,
	}, {
		"oom", { { "VMMs killed" }, { "out of memory", "oom_kill" } },
		NULL, nothing, .classes = DIFFERENT, .may_be_zero = true, .dies = true,
	},
	{ }
};
