// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI and SMCCC as a guest calls them, and what the VMM sees of it. DEN0022, DEN0028.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum {
	WHAT_CALLS, WHAT_CPU_ON, WHAT_SECONDARY, WHAT_OFF, WHAT_RESET, WHAT_RESET2, WHAT_SUSPEND, WHAT_VERSION, WHAT_BAD_RESET2,
	WHAT_VERSION_0_1, WHAT_SYSTEM_SUSPEND,
};

#define GET_VERSION		0x84000000
#define CPU_SUSPEND		0xc4000001
#define CPU_OFF			0x84000002
#define CPU_ON			0xc4000003
#define CPU_ON_32		0x84000003
#define AFFINITY_INFO		0xc4000004
#define MIGRATE_INFO_TYPE	0x84000006
#define AFFINITY_INFO_32	0x84000004
#define SYSTEM_OFF		0x84000008
#define SYSTEM_RESET		0x84000009
#define PSCI_FEATURES		0x8400000a
#define SYSTEM_SUSPEND		0xc400000e
#define SYSTEM_RESET2		0xc4000012
#define FN_0_1_CPU_OFF		0x95c1ba5f	/* KVM_PSCI_FN() */
#define FN_0_1_CPU_ON		0x95c1ba60
#define SMCCC_VERSION		0x80000000
#define ARCH_FEATURES		0x80000001
#define ARCH_WORKAROUND_1	0x80008000
#define ARCH_WORKAROUND_2	0x80007fff
#define ARCH_WORKAROUND_3	0x80003fff

#define NOT_SUPPORTED		(-1L)
#define INVALID_PARAMS		(-2L)
#define ALREADY_ON		(-4L)

#define PORT_READY		PORT_TEST
#define PORT_UP			(PORT_TEST + 1)

/* Where and with what a vCPU starts of which the VMM then reads the registers. */
#define ENTRY			0x40200000UL
#define CONTEXT			0x123456789abcdef0UL

#ifdef GUEST

static struct {
	uint64_t what, arg, stack;
} start __attribute__((aligned(64)));

bool guest_irq(struct guest_frame *f)
{
	return false;
}

static uint64_t secondary(void)
{
	return read64(GUEST_RAM + 8 * GUEST_HEAD_SECONDARY);
}

static uint64_t hvc(uint64_t fn, uint64_t a, uint64_t b, uint64_t c)
{
	return guest_hvc(fn, a, b, c);
}

static void calls(bool kernels)
{
	uint64_t ret;

	guest_expect(hvc(GET_VERSION, 0, 0, 0), 0x10001);
	guest_check(hvc(SMCCC_VERSION, 0, 0, 0) >= 0x10001);
	guest_expect(hvc(MIGRATE_INFO_TYPE, 0, 0, 0), 2);
	guest_expect(hvc(PSCI_FEATURES, CPU_ON, 0, 0), 0);
	guest_expect(hvc(PSCI_FEATURES, SYSTEM_RESET2, 0, 0), 0);
	guest_expect(hvc(PSCI_FEATURES, SMCCC_VERSION, 0, 0), 0);
	guest_expect(hvc(PSCI_FEATURES, 0x84000099, 0, 0), NOT_SUPPORTED);
	guest_expect(hvc(0x84000099, 0, 0, 0), NOT_SUPPORTED);
	guest_expect(hvc(0xc4000099, 0, 0, 0), NOT_SUPPORTED);
	guest_expect(hvc(0x86000042, 0, 0, 0), NOT_SUPPORTED);
	guest_expect(hvc(0, 0, 0, 0), NOT_SUPPORTED);
	guest_expect(hvc(~0UL, 0, 0, 0), NOT_SUPPORTED);
	/* the kernel's own KVM announces it through PSCI_FEATURES only */
	if (!kernels)
		guest_expect(hvc(ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0);
	guest_expect(hvc(ARCH_FEATURES, 0x80001234, 0, 0), NOT_SUPPORTED);
	/* what is announced is served, and what is served is announced */
	ret = hvc(ARCH_FEATURES, ARCH_WORKAROUND_1, 0, 0);
	guest_check((int32_t)ret >= 0 || (int32_t)ret == NOT_SUPPORTED);
	if ((int32_t)ret >= 0)
		guest_expect(hvc(ARCH_WORKAROUND_1, 0, 0, 0), 0);
	ret = hvc(ARCH_FEATURES, ARCH_WORKAROUND_3, 0, 0);
	guest_check((int32_t)ret >= 0 || (int32_t)ret == NOT_SUPPORTED);
	if ((int32_t)ret >= 0)
		guest_expect(hvc(ARCH_WORKAROUND_3, 0, 0, 0), 0);
	/* the same firmware behind SMC */
	guest_expect(guest_smc(GET_VERSION, 0, 0, 0), hvc(GET_VERSION, 0, 0, 0));
	/* affinities */
	guest_expect(hvc(AFFINITY_INFO, 0, 0, 0), 0);
	guest_expect(hvc(AFFINITY_INFO, 1, 0, 0), 1);
	guest_expect(hvc(AFFINITY_INFO, 0, 3, 0), 0);
	guest_expect(hvc(AFFINITY_INFO, 77, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 0, 4, 0), INVALID_PARAMS);
	/* all bits of an argument count: of 64 in one call, of 32 in the other */
	guest_expect(hvc(AFFINITY_INFO, 1UL << 31, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 1UL << 24, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 1UL << 40, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 1UL << 32, 3, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 0xabcdef, 3, 0), 0);
	guest_expect(hvc(AFFINITY_INFO, 0, 1UL << 32, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO, 0, ~0UL, 0), INVALID_PARAMS);
	guest_expect(hvc(AFFINITY_INFO_32, 1UL << 40 | 1, 1UL << 40, 0), 1);
	guest_expect(hvc(AFFINITY_INFO_32, 1UL << 31, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(CPU_ON, 1UL << 31 | 1, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(CPU_ON, 1UL << 40 | 1, 0, 0), INVALID_PARAMS);
	guest_expect(hvc(CPU_ON_32, 1UL << 31 | 1, 0, 0), INVALID_PARAMS);
}

static uint64_t cpu_on(uint64_t self)
{
	uint64_t ret, i;

	start.what = WHAT_SECONDARY;
	start.arg = 0x5ec0;
	start.stack = GUEST_RAM + GUEST_RAM_SIZE - GUEST_STACK;
	guest_expect(hvc(CPU_ON, 77, secondary(), 0), INVALID_PARAMS);
	guest_expect(hvc(CPU_ON, 0, secondary(), 0), ALREADY_ON);
	guest_expect(hvc(AFFINITY_INFO, 1, 0, 0), 1);
	guest_expect(hvc(CPU_ON, 1, secondary(), (uintptr_t)&start), 0);
	ret = hvc(CPU_ON, 1, secondary(), (uintptr_t)&start);
	/* it is on: that nobody has run it yet is the VMM's business */
	guest_expect(ret, ALREADY_ON);
	guest_say(PORT_READY, 0);
	ret = hvc(CPU_ON, 1, secondary(), (uintptr_t)&start);
	guest_expect(ret, ALREADY_ON);
	guest_expect(hvc(AFFINITY_INFO, 1, 0, 0), 0);
	guest_say(PORT_READY, 1);
	/* it turns itself off */
	for (i = 0; i < 1000000 && hvc(AFFINITY_INFO, 1, 0, 0) != 1; i++)
		;
	guest_expect(hvc(AFFINITY_INFO, 1, 0, 0), 1);
	/* and on again */
	start.arg = 0x5ec1;
	guest_expect(hvc(CPU_ON, 1, secondary(), (uintptr_t)&start), 0);
	guest_say(PORT_READY, 2);
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	switch (what) {
	case WHAT_VERSION_0_1:
		guest_expect(hvc(GET_VERSION, 0, 0, 0), NOT_SUPPORTED);
		guest_expect(hvc(CPU_ON, 1, ENTRY, 0), NOT_SUPPORTED);
		guest_expect(hvc(FN_0_1_CPU_ON, 0, ENTRY, 0), INVALID_PARAMS);
		guest_expect(hvc(FN_0_1_CPU_ON, 77, ENTRY, 0), INVALID_PARAMS);
		guest_expect(hvc(FN_0_1_CPU_ON, 1, ENTRY, CONTEXT), 0);
		guest_say(PORT_READY, 0);
		hvc(FN_0_1_CPU_OFF, 0, 0, 0);
		guest_expect(1, 0);
		break;
	case WHAT_SYSTEM_SUSPEND:
		guest_expect(hvc(PSCI_FEATURES, SYSTEM_SUSPEND, 0, 0), arg ? 0 : NOT_SUPPORTED);
		return hvc(SYSTEM_SUSPEND, ENTRY, CONTEXT, 0);
	case WHAT_CALLS:
		calls(arg);
		break;
	case WHAT_CPU_ON:
		return cpu_on(arg);
	case WHAT_SECONDARY:
		/* MMU off, all masked, at EL1 */
		guest_expect(read_reg(sctlr_el1) & 1, 0);
		guest_expect(read_reg(daif), 0x3c0);
		guest_expect(read_reg(mpidr_el1) & 0xffffff, 1);
		guest_say(PORT_UP, arg);
		hvc(CPU_OFF, 0, 0, 0);
		guest_expect(1, 0);
		break;
	case WHAT_OFF:
		return hvc(SYSTEM_OFF, 0, 0, 0);
	case WHAT_RESET:
		return hvc(SYSTEM_RESET, 0, 0, 0);
	case WHAT_RESET2:
		return hvc(SYSTEM_RESET2, 0, 0x77, 0);
	case WHAT_BAD_RESET2:
		return hvc(SYSTEM_RESET2, 5, 0, 0);
	case WHAT_SUSPEND:
		/* an interrupt is pending, masked: standby and WFI return at once */
		gic_start();
		gic_enable(27, 0xa0, false);
		write_reg(1, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		guest_expect(hvc(CPU_SUSPEND, 0, 0, 0), 0);
		guest_wfi();
		/* one that comes later */
		write_reg(read_reg(cntvct_el0) + read_reg(cntfrq_el0) / 20, cntv_cval_el0);
		guest_expect(hvc(CPU_SUSPEND, 0, 0, 0), 0);
		guest_check(read_reg(cntvct_el0) >= read_reg(cntv_cval_el0));
		guest_wfi();
		asm volatile("wfe\n\tsev\n\twfe");
		break;
	case WHAT_VERSION:
		guest_expect(hvc(GET_VERSION, 0, 0, 0), arg);
		guest_expect((int64_t)hvc(PSCI_FEATURES, CPU_ON, 0, 0), arg >= 0x10000 ? 0 : NOT_SUPPORTED);
		guest_expect((int64_t)hvc(PSCI_FEATURES, SYSTEM_RESET2, 0, 0), arg >= 0x10001 ? 0 : NOT_SUPPORTED);
		if (arg < 0x10001)
			guest_expect(hvc(SYSTEM_RESET2, 0, 0, 0), NOT_SUPPORTED);
		break;
	}
	return 0;
}

#else

static void check_calls(void)
{
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	vmm_go(&v, 0, WHAT_CALLS, is_kernels_kvm());
}

struct secondary {
	struct vmm *v;
	unsigned int ups;
	uint64_t last;
};

static void nothing(int sig)
{
}

/* vCPU 1's thread: waits off, comes up, tells, goes off, and again; until a signal. */
static void *secondary(void *p)
{
	struct secondary *s = p;
	struct kvm_run *run = s->v->run[1];
	int ret;

	for (;;) {
		ret = result(ioctl(s->v->cpu[1], KVM_RUN, 0));
		if (ret)
			return (void *)(long)ret;
		if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != GUEST_IO + 8 * PORT_UP)
			die("vCPU 1: exit %u, %#llx", run->exit_reason, run->mmio.phys_addr);
		memcpy(&s->last, run->mmio.data, 8);
		__atomic_add_fetch(&s->ups, 1, __ATOMIC_SEQ_CST);
	}
}

static void await_ups(struct secondary *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < 5000 && __atomic_load_n(&s->ups, __ATOMIC_SEQ_CST) < n; i++)
		usleep(1000);
	expect(s->ups == n, "vCPU 1 came up %u times, not %u", s->ups, n);
}

static void check_cpu_on(void)
{
	struct secondary s = { 0 };
	struct kvm_mp_state mp;
	uint64_t val = 0;
	pthread_t t;
	struct vmm v;
	void *ret;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .off = 2 });
	s.v = &v;
	vmm_start(&v, 0, WHAT_CPU_ON, 0);
	/* on, but not run yet */
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 0, "no first event");
	expect_result(ioctl(v.cpu[1], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_RUNNABLE, "state %u after CPU_ON", mp.mp_state);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 1, "no second event");
	pthread_create(&t, NULL, secondary, &s);
	await_ups(&s, 1);
	expect(s.last == 0x5ec0, "X0 brought it to %#lx", (long)s.last);
	expect(vmm_event(&v, 0, &val) == PORT_READY && val == 2, "no third event");
	await_ups(&s, 2);
	expect(s.last == 0x5ec1, "X0 brought it to %#lx the second time", (long)s.last);
	usleep(50000);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, &ret);
	expect((long)ret == -EINTR, "vCPU 1 ended with %s", result_name((long)ret));
	expect_result(ioctl(v.cpu[1], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_STOPPED, "state %u after CPU_OFF", mp.mp_state);
}

static void check_system(void)
{
	static const struct { unsigned int what, type; uint64_t flags; } events[] = {
		{ WHAT_OFF, KVM_SYSTEM_EVENT_SHUTDOWN, 0 },
		{ WHAT_RESET, KVM_SYSTEM_EVENT_RESET, 0 },
		{ WHAT_RESET2, KVM_SYSTEM_EVENT_RESET, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
	};
	struct kvm_mp_state mp;
	struct vmm v;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
		vmm_start(&v, 0, events[i].what, 0);
		expect_result(vmm_run(&v, 0) ? -errno : 0, 0);
		expect(v.run[0]->exit_reason == KVM_EXIT_SYSTEM_EVENT && v.run[0]->system_event.type == events[i].type,
		       "exit %u, event %u", v.run[0]->exit_reason, v.run[0]->system_event.type);
		expect(v.run[0]->system_event.ndata == 1 && v.run[0]->system_event.data[0] == events[i].flags,
		       "flags %#llx", v.run[0]->system_event.data[0]);
		expect_result(ioctl(v.cpu[1], KVM_GET_MP_STATE, &mp), 0);
		expect(mp.mp_state == KVM_MP_STATE_STOPPED, "the other vCPU is not stopped");
		/* the next life */
		vmm_init_cpu(&v, 0, 0);
		expect(vmm_go(&v, 0, WHAT_BAD_RESET2, 0) == (uint64_t)INVALID_PARAMS, "SYSTEM_RESET2 of an unknown type");
		vmm_close(&v);
	}
}

static void check_suspend(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, WHAT_SUSPEND, 0);
}

static void check_version(void)
{
	static const uint64_t versions[] = { 2, 0x10000, 0x10001 };
	struct vmm v;
	unsigned int i;
	uint64_t val;

	for (i = 0; i < 3; i++) {
		vmm_open(&v, NULL);
		expect(vmm_reg(&v, 0, KVM_REG_ARM_PSCI_VERSION) == 0x10001, "not 1.1 by default");
		vmm_set_reg(&v, 0, KVM_REG_ARM_PSCI_VERSION, versions[i]);
		vmm_go(&v, 0, WHAT_VERSION, versions[i]);
		val = 0x20000;
		expect(vmm_set(&v, 0, KVM_REG_ARM_PSCI_VERSION, &val) == -EINVAL, "version 2.0");
		val = 3;
		expect(vmm_set(&v, 0, KVM_REG_ARM_PSCI_VERSION, &val) == -EINVAL, "version 0.3");
		vmm_close(&v);
	}
}

static void check_version_0_1(void)
{
	struct kvm_vcpu_init init = { 0 };
	struct kvm_mp_state mp;
	uint64_t val;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2, .no_init = true });
	expect_result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	for (i = 0; i < 2; i++) {
		/* all vCPUs of a VM are made alike, but for being off */
		init.features[0] = 1 << KVM_ARM_VCPU_PSCI_0_2;
		if (i)
			expect_result(ioctl(v.cpu[i], KVM_ARM_VCPU_INIT, &init), -EINVAL);
		init.features[0] = i << KVM_ARM_VCPU_POWER_OFF;
		expect_result(ioctl(v.cpu[i], KVM_ARM_VCPU_INIT, &init), 0);
	}
	vmm_gic_init(&v);
	expect(vmm_reg(&v, 0, KVM_REG_ARM_PSCI_VERSION) == 1, "version %#lx", (long)vmm_reg(&v, 0, KVM_REG_ARM_PSCI_VERSION));
	vmm_set_reg(&v, 0, KVM_REG_ARM_PSCI_VERSION, 1);
	val = 2;
	expect(vmm_set(&v, 0, KVM_REG_ARM_PSCI_VERSION, &val) == -EINVAL, "0.2 without KVM_ARM_VCPU_PSCI_0_2");
	vmm_start(&v, 0, WHAT_VERSION_0_1, 0);
	expect(vmm_event(&v, 0, &val) == PORT_READY, "no event");
	expect(vmm_reg(&v, 1, VMM_CORE(regs.pc)) == ENTRY && vmm_reg(&v, 1, VMM_X(0)) == CONTEXT, "it did not start");
	v.run[0]->immediate_exit = 0;
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nothing }, NULL);
	alarm(1);
	expect_result(ioctl(v.cpu[0], KVM_RUN, 0), -EINTR);
	expect_result(ioctl(v.cpu[0], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_STOPPED, "state %u after CPU_OFF", mp.mp_state);
}

static int enable_system_suspend(struct vmm *v)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_SYSTEM_SUSPEND };

	return result(ioctl(v->vm, KVM_ENABLE_CAP, &cap));
}

/* SYSTEM_SUSPEND is the VMM's, which asked for it, with the call as it is in the registers. */
static void check_system_suspend(void)
{
	struct kvm_mp_state mp;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	expect(vmm_go(&v, 0, WHAT_SYSTEM_SUSPEND, 0) == (uint64_t)NOT_SUPPORTED, "suspends without the capability");
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SYSTEM_SUSPEND) == 1, "no capability");
	expect_result(enable_system_suspend(&v), 0);
	vmm_start(&v, 0, WHAT_SYSTEM_SUSPEND, 1);
	expect_result(vmm_run(&v, 0), 0);
	expect(v.run[0]->exit_reason == KVM_EXIT_SYSTEM_EVENT && v.run[0]->system_event.type == KVM_SYSTEM_EVENT_SUSPEND,
	       "exit %u, event %u", v.run[0]->exit_reason, v.run[0]->system_event.type);
	expect(vmm_reg(&v, 0, VMM_X(0)) == SYSTEM_SUSPEND && vmm_reg(&v, 0, VMM_X(1)) == ENTRY && vmm_reg(&v, 0, VMM_X(2)) == CONTEXT,
	       "the call's registers");
	expect_result(ioctl(v.cpu[0], KVM_GET_MP_STATE, &mp), 0);
	expect(mp.mp_state == KVM_MP_STATE_RUNNABLE, "state %u", mp.mp_state);
}

static const struct check checks[] = {
	{ "calls", check_calls },
	{ "cpu-on", check_cpu_on },
	{ "system", check_system },
	{ "suspend", check_suspend },
	{ "version", check_version },
	{ "version-0.1", check_version_0_1 },
	{ "system-suspend", check_system_suspend },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
