// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that end in an external abort: the guest takes it, with the reason that
 * the architecture has for it, and the host does not. Arm ARM D8.13, D19.2.40.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_WRITE, WHAT_MOVE, WHAT_REASONS, WHAT_WALKS };

#define RO_IPA		0x80000000UL	/* memory that is read-only for the guest */
#define DEV_IPA		0xc0000000UL	/* device memory of which each access fails */
#define NOTHING_IPA	0xe0000000UL	/* no slot */
#define MOVED		5		/* the GiB of addresses whose table moves */

/* ESR_EL1 */
#define ESR_IL		(1UL << 25)
#define ESR_WNR		(1UL << 6)
#define ESR_ABORT(ec, fsc)	((uint64_t)(ec) << 26 | ESR_IL | (fsc))
#define FSC_EXTERNAL	0x10
#define FSC_WALK(level)	(0x14 + (level))

#ifdef GUEST

#define TABLE	3UL
#define BLOCK	(1UL | 1 << 10 | 3 << 8 | 1UL << 54)

static uint64_t l2[512] __attribute__((aligned(4096)));
static volatile uint64_t aborts, moves, last_esr, last_far;

bool guest_sync(struct guest_frame *f)
{
	unsigned int ec = EC(f->esr);

	if (ec != EC_DABT_CUR && ec != EC_IABT_CUR)
		return false;
	aborts++;
	last_esr = f->esr;
	last_far = f->far;
	f->elr = ec == EC_IABT_CUR ? f->x[30] : f->elr + 4;
	return true;
}

static void set_l1(unsigned int gib, uint64_t entry)
{
	volatile uint64_t *l1 = (uint64_t *)(read_reg(ttbr0_el1) & ~0xfffUL);

	l1[gib] = entry;
	asm volatile("dsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
}

static void spin(unsigned int n)
{
	while (n--)
		asm volatile("nop");
}

static void move(void)
{
	for (;;) {
		set_l1(MOVED, (uint64_t)l2 | TABLE);
		moves++;
		spin(100);
		set_l1(MOVED, DEV_IPA | TABLE);
		spin(20);
	}
}

static uint64_t writes(uint64_t n)
{
	volatile uint32_t *p = (uint32_t *)((uint64_t)MOVED << 30);

	while (!moves)
		;
	while (n--) {
		(void)*p;
		asm volatile("str wzr, [%0]" : : "r" (p) : "memory");
	}
	return moves;
}

static void expect_abort(unsigned int line, uint64_t esr, uint64_t far)
{
	static uint64_t seen;

	guest_expect_at(line, aborts, ++seen);
	guest_expect_at(line, last_esr, esr);
	guest_expect_at(line, last_far, far);
}

static void reasons(void)
{
	read32(DEV_IPA + 8);
	expect_abort(__LINE__, ESR_ABORT(EC_DABT_CUR, FSC_EXTERNAL), DEV_IPA + 8);
	write32(DEV_IPA + 12, 1);
	expect_abort(__LINE__, ESR_ABORT(EC_DABT_CUR, FSC_EXTERNAL) | ESR_WNR, DEV_IPA + 12);
	((void (*)(void))NOTHING_IPA)();
	expect_abort(__LINE__, ESR_ABORT(EC_IABT_CUR, FSC_EXTERNAL), NOTHING_IPA);
	/* its table is where each access fails */
	set_l1(MOVED, DEV_IPA | TABLE);
	read32(((uint64_t)MOVED << 30) + 16);
	expect_abort(__LINE__, ESR_ABORT(EC_DABT_CUR, FSC_WALK(2)), ((uint64_t)MOVED << 30) + 16);
}

/* Its table is where nothing is. */
static void walks(void)
{
	uint64_t at = ((uint64_t)MOVED << 30) + 0x200000;

	set_l1(MOVED, NOTHING_IPA | TABLE);
	read32(at);
	expect_abort(__LINE__, ESR_ABORT(EC_DABT_CUR, FSC_WALK(2)), at);
	((void (*)(void))at)();
	expect_abort(__LINE__, ESR_ABORT(EC_IABT_CUR, FSC_WALK(2)), at);
	l2[1] = NOTHING_IPA | TABLE;
	set_l1(MOVED, (uint64_t)l2 | TABLE);
	read32(at);
	expect_abort(__LINE__, ESR_ABORT(EC_DABT_CUR, FSC_WALK(3)), at);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	l2[0] = RO_IPA | BLOCK;
	switch (what) {
	case WHAT_MOVE:
		move();
		break;
	case WHAT_WRITE:
		return writes(arg);
	case WHAT_REASONS:
		reasons();
		break;
	default:
		walks();
	}
	return 0;
}

#else

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEV_PA	0x0c000000UL	/* of the emulated server: its platform bus, where nothing is */

static void open_devices(struct vmm *v, unsigned int cpus)
{
	static const char path[] = "/tmp/mem";
	void *dev;
	int fd;

	vmm_open(v, &(struct vmm_config){ .cpus = cpus });
	mknod(path, S_IFCHR | 0600, makedev(1, 1));
	fd = open(path, O_RDWR | O_SYNC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	dev = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, DEV_PA);
	if (dev == MAP_FAILED)
		die("mmap of physical memory: %s", strerror(errno));
	close(fd);
	expect_result(vmm_slot(v, 2, DEV_IPA, 4096, dev, 0), 0);
}

static void *run_mover(void *p)
{
	struct vmm *v = p;

	/* ends with the process */
	vmm_run(v, 1);
	return NULL;
}

/*
 * Each write is a stage-2 permission fault, whose address is found by a walk of the
 * guest's tables; the other vCPU puts one of them into device memory meanwhile.
 */
static void tables_in_devices(void)
{
	unsigned long rounds = getenv("ROUNDS") ? atoi(getenv("ROUNDS")) : 5000, writes = 0;
	struct kvm_run *run;
	struct vmm v;
	pthread_t t;
	void *ro;

	open_devices(&v, 2);
	ro = mmap(NULL, 0x200000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(ro, 1, 0x200000);
	expect_result(vmm_slot(&v, 1, RO_IPA, 0x200000, ro, KVM_MEM_READONLY), 0);
	vmm_start(&v, 1, WHAT_MOVE | GUEST_MMU, 0);
	vmm_start(&v, 0, WHAT_WRITE | GUEST_MMU, rounds);
	pthread_create(&t, NULL, run_mover, &v);
	run = v.run[0];
	do {
		expect_result(vmm_run(&v, 0), 0);
		if (run->exit_reason != KVM_EXIT_MMIO)
			die("exit %u", run->exit_reason);
		writes += run->mmio.phys_addr == RO_IPA;
	} while (run->mmio.phys_addr == RO_IPA);
	expect(run->mmio.phys_addr == GUEST_IO + 8 * PORT_DONE, "an access to %#llx", run->mmio.phys_addr);
	expect(writes, "none of %lu writes came through", rounds);
	printf("# %lu of %lu writes came through\n", writes, rounds);
}

static void reasons(void)
{
	struct vmm v;

	open_devices(&v, 1);
	vmm_go(&v, 0, WHAT_REASONS | GUEST_MMU, 0);
}

static void walks(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_WALKS | GUEST_MMU, 0);
}

static const struct check checks[] = {
	{ "tables-in-devices", tables_in_devices },
	{ "reasons", reasons },
	{ "walks", walks },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
