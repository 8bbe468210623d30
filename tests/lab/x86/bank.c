// SPDX-License-Identifier: GPL-2.0
/*
 * Machine checks that the VMM has a guest find.
 */
#include "vmm.h"

enum { WHAT_READ, WHAT_WAIT };

#define PORT_READY	PORT_TEST

#define MCG_CAP		0x179
#define MCG_STATUS	0x17a
#define MCG_CTL		0x17b
#define BANK(n, reg)	(0x400 + 4 * (n) + (reg))	/* CTL, STATUS, ADDR, MISC */
#define BANKS		5

#define STATUS_VAL	(1ULL << 63)
#define STATUS_OVER	(1ULL << 62)
#define STATUS_UC	(1ULL << 61)
#define CR4_MCE		(1 << 6)

#ifdef GUEST

static volatile uint64_t checks;

bool guest_trap(struct guest_frame *f)
{
	uint64_t val;

	if (f->vector != 18)
		return false;
	checks++;
	guest_check(guest_rdmsr(BANK(1, 1), &val) && (val & (STATUS_VAL | STATUS_UC)) == (STATUS_VAL | STATUS_UC));
	guest_check(guest_rdmsr(BANK(1, 2), &val));
	guest_expect(val, 0x123000);
	guest_check(guest_rdmsr(MCG_STATUS, &val));
	guest_expect(val, 5);
	guest_check(guest_wrmsr(BANK(1, 1), 0));
	guest_check(guest_wrmsr(MCG_STATUS, 0));
	return true;
}

static uint64_t read_corrected(void)
{
	uint64_t val;

	guest_check(guest_rdmsr(MCG_CAP, &val));
	guest_expect(val & 0xff, BANKS);
	guest_say(PORT_READY, 0);
	guest_check(guest_rdmsr(BANK(2, 1), &val));
	guest_expect(val, STATUS_VAL | STATUS_OVER | 0x77);
	guest_check(!guest_wrmsr(BANK(2, 1), 1));	/* it clears them, and makes none up */
	guest_check(guest_wrmsr(BANK(2, 1), 0));
	guest_check(!guest_rdmsr(BANK(BANKS, 0), &val));
	guest_check(!guest_wrmsr(BANK(0, 0), 0x1234));
	return checks;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	if (what == WHAT_READ)
		return read_corrected();
	write_reg(read_reg(cr4) | CR4_MCE, cr4);
	guest_say(PORT_READY, 0);
	guest_say(PORT_READY, 1);
	return checks;
}

#else

static void setup(struct vmm *v, uint64_t cap)
{
	vmm_open(v, NULL);
	expect_result(ioctl(v->cpu[0], KVM_X86_SETUP_MCE, &cap), 0);
}

/* To behind the guest's first event. */
static void ready(struct vmm *v, uint64_t what)
{
	vmm_start(v, 0, what, 0);
	vmm_expect_event(v, 0, PORT_READY);
	v->run[0]->immediate_exit = 1;
	expect_result(ioctl(v->cpu[0], KVM_RUN, 0), -EINTR);
	v->run[0]->immediate_exit = 0;
}

/* How many banks there are is within bounds, and an error is for one of them. */
static void check_bounds(void)
{
	struct kvm_x86_mce mce = { .status = STATUS_VAL, .bank = BANKS };
	uint64_t cap;
	struct vmm v;

	setup(&v, BANKS);
	must(v.sys, KVM_X86_GET_MCE_CAP_SUPPORTED, &cap);
	expect(cap & 1 << 8, "MCG_CTL is not supported: %#lx", (long)cap);
	cap = 0;
	expect_result(ioctl(v.cpu[0], KVM_X86_SETUP_MCE, &cap), -EINVAL);
	cap = vmm_cap(&v, KVM_CAP_MCE) + 1;
	expect_result(ioctl(v.cpu[0], KVM_X86_SETUP_MCE, &cap), -EINVAL);
	cap = BANKS | 1 << 30;
	expect_result(ioctl(v.cpu[0], KVM_X86_SETUP_MCE, &cap), -EINVAL);
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), -EINVAL);
	mce.bank = 0;
	mce.status = 0;
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), -EINVAL);
	vmm_close(&v);
}

/* A corrected error stands in its bank until the guest looks; a second one says that one was lost. */
static void check_corrected(void)
{
	struct kvm_x86_mce mce = { .status = STATUS_VAL | 0x77, .bank = 2 };
	struct vmm v;

	setup(&v, BANKS | 1 << 8);
	ready(&v, WHAT_READ);
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), 0);
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), 0);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 0, "a corrected error is an exception");
	vmm_close(&v);
}

/* One that is not is #MC at the next instruction, and the end of a guest that takes none. */
static void check_uncorrected(void)
{
	struct kvm_x86_mce mce = {
		.status = STATUS_VAL | STATUS_UC, .addr = 0x123000, .mcg_status = 5, .bank = 1,
	};
	struct vmm v;

	setup(&v, BANKS | 1 << 8);
	ready(&v, WHAT_WAIT);
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), 0);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 1, "no #MC");
	vmm_close(&v);
	setup(&v, BANKS | 1 << 8);
	ready(&v, WHAT_READ);
	expect_result(ioctl(v.cpu[0], KVM_X86_SET_MCE, &mce), 0);
	vmm_exit(&v, 0, KVM_EXIT_SHUTDOWN);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "bounds", check_bounds }, { "corrected", check_corrected }, { "uncorrected", check_uncorrected }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
