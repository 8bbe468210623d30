// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory on every kind of host memory, and while the host takes it away.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_FILL, WHAT_READ, WHAT_WRITE, WHAT_CALL, WHAT_CHURN, WHAT_BLOCKS };

#define AT	0x80000000UL	/* the slot in question */
#define MIB	(1UL << 20)

#ifdef GUEST

/* Every page of so many gets its number, and then has it. */
static uint64_t fill(uint64_t pages)
{
	uint64_t i, bad = 0;

	for (i = 0; i < pages; i++)
		write64(AT + (i << 12) + 8 * (i & 511), i + 1);
	for (i = 0; i < pages; i++)
		bad += read64(AT + (i << 12) + 8 * (i & 511)) != i + 1;
	return bad;
}

/* Each word is what was written to it last, or the zero of a new page. */
static uint64_t churn(uint64_t pages)
{
	uint64_t round, i, val, zeros = 0;

	for (round = 1; !guest_ask(PORT_TEST); round++) {
		for (i = 0; i < pages; i++)
			write64(AT + (i << 12), round << 16 | i);
		for (i = 0; i < pages; i++) {
			val = read64(AT + (i << 12));
			if (!val)
				zeros++;
			else
				guest_expect(val, round << 16 | i);
		}
	}
	return zeros;
}

#define BLOCKS	16

/* A word of each block. */
static uint64_t blocks(uint64_t offset)
{
	uint64_t i, sum = 0;

	for (i = 0; i < BLOCKS; i++)
		sum += read64(AT + 2 * MIB * i + offset);
	return sum;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t (*call)(void) = (void *)arg;
	uint64_t val;

	switch (what) {
	case WHAT_FILL:
		return fill(arg);
	case WHAT_READ:
		val = read64(arg);
		guest_say(PORT_TEST, val);
		return read64(arg);
	case WHAT_WRITE:
		write64(arg, 0xabcd);
		return read64(arg);
	case WHAT_CALL:
		return call();
	case WHAT_CHURN:
		return churn(arg);
	case WHAT_BLOCKS:
		return blocks(arg);
	}
	return 0;
}

#else

#include <sys/prctl.h>

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT	26
#endif

static uint64_t go(struct vmm *v, uint64_t what, uint64_t arg)
{
	return vmm_go(v, 0, what, arg);
}

static uint8_t *aligned(uint64_t size, uint64_t align)
{
	uint8_t *p = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return (uint8_t *)(((uintptr_t)p + align - 1) & ~(align - 1));
}

static long read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	long val = -1;

	if (!f || fscanf(f, "%ld", &val) != 1)
		val = -1;
	if (f)
		fclose(f);
	return val;
}

static bool write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

static void check_filled(const uint8_t *mem, uint64_t pages)
{
	uint64_t i;

	for (i = 0; i < pages; i++)
		if (*(uint64_t *)(mem + (i << 12) + 8 * (i & 511)) != i + 1)
			die("page %lu has not what the guest wrote", (long)i);
}

/* On a slot at @shift of the memory: where blocks fit, and where they are out of step. */
static void fill_at(uint8_t *mem, uint64_t size, uint64_t shift)
{
	struct vmm v;
	unsigned int mmu;

	for (mmu = 0; mmu < 2; mmu++) {
		memset(mem, 0, size);
		vmm_open(&v, NULL);
		expect(!vmm_slot(&v, 1, AT, size - shift, mem + shift, 0), "slot");
		expect(!go(&v, (mmu ? GUEST_MMU : 0) | WHAT_FILL, (size - shift) >> 12), "the guest reads otherwise");
		check_filled(mem + shift, (size - shift) >> 12);
		vmm_close(&v);
	}
}

static void small_pages(void)
{
	uint8_t *mem = aligned(8 * MIB, 2 * MIB);

	madvise(mem, 8 * MIB, MADV_NOHUGEPAGE);
	fill_at(mem, 8 * MIB, 0);
}

static void thp(void)
{
	uint8_t *mem = aligned(8 * MIB, 2 * MIB);
	char line[200];
	long kib = 0, n;
	FILE *f;

	if (madvise(mem, 8 * MIB, MADV_HUGEPAGE))
		cannot("no transparent huge pages");
	memset(mem, 1, 8 * MIB);
	f = fopen("/proc/self/smaps", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "AnonHugePages: %ld", &n) == 1)
			kib += n;
	if (f)
		fclose(f);
	if (kib < 8192)
		cannot("the kernel gave only %ld KiB of huge pages", kib);
	fill_at(mem, 8 * MIB, 0);
	fill_at(mem, 8 * MIB, 0x5000);
}

static void hugetlb(unsigned int shift, const char *pool)
{
	char name[100];
	uint8_t *mem;
	uint64_t size = shift == 30 ? 1UL << 30 : 4 * MIB;

	snprintf(name, sizeof(name), "/sys/kernel/mm/hugepages/hugepages-%lukB/nr_hugepages", 1UL << (shift - 10));
	write_file(name, pool);
	if (read_file(name) < 1)
		cannot("the kernel has no free huge page of %lu KiB", 1UL << (shift - 10));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | shift << MAP_HUGE_SHIFT, -1, 0);
	if (mem == MAP_FAILED) {
		write_file(name, "0");
		cannot("mmap of huge pages: %s", strerror(errno));
	}
	if (shift == 30) {
		struct vmm v;

		vmm_open(&v, NULL);
		expect(!vmm_slot(&v, 1, AT, size, mem, 0), "slot");
		expect(!go(&v, GUEST_MMU | WHAT_FILL, 2048), "the guest reads otherwise");
		check_filled(mem, 2048);
		expect(go(&v, GUEST_MMU | WHAT_WRITE, AT + size - 8) == 0xabcd && mem[size - 8] == 0xcd, "its last word");
		vmm_close(&v);
	} else {
		fill_at(mem, size, 0);
		fill_at(mem, size, 0x3000);
	}
	munmap(mem, size);
	write_file(name, "0");
}

static void hugetlb_2m(void)
{
	hugetlb(21, "4");
}

static void hugetlb_1g(void)
{
	hugetlb(30, "1");
}

static void read_only(void)
{
	uint64_t *mem = (uint64_t *)aligned(MIB, 4096), val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	mem[3] = 0x7777;
	expect(!vmm_slot(&v, 1, AT, MIB, mem, KVM_MEM_READONLY), "slot");
	vmm_start(&v, 0, WHAT_READ, AT + 24);
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 0x7777, "a read gives %#lx", (long)val);
	vmm_start(&v, 0, WHAT_WRITE, AT + 24);
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && v.run[0]->mmio.is_write && v.run[0]->mmio.phys_addr == AT + 24 &&
	       v.run[0]->mmio.len == 8 && *(uint64_t *)v.run[0]->mmio.data == 0xabcd, "exit %u, %#llx", v.run[0]->exit_reason,
	       v.run[0]->mmio.phys_addr);
	expect(vmm_event(&v, 0, &val) == PORT_DONE && val == 0x7777, "after it, it is %#lx", (long)val);
	expect(mem[3] == 0x7777, "it was written");
}

/* Between two looks of the guest the VMM changes what stands behind its page. */
static void changed_below(void)
{
	static const uint64_t then[] = { 0, 0x200, 0x300, 0x400, 0x104 };
	uint64_t *mem = (uint64_t *)aligned(4 * MIB, 2 * MIB), val = 0;
	unsigned int huge, i;
	struct vmm v;

	for (huge = 0; huge < 2; huge++) {
		madvise(mem, 4 * MIB, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		memset(mem, 1, 4 * MIB);
		vmm_open(&v, NULL);
		expect(!vmm_slot(&v, 1, AT, 4 * MIB, mem, 0), "slot");
		for (i = 0; i < 5; i++) {
			mem[0] = 0x100 + i;
			vmm_start(&v, 0, (huge ? GUEST_MMU : 0) | WHAT_READ, AT);
			expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 0x100 + i, "%u: first %#lx", i, (long)val);
			switch (i) {
			case 0:
				madvise(mem, 4096, MADV_DONTNEED);
				break;
			case 1:
				munmap(mem, 4096);
				if (mmap(mem, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != mem)
					die("mmap");
				mem[0] = 0x200;
				break;
			case 2:		/* the page itself moves to another address, a new one comes */
				mremap(mem, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
				       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
				mem[0] = 0x300;
				break;
			case 3:		/* a private copy by fork */
				if (!fork())
					_exit(0);
				mem[0] = 0x400;
				break;
			case 4:
				madvise(mem, 4 * MIB, MADV_PAGEOUT);
				break;
			}
			expect(vmm_event(&v, 0, &val) == PORT_DONE && val == then[i],
			       "%u: then %#lx", i, (long)val);
			vmm_init_cpu(&v, 0, 0);
		}
		while (wait(NULL) > 0)
			;
		/* read-only, none, and back */
		expect(go(&v, WHAT_WRITE, AT + 8) == 0xabcd, "a store");
		mprotect(mem, 4096, PROT_READ);
		vmm_start(&v, 0, WHAT_WRITE, AT + 16);
		expect(vmm_run(&v, 0) == -EFAULT, "a store after mprotect(PROT_READ)");
		mprotect(mem, 4096, PROT_NONE);
		vmm_start(&v, 0, WHAT_READ, AT + 8);
		expect(vmm_run(&v, 0) == -EFAULT, "a load after mprotect(PROT_NONE)");
		mprotect(mem, 4096, PROT_READ | PROT_WRITE);
		expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 0xabcd, "the load again: %#lx", (long)val);
		vmm_close(&v);
	}
}

/* The guest of the one who forks goes on in its own memory; the child's copy stays as it was. */
static void forked(void)
{
	volatile uint64_t *mem = (uint64_t *)aligned(MIB, 4096), *told;
	struct vmm v;
	int status;
	pid_t pid;

	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, AT, MIB, (void *)mem, 0), "slot");
	mem[0] = 5;
	expect(go(&v, WHAT_WRITE, AT + 8) == 0xabcd, "a store");
	pid = fork();
	if (!pid) {
		while (!told[0])
			usleep(1000);
		_exit(mem[0] == 5 && mem[1] == 0xabcd ? 0 : 1);
	}
	expect(go(&v, WHAT_WRITE, AT) == 0xabcd && mem[0] == 0xabcd, "the parent's guest writes elsewhere");
	told[0] = 1;
	waitpid(pid, &status, 0);
	expect(!status, "the child's memory was written by the guest");
}

static volatile bool enough;

static void *churning(void *p)
{
	uint64_t val = 0;

	do
		val = enough;
	while (vmm_event(p, 0, &val) != PORT_DONE);
	return (void *)val;
}

/* The guest writes and reads while pages go: each is as written, or new. */
static void under_load(void)
{
	const uint64_t size = 4 * MIB;
	uint8_t *mem = aligned(size, 2 * MIB);
	unsigned int mmu, i;
	pthread_t t;
	struct vmm v;
	void *zeros;

	for (mmu = 0; mmu < 2; mmu++) {
		enough = false;
		vmm_open(&v, NULL);
		expect(!vmm_slot(&v, 1, AT, size, mem, 0), "slot");
		vmm_start(&v, 0, (mmu ? GUEST_MMU : 0) | WHAT_CHURN, 600);
		pthread_create(&t, NULL, churning, &v);
		for (i = 0; i < 100; i++) {
			madvise(mem + (i * 7 % 600 << 12), 5 << 12, MADV_DONTNEED);
			if (i % 10 == 0)
				madvise(mem, size, i % 20 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
			if (i % 10 == 5)
				madvise(mem, size, 25 /* MADV_COLLAPSE */);
			if (i % 10 == 7) {
				mprotect(mem + 0x100000, 0x10000, PROT_READ | PROT_WRITE | PROT_EXEC);
				mprotect(mem + 0x100000, 0x10000, PROT_READ | PROT_WRITE);
			}
			if (i % 50 == 9)
				madvise(mem, size, MADV_PAGEOUT);
			usleep(3000);
		}
		enough = true;
		pthread_join(t, &zeros);
		printf("# %lu new pages met\n", (long)zeros);
		vmm_close(&v);
	}
}

static void slot_gone(void)
{
	uint64_t *mem = (uint64_t *)aligned(MIB, 4096), val = 0;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, AT, MIB, mem, 0), "slot");
	mem[0] = 1;
	vmm_start(&v, 0, WHAT_READ, AT);
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 1, "at first");
	expect(!vmm_slot(&v, 1, AT, 0, mem, 0), "delete");
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && v.run[0]->mmio.phys_addr == AT, "a deleted slot is read");
	memset(v.run[0]->mmio.data, 0x22, 8);
	expect(vmm_event(&v, 0, &val) == PORT_DONE && val == 0x2222222222222222, "the VMM's answer");
	expect(!vmm_slot(&v, 1, AT, MIB, mem, 0), "again");
	vmm_start(&v, 0, WHAT_READ, AT);
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 1, "again");
	expect(!vmm_slot(&v, 1, AT + 16 * MIB, MIB, mem, 0), "move");
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && v.run[0]->mmio.phys_addr == AT, "a moved slot is read");
	expect(go(&v, WHAT_WRITE, AT + 16 * MIB) == 0xabcd && mem[0] == 0xabcd, "where it moved to");
}

static void code(void)
{
	uint32_t *mem = (uint32_t *)aligned(MIB, 4096);
	unsigned int i, mmu;
	struct vmm v;

	for (mmu = 0; mmu < 2; mmu++) {
		vmm_open(&v, NULL);
		expect(!vmm_slot(&v, 1, AT, MIB, mem, 0), "slot");
		for (i = 1; i < 50; i++) {
			mem[0] = 0xd2800000 | i << 5;	/* mov x0, #i */
			mem[1] = 0xd65f03c0;		/* ret */
			expect(go(&v, (mmu ? GUEST_MMU : 0) | WHAT_CALL, AT) == i, "life %u", i);
			vmm_init_cpu(&v, 0, 0);
		}
		vmm_close(&v);
	}
}

static volatile int bus_code, bus_count, bus_lsb;
static void *volatile bus_addr;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	bus_code = info->si_code;
	bus_addr = info->si_addr;
	bus_lsb = info->si_addr_lsb;
	bus_count++;
}

static void poison(void)
{
	uint64_t *mem = (uint64_t *)aligned(MIB, 4096);
	struct vmm v;
	int ret;

	madvise(mem, MIB, MADV_NOHUGEPAGE);
	memset(mem, 1, MIB);
	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, AT, MIB, mem, 0), "slot");
	expect(go(&v, WHAT_WRITE, AT + 0x3008) == 0xabcd, "a store");
	sigaction(SIGBUS, &(struct sigaction){ .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO }, NULL);
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0);
	if (madvise((uint8_t *)mem + 0x3000, 4096, MADV_HWPOISON))
		cannot("MADV_HWPOISON: %s", strerror(errno));
	bus_count = 0;
	vmm_start(&v, 0, WHAT_WRITE, AT + 0x3008);
	ret = vmm_run(&v, 0);
	expect(ret == -EINTR, "KVM_RUN: %s", result_name(ret));
	expect(bus_count == 1 && bus_code == BUS_MCEERR_AR, "%d signals, code %d", bus_count, bus_code);
	expect(bus_lsb == 12, "si_addr_lsb is %d, of a page of 4 KiB", bus_lsb);
	expect(((uintptr_t)bus_addr & ~4095UL) == (uintptr_t)mem + 0x3000, "at %p, not %p", bus_addr, (char *)mem + 0x3000);
	/* the other pages are there, and this one is when the VMM puts a new one in its place */
	expect(go(&v, WHAT_WRITE, AT + 0x4008) == 0xabcd, "another page");
	munmap((uint8_t *)mem + 0x3000, 4096);
	if (mmap((uint8_t *)mem + 0x3000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
	expect(go(&v, WHAT_WRITE, AT + 0x3008) == 0xabcd && mem[0x3008 / 8] == 0xabcd, "a new page in its place");
}

/* Of a page of hugetlbfs all is lost with one part of it, and the signal says so. */
static void poison_huge(void)
{
	const char *pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
	struct vmm v;
	uint8_t *mem;

	write_file(pool, "2");
	mem = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (mem == MAP_FAILED)
		cannot("no huge page");
	memset(mem, 1, 2 * MIB);
	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, AT, 2 * MIB, mem, 0), "slot");
	expect(go(&v, WHAT_WRITE, AT + 0x3008) == 0xabcd, "a store");
	sigaction(SIGBUS, &(struct sigaction){ .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO }, NULL);
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0);
	if (madvise(mem, 4096, MADV_HWPOISON))
		cannot("MADV_HWPOISON: %s", strerror(errno));
	bus_count = 0;
	vmm_start(&v, 0, WHAT_WRITE, AT + 0x3008);
	expect_result(vmm_run(&v, 0), -EINTR);
	expect(bus_count == 1 && bus_code == BUS_MCEERR_AR, "%d signals, code %d", bus_count, bus_code);
	expect(bus_lsb == 21, "si_addr_lsb is %d, of a page of 2 MiB", bus_lsb);
	vmm_close(&v);
	munmap(mem, 2 * MIB);
	write_file(pool, "0");
}

/* What no slot can be: beyond the guest's addresses, or a dirty log of what a driver maps bare. */
static void odd_slots(void)
{
	uint8_t *mem = aligned(MIB, 4096), *bare;
	struct vmm v;
	int fd;

	vmm_open(&v, NULL);
	expect_result(vmm_slot(&v, 1, 1UL << 40, MIB, mem, 0), -EFAULT);
	expect_result(vmm_slot(&v, 1, (1UL << 40) - 4096, 8192, mem, 0), -EFAULT);
	expect_result(vmm_slot(&v, 1, (1UL << 40) - 4096, 4096, mem, 0), 0);
	expect_result(vmm_slot(&v, 1, 1UL << 40, 4096, mem, 0), -EFAULT);
	expect_result(vmm_slot(&v, 1, 1UL << 40, 0, mem, 0), 0);

	/* an empty bus of the emulated board */
	fd = open("/dev/mem", O_RDWR | O_SYNC);
	bare = fd < 0 ? MAP_FAILED : mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0x0c000000);
	if (bare == MAP_FAILED)
		cannot("/dev/mem: %s", strerror(errno));
	expect_result(vmm_slot(&v, 1, AT, 0x10000, bare, KVM_MEM_LOG_DIRTY_PAGES), -EINVAL);
	expect_result(vmm_slot(&v, 1, AT, 0x10000, bare, 0), 0);
	expect_result(vmm_slot(&v, 1, AT, 0x10000, bare, KVM_MEM_LOG_DIRTY_PAGES), -EINVAL);
	expect_result(vmm_slot(&v, 1, AT + MIB, 0x10000, bare, KVM_MEM_LOG_DIRTY_PAGES), -EINVAL);
	expect_result(vmm_slot(&v, 1, AT + MIB, 0x10000, bare, 0), 0);
	vmm_close(&v);
}

#define BLOCKS		16
#define BLOCK_LINES	((long)(2 * MIB / 64))

/* A counter of the only VM. */
static long counter(const char *name)
{
	char cmd[120];
	long val = -1;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "awk '$1 == \"%s\" { print $2 }' /sys/kernel/debug/tabula/*/stats", name);
	f = popen(cmd, "r");
	if (!f || fscanf(f, "%ld", &val) != 1)
		die("no counter %s", name);
	pclose(f);
	return val;
}

static uint8_t *huge_blocks(struct vmm *v, unsigned int cpus)
{
	uint8_t *mem = aligned(BLOCKS * 2 * MIB, 2 * MIB);

	if (madvise(mem, BLOCKS * 2 * MIB, MADV_HUGEPAGE))
		cannot("no transparent huge pages");
	memset(mem, 1, BLOCKS * 2 * MIB);
	vmm_open(v, &(struct vmm_config){ .cpus = cpus });
	expect_result(vmm_slot(v, 1, AT, BLOCKS * 2 * MIB, mem, 0), 0);
	/* what every guest touches, and the caches on */
	go(v, GUEST_MMU | WHAT_WRITE, GUEST_RAM + 0x100000);
	return mem;
}

/* vCPUs that want the same blocks at the same time. */
static void together(void)
{
	unsigned int i, cpus = 4;
	pthread_t t[4];
	struct vmm v;
	long lines;

	huge_blocks(&v, cpus);
	for (i = 1; i < cpus; i++)
		vmm_go(&v, i, GUEST_MMU | WHAT_WRITE, GUEST_RAM + 0x100000);
	lines = counter("lines_map");
	for (i = 0; i < cpus; i++)
		vmm_start(&v, i, GUEST_MMU | WHAT_BLOCKS, 4096 * i);
	for (i = 0; i < cpus; i++)
		t[i] = vmm_thread(&v, i);
	for (i = 0; i < cpus; i++)
		pthread_join(t[i], NULL);
	lines = counter("lines_map") - lines;
	printf("# %ld lines for %ld, %ld faults waited\n", lines, (long)(BLOCKS * BLOCK_LINES), counter("faults_waited"));
	expect(lines >= BLOCKS * BLOCK_LINES && lines < BLOCKS * BLOCK_LINES + BLOCK_LINES / 2, "%ld lines", lines);
	vmm_close(&v);
}

static void *frees_elsewhere(void *p)
{
	while (!enough) {
		*(volatile uint8_t *)p = 1;
		madvise(p, 4096, MADV_DONTNEED);
	}
	return NULL;
}

/* The VMM gives back memory that is no guest's all the time. */
static void elsewhere(void)
{
	uint8_t *other = aligned(4096, 4096);
	pthread_t t;
	struct vmm v;
	long lines;

	huge_blocks(&v, 1);
	enough = false;
	pthread_create(&t, NULL, frees_elsewhere, other);
	usleep(10000);
	lines = counter("lines_map");
	go(&v, GUEST_MMU | WHAT_BLOCKS, 0);
	lines = counter("lines_map") - lines;
	enough = true;
	pthread_join(t, NULL);
	expect(lines >= BLOCKS * BLOCK_LINES && lines < BLOCKS * BLOCK_LINES + BLOCK_LINES / 2, "%ld lines", lines);
	expect(!counter("retries"), "%ld faults started again", counter("retries"));
	vmm_close(&v);
}

/* A policy chosen between KVM_ARM_VCPU_INIT and the first KVM_RUN is in force in that. */
static void policy_late(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	if (system("echo two-tree >/sys/kernel/debug/tabula/*/policy"))
		cannot("no policy to choose");
	go(&v, GUEST_MMU | WHAT_WRITE, GUEST_RAM + 0x100000);
	expect(!system("grep -q '^warm_ups  *1$' /sys/kernel/debug/tabula/*/stats"), "nobody saw the guest turn its caches on");
	expect(system("echo clean >/sys/kernel/debug/tabula/*/policy 2>/dev/null"), "the policy changes under a guest");
	vmm_close(&v);
}

static void merged(void)
{
	uint8_t *mem = aligned(MIB, 4096);
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	madvise(mem, MIB, MADV_NOHUGEPAGE);
	expect(!vmm_slot(&v, 1, AT, MIB, mem, 0), "slot");
	expect(!go(&v, WHAT_FILL, 64), "fill");
	memset(mem, 0x77, MIB);
	if (madvise(mem, MIB, MADV_MERGEABLE) || !write_file("/sys/kernel/mm/ksm/run", "1"))
		cannot("no KSM");
	write_file("/sys/kernel/mm/ksm/sleep_millisecs", "5");
	write_file("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	for (i = 0; i < 300 && read_file("/sys/kernel/mm/ksm/pages_sharing") < 200; i++)
		usleep(10000);
	expect(read_file("/sys/kernel/mm/ksm/pages_sharing") >= 200, "pages are not merged");
	expect(go(&v, WHAT_WRITE, AT + 0x5000) == 0xabcd, "a store");
	expect(*(uint64_t *)(mem + 0x5000) == 0xabcd && mem[0x5008] == 0x77, "it is not there");
	for (i = 0; i < MIB; i++)
		if (mem[i] != 0x77 && (i < 0x5000 || i >= 0x5008))
			die("a page that was shared was written");
	write_file("/sys/kernel/mm/ksm/run", "2");
}

/* KiB of second-level tables that the kernel knows of, all CPUs' counts folded. */
static long table_kib(void)
{
	FILE *f = fopen("/proc/sys/vm/stat_refresh", "r");
	char line[200];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		;
	if (f)
		fclose(f);
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "SecPageTables: %ld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib;
}

static void table_pages(void)
{
	uint8_t *mem = aligned(64 * MIB, 2 * MIB);
	long before = table_kib(), with;
	struct vmm v;

	madvise(mem, 64 * MIB, MADV_NOHUGEPAGE);
	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, AT, 64 * MIB, mem, 0), "slot");
	expect(!go(&v, GUEST_MMU | WHAT_FILL, 64 * MIB >> 12), "fill");
	with = table_kib();
	vmm_close(&v);
	printf("# %ld KiB of tables before, %ld with 64 MiB mapped, %ld after\n", before, with, table_kib());
	/* a table for each 2 MiB, and a few above them */
	expect(with - before >= 32 * 4 && with - before < 64 * 4, "they are not counted");
	expect(table_kib() == before, "they are not counted back");
}

static const struct check checks[] = {
	{ "small-pages", small_pages },
	{ "thp", thp },
	{ "hugetlb-2m", hugetlb_2m },
	{ "hugetlb-1g", hugetlb_1g },
	{ "read-only", read_only },
	{ "changed-below", changed_below },
	{ "forked", forked },
	{ "under-load", under_load },
	{ "slot-gone", slot_gone },
	{ "code", code },
	{ "poison", poison },
	{ "poison-huge", poison_huge },
	{ "odd-slots", odd_slots },
	{ "policy-late", policy_late },
	{ "together", together },
	{ "elsewhere", elsewhere },
	{ "merged", merged },
	{ "table-pages", table_pages },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
