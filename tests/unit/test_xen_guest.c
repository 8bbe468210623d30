// SPDX-License-Identifier: GPL-2.0
/*
 * A Xen guest's settings, its page of hypercalls, the hypercalls that are the VMM's, and what its vCPUs do before
 * they run. Layouts are Xen's: xen.h, struct shared_info and struct vcpu_info.
 */
#include "test_xen_fake.h"

#include <asm/processor-flags.h>

#include "../../src/compat/vmcb.h"
#include "../../src/vm/arch.h"
#include "../../src/x86/xen/call.h"

#define SHARED	FAKE_MEM
#define INFO	(FAKE_MEM + 2 * PAGE_SIZE + 64)
#define CODE	(FAKE_MEM + 3 * PAGE_SIZE)

static struct x86_vcpu *cpu = &fake_cpu[0];
static struct xen_vcpu *xen = &fake_cpu[0].xen;
static struct vmcb vmcb;
static struct kvm_run run;
static struct fake_task task;
struct fake_task *fake_current = &task;
static bool counts;
static unsigned int lates, ends, preempts, runs, sets;
static u64 raised, seconds, wall;
static bool served;

/* Others of the folder have tests of their own. */

bool sched_info_on(void)
{
	return counts;
}

bool runstate_there(void)
{
	return counts;
}

void runstate_init(struct x86_vcpu *vcpu)
{
	vcpu->xen.runstate.gpa = KVM_XEN_INVALID_GPA;
}

void runstate_destroy(struct x86_vcpu *vcpu)
{
	vcpu->xen.runstate.gpa = 0;
}

void runstate_run(struct x86_vcpu *vcpu)
{
	assert_ptr_equal(vcpu, cpu);
	runs++;
}

void runstate_preempt(struct x86_vcpu *vcpu)
{
	assert_ptr_equal(vcpu, cpu);
	preempts++;
}

int runstate_set(struct x86_vcpu *vcpu, const struct kvm_xen_vcpu_attr *a)
{
	return -ENOENT;
}

int runstate_get(struct x86_vcpu *vcpu, struct kvm_xen_vcpu_attr *a)
{
	return -ENOENT;
}

void poll_init(struct x86_vcpu *vcpu)
{
	vcpu->xen.timers.polled = POLL_NONE;
}

void poll_destroy(struct x86_vcpu *vcpu)
{
	vcpu->xen.timers.polled = 0;
}

void poll_set_timer(struct x86_vcpu *vcpu, u64 expires)
{
	assert_ptr_equal(vcpu, cpu);
	assert_true(expires || !sets);		/* the old port's is off before there is a new one */
	vcpu->xen.timers.expires = vcpu->xen.timers.port ? expires : 0;
	sets++;
}

void poll_end(struct x86_vcpu *vcpu)
{
	vcpu->xen.timers.polled = POLL_NONE;
	ends++;
}

int event_set_shared(struct x86_vm *vm, u64 gfn)
{
	assert_true(mutex_is_locked(&vm->base.lock));
	if (gfn == 99)
		return -EFAULT;
	vm->xen.shared = gfn;
	return 0;
}

void event_late(struct x86_vcpu *vcpu)
{
	assert_ptr_equal(vcpu, cpu);
	lates++;
}

bool event_route_fits(const struct x86_vm *vm, const struct kvm_irq_routing_xen_evtchn *e)
{
	return e->port && e->port < 4096 && e->priority == KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL;
}

int event_send(struct x86_vm *vm, u32 id, u32 port)
{
	raised = (u64)id << 32 | port;
	return id < FAKE_CPUS ? id : -ENOENT;
}

void call_destroy(struct x86_vm *vm)
{
	vm->xen.version = 0;
}

int call_set_port(struct x86_vm *vm, const struct kvm_xen_hvm_attr *a)
{
	assert_true(mutex_is_locked(&vm->base.lock));
	return a->u.evtchn.send_port ? 0 : -EINVAL;
}

static struct xen_call called;

bool call_serve(struct x86_vcpu *vcpu, const struct xen_call *c, u64 *result)
{
	called = *c;
	*result = 0xaaaabbbbccccddddULL;
	return served;
}

/* And others beside it. */

static struct {
	enum kvmclock_kind kind;
	bool on;
	u64 gpa;
	u8 flags;
} given;

void kvmclock_give(struct x86_vcpu *vcpu, enum kvmclock_kind kind, bool on, u64 gpa, u8 flags)
{
	given.kind = kind;
	given.on = on;
	given.gpa = gpa;
	given.flags = flags;
}

void kvmclock_write_wall(struct x86_vm *vm, u64 gpa)
{
	assert_true(mutex_is_locked(&vm->base.lock));
	wall = gpa;
}

s64 ktime_get_real_seconds(void)
{
	return seconds;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *src, size_t len)
{
	assert_ptr_equal(gm, &fake_vm.npt.gmem);
	if (fake_away[page_of(gpa)])
		return 0;
	memcpy(mem_at(gpa), src, len);
	return len;
}

void svm_set_gpr(struct svm *svm, unsigned int n, u64 val)
{
	assert_int_equal(n, SVM_RAX);
	svm->vmcb->save.rax = val;
}

/* How its code is decoded. */
static void mode(unsigned int bits)
{
	vmcb.save.cr0 = X86_CR0_PE;
	vmcb.save.cs.attrib = bits == 64 ? 1 << 9 : 1 << 10;
	cpu->svm.efer = bits == 64 ? EFER_LMA : 0;
}

static int setup(void **state)
{
	fake_setup(state);
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&run, 0, sizeof(run));
	memset(&task, 0, sizeof(task));
	counts = true;
	served = false;
	lates = ends = preempts = runs = sets = 0;
	seconds = 0x300000001ULL;
	wall = 0;
	cpu->svm.vmcb = &vmcb;
	mode(64);
	cpu->base.run = &run;
	memset(fake_caches, 0, sizeof(fake_caches));
	xen_vm_init(&fake_vm);
	fake_vm.xen.msr = 0x40000000;
	fake_vm.xen.long_mode = true;
	xen_vcpu_init(cpu);
	return 0;
}

static int configure(u32 flags, u32 msr)
{
	const struct kvm_xen_hvm_config c = { .flags = flags, .msr = msr };

	return xen_configure(&fake_vm, &c);
}

/* What is new has nothing; what goes keeps nothing. */
static void lives(void **state)
{
	(void)state;
	assert_true(fake_vm.xen.shared == KVM_XEN_INVALID_GFN && xen->gpa == KVM_XEN_INVALID_GPA && xen->time == KVM_XEN_INVALID_GPA);
	assert_true(xen->timers.polled == POLL_NONE && xen->runstate.gpa == KVM_XEN_INVALID_GPA);
	fake_cpu[1].base.idx = 1;
	xen_vcpu_init(&fake_cpu[1]);
	assert_int_equal(fake_cpu[1].xen.id, 1);
	assert_int_equal(pfn_cache_activate(&xen->info, INFO, 64), 0);
	assert_int_equal(pfn_cache_activate(&fake_vm.xen.page, SHARED, PAGE_SIZE), 0);
	xen_vcpu_destroy(cpu);
	assert_true(!xen->info.active && !xen->timers.polled && !xen->runstate.gpa);
	fake_vm.xen.version = 1;
	xen_vm_release(&fake_vm);
	assert_true(!fake_vm.xen.page.active && !fake_vm.xen.version);
}

/* A configuration is taken if it is all that there is: hypercalls for the VMM, an MSR of Xen's range or none, no code of the VMM's. */
static void configures(void **state)
{
	struct kvm_xen_hvm_config c = { .flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL };
	const u32 both = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL | KVM_XEN_HVM_CONFIG_EVTCHN_SEND;

	(void)state;
	assert_true(configure(0, 0) == -EINVAL && configure(both | KVM_XEN_HVM_CONFIG_HYPERCALL_MSR, 0) == -EINVAL);
	assert_int_equal(configure(KVM_XEN_HVM_CONFIG_EVTCHN_SEND, 0), -EINVAL);
	assert_true(configure(both, 0x3fffffff) == -EINVAL && configure(both, 0x50000000) == -EINVAL);
	assert_true(!configure(both, 0x4fffffff) && fake_vm.xen.calls && fake_vm.xen.msr == 0x4fffffff);
	assert_true(!configure(KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, 0x40000000) && !fake_vm.xen.calls && fake_vm.xen.msr == 0x40000000);
	assert_true(!configure(both, 0) && !fake_vm.xen.msr);
	c.blob_addr_32 = 1;
	assert_int_equal(xen_configure(&fake_vm, &c), -EINVAL);
	c.blob_addr_32 = 0;
	c.blob_addr_64 = 1;
	assert_int_equal(xen_configure(&fake_vm, &c), -EINVAL);
	c.blob_addr_64 = 0;
	c.blob_size_32 = 1;
	assert_int_equal(xen_configure(&fake_vm, &c), -EINVAL);
	c.blob_size_32 = 0;
	c.blob_size_64 = 1;
	assert_int_equal(xen_configure(&fake_vm, &c), -EINVAL);
	assert_int_equal(xen_capability() & KVM_XEN_HVM_CONFIG_RUNSTATE, KVM_XEN_HVM_CONFIG_RUNSTATE);
	assert_true(xen_capability() & KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL);
	counts = false;
	assert_int_equal(xen_capability() & (KVM_XEN_HVM_CONFIG_RUNSTATE | KVM_XEN_HVM_CONFIG_RUNSTATE_UPDATE_FLAG), 0);
}

static int set(struct kvm_xen_hvm_attr a)
{
	return xen_set_attr(&fake_vm, &a);
}

static struct kvm_xen_hvm_attr get(u16 type)
{
	struct kvm_xen_hvm_attr a = { .type = type };

	assert_int_equal(xen_get_attr(&fake_vm, &a), 0);
	return a;
}

/* A VM's setting is what was set, and the others stay; what cannot be is refused. */
static void vm_settings(void **state)
{
	struct kvm_xen_hvm_attr none = { .type = 99 };

	(void)state;
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_LONG_MODE, .u.long_mode = 0 }), 0);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_LONG_MODE).u.long_mode, 0);
	assert_int_equal(wall, 0);	/* there is no page to have it */
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 15 }), -EINVAL);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 16 }), 0);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_XEN_VERSION, .u.xen_version = 0x40011 }), 0);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG, .u.runstate_update_flag = 1 }), 0);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = 1ULL << 28 }), -EINVAL);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = 99 }), -EFAULT);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_SHARED_INFO).u.shared_info.gfn, KVM_XEN_INVALID_GFN);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_UPCALL_VECTOR).u.vector, 16);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_XEN_VERSION).u.xen_version, 0x40011);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG).u.runstate_update_flag, 1);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 0 }), 0);
	assert_int_equal(get(KVM_XEN_ATTR_TYPE_UPCALL_VECTOR).u.vector, 0);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn.send_port = 1 }), 0);
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_EVTCHN }), -EINVAL);
	assert_true(xen_set_attr(&fake_vm, &none) == -ENOENT && xen_get_attr(&fake_vm, &none) == -ENOENT);
	counts = false;
	none.type = KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG;
	assert_true(xen_set_attr(&fake_vm, &none) == -EOPNOTSUPP && xen_get_attr(&fake_vm, &none) == -EOPNOTSUPP);
	assert_int_equal(fake_vm.xen.update_flag, 1);
}

static u32 u32_at(u64 gpa)
{
	u32 val;

	memcpy(&val, mem_at(gpa), sizeof(val));
	return val;
}

/* The wall clock is in shared_info where its mode has it, with the upper half of the seconds at which the clock was 0. */
static void walls(void **state)
{
	(void)state;
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = SHARED >> PAGE_SHIFT }), 0);
	assert_true(wall == SHARED + 0xc00 && u32_at(SHARED + 0xc0c) == 3);
	fake_time = 2 * NSEC_PER_SEC;
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_LONG_MODE, .u.long_mode = 0 }), 0);
	assert_true(wall == SHARED + 0x900 && u32_at(SHARED + 0x924) == 2);
	wall = 0;
	assert_int_equal(set((struct kvm_xen_hvm_attr){ .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = KVM_XEN_INVALID_GFN }), 0);
	assert_int_equal(wall, 0);
}

static int set_cpu(struct kvm_xen_vcpu_attr a)
{
	return xen_vcpu_set_attr(cpu, &a);
}

static struct kvm_xen_vcpu_attr get_cpu(u16 type)
{
	struct kvm_xen_vcpu_attr a = { .type = type };

	assert_int_equal(xen_vcpu_get_attr(cpu, &a), 0);
	return a;
}

/* A vCPU's setting is what was set; a record of the time goes with it; what does not fit into a page is refused. */
static void cpu_settings(void **state)
{
	struct kvm_xen_vcpu_attr a = { .type = 99 };

	(void)state;
	xen->lost = true;
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, .u.gpa = INFO }), 0);
	assert_true(given.kind == KVMCLOCK_XEN_INFO && given.on && given.gpa == INFO + 32 && given.flags == PV_CLOCK_STABLE);
	assert_true(xen->on && !xen->lost && get_cpu(KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO).u.gpa == INFO);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, .u.gpa = INFO + 2 }), -EINVAL);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, .u.gpa = SHARED + PAGE_SIZE - 60 }), -EINVAL);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, .u.gpa = SHARED + PAGE_SIZE - 64 }), 0);
	assert_int_equal(pfn_cache_activate(&xen->info, INFO, 64), 0);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, .u.gpa = KVM_XEN_INVALID_GPA }), 0);
	assert_true(!given.on && !xen->on && !xen->info.active);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO, .u.gpa = SHARED + PAGE_SIZE - 32 }), 0);
	assert_true(given.kind == KVMCLOCK_XEN_TIME && given.on && given.gpa == SHARED + PAGE_SIZE - 32 && given.flags == PV_CLOCK_STABLE);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO, .u.gpa = SHARED + PAGE_SIZE - 28 }), -EINVAL);
	assert_int_equal(get_cpu(KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO).u.gpa, SHARED + PAGE_SIZE - 32);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO, .u.gpa = KVM_XEN_INVALID_GPA }), 0);
	assert_true(!given.on && get_cpu(KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO).u.gpa == KVM_XEN_INVALID_GPA);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_ID, .u.vcpu_id = VM_MAX_VCPUS }), -EINVAL);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_VCPU_ID, .u.vcpu_id = VM_MAX_VCPUS - 1 }), 0);
	assert_int_equal(get_cpu(KVM_XEN_VCPU_ATTR_TYPE_VCPU_ID).u.vcpu_id, VM_MAX_VCPUS - 1);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 15 }), -EINVAL);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 16 }), 0);
	assert_int_equal(get_cpu(KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR).u.vector, 16);
	assert_int_equal(set_cpu((struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_UPCALL_VECTOR, .u.vector = 0 }), 0);
	assert_true(xen_vcpu_set_attr(cpu, &a) == -ENOENT && xen_vcpu_get_attr(cpu, &a) == -ENOENT);
	a = (struct kvm_xen_vcpu_attr){ .type = KVM_XEN_VCPU_ATTR_TYPE_TIMER, .u.timer = { 70, KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL, 9000 } };
	assert_int_equal(xen_vcpu_set_attr(cpu, &a), 0);
	assert_true(sets == 2 && xen->timers.port == 70 && xen->timers.expires == 9000);
	a = get_cpu(KVM_XEN_VCPU_ATTR_TYPE_TIMER);
	assert_true(a.u.timer.port == 70 && a.u.timer.expires_ns == 9000 && a.u.timer.priority == KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL);
	a.u.timer.priority = 0;
	assert_int_equal(xen_vcpu_set_attr(cpu, &a), -EINVAL);
	assert_int_equal(xen->timers.expires, 9000);
	a.u.timer.port = 0;
	sets = 0;
	assert_int_equal(xen_vcpu_set_attr(cpu, &a), 0);
	assert_true(!xen->timers.port && !xen->timers.expires);
}

/* The page of hypercalls: each is in its place, by its number. The guest's kernel has the mode that it writes the MSR in. */
static void page(void **state)
{
	unsigned int i, j;

	(void)state;
	fake_vm.xen.long_mode = false;
	assert_int_equal(xen_write_msr(cpu, CODE + 8), -EINVAL);
	assert_int_equal(xen_write_msr(cpu, CODE), 0);
	assert_true(fake_vm.xen.long_mode);
	for (i = 0; i < 128; i++) {
		const unsigned char want[] = { 0xb8, i, 0, 0, 0, 0x0f, 0x01, 0xd9, 0xc3 };
		const unsigned char *at = mem_at(CODE + 32 * i);

		assert_memory_equal(at, want, sizeof(want));
		for (j = sizeof(want); j < 32; j++)
			assert_int_equal(at[j], 0xcc);
	}
	assert_int_equal(*mem_at(CODE - 1), 0);
	mode(32);
	assert_int_equal(xen_write_msr(cpu, CODE), 0);
	assert_false(fake_vm.xen.long_mode);
	fake_take(CODE, false);
	mode(64);
	assert_int_equal(xen_write_msr(cpu, CODE), -EINVAL);
	assert_false(fake_vm.xen.long_mode);
}

static void load_registers(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		cpu->svm.gpr[i] = 0x1111111100000000ULL * i | i;
}

/* A hypercall that is the VMM's exits with the registers that the mode has its arguments in. */
static void hypercalls(void **state)
{
	static const unsigned int wide[] = { 7, 6, 2, 10, 8, 9 }, narrow[] = { 3, 1, 2, 6, 7, 5 };
	unsigned int i;

	(void)state;
	load_registers();
	vmcb.save.rax = 0x5500000017;
	vmcb.save.cpl = 3;
	vmcb.save.rip = 0x1000;
	vmcb.save.cs.base = 0x20000;
	fake_vm.xen.calls = true;
	served = true;
	assert_int_equal(xen_hypercall(cpu), VCPU_TO_USER);	/* not of the guest's user space */
	assert_true(run.exit_reason == KVM_EXIT_XEN && run.xen.type == KVM_EXIT_XEN_HCALL && run.xen.u.hcall.longmode == 1);
	assert_true(run.xen.u.hcall.cpl == 3 && run.xen.u.hcall.input == 0x5500000017 && !run.xen.u.hcall.result);
	for (i = 0; i < 6; i++)
		assert_int_equal(run.xen.u.hcall.params[i], cpu->svm.gpr[wide[i]]);
	assert_true(cpu->svm.io.kind == SVM_IO_XEN && cpu->svm.io.at == 0x21000);
	mode(32);
	vmcb.save.cpl = 0;
	fake_vm.xen.calls = false;
	assert_int_equal(xen_hypercall(cpu), VCPU_TO_USER);
	assert_true(!run.xen.u.hcall.longmode && run.xen.u.hcall.input == 0x17 && !run.xen.u.hcall.cpl);
	for (i = 0; i < 6; i++)
		assert_int_equal(run.xen.u.hcall.params[i], narrow[i]);
	/* one that is ours has its result in the guest's register */
	fake_vm.xen.calls = true;
	run.exit_reason = 0;
	assert_int_equal(xen_hypercall(cpu), VCPU_RESUME);
	assert_true(!run.exit_reason && vmcb.save.rax == 0xccccdddd && called.nr == 0x17 && !called.wide && called.arg[5] == 5);
	mode(64);
	assert_int_equal(xen_hypercall(cpu), VCPU_RESUME);
	assert_true(vmcb.save.rax == 0xaaaabbbbccccddddULL && called.wide);
	served = false;
	assert_int_equal(xen_hypercall(cpu), VCPU_TO_USER);
}

/* An event of the VMM's goes where its route says. */
static void sends(void **state)
{
	struct kvm_irq_routing_xen_evtchn e = { .port = 70, .vcpu = 1, .priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL };

	(void)state;
	assert_int_equal(xen_evtchn_send(&fake_vm, &e), 0);
	assert_int_equal(raised, 1ULL << 32 | 70);
	/* its page is fetched first: what is sent may be saved next */
	fake_vm.xen.shared = FAKE_MEM >> PAGE_SHIFT;
	assert_int_equal(pfn_cache_activate(&fake_vm.xen.page, FAKE_MEM, PAGE_SIZE), 0);
	fake_vm.xen.page.valid = false;
	assert_int_equal(xen_evtchn_send(&fake_vm, &e), 0);
	assert_true(fake_vm.xen.page.valid);
	e.vcpu = 5;
	assert_int_equal(xen_evtchn_send(&fake_vm, &e), -EINVAL);
	e.vcpu = raised = 0;
	e.port = 4096;
	assert_int_equal(xen_evtchn_send(&fake_vm, &e), -EINVAL);
	assert_int_equal(raised, 0);
}

/* A thread that goes is preempted if it would run on; one that comes back has it told; without Xen guests nobody is. */
static void threads(void **state)
{
	(void)state;
	xen_load(cpu);
	assert_true(was_asked(0, X86_REQ_XEN));
	task.runs = true;
	xen_put(cpu);
	assert_int_equal(preempts, 0);
	shim_irqs_off();
	xen_put(cpu);
	assert_int_equal(preempts, 1);
	task.runs = false;
	xen_put(cpu);
	assert_int_equal(preempts, 1);
	task.runs = true;
	fake_vm.xen.msr = 0;
	xen_put(cpu);
	assert_int_equal(preempts, 1);
	shim_irqs_on();
	xen_load(cpu);
	assert_false(was_asked(0, X86_REQ_XEN));
}

/* Before it runs its page is brought, what waited for it comes, a poll is over, and it is said that it runs. */
static void prepares(void **state)
{
	(void)state;
	xen_prepare(cpu);
	assert_true(!lates && !runs && !ends);
	xen->on = true;
	xen->gpa = INFO;
	xen_prepare(cpu);
	assert_true(lates == 1 && !runs && xen->info.valid && xen->info.gpa == INFO && xen->info.len == 64 && !xen->lost);
	xen_prepare(cpu);
	assert_int_equal(lates, 1);
	fake_take(INFO, false);
	xen_prepare(cpu);
	assert_true(lates == 1 && xen->lost);
	fake_take(INFO, true);
	xen_prepare(cpu);
	assert_true(lates == 2 && !xen->lost);
	set_bit(X86_REQ_XEN, &cpu->base.requests);
	xen_prepare(cpu);
	assert_true(lates == 3 && runs == 1 && !was_asked(0, X86_REQ_XEN));
	set_bit(X86_REQ_XEN, &cpu->base.requests);
	fake_vm.xen.msr = 0;
	xen_prepare(cpu);
	assert_true(lates == 4 && runs == 1);
	/* a poll lasts as long as the halt */
	xen->timers.polled = 5;
	cpu->intc.mp_state = KVM_MP_STATE_HALTED;
	xen_prepare(cpu);
	assert_true(!ends && xen->timers.polled == 5);
	cpu->intc.mp_state = KVM_MP_STATE_RUNNABLE;
	xen_prepare(cpu);
	assert_int_equal(ends, 1);
	xen_prepare(cpu);
	assert_int_equal(ends, 1);
}

/* What came while no page was at hand goes there before the VMM looks; where nothing did, nothing is looked for. */
static void settles(void **state)
{
	(void)state;
	xen->gpa = INFO;
	xen->on = true;
	xen_settle(cpu);
	assert_true(!lates && !xen->info.valid);
	__set_bit(70, xen->late);
	xen_settle(cpu);
	assert_true(lates == 1 && xen->info.valid);
	__clear_bit(70, xen->late);
	xen->late_words = 1;
	xen_settle(cpu);
	assert_int_equal(lates, 2);
	xen->late_words = 0;
}

/* An event that waits in vcpu_info is the VM's vector, if it has one, and no local APIC has it. */
static void asks(void **state)
{
	(void)state;
	xen->gpa = INFO;
	xen->on = true;
	fake_vm.xen.vector = 0x55;
	/* where nobody knows, the page is asked for before the guest runs, or anybody sleeps */
	cpu->base.requests = 0;
	assert_int_equal(xen_asks(cpu), 0);
	assert_true(test_bit(X86_REQ_XEN, &cpu->base.requests));
	xen_prepare(cpu);
	assert_int_equal(xen_asks(cpu), 0);
	assert_int_equal(cpu->base.requests, 0);
	*mem_at(INFO) = 1;
	assert_true(xen_asks(cpu) == 0x55 && !fake_dirty[2]);
	xen->vector = 0x66;
	assert_int_equal(xen_asks(cpu), 0);
	xen->vector = 0;
	/* what cannot be had is not asked for */
	xen->lost = true;
	pfn_cache_deactivate(&xen->info);
	assert_int_equal(xen_asks(cpu), 0);
	assert_int_equal(cpu->base.requests, 0);
	xen->lost = false;
	xen->on = false;
	assert_int_equal(xen_asks(cpu), 0);
	xen->on = true;
	fake_vm.xen.vector = 0;
	assert_int_equal(xen_asks(cpu), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lives, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(configures, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(vm_settings, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(walls, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(cpu_settings, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(page, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(hypercalls, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(sends, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(threads, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(prepares, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(asks, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(settles, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
