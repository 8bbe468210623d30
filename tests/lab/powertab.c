// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI as a table: each function by its 32-bit and its 64-bit number, with arguments at their
 * edges, from callers of either byte order, with up to 512 vCPUs. DEN0022.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include "vmm.h"

enum { WHAT_SERVE, WHAT_SUSPEND, WHAT_LIFE };

/* To a guest that serves: X0 to X3, then what its HVC made of them. */
#define PORT_ARG	(PORT_TEST + 0)
#define PORT_RESULT	(PORT_TEST + 1)	/* and two more */
#define PORT_READY	(PORT_TEST + 4)

#define VERSION		0x84000000
#define CPU_SUSPEND	0x84000001
#define CPU_OFF		0x84000002
#define CPU_ON		0x84000003
#define AFFINITY_INFO	0x84000004
#define MIGRATE		0x84000005
#define MIGRATE_TYPE	0x84000006
#define MIGRATE_CPU	0x84000007
#define SYSTEM_OFF	0x84000008
#define SYSTEM_RESET	0x84000009
#define FEATURES	0x8400000a
#define SYSTEM_SUSPEND	0x8400000e
#define SYSTEM_RESET2	0x84000012
#define FN64		0x40000000

#define NOT_SUPPORTED	(-1L)
#define INVALID_PARAMS	(-2L)
#define ALREADY_ON	(-4L)

#define ENTRY		0x40200000UL
#define CONTEXT		0x8123456789abcdefUL
#define UNMADE		300	/* the vCPU that is created and no more */
#define BIG_ENDIAN_CALL	(1UL << 63)	/* in PORT_ARG's first word */

#ifdef GUEST

static uint64_t hvc_big_endian(uint64_t *x)
{
	register uint64_t x0 asm("x0") = x[0];
	register uint64_t x1 asm("x1") = x[1];
	register uint64_t x2 asm("x2") = x[2];
	register uint64_t x3 asm("x3") = x[3];

	asm volatile("mrs x9, sctlr_el1\n\torr x10, x9, #1 << 25\n\tmsr sctlr_el1, x10\n\tisb\n\t"
		     "hvc #0\n\tmsr sctlr_el1, x9\n\tisb"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3) : : "x9", "x10", "memory");
	return x0;
}

static void serve(void)
{
	uint64_t x[4], ret;
	unsigned int i;
	bool big;

	for (;;) {
		for (i = 0; i < 4; i++)
			x[i] = guest_ask(PORT_ARG);
		if (!x[0])
			return;
		big = x[0] & BIG_ENDIAN_CALL;
		x[0] &= ~BIG_ENDIAN_CALL;
		ret = big ? hvc_big_endian(x) : guest_hvc(x[0], x[1], x[2], x[3]);
		guest_say(PORT_RESULT, ret);
	}
}

static uint64_t ack(void)
{
	return read_reg(s3_0_c12_c12_0) & 0xffffff;
}

/* What ends a CPU_SUSPEND: an armed timer's time, an SPI that is pending already, one that comes from outside. */
static void suspend(void)
{
	uint64_t step = read_reg(cntfrq_el0) / 50, at;
	unsigned int i;

	gic_start();
	gic_enable(27, 0xa0, false);
	gic_enable(30, 0xa0, false);
	gic_enable(40, 0xa0, true);
	for (i = 0; i < 2; i++) {
		at = read_reg(cntvct_el0) + step;
		write_reg(at, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		guest_expect(guest_hvc(CPU_SUSPEND | (i ? FN64 : 0), 0, ENTRY, CONTEXT), 0);
		guest_check(read_reg(cntvct_el0) >= at && read_reg(cntvct_el0) < at + 50 * step);
		guest_expect(ack(), 27);
		write_reg(0, cntv_ctl_el0);
		write_reg(27, s3_0_c12_c12_1);
		at = read_reg(cntpct_el0) + step;
		write_reg(at, cntp_cval_el0);
		write_reg(1, cntp_ctl_el0);
		guest_expect(guest_hvc(CPU_SUSPEND | (i ? FN64 : 0), 0, ENTRY, CONTEXT), 0);
		guest_check(read_reg(cntpct_el0) >= at && read_reg(cntpct_el0) < at + 50 * step);
		guest_expect(ack(), 30);
		write_reg(0, cntp_ctl_el0);
		write_reg(30, s3_0_c12_c12_1);
		/* pending already: at once, though the timer is far */
		write32(GUEST_DIST + 0x204, 1 << 8);
		at = read_reg(cntvct_el0) + 100 * step;
		write_reg(at, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		guest_expect(guest_hvc(CPU_SUSPEND | (i ? FN64 : 0), 0, ENTRY, CONTEXT), 0);
		guest_check(read_reg(cntvct_el0) < at);
		guest_expect(ack(), 40);
		write_reg(40, s3_0_c12_c12_1);
		write_reg(0, cntv_ctl_el0);
	}
}

/*
 * A life of vCPU 1's: it arms its timer, has an SPI pending, an interrupt active and a mask set, and goes
 * off. The next finds timers off, and the SPI, which is not its own, still pending.
 */
static void life(uint64_t n)
{
	guest_expect(read_reg(cntv_ctl_el0) & 1, 0);
	guest_expect(read_reg(cntp_ctl_el0) & 1, 0);
	/* what it was is gone; here it is 0, elsewhere it may be anything */
	guest_check(read_reg(tpidr_el1) != 0x1234);
	guest_check(read_reg(contextidr_el1) != 0x5678);
	gic_start();
	gic_enable(27, 0xa0, false);
	gic_enable(40, 0xa0, true);
	if (n)
		guest_expect(ack(), 40);
	else
		guest_expect(ack(), 1023);
	if (n)
		write_reg(40, s3_0_c12_c12_1);
	guest_expect(ack(), 1023);
	write_reg(0x1234, tpidr_el1);
	write_reg(0x5678, contextidr_el1);
	write_reg(1, cntv_cval_el0);
	write_reg(1, cntv_ctl_el0);
	write_reg(1, cntp_cval_el0);
	write_reg(1, cntp_ctl_el0);
	write32(GUEST_DIST + 0x204, 1 << 8);
	guest_say(PORT_READY, n);
	guest_hvc(CPU_OFF, 0, 0, 0);
	guest_expect(0, 1);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_SERVE:
		serve();
		break;
	case WHAT_SUSPEND:
		suspend();
		break;
	case WHAT_LIFE:
		life(arg);
		break;
	}
	return 0;
}

#else

/* One call of vCPU 0's, which serves. */
static int64_t call(struct vmm *v, uint64_t fn, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[4] = { fn, x1, x2, x3 }, val;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		val = x[i];
		if (vmm_event(v, 0, &val) != PORT_ARG)
			die("%#lx(%#lx, %#lx): no end", (long)fn, (long)x1, (long)x2);
	}
	if (vmm_event(v, 0, &val) != PORT_RESULT)
		die("%#lx(%#lx, %#lx): no result", (long)fn, (long)x1, (long)x2);
	return val;
}

#define expect_call(v, want, ...) \
	do { \
		int64_t got_ = call(v, __VA_ARGS__); \
		expect(got_ == (int64_t)(want), "%s: %ld, not %ld", #__VA_ARGS__, (long)got_, (long)(want)); \
	} while (0)

static void check_numbers(void)
{
	/* what there is at version 1.1, by the number of the 32-bit call; and whether there is one of 64 bits */
	static const struct { uint32_t fn; bool is_64, is_there; } fns[] = {
		{ VERSION, false, true }, { CPU_SUSPEND, true, true }, { CPU_OFF, false, true }, { CPU_ON, true, true },
		{ AFFINITY_INFO, true, true }, { MIGRATE, true, false }, { MIGRATE_TYPE, false, true },
		{ MIGRATE_CPU, true, false }, { SYSTEM_OFF, false, true }, { SYSTEM_RESET, false, true },
		{ FEATURES, false, true }, { 0x8400000b, false, false }, { 0x8400000c, true, false }, { 0x8400000d, true, false },
		{ SYSTEM_SUSPEND, true, false }, { 0x8400000f, false, false }, { 0x84000010, true, false },
		{ 0x84000011, true, false }, { SYSTEM_RESET2, true, true }, { 0x84000013, false, false }, { 0x84000014, true, false },
	};
	unsigned int i;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	vmm_start(&v, 0, WHAT_SERVE, 0);
	for (i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
		expect_call(&v, fns[i].is_there ? 0 : NOT_SUPPORTED, FEATURES, fns[i].fn, 0, 0);
		/* the function's number has 32 bits */
		expect_call(&v, fns[i].is_there ? 0 : NOT_SUPPORTED, FEATURES, 1UL << 40 | fns[i].fn, 0, 0);
		expect_call(&v, fns[i].is_there && fns[i].is_64 ? 0 : NOT_SUPPORTED, FEATURES, fns[i].fn | FN64, 0, 0);
		if (!fns[i].is_64)
			expect_call(&v, NOT_SUPPORTED, fns[i].fn | FN64, 0, 0, 0);
		if (!fns[i].is_there)
			expect_call(&v, NOT_SUPPORTED, fns[i].fn, 0, 0, 0);
	}
	expect_call(&v, 0x10001, VERSION, 7, 7, 7);
	expect_call(&v, 0x10001, 1UL << 32 | VERSION, 0, 0, 0);
	expect_call(&v, 2, MIGRATE_TYPE, 0, 0, 0);
	for (i = 1; i < 5; i++) {
		expect_call(&v, INVALID_PARAMS, SYSTEM_RESET2, i, 0, 0);
		expect_call(&v, INVALID_PARAMS, SYSTEM_RESET2 | FN64, i, 0, 0);
	}
	expect_call(&v, INVALID_PARAMS, SYSTEM_RESET2, 0x7fffffff, 0, 0);
	vmm_close(&v);
}

/* Affinities, all four levels of them. vCPUs 0 to 3 are 0.0.0.0, 0.0.0.7, 0.0.5.0, 0.3.0.0 and 2.0.0.0. */
static void check_affinities(void)
{
	static const uint64_t affs[] = { 0, 7, 0x500, 0x30000, 0x200000000 };
	static const uint64_t bits[] = { 24, 25, 26, 27, 28, 29, 30, 31, 40, 63 };
	struct vmm v;
	unsigned int i, level;
	uint64_t same;

	vmm_open(&v, &(struct vmm_config){ .cpus = 5, .off = 0x1e, .no_gic = true });
	for (i = 0; i < 5; i++)
		vmm_set_reg(&v, i, VMM_SYS(3, 0, 0, 0, 5), 1UL << 31 | affs[i]);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	for (i = 0; i < 5; i++) {
		expect_call(&v, i ? 1 : 0, AFFINITY_INFO | FN64, affs[i], 0, 0);
		/* 32 bits have no Aff3 */
		expect_call(&v, i && i < 4 ? 1 : 0, AFFINITY_INFO, affs[i], 0, 0);
	}
	for (level = 0; level < 4; level++) {
		same = ~0UL << 8 * level;
		for (i = 0; i < 5; i++) {
			bool on = level == 3 ? i < 4 : !(affs[i] & same & 0xffffffffff);

			expect_call(&v, on ? 0 : 1, AFFINITY_INFO | FN64, affs[i], level, 0);
			/* what lies below the level does not count */
			expect_call(&v, level ? (on ? 0 : 1) : INVALID_PARAMS, AFFINITY_INFO | FN64,
				    affs[i] | ((1UL << 8 * level) - 1) | (level ? 0 : 0x40), level, 0);
		}
		expect_call(&v, INVALID_PARAMS, AFFINITY_INFO | FN64, 0x900000000, level, 0);
		expect_call(&v, level < 3 ? INVALID_PARAMS : 0, AFFINITY_INFO | FN64, 0x90000, level, 0);
		expect_call(&v, level < 2 ? INVALID_PARAMS : 0, AFFINITY_INFO | FN64, 0x900, level, 0);
	}
	expect_call(&v, INVALID_PARAMS, AFFINITY_INFO, 0, 4, 0);
	expect_call(&v, INVALID_PARAMS, AFFINITY_INFO | FN64, 0, 4, 0);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		/* the kernel's own KVM looks at the fields only */
		if (is_kernels_kvm())
			break;
		expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 1UL << bits[i] | 7, ENTRY, 0);
		expect_call(&v, INVALID_PARAMS, AFFINITY_INFO | FN64, 1UL << bits[i] | 7, 0, 0);
	}
	expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 8, ENTRY, 0);
	expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 0x507, ENTRY, 0);
	expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 0x100000000, ENTRY, 0);
	expect_call(&v, ALREADY_ON, CPU_ON | FN64, 0, ENTRY, 0);
	expect_call(&v, ALREADY_ON, CPU_ON, 0x200000000, ENTRY, 0);
	for (i = 1; i < 5; i++) {
		expect_call(&v, 0, CPU_ON | FN64, affs[i], ENTRY + 16 * i, CONTEXT + i);
		expect_call(&v, ALREADY_ON, CPU_ON | FN64, affs[i], ENTRY, 0);
		expect_call(&v, 0, AFFINITY_INFO | FN64, affs[i], 0, 0);
	}
	for (i = 1; i < 5; i++) {
		/* the kernel's own KVM starts it when it runs */
		if (is_kernels_kvm())
			break;
		expect(vmm_reg(&v, i, VMM_CORE(regs.pc)) == ENTRY + 16 * i, "PC of vCPU %u", i);
		expect(vmm_reg(&v, i, VMM_X(0)) == CONTEXT + i, "X0 of vCPU %u", i);
		expect(!vmm_reg(&v, i, VMM_X(1)), "X1 of vCPU %u", i);
	}
	vmm_close(&v);
}

/* 32 or 64 bits of entry and context, and the caller's byte order. */
static void check_contexts(void)
{
	const uint64_t sctlr = VMM_SYS(3, 0, 1, 0, 0);
	const uint64_t high = 0xabcd00000000;
	unsigned int way;
	uint32_t *code;
	uint64_t val, got, want;
	struct vmm v;

	for (way = 0; way < 4; way++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
		vmm_set_reg(&v, 1, sctlr, vmm_reg(&v, 1, sctlr) | (way & 2 ? 0 : 1 << 25));
		vmm_start(&v, 0, WHAT_SERVE, 0);
		expect_call(&v, 0, CPU_ON | (way & 1 ? FN64 : 0) | (way & 2 ? BIG_ENDIAN_CALL : 0), 1 | (way & 1 ? 0 : high),
			    ENTRY | (way & 1 ? 0 : high), CONTEXT);
		code = (uint32_t *)(v.ram + ENTRY - GUEST_RAM);
		code[0] = 0xd2a14001;	/* mov x1, #GUEST_IO */
		code[1] = 0xf9000020;	/* str x0, [x1] */
		code[2] = 0xd5381002;	/* mrs x2, sctlr_el1 */
		code[3] = 0xf9000022;	/* str x2, [x1] */
		want = way & 1 ? CONTEXT : (uint32_t)CONTEXT;
		expect(vmm_event(&v, 1, &val) == PORT_DONE, "no start");
		got = way & 2 ? __builtin_bswap64(val) : val;
		expect(got == want, "call %u: context %#lx, not %#lx", way, (long)got, (long)want);
		expect(vmm_event(&v, 1, &val) == PORT_DONE, "no second word");
		got = way & 2 ? __builtin_bswap64(val) : val;
		expect((got >> 25 & 1) == way >> 1 && !(got & 0x1005), "call %u: SCTLR_EL1 %#lx", way, (long)got);
		vmm_close(&v);
	}
}

static void check_suspend(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_SUSPEND, 0);
	vmm_close(&v);
}

static void nothing(int sig)
{
}

static void check_life(void)
{
	struct kvm_mp_state mp = { 0 };
	unsigned int n;
	uint64_t val = 0, *start;
	struct vmm v;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	vmm_start(&v, 0, WHAT_SERVE, 0);
	start = (uint64_t *)(v.ram + 0x300000);
	for (n = 0; n < 3; n++) {
		start[0] = WHAT_LIFE;
		start[1] = n;
		start[2] = GUEST_RAM + GUEST_RAM_SIZE - GUEST_STACK;
		expect_call(&v, 0, CPU_ON | FN64, 1, vmm_head(GUEST_HEAD_SECONDARY), GUEST_RAM + 0x300000);
		expect(vmm_event(&v, 1, &val) == PORT_READY && val == n, "life %u: not ready", n);
		/* it waits, off, until a signal; a timer that is armed or an SPI that is pending wakes it not */
		{
			struct itimerspec in = { .it_value.tv_nsec = 50000000 };
			struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
			timer_t timer;

			timer_create(CLOCK_MONOTONIC, &ev, &timer);
			timer_settime(timer, 0, &in, NULL);
			expect_result(ioctl(v.cpu[1], KVM_RUN, 0), -EINTR);
			timer_delete(timer);
		}
		expect_result(ioctl(v.cpu[1], KVM_GET_MP_STATE, &mp), 0);
		expect(mp.mp_state == KVM_MP_STATE_STOPPED, "life %u: state %u", n, mp.mp_state);
		expect_call(&v, 1, AFFINITY_INFO | FN64, 1, 0, 0);
	}
	vmm_close(&v);
}

/* As many vCPUs as there can be: numbers, affinities, power; one of them runs. */
static void check_512(void)
{
	struct rlimit files = { 4096, 4096 };
	struct kvm_vcpu_init init = { 0 };
	struct kvm_mp_state mp;
	static int fds[512];
	unsigned int i, max;
	struct vmm v;
	uint64_t val;

	setrlimit(RLIMIT_NOFILE, &files);
	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	max = ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
	if (max > 512)
		max = 512;
	expect_result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2 | 1 << KVM_ARM_VCPU_POWER_OFF;
	for (i = 1; i < max; i++) {
		struct kvm_one_reg r = { .id = VMM_SYS(3, 0, 0, 0, 5), .addr = (uintptr_t)&val };

		fds[i] = result(ioctl(v.vm, KVM_CREATE_VCPU, i));
		if (fds[i] < 0)
			die("vCPU %u of %u: %s", i, max, result_name(fds[i]));
		if (i == UNMADE)
			continue;
		expect_result(ioctl(fds[i], KVM_ARM_VCPU_INIT, &init), 0);
		expect_result(ioctl(fds[i], KVM_GET_ONE_REG, &r), 0);
		expect(val == (1UL << 31 | (i & 0xf) | (i >> 4) << 8), "MPIDR_EL1 of vCPU %u: %#lx", i, (long)val);
	}
	/* the kernel's own KVM says first that there are no more */
	expect_result(ioctl(v.vm, KVM_CREATE_VCPU, 7), is_kernels_kvm() ? -EINVAL : -EEXIST);
	expect_result(ioctl(v.vm, KVM_CREATE_VCPU, ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS)), -EINVAL);
	vmm_start(&v, 0, WHAT_SERVE, 0);
	for (i = 1; i < max; i += i < 20 ? 1 : 61) {
		expect_call(&v, 1, AFFINITY_INFO | FN64, (i & 0xf) | (i >> 4) << 8, 0, 0);
		expect_call(&v, 0, CPU_ON | FN64, (i & 0xf) | (i >> 4) << 8, ENTRY, 0);
		expect_call(&v, 0, AFFINITY_INFO | FN64, (i & 0xf) | (i >> 4) << 8, 0, 0);
		expect_result(ioctl(fds[i], KVM_GET_MP_STATE, &mp), 0);
		expect(mp.mp_state == KVM_MP_STATE_RUNNABLE, "vCPU %u is not on", i);
	}
	/* one that is there, and not initialised, cannot be turned on */
	if (!is_kernels_kvm())
		expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, (UNMADE & 0xf) | (UNMADE >> 4) << 8, ENTRY, 0);
	expect_call(&v, 1, AFFINITY_INFO | FN64, 0x1f0e, 0, 0);
	expect_call(&v, 0, AFFINITY_INFO | FN64, 0, 2, 0);
	expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 0x2000, ENTRY, 0);
	expect_call(&v, INVALID_PARAMS, CPU_ON | FN64, 0x10, ENTRY, 0);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "numbers", check_numbers },
	{ "affinities", check_affinities },
	{ "contexts", check_contexts },
	{ "suspend", check_suspend },
	{ "life", check_life },
	{ "512", check_512 },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
