// SPDX-License-Identifier: GPL-2.0
/*
 * What guests call by HVC and SMC, number by number: PSCI (DEN0022), SMCCC's own (DEN0028), KVM's vendor calls, TRNG
 * (DEN0098); what a VMM hides, filters and forwards of them; and the firmware's registers.
 */
#include <linux/kvm.h>

#include <stdlib.h>

#include "gmem_env.h"
#include "../../src/arm64/vm.h"
#include "../../src/arm64/cpu/cpu.h"
#include "../../src/arm64/cpu/predictor.h"
#include "../../src/arm64/firmware/psci.h"
#include "each_alloc.h"

#include <linux/psci.h>
#include <linux/random.h>
#include <linux/timekeeping.h>
#include <asm/arch_timer.h>
#include <asm/sysreg.h>

#define VCPUS		4
#define NOT		((u64)-1)	/* NOT_SUPPORTED */
#define INVALID		((u64)-2)	/* INVALID_PARAMETERS */
#define ALREADY_ON	((u64)-4)
#define FAILURE		((u64)-6)	/* INTERNAL_FAILURE */

static struct arm_vm *vm;
static struct arm_vcpu *vcpus, *me;
static struct kvm_run *run;
static struct predictor spectre;
static unsigned int gic_told, fp_saved, blocked, requests[VCPUS], resets[VCPUS], timers_reset[VCPUS], monitors_reset[VCPUS], interfaces_reset[VCPUS], starts[VCPUS];
static bool ssbs, entropy, pvtime_asked;
static u64 clock_real, counter;

u64 cpu_get_x(const struct arm_vcpu *vcpu, unsigned int rt)
{
	return vcpu->ctx.regs.regs[rt];
}

void cpu_set_x(struct arm_vcpu *vcpu, unsigned int rt, u64 val)
{
	vcpu->ctx.regs.regs[rt] = val;
}

u64 cpu_sys_read(struct arm_vcpu *vcpu, enum cpu_sys reg)
{
	return vcpu->ctx.sys[reg];
}

void cpu_fp_save(struct arm_vcpu *vcpu)
{
	assert_ptr_equal(vcpu, me);
	fp_saved++;
}

void cpu_reset(struct arm_vcpu *vcpu)
{
	/* the tree of tables first, then registers */
	assert_int_equal(starts[vcpu->base.idx], resets[vcpu->base.idx] + 1);
	memset(&vcpu->ctx.regs, 0, sizeof(vcpu->ctx.regs));
	vcpu->ctx.sys[CPU_SCTLR_EL1] = 0;
	resets[vcpu->base.idx]++;
}

void gic_vcpu_reset(struct arm_vcpu *vcpu)
{
	interfaces_reset[vcpu->base.idx]++;
}

void timer_vcpu_reset(struct arm_vcpu *vcpu)
{
	timers_reset[vcpu->base.idx]++;
}

void pmu_vcpu_reset(struct arm_vcpu *vcpu)
{
	monitors_reset[vcpu->base.idx]++;
}

void mmu_vcpu_start(struct mmu *mmu, struct mmu_vcpu *mv)
{
	assert_ptr_equal(mmu, &vm->mmu);
	starts[container_of(mv, struct arm_vcpu, mmu)->base.idx]++;
}

void gic_power_changed(struct arm_vm *v)
{
	assert_ptr_equal(v, vm);
	gic_told++;
}

void vcpu_request(struct vcpu *vcpu, unsigned int req)
{
	assert_int_equal(req, ARM_REQ_POWER);
	/* the GIC first, so that who is woken finds what is pending where it is */
	assert_true(gic_told > 0);
	requests[vcpu->idx]++;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	assert_ptr_equal(v, &vm->base);
	return idx < v->nr_vcpus ? &vcpus[idx].base : NULL;
}

void vcpu_block(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &me->base);
	blocked++;
}

u64 affinity_mpidr(const struct arm_vcpu *vcpu)
{
	return vcpu->ctx.mpidr;
}

struct arm_vcpu *affinity_vcpu(struct arm_vm *v, u64 mpidr)
{
	unsigned int i;

	for (i = 0; i < v->base.nr_vcpus; i++)
		if ((vcpus[i].ctx.mpidr & 0xff00ffffffULL) == (mpidr & 0xff00ffffffULL))
			return &vcpus[i];
	return NULL;
}

const struct predictor *cpu_spectre_machine(void)
{
	return &spectre;
}

u64 cpu_idreg_read(const struct arm_vm *v, u32 reg)
{
	assert_int_equal(reg, SYS_ID_AA64PFR1_EL1);
	return ssbs ? 2 << 4 : 0xff0f;
}

s64 pvtime_features(const struct pvtime *p, u32 function)
{
	pvtime_asked = true;
	return function == ARM_SMCCC_HV_PV_TIME_ST ? 0 : -1;
}

s64 pvtime_start(struct pvtime *p)
{
	return 0x12345000;
}

bool rng_is_initialized(void)
{
	return entropy;
}

void get_random_bytes(void *to, size_t n)
{
	memset(to, 0xff, n);
}

u64 ktime_get_real_ns(void)
{
	assert_true(shim_irqs_are_off());
	return clock_real;
}

u64 arch_timer_read_counter(void)
{
	assert_true(shim_irqs_are_off());
	counter += 100;
	return counter;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	vm = calloc(1, sizeof(*vm));
	vcpus = calloc(VCPUS, sizeof(*vcpus));
	run = calloc(1, 4096);
	mutex_init(&vm->base.lock);
	firmware_vm_init(vm);
	vm->base.nr_vcpus = VCPUS;
	for (i = 0; i < VCPUS; i++) {
		vcpus[i].vm = vm;
		vcpus[i].base.vm = &vm->base;
		vcpus[i].base.idx = i;
		vcpus[i].base.run = run;
		vcpus[i].base.initialised = true;
		vcpus[i].ctx.features = 1UL << KVM_ARM_VCPU_PSCI_0_2;
		vcpus[i].ctx.mpidr = 0x80000000 | i;
		power_init(&vcpus[i].power, &vm->firmware.lock);
		power_reset(&vcpus[i].power, i != 0);
	}
	/* of another cluster, and of another still */
	vcpus[2].ctx.mpidr = 0x80000000 | 0x100;
	vcpus[3].ctx.mpidr = 0x80000000 | 1ULL << 32;
	me = &vcpus[0];
	spectre = (struct predictor) { 0 };
	gic_told = fp_saved = blocked = 0;
	memset(requests, 0, sizeof(requests));
	memset(resets, 0, sizeof(resets));
	memset(timers_reset, 0, sizeof(timers_reset));
	memset(monitors_reset, 0, sizeof(monitors_reset));
	memset(starts, 0, sizeof(starts));
	ssbs = false;
	entropy = true;
	pvtime_asked = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	firmware_vm_destroy(vm);
	free(run);
	free(vcpus);
	free(vm);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

static int how;		/* what the run loop is told */

static u64 call(u64 x0, u64 x1, u64 x2, u64 x3)
{
	u64 *x = me->ctx.regs.regs;

	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	how = firmware_call(me, false);
	return x[0];
}

static u64 call1(u64 x0, u64 x1)
{
	return call(x0, x1, 0, 0);
}

#define FN32(n)	(0x84000000U + (n))
#define FN64(n)	(0xc4000000U + (n))

/* CPU_ON by either convention: the target begins at the address with the context and the caller's byte order, once. */
static void cpu_on(void **state)
{
	static const struct { u64 fn, target, pc, ctx, want_pc, want_ctx; } t[] = {
		{ FN64(3), 1, 0x123456789abcdef0, ~0ULL, 0x123456789abcdef0, ~0ULL },
		{ FN32(3), 0xffffffff00000100, 0xffffffff40000000, 0xffffffff80000001, 0x40000000, 0x80000001 },
		{ FN64(3), 1ULL << 32, 0x1000, 2, 0x1000, 2 },
	};
	static const unsigned int whom[] = { 1, 2, 3 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct arm_vcpu *v = &vcpus[whom[i]];

		me->ctx.sys[CPU_SCTLR_EL1] = i & 1 ? SCTLR_ELx_EE : 0;
		assert_int_equal(call(t[i].fn, t[i].target, t[i].pc, t[i].ctx), 0);
		assert_int_equal(how, VCPU_RESUME);
		assert_int_equal(requests[whom[i]], 1);
		assert_int_equal(call(t[i].fn, t[i].target, 1, 1), ALREADY_ON);
		assert_int_equal(requests[whom[i]], 1);
		v->ctx.regs.regs[5] = 77;
		psci_start(v);
		assert_int_equal(v->ctx.regs.pc, t[i].want_pc);
		assert_int_equal(v->ctx.regs.regs[0], t[i].want_ctx);
		assert_int_equal(v->ctx.regs.regs[5], 0);
		assert_int_equal(v->ctx.sys[CPU_SCTLR_EL1], i & 1 ? SCTLR_ELx_EE : 0);
		assert_int_equal(resets[whom[i]] + timers_reset[whom[i]] +
				 monitors_reset[whom[i]] + interfaces_reset[whom[i]] + starts[whom[i]], 5);
		psci_start(v);
		assert_int_equal(resets[whom[i]], 1);
	}
	assert_int_equal(gic_told, 3);
}

static void cpu_on_whom(void **state)
{
	static const u64 nobody[] = { 2, 0x101, 0x10000, 1ULL << 24, 1ULL << 31, 1ULL << 40, 0x80000001 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(nobody); i++)
		assert_int_equal(call(FN64(3), nobody[i], 0x1000, 0), INVALID);
	vcpus[1].base.initialised = false;
	assert_int_equal(call(FN64(3), 1, 0x1000, 0), INVALID);
	assert_int_equal(call(FN64(3), 0, 0x1000, 0), ALREADY_ON);
	/* who has been turned off meanwhile turns nobody on */
	vcpus[1].base.initialised = true;
	power_off(&me->power);
	assert_int_equal(call(FN64(3), 1, 0x1000, 0), FAILURE);
	assert_true(power_is_off(&vcpus[1].power));
	assert_int_equal(gic_told, 0);
}

/* On or off, of all whose affinity agrees above the level: one that is on suffices. */
static void affinity_info(void **state)
{
	static const struct { u64 target, level, want; } t[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 0x100, 0, 1 }, { 1ULL << 32, 0, 1 }, { 2, 0, INVALID },
		{ 0xff, 1, 0 }, { 0x1ff, 1, 1 }, { 0x2ff, 1, INVALID }, { 0xffff, 2, 0 }, { 0x1ffff, 2, INVALID },
		{ 0xffffff, 3, 0 }, { 1ULL << 32 | 5, 3, 1 }, { 2ULL << 32, 3, INVALID },
		{ 0, 4, INVALID }, { 0, ~0ULL, INVALID }, { 0, 1ULL << 32, INVALID }, { 1ULL << 31, 0, INVALID },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++)
		if (call(FN64(4), t[i].target, t[i].level, 0) != t[i].want)
			fail_msg("row %u: %llx", i, (unsigned long long)me->ctx.regs.regs[0]);
	/* 32 bits of each count */
	assert_int_equal(call(FN32(4), 0xffffffff00000001, 0xffffffff00000000, 0), 1);
}

static void off_and_standby(void **state)
{
	(void)state;
	call1(FN32(1), 0);
	assert_int_equal(how, VCPU_RESUME);
	assert_int_equal(blocked, 1);
	assert_int_equal(me->ctx.regs.regs[0], 0);
	call1(FN64(1), 0);
	assert_int_equal(how, VCPU_RESUME);
	assert_int_equal(blocked, 2);
	assert_int_equal(fp_saved, 2);
	assert_int_equal(gic_told, 0);
	call1(FN32(2), 0);
	assert_int_equal(how, VCPU_RESUME);
	assert_true(power_is_off(&me->power));
	assert_int_equal(gic_told, 1);
	assert_int_equal(requests[0], 1);
	assert_int_equal(fp_saved, 2);
}

/* The machine's end: all vCPUs are off and told, and the VMM hears what was asked. */
static void system_events(void **state)
{
	static const struct { u64 fn, x1; u32 type; u64 flags; } t[] = {
		{ FN32(8), 0, KVM_SYSTEM_EVENT_SHUTDOWN, 0 }, { FN32(9), 0, KVM_SYSTEM_EVENT_RESET, 0 },
		{ FN32(18), 0, KVM_SYSTEM_EVENT_RESET, 1 }, { FN64(18), 0x80000000, KVM_SYSTEM_EVENT_RESET, 1 },
		{ FN64(18), 0xffffffff00000000, KVM_SYSTEM_EVENT_RESET, 1 },
	};
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		for (j = 0; j < VCPUS; j++)
			power_reset(&vcpus[j].power, false);
		memset(requests, 0, sizeof(requests));
		memset(run, 0xff, sizeof(*run));
		assert_int_equal(call1(t[i].fn, t[i].x1), FAILURE);
		assert_int_equal(how, VCPU_TO_USER);
		assert_int_equal(run->exit_reason, KVM_EXIT_SYSTEM_EVENT);
		assert_int_equal(run->system_event.type, t[i].type);
		assert_int_equal(run->system_event.ndata, 1);
		assert_int_equal(run->system_event.data[0], t[i].flags);
		assert_int_equal(run->system_event.data[1], 0);
		for (j = 0; j < VCPUS; j++) {
			assert_true(power_is_off(&vcpus[j].power));
			assert_int_equal(requests[j], 1);
		}
	}
	/* resets of no known kind */
	power_reset(&me->power, false);
	assert_int_equal(call1(FN32(18), 1), INVALID);
	assert_int_equal(call1(FN32(18), 0x7fffffff), INVALID);
	assert_int_equal(how, VCPU_RESUME);
	assert_false(power_is_off(&me->power));
}

static void system_suspend(void **state)
{
	(void)state;
	assert_int_equal(call1(FN64(14), 5), NOT);
	vm->firmware.system_suspend = true;
	assert_int_equal(call1(FN64(14), 5), FN64(14));
	assert_int_equal(how, VCPU_TO_USER);
	assert_int_equal(run->system_event.type, KVM_SYSTEM_EVENT_SUSPEND);
	assert_int_equal(run->system_event.ndata, 0);
	assert_int_equal(me->ctx.regs.regs[1], 5);
	call1(FN32(14), 5);
	assert_int_equal(how, VCPU_TO_USER);
	assert_false(power_is_off(&me->power));
}

/* Each function by each version: there or not, and PSCI_FEATURES says the same. */
static void versions(void **state)
{
	static const u32 version[] = { FIRMWARE_PSCI_0_2, FIRMWARE_PSCI_1_0, FIRMWARE_PSCI_1_1 };
	static const struct { u32 fn; unsigned int since; } f[] = {
		{ FN32(0), 0 }, { FN32(1), 0 }, { FN64(1), 0 }, { FN32(2), 0 }, { FN32(3), 0 }, { FN64(3), 0 },
		{ FN32(4), 0 }, { FN64(4), 0 }, { FN32(6), 0 }, { FN32(8), 0 }, { FN32(9), 0 }, { FN32(10), 1 },
		{ FN32(18), 2 }, { FN64(18), 2 }, { FN32(5), 9 }, { FN64(5), 9 }, { FN32(7), 9 }, { FN32(11), 9 },
		{ FN64(2), 9 }, { FN64(8), 9 }, { FN64(0), 9 }, { FN32(14), 9 }, { FN64(14), 9 }, { FN32(19), 9 },
		{ 0x80000000, 0 }, { 0xc5000020, 9 },
	};
	unsigned int v, i;

	(void)state;
	for (v = 0; v < 3; v++) {
		assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, version[v]), 0);
		assert_int_equal(call1(FN32(0), 0), version[v]);
		assert_int_equal(call1(FN32(6), 0), 2);
		for (i = 0; i < ARRAY_SIZE(f); i++)
			if (call1(FN32(10), f[i].fn) != (v >= 1 && f[i].since <= v ? 0 : NOT))
				fail_msg("version %#x: function %#x", version[v], f[i].fn);
		assert_int_equal(call1(FN32(18), 5), v == 2 ? INVALID : NOT);
		vm->firmware.system_suspend = true;
		assert_int_equal(call1(FN32(10), FN64(14)), v ? 0 : NOT);
		assert_int_equal(call1(FN64(14), 0), v ? FN64(14) : NOT);
		vm->firmware.system_suspend = false;
	}
	assert_int_equal(call1(FN32(5), 0), NOT);
	assert_int_equal(call1(FN32(19), 0), NOT);
	assert_int_equal(call1(0x12345678, 0), NOT);
}

/* Before PSCI had numbers: KVM's own, two of them, and nothing says "already on". */
static void version_0_1(void **state)
{
	u64 val = 0;

	(void)state;
	me->ctx.features = 0;
	assert_int_equal(firmware_get_reg(me, KVM_REG_ARM_PSCI_VERSION, &val), 0);
	assert_int_equal(val, 1);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 1), 0);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 2), -EINVAL);
	assert_int_equal(call1(FN32(0), 0), NOT);
	assert_int_equal(call1(FN32(2), 0), NOT);
	assert_int_equal(call(KVM_PSCI_FN_CPU_ON, 1, 0x123456789000, 0), 0);
	assert_int_equal(call(KVM_PSCI_FN_CPU_ON, 1, 0x1000, 0), INVALID);
	psci_start(&vcpus[1]);
	assert_int_equal(vcpus[1].ctx.regs.pc, 0x123456789000);
	assert_int_equal(call1(KVM_PSCI_FN_CPU_SUSPEND, 0), NOT);
	call1(KVM_PSCI_FN_CPU_OFF, 0);
	assert_int_equal(how, VCPU_RESUME);
	assert_true(power_is_off(&me->power));
	me->ctx.features = 1UL << KVM_ARM_VCPU_PSCI_0_2;
	assert_int_equal(call1(KVM_PSCI_FN_CPU_OFF, 0), NOT);
}

/* What is served with interrupts off is the same as what is not; a filter sees PSCI_VERSION, too. */
static void fast(void **state)
{
	u64 *x = me->ctx.regs.regs;

	(void)state;
	x[0] = FN32(0) | 5ULL << 32;
	assert_true(firmware_call_fast(me));
	assert_int_equal(x[0], FIRMWARE_PSCI_1_1);
	x[0] = 0x80000000;
	assert_true(firmware_call_fast(me));
	assert_int_equal(x[0], 0x10001);
	x[0] = 0x80008000;
	assert_true(firmware_call_fast(me));
	assert_int_equal(x[0], 0);
	x[0] = 0x80007fff;
	assert_true(firmware_call_fast(me));
	assert_int_equal(x[0], 0);
	x[0] = 0x80003fff;
	assert_true(firmware_call_fast(me));
	assert_int_equal(x[0], 0);
	x[0] = FN32(3);
	assert_false(firmware_call_fast(me));
	assert_int_equal(x[0], FN32(3));
	me->ctx.features = 0;
	x[0] = FN32(0);
	assert_false(firmware_call_fast(me));
	me->ctx.features = 1UL << KVM_ARM_VCPU_PSCI_0_2;
	vm->firmware.filter.used = true;
	assert_false(firmware_call_fast(me));
	assert_int_equal(call1(0x80000000, 0), 0x10001);
	assert_int_equal(fp_saved, 0);	/* nor does the slow way sleep */
}

/* What only says what there is, is said at once, and alike; not what changes something, and nothing where a filter is. */
static void brief(void **state)
{
	static const u32 not[] = { FN32(1), FN32(2), FN32(3), FN64(3), FN32(4), FN32(8), FN32(9), FN32(14), FN32(18),
				   0x84000050, 0xc5000020, 0x86000001 };
	u64 *x = me->ctx.regs.regs;
	unsigned int i;

	(void)state;
	x[0] = FN32(10);
	x[1] = FN32(3);
	assert_true(firmware_call_brief(me));
	assert_int_equal(x[0], 0);
	x[0] = FN32(10);
	x[1] = 0x84001234;
	assert_true(firmware_call_brief(me));
	assert_int_equal((u32)x[0], (u32)NOT);
	x[0] = 0x80000001;
	x[1] = 0x80000000;
	assert_true(firmware_call_brief(me));
	assert_int_equal(x[0], 0);
	x[0] = FN32(6);
	assert_true(firmware_call_brief(me));
	assert_int_equal(x[0], PSCI_0_2_TOS_MP);
	for (i = 0; i < ARRAY_SIZE(not); i++) {
		x[0] = not[i];
		assert_false(firmware_call_brief(me));
		assert_int_equal(x[0], not[i]);
	}
	vm->firmware.filter.used = true;
	x[0] = FN32(10);
	assert_false(firmware_call_brief(me));
	assert_int_equal(x[0], FN32(10));
	assert_int_equal(fp_saved, 0);
}

/* SMCCC_ARCH_FEATURES, and levels of workarounds as registers, by the machine's state and the guest's SSBS. */
static void workarounds(void **state)
{
	static const struct { u64 fn, reg; unsigned int n; } w[] = {
		{ 0x80008000, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1, 1 },
		{ 0x80007fff, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2, 2 },
		{ 0x80003fff, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3, 3 },
	};
	unsigned int i, j;
	u64 val;

	(void)state;
	assert_int_equal(call1(0x80000001, 0x80000000), 0);
	assert_int_equal(call1(0x80000001, 0x80000001), 0);
	assert_int_equal(call1(0x80000001, FN32(0)), NOT);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 8; j++) {
			ssbs = j & 1;
			spectre.targets = j & 2 ? PREDICTOR_MITIGATED : PREDICTOR_UNAFFECTED;
			spectre.stores = j & 4 ? PREDICTOR_MITIGATED : PREDICTOR_UNAFFECTED;
			spectre.history = j & 2 ? PREDICTOR_VULNERABLE : PREDICTOR_UNAFFECTED;
			assert_int_equal((int)call1(0x80000001, w[i].fn), predictor_features(&spectre, w[i].n, ssbs));
			assert_int_equal(firmware_get_reg(me, w[i].reg, &val), 0);
			assert_int_equal(val, predictor_level(&spectre, w[i].n, ssbs));
			assert_int_equal(firmware_set_reg(me, w[i].reg, val), 0);
			assert_int_equal(firmware_set_reg(me, w[i].reg, 99), -EINVAL);
		}
	}
	/* of paravirtual time the service decides, and then it itself */
	assert_int_equal(call1(0x80000001, 0xc5000020), NOT);
	assert_true(pvtime_asked);
	assert_int_equal(call1(0xc5000020, 0xc5000021), 0);
	assert_int_equal(fp_saved, 0);
	assert_int_equal(call1(0xc5000021, 0), 0x12345000);
	assert_int_equal(fp_saved, 1);
	pvtime_asked = false;
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_STD_HYP_BMAP, 0), 0);
	assert_int_equal(call1(0x80000001, 0xc5000020), NOT);
	assert_int_equal(call1(0xc5000020, 0xc5000021), NOT);
	assert_int_equal(call1(0xc5000021, 0), NOT);
	assert_false(pvtime_asked);
}

static void x_are(u64 x0, u64 x1, u64 x2, u64 x3)
{
	const u64 *x = me->ctx.regs.regs;

	assert_int_equal(x[0], x0);
	assert_int_equal(x[1], x1);
	assert_int_equal(x[2], x2);
	assert_int_equal(x[3], x3);
}

/* KVM's vendor calls: who it is, what there is, and the host's time with the guest's count at that time. */
static void vendor(void **state)
{
	(void)state;
	call1(0x8600ff01, 0);
	x_are(0xb66fb428, 0xe911c52e, 0x564bcaa9, 0x743a004d);
	call(0x86000000, 7, 7, 7);
	x_are(3, 0, 0, 0);
	vm->timer.offset[TIMER_VIRT] = 1000;
	vm->timer.offset[TIMER_PHYS] = 50;
	clock_real = 0x1122334455667788;
	counter = 0x500000000;
	/* 100 before and 200 after: the middle is the time's */
	call1(0x86000001, 0);
	x_are(0x11223344, 0x55667788, 4, 0x100000000 + 150 - 1000);
	call1(0x86000001, 1);
	x_are(0x11223344, 0x55667788, 5, 350 - 50);
	call(0x86000001, 2, 7, 7);
	x_are(NOT, 0, 0, 0);
	/* 32 bits of it count */
	call(0x86000001, 1ULL << 32, 7, 7);
	x_are(0x11223344, 0x55667788, 4, 0x100000000 + 550 - 1000);
}

/* Random bits, as many as asked for, the lowest in X3; none without entropy. */
static void trng(void **state)
{
	(void)state;
	assert_int_equal(call1(FN32(0x50), 0), 0x10000);
	x_are(0x10000, 0, 0, 0);
	assert_int_equal(call1(FN32(0x51), FN64(0x53)), 0);
	assert_int_equal(call1(FN32(0x51), FN32(0x50)), 0);
	assert_int_equal(call1(FN32(0x51), FN32(0x54)), NOT);
	call1(FN32(0x52), 0);
	assert_true(me->ctx.regs.regs[0] && me->ctx.regs.regs[3]);
	assert_int_not_equal((u32)me->ctx.regs.regs[0], ~0U);
	fp_saved = 0;
	call(FN64(0x53), 192, 1, 1);
	x_are(0, ~0ULL, ~0ULL, ~0ULL);
	assert_int_equal(fp_saved, 1);
	call(FN64(0x53), 65, 1, 1);
	x_are(0, 0, 1, ~0ULL);
	call(FN64(0x53), 3, 1, 1);
	x_are(0, 0, 0, 7);
	call(FN32(0x53), 96, 1, 1);
	x_are(0, 0xffffffff, 0xffffffff, 0xffffffff);
	call(FN32(0x53), 0xffffffff00000021, 1, 1);
	x_are(0, 0, 1, 0xffffffff);
	call(FN64(0x53), 193, 1, 1);
	x_are(INVALID, 0, 0, 0);
	call(FN32(0x53), 97, 1, 1);
	x_are(INVALID, 0, 0, 0);
	call(FN64(0x53), 0, 1, 1);
	x_are(INVALID, 0, 0, 0);
	entropy = false;
	call(FN64(0x53), 64, 1, 1);
	x_are((u64)-3, 0, 0, 0);
}

/* What a VMM takes out of a bitmap is not there for guests; bits that are none are refused, and all changes once a vCPU has run. */
static void services(void **state)
{
	static const struct { u64 reg, all; u32 fn[5]; u64 bit[5]; } s[] = {
		{ KVM_REG_ARM_STD_BMAP, 1, { FN32(0x50), FN32(0x51), FN32(0x52), FN32(0x53), FN64(0x53) }, { 1, 1, 1, 1, 1 } },
		{ KVM_REG_ARM_STD_HYP_BMAP, 1, { 0xc5000020, 0xc5000021 }, { 1, 1 } },
		{ KVM_REG_ARM_VENDOR_HYP_BMAP, 3, { 0x8600ff01, 0x86000000, 0x86000001 }, { 1, 1, 2 } },
	};
	unsigned int i, j;
	u64 val, map;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		assert_int_equal(firmware_get_reg(me, s[i].reg, &val), 0);
		assert_int_equal(val, s[i].all);
		assert_int_equal(firmware_set_reg(me, s[i].reg, s[i].all + 1), -EINVAL);
		assert_int_equal(firmware_set_reg(me, s[i].reg, 1ULL << 63), -EINVAL);
		for (map = 0; map <= s[i].all; map++) {
			assert_int_equal(firmware_set_reg(me, s[i].reg, map), 0);
			for (j = 0; j < 5 && s[i].fn[j]; j++)
				assert_int_equal(service_allows(&vm->firmware.services, s[i].fn[j]), !!(map & s[i].bit[j]));
		}
		vm->base.ran_once = true;
		assert_int_equal(firmware_set_reg(me, s[i].reg, s[i].all), 0);
		assert_int_equal(firmware_set_reg(me, s[i].reg, 0), -EBUSY);
		assert_int_equal(firmware_get_reg(me, s[i].reg, &val), 0);
		assert_int_equal(val, s[i].all);
		vm->base.ran_once = false;
	}
	assert_true(service_allows(&vm->firmware.services, FN32(3)));
}

/* The list has each register once; what is not on it is not there. */
static void registers(void **state)
{
	u64 list[16], val;
	unsigned int n, i, j;

	(void)state;
	n = firmware_list_regs(NULL);
	assert_int_equal(n, 7);
	memset(list, 0x77, sizeof(list));
	assert_int_equal(firmware_list_regs(list), n);
	assert_int_equal(list[n], 0x7777777777777777);
	for (i = 0; i < n; i++) {
		assert_int_equal(firmware_get_reg(me, list[i], &val), 0);
		assert_int_equal(firmware_set_reg(me, list[i], val), 0);
		for (j = 0; j < i; j++)
			assert_int_not_equal(list[i], list[j]);
	}
	assert_int_equal(firmware_get_reg(me, KVM_REG_ARM_FW_FEAT_BMAP_REG(3), &val), -ENOENT);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_FW_FEAT_BMAP_REG(3), 0), -ENOENT);
	assert_int_equal(firmware_get_reg(me, KVM_REG_ARM_FW_REG(4), &val), -ENOENT);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_FW_REG(4), 0), -ENOENT);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 1), -EINVAL);
	/* of newer kernels, whose guests may come here: nothing that is new in them has to be there */
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 0x10003), 0);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 0x10002), 0);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 0x10001), 0);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 0x10004), -EINVAL);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 0xffff), -EINVAL);
	assert_int_equal(firmware_set_reg(me, KVM_REG_ARM_PSCI_VERSION, 1ULL << 32 | 2), -EINVAL);
}

static int filter(u32 base, u32 n, u8 action)
{
	struct kvm_smccc_filter f = { .base = base, .nr_functions = n, .action = action };

	return firmware_set_filter(vm, &f);
}

/* Ranges that the VMM denies or has forwarded to itself; Arm's own calls are not among them, and none meets another. */
static void filters(void **state)
{
	struct kvm_smccc_filter f = { .base = 5, .nr_functions = 1, .action = 1 };

	(void)state;
	assert_int_equal(filter(FN32(0), 0, 1), -EINVAL);
	assert_int_equal(filter(0, 0, 1), -EINVAL);
	assert_int_equal(filter(FN32(0), 1, 3), -EINVAL);
	assert_int_equal(filter(~0U, 2, 1), -EINVAL);
	f.pad[14] = 1;
	assert_int_equal(firmware_set_filter(vm, &f), -EINVAL);
	assert_int_equal(filter(0x7fffffff, 2, 1), -EEXIST);
	assert_int_equal(filter(0x8000ffff, 2, 1), -EEXIST);
	assert_int_equal(filter(0xc0000000, 1, 1), -EEXIST);
	assert_int_equal(filter(0xc000ffff, 1, 1), -EEXIST);
	assert_int_equal(filter(0, ~0U, 1), -EEXIST);
	assert_false(vm->firmware.filter.used);
	shim_fail_alloc(1);
	assert_int_equal(filter(FN32(0), 4, KVM_SMCCC_FILTER_DENY), -ENOMEM);
	shim_fail_alloc(0);
	assert_false(vm->firmware.filter.used);
	assert_int_equal(filter(FN32(0), 4, KVM_SMCCC_FILTER_DENY), 0);
	assert_true(vm->firmware.filter.used);
	assert_int_equal(filter(FN32(3), 1, 1), -EEXIST);
	assert_int_equal(filter(FN32(4), 1, KVM_SMCCC_FILTER_FWD_TO_USER), 0);
	assert_int_equal(filter(0xffffffff, 1, KVM_SMCCC_FILTER_HANDLE), 0);
	assert_int_equal(filter(0x7ffffffe, 2, 1), 0);
	assert_int_equal(filter(0x80010000, 1, 1), 0);
	assert_int_equal(filter(0xc0010000, 1, 1), 0);

	assert_int_equal(call1(FN32(0), 0), NOT);
	assert_int_equal(call1(FN32(3), 0), NOT);
	assert_int_equal(how, VCPU_RESUME);
	memset(run, 0xff, sizeof(*run));
	assert_int_equal(call(FN32(4), 8, 9, 10), FN32(4));
	assert_int_equal(how, VCPU_TO_USER);
	assert_int_equal(run->exit_reason, KVM_EXIT_HYPERCALL);
	assert_int_equal(run->hypercall.nr, FN32(4));
	assert_int_equal(run->hypercall.args[0], 0);
	assert_int_equal(run->hypercall.flags, 0);
	x_are(FN32(4), 8, 9, 10);
	assert_int_equal(firmware_call(me, true), VCPU_TO_USER);
	assert_int_equal(run->hypercall.flags, KVM_HYPERCALL_EXIT_SMC);
	assert_int_equal(call1(FN32(6), 0), 2);
	vm->base.ran_once = true;
	assert_int_equal(filter(0x12345678, 1, 1), -EBUSY);
	assert_int_equal(filter_action(&vm->firmware.filter, 0x12345678), KVM_SMCCC_FILTER_HANDLE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(cpu_on), T(cpu_on_whom), T(affinity_info), T(off_and_standby), T(system_events), T(system_suspend),
		T(versions), T(version_0_1), T(fast), T(brief), T(workarounds), T(vendor), T(trng), T(services), T(registers),
		T(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
