// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that writes and checks a pattern over all its memory, with stolen time on,
 * while the host does one kind of thing to that memory: stress KIND SECONDS [MIB].
 *
 * Says "stress: KIND: bytes checked N, wrong N, …" and ends with 0 if nothing is wrong.
 */
#define _GNU_SOURCE
#include "vmm.h"

#define DATA_AT		0x80000000UL
#define DATA_MOVED	0xa0000000UL
#define STEAL_AT	0x70000000UL
#define PARAMS_AT	(GUEST_RAM + 0x300000)
#define PAGE		4096UL
#define CPUS		2

/* Ports */
#define PORT_PASS	(PORT_TEST + 0)		/* a pass is done: bytes checked */
#define PORT_WRONG	(PORT_TEST + 1)		/* address of a wrong word */
#define PORT_IS		(PORT_TEST + 2)		/* and what it is */
#define PORT_ZEROES	(PORT_TEST + 3)		/* words that were zero, and may be */
#define PORT_STEAL	(PORT_TEST + 4)		/* stolen time went back */
#define PORT_STOP	(PORT_TEST + 5)		/* read: the next pass's number, 0: stop */

/* What the guest is told before it starts. */
struct params {
	uint64_t data, size;		/* of this vCPU's part */
	uint64_t classes;		/* pages alike modulo this number */
	uint64_t may_be_zero;
	uint64_t write;			/* each word is written again */
	uint64_t steal;			/* address of its structure */
	uint64_t stop;			/* set while it runs: end within a page */
};

#define GOLDEN	0x9e3779b97f4a7c15UL

static inline uint64_t pattern(uint64_t offset, uint64_t classes, uint64_t pass)
{
	return (((offset / PAGE % classes) << 40 ^ offset % PAGE) + pass) * GOLDEN | 1;
}

#ifdef GUEST

static void wrong(uint64_t at, uint64_t is)
{
	guest_say(PORT_WRONG, at);
	guest_say(PORT_IS, is);
}

/* One pass over the memory: what the last one left is there, or nothing where that may be. */
static void pass_over(const struct params *p, uint64_t last, uint64_t now)
{
	uint64_t off, is, zeroes = 0, bad = 0;

	for (off = 0; off < p->size; off += 8) {
		if (off % PAGE == 0 && read64((uintptr_t)&p->stop))
			break;
		is = read64(p->data + off);
		if (is != pattern(off, p->classes, last)) {
			if (!is && p->may_be_zero)
				zeroes++;
			else if (bad++ < 4)
				wrong(p->data + off, is);
		}
		if (p->write)
			write64(p->data + off, pattern(off, p->classes, now));
	}
	guest_say(PORT_ZEROES, zeroes);
	guest_say(PORT_PASS, off);
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	const struct params *p = (const struct params *)PARAMS_AT + arg;
	uint64_t last = 0, now, steal, before = 0;

	guest_hvc(0xc5000021, 0, 0, 0);
	while ((now = guest_ask(PORT_STOP))) {
		pass_over(p, last, now);
		if (p->write)
			last = now;
		steal = read64(p->steal + 8);
		if (steal < before)
			guest_say(PORT_STEAL, steal);
		before = steal;
	}
	return before;
}

#else

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define MADV_PAGEOUT_	21
#define MADV_COLLAPSE_	25

struct stress;

struct kind {
	const char *name;
	/* again and again in a thread of its own, until told to stop */
	void (*disturb)(struct stress *s);
	void (*prepare)(struct stress *s);	/* memory is there, the VM is not */
	void (*after_pass)(struct stress *s, unsigned int cpu);
	void (*finish)(struct stress *s);	/* vCPUs have stopped */
	unsigned int classes;
	bool may_be_zero;
	bool read_only;
	bool device;				/* memory is /dev/mem's */
};

struct stress {
	const struct kind *kind;
	struct vmm vmm;
	unsigned char *mem;		/* the image's memory, then the data */
	unsigned char *data, *steal;
	uint64_t size;			/* of the data */
	volatile bool stop;
	volatile uint64_t bytes, wrong, done, zeroes;
	uint64_t stolen;
	unsigned char *shadow;
	unsigned long *bitmap;
	int uffd;
	volatile uint64_t data_gpa;	/* where the slot is, or 0 */
	pthread_mutex_t lock;
};

static struct stress s_;

/* --- the kinds */

static uint64_t rnd(void)
{
	static __thread uint64_t x;

	if (!x)
		x = (uintptr_t)&x ^ time(NULL) * GOLDEN;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void put(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		die("%s to %s: %s", what, path, strerror(errno));
	close(fd);
}

/* All pages: the image's, too, and those of stolen time. */
static uint64_t all(struct stress *s)
{
	return GUEST_RAM_SIZE + s->size + 2 * PAGE;
}

#define BATCH	256

static void migrate(struct stress *s)
{
	static int node;
	void *pages[BATCH];
	int nodes[BATCH], status[BATCH], moved = 0;
	uint64_t at = rnd() % (all(s) / PAGE);
	int i;

	if (rnd() % 64 == 0)
		put("/proc/sys/vm/compact_memory", "1");
	if (at % 16 == 0)
		node ^= 1;
	for (i = 0; i < BATCH; i++) {
		pages[i] = s->mem + (at + i) % (all(s) / PAGE) * PAGE;
		nodes[i] = node;
		status[i] = -1;
	}
	if (syscall(SYS_move_pages, 0, BATCH, pages, nodes, status, 2 /* MPOL_MF_MOVE */) < 0)
		die("move_pages: %s (are there two nodes?)", strerror(errno));
	for (i = 0; i < BATCH; i++)
		moved += status[i] == node;
	s->done += moved;
}

static void merge_prepare(struct stress *s)
{
	put("/sys/kernel/mm/ksm/pages_to_scan", "20000");
	put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	put("/sys/kernel/mm/ksm/run", "1");
}

static long number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static void merge(struct stress *s)
{
	long n;

	madvise(s->mem, all(s), rnd() % 8 ? MADV_MERGEABLE : MADV_UNMERGEABLE);
	usleep(20000);
	n = number("/sys/kernel/mm/ksm/pages_sharing");
	if (n > (long)s->done)
		s->done = n;
}

static void merge_finish(struct stress *s)
{
	put("/sys/kernel/mm/ksm/run", "2");
}

static void swap(struct stress *s)
{
	uint64_t at = rnd() % all(s) & ~(PAGE - 1), n = (1 + rnd() % 1024) * PAGE;

	if (at + n > all(s))
		n = all(s) - at;
	madvise(s->mem + at, n, MADV_PAGEOUT_);
	s->done++;
	usleep(1000);
}

static void thp(struct stress *s)
{
	uint64_t at = rnd() % all(s) & ~((2UL << 20) - 1);
	char split[80];

	switch (rnd() % 4) {
	case 0:
		snprintf(split, sizeof(split), "%d,%#lx,%#lx", getpid(), (long)(s->mem + at),
			 (long)(s->mem + at) + (2L << 20));
		put("/sys/kernel/debug/split_huge_pages", split);
		break;
	case 1:
		/* out with one page of it */
		madvise(s->mem + at + rnd() % 512 * PAGE, PAGE, MADV_PAGEOUT_);
		break;
	default:
		madvise(s->mem + at, 2UL << 20, MADV_HUGEPAGE);
		if (!madvise(s->mem + at, 2UL << 20, MADV_COLLAPSE_))
			s->done++;
	}
}

static void balloon(struct stress *s)
{
	uint64_t at = rnd() % s->size & ~(PAGE - 1), n = (1 + rnd() % 64) * PAGE;

	if (rnd() % 64 == 0)
		n = 2UL << 20;
	if (at + n > s->size)
		n = s->size - at;
	madvise(s->data + at, n, MADV_DONTNEED);
	s->done++;
	usleep(rnd() % 2000);
}

/* An absent slot's accesses are the VMM's: it serves them from the same memory. */
static void slots(struct stress *s)
{
	if (vmm_slot(&s->vmm, 1, 0, 0, NULL, 0))
		die("slot does not go");
	if (rnd() % 4 == 0)
		usleep(rnd() % 1000);
	if (vmm_slot(&s->vmm, 1, DATA_AT, s->size, s->data, rnd() % 2 ? KVM_MEM_LOG_DIRTY_PAGES : 0))
		die("slot does not come");
	/* the structure of stolen time moves away and comes back */
	if (vmm_slot(&s->vmm, 2, STEAL_AT + 0x100000, 2 * PAGE, s->steal, 0) ||
	    vmm_slot(&s->vmm, 2, DATA_MOVED, 2 * PAGE, s->steal, 0) ||
	    vmm_slot(&s->vmm, 2, STEAL_AT, 2 * PAGE, s->steal, 0))
		die("slot does not move");
	s->done++;
	usleep(2000 + rnd() % 5000);
}

/* One pre-copy round: what was written since the last one is copied. */
static void snapshot(struct stress *s)
{
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = s->bitmap };
	uint64_t i;

	if (ioctl(s->vmm.vm, KVM_GET_DIRTY_LOG, &log))
		die("KVM_GET_DIRTY_LOG: %s", strerror(errno));
	for (i = 0; i < s->size / PAGE; i++)
		if (s->bitmap[i / 64] >> i % 64 & 1)
			memcpy(s->shadow + i * PAGE, s->data + i * PAGE, PAGE);
	s->done++;
	usleep(rnd() % 20000);
}

static void snapshot_prepare(struct stress *s)
{
	s->shadow = malloc(s->size);
	s->bitmap = calloc(s->size / PAGE / 8, 1);
	memcpy(s->shadow, s->data, s->size);
}

static void snapshot_finish(struct stress *s)
{
	uint64_t i;

	snapshot(s);
	for (i = 0; i < s->size / PAGE; i++)
		if (memcmp(s->shadow + i * PAGE, s->data + i * PAGE, PAGE)) {
			printf("# page %lu was written and never reported\n", (long)i);
			s->wrong++;
		}
}

/* Memory that is served: whatever is missing comes from the shadow. */
static void uffd_prepare(struct stress *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)s->data, s->size }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	s->shadow = aligned_alloc(PAGE, s->size);
	memcpy(s->shadow, s->data, s->size);
	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0 || ioctl(s->uffd, UFFDIO_API, &api) || ioctl(s->uffd, UFFDIO_REGISTER, &reg))
		die("userfaultfd: %s", strerror(errno));
	madvise(s->data, s->size, MADV_DONTNEED);
}

static void uffd(struct stress *s)
{
	struct pollfd p = { .fd = s->uffd, .events = POLLIN };
	struct uffdio_copy copy = { 0 };
	struct uffd_msg msg;

	if (poll(&p, 1, 10) <= 0 || read(s->uffd, &msg, sizeof(msg)) != sizeof(msg))
		return;
	if (msg.event != UFFD_EVENT_PAGEFAULT)
		die("userfaultfd: event %u", msg.event);
	copy.dst = msg.arg.pagefault.address & ~(PAGE - 1);
	copy.src = (uintptr_t)s->shadow + (copy.dst - (uintptr_t)s->data);
	/* the page, and some after it up to the first that is there */
	copy.len = (1 + rnd() % 16) * PAGE;
	if (copy.dst + copy.len > (uintptr_t)s->data + s->size)
		copy.len = PAGE;
	if (ioctl(s->uffd, UFFDIO_COPY, &copy) && errno != EEXIST && errno != EAGAIN)
		die("UFFDIO_COPY: %s", strerror(errno));
	s->done++;
}

/* This vCPU's part goes to the store, a piece of it at least, and has to come back from there. */
static void uffd_after_pass(struct stress *s, unsigned int cpu)
{
	uint64_t part = s->size / CPUS, n = part / 4;
	uint64_t at = cpu * part + rnd() % 4 * n;
	uint64_t i;

	for (i = 0; i < n; i += PAGE)
		memcpy(s->shadow + at + i, s->data + at + i, PAGE);
	madvise(s->data + at, n, MADV_DONTNEED);
}

static void nothing(struct stress *s)
{
	usleep(10000);
}

static const struct kind kinds[] = {
	{ "migrate", migrate, .classes = 1 << 20 },
	{ "ksm", merge, merge_prepare, .finish = merge_finish, .classes = 3 },
	{ "swap", swap, .classes = 1 << 20 },
	{ "thp", thp, .classes = 1 << 20 },
	{ "balloon", balloon, .classes = 1 << 20, .may_be_zero = true },
	{ "slots", slots, .classes = 1 << 20 },
	{ "snapshot", snapshot, snapshot_prepare, .finish = snapshot_finish, .classes = 1 << 20 },
	{ "uffd", uffd, uffd_prepare, uffd_after_pass, .classes = 1 << 20 },
	{ "devmem", nothing, .classes = 1 << 20, .device = true },
	{ "oom", nothing, .classes = 1 << 20, .may_be_zero = true },
	{ }
};

/* --- the VM */

/* An access to the data while its slot is away. */
static bool serve_data(struct stress *s, struct kvm_run *run)
{
	uint64_t at = run->mmio.phys_addr;
	void *mem;

	if (at >= DATA_AT && at + run->mmio.len <= DATA_AT + s->size)
		mem = s->data + (at - DATA_AT);
	else if (at >= STEAL_AT && at + run->mmio.len <= STEAL_AT + 2 * PAGE)
		mem = s->steal + (at - STEAL_AT);
	else
		return false;
	if (run->mmio.is_write)
		memcpy(mem, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, mem, run->mmio.len);
	return true;
}

/* ns that this thread waited for a CPU */
static uint64_t waited(void)
{
	unsigned long ran, wait;
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (!f || fscanf(f, "%lu %lu", &ran, &wait) != 2)
		die("no schedstat");
	fclose(f);
	return wait;
}

/* What the guest was told at last is what its thread waited, but for the ends. */
static void check_steal(struct stress *s, unsigned int cpu, uint64_t told, uint64_t wait)
{
	uint64_t slack = 100000000 + wait / 20;

	if (told + slack > wait && told < wait + slack)
		return;
	printf("# vCPU %u: told of %lu us stolen, waited %lu us\n", cpu, (long)told / 1000, (long)wait / 1000);
	__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
}

/* True when the guest has ended. */
static bool serve_port(struct stress *s, unsigned int cpu, struct kvm_run *run, uint64_t *pass)
{
	unsigned int port = (run->mmio.phys_addr - GUEST_IO) / 8;
	static __thread uint64_t at, begun;
	uint64_t val;

	if (!run->mmio.is_write) {
		if (!*pass)
			begun = waited();
		val = s->stop ? 0 : ++*pass;
		memcpy(run->mmio.data, &val, 8);
		return false;
	}
	memcpy(&val, run->mmio.data, 8);
	switch (port) {
	case PORT_DONE:
		__atomic_fetch_add(&s->stolen, val, __ATOMIC_RELAXED);
		check_steal(s, cpu, val, waited() - begun);
		return true;
	case PORT_PASS:
		__atomic_fetch_add(&s->bytes, val, __ATOMIC_RELAXED);
		if (s->kind->after_pass)
			s->kind->after_pass(s, cpu);
		return false;
	case PORT_WRONG:
		at = val;
		return false;
	case PORT_IS:
		printf("# vCPU %u, pass %lu: %#lx holds %#lx\n", cpu, (long)*pass, (long)at, (long)val);
		break;
	case PORT_ZEROES:
		__atomic_fetch_add(&s->zeroes, val, __ATOMIC_RELAXED);
		return false;
	case PORT_STEAL:
		printf("# vCPU %u: stolen time goes back to %lu\n", cpu, (long)val);
		break;
	default:
		printf("# vCPU %u: port %u, value %#lx\n", cpu, port, (long)val);
		s->stop = true;
		__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
		return port >= PORT_TEST || port == PORT_FAIL;
	}
	__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
	return false;
}

static void *run_cpu(void *arg)
{
	unsigned int cpu = (uintptr_t)arg;
	struct stress *s = &s_;
	struct kvm_run *run = s->vmm.run[cpu];
	uint64_t pass = 0;

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

/* Word by word: it may be Device memory. */
static void fill(struct stress *s)
{
	volatile uint64_t *word = (volatile uint64_t *)s->data;
	uint64_t off, part = s->size / CPUS;

	for (off = 0; off < s->size; off += 8)
		word[off / 8] = pattern(off % part, s->kind->classes, 0);
}

static void make_memory(struct stress *s)
{
	uint64_t room = all(s) + (4UL << 20);

	s->mem = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	s->mem = (unsigned char *)(((uintptr_t)s->mem + (2UL << 20) - 1) & ~((2UL << 20) - 1));
	s->data = s->mem + GUEST_RAM_SIZE;
	s->steal = s->data + s->size;
	if (s->kind->device) {
		const char *at = getenv("STRESS_DEVMEM");
		int fd = open("/dev/mem", O_RDWR);

		if (!at || fd < 0)
			die("/dev/mem: where (STRESS_DEVMEM)?");
		s->data = mmap(NULL, s->size + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			       strtoul(at, NULL, 0));
		if (s->data == MAP_FAILED)
			die("/dev/mem at %s: %s", at, strerror(errno));
		s->steal = s->data + s->size;
	}
}

static struct params *params_of(struct stress *s, unsigned int cpu)
{
	return (struct params *)(s->mem + (PARAMS_AT - GUEST_RAM)) + cpu;
}

static void make_vm(struct stress *s)
{
	bool logged = s->kind->disturb == snapshot;
	uint64_t part = s->size / CPUS;
	unsigned int i;

	vmm_open(&s->vmm, &(struct vmm_config) { .cpus = CPUS, .ram = s->mem });
	if (vmm_slot(&s->vmm, 1, DATA_AT, s->size, s->data, logged ? KVM_MEM_LOG_DIRTY_PAGES : 0) ||
	    vmm_slot(&s->vmm, 2, STEAL_AT, 2 * PAGE, s->steal, 0))
		die("slots: %s", strerror(errno));
	for (i = 0; i < CPUS; i++) {
		struct params *p = params_of(s, i);
		uint64_t base = STEAL_AT + i * PAGE + 64 * (i + 1);

		*p = (struct params) {
			.data = DATA_AT + i * part, .size = part, .classes = s->kind->classes,
			.may_be_zero = s->kind->may_be_zero, .write = 1, .steal = base,
		};
		if (vmm_attr(s->vmm.cpu[i], KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PVTIME_CTRL,
			     KVM_ARM_VCPU_PVTIME_IPA, &base))
			die("no stolen time");
		vmm_start(&s->vmm, i, GUEST_MMU, i);
	}
}

static int run_kind(struct stress *s, unsigned int seconds)
{
	pthread_t cpu[CPUS], disturb;
	unsigned int i;

	make_memory(s);
	if (strcmp(s->kind->name, "oom"))
		fill(s);
	if (s->kind->prepare)
		s->kind->prepare(s);
	make_vm(s);
	for (i = 0; i < CPUS; i++)
		pthread_create(&cpu[i], NULL, run_cpu, (void *)(uintptr_t)i);
	pthread_create(&disturb, NULL, run_disturb, NULL);
	for (i = 0; i < 10 * seconds && !s->stop; i++)
		usleep(100000);
	if (s->kind->disturb == uffd) {
		/* who serves stays until nobody faults any more */
		static const struct kind last = { .classes = 1 << 20, .disturb = uffd };

		s->kind = &last;
	}
	s->stop = true;
	for (i = 0; i < CPUS; i++)
		params_of(s, i)->stop = 1;
	if (s->kind->disturb == uffd) {
		while (pthread_tryjoin_np(cpu[0], NULL) == EBUSY)
			uffd(s);
		while (pthread_tryjoin_np(cpu[1], NULL) == EBUSY)
			uffd(s);
	} else {
		for (i = 0; i < CPUS; i++)
			pthread_join(cpu[i], NULL);
	}
	pthread_join(disturb, NULL);
	if (s->kind->finish)
		s->kind->finish(s);
	return s->wrong != 0;
}

/* --- out of memory: in a cgroup that has too little, again and again */

#define GROUP	"/sys/fs/cgroup/stress"

static int run_oom(struct stress *s, unsigned int seconds)
{
	time_t end = time(NULL) + seconds;
	char text[40];
	int status;
	pid_t pid;

	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		die("%s: %s", GROUP, strerror(errno));
	snprintf(text, sizeof(text), "%lu", (long)(GUEST_RAM_SIZE + s->size / 2));
	put(GROUP "/memory.max", text);
	put(GROUP "/memory.swap.max", "0");
	while (time(NULL) < end) {
		pid = fork();
		if (!pid) {
			snprintf(text, sizeof(text), "%d", getpid());
			put(GROUP "/cgroup.procs", text);
			run_kind(s, 60);
			_exit(1);
		}
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
			s->done++;
			s->bytes += s->size / 4;	/* at least so far each of them came */
		} else {
			printf("# the VMM ended with %#x, not by being killed\n", status);
			s->wrong++;
			break;
		}
	}
	rmdir(GROUP);
	return s->wrong != 0;
}

int main(int argc, char **argv)
{
	struct stress *s = &s_;
	unsigned int seconds, i;
	time_t begun;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		die("usage: stress KIND SECONDS [MIB]");
	for (i = 0; kinds[i].name && strcmp(kinds[i].name, argv[1]); i++)
		;
	if (!kinds[i].name)
		die("no kind '%s'", argv[1]);
	s->kind = &kinds[i];
	seconds = atoi(argv[2]);
	s->size = (argc > 3 ? atoi(argv[3]) : 32) * (1UL << 20);
	begun = time(NULL);
	ret = strcmp(argv[1], "oom") ? run_kind(s, seconds) : run_oom(s, seconds);
	printf("stress: %s: bytes checked %lu, wrong %lu, done %lu, zeroes %lu, stolen %lu ms, %ld s\n", argv[1],
	       (long)s->bytes, (long)s->wrong, (long)s->done, (long)s->zeroes, (long)s->stolen / 1000000,
	       (long)(time(NULL) - begun));
	return ret;
}
#endif
