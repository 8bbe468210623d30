// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptors' ABI as KVM's API documentation has it: vCPU states, one-reg,
 * and what each ioctl says to arguments that are wrong.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_SPIN, WHAT_COUNT, WHAT_STORE };

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_SPIN:
		for (;;)
			asm volatile("yield");
	case WHAT_COUNT:
		for (;;)
			guest_say(PORT_TEST, arg++);
	case WHAT_STORE:
		write64(arg, 0x1234);
		return read64(arg);
	}
	return 0;
}

#else

/* what the headers of Debian 12's C library do not know yet */
#define ARM_VCPU_HAS_EL2		7
#define CAP_COUNTER_OFFSET		227
#define CAP_USER_MEMORY2		231
#define CAP_GUEST_MEMFD			234
#define CAP_PRE_FAULT_MEMORY		236
#define ARM_SET_COUNTER_OFFSET		_IOW(KVMIO, 0xb5, uint64_t[2])
#define SET_USER_MEMORY_REGION2		_IOW(KVMIO, 0x49, uint64_t[20])
#define CREATE_GUEST_MEMFD		_IOWR(KVMIO, 0xd4, uint64_t[8])
#define PRE_FAULT_MEMORY		_IOWR(KVMIO, 0xd5, uint64_t[8])

static struct kvm_reg_list *reg_list(struct vmm *v)
{
	struct kvm_reg_list head = { .n = 0 }, *list;

	expect_result(ioctl(v->cpu[0], KVM_GET_REG_LIST, &head), -E2BIG);
	if (!head.n || head.n > 10000)
		die("%lu registers", (long)head.n);
	list = malloc(sizeof(*list) + head.n * sizeof(list->reg[0]));
	list->n = head.n - 1;
	expect_result(ioctl(v->cpu[0], KVM_GET_REG_LIST, list), -E2BIG);
	expect(list->n == head.n, "E2BIG says %lu, not %lu", (long)list->n, (long)head.n);
	list->n = head.n;
	expect_result(ioctl(v->cpu[0], KVM_GET_REG_LIST, list), 0);
	return list;
}

static void reg_list_roundtrip(void)
{
	struct kvm_reg_list *list;
	struct vmm v;
	uint64_t i, j, val[2], again[2];
	int ret;

	vmm_open(&v, NULL);
	list = reg_list(&v);
	for (i = 0; i < list->n; i++) {
		val[0] = val[1] = again[0] = again[1] = 0;
		for (j = 0; j < i; j++)
			expect(list->reg[i] != list->reg[j], "%#llx is there twice", list->reg[i]);
		ret = vmm_get(&v, 0, list->reg[i], val);
		expect(!ret, "%#llx does not read: %s", list->reg[i], result_name(ret));
		ret = vmm_set(&v, 0, list->reg[i], val);
		expect(!ret, "%#llx does not accept what it read, %#lx: %s", list->reg[i], (long)val[0], result_name(ret));
		ret = vmm_get(&v, 0, list->reg[i], again);
		/* counters count */
		if ((list->reg[i] & 0xffff) != (KVM_REG_ARM_TIMER_CNT & 0xffff) &&
		    (list->reg[i] & 0xffff) != (KVM_REG_ARM_PTIMER_CNT & 0xffff))
			expect(!ret && val[0] == again[0] && val[1] == again[1], "%#llx was %#lx, is %#lx",
			       list->reg[i], (long)val[0], (long)again[0]);
	}
	printf("# %llu registers\n", list->n);
}

static void reg_refusals(void)
{
	const uint64_t core = KVM_REG_ARM64 | KVM_REG_ARM_CORE, u64 = KVM_REG_SIZE_U64, u32 = KVM_REG_SIZE_U32;
	const uint64_t pstate = VMM_CORE(regs.pstate);
	const struct { uint64_t id; int want; } bad[] = {
		{ 0, -ENOENT }, { ~0UL, -ENOENT },
		{ KVM_REG_X86 | u64, -EINVAL }, { VMM_X(0) ^ KVM_REG_ARM64 ^ KVM_REG_ARM, -EINVAL },
		{ core | u64 | 1, -EINVAL },				/* half of X0 */
		{ core | u32 | KVM_REG_ARM_CORE_REG(regs.pc), -EINVAL },
		{ core | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE_REG(regs.pc), -EINVAL },
		{ core | u64 | KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]), -EINVAL },
		{ core | KVM_REG_SIZE_U128 | (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 2), -EINVAL },
		{ core | u64 | KVM_REG_ARM_CORE_REG(fp_regs.fpsr), -EINVAL },
		{ core | u64 | 0xfff0, -ENOENT },
		{ VMM_SYS(3, 0, 0, 8, 0), -ENOENT },
		{ VMM_SYS(3, 4, 1, 1, 0), -ENOENT },			/* HCR_EL2 */
		{ VMM_SYS(3, 0, 1, 0, 0) ^ u64 ^ u32, -ENOENT },
		{ KVM_REG_ARM64 | u64 | KVM_REG_ARM_DEMUX, -ENOENT },
		{ KVM_REG_ARM64 | u32 | KVM_REG_ARM_DEMUX | 0xff, -ENOENT },
		{ KVM_REG_ARM_FW_REG(99), -ENOENT },
		{ KVM_REG_ARM64_SVE_VLS, -ENOENT },
	};
	struct vmm v;
	unsigned int i;
	uint64_t val[32] = { 0x1234 }, mode, was;
	int ret;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ret = vmm_get(&v, 0, bad[i].id, val);
		/* the errno for an unknown one is not the same in all groups: ENOENT or EINVAL */
		expect(ret == bad[i].want || ret == -ENOENT || ret == -EINVAL, "get %#lx: %s, not %s", (long)bad[i].id,
		       result_name(ret), result_name(bad[i].want));
		ret = vmm_set(&v, 0, bad[i].id, val);
		expect(ret == bad[i].want || ret == -ENOENT || ret == -EINVAL, "set %#lx: %s, not %s", (long)bad[i].id,
		       result_name(ret), result_name(bad[i].want));
	}
	was = vmm_reg(&v, 0, pstate);
	for (mode = 0; mode < 32; mode++) {
		val[0] = 0x3c0 | mode;
		ret = vmm_set(&v, 0, pstate, val);
		if (mode == 0 || mode == 4 || mode == 5 || (mode == 0x10 && (vmm_reg(&v, 0, VMM_SYS(3, 0, 0, 4, 0)) & 0xf) == 2))
			/* 0x10: where a CPU has AArch32 at EL0 */
			expect(!ret, "PSTATE mode %#lx: %s", (long)mode, result_name(ret));
		else
			expect(ret == -EINVAL, "PSTATE mode %#lx: %s, not EINVAL", (long)mode, result_name(ret));
		if (ret)
			expect((vmm_reg(&v, 0, pstate) & 0x1f) != mode, "a refused PSTATE is in");
	}
	vmm_set_reg(&v, 0, pstate, was);
	/* values that cannot be read from, or written to */
	expect(vmm_get(&v, 0, VMM_X(0), (void *)8) == -EFAULT, "a value to 8");
	expect(vmm_set(&v, 0, VMM_X(0), (void *)8) == -EFAULT, "a value at 8");
	/* invariants keep their value */
	val[0] = vmm_reg(&v, 0, VMM_SYS(3, 0, 0, 0, 0)) ^ 1;
	ret = vmm_set(&v, 0, VMM_SYS(3, 0, 0, 0, 0), val);
	expect(ret == -EINVAL, "MIDR_EL1 changes: %s", result_name(ret));
	val[0] = vmm_reg(&v, 0, VMM_SYS(3, 0, 0, 4, 0)) ^ 0xf0000;	/* FP made absent, or more than there is */
	val[0] |= 0xfUL << 32;
	ret = vmm_set(&v, 0, VMM_SYS(3, 0, 0, 4, 0), val);
	expect(ret == -EINVAL, "ID_AA64PFR0_EL1 takes SVE version 15: %s", result_name(ret));
}

static void vcpu_init_rules(void)
{
	struct kvm_vcpu_init init = { 0 }, bad;
	struct kvm_reg_list head = { .n = 0 };
	struct kvm_vcpu_events ev;
	struct kvm_mp_state mp;
	struct vmm v;
	uint64_t val = 0x55;

	vmm_open(&v, &(struct vmm_config){ .no_init = true, .no_gic = true });
	/* before KVM_ARM_VCPU_INIT */
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -ENOEXEC);
	expect_result(ioctl(v.cpu[0], KVM_GET_REG_LIST, &head), -ENOEXEC);
	expect(vmm_get(&v, 0, VMM_X(0), &val) == -ENOEXEC, "a register before KVM_ARM_VCPU_INIT");
	expect_result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, &ev), -ENOEXEC);
	/* bad targets and features */
	expect_result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, 8), -EFAULT);
	bad = init;
	bad.target = 77;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), -EINVAL);
	bad = init;
	bad.features[6] = 1;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), -ENOENT);
	bad = init;
	bad.features[0] = 1U << 31;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), -ENOENT);
	/* known but not offered is EINVAL; 6.12's own KVM does not know it: ENOENT */
	bad = init;
	bad.features[0] = 1 << ARM_VCPU_HAS_EL2;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), is_kernels_kvm() ? -ENOENT : -EINVAL);
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -ENOEXEC);
	/* a good one, and again */
	init.features[0] = 1 << KVM_ARM_VCPU_PSCI_0_2;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &init), 0);
	vmm_set_reg(&v, 0, VMM_X(7), 0x7777);
	vmm_set_reg(&v, 0, VMM_SYS(3, 0, 10, 2, 0), 0x1111);
	vmm_go(&v, 0, 99, 0);
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &init), 0);
	expect(!vmm_reg(&v, 0, VMM_X(7)) && !vmm_reg(&v, 0, VMM_CORE(regs.pc)), "registers are not reset");
	expect(vmm_reg(&v, 0, VMM_SYS(3, 0, 10, 2, 0)) != 0x1111, "MAIR_EL1 is not reset");
	expect(vmm_reg(&v, 0, VMM_CORE(regs.pstate)) == 0x3c5, "PSTATE %#lx", (long)vmm_reg(&v, 0, VMM_CORE(regs.pstate)));
	expect(!vmm_go(&v, 0, 99, 0), "it does not run after a reset");
	/* not with other features; with POWER_OFF it may */
	bad = init;
	bad.features[0] = 0;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), -EINVAL);
	bad.features[0] = init.features[0] | 1 << KVM_ARM_VCPU_POWER_OFF;
	expect_result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &bad), 0);
	expect_result(ioctl(v.cpu[0], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_STOPPED, "state %u after POWER_OFF", mp.mp_state);
	mp.mp_state = KVM_MP_STATE_RUNNABLE;
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	expect(!vmm_go(&v, 0, 99, 0), "it does not run when RUNNABLE");
	mp.mp_state = 99;
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), -EINVAL);
}

static void nothing(int sig)
{
}

static void on_usr1(void)
{
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
}

static void *kicker(void *thread)
{
	usleep(100000);
	pthread_kill((pthread_t)thread, SIGUSR1);
	return NULL;
}

static void signals(void)
{
	struct kvm_signal_mask *mask = malloc(sizeof(*mask) + 8);
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_STOPPED };
	uint64_t pc, val = 0, set;
	pthread_t t;
	sigset_t usr1;
	struct vmm v;

	on_usr1();
	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_COUNT, 1);
	/* immediate_exit: nothing of the guest is done */
	pc = vmm_reg(&v, 0, VMM_CORE(regs.pc));
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	expect(vmm_reg(&v, 0, VMM_CORE(regs.pc)) == pc, "it ran with immediate_exit");
	v.run[0]->immediate_exit = 0;
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 1, "first value %lu", (long)val);
	/* and then it only takes in the answer to the exit before */
	v.run[0]->immediate_exit = 1;
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	v.run[0]->immediate_exit = 0;
	expect(vmm_event(&v, 0, &val) == PORT_TEST && val == 2, "second value %lu", (long)val);

	/* a signal ends a spin */
	vmm_start(&v, 0, WHAT_SPIN, 0);
	pthread_create(&t, NULL, kicker, (void *)pthread_self());
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	expect(v.run[0]->exit_reason == KVM_EXIT_INTR, "exit %u", v.run[0]->exit_reason);
	pthread_join(t, NULL);

	/* blocked, but not during KVM_RUN */
	vmm_signal(SIG_BLOCK, SIGUSR1);
	set = ~(1UL << (SIGUSR1 - 1)) & ~(1UL << (SIGALRM - 1));
	mask->len = 4;
	expect_result(ioctl(v.cpu[0], KVM_SET_SIGNAL_MASK, mask), -EINVAL);
	mask->len = 8;
	memcpy(mask->sigset, &set, 8);
	expect_result(ioctl(v.cpu[0], KVM_SET_SIGNAL_MASK, mask), 0);
	raise(SIGUSR1);
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	/* the signal is still there: it was blocked again before it could be taken */
	sigpending(&usr1);
	expect(sigismember(&usr1, SIGUSR1), "the signal is gone");
	expect_result(ioctl(v.cpu[0], KVM_SET_SIGNAL_MASK, NULL), 0);
	vmm_signal(SIG_UNBLOCK, SIGUSR1);

	/* a stopped vCPU waits until a signal comes */
	expect_result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp), 0);
	pthread_create(&t, NULL, kicker, (void *)pthread_self());
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	pthread_join(t, NULL);
}

/* No reason but a signal ends KVM_RUN with EINTR, whatever the host's scheduler does. */
static void *spinner(void *stop)
{
	while (!*(volatile bool *)stop)
		;
	return NULL;
}

static void *run_spin(void *p)
{
	struct vmm *v = p;

	return (void *)result(ioctl(v->cpu[0], KVM_RUN, 0));
}

static void no_idle_eintr(void)
{
	bool stop = false;
	pthread_t t[4], run;
	struct vmm v;
	void *ret;
	unsigned int i;

	on_usr1();
	pin_to(0);
	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_SPIN, 0);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, spinner, &stop);
	pthread_create(&run, NULL, run_spin, &v);
	usleep(700000);
	expect(pthread_tryjoin_np(run, &ret), "KVM_RUN came back with %s", result_name((long)ret));
	stop = true;
	pthread_kill(run, SIGUSR1);
}

static void events(void)
{
	struct kvm_vcpu_events ev = { 0 }, got;
	struct vmm v;

	vmm_open(&v, NULL);
	memset(&got, 0xff, sizeof(got));
	expect_result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, &got), 0);
	expect(!got.exception.serror_pending && !got.exception.ext_dabt_pending, "something is pending");
	ev.exception.serror_pending = 1;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), 0);
	expect_result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, &got), 0);
	expect(got.exception.serror_pending, "no SError is pending");
	ev.exception.serror_pending = 0;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), 0);
	expect_result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, &got), 0);
	expect(got.exception.serror_pending, "a pending SError was cancelled");
	ev.reserved[3] = 1;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), -EINVAL);
	ev.reserved[3] = 0;
	ev.exception.pad[2] = 1;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), -EINVAL);
	if (ioctl(v.sys, KVM_CHECK_EXTENSION, KVM_CAP_ARM_INJECT_SERROR_ESR) > 0) {
		ev.exception.pad[2] = 0;
		ev.exception.serror_pending = ev.exception.serror_has_esr = 1;
		ev.exception.serror_esr = 1UL << 40;
		expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev), -EINVAL);
	}
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, 8), -EFAULT);
}

static void slots(void)
{
	const uint64_t far = 0x80000000;
	struct vmm v;
	uint8_t *mem = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	vmm_open(&v, NULL);
	expect(vmm_slot(&v, 1, GUEST_RAM + GUEST_RAM_SIZE - 0x1000, 0x2000, mem, 0) == -EEXIST, "overlap at the end");
	expect(vmm_slot(&v, 1, GUEST_RAM - 0x1000, 0x2000, mem, 0) == -EEXIST, "overlap at the start");
	expect(vmm_slot(&v, 1, far + 0x800, 0x1000, mem, 0) == -EINVAL, "misaligned guest address");
	expect(vmm_slot(&v, 1, far, 0x1800, mem, 0) == -EINVAL, "misaligned size");
	expect(vmm_slot(&v, 1, far, 0x1000, mem + 0x800, 0) == -EINVAL, "misaligned user address");
	expect(vmm_slot(&v, 1, far, 0x1000, mem, 1 << 20) == -EINVAL, "unknown flag");
	expect(vmm_slot(&v, 1, 1UL << 40, 0x1000, mem, 0) < 0, "beyond the IPA space");
	expect(vmm_slot(&v, 1, (1UL << 40) - 0x1000, 0x2000, mem, 0) < 0, "across the IPA space's end");
	expect(vmm_slot(&v, 1, -0x1000UL, 0x2000, mem, 0) < 0, "wraps");
	expect(vmm_slot(&v, 1, far, -0x1000UL, mem, 0) < 0, "2^64 - 4 KiB");
	expect(vmm_slot(&v, 1, far, 0x1000, (void *)(1UL << 60), 0) == -EINVAL, "user address beyond user space");
	expect(vmm_slot(&v, 1, far, 0x2000, (void *)((1UL << 52) - 0x1000), 0) == -EINVAL, "user range beyond user space");
	expect(vmm_slot(&v, 40000, far, 0x1000, mem, 0) == -EINVAL, "slot number");
	expect(vmm_slot(&v, 1 | 1 << 16, far, 0x1000, mem, 0) == -EINVAL, "address space 1");
	expect(vmm_slot(&v, 7, far, 0, mem, 0) == -EINVAL, "deleting what is not there");
	expect(!vmm_slot(&v, 1, far, 0x2000, mem, 0), "a good one");
	expect(vmm_slot(&v, 1, far, 0x1000, mem, 0) == -EINVAL, "resized");
	expect(vmm_slot(&v, 1, far, 0x2000, mem + 0x1000, 0) == -EINVAL, "another user address");
	expect(vmm_slot(&v, 1, far, 0x2000, mem, KVM_MEM_READONLY) == -EINVAL, "made read-only");
	expect(vmm_slot(&v, 1, GUEST_RAM - 0x1000, 0x2000, mem, 0) == -EEXIST, "moved over another");
	expect(!vmm_slot(&v, 1, far + 0x10000, 0x2000, mem, 0), "moved");
	expect(!vmm_slot(&v, 2, far, 0x2000, mem + 0x4000, 0), "another in its place");
	expect(vmm_go(&v, 0, WHAT_STORE, far + 0x10008) == 0x1234, "the moved one is not there");
	expect(mem[8] == 0x34 && !mem[0x4008], "the store is elsewhere");
	expect(!vmm_slot(&v, 1, far + 0x10000, 0, mem, 0), "deleted");
	expect(ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, 8) < 0 && errno == EFAULT, "EFAULT");
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* So many that each change passes over many, with numbers up to the last; what it costs is told, not judged. */
static void slots_many(void)
{
	const uint64_t far = 0x80000000;
	const unsigned int n = 4000, quarter = n / 4;
	uint8_t *mem = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i, last;
	double t[5];
	struct vmm v;

	vmm_open(&v, NULL);
	last = ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS) - 1;
	expect(last == 32766, "KVM_CAP_NR_MEMSLOTS is %u", last + 1);
	expect(vmm_slot(&v, last + 1, far, 0x1000, mem, 0) == -EINVAL, "one more");
	for (i = 0; i < n; i++) {
		if (!(i % quarter))
			t[i / quarter] = seconds();
		expect(!vmm_slot(&v, last - 8 * i, far + 0x2000UL * i, 0x1000, mem, 0), "slot %u", last - 8 * i);
	}
	t[4] = seconds();
	printf("# milliseconds for %u slots, then as many more: %.0f %.0f %.0f %.0f\n", quarter, 1e3 * (t[1] - t[0]),
	       1e3 * (t[2] - t[1]), 1e3 * (t[3] - t[2]), 1e3 * (t[4] - t[3]));
	expect(vmm_go(&v, 0, WHAT_STORE, far + 0x2000UL * (n - 1) + 8) == 0x1234, "the last one is not there");
	expect(mem[8] == 0x34, "the store is elsewhere");
	expect(!vmm_slot(&v, last - 8 * 17, 0, 0, mem, 0), "deleted by its number");
	expect(!vmm_slot(&v, 1, far + 0x2000UL * 17, 0x1000, mem + 0x1000, 0), "and another in its place");
	expect(vmm_go(&v, 0, WHAT_STORE, far + 0x2000UL * 17 + 8) == 0x1234, "that is not there");
	expect(mem[0x1008] == 0x34, "the store is elsewhere");
}

/* A guest's access that the VMM itself could not do ends KVM_RUN with EFAULT; the VM goes on when it can. */
static void bad_memory(void)
{
	const uint64_t at = 0x80000000;
	struct vmm v;
	uint8_t *mem = mmap(NULL, 0x4000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	vmm_open(&v, NULL);
	expect(!vmm_slot(&v, 1, at, 0x4000, mem, 0), "slot on read-only memory");
	vmm_start(&v, 0, WHAT_STORE, at);
	expect(vmm_run(&v, 0) == -EFAULT, "a store to memory that the VMM may not write");
	mprotect(mem, 0x4000, PROT_READ | PROT_WRITE);
	expect_result(vmm_run(&v, 0), 0);
	expect(mem[0] == 0x34, "the store is not there");
	munmap(mem + 0x1000, 0x1000);
	vmm_start(&v, 0, WHAT_STORE, at + 0x1000);
	expect(vmm_run(&v, 0) == -EFAULT, "a store to what is not mapped");
	mprotect(mem + 0x2000, 0x1000, PROT_NONE);
	vmm_start(&v, 0, WHAT_STORE, at + 0x2000);
	expect(vmm_run(&v, 0) == -EFAULT, "a store to PROT_NONE");
	expect(vmm_go(&v, 0, WHAT_STORE, at + 0x3000) == 0x1234, "the VM does not go on");
}

/* For each capability that answers 0, its ioctl. */
static void missing_caps(void)
{
	static const struct { int cap, fd; unsigned long request; } ioctls[] = {
		{ KVM_CAP_SIGNAL_MSI, 1, KVM_SIGNAL_MSI },
		{ KVM_CAP_COALESCED_MMIO, 1, KVM_REGISTER_COALESCED_MMIO },
		{ KVM_CAP_ARM_MTE, 1, KVM_ARM_MTE_COPY_TAGS },
		{ KVM_CAP_ARM_SET_DEVICE_ADDR, 1, KVM_ARM_SET_DEVICE_ADDR },
		{ KVM_CAP_ARM_SVE, 2, KVM_ARM_VCPU_FINALIZE },
		{ KVM_CAP_BINARY_STATS_FD, 1, KVM_GET_STATS_FD },
		{ CAP_COUNTER_OFFSET, 1, ARM_SET_COUNTER_OFFSET },
		{ CAP_GUEST_MEMFD, 1, CREATE_GUEST_MEMFD },
		{ CAP_USER_MEMORY2, 1, SET_USER_MEMORY_REGION2 },
		{ CAP_PRE_FAULT_MEMORY, 2, PRE_FAULT_MEMORY },
		{ KVM_CAP_DIRTY_LOG_RING, 1, KVM_RESET_DIRTY_RINGS },
		{ KVM_CAP_IRQ_ROUTING, 1, KVM_SET_GSI_ROUTING },
		{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 1, KVM_CLEAR_DIRTY_LOG },
		{ KVM_CAP_IOEVENTFD, 1, KVM_IOEVENTFD },
		{ KVM_CAP_VCPU_EVENTS, 2, KVM_GET_VCPU_EVENTS },
		{ KVM_CAP_NR_VCPUS, 2, KVM_NMI }, { KVM_CAP_NR_VCPUS, 2, KVM_GET_REGS },
	};
	static const int both[] = {
		KVM_CAP_USER_MEMORY, KVM_CAP_NR_VCPUS, KVM_CAP_MAX_VCPUS, KVM_CAP_NR_MEMSLOTS, KVM_CAP_ARM_VM_IPA_SIZE,
		KVM_CAP_READONLY_MEM, KVM_CAP_SYNC_MMU, KVM_CAP_ARM_PSCI_0_2, KVM_CAP_IRQCHIP, KVM_CAP_ONE_REG,
		KVM_CAP_MP_STATE, KVM_CAP_IMMEDIATE_EXIT, KVM_CAP_DEVICE_CTRL,
	};
	static uint8_t arg[4096];
	struct vmm v;
	unsigned int i;
	int fds[3], ret, cap;

	vmm_open(&v, NULL);
	fds[0] = v.sys, fds[1] = v.vm, fds[2] = v.cpu[0];
	for (i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++) {
		if (ioctl(v.vm, KVM_CHECK_EXTENSION, ioctls[i].cap) > 0 && ioctls[i].cap != KVM_CAP_NR_VCPUS)
			continue;
		memset(arg, 0, sizeof(arg));
		ret = result(ioctl(fds[ioctls[i].fd], ioctls[i].request, arg));
		expect(ret == -ENOTTY || ret == -EINVAL || (is_kernels_kvm() && ret < 0), "%#lx without capability %d: %s",
		       ioctls[i].request, ioctls[i].cap, result_name(ret));
	}
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		ret = result(ioctl(v.sys, KVM_CHECK_EXTENSION, both[i]));
		expect(ret > 0 && ret == result(ioctl(v.vm, KVM_CHECK_EXTENSION, both[i])), "capability %d: %d", both[i], ret);
	}
	for (cap = -1; cap < 300; cap++) {
		struct kvm_enable_cap enable = { .cap = cap, .flags = 1 };

		ret = result(ioctl(v.vm, KVM_CHECK_EXTENSION, cap));
		expect(ret >= 0, "KVM_CHECK_EXTENSION %d: %s", cap, result_name(ret));
		ret = result(ioctl(v.vm, KVM_ENABLE_CAP, &enable));
		expect(ret < 0, "KVM_ENABLE_CAP %d takes flags", cap);
	}
	expect(ioctl(v.sys, KVM_CHECK_EXTENSION, 1 << 30) == 0, "capability 2^30");
	expect(ioctl(v.sys, KVM_GET_API_VERSION, 0) == 12, "API version");
	expect_result(ioctl(v.sys, KVM_GET_API_VERSION, 1), -EINVAL);
	expect_result(ioctl(v.sys, KVM_GET_VCPU_MMAP_SIZE, 1), -EINVAL);
}

/* Every ioctl number, on each descriptor, with an argument that is no address, then with rubbish. */
static void wild_ioctls(void)
{
	static uint8_t rubbish[1 << 16];
	struct vmm v;
	unsigned int d, nr, dir, i;
	int fds[4], ret;

	on_usr1();
	vmm_open(&v, NULL);
	vmm_start(&v, 0, 99, 0);
	fds[0] = v.sys, fds[1] = v.vm, fds[2] = v.cpu[0], fds[3] = v.gic;
	for (d = 0; d < 4; d++) {
		for (nr = 0; nr < 256; nr++) {
			for (dir = 0; dir < 4; dir++) {
				unsigned int size = dir ? 8 << (nr % 5) : 0;

				if (nr == (KVM_RUN & 0xff) || nr == (KVM_CREATE_VM & 0xff) || nr == (KVM_CHECK_EXTENSION & 0xff))
					continue;
				result(ioctl(fds[d], _IOC(dir, KVMIO, nr, size), 8));
				result(ioctl(fds[d], _IOC(dir, KVMIO ^ 1, nr, size), 8));
			}
		}
		/* the kernel's own KVM says EINVAL on some descriptors */
		ret = result(ioctl(fds[d], 0x12345678, 0));
		expect(ret == -ENOTTY || (is_kernels_kvm() && ret == -EINVAL), "a stranger's ioctl: %s", result_name(ret));
		ret = result(ioctl(fds[d], _IO(KVMIO, 0xff), 0));
		expect(ret == -ENOTTY || (is_kernels_kvm() && ret == -EINVAL), "an unknown ioctl: %s", result_name(ret));
	}
	/* the sizes that the header knows, with rubbish behind the address */
	{
		static const unsigned long known[] = {
			KVM_SET_USER_MEMORY_REGION, KVM_GET_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG, KVM_CREATE_DEVICE, KVM_IRQ_LINE,
			KVM_IRQFD, KVM_IOEVENTFD, KVM_SET_GSI_ROUTING, KVM_ENABLE_CAP, KVM_ARM_VCPU_INIT, KVM_GET_ONE_REG,
			KVM_SET_ONE_REG, KVM_GET_REG_LIST, KVM_SET_MP_STATE, KVM_SET_VCPU_EVENTS, KVM_SET_SIGNAL_MASK,
			KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR,
		};
		unsigned int round;

		srand(1);
		for (round = 0; round < 100; round++) {
			for (i = 0; i < sizeof(rubbish) / 64; i++)
				rubbish[i] = rand() % 3 ? rand() : 0xff * (rand() & 1);
			for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
				for (d = 0; d < 4; d++) {
					errno = 0;
					ret = result(ioctl(fds[d], known[i], rubbish));
					expect(ret > -133, "%#lx: %d", known[i], ret);
					result(ioctl(fds[d], known[i], ~0UL));
					result(ioctl(fds[d], known[i], 0UL));
				}
		}
	}
	expect_result(ioctl(v.cpu[0], KVM_RUN, 1), -EINVAL);
	vmm_close(&v);
	/* and the machine still makes VMs that run */
	vmm_open(&v, NULL);
	expect(!vmm_go(&v, 0, 99, 0), "the next VM does not run");
}

static void vm_types(void)
{
	struct vmm v;
	int max, bits, fd, ret;

	vmm_open(&v, NULL);
	max = ioctl(v.sys, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	expect(max >= 36 && max <= 52, "IPA sizes up to %d", max);
	for (bits = 0; bits < 64; bits++) {
		fd = result(ioctl(v.sys, KVM_CREATE_VM, bits));
		expect((fd >= 0) == (!bits || (bits >= 32 && bits <= max)), "type %d: %s", bits, result_name(fd));
		expect(fd >= 0 || fd == -EINVAL, "type %d: %s", bits, result_name(fd));
		if (fd >= 0 && bits) {
			struct kvm_userspace_memory_region r = {
				.guest_phys_addr = (1UL << bits) - 0x1000, .memory_size = 0x1000, .userspace_addr = (uintptr_t)v.ram,
			};

			ret = result(ioctl(fd, KVM_SET_USER_MEMORY_REGION, &r));
			expect(!ret, "last page of %d bits: %s", bits, result_name(ret));
			r.guest_phys_addr += 0x1000;
			r.slot = 1;
			expect(ioctl(fd, KVM_SET_USER_MEMORY_REGION, &r) < 0, "first page beyond %d bits", bits);
		}
		close(fd);
	}
	expect_result(ioctl(v.sys, KVM_CREATE_VM, 1UL << 31), -EINVAL);
	expect_result(ioctl(v.sys, KVM_CREATE_VM, 1UL << 20), -EINVAL);
	/* with its GIC initialised a VM has all its vCPUs */
	expect_result(ioctl(v.vm, KVM_CREATE_VCPU, 1), -EBUSY);
	vmm_close(&v);
	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	expect_result(ioctl(v.vm, KVM_CREATE_VCPU, 0), -EEXIST);
	expect_result(ioctl(v.vm, KVM_CREATE_VCPU, 100000), -EINVAL);
}

static const struct check checks[] = {
	{ "reg-list", reg_list_roundtrip },
	{ "reg-refusals", reg_refusals },
	{ "vcpu-init", vcpu_init_rules },
	{ "signals", signals },
	{ "no-idle-eintr", no_idle_eintr },
	{ "events", events },
	{ "slots", slots },
	{ "slots-many", slots_many },
	{ "bad-memory", bad_memory },
	{ "missing-caps", missing_caps },
	{ "vm-types", vm_types },
	{ "wild-ioctls", wild_ioctls },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
