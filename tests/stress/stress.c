// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that writes and checks a pattern over all its memory, with stolen time on,
 * while the host does one kind of thing to that memory: stress KIND SECONDS [MIB [KIB]].
 *
 * Says "stress: KIND: bytes checked N, wrong N, …" and ends with 0 if nothing is wrong, what
 * the kind is about has happened, and kernel memory grew by less than KIB, both while
 * the guest ran and from before the VM to after it.
 */
#define _GNU_SOURCE
#include "shrink.h"
#include "stress.h"

#include <fcntl.h>
#include <sys/stat.h>

#define SECOND	1000000000L	/* ns */
#define SETTLE	(2 * SECOND)	/* before memory's growth counts */

static struct stress s_;
/* what a vCPU's thread was told, and when it began */
static __thread uint64_t wrong_at, since, empty;
static __thread int schedstat;

/* An access to the data while its slot is away. */
static bool serve_data(struct stress *s, struct kvm_run *run)
{
	uint64_t gpa = run->mmio.phys_addr;
	void *mem;

	if (gpa >= DATA_AT && gpa + run->mmio.len <= DATA_AT + s->size)
		mem = s->data + (gpa - DATA_AT);
	else if (gpa >= STEAL_AT && gpa + run->mmio.len <= STEAL_AT + 2 * PAGE)
		mem = s->steal + (gpa - STEAL_AT);
	else
		return false;
	if (run->mmio.is_write)
		memcpy(mem, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, mem, run->mmio.len);
	add(&s->total->counted[1], 1);
	return true;
}

/* ns that this thread waited for a CPU; in one call, so that it does not wait meanwhile */
static uint64_t waited(void)
{
	unsigned long ran, wait;
	char text[80] = "";

	if (!schedstat)
		schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	if (pread(schedstat, text, sizeof(text) - 1, 0) <= 0 || sscanf(text, "%lu %lu", &ran, &wait) != 2)
		die("no schedstat");
	return wait;
}

/* What the guest was told at last is what its thread waited, but for the ends. */
static void check_steal(struct stress *s, unsigned int cpu, uint64_t told, uint64_t wait)
{
	uint64_t slack = 100000000 * vmm_slow() + wait / 20;

	if (told + slack > wait && told < wait + slack)
		return;
	printf("# vCPU %u: told of %lu us stolen, waited %lu us\n", cpu, (long)told / 1000, (long)wait / 1000);
	add(&s->total->wrong, 1);
}

/* True when the guest has ended. */
static bool serve_port(struct stress *s, unsigned int cpu, struct kvm_run *run, uint64_t *pass)
{
	unsigned int port = (run->mmio.phys_addr - GUEST_IO) / 8;
	uint64_t val;

	if (!run->mmio.is_write) {
		if (!*pass)
			since = waited();
		val = s->stop ? 0 : ++*pass;
		memcpy(run->mmio.data, &val, 8);
		return false;
	}
	memcpy(&val, run->mmio.data, 8);
	switch (port) {
	case PORT_DONE:
		add(&s->total->stolen, val);
		check_steal(s, cpu, val, waited() - since);
		return true;
	case PORT_PASS:
		if (s->kind->after_pass)
			s->kind->after_pass(s, cpu);
		return false;
	case PORT_ZEROES:
		empty = val;
		return false;
	case PORT_CHECKED:
		if (val > TELL || 8 * empty > val) {
			printf("# vCPU %u: it counts wrong: %#lx bytes, %#lx zeroes\n", cpu, (long)val, (long)empty);
			break;
		}
		add(&s->total->bytes, val - 8 * empty);
		add(&s->total->zeroes, empty);
		return false;
	case PORT_WRONG:
		wrong_at = val;
		return false;
	case PORT_IS:
		printf("# vCPU %u, pass %lu: %#lx holds %#lx\n", cpu, (long)*pass, (long)wrong_at, (long)val);
		break;
	case PORT_STEAL:
		printf("# vCPU %u: stolen time goes back to %lu\n", cpu, (long)val);
		break;
	default:
		printf("# vCPU %u: port %u, value %#lx\n", cpu, port, (long)val);
		s->stop = true;
		add(&s->total->wrong, 1);
		return port >= PORT_TEST || port == PORT_FAIL;
	}
	add(&s->total->wrong, 1);
	return false;
}

static void *run_cpu(void *arg)
{
	unsigned int cpu = (uintptr_t)arg;
	struct stress *s = &s_;
	struct kvm_run *run = s->vmm.run[cpu];
	uint64_t pass = 0;

	waited();
	for (;;) {
		if (ioctl(s->vmm.cpu[cpu], KVM_RUN, 0)) {
			if (errno == EINTR)
				continue;
			die("vCPU %u: KVM_RUN: %s", cpu, strerror(errno));
		}
		if (run->exit_reason != KVM_EXIT_MMIO)
			die("vCPU %u: exit %u", cpu, run->exit_reason);
		if (serve_data(s, run))
			continue;
		if (run->mmio.phys_addr < GUEST_IO || run->mmio.phys_addr >= GUEST_IO + 8 * PORT_END)
			die("vCPU %u: access to %#llx", cpu, run->mmio.phys_addr);
		if (serve_port(s, cpu, run, &pass))
			return NULL;
	}
}

static void *run_disturb(void *arg)
{
	while (!s_.stop)
		s_.kind->disturb(&s_);
	return arg;
}

/* Word by word: it may be Device memory. One that may not have it all: a quarter of each part. */
static void fill(struct stress *s)
{
	volatile uint64_t *word = (volatile uint64_t *)s->data;
	uint64_t off, part = s->size / CPUS;

	for (off = 0; off < s->size; off += 8)
		if (!s->kind->dies || off % part < part / 4)
			word[off / 8] = pattern(off % part, s->kind->classes, 0);
}

static void make_memory(struct stress *s)
{
	const char *at = getenv("STRESS_DEVMEM");
	uint64_t room;

	/* the image's, the data, stolen time */
	s->all = GUEST_RAM_SIZE + s->size + 2 * PAGE;
	room = s->all + 2 * BLOCK;
	s->mem = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	s->mem = (unsigned char *)(((uintptr_t)s->mem + BLOCK - 1) & ~(BLOCK - 1));
	s->data = s->mem + GUEST_RAM_SIZE;
	s->steal = s->data + s->size;
	if (s->kind->small && madvise(s->data + s->size / 2, s->size / 2, MADV_NOHUGEPAGE))
		die("MADV_NOHUGEPAGE: %s", strerror(errno));
	if (!s->kind->device)
		return;
	s->fd = open("/dev/mem", O_RDWR);
	if (!at || s->fd < 0)
		die("/dev/mem: where (STRESS_DEVMEM)?");
	s->data = mmap(NULL, s->size + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, strtoul(at, NULL, 0));
	if (s->data == MAP_FAILED)
		die("/dev/mem at %s: %s", at, strerror(errno));
	s->steal = s->data + s->size;
}

static struct params *params_of(struct stress *s, unsigned int cpu)
{
	return (struct params *)(s->mem + (PARAMS_AT - GUEST_RAM)) + cpu;
}

static void make_vm(struct stress *s)
{
	uint64_t part = s->size / CPUS;
	unsigned int i;

	vmm_open(&s->vmm, &(struct vmm_config) { .cpus = CPUS, .ram = s->mem });
	if (vmm_slot(&s->vmm, 1, DATA_AT, s->size, s->data, s->kind->logged ? KVM_MEM_LOG_DIRTY_PAGES : 0) ||
	    vmm_slot(&s->vmm, 2, STEAL_AT, 2 * PAGE, s->steal, 0))
		die("slots: %s", strerror(errno));
	for (i = 0; i < CPUS; i++) {
		struct params *p = params_of(s, i);
		uint64_t base = STEAL_AT + i * PAGE + 64 * (i + 1);

		*p = (struct params) {
			.data = DATA_AT + i * part, .size = part, .classes = s->kind->classes,
			.may_be_zero = s->kind->may_be_zero, .steal = base,
		};
		if (vmm_attr(s->vmm.cpu[i], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			     KVM_ARM_VCPU_PVTIME_IPA, &base))
			die("no stolen time");
		vmm_start(&s->vmm, i, GUEST_MMU, i);
	}
}

static void join(struct stress *s, pthread_t thread)
{
	while (s->kind->serves && pthread_tryjoin_np(thread, NULL) == EBUSY)
		s->kind->disturb(s);
	if (!s->kind->serves)
		pthread_join(thread, NULL);
}

/* Until the time is over: how much kernel memory grows after it has settled. */
static void watch(struct stress *s, unsigned int seconds)
{
	long settle = seconds * SECOND / 4 < SETTLE ? seconds * SECOND / 4 : SETTLE;
	long start = vmm_now(CLOCK_MONOTONIC), past, begun = 0, grew;
	unsigned int i;

	while ((past = vmm_now(CLOCK_MONOTONIC) - start) < seconds * SECOND && !s->stop) {
		if (!begun && past >= settle) {
			shrink_caches();
			begun = memory_kernel();
		}
		usleep(100000);
	}
	shrink_caches();
	/* the least of some: what is freed by and by counts late */
	s->total->grew = memory_kernel() - begun;
	for (i = 0; i < 5; i++) {
		usleep(10000);
		grew = memory_kernel() - begun;
		if (grew < s->total->grew)
			s->total->grew = grew;
	}
}

static void run_vm(struct stress *s, unsigned int seconds)
{
	pthread_t cpu[CPUS], disturb;
	unsigned int i;

	make_memory(s);
	fill(s);
	if (s->kind->prepare)
		s->kind->prepare(s);
	make_vm(s);
	for (i = 0; i < CPUS; i++)
		pthread_create(&cpu[i], NULL, run_cpu, (void *)(uintptr_t)i);
	pthread_create(&disturb, NULL, run_disturb, NULL);
	watch(s, seconds);
	s->stop = true;
	for (i = 0; i < CPUS; i++)
		params_of(s, i)->stop = 1;
	for (i = 0; i < CPUS; i++)
		join(s, cpu[i]);
	pthread_join(disturb, NULL);
	if (s->kind->finish)
		s->kind->finish(s);
}

/* In a process of its own: nothing of it may be left when it has gone. Its status. */
static int run_process(struct stress *s, unsigned int seconds, const char *group)
{
	char text[20];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		if (group) {
			snprintf(text, sizeof(text), "%d", getpid());
			put(group, text);
		}
		run_vm(s, seconds);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	return status;
}

#define GROUP	"/sys/fs/cgroup/stress"

/* In a cgroup that has too little memory, again and again. */
static void run_dying(struct stress *s, unsigned int seconds)
{
	time_t end = time(NULL) + seconds;
	char text[40];
	int status;

	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		die("%s: %s", GROUP, strerror(errno));
	snprintf(text, sizeof(text), "%lu", (long)(GUEST_RAM_SIZE + s->size / 2));
	put(GROUP "/memory.max", text);
	put(GROUP "/memory.swap.max", "0");
	while (time(NULL) < end) {
		status = run_process(s, 60, GROUP "/cgroup.procs");
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
			printf("# the VMM ended with %#x, not by being killed\n", status);
			add(&s->total->wrong, 1);
			break;
		}
		add(&s->total->counted[0], 1);
	}
	rmdir(GROUP);
}

static void run_kind(struct stress *s, unsigned int seconds)
{
	if (s->kind->dies) {
		run_dying(s, seconds);
	} else if (run_process(s, seconds, NULL)) {
		printf("# the VMM did not end by itself\n");
		add(&s->total->wrong, 1);
	}
}

/* What the kind is about has happened? */
static bool show_counts(struct stress *s, const uint64_t *before)
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
	if (s->kind->may_be_zero) {
		printf(", pages found empty %lu", (long)s->total->zeroes / 512);
		ok &= s->total->zeroes > 0;
	}
	if (!s->kind->dies) {
		printf(", stolen %lu ms", (long)s->total->stolen / 1000000);
		ok &= s->total->stolen > 0;
	}
	return ok && s->total->bytes;
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
	run_kind(s, seconds);
	used = memory_used() - used;
	printf("stress: %s: bytes checked %lu, wrong %lu", s->kind->name, (long)s->total->bytes, (long)s->total->wrong);
	did = show_counts(s, before);
	printf(", memory %+ld KiB while it ran, %+ld KiB after, %ld s\n", s->total->grew, used, (long)(time(NULL) - begun));
	if (!did)
		printf("# %s: something of it has not happened\n", s->kind->name);
	if (s->total->grew > limit || used > limit)
		printf("# %s: kernel memory grew by more than %ld KiB\n", s->kind->name, limit);
	return s->total->wrong || !did || s->total->grew > limit || used > limit;
}

int main(int argc, char **argv)
{
	struct stress *s = &s_;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		die("usage: stress KIND SECONDS [MIB [KIB]]");
	for (i = 0; kinds[i].name && strcmp(kinds[i].name, argv[1]); i++)
		;
	if (!kinds[i].name)
		die("no kind '%s'", argv[1]);
	s->kind = &kinds[i];
	s->size = (argc > 3 ? atoi(argv[3]) : 32) * (1UL << 20);
	s->total = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->total == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return judge(s, atoi(argv[2]), argc > 4 ? atol(argv[4]) : 8192);
}
