// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's descriptor on Arm: what KVM_ARM_VCPU_INIT takes and makes anew, and what each ioctl hands on, refuses and
 * writes back.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/esr.h>

#ifndef KVM_ARM_VCPU_HAS_EL2
#define KVM_ARM_VCPU_HAS_EL2	7
#endif

#include "../../src/arm64/abi/vcpu.c"

#define REGS	5UL

static struct arm_vm vm;
static struct arm_vcpu vcpu;
static struct vm_arch arch;
struct cpu_hw cpu_hw;

static char log[64];
static unsigned int n;
static struct { unsigned int n; u64 esr; } serrors;
static struct { int ret; u64 id; } onereg;
static struct { u32 control; } debug;
static struct { u64 attr; } attrs;
static int gic_ret, affinity_ret, choose_ret;
static bool has_pmu;
static unsigned int chosen, hidden;
static struct { char call; u64 attr; } pmu;
static bool off;

/* A letter for each thing that happens. */
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

void mmu_vcpu_reset(struct mmu *mmu, struct mmu_vcpu *mv)
{
	note('m');
}

void cpu_reset(struct arm_vcpu *v)
{
	note('c');
}

void gic_vcpu_reset(struct arm_vcpu *v)
{
	note('g');
}

void timer_vcpu_reset(struct arm_vcpu *v)
{
	note('t');
}

void pmu_vcpu_init(struct arm_vcpu *v)
{
	assert_ptr_equal(v->vm, &vm);
}

void pmu_vcpu_reset(struct arm_vcpu *v)
{
	/* its registers depend on what the vCPU was given */
	assert_int_equal(v->ctx.features & ~BIT(KVM_ARM_VCPU_POWER_OFF), v->vm->features);
	note('n');
}

void pmu_vcpu_destroy(struct arm_vcpu *v)
{
	note('N');
}

bool pmu_host_exists(void)
{
	return has_pmu;
}

int pmu_vm_choose(struct arm_vm *v)
{
	chosen++;
	return choose_ret;
}

void cpu_idreg_choose(struct arm_vm *v)
{
	assert_true(v->has_features);
	hidden++;
}

int pmu_set_attr(struct arm_vcpu *v, const struct kvm_device_attr *attr)
{
	pmu.call = 's';
	pmu.attr = attr->attr;
	return 21;
}

int pmu_get_attr(struct arm_vcpu *v, const struct kvm_device_attr *attr)
{
	pmu.call = 'g';
	pmu.attr = attr->attr;
	return 22;
}

static bool settled;

bool sve_is_settled(const struct arm_vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	return settled;
}

int sve_finalize(struct arm_vcpu *v)
{
	lockdep_assert_held(&v->base.mutex);
	note('f');
	return -ENOMEM;
}

void sve_free(struct arm_vcpu *v)
{
	note('F');
}

int pmu_has_attr(const struct arm_vcpu *v, const struct kvm_device_attr *attr)
{
	pmu.call = 'h';
	pmu.attr = attr->attr;
	return 23;
}

void power_reset(struct power *p, bool to_off)
{
	note('p');
	off = to_off;
}

void gic_power_changed(struct arm_vm *v)
{
	note('P');
}

void power_set_on(struct power *p)
{
	p->off = p->suspended = false;
	note('1');
}

void power_suspend(struct power *p)
{
	p->suspended = true;
	note('s');
}

void psci_power_off(struct arm_vcpu *v)
{
	v->power.off = true;
	note('0');
}

void psci_start(struct arm_vcpu *v)
{
	note('S');
}

void cpu_inject_serror(struct arm_vcpu *v, u64 esr)
{
	serrors.n++;
	serrors.esr = esr;
}

int cpu_onereg_get(struct arm_vcpu *v, const struct kvm_one_reg *reg)
{
	note('r');
	onereg.id = reg->id;
	return onereg.ret;
}

int cpu_onereg_set(struct arm_vcpu *v, const struct kvm_one_reg *reg)
{
	note('w');
	onereg.id = reg->id;
	return onereg.ret;
}

unsigned long cpu_onereg_list(const struct arm_vcpu *v, u64 *out)
{
	unsigned int i;

	assert_ptr_equal(v, &vcpu);

	for (i = 0; out && i < REGS; i++)
		out[i] = 0x100 + i;
	return REGS;
}

static int attr_of(char c, const struct kvm_device_attr *a, int ret)
{
	note(c);
	attrs.attr = a->attr;
	return ret;
}

int timer_set_attr(struct arm_vcpu *v, const struct kvm_device_attr *a)
{
	return attr_of('T', a, -EBUSY);
}

int timer_get_attr(struct arm_vcpu *v, const struct kvm_device_attr *a)
{
	return attr_of('G', a, -EBUSY);
}

int timer_has_attr(const struct kvm_device_attr *a)
{
	note('H');
	return -ENXIO;
}

int pvtime_set_attr(struct pvtime *pv, const struct kvm_device_attr *a)
{
	assert_ptr_equal(pv, &vcpu.pvtime);
	return attr_of('x', a, -EEXIST);
}

int pvtime_get_attr(struct pvtime *pv, const struct kvm_device_attr *a)
{
	assert_ptr_equal(pv, &vcpu.pvtime);
	return attr_of('y', a, -EEXIST);
}

int pvtime_has_attr(const struct kvm_device_attr *a)
{
	note('z');
	return -EPERM;
}

int cpu_debug_set(struct arm_vcpu *v, const struct kvm_guest_debug *dbg)
{
	debug.control = dbg->control;
	return 3;
}

void power_init(struct power *p, spinlock_t *lock)
{
	assert_ptr_equal(lock, &vm.firmware.lock);
	note('a');
}

void pvtime_init(struct pvtime *pv, struct gmem *g)
{
	assert_ptr_equal(g, &vm.mmu.gmem);
	note('b');
}

void timer_vcpu_init(struct arm_vcpu *v)
{
	note('c');
}

int gic_vcpu_init(struct arm_vcpu *v)
{
	note('d');
	return gic_ret;
}

int affinity_reserve(struct arm_vcpu *v)
{
	note('e');
	return affinity_ret;
}

void affinity_add(struct arm_vcpu *v)
{
	note('A');
}

void affinity_release(struct arm_vcpu *v)
{
	note('E');
}

void timer_vcpu_destroy(struct arm_vcpu *v)
{
	note('C');
}

void cpu_debug_destroy(struct arm_vcpu *v)
{
	note('g');
}

void gic_vcpu_destroy(struct arm_vcpu *v)
{
	note('D');
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&serrors, 0, sizeof(serrors));
	cpu_hw.has_pauth = false;
	cpu_hw.sve_lengths = 0;
	settled = true;
	vcpu.vm = &vm;
	vcpu.base.vm = &vm.base;
	vcpu.base.initialised = true;
	mutex_init(&vm.base.lock);
	mutex_init(&vcpu.base.mutex);
	cpu_hw.has_ras = true;
	gic_ret = affinity_ret = choose_ret = onereg.ret = 0;
	chosen = hidden = 0;
	has_pmu = false;
	vcpu_fill(&arch);
	n = log[0] = 0;
	mutex_lock(&vcpu.base.mutex);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mutex_unlock(&vcpu.base.mutex);
	shim_check_quiet();
	return 0;
}

static long ioctl_of(unsigned int cmd, void *arg)
{
	return arch.vcpu_ioctl(&vcpu.base, cmd, (uintptr_t)arg);
}

static long init(u32 target, u32 features, u32 more)
{
	struct kvm_vcpu_init i = { .target = target, .features = { features, 0, 0, more } };

	return ioctl_of(KVM_ARM_VCPU_INIT, &i);
}

#define GENERIC	KVM_ARM_TARGET_GENERIC_V8
#define PSCI	(1U << KVM_ARM_VCPU_PSCI_0_2)
#define OFF	(1U << KVM_ARM_VCPU_POWER_OFF)
#define ADDRESS	(1U << KVM_ARM_VCPU_PTRAUTH_ADDRESS)
#define KEYED	(1U << KVM_ARM_VCPU_PTRAUTH_GENERIC)

/* KVM_ARM_VCPU_INIT makes all parts anew, once it is known to succeed; features nobody knows are another error. */
static void inits(void **state)
{
	(void)state;
	vcpu.base.initialised = false;
	assert_int_equal(init(GENERIC + 1, 0, 0), -EINVAL);
	assert_int_equal(init(GENERIC, 0, 1), -ENOENT);
	assert_int_equal(init(GENERIC, 1U << 8, 0), -ENOENT);
	assert_int_equal(init(GENERIC, 1U << KVM_ARM_VCPU_HAS_EL2, 0), -EINVAL);
	assert_int_equal(init(GENERIC, 1U << KVM_ARM_VCPU_SVE, 0), -EINVAL);
	assert_int_equal(init(GENERIC, ADDRESS | KEYED, 0), -EINVAL);
	expect("");
	assert_false(vcpu.base.initialised || vm.has_features);
	assert_int_equal(init(GENERIC, PSCI | OFF, 0), 0);
	expect("mcgtnpP");
	assert_true(off && vcpu.base.initialised);
	assert_int_equal(vcpu.ctx.features, PSCI | OFF);
	assert_int_equal(vm.features, PSCI);
	assert_int_equal(hidden, 1);
	assert_int_equal(init(GENERIC, PSCI, 0), 0);
	expect("mcgtnpP");
	assert_false(off);
	assert_int_equal(init(GENERIC, PSCI | OFF, 0), 0);
	expect("mcgtnpP");
	assert_int_equal(init(GENERIC, PSCI, 0), 0);
	expect("mcgtnpP");
	/* all vCPUs of a VM have the same */
	assert_int_equal(init(GENERIC, 0, 0), -EINVAL);
	expect("");
	assert_int_equal(vcpu.ctx.features, PSCI);
	assert_int_equal(hidden, 1);
}

/* Pointer authentication: of addresses and generic together, where the machine has it; for all vCPUs or none. */
static void pointer_authentication(void **state)
{
	(void)state;
	assert_int_equal(init(GENERIC, PSCI | ADDRESS | KEYED, 0), -EINVAL);
	cpu_hw.has_pauth = true;
	assert_int_equal(init(GENERIC, PSCI | ADDRESS, 0), -EINVAL);
	assert_int_equal(init(GENERIC, PSCI | KEYED, 0), -EINVAL);
	assert_int_equal(init(GENERIC, ADDRESS | KEYED | 1U << KVM_ARM_VCPU_SVE, 0), -EINVAL);
	expect("");
	assert_false(vm.has_features || hidden);
	assert_int_equal(init(GENERIC, PSCI | ADDRESS | KEYED, 0), 0);
	expect("mcgtnpP");
	assert_int_equal(vm.features, PSCI | ADDRESS | KEYED);
	assert_int_equal(vcpu.ctx.features, PSCI | ADDRESS | KEYED);
	assert_int_equal(init(GENERIC, PSCI, 0), -EINVAL);
	assert_int_equal(init(GENERIC, PSCI | OFF | ADDRESS | KEYED, 0), 0);
	expect("mcgtnpP");
	assert_int_equal(hidden, 1);
}

/* SVE is offered where the machine has vectors for guests, and for all vCPUs or none. */
static void vectors(void **state)
{
	const u32 sve = 1U << KVM_ARM_VCPU_SVE;

	(void)state;
	assert_int_equal(init(GENERIC, PSCI | sve, 0), -EINVAL);
	expect("");
	cpu_hw.sve_lengths = 1;
	assert_int_equal(init(GENERIC, PSCI | sve, 0), 0);
	expect("mcgtnpP");
	assert_int_equal(vm.features, PSCI | sve);
	assert_int_equal(vcpu.ctx.features, PSCI | sve);
	assert_int_equal(init(GENERIC, PSCI, 0), -EINVAL);
	expect("");
}

/* Performance monitors are there where the machine has them, and the VM's PMU is chosen with its first vCPU. */
static void performance(void **state)
{
	const u32 bit = 1U << KVM_ARM_VCPU_PMU_V3;
	struct kvm_device_attr attr = { .group = KVM_ARM_VCPU_PMU_V3_CTRL, .attr = 3 };

	assert_int_equal(init(GENERIC, bit, 0), -EINVAL);
	has_pmu = true;
	choose_ret = -ENODEV;
	assert_int_equal(init(GENERIC, bit, 0), -ENODEV);
	assert_true(chosen == 1 && !hidden && !vm.has_features);
	choose_ret = 0;
	assert_int_equal(init(GENERIC, bit, 0), 0);
	expect("mcgtnpP");
	assert_true(chosen == 2 && hidden == 1 && vm.features == bit);
	assert_int_equal(init(GENERIC, bit, 0), 0);
	expect("mcgtnpP");
	assert_true(chosen == 2 && hidden == 1);
	assert_int_equal(init(GENERIC, 0, 0), -EINVAL);
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &attr), 21);
	assert_true(pmu.call == 's' && pmu.attr == 3);
	assert_int_equal(ioctl_of(KVM_GET_DEVICE_ATTR, &attr), 22);
	assert_int_equal(pmu.call, 'g');
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &attr), 23);
	assert_int_equal(pmu.call, 'h');
}

/* Running, stopped or suspended, as the VMM says and as it reads. */
static void mp_states(void **state)
{
	static const struct { u32 mp; const char *what; } states[] = {
		{ KVM_MP_STATE_STOPPED, "0" }, { KVM_MP_STATE_RUNNABLE, "1P" }, { KVM_MP_STATE_SUSPENDED, "sP" },
	};
	struct kvm_mp_state mp;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		mp.mp_state = states[i].mp;
		assert_int_equal(ioctl_of(KVM_SET_MP_STATE, &mp), 0);
		expect(states[i].what);
		mp.mp_state = 99;
		assert_int_equal(ioctl_of(KVM_GET_MP_STATE, &mp), 0);
		assert_int_equal(mp.mp_state, states[i].mp);
	}
	vcpu.power.suspended = false;
	vcpu.power.off = true;
	assert_int_equal(ioctl_of(KVM_GET_MP_STATE, &mp), 0);
	assert_int_equal(mp.mp_state, KVM_MP_STATE_STOPPED);
	mp.mp_state = KVM_MP_STATE_HALTED;
	assert_int_equal(ioctl_of(KVM_SET_MP_STATE, &mp), -EINVAL);
	expect("");
}

static long set_events(u8 pending, u8 has_esr, u8 dabt, u64 esr)
{
	struct kvm_vcpu_events ev = { .exception = { pending, has_esr, dabt, { 0 }, esr } };

	return ioctl_of(KVM_SET_VCPU_EVENTS, &ev);
}

/* SErrors with and without a syndrome, and an abort in place of an answer. */
static void events(void **state)
{
	struct kvm_vcpu_events ev;
	unsigned int i;

	(void)state;
	memset(&ev, 0xee, sizeof(ev));
	assert_int_equal(ioctl_of(KVM_GET_VCPU_EVENTS, &ev), 0);
	assert_int_equal(ev.exception.serror_pending, 0);
	assert_int_equal(ev.exception.serror_has_esr, 1);
	assert_int_equal(ev.exception.serror_esr | ev.reserved[11] | ev.exception.pad[0], 0);
	vcpu.ctx.serror_esr = 0x1234;
	vcpu.ctx.flags = CPU_SERROR_PENDING;
	ioctl_of(KVM_GET_VCPU_EVENTS, &ev);
	assert_int_equal(ev.exception.serror_pending, 1);
	assert_int_equal(ev.exception.serror_esr, 0x1234);
	vcpu.ctx.flags = ~(u32)CPU_SERROR_PENDING;
	ioctl_of(KVM_GET_VCPU_EVENTS, &ev);
	assert_int_equal(ev.exception.serror_pending, 0);
	assert_int_equal(ev.exception.serror_esr, 0);

	assert_int_equal(set_events(0, 1, 0, 5), 0);
	assert_int_equal(serrors.n, 0);
	assert_int_equal(set_events(1, 1, 0, 0x1ffffff), 0);
	assert_int_equal(serrors.esr, 0x1ffffff);
	assert_int_equal(set_events(1, 1, 0, 0x2000000), -EINVAL);
	assert_int_equal(set_events(1, 0, 0, 7), 0);
	assert_int_equal(serrors.n, 2);
	assert_int_equal(serrors.esr, 0);
	vcpu.ctx.flags = CPU_MMIO_PENDING | CPU_LOADED;
	assert_int_equal(set_events(0, 0, 1, 0), 0);
	assert_int_equal(vcpu.ctx.flags, CPU_ABORT_PENDING | CPU_LOADED);
	for (i = 0; i < ARRAY_SIZE(ev.reserved); i++) {
		memset(&ev, 0, sizeof(ev));
		ev.reserved[i] = 1;
		assert_int_equal(ioctl_of(KVM_SET_VCPU_EVENTS, &ev), -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(ev.exception.pad); i++) {
		memset(&ev, 0, sizeof(ev));
		ev.exception.pad[i] = 1;
		assert_int_equal(ioctl_of(KVM_SET_VCPU_EVENTS, &ev), -EINVAL);
	}
	cpu_hw.has_ras = false;
	assert_int_equal(set_events(1, 1, 0, 0), -EINVAL);
	assert_int_equal(set_events(1, 0, 0, 0), 0);
	vcpu.ctx.flags = CPU_SERROR_PENDING;
	ioctl_of(KVM_GET_VCPU_EVENTS, &ev);
	assert_int_equal(ev.exception.serror_has_esr | ev.exception.serror_esr, 0);
	vcpu.base.initialised = false;
	assert_int_equal(ioctl_of(KVM_GET_VCPU_EVENTS, &ev), -ENOEXEC);
	assert_int_equal(ioctl_of(KVM_SET_VCPU_EVENTS, &ev), -ENOEXEC);
}

/* Registers, one by one and their list: how many there are is said also where the room does not do. */
static void registers(void **state)
{
	struct { u64 n, reg[REGS + 1]; } list = { .n = REGS - 1 };
	struct kvm_one_reg reg = { .id = 77 };
	unsigned int allocs = shim_allocs();

	(void)state;
	onereg.ret = -ENOENT;
	assert_int_equal(ioctl_of(KVM_GET_ONE_REG, &reg), -ENOENT);
	assert_int_equal(ioctl_of(KVM_SET_ONE_REG, &reg), -ENOENT);
	expect("rw");
	assert_int_equal(onereg.id, 77);
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -E2BIG);
	assert_int_equal(list.n, REGS);
	assert_int_equal(list.reg[0], 0);
	list.reg[REGS] = 9;
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), 0);
	assert_int_equal(list.reg[0], 0x100);
	assert_int_equal(list.reg[REGS - 1], 0x100 + REGS - 1);
	assert_int_equal(list.reg[REGS], 9);
	shim_fail_alloc(1);
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -ENOMEM);
	shim_fail_alloc(0);
	shim_user_hole((uintptr_t)&list.reg[1], 8);
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -EFAULT);
	shim_user_hole((uintptr_t)&list.n, 8);
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(shim_allocs(), allocs);
	settled = false;
	list.n = REGS;
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -EPERM);
	assert_int_equal(ioctl_of(KVM_GET_ONE_REG, &reg), -ENOENT);
	expect("r");
	vcpu.base.initialised = false;
	assert_int_equal(ioctl_of(KVM_GET_REG_LIST, &list), -ENOEXEC);
	assert_int_equal(ioctl_of(KVM_GET_ONE_REG, &reg), -ENOEXEC);
}

/* Attributes go to the group that they are of. */
static void attributes(void **state)
{
	struct kvm_device_attr a = { .group = KVM_ARM_VCPU_TIMER_CTRL, .attr = 6 };

	(void)state;
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &a), -EBUSY);
	assert_int_equal(ioctl_of(KVM_GET_DEVICE_ATTR, &a), -EBUSY);
	assert_int_equal(attrs.attr, 6);
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &a), -ENXIO);
	expect("TGH");
	a.group = KVM_ARM_VCPU_PVTIME_CTRL;
	a.attr = 8;
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &a), -EEXIST);
	assert_int_equal(ioctl_of(KVM_GET_DEVICE_ATTR, &a), -EEXIST);
	assert_int_equal(attrs.attr, 8);
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &a), -EPERM);
	expect("xyz");
	a.group = 99;
	assert_int_equal(ioctl_of(KVM_SET_DEVICE_ATTR, &a), -ENXIO);
	assert_int_equal(ioctl_of(KVM_HAS_DEVICE_ATTR, &a), -ENXIO);
	expect("");
}

/* What cannot be read or written of the VMM's is an error, and nothing happens. What is no ioctl is none. */
static void faults(void **state)
{
	static const unsigned int cmds[] = {
		KVM_ARM_VCPU_INIT, KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST, KVM_GET_MP_STATE,
		KVM_SET_MP_STATE, KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, KVM_SET_GUEST_DEBUG,
		KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_FINALIZE,
	};
	static u64 arg[128];
	unsigned int i;

	(void)state;
	shim_user_hole((uintptr_t)arg, sizeof(arg));
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		assert_int_equal(ioctl_of(cmds[i], arg), -EFAULT);
	shim_user_hole(0, 0);
	expect("");
	assert_int_equal(ioctl_of(KVM_GET_REGS, arg), -ENOTTY);
	arg[0] = KVM_ARM_VCPU_SVE + 1;
	assert_int_equal(ioctl_of(KVM_ARM_VCPU_FINALIZE, arg), -EINVAL);
	expect("");
	arg[0] = KVM_ARM_VCPU_SVE;
	assert_int_equal(ioctl_of(KVM_ARM_VCPU_FINALIZE, arg), -ENOMEM);
	expect("f");
	vcpu.base.initialised = false;
	assert_int_equal(ioctl_of(KVM_ARM_VCPU_FINALIZE, arg), -ENOEXEC);
	expect("");
	vcpu.base.initialised = true;
	arg[0] = KVM_GUESTDBG_ENABLE;
	assert_int_equal(ioctl_of(KVM_SET_GUEST_DEBUG, arg), 3);
	assert_int_equal(debug.control, KVM_GUESTDBG_ENABLE);
}

/* A life: each part is made and unmade; affinities are 16 to a cluster. */
static void life(void **state)
{
	static const struct { unsigned int id; u64 mpidr; } ids[] = {
		{ 0, 0x80000000 }, { 15, 0x8000000f }, { 16, 0x80000100 }, { 0xabcd, 0x800abc0d }, { 0x1000, 0x80010000 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		vcpu.base.id = ids[i].id;
		vcpu.vm = NULL;
		assert_int_equal(arch.vcpu_init(&vcpu.base), 0);
		expect("abcde");
		assert_int_equal(vcpu.ctx.mpidr, ids[i].mpidr);
		assert_ptr_equal(vcpu.vm, &vm);
	}
	arch.vcpu_publish(&vcpu.base);
	expect("A");
	arch.vcpu_settle(&vcpu.base);
	expect("S");
	arch.vcpu_destroy(&vcpu.base);
	expect("ECNgDF");
	affinity_ret = -ENOMEM;
	assert_int_equal(arch.vcpu_init(&vcpu.base), -ENOMEM);
	expect("abcde");
	gic_ret = -EBUSY;
	assert_int_equal(arch.vcpu_init(&vcpu.base), -EBUSY);
	expect("abcd");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(inits), TEST(pointer_authentication), TEST(vectors), TEST(performance), TEST(mp_states), TEST(events),
		TEST(registers), TEST(attributes), TEST(faults), TEST(life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
