// SPDX-License-Identifier: GPL-2.0
/*
 * What the hypervisor writes into guest memory, client by client, and who sees it: the dirty log, a VMM that restores from it,
 * userfaultfd, for pages that are missing and for pages that are write-protected, and who looks where the page has migrated to.
 */
#ifndef GUEST
#define _GNU_SOURCE
#endif
#include "vmm.h"

enum {
	WHAT_CLOCK, WHAT_WALL, WHAT_PAIR, WHAT_STEAL, WHAT_EOI, WHAT_APF, WHAT_NOTHING, WHAT_VMRUN, WHAT_VMSAVE, WHAT_SUM,
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

static uint64_t sum(const volatile uint64_t *word)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < PAGE / 8; i++)
		sum = sum * 31 + word[i];
	return sum;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	unsigned int i;

	if (what == WHAT_SUM)
		return sum((void *)AREA);
	begin(what);
	for (i = 0;; i++) {
		guest_say(PORT_AT, found);
		once(what, i);
	}
}

#else

#include "seen.h"

#define VCPU_INFO	(AREA + 64)
#define RUNSTATE	(AREA + 256)
#define MSR_XEN		0x40000200

struct at {
	struct vmm v;
	struct seen seen;
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
	a->seen.mem[16] = 1;
	/* a VMM knows what it writes itself */
	a->seen.copy[16] = 1;
}

/* A VMM may write there, too: else the same exit code leaves no trace the second time. */
static void clear_exit(struct at *a, unsigned int i)
{
	memset(a->seen.mem + 0x70, 0, 8);
	memset(a->seen.copy + 0x70, 0, 8);
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
	{ "VMRUN", WHAT_VMRUN, .before = clear_exit, .escapes = true },
	{ "VMSAVE", WHAT_VMSAVE, .escapes = true },
};

static char *slot(struct at *a, unsigned int nr, uint64_t gpa, unsigned long len, uint32_t flags)
{
	char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || vmm_slot(&a->v, nr, gpa, len, mem, flags))
		die("no slot");
	return mem;
}

static void begin(struct at *a, const struct client *c, enum see see)
{
	struct seen *s = &a->seen;

	memset(a, 0, sizeof(*a));
	vmm_open(&a->v, &(struct vmm_config){ .irqs = IRQS_KERNEL });
	*s = (struct seen){ .vm = a->v.vm, .slot = SLOT_TEST, .slot_pages = 1, .late_size = LATE_PAGES * PAGE };
	s->mem = slot(a, SLOT_TEST, AREA, PAGE, see == SEE_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0);
	s->late = slot(a, SLOT_TEST + 1, LATE, LATE_PAGES * PAGE, 0);
	s->mem[PAGE - 1] = 1;
	seen_begin(s, see);
	if (c->open)
		c->open(a);
}

/* A guest that is given the copy finds in it what the first one's memory had at its end. */
static void check_restored(struct at *a, const struct client *c)
{
	unsigned long sum = seen_sum(a->seen.mem);
	struct vmm v;

	vmm_open(&v, NULL);
	if (vmm_slot(&v, SLOT_TEST, AREA, PAGE, a->seen.copy, 0))
		die("no slot");
	expect(vmm_go(&v, 0, WHAT_SUM, 0) == sum, "%s: a guest restored from the log has other memory", c->name);
	vmm_close(&v);
}

static void check_client(const struct client *c, enum see see)
{
	bool escapes = c->escapes && is_kernels_kvm();
	uint64_t found = 0, now;
	unsigned int i, written = 0;
	static struct at a;

	begin(&a, c, see);
	vmm_start(&a.v, 0, c->what, 0);
	vmm_expect_event(&a.v, 0, PORT_AT);
	for (i = 0; i < ROUNDS; i++) {
		if (c->before)
			c->before(&a, i);
		seen_take_away(&a.seen);
		if (c->after)
			c->after(&a, i);
		now = vmm_expect_event(&a.v, 0, PORT_AT);
		written += seen_look(&a.seen, c->name, now != found, escapes);
		found = now;
	}
	/* each time, or a page that migrated has lost what was written */
	expect(written >= (see == SEE_MOVED ? ROUNDS : 1) || c->may_not, "%s: written %u times", c->name, written);
	seen_end(&a.seen, c->name, escapes);
	if (see == SEE_LOG && !escapes)
		check_restored(&a, c);
	vmm_close(&a.v);
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

static void check_migrated(void)
{
	each(SEE_MOVED);
}

static const struct check checks[] = {
	{ "log", check_log }, { "missing", check_missing }, { "protected", check_protected },
	{ "migrated", check_migrated }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
