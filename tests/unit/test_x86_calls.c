// SPDX-License-Identifier: GPL-2.0
/*
 * x86's ioctls of a VM and a vCPU: what each accepts, whom it is passed to, and what it answers (KVM API 4 and 7).
 */
#include "test_x86_ioctls_fake.h"

#define assert_said(text)	({ assert_string_equal(said, text); said[0] = 0; })

/* Nothing of @p can be read or written. */
#define without(p, call) ({						\
	long _ret;							\
									\
	shim_user_hole((unsigned long)(p), sizeof(*(p)));		\
	_ret = (call);							\
	shim_user_hole(0, 0);						\
	_ret;								\
})

static long on_dev(unsigned int cmd, void *arg)
{
	return arch.dev_ioctl(cmd, (unsigned long)arg);
}

/* A VM has one type; guest memory is what the CPU reaches by four levels; it is shown when there are tables. */
static void created(void **state)
{
	told = 0;
	assert_int_equal(arch.vm_init(&vm.base, 1), -EINVAL);
	assert_said("");
	assert_int_equal(arch.vm_init(&vm.base, 0), 0);
	assert_said("kvmclock_vm_init xen_vm_init npt_init ");
	assert_int_equal(given, 40);
	assert_int_equal(vm.gpa_bits, 40);
	assert_int_equal(vm.max_vcpu_id, 0);
	assert_ptr_equal(vm.base.gmem, &vm.npt.gmem);
	vm.base.gmem = NULL;
	svm_hw.phys_bits = 52;
	told = -ENOMEM;
	assert_int_equal(arch.vm_init(&vm.base, 0), -ENOMEM);
	assert_int_equal(given, 48);
	assert_int_equal(vm.gpa_bits, 48);
	assert_null(vm.base.gmem);
}

/* What a VM and its vCPUs hold of guest memory goes before guest memory does, and all of it goes. */
static void released(void **state)
{
	vm.base.nr_vcpus = 2;
	arch.vm_release(&vm.base);
	assert_said("tick_destroy nested_release kvmclock_vcpu_destroy xen_vcpu_destroy "
		    "nested_release kvmclock_vcpu_destroy xen_vcpu_destroy xen_vm_release npt_destroy ");
	arch.vm_destroy(&vm.base);
	assert_said("chip_destroy filter_destroy ");
	arch.vcpu_destroy(&other.base);
	assert_said("intc_destroy ending_reset apf_destroy stolen_destroy svm_vcpu_destroy ");
	arch.vcpu_settle(&vcpu.base);
	assert_said("intc_settle xen_settle ");
}

/* A vCPU is born whole, with a number that the VM has room for. */
static void born(void **state)
{
	vm.max_vcpu_id = 60;
	vm.gpa_bits = 40;
	vcpu.base.id = 59;
	assert_int_equal(arch.vcpu_init(&vcpu.base), 0);
	assert_said("apf_init xen_vcpu_init kvmclock_vcpu_init svm_vcpu_init intc_init ");
	assert_true(vcpu.base.initialised);
	assert_int_equal(vcpu.poll, 1);
	arch.vcpu_publish(&vcpu.base);
	said[0] = 0;
	other.base.id = 60;
	assert_int_equal(arch.vcpu_init(&other.base), -EINVAL);
	assert_said("");
}

/* Tables that changed: all flush; copies of entries that nested vCPUs keep go; records are found again, and told. */
static void tables(void **state)
{
	struct nested n;

	told = 0;
	arch.vm_init(&vm.base, 0);
	vm.base.nr_vcpus = 2;
	said[0] = 0;
	vm.npt.kick(&vm.npt);
	assert_said("vm_request_all ");
	assert_int_equal(given, X86_REQ_FLUSH);
	other.svm.nested = &n;
	vm.npt.old(&vm.npt);
	assert_said("");
	assert_int_equal(vcpu.base.requests, 0);
	assert_int_equal(other.base.requests, BIT(X86_REQ_FLUSH));
	vcpu.apf.on = true;
	other.base.requests = 0;
	vm.npt.slots(&vm.npt);
	assert_said("vm_request_all vcpu_request ");
	assert_int_equal(given, X86_REQ_STEAL);
	assert_int_equal(vcpu.base.requests, BIT(X86_REQ_APF));
	assert_int_equal(other.base.requests, 0);
}

/* Each number that is shown is another field. */
static void statistics(void **state)
{
	unsigned int i, k;

	assert_int_equal(arch.nr_vm_stats, 21);
	assert_string_equal(arch.vm_stats[0].name, "faults");
	for (i = 0; i < arch.nr_vm_stats; i++) {
		assert_int_equal(arch.vm_stats[i].flags == (STATS_NOW), !strcmp(arch.vm_stats[i].name, "tables"));
		for (k = 0; k < i; k++)
			assert_int_not_equal(arch.vm_stats[i].offset, arch.vm_stats[k].offset);
	}
}

/* A VM's own ioctls: one frequency, bounds that nobody needs, and places for tables before there is a vCPU. */
static void of_a_vm(void **state)
{
	u64 addr = 0x1000;

	assert_int_equal(on_vm(KVM_GET_TSC_KHZ, NULL), tsc_khz);
	assert_int_equal(on_vm(KVM_SET_TSC_KHZ, (void *)1000000), 0);
	assert_int_equal(on_vm(KVM_SET_TSC_KHZ, (void *)2000000), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_NR_MMU_PAGES, (void *)63), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_NR_MMU_PAGES, (void *)64), 0);
	assert_int_equal(on_vm(KVM_GET_NR_MMU_PAGES, NULL), 64);
	assert_int_equal(on_vm(KVM_SET_TSS_ADDR, (void *)0xfffbd000), 0);
	assert_int_equal(on_vm(KVM_SET_TSS_ADDR, (void *)0xffffcfffUL), 0);
	assert_int_equal(on_vm(KVM_SET_TSS_ADDR, (void *)0xffffd000UL), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_IDENTITY_MAP_ADDR, &addr), 0);
	assert_int_equal(without(&addr, on_vm(KVM_SET_IDENTITY_MAP_ADDR, &addr)), -EFAULT);
	vm.base.nr_vcpus = 1;
	assert_int_equal(on_vm(KVM_SET_IDENTITY_MAP_ADDR, &addr), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_TSC_KHZ, (void *)1000000), -EINVAL);
	assert_said("");
	/* what nobody knows goes the round, and stops at who knows it */
	assert_int_equal(on_vm(0x1234, NULL), -ENOTTY);
	assert_said("clock_vm_ioctl xen_vm_ioctl ");
	told = 5;
	assert_int_equal(on_vm(0x1234, NULL), 5);
	assert_said("clock_vm_ioctl ");
}

/* A frequency that is off by 250 in a million is the same, either way; 0 asks for what there is. */
static void frequencies(void **state)
{
	static const struct { unsigned long khz; long ret; } rows[] = {
		{ 0, 0 }, { 1000000, 0 }, { 1000250, 0 }, { 1000251, -EINVAL }, { 999750, 0 }, { 999749, -EINVAL },
		{ 1, -EINVAL }, { U32_MAX, -EINVAL }, { (1UL << 32) + 1000000, -EINVAL }, { 1UL << 32, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(on_vcpu(KVM_SET_TSC_KHZ, (void *)rows[i].khz), rows[i].ret);
	assert_int_equal(on_vcpu(KVM_GET_TSC_KHZ, NULL), tsc_khz);
}

/* Lists of MSRs and leaves: how many there are, and all of them where there is room. */
static void lists(void **state)
{
	struct { struct kvm_msr_list head; u32 index[3]; } m = { .head.nmsrs = 1, .index = { 1, 1, 1 } };
	struct { struct kvm_msrs head; struct kvm_msr_entry e[2]; } f = { .head.nmsrs = 2, .e = { { .index = 5 }, { .index = 99 } } };
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 e[3]; } c = { .head.nent = 2 };
	u64 cap = 0;

	assert_int_equal(on_dev(KVM_GET_MSR_INDEX_LIST, &m), -E2BIG);
	assert_int_equal(m.head.nmsrs, 2);
	assert_int_equal(on_dev(KVM_GET_MSR_INDEX_LIST, &m), 0);
	assert_true(m.index[0] == 7 && m.index[1] == 8 && m.index[2] == 1);
	assert_int_equal(without(&m.index[1], on_dev(KVM_GET_MSR_INDEX_LIST, &m)), -EFAULT);
	assert_int_equal(without(&m.head, on_dev(KVM_GET_MSR_INDEX_LIST, &m)), -EFAULT);
	assert_int_equal(on_dev(KVM_GET_MSR_FEATURE_INDEX_LIST, &m), 0);
	assert_true(m.head.nmsrs == 1 && m.index[0] == 9);
	assert_int_equal(on_dev(KVM_GET_MSRS, &f), 1);
	assert_true(f.e[0].data == 0x1234 && !f.e[1].data && !calls);
	assert_int_equal(on_dev(KVM_X86_GET_MCE_CAP_SUPPORTED, &cap), 0);
	assert_int_equal(cap, BANK_SUPPORTED);
	assert_int_equal(without(&cap, on_dev(KVM_X86_GET_MCE_CAP_SUPPORTED, &cap)), -EFAULT);
	assert_int_equal(on_dev(0x1234, NULL), -EINVAL);
	nr_hv = 3;
	assert_int_equal(on_dev(KVM_GET_SUPPORTED_HV_CPUID, &c), -E2BIG);
	assert_int_equal(c.head.nent, 2);
	nr_hv = 2;
	assert_int_equal(on_dev(KVM_GET_SUPPORTED_HV_CPUID, &c), 0);
	assert_true(c.head.nent == 2 && c.e[0].function == 0x40000000 && c.e[1].function == 0x40000001 && !c.e[2].function);
	c.head.nent = 3;
	c.e[0].function = 77;
	assert_int_equal(on_dev(KVM_GET_EMULATED_CPUID, &c), 0);
	assert_true(!c.head.nent && c.e[0].function == 77);
	assert_int_equal(without(&c.head, on_dev(KVM_GET_EMULATED_CPUID, &c)), -EFAULT);
}

static long enable(u32 cap, u64 arg)
{
	struct kvm_enable_cap c = { .cap = cap, .args = { arg } };

	return irq_enable(&vm, &c);
}

/* Who has the interrupt controllers is decided once, before there is a vCPU, under the VM's lock. */
static void decided(void **state)
{
	vm.irq.kind = IRQ_VMM;
	told = -ENOMEM;
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, NULL), -ENOMEM);
	assert_int_equal(enable(KVM_CAP_SPLIT_IRQCHIP, 24), -ENOMEM);
	assert_int_equal(vm.irq.reserved, 0);
	told = 0;
	vm.base.nr_vcpus = 1;
	assert_int_equal(enable(KVM_CAP_SPLIT_IRQCHIP, 24), -EINVAL);
	vm.base.nr_vcpus = 0;
	assert_int_equal(enable(KVM_CAP_SPLIT_IRQCHIP, ROUTING_MAX + 1), -EINVAL);
	assert_int_equal(vm.irq.kind, IRQ_VMM);
	assert_int_equal(enable(KVM_CAP_SPLIT_IRQCHIP, ROUTING_MAX), 0);
	assert_int_equal(vm.irq.kind, IRQ_SPLIT);
	assert_int_equal(vm.irq.reserved, ROUTING_MAX);
	told = -ENOTTY;
	assert_int_equal(on_vm(KVM_CREATE_IRQCHIP, NULL), -EEXIST);
	vm.irq.kind = IRQ_VMM;
	told = -ENOTTY;
	assert_int_equal(irq_vm_ioctl(&vm, KVM_CREATE_IRQCHIP, 0), -ENOTTY);
	told = 0;
	assert_int_equal(irq_vm_ioctl(&vm, KVM_CREATE_IRQCHIP, 0), 0);
	assert_int_equal(vm.irq.kind, IRQ_KERNEL);
	assert_int_equal(vm.irq.reserved, 0);
	assert_int_equal(enable(KVM_CAP_IRQCHIP, 0), -EINVAL);
}

/* The bus' pace is at least a nanosecond a cycle; of local APICs that are the kernel's, before there is one. */
static void cycles(void **state)
{
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 0), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, LAPIC_CYCLE_NS_MAX + 1ULL), -EINVAL);
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 1ULL << 32 | 5), -EINVAL);
	assert_int_equal(vm.irq.cycle_ns, 0);
	shim_guard(&vm.base.lock.shim, &vm.irq, sizeof(vm.irq));
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, LAPIC_CYCLE_NS_MAX), 0);
	assert_int_equal(vm.irq.cycle_ns, LAPIC_CYCLE_NS_MAX);
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 1), 0);
	assert_int_equal(vm.irq.cycle_ns, 1);
	vm.base.nr_vcpus = 1;
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 2), -EINVAL);
	shim_check_quiet();
	vm.irq.kind = IRQ_VMM;
	vm.base.nr_vcpus = 0;
	assert_int_equal(enable(KVM_CAP_X86_APIC_BUS_CYCLES_NS, 2), -ENXIO);
	assert_int_equal(vm.irq.cycle_ns, 1);
}

/* IDs of 32 bits, and ff as what it says: asked for, each stays, and vCPUs that are there hear of it. */
static void wide_ids(void **state)
{
	assert_int_equal(enable(KVM_CAP_X2APIC_API, 4), -EINVAL);
	assert_said("");
	shim_guard(&vm.base.lock.shim, &vm.irq, sizeof(vm.irq));
	vm.base.nr_vcpus = 2;
	assert_int_equal(enable(KVM_CAP_X2APIC_API, KVM_X2APIC_API_USE_32BIT_IDS), 0);
	assert_said("intc_set_x2apic intc_set_x2apic ");
	assert_true(vm.irq.wide_ids && !vm.irq.exact_ff);
	assert_int_equal(enable(KVM_CAP_X2APIC_API, KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK), 0);
	assert_true(vm.irq.wide_ids && vm.irq.exact_ff);
}

/* Which vCPU boots: a number that there can be, before there is a vCPU. */
static void boot_id(void **state)
{
	shim_guard(&vm.base.lock.shim, &vm.irq, sizeof(vm.irq));
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)VM_MAX_VCPUS), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)(1UL << 32)), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)(VM_MAX_VCPUS - 1UL)), 0);
	assert_int_equal(vm.irq.boot_id, VM_MAX_VCPUS - 1);
	vm.max_vcpu_id = 4;
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)4), -EINVAL);
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)3), 0);
	vm.base.nr_vcpus = 1;
	assert_int_equal(on_vm(KVM_SET_BOOT_CPU_ID, (void *)1), -EBUSY);
	assert_int_equal(vm.irq.boot_id, 3);
}

/* Messages and lines: as the VMM says them, to interrupt controllers of the kernel's. */
static void lines(void **state)
{
	struct kvm_msi msi = { .address_lo = 0xfee00000, .address_hi = 0x100, .data = 0x41 };
	struct kvm_irq_level l = { .irq = 9, .level = 1 };

	told = 7;
	assert_int_equal(irq_vm_ioctl(&vm, KVM_SIGNAL_MSI, (unsigned long)&msi), 7);
	assert_true(given == (0x100fee00000ULL ^ 0x41));
	assert_int_equal(without(&msi, irq_vm_ioctl(&vm, KVM_SIGNAL_MSI, (unsigned long)&msi)), -EFAULT);
	msi.flags = KVM_MSI_VALID_DEVID;
	assert_int_equal(irq_vm_ioctl(&vm, KVM_SIGNAL_MSI, (unsigned long)&msi), -EINVAL);
	msi.flags = 0;
	assert_said("bus_msi ");
	assert_int_equal(irq_vm_ioctl(&vm, KVM_IRQ_LINE, (unsigned long)&l), 0);
	assert_true(given == (1ULL << 32 | 9) && l.irq == 9);
	assert_int_equal(irq_vm_ioctl(&vm, KVM_IRQ_LINE_STATUS, (unsigned long)&l), 0);
	assert_true(l.status == 7 && l.level == 1);
	assert_said("chip_set_gsi chip_set_gsi ");
	assert_int_equal(without(&l, irq_vm_ioctl(&vm, KVM_IRQ_LINE, (unsigned long)&l)), -EFAULT);
	assert_said("");
	vm.irq.kind = IRQ_VMM;
	assert_int_equal(irq_vm_ioctl(&vm, KVM_IRQ_LINE, (unsigned long)&l), -ENXIO);
	assert_int_equal(irq_vm_ioctl(&vm, KVM_SIGNAL_MSI, (unsigned long)&msi), -EINVAL);
	assert_said("");
}

static long call_pit(unsigned int cmd, void *arg)
{
	return irq_vm_ioctl(&vm, cmd, (unsigned long)arg);
}

/* The PIT: of two callers, with and without flags, of whom neither reads or writes more than he has. */
static void pit(void **state)
{
	struct kvm_pit_config config = { };
	struct kvm_reinject_control c = { .pit_reinject = 1 };
	struct { struct kvm_pit_state s; u32 behind; } one = { .behind = 0x55 };
	struct kvm_pit_state2 two = { };

	told = 0;
	assert_int_equal(call_pit(KVM_CREATE_PIT, NULL), 0);
	assert_int_equal(given, KVM_PIT_SPEAKER_DUMMY);
	assert_int_equal(call_pit(KVM_CREATE_PIT2, &config), 0);
	assert_int_equal(given, 0);
	config.flags = 5;
	told = -ENOENT;
	assert_int_equal(call_pit(KVM_CREATE_PIT2, &config), -ENOENT);
	assert_int_equal(given, 5);
	assert_said("tick_create tick_create tick_create ");
	assert_int_equal(without(&config, call_pit(KVM_CREATE_PIT2, &config)), -EFAULT);
	assert_int_equal(call_pit(KVM_CREATE_PIT2, NULL), -EFAULT);
	assert_said("");
	told = 0;
	assert_int_equal(call_pit(KVM_GET_PIT, &one), 0);
	assert_true(one.s.channels[2].count == 0x77 && one.behind == 0x55);
	assert_int_equal(call_pit(KVM_GET_PIT2, &two), 0);
	assert_true(two.channels[2].count == 0x77 && two.flags == 2);
	assert_int_equal(without(&one, call_pit(KVM_GET_PIT, &one)), -EFAULT);
	assert_int_equal(without(&two, call_pit(KVM_GET_PIT2, &two)), -EFAULT);
	one.s.channels[2].count = 0x33;
	assert_int_equal(call_pit(KVM_SET_PIT, &one), 0);
	assert_int_equal(given, 0x33);
	two.flags = 1;
	assert_int_equal(call_pit(KVM_SET_PIT2, &two), 0);
	assert_int_equal(given, 1ULL << 32 | 1 << 16 | 0x77);
	calls = 0;
	assert_int_equal(without(&one, call_pit(KVM_SET_PIT, &one)), -EFAULT);
	assert_int_equal(without(&two, call_pit(KVM_SET_PIT2, &two)), -EFAULT);
	assert_int_equal(call_pit(KVM_REINJECT_CONTROL, &c), 0);
	assert_int_equal(given, 1);
	c.pit_reinject = 0;
	assert_int_equal(call_pit(KVM_REINJECT_CONTROL, &c), 0);
	assert_int_equal(given, 0);
	assert_int_equal(without(&c, call_pit(KVM_REINJECT_CONTROL, &c)), -EFAULT);
	assert_said("tick_get_state tick_get_state tick_get_state tick_get_state tick_set_state tick_set_state "
		    "tick_set_reinject tick_set_reinject ");
	told = -ENXIO;
	assert_int_equal(call_pit(KVM_GET_PIT, &one), -ENXIO);
	assert_int_equal(call_pit(KVM_GET_PIT2, &two), -ENXIO);
	assert_int_equal(call_pit(KVM_SET_PIT, &one), -ENXIO);
	assert_int_equal(call_pit(KVM_SET_PIT2, &two), -ENXIO);
	assert_int_equal(call_pit(KVM_REINJECT_CONTROL, &c), -ENXIO);
}

/* What a vCPU with a local APIC of the kernel's has besides: where its TPR is, and who is told of it; and its power state. */
static void of_a_local_apic(void **state)
{
	struct kvm_vapic_addr va = { .vapic_addr = 0x5008 };
	struct kvm_tpr_access_ctl ctl = { .enabled = 1 };
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_INIT_RECEIVED };

	told = 0;
	assert_int_equal(on_vcpu(KVM_SET_VAPIC_ADDR, &va), 0);
	assert_int_equal(given, 0x5008);
	assert_said("vapic_set ");
	told = -EINVAL;
	assert_int_equal(on_vcpu(KVM_SET_VAPIC_ADDR, &va), -EINVAL);
	assert_int_equal(without(&va, on_vcpu(KVM_SET_VAPIC_ADDR, &va)), -EFAULT);
	assert_int_equal(on_vcpu(KVM_TPR_ACCESS_REPORTING, &ctl), 0);
	assert_true(vcpu.intc.vapic.report && !other.intc.vapic.report);
	assert_int_equal(without(&ctl, on_vcpu(KVM_TPR_ACCESS_REPORTING, &ctl)), -EFAULT);
	ctl.flags = 1;
	ctl.enabled = 0;
	assert_int_equal(on_vcpu(KVM_TPR_ACCESS_REPORTING, &ctl), -EINVAL);
	assert_true(vcpu.intc.vapic.report);
	ctl.flags = 0;
	assert_int_equal(on_vcpu(KVM_TPR_ACCESS_REPORTING, &ctl), 0);
	assert_false(vcpu.intc.vapic.report);
	vcpu.intc.there = false;
	assert_int_equal(on_vcpu(KVM_TPR_ACCESS_REPORTING, &ctl), -EINVAL);
	assert_int_equal(on_vcpu(KVM_SET_VAPIC_ADDR, &va), -EINVAL);
	told = 0;
	said[0] = 0;
	assert_int_equal(on_vcpu(KVM_SET_MP_STATE, &mp), 0);
	assert_int_equal(given, KVM_MP_STATE_INIT_RECEIVED);
	assert_said("power_set ");
	assert_int_equal(without(&mp, on_vcpu(KVM_SET_MP_STATE, &mp)), -EFAULT);
	assert_int_equal(on_vcpu(KVM_GET_MP_STATE, &mp), 0);
	assert_int_equal(mp.mp_state, KVM_MP_STATE_HALTED);
	assert_int_equal(without(&mp, on_vcpu(KVM_GET_MP_STATE, &mp)), -EFAULT);
	assert_said("");
}

/* What is only passed on: to whom, with what comes back. */
static void passed_on(void **state)
{
	static const struct { unsigned int cmd; const char *to; } rows[] = {
		{ KVM_GET_NESTED_STATE, "nested_get_state " }, { KVM_SET_NESTED_STATE, "nested_set_state " },
		{ KVM_XEN_VCPU_SET_ATTR, "xen_vcpu_ioctl " }, { KVM_XEN_VCPU_GET_ATTR, "xen_vcpu_ioctl " },
		{ KVM_KVMCLOCK_CTRL, "kvmclock_stood_still " }, { KVM_PRE_FAULT_MEMORY, "prefault_ioctl " },
		{ KVM_HAS_DEVICE_ATTR, "clock_attr_ioctl " }, { KVM_GET_DEVICE_ATTR, "clock_attr_ioctl " },
		{ KVM_SET_DEVICE_ATTR, "clock_attr_ioctl " }, { KVM_GET_REGS, "regs_ioctl " }, { 0x1234, "regs_ioctl " },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		told = -100 - (int)i;
		assert_int_equal(on_vcpu(rows[i].cmd, NULL), told);
		assert_said(rows[i].to);
	}
	assert_int_equal(on_vcpu(KVM_NMI, NULL), 0);
	assert_said("svm_queue_nmi ");
}

/* What is taken in and handed on: interrupts of 256 vectors, machine checks, debugging. */
static void taken_in(void **state)
{
	struct kvm_interrupt irq = { .irq = 255 };
	struct kvm_x86_mce mce = { .status = 0x77 };
	struct kvm_guest_debug d = { .control = KVM_GUESTDBG_ENABLE };
	u64 cap = 0x10a;

	told = -EEXIST;
	assert_int_equal(on_vcpu(KVM_INTERRUPT, &irq), -EEXIST);
	assert_int_equal(given, 255);
	irq.irq = 256;
	assert_int_equal(on_vcpu(KVM_INTERRUPT, &irq), -EINVAL);
	assert_int_equal(without(&irq, on_vcpu(KVM_INTERRUPT, &irq)), -EFAULT);
	assert_said("intc_extint ");
	assert_int_equal(on_vcpu(KVM_X86_SETUP_MCE, &cap), -EEXIST);
	assert_int_equal(given, 0x10a);
	assert_int_equal(without(&cap, on_vcpu(KVM_X86_SETUP_MCE, &cap)), -EFAULT);
	assert_said("bank_setup ");
	assert_int_equal(on_vcpu(KVM_X86_SET_MCE, &mce), -EEXIST);
	assert_int_equal(given, 0x77);
	assert_int_equal(without(&mce, on_vcpu(KVM_X86_SET_MCE, &mce)), -EFAULT);
	assert_said("bank_raise ");
	assert_int_equal(on_vcpu(KVM_SET_GUEST_DEBUG, &d), -EEXIST);
	assert_int_equal(given, KVM_GUESTDBG_ENABLE);
	assert_int_equal(without(&d, on_vcpu(KVM_SET_GUEST_DEBUG, &d)), -EFAULT);
	assert_said("svm_debug_set ");
}

/* A translation says where, or that there is none; and that a page may be written, whoever asks. */
static void translated(void **state)
{
	struct kvm_translation t = { .linear_address = 0x5000, .usermode = 9, .writeable = 9, .valid = 9 };

	told = 0;
	assert_int_equal(on_vcpu(KVM_TRANSLATE, &t), 0);
	assert_true(t.physical_address == 0x5001 && t.valid == 1 && t.writeable == 1 && t.usermode == 0);
	told = -EFAULT;
	assert_int_equal(on_vcpu(KVM_TRANSLATE, &t), 0);
	assert_true(t.physical_address == ~0ULL && !t.valid && !t.writeable && t.linear_address == 0x5000);
	assert_int_equal(without(&t, on_vcpu(KVM_TRANSLATE, &t)), -EFAULT);
}

/* Of a vCPU one thing can be enabled, on and off. */
static void enabled(void **state)
{
	struct kvm_enable_cap c = { .cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = { 1 } };

	assert_int_equal(on_vcpu(KVM_ENABLE_CAP, &c), 0);
	assert_true(vcpu.pv_enforced && !other.pv_enforced);
	c.args[0] = 0;
	assert_int_equal(without(&c, on_vcpu(KVM_ENABLE_CAP, &c)), -EFAULT);
	c.flags = 1;
	assert_int_equal(on_vcpu(KVM_ENABLE_CAP, &c), -EINVAL);
	c.flags = 0;
	c.cap = KVM_CAP_SPLIT_IRQCHIP;
	assert_int_equal(on_vcpu(KVM_ENABLE_CAP, &c), -EINVAL);
	assert_true(vcpu.pv_enforced);
	c.cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID;
	assert_int_equal(on_vcpu(KVM_ENABLE_CAP, &c), 0);
	assert_false(vcpu.pv_enforced);
}

/* The older list of leaves is the newer without indices; none of the kernel's memory is in it, and all may fail. */
static void old_cpuid(void **state)
{
	struct { struct kvm_cpuid head; struct kvm_cpuid_entry e[3]; } c = {
		.head.nent = 2, .e = { { 1, 2, 3, 4, 5 }, { 6, 7, 8, 9, 10 }, { 11 } },
	};

	assert_int_equal(each_alloc(on_vcpu(KVM_SET_CPUID, &c), -ENOMEM), 2);
	assert_int_equal(vcpu.svm.nr_cpuid, 2);
	assert_true(vcpu.svm.cpuid[0].function == 1 && vcpu.svm.cpuid[0].eax == 2 && vcpu.svm.cpuid[0].ebx == 3);
	assert_true(vcpu.svm.cpuid[1].function == 6 && vcpu.svm.cpuid[1].ecx == 9 && vcpu.svm.cpuid[1].edx == 10);
	assert_true(!vcpu.svm.cpuid[1].index && !vcpu.svm.cpuid[1].flags);
	assert_int_equal(shim_allocs(), 1);
	assert_int_equal(without(&c.head, on_vcpu(KVM_SET_CPUID, &c)), -EFAULT);
	assert_int_equal(without(&c.e[1], on_vcpu(KVM_SET_CPUID, &c)), -EFAULT);
	c.head.nent = SVM_MAX_CPUID + 1;
	assert_int_equal(on_vcpu(KVM_SET_CPUID, &c), -E2BIG);
	assert_int_equal(shim_allocs(), 1);
	c.head.nent = 0;
	assert_int_equal(on_vcpu(KVM_SET_CPUID, &c), 0);
	assert_true(!vcpu.svm.cpuid && !vcpu.svm.nr_cpuid && !shim_allocs());
}

/* A head that is not there is told of, and nothing happens; nor is anything written that was only read. */
static void heads(void **state)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 e[1]; } c = { .head.nent = 1, .e = { { .function = 3 } } };
	struct { struct kvm_msrs head; struct kvm_msr_entry e[1]; } m = { .head.nmsrs = 1, .e = { { .index = 5, .data = 12 } } };

	assert_int_equal(without(&c.head, on_vcpu(KVM_SET_CPUID2, &c)), -EFAULT);
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, &c), 0);
	assert_int_equal(without(&c.head, on_vcpu(KVM_GET_CPUID2, &c)), -EFAULT);
	assert_int_equal(without(&c.e[0], on_vcpu(KVM_GET_CPUID2, &c)), -EFAULT);
	assert_int_equal(without(&m.head, on_vcpu(KVM_GET_MSRS, &m)), -EFAULT);
	assert_int_equal(without(&m.head, on_vcpu(KVM_SET_MSRS, &m)), -EFAULT);
	assert_int_equal(calls, 0);
	assert_int_equal(on_vcpu(KVM_SET_MSRS, &m), 1);
	assert_int_equal(calls, 1);
}

/* What is announced of interrupts. */
static void announced(void **state)
{
	static const u32 ones[] = {
		KVM_CAP_IRQCHIP, KVM_CAP_TSC_DEADLINE_TIMER, KVM_CAP_SET_BOOT_CPU_ID, KVM_CAP_SIGNAL_MSI, KVM_CAP_VAPIC,
		KVM_CAP_SPLIT_IRQCHIP, KVM_CAP_IRQ_INJECT_STATUS, KVM_CAP_IRQFD, KVM_CAP_IRQFD_RESAMPLE,
		KVM_CAP_PIT, KVM_CAP_PIT2, KVM_CAP_PIT_STATE2, KVM_CAP_REINJECT_CONTROL, KVM_CAP_X86_APIC_BUS_CYCLES_NS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ones); i++)
		assert_int_equal(irq_capability(ones[i]), 1);
	assert_int_equal(irq_capability(KVM_CAP_X2APIC_API),
			 KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK);
	assert_int_equal(irq_capability(KVM_CAP_X86_SMM), 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(created), TEST(released), TEST(born), TEST(tables), TEST(statistics), TEST(of_a_vm), TEST(frequencies),
		TEST(lists), TEST(decided), TEST(cycles), TEST(wide_ids), TEST(boot_id), TEST(lines), TEST(pit), TEST(of_a_local_apic),
		TEST(passed_on), TEST(taken_in), TEST(translated), TEST(enabled), TEST(old_cpuid), TEST(heads), TEST(announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
