// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs: which there are, where each is kept, and what a guest and what a VMM may write to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>

#define X86_FEATURE_LFENCE_RDTSC	lfence
#define SVM_VM_CR_SVM_DIS_MASK		0x10U
#ifndef MSR_KVM_ASYNC_PF_INT
#define MSR_KVM_ASYNC_PF_INT		0x4b564d06
#define MSR_KVM_ASYNC_PF_ACK		0x4b564d07
#endif

static bool lfence;

static u64 machine_rev = 0x8701030;	/* of the microcode; 0: it does not tell */
#define rdmsrl	/* what there is of it is below */
#define wrmsrl
#define rdmsrl_safe(msr, val)	((msr) == 0x8b && machine_rev ? (*(val) = machine_rev, 0) : -EIO)

#include "../../model/shim/unit.h"
#include "../../src/x86/svm/msr.c"

#define ALL	(~0ULL)
#define HIGH	0xffff800000000000ULL	/* the first canonical one up there */
#define LOW	0x7fffffffffffULL	/* the last one down here */

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct svm *const svm = &vcpu.svm;
static struct vmcb vmcb;
static struct nested nested;
static u64 kept[ARRAY_SIZE(msr_kept)];
struct svm_hw svm_hw = { .phys_bits = 40 };
struct cpuinfo_x86 boot_cpu_data;

static char log[64];
static unsigned int n;
static u64 tsc = 1000, moved, synced, base, intc_val, pv_val, bank_val, xen_val;
static u32 intc_index, pv_index, bank_index;
static bool base_host, bank_host;
static int enable_ret;

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

u64 rdtsc_ordered(void)
{
	return tsc;
}

u64 kvmclock_tsc(const struct x86_vcpu *v)
{
	return 0x7777;
}

void kvmclock_move_tsc(struct x86_vcpu *v, u64 offset)
{
	moved = offset;
	note('m');
}

void kvmclock_sync_tsc(struct x86_vcpu *v, u64 val)
{
	synced = val;
	note('s');
}

u64 intc_base(const struct x86_vcpu *v)
{
	return 0xfee00900;
}

int intc_set_base(struct x86_vcpu *v, u64 val, bool host)
{
	base = val;
	base_host = host;
	note('b');
	return -EPERM;
}

bool intc_msr(u32 index)
{
	return index >= 0x800 && index < 0x900;
}

int intc_get_msr(struct x86_vcpu *v, u32 index, u64 *val)
{
	intc_index = index;
	*val = 0x1234;
	note('i');
	return 0;
}

int intc_set_msr(struct x86_vcpu *v, u32 index, u64 val)
{
	intc_index = index;
	intc_val = val;
	note('I');
	return -ENOENT;
}

void bank_reset(struct bank *b)
{
	assert_ptr_equal(b, &svm->bank);
	note('r');
}

bool bank_has_msr(u32 index)
{
	return index >= 0x400 && index < 0x480;
}

int bank_get_msr(struct x86_vcpu *v, u32 index, u64 *val, bool host)
{
	bank_index = index;
	bank_host = host;
	*val = 0x4321;
	note('k');
	return 0;
}

int bank_set_msr(struct x86_vcpu *v, u32 index, u64 val, bool host)
{
	bank_index = index;
	bank_val = val;
	bank_host = host;
	note('K');
	return 0;
}

static u64 told_val;
static u32 told_index;
static bool told_host;
static unsigned int unlisted;

/* Two others of the same kind: speculation controls, and Hyper-V's. */
static int told(char c, u32 index, u64 val, bool host)
{
	told_index = index;
	told_val = val;
	told_host = host;
	note(c);
	return -EINVAL;
}

void spec_reset(struct svm *s)
{
	assert_ptr_equal(s, svm);
	note('z');
}

unsigned int spec_unlisted(void)
{
	return unlisted;
}

bool spec_has_msr(u32 index)
{
	return index == 0x48;
}

int spec_get_msr(const struct svm *s, u32 index, u64 *val, bool host)
{
	assert_ptr_equal(s, svm);
	return told('c', index, 0, host);
}

int spec_set_msr(struct svm *s, u32 index, u64 val, bool host)
{
	assert_ptr_equal(s, svm);
	return told('C', index, val, host);
}

int hv_get_msr(const struct x86_vcpu *v, u32 index, u64 *val, bool host)
{
	return told('h', index, 0, host);
}

int hv_set_msr(struct x86_vcpu *v, u32 index, u64 val, bool host)
{
	return told('H', index, val, host);
}

int pv_msr_get(struct x86_vcpu *v, u32 index, u64 *val)
{
	pv_index = index;
	note('p');
	return -ENOENT;
}

int pv_msr_set(struct x86_vcpu *v, u32 index, u64 val)
{
	pv_index = index;
	pv_val = val;
	note('P');
	return -ENOENT;
}

int xen_write_msr(struct x86_vcpu *v, u64 val)
{
	xen_val = val;
	note('x');
	return 0;
}

int svm_set_tsc_aux(struct x86_vcpu *v, u32 val)
{
	svm->tsc_aux = val;
	note('a');
	return 0;
}

void svm_set_efer(struct svm *s, u64 efer)
{
	s->efer = efer;
	note('e');
}

int nested_enable(struct x86_vcpu *v)
{
	note('n');
	return enable_ret;
}

void nested_abort(struct x86_vcpu *v)
{
	note('N');
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&nested, 0, sizeof(nested));
	vcpu.vm = &vm;
	svm->vmcb = &vmcb;
	svm->msr = kept;
	svm_msr_reset(svm);
	lfence = false;
	enable_ret = 0;
	n = log[0] = 0;
	return 0;
}

static u64 get(u32 index, bool host)
{
	u64 val = 0xbadbadbad;

	assert_int_equal(svm_msr_get(&vcpu, index, &val, host), 0);
	return val;
}

static int guest_set(u32 index, u64 val)
{
	return svm_msr_set(&vcpu, index, val, false);
}

static int host_set(u32 index, u64 val)
{
	return svm_msr_set(&vcpu, index, val, true);
}

/* Those of the control block are where the hardware has them; addresses must be canonical, the rest may be anything. */
static void fields(void **state)
{
	static const struct { u32 index; size_t at; bool address; } rows[] = {
		{ 0xc0000081, offsetof(struct vmcb_save_area, star), false },
		{ 0xc0000082, offsetof(struct vmcb_save_area, lstar), true },
		{ 0xc0000083, offsetof(struct vmcb_save_area, cstar), true },
		{ 0xc0000084, offsetof(struct vmcb_save_area, sfmask), false },
		{ 0xc0000100, offsetof(struct vmcb_save_area, fs.base), true },
		{ 0xc0000101, offsetof(struct vmcb_save_area, gs.base), true },
		{ 0xc0000102, offsetof(struct vmcb_save_area, kernel_gs_base), true },
		{ 0x174, offsetof(struct vmcb_save_area, sysenter_cs), false },
		{ 0x175, offsetof(struct vmcb_save_area, sysenter_esp), true },
		{ 0x176, offsetof(struct vmcb_save_area, sysenter_eip), true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 *at = (u64 *)((char *)&vmcb.save + rows[i].at);

		*at = 0x100 + i;
		assert_int_equal(get(rows[i].index, i & 1), 0x100 + i);
		assert_int_equal(guest_set(rows[i].index, LOW), 0);
		assert_int_equal(*at, LOW);
		assert_int_equal(guest_set(rows[i].index, HIGH), 0);
		assert_int_equal(*at, HIGH);
		assert_int_equal(guest_set(rows[i].index, LOW + 1), rows[i].address ? -EINVAL : 0);
		assert_int_equal(host_set(rows[i].index, HIGH - 1), rows[i].address ? -EINVAL : 0);
		assert_int_equal(*at, rows[i].address ? HIGH : HIGH - 1);
	}
	/* types of memory: 2, 3 and those above 7 are none */
	assert_int_equal(guest_set(0x277, 0x0706050401000706), 0);
	assert_int_equal(vmcb.save.g_pat, 0x0706050401000706);
	assert_int_equal(get(0x277, false), 0x0706050401000706);
	assert_int_equal(guest_set(0x277, 0x0706050402000706), -EINVAL);
	assert_int_equal(guest_set(0x277, 0x0306050401000706), -EINVAL);
	assert_int_equal(host_set(0x277, 8), -EINVAL);
	assert_int_equal(vmcb.save.g_pat, 0x0706050401000706);
}

/* Each goes to who has it, with its index; what nobody knows goes to the last. */
static void others(void **state)
{
	u64 val;

	(void)state;
	svm->efer = EFER_NX;
	svm->tsc_adjust = 5;
	svm->tsc_aux = 6;
	svm->vm_cr = 7;
	svm->hsave = 0x8000;
	vmcb.control.tsc_offset = 300;
	assert_int_equal(get(0xc0000080, false), EFER_NX);
	assert_int_equal(get(0x10, false), 1300);
	assert_int_equal(get(0x10, true), 0x7777);
	assert_int_equal(get(0x3b, false), 5);
	assert_int_equal(get(0xc0000103, false), 6);
	assert_int_equal(get(0x1b, false), 0xfee00900);
	assert_int_equal(get(0xfe, false), 0x508);
	assert_int_equal(get(0xc0010114, false), 7);
	assert_int_equal(get(0xc0010117, false), 0x8000);
	expect("");
	assert_int_equal(get(0x830, false), 0x1234);
	assert_int_equal(intc_index, 0x830);
	assert_int_equal(guest_set(0x831, 9), -ENOENT);
	assert_int_equal(intc_index, 0x831);
	assert_int_equal(intc_val, 9);
	assert_int_equal(get(0x401, true), 0x4321);
	assert_int_equal(bank_index, 0x401);
	assert_true(bank_host);
	get(0x402, false);
	assert_false(bank_host);
	assert_int_equal(host_set(0x403, 11), 0);
	assert_int_equal(bank_index, 0x403);
	assert_int_equal(bank_val, 11);
	assert_true(bank_host);
	guest_set(0x403, 11);
	assert_false(bank_host);
	assert_int_equal(svm_msr_get(&vcpu, 0x4b564d00, &val, false), -ENOENT);
	assert_int_equal(pv_index, 0x4b564d00);
	assert_int_equal(guest_set(0x4b564d01, 12), -ENOENT);
	assert_int_equal(pv_index, 0x4b564d01);
	assert_int_equal(pv_val, 12);
	expect("iIkkKKpP");
	assert_int_equal(svm_msr_get(&vcpu, 0x48, &val, true), -EINVAL);
	assert_true(told_index == 0x48 && told_host);
	assert_int_equal(guest_set(0x48, 13), -EINVAL);
	assert_true(told_val == 13 && !told_host);
	assert_int_equal(svm_msr_get(&vcpu, 0x40000001, &val, false), -EINVAL);
	assert_true(told_index == 0x40000001 && !told_host);
	assert_int_equal(host_set(0x40000000, 14), -EINVAL);
	assert_true(told_index == 0x40000000 && told_val == 14 && told_host);
	expect("cChH");
	assert_int_equal(guest_set(0x1b, 0xfee00000), -EPERM);
	assert_int_equal(base, 0xfee00000);
	assert_false(base_host);
	host_set(0x1b, 1);
	assert_true(base_host);
	assert_int_equal(guest_set(0xc0000103, 0xffffffff), 0);
	assert_int_equal(svm->tsc_aux, 0xffffffff);
	assert_int_equal(guest_set(0xc0000103, 1ULL << 32), -EINVAL);
	expect("bba");
	/* cannot be written */
	assert_int_equal(guest_set(0xfe, 0), -ENOENT);
	expect("P");
}

/* The number that Xen's guests are told is theirs alone, whatever else it is, and only where there is one. */
static void of_xen(void **state)
{
	(void)state;
	vm.xen.msr = 0xc0000081;
	assert_int_equal(guest_set(0xc0000081, 0x5000), 0);
	assert_int_equal(xen_val, 0x5000);
	expect("x");
	assert_int_equal(host_set(0xc0000081, 0x6000), 0);
	assert_int_equal(vmcb.save.star, 0x6000);
	guest_set(0xc0000082, 0x7000);
	vm.xen.msr = 0;
	guest_set(0xc0000081, 0x8000);
	assert_int_equal(vmcb.save.star, 0x8000);
	assert_int_equal(guest_set(0, 1), -ENOENT);
	expect("P");
}

/* What is only kept: the bits that may be set, its value after a reset; a VMM puts back whatever it has read. */
static void only_kept(void **state)
{
	static const struct { u32 index; u64 writable, reset; } rows[] = {
		{ 0x1a0, ALL, 1 }, { 0x2ff, 0xcff, 0 }, { 0x200, ALL, 0 }, { 0x20f, ALL, 0 }, { 0x250, ALL, 0 },
		{ 0x258, ALL, 0 }, { 0x259, ALL, 0 }, { 0x268, ALL, 0 }, { 0x26f, ALL, 0 }, { 0x140, 0, 0 },
		{ 0xc0000104, 0, 0 }, { 0x1fc, ALL, 0 }, { 0xc0010000, 0, 0 }, { 0xc0010003, 0, 0 },
		{ 0xc0010004, 0, 0 }, { 0xc0010007, 0, 0 }, { 0xc0010010, 0, 0 }, { 0xc0010055, 0, 0 },
		{ 0xc001001f, 0, 0 }, { 0xc0010058, 0, 0 }, { 0x1d9, 0, 0 },
		{ 0xc0010112, 0, 0 }, { 0xc0010113, 0, 0 }, { 0xc001001b, 0, 0x20000000 }, { 0xcd, 0, 3 }, { 0x17, 0, 0 },
		{ 0x2a, 0, 0 }, { 0x1db, 0, 0 }, { 0x1de, 0, 0 }, { 0x198, 0, 0x400000003e8 }, { 0x199, 0, 0 }, { 0x606, 0, 0 },
		{ 0x611, 0, 0 }, { 0x619, 0, 0 }, { 0x639, 0, 0 }, { 0x641, 0, 0 },
	};
	static const u32 dropped[] = { 0x8b, 0x11e, 0xc0010020, 0xc0011022, 0xc0011023, 0xc001102a, 0xc001102c };
	unsigned int i, bit;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(get(rows[i].index, false), rows[i].reset);
		for (bit = 0; bit < 64; bit++) {
			u64 was = get(rows[i].index, false), val = BIT_ULL(bit);
			bool may = !((val ^ rows[i].reset) & ~rows[i].writable);

			assert_int_equal(guest_set(rows[i].index, val), may ? 0 : -EINVAL);
			assert_int_equal(host_set(rows[i].index, val), may ? 0 : -EINVAL);
			assert_int_equal(get(rows[i].index, false), may ? val : was);
		}
		assert_int_equal(host_set(rows[i].index, rows[i].reset & ~rows[i].writable), 0);
		assert_int_equal(guest_set(rows[i].index, rows[i].reset & ~rows[i].writable), 0);
	}
	/* what guests write to be on the safe side is no fault, and not kept; the VMM's patch level is */
	for (i = 0; i < ARRAY_SIZE(dropped); i++) {
		u64 was = get(dropped[i], false);

		assert_int_equal(was, dropped[i] == 0x8b ? 0x01000065 : dropped[i] == 0x11e ? 0xbe702111 : 0);
		assert_int_equal(guest_set(dropped[i], 0x123), 0);
		assert_int_equal(get(dropped[i], false), was);
		assert_int_equal(host_set(dropped[i], 0x123), dropped[i] == 0x8b ? 0 : -EINVAL);
	}
	assert_int_equal(get(0x8b, false), 0x123);
	/* a value from elsewhere that this one could not be given by the guest */
	svm->msr[1] = 0x1000;
	assert_int_equal(guest_set(0x2ff, 0x1000), -EINVAL);
	assert_int_equal(host_set(0x2ff, 0x1000), 0);
	assert_int_equal(host_set(0x2ff, 0x2000), -EINVAL);
	assert_int_equal(get(0x2ff, true), 0x1000);
	expect("");
	assert_int_equal(svm_msr_count(), ARRAY_SIZE(msr_kept));
	svm->tsc_adjust = 5;
	svm->apic_base = 0;
	svm_msr_reset(svm);
	expect("rz");
	assert_int_equal(get(0x2ff, false), 0);
	assert_int_equal(get(0x1a0, false), 1);
	assert_int_equal(svm->tsc_adjust, 0);
	assert_int_equal(svm->apic_base, 0xfee00000);
}

/* HWCR: some bits are taken and not kept, two are kept, others refused. What guests are told of the platform is the VMM's. */
static void particular(void **state)
{
	u64 val;

	(void)state;
	assert_int_equal(guest_set(0xc0010015, BIT(3) | BIT(6) | BIT(8) | BIT(18) | BIT(24)), 0);
	assert_int_equal(get(0xc0010015, false), BIT(18) | BIT(24));
	assert_int_equal(guest_set(0xc0010015, BIT(4)), -EINVAL);
	assert_int_equal(guest_set(0xc0010015, BIT(19)), -EINVAL);
	assert_int_equal(guest_set(0xc0010015, 0), 0);
	assert_int_equal(get(0xc0010015, false), 0);
	assert_int_equal(guest_set(0xce, 5), -EINVAL);
	assert_int_equal(host_set(0xce, 5), 0);
	assert_int_equal(get(0xce, false), 5);
	vm.no_platform_info = true;
	assert_int_equal(svm_msr_get(&vcpu, 0xce, &val, false), -ENOENT);
	assert_int_equal(get(0xce, true), 5);
	assert_int_equal(get(0x1fc, false), 0);
	/* what LFENCE does is as the machine has it */
	assert_int_equal(get(0xc0011029, false), 0);
	assert_int_equal(guest_set(0xc0011029, 2), -EINVAL);
	assert_int_equal(guest_set(0xc0011029, 0), 0);
	lfence = true;
	assert_int_equal(get(0xc0011029, false), 2);
	assert_int_equal(guest_set(0xc0011029, 2), 0);
	assert_int_equal(guest_set(0xc0011029, 0), 0);
	assert_int_equal(host_set(0xc0011029, 3), -EINVAL);
	expect("");
}

static int set_efer(u64 from, u64 to, bool host)
{
	n = log[0] = 0;
	svm->flush = false;
	svm->efer = from;
	vmcb.save.efer = from;
	return svm_msr_set(&vcpu, 0xc0000080, to, host);
}

/* EFER: what CPUID shows; LME stands still while paging is on, LMA is the CPU's, NX makes translations old. */
static void efer(void **state)
{
	(void)state;
	svm->may_efer = EFER_SCE | EFER_LMA | EFER_LME | EFER_NX | EFER_SVME;
	assert_int_equal(set_efer(0, EFER_FFXSR, false), -EINVAL);
	assert_int_equal(set_efer(0, BIT(16), false), -EINVAL);
	assert_int_equal(set_efer(0, EFER_SCE | EFER_LME, false), 0);
	expect("e");
	assert_int_equal(svm->efer, EFER_SCE | EFER_LME);
	assert_false(svm->flush);
	vmcb.save.cr0 = X86_CR0_PG;
	assert_int_equal(set_efer(0, EFER_LME, false), -EINVAL);
	assert_int_equal(set_efer(EFER_LME | EFER_LMA, EFER_LMA, false), -EINVAL);
	expect("");
	assert_int_equal(set_efer(EFER_LME | EFER_LMA, EFER_LME | EFER_NX, false), 0);
	assert_int_equal(svm->efer, EFER_LME | EFER_LMA | EFER_NX);
	assert_true(svm->flush);
	assert_int_equal(set_efer(EFER_LME, EFER_LME | EFER_LMA, false), 0);
	assert_int_equal(svm->efer, EFER_LME);
	/* a VMM: what the machine may have, and as it stands */
	svm->may_efer = EFER_SCE;
	assert_int_equal(set_efer(0, EFER_LME | EFER_NX | EFER_FFXSR | EFER_SCE, true), 0);
	assert_int_equal(svm->efer, EFER_LME | EFER_NX | EFER_FFXSR | EFER_SCE);
	assert_int_equal(set_efer(0, EFER_LMA, true), -EINVAL);
	assert_int_equal(set_efer(0, EFER_SVME, true), -EINVAL);
	svm->may_efer |= EFER_LMA;
	assert_int_equal(set_efer(0, EFER_LME | EFER_LMA, true), 0);
	assert_int_equal(svm->efer, EFER_LME | EFER_LMA);
}

/* SVME brings guests of the guest's own and takes them away; not where the firmware forbids, not from inside. */
static void svme(void **state)
{
	(void)state;
	svm->may_efer = EFER_SVME;
	assert_int_equal(set_efer(0, EFER_SVME, false), 0);
	expect("ne");
	enable_ret = -ENOMEM;
	assert_int_equal(set_efer(0, EFER_SVME, false), -ENOMEM);
	assert_int_equal(svm->efer, 0);
	expect("n");
	enable_ret = 0;
	svm->vm_cr = 0x10;
	assert_int_equal(set_efer(0, EFER_SVME, false), -EINVAL);
	expect("");
	assert_int_equal(set_efer(0, EFER_SVME, true), 0);
	expect("ne");
	assert_int_equal(set_efer(EFER_SVME, EFER_SVME, false), 0);
	expect("e");
	assert_int_equal(set_efer(EFER_SVME, 0, false), 0);
	expect("Ne");
	svm->nested = &nested;
	nested.in_l2 = true;
	assert_int_equal(set_efer(EFER_SVME, 0, false), -EINVAL);
	assert_int_equal(svm->efer, EFER_SVME);
	expect("");
	assert_int_equal(set_efer(EFER_SVME, 0, true), 0);
	expect("Ne");
}

/* VM_CR: five bits; locked, the lock and the switch stay; no switching off what is in use. */
static void vm_cr(void **state)
{
	(void)state;
	assert_int_equal(guest_set(0xc0010114, 0x20), -EINVAL);
	assert_int_equal(guest_set(0xc0010114, 0x17), 0);
	assert_int_equal(svm->vm_cr, 0x17);
	assert_int_equal(guest_set(0xc0010114, 0x8), 0);
	assert_int_equal(svm->vm_cr, 8);
	assert_int_equal(guest_set(0xc0010114, 0x12), 0);
	assert_int_equal(svm->vm_cr, 0xa);
	svm->vm_cr = 0x18;
	assert_int_equal(guest_set(0xc0010114, 0), 0);
	assert_int_equal(svm->vm_cr, 0x18);
	svm->vm_cr = 0;
	svm->efer = EFER_SVME;
	assert_int_equal(guest_set(0xc0010114, 0x10), -EINVAL);
	assert_int_equal(guest_set(0xc0010114, 0x0f), 0);
	/* where the host's state goes: a page that the machine can have */
	assert_int_equal(guest_set(0xc0010117, (1ULL << 40) - 4096), 0);
	assert_int_equal(svm->hsave, (1ULL << 40) - 4096);
	assert_int_equal(guest_set(0xc0010117, 1ULL << 40), -EINVAL);
	assert_int_equal(guest_set(0xc0010117, 4096 + 2048), -EINVAL);
	assert_int_equal(guest_set(0xc0010117, 1), -EINVAL);
	assert_int_equal(svm->hsave, (1ULL << 40) - 4096);
}

/* The TSC and its adjustment move together for a guest; a VMM sets each by itself. */
static void tscs(void **state)
{
	(void)state;
	vmcb.control.tsc_offset = 300;
	vcpu.clock.tsc_offset = 50;
	svm->tsc_adjust = 7;
	assert_int_equal(guest_set(0x10, 2300), 0);
	assert_int_equal(svm->tsc_adjust, 1007);
	assert_int_equal(moved, 1050);
	expect("m");
	assert_int_equal(guest_set(0x3b, 1010), 0);
	assert_int_equal(svm->tsc_adjust, 1010);
	assert_int_equal(moved, 53);
	expect("m");
	assert_int_equal(host_set(0x10, 9999), 0);
	assert_int_equal(synced, 9999);
	assert_int_equal(svm->tsc_adjust, 1010);
	expect("s");
	assert_int_equal(host_set(0x3b, 4), 0);
	assert_int_equal(svm->tsc_adjust, 4);
	expect("");
}

/* What a VMM saves is there and twice on no list; features are those that the machine has. */
static void lists(void **state)
{
	const u32 *list, *features;
	unsigned int nr, i, j;
	u64 val;

	(void)state;
	list = svm_msr_list(&nr);
	assert_true(nr > 50 && list[nr - 2] == 0x48 && list[nr - 1] == 0xc001011f);
	/* who has no name yet gets no page */
	for (i = 0; list[i] != 0x40000000; i++)
		assert_true(i < nr && list[i] != 0x40000001);
	unlisted = 2;
	svm_msr_list(&j);
	assert_int_equal(j, nr - 2);
	unlisted = 0;
	for (i = 0; i < nr; i++)
		for (j = 0; j < i; j++)
			assert_int_not_equal(list[i], list[j]);
	for (i = 0; i < ARRAY_SIZE(msr_kept); i++) {
		for (j = 0; j < nr && list[j] != msr_kept[i].index; j++)
			;
		assert_int_equal(j < nr, msr_kept[i].listed);
	}
	features = svm_msr_features(&nr);
	assert_int_equal(nr, 2);
	for (i = 0; i < nr; i++)
		assert_int_equal(svm_msr_feature(features[i], &val), 0);
	assert_int_equal(svm_msr_feature(0x8b, &val), 0);
	assert_int_equal(val, 0x8701030);
	machine_rev = 0;
	assert_int_equal(svm_msr_feature(0x8b, &val), 0);
	assert_int_equal(val, 0x01000065);
	assert_int_equal(svm_msr_feature(0x10a, &val), -ENOENT);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields), TEST(others), TEST(of_xen), TEST(only_kept), TEST(particular), TEST(efer), TEST(svme), TEST(vm_cr),
		TEST(tscs), TEST(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
