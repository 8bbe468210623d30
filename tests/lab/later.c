// SPDX-License-Identifier: GPL-2.0
/*
 * What kernels after 6.12 added to KVM's API on Arm: Tabula has it, or answers as a KVM that has it not.
 */
#define _GNU_SOURCE
#include "vmm.h"

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	return 0;
}

#else

/* As Linux 7.3 numbers it. */
#define CAP_FIRST		239	/* KVM_CAP_ARM_WRITABLE_IMP_ID_REGS */
#define CAP_LAST		251	/* KVM_CAP_ARM_PMU_V3_STRICT */
#define VM_TYPE_PROTECTED	(1UL << 31)
#define VCPU_HAS_EL2_E2H0	8
#define VCPU_PMU_V3_STRICT	9
#define DEV_TYPE_VGIC_V5	16
#define VGIC_GRP_MAINT_IRQ	9
#define VGIC_USERSPACE_PPIS	5
#define PMU_V3_SET_NR_COUNTERS	4
#define REG_VENDOR_HYP_BMAP_2	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | 0x160000 | 3)

static void later_caps(void)
{
	struct kvm_enable_cap enable = { };
	struct vmm v;
	int cap, fd;

	vmm_open(&v, NULL);
	for (cap = CAP_FIRST; cap <= CAP_LAST && !is_kernels_kvm(); cap++) {
		fd = result(ioctl(v.sys, KVM_CHECK_EXTENSION, cap));
		expect(!fd, "capability %d: %d", cap, fd);
		expect_result(ioctl(v.vm, KVM_CHECK_EXTENSION, cap), 0);
		enable.cap = cap;
		expect_result(ioctl(v.vm, KVM_ENABLE_CAP, &enable), -EINVAL);
	}
	fd = result(ioctl(v.sys, KVM_CREATE_VM, VM_TYPE_PROTECTED));
	expect(fd == -EINVAL || is_kernels_kvm(), "a protected VM: %s", result_name(fd));
	vmm_close(&v);
}

static void later_vcpus(void)
{
	static const int features[] = { VCPU_HAS_EL2_E2H0, VCPU_PMU_V3_STRICT };
	struct kvm_vcpu_init init;
	struct vmm v;
	uint64_t val;
	unsigned int i;
	int ret;

	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	for (i = 0; i < 2; i++) {
		expect_result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
		init.features[0] |= 1U << features[i];
		ret = result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, &init));
		expect(ret == -ENOENT || ret == -EINVAL, "feature %d: %s", features[i], result_name(ret));
	}
	ret = result(ioctl(v.cpu[0], KVM_GET_ONE_REG, &(struct kvm_one_reg){ REG_VENDOR_HYP_BMAP_2, (uintptr_t)&val }));
	expect(ret == -ENOENT || is_kernels_kvm(), "the second map of vendor calls: %s", result_name(ret));
	ret = result(ioctl(v.cpu[0], KVM_HAS_DEVICE_ATTR, &(struct kvm_device_attr){
				.group = KVM_ARM_VCPU_PMU_V3_CTRL, .attr = PMU_V3_SET_NR_COUNTERS }));
	expect(ret == -ENXIO || is_kernels_kvm(), "a number of PMU counters: %s", result_name(ret));
	vmm_close(&v);
}

static void later_devices(void)
{
	struct kvm_create_device create = { .type = DEV_TYPE_VGIC_V5 };
	static const struct kvm_device_attr attrs[] = {
		{ .group = VGIC_GRP_MAINT_IRQ }, { .group = KVM_DEV_ARM_VGIC_GRP_CTRL, .attr = VGIC_USERSPACE_PPIS },
	};
	struct vmm v;
	unsigned int i;
	int ret;

	vmm_open(&v, NULL);
	ret = result(ioctl(v.vm, KVM_CREATE_DEVICE, &create));
	expect(ret == -ENODEV || is_kernels_kvm(), "a GICv5: %s", result_name(ret));
	for (i = 0; i < 2; i++) {
		ret = result(ioctl(v.gic, KVM_HAS_DEVICE_ATTR, &attrs[i]));
		expect(ret == -ENXIO || is_kernels_kvm(), "the GIC's group %u, %llu: %s", attrs[i].group,
		       (unsigned long long)attrs[i].attr, result_name(ret));
	}
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "caps", later_caps },
	{ "vcpus", later_vcpus },
	{ "devices", later_devices },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
