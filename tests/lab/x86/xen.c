// SPDX-License-Identifier: GPL-2.0
/*
 * Guests made for Xen: hypercalls that the VMM serves, and pages that it shares with them.
 */
#include "vmm.h"

#include "guest/pvclock.h"

enum { WHAT_CALL, WHAT_UPCALL, WHAT_TIME };

#define PAGE		4096UL
#define AREA		0x40000000UL	/* hypercalls; then shared_info, with vcpu_info 64 bytes into it */
#define SHARED_INFO	(AREA + PAGE)
#define INFO		(SHARED_INFO + 64)
#define TIME		(INFO + 32)
#define TIME2		(SHARED_INFO + 0xe00)
#define WALL		0xc00
#define MSR_XEN		0x40000200
#define NUMBER		17
#define RESULT		0xcafef00dfbfbffffUL
#define PORT_AT		PORT_TEST
#define VECTOR		0x41

#ifdef GUEST

static volatile unsigned int taken;

bool guest_trap(struct guest_frame *f)
{
	if (f->vector != VECTOR)
		return false;
	*(volatile uint8_t *)INFO = 0;
	taken++;
	return true;
}

static uint64_t call(void)
{
	uint64_t ret;

	guest_check(!guest_wrmsr(MSR_XEN, AREA + 8));
	guest_check(guest_wrmsr(MSR_XEN, AREA));
	asm volatile("mov $4, %%r10\n\tmov $5, %%r8\n\tmov $6, %%r9\n\tcall *%1"
		     : "=a" (ret) : "b" (AREA + NUMBER * 32), "D" (1UL), "S" (2UL), "d" (3UL)
		     : "memory", "rcx", "r8", "r9", "r10", "r11");
	return ret;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_CALL:
		return call();
	case WHAT_UPCALL:
		for (;;) {
			guest_say(PORT_AT, taken);
			guest_expect(taken, 0);
			asm volatile("sti\n\thlt\n\tcli" : : : "memory");
			guest_say(PORT_AT, taken);
			taken = 0;
		}
	default:
		guest_say(PORT_AT, pvclock_read((void *)TIME));
		guest_say(PORT_AT, pvclock_read((void *)TIME2));
		return 0;
	}
}

#else

static char *area(struct vmm *v, uint32_t flags)
{
	char *mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(v, SLOT_TEST, AREA, 2 * PAGE, mem, flags))
		die("no slot");
	return mem;
}

static int configure(struct vmm *v, uint32_t flags, uint32_t msr)
{
	struct kvm_xen_hvm_config c = { .flags = flags, .msr = msr };

	return result(ioctl(v->vm, KVM_XEN_HVM_CONFIG, &c));
}

static int set(struct vmm *v, unsigned int type, uint64_t val)
{
	struct kvm_xen_hvm_attr a = { .type = type };

	if (type == KVM_XEN_ATTR_TYPE_SHARED_INFO)
		a.u.shared_info.gfn = val;
	else
		a.u.vector = val;
	return result(ioctl(v->vm, KVM_XEN_HVM_SET_ATTR, &a));
}

static int set_cpu(struct vmm *v, unsigned int type, uint64_t gpa)
{
	struct kvm_xen_vcpu_attr a = { .type = type, .u.gpa = gpa };

	return result(ioctl(v->cpu[0], KVM_XEN_VCPU_SET_ATTR, &a));
}

static void open_xen(struct vmm *v)
{
	vmm_open(v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	if (!(vmm_cap(v, KVM_CAP_XEN_HVM) & KVM_XEN_HVM_CONFIG_SHARED_INFO))
		cannot("no KVM_CAP_XEN_HVM");
	expect(!configure(v, KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, MSR_XEN), "refused");
	expect(!set(v, KVM_XEN_ATTR_TYPE_LONG_MODE, 1), "refused");
}

/* The page that the guest asks for by its MSR has hypercalls, which are the VMM's with all they carry. */
static void check_call(void)
{
	struct kvm_run *run;
	unsigned int i;
	struct vmm v;

	open_xen(&v);
	area(&v, 0);
	expect(configure(&v, 1 << 12, MSR_XEN) == -EINVAL, "unknown flags");
	vmm_start(&v, 0, WHAT_CALL, 0);
	run = vmm_exit(&v, 0, KVM_EXIT_XEN);
	expect(run->xen.type == KVM_EXIT_XEN_HCALL && run->xen.u.hcall.longmode && !run->xen.u.hcall.cpl, "type %u",
	       run->xen.type);
	expect(run->xen.u.hcall.input == NUMBER, "hypercall %lu", (long)run->xen.u.hcall.input);
	for (i = 0; i < 6; i++)
		expect(run->xen.u.hcall.params[i] == i + 1, "parameter %u is %lu", i, (long)run->xen.u.hcall.params[i]);
	run->xen.u.hcall.result = RESULT;
	expect(vmm_expect_event(&v, 0, PORT_DONE) == RESULT, "another result");
	vmm_close(&v);
}

/* An event that the VMM says waits in vcpu_info wakes the guest by its vector, once, wherever the page is by then. */
static void check_upcall(void)
{
	struct vmm v;
	char *mem;
	int i;

	open_xen(&v);
	mem = area(&v, 0);
	expect(set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, 5) == -EINVAL, "an exception's vector");
	expect(!set(&v, KVM_XEN_ATTR_TYPE_UPCALL_VECTOR, VECTOR), "refused");
	expect(set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, SHARED_INFO + PAGE - 32) == -EINVAL, "over a page's end");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	vmm_start(&v, 0, WHAT_UPCALL, 0);
	for (i = 0; i < 5; i++) {
		vmm_expect_event(&v, 0, PORT_AT);
		if (i & 1 && madvise(mem, 2 * PAGE, MADV_DONTNEED))
			die("madvise: %s", strerror(errno));
		mem[PAGE + 64] = 1;
		expect(vmm_expect_event(&v, 0, PORT_AT) == 1, "not taken once");
		expect(!mem[PAGE + 64], "it still waits");
	}
	vmm_close(&v);
}

/* The time is in vcpu_info and where else the VMM says, and the wall clock in shared_info; the dirty log has them. */
static void check_time(void)
{
	uint64_t bits = 0, now;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };
	struct kvm_clock_data before, after;
	uint32_t *wall;
	struct vmm v;
	char *mem;

	open_xen(&v);
	mem = area(&v, KVM_MEM_LOG_DIRTY_PAGES);
	wall = (void *)(mem + PAGE + WALL);
	expect(!set(&v, KVM_XEN_ATTR_TYPE_SHARED_INFO, SHARED_INFO / PAGE), "refused");
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits == 2, "pages %#lx are dirty from the wall clock", (long)bits);
	must(v.vm, KVM_GET_CLOCK, &before);
	expect(labs((long)wall[1] - (long)((before.realtime - before.clock) / 1000000000)) <= 1, "%u is not when the clock was 0", wall[1]);
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, INFO), "refused");
	expect(!set_cpu(&v, KVM_XEN_VCPU_ATTR_TYPE_VCPU_TIME_INFO, TIME2), "refused");
	vmm_start(&v, 0, WHAT_TIME, 0);
	now = vmm_expect_event(&v, 0, PORT_AT);
	must(v.vm, KVM_GET_CLOCK, &after);
	expect(before.clock <= now && now <= after.clock, "%lu is not the time", (long)now);
	now = vmm_expect_event(&v, 0, PORT_AT);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(now >= after.clock, "%lu is not the time", (long)now);
	expect(bits == 2, "pages %#lx are dirty from the records", (long)bits);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "call", check_call },
	{ "upcall", check_upcall },
	{ "time", check_time },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
