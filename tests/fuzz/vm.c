// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on the system's and on VMs' descriptors.
 */
#include "fuzz.h"

static _Atomic int *draw_vm(struct thread *t)
{
	return &vms[draw_below(t, VMS)].vm;
}

static long vm_call(struct thread *t, enum call c, unsigned long request, const void *arg)
{
	unsigned long at = draw_pointer(t, arg);

	return call_ioctl(t, c, *draw_vm(t), request, at);
}

static void system_call(struct thread *t)
{
	unsigned long arg = one_in(t, 4) ? draw_wild(t) : 0;
	int fd;

	switch (draw_below(t, 4)) {
	case 0:
		call_ioctl(t, CALL_GET_API_VERSION, kvm, KVM_GET_API_VERSION, arg);
		break;
	case 1:
		call_ioctl(t, CALL_SYS_CHECK_EXTENSION, kvm, KVM_CHECK_EXTENSION, draw_below(t, 260));
		break;
	case 2:
		call_ioctl(t, CALL_GET_VCPU_MMAP_SIZE, kvm, KVM_GET_VCPU_MMAP_SIZE, arg);
		break;
	default:
		fd = call_ioctl(t, CALL_CREATE_VM, kvm, KVM_CREATE_VM, one_in(t, 2) ? draw_below(t, 64) : arg);
		if (fd >= 0)
			close(fd);
	}
}

static uint64_t draw_hva(struct thread *t)
{
	switch (draw_below(t, 16)) {
	case 0:		/* not mapped, mostly */
		return draw_wild(t);
	case 1:		/* the program itself, which cannot be written */
		return (uintptr_t)guest_programs & -PAGE;
	case 2:
		return (uintptr_t)RUN_PAGES + PAGE * draw_below(t, VMS * CPUS);
	case 3:
	case 4:
		return (uintptr_t)FILE_AREA + PAGE * draw_below(t, FILE_SIZE / PAGE);
	case 5:
	case 6:
		return (uintptr_t)ARENA + PAGE * draw_below(t, ARENA_SIZE / PAGE);
	default:
		return (uintptr_t)ARENA + VMS * RAM_SIZE + MIB * draw_below(t, 16);
	}
}

static void draw_region(struct thread *t, struct kvm_userspace_memory_region2 *r)
{
	static const uint32_t flags[] = {
		0, 0, KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY,
		KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY,
	};

	r->slot = draw_below(t, 8);
	r->flags = flags[draw_below(t, ARRAY_SIZE(flags))];
	r->guest_phys_addr = RAM_AT + MIB * draw_below(t, 32);
	r->memory_size = one_in(t, 3) ? 0 : one_in(t, 2) ? MIB * draw_below(t, 4) : PAGE * draw_below(t, 64);
	r->userspace_addr = draw_hva(t);
	if (one_in(t, 8))
		r->slot = draw_wild(t);
	if (one_in(t, 16))
		r->flags = draw_wild(t);
	if (one_in(t, 12))
		r->guest_phys_addr = draw_wild(t);
	if (one_in(t, 12))
		r->memory_size = draw_wild(t);
}

static void set_region(struct thread *t)
{
	struct kvm_userspace_memory_region2 *r = (void *)t->buf;

	memset(r, 0, sizeof(*r));
	draw_region(t, r);
	if (one_in(t, 4))
		vm_call(t, CALL_SET_USER_MEMORY_REGION2, KVM_SET_USER_MEMORY_REGION2, r);
	else
		vm_call(t, CALL_SET_USER_MEMORY_REGION, KVM_SET_USER_MEMORY_REGION, r);
}

/* The RAM itself: made new where it was deleted, moved, logged, or taken away. */
static void change_ram(struct thread *t)
{
	unsigned int v = draw_below(t, VMS), what = draw_below(t, 8);
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = RAM_AT, .memory_size = RAM_SIZE, .userspace_addr = (uintptr_t)world_ram(v),
	};

	if (!what)
		r.memory_size = 0;
	else if (what == 1)
		r.guest_phys_addr += MIB * draw_below(t, 64);
	else if (what < 6)
		r.flags = KVM_MEM_LOG_DIRTY_PAGES;
	memcpy(t->buf, &r, sizeof(r));
	call_ioctl(t, CALL_SET_USER_MEMORY_REGION, vms[v].vm, KVM_SET_USER_MEMORY_REGION,
		   draw_pointer(t, t->buf));
}

static uint32_t draw_slot(struct thread *t)
{
	if (one_in(t, 10))
		return draw_wild(t);
	return one_in(t, 2) ? 0 : draw_below(t, 8);
}

static void dirty_log(struct thread *t)
{
	struct kvm_clear_dirty_log *clear = (void *)t->buf;
	struct kvm_dirty_log *log = (void *)t->buf;

	if (one_in(t, 2)) {
		memset(log, 0, sizeof(*log));
		log->slot = draw_slot(t);
		log->dirty_bitmap = (void *)draw_pointer(t, t->buf + PAGE);
		vm_call(t, CALL_GET_DIRTY_LOG, KVM_GET_DIRTY_LOG, log);
		return;
	}
	memset(clear, 0, sizeof(*clear));
	clear->slot = draw_slot(t);
	clear->first_page = one_in(t, 3) ? 64 * draw_below(t, 8) : 0;
	clear->num_pages = one_in(t, 3) ? draw_wild(t) : 64 * draw_below(t, 20);
	if (one_in(t, 10))
		clear->first_page = draw_wild(t);
	clear->dirty_bitmap = (void *)draw_pointer(t, t->buf + PAGE);
	vm_call(t, CALL_CLEAR_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG, clear);
}

static void enable_cap(struct thread *t)
{
	static const uint32_t caps[] = {
		KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, KVM_CAP_ARM_NISV_TO_USER, KVM_CAP_DIRTY_LOG_RING,
		KVM_CAP_DIRTY_LOG_RING_ACQ_REL, KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP,
	};
	struct kvm_enable_cap *cap = (void *)t->buf;

	memset(cap, 0, sizeof(*cap));
	cap->cap = one_in(t, 4) ? draw_wild(t) : caps[draw_below(t, ARRAY_SIZE(caps))];
	cap->flags = one_in(t, 8) ? draw_wild(t) : 0;
	cap->args[0] = one_in(t, 4) ? draw_wild(t) : one_in(t, 2) ? 1UL << draw_below(t, 24) : draw_below(t, 4);
	vm_call(t, CALL_ENABLE_CAP, KVM_ENABLE_CAP, cap);
}

/* What the VMM does with a ring: mark what it has seen, or write anything; then have it taken back. */
static void reset_rings(struct thread *t)
{
	int fd = vms[draw_below(t, VMS)].cpu[draw_below(t, CPUS)];
	/* at KVM_DIRTY_LOG_PAGE_OFFSET, which older headers have as 0 */
	struct kvm_dirty_gfn *e = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096 * 64);
	unsigned int i;

	if (e != MAP_FAILED) {
		for (i = 0; i < 4096 / sizeof(*e); i++) {
			if (one_in(t, 16)) {
				e[i].slot = draw_wild(t);
				e[i].offset = draw_wild(t);
			}
			e[i].flags = one_in(t, 16) ? draw_wild(t) : e[i].flags << 1;
		}
		munmap(e, 4096);
	}
	call_ioctl(t, CALL_RESET_DIRTY_RINGS, *draw_vm(t), KVM_RESET_DIRTY_RINGS, one_in(t, 4) ? draw_wild(t) : 0);
}

static void create_vcpu(struct thread *t)
{
	struct fuzz_vm *v = &vms[draw_below(t, VMS)];
	unsigned int c = draw_below(t, CPUS);
	unsigned long id = one_in(t, 8) ? draw_wild(t) : c;
	int fd = call_ioctl(t, CALL_CREATE_VCPU, v->vm, KVM_CREATE_VCPU, id);

	/* Others of the same name may stand there already. */
	if (fd >= 0)
		world_put(&v->cpu[c], fd);
}

static void create_device(struct thread *t)
{
	struct kvm_create_device *d = (void *)t->buf;
	struct fuzz_vm *v = &vms[draw_below(t, VMS)];
	bool wild = one_in(t, 4);
	long ret;

	*d = (struct kvm_create_device) {
		.type = wild ? draw_wild(t) : KVM_DEV_TYPE_ARM_VGIC_V3, .fd = -1,
		.flags = one_in(t, 4) ? draw_below(t, 4) : 0,
	};
	ret = call_ioctl(t, CALL_CREATE_DEVICE, v->vm, KVM_CREATE_DEVICE, draw_pointer(t, d));
	if (!ret && (int)d->fd >= 0)
		world_put(&v->gic, d->fd);
}

static void stats_fd(struct thread *t)
{
	unsigned int v = draw_below(t, VMS);
	int fd = call_ioctl(t, CALL_VM_GET_STATS_FD, vms[v].vm, KVM_GET_STATS_FD, 0);

	if (fd >= 0)
		world_put(&stats_fds[0], fd);
}

/* Which calls to the firmware the VMM serves or denies. */
static void smccc_filter(struct thread *t)
{
	struct kvm_device_attr *a = (void *)t->buf;
	struct kvm_smccc_filter *f = (void *)(t->buf + 256);

	memset(a, 0, sizeof(*a));
	memset(f, 0, sizeof(*f));
	f->base = one_in(t, 4) ? draw_wild(t) : 0x84000000 + draw_below(t, 0x200);
	f->nr_functions = one_in(t, 4) ? draw_wild(t) : 1 + draw_below(t, 16);
	f->action = one_in(t, 8) ? draw_wild(t) : draw_below(t, 3);
	if (one_in(t, 16))
		f->pad[draw_below(t, sizeof(f->pad))] = 1;
	a->group = one_in(t, 16) ? draw_wild(t) : 0;
	a->attr = one_in(t, 16) ? draw_wild(t) : 0;
	a->addr = draw_pointer(t, f);
	vm_call(t, CALL_VM_DEVICE_ATTR, one_in(t, 3) ? KVM_HAS_DEVICE_ATTR : KVM_SET_DEVICE_ATTR, a);
}

static void counter_offset(struct thread *t)
{
	uint64_t *off = (void *)t->buf;

	off[0] = draw(t);
	off[1] = one_in(t, 8) ? draw_wild(t) : 0;
	vm_call(t, CALL_ARM_SET_COUNTER_OFFSET, KVM_ARM_SET_COUNTER_OFFSET, off);
}

static void writable_masks(struct thread *t)
{
	uint64_t *range = (void *)t->buf;

	memset(range, 0, 64);
	range[0] = draw_pointer(t, t->buf + 256);
	range[1] = one_in(t, 8) ? draw_wild(t) : 0;
	vm_call(t, CALL_ARM_GET_REG_WRITABLE_MASKS, KVM_ARM_GET_REG_WRITABLE_MASKS, range);
}

static void small_calls(struct thread *t)
{
	static const unsigned long unknown[] = {
		KVM_ARM_MTE_COPY_TAGS, KVM_GET_REGS, KVM_SET_TSS_ADDR,
		KVM_NMI, KVM_CREATE_PIT2, KVM_S390_UCAS_MAP, KVM_MEMORY_ENCRYPT_OP,
	};
	unsigned long request;

	switch (draw_below(t, 7)) {
	case 0:
		call_ioctl(t, CALL_VM_CHECK_EXTENSION, *draw_vm(t), KVM_CHECK_EXTENSION,
			   one_in(t, 4) ? draw_wild(t) : draw_below(t, 260));
		break;
	case 1:
		vm_call(t, CALL_ARM_PREFERRED_TARGET, KVM_ARM_PREFERRED_TARGET, t->buf);
		break;
	case 2:
		request = one_in(t, 2) ? unknown[draw_below(t, ARRAY_SIZE(unknown))] :
					 (uint32_t)(draw(t) & ~0xff00ULL) | KVMIO << 8;
		/* what is known by another size is not known */
		if (_IOC_NR(request) == 0x01 || _IOC_NR(request) == 0x41)
			request = KVM_NMI;
		vm_call(t, CALL_UNKNOWN_IOCTL, request, t->buf);
		break;
	case 3:
		counter_offset(t);
		break;
	case 4:
		writable_masks(t);
		break;
	case 5:
		vm_call(t, CALL_CREATE_IRQCHIP, KVM_CREATE_IRQCHIP, t->buf);
		break;
	default:
		smccc_filter(t);
	}
}

const struct op vm_ops[] = {
	{ "system", system_call, 3 },
	{ "set_region", set_region, 12 },
	{ "change_ram", change_ram, 6 },
	{ "dirty_log", dirty_log, 8 },
	{ "enable_cap", enable_cap, 2 },
	{ "reset_rings", reset_rings, 4 },
	{ "create_vcpu", create_vcpu, 4 },
	{ "create_device", create_device, 3 },
	{ "vm_stats_fd", stats_fd, 2 },
	{ "vm_small", small_calls, 4 },
	{}
};
