// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of two VMMs that are no Debian packages, in their order: at start, for a CPU template, at a snapshot and
 * at its restore. What each asks for is known from its published sources (Firecracker 1.12, cloud-hypervisor 44);
 * nothing of them is in here. Then the guest says whether it got what it was promised.
 */
#define _GNU_SOURCE
#include "vmm.h"
#include "guest/its.h"

enum { WHAT_MICRO, WHAT_CLOUD, WHAT_SECOND };

#define PORT_COUNTER	(PORT_TEST + 0)	/* CNTPCT_EL0 at its first instructions */
#define PORT_FEATURE	(PORT_TEST + 1)	/* ID_AA64ISAR0_EL1 */
#define PORT_READY	(PORT_TEST + 2)	/* it waits for an interrupt */
#define PORT_TOOK	(PORT_TEST + 3)	/* and has taken this one */
#define PORT_STOLEN	(PORT_TEST + 4)	/* where its stolen time is */
#define PORT_SECOND	(PORT_TEST + 5)	/* of the second vCPU: its MPIDR_EL1 */
#define PORT_PAUSE	(PORT_TEST + 6)	/* the VMM may take its snapshot here */

#define FIRST_SPI	40
#define SECOND_SPI	41
#define DEVICE		8
#define PRIORITY	0xa0
#define KICK		0x0a000800	/* a doorbell of virtio's, for an ioeventfd */
#define DP		(0xfUL << 44)	/* a field of ID_AA64ISAR0_EL1 that a template takes away */
#define CYCLES		0x0badcafe

#ifdef GUEST

static uint64_t second_start[3];

/* The next interrupt, which then is done with. */
static uint64_t next(void)
{
	uint64_t intid;

	do {
		asm volatile("dsb sy");
		intid = read_reg(s3_0_c12_c12_0) & 0xffffff;
	} while (intid == 1023);
	write_reg(intid, s3_0_c12_c12_1);
	return intid;
}

static void second_on(void)
{
	second_start[0] = WHAT_SECOND;
	second_start[2] = GUEST_RAM + 0x200000;
	asm volatile("dsb sy" : : : "memory");
	guest_expect(guest_hvc(0xc4000003, 1, ((const uint64_t *)GUEST_RAM)[GUEST_HEAD_SECONDARY], (uintptr_t)second_start), 0);
}

static uint64_t micro(void)
{
	uint64_t before;

	guest_say(PORT_COUNTER, read_reg(cntpct_el0));
	guest_say(PORT_FEATURE, read_reg(id_aa64isar0_el1));
	guest_say(PORT_STOLEN, guest_hvc(0xc5000021, 0, 0, 0));
	gic_start();
	gic_enable(FIRST_SPI, PRIORITY, true);
	gic_enable(SECOND_SPI, PRIORITY, true);
	write32(KICK, 1);
	guest_say(PORT_READY, 0);
	guest_say(PORT_TOOK, next());
	write_reg(CYCLES, tpidr_el1);
	before = read_reg(cntvct_el0);
	guest_say(PORT_PAUSE, 0);
	/* from here in another VM */
	guest_expect(read_reg(tpidr_el1), CYCLES);
	guest_check(read_reg(cntvct_el0) > before);
	guest_say(PORT_TOOK, next());
	second_on();
	guest_say(PORT_READY, 1);
	return next();
}

static uint64_t cloud(void)
{
	unsigned int i;

	gic_start();
	second_on();
	lpis_on();
	its_on();
	for (i = 0; i < 4; i++)
		property(LPI + i, PRIORITY | 1);
	MAPD(DEVICE, 2, ITTS);
	MAPC(1, me());
	for (i = 0; i < 4; i++)
		MAPTI(DEVICE, i, LPI + i, 1);
	INVALL(1);
	SYNC(me());
	guest_say(PORT_READY, 0);
	guest_say(PORT_TOOK, next());
	guest_say(PORT_PAUSE, 0);
	/* from here in another VM */
	guest_say(PORT_TOOK, next());
	guest_say(PORT_READY, 1);
	return next();
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == WHAT_MICRO)
		return micro();
	if (what == WHAT_CLOUD)
		return cloud();
	gic_start();
	guest_say(PORT_SECOND, read_reg(mpidr_el1));
	return next();
}

#else

#define CPUS	2

/* What a snapshot has beside memory. */
struct snapshot {
	uint32_t mp[CPUS];
	struct kvm_reg_list *list[CPUS];
	uint8_t *val[CPUS];	/* 16 bytes for each */
	uint32_t dist[1024], redist[CPUS][64];
	uint64_t icc[CPUS][9], its[14];
};

static int must(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die("%s: %s", what, strerror(errno));
	return ret;
}
#define MUST(fd, request, arg) must(fd, request, (void *)(uintptr_t)(arg), #request)

static void set_attr(int fd, uint32_t group, uint64_t attr, const void *val)
{
	int ret = vmm_attr(fd, KVM_SET_DEVICE_ATTR, group, attr, (void *)val);

	if (ret)
		fail("KVM_SET_DEVICE_ATTR %u %#lx: %s", group, (long)attr, result_name(ret));
}

static void get_attr(int fd, uint32_t group, uint64_t attr, void *val)
{
	int ret = vmm_attr(fd, KVM_GET_DEVICE_ATTR, group, attr, val);

	if (ret)
		fail("KVM_GET_DEVICE_ATTR %u %#lx: %s", group, (long)attr, result_name(ret));
}

static void caps(struct vmm *v, const int *cap)
{
	expect_result(ioctl(v->sys, KVM_GET_API_VERSION, 0), 12);
	for (; *cap; cap++)
		expect(ioctl(v->sys, KVM_CHECK_EXTENSION, *cap) > 0, "capability %d is not there", *cap);
}

/* A VM of this type with its memory and two vCPUs, nothing of which is initialised. */
static void create(struct vmm *v, const int *cap, unsigned long type, uint64_t ram, uint32_t flags)
{
	unsigned int i;

	*v = (struct vmm){ .gic = -1, .cpus = CPUS, .ram_size = ram };
	v->sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (v->sys < 0)
		die("/dev/kvm: %s", strerror(errno));
	caps(v, cap);
	v->run_size = MUST(v->sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	v->vm = MUST(v->sys, KVM_CREATE_VM, type);
	v->ram = mmap(NULL, ram, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (v->ram == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	expect_result(vmm_slot(v, 0, GUEST_RAM, ram, v->ram, flags), 0);
	for (i = 0; i < CPUS; i++) {
		v->cpu[i] = MUST(v->vm, KVM_CREATE_VCPU, i);
		v->run[i] = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->cpu[i], 0);
		if (v->run[i] == MAP_FAILED)
			die("mmap of kvm_run: %s", strerror(errno));
	}
}

static int device(struct vmm *v, uint32_t type)
{
	struct kvm_create_device d = { .type = type };

	MUST(v->vm, KVM_CREATE_DEVICE, &d);
	return d.fd;
}

static void gic_create(struct vmm *v)
{
	v->gic = device(v, KVM_DEV_TYPE_ARM_VGIC_V3);
	set_attr(v->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &(uint64_t){ GUEST_DIST });
	set_attr(v->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &(uint64_t){ GUEST_REDIST });
}

static void gic_finish(struct vmm *v, uint32_t irqs)
{
	set_attr(v->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs);
	set_attr(v->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

/* Each starts at its first instruction with X0 alone, as a kernel with a device tree would; a stack is ours. */
static void boot_regs(struct vmm *v, uint64_t what)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		vmm_set_reg(v, i, VMM_CORE(regs.pstate), 0x3c5);
	vmm_set_reg(v, 0, VMM_CORE(regs.pc), GUEST_RAM);
	vmm_set_reg(v, 0, VMM_X(0), what);
	vmm_set_reg(v, 0, VMM_X(2), GUEST_RAM + 0x400000);
}

static void load_image(struct vmm *v)
{
	extern const uint64_t guest_image[];
	extern const char guest_image_end[];

	memcpy(v->ram, guest_image, guest_image_end - (const char *)guest_image);
}

static uint64_t event(struct vmm *v, unsigned int cpu, unsigned int want)
{
	uint64_t val = 0;
	unsigned int port = vmm_event(v, cpu, &val);

	expect(port == want, "port %u, not %u (%#lx)", port, want, (long)val);
	return val;
}

/* What a vCPU was at when it was stopped is finished, and no more: the documented way before its state is read. */
static void pause_cpu(struct vmm *v, unsigned int cpu)
{
	v->run[cpu]->immediate_exit = 1;
	expect_result(ioctl(v->cpu[cpu], KVM_RUN, 0), -EINTR);
	v->run[cpu]->immediate_exit = 0;
}

/* The distributor's registers from SPI 32 on, in the order in which both write them. */
static unsigned int dist_offsets(uint32_t irqs, uint32_t *at)
{
	static const struct {
		uint32_t offset, bits;
	} regs[] = {
		{ 0x180, 1 }, { 0x100, 1 }, { 0x80, 1 }, { 0x6000, 64 }, { 0xc00, 2 }, { 0x280, 1 }, { 0x200, 1 }, { 0x380, 1 },
		{ 0x300, 1 }, { 0x400, 8 },
	};
	uint32_t o, n = 0;
	unsigned int i;

	at[n++] = 0;
	at[n++] = 0x10;
	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		for (o = 32 * regs[i].bits / 8; o < irqs * regs[i].bits / 8; o += 4)
			at[n++] = regs[i].offset + o;
	return n;
}

static const uint32_t redist_at[] = {
	0x10, 0x14, 0x70, 0x74, 0x78, 0x7c, 0x0, 0x10080, 0x10180, 0x10100, 0x10c00, 0x10c04, 0x10280, 0x10200, 0x10380,
	0x10300, 0x10400, 0x10404, 0x10408, 0x1040c, 0x10410, 0x10414, 0x10418, 0x1041c,
};
#define REDISTS	(sizeof(redist_at) / sizeof(redist_at[0]))

#define ICC(op1, crn, crm, op2)	(3 << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
static const uint32_t icc_at[] = {
	ICC(0, 12, 12, 5), ICC(0, 12, 12, 4), ICC(0, 12, 12, 6), ICC(0, 12, 12, 7), ICC(0, 4, 6, 0), ICC(0, 12, 8, 3),
	ICC(0, 12, 12, 3), ICC(0, 12, 8, 4), ICC(0, 12, 9, 0),
};
static const uint32_t its_at[] = {
	0x4, 0x80, 0x90, 0x88, 0x100, 0x108, 0x110, 0x118, 0x120, 0x128, 0x130, 0x138,
};
#define ITSS	(sizeof(its_at) / sizeof(its_at[0]))

/* How the attributes of a vCPU's registers carry its affinity. */
static uint64_t affinity(struct vmm *v, unsigned int cpu)
{
	uint64_t m = vmm_reg(v, cpu, VMM_SYS(3, 0, 0, 0, 5));

	return ((m & 0xffffff) | (m >> 8 & 0xff000000)) << 32;
}

static void gic_state(struct vmm *v, struct snapshot *s, uint32_t irqs, bool set)
{
	void (*move)(int, uint32_t, uint64_t, void *) = set ? (void (*)(int, uint32_t, uint64_t, void *))set_attr : get_attr;
	uint32_t at[1024];
	unsigned int i, c, n = dist_offsets(irqs, at);

	for (i = 0; i < n; i++)
		move(v->gic, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, at[i], &s->dist[i]);
	for (c = 0; c < CPUS; c++)
		for (i = 0; i < REDISTS; i++)
			move(v->gic, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, affinity(v, c) | redist_at[i], &s->redist[c][i]);
	for (c = 0; c < CPUS; c++)
		for (i = 0; i < 9; i++)
			move(v->gic, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, affinity(v, c) | icc_at[i], &s->icc[c][i]);
}

/* All registers of the list, and whether the vCPU is on. */
static void cpu_save(struct vmm *v, struct snapshot *s, unsigned int cpu)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + 500 * sizeof(uint64_t));
	struct kvm_mp_state mp;
	unsigned int i;

	MUST(v->cpu[cpu], KVM_GET_MP_STATE, &mp);
	s->mp[cpu] = mp.mp_state;
	list->n = 500;
	if (ioctl(v->cpu[cpu], KVM_GET_REG_LIST, list)) {
		expect(errno == E2BIG, "KVM_GET_REG_LIST: %s", strerror(errno));
		list = realloc(list, sizeof(*list) + list->n * sizeof(uint64_t));
		MUST(v->cpu[cpu], KVM_GET_REG_LIST, list);
	}
	s->list[cpu] = list;
	s->val[cpu] = calloc(list->n, 16);
	for (i = 0; i < list->n; i++)
		expect_result(vmm_get(v, cpu, list->reg[i], s->val[cpu] + 16 * i), 0);
}

static void cpu_restore(struct vmm *v, struct snapshot *s, unsigned int cpu)
{
	struct kvm_mp_state mp = { .mp_state = s->mp[cpu] };
	unsigned int i;
	int ret;

	for (i = 0; i < s->list[cpu]->n; i++) {
		ret = vmm_set(v, cpu, s->list[cpu]->reg[i], s->val[cpu] + 16 * i);
		if (ret)
			fail("vCPU %u: register %#llx: %s", cpu, s->list[cpu]->reg[i], result_name(ret));
	}
	MUST(v->cpu[cpu], KVM_SET_MP_STATE, &mp);
}

static int irqfd(struct vmm *v, uint32_t gsi)
{
	struct kvm_irqfd fd = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .gsi = gsi };

	MUST(v->vm, KVM_IRQFD, &fd);
	return fd.fd;
}

/* --- Firecracker: no ITS, vCPUs by feature bits, GIC before KVM_ARM_VCPU_INIT, whole list of registers --- */

static const int micro_caps[] = {
	KVM_CAP_IOEVENTFD, KVM_CAP_IRQFD, KVM_CAP_USER_MEMORY, KVM_CAP_ARM_PSCI_0_2, KVM_CAP_DEVICE_CTRL, KVM_CAP_MP_STATE,
	KVM_CAP_ONE_REG, KVM_CAP_NR_MEMSLOTS, 0
};

#define MICRO_IRQS	128
#define MICRO_RAM	0x800000
#define STEAL_IPA	(GUEST_RAM + 0x700000)

static void micro_open(struct vmm *v)
{
	create(v, micro_caps, 0, MICRO_RAM, KVM_MEM_LOG_DIRTY_PAGES);
	gic_create(v);
	gic_finish(v, MICRO_IRQS);
}

static void micro_init_cpus(struct vmm *v)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++) {
		struct kvm_device_attr a = { .group = KVM_ARM_VCPU_PVTIME_CTRL, .attr = KVM_ARM_VCPU_PVTIME_IPA };
		uint64_t ipa = STEAL_IPA + 64 * i;

		vmm_init_cpu(v, i, i ? 1 << KVM_ARM_VCPU_POWER_OFF : 0);
		expect_result(ioctl(v->cpu[i], KVM_HAS_DEVICE_ATTR, &a), 0);
		set_attr(v->cpu[i], a.group, a.attr, &ipa);
	}
}

/* Devices: a line for each by irqfd and its routing, and a doorbell whose value says which queue. */
static void micro_devices(struct vmm *v, int *line, int *bell)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} r = { .head.nr = 2 };
	struct kvm_ioeventfd io = { .addr = KICK, .len = 4, .flags = KVM_IOEVENTFD_FLAG_DATAMATCH, .datamatch = 1 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		/* a GSI is an SPI's number from 0 */
		r.e[i] = (struct kvm_irq_routing_entry){ .gsi = FIRST_SPI - 32 + i, .type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip.pin = FIRST_SPI - 32 + i };
		line[i] = irqfd(v, r.e[i].gsi);
	}
	MUST(v->vm, KVM_SET_GSI_ROUTING, &r);
	io.fd = *bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	MUST(v->vm, KVM_IOEVENTFD, &io);
}

/* Its guest to where it pauses, by interrupts and doorbells. */
static void micro_life(struct vmm *v, int line, int bell, uint64_t isar0)
{
	uint64_t before, n = 0;

	before = event(v, 0, PORT_COUNTER);
	expect(before < 62500000, "the guest's counter starts at %lu: not from zero", (long)before);
	n = event(v, 0, PORT_FEATURE);
	expect(n == isar0, "ID_AA64ISAR0_EL1 is %#lx, not %#lx", (long)n, (long)isar0);
	n = event(v, 0, PORT_STOLEN);
	expect(n == STEAL_IPA, "stolen time is at %#lx", (long)n);
	event(v, 0, PORT_READY);
	expect(!eventfd_read(bell, &n) && n == 1, "the doorbell rang %lu times", (long)n);
	eventfd_write(line, 1);
	n = event(v, 0, PORT_TOOK);
	expect(n == FIRST_SPI, "interrupt %lu", (long)n);
	event(v, 0, PORT_PAUSE);
}

static void micro_start(struct vmm *v, int *line, int *bell, uint64_t isar0)
{
	micro_open(v);
	micro_devices(v, line, bell);
	micro_init_cpus(v);
	if (isar0)
		vmm_set_reg(v, 0, VMM_SYS(3, 0, 0, 6, 0), isar0);
	else
		isar0 = vmm_reg(v, 0, VMM_SYS(3, 0, 0, 6, 0));
	load_image(v);
	boot_regs(v, WHAT_MICRO);
	if (ioctl(v->vm, KVM_CHECK_EXTENSION, KVM_CAP_COUNTER_OFFSET) > 0)
		vmm_set_reg(v, 0, KVM_REG_ARM_PTIMER_CNT, 0);
	micro_life(v, line[0], *bell, isar0);
}

static void check_micro_start(void)
{
	int line[2], bell;
	struct vmm v;

	micro_start(&v, line, &bell, 0);
	vmm_close(&v);
}

/* A template lowers a feature before the first run: each vCPU has it so, and the guest sees it. */
static void check_micro_template(void)
{
	uint64_t had, now;
	int line[2], bell;
	struct vmm v;

	vmm_open(&v, NULL);
	had = vmm_reg(&v, 0, VMM_SYS(3, 0, 0, 6, 0));
	vmm_close(&v);
	if (!(had & DP))
		cannot("no feature to take away");
	micro_start(&v, line, &bell, had & ~DP);
	now = vmm_reg(&v, 1, VMM_SYS(3, 0, 0, 6, 0));
	expect(now == (had & ~DP), "the other vCPU has %#lx", (long)now);
	vmm_close(&v);
}

/* The pages that changed since the log was asked last. */
static unsigned int dirty_pages(struct vmm *v, unsigned long *bits)
{
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = bits };
	unsigned int i, n = 0;

	MUST(v->vm, KVM_GET_DIRTY_LOG, &log);
	for (i = 0; i < MICRO_RAM / 4096 / 64; i++)
		n += __builtin_popcountl(bits[i]);
	return n;
}

/* A snapshot of a paused VM, an interrupt pending in it, becomes another VM, which goes on. */
static void check_micro_snapshot(void)
{
	static struct snapshot s;
	unsigned long bits[MICRO_RAM / 4096 / 64];
	int line[2], bell, line2[2], bell2;
	struct vmm v, w;
	uint64_t n;
	unsigned int i;

	micro_start(&v, line, &bell, 0);
	pause_cpu(&v, 0);
	eventfd_write(line[1], 1);
	for (i = 0; i < CPUS; i++)
		cpu_save(&v, &s, i);
	expect(s.mp[0] == KVM_MP_STATE_RUNNABLE && s.mp[1] == KVM_MP_STATE_STOPPED, "states %u and %u", s.mp[0], s.mp[1]);
	set_attr(v.gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL);
	gic_state(&v, &s, MICRO_IRQS, false);
	expect(dirty_pages(&v, bits) > 0, "the guest has written nothing");

	create(&w, micro_caps, 0, MICRO_RAM, 0);
	memcpy(w.ram, v.ram, MICRO_RAM);
	vmm_close(&v);
	gic_create(&w);
	gic_finish(&w, MICRO_IRQS);
	micro_devices(&w, line2, &bell2);
	micro_init_cpus(&w);
	for (i = 0; i < CPUS; i++)
		cpu_restore(&w, &s, i);
	gic_state(&w, &s, MICRO_IRQS, true);

	n = event(&w, 0, PORT_TOOK);
	expect(n == SECOND_SPI, "interrupt %lu", (long)n);
	event(&w, 0, PORT_READY);
	n = event(&w, 1, PORT_SECOND);
	expect((n & 0xffffff) == 1, "the second vCPU is %#lx", (long)n);
	eventfd_write(line2[0], 1);
	n = event(&w, 0, PORT_DONE);
	expect(n == FIRST_SPI, "interrupt %lu", (long)n);
	vmm_close(&w);
}

/* --- cloud-hypervisor: a typed VM, an ITS set up before its GIC, PMU, messages by irqfd, registers by kind --- */

static const int cloud_caps[] = {
	KVM_CAP_IMMEDIATE_EXIT, KVM_CAP_IOEVENTFD, KVM_CAP_IRQFD, KVM_CAP_IRQ_ROUTING, KVM_CAP_MP_STATE, KVM_CAP_ONE_REG,
	KVM_CAP_USER_MEMORY, KVM_CAP_SIGNAL_MSI, KVM_CAP_ARM_VM_IPA_SIZE, KVM_CAP_SET_GUEST_DEBUG, 0
};

#define CLOUD_IRQS	256

struct cloud {
	struct vmm v;
	int its, msi[4];
};

static void cloud_routes(struct cloud *c)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[4];
	} r = { .head.nr = 4 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		r.e[i] = (struct kvm_irq_routing_entry){ .gsi = i, .type = KVM_IRQ_ROUTING_MSI, .flags = KVM_MSI_VALID_DEVID };
		r.e[i].u.msi.address_lo = DOORBELL;
		r.e[i].u.msi.data = i;
		r.e[i].u.msi.devid = DEVICE;
		c->msi[i] = irqfd(&c->v, i);
	}
	MUST(c->v.vm, KVM_SET_GSI_ROUTING, &r);
}

static void cloud_open(struct cloud *c)
{
	struct vmm *v = &c->v;
	uint32_t features = 0;
	unsigned int i;
	int bits, pmu;

	*c = (struct cloud){ .its = -1 };
	bits = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	pmu = ioctl(bits, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PMU_V3);
	i = ioctl(bits, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	close(bits);
	create(v, cloud_caps, i, RAM_SIZE, 0);
	if (pmu > 0)
		features |= 1 << KVM_ARM_VCPU_PMU_V3;
	features |= vmm_pauth();
	for (i = 0; i < CPUS; i++)
		vmm_init_cpu(v, i, features | (i ? 1 << KVM_ARM_VCPU_POWER_OFF : 0));
	gic_create(v);
	c->its = device(v, KVM_DEV_TYPE_ARM_VGIC_ITS);
	set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &(uint64_t){ ITS_FRAME });
	set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	gic_finish(v, CLOUD_IRQS);
	for (i = 0; pmu > 0 && i < CPUS; i++) {
		set_attr(v->cpu[i], KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ, &(int){ 23 });
		set_attr(v->cpu[i], KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT, NULL);
	}
	cloud_routes(c);
}

static void cloud_close(struct cloud *c)
{
	close(c->its);
	vmm_close(&c->v);
}

static void cloud_life(struct cloud *c)
{
	uint64_t n;

	load_image(&c->v);
	boot_regs(&c->v, WHAT_CLOUD);
	event(&c->v, 0, PORT_READY);
	n = event(&c->v, 1, PORT_SECOND);
	expect((n & 0xffffff) == 1, "the second vCPU is %#lx", (long)n);
	eventfd_write(c->msi[1], 1);
	n = event(&c->v, 0, PORT_TOOK);
	expect(n == LPI + 1, "interrupt %lu", (long)n);
	event(&c->v, 0, PORT_PAUSE);
}

static void check_cloud_start(void)
{
	struct cloud c;

	cloud_open(&c);
	cloud_life(&c);
	cloud_close(&c);
}

static void cloud_save(struct cloud *c, struct snapshot *s)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		cpu_save(&c->v, s, i);
	set_attr(c->v.gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL);
	set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES, NULL);
	gic_state(&c->v, s, CLOUD_IRQS, false);
	for (i = 0; i < ITSS; i++)
		get_attr(c->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, its_at[i], &s->its[i]);
	get_attr(c->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0, &s->its[ITSS]);
}

static void cloud_restore(struct cloud *c, struct snapshot *s)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		cpu_restore(&c->v, s, i);
	gic_state(&c->v, s, CLOUD_IRQS, true);
	for (i = 0; i < ITSS; i++)
		set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, its_at[i], &s->its[i]);
	set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, NULL);
	set_attr(c->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0, &s->its[ITSS]);
}

/* Both vCPUs on, a message pending that nobody has taken: another VM takes it, and the next. */
static void check_cloud_snapshot(void)
{
	static struct snapshot s;
	struct cloud c, d;
	uint64_t n;

	cloud_open(&c);
	cloud_life(&c);
	pause_cpu(&c.v, 0);
	pause_cpu(&c.v, 1);
	eventfd_write(c.msi[2], 1);
	cloud_save(&c, &s);
	expect(s.mp[0] == KVM_MP_STATE_RUNNABLE && s.mp[1] == KVM_MP_STATE_RUNNABLE, "states %u and %u", s.mp[0], s.mp[1]);

	cloud_open(&d);
	memcpy(d.v.ram, c.v.ram, RAM_SIZE);
	cloud_close(&c);
	cloud_restore(&d, &s);
	n = event(&d.v, 0, PORT_TOOK);
	expect(n == LPI + 2, "interrupt %lu", (long)n);
	event(&d.v, 0, PORT_READY);
	eventfd_write(d.msi[3], 1);
	n = event(&d.v, 0, PORT_DONE);
	expect(n == LPI + 3, "interrupt %lu", (long)n);
	cloud_close(&d);
}

int main(int argc, char **argv)
{
	static const struct check checks[] = {
		{ "micro-start", check_micro_start },
		{ "micro-template", check_micro_template },
		{ "micro-snapshot", check_micro_snapshot },
		{ "cloud-start", check_cloud_start },
		{ "cloud-snapshot", check_cloud_snapshot },
		{ 0 },
	};

	return vmm_main(argc, argv, checks);
}

#endif
