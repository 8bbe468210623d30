// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest came out for: who serves it, with what, and where the guest goes on. MMIO is the largest of them.
 */
#include <signal.h>

#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#define swab16(x)			__builtin_bswap16(x)
#define swab32(x)			__builtin_bswap32(x)
#define swab64(x)			__builtin_bswap64(x)
#define send_sig_mceerr(code, addr, lsb, t)	fake_signal(code, addr, lsb)
#define raw_smp_processor_id()		3
#define trace_tabula_mmio_nisv_enabled() fake_traced

static bool fake_traced;
static void fake_signal(int code, void *addr, short lsb);

#include "../../src/arm64/cpu/exit.c"
#include "../../src/arm64/cpu/mmio.c"

#define PC	0x80001000UL
#define IPA	0x0a003000UL
#define FAR	0xffff0000000008a4UL
#define EC(n)	((u64)(n) << 26)
#define DABT	EC(0x24)
#define IABT	EC(0x20)
#define DONE	5	/* what another one's answer is */

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static struct kvm_run page;
struct cpu_hw cpu_hw;

/* Whom it was given to. */
static unsigned int saves, blocks, resched, undefs, skips, sysregs, debugs, loads;
static int calls;	/* + 1: HVC, + 100: SMC */
static struct { unsigned int n; bool fetch; u64 addr; u8 fsc; } aborts;
static struct { unsigned int n; u64 ipa; u32 flags; bool saved; } faults;
static int fault_ret;
static struct { unsigned int n; int code; u64 addr; short lsb; } signals;
static struct { unsigned int n; u64 ipa; unsigned int len; bool write; u64 data; } gic, its, event, ring;
static bool gic_has, its_has, event_has, ring_has;
static u64 sctlr, answer;
static bool is_off, brief, is_memory, gic_waits, its_is;
static unsigned int looks;
static unsigned int coprocessors;

static void fake_signal(int code, void *addr, short lsb)
{
	signals.n++;
	signals.code = code;
	signals.addr = (uintptr_t)addr;
	signals.lsb = lsb;
}

u64 cpu_sys_read(struct arm_vcpu *v, enum cpu_sys reg)
{
	assert_int_equal(reg, CPU_SCTLR_EL1);
	return sctlr;
}

void cpu_fp_save(struct arm_vcpu *v)
{
	saves++;
}

void cpu_fp_load(struct arm_vcpu *v)
{
	loads++;
}

void vcpu_block(struct vcpu *v)
{
	assert_true(saves > 0);		/* it may sleep */
	blocks++;
}

int firmware_call(struct arm_vcpu *v, bool is_smc)
{
	calls += is_smc ? 100 : 1;
	return DONE;
}

bool firmware_call_fast(struct arm_vcpu *v)
{
	calls += 1000;
	return true;
}

bool firmware_call_brief(struct arm_vcpu *v)
{
	calls += 10000;
	return brief;
}

bool cpu_sysreg_brief(struct arm_vcpu *v)
{
	sysregs += 10000;
	return brief;
}

bool mmu_is_memory(struct mmu *mmu, u64 ipa)
{
	assert_ptr_equal(mmu, &vm.mmu);
	assert_int_equal(ipa, vcpu.ctx.exit_ipa);
	looks++;
	return is_memory;
}

int cpu_sysreg_trap(struct arm_vcpu *v)
{
	sysregs++;
	return DONE;
}

bool aarch32_is_off(u64 esr, u64 pstate)
{
	assert_int_equal(esr, vcpu.ctx.exit_esr);
	assert_int_equal(pstate, vcpu.ctx.regs.pstate);
	return is_off;
}

int aarch32_trap(struct arm_vcpu *v)
{
	coprocessors++;
	return DONE;
}

bool cpu_sysreg_fast(struct arm_vcpu *v)
{
	sysregs += 1000;
	return true;
}

int cpu_debug_exit(struct arm_vcpu *v)
{
	debugs++;
	return VCPU_TO_USER;
}

void cpu_inject_undef(struct arm_vcpu *v)
{
	undefs++;
}

void cpu_inject_abort_fsc(struct arm_vcpu *v, bool is_fetch, u64 addr, u8 fsc)
{
	aborts.n++;
	aborts.fetch = is_fetch;
	aborts.addr = addr;
	aborts.fsc = fsc;
}

void cpu_skip_instr(struct arm_vcpu *v)
{
	v->ctx.regs.pc += 4;
	skips++;
}

u64 cpu_get_x(const struct arm_vcpu *v, unsigned int rt)
{
	return rt == 31 ? 0 : v->ctx.regs.regs[rt];
}

void cpu_set_x(struct arm_vcpu *v, unsigned int rt, u64 val)
{
	if (rt < 31)
		v->ctx.regs.regs[rt] = val;
}

int mmu_fault(struct mmu *mmu, struct mmu_vcpu *mv, const struct mmu_abort *abort, u64 *bad_hva)
{
	assert_ptr_equal(mmu, &vm.mmu);
	assert_ptr_equal(mv, &vcpu.mmu);
	faults.n++;
	faults.ipa = abort->ipa;
	faults.flags = abort->flags;
	assert_int_equal(saves, 0);	/* not before it is known that there is memory */
	if (fault_ret != MMU_FAULT_MMIO) {
		abort->may_sleep(abort->whose);
		assert_int_equal(saves, 1);
		saves = 0;
	}
	*bad_hva = 0x7f0000200000;
	return fault_ret;
}

u8 host_poison_shift(unsigned long hva)
{
	return hva == 0x7f0000200000 ? 21 : 0;
}

void cpu_look_own(struct arm_vcpu *v, struct cpu_look *look)
{
	*look = (struct cpu_look) { .pc = v->ctx.regs.pc };
}

void s1_walk(struct gmem *g, const struct s1_regs *regs, u64 va, struct s1_result *res)
{
	assert_ptr_equal(g, &vm.mmu.gmem);
	*res = (struct s1_result) { .level = va == FAR ? 2 : 0 };
}

bool gic_mmio(struct arm_vcpu *v, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	gic.n++;
	gic.ipa = ipa;
	gic.len = len;
	gic.write = is_write;
	gic.data = *data;
	if (gic_has && !is_write)
		*data = answer;
	return gic_has;
}

int gic_mmio_brief(struct arm_vcpu *v, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	return gic_waits ? -EAGAIN : gic_mmio(v, ipa, len, is_write, data);
}

bool its_owns(struct arm_vm *v, u64 ipa)
{
	return its_is;
}

bool its_exists(const struct arm_vm *v)
{
	return true;
}

bool its_mmio(struct arm_vcpu *v, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	its.n++;
	its.len = len;
	if (its_has && !is_write)
		*data = answer;
	return its_has;
}

bool ioeventfd_write(struct vm *v, bool pio, u64 addr, unsigned int len, u64 val)
{
	assert_false(pio);
	event.n++;
	event.ipa = addr;
	event.len = len;
	event.data = val;
	return event_has;
}

bool coalesced_write(struct vm *v, bool pio, u64 addr, unsigned int len, const void *data)
{
	assert_false(pio);
	ring.n++;
	ring.ipa = addr;
	ring.len = len;
	memcpy(&ring.data, data, 8);
	return ring_has;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0xee, sizeof(page));
	memset(&aborts, 0, sizeof(aborts));
	memset(&faults, 0, sizeof(faults));
	memset(&signals, 0, sizeof(signals));
	gic.n = its.n = event.n = ring.n = 0;
	is_off = false;
	coprocessors = 0;
	memset(&cpu_hw, 0, sizeof(cpu_hw));
	saves = blocks = resched = undefs = skips = sysregs = debugs = loads = 0;
	calls = 0;
	brief = is_memory = gic_waits = its_is = false;
	looks = 0;
	gic_has = its_has = event_has = ring_has = fake_traced = false;
	sctlr = answer = 0;
	fault_ret = MMU_FAULT_MMIO;
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.run = &page;
	vcpu.base.initialised = true;
	vm.ipa_bits = 40;
	vcpu.ctx.regs.pc = PC;
	vcpu.ctx.regs.pstate = PSR_MODE_EL1h;
	vcpu.ctx.exit_far = FAR;
	vcpu.ctx.exit_ipa = IPA;
	return 0;
}

static int exit_with(u64 esr)
{
	vcpu.ctx.exit_esr = esr;
	vcpu.ctx.exit_code = CPU_EXIT_SYNC;
	return cpu_handle_exit(&vcpu);
}

/* Each class of exception goes to the one that it is for; what nobody knows is undefined for the guest. */
static void classes(void **state)
{
	static const u8 debug[] = { 0x30, 0x32, 0x34, 0x3c };
	unsigned int i;

	(void)state;
	assert_int_equal(exit_with(EC(0x16)), DONE);
	assert_int_equal(calls, 1);
	assert_int_equal(exit_with(EC(0x18)), DONE);
	assert_int_equal(sysregs, 1);
	assert_int_equal(exit_with(EC(0x07)), VCPU_RESUME);
	assert_int_equal(loads, 1);
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_SVE);
	assert_int_equal(exit_with(EC(0x19)), VCPU_RESUME);
	assert_int_equal(loads, 2);
	vcpu.ctx.features = ~BIT(KVM_ARM_VCPU_SVE);
	for (i = 0; i < ARRAY_SIZE(debug); i++) {
		assert_int_equal(exit_with(EC(debug[i])), VCPU_TO_USER);
		assert_int_equal(debugs, i + 1);
	}
	assert_int_equal(skips + undefs, 0);
	assert_int_equal(exit_with(EC(0x19)), VCPU_RESUME);
	assert_int_equal(exit_with(EC(0)), VCPU_RESUME);
	assert_int_equal(undefs, 2);
	assert_int_equal(skips, 0);
	assert_int_equal(loads, 2);
	assert_int_equal(vcpu.ctx.slow_exits, 10);
}

/* In AArch32 coprocessors are served, BKPT is the debugger's, and an instruction whose condition fails is skipped. */
static void user_32(void **state)
{
	static const u8 ecs[] = { 3, 4, 5, 0xc };
	unsigned int i;

	(void)state;
	cpu_hw.has_aarch32 = true;
	vcpu.ctx.regs.pstate = PSR_MODE32_BIT;
	for (i = 0; i < ARRAY_SIZE(ecs); i++)
		assert_int_equal(exit_with(EC(ecs[i])), DONE);
	assert_int_equal(coprocessors, 4);
	assert_int_equal(exit_with(EC(6)), VCPU_RESUME);
	assert_int_equal(exit_with(EC(8)), VCPU_RESUME);
	assert_int_equal(undefs, 2);
	assert_int_equal(exit_with(EC(0x38)), VCPU_TO_USER);
	assert_int_equal(debugs, 1);
	is_off = true;
	assert_int_equal(exit_with(EC(3)), VCPU_RESUME);
	assert_int_equal(coprocessors, 4);
	assert_int_equal(skips, 1);
	/* on a machine that has it on some CPUs alone it cannot run on */
	cpu_hw.has_aarch32 = false;
	assert_int_equal(exit_with(EC(3)), -EINVAL);
	assert_int_equal(page.exit_reason, KVM_EXIT_FAIL_ENTRY);
}

/* With interrupts off only system registers and calls may be served. */
static void fast_classes(void **state)
{
	unsigned int ec;

	(void)state;
	for (ec = 0; ec < 64; ec++) {
		vcpu.ctx.exit_esr = EC(ec);
		assert_int_equal(cpu_exit_fast(&vcpu), ec == 0x16 || ec == 0x18);
	}
	assert_int_equal(calls, 1000);
	assert_int_equal(sysregs, 1000);
}

/* WFI waits, WFE does not; both go on behind the instruction, with nothing in registers that a sleep loses. */
static void waits(void **state)
{
	(void)state;
	assert_int_equal(exit_with(EC(1)), VCPU_RESUME);
	assert_int_equal(blocks, 1);
	assert_int_equal(saves, 1);
	assert_int_equal(skips, 1);
	assert_int_equal(exit_with(EC(1) | 1), VCPU_RESUME);
	assert_int_equal(blocks, 1);
	assert_int_equal(saves, 2);
	assert_int_equal(skips, 2);
}

/* An SMC is skipped, and a call if its immediate is 0; any other is unknown. */
static void smc(void **state)
{
	(void)state;
	assert_int_equal(exit_with(EC(0x17)), DONE);
	assert_int_equal(calls, 100);
	assert_int_equal(skips, 1);
	assert_int_equal(exit_with(EC(0x17) | 1), VCPU_RESUME);
	assert_int_equal(calls, 100);
	assert_int_equal(skips, 2);
	assert_int_equal(vcpu.ctx.regs.regs[0], ~0UL);
}

/* An exit by interrupt needs nothing. A guest where it cannot go on has to be made anew. */
static void no_syndrome(void **state)
{
	static const u64 bad[] = { PSR_MODE32_BIT, 8 /* EL2t */, PSR_MODE_EL1h };
	unsigned int i;

	(void)state;
	for (i = CPU_EXIT_IRQ; i <= CPU_EXIT_SERROR; i++) {
		vcpu.ctx.exit_esr = EC(0x16);
		vcpu.ctx.exit_code = i;
		assert_int_equal(cpu_handle_exit(&vcpu), VCPU_RESUME);
	}
	assert_int_equal(calls + undefs + vcpu.ctx.slow_exits, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		vcpu.base.initialised = true;
		vcpu.ctx.regs.pstate = bad[i];
		vcpu.ctx.exit_code = bad[i] == PSR_MODE_EL1h ? CPU_EXIT_ILLEGAL : CPU_EXIT_SYNC;
		page.exit_reason = 0;
		page.fail_entry.hardware_entry_failure_reason = 9;
		assert_int_equal(cpu_handle_exit(&vcpu), -EINVAL);
		assert_false(vcpu.base.initialised);
		assert_int_equal(page.exit_reason, KVM_EXIT_FAIL_ENTRY);
		assert_int_equal(page.fail_entry.hardware_entry_failure_reason, 0);
		assert_int_equal(page.fail_entry.cpu, 3);
	}
	assert_int_equal(calls, 0);
}

/* Stage 2 hears of an abort what its syndrome says. */
static void abort_flags(void **state)
{
	static const struct { u64 esr; u32 flags; } cases[] = {
		{ DABT | 0x07, 0 },
		{ DABT | 0x07 | ESR_ELx_WNR, MMU_ABORT_WRITE },
		{ IABT | 0x07, MMU_ABORT_EXEC },
		{ DABT | 0x0f | ESR_ELx_WNR, MMU_ABORT_WRITE | MMU_ABORT_PERM },
		{ DABT | 0x0b, MMU_ABORT_ACCESS },
		{ DABT | 0x07 | ESR_ELx_WNR | ESR_ELx_CM, MMU_ABORT_CMO },
		{ DABT | 0x07 | ESR_ELx_WNR | ESR_ELx_S1PTW, MMU_ABORT_S1PTW },
		{ DABT | 0x0f | ESR_ELx_S1PTW, MMU_ABORT_S1PTW | MMU_ABORT_PERM | MMU_ABORT_WRITE },
	};
	unsigned int i;

	(void)state;
	fault_ret = 0;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(exit_with(cases[i].esr), VCPU_RESUME);
		assert_int_equal(faults.n, i + 1);
		assert_int_equal(faults.flags, cases[i].flags);
		assert_int_equal(faults.ipa, IPA);
	}
	assert_int_equal(aborts.n + skips + gic.n, 0);
	fault_ret = -ENOMEM;
	assert_int_equal(exit_with(DABT | 0x07), -ENOMEM);
}

/* Poisoned memory is a signal to the VMM, with how much is lost; the guest tries again. */
static void poison(void **state)
{
	(void)state;
	fault_ret = -EHWPOISON;
	assert_int_equal(exit_with(DABT | 0x07), VCPU_RESUME);
	assert_int_equal(signals.n, 1);
	assert_int_equal(signals.code, BUS_MCEERR_AR);
	assert_int_equal(signals.addr, 0x7f0000200000);
	assert_int_equal(signals.lsb, 21);
	assert_int_equal(skips + aborts.n, 0);
}

/* Where there is nothing, or what is not stage 2's to repair, the guest takes an abort with the level of its own walk. */
static void aborts_of_guest(void **state)
{
	static const struct { u64 esr; int ret; u64 ipa; bool fetch; u8 fsc; unsigned int faults; } cases[] = {
		{ DABT | 0x10, 0, IPA, false, 0x10, 0 },
		{ IABT | 0x18, 0, IPA, true, 0x18, 0 },
		{ DABT | 0x35, 0, IPA, false, 0x35, 0 },
		{ DABT | 0x07, 0, 1UL << 40, false, 0x10, 0 },
		{ IABT | 0x07, MMU_FAULT_MMIO, IPA, true, 0x10, 1 },
		{ DABT | 0x07 | ESR_ELx_S1PTW, MMU_FAULT_MMIO, IPA, false, 0x16, 1 },
		{ IABT | 0x07 | ESR_ELx_S1PTW, MMU_FAULT_MMIO, IPA, true, 0x16, 1 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		fault_ret = cases[i].ret;
		vcpu.ctx.exit_ipa = cases[i].ipa;
		assert_int_equal(exit_with(cases[i].esr), VCPU_RESUME);
		assert_int_equal(aborts.n, 1);
		assert_int_equal(aborts.fetch, cases[i].fetch);
		assert_int_equal(aborts.fsc, cases[i].fsc);
		assert_int_equal(aborts.addr, FAR);
		assert_int_equal(faults.n, cases[i].faults);
		assert_int_equal(gic.n + skips, 0);
	}
	setup(state);
	fault_ret = 0;
	vcpu.ctx.exit_ipa = (1UL << 40) - 4096;
	assert_int_equal(exit_with(DABT | 0x07), VCPU_RESUME);
	assert_int_equal(faults.n, 1);
	assert_int_equal(aborts.n, 0);
}

/* Cache maintenance of what is no memory does nothing. */
static void maintenance(void **state)
{
	(void)state;
	assert_int_equal(exit_with(DABT | 0x07 | ESR_ELx_CM | ESR_ELx_WNR), VCPU_RESUME);
	assert_int_equal(skips, 1);
	assert_int_equal(aborts.n + gic.n, 0);
}

static u64 access(unsigned int log, unsigned int rt, u64 more)
{
	return DABT | 0x07 | ESR_ELx_ISV | (u64)log << 22 | (u64)rt << 16 | more;
}

/* A store reaches the VMM with its address, size and bytes, and no other bytes of the register. */
static void stores(void **state)
{
	static const u8 bytes[] = { 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	static const u8 none[8];
	unsigned int log, len;

	(void)state;
	for (log = 0; log < 4; log++) {
		setup(state);
		len = 1 << log;
		vcpu.ctx.regs.regs[7] = 0x1122334455667788;
		assert_int_equal(exit_with(access(log, 7, ESR_ELx_WNR)), VCPU_TO_USER);
		assert_int_equal(page.exit_reason, KVM_EXIT_MMIO);
		assert_int_equal(page.mmio.phys_addr, IPA | 0x8a4);
		assert_int_equal(page.mmio.len, len);
		assert_int_equal(page.mmio.is_write, 1);
		assert_memory_equal(page.mmio.data, bytes, len);
		assert_memory_equal(page.mmio.data + len, none, 8 - len);
		assert_int_equal(skips, 0);
		/* nothing comes back into the register */
		memset(page.mmio.data, 0xff, 8);
		cpu_mmio_finish(&vcpu);
		assert_int_equal(vcpu.ctx.regs.regs[7], 0x1122334455667788);
		assert_int_equal(skips, 1);
		cpu_mmio_finish(&vcpu);		/* once */
		assert_int_equal(skips, 1);
	}
	vcpu.ctx.regs.regs[30] = 5;
	exit_with(access(3, 31, ESR_ELx_WNR));
	assert_memory_equal(page.mmio.data, none, 8);
}

/* A load takes as many of the VMM's bytes as it asked for, extended as it says, into as much of the register. */
static void reads(void **state)
{
	static const struct { unsigned int log; u64 more; u64 is; } cases[] = {
		{ 0, 0, 0x88 }, { 1, 0, 0x9988 }, { 2, 0, 0xbbaa9988 }, { 3, ESR_ELx_SF, 0xffeeddccbbaa9988 },
		{ 0, ESR_ELx_SSE, 0xffffff88 }, { 1, ESR_ELx_SSE, 0xffff9988 },
		{ 0, ESR_ELx_SSE | ESR_ELx_SF, 0xffffffffffffff88 }, { 1, ESR_ELx_SSE | ESR_ELx_SF, 0xffffffffffff9988 },
		{ 2, ESR_ELx_SSE | ESR_ELx_SF, 0xffffffffbbaa9988 }, { 2, ESR_ELx_SF, 0xbbaa9988 },
	};
	static const u8 none[8];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		vcpu.ctx.regs.regs[9] = ~0UL;
		assert_int_equal(exit_with(access(cases[i].log, 9, cases[i].more)), VCPU_TO_USER);
		assert_int_equal(page.mmio.is_write, 0);
		assert_memory_equal(page.mmio.data, none, 8);	/* nothing of the guest's or the host's */
		for (k = 0; k < 8; k++)
			page.mmio.data[k] = 0x88 + 0x11 * k;
		page.mmio.len = 8;	/* the VMM's page is not believed */
		page.mmio.is_write = 1;
		cpu_mmio_finish(&vcpu);
		assert_int_equal(vcpu.ctx.regs.regs[9], cases[i].is);
		assert_int_equal(vcpu.ctx.regs.pc, PC + 4);
	}
}

/* A big-endian access has its bytes the other way round: at EL1 by EE, at EL0 by E0E, in AArch32 by PSTATE. */
static void big_endian(void **state)
{
	static const struct { u64 pstate, sctlr; bool big; } who[] = {
		{ PSR_MODE_EL1h, SCTLR_ELx_EE, true }, { PSR_MODE_EL1h, SCTLR_EL1_E0E, false },
		{ PSR_MODE_EL1t, SCTLR_ELx_EE, true },
		{ PSR_MODE_EL0t, SCTLR_EL1_E0E, true }, { PSR_MODE_EL0t, SCTLR_ELx_EE, false },
	};
	static const u64 swapped[] = { 0x88, 0x8877, 0x88776655, 0x8877665544332211 };
	static const u64 plain[] = { 0x88, 0x7788, 0x55667788, 0x1122334455667788 };
	unsigned int i, log;
	u64 data;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(who); i++)
		for (log = 0; log < 4; log++) {
			setup(state);
			sctlr = who[i].sctlr;
			vcpu.ctx.regs.pstate = who[i].pstate;
			vcpu.ctx.regs.regs[1] = 0x1122334455667788;
			exit_with(access(log, 1, ESR_ELx_WNR));
			data = 0;
			memcpy(&data, page.mmio.data, 8);
			assert_int_equal(data, who[i].big ? swapped[log] : plain[log]);
			cpu_mmio_finish(&vcpu);
			exit_with(access(log, 2, ESR_ELx_SF));
			memcpy(page.mmio.data, &plain[3], 8);
			cpu_mmio_finish(&vcpu);
			assert_int_equal(vcpu.ctx.regs.regs[2], who[i].big ? swapped[log] : plain[log]);
		}
	setup(state);
	vcpu.ctx.regs.pstate = PSR_MODE32_BIT | PSR_AA32_E_BIT;
	assert_true(mmio_is_big_endian(&vcpu));
	vcpu.ctx.regs.pstate = PSR_MODE32_BIT;
	sctlr = SCTLR_ELx_EE | SCTLR_EL1_E0E;
	assert_false(mmio_is_big_endian(&vcpu));
}

/* What the kernel serves itself never reaches the VMM, and is done when the exit is. */
static void served(void **state)
{
	bool *const has[] = { &gic_has, &its_has, &event_has, &ring_has };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(has); i++) {
		setup(state);
		*has[i] = true;
		vcpu.ctx.regs.regs[4] = 0x1122334455667788;
		assert_int_equal(exit_with(access(2, 4, ESR_ELx_WNR)), VCPU_RESUME);
		assert_int_equal(skips, 1);
		assert_int_equal(gic.ipa, IPA | 0x8a4);
		assert_int_equal(gic.len, 4);
		assert_true(gic.write);
		assert_int_equal(gic.data, 0x55667788);
		assert_int_equal(its.n, i >= 1);
		assert_int_equal(event.n, i >= 2);
		assert_int_equal(ring.n, i >= 3);
		assert_int_equal(vcpu.ctx.flags, CPU_AT_DEVICE);
		assert_int_equal(vcpu.ctx.regs.regs[4], 0x1122334455667788);
	}
	assert_int_equal(event.ipa, IPA | 0x8a4);
	assert_int_equal(event.len, 4);
	assert_int_equal(event.data, 0x55667788);
	assert_int_equal(ring.ipa, IPA | 0x8a4);
	assert_int_equal(ring.len, 4);
	assert_int_equal(ring.data, 0x55667788);

	answer = 0x1ffffff80;
	gic_has = true;
	assert_int_equal(exit_with(access(0, 4, ESR_ELx_SSE)), VCPU_RESUME);
	assert_int_equal(vcpu.ctx.regs.regs[4], 0xffffff80);
	/* a read is nobody's event, and no write that may wait */
	setup(state);
	event_has = ring_has = true;
	assert_int_equal(exit_with(access(0, 4, 0)), VCPU_TO_USER);
	assert_int_equal(event.n + ring.n, 0);
}

static bool brief_with(u64 esr)
{
	vcpu.ctx.exit_esr = esr;
	vcpu.ctx.exit_code = CPU_EXIT_SYNC;
	return cpu_exit_brief(&vcpu);
}

/* At once only what neither sleeps nor waits; it counts as any other exit, and is not served a second time. */
static void brief_classes(void **state)
{
	unsigned int ec, done = 0, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		brief = i;
		for (ec = 0; ec < 64; ec++) {
			bool expected = ec == 0x07 || (brief && (ec == 0x16 || ec == 0x18));

			assert_int_equal(brief_with(EC(ec)), expected);
			assert_int_equal(vcpu.ctx.exit_code, expected ? CPU_EXIT_IRQ : CPU_EXIT_SYNC);
			done += expected;
		}
	}
	assert_int_equal(calls, 20000);
	assert_int_equal(sysregs, 20000);
	assert_int_equal(loads, 2);
	assert_int_equal(vcpu.ctx.slow_exits, done);
	assert_int_equal(skips + undefs + saves + faults.n + debugs + blocks, 0);
	/* what is no trap has nothing to be served */
	for (i = CPU_EXIT_IRQ; i <= CPU_EXIT_SERROR; i++) {
		vcpu.ctx.exit_code = i;
		assert_true(cpu_exit_brief(&vcpu));
	}
	assert_int_equal(vcpu.ctx.slow_exits, done);
	/* where it cannot go on, and where an instruction's condition may fail */
	vcpu.ctx.exit_code = CPU_EXIT_ILLEGAL;
	assert_false(cpu_exit_brief(&vcpu));
	vcpu.ctx.regs.pstate = 8;
	assert_false(brief_with(EC(0x07)));
	cpu_hw.has_aarch32 = true;
	vcpu.ctx.regs.pstate = PSR_MODE32_BIT;
	assert_false(brief_with(EC(0x07)));
}

/* A device's register is served at once after one, but not after memory, where there is a slot, or where it takes more. */
static void brief_devices(void **state)
{
	const u64 write = access(2, 4, ESR_ELx_WNR);
	const u64 not[] = {
		write ^ ESR_ELx_ISV, write | ESR_ELx_S1PTW, write | ESR_ELx_CM, write ^ 4 ^ 8, write ^ 4 ^ 12, write ^ 4 ^ 0x10,
		IABT | 0x07,
	};
	unsigned int i;

	(void)state;
	gic_has = true;
	assert_false(brief_with(write));
	assert_int_equal(looks + gic.n, 0);
	assert_int_equal(exit_with(write), VCPU_RESUME);
	assert_true(brief_with(write));
	assert_int_equal(gic.n, 2);
	assert_int_equal(gic.ipa, IPA | 0x8a4);
	assert_int_equal(vcpu.ctx.regs.pc, PC + 8);
	for (i = 0; i < ARRAY_SIZE(not); i++)
		assert_false(brief_with(not[i]));
	vcpu.ctx.exit_ipa = 1UL << 40;
	assert_false(brief_with(write));
	vcpu.ctx.exit_ipa = IPA;
	assert_int_equal(looks, 1);
	is_memory = true;
	assert_false(brief_with(write));
	is_memory = false;
	gic_waits = true;
	assert_false(brief_with(write));
	gic_waits = gic_has = false;
	its_is = true;
	event_has = true;
	assert_false(brief_with(write));
	assert_int_equal(event.n, 0);
	its_is = false;
	assert_true(brief_with(write));
	assert_int_equal(event.n, 1);
	assert_int_equal(saves, 0);
	assert_int_equal(vcpu.ctx.regs.pc, PC + 12);
	assert_int_equal(vcpu.ctx.slow_exits, 3);
	/* memory comes between */
	fault_ret = 0;
	assert_int_equal(exit_with(write), VCPU_RESUME);
	looks = 0;
	assert_false(brief_with(write));
	assert_int_equal(looks, 0);
}

/* What is the VMM's is left to it at once, and told once. */
static void brief_to_user(void **state)
{
	(void)state;
	exit_with(access(2, 4, ESR_ELx_WNR));
	cpu_mmio_finish(&vcpu);
	gic.n = 0;
	vcpu.ctx.regs.regs[4] = 0x55667788;
	page.exit_reason = 0;
	assert_false(brief_with(access(2, 4, ESR_ELx_WNR)));
	assert_int_equal(page.exit_reason, KVM_EXIT_MMIO);
	assert_int_equal(page.mmio.phys_addr, IPA | 0x8a4);
	assert_memory_equal(page.mmio.data, &(u32){ 0x55667788 }, 4);
	assert_int_equal(vcpu.ctx.regs.pc, PC + 4);
	assert_int_equal(cpu_handle_exit(&vcpu), VCPU_TO_USER);
	assert_int_equal(gic.n, 1);
	assert_int_equal(faults.n, 1);
	assert_int_equal(vcpu.ctx.slow_exits, 2);
	cpu_mmio_finish(&vcpu);
	assert_int_equal(vcpu.ctx.regs.pc, PC + 8);
}

/* Without a syndrome the VMM decodes, if it has said that it can. */
static void no_isv(void **state)
{
	(void)state;
	fake_traced = true;
	assert_int_equal(exit_with(DABT | 0x07 | ESR_ELx_WNR), -ENOSYS);
	assert_int_equal(saves, 1);	/* the guest's tables are looked at */
	saves = 0;
	vm.nisv_to_user = true;
	assert_int_equal(exit_with(DABT | 0x07 | ESR_ELx_WNR | ESR_ELx_IL), VCPU_TO_USER);
	assert_int_equal(page.exit_reason, KVM_EXIT_ARM_NISV);
	assert_int_equal(page.arm_nisv.esr_iss, 0x07 | ESR_ELx_WNR);
	assert_int_equal(page.arm_nisv.fault_ipa, IPA | 0x8a4);
	assert_int_equal(skips + gic.n, 0);
	assert_false(vcpu.ctx.flags & CPU_MMIO_PENDING);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(classes), TEST(fast_classes), TEST(user_32), TEST(waits), TEST(smc), TEST(no_syndrome),
		TEST(abort_flags), TEST(poison), TEST(aborts_of_guest), TEST(maintenance), TEST(stores),
		TEST(reads), TEST(big_endian), TEST(served), TEST(no_isv), TEST(brief_classes), TEST(brief_devices), TEST(brief_to_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
