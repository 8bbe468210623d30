// SPDX-License-Identifier: GPL-2.0
/*
 * exits [ROW...]: what single exits cost, in instructions: of a guest that only makes them, and (-fp) of one that
 * uses its FP registers between two of them.
 */
#define _GNU_SOURCE
#include "area.h"

enum {
	WHAT_READY, WHAT_HVC_SLOW, WHAT_IDREG, WHAT_GICD, WHAT_SGI, WHAT_SGI_OTHER, WHAT_SGI_ALL, WHAT_WFI,
	WHAT_TIMER, WHAT_PING, WHAT_PONG, WHAT_ANSWER, WHAT_TAKE, WHAT_IOEVENT, WHAT_MMIO_WRITE, WHAT_MMIO_READ,
};

#define FP		0x100		/* in what: FP between two exits */
#define WHAT(what)	((what) & ~(uint64_t)FP)

#define SGI		1
#define TIMER		27
#define SPI		40
#define LEVEL_SPI	41
#define DOORBELL	(GUEST_IO + 0x1000UL)

#ifdef GUEST

static volatile uint64_t taken;
static volatile uint64_t rung[2];	/* of SGIs, by vCPU */
static uint64_t what_now;

static void use_fp(void)
{
	asm volatile(".arch_extension fp\n\tfmov d0, #1.0\n\tfadd d0, d0, d0" : : : "memory");
}

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(s3_0_c12_c12_0);		/* ICC_IAR1_EL1 */

	if (intid == TIMER)
		write_reg(2, cntv_ctl_el0);
	write_reg(intid, s3_0_c12_c12_1);			/* ICC_EOIR1_EL1 */
	taken++;
	if (intid == SGI)
		rung[read_reg(mpidr_el1) & 1]++;
	return true;
}

static void sgi(uint64_t val)
{
	asm volatile("dsb ishst\n\tmsr s3_0_c12_c11_5, %0\n\tisb" : : "r" (val) : "memory");
}

/* Asleep until this vCPU has an SGI. */
static void sleep_for_sgi(void)
{
	unsigned int me = read_reg(mpidr_el1) & 1;
	uint64_t seen = rung[me];

	while (rung[me] == seen) {
		guest_wfi();
		irqs_on();
		asm volatile("isb");
		irqs_off();
	}
}

/* To oneself, taken and ended; what is still masked is pending and wakes WFI. */
static void once(uint64_t what)
{
	uint64_t seen = taken;

	switch (what) {
	case WHAT_HVC_SLOW:
		guest_hvc(0x8400000a, 0x84000001, 0, 0);	/* PSCI_FEATURES */
		break;
	case WHAT_IDREG:
		read_reg(id_aa64pfr0_el1);
		break;
	case WHAT_GICD:
		read32(GUEST_DIST + 4);				/* GICD_TYPER */
		break;
	case WHAT_SGI:
		sgi(SGI << 24 | 1);
		while (taken == seen)
			;
		break;
	case WHAT_SGI_OTHER:
		sgi(SGI << 24 | 2);
		break;
	case WHAT_SGI_ALL:
		sgi(SGI << 24 | 0xfe);
		break;
	case WHAT_WFI:
		guest_wfi();
		break;
	case WHAT_PING:
		sgi(SGI << 24 | 2);
		sleep_for_sgi();
		break;
	case WHAT_TIMER:
		write_reg(0, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		while (taken == seen)
			;
		break;
	case WHAT_IOEVENT:
		write32(DOORBELL, 1);
		break;
	case WHAT_MMIO_WRITE:
		guest_say(PORT_TEST, 0);
		break;
	case WHAT_MMIO_READ:
		guest_ask(PORT_TEST);
		break;
	}
}

/* Each SGI of vCPU 0's is answered by one. */
static void pong(void)
{
	for (;;) {
		sleep_for_sgi();
		sgi(SGI << 24 | 1);
	}
}

/* Sleeps until it is interrupted, and says so at the doorbell where @says. */
static void answer(bool says)
{
	for (;;) {
		if (says)
			write32(DOORBELL, 1);
		guest_wfi();
		irqs_on();
		asm volatile("isb");
		irqs_off();
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i, begun;

	irqs_off();
	what_now = WHAT(what);
	write_reg(3 << 20, cpacr_el1);
	gic_start();
	gic_enable(SGI, 0x80, true);
	gic_enable(TIMER, 0x80, false);
	if (what_now != WHAT_PONG) {	/* they come to the vCPU that says so last */
		gic_enable(SPI, 0x80, true);
		gic_enable(LEVEL_SPI, 0x80, false);
	}
	if (what_now == WHAT_SGI || what_now == WHAT_TIMER)
		irqs_on();
	if (what_now == WHAT_ANSWER || what_now == WHAT_TAKE)
		answer(what_now == WHAT_ANSWER);
	if (what_now == WHAT_PONG)
		pong();
	if (what_now == WHAT_WFI)
		sgi(SGI << 24 | 1);
	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (begun) : : "memory");
	for (i = 0; i < arg; i++) {
		if (what & FP)
			use_fp();
		once(what_now);
	}
	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (i) : : "memory");
	return i - begun;
}

#else

#include <sys/resource.h>

static char **only;		/* rows, NULL at the end: of none, all */

static bool wanted(const char *name)
{
	char **o;

	for (o = only; *o; o++)
		if (!strcmp(*o, name))
			return true;
	return !*only;
}

static const struct guest_row {
	const char *name;
	uint64_t what;
} guest_rows[] = {
	{ "hvc-slow", WHAT_HVC_SLOW }, { "trap-idreg", WHAT_IDREG }, { "gicd-read", WHAT_GICD },
	{ "sgi", WHAT_SGI_OTHER }, { "sgi-8", WHAT_SGI_ALL }, { "sgi-self", WHAT_SGI },
	{ "wfi-pending", WHAT_WFI }, { "timer-irq", WHAT_TIMER },
};

static void rows_guest(uint64_t mmu, const char *suffix)
{
	struct vmm v;
	unsigned int i, fp;

	area_open(&v, 8, 0, PAGE);
	for (i = 0; i < sizeof(guest_rows) / sizeof(guest_rows[0]); i++)
		/* no exit with one thread to run: WFI is the guest's own */
		for (fp = 0; wanted(guest_rows[i].name) && fp < (guest_rows[i].what == WHAT_WFI ? 1 : 2); fp++)
			row("instructions", (double)area_cheapest(&v, guest_rows[i].what | mmu | (fp ? FP : 0)) / LOOPS,
			    "%s%s%s", guest_rows[i].name, fp ? "-fp" : "", suffix);
	area_close(&v);
}

/* KVM_RUNs that each end in an access. Instructions. */
static double rounds(struct vmm *v, uint64_t what, bool immediate)
{
	uint64_t best = ~0UL, begun;
	int i, n;

	vmm_start(v, 0, what, ~0UL);
	v->run[0]->immediate_exit = immediate;
	ioctl(v->cpu[0], KVM_RUN, 0);
	for (n = 0; n < 2 * BATCHES; n++) {
		begun = now();
		for (i = 0; i < LOOPS; i++)
			if (!ioctl(v->cpu[0], KVM_RUN, 0) == immediate)
				die("round %d: exit %u, %s", i, v->run[0]->exit_reason, strerror(errno));
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	v->run[0]->immediate_exit = 0;
	return (double)best * TICK / LOOPS;
}

static void rows_user(uint64_t mmu, const char *suffix)
{
	struct vmm v;
	unsigned int fp;

	area_open(&v, 1, 0, PAGE);
	row("instructions", rounds(&v, WHAT_READY | mmu, true), "run-immediate-exit%s", suffix);
	for (fp = 0; fp < 2; fp++) {
		row("instructions", rounds(&v, WHAT_MMIO_WRITE | mmu | (fp ? FP : 0), false), "mmio-write-user%s%s",
		    fp ? "-fp" : "", suffix);
		row("instructions", rounds(&v, WHAT_MMIO_READ | mmu | (fp ? FP : 0), false), "mmio-read-user%s%s",
		    fp ? "-fp" : "", suffix);
	}
	area_close(&v);
}

static void doorbell(struct vmm *v, int fd, uint64_t addr)
{
	struct kvm_ioeventfd e = { .addr = addr, .len = 4, .fd = fd };

	if (ioctl(v->vm, KVM_IOEVENTFD, &e))
		die("KVM_IOEVENTFD: %s", strerror(errno));
}

static void rows_ioeventfd(unsigned int n)
{
	int fd = eventfd(0, 0);
	struct vmm v;
	unsigned int i;

	area_open(&v, 1, 0, PAGE);
	for (i = 1; i < n; i++)
		doorbell(&v, fd, DOORBELL + 8 * i);
	doorbell(&v, fd, DOORBELL);
	row("instructions", (double)area_cheapest(&v, WHAT_IOEVENT | GUEST_MMU) / LOOPS, "ioeventfd-%u", n);
	area_close(&v);
	close(fd);
}

/* What it costs to make an interrupt pending that nobody takes: through an eventfd. */
static void row_irqfd(void)
{
	struct kvm_irqfd f = { .fd = eventfd(0, 0), .gsi = SPI - 32 };
	uint64_t best = ~0UL, begun, one = 1;
	struct vmm v;
	int i, n;

	area_open(&v, 1, 0, PAGE);
	vmm_go(&v, 0, WHAT_HVC_SLOW | GUEST_MMU, 1);
	if (ioctl(v.vm, KVM_IRQFD, &f))
		die("KVM_IRQFD: %s", strerror(errno));
	for (n = 0; n < BATCHES; n++) {
		begun = now();
		for (i = 0; i < LOOPS; i++)
			if (write(f.fd, &one, sizeof(one)) != sizeof(one))
				die("eventfd: %s", strerror(errno));
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	row("instructions", (double)best * TICK / LOOPS, "irqfd");
	area_close(&v);
	close(f.fd);
}

/* Of that the part that has nothing to do with a VM: nobody hears this eventfd. */
static void row_eventfd_write(void)
{
	uint64_t best = ~0UL, begun, one = 1;
	int fd = eventfd(0, 0), i, n;

	for (n = 0; n < BATCHES; n++) {
		begun = now();
		for (i = 0; i < LOOPS; i++)
			if (write(fd, &one, sizeof(one)) != sizeof(one))
				die("eventfd: %s", strerror(errno));
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	row("instructions", (double)best * TICK / LOOPS, "eventfd-write");
	close(fd);
}

/* Answers each eventfd by another one, until it is told more than one. */
static void *answerer(void *arg)
{
	int *fds = arg;
	uint64_t got, one = 1;

	while (read(fds[0], &got, sizeof(got)) == sizeof(got) && got == 1)
		if (write(fds[1], &one, sizeof(one)) != sizeof(one))
			break;
	return NULL;
}

/* And of a wake-up: two threads that wake each other and sleep, with no VM between them. */
static void row_turn(void)
{
	int fds[2] = { eventfd(0, 0), eventfd(0, 0) }, i, n;
	uint64_t best = ~0UL, begun, got, one = 1, stop = 2;
	pthread_t thread;

	pthread_create(&thread, NULL, answerer, fds);
	for (n = 0; n < 2 * BATCHES; n++) {
		begun = now();
		for (i = 0; i < LOOPS; i++)
			if (write(fds[0], &one, sizeof(one)) != sizeof(one) ||
			    read(fds[1], &got, sizeof(got)) != sizeof(got))
				die("eventfd: %s", strerror(errno));
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	row("instructions", (double)best * TICK / LOOPS, "threads-turn");
	if (write(fds[0], &stop, sizeof(stop)) != sizeof(stop))
		die("eventfd: %s", strerror(errno));
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
}

static void *vcpu(void *arg)
{
	int *fd = arg;

	ioctl(*fd, KVM_RUN, 0);
	return NULL;
}

static void nothing(int sig)
{
}

/* The thread of a vCPU that would not come back by itself. */
static void stop(struct vmm *v, unsigned int cpu, pthread_t thread)
{
	v->run[cpu]->immediate_exit = 1;
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
}

/* A vCPU asleep in WFI is interrupted, answers at a doorbell and sleeps again. The interrupt's sender waits for it. */
static void row_wake(const char *name, uint64_t flags)
{
	int fd = eventfd(0, 0);
	uint64_t best = ~0UL, begun, got;
	pthread_t thread;
	struct vmm v;
	int i, n;

	area_open(&v, 1, 0, PAGE);
	doorbell(&v, fd, DOORBELL);
	vmm_start(&v, 0, WHAT_ANSWER | flags, 0);
	pthread_create(&thread, NULL, vcpu, &v.cpu[0]);
	for (n = 0; n < 2 * BATCHES; n++) {
		begun = now();
		for (i = 0; i < LOOPS; i++) {
			if (read(fd, &got, sizeof(got)) != sizeof(got))
				die("eventfd: %s", strerror(errno));
			vmm_irq(&v, KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 1);
			vmm_irq(&v, KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 0);
		}
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	row("instructions", (double)best * TICK / LOOPS, "%s", name);
	stop(&v, 0, thread);
	area_close(&v);
	close(fd);
}

/* Two vCPUs that wake each other by SGIs and sleep: what one of these costs, and the turn of the server's threads. */
static void row_sgi_wake(void)
{
	pthread_t thread;
	struct vmm v;

	area_open(&v, 2, 0, PAGE);
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	vmm_start(&v, 1, WHAT_PONG | GUEST_MMU, 0);
	pthread_create(&thread, NULL, vcpu, &v.cpu[1]);
	usleep(10000);	/* so long it is awake at most */
	row("instructions", (double)area_cheapest(&v, WHAT_PING | GUEST_MMU) / (2 * LOOPS), "sgi-wake");
	stop(&v, 1, thread);
	area_close(&v);
}

#define BATCH_S	20	/* for the ends of a batch: where a guest's WFI does not exit, nobody may look any sooner */

static void resampler(struct vmm *v, int *fds, uint32_t gsi)
{
	struct kvm_irqfd f = { .gsi = gsi, .flags = KVM_IRQFD_FLAG_RESAMPLE };

	f.fd = fds[0] = eventfd(0, 0);
	f.resamplefd = fds[1] = eventfd(0, 0);
	if (fds[1] < 0 || ioctl(v->vm, KVM_IRQFD, &f))
		die("KVM_IRQFD %u: %s", gsi, strerror(errno));
}

/* One signal and its end. False: the alarm came first. */
static bool resampled(const int *fds)
{
	uint64_t got, one = 1;

	if (write(fds[0], &one, sizeof(one)) != sizeof(one))
		die("eventfd: %s", strerror(errno));
	if (read(fds[1], &got, sizeof(got)) == sizeof(got))
		return true;
	if (errno != EINTR)
		die("eventfd: %s", strerror(errno));
	return false;
}

/* A level interrupt through an eventfd, taken by a sleeping guest, whose end the VMM hears; beside @others that are not. */
static void row_resample(unsigned int others)
{
	uint64_t best = ~0UL, begun;
	int (*fds)[2] = calloc(others + 1, sizeof(*fds));
	pthread_t thread;
	struct vmm v;
	unsigned int i, n;
	bool told = true;

	area_open(&v, 1, 0, PAGE);
	vmm_go(&v, 0, WHAT_READY | GUEST_MMU, 0);
	resampler(&v, fds[0], LEVEL_SPI - 32);
	for (i = 1; i <= others; i++)
		resampler(&v, fds[i], 16 + i % 64);
	vmm_start(&v, 0, WHAT_TAKE | GUEST_MMU, 0);
	pthread_create(&thread, NULL, vcpu, &v.cpu[0]);
	for (n = 0; n < 2 * BATCHES && told; n++) {
		alarm(BATCH_S);
		begun = now();
		for (i = 0; i < LOOPS && told; i++)
			told = resampled(fds[0]);
		begun = now() - begun;
		if (begun < best)
			best = begun;
	}
	alarm(0);
	if (told)
		row("instructions", (double)best * TICK / LOOPS, "resample-%u", others);
	else
		fprintf(stderr, "resample-%u: not measured: ends are not told within %d s\n", others, BATCH_S);
	stop(&v, 0, thread);
	area_close(&v);
	for (i = 0; i <= others; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
	free(fds);
}

/* A VM from KVM_CREATE_VM to its first exit, and what its end costs with all that @bytes mapped. */
static void rows_life(void)
{
	uint64_t made = ~0UL, ended = ~0UL, t[3];
	struct vmm v;
	int n;

	for (n = 0; n < BATCHES; n++) {
		t[0] = now();
		area_open(&v, 1, 0, PAGE);
		vmm_go(&v, 0, WHAT_READY, 0);
		t[1] = now();
		area_close(&v);
		t[2] = now();
		if (t[1] - t[0] < made)
			made = t[1] - t[0];
		if (t[2] - t[1] < ended)
			ended = t[2] - t[1];
	}
	row("instructions", (double)made * TICK, "vm-create");
	row("instructions", (double)ended * TICK, "vm-destroy");
}

int main(int argc, char **argv)
{
	struct rlimit all = { 4096, 4096 };
	struct sigaction quiet = { .sa_handler = nothing };

	setvbuf(stdout, NULL, _IOLBF, 0);
	setrlimit(RLIMIT_NOFILE, &all);
	sigaction(SIGUSR1, &quiet, NULL);
	sigaction(SIGALRM, &quiet, NULL);
	feed_entropy();
	only = argv + 1;
	rows_guest(GUEST_MMU, "");
	rows_guest(0, "-mmu-off");
	if (wanted("user")) {
		rows_user(GUEST_MMU, "");
		rows_user(0, "-mmu-off");
	}
	if (wanted("ioeventfd")) {
		rows_ioeventfd(1);
		rows_ioeventfd(1000);
	}
	if (wanted("irqfd"))
		row_irqfd();
	if (wanted("host")) {
		row_eventfd_write();
		row_turn();
	}
	if (wanted("wfi-wake")) {
		row_wake("wfi-wake", GUEST_MMU);
		row_wake("wfi-wake-mmu-off", 0);
	}
	if (wanted("sgi-wake"))
		row_sgi_wake();
	if (wanted("resample")) {
		row_resample(0);
		row_resample(1000);
	}
	if (wanted("life"))
		rows_life();
	return 0;
}
#endif
