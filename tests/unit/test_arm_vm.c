// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's descriptor on Arm: what a VM is made of and in which order it goes, and what each ioctl hands on, refuses and
 * writes back.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/kvm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../src/arm64/abi/vm.c"

#define MASKS	KVM_ARM_FEATURE_ID_RANGE_SIZE

static struct arm_vm vm;
static struct arm_vcpu vcpus[3];
static struct vm_arch arch;

static char log[64];
static unsigned int n;
static unsigned int max_bits, nr_vcpus, stolen, kicked;
static int mmu_ret, policy_ret, line_ret, message_ret, offset_ret, filter_ret;
static bool has_gic, has_its;
static u64 split_size;
static int split_ret;
static struct kvm_irq_level line_seen;
static struct { u64 address; u32 event, device; } message;
static struct kvm_arm_counter_offset offset;
static struct kvm_smccc_filter filter;

/* A letter for each thing that happens. */
static void note(char c)
{
	assert_true(n < sizeof(log) - 1);
	log[n++] = c;
	log[n] = 0;
}

int mmu_set_split(struct mmu *mmu, u64 size)
{
	assert_ptr_equal(mmu, &vm.mmu);
	split_size = size;
	return split_ret;
}

static void expect(const char *what)
{
	assert_string_equal(log, what);
	n = log[0] = 0;
}

unsigned int mmu_max_ipa_bits(void)
{
	return max_bits;
}

void firmware_vm_init(struct arm_vm *v)
{
	assert_ptr_equal(v, &vm);
	note('f');
}

void cpu_idreg_vm_init(struct arm_vm *v)
{
	note('i');
}

void timer_vm_init(struct arm_vm *v)
{
	note('t');
}

void gic_vm_init(struct arm_vm *v)
{
	note('g');
}

void gic_irqchip_init(struct arm_vm *v)
{
	note('c');
}

int mmu_init(struct mmu *mmu, unsigned int bits)
{
	assert_ptr_equal(mmu, &vm.mmu);
	assert_int_equal(bits, vm.ipa_bits);
	note('m');
	return mmu_ret;
}

void mmu_destroy(struct mmu *mmu)
{
	assert_ptr_equal(mmu, &vm.mmu);
	note('M');
}

int policy_vm_init(struct arm_vm *v)
{
	/* it is a policy of the memory, which is there */
	assert_ptr_equal(vm.base.gmem, &vm.mmu.gmem);
	note('p');
	return policy_ret;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx < nr_vcpus ? &vcpus[idx].base : NULL;
}

void pvtime_destroy(struct pvtime *pv)
{
	assert_ptr_equal(pv, &vcpus[stolen].pvtime);
	stolen++;
	note('v');
}

void firmware_vm_destroy(struct arm_vm *v)
{
	note('F');
}

void pmu_vm_destroy(struct arm_vm *v)
{
	note('U');
}

void its_vm_destroy(struct arm_vm *v)
{
	note('I');
}

void gic_vm_destroy(struct arm_vm *v)
{
	note('G');
}

void vm_kick_all(struct vm *v)
{
	assert_ptr_equal(v, &vm.base);
	kicked++;
}

int irq_line(struct arm_vm *v, const struct kvm_irq_level *l)
{
	assert_ptr_equal(v, &vm);
	line_seen = *l;
	return line_ret;
}

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

bool its_exists(const struct arm_vm *v)
{
	return has_its;
}

int its_message(struct arm_vm *v, u64 address, u32 event, u32 device)
{
	message.address = address;
	message.event = event;
	message.device = device;
	note('x');
	return message_ret;
}

int timer_set_counter_offset(struct arm_vm *v, const struct kvm_arm_counter_offset *off)
{
	offset = *off;
	return offset_ret;
}

/* What may be changed of a register is its encoding here. */
u64 cpu_idreg_mask(u32 enc)
{
	return enc | 1;
}

int firmware_set_filter(struct arm_vm *v, const struct kvm_smccc_filter *args)
{
	filter = *args;
	note('s');
	return filter_ret;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	max_bits = 44;
	nr_vcpus = stolen = kicked = 0;
	mmu_ret = policy_ret = line_ret = message_ret = offset_ret = filter_ret = 0;
	has_gic = has_its = true;
	vm_fill(&arch);
	n = log[0] = 0;
	return 0;
}

static long ioctl_of(unsigned int cmd, void *arg)
{
	return arch.vm_ioctl(&vm.base, cmd, (uintptr_t)arg);
}

/* The type's low eight bits are the size of addresses, 0 is 40; nothing else may be set. */
static void types(void **state)
{
	static const struct { unsigned long type; int ret; unsigned int bits; } types[] = {
		{ 0, 0, 40 }, { 32, 0, 32 }, { 31, -EINVAL, 0 }, { 40, 0, 40 }, { 44, 0, 44 }, { 45, -EINVAL, 0 },
		{ 0xff, -EINVAL, 0 }, { 0x128, -EINVAL, 0 }, { 0x100, -EINVAL, 0 }, { 1UL << 63 | 40, -EINVAL, 0 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		setup(NULL);
		assert_int_equal(arch.vm_init(&vm.base, types[i].type), types[i].ret);
		assert_int_equal(vm.ipa_bits, types[i].bits);
		expect(types[i].ret ? "" : "fitgcmp");
	}
	/* a machine with less than the usual 40 */
	setup(NULL);
	max_bits = 39;
	assert_int_equal(arch.vm_init(&vm.base, 0), -EINVAL);
	assert_int_equal(arch.vm_init(&vm.base, 39), 0);
}

/* Each part is made in its turn, and what fails leaves nothing of those before. */
static void made(void **state)
{
	(void)state;
	memset(&vm.affinities, 0xee, sizeof(vm.affinities));
	assert_int_equal(arch.vm_init(&vm.base, 0), 0);
	expect("fitgcmp");
	assert_true(xa_empty(&vm.affinities));
	assert_ptr_equal(vm.base.gmem, &vm.mmu.gmem);
	vm.mmu.kick(&vm.mmu);
	assert_int_equal(kicked, 1);
	mmu_ret = -ENOMEM;
	vm.mmu.kick = NULL;
	assert_int_equal(arch.vm_init(&vm.base, 0), -ENOMEM);
	expect("fitgcm");
	mmu_ret = 0;
	policy_ret = -EPERM;
	assert_int_equal(arch.vm_init(&vm.base, 0), -EPERM);
	expect("fitgcmpM");
}

/* Who writes into guest memory for each vCPU goes before the memory, which goes before the rest. */
static void goes(void **state)
{
	(void)state;
	arch.vm_init(&vm.base, 0);
	expect("fitgcmp");
	nr_vcpus = vm.base.nr_vcpus = 3;
	arch.vm_release(&vm.base);
	expect("vvvM");
	assert_int_equal(xa_insert(&vm.affinities, 5, &vm, 0), 0);
	arch.vm_destroy(&vm.base);
	expect("FUIG");
	assert_true(xa_empty(&vm.affinities));
}

/* Two capabilities are switched on, each its own, and no others. */
static void caps(void **state)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	(void)state;
	assert_int_equal(arch.enable_cap(&vm.base, &cap), 0);
	assert_true(vm.nisv_to_user && !vm.firmware.system_suspend);
	vm.nisv_to_user = false;
	cap.cap = KVM_CAP_ARM_SYSTEM_SUSPEND;
	assert_int_equal(arch.enable_cap(&vm.base, &cap), 0);
	assert_true(!vm.nisv_to_user && vm.firmware.system_suspend);
	cap.cap = KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE;
	cap.args[0] = 1 << 21;
	cap.args[1] = 5;
	assert_int_equal(arch.enable_cap(&vm.base, &cap), 0);
	assert_int_equal(split_size, 1 << 21);
	split_ret = -EINVAL;
	assert_int_equal(arch.enable_cap(&vm.base, &cap), -EINVAL);
	split_ret = 0;
	cap.cap = KVM_CAP_IRQCHIP;
	assert_int_equal(arch.enable_cap(&vm.base, &cap), -EINVAL);
}

/* The target that suits every host has no features, and its structure no rest. */
static void target(void **state)
{
	struct kvm_vcpu_init init;
	unsigned int i;

	(void)state;
	memset(&init, 0xee, sizeof(init));
	assert_int_equal(ioctl_of(KVM_ARM_PREFERRED_TARGET, &init), 0);
	assert_int_equal(init.target, KVM_ARM_TARGET_GENERIC_V8);
	for (i = 0; i < ARRAY_SIZE(init.features); i++)
		assert_int_equal(init.features[i], 0);
}

/* A line goes to who knows its numbers, as it is; the answer comes from there. A GICv2 there is not. */
static void lines(void **state)
{
	struct kvm_irq_level l = { .irq = 0x1234, .level = 1 };

	(void)state;
	line_ret = -ENXIO;
	assert_int_equal(ioctl_of(KVM_IRQ_LINE, &l), -ENXIO);
	assert_int_equal(line_seen.irq, 0x1234);
	assert_int_equal(line_seen.level, 1);
	assert_int_equal(ioctl_of(KVM_CREATE_IRQCHIP, NULL), -ENODEV);
	assert_int_equal(ioctl_of(KVM_RUN, NULL), -ENOTTY);
}

/* A message needs a GIC, and with an ITS a device; both halves of its address count. */
static void messages(void **state)
{
	struct kvm_msi msi = {
		.address_lo = 0x89abcdef, .address_hi = 0x01234567, .data = 0x55, .devid = 0x77,
		.flags = KVM_MSI_VALID_DEVID,
	};

	(void)state;
	message_ret = 1;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), 1);
	assert_int_equal(message.address, 0x0123456789abcdef);
	assert_int_equal(message.event, 0x55);
	assert_int_equal(message.device, 0x77);
	expect("x");
	message_ret = 0;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), 0);
	expect("x");
	msi.flags = KVM_MSI_VALID_DEVID | 2;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), -EINVAL);
	msi.flags = 0;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), -EINVAL);
	expect("");
	has_its = false;
	message_ret = -EINVAL;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), -EINVAL);
	expect("x");
	has_gic = false;
	assert_int_equal(ioctl_of(KVM_SIGNAL_MSI, &msi), -EINVAL);
	expect("");
}

/* The counter's offset goes to the timers, all of it. */
static void counter(void **state)
{
	struct kvm_arm_counter_offset off = { .counter_offset = 0x123456789, .reserved = 9 };

	(void)state;
	offset_ret = -EBUSY;
	assert_int_equal(ioctl_of(KVM_ARM_SET_COUNTER_OFFSET, &off), -EBUSY);
	assert_int_equal(offset.counter_offset, 0x123456789);
	assert_int_equal(offset.reserved, 9);
}

/* Which bits of ID registers may be changed: op1 0, 1 and 3, of each 8 times 8, in this order; nothing behind them. */
static void masks(void **state)
{
	static u64 out[MASKS + 1];
	struct reg_mask_range range = { .addr = (uintptr_t)out };
	static const u8 op1[] = { 0, 1, 3 };
	unsigned int i, crm, op2, k = 0;

	(void)state;
	memset(out, 0, sizeof(out));
	assert_int_equal(ioctl_of(KVM_ARM_GET_REG_WRITABLE_MASKS, &range), 0);
	for (i = 0; i < 3; i++)
		for (crm = 0; crm < 8; crm++)
			for (op2 = 0; op2 < 8; op2++)
				assert_int_equal(out[k++], sys_reg(3, op1[i], 0, crm, op2) | 1);
	assert_int_equal(out[MASKS], 0);
	shim_user_hole((uintptr_t)&out[MASKS - 1], 8);
	assert_int_equal(ioctl_of(KVM_ARM_GET_REG_WRITABLE_MASKS, &range), -EFAULT);
	shim_user_hole(0, 0);
	range.range = 1;
	assert_int_equal(ioctl_of(KVM_ARM_GET_REG_WRITABLE_MASKS, &range), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(range.reserved); i++) {
		memset(&range, 0, sizeof(range));
		range.addr = (uintptr_t)out;
		range.reserved[i] = 1 << i;
		assert_int_equal(ioctl_of(KVM_ARM_GET_REG_WRITABLE_MASKS, &range), -EINVAL);
	}
}

/* The one attribute of a VM: it is there, and it is set; others are neither. */
static void attributes(void **state)
{
	struct kvm_smccc_filter f = { .base = 0x84000000, .nr_functions = 3, .action = 1 };
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VM_SMCCC_CTRL, .attr = KVM_ARM_VM_SMCCC_FILTER, .addr = (uintptr_t)&f,
	};

	(void)state;
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &attr), 0);
	expect("");
	filter_ret = -EEXIST;
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &attr), -EEXIST);
	expect("s");
	assert_memory_equal(&filter, &f, sizeof(f));
	shim_user_hole((uintptr_t)&f, sizeof(f));
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &attr), -EFAULT);
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &attr), 0);
	shim_user_hole(0, 0);
	attr.attr++;
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &attr), -ENXIO);
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &attr), -ENXIO);
	attr.attr--;
	attr.group++;
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &attr), -ENXIO);
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &attr), -ENXIO);
	assert_int_equal(ioctl_of(KVM_GET_DEVICE_ATTR, &attr), -ENOTTY);
	expect("");
}

/* What cannot be read or written of the VMM's is an error, and nothing happens. */
static void faults(void **state)
{
	static const unsigned int cmds[] = {
		KVM_ARM_PREFERRED_TARGET, KVM_IRQ_LINE, KVM_SIGNAL_MSI, KVM_ARM_SET_COUNTER_OFFSET,
		KVM_ARM_GET_REG_WRITABLE_MASKS, KVM_SET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR,
	};
	static u64 arg[128];
	unsigned int i;

	(void)state;
	shim_user_hole((uintptr_t)arg, sizeof(arg));
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		assert_int_equal(ioctl_of(cmds[i], arg), -EFAULT);
	shim_user_hole(0, 0);
	expect("");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(types), TEST(made), TEST(goes), TEST(caps), TEST(target), TEST(lines), TEST(messages),
		TEST(counter), TEST(masks), TEST(attributes), TEST(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
