// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN's frame around an architecture of the test's: what is called when, what is counted, and that all is
 * undone whatever ends it. And how others reach the one that runs.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/atomic.h>
#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/signal_types.h>
#include <linux/slab.h>
#include <asm/processor.h>

/* The thread that runs, its signals, and those who hear of it. */
struct preempt_ops {
	void (*sched_in)(struct preempt_notifier *pn, int cpu);
	void (*sched_out)(struct preempt_notifier *pn, struct task_struct *next);
};

static struct {
	char log[256];		/* a letter for each thing that happens */
	unsigned int n;
	int notifiers;
	bool registered, waits, pending_signal;
	int wakes_after;
	unsigned int synchronized;
	sigset_t mask, blocked;
	unsigned int work, late_work;	/* so often there is some */
	int work_ret;
	int pid_refs[2];
	bool untold;		/* the kernel has put off what user space is to hear */
	unsigned int thread, kicks, wakes, readers;
	unsigned long barriers;			/* when it was last woken */
} env;

static void note(char c)
{
	assert_true(env.n < sizeof(env.log) - 1);
	env.log[env.n++] = c;
	env.log[env.n] = 0;
}

static void fake_set_mask(const sigset_t *set, sigset_t *old);
static void fake_schedule(void);

#undef signal_pending
#define signal_pending(t)			env.pending_signal
#undef synchronize_rcu
#define synchronize_rcu()			(env.synchronized++)
#define preempt_notifier_inc()			(env.notifiers++)
#define preempt_notifier_dec()			(env.notifiers--)
#define preempt_notifier_init(pn, o)		((pn)->ops = (o))
#define preempt_notifier_register(pn)		(assert_false(env.registered), env.registered = true)
#define preempt_notifier_unregister(pn)		(assert_true(env.registered), env.registered = false)
#define rcuwait_init(w)				((w)->task = NULL)
#define prepare_to_rcuwait(w)			(env.waits = true)
#define finish_rcuwait(w)			(env.waits = false)
#define set_current_state(s)			note('i')
#define schedule()				fake_schedule()
#define TASK_INTERRUPTIBLE			1
#define SIG_SETMASK				2
#define real_blocked				signal	/* what the thread keeps there, env.blocked has */
#define sigprocmask(how, set, old)		fake_set_mask((const void *)(set), (void *)(old))
#undef sigemptyset
#define sigemptyset(set)			memset(&env.blocked, 0, sizeof(env.blocked))
#undef smp_processor_id
#define smp_processor_id()			5
#define __this_cpu_write(name, v)		this_cpu_write(name, v)
#define task_pid(t)				((struct pid *)&env.pid_refs[env.thread])
#define get_pid(p)				((*(int *)(p))++, (p))
#undef put_pid
#define put_pid(p)				((*(int *)(p))--)
/* Newer names of fields that the kernel hides from itself. */
#define immediate_exit__unsafe			immediate_exit

#undef kick_process
#define kick_process(t)				fake_kick(t)
#undef rcu_read_lock
#undef rcu_read_unlock
#define rcu_read_lock()				(env.readers++)
#define rcu_read_unlock()			(env.readers--)
#undef rcuwait_wake_up
#define rcuwait_wake_up(w)			fake_wake(w)
#undef cpu_relax
#define cpu_relax()				fake_leave()
#define PIDTYPE_PID				0

struct vcpu;
static void fake_leave(void);
static void fake_kick(struct task_struct *task);
static void fake_wake(const void *wait);
static struct vcpu vcpu;

#include "../../src/vm/run.c"
#include "../../src/vm/kick.c"

static struct vm vm;
static struct vcpu other;
static struct kvm_run page;
static int first_ret, finish_ret;
static int prepares[8], exits[8];	/* what each answers in turn */
static unsigned int nr_prepares, nr_exits;
static bool runnable, asks;

struct vcpu *vm_vcpu(struct vm *v, unsigned int idx)
{
	return idx == 0 ? &vcpu : idx == 1 ? &other : NULL;
}

static void fake_wake(const void *wait)
{
	assert_true(wait == &vcpu.wait || wait == &other.wait);
	env.wakes++;
	env.barriers = shim_barriers[SHIM_MB];
}

static void fake_kick(struct task_struct *task)
{
	assert_ptr_equal(task, vcpu.pid);
	assert_int_equal(env.readers, 1);
	assert_true(shim_barriers[SHIM_MB] > env.barriers);
	env.kicks++;
}

/* Whoever is waited for: one leaves its guest, the other serves the request first. */
static void fake_leave(void)
{
	note('.');
	if (vcpu.mode != VCPU_OUTSIDE)
		vcpu.mode = VCPU_OUTSIDE;
	else
		other.requests = 0;
}

static void fake_set_mask(const sigset_t *set, sigset_t *old)
{
	note('m');
	if (old)
		env.blocked = env.mask;
	env.mask = old ? *set : env.blocked;
}

static void fake_schedule(void)
{
	assert_true(env.waits);
	assert_int_equal(vcpu.cpu, -1);
	note('s');
	if (--env.wakes_after == 0)
		runnable = true;
}

bool xfer_to_guest_mode_work_pending(void)
{
	assert_true(irqs_disabled());
	assert_int_equal(vcpu.mode, VCPU_IN_GUEST);
	return env.late_work && env.late_work--;
}

bool __xfer_to_guest_mode_work_pending(void)
{
	return env.work && env.work--;
}

int xfer_to_guest_mode_handle_work(void)
{
	note('w');
	env.untold = true;
	return env.work_ret;
}

void rseq_virt_userspace_exit(void)
{
	assert_int_equal(vcpu.cpu, -1);
	env.untold = false;
}

void vtime_account_guest_exit(void)
{
	assert_true(irqs_disabled());
	note('v');
}

static int arch_first(struct vcpu *v)
{
	lockdep_assert_held(&vm.lock);
	note('1');
	return first_ret;
}

static int arch_finish(struct vcpu *v)
{
	note('f');
	return finish_ret;
}

static void arch_begin(struct vcpu *v)
{
	assert_int_equal(v->cpu, -1);
	note('b');
}

static void arch_end(struct vcpu *v)
{
	assert_int_equal(v->cpu, 5);
	note('e');
}

static void arch_report(struct vcpu *v)
{
	assert_int_equal(v->cpu, -1);
	note('r');
}

static void arch_load(struct vcpu *v)
{
	lockdep_assert_preemption_disabled();
	assert_int_equal(v->cpu, 5);
	note('L');
}

static void arch_put(struct vcpu *v)
{
	lockdep_assert_preemption_disabled();
	assert_int_equal(v->cpu, 5);
	note('P');
}

static void arch_may_sleep(struct vcpu *v)
{
	note('z');
}

static int arch_prepare(struct vcpu *v)
{
	note('p');
	return prepares[nr_prepares++];
}

static void arch_enter(struct vcpu *v)
{
	assert_true(irqs_disabled());
	assert_int_equal(v->mode, VCPU_IN_GUEST);
	v->mode = VCPU_OUTSIDE;
	note('G');
}

static int arch_exit(struct vcpu *v)
{
	assert_false(irqs_disabled());
	v->requests = 0;
	note('x');
	return exits[nr_exits++];
}

static bool arch_runnable(struct vcpu *v)
{
	if (asks)
		v->requests = 1;
	return runnable;
}

static void arch_block(struct vcpu *v)
{
	assert_int_equal(v->cpu, -1);
	note('B');
}

static void arch_unblock(struct vcpu *v)
{
	note('U');
}

static struct vm_arch arch = {
	.first_run = arch_first, .finish_exit = arch_finish, .run_begin = arch_begin, .run_end = arch_end,
	.run_report = arch_report, .load = arch_load, .put = arch_put, .may_sleep = arch_may_sleep,
	.prepare = arch_prepare, .enter = arch_enter, .handle_exit = arch_exit, .runnable = arch_runnable,
	.block = arch_block, .unblock = arch_unblock,
};

static int setup(void **state)
{
	(void)state;
	memset(&env, 0, sizeof(env));
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0xee, sizeof(page));
	page.immediate_exit = 0;
	vm.arch = &arch;
	arch.run_report = arch_report;
	vcpu.vm = &vm;
	vcpu.run = &page;
	vcpu.initialised = true;
	mutex_init(&vm.lock);
	mutex_init(&vcpu.mutex);
	run_init(&vcpu);
	vcpu.has_run = true;
	first_ret = nr_prepares = nr_exits = 0;
	finish_ret = VCPU_RESUME;
	memset(exits, 0, sizeof(exits));
	prepares[0] = prepares[1] = prepares[2] = prepares[3] = prepares[4] = VCPU_RESUME;
	runnable = false;
	env.wakes_after = -1;
	return 0;
}

static int run(void)
{
	int ret;

	env.n = 0;
	mutex_lock(&vcpu.mutex);
	ret = vcpu_run(&vcpu);
	mutex_unlock(&vcpu.mutex);
	assert_int_equal(vcpu.cpu, -1);
	assert_int_equal(vcpu.mode, VCPU_OUTSIDE);
	assert_false(env.registered);
	assert_false(env.untold);
	shim_check_quiet();
	return ret;
}

/* A stay in the guest, from the VMM and back to it; each thing once, in this order, and counted. */
static void one_stay(void **state)
{
	(void)state;
	assert_int_equal(vcpu.cpu, -1);
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLpGvxePr");
	assert_int_equal(page.exit_reason, KVM_EXIT_UNKNOWN);
	assert_int_equal(page.flags, 0);
	assert_int_equal(vcpu.stats.entries.counter, 1);
	assert_int_equal(vcpu.stats.exits.counter, 1);
	assert_int_equal(vcpu.stats.exits_user.counter, 1);
	arch.run_report = NULL;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLpGvxeP");
}

/* Exits that leave nothing for the VMM go on; what the architecture wants looked at again is. */
static void many_stays(void **state)
{
	(void)state;
	exits[0] = exits[1] = VCPU_RESUME;
	exits[2] = -EFAULT;
	prepares[1] = VCPU_AGAIN;
	assert_int_equal(run(), -EFAULT);
	assert_string_equal(env.log, "fbLpGvxppGvxpGvxePr");
	assert_int_equal(vcpu.stats.entries.counter, 3);
	assert_int_equal(vcpu.stats.exits.counter, 3);
	nr_prepares = 0;
	prepares[0] = VCPU_TO_USER;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLpePr");
	nr_prepares = 0;
	prepares[0] = -ENOMEM;
	assert_int_equal(run(), -ENOMEM);
	assert_int_equal(vcpu.stats.entries.counter, 3);
	assert_int_equal(vcpu.stats.exits_user.counter, 3);
}

/* The kernel's work is done with nothing in registers that a sleep loses; a signal ends KVM_RUN, and is said. */
static void kernel_work(void **state)
{
	(void)state;
	env.work = 1;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLzwpGvxePr");
	env.work = 1;
	env.work_ret = -EINTR;
	assert_int_equal(run(), -EINTR);
	assert_string_equal(env.log, "fbLzwePr");
	assert_int_equal(page.exit_reason, KVM_EXIT_INTR);
}

/* What comes up at the last moment keeps the vCPU out, with all as it was. */
static void last_look(void **state)
{
	(void)state;
	env.late_work = 1;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLppGvxePr");
	assert_int_equal(vcpu.stats.entries.counter, 1);
	assert_int_equal(vcpu.stats.exits.counter, 1);
	nr_prepares = 0;
	prepares[1] = VCPU_TO_USER;
	vcpu.requests = 1;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fbLppePr");
}

/* A vCPU that may not run does not; what ends KVM_RUN before the guest is entered leaves all alone. */
static void not_at_all(void **state)
{
	(void)state;
	vcpu.initialised = false;
	assert_int_equal(run(), -ENOEXEC);
	assert_string_equal(env.log, "");
	vcpu.initialised = true;
	page.immediate_exit = 1;
	assert_int_equal(run(), -EINTR);
	assert_string_equal(env.log, "fr");
	page.immediate_exit = 0;
	finish_ret = VCPU_TO_USER;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fr");
	assert_int_equal(vcpu.stats.exits_user.counter, 0);
}

/* The first run asks the architecture, once it has succeeded never again. */
static void first(void **state)
{
	(void)state;
	vcpu.has_run = false;
	first_ret = -EINVAL;
	assert_int_equal(run(), -EINVAL);
	assert_string_equal(env.log, "1");
	assert_false(vcpu.has_run || vm.ran_once);
	first_ret = 0;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "1fbLpGvxePr");
	assert_true(vcpu.has_run && vm.ran_once);
	run();
	assert_string_equal(env.log, "fbLpGvxePr");
}

/* KVM_SET_SIGNAL_MASK is in force during KVM_RUN, and what was before it afterwards. */
static void signal_mask(void **state)
{
	(void)state;
	sigset_t before;

	memset(&before, 0x11, sizeof(before));
	memset(&vcpu.sigset, 0x22, sizeof(vcpu.sigset));
	env.mask = before;
	vcpu.sigset_active = true;
	env.work = 1;
	assert_int_equal(run(), VCPU_TO_USER);
	assert_string_equal(env.log, "fmbLzwpGvxePmr");
	assert_memory_equal(&env.mask, &before, sizeof(before));
	assert_int_equal(env.blocked.__val[0], 0);
}

/* Who is kicked is the thread that runs it; another one's number is let go when nobody looks at it any more. */
static void threads(void **state)
{
	(void)state;
	run();
	assert_ptr_equal(vcpu.pid, &env.pid_refs[0]);
	assert_int_equal(env.pid_refs[0], 1);
	run();
	assert_int_equal(env.pid_refs[0], 1);
	assert_int_equal(env.synchronized, 0);
	env.thread = 1;
	run();
	assert_ptr_equal(vcpu.pid, &env.pid_refs[1]);
	assert_int_equal(env.pid_refs[0], 0);
	assert_int_equal(env.pid_refs[1], 1);
	assert_int_equal(env.synchronized, 1);
}

/* A wait is off the CPU, has the vCPU woken, and ends when there is something to do, is asked, or by a signal. */
static void waits(void **state)
{
	(void)state;
	run_load(&vcpu);
	env.n = 0;
	env.wakes_after = 2;
	vcpu_block(&vcpu);
	assert_string_equal(env.log, "PBisisiUL");
	assert_int_equal(vcpu.stats.halts.counter, 1);
	assert_false(env.waits);
	env.n = 0;
	vcpu_block(&vcpu);	/* runnable at once */
	assert_string_equal(env.log, "PBiUL");
	runnable = false;
	vcpu.requests = 1;
	env.n = 0;
	vcpu_block(&vcpu);
	assert_string_equal(env.log, "PBiUL");
	vcpu.requests = 0;
	/* who looks whether it is runnable may find that he has to ask for something */
	asks = true;
	env.n = 0;
	vcpu_block(&vcpu);
	assert_string_equal(env.log, "PBiUL");
	asks = false;
	vcpu.requests = 0;
	env.pending_signal = true;
	env.n = 0;
	vcpu_block(&vcpu);
	assert_string_equal(env.log, "PBiUL");
	assert_int_equal(vcpu.stats.halts.counter, 5);
	run_put(&vcpu);
	assert_false(env.registered);
}

/* A thread that is scheduled out takes its vCPU off the CPU, and brings it to the one where it goes on. */
static void scheduled(void **state)
{
	(void)state;
	run_load(&vcpu);
	assert_true(env.registered);
	env.n = 0;
	preempt_disable();
	vcpu.preempt.ops->sched_out(&vcpu.preempt, NULL);
	assert_int_equal(vcpu.cpu, -1);
	vcpu.preempt.ops->sched_in(&vcpu.preempt, 5);
	assert_int_equal(vcpu.cpu, 5);
	vcpu_set_here(&vcpu);
	assert_ptr_equal(vcpu_running_here(), &vcpu);
	vcpu_set_here(NULL);
	assert_null(vcpu_running_here());
	preempt_enable();
	assert_string_equal(env.log, "PL");
	run_put(&vcpu);
}

/* What the module takes it gives back, also when it gets half of it only. */
static void module(void **state)
{
	unsigned int before = shim_allocs(), i;

	(void)state;
	assert_int_equal(run_module_init(), 0);
	assert_int_equal(env.notifiers, 1);
	assert_ptr_equal(run_helper_vcpu->run, run_helper_page);
	run_module_exit();
	assert_int_equal(env.notifiers, 0);
	assert_int_equal(shim_allocs(), before);
	for (i = 1; i <= 2; i++) {
		shim_fail_alloc(i);
		assert_int_equal(run_module_init(), -ENOMEM);
		assert_int_equal(env.notifiers, 0);
		assert_int_equal(shim_allocs(), before);
	}
}

/*
 * A request is there before its kick; the kick interrupts who is in the guest, once, while its thread cannot go, and wakes
 * who waits; between what the kick is for and the look whether it is needed there is a full barrier.
 */
static void kicks(void **state)
{
	(void)state;
	run();
	env.wakes = 0;
	vcpu_request(&vcpu, 3);
	assert_int_equal(vcpu.requests, 8);
	assert_int_equal(env.wakes, 1);
	assert_int_equal(env.kicks, 0);
	assert_int_equal(vcpu.mode, VCPU_OUTSIDE);
	vcpu.mode = VCPU_IN_GUEST;
	vcpu_request(&vcpu, 0);
	assert_int_equal(vcpu.requests, 9);
	assert_int_equal(env.kicks, 1);
	assert_int_equal(vcpu.mode, VCPU_EXITING);
	vcpu_kick(&vcpu);
	assert_int_equal(env.kicks, 1);
	assert_int_equal(env.wakes, 3);
	assert_int_equal(env.readers, 0);
	vcpu.mode = VCPU_IN_GUEST;
	vcpu.pid = NULL;	/* nobody has run it */
	vcpu_kick(&vcpu);
	assert_int_equal(env.kicks, 1);
	vcpu.mode = VCPU_OUTSIDE;
}

/* A request to all waits for those that are in their guest and have not heard of it, and for nobody else. */
static void requests_to_all(void **state)
{
	unsigned long acquired;

	(void)state;
	memset(&other, 0, sizeof(other));
	other.vm = &vm;
	vm.nr_vcpus = 2;
	env.n = 0;
	acquired = shim_barriers[SHIM_ACQUIRE];
	vm_request_all(&vm, 5);
	/* what it did in the guest comes before: both were looked at so */
	assert_int_equal(shim_barriers[SHIM_ACQUIRE], acquired + 2);
	assert_int_equal(vcpu.requests, 32);
	assert_int_equal(other.requests, 32);
	assert_int_equal(env.n, 0);
	vcpu.mode = VCPU_EXITING;
	other.mode = VCPU_EXITING;
	vm_request_all(&vm, 5);
	assert_string_equal(env.log, "..");
	assert_int_equal(vcpu.mode, VCPU_OUTSIDE);
	assert_int_equal(other.requests, 0);
	other.mode = VCPU_OUTSIDE;
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_stay), TEST(many_stays), TEST(kernel_work), TEST(last_look), TEST(not_at_all),
		TEST(first), TEST(signal_mask), TEST(threads), TEST(waits), TEST(scheduled), TEST(module),
		TEST(kicks), TEST(requests_to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
