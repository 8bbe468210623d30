// SPDX-License-Identifier: GPL-2.0
/*
 * Speculation controls: what guests of a CPU see, may write, and what is in force around an entry
 * (AMD APM vol. 2, 3.2.9; vol. 3, Fn8000_0008_EBX, Fn8000_000A_EDX).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>

#include "../../model/shim/unit.h"
#include "../../src/compat/vmcb.h"
#include "../../src/x86/vm.h"
#include "../../src/x86/svm/spec.h"

#define IBRS	BIT_ULL(0)
#define STIBP	BIT_ULL(1)
#define SSBD	BIT_ULL(2)
#define PSFD	BIT_ULL(7)

#define BIT_IBPB	BIT(12)
#define BIT_IBRS	BIT(14)
#define BIT_STIBP	BIT(15)
#define BIT_ALWAYS	BIT(17)
#define BIT_SSBD	BIT(24)
#define BIT_VIRT	BIT(25)
#define BIT_SSB_NO	BIT(26)
#define BIT_PSFD	BIT(28)
#define BIT_BTC_NO	BIT(29)

unsigned int fake_cpu;
u64 x86_spec_ctrl_current[2];
bool x86_ibpb_exit_to_user[2];
static u32 features;		/* of the CPU, by number */
static u32 amd_v;		/* Fn8000_000A_EDX */
static u32 shown;		/* the guest's Fn8000_0008_EBX */
static unsigned int barriers[2], divided;
static u64 bp_cfg[2];
static bool no_bp_cfg;
static struct vmcb vmcb;
static struct svm cpu[2];
static struct svm *const svm = &cpu[0];

bool boot_cpu_has(unsigned int feature)
{
	return features & BIT(feature);
}

u32 cpuid_edx(u32 leaf)
{
	assert_int_equal(leaf, 0x8000000a);
	return amd_v;
}

void wrmsrl(u32 msr, u64 val)
{
	assert_int_equal(msr, MSR_IA32_PRED_CMD);
	assert_int_equal(val, 1);
	barriers[fake_cpu]++;
}

int rdmsrl_safe(u32 msr, u64 *val)
{
	assert_int_equal(msr, 0xc001102e);
	*val = bp_cfg[fake_cpu];
	return no_bp_cfg ? -EIO : 0;
}

int wrmsrl_safe(u32 msr, u64 val)
{
	assert_int_equal(msr, 0xc001102e);
	assert_false(no_bp_cfg);
	bp_cfg[fake_cpu] = val;
	return 0;
}

void amd_clear_divider(void)
{
	divided = 0;
}

bool svm_has(const struct svm *s, u32 leaf, unsigned int reg, unsigned int bit)
{
	assert_true(leaf == 0x80000008 && reg == 1);
	return shown & BIT(bit);
}

static int setup(void **state)
{
	memset(cpu, 0, sizeof(cpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(barriers, 0, sizeof(barriers));
	memset(x86_spec_ctrl_current, 0, sizeof(x86_spec_ctrl_current));
	memset(x86_ibpb_exit_to_user, 0, sizeof(x86_ibpb_exit_to_user));
	bp_cfg[0] = bp_cfg[1] = 0xf0ef;
	no_bp_cfg = false;
	svm->vmcb = &vmcb;
	for (fake_cpu = 2; fake_cpu--;)
		spec_off();
	fake_cpu = 0;
	features = BIT(X86_FEATURE_BTC_NO + 1) - 1;
	amd_v = 0;
	spec_find();
	shown = ~0U;
	return 0;
}

static int set(u32 msr, u64 val)
{
	return spec_set_msr(svm, msr, val, false);
}

static u64 get(u32 msr)
{
	u64 val = ~0ULL;

	assert_int_equal(spec_get_msr(svm, msr, &val, false), 0);
	return val;
}

/* Guests see what the CPU has, and VIRT_SPEC_CTRL where there is an SSBD to set by it. */
static void leaf(void **state)
{
	assert_int_equal(spec_leaf(), BIT_IBPB | BIT_IBRS | BIT_STIBP | BIT_ALWAYS | BIT_SSBD | BIT_VIRT | BIT_SSB_NO |
			 BIT_PSFD | BIT_BTC_NO);
	assert_int_equal(spec_unlisted(), 0);
	features = BIT(X86_FEATURE_AMD_IBPB) | BIT(X86_FEATURE_AMD_STIBP);
	spec_find();
	assert_int_equal(spec_leaf(), BIT_IBPB | BIT_STIBP);
	assert_int_equal(spec_unlisted(), 1);
	features = BIT(X86_FEATURE_AMD_IBPB);
	spec_find();
	assert_int_equal(spec_leaf(), BIT_IBPB);
	assert_int_equal(spec_unlisted(), 2);
}

/* A guest has the bits that its CPUID shows, of those that the CPU has; the VMM those of the CPU. */
static void bits(void **state)
{
	u64 val;

	assert_true(spec_has_msr(MSR_IA32_SPEC_CTRL) && spec_has_msr(MSR_IA32_PRED_CMD) &&
		    spec_has_msr(MSR_AMD64_VIRT_SPEC_CTRL) && !spec_has_msr(0x4a));
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, IBRS | STIBP | SSBD | PSFD), 0);
	assert_int_equal(get(MSR_IA32_SPEC_CTRL), IBRS | STIBP | SSBD | PSFD);
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, BIT_ULL(3)), -EINVAL);
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, BIT_ULL(32)), -EINVAL);
	shown = BIT_STIBP;
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, IBRS), -EINVAL);
	assert_int_equal(get(MSR_IA32_SPEC_CTRL), IBRS | STIBP | SSBD | PSFD);
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, STIBP), 0);
	assert_int_equal(spec_set_msr(svm, MSR_IA32_SPEC_CTRL, IBRS, true), 0);
	assert_int_equal(set(MSR_AMD64_VIRT_SPEC_CTRL, 0), -ENOENT);
	assert_int_equal(set(MSR_IA32_PRED_CMD, 1), -ENOENT);
	shown = 0;
	assert_int_equal(spec_get_msr(svm, MSR_IA32_SPEC_CTRL, &val, false), -ENOENT);
	assert_true(!spec_get_msr(svm, MSR_IA32_SPEC_CTRL, &val, true) && val == IBRS);
	shown = BIT_VIRT;
	assert_int_equal(set(MSR_AMD64_VIRT_SPEC_CTRL, STIBP), -EINVAL);
	assert_true(!set(MSR_AMD64_VIRT_SPEC_CTRL, SSBD) && get(MSR_AMD64_VIRT_SPEC_CTRL) == SSBD);
	/* of a CPU that has none neither has any */
	features = 0;
	spec_find();
	shown = ~0U;
	assert_int_equal(set(MSR_IA32_SPEC_CTRL, 0), -ENOENT);
	assert_int_equal(spec_set_msr(svm, MSR_IA32_SPEC_CTRL, 0, true), -ENOENT);
	spec_reset(svm);
	assert_true(!svm->spec.ctrl && !svm->spec.virt);
}

/* PRED_CMD is a barrier on this CPU, and only written. */
static void bars(void **state)
{
	u64 val;

	assert_int_equal(spec_get_msr(svm, MSR_IA32_PRED_CMD, &val, false), -ENOENT);
	assert_int_equal(set(MSR_IA32_PRED_CMD, 2), -EINVAL);
	assert_true(!set(MSR_IA32_PRED_CMD, 0) && !barriers[0]);
	assert_true(!set(MSR_IA32_PRED_CMD, 1) && barriers[0] == 1);
	assert_true(!spec_set_msr(svm, MSR_IA32_PRED_CMD, 1, true) && barriers[0] == 1);
}

/*
 * Whoever comes to a CPU after another forgets what it learnt, also where the other's memory has become its own;
 * and who has had a barrier elsewhere since it was here last.
 */
static void comes(void **state)
{
	spec_init(&cpu[0].spec);
	spec_init(&cpu[1].spec);
	spec_load(&cpu[0].spec);
	assert_int_equal(barriers[0], 1);
	spec_load(&cpu[0].spec);
	assert_int_equal(barriers[0], 1);
	spec_load(&cpu[1].spec);
	spec_load(&cpu[0].spec);
	assert_int_equal(barriers[0], 3);
	memset(&cpu[0].spec, 0, sizeof(cpu[0].spec));
	spec_init(&cpu[0].spec);
	spec_load(&cpu[0].spec);
	assert_int_equal(barriers[0], 4);
	fake_cpu = 1;
	spec_load(&cpu[0].spec);
	fake_cpu = 0;
	spec_load(&cpu[0].spec);
	assert_true(barriers[0] == 4 && barriers[1] == 1);
	fake_cpu = 1;
	spec_load(&cpu[0].spec);
	assert_int_equal(set(MSR_IA32_PRED_CMD, 1), 0);
	assert_int_equal(barriers[1], 2);
	fake_cpu = 0;
	spec_load(&cpu[0].spec);
	assert_int_equal(barriers[0], 5);
	features &= ~BIT(X86_FEATURE_IBPB);
	spec_load(&cpu[1].spec);
	assert_int_equal(barriers[0], 5);
}

static void enters(u32 guest, u32 host)
{
	struct spec_switch s = spec_enter(svm);

	assert_int_equal(s.guest, guest);
	assert_int_equal(s.host, host);
}

/* In the guest its own bits are in force beside the host's, behind it the host's alone, of this CPU and of now. */
static void by_us(void **state)
{
	enters(0, 0);
	set(MSR_IA32_SPEC_CTRL, IBRS);
	enters(IBRS, 0);
	set(MSR_AMD64_VIRT_SPEC_CTRL, SSBD);
	enters(IBRS | SSBD, 0);
	assert_int_equal(get(MSR_IA32_SPEC_CTRL), IBRS);
	x86_spec_ctrl_current[0] = STIBP;
	enters(IBRS | SSBD | STIBP, STIBP);
	fake_cpu = 1;
	enters(IBRS | SSBD, 0);
	fake_cpu = 0;
	x86_spec_ctrl_current[0] = IBRS | SSBD;
	enters(IBRS | SSBD, IBRS | SSBD);
	spec_reset(svm);
	enters(IBRS | SSBD, IBRS | SSBD);
	assert_int_equal(vmcb.save.spec_ctrl, 0);
}

/* Where VMRUN switches it we write nothing, and its field is set anew at each entry. */
static void by_vmrun(void **state)
{
	amd_v = BIT(20);
	spec_find();
	x86_spec_ctrl_current[0] = STIBP;
	set(MSR_IA32_SPEC_CTRL, IBRS);
	set(MSR_AMD64_VIRT_SPEC_CTRL, SSBD);
	enters(0, 0);
	assert_int_equal(vmcb.save.spec_ctrl, IBRS | SSBD);
	spec_reset(svm);
	enters(0, 0);
	assert_int_equal(vmcb.save.spec_ctrl, 0);
}

/* A CPU without SPEC_CTRL is never written one, whatever the host's variable holds. */
static void absent(void **state)
{
	features = BIT(X86_FEATURE_AMD_IBPB);
	spec_find();
	x86_spec_ctrl_current[0] = STIBP;
	svm->spec.ctrl = IBRS;
	enters(0, 0);
}

/* After a stay this CPU's way to user space forgets what guests taught it, where the kernel says so. */
static void forgets(void **state)
{
	spec_leave();
	assert_false(x86_ibpb_exit_to_user[0]);
	features |= BIT(X86_FEATURE_IBPB_EXIT_TO_USER);
	fake_cpu = 1;
	spec_leave();
	assert_true(x86_ibpb_exit_to_user[1] && !x86_ibpb_exit_to_user[0]);
}

/* No quotient of the host's is left to a guest, with or without SPEC_CTRL. */
static void divides(void **state)
{
	divided = 7;
	spec_enter(svm);
	assert_int_equal(divided, 0);
	features = 0;
	spec_find();
	divided = 7;
	spec_enter(svm);
	assert_int_equal(divided, 0);
}

/* A CPU predicts less from its first guest until the last, where the kernel counts on it; nothing else of the MSR changes. */
static void reduces(void **state)
{
	spec_load(&cpu[0].spec);
	assert_int_equal(bp_cfg[0], 0xf0ef);
	features |= BIT(X86_FEATURE_SRSO_BP_SPEC_REDUCE);
	fake_cpu = 1;
	spec_load(&cpu[0].spec);
	assert_true(bp_cfg[1] == 0xf0ff && bp_cfg[0] == 0xf0ef);
	/* once for each CPU, and again after it was off */
	bp_cfg[1] = 1;
	spec_load(&cpu[0].spec);
	assert_int_equal(bp_cfg[1], 1);
	bp_cfg[1] = 0xf0ff;
	spec_off();
	assert_int_equal(bp_cfg[1], 0xf0ef);
	bp_cfg[1] = 0xff;
	spec_off();
	assert_int_equal(bp_cfg[1], 0xff);
	bp_cfg[1] = 0xf0ef;
	spec_load(&cpu[0].spec);
	assert_int_equal(bp_cfg[1], 0xf0ff);
	spec_off();
	no_bp_cfg = true;
	spec_load(&cpu[0].spec);
	spec_off();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaf, setup),
		cmocka_unit_test_setup(bits, setup),
		cmocka_unit_test_setup(bars, setup),
		cmocka_unit_test_setup(comes, setup),
		cmocka_unit_test_setup(by_us, setup),
		cmocka_unit_test_setup(by_vmrun, setup),
		cmocka_unit_test_setup(absent, setup),
		cmocka_unit_test_setup(forgets, setup),
		cmocka_unit_test_setup(divides, setup),
		cmocka_unit_test_setup(reduces, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
