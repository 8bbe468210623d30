// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on vCPUs' descriptors, and their running.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include "fuzz.h"

static int draw_cpu(struct thread *t)
{
	unsigned int v = draw_below(t, VMS);

	return vms[v].cpu[draw_below(t, one_in(t, 2) ? 1 : CPUS)];
}

static long cpu_call(struct thread *t, enum call c, unsigned long request, const void *arg)
{
	int fd = draw_cpu(t);

	return call_ioctl(t, c, fd, request, draw_pointer(t, arg));
}

/* Somebody else ends what does not end by itself. */
static void run(struct thread *t)
{
	unsigned int v = draw_below(t, VMS), c = draw_below(t, one_in(t, 2) ? 1 : CPUS);
	struct kvm_run *run = world_run_page(v, c);
	unsigned long arg = one_in(t, 40) ? draw_wild(t) : 0;
	uint64_t answer = draw(t);
	uint8_t at_once = one_in(t, 12);
	uint32_t reason;
	long ret;

	world_write(&run->immediate_exit, &at_once, 1);
	t->state->running_since = now_ms();
	ret = call_ioctl(t, CALL_RUN, vms[v].cpu[c], KVM_RUN, arg);
	t->state->running_since = 0;
	if (ret < 0 || !world_read(&reason, &run->exit_reason, sizeof(reason)))
		return;
	shared->exits[reason % ARRAY_SIZE(shared->exits)]++;
	world_write(run->mmio.data, &answer, sizeof(answer));
}

static void init(struct thread *t)
{
	struct kvm_vcpu_init *i = (void *)t->buf;
	unsigned int word = draw_below(t, ARRAY_SIZE(i->features));

	memset(i, 0, sizeof(*i));
	i->target = one_in(t, 16) ? draw_wild(t) : KVM_ARM_TARGET_GENERIC_V8;
	i->features[0] = world_features(one_in(t, 8) ? 0 : draw(t)) | one_in(t, 6) << KVM_ARM_VCPU_POWER_OFF;
	if (one_in(t, 16))
		i->features[0] ^= 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS;
	if (one_in(t, 12))
		i->features[word] = draw_wild(t);
	cpu_call(t, CALL_ARM_VCPU_INIT, KVM_ARM_VCPU_INIT, i);
}

static uint64_t draw_register(struct thread *t)
{
	const uint64_t core = KVM_REG_ARM64 | KVM_REG_ARM_CORE;
	static const uint64_t others[] = {
		KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CNT, KVM_REG_ARM_TIMER_CVAL, KVM_REG_ARM_PTIMER_CTL,
		KVM_REG_ARM_PTIMER_CNT, KVM_REG_ARM_PTIMER_CVAL, KVM_REG_ARM_PSCI_VERSION,
		KVM_REG_ARM_FW_REG(1), KVM_REG_ARM_FW_REG(2), KVM_REG_ARM_FW_REG(3),
		KVM_REG_ARM_STD_BMAP, KVM_REG_ARM_STD_HYP_BMAP, KVM_REG_ARM_VENDOR_HYP_BMAP,
	};

	switch (draw_below(t, 14)) {
	case 0:
		return draw_wild(t);
	case 10:	/* performance monitors */
		return ARM64_SYS_REG(3, 3, 9, 12 + draw_below(t, 3), draw_below(t, 8));
	case 11:
		return ARM64_SYS_REG(3, 3, 14, 8 + draw_below(t, 8), draw_below(t, 8));
	case 1:		/* a size that is not its own */
		return core | draw_below(t, 16) << KVM_REG_SIZE_SHIFT | draw_below(t, 0x140);
	case 2:
		return others[draw_below(t, ARRAY_SIZE(others))];
	case 3:
		return core | KVM_REG_SIZE_U128 | (KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) + 4 * draw_below(t, 33));
	case 4:		/* system registers: any, ID registers, those of the MMU */
		return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | (draw(t) & 0xffff);
	case 5:
		return ARM64_SYS_REG(3, 0, 0, draw_below(t, 8), draw_below(t, 8));
	case 6:
		return ARM64_SYS_REG(3, 0, 1 + draw_below(t, 2), 0, draw_below(t, 4));
	case 12:	/* keys of pointer authentication */
		return ARM64_SYS_REG(3, 0, 2, 1 + draw_below(t, 3), draw_below(t, 4));
	case 13:	/* vectors: Z, P and FFR, some of no such slice, and their lengths */
		if (one_in(t, 8))
			return KVM_REG_ARM64_SVE_VLS;
		if (one_in(t, 3))
			return KVM_REG_ARM64_SVE_PREG(0, 0) + draw_below(t, 0x240);
		return KVM_REG_ARM64_SVE_ZREG(draw_below(t, 32), one_in(t, 8));
	case 7:		/* caches */
		return KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | draw_below(t, 16);
	default:
		return core | KVM_REG_SIZE_U64 | 2 * draw_below(t, 0x24);
	}
}

static void one_reg(struct thread *t)
{
	struct kvm_one_reg *r = (void *)t->buf;
	uint64_t *value = (void *)(t->buf + PAGE);

	value[0] = draw_wild(t);
	value[1] = draw(t);
	r->id = draw_register(t);
	r->addr = draw_pointer(t, value);
	if (one_in(t, 2))
		cpu_call(t, CALL_GET_ONE_REG, KVM_GET_ONE_REG, r);
	else
		cpu_call(t, CALL_SET_ONE_REG, KVM_SET_ONE_REG, r);
}

/* To the start of a program, so that something runs at all. */
static void set_pc(struct thread *t)
{
	struct kvm_one_reg *r = (void *)t->buf;
	uint64_t *value = (void *)(t->buf + PAGE);
	int fd = draw_cpu(t);

	*value = 0x3c5;		/* EL1h, all masked */
	*r = (struct kvm_one_reg) {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pstate),
		.addr = (uintptr_t)value,
	};
	call_ioctl(t, CALL_SET_ONE_REG, fd, KVM_SET_ONE_REG, (unsigned long)r);
	*value = draw_program(t);
	r->id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pc);
	call_ioctl(t, CALL_SET_ONE_REG, fd, KVM_SET_ONE_REG, (unsigned long)r);
}

static void reg_list(struct thread *t)
{
	struct kvm_reg_list *l = (void *)t->buf;

	l->n = one_in(t, 3) ? draw_wild(t) : 2000;
	cpu_call(t, CALL_GET_REG_LIST, KVM_GET_REG_LIST, l);
}

static void mp_state(struct thread *t)
{
	struct kvm_mp_state *m = (void *)t->buf;

	m->mp_state = one_in(t, 8) ? draw_wild(t) : one_in(t, 3) ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE;
	if (one_in(t, 3))
		cpu_call(t, CALL_GET_MP_STATE, KVM_GET_MP_STATE, m);
	else
		cpu_call(t, CALL_SET_MP_STATE, KVM_SET_MP_STATE, m);
}

static void vcpu_events(struct thread *t)
{
	struct kvm_vcpu_events *e = (void *)t->buf;
	unsigned int i;

	memset(e, 0, sizeof(*e));
	e->exception.serror_pending = draw_below(t, 2);
	e->exception.serror_has_esr = one_in(t, 4);
	e->exception.ext_dabt_pending = one_in(t, 3);
	e->exception.serror_esr = draw_wild(t);
	for (i = 0; i < sizeof(*e) && one_in(t, 8); i++)
		((uint8_t *)e)[draw_below(t, sizeof(*e))] = draw(t);
	if (one_in(t, 2))
		cpu_call(t, CALL_GET_VCPU_EVENTS, KVM_GET_VCPU_EVENTS, e);
	else
		cpu_call(t, CALL_SET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, e);
}

/* SIGUSR1 is never blocked: it is what ends a run. */
static void signal_mask(struct thread *t)
{
	struct kvm_signal_mask *m = (void *)t->buf;
	uint64_t set = draw_wild(t) & ~(1ULL << (SIGUSR1 - 1));
	int fd = draw_cpu(t);

	m->len = one_in(t, 6) ? draw_below(t, 17) : 8;
	memcpy(m->sigset, &set, sizeof(set));
	call_ioctl(t, CALL_SET_SIGNAL_MASK, fd, KVM_SET_SIGNAL_MASK, one_in(t, 4) ? 0 : (unsigned long)m);
}

static void stats_fd(struct thread *t)
{
	int fd = call_ioctl(t, CALL_VCPU_GET_STATS_FD, draw_cpu(t), KVM_GET_STATS_FD, 0);

	if (fd >= 0)
		world_put(&stats_fds[1], fd);
}

/* Performance monitors: interrupt, filter, PMU, done; at any time. */
static void pmu_attribute(struct thread *t, struct kvm_device_attr *a, uint64_t *value)
{
	struct kvm_pmu_event_filter *f = (void *)value;

	a->group = KVM_ARM_VCPU_PMU_V3_CTRL;
	a->attr = draw_below(t, 5);
	if (a->attr == KVM_ARM_VCPU_PMU_V3_FILTER)
		*f = (struct kvm_pmu_event_filter) {
			.base_event = draw(t) >> draw_below(t, 16), .nevents = draw(t) >> draw_below(t, 16),
			.action = draw_below(t, 3),
		};
	else
		*value = one_in(t, 4) ? draw_wild(t) : draw_below(t, 64);
}

static void attribute(struct thread *t)
{
	static const unsigned long requests[] = { KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR };
	struct kvm_device_attr *a = (void *)t->buf;
	uint64_t *value = (void *)(t->buf + PAGE);
	unsigned int which = draw_below(t, 3);

	memset(a, 0, sizeof(*a));
	a->group = one_in(t, 10) ? draw_wild(t) : one_in(t, 2) ? KVM_ARM_VCPU_PVTIME_CTRL : draw_below(t, 4);
	a->attr = one_in(t, 10) ? draw_wild(t) : one_in(t, 3);
	a->flags = one_in(t, 32) ? draw_wild(t) : 0;
	*value = one_in(t, 3) ? RAM_AT + 64 * draw_below(t, 1 << 16) : one_in(t, 2) ? 16 + draw_below(t, 16) : draw_wild(t);
	if (one_in(t, 3))
		pmu_attribute(t, a, value);
	a->addr = draw_pointer(t, value);
	cpu_call(t, CALL_VCPU_SET_ATTR + which, requests[which], a);
}

/* kvm_run is mapped again, in strange ways, or not at all any more. */
static void map_run(struct thread *t)
{
	unsigned int v = draw_below(t, VMS), c = draw_below(t, CPUS);
	int prot = one_in(t, 8) ? draw_below(t, 8) : PROT_READ | PROT_WRITE;
	size_t size = one_in(t, 8) ? PAGE * draw_below(t, 4) : PAGE;
	off_t at = one_in(t, 8) ? PAGE * draw_below(t, 16) : 0;
	bool keep = prot == (PROT_READ | PROT_WRITE) && size == PAGE && !at && !one_in(t, 4);
	void *run = world_run_page(v, c), *p;
	long ret = 0;

	call_begin(t, CALL_VCPU_MMAP, vms[v].cpu[c], at, size);
	if (keep) {
		p = mmap(run, PAGE, prot, MAP_SHARED | MAP_FIXED, vms[v].cpu[c], 0);
	} else if (one_in(t, 2)) {
		p = mmap(run, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	} else {
		p = mmap(NULL, size, prot, one_in(t, 2) ? MAP_SHARED : MAP_PRIVATE, vms[v].cpu[c], at);
		if (p != MAP_FAILED) {
			world_write(p, &ret, sizeof(ret));
			munmap(p, size);
		}
	}
	if (p == MAP_FAILED && keep) {	/* a failed MAP_FIXED may have left nothing there */
		int error = errno;

		mmap(run, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		errno = error;
	}
	call_end(t, CALL_VCPU_MMAP, p == MAP_FAILED ? -1 : 0);
}

static void unknown(struct thread *t)
{
	static const unsigned long requests[] = {
		KVM_GET_REGS, KVM_SET_REGS, KVM_TRANSLATE, KVM_INTERRUPT, KVM_NMI, KVM_GET_FPU,
	};

	cpu_call(t, CALL_UNKNOWN_IOCTL, requests[draw_below(t, ARRAY_SIZE(requests))], t->buf);
}

/* Mostly of no use, and now and then it steps. */
static void guest_debug(struct thread *t)
{
	cpu_call(t, CALL_SET_GUEST_DEBUG, KVM_SET_GUEST_DEBUG, t->buf);
}

static void finalize(struct thread *t)
{
	int *feature = (void *)t->buf;

	*feature = one_in(t, 4) ? (int)draw_wild(t) : (int)draw_below(t, 8);
	cpu_call(t, CALL_ARM_VCPU_FINALIZE, KVM_ARM_VCPU_FINALIZE, feature);
}

const struct op vcpu_ops[] = {
	{ "run", run, 26 },
	{ "init", init, 6 },
	{ "one_reg", one_reg, 12 },
	{ "set_pc", set_pc, 12 },
	{ "reg_list", reg_list, 2 },
	{ "mp_state", mp_state, 6 },
	{ "vcpu_events", vcpu_events, 4 },
	{ "signal_mask", signal_mask, 2 },
	{ "vcpu_stats_fd", stats_fd, 1 },
	{ "vcpu_attribute", attribute, 5 },
	{ "map_run", map_run, 4 },
	{ "vcpu_unknown", unknown, 1 },
	{ "vcpu_finalize", finalize, 1 },
	{ "guest_debug", guest_debug, 1 },
	{}
};
