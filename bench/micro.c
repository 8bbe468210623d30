// SPDX-License-Identifier: GPL-2.0
/*
 * What single operations on guest memory cost, in instructions: runs in the
 * emulated server, where a nanosecond of the counter is one instruction.
 */
#define _GNU_SOURCE
#include "area.h"

enum {
	WHAT_READY, WHAT_TOUCH, WHAT_HVC, WHAT_TVM, WHAT_MMU_ON, WHAT_SETWAY, WHAT_ROUNDS,
	WHAT_TLBI, WHAT_SCTLR, WHAT_DC, WHAT_SETWAYS, WHAT_TOUCH_RANDOM, WHAT_FETCH,
};

#ifdef GUEST

static uint64_t table[512] __attribute__((aligned(4096)));

static uint64_t now(void)
{
	uint64_t t;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (t) : : "memory");
	return t;
}

static void touch(uint64_t pages)
{
	uint64_t a;

	for (a = AREA; a < AREA + pages * PAGE; a += PAGE)
		write64(a, a);
}

/* Each page once, none after its neighbour; @pages is a power of two. */
static void touch_random(uint64_t pages)
{
	uint64_t i;

	for (i = 0; i < pages; i++)
		write64(AREA + (i * 1237 + 77) % pages * PAGE, i);
}

/* Each page has a RET. */
static void fetch(uint64_t pages)
{
	uint64_t a;

	for (a = AREA; a < AREA + pages * PAGE; a += PAGE)
		((void (*)(void))a)();
}

/* Stage 1 as guest.c sets it up, but the write of SCTLR_EL1 alone is measured. */
static uint64_t mmu_on(void)
{
	uint64_t i, begun;

	for (i = 0; i < 512; i++)
		table[i] = i << 30 | 1 | 1 << 10 | 3 << 8 | (i ? 0 : 1 << 2) | 1UL << 54;
	asm volatile("dsb sy");
	write_reg(0x04ff, mair_el1);
	write_reg(25UL | 1UL << 8 | 1UL << 10 | 3UL << 12 | 1UL << 23 |
		  (read_reg(id_aa64mmfr0_el1) & 7) << 32, tcr_el1);
	write_reg((uintptr_t)table, ttbr0_el1);
	asm volatile("tlbi vmalle1\n\tdsb nsh\n\tic iallu\n\tdsb nsh\n\tisb");
	i = read_reg(sctlr_el1) | 1 | 1 << 2 | 1 << 12;
	begun = now();
	write_reg(i, sctlr_el1);
	return now() - begun;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i, begun = now();

	switch (what) {
	case WHAT_TOUCH:
		touch(arg);
		break;
	case WHAT_TOUCH_RANDOM:
		touch_random(arg);
		break;
	case WHAT_FETCH:
		fetch(arg);
		break;
	case WHAT_HVC:
		for (i = 0; i < arg; i++)
			guest_hvc(0x84000000, 0, 0, 0);		/* PSCI_VERSION */
		break;
	case WHAT_TVM:
		for (i = 0; i < arg; i++)
			asm volatile("msr contextidr_el1, %0" : : "r" (i));
		break;
	case WHAT_TLBI:
		for (i = 0; i < arg; i++)
			asm volatile("tlbi vaae1is, %0\n\tdsb ish\n\tisb" : : "r" (i) : "memory");
		break;
	case WHAT_SCTLR:
		for (i = 0; i < arg; i++)
			write_reg(read_reg(sctlr_el1), sctlr_el1);
		break;
	case WHAT_DC:
		for (i = 0; i < arg; i++)
			asm volatile("dc civac, %0\n\tdsb sy" : : "r" (table) : "memory");
		break;
	case WHAT_SETWAYS:
		for (i = 0; i < arg; i++)
			asm volatile("dc cisw, %0" : : "r" (i << 6));
		break;
	case WHAT_MMU_ON:
		return mmu_on();
	case WHAT_SETWAY:
		asm volatile("dc cisw, %0" : : "r" (0UL));
		break;
	case WHAT_ROUNDS:
		guest_hvc(0xc5000021, 0, 0, 0);		/* PV_TIME_ST */
		for (;;)
			guest_say(PORT_TEST, 0);
	}
	return now() - begun;
}

#else

struct size {
	const char *name;
	uint64_t bytes;
};

/* A vCPU turns its MMU on, where @mmu, and touches all of it. Instructions. */
static uint64_t touch(struct vmm *v, unsigned int cpu, uint64_t bytes, uint64_t mmu)
{
	return TICK * vmm_go(v, cpu, WHAT_TOUCH | mmu, bytes / PAGE);
}

/* From KVM_ARM_VCPU_INIT to the first word that the guest says, and on to its last. */
static uint64_t reinit(struct vmm *v, uint64_t what, uint64_t arg)
{
	uint64_t begun = now();

	vmm_init_cpu(v, 0, 0);
	vmm_go(v, 0, what, arg);
	return TICK * (now() - begun);
}

static void rows_calls(void)
{
	struct vmm v;

	area_open(&v, 1, 0, PAGE);
	row("instructions", (double)area_cheapest(&v, WHAT_TVM) / LOOPS, "tvm-write");
	row("instructions", (double)area_cheapest(&v, WHAT_HVC) / LOOPS, "hvc-in-kernel-mmu-off");
	/* what a guest does many times before it turns its MMU on */
	row("instructions", (double)area_cheapest(&v, WHAT_TLBI) / LOOPS, "tlbi-mmu-off");
	row("instructions", (double)area_cheapest(&v, WHAT_SCTLR) / LOOPS, "sctlr-write-mmu-off");
	row("instructions", (double)area_cheapest(&v, WHAT_DC) / LOOPS, "dc-by-va-mmu-off");
	row("instructions", (double)area_cheapest(&v, WHAT_SETWAYS) / LOOPS, "setway-next");
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	row("instructions", (double)area_cheapest(&v, WHAT_HVC) / LOOPS, "hvc-in-kernel");
	area_close(&v);
}

/* Two threads that take turns: the one waits for the CPU after the other has woken it. */
struct turns {
	int to, from;
};

static void *take_turns(void *arg)
{
	struct turns *t = arg;
	char c;

	while (read(t->to, &c, 1) == 1 && write(t->from, &c, 1) == 1)
		;
	return NULL;
}

/* KVM_RUNs that each end in an access, with a turn of the other thread's between where there is one. Instructions. */
static uint64_t rounds(struct vmm *v, const struct turns *t)
{
	uint64_t begun = now();
	char c = 0;
	int i;

	for (i = 0; i < LOOPS; i++) {
		if (t && (write(t->to, &c, 1) != 1 || read(t->from, &c, 1) != 1))
			die("pipe: %s", strerror(errno));
		if (ioctl(v->cpu[0], KVM_RUN, 0) || v->run[0]->exit_reason != KVM_EXIT_MMIO)
			die("round %d: exit %u, %s", i, v->run[0]->exit_reason, strerror(errno));
	}
	return TICK * (now() - begun);
}

/* The cheapest rounds of a vCPU that is told of stolen time, or not. */
static double rounds_of(const struct turns *t, bool told)
{
	uint64_t base = GUEST_RAM + 0x300000, best = ~0UL, got;
	struct vmm v;
	int i;

	area_open(&v, 1, 0, PAGE);
	if (told && vmm_attr(v.cpu[0], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA, &base))
		die("no stolen time");
	vmm_start(&v, 0, WHAT_ROUNDS | GUEST_MMU, 0);
	rounds(&v, t);
	for (i = 0; i < 2 * BATCHES; i++) {
		got = rounds(&v, t);
		if (got < best)
			best = got;
	}
	area_close(&v);
	return (double)best / LOOPS;
}

/* What a vCPU's way to the CPU costs more when its guest is told of stolen time: some, or none since the last time. */
static void rows_steal(void)
{
	struct turns mine, others;
	double update, idle;
	pthread_t thread;
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		die("pipe: %s", strerror(errno));
	mine = (struct turns) { .to = to[1], .from = from[0] };
	others = (struct turns) { .to = to[0], .from = from[1] };
	pthread_create(&thread, NULL, take_turns, &others);
	update = rounds_of(&mine, true) - rounds_of(&mine, false);
	close(to[1]);
	pthread_join(thread, NULL);
	idle = rounds_of(NULL, true) - rounds_of(NULL, false);
	row("instructions", update > 0 ? update : 0, "steal-time-update");
	row("instructions", idle > 0 ? idle : 0, "steal-time-none");
}

/* What a first touch of a small page costs, in a VM of its own; what the VMM does to it before. */
static void row_touch(const char *name, uint64_t what, void (*prepare)(uint8_t *mem, uint64_t bytes))
{
	uint64_t bytes = 16 * MIB;
	struct vmm v;
	uint8_t *mem = area_open(&v, 1, bytes, PAGE);

	if (prepare)
		prepare(mem, bytes);
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	row("instructions", (double)TICK * vmm_go(&v, 0, what, bytes / PAGE) / (bytes / PAGE), "%s", name);
	area_close(&v);
}

static void takes_back(uint8_t *mem, uint64_t bytes)
{
	if (madvise(mem, bytes, MADV_DONTNEED))
		die("madvise: %s", strerror(errno));
}

static void writes_ret(uint8_t *mem, uint64_t bytes)
{
	static const uint32_t ret = 0xd65f03c0;
	uint64_t i;

	for (i = 0; i < bytes; i += PAGE)
		memcpy(mem + i, &ret, sizeof(ret));
}

static void rows_touch(void)
{
	uint64_t bytes = 16 * MIB;
	struct vmm v;

	row_touch("touch-4k-rand", WHAT_TOUCH_RANDOM, NULL);
	row_touch("touch-4k-exec", WHAT_FETCH, writes_ret);
	row_touch("touch-4k-absent", WHAT_TOUCH, takes_back);
	area_open(&v, 1, bytes, PAGE);
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	row("instructions", (double)touch(&v, 0, bytes, 0) / (bytes / PAGE), "touch-4k-seq");
	area_close(&v);
	area_open(&v, 1, bytes, PAGE);
	vmm_go(&v, 0, WHAT_READY, 0);
	row("instructions", (double)touch(&v, 0, bytes, 0) / (bytes / PAGE), "touch-4k-cold");
	area_close(&v);
	area_open(&v, 1, 4 * bytes, BLOCK);
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	row("instructions", (double)touch(&v, 0, 4 * bytes, 0) / (4 * bytes / BLOCK), "touch-2m-seq");
	area_close(&v);
}

static void rows_reinit(const struct size *s, uint64_t leaf)
{
	struct vmm v;

	area_open(&v, 2, s->bytes, leaf);
	touch(&v, 0, s->bytes, GUEST_MMU);
	/* of a second vCPU, with all of it mapped by a warm one */
	if (s->bytes <= 256 * MIB)
		row("instructions", TICK * vmm_go(&v, 1, WHAT_MMU_ON, 0), "mmu-on-%s-%s", s->name,
		    leaf == PAGE ? "4k" : "2m");
	row("instructions", reinit(&v, WHAT_READY, 0), "reinit-%s-%s", s->name, leaf == PAGE ? "4k" : "2m");
	area_close(&v);
}

static void rows_mmu_on(void)
{
	uint64_t sum = 0;
	struct vmm v;
	int i;

	area_open(&v, 1, 256 * MIB, PAGE);
	touch(&v, 0, 256 * MIB, 0);
	row("instructions", TICK * vmm_go(&v, 0, WHAT_MMU_ON, 0), "mmu-on-cold-256m");
	area_close(&v);

	/* seven, one after the other, after the first has touched 64 MiB */
	area_open(&v, 8, 64 * MIB, PAGE);
	touch(&v, 0, 64 * MIB, GUEST_MMU);
	for (i = 1; i < 8; i++)
		sum += TICK * vmm_go(&v, i, WHAT_MMU_ON, 0);
	row("instructions", sum, "mmu-on-8-vcpus");
	area_close(&v);

	area_open(&v, 1, 256 * MIB, PAGE);
	touch(&v, 0, 256 * MIB, GUEST_MMU);
	row("instructions", TICK * vmm_go(&v, 0, WHAT_SETWAY, 0), "setway-first");
	area_close(&v);
}

/* The article's question: a reset of a guest that has touched 64 MiB, its MMU-on, and touching a part of it again. */
static void rows_break_even(const char *policy, uint64_t leaf)
{
	static const unsigned int percent[] = { 0, 1, 10, 50, 100 };
	uint64_t bytes = 64 * MIB;
	struct vmm v;
	unsigned int i;

	area_policy(is_kernels_kvm() ? NULL : policy);
	area_open(&v, 1, bytes, leaf);
	touch(&v, 0, bytes, GUEST_MMU);
	for (i = 0; i < sizeof(percent) / sizeof(percent[0]); i++) {
		row("instructions", reinit(&v, WHAT_TOUCH | GUEST_MMU, bytes / PAGE * percent[i] / 100),
		    "break-even-%s-%s-%u", leaf == PAGE ? "4k" : "2m", policy, percent[i]);
		/* back to all of it mapped */
		vmm_go(&v, 0, WHAT_TOUCH, bytes / PAGE);
	}
	area_close(&v);
	area_policy(NULL);
}

static void run(void)
{
	static const struct size sizes[] = { { "64m", 64 * MIB }, { "256m", 256 * MIB }, { "1g", 1024 * MIB } };
	unsigned int i;

	feed_entropy();
	rows_calls();
	rows_steal();
	rows_touch();
	for (i = 0; i < 3; i++) {
		rows_reinit(&sizes[i], BLOCK);
		rows_reinit(&sizes[i], PAGE);
	}
	rows_mmu_on();
}

int main(int argc, char **argv)
{
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1) {
		run();
		return 0;
	}
	/* policies to compare; on the kernel's own KVM a name for its rows */
	feed_entropy();
	for (i = 1; i < argc; i++) {
		rows_break_even(argv[i], PAGE);
		rows_break_even(argv[i], BLOCK);
	}
	return 0;
}
#endif
