// SPDX-License-Identifier: GPL-2.0
/*
 * The small parts of x86's ioctls: what there is and can be switched on, what /sys says, registers in the page that the
 * VMM shares, memory that is mapped before it is asked for, the clock's and Xen's attributes on their way in and out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#ifdef NO_PRE_FAULT
struct kvm_pre_fault_memory {
	__u64 gpa;
	__u64 size;
	__u64 flags;
	__u64 padding[5];
};
#endif

#undef THIS_MODULE
#define THIS_MODULE		(&fake_module)
#ifndef PAGE_ALIGNED
#define PAGE_ALIGNED(x)		(!((x) & (PAGE_SIZE - 1)))
#endif
#define signal_pending(task)	fake_signal()
#define cond_resched()		shim_cond_resched()

static bool fake_signal(void);

#include "../../model/shim/unit.h"
#include "../../src/x86/abi/caps.c"
#include "../../src/x86/abi/params.c"
#include "../../src/x86/abi/sync.c"
#include "../../src/x86/abi/prefault.c"
#include "../../src/x86/abi/clock.c"
#include "../../src/x86/abi/xen.c"

static struct fake_task task;
struct fake_task *fake_current = &task;
struct svm_hw svm_hw;
struct fake_module fake_module;
const struct sysfs_ops kobj_sysfs_ops;

static struct x86_vm vm;
static struct x86_vcpu vcpu, *const v = &vcpu;
static struct nested nested;
static struct kvm_run run;
static struct vm_arch arch;
static char log[512];
static int answer;

static void note(const char *fmt, ...)
{
	size_t n = strlen(log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(log + n, sizeof(log) - n, fmt, args);
	va_end(args);
	strcat(log, ";");
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	log[0] = 0;
}

#define ULL(x)	((unsigned long long)(x))

/* --- what there is */

long nested_state_size(void)
{
	return 4242;
}

u32 xen_capability(void)
{
	return 33;
}

long irq_capability(long cap)
{
	return cap == 9999 ? 17 : 0;
}

int irq_enable(struct x86_vm *m, const struct kvm_enable_cap *cap)
{
	note("irq %u %llx", cap->cap, ULL(cap->args[0]));
	return answer;
}

/* Numbers that KVM's documentation gives each. */
static void capabilities(void **state)
{
	static const struct { long cap, is; } t[] = {
		{ KVM_CAP_EXT_CPUID, 1 }, { KVM_CAP_EXT_EMUL_CPUID, 1 }, { KVM_CAP_USER_NMI, 1 }, { KVM_CAP_SET_TSS_ADDR, 1 },
		{ KVM_CAP_SET_IDENTITY_MAP_ADDR, 1 }, { KVM_CAP_DEBUGREGS, 1 }, { KVM_CAP_XCRS, 1 }, { KVM_CAP_XSAVE, 1 },
		{ KVM_CAP_SREGS2, 1 }, { KVM_CAP_GET_TSC_KHZ, 1 }, { KVM_CAP_EXCEPTION_PAYLOAD, 1 },
		{ KVM_CAP_X86_TRIPLE_FAULT_EVENT, 1 }, { KVM_CAP_SET_GUEST_DEBUG, 1 }, { KVM_CAP_X86_ROBUST_SINGLESTEP, 1 },
		{ KVM_CAP_X86_GUEST_MODE, 1 }, { KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1 }, { KVM_CAP_KVMCLOCK_CTRL, 1 },
		{ KVM_CAP_ENFORCE_PV_FEATURE_CPUID, 1 }, { KVM_CAP_VCPU_ATTRIBUTES, 1 }, { KVM_CAP_DISABLE_QUIRKS, 1 },
		{ KVM_CAP_MSR_PLATFORM_INFO, 1 }, { KVM_CAP_GET_MSR_FEATURES, 1 }, { KVM_CAP_X86_MSR_FILTER, 1 },
		{ KVM_CAP_MMU_SHADOW_CACHE_CONTROL, 1 }, { KVM_CAP_SYS_HYPERV_CPUID, 1 }, { KVM_CAP_MEMORY_FAULT_INFO, 1 },
		{ KVM_CAP_PRE_FAULT_MEMORY, 1 }, { KVM_CAP_MCE, 32 }, { KVM_CAP_NESTED_STATE, 4242 }, { KVM_CAP_XEN_HVM, 33 },
		{ KVM_CAP_ADJUST_CLOCK, 14 }, { KVM_CAP_XSAVE2, 4096 }, { KVM_CAP_SYNC_REGS, 7 },
		{ KVM_CAP_SET_GUEST_DEBUG2, 0x1f0003 }, { KVM_CAP_DISABLE_QUIRKS2, 32 }, { KVM_CAP_X86_DISABLE_EXITS, 6 },
		{ KVM_CAP_X86_USER_SPACE_MSR, 7 }, { 9999, 17 }, { 9998, 0 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(arch.check_extension(&vm.base, t[i].cap), t[i].is);
}

static long enable(u32 cap, u64 arg)
{
	struct kvm_enable_cap c = { .cap = cap, .args = { arg } };

	return arch.enable_cap(&vm.base, &c);
}

/* What is switched on is that and nothing else; what has flags takes only those that there are. */
static void enabled(void **state)
{
	(void)state;
	assert_int_equal(enable(KVM_CAP_EXCEPTION_PAYLOAD, 1), 0);
	assert_true(vm.payload && !vm.triple_fault && !vm.exit_on_failure && !vm.no_platform_info);
	assert_int_equal(enable(KVM_CAP_EXCEPTION_PAYLOAD, 0), 0);
	assert_false(vm.payload);
	assert_int_equal(enable(KVM_CAP_X86_TRIPLE_FAULT_EVENT, 1), 0);
	assert_true(vm.triple_fault && !vm.payload);
	assert_int_equal(enable(KVM_CAP_EXIT_ON_EMULATION_FAILURE, 2), -EINVAL);
	assert_false(vm.exit_on_failure);
	assert_int_equal(enable(KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1), 0);
	assert_true(vm.exit_on_failure);
	assert_int_equal(enable(KVM_CAP_EXIT_ON_EMULATION_FAILURE, 0), 0);
	assert_false(vm.exit_on_failure);
	assert_int_equal(enable(KVM_CAP_MSR_PLATFORM_INFO, 0), 0);
	assert_true(vm.no_platform_info);
	assert_int_equal(enable(KVM_CAP_MSR_PLATFORM_INFO, 1), 0);
	assert_false(vm.no_platform_info);
	assert_int_equal(enable(KVM_CAP_DISABLE_QUIRKS2, 33), -EINVAL);
	assert_int_equal(vm.quirks_off, 0);
	assert_int_equal(enable(KVM_CAP_DISABLE_QUIRKS2, 32), 0);
	assert_int_equal(vm.quirks_off, 32);
	assert_int_equal(enable(KVM_CAP_DISABLE_QUIRKS, 0x100000001), 0);
	assert_int_equal(vm.quirks_off, 0x100000001);
	assert_int_equal(enable(KVM_CAP_X86_USER_SPACE_MSR, 8), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_USER_SPACE_MSR, 1ULL << 32), -EINVAL);
	assert_int_equal(vm.msr_exits, 0);
	assert_int_equal(enable(KVM_CAP_X86_USER_SPACE_MSR, 7), 0);
	assert_int_equal(vm.msr_exits, 7);
	assert_int_equal(enable(KVM_CAP_X86_DISABLE_EXITS, 1), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_DISABLE_EXITS, 10), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_DISABLE_EXITS, 4), 0);
	assert_false(vm.hlt_runs);
	assert_int_equal(enable(KVM_CAP_X86_DISABLE_EXITS, 6), 0);
	assert_true(vm.hlt_runs);
	expect("");
	answer = -EPERM;
	assert_int_equal(enable(12345, 0x55), -EPERM);
	expect("irq 12345 55;");
}

/* How many vCPUs there may be is said once, and not below the number of the one that starts. */
static void max_id(void **state)
{
	(void)state;
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, VM_MAX_VCPUS + 1), -EINVAL);
	vm.irq.boot_id = 5;
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 4), -EINVAL);
	assert_int_equal(vm.max_vcpu_id, 0);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 5), 0);
	assert_int_equal(vm.max_vcpu_id, 5);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 5), 0);
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, 6), -EINVAL);
	assert_int_equal(vm.max_vcpu_id, 5);
	vm.max_vcpu_id = 0;
	assert_int_equal(enable(KVM_CAP_MAX_VCPU_ID, VM_MAX_VCPUS), 0);
	assert_int_equal(vm.max_vcpu_id, VM_MAX_VCPUS);
	assert_false(mutex_is_locked(&vm.base.lock));
}

/* --- /sys/module */

static struct kset modules;
static const char *taken;
static int add_ret, group_ret[2];
static unsigned int groups, alive;
static struct { struct kobject *kobj; const struct attribute_group *group; } made[4];
static bool shows_svm, svm_first;
static int cpuid_ret;

int svm_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	assert_int_equal(*nr, SVM_MAX_CPUID);
	if (cpuid_ret) {
		out[0] = (struct kvm_cpuid_entry2) { .function = 0x80000001, .ecx = 4 };
		return cpuid_ret;
	}
	*nr = svm_first ? 1 : 3;
	out[0] = (struct kvm_cpuid_entry2) { .function = svm_first ? 0x80000001 : 1, .ecx = 4 };
	out[1] = (struct kvm_cpuid_entry2) { .function = 0x80000001, .ecx = shows_svm ? 4 : ~4U };
	out[2] = (struct kvm_cpuid_entry2) { .function = 0x80000008, .ecx = 4 };
	out[3] = (struct kvm_cpuid_entry2) { .function = 0x80000001, .ecx = 4 };
	return 0;
}

struct kobject *kset_find_obj(struct kset *kset, const char *name)
{
	static struct kobject other = { .name = "other" };

	assert_ptr_equal(kset, &modules);
	return taken && !strcmp(taken, name) ? &other : NULL;
}

int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *type, struct kobject *parent, const char *fmt,
			 const char *name)
{
	assert_string_equal(fmt, "%s");
	assert_null(parent);
	assert_ptr_equal(kobj->kset, &modules);
	assert_ptr_equal(type->sysfs_ops, &kobj_sysfs_ops);
	kobj->type = type;
	kobj->name = name;
	alive++;
	note("add %s", name);
	return add_ret;
}

void kobject_del(struct kobject *kobj)
{
	note("del %s", kobj->name);
}

void kobject_put(struct kobject *kobj)
{
	note("put %s", kobj->name);
	if (kobj->type) {
		alive--;
		kobj->type->release(kobj);
	}
}

int sysfs_create_group(struct kobject *kobj, const struct attribute_group *group)
{
	assert_string_equal(group->name, "parameters");
	made[groups].kobj = kobj;
	made[groups].group = group;
	return group_ret[groups++];
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, 16, fmt, args);
	va_end(args);
	return n;
}

static void fact(unsigned int folder, unsigned int i, const char *name, const char *val)
{
	struct kobj_attribute *a = container_of(made[folder].group->attrs[i], struct kobj_attribute, attr);
	char buf[16] = {};

	assert_string_equal(a->attr.name, name);
	assert_int_equal(a->attr.mode, 0444);
	assert_int_equal(a->show(made[folder].kobj, a, buf), strlen(val));
	assert_string_equal(buf, val);
}

/* Two folders of facts, each by its name, with what is so now. */
static void params_say(void **state)
{
	(void)state;
	assert_int_equal(params_start(), 0);
	expect("add kvm;add kvm_amd;");
	assert_int_equal(groups, 2);
	fact(0, 0, "enable_pmu", "N\n");
	fact(0, 1, "force_emulation_prefix", "0\n");
	fact(0, 2, "ignore_msrs", "N\n");
	fact(0, 3, "eager_page_split", "N\n");
	fact(0, 4, "tdp_mmu", "N\n");
	assert_null(made[0].group->attrs[5]);
	fact(1, 0, "npt", "Y\n");
	fact(1, 1, "avic", "N\n");
	fact(1, 2, "sev", "N\n");
	fact(1, 3, "nrips", "0\n");
	svm_hw.nrips = true;
	fact(1, 3, "nrips", "1\n");
	svm_hw.nrips = false;
	fact(1, 4, "nested", "0\n");
	shows_svm = true;
	fact(1, 4, "nested", "1\n");
	svm_first = true;
	fact(1, 4, "nested", "1\n");
	svm_first = false;
	shim_fail_alloc(1);
	fact(1, 4, "nested", "0\n");
	shim_fail_alloc(0);
	cpuid_ret = -E2BIG;
	fact(1, 4, "nested", "0\n");
	cpuid_ret = 0;
	assert_null(made[1].group->attrs[5]);
	params_stop();
	expect("del kvm;put kvm;del kvm_amd;put kvm_amd;");
	params_stop();
	expect("");
	assert_int_equal(alive + shim_allocs(), 0);
}

/* Whatever fails on the way, what was there before it goes again, and the reason is told. */
static void params_fail(void **state)
{
	(void)state;
	taken = "kvm";
	assert_int_equal(params_start(), -EBUSY);
	expect("put other;");
	taken = "kvm_amd";
	assert_int_equal(params_start(), -EBUSY);
	expect("add kvm;put other;del kvm;put kvm;");
	taken = NULL;
	shim_fail_alloc(2);
	groups = 0;
	assert_int_equal(params_start(), -ENOMEM);
	shim_fail_alloc(0);
	expect("add kvm;del kvm;put kvm;");
	add_ret = -EEXIST;
	assert_int_equal(params_start(), -EEXIST);
	expect("add kvm;put kvm;");
	add_ret = 0;
	groups = 0;
	group_ret[1] = -ENOSPC;
	assert_int_equal(params_start(), -ENOSPC);
	expect("add kvm;add kvm_amd;del kvm;put kvm;del kvm_amd;put kvm_amd;");
	group_ret[1] = 0;
	assert_int_equal(alive + shim_allocs(), 0);
}

/* --- registers in the shared page */

int regs_set(struct x86_vcpu *vc, const struct kvm_regs *r)
{
	note("regs %llx", ULL(r->rax));
	return 0;
}

int regs_set_sregs(struct x86_vcpu *vc, const struct kvm_sregs *r)
{
	note("sregs %llx", ULL(r->cr3));
	return answer;
}

int events_set(struct x86_vcpu *vc, const struct kvm_vcpu_events *ev)
{
	note("events %x", ev->exception.nr);
	return answer;
}

void regs_get(struct x86_vcpu *vc, struct kvm_regs *r)
{
	r->rax = 0x11;
}

void regs_get_sregs(struct x86_vcpu *vc, struct kvm_sregs *r)
{
	r->cr3 = 0x22;
}

void events_get(struct x86_vcpu *vc, struct kvm_vcpu_events *ev)
{
	ev->exception.nr = 0x33;
}

/* Those that are marked are taken, each once; what is refused stays marked, and ends it. */
static void taken_in(void **state)
{
	(void)state;
	run.s.regs.regs.rax = 0xa;
	run.s.regs.sregs.cr3 = 0xb000;
	run.s.regs.events.exception.nr = 0xc;
	assert_false(sync_is_asked(&run));
	assert_int_equal(sync_take(v), 0);
	expect("");
	run.kvm_dirty_regs = 1;
	assert_true(sync_is_asked(&run));
	assert_int_equal(sync_take(v), 0);
	expect("regs a;");
	assert_int_equal(run.kvm_dirty_regs, 0);
	run.kvm_dirty_regs = 2;
	assert_int_equal(sync_take(v), 0);
	expect("sregs b000;");
	assert_int_equal(run.kvm_dirty_regs, 0);
	run.kvm_dirty_regs = 4;
	assert_int_equal(sync_take(v), 0);
	expect("events c;");
	assert_int_equal(run.kvm_dirty_regs, 0);
	run.kvm_dirty_regs = 7;
	assert_int_equal(sync_take(v), 0);
	expect("regs a;sregs b000;events c;");
	assert_int_equal(run.kvm_dirty_regs, 0);
	answer = -EFAULT;
	run.kvm_dirty_regs = 7;
	assert_int_equal(sync_take(v), -EINVAL);
	expect("regs a;sregs b000;");
	assert_int_equal(run.kvm_dirty_regs, 6);
	run.kvm_dirty_regs = 4;
	assert_int_equal(sync_take(v), -EINVAL);
	assert_int_equal(run.kvm_dirty_regs, 4);
	log[0] = 0;
	run.kvm_dirty_regs = 9;
	assert_int_equal(sync_take(v), -EINVAL);
	run.kvm_dirty_regs = 1;
	run.kvm_valid_regs = 8;
	assert_true(sync_is_asked(&run));
	assert_int_equal(sync_take(v), -EINVAL);
	expect("");
	run.kvm_valid_regs = 7;
	assert_int_equal(sync_take(v), 0);
	expect("regs a;");
	run.kvm_dirty_regs = 0;
	assert_true(sync_is_asked(&run));
}

/* Those that are asked for are given, and no others. */
static void given(void **state)
{
	struct kvm_sync_regs *s = &run.s.regs;
	unsigned int which;

	(void)state;
	for (which = 0; which < 8; which++) {
		memset(s, 0, sizeof(*s));
		run.kvm_valid_regs = which;
		sync_give(v);
		assert_int_equal(s->regs.rax, which & 1 ? 0x11 : 0);
		assert_int_equal(s->sregs.cr3, which & 2 ? 0x22 : 0);
		assert_int_equal(s->events.exception.nr, which & 4 ? 0x33 : 0);
	}
}

/* --- memory before it is asked for */

static unsigned int mapped_shift, faults, signals_in, tries;
static u64 mapped_to;
static int fault_ret;
static unsigned long hole_on_fault;	/* in what the VMM gave */

static bool fake_signal(void)
{
	return signals_in && !--signals_in;
}

bool npt_copy(struct npt *npt, u64 gpa, bool write, struct npt_copy *copy)
{
	assert_ptr_equal(npt, &vm.npt);
	assert_false(write);
	copy->shift = mapped_shift;
	return gpa < mapped_to;
}

/* Two looks for a leaf: something takes the first one away. */
int npt_fault(struct npt *npt, u64 gpa, unsigned int access, unsigned long *bad)
{
	assert_ptr_equal(npt, &vm.npt);
	assert_int_equal(access, 0);
	faults++;
	if (hole_on_fault)
		shim_user_hole(hole_on_fault, 1);
	if (fault_ret)
		return fault_ret;
	if (++tries % 2 == 0)
		mapped_to = (gpa | (BIT_ULL(mapped_shift) - 1)) + 1;
	return NPT_FAULT_DONE;
}

static long prefault(struct kvm_pre_fault_memory *r, u64 gpa, u64 size)
{
	r->gpa = gpa;
	r->size = size;
	faults = 0;
	return prefault_ioctl(v, r);
}

/* Leaf by leaf, from the middle of the first to the middle of the last; what is left is told. */
static void prefaulted(void **state)
{
	struct kvm_pre_fault_memory r = {};

	(void)state;
	assert_int_equal(prefault(&r, 0x1000, 0x3000), 0);
	assert_int_equal(r.gpa, 0x4000);
	assert_int_equal(r.size, 0);
	assert_int_equal(faults, 6);
	assert_int_equal(prefault(&r, 0x1000, 0x3000), 0);
	assert_int_equal(faults, 0);
	mapped_shift = 21;
	assert_int_equal(prefault(&r, 0x3ff000, 0x202000), 0);
	assert_int_equal(r.gpa, 0x601000);
	assert_int_equal(r.size, 0);
	assert_int_equal(faults, 6);
	/* what stops it is told if nothing was done before it */
	mapped_shift = 12;
	mapped_to = 0x2000;
	fault_ret = NPT_FAULT_MMIO;
	assert_int_equal(prefault(&r, 0x1000, 0x3000), 0);
	assert_int_equal(r.gpa, 0x2000);
	assert_int_equal(r.size, 0x2000);
	assert_int_equal(prefault(&r, 0x2000, 0x2000), -ENOENT);
	assert_int_equal(r.gpa, 0x2000);
	fault_ret = -EHWPOISON;
	assert_int_equal(prefault(&r, 0x2000, 0x2000), -EHWPOISON);
	fault_ret = 0;
	signals_in = 1;
	assert_int_equal(prefault(&r, 0x1000, 0x2000), -EINTR);
	assert_int_equal(r.gpa, 0x1000);
	/* in the middle of a leaf that is taken away again and again */
	signals_in = 2;
	assert_int_equal(prefault(&r, 0x2000, 0x2000), -EINTR);
	assert_int_equal(faults, 0);
}

/* Whole pages of a range that does not wrap, without flags, and not for a guest's guest. */
static void prefault_refused(void **state)
{
	struct kvm_pre_fault_memory r = { .flags = 1 };

	(void)state;
	/* what the VMM has cannot be read, and nobody looks at what is there instead */
	shim_user_hole((unsigned long)&r, sizeof(r));
	mapped_to = ~0ULL;
	assert_int_equal(prefault(&r, 0, 0x1000), -EFAULT);
	shim_user_hole(0, 0);
	mapped_to = 0;
	assert_int_equal(prefault(&r, 0, 0x1000), -EINVAL);
	r.flags = 0;
	assert_int_equal(prefault(&r, 1, 0x1000), -EINVAL);
	assert_int_equal(prefault(&r, 0, 0x1001), -EINVAL);
	assert_int_equal(prefault(&r, 0x1000, 0), -EINVAL);
	assert_int_equal(prefault(&r, ~0xfffULL, 0x1000), -EINVAL);
	assert_int_equal(prefault(&r, ~0x1fffULL, 0x3000), -EINVAL);
	assert_int_equal(faults, 0);
	v->svm.nested = &nested;
	assert_int_equal(prefault(&r, 0, 0x1000), 0);
	nested.in_l2 = true;
	assert_int_equal(prefault(&r, 0x1000, 0x1000), -EOPNOTSUPP);
	nested.in_l2 = false;
	shim_user_hole((unsigned long)&r + sizeof(r) - 1, 1);
	assert_int_equal(prefault(&r, 0, 0x1000), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(faults, 0);
	mapped_to = 0;
	hole_on_fault = (unsigned long)&r;
	assert_int_equal(prefault(&r, 0, 0x1000), -EFAULT);
	assert_true(faults);
	hole_on_fault = 0;
	shim_user_hole(0, 0);
}

/* --- the clock */

static u64 offset_given;

void kvmclock_get(struct x86_vm *m, struct kvm_clock_data *d)
{
	memset(d, 0, sizeof(*d));
	d->clock = 0x1234;
}

int kvmclock_set(struct x86_vm *m, const struct kvm_clock_data *d)
{
	note("clock %llx", ULL(d->clock));
	return answer;
}

void kvmclock_set_offset(struct x86_vcpu *vc, u64 offset)
{
	offset_given = offset;
	note("offset");
}

/* The VM's clock as a whole; a vCPU's TSC by its offset, and by no other attribute. */
static void clocks(void **state)
{
	struct kvm_clock_data d = {};
	u64 val = 0;
	struct kvm_device_attr a = { .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (unsigned long)&val };

	(void)state;
	assert_int_equal(clock_vm_ioctl(&vm, KVM_GET_CLOCK, &d), 0);
	assert_int_equal(d.clock, 0x1234);
	d.clock = 0x99;
	answer = -EINVAL;
	assert_int_equal(clock_vm_ioctl(&vm, KVM_SET_CLOCK, &d), -EINVAL);
	expect("clock 99;");
	assert_int_equal(clock_vm_ioctl(&vm, KVM_RUN, &d), -ENOTTY);
	shim_user_hole((unsigned long)&d + sizeof(d) - 1, 1);
	assert_int_equal(clock_vm_ioctl(&vm, KVM_GET_CLOCK, &d), -EFAULT);
	assert_int_equal(clock_vm_ioctl(&vm, KVM_SET_CLOCK, &d), -EFAULT);
	shim_user_hole(0, 0);
	expect("");

	v->clock.tsc_offset = 0x123456789abc;
	assert_int_equal(clock_attr_ioctl(v, KVM_HAS_DEVICE_ATTR, &a), 0);
	assert_int_equal(val, 0);
	assert_int_equal(clock_attr_ioctl(v, KVM_GET_DEVICE_ATTR, &a), 0);
	assert_int_equal(val, 0x123456789abc);
	val = 0xffff000000000001;
	expect("");
	assert_int_equal(clock_attr_ioctl(v, KVM_SET_DEVICE_ATTR, &a), 0);
	expect("offset;");
	assert_int_equal(offset_given, 0xffff000000000001);
	shim_user_hole((unsigned long)&val, 8);
	assert_int_equal(clock_attr_ioctl(v, KVM_SET_DEVICE_ATTR, &a), -EFAULT);
	assert_int_equal(clock_attr_ioctl(v, KVM_GET_DEVICE_ATTR, &a), -EFAULT);
	shim_user_hole((unsigned long)&a + sizeof(a) - 1, 1);
	assert_int_equal(clock_attr_ioctl(v, KVM_SET_DEVICE_ATTR, &a), -EFAULT);
	shim_user_hole(0, 0);
	a.attr = 1;
	assert_int_equal(clock_attr_ioctl(v, KVM_SET_DEVICE_ATTR, &a), -ENXIO);
	a.attr = 0;
	a.group = 1;
	assert_int_equal(clock_attr_ioctl(v, KVM_HAS_DEVICE_ATTR, &a), -ENXIO);
	expect("");
}

/* --- Xen */

static unsigned long hole_on_get;	/* where the answer is to go */

int xen_set_attr(struct x86_vm *m, const struct kvm_xen_hvm_attr *a)
{
	note("set %x", a->type);
	return answer;
}

int xen_get_attr(struct x86_vm *m, struct kvm_xen_hvm_attr *a)
{
	note("get %x", a->type);
	if (hole_on_get)
		shim_user_hole(hole_on_get, 1);
	a->u.vector = 0x55;
	return answer;
}

int xen_configure(struct x86_vm *m, const struct kvm_xen_hvm_config *c)
{
	note("config %x", c->msr);
	return answer;
}

int xen_evtchn_send(struct x86_vm *m, const struct kvm_irq_routing_xen_evtchn *e)
{
	note("send %x", e->port);
	return answer;
}

int xen_vcpu_set_attr(struct x86_vcpu *vc, const struct kvm_xen_vcpu_attr *a)
{
	note("vset %x", a->type);
	return answer;
}

int xen_vcpu_get_attr(struct x86_vcpu *vc, struct kvm_xen_vcpu_attr *a)
{
	note("vget %x", a->type);
	if (hole_on_get)
		shim_user_hole(hole_on_get, 1);
	a->u.vector = 0x66;
	return answer;
}

/* Each goes to whom it is for, with all its bytes; what is refused is not copied back. */
static void xens(void **state)
{
	struct kvm_xen_hvm_attr a = { .type = 3 };
	struct kvm_xen_vcpu_attr b = { .type = 4 };
	struct kvm_xen_hvm_config c = { .msr = 0x40000000 };
	struct kvm_irq_routing_xen_evtchn e = { .port = 9 };

	(void)state;
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_GET_ATTR, &a), 0);
	assert_int_equal(a.u.vector, 0x55);
	a.u.vector = 0;
	assert_int_equal(xen_vcpu_ioctl(v, KVM_XEN_VCPU_GET_ATTR, &b), 0);
	assert_int_equal(b.u.vector, 0x66);
	b.u.vector = 0;
	answer = -EBUSY;
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_GET_ATTR, &a), -EBUSY);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_SET_ATTR, &a), -EBUSY);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_CONFIG, &c), -EBUSY);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_EVTCHN_SEND, &e), -EBUSY);
	assert_int_equal(xen_vcpu_ioctl(v, KVM_XEN_VCPU_GET_ATTR, &b), -EBUSY);
	assert_int_equal(xen_vcpu_ioctl(v, KVM_XEN_VCPU_SET_ATTR, &b), -EBUSY);
	expect("get 3;vget 4;get 3;set 3;config 40000000;send 9;vget 4;vset 4;");
	assert_int_equal(a.u.vector + b.u.vector, 0);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_RUN, &a), -ENOTTY);
	answer = 0;
	shim_user_hole((unsigned long)&a + sizeof(a) - 1, 1);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_SET_ATTR, &a), -EFAULT);
	shim_user_hole((unsigned long)&b + sizeof(b) - 1, 1);
	assert_int_equal(xen_vcpu_ioctl(v, KVM_XEN_VCPU_SET_ATTR, &b), -EFAULT);
	shim_user_hole((unsigned long)&c + sizeof(c) - 1, 1);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_CONFIG, &c), -EFAULT);
	shim_user_hole((unsigned long)&e + sizeof(e) - 1, 1);
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_EVTCHN_SEND, &e), -EFAULT);
	shim_user_hole(0, 0);
	expect("");
	hole_on_get = (unsigned long)&a;
	assert_int_equal(xen_vm_ioctl(&vm, KVM_XEN_HVM_GET_ATTR, &a), -EFAULT);
	shim_user_hole(0, 0);
	hole_on_get = (unsigned long)&b;
	assert_int_equal(xen_vcpu_ioctl(v, KVM_XEN_VCPU_GET_ATTR, &b), -EFAULT);
	shim_user_hole(0, 0);
	hole_on_get = 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(v, 0, sizeof(*v));
	memset(&nested, 0, sizeof(nested));
	memset(&run, 0, sizeof(run));
	memset(&arch, 0, sizeof(arch));
	mutex_init(&vm.base.lock);
	v->vm = &vm;
	v->base.vm = &vm.base;
	v->base.run = &run;
	caps_fill(&arch);
	fake_module.mkobj.kobj.kset = &modules;
	groups = answer = 0;
	taken = NULL;
	mapped_shift = 12;
	mapped_to = 0;
	faults = signals_in = tries = 0;
	fault_ret = 0;
	shows_svm = false;
	log[0] = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_user_hole(0, 0);
	shim_fail_alloc(0);
	shim_check_quiet();
	return shim_allocs() ? -1 : 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capabilities), TEST(enabled), TEST(max_id), TEST(params_say), TEST(params_fail), TEST(taken_in), TEST(given),
		TEST(prefaulted), TEST(prefault_refused), TEST(clocks), TEST(xens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
