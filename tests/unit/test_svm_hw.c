// SPDX-License-Identifier: GPL-2.0
/*
 * AMD-V on every CPU: what is refused, in which order it is switched on and off, who hears of the machine's end, and
 * which MSRs exit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hw/hw_fake.h"

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <asm/msr-index.h>

/* The machine's CPU: what it is, and what it has. */
struct cpuinfo_x86 {
	unsigned int x86, x86_vendor, x86_phys_bits;
};

enum { X86_VENDOR_INTEL, X86_VENDOR_AMD = 2, X86_VENDOR_HYGON = 9 };
enum { X86_FEATURE_SVM, X86_FEATURE_NPT, X86_FEATURE_RDTSCP, X86_FEATURE_RDPID, X86_FEATURE_XSAVE, X86_FEATURE_XSAVES, X86_BUG_FXSAVE_LEAK, X86_FEATURE_MISALIGNSSE,
	X86_FEATURE_BUS_LOCK_DETECT, FEATURES };
enum { CC_ATTR_GUEST_MEM_ENCRYPT, CC_ATTR_HOST_MEM_ENCRYPT, CC_ATTR_HOST_SEV_SNP };

extern struct cpuinfo_x86 boot_cpu_data;

static bool has[FEATURES], encrypted[3], rt;
static char log[64];
static unsigned int n;

static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

static u64 efer[HW_CPUS], hsave[HW_CPUS], vm_cr_is, aux, xss;
static bool no_vm_cr;

static int read_vm_cr(u64 *val)
{
	*val = vm_cr_is;
	return no_vm_cr ? -EIO : 0;
}

static u64 *msr_of(u32 index)
{
	return index == 0xc0000080 ? &efer[hw_cpu] : index == 0xc0010117 ? &hsave[hw_cpu] : index == 0xc0000103 ? &aux : index == 0xda0 ? &xss : NULL;
}

#define FAKE_ASM_CPUFEATURE_H
#define boot_cpu_has(feature)		has[feature]
#define boot_cpu_has_bug(bug)		has[bug]
#define cc_platform_has(attr)		encrypted[attr]
#undef IS_ENABLED
#define CONFIG_PREEMPT_RT		rt
#define CONFIG_PREEMPT_COUNT		0
#define IS_ENABLED(CONFIG_OPTION)	CONFIG_OPTION
#define SVM_VM_CR_SVM_DIS_MASK		0x10
#define SVM_CPUID_FUNC			0x8000000a
#define XCR_XFEATURE_ENABLED_MASK	0
#define xgetbv(reg)			(0xff07 + (reg))
#define cpuid_ebx(leaf)			((leaf) == 0xd ? 0x988U : (leaf) == SVM_CPUID_FUNC ? asids : 1)
#define cpuid_count(leaf, sub, a, b, c, d)	(*(a) = (leaf) == 0xd && (sub) == 2 ? 256 : 1, *(b) = 576, *(c) = *(d) = 0)
#define cpuid_edx(leaf)			((leaf) == SVM_CPUID_FUNC ? leaf_edx : 0)
#define rdmsrl(index, val)		((val) = *msr_of(index))
#define wrmsrl(index, val)		(note((index) == 0xc0000080 ? 'e' : 'h'), *msr_of(index) = (val))
#define rdmsrl_safe(index, p)		((index) == 0xc0010114 ? read_vm_cr(p) : -EIO)
#define page_to_phys(p)			((u64)(unsigned long)(p) + 5)
#define alloc_page(gfp)			((void *)get_zeroed_page(gfp))
#define __free_page(p)			free_page(p)
#define asm				while (note('g'), 0) __asm__

static u32 asids, leaf_edx;

#include <asm/processor.h>
#undef native_read_cr4
#define native_read_cr4()		0x4f0UL

#include "../../model/shim/unit.h"
#include "../../src/x86/svm/hw.c"

#undef asm

struct cpuinfo_x86 boot_cpu_data;
unsigned int hw_cpu;
struct fake_task *fake_current;
int panic_notifier_list;

static struct notifier_block *on_reboot, *on_panic;
static struct syscore *on_suspend;
static int (*online)(unsigned int cpu), (*offline)(unsigned int cpu);
static int hp_ret;

void asid_pool_init(struct asid_pool *pool, u32 count)
{
	assert_ptr_equal(pool, &per_cpu_ptr(&svm_cpu, hw_cpu)->asids);
	assert_int_equal(count, svm_hw.asids);
	assert_true(irqs_disabled());
	note('a');
}

int cpuhp_setup_state(int state, const char *name, int (*on)(unsigned int cpu), int (*down)(unsigned int cpu))
{
	assert_int_equal(state, CPUHP_AP_ONLINE_DYN);
	online = on;
	offline = down;
	note('c');
	return hp_ret;
}

void cpuhp_remove_state(int state)
{
	assert_int_equal(state, hp_ret);
	note('C');
}

void register_reboot_notifier(struct notifier_block *nb)
{
	on_reboot = nb;
	note('r');
}

void unregister_reboot_notifier(struct notifier_block *nb)
{
	assert_ptr_equal(nb, on_reboot);
	note('R');
}

void atomic_notifier_chain_register(int *list, struct notifier_block *nb)
{
	assert_ptr_equal(list, &panic_notifier_list);
	on_panic = nb;
	note('p');
}

void atomic_notifier_chain_unregister(int *list, struct notifier_block *nb)
{
	assert_ptr_equal(list, &panic_notifier_list);
	assert_ptr_equal(nb, on_panic);
	note('P');
}

void register_syscore(struct syscore *s)
{
	on_suspend = s;
	note('s');
}

void unregister_syscore(struct syscore *s)
{
	assert_ptr_equal(s, on_suspend);
	note('S');
}

void on_each_cpu(void (*fn)(void *data), void *data, int wait)
{
	unsigned int was = hw_cpu;

	assert_int_equal(wait, 1);
	for (hw_cpu = 0; hw_cpu < HW_CPUS; hw_cpu++)
		fn(data);
	hw_cpu = was;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < FEATURES; i++)
		has[i] = true;
	boot_cpu_data = (struct cpuinfo_x86) { .x86_vendor = X86_VENDOR_AMD, .x86_phys_bits = 43 };
	encrypted[0] = encrypted[1] = encrypted[2] = rt = no_vm_cr = hw_down = false;
	efer[0] = efer[1] = 0xd01;
	hsave[0] = hsave[1] = vm_cr_is = 0;
	aux = 0x123;
	asids = 16;
	leaf_edx = 0;
	hw_cpu = 0;
	hp_ret = 77;
	memset(&svm_hw, 0, sizeof(svm_hw));
	memset(&svm_cpu, 0, sizeof(svm_cpu));
	memset(&svm_cpu_other, 0, sizeof(svm_cpu_other));
	n = log[0] = 0;
	return 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

/* Each thing that must be there or must not is asked for by itself, and said. */
static void refuses(void **state)
{
	(void)state;
	assert_null(svm_check());
	boot_cpu_data.x86_vendor = X86_VENDOR_HYGON;
	assert_null(svm_check());
	boot_cpu_data.x86_vendor = X86_VENDOR_INTEL;
	assert_non_null(strstr(svm_check(), "AMD-V"));
	boot_cpu_data.x86_vendor = X86_VENDOR_AMD;
	has[X86_FEATURE_SVM] = false;
	assert_non_null(strstr(svm_check(), "(SVM)"));
	has[X86_FEATURE_SVM] = true;
	vm_cr_is = 0x10;
	assert_non_null(strstr(svm_check(), "SVMDIS"));
	vm_cr_is = ~0x10ULL;
	assert_null(svm_check());
	no_vm_cr = true;
	assert_non_null(strstr(svm_check(), "SVMDIS"));
	no_vm_cr = false;
	has[X86_FEATURE_NPT] = false;
	assert_non_null(strstr(svm_check(), "(NPT)"));
	has[X86_FEATURE_NPT] = true;
	encrypted[0] = true;
	assert_non_null(strstr(svm_check(), "encrypted"));
	encrypted[0] = false;
	encrypted[1] = true;
	assert_non_null(strstr(svm_check(), "encrypted"));
	encrypted[1] = false;
	encrypted[2] = true;
	assert_non_null(strstr(svm_check(), "SNP"));
	encrypted[2] = false;
	rt = true;
	assert_non_null(strstr(svm_check(), "PREEMPT_RT"));
}

static unsigned int specs;

/* before AMD-V is off */
void spec_off(void)
{
	note('o');
}

void spec_find(void)
{
	specs++;
}

/* What the machine has, each from its own bit. */
static void finds(void **state)
{
	(void)state;
	assert_int_equal(svm_start(), 0);
	expect("crps");
	assert_int_equal(specs, 1);
	assert_int_equal(svm_hw.asids, 16);
	assert_int_equal(svm_hw.phys_bits, 43);
	assert_false(svm_hw.nrips || svm_hw.flush_asid);
	assert_int_equal(svm_hw.xcr0, 7);
	/* of what guests may have, not of what the host has */
	assert_int_equal(svm_hw.xsave_size, 0x340);
	svm_stop();
	expect("SPRC");
	setup(NULL);
	leaf_edx = BIT(3);
	has[X86_FEATURE_XSAVE] = false;
	xss = 0x1800;
	svm_start();
	assert_true(svm_hw.xss == 0x1800 && svm_hw.x87_stays);
	assert_true(svm_hw.mxcsr == 0x2ffff && svm_hw.bus_locks && svm_hw.cr4_mce == 0x40);
	assert_true(svm_hw.nrips && !svm_hw.flush_asid);
	assert_int_equal(svm_hw.xcr0, 0);
	assert_int_equal(svm_hw.xsave_size, 0);
	svm_stop();
	leaf_edx = BIT(6);
	has[X86_FEATURE_XSAVES] = has[X86_BUG_FXSAVE_LEAK] = has[X86_FEATURE_MISALIGNSSE] = false;
	svm_hw.xss = 0;
	svm_start();
	assert_true(!svm_hw.nrips && svm_hw.flush_asid);
	assert_true(!svm_hw.xss && !svm_hw.x87_stays && svm_hw.mxcsr == 0xffff);
	svm_stop();
	assert_int_equal(shim_allocs(), 0);
}

/* Without identifiers, memory or CPUs nothing is left behind; two identifiers do. */
static void fails(void **state)
{
	unsigned int i;

	(void)state;
	for (asids = 0; asids < 2; asids++)
		assert_int_equal(svm_start(), -ENODEV);
	for (i = 1; i <= 3; i++) {
		hw_io_map = hw_msr_map = hw_msr_all = NULL;
		shim_fail_alloc(i);
		assert_int_equal(svm_start(), -ENOMEM);
		shim_fail_alloc(0);
		assert_int_equal(shim_allocs(), 0);
	}
	expect("");
	hp_ret = -EBUSY;
	assert_int_equal(svm_start(), -EBUSY);
	expect("c");
	assert_int_equal(shim_allocs(), 0);
	hp_ret = 77;
	assert_int_equal(svm_start(), 0);
	svm_stop();
	assert_int_equal(shim_allocs(), 0);
}

/* A CPU comes: its pages, and AMD-V is on; it goes, and nothing of it is left. */
static void comes_and_goes(void **state)
{
	struct svm_cpu *cpu = &svm_cpu_other;

	(void)state;
	svm_start();
	n = 0;
	hw_cpu = 1;
	assert_int_equal(online(1), 0);
	expect("eha");
	assert_true(cpu->on);
	assert_int_equal(efer[1], 0xd01 | EFER_SVME);
	assert_int_equal(efer[0], 0xd01);
	assert_int_equal(hsave[1], page_to_phys(cpu->host_area));
	assert_int_equal(cpu->host_pa, page_to_phys(cpu->host_block));
	assert_ptr_not_equal(cpu->host_area, cpu->host_block);
	assert_int_equal(cpu->host_aux, 0x123);
	assert_int_equal(cpu->aux, 0x123);
	assert_int_equal(shim_allocs(), 5);
	assert_int_equal(offline(1), 0);
	expect("ohge");
	assert_false(cpu->on);
	assert_int_equal(efer[1], 0xd01);
	assert_int_equal(hsave[1], 0);
	assert_null(cpu->host_area);
	assert_null(cpu->host_block);
	assert_int_equal(shim_allocs(), 3);
	/* switched off already: the instruction would fault */
	online(1);
	n = 0;
	efer[1] = 0;
	offline(1);
	expect("oh");
	assert_int_equal(efer[1], 0);
	shim_fail_alloc(1);
	assert_int_equal(online(1), -ENOMEM);
	shim_fail_alloc(2);
	assert_int_equal(online(1), -ENOMEM);
	shim_fail_alloc(0);
	assert_int_equal(shim_allocs(), 3);
	assert_null(cpu->host_area);
	expect("");
	/* without the instruction that reads it there is none to keep */
	has[X86_FEATURE_RDTSCP] = has[X86_FEATURE_RDPID] = false;
	cpu->host_aux = 0;
	online(1);
	assert_int_equal(cpu->host_aux, 0);
	offline(1);
	svm_stop();
	assert_int_equal(shim_allocs(), 0);
}

/* A reboot switches all CPUs off, a panic this one; from then on none is switched on. Sleep is not the end. */
static void ends(void **state)
{
	(void)state;
	svm_start();
	for (hw_cpu = 0; hw_cpu < 2; hw_cpu++)
		online(hw_cpu);
	hw_cpu = 0;
	n = 0;
	local_irq_disable();
	assert_int_equal(on_suspend->ops->suspend(NULL), 0);
	expect("ohge");
	assert_false(svm_cpu.on);
	assert_true(svm_cpu_other.on);
	on_suspend->ops->resume(NULL);
	expect("eha");
	assert_true(svm_cpu.on);
	assert_int_equal(on_panic->notifier_call(on_panic, 0, NULL), NOTIFY_DONE);
	expect("ohge");
	assert_false(svm_cpu.on);
	assert_true(svm_cpu_other.on);
	on_suspend->ops->resume(NULL);
	expect("");
	hw_down = false;
	on_suspend->ops->resume(NULL);
	n = 0;
	assert_int_equal(on_reboot->notifier_call(on_reboot, 0, NULL), NOTIFY_DONE);
	expect("ohgeohge");
	assert_false(svm_cpu.on || svm_cpu_other.on);
	on_suspend->ops->resume(NULL);
	expect("");
	on_reboot->notifier_call(on_reboot, 0, NULL);
	expect("");
	local_irq_enable();
	hw_cpu = 1;
	offline(1);
	hw_cpu = 0;
	offline(0);
	svm_stop();
	assert_int_equal(shim_allocs(), 0);
}

static bool lets_through(u32 msr)
{
	unsigned int at = msr < 0x2000 ? msr : msr < 0xc0010000 ? 8192 + (msr & 0x1fff) : 16384 + (msr & 0x1fff);
	u8 two = hw_msr_map[at / 4] >> at % 4 * 2 & 3;

	assert_true(two == 0 || two == 3);
	return !two;
}

/* Every port and every MSR exits but those that the CPU switches itself; with a filter all of them do. */
static void maps(void **state)
{
	static const u32 through[] = {
		0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0x174, 0x175, 0x176,
	};
	static struct x86_vm vm;
	static struct x86_vcpu vcpu = { .vm = &vm };
	unsigned int i, cleared = 0;
	u64 io, msr;

	(void)state;
	svm_start();
	for (i = 0; i < ARRAY_SIZE(through); i++)
		assert_true(lets_through(through[i]));
	for (i = 0; i < 2 * PAGE_SIZE; i++)
		cleared += 8 - __builtin_popcount(hw_msr_map[i]);
	assert_int_equal(cleared, 2 * ARRAY_SIZE(through));
	assert_null(memchr_inv(hw_io_map, 0xff, 3 * PAGE_SIZE));
	assert_null(memchr_inv(hw_msr_all, 0xff, 2 * PAGE_SIZE));
	svm_permissions(NULL, &io, &msr);
	assert_int_equal(io, virt_to_phys(hw_io_map));
	assert_int_equal(msr, virt_to_phys(hw_msr_map));
	svm_permissions(&vcpu, &io, &msr);
	assert_int_equal(msr, virt_to_phys(hw_msr_map));
	vm.msr_filter = (void *)&vm;
	svm_permissions(&vcpu, &io, &msr);
	assert_int_equal(msr, virt_to_phys(hw_msr_all));
	assert_int_equal(hw_msr_bit(0xc0010114), 2 * (2 * 8192 + 0x114));
	svm_stop();
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses), TEST(finds), TEST(fails), TEST(comes_and_goes), TEST(ends), TEST(maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
