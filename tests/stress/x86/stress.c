// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that is a hypervisor with a guest of its own, records of the time, interrupts that end in memory and Xen's pages, while the
 * host does one kind of thing to exactly the pages that these are on: stress KIND SECONDS [MIB [KIB]].
 *
 * Says "stress: KIND: bytes checked N, wrong N, …" and ends with 0 if nothing is wrong, what the kind is about has happened, and
 * kernel memory grew by less than KIB from before the VM to after it. MIB is for the other architecture's.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "../stress.h"
#include "hot.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define ROUND_BYTES	160	/* twenty words are looked at in a round */
#define MSR_XEN		0x40000200

static struct stress s_;
static pthread_t runner, sender;
static volatile unsigned int heard;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;	/* held in KVM_RUN, and while slots change */
static volatile bool wanted;

static const char *const wrongs[WRONG_KINDS] = {
	[WRONG_EXIT] = "L2's exit", [WRONG_RAX] = "RAX in VMCB12", [WRONG_DATA] = "L2's count", [WRONG_GS] = "an MSR past its map",
	[WRONG_TIME] = "the time, before it was", [WRONG_IN_SERVICE] = "in service after its end", [WRONG_TAKEN] = "interrupts taken",
	[WRONG_PREEMPTED] = "preempted while it runs", [WRONG_VERSION] = "a version", [WRONG_STEAL] = "stolen time, before it was",
	[WRONG_PENDING] = "an event that is sent", [WRONG_EVENTS] = "events taken", [WRONG_ELSE] = "bits of a word of events",
	[WRONG_RUNNING] = "Xen's state while it runs", [WRONG_SUM] = "the sum of Xen's times", [WRONG_ENTRY] = "when it began, before it was",
};

static void on_signal(int sig)
{
}

/* True at the guest's end. */
static bool serve(struct stress *s, struct kvm_run *run)
{
	static uint64_t what, is;
	unsigned int port = run->io.port - GUEST_PORT;
	uint64_t val = vmm_regs(&s->vmm, 0).rax;
	uint32_t stop = s->stop;

	if (run->exit_reason != KVM_EXIT_IO)
		vmm_unexpected(&s->vmm, 0, "a port is due");
	switch (port) {
	case HOT_STOP:
		memcpy((char *)run + run->io.data_offset, &stop, sizeof(stop));
		return false;
	case HOT_ROUNDS:
		add(&s->total->bytes, val * ROUND_BYTES);
		return false;
	case HOT_HEARD:
		heard++;
		return false;
	case HOT_WRONG:
		what = val;
		return false;
	case HOT_IS:
		is = val;
		return false;
	case HOT_WANT:
		printf("# %s: %#lx, not %#lx\n", what < WRONG_KINDS ? wrongs[what] : "what?", (long)is, (long)val);
		add(&s->total->wrong, 1);
		return false;
	case PORT_DONE:
		return true;
	default:
		vmm_unexpected(&s->vmm, 0, "the guest fails");
	}
}

static void *run_cpu(void *arg)
{
	struct stress *s = arg;
	bool end = false;
	int ret;

	while (!end) {
		while (wanted)
			sched_yield();
		pthread_mutex_lock(&gate);
		ret = result(ioctl(s->vmm.cpu[0], KVM_RUN, 0));
		if (ret && ret != -EINTR)
			die("KVM_RUN: %s", result_name(ret));
		if (!ret)
			end = serve(s, s->vmm.run[0]);
		pthread_mutex_unlock(&gate);
	}
	return NULL;
}

/* Event by event, wherever the vCPU and the pages are. What the kernel's own refuses while there is no slot is asked again. */
static void *send_events(void *arg)
{
	struct kvm_irq_routing_xen_evtchn e = { .port = VMM_PORT, .priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL };
	unsigned int sent, i;
	struct stress *s = arg;

	for (sent = 1; !s->stop; sent++) {
		while (ioctl(s->vmm.vm, KVM_XEN_HVM_EVTCHN_SEND, &e) < 0 && !s->stop)
			usleep(100);
		for (i = 0; heard < sent && i < 10000 && !s->stop; i++)
			usleep(1000 * vmm_slow());
		if (s->stop)
			break;
		if (heard != sent) {
			printf("# events of the VMM's: %u sent, %u heard\n", sent, heard);
			add(&s->total->wrong, 1);
			break;
		}
		add(&s->total->events, 1);
	}
	return NULL;
}

static void set_xen(struct stress *s, unsigned int type, uint64_t gpa)
{
	struct kvm_xen_vcpu_attr attr = { .type = type, .u.gpa = gpa };

	must(s->vmm.cpu[0], KVM_XEN_VCPU_SET_ATTR, &attr);
}

static void make_xen(struct stress *s)
{
	struct kvm_xen_hvm_config c = { .flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL | KVM_XEN_HVM_CONFIG_EVTCHN_SEND, .msr = MSR_XEN };
	struct kvm_xen_hvm_attr wide = { .type = KVM_XEN_ATTR_TYPE_LONG_MODE, .u.long_mode = 1 };
	struct kvm_xen_hvm_attr shared = { .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = HOT(HOT_SHARED) / PAGE };
	struct kvm_xen_hvm_attr vector = { .type = KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, .u.vector = HOT_UPCALL };
	unsigned int i;

	must(s->vmm.vm, KVM_XEN_HVM_CONFIG, &c);
	must(s->vmm.vm, KVM_XEN_HVM_SET_ATTR, &wide);
	must(s->vmm.vm, KVM_XEN_HVM_SET_ATTR, &shared);
	must(s->vmm.vm, KVM_XEN_HVM_SET_ATTR, &vector);
	set_xen(s, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, HOT(HOT_INFO));
	set_xen(s, KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, HOT_TIMES);
	for (i = 1; i <= LEADS; i++) {
		struct kvm_xen_hvm_attr a = { .type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn = { .send_port = i, .type = 2 } };

		a.u.evtchn.deliver.port.port = LED(i);
		a.u.evtchn.deliver.port.priority = -1;
		must(s->vmm.vm, KVM_XEN_HVM_SET_ATTR, &a);
	}
}

/* The vCPU stands wherever it is, L1 or L2; the slot goes, its memory moves elsewhere in the process, and comes back. */
static void move_slot(struct stress *s)
{
	unsigned char *there = mmap(NULL, 2 * HOT_BLOCK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	wanted = true;
	while (pthread_mutex_trylock(&gate)) {
		pthread_kill(runner, SIGUSR1);
		usleep(200);
	}
	if (vmm_slot(&s->vmm, SLOT_TEST, HOT_AT, 0, NULL, 0))
		die("slot does not go");
	if (mremap(s->mem, HOT_BLOCK, HOT_BLOCK, MREMAP_MAYMOVE | MREMAP_FIXED, there) == MAP_FAILED)
		die("mremap: %s", strerror(errno));
	s->mem = there;
	if (vmm_slot(&s->vmm, SLOT_TEST, HOT_AT, HOT_BLOCK, s->mem, s->total->counted[0] & 1 ? KVM_MEM_LOG_DIRTY_PAGES : 0))
		die("slot does not come");
	wanted = false;
	pthread_mutex_unlock(&gate);
	munmap(there + HOT_BLOCK, HOT_BLOCK);
	add(&s->total->counted[0], 1);
	usleep(3000);
}

/* While L2 runs: logging on, a round of it, off. */
static void slots(struct stress *s)
{
	static uint64_t bitmap[HOT_BLOCK / PAGE / 64];
	struct kvm_dirty_log log = { .slot = SLOT_TEST, .dirty_bitmap = bitmap };
	unsigned int i;

	if (vmm_slot(&s->vmm, SLOT_TEST, HOT_AT, HOT_BLOCK, s->mem, KVM_MEM_LOG_DIRTY_PAGES))
		die("logging does not begin");
	usleep(3000);
	must(s->vmm.vm, KVM_GET_DIRTY_LOG, &log);
	for (i = 0; i < HOT_PAGES; i++)
		add(&s->total->counted[1], bitmap[0] >> i & 1);
	if (vmm_slot(&s->vmm, SLOT_TEST, HOT_AT, HOT_BLOCK, s->mem, 0))
		die("logging does not end");
	move_slot(s);
}

/* A page that came back is in nobody's list until the lists are drained, and would stay. */
static void swap(struct stress *s)
{
	madvise(s->mem, s->all, MADV_PAGEOUT);
	put("/proc/sys/vm/compact_memory", "1");
	usleep(1000);
}

static const struct kind own_kinds[] = {
	{ "slots", { { "slots moved" }, { "pages written by then" } }, NULL, slots },
	{ "swap", { { "pages swapped out", "pswpout" }, { "in", "pswpin" } }, NULL, swap },
	{ }
};

static void *run_disturb(void *arg)
{
	while (!s_.stop)
		s_.kind->disturb(&s_);
	return arg;
}

static void make_memory(struct stress *s)
{
	bool thp = !strcmp(s->kind->name, "thp");

	s->mem = mmap(NULL, 2 * HOT_BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	s->mem = (unsigned char *)(((uintptr_t)s->mem + HOT_BLOCK - 1) & ~(HOT_BLOCK - 1));
	if (madvise(s->mem, HOT_BLOCK, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("madvise: %s", strerror(errno));
	memset(s->mem, 0, HOT_BLOCK);
	s->data = s->mem;
	s->all = thp ? HOT_BLOCK : HOT_PAGES * PAGE;
}

static void run_vm(struct stress *s, unsigned int seconds)
{
	pthread_t disturb;

	signal(SIGUSR1, on_signal);
	make_memory(s);
	if (s->kind->prepare)
		s->kind->prepare(s);
	vmm_open(&s->vmm, &(struct vmm_config) { .irqs = IRQS_SPLIT });
	if (vmm_slot(&s->vmm, SLOT_TEST, HOT_AT, HOT_BLOCK, s->mem, 0))
		die("no slot");
	make_xen(s);
	vmm_start(&s->vmm, 0, 0, 0);
	pthread_create(&runner, NULL, run_cpu, s);
	pthread_create(&sender, NULL, send_events, s);
	pthread_create(&disturb, NULL, run_disturb, NULL);
	sleep(seconds);
	s->stop = true;
	pthread_join(disturb, NULL);
	pthread_join(sender, NULL);
	pthread_join(runner, NULL);
	if (s->kind->finish)
		s->kind->finish(s);
}

/* In a process of its own: nothing of it may be left when it has gone. */
static int run_process(struct stress *s, unsigned int seconds)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		run_vm(s, seconds);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	return status;
}

static bool show_counts(const struct stress *s, const uint64_t *before)
{
	const struct count *c = s->kind->count;
	bool ok = true;
	uint64_t n;
	int i;

	for (i = 0; i < COUNTS && c[i].what; i++) {
		n = c[i].vmstat ? vmstat(c[i].vmstat) - before[i] : s->total->counted[i];
		printf(", %s %lu", c[i].what, (long)n);
		ok &= n > 0;
	}
	printf(", events of the VMM's %lu", (long)s->total->events);
	return ok && s->total->bytes && s->total->events;
}

static int judge(struct stress *s, unsigned int seconds, long limit)
{
	uint64_t before[COUNTS] = { 0 };
	time_t begun = time(NULL);
	long used;
	bool did;
	int i;

	for (i = 0; i < COUNTS; i++)
		if (s->kind->count[i].vmstat)
			before[i] = vmstat(s->kind->count[i].vmstat);
	used = memory_used();
	if (run_process(s, seconds)) {
		printf("# the VMM did not end by itself\n");
		add(&s->total->wrong, 1);
	}
	used = memory_used() - used;
	printf("stress: %s: bytes checked %lu, wrong %lu", s->kind->name, (long)s->total->bytes, (long)s->total->wrong);
	did = show_counts(s, before);
	printf(", rounds %lu, memory %+ld KiB after, %ld s\n", (long)s->total->bytes / ROUND_BYTES, used, (long)(time(NULL) - begun));
	if (!did)
		printf("# %s: something of it has not happened\n", s->kind->name);
	if (used > limit)
		printf("# %s: kernel memory grew by more than %ld KiB\n", s->kind->name, limit);
	return s->total->wrong || !did || used > limit;
}

static const struct kind *find(const struct kind *k, const char *name)
{
	while (k->name && strcmp(k->name, name))
		k++;
	return k->name ? k : NULL;
}

int main(int argc, char **argv)
{
	struct stress *s = &s_;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		die("usage: stress KIND SECONDS [MIB [KIB]]");
	s->kind = find(own_kinds, argv[1]) ?: find(kinds, argv[1]);
	if (!s->kind || !strstr("migrate ksm swap thp slots", s->kind->name))
		die("no kind '%s'", argv[1]);
	s->total = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->total == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return judge(s, atoi(argv[2]), argc > 4 ? atol(argv[4]) : 8192);
}
