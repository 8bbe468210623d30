// SPDX-License-Identifier: GPL-2.0
/*
 * What the dirty log costs over 256 MiB, and what slots and aging do, in instructions.
 */
#define _GNU_SOURCE
#include "area.h"

enum { WHAT_READY, WHAT_TOUCH };

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t a, begun, end;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (begun) : : "memory");
	for (a = AREA; what == WHAT_TOUCH && a < AREA + arg * PAGE; a += PAGE)
		write64(a, a);
	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (end) : : "memory");
	return end - begun;
}

#else

#define BYTES	(256 * MIB)
#define PAGES	(BYTES / PAGE)

static uint64_t bitmap[PAGES / 64];

static uint64_t flags_take(struct vmm *v, uint8_t *mem, uint32_t flags)
{
	uint64_t begun = now();
	int ret = vmm_slot(v, 1, AREA, BYTES, mem, flags);

	if (ret)
		die("KVM_SET_USER_MEMORY_REGION: %s", result_name(ret));
	return TICK * (now() - begun);
}

static uint64_t fetch(struct vmm *v, uint64_t want)
{
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bitmap };
	uint64_t begun = now(), got = 0, i;

	if (ioctl(v->vm, KVM_GET_DIRTY_LOG, &log))
		die("KVM_GET_DIRTY_LOG: %s", strerror(errno));
	begun = now() - begun;
	for (i = 0; i < PAGES / 64; i++)
		got += __builtin_popcountl(bitmap[i]);
	if (got != want)
		die("%lu pages dirty, not %lu", (long)got, (long)want);
	return TICK * begun;
}

static uint64_t clear(struct vmm *v)
{
	struct kvm_clear_dirty_log log = { .slot = 1, .num_pages = PAGES, .dirty_bitmap = bitmap };
	uint64_t begun = now();

	if (ioctl(v->vm, KVM_CLEAR_DIRTY_LOG, &log))
		die("KVM_CLEAR_DIRTY_LOG: %s", strerror(errno));
	return TICK * (now() - begun);
}

/*
 * Logging begins where all is mapped and writable. Of a few blocks that is little, and what else the server does at that moment
 * would be most of it: the cheapest of three counts.
 */
static uint64_t enable(struct vmm *v, uint8_t *mem, uint64_t size)
{
	uint64_t best = flags_take(v, mem, KVM_MEM_LOG_DIRTY_PAGES), got;
	int i;

	for (i = 0; size == BLOCK && i < 2; i++) {
		flags_take(v, mem, 0);
		vmm_go(v, 0, WHAT_TOUCH, PAGES);
		got = flags_take(v, mem, KVM_MEM_LOG_DIRTY_PAGES);
		if (got < best)
			best = got;
	}
	return best;
}

/* The life of a log: all is mapped and written, logging begins, all is written, and so on. */
static void rows_log(const char *leaf, uint64_t size, uint64_t mmu, const char *cold)
{
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, BYTES, size);

	vmm_go(&v, 0, WHAT_TOUCH | mmu, PAGES);
	row("instructions", enable(&v, mem, size), "dirty-enable-%s%s", leaf, cold);
	row("instructions", (double)TICK * vmm_go(&v, 0, WHAT_TOUCH, PAGES) / PAGES, "dirty-fault-%s%s", leaf, cold);
	row("instructions", fetch(&v, PAGES), "dirty-fetch-%s%s", leaf, cold);
	row("instructions", fetch(&v, 0), "dirty-fetch-none-%s%s", leaf, cold);
	vmm_go(&v, 0, WHAT_TOUCH, 16);
	row("instructions", fetch(&v, 16), "dirty-fetch-16-%s%s", leaf, cold);
	row("instructions", flags_take(&v, mem, 0), "dirty-disable-%s%s", leaf, cold);
	area_close(&v);
}

static void row_clear(const char *leaf, uint64_t size)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args = { KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE } };
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, BYTES, size);

	if (ioctl(v.vm, KVM_ENABLE_CAP, &cap))
		die("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: %s", strerror(errno));
	flags_take(&v, mem, KVM_MEM_LOG_DIRTY_PAGES);
	vmm_go(&v, 0, WHAT_TOUCH | GUEST_MMU, PAGES);
	fetch(&v, PAGES);
	row("instructions", clear(&v), "dirty-clear-%s", leaf);
	area_close(&v);
}

/* What a page costs that the server's memory management takes away, or looks at, while a guest has it mapped. */
static void rows_server(void)
{
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, 16 * MIB, PAGE);
	uint64_t i, begun;

	vmm_go(&v, 0, WHAT_TOUCH | GUEST_MMU, 16 * MIB / PAGE);
	begun = now();
	for (i = 0; i < 1000; i++)
		madvise(mem + i * PAGE, PAGE, MADV_DONTNEED);
	row("instructions", (double)TICK * (now() - begun) / 1000, "dontneed-4k");
	area_close(&v);
}

#define DAMON	"/sys/kernel/mm/damon/admin/kdamonds"
#define AGED	1000		/* pages */
#define SAMPLE	20000UL		/* us between two looks at each of them */

static void damon(uint64_t value, const char *fmt, ...)
{
	char path[200], text[24];
	va_list ap;
	int fd, n;

	va_start(ap, fmt);
	n = snprintf(path, sizeof(path), DAMON "/");
	vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	va_end(ap);
	n = snprintf(text, sizeof(text), "%lu", (unsigned long)value);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, n) != n)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static void damon_say(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %s", name, strerror(errno));
	close(fd);
}

/* What the kernel's thread has run so far, in nanoseconds. */
static uint64_t damon_ran(void)
{
	unsigned long pid, ran;
	char path[64];
	FILE *f = fopen(DAMON "/0/pid", "r");

	if (!f || fscanf(f, "%lu", &pid) != 1)
		die("no DAMON");
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%lu/schedstat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &ran) != 1)
		die("%s", path);
	fclose(f);
	return ran;
}

static void damon_watch(const uint8_t *mem)
{
	const char *all = "0/contexts/0";
	unsigned int i;

	damon(1, "nr_kdamonds");
	damon(1, "0/contexts/nr_contexts");
	damon_say(DAMON "/0/contexts/0/operations", "vaddr");
	damon(SAMPLE, "%s/monitoring_attrs/intervals/sample_us", all);
	/* it would join and split regions */
	damon(1000 * SAMPLE, "%s/monitoring_attrs/intervals/aggr_us", all);
	damon(2000 * SAMPLE, "%s/monitoring_attrs/intervals/update_us", all);
	damon(2 * AGED, "%s/monitoring_attrs/nr_regions/max", all);
	damon(1, "%s/targets/nr_targets", all);
	damon(getpid(), "%s/targets/0/pid_target", all);
	damon(AGED, "%s/targets/0/regions/nr_regions", all);
	for (i = 0; i < AGED; i++) {
		damon((uintptr_t)mem + 2 * i * PAGE, "%s/targets/0/regions/%u/start", all, i);
		damon((uintptr_t)mem + (2 * i + 1) * PAGE, "%s/targets/0/regions/%u/end", all, i);
	}
	damon_say(DAMON "/0/state", "on");
}

/*
 * What it costs the server to look whether a page was used that a guest has mapped, and to have it old: by DAMON, whose thread
 * alone is counted. So often as it looked: a look takes as long as it runs, the rest of the time are its pauses.
 */
static void row_age(void)
{
	uint64_t ran, begun, run, took;
	struct vmm v;
	uint8_t *mem;

	if (access(DAMON "/nr_kdamonds", W_OK)) {
		printf("# no DAMON: nothing is aged\n");
		return;
	}
	mem = area_open(&v, 1, 16 * MIB, PAGE);
	vmm_go(&v, 0, WHAT_TOUCH | GUEST_MMU, 16 * MIB / PAGE);
	damon_watch(mem);
	usleep(10 * SAMPLE);
	ran = damon_ran();
	begun = now();
	usleep(100 * SAMPLE);
	run = damon_ran() - ran;
	took = TICK * (now() - begun);
	damon_say(DAMON "/0/state", "off");
	if (run >= took)
		die("DAMON ran %lu of %lu ns", (unsigned long)run, (unsigned long)took);
	row("instructions", (double)run * SAMPLE * 1000 / (took - run) / AGED, "age-4k");
	area_close(&v);
}

static void rows_destroy(const char *leaf, uint64_t size, uint64_t mmu, const char *cold)
{
	uint64_t begun;
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, BYTES, size);

	vmm_go(&v, 0, WHAT_TOUCH | mmu, PAGES);
	begun = now();
	vmm_close(&v);
	row("instructions", TICK * (now() - begun), "destroy-%s-mapped%s", leaf, cold);
	munmap(mem, BYTES);
}

static void row_slot_mapped(const char *leaf, uint64_t size)
{
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, BYTES, size);
	uint64_t begun;

	vmm_go(&v, 0, WHAT_TOUCH | GUEST_MMU, PAGES);
	begun = now();
	vmm_slot(&v, 1, AREA, 0, mem, 0);
	row("instructions", TICK * (now() - begun), "slot-delete-mapped-%s", leaf);
	area_close(&v);
}

/* The last of @n slots is made, moved and deleted. */
static void rows_slots(unsigned int n)
{
	uint64_t best[3] = { ~0UL, ~0UL, ~0UL }, t[4];
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, 2 * MIB, PAGE);
	unsigned int i, step;

	vmm_slot(&v, 1, AREA, 0, mem, 0);
	for (i = 1; i < n; i++)
		if (vmm_slot(&v, i, AREA + 2 * PAGE * i, PAGE, mem, 0))
			die("slot %u", i);
	for (i = 0; i < BATCHES; i++) {
		t[0] = now();
		if (vmm_slot(&v, n, AREA + 2 * PAGE * n, PAGE, mem, 0))
			die("slot is not made");
		t[1] = now();
		if (vmm_slot(&v, n, AREA + 2 * PAGE * (n + 1), PAGE, mem, 0))
			die("slot is not moved");
		t[2] = now();
		if (vmm_slot(&v, n, 0, 0, mem, 0))
			die("slot is not deleted");
		t[3] = now();
		for (step = 0; step < 3; step++)
			if (t[step + 1] - t[step] < best[step])
				best[step] = t[step + 1] - t[step];
	}
	row("instructions", TICK * best[0], "slot-create-%u", n);
	row("instructions", TICK * best[1], "slot-move-%u", n);
	row("instructions", TICK * best[2], "slot-delete-%u", n);
	area_close(&v);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	feed_entropy();
	rows_log("4k", PAGE, GUEST_MMU, "");
	rows_log("2m", BLOCK, GUEST_MMU, "");
	rows_log("4k", PAGE, 0, "-cold");
	row_clear("4k", PAGE);
	row_clear("2m", BLOCK);
	rows_server();
	row_age();
	rows_destroy("4k", PAGE, GUEST_MMU, "");
	rows_destroy("2m", BLOCK, GUEST_MMU, "");
	rows_destroy("4k", PAGE, 0, "-cold");
	row_slot_mapped("4k", PAGE);
	row_slot_mapped("2m", BLOCK);
	rows_slots(1);
	rows_slots(32);
	rows_slots(4096);
	return 0;
}
#endif
