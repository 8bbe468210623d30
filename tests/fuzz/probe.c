// SPDX-License-Identifier: GPL-2.0
/*
 * A VM that one thread alone has: what fails there must have changed nothing, and its
 * guest, between one wrong call and the next, must compute and answer as ever.
 */
#include "fuzz.h"

#define PROBE_AT	0x80000000UL
#define PROBE_SIZE	(4 * PAGE)
#define DATA_OFFSET	0x800

struct probe {
	int vm, cpu, gic;
	char *ram;
	struct kvm_run *run;
};

/* x1 = the word at x0; the word at x0 + 8 becomes x1 + 1; and so it is told to the VMM. */
static const uint32_t code[] = {
	0xf9400001,	/* ldr x1, [x0] */
	0x91000421,	/* add x1, x1, #1 */
	0xf9000401,	/* str x1, [x0, #8] */
	0xd2a14002,	/* mov x2, #0x0a000000 */
	0xf9000041,	/* str x1, [x2] */
	0x14000000,	/* b . */
};

static int must(struct thread *t, enum call c, int fd, unsigned long request, const void *arg)
{
	int ret = call_ioctl(t, c, fd, request, (unsigned long)arg);

	if (ret < 0 && !options.inject)
		broken(t, "probe: %s: %s", call_names[c], strerror(-ret));
	return ret;
}

static int set_reg(struct thread *t, struct probe *p, uint64_t reg, uint64_t value)
{
	struct kvm_one_reg r = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | reg, .addr = (uintptr_t)&value,
	};

	return must(t, CALL_SET_ONE_REG, p->cpu, KVM_SET_ONE_REG, &r);
}

static int set_gic(struct thread *t, struct probe *p, uint32_t group, uint64_t attr, uint64_t value)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)&value };

	return must(t, CALL_DEVICE_SET_ATTR, p->gic, KVM_SET_DEVICE_ATTR, &a);
}

static bool make(struct thread *t, struct probe *p)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { 1 << KVM_ARM_VCPU_PSCI_0_2 } };
	struct kvm_userspace_memory_region r = {
		.slot = 3, .guest_phys_addr = PROBE_AT, .memory_size = PROBE_SIZE,
		.userspace_addr = (uintptr_t)p->ram, .flags = KVM_MEM_LOG_DIRTY_PAGES,
	};
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .fd = -1 };

	p->vm = must(t, CALL_CREATE_VM, kvm, KVM_CREATE_VM, NULL);
	if (p->vm < 0)
		return false;
	if (must(t, CALL_SET_USER_MEMORY_REGION, p->vm, KVM_SET_USER_MEMORY_REGION, &r) < 0)
		return false;
	p->cpu = must(t, CALL_CREATE_VCPU, p->vm, KVM_CREATE_VCPU, NULL);
	if (p->cpu < 0 || must(t, CALL_ARM_VCPU_INIT, p->cpu, KVM_ARM_VCPU_INIT, &init) < 0)
		return false;
	p->run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, p->cpu, 0);
	if (p->run == MAP_FAILED)
		return false;
	if (must(t, CALL_CREATE_DEVICE, p->vm, KVM_CREATE_DEVICE, &gic) < 0)
		return false;
	p->gic = gic.fd;
	return set_gic(t, p, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GICD_AT) >= 0 &&
	       set_gic(t, p, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GICR_AT) >= 0 &&
	       set_gic(t, p, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 64) >= 0 &&
	       set_gic(t, p, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0) >= 0;
}

void probe_close(struct thread *t)
{
	struct probe *p = t->probe;

	if (!p)
		return;
	t->probe = NULL;
	if (p->run != MAP_FAILED)
		munmap(p->run, PAGE);
	if (p->gic >= 0)
		close(p->gic);
	if (p->cpu >= 0)
		close(p->cpu);
	if (p->vm >= 0)
		close(p->vm);
	munmap(p->ram, PROBE_SIZE);
	free(p);
}

void probe_open(struct thread *t)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	*p = (struct probe) { .vm = -1, .cpu = -1, .gic = -1, .run = MAP_FAILED };
	p->ram = mmap(NULL, PROBE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p->ram == MAP_FAILED) {
		free(p);
		return;
	}
	memcpy(p->ram, code, sizeof(code));
	t->probe = p;
	if (!make(t, p))
		probe_close(t);
}

/* The guest runs as it ever did: the slot, the vCPU and its registers are what they were. */
static void check_guest(struct thread *t, struct probe *p, uint64_t value)
{
	volatile uint64_t *data = (volatile uint64_t *)(p->ram + DATA_OFFSET);
	uint64_t limit = now_ms() + 2000 * options.slow, told;
	int ret;

	if (set_reg(t, p, KVM_REG_ARM_CORE_REG(regs.pc), PROBE_AT) < 0 ||
	    set_reg(t, p, KVM_REG_ARM_CORE_REG(regs.regs[0]), PROBE_AT + DATA_OFFSET) < 0)
		return;
	data[0] = value;
	data[1] = 0;
	do {
		p->run->immediate_exit = 0;
		t->state->running_since = now_ms();
		ret = call_ioctl(t, CALL_RUN, p->cpu, KVM_RUN, 0);
		t->state->running_since = 0;
	} while (ret == -EINTR && now_ms() < limit);
	if (options.inject && ret < 0)
		return;
	if (ret < 0 || p->run->exit_reason != KVM_EXIT_MMIO) {
		broken(t, "probe: the guest does not run: %s, exit %u", strerror(-ret), p->run->exit_reason);
		return;
	}
	memcpy(&told, p->run->mmio.data, sizeof(told));
	/* the store is done, and the next one begun, by who runs the vCPU again */
	p->run->immediate_exit = 1;
	call_ioctl(t, CALL_RUN, p->cpu, KVM_RUN, 0);
	if (p->run->mmio.phys_addr != MMIO_AT || told != value + 1 || data[1] != value + 1)
		broken(t, "probe: the guest computes %#llx, stores %#llx, of %#llx, at %#llx", (unsigned long long)told,
		       (unsigned long long)data[1], (unsigned long long)value, (unsigned long long)p->run->mmio.phys_addr);
	shared->guests_checked++;
}

/* Whatever slot is asked for, wrongly, slot 3 stays. */
static void wrong_region(struct thread *t, struct probe *p)
{
	struct kvm_userspace_memory_region *r = (void *)t->buf;

	*r = (struct kvm_userspace_memory_region) {
		.slot = 3, .guest_phys_addr = PROBE_AT, .memory_size = PROBE_SIZE,
		.userspace_addr = (uintptr_t)p->ram, .flags = KVM_MEM_LOG_DIRTY_PAGES,
	};
	switch (draw_below(t, 6)) {
	case 0:		/* another size of the same slot */
		r->memory_size += PAGE * (1 + draw_below(t, 4));
		break;
	case 1:		/* other memory */
		r->userspace_addr += PAGE;
		break;
	case 2:
		r->flags |= KVM_MEM_READONLY;
		break;
	case 3:		/* not a page's address */
		r->guest_phys_addr |= 1 + draw_below(t, PAGE - 1);
		break;
	case 4:		/* another slot upon it */
		r->slot = 4;
		r->guest_phys_addr -= PAGE * draw_below(t, 4);
		break;
	default:	/* beyond all addresses */
		r->guest_phys_addr = -PAGE * (1 + draw_below(t, 64));
	}
	if (call_ioctl(t, CALL_SET_USER_MEMORY_REGION, p->vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)r) >= 0)
		broken(t, "probe: slot %u at %#llx, %llu bytes, flags %u is accepted", r->slot,
		       (unsigned long long)r->guest_phys_addr, (unsigned long long)r->memory_size, r->flags);
}

static void wrong_init(struct thread *t, struct probe *p)
{
	struct kvm_vcpu_init *i = (void *)t->buf;

	*i = (struct kvm_vcpu_init) { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { 1 << KVM_ARM_VCPU_PSCI_0_2 } };
	if (one_in(t, 2))
		i->target = 6 + draw_below(t, 1000);
	else
		i->features[draw_below(t, ARRAY_SIZE(i->features))] |= 1U << (8 + draw_below(t, 24));
	if (call_ioctl(t, CALL_ARM_VCPU_INIT, p->cpu, KVM_ARM_VCPU_INIT, (unsigned long)i) >= 0)
		broken(t, "probe: target %u, features %#x are accepted", i->target, i->features[0]);
}

/* A register that refuses a value keeps the one it has; one that takes it has it. */
static void some_register(struct thread *t, struct probe *p)
{
	uint64_t wild = draw_wild(t), before = 0, after = 0;
	struct kvm_one_reg *r = (void *)t->buf;
	int ret;

	r->id = ARM64_SYS_REG(3, draw_below(t, 4), draw_below(t, 16), draw_below(t, 16), draw_below(t, 8));
	/* the counter goes on, its comparators are told by other names, interrupts pend */
	if ((r->id >> KVM_REG_ARM64_SYSREG_CRN_SHIFT & 15) == 14)
		return;
	r->addr = (uintptr_t)&before;
	if (call_ioctl(t, CALL_GET_ONE_REG, p->cpu, KVM_GET_ONE_REG, (unsigned long)r) < 0)
		return;
	r->addr = (uintptr_t)&wild;
	ret = call_ioctl(t, CALL_SET_ONE_REG, p->cpu, KVM_SET_ONE_REG, (unsigned long)r);
	r->addr = (uintptr_t)&after;
	must(t, CALL_GET_ONE_REG, p->cpu, KVM_GET_ONE_REG, r);
	if (ret < 0 && after != before && !options.inject)
		broken(t, "probe: register %#llx was %#llx, refused %#llx, and is %#llx", (unsigned long long)r->id,
		       (unsigned long long)before, (unsigned long long)wild, (unsigned long long)after);
	r->addr = (uintptr_t)&before;
	must(t, CALL_SET_ONE_REG, p->cpu, KVM_SET_ONE_REG, r);
}

static void wrong_attribute(struct thread *t, struct probe *p)
{
	struct kvm_device_attr *a = (void *)t->buf;
	uint32_t wild = 32 * (33 + draw_below(t, 1000)) + draw_below(t, 32);
	uint32_t before = 0, after = 0;

	*a = (struct kvm_device_attr) { .group = KVM_DEV_ARM_VGIC_GRP_NR_IRQS, .addr = (uintptr_t)&before };
	if (must(t, CALL_DEVICE_GET_ATTR, p->gic, KVM_GET_DEVICE_ATTR, a) < 0)
		return;
	a->addr = (uintptr_t)&wild;
	if (call_ioctl(t, CALL_DEVICE_SET_ATTR, p->gic, KVM_SET_DEVICE_ATTR, (unsigned long)a) >= 0)
		broken(t, "probe: a GIC of %u interrupts is accepted", wild);
	a->addr = (uintptr_t)&after;
	if (must(t, CALL_DEVICE_GET_ATTR, p->gic, KVM_GET_DEVICE_ATTR, a) >= 0 && after != before)
		broken(t, "probe: a refused size of the GIC stays: %u, was %u", after, before);
}

static void probe(struct thread *t)
{
	unsigned int what = draw_below(t, 5);
	uint64_t value = draw(t);

	if (!t->probe)
		probe_open(t);
	if (!t->probe)
		return;
	if (what == 0)
		wrong_region(t, t->probe);
	else if (what == 1)
		wrong_init(t, t->probe);
	else if (what == 2)
		some_register(t, t->probe);
	else if (what == 3)
		wrong_attribute(t, t->probe);
	check_guest(t, t->probe, value);
}

const struct op probe_ops[] = {
	{ "probe", probe, 5 },
	{}
};
