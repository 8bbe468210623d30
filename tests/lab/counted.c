// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM holds while it lives and gives back at its end, counted; a vCPU that one thread
 * after the other runs; and the errno of arguments that are none. KVM API, chapter 4.
 */
#define _GNU_SOURCE
#include "shrink.h"
#include "vmm.h"

enum { WHAT_ADD, WHAT_SPIN };

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	volatile uint64_t *word = (void *)arg;

	if (what == WHAT_ADD)
		return ++*word;
	*word = 1;
	while (*word == 1)
		;
	return 0;
}

#else

#define EVENTS	12

static void nothing(int sig)
{
}

/* The kernel's number of an eventfd: the lowest that is free, so one that is never given back shows. */
static int eventfd_number(int fd)
{
	char name[64], text[400];
	FILE *f;
	int id = -1;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	f = fopen(name, "r");
	if (!f)
		die("%s: %s", name, strerror(errno));
	while (fgets(text, sizeof(text), f))
		sscanf(text, "eventfd-id: %d", &id);
	fclose(f);
	return id;
}

static int highest_eventfd(void)
{
	int fd[EVENTS], i, id, max = -1;

	for (i = 0; i < EVENTS; i++) {
		fd[i] = eventfd(0, EFD_NONBLOCK);
		id = eventfd_number(fd[i]);
		max = id > max ? id : max;
	}
	for (i = 0; i < EVENTS; i++)
		close(fd[i]);
	return max;
}

static int irqfd(struct vmm *v, int fd, unsigned int gsi, uint32_t flags, int resample)
{
	struct kvm_irqfd f = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return result(ioctl(v->vm, KVM_IRQFD, &f));
}

static int ioeventfd(struct vmm *v, int fd, uint64_t addr, uint32_t len, uint32_t flags, uint64_t match)
{
	struct kvm_ioeventfd f = { .addr = addr, .len = len, .fd = fd, .flags = flags, .datamatch = match };

	return result(ioctl(v->vm, KVM_IOEVENTFD, &f));
}

/* Eventfds of each use, taken back or not, refused or not: the VM is gone, and so are they. */
static void check_eventfds(void)
{
	int before, after, fd[EVENTS], i, way;
	struct vmm v;

	/* one time for what the first VM of a process brings with it */
	for (way = 0; way < 4; way++) {
		before = highest_eventfd();
		vmm_open(&v, NULL);
		for (i = 0; i < EVENTS; i++)
			fd[i] = eventfd(0, EFD_NONBLOCK);
		for (i = 0; i < 2; i++) {
			expect(!irqfd(&v, fd[i], i, 0, 0), "irqfd");
			expect(irqfd(&v, fd[i], i + 5, 0, 0) == -EBUSY, "the same eventfd twice");
			expect(!irqfd(&v, fd[2 + i], 8, KVM_IRQFD_FLAG_RESAMPLE, fd[4 + i]), "irqfd with resamplefd");
			expect(irqfd(&v, fd[6], 9, KVM_IRQFD_FLAG_RESAMPLE, v.vm) == -EINVAL, "a resamplefd that is none");
			expect(irqfd(&v, fd[6], 9, KVM_IRQFD_FLAG_RESAMPLE, -1) == -EBADF, "no resamplefd");
			expect(!ioeventfd(&v, fd[7], GUEST_IO + 0x1000 + 8 * i, 4, 0, 0), "ioeventfd");
			expect(ioeventfd(&v, fd[8], GUEST_IO + 0x1000 + 8 * i, 4, 0, 0) == -EEXIST, "twice");
			expect(!ioeventfd(&v, fd[9], GUEST_IO + 0x2000, 4, KVM_IOEVENTFD_FLAG_DATAMATCH, i), "with a value");
		}
		if (way & 1) {
			for (i = 0; i < 2; i++) {
				expect(!irqfd(&v, fd[i], i, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassign");
				expect(!irqfd(&v, fd[2 + i], 8, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassign");
				expect(ioeventfd(&v, fd[8], GUEST_IO + 0x1000 + 8 * i, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0) == -ENOENT,
				       "another's");
				expect(!ioeventfd(&v, fd[7], GUEST_IO + 0x1000 + 8 * i, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0), "deassign");
				expect(ioeventfd(&v, fd[7], GUEST_IO + 0x1000 + 8 * i, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0) == -ENOENT,
				       "gone already");
				expect(ioeventfd(&v, fd[9], GUEST_IO + 0x2000, 4,
						 KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_DEASSIGN, 7 + i) == -ENOENT,
				       "another value");
			}
		}
		for (i = 0; i < EVENTS && way & 2; i++)
			close(fd[i]);
		vmm_close(&v);
		for (i = 0; i < EVENTS && !(way & 2); i++)
			close(fd[i]);
		usleep(20000);		/* for work that is put off */
		after = highest_eventfd();
		expect(after == before, "way %d: eventfds up to %d before, %d after", way, before, after);
	}
}

/* Objects of a kind that the kernel has, or -1. Those that KASAN holds back are gone. */
static long objects(const char *kind)
{
	char text[400], name[64];
	long n, found = -1;
	FILE *f;

	usleep(100000);		/* for what waits for RCU */
	shrink_cache(kind);
	f = fopen("/proc/slabinfo", "r");
	while (f && fgets(text, sizeof(text), f))
		if (sscanf(text, "%63s %ld", name, &n) == 2 && !strcmp(name, kind))
			found = n;
	if (f)
		fclose(f);
	return found;
}

struct run {
	struct vmm *v;
	uint64_t sum;
};

static void *run_once(void *p)
{
	struct run *r = p;
	uint64_t val = 0;

	vmm_start(r->v, 0, WHAT_ADD, GUEST_RAM + 0x200000);
	expect(vmm_event(r->v, 0, &val) == PORT_DONE, "no end");
	r->sum = val;
	return NULL;
}

static void *run_spin(void *p)
{
	struct vmm *v = p;

	return (void *)result(ioctl(v->cpu[0], KVM_RUN, 0));
}

#define THREADS	400

/* A vCPU is run by one thread after the other, each of which ends: none is remembered, all are told of signals. */
static void check_threads(void)
{
	volatile uint64_t *word;
	struct run r;
	struct vmm v;
	pthread_t t;
	void *ret;
	long before, after, pids;
	unsigned int i;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, NULL);
	word = (void *)(v.ram + 0x200000);
	r.v = &v;
	before = objects("task_struct");
	pids = objects("pid");
	for (i = 1; i <= THREADS; i++) {
		pthread_create(&t, NULL, run_once, &r);
		pthread_join(t, NULL);
		expect(r.sum == i, "thread %u counts %lu", i, (long)r.sum);
	}
	after = objects("task_struct");
	printf("# %ld tasks before, %ld after\n", before, after);
	expect(after < before + THREADS / 2, "threads stay: %ld tasks before, %ld after", before, after);
	after = objects("pid");
	printf("# %ld process numbers before, %ld after\n", pids, after);
	expect(after < pids + THREADS / 2, "their numbers stay: %ld before, %ld after", pids, after);
	for (i = 0; i < 3; i++) {
		vmm_start(&v, 0, WHAT_SPIN, GUEST_RAM + 0x200000);
		*word = 0;
		pthread_create(&t, NULL, run_spin, &v);
		while (*word != 1)
			usleep(1000);
		pthread_kill(t, SIGUSR1);
		pthread_join(t, &ret);
		expect((long)ret == -EINTR, "KVM_RUN: %s", result_name((long)ret));
	}
	vmm_close(&v);
}

#define PROCESSES	60

/* Processes that end with their VM: killed, with descriptors open, while a vCPU runs. */
static void check_processes(void)
{
	long before = 0, after = 0, pids = 0;
	unsigned int i;
	struct vmm v;
	pthread_t t;
	pid_t pid;

	for (i = 0; i < 20 + PROCESSES; i++) {
		if (i == 20) {
			before = objects("mm_struct");
			pids = objects("pid");
		}
		pid = fork();
		if (!pid) {
			vmm_open(&v, NULL);
			vmm_start(&v, 0, WHAT_SPIN, GUEST_RAM + 0x200000);
			pthread_create(&t, NULL, run_spin, &v);
			if (i % 4 == 0)
				_exit(0);
			while (*(volatile uint64_t *)(v.ram + 0x200000) != 1)
				usleep(200);
			kill(getpid(), SIGKILL);
		}
		waitpid(pid, NULL, 0);
	}
	usleep(50000);
	after = objects("mm_struct");
	printf("# %ld address spaces before, %ld after\n", before, after);
	expect(objects("pid") < pids + PROCESSES / 2, "process numbers stay: %ld before, %ld after", pids, objects("pid"));
	expect(after < before + PROCESSES / 2, "address spaces stay: %ld before, %ld after", before, after);
}

static int routing(struct vmm *v, uint32_t nr, uint32_t flags, struct kvm_irq_routing_entry e)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[1];
	} r = { .head = { .nr = nr, .flags = flags }, .e = { e } };

	return result(ioctl(v->vm, KVM_SET_GSI_ROUTING, &r));
}

static int line(struct vmm *v, uint32_t irq)
{
	struct kvm_irq_level l = { .irq = irq, .level = 0 };

	return result(ioctl(v->vm, KVM_IRQ_LINE, &l));
}

#define EXPECT(call, want) do { \
	int got_ = (call), want_ = (want); \
	expect(got_ == want_, "%s: %s, not %s", #call, result_name(got_), result_name(want_)); \
} while (0)

#define CHIP(n, g, p) ((struct kvm_irq_routing_entry){ .gsi = (g), .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { (n), (p) } })
#define PPI(cpu2, cpu, n) (KVM_ARM_IRQ_TYPE_PPI << KVM_ARM_IRQ_TYPE_SHIFT | (cpu2) << KVM_ARM_IRQ_VCPU2_SHIFT | \
			   (cpu) << KVM_ARM_IRQ_VCPU_SHIFT | (n))
#define SPI(n) (KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (n))

/* Arguments at their edges: what is in and what is out. */
static void check_arguments(void)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = KVM_CREATE_DEVICE_TEST };
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_HALTED };
	int fd = eventfd(0, EFD_NONBLOCK);
	struct vmm v;
	void *p;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	/* lines: 128 interrupts, two vCPUs */
	EXPECT(line(&v, SPI(31)), -EINVAL);
	EXPECT(line(&v, SPI(32)), 0);
	EXPECT(line(&v, SPI(127)), 0);
	EXPECT(line(&v, SPI(128)), -EINVAL);
	EXPECT(line(&v, PPI(0, 0, 15)), -EINVAL);
	EXPECT(line(&v, PPI(0, 0, 16)), 0);
	EXPECT(line(&v, PPI(0, 1, 31)), 0);
	EXPECT(line(&v, PPI(0, 1, 32)), -EINVAL);
	EXPECT(line(&v, PPI(0, 2, 16)), -EINVAL);
	EXPECT(line(&v, PPI(1, 0, 16)), -EINVAL);
	EXPECT(line(&v, 3 << KVM_ARM_IRQ_TYPE_SHIFT | 40), -EINVAL);
	EXPECT(line(&v, 0), -ENXIO);
	/* routing */
	EXPECT(routing(&v, 1, 0, CHIP(0, 0, 0)), 0);
	EXPECT(routing(&v, 1, 0, CHIP(0, 4095, 987)), 0);
	EXPECT(routing(&v, 1, 0, CHIP(0, 4096, 0)), -EINVAL);
	EXPECT(routing(&v, 1, 0, CHIP(1, 0, 0)), -EINVAL);
	EXPECT(routing(&v, 1, 1, CHIP(0, 0, 0)), -EINVAL);
	EXPECT(routing(&v, 4097, 0, CHIP(0, 0, 0)), -EINVAL);
	EXPECT(routing(&v, 0, 0, CHIP(0, 0, 0)), 0);
	EXPECT(result(ioctl(v.vm, KVM_SET_GSI_ROUTING, 8)), -EFAULT);
	/* devices */
	EXPECT(result(ioctl(v.vm, KVM_CREATE_DEVICE, &dev)), 0);
	dev.flags = 2;
	EXPECT(result(ioctl(v.vm, KVM_CREATE_DEVICE, &dev)), is_kernels_kvm() ? -EEXIST : -EINVAL);
	dev.flags = 0;
	EXPECT(result(ioctl(v.vm, KVM_CREATE_DEVICE, &dev)), -EEXIST);
	dev.type = 77;
	EXPECT(result(ioctl(v.vm, KVM_CREATE_DEVICE, &dev)), -ENODEV);
	EXPECT(result(ioctl(v.vm, KVM_CREATE_DEVICE, 8)), -EFAULT);
	EXPECT(result(ioctl(v.gic, KVM_SET_DEVICE_ATTR, 8)), -EFAULT);
	/* ioeventfds */
	EXPECT(ioeventfd(&v, fd, GUEST_IO, 8, 0, 0), 0);
	EXPECT(ioeventfd(&v, fd, GUEST_IO, 16, 0, 0), -EINVAL);
	EXPECT(ioeventfd(&v, fd, ~0UL, 4, 0, 0), -EINVAL);
	EXPECT(ioeventfd(&v, fd, GUEST_IO + 8, 0, KVM_IOEVENTFD_FLAG_DATAMATCH, 1), -EINVAL);
	EXPECT(ioeventfd(&v, v.vm, GUEST_IO + 8, 4, 0, 0), -EINVAL);
	EXPECT(irqfd(&v, v.vm, 1, 0, 0), -EINVAL);
	EXPECT(irqfd(&v, fd, 1, KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE, fd), 0);
	EXPECT(irqfd(&v, fd, 1, 4, 0), -EINVAL);
	/* vCPUs */
	EXPECT(result(ioctl(v.cpu[0], KVM_SET_MP_STATE, &mp)), -EINVAL);
	EXPECT(result(ioctl(v.cpu[0], KVM_SET_MP_STATE, 8)), -EFAULT);
	EXPECT(result(ioctl(v.cpu[0], KVM_GET_MP_STATE, 8)), -EFAULT);
	EXPECT(result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, 8)), -EFAULT);
	EXPECT(result(ioctl(v.cpu[0], KVM_ARM_VCPU_INIT, 8)), -EFAULT);
	EXPECT(result(ioctl(v.cpu[0], KVM_GET_REG_LIST, 8)), -EFAULT);
	EXPECT(result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, 8)), -EFAULT);
	EXPECT(result(ioctl(v.vm, KVM_ENABLE_CAP, 8)), -EFAULT);
	EXPECT(result(ioctl(v.vm, KVM_GET_DIRTY_LOG, 8)), -EFAULT);
	p = mmap(NULL, 2 * v.run_size, PROT_READ, MAP_SHARED, v.cpu[0], 0);
	expect(p == MAP_FAILED || is_kernels_kvm(), "two pages of kvm_run");
	p = mmap(NULL, v.run_size, PROT_READ | PROT_EXEC, MAP_SHARED, v.cpu[0], 0);
	expect(p == MAP_FAILED || is_kernels_kvm(), "kvm_run to be executed");
	/* a private copy of it is none that KVM writes, but may be had */
	p = mmap(NULL, v.run_size, PROT_READ, MAP_SHARED, v.cpu[1], 0);
	expect(p != MAP_FAILED, "kvm_run twice");
	vmm_close(&v);
	/* without a GIC, and with one that is not initialised */
	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	EXPECT(line(&v, SPI(40)), -ENXIO);
	EXPECT(line(&v, PPI(0, 0, 20)), -ENXIO);
	vmm_close(&v);
	vmm_open(&v, &(struct vmm_config){ .no_init = true });
	EXPECT(line(&v, SPI(40)), -EBUSY);
	EXPECT(vmm_run(&v, 0), -ENOEXEC);
	EXPECT(result(ioctl(v.cpu[0], KVM_GET_VCPU_EVENTS, &mp)), -ENOEXEC);
	vmm_close(&v);
	close(fd);
}

/* Calls whose capability is there for another call's sake, or that find nothing to act on. */
static void check_absent(void)
{
	static const int features[] = { KVM_ARM_VCPU_SVE, KVM_ARM_VCPU_POWER_OFF, 31, 32, -1 };
	struct kvm_vcpu_init init;
	int what = KVM_ARM_VCPU_SVE;
	struct vmm v;
	unsigned int i;
	int cpu;

	vmm_open(&v, &(struct vmm_config){ .no_gic = true });
	EXPECT(result(ioctl(v.vm, KVM_CREATE_IRQCHIP, 0)), -ENODEV);
	EXPECT(result(ioctl(v.vm, KVM_CREATE_IRQCHIP, 0)), -ENODEV);
	cpu = result(ioctl(v.vm, KVM_CREATE_VCPU, 1));
	expect(cpu >= 0, "a second vCPU: %s", result_name(cpu));
	EXPECT(result(ioctl(cpu, KVM_ARM_VCPU_FINALIZE, &what)), -ENOEXEC);
	EXPECT(result(ioctl(v.vm, KVM_ARM_PREFERRED_TARGET, &init)), 0);
	init.features[0] |= 1U << KVM_ARM_VCPU_PSCI_0_2;	/* as the first one */
	EXPECT(result(ioctl(cpu, KVM_ARM_VCPU_INIT, &init)), 0);
	EXPECT(result(ioctl(cpu, KVM_ARM_VCPU_FINALIZE, 8)), -EFAULT);
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		what = features[i];
		EXPECT(result(ioctl(cpu, KVM_ARM_VCPU_FINALIZE, &what)), -EINVAL);
	}
	close(cpu);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "eventfds", check_eventfds },
	{ "threads", check_threads },
	{ "processes", check_processes },
	{ "arguments", check_arguments },
	{ "absent", check_absent },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
