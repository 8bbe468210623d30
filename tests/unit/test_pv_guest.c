// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest has of the hypervisor's own: leaves, MSRs, hypercalls, stolen time, and memory that is fetched while
 * it runs (the kernel's Documentation/virt/kvm/x86: cpuid.rst, msr.rst, hypercalls.rst).
 */
#include "test_pv_fake.h"

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <asm/tsc.h>

#include "../../model/shim/unit.h"
#include "../../src/host/late.h"
#include "../../src/vm/arch.h"
#include "../../src/x86/nested/nested.h"
#include "../../src/x86/pv/announce.h"
#include "../../src/x86/pv/hypercall.h"
#include "../../src/x86/pv/msr.h"
#include "../../src/x86/vm.h"

#define CPUS	3

static struct x86_vm vm;
static struct x86_vcpu cpus[CPUS];
static struct x86_vcpu *const cpu = &cpus[0];
static struct vmcb vmcb;
static struct fake_mem record;		/* whichever the guest has given */
static u64 range_gpa, range_len;
static int range_ret;
static struct fake_task task, other;
struct fake_task *fake_current = &task;

/* Records. */

static int range_load(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	return record.mem.load(&record.mem, off, width, val);
}

static int range_store(struct pv_mem *m, u32 off, unsigned int width, u64 val)
{
	return record.mem.store(&record.mem, off, width, val);
}

static int range_xchg(struct pv_mem *m, u32 off, unsigned int width, u64 *val)
{
	return record.mem.exchange(&record.mem, off, width, val);
}

int pv_range_init(struct pv_range *r, struct gmem *gm, u64 gpa, u64 len)
{
	assert_ptr_equal(gm, &vm.npt.gmem);
	range_gpa = gpa;
	range_len = len;
	r->mem = (struct pv_mem){ .load = range_load, .store = range_store, .exchange = range_xchg };
	return range_ret;
}

void pv_range_exit(struct pv_range *r)
{
	if (range_gpa)
		range_gpa = 0;
}

/* The record of stolen time by its address, as far as that goes. */
#define PLAIN	0x50000UL

static unsigned long plain;
static int far;
static u64 added;

unsigned long hva_cache_plain(struct hva_cache *hc, u64 off, u64 len)
{
	assert_true(hc == &cpus[0].stolen.range.hc && !off && len == 64);
	return plain;
}

int host_user_add_versioned(unsigned long hva, u64 delta)
{
	assert_true(hva == PLAIN && shim_is_atomic());
	if (far >= 2)
		added += delta;
	return far;
}

/* Others. */

static struct {
	bool on;
	u64 gpa;
	u8 flags;
} given;
static u64 wall;

void kvmclock_give(struct x86_vcpu *v, enum kvmclock_kind kind, bool on, u64 gpa, u8 flags)
{
	assert_int_equal(kind, KVMCLOCK_OWN);
	given.on = on;
	given.gpa = gpa;
	given.flags = flags;
}

void kvmclock_write_wall(struct x86_vm *v, u64 gpa)
{
	wall = gpa;
}

u64 kvmclock_tsc(const struct x86_vcpu *v)
{
	assert_true(shim_irqs_are_off());	/* one moment with the time of day */
	return 0x1234567;
}

static bool unstable;

int check_tsc_unstable(void)
{
	return unstable;
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	assert_true(shim_irqs_are_off());
	*ts = (struct timespec64){ .tv_sec = 77, .tv_nsec = 88 };
}

static struct kvm_clock_pairing pair;
static ssize_t pair_written;

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	assert_true(gpa == 0x9000 && len == sizeof(pair));
	memcpy(&pair, buf, len);
	return pair_written;
}

struct vcpu *vm_vcpu_by_id(struct vm *v, unsigned int id)
{
	return id < CPUS ? &cpus[id].base : NULL;
}

static unsigned int kicks[CPUS];

void vcpu_request(struct vcpu *v, unsigned int req)
{
	set_bit(req, &v->requests);
	kicks[to_x86_vcpu(v) - cpus]++;
}

static bool asked(u64 req)
{
	return test_and_clear_bit(req, &cpu->base.requests);
}

static struct task_struct *target = (struct task_struct *)&other;
static unsigned int yields, puts_of_task;

struct task_struct *get_pid_task(struct pid *pid, enum pid_type type)
{
	return (void *)pid == (void *)&other ? target : NULL;
}

void put_task_struct(struct task_struct *t)
{
	assert_ptr_equal(t, target);
	puts_of_task++;
}

int yield_to(struct task_struct *t, bool preempt)
{
	assert_true(t == target && preempt);
	yields++;
	return 0;
}

static u8 accepted, delivered[CPUS];
static bool refuses;
static struct lapic_message last;

int lapic_accept(struct lapic *a, u8 vector, bool level)
{
	assert_true(a == &cpu->intc.lapic && !level);
	accepted = vector;
	return 1;
}

static struct x86_vcpu *owner(const struct lapic *a)
{
	return container_of(a, struct x86_vcpu, intc.lapic);
}

int lapic_deliver(struct lapic *a, const struct lapic_message *m)
{
	delivered[owner(a) - cpus]++;
	last = *m;
	return refuses ? -1 : 0;
}

static bool interrupts;

bool svm_interrupt_allowed(const struct svm *svm)
{
	return interrupts;
}

static u64 fault_at;

void svm_queue_fault_at(struct x86_vcpu *v, u64 va, u32 error)
{
	assert_int_equal(error, 0);
	fault_at = va;
}

static struct gmem_slot slot;
static bool late;

int gmem_read_lock(struct gmem *gm)
{
	return 5;
}

void gmem_read_unlock(struct gmem *gm, int idx)
{
	assert_int_equal(idx, 5);
}

struct gmem_slot *gmem_find_slot(struct gmem *gm, u64 gfn)
{
	return gfn >= 0x100 && gfn < 0x200 ? &slot : NULL;
}

unsigned long gmem_slot_hva(const struct gmem_slot *s, u64 gfn)
{
	return s->hva + (gfn - s->base_gfn) * 4096;
}

static unsigned long fetched_hva;
static bool fetched_write;
static struct work_struct *queued[80];
static unsigned int nr_queued;
static struct workqueue_struct *const the_queue = (void *)8;

bool host_page_is_late(unsigned long hva, bool write)
{
	return late;
}

void host_page_fetch(struct mm_struct *mm, unsigned long hva, bool write)
{
	assert_ptr_equal(mm, &shim_mm);
	fetched_hva = hva;
	fetched_write = write;
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	return the_queue;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	assert_ptr_equal(wq, the_queue);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *w)
{
	assert_ptr_equal(wq, the_queue);
	queued[nr_queued++] = w;
	return true;
}

void lapic_eoi(struct lapic *a)
{
	fail_msg("nothing is ended here");
}

bool lapic_eoi_may_wait(const struct lapic *a)
{
	return false;
}

static int setup(void **state)
{
	unsigned int i;

	memset(&vm, 0, sizeof(vm));
	memset(cpus, 0, sizeof(cpus));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(kicks, 0, sizeof(kicks));
	memset(delivered, 0, sizeof(delivered));
	memset(&task, 0, sizeof(task));
	memset(&slot, 0, sizeof(slot));
	fake_mem_init(&record);
	fake_current = &task;
	range_gpa = range_ret = yields = puts_of_task = nr_queued = accepted = fault_at = wall = 0;
	refuses = unstable = false;
	interrupts = late = true;
	plain = PLAIN;
	far = 3;
	added = 0;
	pair_written = sizeof(pair);
	slot.base_gfn = 0x100;
	slot.npages = 0x100;
	slot.hva = 0x10000000;
	vm.base.mm = &shim_mm;
	for (i = 0; i < CPUS; i++) {
		cpus[i].vm = &vm;
		cpus[i].base.vm = &vm.base;
		cpus[i].base.id = i;
		cpus[i].intc.there = true;
		cpus[i].intc.lapic.base = LAPIC_BASE_ENABLED;
		cpus[i].svm.vmcb = &vmcb;
		apf_init(&cpus[i]);
	}
	vmcb.save.cpl = 3;
	assert_int_equal(apf_module_init(), 0);
	return 0;
}

static int teardown(void **state)
{
	apf_module_exit();
	assert_true(!shim_mm.count && !shim_allocs());
	shim_check_quiet();
	return 0;
}

static u64 get(u32 msr)
{
	u64 val = ~0ULL;

	assert_int_equal(pv_msr_get(cpu, msr, &val), 0);
	return val;
}

/* Each MSR is what was written to it, those that are two are the same, and bits that are reserved are refused. */
static void msrs(void **state)
{
	u64 val;

	assert_int_equal(pv_msr_set(cpu, MSR_KVM_WALL_CLOCK_NEW, 0x4000), 0);
	assert_true(wall == 0x4000 && get(MSR_KVM_WALL_CLOCK) == 0x4000 && get(MSR_KVM_WALL_CLOCK_NEW) == 0x4000);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_SYSTEM_TIME_NEW, 0x5001), 0);
	assert_true(given.on && given.gpa == 0x5000 && given.flags == (PV_CLOCK_PAUSED | PV_CLOCK_STABLE));
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_SYSTEM_TIME, 0x6000), 0);
	assert_true(!given.on && given.gpa == 0x6000 && given.flags == PV_CLOCK_PAUSED);
	assert_true(get(MSR_KVM_SYSTEM_TIME) == 0x6000 && get(MSR_KVM_SYSTEM_TIME_NEW) == 0x6000);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_POLL_CONTROL, 2), -EINVAL);
	assert_true(!pv_msr_set(cpu, MSR_KVM_POLL_CONTROL, 1) && get(MSR_KVM_POLL_CONTROL) == 1);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_INT, 0x100), -EINVAL);
	assert_true(!pv_msr_set(cpu, MSR_KVM_ASYNC_PF_INT, 0xff) && get(MSR_KVM_ASYNC_PF_INT) == 0xff && !get(MSR_KVM_ASYNC_PF_ACK));
	assert_true(!pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7001) && get(MSR_KVM_STEAL_TIME) == 0x7001);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7003), -EINVAL);
	assert_true(!pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8001) && get(MSR_KVM_PV_EOI_EN) == 0x8001);
	assert_true(!pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0x9009) && get(MSR_KVM_ASYNC_PF_EN) == 0x9009);
	assert_true(pv_msr_get(cpu, 0x4b564d08, &val) == -ENOENT && pv_msr_set(cpu, 0x4b564d08, 0) == -ENOENT);
	apf_reset(cpu);
}

static const struct {
	u32 msr;
	unsigned int feature;
} shown_by[] = {
	{ MSR_KVM_WALL_CLOCK, 0 }, { MSR_KVM_SYSTEM_TIME, 0 }, { MSR_KVM_WALL_CLOCK_NEW, 3 }, { MSR_KVM_SYSTEM_TIME_NEW, 3 },
	{ MSR_KVM_ASYNC_PF_EN, 4 }, { MSR_KVM_STEAL_TIME, 5 }, { MSR_KVM_PV_EOI_EN, 6 }, { MSR_KVM_POLL_CONTROL, 12 },
	{ MSR_KVM_ASYNC_PF_INT, 14 }, { MSR_KVM_ASYNC_PF_ACK, 14 },
};

/* Where the VMM wants it so, each MSR is there if its feature is shown, wherever the leaves are. */
static void enforced(void **state)
{
	struct kvm_cpuid_entry2 e[3];
	unsigned int i, feature;
	u64 val;

	memset(e, 0, sizeof(e));
	assert_true(pv_announce(0, &e[1]) && pv_announce(1, &e[2]) && !pv_announce(2, &e[0]));
	assert_true(!memcmp(&e[1].ebx, "KVMK", 4) && !memcmp(&e[1].ecx, "VMKV", 4) && !memcmp(&e[1].edx, "M\0\0", 4));
	assert_true(e[1].function == 0x40000000 && e[1].eax == 0x40000001 && e[2].function == 0x40000001);
	assert_int_equal(e[2].eax, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 |
				   1 << 24);
	/* another hypervisor's first */
	e[0].function = 0x40000000;
	e[1].function = 0x40000100;
	e[2].function = 0x40000101;
	cpu->svm.cpuid = e;
	cpu->svm.nr_cpuid = 3;
	cpu->pv_enforced = true;
	for (feature = 0; feature < 25; feature++) {
		e[2].eax = 1U << feature;
		for (i = 0; i < sizeof(shown_by) / sizeof(shown_by[0]); i++)
			assert_int_equal(pv_msr_get(cpu, shown_by[i].msr, &val), shown_by[i].feature == feature ? 0 : -ENOENT);
	}
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_POLL_CONTROL, 0), -ENOENT);
	e[2].eax = ~0U;
	pv_amend(cpu, e, 3);
	assert_int_equal(e[2].eax, ~0U);
	vm.hlt_runs = true;	/* nobody halts: nobody is to be woken */
	pv_amend(cpu, e, 3);
	assert_int_equal(e[2].eax, ~(1U << 7));
	e[1].edx++;
	assert_false(pv_allows(cpu, 0));
	e[1].edx--;
	e[1].function = 0x40000104;
	assert_false(pv_allows(cpu, 0));
}

static long call(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
	const struct hypercall h = { .nr = nr, .arg = { a, b, c, d } };

	return hypercall_serve(cpu, &h);
}

/* An IPI goes to those of the mask, from the first on, that are there and on; a shorthand or another mode is refused. */
static void ipis(void **state)
{
	assert_int_equal(call(KVM_HC_SEND_IPI, 5, 0, 0, 0x55), 2);
	assert_true(delivered[0] == 1 && !delivered[1] && delivered[2] == 1);
	assert_true(last.vector == 0x55 && last.mode == LAPIC_FIXED && last.wide && !last.level);
	assert_int_equal(call(KVM_HC_SEND_IPI, 3, 0, 1, 0x400), 2);
	assert_true(delivered[0] == 1 && delivered[1] == 1 && delivered[2] == 2 && last.mode == LAPIC_NMI);
	assert_int_equal(call(KVM_HC_SEND_IPI, 0, 1, 0xffffffff - 62, 0x55), 0);	/* beyond all there are */
	cpus[1].intc.lapic.base = 0;
	assert_int_equal(call(KVM_HC_SEND_IPI, 7, ~0ULL, 0, 0x8055), 2);
	assert_true(delivered[1] == 1 && last.level);
	refuses = true;
	assert_int_equal(call(KVM_HC_SEND_IPI, 1, 0, 0, 0x55), 0);
	assert_int_equal(call(KVM_HC_SEND_IPI, 1, 0, 0, 0x40055), -KVM_EINVAL);
	assert_int_equal(call(KVM_HC_SEND_IPI, 1, 0, 0, 0x555), -KVM_EINVAL);
	assert_int_equal(call(KVM_HC_SEND_IPI, 1, 0, 1ULL << 32, 0x55), -KVM_EINVAL);
	cpu->intc.there = false;
	assert_int_equal(call(KVM_HC_SEND_IPI, 1, 0, 0, 0x55), -KVM_EINVAL);
}

/* The second half of the mask is its upper 64. */
static void ipis_above(void **state)
{
	cpus[1].base.id = 64;
	assert_int_equal(call(KVM_HC_SEND_IPI, 0, 4, 0xffffffff, 0x55), 0);
	assert_int_equal(call(KVM_HC_SEND_IPI, 1ULL << 63, 0, 0, 0x55), 0);
	assert_int_equal(call(KVM_HC_SEND_IPI, 0, 0, 0, 0x55), 0);
	assert_true(!delivered[0] && !delivered[1] && !delivered[2]);
}

/* A kick wakes who is there; a yield gives the CPU to another one's thread, if it has one. */
static void kicks_and_yields(void **state)
{
	assert_int_equal(call(KVM_HC_KICK_CPU, 0, 2, 0, 0), 0);
	assert_true(cpus[2].unhalt && kicks[2] == 1 && cpus[2].base.requests == 1UL << VCPU_REQ_IRQ && !cpus[0].unhalt);
	assert_true(!call(KVM_HC_KICK_CPU, 0, 9, 0, 0) && !call(KVM_HC_KICK_CPU, 0, 1ULL << 32, 0, 0) && !kicks[0] && !kicks[1]);
	assert_true(!call(KVM_HC_SCHED_YIELD, 1, 0, 0, 0) && !yields);
	cpus[1].base.pid = (void *)&other;
	assert_true(!call(KVM_HC_SCHED_YIELD, 1, 0, 0, 0) && yields == 1 && puts_of_task == 1);
	cpus[1].base.pid = (void *)&task;	/* which has ended */
	assert_true(!call(KVM_HC_SCHED_YIELD, 1, 0, 0, 0) && yields == 1 && puts_of_task == 1);
	cpu->base.pid = (void *)&other;
	assert_true(!call(KVM_HC_SCHED_YIELD, 0, 0, 0, 0) && !call(KVM_HC_SCHED_YIELD, 7, 0, 0, 0) && yields == 1);
}

/* Two clocks of one moment, where the host has both; what is not there says so; so does what CPUID does not show. */
static void other_calls(void **state)
{
	assert_int_equal(call(KVM_HC_CLOCK_PAIRING, 0x9000, 0, 0, 0), 0);
	assert_true(pair.sec == 77 && pair.nsec == 88 && pair.tsc == 0x1234567 && !pair.flags);
	pair_written--;
	assert_int_equal(call(KVM_HC_CLOCK_PAIRING, 0x9000, 0, 0, 0), -KVM_EFAULT);
	assert_int_equal(call(KVM_HC_CLOCK_PAIRING, 0x9000, 1, 0, 0), -KVM_EOPNOTSUPP);
	unstable = true;
	assert_int_equal(call(KVM_HC_CLOCK_PAIRING, 0x9000, 0, 0, 0), -KVM_EOPNOTSUPP);
	assert_int_equal(call(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
	assert_int_equal(call(99, 0, 0, 0, 0), -KVM_ENOSYS);
	cpu->pv_enforced = true;
	assert_true(call(KVM_HC_KICK_CPU, 0, 2, 0, 0) == -KVM_ENOSYS && call(KVM_HC_SEND_IPI, 1, 0, 0, 0x55) == -KVM_ENOSYS);
	assert_int_equal(call(KVM_HC_SCHED_YIELD, 1, 0, 0, 0), -KVM_ENOSYS);
	assert_true(!kicks[2] && !delivered[0]);
}

/* PV EOI: the record follows the MSR; without a local APIC there is none; the same again changes nothing. */
static void endings(void **state)
{
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8003), -EINVAL);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8001), 0);
	assert_true(range_gpa == 0x8000 && range_len == 4 && cpu->ending.eoi.mem == &cpu->ending.range.mem);
	cpu->ending.eoi.offered = true;
	assert_true(!pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8001) && cpu->ending.eoi.offered);
	assert_true(!pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8000) && !cpu->ending.eoi.mem && !range_gpa);
	cpu->intc.there = false;
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8001), -EINVAL);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0), 0);
	cpu->intc.there = true;
	range_ret = -EFAULT;	/* no memory there: the guest ends its interrupts as ever */
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_PV_EOI_EN, 0x8001), 0);
	ending_reset(cpu);
	assert_true(!cpu->ending.msr && !cpu->ending.eoi.mem && !range_gpa);
}

/* What the thread waits for a CPU is stolen from its vCPU; what it waited before it came is not, nor what another thread did. */
static void stolen(void **state)
{
	struct stolen *s = &cpu->stolen;

	task.sched_info.run_delay = 1000;
	assert_true(stolen_load(s) && !stolen_is_news(s));
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7041), 0);
	assert_true(range_gpa == 0x7040 && range_len == 64 && stolen_prepare(cpu) == VCPU_RESUME && !asked(X86_REQ_STEAL));
	/* from now on it is told by its address */
	assert_true(!stolen_load(s) && !stolen_is_news(s) && !s->delay && s->steal.at == PLAIN);
	task.sched_info.run_delay = 1300;
	assert_true(stolen_is_news(s) && stolen_tell(s) && added == 300 && s->delay == 300 && !stolen_is_news(s));
	/* where it could not be written it is told the other way, as far as it was not */
	task.sched_info.run_delay = 1350;
	far = 0;
	assert_true(!stolen_tell(s) && stolen_load(s) && !stolen_is_news(s));
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_int_equal(stolen_prepare(cpu), VCPU_RESUME);
	assert_true(fake_u64(&record, 0) == 50 && !asked(X86_REQ_STEAL) && !stolen_load(s));
	far = 2;	/* written, but the version was left odd */
	task.sched_info.run_delay = 1360;
	assert_true(!stolen_tell(s) && added == 310 && s->steal.torn);
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && fake_u64(&record, 0) == 50 && !s->steal.torn);
	/* where there is no plain address each time is told so */
	plain = 0;
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	task.sched_info.run_delay = 1365;
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && fake_u64(&record, 0) == 55 && stolen_load(s));
	plain = PLAIN;
	other.sched_info.run_delay = 9000;
	fake_current = &other;
	assert_true(stolen_load(s));
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && s->delay == 365 && !stolen_load(s));
	other.sched_info.run_delay = 9005;
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && s->delay == 370 && fake_u64(&record, 0) == 60);
	other.sched_info.run_delay = 9001;	/* back */
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && s->delay == 370);
	/* another record counts from now */
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7001), 0);
	fake_mem_init(&record);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && !fake_u64(&record, 0));
	assert_true(!pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7000) && !s->steal.mem && !range_gpa);
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && !asked(X86_REQ_STEAL));
}

/* Between two instructions it is preempted where it is at rest, and a flush that was asked for meanwhile is done. */
static void preempted(void **state)
{
	struct nested l2 = { .in_l2 = true };

	stolen_put(cpu);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7001), 0);
	stolen_put(cpu);
	assert_int_equal(record.bytes[16], 0);
	cpu->stolen.at_rest = true;
	stolen_put(cpu);
	assert_int_equal(record.bytes[16], PV_STEAL_PREEMPTED);
	record.bytes[16] |= PV_STEAL_FLUSH;
	assert_true(asked(X86_REQ_STEAL) && stolen_prepare(cpu) == VCPU_RESUME && record.bytes[16]);	/* nobody asked */
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && cpu->svm.flush && !record.bytes[16]);
	cpu->svm.flush = false;
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && !cpu->svm.flush);
	/* while L2 runs it is L1's translations that are to go, by their own identifier */
	cpu->svm.nested = &l2;
	stolen_put(cpu);
	record.bytes[16] |= PV_STEAL_FLUSH;
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && cpu->svm.flush && l2.other_flush);
	cpu->svm.nested = NULL;
	cpu->svm.flush = false;
	/* a record that says preempted keeps the guest from running until it is there again */
	stolen_put(cpu);
	set_bit(X86_REQ_STEAL, &cpu->base.requests);
	record.accesses = 0;
	record.fail_at = 1;
	assert_true(stolen_prepare(cpu) == -EFAULT && asked(X86_REQ_STEAL));
	/* one that says nothing of the kind does not */
	fake_mem_init(&record);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_STEAL_TIME, 0x7001), 0);
	record.fail_at = 1;
	assert_true(stolen_prepare(cpu) == VCPU_RESUME && !asked(X86_REQ_STEAL));
}

#define WANTED	(KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)

static void turn_on(u64 more)
{
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_INT, 0xec), 0);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0x9000 | WANTED | more), 0);
	assert_true(range_gpa == 0x9000 && range_len == 64);
	/* all of before are ready */
	apf_prepare(cpu);
	assert_true(fake_u32(&record, 4) == ~0U && accepted == 0xec);
	accepted = 0;
	memset(record.bytes, 0, sizeof(record.bytes));
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_ACK, 1), 0);
	apf_prepare(cpu);
	assert_false(accepted);
}

/* Until the guest has acknowledged that all tokens of before are ready none goes out: it would be told of twice. */
static void all_first(void **state)
{
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_INT, 0xec), 0);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0x9000 | WANTED), 0);
	record.fail_at = 1;		/* the record's slot is away */
	apf_prepare(cpu);
	assert_false(accepted);
	assert_false(apf_put_off(cpu, 0x123456, true));
	record.fail_at = 0;
	set_bit(X86_REQ_APF, &cpu->base.requests);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_ACK, 1), 0);	/* of nothing */
	apf_prepare(cpu);
	assert_true(fake_u32(&record, 4) == ~0U && accepted == 0xec);
	assert_false(apf_put_off(cpu, 0x123456, true));
	memset(record.bytes, 0, sizeof(record.bytes));
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_ACK, 1), 0);
	assert_true(apf_put_off(cpu, 0x123456, true) && nr_queued == 1);
	apf_reset(cpu);
	queued[0]->func(queued[0]);
}

static void run(unsigned int n)
{
	queued[n]->func(queued[n]);
}

/* The life of a token: not present, fetched, ready, acknowledged. */
static void tokens(void **state)
{
	u32 token;

	turn_on(0);
	assert_true(apf_put_off(cpu, 0x123456, true));
	token = fake_u32(&record, 0) == KVM_PV_REASON_PAGE_NOT_PRESENT ? fault_at : 0;
	assert_true(token && nr_queued == 1 && shim_mm.count == 1 && cpu->apf.out == 1);
	record.bytes[0] = 0;
	assert_false(apf_put_off(cpu, 0x123999, true));		/* that frame is being fetched: this thread waits */
	assert_true(apf_put_off(cpu, 0x155000, false));
	assert_true((u32)fault_at != token && cpu->apf.out == 2);
	apf_prepare(cpu);
	assert_false(accepted);
	run(0);
	assert_true(fetched_hva == 0x10023000 && fetched_write && cpu->base.requests & 1UL << X86_REQ_APF && kicks[0] == 1);
	apf_prepare(cpu);
	assert_true(fake_u32(&record, 4) == token && accepted == 0xec && cpu->apf.out == 1 && shim_mm.count == 1);
	accepted = 0;
	run(1);
	assert_true(fetched_hva == 0x10055000 && !fetched_write);
	apf_prepare(cpu);
	assert_false(accepted);		/* the one before is not acknowledged */
	memset(record.bytes + 4, 0, 4);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_ACK, 2), 0);
	apf_prepare(cpu);
	assert_false(accepted);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_ACK, 1), 0);
	apf_prepare(cpu);
	assert_true(fake_u32(&record, 4) == (u32)fault_at && accepted == 0xec && !cpu->apf.out && !shim_mm.count);
	apf_reset(cpu);
}

#define KEPT(how) do {					\
	how;						\
	assert_false(apf_put_off(cpu, 0x123456, true));	\
	assert_true(!nr_queued && !shim_mm.count && !record.bytes[0] && !cpu->apf.out);	\
} while (0)

/* When the guest cannot be told without losing something, or there is nothing to wait for, the thread waits as ever. */
static void kept(void **state)
{
	static struct nested nested = { .in_l2 = true };

	KEPT((void)0);
	turn_on(0);
	KEPT(vmcb.save.cpl = 0);
	vmcb.save.cpl = 3;
	KEPT(interrupts = false);
	interrupts = true;
	KEPT(cpu->svm.nmi_masked = true);
	cpu->svm.nmi_masked = false;
	KEPT(cpu->svm.nested = &nested);
	cpu->svm.nested = NULL;
	KEPT(late = false);
	late = true;
	KEPT(slot.flags = KVM_MEM_READONLY);
	slot.flags = 0;
	KEPT(shim_fail_alloc(1));
	shim_fail_alloc(0);
	KEPT((record.accesses = 0, record.fail_at = 1));
	KEPT((record.accesses = 0, record.fail_at = 2));
	record.fail_at = 0;
	assert_false(apf_put_off(cpu, 0x99000, true));		/* no slot */
	cpu->apf.out = 64;
	assert_false(apf_put_off(cpu, 0x123456, true));
	cpu->apf.out = 0;
	record.bytes[0] = 1;
	assert_false(apf_put_off(cpu, 0x123456, true));		/* the one before was not looked at */
	record.bytes[0] = 0;
	slot.flags = KVM_MEM_READONLY;
	assert_true(apf_put_off(cpu, 0x123456, false));
	run(0);
	apf_reset(cpu);
	/* a kernel that wants them at any time */
	record.bytes[0] = 0;
	nr_queued = 0;
	slot.flags = 0;
	turn_on(KVM_ASYNC_PF_SEND_ALWAYS);
	vmcb.save.cpl = 0;
	assert_true(apf_put_off(cpu, 0x123456, true));
	run(0);
	apf_reset(cpu);
}

/* Who is given up is freed by whoever has it last; what cannot be asked for is refused. */
static void given_up(void **state)
{
	turn_on(0);
	assert_true(apf_put_off(cpu, 0x123000, true));
	record.bytes[0] = 0;
	assert_true(apf_put_off(cpu, 0x124000, true));
	run(0);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0), 0);
	/* what is still fetched counts until it is there, and nobody is told of it */
	assert_true(shim_mm.count == 1 && !cpu->apf.on && cpu->apf.out == 1 && !cpu->apf.msr && !range_gpa);
	kicks[0] = 0;
	run(1);
	assert_true(!shim_mm.count && !kicks[0] && !cpu->apf.out);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, WANTED | 1 << 4), -EINVAL);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, WANTED | KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT), -EINVAL);
	assert_true(!pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0x9000 | KVM_ASYNC_PF_ENABLED) && !cpu->apf.on && cpu->apf.msr);
	range_ret = -EFAULT;
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0x9000 | WANTED), -EINVAL);
	assert_true(!cpu->apf.on && !cpu->apf.msr && !range_gpa);
	cpu->intc.there = false;
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, WANTED), -EINVAL);
	assert_int_equal(pv_msr_set(cpu, MSR_KVM_ASYNC_PF_EN, 0), 0);
}

/* A guest that switches them off and on again has no more fetched at a time than one that does not, and its end waits for none. */
static void bounded(void **state)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		turn_on(0);
		assert_true(apf_put_off(cpu, 0x123000, true));
		record.bytes[0] = 0;
	}
	turn_on(0);
	assert_false(apf_put_off(cpu, 0x123000, true));
	assert_true(cpu->apf.out == 64 && shim_mm.count == 64);
	run(7);
	assert_true(cpu->apf.out == 63 && apf_put_off(cpu, 0x123000, true));
	apf_destroy(cpu);
	for (i = 0; i < 65; i++)
		if (i != 7)
			run(i);
	assert_int_equal(shim_mm.count, 0);
}

/* No token is 0 or all, whatever the count. */
static void token_names(void **state)
{
	turn_on(0);
	cpu->apf.count = 1 << 20;
	assert_true(apf_put_off(cpu, 0x123000, true));
	assert_true((u32)fault_at == 1 << 12);
	record.bytes[0] = 0;
	cpu->base.id = 0xfff;
	cpu->apf.count = 0xfffff;
	assert_true(apf_put_off(cpu, 0x124000, true));
	assert_true((u32)fault_at == 0xfff);
	run(0);
	run(1);
	apf_reset(cpu);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(msrs), TEST(enforced), TEST(ipis), TEST(ipis_above), TEST(kicks_and_yields), TEST(other_calls), TEST(endings),
		TEST(stolen), TEST(preempted), TEST(all_first), TEST(tokens), TEST(kept), TEST(given_up), TEST(bounded), TEST(token_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
