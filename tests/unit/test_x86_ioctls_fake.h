/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86's ioctls of a VM and a vCPU, and all that they call: who is called is noted, and says what the test wants.
 */
#ifndef TEST_X86_IOCTLS_FAKE_H
#define TEST_X86_IOCTLS_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>

#include "each_alloc.h"
#include "../../src/x86/abi/vcpu.c"
#include "../../src/x86/abi/irq.c"
#include "../../src/x86/abi/vm.c"

static struct x86_vm vm;
static struct x86_vcpu vcpu, other;
static struct vm_arch arch;
static unsigned int calls, settled, settled_nr;
static int answer;		/* of whoever is called with what was taken in */
struct svm_hw svm_hw = { .phys_bits = 40 };
unsigned int tsc_khz = 1000000;

/* Who was called, in turn, with a blank behind each. */
static char said[512];
static u64 given;		/* the number that the last one was called with */
static int told = -ENOTTY;	/* what those say who are only passed on to */

static int say(const char *name)
{
	assert_true(strlen(said) + strlen(name) + 2 < sizeof(said));
	strcat(strcat(said, name), " ");
	return told;
}

/* What is called with what the VMM gave. */

int filter_set(struct x86_vm *v, const struct kvm_msr_filter *f)
{
	assert_int_equal(f->ranges[3].nmsrs, 77);
	calls++;
	return answer;
}

int chip_get_state(struct x86_vm *v, struct kvm_irqchip *state)
{
	assert_int_equal(state->chip_id, 2);
	state->chip.ioapic.id = 5;
	calls++;
	return answer;
}

int chip_set_state(struct x86_vm *v, const struct kvm_irqchip *state)
{
	assert_true(state->chip_id == 2 && state->chip.ioapic.id == 9);
	calls++;
	return answer;
}

void lapic_get_state(struct lapic *a, void *state)
{
	assert_true(a == &vcpu.intc.lapic && !((char *)state)[1023]);	/* nothing of the kernel's */
	memset(state, 0x42, 8);
	calls++;
}

int lapic_set_state(struct lapic *a, const void *state)
{
	assert_int_equal(((const char *)state)[1023], 0x17);
	calls++;
	return answer;
}

int svm_msr_get(struct x86_vcpu *v, u32 index, u64 *val, bool host)
{
	*val = index + 1;
	return index == 99 ? -ENOENT : 0;
}

int svm_msr_set(struct x86_vcpu *v, u32 index, u64 val, bool host)
{
	assert_true(host && val == index + 7ULL);
	calls++;
	return index == 99 ? -EINVAL : 0;
}

int svm_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int *nr)
{
	if (*nr < 2)
		return -E2BIG;
	*nr = 2;
	out[1].function = 1;
	return answer;
}

void svm_cpuid_settle(struct svm *svm)
{
	settled++;
	assert_true(!svm->cpuid == !svm->nr_cpuid && (!svm->nr_cpuid || svm->cpuid[svm->nr_cpuid - 1].function < 100));
	settled_nr = svm->nr_cpuid;
}

void svm_cpuid_now(struct x86_vcpu *v, struct kvm_cpuid_entry2 *e)
{
	e->ebx = 0;	/* follows the guest's own settings */
}

void pv_amend(const struct x86_vcpu *v, struct kvm_cpuid_entry2 *e, unsigned int nr) { say("pv_amend"); }
void intc_configure(struct x86_vcpu *v) { say("intc_configure"); }

/* Two pages for a vCPU, as if. */
static void *parts[2];

int svm_vcpu_init(struct x86_vcpu *v)
{
	say("svm_vcpu_init");
	parts[0] = kzalloc(8, GFP_KERNEL);
	parts[1] = kzalloc(8, GFP_KERNEL);
	if (parts[0] && parts[1])
		return 0;
	kfree(parts[0]);
	kfree(parts[1]);
	return -ENOMEM;
}

void svm_vcpu_destroy(struct x86_vcpu *v)
{
	say("svm_vcpu_destroy");
	kfree(parts[0]);
	kfree(parts[1]);
	kvfree(v->svm.cpuid);
	v->svm.cpuid = NULL;
	v->svm.nr_cpuid = 0;
}

/* Who takes no memory, or is not come by. */
void apf_init(struct x86_vcpu *v) { say("apf_init"); }
void apf_destroy(struct x86_vcpu *v) { say("apf_destroy"); }
void ending_reset(struct x86_vcpu *v) { say("ending_reset"); }
void intc_init(struct x86_vcpu *v) { say("intc_init"); calls++; }
void intc_destroy(struct x86_vcpu *v) { say("intc_destroy"); }
void intc_settle(struct x86_vcpu *v) { say("intc_settle"); }
void xen_settle(struct x86_vcpu *v) { say("xen_settle"); }
void intc_set_x2apic(struct x86_vcpu *v) { say("intc_set_x2apic"); }
void kvmclock_vcpu_init(struct x86_vcpu *v) { say("kvmclock_vcpu_init"); }
void kvmclock_vcpu_destroy(struct x86_vcpu *v) { say("kvmclock_vcpu_destroy"); }
void kvmclock_vm_init(struct x86_vm *v) { say("kvmclock_vm_init"); }
void nested_release(struct x86_vcpu *v) { say("nested_release"); }
void npt_destroy(struct npt *n) { say("npt_destroy"); }
void stolen_destroy(struct x86_vcpu *v) { say("stolen_destroy"); }
void svm_queue_nmi(struct x86_vcpu *v) { say("svm_queue_nmi"); }
void xen_vcpu_destroy(struct x86_vcpu *v) { say("xen_vcpu_destroy"); }
void xen_vcpu_init(struct x86_vcpu *v) { say("xen_vcpu_init"); }
void xen_vm_init(struct x86_vm *v) { say("xen_vm_init"); }
void xen_vm_release(struct x86_vm *v) { say("xen_vm_release"); }
void chip_destroy(struct x86_vm *v) { say("chip_destroy"); }
void tick_destroy(struct x86_vm *v) { say("tick_destroy"); }
void filter_destroy(struct x86_vm *v) { say("filter_destroy"); }
void vcpu_request(struct vcpu *v, unsigned int req)
{
	say("vcpu_request");
	set_bit(req, &v->requests);
}

void vm_request_all(struct vm *v, unsigned int req)
{
	assert_ptr_equal(v, &vm.base);
	say("vm_request_all");
	given = req;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return v == &vm.base && idx < v->nr_vcpus ? (idx ? &other.base : &vcpu.base) : NULL;
}
int bank_raise(struct x86_vcpu *v, const struct kvm_x86_mce *mce)
{
	given = mce->status;
	return say("bank_raise");
}

int bank_setup(struct x86_vcpu *v, u64 cap)
{
	given = cap;
	return say("bank_setup");
}

int bus_msi(struct x86_vm *v, u64 address, u32 data)
{
	given = address ^ data;
	return say("bus_msi");
}

int chip_create(struct x86_vm *v, int kind)
{
	lockdep_assert_held(&vm.base.lock);
	if (!told)
		v->irq.kind = kind;
	return say("chip_create");
}

int tick_create(struct x86_vm *v, u32 flags)
{
	lockdep_assert_held(&vm.base.lock);
	given = flags;
	return say("tick_create");
}

int tick_get_state(struct x86_vm *v, struct kvm_pit_state2 *state)
{
	memset(state, 0, sizeof(*state));
	state->channels[2].count = 0x77;
	state->flags = 2;
	return say("tick_get_state");
}

int tick_set_state(struct x86_vm *v, const struct kvm_pit_state2 *state, bool flags)
{
	given = state->channels[2].count | state->flags << 16 | (u64)flags << 32;
	return say("tick_set_state");
}

int tick_set_reinject(struct x86_vm *v, bool reinject)
{
	given = reinject;
	return say("tick_set_reinject");
}

int chip_set_gsi(struct x86_vm *v, u32 gsi, bool level)
{
	given = gsi | (u64)level << 32;
	return say("chip_set_gsi");
}

long clock_attr_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return say("clock_attr_ioctl"); }
long clock_vm_ioctl(struct x86_vm *v, unsigned int cmd, void __user *arg) { return say("clock_vm_ioctl"); }
long xen_vm_ioctl(struct x86_vm *v, unsigned int cmd, void __user *arg) { return say("xen_vm_ioctl"); }
long xen_vcpu_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return say("xen_vcpu_ioctl"); }
long prefault_ioctl(struct x86_vcpu *v, void __user *arg) { return say("prefault_ioctl"); }
static unsigned int nr_hv;

bool hv_announce(unsigned int i, struct kvm_cpuid_entry2 *e)
{
	memset(e, 0, sizeof(*e));
	e->function = 0x40000000 + i;
	return i < nr_hv;
}

int intc_extint(struct x86_vcpu *v, u8 vector)
{
	given = vector;
	return say("intc_extint");
}

int kvmclock_stood_still(struct x86_vcpu *v) { return say("kvmclock_stood_still"); }
long nested_get_state(struct x86_vcpu *v, struct kvm_nested_state __user *u) { return say("nested_get_state"); }
long nested_set_state(struct x86_vcpu *v, struct kvm_nested_state __user *u) { return say("nested_set_state"); }
int npt_init(struct npt *n, unsigned int gpa_bits)
{
	given = gpa_bits;
	return say("npt_init");
}

u32 power_get(struct x86_vcpu *v) { return KVM_MP_STATE_HALTED; }
int power_set(struct x86_vcpu *v, u32 state)
{
	given = state;
	return say("power_set");
}

long regs_ioctl(struct x86_vcpu *v, unsigned int cmd, void __user *arg) { return say("regs_ioctl"); }
int svm_debug_set(struct x86_vcpu *v, const struct kvm_guest_debug *d)
{
	given = d->control;
	return say("svm_debug_set");
}

int svm_msr_feature(u32 index, u64 *val)
{
	*val = 0x1234;
	return index == 99 ? -ENOENT : 0;
}


static const u32 msr_indices[] = { 7, 8, 9 };

const u32 *svm_msr_features(unsigned int *n)
{
	*n = 1;
	return msr_indices + 2;
}

const u32 *svm_msr_list(unsigned int *n)
{
	*n = 2;
	return msr_indices;
}

int svm_translate(struct x86_vcpu *v, u64 va, unsigned int access, u64 *gpa)
{
	assert_int_equal(access, SVM_ANY);
	*gpa = va + 1;
	return say("svm_translate");
}

int vapic_set(struct x86_vcpu *v, u64 gpa)
{
	given = gpa;
	return say("vapic_set");
}


static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&other, 0, sizeof(other));
	vcpu.vm = other.vm = &vm;
	vcpu.base.vm = other.base.vm = &vm.base;
	vcpu.intc.there = true;
	vm.irq.kind = IRQ_KERNEL;
	calls = settled = 0;
	answer = 0;
	told = -ENOTTY;
	said[0] = 0;
	svm_hw.phys_bits = 40;
	nr_hv = 0;
	mutex_init(&vm.base.lock);
	memset(parts, 0, sizeof(parts));
	shim_fail_alloc(0);
	shim_user_hole(0, 0);
	vm_fill(&arch);
	vcpu_fill(&arch);
	return 0;
}

static int teardown(void **state)
{
	shim_user_hole(0, 0);
	svm_vcpu_destroy(&vcpu);
	shim_check_quiet();
	return shim_allocs() ? -1 : 0;
}

static long on_vm(unsigned int cmd, void *arg)
{
	return arch.vm_ioctl(&vm.base, cmd, (unsigned long)arg);
}

static long on_vcpu(unsigned int cmd, void *arg)
{
	return arch.vcpu_ioctl(&vcpu.base, cmd, (unsigned long)arg);
}

#endif
