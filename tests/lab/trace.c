// SPDX-License-Identifier: GPL-2.0
/*
 * What can be seen of a VM from outside: counters, a stage-1 walk, accesses without
 * syndrome; and a guest that does what tracepoints are there for.
 */
#define _GNU_SOURCE
#include "vmm.h"

#define PV_TIME_ST		0xc5000021UL
#define STEAL_AT		(GUEST_RAM + 0x200000)
#define TOUCH_AT		(GUEST_RAM + 0x100000)
#define TOUCH_PAGES		8
#define FLAG_AT			(GUEST_RAM + 0x180000)
#define ROM_AT			0x50000000UL
#define NISV_IO			(GUEST_IO + 0x1128)
#define NISV_ROM		(ROM_AT + 0x568)

enum { WHAT_TOUCH, WHAT_STEAL, WHAT_SPIN, WHAT_WFI, WHAT_LDP, WHAT_POST, WHAT_STP_ROM };

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i, a = 0, b = 0;

	switch (what) {
	case WHAT_TOUCH:
		for (i = 0; i < TOUCH_PAGES; i++)
			write64(TOUCH_AT + 4096 * i + 8, i);
		/* data cache of level 1, way 0, sets 1 and 0: one burst */
		asm volatile("dc cisw, %0\n\tdc cisw, %1" : : "r" (64UL), "r" (0UL) : "memory");
		return 0;
	case WHAT_STEAL:
		guest_expect(guest_hvc(PV_TIME_ST, 0, 0, 0), STEAL_AT);
		for (;;)
			guest_say(PORT_TEST, read64(STEAL_AT + 8));
	case WHAT_SPIN:
		guest_say(PORT_TEST, 0);
		while (!read64(FLAG_AT))
			;
		return 0;
	case WHAT_WFI:
		guest_say(PORT_TEST, 0);
		for (;;)
			guest_wfi();
	case WHAT_LDP:
		asm volatile("ldp %0, %1, [%2]" : "=&r" (a), "=&r" (b) : "r" (NISV_IO) : "memory");
		return 1;
	case WHAT_POST:
		a = NISV_IO;
		asm volatile("ldr %0, [%1], #8" : "=&r" (b), "+r" (a) : : "memory");
		return 1;
	case WHAT_STP_ROM:
		a = read64(NISV_ROM);
		asm volatile("stp %0, %0, [%1]" : : "r" (a), "r" (NISV_ROM) : "memory");
		return a;
	}
	return 0;
}

#else

#include <glob.h>

static void touch(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_TOUCH, 0);
	vmm_go(&v, 0, WHAT_TOUCH | GUEST_MMU, 0);
	printf("pages %#x-%#lx image %#x-%#lx\n", TOUCH_AT, TOUCH_AT + TOUCH_PAGES * 4096UL, GUEST_RAM,
	       GUEST_RAM + (unsigned long)vmm_head(GUEST_HEAD_SIZE));
	vmm_close(&v);
}

/* This process's only VM in debugfs. */
static FILE *view(const char *name, const char *mode)
{
	char path[128];
	glob_t g;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/tabula/%d-*/%s", getpid(), name);
	if (glob(path, 0, NULL, &g) || g.gl_pathc != 1)
		die("no %s", path);
	f = fopen(g.gl_pathv[0], mode);
	globfree(&g);
	return f;
}

#define MOST_STATS	128

struct stats {
	unsigned int n;
	char name[MOST_STATS][64];
	uint64_t val[MOST_STATS];
};

static void must_read(int fd, void *to, size_t len, off_t at)
{
	if (pread(fd, to, len, at) != (ssize_t)len)
		die("statistics: less than %zu bytes at %ld", len, (long)at);
}

static void stats_read(int fd, struct stats *s)
{
	struct kvm_stats_header h;
	unsigned int i;

	must_read(fd, &h, sizeof(h), 0);
	expect(!h.flags && h.name_size <= 64 && h.num_desc && h.num_desc <= MOST_STATS,
	       "header: flags %u, names of %u, %u of them", h.flags, h.name_size, h.num_desc);
	expect(h.id_offset >= sizeof(h) && h.desc_offset >= h.id_offset + h.name_size &&
	       h.data_offset >= h.desc_offset + h.num_desc * (sizeof(struct kvm_stats_desc) + h.name_size),
	       "blocks overlap: %u %u %u", h.id_offset, h.desc_offset, h.data_offset);
	s->n = h.num_desc;
	for (i = 0; i < s->n; i++) {
		struct kvm_stats_desc d;
		off_t at = h.desc_offset + i * (sizeof(d) + h.name_size);

		must_read(fd, &d, sizeof(d), at);
		must_read(fd, s->name[i], h.name_size, at + sizeof(d));
		expect(memchr(s->name[i], 0, h.name_size) && *s->name[i], "descriptor %u: its name", i);
		expect((d.flags & KVM_STATS_TYPE_MASK) <= KVM_STATS_TYPE_INSTANT && d.size == 1 && !d.exponent,
		       "%s: flags %#x, size %u", s->name[i], d.flags, d.size);
		must_read(fd, &s->val[i], 8, h.data_offset + d.offset);
	}
}

static uint64_t stats_get(const struct stats *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (!strcmp(s->name[i], name))
			return s->val[i];
	die("no counter %s", name);
}

/* The file for people says the same as the one for programs; each name once. */
static void stats_compare(const struct stats *s)
{
	FILE *f = view("stats", "r");
	char name[64];
	unsigned int i, j;
	unsigned long val;

	for (i = 0; i < s->n; i++) {
		for (j = 0; j < i; j++)
			expect(strcmp(s->name[i], s->name[j]), "two counters %s", s->name[i]);
		if (fscanf(f, "%63s %lu", name, &val) != 2)
			die("stats ends before %s", s->name[i]);
		expect(!strcmp(name, s->name[i]) && val == s->val[i], "%s %lu, not %s %lu", name, val,
		       s->name[i], (long)s->val[i]);
	}
	fclose(f);
}

#define moved(a, b, name) (stats_get(b, name) - stats_get(a, name))

static volatile bool done;

static void *compete(void *arg)
{
	pin_to(1);
	while (!done)
		;
	return arg;
}

/* Until this thread has waited for its CPU some more: there is stolen time to tell. */
static void be_robbed(void)
{
	unsigned long ran, wait, before = ~0UL;

	do {
		FILE *f = fopen("/proc/thread-self/schedstat", "r");

		if (!f || fscanf(f, "%lu %lu", &ran, &wait) != 2)
			die("no schedstat");
		fclose(f);
		before = before < wait ? before : wait;
	} while (wait == before);
}

/* Stolen time is told from a kept page. */
static void counters(void)
{
	static struct stats s[5];
	uint64_t base = STEAL_AT, val;
	pthread_t busy;
	struct vmm v;
	int fd;

	pin_to(1);
	pthread_create(&busy, NULL, compete, NULL);
	vmm_open(&v, NULL);
	fd = ioctl(v.vm, KVM_GET_STATS_FD, NULL);
	if (fd < 0)
		die("KVM_GET_STATS_FD: %s", strerror(errno));
	stats_read(fd, &s[0]);
	stats_compare(&s[0]);
	expect(!stats_get(&s[0], "pfn_refreshes") && !stats_get(&s[0], "mem_writes"), "a new VM has done it all");

	expect_result(vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			       KVM_ARM_VCPU_PVTIME_IPA, &base), 0);
	vmm_start(&v, 0, WHAT_STEAL | GUEST_MMU, 0);
	expect(vmm_event(&v, 0, &val) == PORT_TEST, "another event");
	be_robbed();
	expect(vmm_event(&v, 0, &val) == PORT_TEST, "another event");
	stats_read(fd, &s[1]);
	expect(moved(&s[0], &s[1], "pfn_refreshes") >= 1, "no page was looked up");
	expect(moved(&s[0], &s[1], "mem_writes") >= 1, "PV_TIME_ST zeroes the structure");

	be_robbed();
	expect(vmm_event(&v, 0, &val) == PORT_TEST, "another event");
	stats_read(fd, &s[2]);
	expect(moved(&s[1], &s[2], "pfn_hits") >= 1, "the page was not there");
	expect(!moved(&s[1], &s[2], "pfn_misses"), "it was gone, but nobody took it");

	madvise(v.ram + (STEAL_AT - GUEST_RAM), 4096, MADV_DONTNEED);
	stats_read(fd, &s[3]);
	expect(moved(&s[2], &s[3], "pfn_invalidates") == 1, "%lu pages taken away", (long)moved(&s[2], &s[3],
	       "pfn_invalidates"));
	be_robbed();
	expect(vmm_event(&v, 0, &val) == PORT_TEST, "another event");
	stats_read(fd, &s[4]);
	expect(moved(&s[3], &s[4], "pfn_misses") >= 1 && moved(&s[3], &s[4], "pfn_refreshes") >= 1,
	       "misses %lu, refreshes %lu", (long)moved(&s[3], &s[4], "pfn_misses"),
	       (long)moved(&s[3], &s[4], "pfn_refreshes"));
	stats_compare(&s[4]);
	done = true;
	pthread_join(busy, NULL);
	close(fd);
	vmm_close(&v);
}

static char walk_text[2048];

/* What a vCPU's file says of an address, or of its PC. Returns -errno of the read. */
static int walk(unsigned int cpu, const char *va)
{
	char name[32];
	size_t n;
	FILE *f;
	int ret = 0;

	snprintf(name, sizeof(name), "vcpu%u/s1walk", cpu);
	if (va) {
		f = view(name, "w");
		fputs(va, f);
		if (fclose(f))
			return -errno;
	}
	f = view(name, "r");
	errno = 0;
	n = fread(walk_text, 1, sizeof(walk_text) - 1, f);
	if (ferror(f))
		ret = -errno;
	walk_text[n] = 0;
	fclose(f);
	return ret;
}

static bool walk_says(const char *text)
{
	if (strstr(walk_text, text))
		return true;
	printf("# not '%s' in:\n%s", text, walk_text);
	return false;
}

static unsigned long walk_number(const char *key)
{
	const char *at = strstr(walk_text, key);

	return at ? strtoul(at + strlen(key), NULL, 0) : 0;
}

/* The guest's map: 1 GiB blocks, the first of them Device; 39 bits. */
static void walk_checks(void)
{
	expect_result(walk(0, "pc"), 0);
	expect(walk_number("va ") == walk_number("pc "), "not the PC's walk");
	expect(walk_number("ipa ") == walk_number("pc "), "not an identity");
	expect(walk_number("pc ") - GUEST_RAM < GUEST_RAM_SIZE, "the PC is elsewhere");
	expect_result(walk(0, "0x40123456"), 0);
	expect(walk_says("va       0x40123456\n"), "the address asked for");
	expect(walk_says("level 1  [") && walk_says("] = 0x0040000040000701 block\n"), "its descriptor");
	expect(walk_says("ipa      0x40123456; maps 1048576 KiB; EL1 rwx EL0 ---; attr 0: 0xff, Normal, write-back\n"),
	       "RAM");
	expect_result(walk(0, "0x8000010"), 0);
	expect(walk_says("ipa      0x8000010; ") && walk_says("attr 1: 0x04, Device\n"), "Device");
	expect_result(walk(0, "0x8000000000"), 0);
	expect(walk_says("fault    translation, level 0\n"), "beyond 39 bits");
	expect_result(walk(0, "pc"), 0);
	expect(walk_number("va ") == walk_number("pc "), "not the PC's walk again");
	expect_result(walk(0, "elsewhere"), -EINVAL);
	expect_result(walk(0, "0x1234567890123456789012345678901234567890"), -EINVAL);
	expect_result(walk(0, ""), 0);	/* nothing is written */
}

static void walk_file(void)
{
	struct vmm v;
	pthread_t t;
	uint64_t val;

	vmm_open(&v, &(struct vmm_config) { .cpus = 3, .off = 4 });
	expect_result(walk(0, "0x40123456"), 0);
	expect(walk_says("ipa      0x40123456; stage 1 is off\n"), "before its first run");

	/* in the guest, which makes no exit */
	vmm_start(&v, 0, WHAT_SPIN | GUEST_MMU, 0);
	vmm_event(&v, 0, &val);
	walk_checks();
	t = vmm_thread(&v, 0);
	usleep(50000);
	walk_checks();
	*(volatile uint64_t *)(v.ram + (FLAG_AT - GUEST_RAM)) = 1;
	pthread_join(t, NULL);
	walk_checks();

	/* idle, and powered off: KVM_RUN does not return */
	vmm_start(&v, 1, WHAT_WFI | GUEST_MMU, 0);
	vmm_event(&v, 1, &val);
	vmm_thread(&v, 1);
	vmm_thread(&v, 2);
	usleep(50000);
	expect_result(walk(1, NULL), 0);
	expect(walk_number("ipa ") == walk_number("pc ") && walk_number("ipa "), "an idle vCPU");
	expect_result(walk(2, NULL), 0);
	expect(walk_says("stage 1 is off\n"), "a vCPU that is off");
	expect_result(walk(0, NULL), 0);
	exit(0);
}

static void walk_without_init(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config) { .no_init = true });
	expect_result(walk(0, NULL), -ENOEXEC);
	vmm_close(&v);
}

/* To the VMM with an address, then, when the VMM has gone on behind it, to the end. */
static void nisv_one(struct vmm *v, unsigned int what, uint64_t ipa, bool is_write)
{
	struct kvm_run *run = v->run[0];
	uint64_t pc, val = 0;

	vmm_start(v, 0, what, 0);
	expect_result(vmm_run(v, 0), 0);
	if (run->exit_reason != KVM_EXIT_ARM_NISV)
		die("%u: exit %u", what, run->exit_reason);
	expect(run->arm_nisv.fault_ipa == ipa, "at %#llx, not %#lx", run->arm_nisv.fault_ipa, (long)ipa);
	expect(!(run->arm_nisv.esr_iss & 1 << 24) && !(run->arm_nisv.esr_iss & 1 << 6) == !is_write,
	       "syndrome %#llx", run->arm_nisv.esr_iss);
	pc = vmm_reg(v, 0, VMM_CORE(regs.pc));
	printf("nisv pc %#lx insn %#x ipa %#lx\n", (long)pc, *(uint32_t *)(v->ram + (pc - GUEST_RAM)), (long)ipa);
	vmm_set_reg(v, 0, VMM_CORE(regs.pc), pc + 4);
	expect(vmm_event(v, 0, &val) == PORT_DONE, "not the end");
}

static void nisv(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };
	void *rom = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int mmu;
	struct vmm v;

	vmm_open(&v, NULL);
	memset(rom, 0x5a, 4096);
	expect_result(vmm_slot(&v, 5, ROM_AT, 4096, rom, KVM_MEM_READONLY), 0);
	/* not asked for: the documented error, and the instruction is done again */
	vmm_start(&v, 0, WHAT_LDP, 0);
	expect_result(vmm_run(&v, 0), -ENOSYS);
	expect_result(vmm_run(&v, 0), -ENOSYS);
	expect_result(ioctl(v.vm, KVM_ENABLE_CAP, &cap), 0);
	for (mmu = 0; mmu <= GUEST_MMU; mmu += GUEST_MMU) {
		nisv_one(&v, WHAT_LDP | mmu, NISV_IO, false);
		nisv_one(&v, WHAT_POST | mmu, NISV_IO, false);
		/* a permission fault, for which HPFAR_EL2 says nothing */
		nisv_one(&v, WHAT_STP_ROM | mmu, NISV_ROM, true);
	}
	vmm_close(&v);
}

int main(int argc, char **argv)
{
	static const struct check checks[] = {
		{ "touch", touch },
		{ "counters", counters },
		{ "walk", walk_file },
		{ "walk-without-init", walk_without_init },
		{ "nisv", nisv },
		{ }
	};

	return vmm_main(argc, argv, checks);
}
#endif
