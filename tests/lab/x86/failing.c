// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of /dev/kvm on a kernel that lets allocations fail: the first of a call, the second, and so on until the call
 * works. Each failure is told as such, and nothing of it is left.
 */
#include "vmm.h"

#ifndef GUEST

#include <dirent.h>
#include <sys/eventfd.h>

#define MOST	2000	/* failures of one call */

static int nth;

/*
 * From now on the @n-th thing that can fail does; 0: none. Return: how many were left to come; the reading itself copies
 * to user space, so one that fails there was left, too.
 */
static int fail_nth(int n)
{
	char text[16] = "";
	int left = 1, i;

	if (pread(nth, text, sizeof(text) - 1, 0) > 0)
		left = atoi(text);
	snprintf(text, sizeof(text), "%d", n);
	for (i = 0; i < 2; i++)
		if (pwrite(nth, text, strlen(text), 0) > 0)
			return left;
	die("fail-nth %d: %s", n, strerror(errno));
}

static void begin(void)
{
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		cannot("this kernel lets nothing fail (CONFIG_FAULT_INJECTION)");
}

static unsigned int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/*
 * Fails @make at each point until it works, and undoes what it has made each time. An error is ENOMEM, or EFAULT: copying
 * from and to user space fails, too.
 */
static void walk(const char *what, long (*make)(void *arg), void (*undo)(void *arg, long ret), void *arg)
{
	unsigned int had = descriptors(), failures = 0;
	int n;

	for (n = 1; n < MOST; n++) {
		long ret;
		int left;

		fail_nth(n);
		ret = result(make(arg));
		left = fail_nth(0);
		if (ret >= 0 && undo)
			undo(arg, ret);
		expect(descriptors() == had, "%s, failure %d: a descriptor is left", what, n);
		if (left) {
			expect(ret >= 0, "%s: %s, without a failure", what, result_name(ret));
			break;
		}
		failures += ret < 0;
		expect(ret >= 0 || ret == -ENOMEM || ret == -EFAULT, "%s, failure %d: %s", what, n, result_name(ret));
	}
	expect(n < MOST, "%s: it never works", what);
	expect(failures, "%s: nothing of it fails", what);
	printf("# %s: %d points, %u of them are told\n", what, n - 1, failures);
}

static struct vmm v;

/* A call with an argument that is not changed by it. */
struct call {
	int fd;
	unsigned long request;
	void *arg;
};

static long make_call(void *arg)
{
	const struct call *c = arg;

	return ioctl(c->fd, c->request, c->arg);
}

static void undo_close(void *arg, long ret)
{
	close(ret);
}

#define WALK(fd, request, arg, undo) do {				\
	struct call c_ = { fd, request, arg };				\
	walk(#request, make_call, undo, &c_);				\
} while (0)

/* A VM, its vCPU and the statistics of both come into being as a whole, or not at all. */
static void check_made(void)
{
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	begin();
	WALK(sys, KVM_CREATE_VM, NULL, undo_close);
	vm = must(sys, KVM_CREATE_VM, 0);
	WALK(vm, KVM_GET_STATS_FD, NULL, undo_close);
	close(vm);
	close(sys);
}

/* What a VM can be asked for once, of a new VM each time. */
static void walk_once(const char *what, unsigned long request, bool irqchip)
{
	unsigned int had = descriptors(), failures = 0;
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC), n;

	for (n = 1; n < MOST; n++) {
		int vm = must(sys, KVM_CREATE_VM, 0), left;
		long ret;

		if (irqchip)
			must(vm, KVM_CREATE_IRQCHIP, 0);
		fail_nth(n);
		ret = result(ioctl(vm, request, 0));
		left = fail_nth(0);
		if (ret > 0)
			close(ret);
		close(vm);
		if (left) {
			expect(ret >= 0, "%s: %s, without a failure", what, result_name(ret));
			break;
		}
		failures += ret < 0;
		expect(ret >= 0 || ret == -ENOMEM || ret == -EFAULT, "%s, failure %d: %s", what, n, result_name(ret));
	}
	close(sys);
	expect(n < MOST, "%s: it never works", what);
	expect(failures, "%s: nothing of it fails", what);
	expect(descriptors() == had, "%s: a descriptor is left", what);
	printf("# %s: %d points, %u of them are told\n", what, n - 1, failures);
}

static void check_vcpu(void)
{
	begin();
	walk_once("KVM_CREATE_VCPU", KVM_CREATE_VCPU, false);
	walk_once("KVM_CREATE_IRQCHIP", KVM_CREATE_IRQCHIP, false);
	walk_once("KVM_CREATE_VCPU with a local APIC", KVM_CREATE_VCPU, true);
}

static void undo_slot(void *arg, long ret)
{
	struct kvm_userspace_memory_region r = *(struct kvm_userspace_memory_region *)((struct call *)arg)->arg;

	r.memory_size = 0;
	must(v.vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static void undo_irqfd(void *arg, long ret)
{
	struct kvm_irqfd f = *(struct kvm_irqfd *)((struct call *)arg)->arg;

	f.flags = KVM_IRQFD_FLAG_DEASSIGN;
	must(v.vm, KVM_IRQFD, &f);
}

static void undo_ioeventfd(void *arg, long ret)
{
	struct kvm_ioeventfd f = *(struct kvm_ioeventfd *)((struct call *)arg)->arg;

	f.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
	must(v.vm, KVM_IOEVENTFD, &f);
}

static void undo_zone(void *arg, long ret)
{
	must(v.vm, KVM_UNREGISTER_COALESCED_MMIO, ((struct call *)arg)->arg);
}

/* What is added to a VM: memory with and without a log, routes, eventfds, zones, a filter of MSRs. */
static void check_vm(void)
{
	void *mem = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region r = {
		.slot = SLOT_TEST, .guest_phys_addr = 1ULL << 33, .memory_size = 1 << 20, .userspace_addr = (uintptr_t)mem,
	};
	struct {
		struct kvm_irq_routing h;
		struct kvm_irq_routing_entry e;
	} routes = { .h = { .nr = 1 }, .e = { .gsi = 30, .type = KVM_IRQ_ROUTING_MSI, .u.msi = { .address_lo = 0xfee00000, .data = 0x40 } } };
	struct kvm_irqfd irqfd = { .fd = eventfd(0, EFD_CLOEXEC), .gsi = 4 };
	struct kvm_ioeventfd ioeventfd = { .addr = 0xd0000000, .len = 4, .fd = irqfd.fd };
	struct kvm_coalesced_mmio_zone zone = { .addr = 0xd1000000, .size = 4096 };
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	static uint8_t bitmap[0x600 / 8];
	static struct kvm_msr_filter filter = { .ranges[0] = { .flags = KVM_MSR_FILTER_READ, .nmsrs = 0x600, .bitmap = bitmap } };
	struct vmm_config c = { .irqs = IRQS_KERNEL };

	vmm_open(&v, &c);
	begin();
	WALK(v.vm, KVM_SET_USER_MEMORY_REGION, &r, undo_slot);
	r.flags = KVM_MEM_LOG_DIRTY_PAGES;
	WALK(v.vm, KVM_SET_USER_MEMORY_REGION, &r, undo_slot);
	WALK(v.vm, KVM_SET_GSI_ROUTING, &routes, NULL);
	routes.h.nr = 0;
	must(v.vm, KVM_SET_GSI_ROUTING, &routes);
	WALK(v.vm, KVM_IRQFD, &irqfd, undo_irqfd);
	WALK(v.vm, KVM_IOEVENTFD, &ioeventfd, undo_ioeventfd);
	WALK(v.vm, KVM_REGISTER_COALESCED_MMIO, &zone, undo_zone);
	WALK(v.vm, KVM_GET_IRQCHIP, &chip, NULL);
	WALK(v.vm, KVM_SET_IRQCHIP, &chip, NULL);
	WALK(v.vm, KVM_X86_SET_MSR_FILTER, &filter, NULL);
	close(irqfd.fd);
	vmm_close(&v);
}

/* What a vCPU is given and gives: CPUID, MSRs, a local APIC's page, extended state, events. */
static void check_state(void)
{
	struct {
		struct kvm_msrs h;
		struct kvm_msr_entry e[2];
	} m = { .h = { .nmsrs = 2 }, .e = { { .index = 0xc0000080 }, { .index = 0x277 } } };
	struct vmm_config c = { .irqs = IRQS_KERNEL };
	struct kvm_cpuid2 *leaves;
	struct kvm_vcpu_events ev;
	struct kvm_lapic_state s;
	struct kvm_sregs sregs;
	struct kvm_xsave x;

	vmm_open(&v, &c);
	leaves = vmm_supported_cpuid(&v);
	begin();
	WALK(v.sys, KVM_GET_SUPPORTED_CPUID, leaves, NULL);
	WALK(v.cpu[0], KVM_SET_CPUID2, leaves, NULL);
	WALK(v.cpu[0], KVM_GET_CPUID2, leaves, NULL);
	WALK(v.cpu[0], KVM_GET_MSRS, &m, NULL);
	WALK(v.cpu[0], KVM_SET_MSRS, &m, NULL);
	WALK(v.cpu[0], KVM_GET_LAPIC, &s, NULL);
	WALK(v.cpu[0], KVM_SET_LAPIC, &s, NULL);
	WALK(v.cpu[0], KVM_GET_XSAVE, &x, NULL);
	WALK(v.cpu[0], KVM_SET_XSAVE, &x, NULL);
	WALK(v.cpu[0], KVM_GET_SREGS, &sregs, NULL);
	WALK(v.cpu[0], KVM_SET_SREGS, &sregs, NULL);
	WALK(v.cpu[0], KVM_GET_VCPU_EVENTS, &ev, NULL);
	WALK(v.cpu[0], KVM_SET_VCPU_EVENTS, &ev, NULL);
	free(leaves);
	vmm_close(&v);
}

/* A vCPU whose memory cannot be had says so, and runs on from there as soon as it can. */
static void check_run(void)
{
	unsigned int failures = 0;
	int n;

	begin();
	for (n = 1; n < MOST; n++) {
		long ret;
		int left;

		vmm_open(&v, NULL);
		vmm_start(&v, 0, 0, 0);
		fail_nth(n);
		ret = result(ioctl(v.cpu[0], KVM_RUN, 0));
		left = fail_nth(0);
		failures += ret < 0;
		expect(ret >= 0 || (!left && (ret == -ENOMEM || ret == -EFAULT)), "failure %d: %s", n, result_name(ret));
		if (ret < 0)
			expect(vmm_expect_event(&v, 0, PORT_DONE) == 0, "failure %d: it does not go on", n);
		vmm_close(&v);
		if (left)
			break;
	}
	expect(n < MOST, "it never runs");
	expect(failures, "nothing of it fails");
	printf("# KVM_RUN: %d points, %u of them are told\n", n - 1, failures);
}

static const struct check checks[] = {
	{ "made", check_made }, { "vcpu", check_vcpu }, { "vm", check_vm }, { "state", check_state }, { "run", check_run }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
