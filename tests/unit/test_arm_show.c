// SPDX-License-Identifier: GPL-2.0
/*
 * What an Arm VM shows: counters, policy and trees, a walk of the guest's tables for people, and KVM_CHECK_EXTENSION.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/debugfs.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <stdlib.h>

/* Without the white space around it. */
static char *strim(char *s)
{
	size_t n = strlen(s);

	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n'))
		s[--n] = 0;
	return s + strspn(s, " \n");
}

static int kstrtou64(const char *s, unsigned int base, u64 *out)
{
	char *end;

	*out = strtoull(s, &end, base);
	return *end || !*s ? -EINVAL : 0;
}

static bool mm_there, mm_used;

#define mmget_not_zero(mm)	(mm_there)
#define mmput(mm)		note('q')

static void note(char c);

#include "../../src/arm64/abi/walk.c"
#include "../../src/arm64/abi/stats.c"
#include "../../src/arm64/abi/caps.c"

static bool has_pmu;

bool pmu_host_exists(void)
{
	return has_pmu;
}

static struct arm_vm vm;
static struct arm_vcpu vcpu, second;
static struct vm_arch arch;
static struct mm_struct mm;
static struct seq_file seq;
static struct work_struct *queued;
struct cpu_hw cpu_hw;

static char log[64];
static unsigned int n, nr_vcpus;
static int look_ret, wait_ret, choose_ret;
static bool work_late, its, no_queue;
static struct s1_result result;
static struct cpu_look seen;
static char chosen[32];
static u64 walked;
static struct { const char *name; unsigned int mode; void *data; const struct file_operations *fops; } files[4];
static unsigned int nr_files;

static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

struct vcpu *vm_vcpu(struct vm *base, unsigned int idx)
{
	return idx >= nr_vcpus ? NULL : idx ? &second.base : &vcpu.base;
}

void vm_put(struct vm *base)
{
	assert_ptr_equal(base, &vm.base);
	note('v');
	assert_false(refcount_dec_and_test(&base->refs));
}

int cpu_look(struct arm_vcpu *v, struct cpu_look *look)
{
	assert_ptr_equal(v, &vcpu);
	*look = seen;
	return look_ret;
}

void kthread_use_mm(struct mm_struct *m)
{
	assert_ptr_equal(m, &mm);
	mm_used = true;
	note('u');
}

void kthread_unuse_mm(struct mm_struct *m)
{
	assert_ptr_equal(m, &mm);
	mm_used = false;
	note('U');
}

void s1_walk(struct gmem *g, const struct s1_regs *regs, u64 va, struct s1_result *res)
{
	assert_ptr_equal(g, &vm.mmu.gmem);
	assert_memory_equal(regs, &seen.s1, sizeof(*regs));
	assert_true(mm_used);
	walked = va;
	*res = result;
	note('w');
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	assert_int_equal(flags, WQ_UNBOUND);
	assert_int_equal(max, 0);
	return no_queue ? NULL : (void *)&queued;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	assert_ptr_equal(wq, &queued);
	note('D');
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	assert_ptr_equal(wq, &queued);
	/* the VM cannot go while the work is to come */
	assert_int_equal(refcount_read(&vm.base.refs), 2);
	queued = work;
	return true;
}

int wait_for_completion_killable(struct completion *c)
{
	if (work_late)
		return wait_ret;
	queued->func(queued);
	assert_int_equal(c->done, 1);
	return wait_ret;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *unused), void *data)
{
	seq = (struct seq_file) { .private = data };
	file->private_data = &seq;
	return show(&seq, NULL);
}

int single_release(struct inode *inode, struct file *file)
{
	return 0;
}

void debugfs_create_file(const char *name, unsigned int mode, struct dentry *dir, void *data,
			 const struct file_operations *fops)
{
	assert_ptr_equal(dir, &files);
	files[nr_files].name = name;
	files[nr_files].mode = mode;
	files[nr_files].data = data;
	files[nr_files++].fops = fops;
}

/* Of arm64/mmu, which is not under test here. */
const char *mmu_policy_name(enum mmu_policy which)
{
	return which == MMU_TWO_TREE ? "two-tree" : "another";
}

int policy_choose(struct arm_vm *v, const char *name)
{
	assert_ptr_equal(v, &vm);
	snprintf(chosen, sizeof(chosen), "%s", name);
	return choose_ret;
}

void mmu_count_tree(struct s2_tree *tree, struct mmu_tree_count *count)
{
	u64 k = tree == &vm.mmu.tree ? 10 : 20;

	assert_true(tree == &vm.mmu.tree || tree == &vm.mmu.cold_tree);
	*count = (struct mmu_tree_count) { { k, k + 1, k + 2, k + 3 }, .exec = k + 4, .writable = k + 5 };
}

unsigned int mmu_max_ipa_bits(void)
{
	return 44;
}

bool its_exists(const struct arm_vm *v)
{
	return its;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&result, 0, sizeof(result));
	vm.base.mm = &mm;
	refcount_set(&vm.base.refs, 1);
	vcpu.vm = &vm;
	seen = (struct cpu_look) {
		.s1 = { .sctlr = 0x30d01805, .tcr = 0x1234, .ttbr0 = 0x40001000, .ttbr1 = 0x40002000, .pa_bits = 40 },
		.mair = 0xbb44ff01, .pc = 0xffff800012345678, .pstate = 0x3c5,
	};
	mm_there = true;
	mm_used = work_late = its = no_queue = false;
	look_ret = wait_ret = choose_ret = 0;
	nr_vcpus = nr_files = n = log[0] = 0;
	stats_fill(&arch);
	caps_fill(&arch);
	walk_module_init();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(shim_allocs(), 0);
	assert_int_equal(refcount_read(&vm.base.refs), 1);
	return 0;
}

static int open_file(const struct file_operations *fops, void *data)
{
	struct inode inode = { .i_private = data };
	struct file file = { NULL };

	return fops->open(&inode, &file);
}

static ssize_t write_file(const struct file_operations *fops, const char *text)
{
	struct file file = { .private_data = &seq };
	loff_t pos = 0;

	return fops->write(&file, text, strlen(text), &pos);
}

#define VM(f)		{ #f, offsetof(struct arm_vm, mmu.stats.f), STATS_COUNT }
#define MEM(name, f)	{ name, offsetof(struct arm_vm, mmu.gmem.stats.f), STATS_COUNT }

/* Each counter is the one that its name says, and only the tables are a number of now. */
static void counters(void **state)
{
	static const struct stats_desc want[] = {
		VM(faults), VM(faults_perm), VM(faults_access), VM(faults_cold), VM(faults_waited), VM(mapped_4k),
		VM(mapped_2m), VM(mapped_1g), VM(retries), VM(lines_map), VM(lines_unmap), VM(lines_reset),
		VM(lines_warm), VM(lines_setway), VM(lines_exec), VM(lines_dirty), VM(icache_invals),
		VM(tlbi_pages), VM(tlbi_all), VM(tlbi_guest), VM(warm_ups), VM(warm_ups_fast), VM(cool_downs),
		VM(resets), VM(drops), VM(set_way_walks), VM(splits), VM(fences),
		{ "tables", offsetof(struct arm_vm, mmu.stats.tables), STATS_NOW },
		MEM("pfn_hits", check_hit), MEM("pfn_misses", check_miss), MEM("pfn_refreshes", refresh),
		MEM("pfn_refresh_fails", refresh_fail), MEM("pfn_waits", wait), MEM("pfn_agains", again),
		MEM("pfn_invalidates", invalidate), MEM("pfn_kicks", kick), MEM("hva_hits", hva_hit),
		MEM("hva_misses", hva_miss), MEM("mem_reads", reads), MEM("mem_writes", writes),
		MEM("guest_maps", maps), MEM("guest_unmaps", unmaps),
	};
	unsigned int i, j;

	(void)state;
	assert_int_equal(arch.nr_vm_stats, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		for (j = 0; j < arch.nr_vm_stats && strcmp(arch.vm_stats[j].name, want[i].name); j++)
			;
		assert_true(j < arch.nr_vm_stats);
		assert_int_equal(arch.vm_stats[j].offset, want[i].offset);
		assert_int_equal(arch.vm_stats[j].flags, want[i].flags);
	}
}

/* Who may read and write which file: the walk tells of the guest's memory. */
static void modes(void **state)
{
	(void)state;
	arch.vm_debugfs(&vm.base, (void *)&files);
	assert_int_equal(nr_files, 2);
	assert_string_equal(files[0].name, "policy");
	assert_int_equal(files[0].mode, 0644);
	assert_ptr_equal(files[0].data, &vm);
	assert_ptr_equal(files[0].fops, &policy_fops);
	assert_string_equal(files[1].name, "trees");
	assert_int_equal(files[1].mode, 0444);
	assert_ptr_equal(files[1].data, &vm);
	assert_ptr_equal(files[1].fops, &trees_fops);
	arch.vcpu_debugfs(&vcpu.base, (void *)&files);
	assert_int_equal(nr_files, 3);
	assert_string_equal(files[2].name, "s1walk");
	assert_int_equal(files[2].mode, 0600);
	assert_ptr_equal(files[2].data, &vcpu);
	assert_ptr_equal(files[2].fops, &walk_fops);
}

/* The policy reads as its name, and is set by it: of at most fifteen letters, which come in full. */
static void policies(void **state)
{
	(void)state;
	vm.mmu.policy = MMU_TWO_TREE;
	assert_int_equal(open_file(&policy_fops, &vm), 0);
	assert_string_equal(seq.text, "two-tree\n");
	assert_int_equal(write_file(&policy_fops, " clean\n"), 7);
	assert_string_equal(chosen, "clean");
	assert_int_equal(write_file(&policy_fops, "123456789012345"), 15);
	assert_string_equal(chosen, "123456789012345");
	assert_int_equal(write_file(&policy_fops, "1234567890123456"), -EINVAL);
	choose_ret = -EBUSY;
	assert_int_equal(write_file(&policy_fops, "fwb"), -EBUSY);
	assert_string_equal(chosen, "fwb");
	shim_user_hole((uintptr_t)chosen, sizeof(chosen));
	assert_int_equal(policy_fops.write(&(struct file) { .private_data = &seq }, chosen, 3, NULL), -EFAULT);
	shim_user_hole(0, 0);
}

/* Each vCPU by the VMM's number with its side, and both trees with what they map. */
static void trees(void **state)
{
	(void)state;
	nr_vcpus = vm.base.nr_vcpus = 2;
	vcpu.base.id = 7;
	vcpu.mmu.side = MMU_WARM;
	second.base.id = 300;
	second.mmu.side = MMU_UNCACHED;
	seq = (struct seq_file) { .private = &vm };
	assert_int_equal(trees_fops.show(&seq, NULL), 0);
	assert_string_equal(seq.text, "vcpu 7    warm\n"
			    "vcpu 300  uncached\n"
			    "warm tree 1G 11, 2M 12, 4K 13; writable 15, executable 14\n"
			    "cold tree 1G 21, 2M 22, 4K 23; writable 25, executable 24\n");
	second.mmu.side = MMU_COLD;
	seq = (struct seq_file) { .private = &vm };
	trees_fops.show(&seq, NULL);
	assert_non_null(strstr(seq.text, "vcpu 300  cold\n"));
}

static const char head[] = "pc       0xffff800012345678 at EL1\n"
			   "sctlr    0x30d01805\ntcr      0x1234\nttbr0    0x40001000\nttbr1    0x40002000\n"
			   "mair     0xbb44ff01\n";

static void shows(const char *va, const char *rest)
{
	char want[1024];

	memset(&seq, 0, sizeof(seq));
	assert_int_equal(open_file(&walk_fops, &vcpu), 0);
	snprintf(want, sizeof(want), "va       %s\n%s%s", va, head, rest);
	assert_string_equal(seq.text, want);
	expect("uwUqv");
}

/* A walk with all that was read on the way, what it comes to, and what each attribute means. */
static void walks(void **state)
{
	static const struct { u8 attr; const char *what; } attrs[] = {
		{ 0, "attr 0: 0x01, Device\n" }, { 1, "attr 1: 0xff, Normal, write-back\n" },
		{ 2, "attr 2: 0x44, Normal, non-cacheable\n" }, { 3, "attr 3: 0xbb, Normal\n" },
		{ 10, "attr 10: 0x44, Normal, non-cacheable\n" },
	};
	char want[512];
	unsigned int i;

	(void)state;
	result = (struct s1_result) {
		.level = 3, .ipa = 0x40123678, .shift = 12, .perm = S1_EL1_READ | S1_EL1_WRITE | S1_EL0_EXEC, .steps = 2,
		.step = { { .level = 2, .ipa = 0x40001008, .desc = 0x40005003 }, { .level = 3, .ipa = 0x40005010, .desc = 0x40123703 } },
	};
	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		result.attr = attrs[i].attr;
		snprintf(want, sizeof(want), "level 2  [0x40001008] = 0x0000000040005003 table\n"
			 "level 3  [0x40005010] = 0x0000000040123703 page\n"
			 "ipa      0x40123678; maps 4 KiB; EL1 rw- EL0 --x; %s", attrs[i].what);
		shows("0xffff800012345678", want);
		assert_int_equal(walked, seen.pc);
	}
	/* the other three permissions, and a block */
	result.perm = S1_EL1_EXEC | S1_EL0_READ | S1_EL0_WRITE;
	result.attr = 1;
	result.steps = 1;
	result.shift = 21;
	result.step[0].desc = 0x40000701;
	shows("0xffff800012345678", "level 2  [0x40001008] = 0x0000000040000701 block\n"
	      "ipa      0x40123678; maps 2048 KiB; EL1 --x EL0 rw-; attr 1: 0xff, Normal, write-back\n");
	result.perm = S1_EL1_READ | S1_EL0_WRITE;
	shows("0xffff800012345678", "level 2  [0x40001008] = 0x0000000040000701 block\n"
	      "ipa      0x40123678; maps 2048 KiB; EL1 r-- EL0 -w-; attr 1: 0xff, Normal, write-back\n");
	result.steps = 0;
	shows("0xffff800012345678", "ipa      0x40123678; stage 1 is off\n");
}

/* Where a walk ends early it says why and where. */
static void faults(void **state)
{
	(void)state;
	result = (struct s1_result) { .fault = S1_FAULT_TRANSLATION, .level = 1, .steps = 1,
				      .step = { { .level = 1, .ipa = 0x40001000, .desc = 2 } } };
	shows("0xffff800012345678", "level 1  [0x40001000] = 0x0000000000000002 invalid\nfault    translation, level 1\n");
	result.steps = 2;
	result.step[1] = (struct s1_step) { .level = 2, .ipa = 0x2000, .desc = 8 };
	shows("0xffff800012345678", "level 1  [0x40001000] = 0x0000000000000002 table\n"
	      "level 2  [0x2000] = 0x0000000000000008 invalid\nfault    translation, level 1\n");
	result.steps = 1;
	result.fault = S1_FAULT_ACCESS;
	result.level = 3;
	result.step[0].level = 3;
	shows("0xffff800012345678", "level 3  [0x40001000] = 0x0000000000000002 page\nfault    access flag, level 3\n");
	result.fault = S1_FAULT_ADDRESS_SIZE;
	result.step[0].level = 2;
	shows("0xffff800012345678", "level 2  [0x40001000] = 0x0000000000000002 table\nfault    address size, level 3\n");
	result.fault = S1_FAULT_WALK;
	result.ipa = 0x99000;
	result.steps = 0;
	shows("0xffff800012345678", "fault    table not in guest memory, level 3, at ipa 0x99000\n");
}

/* The address that was written last is walked, in any base, 0 as well; "pc" goes back; what is neither changes nothing. */
static void asked(void **state)
{
	char text[40];

	(void)state;
	result = (struct s1_result) { .ipa = 1 };
	seq = (struct seq_file) { .private = &vcpu };
	assert_int_equal(write_file(&walk_fops, "0x1234\n"), 7);
	shows("0x1234", "ipa      0x1; stage 1 is off\n");
	assert_int_equal(walked, 0x1234);
	seq = (struct seq_file) { .private = &vcpu };
	assert_int_equal(write_file(&walk_fops, "nonsense"), -EINVAL);
	shows("0x1234", "ipa      0x1; stage 1 is off\n");
	seq = (struct seq_file) { .private = &vcpu };
	assert_int_equal(write_file(&walk_fops, "0"), 1);
	shows("0", "ipa      0x1; stage 1 is off\n");
	seq = (struct seq_file) { .private = &vcpu };
	assert_int_equal(write_file(&walk_fops, " pc\n"), 4);
	shows("0xffff800012345678", "ipa      0x1; stage 1 is off\n");
	/* 31 letters fit, 32 do not */
	memset(text, ' ', sizeof(text));
	text[0] = '7';
	text[32] = 0;
	seq = (struct seq_file) { .private = &vcpu };
	assert_int_equal(write_file(&walk_fops, text), -EINVAL);
	text[31] = 0;
	assert_int_equal(write_file(&walk_fops, text), 31);
	shows("0x7", "ipa      0x1; stage 1 is off\n");
	seq = (struct seq_file) { .private = &vcpu };
	shim_user_hole((uintptr_t)text, sizeof(text));
	assert_int_equal(write_file(&walk_fops, text), -EFAULT);
	shim_user_hole(0, 0);
}

/* What hinders a walk is said, and nothing is kept: no memory, no registers, a VM or a VMM that is gone. */
static void hindered(void **state)
{
	(void)state;
	shim_fail_alloc(1);
	assert_int_equal(open_file(&walk_fops, &vcpu), -ENOMEM);
	shim_fail_alloc(0);
	look_ret = -ENOEXEC;
	assert_int_equal(open_file(&walk_fops, &vcpu), -ENOEXEC);
	look_ret = 0;
	refcount_set(&vm.base.refs, 0);
	assert_int_equal(open_file(&walk_fops, &vcpu), -ESRCH);
	refcount_set(&vm.base.refs, 1);
	assert_int_equal(shim_allocs(), 0);
	expect("");
	mm_there = false;
	assert_int_equal(open_file(&walk_fops, &vcpu), -ESRCH);
	expect("v");
	walk_module_exit();
	expect("D");
	no_queue = true;
	walk_module_init();
	assert_int_equal(open_file(&walk_fops, &vcpu), -ENOMEM);
	walk_module_exit();
	expect("");
}

/* Who reads may be killed; the walk then ends alone, and frees what it was done with. */
static void killed(void **state)
{
	(void)state;
	work_late = true;
	wait_ret = -ERESTARTSYS;
	assert_int_equal(open_file(&walk_fops, &vcpu), -EINTR);
	expect("");
	assert_int_equal(shim_allocs(), 1);
	queued->func(queued);
	expect("uwUqv");
	/* and killed when it is done already */
	work_late = false;
	assert_int_equal(open_file(&walk_fops, &vcpu), -EINTR);
	expect("uwUqv");
}

/* What is there, how much of it, and 0 for everything else. */
static void extensions(void **state)
{
	static const long ones[] = {
		KVM_CAP_ONE_REG, KVM_CAP_IRQCHIP, KVM_CAP_IRQFD, KVM_CAP_IRQFD_RESAMPLE, KVM_CAP_ARM_PSCI,
		KVM_CAP_ARM_PSCI_0_2, KVM_CAP_ARM_IRQ_LINE_LAYOUT_2, KVM_CAP_ARM_NISV_TO_USER,
		KVM_CAP_ARM_SYSTEM_SUSPEND, KVM_CAP_ARM_INJECT_EXT_DABT, KVM_CAP_VCPU_ATTRIBUTES,
		KVM_CAP_STEAL_TIME, KVM_CAP_COUNTER_OFFSET, KVM_CAP_SYSTEM_EVENT_DATA, KVM_CAP_PTP_KVM,
		KVM_CAP_SIGNAL_MSI, KVM_CAP_SET_GUEST_DEBUG,
	};
	unsigned int i, sum = 0;

	(void)state;
	cpu_hw = (struct cpu_hw) { .brps = 6, .wrps = 4, .has_ras = true };
	its = true;
	for (i = 0; i < ARRAY_SIZE(ones); i++)
		assert_int_equal(arch.check_extension(NULL, ones[i]), 1);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_PMU_V3), 0);
	has_pmu = true;
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_PMU_V3), 1);
	has_pmu = false;
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_SET_GUEST_DEBUG2), CPU_DEBUG_CONTROL);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_GUEST_DEBUG_HW_BPS), 6);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_GUEST_DEBUG_HW_WPS), 4);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_INJECT_SERROR_ESR), 1);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_VM_IPA_SIZE), 44);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES), 1);
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES), 1 << 12 | 1 << 21 | 1 << 30);
	/* of a VM that was given one */
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE), 0);
	vm.mmu.split = 1 << 21;
	assert_int_equal(arch.check_extension(&vm.base, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE), 1 << 21);
	/* of a VM with an ITS alone */
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_MSI_DEVID), 0);
	assert_int_equal(arch.check_extension(&vm.base, KVM_CAP_MSI_DEVID), 1);
	its = false;
	assert_int_equal(arch.check_extension(&vm.base, KVM_CAP_MSI_DEVID), 0);
	cpu_hw.has_ras = false;
	assert_int_equal(arch.check_extension(NULL, KVM_CAP_ARM_INJECT_SERROR_ESR), 0);
	for (i = 0; i < 400; i++)
		sum += !!arch.check_extension(NULL, i);
	assert_int_equal(sum, ARRAY_SIZE(ones) + 6);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters), TEST(modes), TEST(policies), TEST(trees), TEST(walks), TEST(faults), TEST(asked),
		TEST(hindered), TEST(killed), TEST(extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
