// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM or a guest can make long, and an exit or an injection must not walk:
 * the same exit with little and with much of it. On an emulated server whose clock
 * counts instructions.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include "vmm.h"

enum { WHAT_EOI, WHAT_SGI, WHAT_STORE, WHAT_PENDING };

#define TIMES		20
#define LEVEL		40
#define IRQFDS		4000
#define IOEVENTFDS	1000
#define SPIS		90
#define STORES		(GUEST_IO + 0x10000)
#define TOLERANCE	4	/* a quarter more is allowed: a search by halving grows a little */
#define CHECKED		1	/* twice as much where the kernel checks itself: a few lists and locks outweigh all else */

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define ICC_SGI1R	s3_0_c12_c11_5

static void once(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_EOI:
		write32(GUEST_DIST + 0x204, 1U << (LEVEL - 32));
		while ((read_reg(ICC_IAR1) & 0xffffff) != LEVEL)
			;
		write_reg(LEVEL, ICC_EOIR1);
		break;
	case WHAT_SGI:
		write_reg(1UL << 24 | 1UL << arg, ICC_SGI1R);
		break;
	case WHAT_STORE:
		write32(STORES + 8 * arg, 0);
		break;
	case WHAT_PENDING:
		read32(GUEST_DIST);
		break;
	}
}

/* Nanoseconds of emulated time, for one. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i, t = 0;

	gic_start();
	irqs_off();
	if (what == WHAT_EOI)
		gic_enable(LEVEL, 0xa0, false);
	for (i = 0; what == WHAT_PENDING && i < arg; i++) {
		gic_enable(32 + i, 0xa0, true);
		write32(GUEST_DIST + 0x200 + (32 + i) / 32 * 4, 1U << i % 32);
	}
	for (i = 0; i <= TIMES; i++) {
		if (i == 1)
			t = read_reg(cntvct_el0);
		once(what, arg);
	}
	asm volatile("isb");
	return (read_reg(cntvct_el0) - t) * 1000000000 / read_reg(cntfrq_el0) / TIMES;
}

#else

static void expect_flat(const char *what, uint64_t few, uint64_t many)
{
	printf("# %s: %lu ns with few, %lu with many\n", what, (long)few, (long)many);
	expect(few && many <= few + few / (vmm_slow() > 1 ? CHECKED : TOLERANCE), "%s: %lu ns became %lu", what, (long)few, (long)many);
}

static int event(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		die("eventfd: %s", strerror(errno));
	return fd;
}

static uint64_t with_irqfds(unsigned int n)
{
	struct kvm_irqfd f = { .flags = KVM_IRQFD_FLAG_RESAMPLE, .resamplefd = event() };
	struct vmm v;
	uint64_t ns;

	vmm_open(&v, NULL);
	for (f.gsi = 1000; f.gsi < 1000 + n; f.gsi++) {
		f.fd = event();
		expect_result(ioctl(v.vm, KVM_IRQFD, &f), 0);
	}
	ns = vmm_go(&v, 0, WHAT_EOI, 0);
	vmm_close(&v);
	return ns;
}

static void check_irqfds(void)
{
	struct rlimit r = { IRQFDS + 100, IRQFDS + 100 };

	if (setrlimit(RLIMIT_NOFILE, &r))
		die("setrlimit: %s", strerror(errno));
	expect_flat("the end of a level, and irqfds", with_irqfds(1), with_irqfds(IRQFDS));
}

static uint64_t with_ioeventfds(unsigned int n)
{
	struct kvm_ioeventfd e = { .len = 4, .fd = event() };
	struct vmm v;
	uint64_t ns;

	vmm_open(&v, NULL);
	for (e.addr = STORES; e.addr < STORES + 8 * n; e.addr += 8)
		expect_result(ioctl(v.vm, KVM_IOEVENTFD, &e), 0);
	ns = vmm_go(&v, 0, WHAT_STORE, n - 1);
	vmm_close(&v);
	close(e.fd);
	return ns;
}

static void check_ioeventfds(void)
{
	expect_flat("a store, and ioeventfds", with_ioeventfds(1), with_ioeventfds(IOEVENTFDS));
}

/* The least of a few: a tick of the server's among twenty SGIs is more than what is looked for. */
static uint64_t sgi_to(unsigned int target)
{
	uint64_t ns, least = UINT64_MAX;
	unsigned int i;
	struct vmm v;

	for (i = 0; i < 6; i++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = VMM_CPUS });
		ns = vmm_go(&v, 0, WHAT_SGI, target);
		vmm_close(&v);
		least = ns < least ? ns : least;
	}
	return least;
}

static void check_targets(void)
{
	uint64_t near = sgi_to(1), far = sgi_to(VMM_CPUS - 1);

	printf("# an SGI: %lu ns to vCPU 1, %lu to the last\n", (long)near, (long)far);
	expect(far <= near + 20, "an SGI: %lu ns became %lu", (long)near, (long)far);
}

static uint64_t with_pending(unsigned int n)
{
	struct vmm v;
	uint64_t ns;

	vmm_open(&v, NULL);
	ns = vmm_go(&v, 0, WHAT_PENDING, n);
	vmm_close(&v);
	return ns;
}

static void check_pending(void)
{
	expect_flat("an exit, and pending interrupts", with_pending(5), with_pending(SPIS));
}

static const struct check checks[] = {
	{ "irqfds", check_irqfds },
	{ "ioeventfds", check_ioeventfds },
	{ "targets", check_targets },
	{ "pending", check_pending },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
