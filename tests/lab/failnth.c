// SPDX-License-Identifier: GPL-2.0
/*
 * Every error path of the calls that make something: the kernel's first allocation, or copy, in the call fails, then the
 * second, and so on until none is left to fail. Each time nothing stays, and in the end the call does what it is for.
 * For a kernel that injects faults (Documentation/fault-injection: fail-nth).
 */
#define _GNU_SOURCE
#include <dirent.h>

#include "vmm.h"

#define AT	(GUEST_RAM + 0x4000000UL)
#define PAGES	64

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i, sum = 0;

	for (i = 0; i < PAGES; i++) {
		((volatile uint64_t *)(AT + (i << 12)))[0] += arg;
		sum += ((volatile uint64_t *)(AT + (i << 12)))[0];
	}
	return sum;
}

#else

#define MOST	2000	/* allocations in one call */

static int nth_file = -1;

/* This copy may be the one that fails. */
static void set_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n), tries;

	for (tries = 0; pwrite(nth_file, text, len, 0) != len; tries++)
		if (tries || errno != EFAULT)
			die("fail-nth: %s", strerror(errno));
}

/* How many are still to come before one fails; likewise. */
static int left(void)
{
	char text[16] = "";

	if (pread(nth_file, text, sizeof(text) - 1, 0) > 0)
		return atoi(text);
	if (errno != EFAULT)
		die("fail-nth: %s", strerror(errno));
	return 1;
}

static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct vmm *vm;
static uint8_t *mem;
static int event, again;

/* 0, or -errno; what it made is gone or there for good. */
struct call {
	const char *name;
	long (*call)(void);
	bool stays;	/* makes a descriptor, which stays */
};

static long closed(long fd)
{
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static long create_vm(void)
{
	return closed(result(ioctl(vm->sys, KVM_CREATE_VM, 0)));
}

static long create_vcpu(void)
{
	int fd = result(ioctl(vm->vm, KVM_CREATE_VCPU, 1));

	return fd < 0 ? fd : 0;
}

static long vcpu_init(void)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { 1 << KVM_ARM_VCPU_PSCI_0_2 } };

	return result(ioctl(vm->cpu[0], KVM_ARM_VCPU_INIT, &init));
}

static long create_gic(void)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	int next = dup(0), ret;

	close(next);
	ret = result(ioctl(vm->vm, KVM_CREATE_DEVICE, &gic));
	/* what cannot be written is the answer alone, as in the kernel's own KVM: the device is there */
	if (ret == -EFAULT && fcntl(next, F_GETFD) >= 0) {
		vm->gic = next;
		return 0;
	}
	if (!ret)
		vm->gic = gic.fd;
	return ret;
}

static long gic_attr(uint32_t group, uint64_t attr, uint64_t val)
{
	return vmm_attr(vm->gic, KVM_SET_DEVICE_ATTR, group, attr, &val);
}

static long gic_dist(void)
{
	return gic_attr(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GUEST_DIST);
}

static long gic_redist(void)
{
	return gic_attr(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, GUEST_REDIST | 4UL << 52);
}

static long gic_init(void)
{
	return gic_attr(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

static long slot_logged(void)
{
	return vmm_slot(vm, 1, AT, PAGES << 12, mem, KVM_MEM_LOG_DIRTY_PAGES);
}

static long slot_moved(void)
{
	return vmm_slot(vm, 1, AT + 0x1000000, PAGES << 12, mem, KVM_MEM_LOG_DIRTY_PAGES);
}

static long slot_plain(void)
{
	return vmm_slot(vm, 1, AT, PAGES << 12, mem, 0);
}

static long slot_deleted(void)
{
	return vmm_slot(vm, 1, AT, 0, mem, 0);
}

static long get_log(void)
{
	static uint64_t map[PAGES / 64];
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = map };

	return result(ioctl(vm->vm, KVM_GET_DIRTY_LOG, &log));
}

static long irqfd(void)
{
	struct kvm_irqfd f = { .fd = event, .gsi = 1 };

	return result(ioctl(vm->vm, KVM_IRQFD, &f));
}

static long irqfd_level(void)
{
	struct kvm_irqfd f = { .fd = again, .gsi = 2, .flags = KVM_IRQFD_FLAG_RESAMPLE, .resamplefd = event };

	return result(ioctl(vm->vm, KVM_IRQFD, &f));
}

static long ioeventfd(void)
{
	struct kvm_ioeventfd f = { .fd = event, .addr = 0x1000, .len = 4 };

	return result(ioctl(vm->vm, KVM_IOEVENTFD, &f));
}

static long routing(void)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} r = { .head = { .nr = 2 } };

	r.e[0] = (struct kvm_irq_routing_entry){ .gsi = 1, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, 3 } };
	r.e[1] = (struct kvm_irq_routing_entry){ .gsi = 2, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { 0, 4 } };
	return result(ioctl(vm->vm, KVM_SET_GSI_ROUTING, &r));
}

static long stats_vm(void)
{
	return closed(result(ioctl(vm->vm, KVM_GET_STATS_FD, 0)));
}

static long stats_vcpu(void)
{
	return closed(result(ioctl(vm->cpu[0], KVM_GET_STATS_FD, 0)));
}

/* To the guest's next exit; what failed on the way is tried again by the next call. */
static long run(void)
{
	return result(ioctl(vm->cpu[0], KVM_RUN, 0));
}

/* In an order in which each has what it needs. */
static const struct call calls[] = {
	{ "KVM_CREATE_VM", create_vm },
	{ "KVM_CREATE_VCPU", create_vcpu, true },
	{ "KVM_CREATE_DEVICE", create_gic, true },
	{ "the distributor's address", gic_dist },
	{ "a redistributor region", gic_redist },
	{ "KVM_ARM_VCPU_INIT", vcpu_init },
	{ "the GIC's initialisation", gic_init },
	{ "a slot with a log", slot_logged },
	{ "a slot moved", slot_moved },
	{ "a slot without log", slot_plain },
	{ "a slot deleted", slot_deleted },
	{ "the slot again", slot_logged },
	{ "KVM_GET_DIRTY_LOG", get_log },
	{ "KVM_IRQFD", irqfd },
	{ "KVM_IRQFD with resampling", irqfd_level },
	{ "KVM_IOEVENTFD", ioeventfd },
	{ "KVM_SET_GSI_ROUTING", routing },
	{ "KVM_GET_STATS_FD of a VM", stats_vm },
	{ "KVM_GET_STATS_FD of a vCPU", stats_vcpu },
};

/* Return: how many failures it took. */
static int each(const char *name, long (*call)(void), bool stays)
{
	unsigned int files = open_files();
	bool made = false;
	long ret = 0;
	int n, rest;

	for (n = 1; n < MOST && !(made && stays); n++) {
		set_nth(n);
		ret = call();
		rest = left();
		set_nth(0);
		if (rest)
			break;
		/* what is tried again inside, or can be done without, may succeed all the same */
		made = !ret;
		if (made)
			continue;
		expect(ret == -ENOMEM || ret == -EFAULT, "%s, failure %d: %s", name, n, result_name(ret));
		expect(open_files() == files, "%s, failure %d: a descriptor stays", name, n);
	}
	expect(!ret || (made && (ret == -EEXIST || ret == -EBUSY)), "%s at last: %s", name, result_name(ret));
	expect(open_files() == files + stays, "%s: descriptors", name);
	return n - 1;
}

static void check_calls(void)
{
	struct vmm_config c = { .no_gic = true, .no_init = true };
	unsigned int i, all = 0;
	uint64_t val = 0;
	struct vmm v;
	int n;

	nth_file = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nth_file < 0)
		cannot("this kernel injects no faults");
	vm = &v;
	vmm_open(&v, &c);
	mem = mmap(NULL, PAGES << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	event = eventfd(0, EFD_NONBLOCK);
	again = eventfd(0, EFD_NONBLOCK);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		n = each(calls[i].name, calls[i].call, calls[i].stays);
		printf("# %s: %d failures\n", calls[i].name, n);
		all += n;
	}
	expect(all > 30, "only %u failures: the kernel injects none", all);

	/* The VM that all this was done to runs its guest, whose faults fail one by one, too. */
	vmm_start(&v, 0, 0, 1);
	n = each("KVM_RUN", run, false);
	printf("# KVM_RUN: %d failures\n", n);
	expect(n > 0, "no failure in KVM_RUN");
	memcpy(&val, v.run[0]->mmio.data, 8);
	expect(v.run[0]->exit_reason == KVM_EXIT_MMIO && val == PAGES, "exit %u, the guest's sum is %lu", v.run[0]->exit_reason,
	       (long)val);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "calls", check_calls },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
