// SPDX-License-Identifier: GPL-2.0
/*
 * What the hypervisor writes into guest memory, client by client, and who sees it: the dirty log, a VMM that restores from it, and
 * userfaultfd, for pages that are missing and for pages that are write-protected.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"

enum {
	WHAT_CLOCK, WHAT_WALL, WHAT_PAIR, WHAT_STEAL, WHAT_EOI, WHAT_APF, WHAT_NOTHING, WHAT_VMRUN, WHAT_VMSAVE,
};

#define PAGE		4096UL
#define AREA		0x40000000UL	/* the page that is written */
#define LATE		0x40010000UL	/* pages that have to be fetched */
#define LATE_PAGES	64
#define ROUNDS		4
#define PORT_AT		PORT_TEST
#define VECTOR		0x51

#define MSR_WALL	0x4b564d00
#define MSR_TIME	0x4b564d01
#define MSR_APF		0x4b564d02
#define MSR_STEAL	0x4b564d03
#define MSR_EOI		0x4b564d04
#define MSR_APF_INT	0x4b564d06
#define MSR_APF_ACK	0x4b564d07
#define MSR_EFER	0xc0000080
#define MSR_HSAVE	0xc0010117
#define MSR_KERNEL_GS	0xc0000102
#define EFER_SVME	(1UL << 12)

#ifdef GUEST

#define APIC		((volatile uint32_t *)0xfee00000)
#define APIC_EOI	(0xb0 / 4)
#define APIC_SVR	(0xf0 / 4)
#define APIC_ICR	(0x300 / 4)
#define APIC_SELF	(1 << 18)

static volatile uint32_t *const record = (void *)AREA;
static volatile bool ends, ready;
static volatile uint64_t found;		/* what was written, and is taken back before the VMM can see it */

bool guest_trap(struct guest_frame *f)
{
	if (f->vector == 14 && record[0]) {
		found++;
		record[0] = 0;
		ready = false;
		asm volatile("sti" : : : "memory");
		while (!ready)
			asm volatile("pause");
		asm volatile("cli" : : : "memory");
		return true;
	}
	if (f->vector != VECTOR)
		return false;
	/* an end in memory is offered, and not taken: who writes there is the hypervisor alone */
	if (ends)
		found += record[0] & 1;
	APIC[APIC_EOI] = 0;
	if (!ends) {
		record[1] = 0;
		ready = true;
		guest_check(guest_wrmsr(MSR_APF_ACK, 1));
	}
	return true;
}

static void begin(uint64_t what)
{
	uint64_t efer;

	APIC[APIC_SVR] = 0x1ff;
	ends = what == WHAT_EOI;
	if (what == WHAT_EOI)
		guest_check(guest_wrmsr(MSR_EOI, AREA | 1));
	if (what == WHAT_APF) {
		guest_check(guest_wrmsr(MSR_APF_INT, VECTOR));
		guest_check(guest_wrmsr(MSR_APF, AREA | 0xb));
		asm volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	}
	if (what == WHAT_VMRUN || what == WHAT_VMSAVE) {
		guest_check(guest_rdmsr(MSR_EFER, &efer));
		guest_check(guest_wrmsr(MSR_EFER, efer | EFER_SVME));
		guest_check(guest_wrmsr(MSR_HSAVE, GUEST_FREE));
	}
}

static void once(uint64_t what, unsigned int i)
{
	int64_t ret;

	switch (what) {
	case WHAT_CLOCK:
		guest_check(guest_wrmsr(MSR_TIME, AREA | 1));
		break;
	case WHAT_WALL:
		guest_check(guest_wrmsr(MSR_WALL, AREA));
		break;
	case WHAT_PAIR:
		asm volatile("vmmcall" : "=a" (ret) : "a" (9), "b" (AREA), "c" (0) : "memory");
		/* a host whose TSCs do not go alike has none */
		guest_expect(ret ?: -95, -95);
		break;
	case WHAT_STEAL:
		guest_check(guest_wrmsr(MSR_STEAL, AREA | 1));
		break;
	case WHAT_EOI:
		APIC[APIC_ICR] = APIC_SELF | VECTOR;
		asm volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
		break;
	case WHAT_APF:
		asm volatile("sti" : : : "memory");
		*(volatile uint8_t *)(LATE + i * PAGE);
		asm volatile("cli" : : : "memory");
		break;
	case WHAT_VMRUN:
		/* a control block that is refused: its exit code is written */
		asm volatile("vmrun %%rax" : : "a" (AREA) : "memory");
		break;
	case WHAT_VMSAVE:
		guest_check(guest_wrmsr(MSR_KERNEL_GS, i + 1));
		asm volatile("vmsave %%rax" : : "a" (AREA) : "memory");
		break;
	}
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	unsigned int i;

	begin(what);
	for (i = 0;; i++) {
		guest_say(PORT_AT, found);
		once(what, i);
	}
}

#else

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#define VCPU_INFO	(AREA + 64)
#define RUNSTATE	(AREA + 256)
#define MSR_XEN		0x40000200

enum see { SEE_LOG, SEE_MISSING, SEE_PROTECTED };

struct at {
	struct vmm v;
	char *mem, *late;
	int uffd;
	char before[PAGE];	/* the page, when it was taken away */
	volatile unsigned int faults, early;
	volatile bool stop;
};

static void set_xen(struct at *a, unsigned int type, uint64_t gpa)
{
	struct kvm_xen_vcpu_attr attr = { .type = type, .u.gpa = gpa };

	must(a->v.cpu[0], KVM_XEN_VCPU_SET_ATTR, &attr);
}

static void open_xen(struct at *a)
{
	struct kvm_xen_hvm_config c = { .flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = MSR_XEN };
	struct kvm_xen_hvm_attr wide = { .type = KVM_XEN_ATTR_TYPE_LONG_MODE, .u.long_mode = 1 };
	struct kvm_xen_hvm_attr shared = { .type = KVM_XEN_ATTR_TYPE_SHARED_INFO, .u.shared_info.gfn = AREA / PAGE };

	must(a->v.vm, KVM_XEN_HVM_CONFIG, &c);
	must(a->v.vm, KVM_XEN_HVM_SET_ATTR, &wide);
	must(a->v.vm, KVM_XEN_HVM_SET_ATTR, &shared);
}

static void open_time(struct at *a)
{
	open_xen(a);
	set_xen(a, KVM_XEN_VCPU_ATTR_TYPE_VCPU_INFO, VCPU_INFO);
}

static void open_runstate(struct at *a)
{
	open_xen(a);
	set_xen(a, KVM_XEN_VCPU_ATTR_TYPE_RUNSTATE_ADDR, RUNSTATE);
}

static void mark_preempted(struct at *a, unsigned int i)
{
	a->mem[16] = 1;
}

static void set_clock(struct at *a, unsigned int i)
{
	struct kvm_clock_data d = { .clock = (i + 1) * 1000000000UL };

	must(a->v.vm, KVM_SET_CLOCK, &d);
}

static void send_event(struct at *a, unsigned int i)
{
	struct kvm_irq_routing_xen_evtchn e = { .port = 5 + i, .priority = KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL };

	must(a->v.vm, KVM_XEN_HVM_EVTCHN_SEND, &e);
}

/* Who writes, how it comes to that: by the VMM's first words, by what the VMM does before and after the page is taken away, by the guest. */
static const struct client {
	const char *name;
	uint64_t what;
	void (*open)(struct at *a);
	void (*before)(struct at *a, unsigned int i);
	void (*after)(struct at *a, unsigned int i);
	bool may_not;		/* there is nothing to write on some hosts */
	bool escapes;		/* the kernel's own: past those who look, or not where the page is not there */
} clients[] = {
	{ "kvmclock", WHAT_CLOCK },
	{ "wall clock", WHAT_WALL },
	{ "clock pairing", WHAT_PAIR, .may_not = true },
	{ "steal time", WHAT_STEAL, .before = mark_preempted },
	{ "PV EOI", WHAT_EOI, .escapes = true },
	{ "async page fault", WHAT_APF },
	{ "Xen's time", WHAT_NOTHING, .open = open_time, .after = set_clock },
	{ "Xen's runstate", WHAT_NOTHING, .open = open_runstate },
	{ "Xen's events", WHAT_NOTHING, .open = open_time, .after = send_event, .escapes = true },
	{ "VMRUN", WHAT_VMRUN, .escapes = true },
	{ "VMSAVE", WHAT_VMSAVE, .escapes = true },
};

static void protect(struct at *a, bool on)
{
	struct uffdio_writeprotect w = {
		.range = { (unsigned long)a->mem, PAGE }, .mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(a->uffd, UFFDIO_WRITEPROTECT, &w))
		die("UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

static void bring(struct at *a, unsigned long at)
{
	bool ours = at == (unsigned long)a->mem;
	struct uffdio_copy c = { .dst = at, .src = (unsigned long)a->before, .len = PAGE };

	if (ours)
		a->faults++;
	else
		usleep(3000);
	ioctl(a->uffd, UFFDIO_COPY, &c);
}

static void *serve(void *arg)
{
	struct at *a = arg;
	struct pollfd p = { .fd = a->uffd, .events = POLLIN };
	struct uffd_msg m;

	while (!a->stop) {
		if (poll(&p, 1, 10) != 1 || read(a->uffd, &m, sizeof(m)) != sizeof(m))
			continue;
		if (m.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			/* nobody has written by now */
			a->early += memcmp(a->mem, a->before, PAGE) != 0;
			a->faults++;
			protect(a, false);
		} else {
			bring(a, m.arg.pagefault.address & -PAGE);
		}
	}
	return NULL;
}

static void watch(struct at *a, char *mem, unsigned long len, uint64_t mode)
{
	struct uffdio_register r = { .range = { (unsigned long)mem, len }, .mode = mode };

	if (ioctl(a->uffd, UFFDIO_REGISTER, &r))
		die("UFFDIO_REGISTER: %s", strerror(errno));
}

static char *slot(struct at *a, unsigned int nr, uint64_t gpa, unsigned long len, uint32_t flags)
{
	char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(&a->v, nr, gpa, len, mem, flags))
		die("no slot");
	return mem;
}

static void begin(struct at *a, const struct client *c, enum see see)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };

	*a = (struct at){ .uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK) };
	if (a->uffd < 0 || ioctl(a->uffd, UFFDIO_API, &api))
		cannot("no userfaultfd");
	vmm_open(&a->v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	a->mem = slot(a, SLOT_TEST, AREA, PAGE, see == SEE_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0);
	a->late = slot(a, SLOT_TEST + 1, LATE, LATE_PAGES * PAGE, 0);
	a->mem[PAGE - 1] = 1;
	watch(a, a->late, LATE_PAGES * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	if (see != SEE_LOG)
		watch(a, a->mem, PAGE, see == SEE_MISSING ? UFFDIO_REGISTER_MODE_MISSING : UFFDIO_REGISTER_MODE_WP);
	if (c->open)
		c->open(a);
}

static bool is_dirty(struct at *a)
{
	uint64_t bits = 0;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };

	must(a->v.vm, KVM_GET_DIRTY_LOG, &l);
	return bits;
}

/* From here who writes is seen. */
static void take_away(struct at *a, enum see see)
{
	if (see == SEE_LOG)
		is_dirty(a);
	memcpy(a->before, a->mem, PAGE);
	a->faults = 0;
	if (see == SEE_PROTECTED)
		protect(a, true);
	if (see == SEE_MISSING && madvise(a->mem, PAGE, MADV_DONTNEED))
		die("MADV_DONTNEED: %s", strerror(errno));
}

/* @moved: the guest says that it was written. Return: it was. */
static bool seen(struct at *a, const struct client *c, enum see by, bool moved)
{
	/* asked first: reading it here would bring it */
	unsigned int faults = a->faults;
	bool dirty = by == SEE_LOG && is_dirty(a);

	moved |= memcmp(a->mem, a->before, PAGE) != 0;
	if (c->escapes && is_kernels_kvm())
		return true;
	if (by == SEE_LOG)
		expect(dirty || !moved, "%s: not in the dirty log", c->name);
	else
		expect(faults || !moved, "%s: userfaultfd has not heard of it", c->name);
	expect(!a->early, "%s: written before userfaultfd has let it", c->name);
	return moved;
}

static void check_client(const struct client *c, enum see see)
{
	uint64_t found = 0, now;
	unsigned int i, moved = 0;
	pthread_t thread;
	struct at a;

	begin(&a, c, see);
	pthread_create(&thread, NULL, serve, &a);
	vmm_start(&a.v, 0, c->what, 0);
	vmm_expect_event(&a.v, 0, PORT_AT);
	for (i = 0; i < ROUNDS; i++) {
		if (c->before)
			c->before(&a, i);
		take_away(&a, see);
		if (c->after)
			c->after(&a, i);
		now = vmm_expect_event(&a.v, 0, PORT_AT);
		moved += seen(&a, c, see, now != found);
		found = now;
	}
	expect(moved || c->may_not, "%s: nothing was written", c->name);
	a.stop = true;
	pthread_join(thread, NULL);
	vmm_close(&a.v);
	close(a.uffd);
}

static void each(enum see see)
{
	unsigned int i;

	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		check_client(&clients[i], see);
}

/* A VMM that copies what the log says has what the guest has. */
static void check_log(void)
{
	each(SEE_LOG);
}

static void check_missing(void)
{
	each(SEE_MISSING);
}

static void check_protected(void)
{
	each(SEE_PROTECTED);
}

static const struct check checks[] = {
	{ "log", check_log }, { "missing", check_missing }, { "protected", check_protected }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
