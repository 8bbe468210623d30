// SPDX-License-Identifier: GPL-2.0
/*
 * Which PMUs the host has, as perf says it, and what a VMM sets of a vCPU's (Documentation/virt/kvm/devices/vcpu.rst, 1).
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/smp.h>
#include <linux/perf/arm_pmu.h>
#include "each_alloc.h"

unsigned long test_online;
static unsigned int here;	/* the CPU that runs */

#define TEST_REG_pmcr_el0	32U
#define TEST_REG_pmceid0_el0	33U
#define TEST_REG_pmceid1_el0	34U
#undef raw_smp_processor_id
#define raw_smp_processor_id()	(here)
#undef smp_call_function_single
#define smp_call_function_single(cpu, fn, arg, wait)	on_cpu(cpu, fn, arg, wait)

static u64 ver;
static int on_cpu(unsigned int cpu, void (*fn)(void *), void *arg, bool wait);

#include "../../src/arm64/pmu/host.c"
#include "../../src/arm64/pmu/attr.c"

static struct arm_pmu pmus[12];
static struct perf_event event;
static unsigned int events, probed;
static bool cpu_gone;

/* Each CPU has the PMU of its number halved; CPU 15 has none. */
struct perf_event *perf_event_create_kernel_counter(struct perf_event_attr *attr, int cpu, void *task,
						    perf_overflow_handler_t handler, void *context)
{
	assert_true(attr->type == PERF_TYPE_RAW && attr->size == sizeof(*attr) && attr->config == 0x11);
	assert_true(attr->disabled && !task && !handler && !context && !attr->config1);
	probed |= BIT(cpu);
	if (cpu == 15)
		return ERR_PTR(-ENOENT);
	event.pmu = &pmus[cpu / 2].pmu;
	events++;
	return &event;
}

int perf_event_release_kernel(struct perf_event *e)
{
	assert_ptr_equal(e, &event);
	events--;
	return 0;
}

static int on_cpu(unsigned int cpu, void (*fn)(void *), void *arg, bool wait)
{
	assert_true(wait);
	if (cpu_gone)
		return -ENXIO;
	here = cpu;
	fn(arg);
	here = 0;
	return 0;
}

u64 test_type_read(u32 n)
{
	switch (n) {
	case 32:
		return ~0xf800ULL | (4 + here) << 11;
	case 33:
		return 0x100 * here;
	default:
		return ~0ULL;
	}
}

u64 read_sanitised_ftr_reg(u32 id)
{
	return id == SYS_ID_AA64DFR0_EL1 ? ver << 8 : 0;
}

/* The interrupt controller of one VM */

static struct arm_vm vm;
static struct arm_vcpu vcpu, other;
static bool has_gic, gic_ready;

bool gic_exists(const struct arm_vm *v)
{
	return has_gic;
}

bool gic_is_initialised(const struct arm_vm *v)
{
	return gic_ready;
}

bool gic_intid_is_valid_ppi(u32 intid)
{
	return intid >= 16 && intid < 32;
}

bool gic_intid_is_valid_spi(struct arm_vm *v, u32 intid)
{
	return intid >= 32 && intid < 64;
}

bool gic_is_mapped(struct arm_vcpu *v, u32 intid)
{
	return intid == 27;
}

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx >= v->nr_vcpus ? NULL : idx ? &other.base : &vcpu.base;
}

bool pmu_exists(const struct arm_vcpu *v)
{
	return v->ctx.features & BIT(KVM_ARM_VCPU_PMU_V3);
}

static int setup(void **state)
{
	unsigned int i;

	memset(hosts, 0, sizeof(hosts));
	nr_hosts = 0;
	for (i = 0; i < ARRAY_SIZE(pmus); i++) {
		pmus[i].pmu.type = 10 + i;
		pmus[i].supported_cpus.bits = 3UL << 2 * i;
	}
	test_online = 0xf;
	probed = here = 0;
	cpu_gone = false;
	ver = 4;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&other, 0, sizeof(other));
	vcpu.vm = other.vm = &vm;
	vm.base.nr_vcpus = 2;
	vcpu.ctx.features = other.ctx.features = BIT(KVM_ARM_VCPU_PMU_V3);
	mutex_init(&vm.base.lock);
	mutex_init(&vcpu.base.mutex);
	mutex_init(&other.base.mutex);
	mutex_lock(&vcpu.base.mutex);
	mutex_lock(&other.base.mutex);
	has_gic = gic_ready = true;
	shim_user_hole(0, 0);
	return 0;
}

static int teardown(void **state)
{
	mutex_unlock(&vcpu.base.mutex);
	mutex_unlock(&other.base.mutex);
	bitmap_free(vm.pmu.filter);
	shim_check_quiet();
	return shim_allocs() || events ? -1 : 0;
}

/* Each kind of CPU is one PMU, by the first CPU of it that is online; what there is no room for is left out. */
static void probing(void **state)
{
	unsigned int i;

	pmu_host_init();
	assert_int_equal(probed, 0xf);
	assert_true(pmu_host_exists());
	assert_int_equal(nr_hosts, 2);
	assert_int_equal(hosts[0].type, 10);
	assert_int_equal(hosts[1].type, 11);
	assert_ptr_equal(hosts[1].cpus, &pmus[1].supported_cpus);
	assert_int_equal(hosts[0].counters, 4);
	assert_int_equal(hosts[1].counters, 6);
	/* CHAIN is there, stalled slots are not */
	assert_int_equal(hosts[0].ceid[0], BIT(0x1e));
	assert_int_equal(hosts[1].ceid[0], BIT(0x1e) | 0x200);
	assert_true(hosts[1].ceid[1] == ~0xe0000000ULL);
	for (i = 0; i < 4; i++) {
		here = i;
		assert_ptr_equal(pmu_host_here(), &hosts[i / 2]);
	}
	here = 4;
	assert_null(pmu_host_here());
	assert_ptr_equal(pmu_host_by_type(11), &hosts[1]);
	assert_null(pmu_host_by_type(0));
	assert_null(pmu_host_by_type(12));
	nr_hosts = 0;
	test_online = 0xffffa;
	here = 0;
	pmu_host_init();
	assert_int_equal(nr_hosts, 8);
	assert_int_equal(hosts[7].type, 17);
	assert_int_equal(hosts[0].counters, 5);
	pmus[7].pmu.type = 99;
	pmus[0].pmu.type = 98;
	pmu_host_init();
	assert_int_equal(nr_hosts, 8);
	assert_null(pmu_host_by_type(98));
}

/* No PMUv3, no counter, a CPU that has gone meanwhile: there is none, and nothing is left. */
static void nothing(void **state)
{
	ver = 0;
	pmu_host_init();
	ver = 0xf;
	pmu_host_init();
	assert_int_equal(probed, 0);
	assert_false(pmu_host_exists());
	ver = 1;
	test_online = BIT(15);
	pmu_host_init();
	assert_int_equal(probed, BIT(15));
	assert_false(pmu_host_exists());
	test_online = 1;
	cpu_gone = true;
	pmu_host_init();
	assert_false(pmu_host_exists());
}

/* The version that guests may see, and how many events it knows. */
static void versions(void **state)
{
	static const struct { unsigned int ver, seen, events; } t[] = {
		{ 0, 0, 0x400 }, { 1, 1, 0x400 }, { 4, 4, 0x10000 }, { 6, 6, 0x10000 }, { 8, 6, 0x10000 }, { 0xf, 0, 0x400 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ver = t[i].ver;
		assert_int_equal(pmu_host_version(), t[i].seen);
		assert_int_equal(pmu_host_events(), t[i].events);
	}
}

static int set_of(struct arm_vcpu *v, u64 which, void *val)
{
	struct kvm_device_attr attr = { .attr = which, .addr = (uintptr_t)val };

	return pmu_set_attr(v, &attr);
}

static int set_irq(struct arm_vcpu *v, int irq)
{
	return set_of(v, KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
}

static int get_irq(int *irq)
{
	struct kvm_device_attr attr = { .attr = KVM_ARM_VCPU_PMU_V3_IRQ, .addr = (uintptr_t)irq };

	return pmu_get_attr(&vcpu, &attr);
}

static int init(struct arm_vcpu *v)
{
	return set_of(v, KVM_ARM_VCPU_PMU_V3_INIT, NULL);
}

/* One PPI for all vCPUs, or an SPI for each; once. */
static void interrupts(void **state)
{
	struct kvm_device_attr attr = { .attr = 7 };
	int irq = 0;

	assert_int_equal(get_irq(&irq), -ENXIO);
	assert_int_equal(set_irq(&vcpu, 15), -EINVAL);
	assert_int_equal(set_irq(&vcpu, 1020), -EINVAL);
	assert_int_equal(set_irq(&vcpu, -1), -EINVAL);
	shim_guard(&vm.base.lock.shim, &vm.pmu, sizeof(vm.pmu));
	shim_guard(&vm.base.lock.shim, &vcpu.pmu.irq, sizeof(vcpu.pmu.irq));
	assert_int_equal(set_irq(&vcpu, 16), 0);
	assert_false(vm.pmu.spis);
	assert_int_equal(set_irq(&vcpu, 16), -EBUSY);
	assert_int_equal(set_irq(&vcpu, 17), -EINVAL);
	assert_int_equal(set_irq(&other, 17), -EINVAL);
	assert_int_equal(set_irq(&other, 16), 0);
	assert_int_equal(get_irq(&irq), 0);
	assert_int_equal(irq, 16);
	mutex_lock(&vm.base.lock);
	vcpu.pmu.irq = other.pmu.irq = 0;
	mutex_unlock(&vm.base.lock);
	assert_int_equal(set_irq(&vcpu, 32), 0);
	assert_true(vm.pmu.spis);
	assert_int_equal(set_irq(&other, 32), -EINVAL);
	assert_int_equal(set_irq(&other, 31), -EINVAL);
	assert_int_equal(set_irq(&other, 1019), 0);
	assert_int_equal(other.pmu.irq, 1019);
	shim_user_hole((uintptr_t)&irq, sizeof(irq));
	assert_int_equal(get_irq(&irq), -EFAULT);
	assert_int_equal(set_of(&other, KVM_ARM_VCPU_PMU_V3_IRQ, &irq), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(pmu_get_attr(&vcpu, &attr), -ENXIO);
	has_gic = false;
	assert_int_equal(get_irq(&irq), -EINVAL);
	assert_int_equal(set_irq(&other, 33), -EINVAL);
}

/* A vCPU without the feature has none of it. */
static void without(void **state)
{
	struct kvm_device_attr attr = { .attr = KVM_ARM_VCPU_PMU_V3_SET_PMU };
	int irq = 20;

	assert_int_equal(pmu_has_attr(&vcpu, &attr), 0);
	attr.attr++;
	assert_int_equal(pmu_has_attr(&vcpu, &attr), -ENXIO);
	assert_int_equal(pmu_set_attr(&vcpu, &attr), -ENXIO);
	attr.attr = 0;
	assert_int_equal(pmu_has_attr(&vcpu, &attr), 0);
	vcpu.ctx.features = 0;
	assert_int_equal(pmu_has_attr(&vcpu, &attr), -ENXIO);
	assert_int_equal(set_irq(&vcpu, 20), -ENODEV);
	assert_int_equal(get_irq(&irq), -ENODEV);
	assert_int_equal(vcpu.pmu.irq, 0);
}

/* It is initialised when the GIC is, with an interrupt that is there and nobody else's; after that nothing is set. */
static void initialised(void **state)
{
	gic_ready = false;
	assert_int_equal(init(&vcpu), -ENODEV);
	gic_ready = true;
	assert_int_equal(init(&vcpu), -ENXIO);
	vcpu.pmu.irq = 27;
	assert_int_equal(init(&vcpu), -EEXIST);
	vcpu.pmu.irq = 64;
	assert_int_equal(init(&vcpu), -EINVAL);
	assert_false(vcpu.pmu.ready);
	vcpu.pmu.irq = 63;
	assert_int_equal(init(&vcpu), 0);
	assert_true(vcpu.pmu.ready);
	assert_int_equal(init(&vcpu), -EBUSY);
	assert_int_equal(set_irq(&vcpu, 20), -EBUSY);
	other.pmu.irq = 23;
	assert_int_equal(init(&other), 0);
	other.pmu.ready = false;
	other.pmu.irq = 0;
	has_gic = false;
	assert_int_equal(init(&other), 0);
	assert_true(other.pmu.ready);
}

static int filter(u16 base, u16 n, u8 action)
{
	struct kvm_pmu_event_filter f = { .base_event = base, .nevents = n, .action = action };

	return set_of(&vcpu, KVM_ARM_VCPU_PMU_V3_FILTER, &f);
}

static bool allowed(unsigned int n)
{
	return test_bit(n, vm.pmu.filter);
}

/* The first filter says what becomes of what none names; later ones change what they name, within the events that there are. */
static void filters(void **state)
{
	struct kvm_pmu_event_filter f = {};

	assert_int_equal(filter(0xffff, 2, KVM_PMU_EVENT_ALLOW), -EINVAL);
	assert_int_equal(filter(0, 1, 2), -EINVAL);
	assert_null(vm.pmu.filter);
	assert_int_equal(each_alloc(filter(0x10, 2, KVM_PMU_EVENT_ALLOW), -ENOMEM), 1);
	assert_true(!allowed(0xf) && allowed(0x10) && allowed(0x11) && !allowed(0x12) && !allowed(0xffff));
	assert_int_equal(filter(0xffff, 1, KVM_PMU_EVENT_ALLOW), 0);
	assert_int_equal(filter(0x11, 1, KVM_PMU_EVENT_DENY), 0);
	assert_true(allowed(0x10) && !allowed(0x11) && allowed(0xffff));
	bitmap_free(vm.pmu.filter);
	vm.pmu.filter = NULL;
	assert_int_equal(filter(0x10, 2, KVM_PMU_EVENT_DENY), 0);
	assert_true(allowed(0xf) && !allowed(0x10) && !allowed(0x11) && allowed(0x12) && allowed(0xffff));
	ver = 1;
	assert_int_equal(filter(0x3ff, 2, KVM_PMU_EVENT_DENY), -EINVAL);
	assert_int_equal(filter(0x3ff, 1, KVM_PMU_EVENT_DENY), 0);
	vm.base.ran_once = true;
	assert_int_equal(filter(0, 1, KVM_PMU_EVENT_DENY), -EBUSY);
	assert_true(allowed(0));
	shim_user_hole((uintptr_t)&f, sizeof(f));
	assert_int_equal(set_of(&vcpu, KVM_ARM_VCPU_PMU_V3_FILTER, &f), -EFAULT);
	shim_user_hole(0, 0);
}

static int bind(int type)
{
	return set_of(&vcpu, KVM_ARM_VCPU_PMU_V3_SET_PMU, &type);
}

/* The VMM chooses a PMU that there is, before the VM runs; what is filtered was filtered for the one that it had. */
static void chosen(void **state)
{
	int type = 10;

	pmu_host_init();
	assert_int_equal(bind(12), -ENXIO);
	assert_int_equal(bind(11), 0);
	assert_ptr_equal(vm.pmu.host, &hosts[1]);
	assert_int_equal(vm.pmu.counters, 6);
	assert_true(vm.pmu.bound);
	assert_int_equal(filter(1, 1, KVM_PMU_EVENT_DENY), 0);
	assert_int_equal(bind(10), -EBUSY);
	assert_int_equal(bind(11), 0);
	vm.base.ran_once = true;
	assert_int_equal(bind(11), -EBUSY);
	assert_ptr_equal(vm.pmu.host, &hosts[1]);
	shim_user_hole((uintptr_t)&type, sizeof(type));
	assert_int_equal(set_of(&vcpu, KVM_ARM_VCPU_PMU_V3_SET_PMU, &type), -EFAULT);
	shim_user_hole(0, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(probing), TEST(nothing), TEST(versions), TEST(interrupts), TEST(without), TEST(initialised), TEST(filters),
		TEST(chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
