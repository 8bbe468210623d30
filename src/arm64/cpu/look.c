// SPDX-License-Identifier: GPL-2.0
/*
 * A look at a vCPU's registers. Its mutex is held for as long as KVM_RUN lasts, which for
 * an idle guest is for ever: so they are read on the CPU that has them, by interrupt. Nor
 * is it tried: the VMM's own calls that need all vCPUs to stand would fail for it.
 */
#include <linux/delay.h>
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <asm/sysreg.h>

#include "../vm.h"
#include "cpu.h"
#include "look.h"

#define LOOK_TRIES	50
#define LOOK_PAUSE_US	50

/* Physical address size as the guest's ID register gives it. */
static u8 look_pa_bits(const struct arm_vm *vm)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	u64 range = cpu_idreg_read(vm, SYS_ID_AA64MMFR0_EL1) & 0xf;

	return bits[min_t(u64, range, ARRAY_SIZE(bits) - 1)];
}

static void look_with(struct arm_vcpu *vcpu, struct cpu_look *look,
		      u64 (*read)(struct arm_vcpu *vcpu, enum cpu_sys reg))
{
	*look = (struct cpu_look) {
		.s1 = {
			.sctlr = read(vcpu, CPU_SCTLR_EL1),
			.tcr = read(vcpu, CPU_TCR_EL1),
			.ttbr0 = read(vcpu, CPU_TTBR0_EL1),
			.ttbr1 = read(vcpu, CPU_TTBR1_EL1),
			.pa_bits = look_pa_bits(vcpu->vm),
		},
		.mair = read(vcpu, CPU_MAIR_EL1),
		.pc = READ_ONCE(vcpu->ctx.regs.pc),
		.pstate = READ_ONCE(vcpu->ctx.regs.pstate),
	};
}

void cpu_look_own(struct arm_vcpu *vcpu, struct cpu_look *look)
{
	look_with(vcpu, look, cpu_sys_read);
}

/* Not what is in hardware: that may be another vCPU's by now. */
static u64 look_saved(struct arm_vcpu *vcpu, enum cpu_sys reg)
{
	return READ_ONCE(vcpu->ctx.sys[reg]);
}

/**
 * struct look_call - a look by interrupt
 * @vcpu: at whom
 * @look: what was seen
 * @done: it was there
 */
struct look_call {
	struct arm_vcpu *vcpu;
	struct cpu_look *look;
	bool done;
};

/* The interrupt has brought the guest out; its EL1 registers are in the CPU still. */
static void look_interrupt(void *arg)
{
	struct look_call *call = arg;

	if (arm_vcpu_here() != call->vcpu)
		return;
	look_with(call->vcpu, call->look, cpu_sys_read);
	call->done = true;
}

/* One try: where it is loaded, or, if it is nowhere and has been nowhere since, in memory. */
static bool look_once(struct arm_vcpu *vcpu, struct cpu_look *look)
{
	struct look_call call = { .vcpu = vcpu, .look = look };
	s64 entries = atomic64_read(&vcpu->base.stats.entries);
	int cpu;

	smp_rmb();	/* the count before the registers */
	cpu = READ_ONCE(vcpu->base.cpu);
	if (cpu >= 0)
		return !smp_call_function_single(cpu, look_interrupt, &call, 1) && call.done;
	look_with(vcpu, look, look_saved);
	smp_rmb();	/* and after them */
	return READ_ONCE(vcpu->base.cpu) < 0 && atomic64_read(&vcpu->base.stats.entries) == entries;
}

int cpu_look(struct arm_vcpu *vcpu, struct cpu_look *look)
{
	unsigned int tries;

	if (!READ_ONCE(vcpu->base.initialised))
		return -ENOEXEC;
	for (tries = 0; tries < LOOK_TRIES; tries++) {
		if (look_once(vcpu, look))
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range(LOOK_PAUSE_US, 2 * LOOK_PAUSE_US);
	}
	return -EAGAIN;
}
