// SPDX-License-Identifier: GPL-2.0
/*
 * memory [tabula.ko]: what VMs hold of the server's memory, in bytes: what is free in its zones and on its CPUs' lists
 * before and after. A touch of memory that takes a server with much of it. And what a new module costs, from the old one's unloading to the first instruction of a guest.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>

#include "area.h"

#ifdef GUEST

static uint64_t now(void)
{
	uint64_t t;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (t) : : "memory");
	return t;
}

/* How long it takes to write to so many pages. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t a, begun = now();

	for (a = AREA; a < AREA + arg * PAGE; a += PAGE)
		write64(a, a);
	return now() - begun;
}

#else

#define MANY	64

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %s", name, strerror(errno));
	close(fd);
}

/* Free pages, in bytes: what caches can give back is given back first. */
static uint64_t free_bytes(void)
{
	unsigned long pages = 0, n;
	bool is_list = false;
	char line[200];
	FILE *f;

	sync();
	usleep(200000);		/* grace periods: what is freed late */
	write_file("/proc/sys/vm/drop_caches", "3");
	f = fopen("/proc/zoneinfo", "r");
	if (!f)
		die("/proc/zoneinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " pages free %lu", &n) == 1)
			pages += n;
		if (strstr(line, "pagesets"))
			is_list = true;
		if (is_list && sscanf(line, " count: %lu", &n) == 1)
			pages += n;
	}
	fclose(f);
	return pages * PAGE;
}

static double since(uint64_t before)
{
	return (double)before - (double)free_bytes();
}

static int make_vm(int sys)
{
	int vm = ioctl(sys, KVM_CREATE_VM, 0);

	if (vm < 0)
		die("KVM_CREATE_VM: %s", strerror(errno));
	return vm;
}

static int make_vcpu(int vm, unsigned int id)
{
	struct kvm_vcpu_init init = { 0 };
	int cpu = ioctl(vm, KVM_CREATE_VCPU, id);

	if (cpu < 0 || ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_CREATE_VCPU: %s", strerror(errno));
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	if (ioctl(cpu, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT: %s", strerror(errno));
	return cpu;
}

/* Of as many more as there are already: what the allocators keep for the next one is filled by then. */
static void rows_vms(void)
{
	int sys = open("/dev/kvm", O_RDWR), fd[2 * MANY], vm, i;
	uint64_t before = 0;

	for (i = 0; i < 2 * MANY; i++) {
		if (i == MANY)
			before = free_bytes();
		fd[i] = make_vm(sys);
	}
	row("bytes", since(before) / MANY, "bytes-per-vm");
	for (i = 0; i < 2 * MANY; i++)
		close(fd[i]);
	vm = make_vm(sys);
	for (i = 0; i < 2 * MANY; i++) {
		if (i == MANY)
			before = free_bytes();
		fd[i] = make_vcpu(vm, i);
	}
	row("bytes", since(before) / MANY, "bytes-per-vcpu");
	for (i = 0; i < 2 * MANY; i++)
		close(fd[i]);
	close(vm);
	close(sys);
}

/* Tables, for the most part; the VM's first run and its own memory are in it, too. */
static void row_gib(uint64_t leaf)
{
	uint64_t bytes = 512 * MIB, before;
	struct vmm v;

	area_open(&v, 1, bytes, leaf);
	before = free_bytes();
	vmm_go(&v, 0, GUEST_MMU, bytes / PAGE);
	row("bytes", since(before) * (1024 * MIB / bytes), "bytes-per-gib-%s", leaf == PAGE ? "4k" : "2m");
	area_close(&v);
}

/* The first touch of a page of 1 GiB, of those that the server put aside as it booted. */
static void row_touch_huge(void)
{
	uint64_t bytes = 1024 * MIB;
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 30 << MAP_HUGE_SHIFT, -1, 0);
	struct vmm v;

	if (mem == MAP_FAILED)
		die("a page of 1 GiB: %s", strerror(errno));
	memset(mem, 1, PAGE);
	area_open(&v, 1, 0, PAGE);
	if (vmm_slot(&v, 1, AREA, bytes, mem, 0))
		die("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	vmm_go(&v, 0, GUEST_MMU, 0);
	row("instructions", (double)vmm_go(&v, 0, GUEST_MMU, 1) * TICK, "touch-1g");
	area_close(&v);
	munmap(mem, bytes);
}

/* Instructions of this thread: what others do meanwhile, and idle waiting for grace periods, is not in it. */
static uint64_t mine(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

static void row_reload(const char *module)
{
	uint64_t best = ~0UL, begun;
	int fd, i;
	struct vmm v;

	for (i = 0; i < BATCHES; i++) {
		begun = mine();
		fd = open(module, O_RDONLY);
		if (syscall(SYS_delete_module, "tabula", 0) || syscall(SYS_finit_module, fd, "", 0))
			die("%s: %s", module, strerror(errno));
		close(fd);
		vmm_open(&v, NULL);
		vmm_go(&v, 0, 0, 0);
		begun = mine() - begun;
		vmm_close(&v);
		if (begun < best)
			best = begun;
	}
	row("instructions", best, "module-reload");
}

int main(int argc, char **argv)
{
	struct rlimit all = { 4096, 4096 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	setrlimit(RLIMIT_NOFILE, &all);
	feed_entropy();
	rows_vms();
	row_gib(PAGE);
	row_gib(BLOCK);
	row_touch_huge();
	if (argc > 1)
		row_reload(argv[1]);
	return 0;
}
#endif
