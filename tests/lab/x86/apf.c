// SPDX-License-Identifier: GPL-2.0
/*
 * Async page faults: memory that is fetched while the guest does something else.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"

enum { WHAT_TOUCH, WHAT_ALL, WHAT_OFF };

#define PAGE		4096UL
#define RECORD		(GUEST_FREE + PAGE)
#define AREA		0x40000000UL
#define PAGES		32UL
#define PORT_AT		PORT_TEST

#define MSR_EN		0x4b564d02
#define MSR_INT		0x4b564d06
#define MSR_ACK		0x4b564d07
#define VECTOR		0x61
#define TOKEN_ALL	0xffffffffu

/* Of each token: told as not present, and as ready. */
struct told {
	uint32_t token, ready;
};

struct shared {
	uint32_t n, all, unknown, early;
	struct told told[256];
	uint64_t spins;
};

#define SHARED		GUEST_FREE

#ifdef GUEST

static volatile struct shared *const s = (void *)SHARED;
static volatile uint32_t *const record = (void *)RECORD;

static void ready(uint32_t token)
{
	unsigned int i;

	/* an exit right behind its delivery makes the emulated CPU deliver the interrupt once more */
	if (!token)
		return;
	if (token == TOKEN_ALL) {
		s->all++;
		return;
	}
	for (i = 0; i < s->n; i++)
		if (s->told[i].token == token) {
			s->told[i].ready++;
			return;
		}
	s->unknown++;
}

/* Not present: remember the token, and go on behind the access with interrupts on: "another thread". */
bool guest_trap(struct guest_frame *f)
{
	if (f->vector == 14 && record[0]) {
		s->told[s->n % 256].token = read_reg(cr2);
		s->n++;
		record[0] = 0;
		/* who touched it waits until it is there; others run */
		asm volatile("sti" : : : "memory");
		while (!s->told[s->n - 1].ready) {
			s->spins++;
			asm volatile("pause");
		}
		asm volatile("cli" : : : "memory");
		return true;
	}
	if (f->vector != VECTOR)
		return false;
	*(volatile uint32_t *)(0xfee00000ul + 0xb0) = 0;
	ready(record[1]);
	record[1] = 0;
	guest_check(guest_wrmsr(MSR_ACK, 1));
	return true;
}

static void enable(uint64_t flags)
{
	*(volatile uint32_t *)(0xfee00000ul + 0xf0) = 0x1ff;
	guest_check(!guest_wrmsr(MSR_EN, RECORD | 0x19));
	guest_check(!guest_wrmsr(MSR_INT, 0x100));
	guest_check(guest_wrmsr(MSR_INT, VECTOR));
	guest_check(guest_wrmsr(MSR_EN, RECORD | flags));
	asm volatile("sti\n\tnop" : : : "memory");
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	uint64_t sum = 0;
	unsigned int i;

	enable(what == WHAT_OFF ? 8 : 0xb);
	if (what == WHAT_ALL)
		while (!s->all)
			asm volatile("pause");
	for (i = 0; i < PAGES && what != WHAT_ALL; i++)
		sum += *(volatile uint8_t *)(AREA + i * PAGE);
	asm volatile("cli" : : : "memory");
	return sum;
}

#else

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

static volatile bool stop;

/* Brings each page that is asked for, filled with 3, after a while. */
static void *serve(void *arg)
{
	int uffd = *(int *)arg;
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	struct uffd_msg m;
	char *page = aligned_alloc(PAGE, PAGE);
	struct uffdio_copy c = { .src = (unsigned long)page, .len = PAGE };

	memset(page, 3, PAGE);
	while (!stop) {
		if (poll(&p, 1, 10) != 1 || read(uffd, &m, sizeof(m)) != sizeof(m))
			continue;
		usleep(3000);
		c.dst = m.arg.pagefault.address & -PAGE;
		ioctl(uffd, UFFDIO_COPY, &c);
	}
	return NULL;
}

static int missing(struct vmm *v, char **mem)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		cannot("no userfaultfd");
	*mem = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, PAGES * PAGE, *mem, 0))
		die("no slot");
	reg.range.start = (unsigned long)*mem;
	reg.range.len = PAGES * PAGE;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("UFFDIO_REGISTER: %s", strerror(errno));
	return uffd;
}

#define RECLAIM		"/tmp/groups/memory.reclaim"

/* What was written to the disk is kept, until somebody wants the memory. */
static void reclaim(void)
{
	int fd = open(RECLAIM, O_WRONLY);

	if (fd < 0)
		die(RECLAIM ": %s", strerror(errno));
	/* less may be found than it is told to */
	if (write(fd, "8M", 2) < 0 && errno != EAGAIN)
		die(RECLAIM ": %s", strerror(errno));
	close(fd);
}

/* Swapped out, each page, to the last. */
static void swapped(struct vmm *v, char **mem)
{
	unsigned char there[PAGES];
	unsigned int i, out, tries;

	*mem = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, PAGES * PAGE, *mem, 0))
		die("no slot");
	madvise(*mem, PAGES * PAGE, MADV_NOHUGEPAGE);
	memset(*mem, 3, PAGES * PAGE);
	for (out = tries = 0; out < PAGES && tries < 200; tries++) {
		if (madvise(*mem, PAGES * PAGE, MADV_PAGEOUT) || mincore(*mem, PAGES * PAGE, there))
			die("MADV_PAGEOUT: %s", strerror(errno));
		reclaim();
		for (i = out = 0; i < PAGES; i++)
			out += !(there[i] & 1);
	}
	if (out < PAGES)
		die("%u pages of %lu are swapped out", out, PAGES);
}

static void expect_told(const struct shared *s)
{
	unsigned int i, k;

	expect(!s->unknown, "%u tokens are ready that were not told of", s->unknown);
	expect(s->all == 1, "%u times all", s->all);
	expect(s->spins > s->n, "the guest did nothing meanwhile");
	for (i = 0; i < s->n && i < 256; i++) {
		expect(s->told[i].ready == 1, "token %#x is ready %u times", s->told[i].token, s->told[i].ready);
		for (k = 0; k < i; k++)
			expect(s->told[i].token != s->told[k].token, "token %#x twice", s->told[i].token);
	}
}

static struct shared *go(struct vmm *v, uint64_t what, uint64_t sum)
{
	pthread_t thread;
	uint64_t got;
	char *mem;
	int uffd;

	vmm_open(v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	uffd = missing(v, &mem);
	pthread_create(&thread, NULL, serve, &uffd);
	got = vmm_go(v, 0, what, 0);
	expect(got == sum, "%lu, not %lu", (long)got, (long)sum);
	stop = true;
	pthread_join(thread, NULL);
	return (void *)(v->ram + SHARED);
}

/* Each page that has to be fetched has a token, told once as not present and then once as ready; the guest runs meanwhile. */
static void check_tokens(void)
{
	struct shared *s;
	struct vmm v;

	s = go(&v, WHAT_TOUCH, 3 * PAGES);
	expect(s->n == PAGES, "%u tokens for %lu pages", s->n, PAGES);
	expect_told(s);
	vmm_close(&v);
}

/* The same of memory that is swapped out; a page may be read before anybody asks whether it is, or swapped out again. */
static void check_swap(void)
{
	const struct shared *s;
	struct vmm v;
	char *mem;

	vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	swapped(&v, &mem);
	expect(vmm_go(&v, 0, WHAT_TOUCH, 0) == 3 * PAGES, "the memory is another");
	s = (void *)(v.ram + SHARED);
	printf("# %u tokens\n", s->n);
	expect(s->n >= PAGES / 2 && s->n <= 2 * PAGES, "%u tokens for %lu pages", s->n, PAGES);
	expect_told(s);
	vmm_close(&v);
}

/* Who turns them on is told that all tokens of before are ready. */
static void check_all(void)
{
	struct vmm v;
	struct shared *s = go(&v, WHAT_ALL, 0);

	expect(s->all == 1 && !s->n, "%u times all, %u tokens", s->all, s->n);
	vmm_close(&v);
}

/* A guest that has them off waits for its memory, and is told nothing. */
static void check_off(void)
{
	struct vmm v;
	struct shared *s = go(&v, WHAT_OFF, 3 * PAGES);

	expect(!s->all && !s->n && !s->unknown, "told all the same");
	vmm_close(&v);
}

static void *run(void *arg)
{
	vmm_run(arg, 0);
	return NULL;
}

static void on_signal(int sig)
{
}

/* A VM whose memory nobody brings can be taken apart, and its vCPU told to forget, without waiting for it. */
static void check_teardown(void)
{
	volatile struct shared *s;
	pthread_t thread;
	unsigned int i;
	struct vmm v;
	char *mem;

	if (is_kernels_kvm())
		cannot("it waits for the memory");
	signal(SIGUSR1, on_signal);
	for (i = 0; i < 3; i++) {
		int uffd;

		vmm_open(&v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
		s = (void *)(v.ram + SHARED);
		uffd = missing(&v, &mem);
		vmm_start(&v, 0, WHAT_TOUCH, 0);
		pthread_create(&thread, NULL, run, &v);
		while (!s->n)
			usleep(1000);
		do {
			pthread_kill(thread, SIGUSR1);
			usleep(1000);
		} while (pthread_tryjoin_np(thread, NULL));
		if (i & 1)
			expect(!vmm_set_msr(&v, 0, MSR_EN, 0), "refused");
		expect(!s->told[0].ready, "ready, and nobody has brought it");
		vmm_close(&v);
		close(uffd);
	}
}

static const struct check checks[] = {
	{ "tokens", check_tokens },
	{ "all", check_all },
	{ "swap", check_swap },
	{ "off", check_off },
	{ "teardown", check_teardown },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
