// SPDX-License-Identifier: GPL-2.0
/*
 * Calls to the firmware: by which instruction they come, services that a VMM may take away,
 * and calls that it serves itself. DEN0028, DEN0098; Documentation/virt/kvm/devices/vm.rst,
 * Documentation/virt/kvm/arm/fw-pseudo-registers.rst.
 */
#include "vmm.h"

enum { WHAT_CALL, WHAT_SMC_IMMEDIATE, WHAT_COUNT };

/* The VMM's words: which instruction, X0, X1 (0 as X0: no more); the guest's: X0 to X3. */
#define PORT_SMC	(PORT_TEST + 0)
#define PORT_X0		(PORT_TEST + 1)
#define PORT_X1		(PORT_TEST + 2)
#define PORT_RESULT	(PORT_TEST + 3)	/* four times */

#define FN_PSCI_VERSION	0x84000000
#define SMCCC_VERSION	0x80000000
#define SMCCC_FEATURES	0x80000001
#define TRNG_VERSION	0x84000050
#define TRNG_FEATURES	0x84000051
#define TRNG_UUID	0x84000052
#define TRNG_RND32	0x84000053
#define TRNG_RND64	0xc4000053
#define PV_TIME		0xc5000020
#define VENDOR_UID	0x8600ff01
#define VENDOR_FEATURES	0x86000000
#define VENDOR_PTP	0x86000001
#define NOT_SUPPORTED	(-1UL)

#ifdef GUEST

static void call(bool smc, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	register uint64_t x0 asm("x0") = fn;
	register uint64_t x1 asm("x1") = arg;
	register uint64_t x2 asm("x2") = 0;
	register uint64_t x3 asm("x3") = 0;

	if (smc)
		asm volatile("smc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3) : : "memory");
	else
		asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3) : : "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t smc, fn, x[4];
	unsigned int i;

	if (what == WHAT_SMC_IMMEDIATE) {
		register uint64_t x0 asm("x0") = FN_PSCI_VERSION;

		asm volatile("smc #1" : "+r" (x0) : : "x1", "x2", "x3", "memory");
		return x0;
	}
	if (what == WHAT_COUNT)
		return read_reg(cntvct_el0);
	for (;;) {
		smc = guest_ask(PORT_SMC);
		fn = guest_ask(PORT_X0);
		if (!fn)
			return 0;
		call(smc, fn, guest_ask(PORT_X1), x);
		for (i = 0; i < 4; i++)
			guest_say(PORT_RESULT, x[i]);
	}
}

#else

static void begin(struct vmm *v)
{
	vmm_start(v, 0, WHAT_CALL, 0);
}

/* Has the guest begin a call; it is done where it runs next. */
static void ask(struct vmm *v, bool smc, uint64_t fn, uint64_t arg)
{
	uint64_t val = smc;

	expect(vmm_event(v, 0, &val) == PORT_SMC, "port");
	expect(vmm_event(v, 0, &fn) == PORT_X0, "port");
	expect(vmm_event(v, 0, &arg) == PORT_X1, "port");
}

static uint64_t answer(struct vmm *v, uint64_t x[4])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect(vmm_event(v, 0, &x[i]) == PORT_RESULT, "port");
	return x[0];
}

static uint64_t call4(struct vmm *v, bool smc, uint64_t fn, uint64_t arg, uint64_t x[4])
{
	ask(v, smc, fn, arg);
	return answer(v, x);
}

static uint64_t call(struct vmm *v, uint64_t fn, uint64_t arg)
{
	uint64_t x[4];

	return call4(v, false, fn, arg, x);
}

static void check_conduit(void)
{
	uint64_t x[4], hvc;
	struct vmm v;

	vmm_open(&v, NULL);
	begin(&v);
	hvc = call(&v, FN_PSCI_VERSION, 0);
	expect(hvc == 0x10001, "PSCI_VERSION by HVC: %#lx", (long)hvc);
	expect(call4(&v, true, FN_PSCI_VERSION, 0, x) == hvc, "by SMC: %#lx", (long)x[0]);
	expect(call4(&v, true, SMCCC_VERSION, 0, x) == 0x10001, "SMCCC_VERSION by SMC: %#lx", (long)x[0]);
	expect(call4(&v, true, 0x84009999, 0, x) == NOT_SUPPORTED, "an unknown one by SMC: %#lx", (long)x[0]);
	vmm_close(&v);
	vmm_open(&v, NULL);
	x[0] = vmm_go(&v, 0, WHAT_SMC_IMMEDIATE, 0);
	expect(x[0] == NOT_SUPPORTED, "SMC #1: %#lx", (long)x[0]);
}

static void check_trng(void)
{
	uint64_t x[4], y[4];
	unsigned int n;
	struct vmm v;

	vmm_open(&v, NULL);
	begin(&v);
	expect(call(&v, TRNG_VERSION, 0) == 0x10000, "TRNG_VERSION");
	expect(!call(&v, TRNG_FEATURES, TRNG_RND64) && call(&v, TRNG_FEATURES, VENDOR_PTP) == NOT_SUPPORTED, "TRNG_FEATURES");
	expect((uint32_t)call4(&v, false, TRNG_UUID, 0, x) != -1U, "TRNG_GET_UUID");
	expect(!((x[0] | x[1] | x[2] | x[3]) >> 32), "TRNG_GET_UUID is wider than 32 bits");
	for (n = 0; n < 200 && call4(&v, false, TRNG_RND64, 192, x) == -3UL; n++)
		;	/* the server's pool is not ready yet */
	expect(!x[0] && !call4(&v, false, TRNG_RND64, 192, y), "TRNG_RND64: %ld", (long)x[0]);
	expect(x[1] != y[1] && x[2] != y[2] && x[3] != y[3] && x[1] != x[2], "twice the same");
	expect(!call4(&v, false, TRNG_RND64, 65, x) && !x[1] && x[2] <= 1 && x[3], "65 bits: %#lx %#lx", (long)x[1], (long)x[2]);
	expect(!call4(&v, false, TRNG_RND32, 96, x) && !(x[1] >> 32) && !(x[2] >> 32) && !(x[3] >> 32) && x[1] && x[3], "96 bits");
	expect(call(&v, TRNG_RND64, 193) == -2UL && call(&v, TRNG_RND32, 97) == -2UL, "too many bits");
	/* DEN0098 2.5; the kernel's own KVM gives them */
	expect(is_kernels_kvm() || call(&v, TRNG_RND64, 0) == -2UL, "no bits");
}

static uint64_t pair(uint64_t high, uint64_t low)
{
	return high << 32 | (uint32_t)low;
}

static void check_vendor(void)
{
	uint64_t x[4], before, after, virt[2];
	struct timespec t;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_PTP_KVM) == 1, "KVM_CAP_PTP_KVM");
	begin(&v);
	call4(&v, false, VENDOR_UID, 0, x);
	expect(x[0] == 0xb66fb428 && x[1] == 0xe911c52e && x[2] == 0x564bcaa9 && x[3] == 0x743a004d, "UID %#lx …", (long)x[0]);
	expect(call(&v, VENDOR_FEATURES, 0) == 3, "features");
	clock_gettime(CLOCK_REALTIME, &t);
	before = t.tv_sec * 1000000000UL + t.tv_nsec;
	virt[0] = vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT);
	call4(&v, false, VENDOR_PTP, 0, x);
	virt[1] = vmm_reg(&v, 0, KVM_REG_ARM_TIMER_CNT);
	clock_gettime(CLOCK_REALTIME, &t);
	after = t.tv_sec * 1000000000UL + t.tv_nsec;
	expect(pair(x[0], x[1]) >= before && pair(x[0], x[1]) <= after, "time %#lx is not in %#lx-%#lx",
	       (long)pair(x[0], x[1]), (long)before, (long)after);
	expect(pair(x[2], x[3]) >= virt[0] && pair(x[2], x[3]) <= virt[1], "count %#lx is not in %#lx-%#lx",
	       (long)pair(x[2], x[3]), (long)virt[0], (long)virt[1]);
	call4(&v, false, VENDOR_PTP, 1, x);
	expect(pair(x[2], x[3]) > virt[1], "the physical count is not ahead: %#lx", (long)pair(x[2], x[3]));
	expect(call(&v, VENDOR_PTP, 2) == NOT_SUPPORTED, "a third counter");
}

static void check_services(void)
{
	static const struct {
		uint64_t id, all;
		uint32_t fn[3];
	} t[] = {
		{ KVM_REG_ARM_STD_BMAP, 1, { TRNG_VERSION, TRNG_FEATURES, TRNG_RND64 } },
		{ KVM_REG_ARM_STD_HYP_BMAP, 1, { PV_TIME } },
		{ KVM_REG_ARM_VENDOR_HYP_BMAP, 3, { VENDOR_UID, VENDOR_FEATURES, VENDOR_PTP } },
	};
	uint64_t val;
	unsigned int i, k;
	struct vmm v;

	vmm_open(&v, NULL);
	for (i = 0; i < 3; i++) {
		val = vmm_reg(&v, 0, t[i].id);
		expect(val == t[i].all, "%u: %#lx", i, (long)val);
		val = t[i].all + 1;
		expect(vmm_set(&v, 0, t[i].id, &val) == -EINVAL, "%u: a service that nobody has", i);
		vmm_set_reg(&v, 0, t[i].id, 0);
		expect(!vmm_reg(&v, 0, t[i].id), "%u: not taken", i);
	}
	val = 0;
	expect(vmm_get(&v, 0, KVM_REG_ARM_STD_BMAP + 3, &val) == -ENOENT, "a fourth bitmap");
	begin(&v);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3 && t[i].fn[k]; k++)
			expect(call(&v, t[i].fn[k], 0) == NOT_SUPPORTED, "%#x is still there", t[i].fn[k]);
	expect(call(&v, SMCCC_FEATURES, PV_TIME) == NOT_SUPPORTED, "PV_TIME is still said to be there");
	expect(call(&v, FN_PSCI_VERSION, 0) == 0x10001, "PSCI has gone, too");
	for (i = 0; i < 3; i++) {
		val = t[i].all;
		expect(vmm_set(&v, 0, t[i].id, &val) == -EBUSY, "%u: changed in a life", i);
		vmm_set_reg(&v, 0, t[i].id, 0);
	}
}

static int set_filter(struct vmm *v, uint32_t base, uint32_t n, uint8_t action)
{
	struct kvm_smccc_filter f = { .base = base, .nr_functions = n, .action = action };

	return vmm_attr(v->vm, KVM_SET_DEVICE_ATTR, KVM_ARM_VM_SMCCC_CTRL, KVM_ARM_VM_SMCCC_FILTER, &f);
}

static void check_filter_arguments(void)
{
	struct kvm_smccc_filter pad = { .base = FN_PSCI_VERSION, .nr_functions = 1, .pad = { [14] = 1 } };
	struct vmm v;

	vmm_open(&v, NULL);
	expect(!vmm_attr(v.vm, KVM_HAS_DEVICE_ATTR, KVM_ARM_VM_SMCCC_CTRL, KVM_ARM_VM_SMCCC_FILTER, NULL), "has");
	expect(vmm_attr(v.vm, KVM_HAS_DEVICE_ATTR, KVM_ARM_VM_SMCCC_CTRL, 1, NULL) == -ENXIO, "has 1");
	expect(vmm_attr(v.vm, KVM_HAS_DEVICE_ATTR, 7, 0, NULL) == -ENXIO, "has group 7");
	expect(vmm_attr(v.vm, KVM_SET_DEVICE_ATTR, KVM_ARM_VM_SMCCC_CTRL, KVM_ARM_VM_SMCCC_FILTER, (void *)8) == -EFAULT, "EFAULT");
	expect(vmm_attr(v.vm, KVM_SET_DEVICE_ATTR, KVM_ARM_VM_SMCCC_CTRL, KVM_ARM_VM_SMCCC_FILTER, &pad) == -EINVAL, "padding");
	expect(set_filter(&v, FN_PSCI_VERSION, 0, 1) == -EINVAL, "no function");
	expect(set_filter(&v, -1U, 2, 1) == -EINVAL, "beyond the last");
	expect(set_filter(&v, FN_PSCI_VERSION, 1, 3) == -EINVAL, "action 3");
	expect(set_filter(&v, 0x8000ffff, 1, 1) == -EEXIST, "the last Arm Architecture Call");
	expect(set_filter(&v, 0xbfffffff, 2, 1) == -EEXIST, "and the first of 64 bits");
	expect(!set_filter(&v, 0x80010000, 1, 1), "behind them");
	expect(!set_filter(&v, 0x84000100, 0x100, 1), "a range");
	expect(set_filter(&v, 0x840001ff, 1, 1) == -EEXIST, "its last again");
	expect(set_filter(&v, 0x84000000, 0x1000, 2) == -EEXIST, "around it");
	expect(!set_filter(&v, 0x84000200, 1, 2), "behind it");
	expect(!set_filter(&v, -1U, 1, 1), "the last of all");
	vmm_go(&v, 0, WHAT_COUNT, 0);
	expect(set_filter(&v, 0x84000300, 1, 1) == -EBUSY, "in a life");
}

static void check_filter(void)
{
	uint64_t x[4];
	unsigned int smc;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(!set_filter(&v, FN_PSCI_VERSION, 1, KVM_SMCCC_FILTER_DENY), "deny");
	expect(!set_filter(&v, 0xc3000000, 0x10, KVM_SMCCC_FILTER_FWD_TO_USER), "forward");
	expect(!set_filter(&v, TRNG_VERSION, 1, KVM_SMCCC_FILTER_HANDLE), "serve");
	begin(&v);
	for (smc = 0; smc < 2; smc++) {
		expect(call4(&v, smc, FN_PSCI_VERSION, 0, x) == NOT_SUPPORTED, "denied: %#lx", (long)x[0]);
		expect(call4(&v, smc, TRNG_VERSION, 0, x) == 0x10000, "served: %#lx", (long)x[0]);
		expect(call4(&v, smc, 0xc3000010, 0, x) == NOT_SUPPORTED, "behind what is forwarded: %#lx", (long)x[0]);
		ask(&v, smc, 0xc300000f, 77);
		expect(!vmm_run(&v, 0), "KVM_RUN");
		expect(v.run[0]->exit_reason == KVM_EXIT_HYPERCALL, "exit %u", v.run[0]->exit_reason);
		expect(v.run[0]->hypercall.nr == 0xc300000f, "function %#lx", (long)v.run[0]->hypercall.nr);
		/* flags have longmode's place, and what follows it */
		memcpy(&x[0], &v.run[0]->hypercall.longmode, sizeof(x[0]));
		expect(x[0] == (smc ? KVM_HYPERCALL_EXIT_SMC : 0), "flags %#lx", (long)x[0]);
		expect(vmm_reg(&v, 0, VMM_X(1)) == 77, "X1");
		vmm_set_reg(&v, 0, VMM_X(0), 1234);
		vmm_set_reg(&v, 0, VMM_X(3), 5678);
		expect(vmm_event(&v, 0, &x[0]) == PORT_RESULT && x[0] == 1234, "the VMM's answer: %ld", (long)x[0]);
		expect(vmm_event(&v, 0, &x[1]) == PORT_RESULT && x[1] == 77, "X1 was kept: %ld", (long)x[1]);
		expect(vmm_event(&v, 0, &x[2]) == PORT_RESULT, "X2");
		expect(vmm_event(&v, 0, &x[3]) == PORT_RESULT && x[3] == 5678, "the VMM's X3: %ld", (long)x[3]);
	}
}

static void check_pending_tables(void)
{
	struct vmm v;
	uint64_t x = 0;

	vmm_open(&v, NULL);
	expect(!vmm_attr(v.gic, KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, &x), "has");
	expect(!vmm_attr(v.gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, &x), "set");
}

int main(int argc, char **argv)
{
	static const struct check checks[] = {
		{ "conduit", check_conduit },
		{ "trng", check_trng },
		{ "vendor", check_vendor },
		{ "services", check_services },
		{ "filter-arguments", check_filter_arguments },
		{ "filter", check_filter },
		{ "pending-tables", check_pending_tables },
		{ }
	};

	return vmm_main(argc, argv, checks);
}

#endif
