// SPDX-License-Identifier: GPL-2.0
/*
 * Where the module starts on Arm: what it asks of the kernel, the order in which it takes the machine and gives it
 * back, whatever fails between, and the policy that its parameters name.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#define SYS_ID_AA64PFR0_EL1	0x5a
#define IS_ENABLED(CONFIG_OPTION)	CONFIG_OPTION
#define system_uses_irq_prio_masking()	pmr
#define read_cpuid_cachetype()	0x1234567

static struct { const char *version; } this_module = { "1.2.3" };
static bool pmr, CONFIG_ARM64_4K_PAGES, CONFIG_PREEMPT_RT;
static char said[256];

static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
}

#undef THIS_MODULE
#define THIS_MODULE	(&this_module)
#undef pr_err
#undef pr_info
#define pr_err(...)	say(__VA_ARGS__)
#define pr_info(...)	say(__VA_ARGS__)

#include "../../src/vm/device.h"
#include "../../src/arm64/abi/start.c"
#undef pr_fmt
#include "../../src/arm64/abi/policy.c"

#define GIC	((struct device_node *)1)
#define TIMER	((struct device_node *)2)

const struct vm_device_ops gic_device_ops, its_device_ops;
bool acpi_disabled;

static char log[64];
static unsigned int n;
static char fails;		/* the part that does */
static bool hyp, no_gic, no_timer;
static int nodes;
static struct machine_host host;
static enum mmu_policy by_default, chosen;
static struct arm_vm vm;

/* A letter for each thing that happens. */
static int note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
	return c == fails ? -EIO : 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

u64 read_sanitised_ftr_reg(u32 id)
{
	return id == SYS_ID_AA64PFR0_EL1 ? 0x8765432 : 0;
}

bool is_kernel_in_hyp_mode(void)
{
	return hyp;
}

const char *machine_refuses_host(const struct machine_host *h)
{
	host = *h;
	return "because";
}

struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *compatible)
{
	bool gic = !strcmp(compatible, "arm,gic-v3");

	assert_null(from);
	assert_null(type);
	if (!gic)
		assert_string_equal(compatible, "arm,armv8-timer");
	if (gic ? no_gic : no_timer)
		return NULL;
	nodes++;
	return gic ? GIC : TIMER;
}

void of_node_put(struct device_node *node)
{
	nodes -= !!node;
}

int cpu_hw_init(void)
{
	return note('c');
}

int mmu_hw_init(void)
{
	return note('m');
}

int gic_hw_init(struct device_node *node)
{
	assert_ptr_equal(node, no_gic ? NULL : GIC);
	assert_int_equal(nodes, !no_gic);
	return note('g');
}

int timer_hw_init(struct device_node *node)
{
	assert_ptr_equal(node, no_timer ? NULL : TIMER);
	assert_int_equal(nodes, !no_timer);
	return note('t');
}

void timer_hw_exit(void)
{
	note('T');
}

void gic_hw_exit(void)
{
	note('G');
}

void mmu_hw_exit(void)
{
	note('M');
}

void cpu_hw_exit(void)
{
	note('C');
}

void pmu_host_init(void)
{
	note('u');
}

void walk_module_init(void)
{
	note('w');
}

void walk_module_exit(void)
{
	note('W');
}

void caps_fill(struct vm_arch *arch)
{
	note('1');
}

void stats_fill(struct vm_arch *arch)
{
	note('2');
}

void vm_fill(struct vm_arch *arch)
{
	note('3');
}

void vcpu_fill(struct vm_arch *arch)
{
	note('4');
}

void run_fill(struct vm_arch *arch)
{
	note('5');
}

unsigned int mmu_max_ipa_bits(void)
{
	return 44;
}

/* Of arm64/mmu, which is not under test here. */
static const char * const names[] = { "none", "unmap", "clean", "two-tree", "dc", "fwb" };

const char *mmu_policy_name(enum mmu_policy which)
{
	return names[which];
}

int mmu_policy_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return i;
	return -EINVAL;
}

enum mmu_policy mmu_policy_default(void)
{
	return by_default;
}

int mmu_set_policy(struct mmu *mmu, enum mmu_policy which)
{
	assert_ptr_equal(mmu, &vm.mmu);
	chosen = which;
	return note('p');
}

static int setup(void **state)
{
	(void)state;
	hyp = pmr = CONFIG_ARM64_4K_PAGES = CONFIG_PREEMPT_RT = no_gic = no_timer = allow_none = false;
	acpi_disabled = true;
	policy = "";
	by_default = MMU_TWO_TREE;
	chosen = MMU_POLICIES;
	nodes = n = log[0] = said[0] = fails = 0;
	return 0;
}

/* Each thing that the kernel must be or must not be is asked for by its own name. */
static void asks(void **state)
{
	(void)state;
	assert_string_equal(arch_check_host(), "because");
	assert_int_equal(host.pfr0, 0x8765432);
	assert_int_equal(host.ctr, 0x1234567);
	assert_false(host.hyp || host.pages_4k || host.pmr_masking || host.rt);
	hyp = true;
	arch_check_host();
	assert_true(host.hyp && !host.pages_4k && !host.pmr_masking && !host.rt);
	hyp = false;
	CONFIG_ARM64_4K_PAGES = true;
	arch_check_host();
	assert_true(!host.hyp && host.pages_4k && !host.pmr_masking && !host.rt);
	CONFIG_ARM64_4K_PAGES = false;
	pmr = true;
	arch_check_host();
	assert_true(!host.hyp && !host.pages_4k && host.pmr_masking && !host.rt);
	pmr = false;
	CONFIG_PREEMPT_RT = true;
	arch_check_host();
	assert_true(!host.hyp && !host.pages_4k && !host.pmr_masking && host.rt);
	assert_non_null(strstr(arch_busy(), "kvm-arm.mode=none"));
}

/* All is taken in one order and given back in the other, and the table that Arm is called through is complete. */
static void starts(void **state)
{
	const struct vm_arch *arch = NULL;

	(void)state;
	assert_int_equal(arch_start(&arch), 0);
	expect("cmgtuw12345");
	assert_int_equal(nodes, 0);
	assert_int_equal(arch->vm_size, sizeof(struct arm_vm));
	assert_int_equal(arch->vcpu_size, sizeof(struct arm_vcpu));
	assert_int_equal(arch->run_pages, 1);
	assert_true(arch->coalesced);
	assert_ptr_equal(arch->devices[0], &gic_device_ops);
	assert_ptr_equal(arch->devices[1], &its_device_ops);
	assert_null(arch->devices[2]);
	arch_ready();
	assert_non_null(strstr(said, "version 1.2.3, 44-bit"));
	arch_stop();
	expect("WTGMC");
}

/* What fails gives back what was taken before, and no more; nothing else is begun. */
static void fails_at_each(void **state)
{
	static const struct { char at; const char *what; } parts[] = {
		{ 'c', "c" }, { 'm', "cmC" }, { 'g', "cmgMC" }, { 't', "cmgtGMC" },
	};
	const struct vm_arch *arch = NULL;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		fails = parts[i].at;
		assert_int_equal(arch_start(&arch), -EIO);
		expect(parts[i].what);
		assert_null(arch);
		assert_int_equal(nodes, 0);
	}
	fails = 0;
	policy = "wild";
	assert_int_equal(arch_start(&arch), -EINVAL);
	expect("cmgtTGMC");
}

/* Without a node ACPI may have it; without ACPI nobody has, and the log says what. */
static void no_nodes(void **state)
{
	const struct vm_arch *arch;

	(void)state;
	no_gic = true;
	assert_int_equal(arch_start(&arch), -ENODEV);
	expect("cmMC");
	assert_non_null(strstr(said, "arm,gic-v3"));
	acpi_disabled = false;
	assert_int_equal(arch_start(&arch), 0);
	expect("cmgtuw12345");
	no_gic = false;
	no_timer = true;
	assert_int_equal(arch_start(&arch), 0);
	expect("cmgtuw12345");
	acpi_disabled = true;
	assert_int_equal(arch_start(&arch), -ENODEV);
	expect("cmgGMC");
	assert_non_null(strstr(said, "arm,armv8-timer"));
}

/* The module's parameters: what may be had, with what it needs, and why not otherwise. */
static void parameters(void **state)
{
	static const struct {
		const char *name;
		bool none, fwb;
		int ret;
		const char *why;
	} rows[] = {
		{ "", false, false, 0, NULL }, { "", true, true, 0, NULL },
		{ "unmap", false, false, 0, NULL }, { "clean", false, false, 0, NULL },
		{ "two-tree", false, false, 0, NULL }, { "two-tree", false, true, 0, NULL },
		{ "none", false, false, -EINVAL, "needs allow_none" }, { "none", true, false, 0, NULL },
		{ "dc", true, false, -EINVAL, "policy=dc: unmap" }, { "wild", true, false, -EINVAL, "policy=wild: unmap" },
		{ "fwb", false, false, -EINVAL, "needs FEAT_S2FWB" }, { "fwb", false, true, 0, NULL },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		setup(NULL);
		policy = (char *)rows[i].name;
		allow_none = rows[i].none;
		by_default = rows[i].fwb ? MMU_FWB : MMU_TWO_TREE;
		assert_int_equal(policy_check(), rows[i].ret);
		assert_true(rows[i].why ? !!strstr(said, rows[i].why) : !said[0]);
		/* the file says which is in force */
		assert_string_equal(policy, *rows[i].name ? rows[i].name : rows[i].fwb ? "fwb" : "two-tree");
	}
}

/* A VM has the module's policy or the one that is chosen for it; what is refused changes nothing. */
static void of_a_vm(void **state)
{
	(void)state;
	assert_int_equal(policy_vm_init(&vm), 0);
	expect("");
	policy = "clean";
	assert_int_equal(policy_vm_init(&vm), 0);
	assert_int_equal(chosen, MMU_CLEAN);
	expect("p");
	fails = 'p';
	assert_int_equal(policy_vm_init(&vm), -EIO);
	expect("p");
	assert_int_equal(policy_choose(&vm, "none"), -EPERM);
	assert_int_equal(policy_choose(&vm, "dc"), -EINVAL);
	assert_int_equal(policy_choose(&vm, "wild"), -EINVAL);
	expect("");
	fails = 0;
	allow_none = true;
	assert_int_equal(policy_choose(&vm, "none"), 0);
	assert_int_equal(chosen, MMU_NONE);
	expect("p");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks), TEST(starts), TEST(fails_at_each), TEST(no_nodes), TEST(parameters), TEST(of_a_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
