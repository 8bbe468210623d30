/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small VM around arm64/gic, and a virtual CPU interface as IHI 0069 describes
 * it: list registers that a "guest" acknowledges and ends interrupts through, a
 * maintenance interrupt, physical interrupts behind virtual ones. Brings in the
 * files under test; only hw.c is replaced.
 */
#ifndef TEST_GIC_FAKE_H
#define TEST_GIC_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the seven above */
#include <cmocka.h>

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "../../model/shim/unit.h"

/* What the shim of Linux has no other user for. */
#define SINGLE_DEPTH_NESTING	1
#ifndef raw_spin_lock_nested
#define raw_spin_lock_nested(l, n)	do { (void)(n); fake_in_order(l); raw_spin_lock(l); } while (0)
#endif
#ifndef cpu_relax
#define cpu_relax()		fake_relax()
#endif
#ifndef for_each_set_bit
#define for_each_set_bit(i, map, n)					\
	for ((i) = fake_next_bit(*(map), 0); (i) < (n); (i) = fake_next_bit(*(map), (i) + 1))
#endif
#ifndef swap
#define swap(a, b) do { __typeof__(a) t_ = (a); (a) = (b); (b) = t_; } while (0)
#endif
#ifndef u64_to_user_ptr
#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))
#endif
#ifndef get_user
#define get_user(x, p)		(copy_from_user(&(x), p, sizeof(*(p))) ? -EFAULT : 0)
#define put_user(x, p) ({						\
	__typeof__(*(p)) v_ = (x);					\
	copy_to_user(p, &v_, sizeof(v_)) ? -EFAULT : 0; })
#endif
#ifndef __acquire
#define __acquire(x)		((void)(x))
#define __release(x)		((void)(x))
#endif
#ifndef krealloc_array
#define krealloc_array(p, n, size, gfp)	fake_realloc(p, (n) - 1, n, size, gfp)
#endif

/* arm64's part of <linux/kvm.h>, whatever machine this runs on. */
#include <linux/kvm.h>
#undef KVM_DEV_ARM_VGIC_GRP_ADDR
#define KVM_VGIC_V3_ADDR_TYPE_DIST		2
#define KVM_VGIC_V3_ADDR_TYPE_REDIST		3
#define KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION	5
#define KVM_DEV_ARM_VGIC_GRP_ADDR		0
#define KVM_DEV_ARM_VGIC_GRP_DIST_REGS		1
#define KVM_DEV_ARM_VGIC_GRP_NR_IRQS		3
#define KVM_DEV_ARM_VGIC_GRP_CTRL		4
#define KVM_DEV_ARM_VGIC_GRP_REDIST_REGS	5
#define KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS	6
#define KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO		7
#define KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT		32
#define KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK	0xffff
#define KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK	(0x3fffffULL << 10)
#define KVM_DEV_ARM_VGIC_LINE_LEVEL_INTID_MASK	0x3ff
#define VGIC_LEVEL_INFO_LINE_LEVEL		0
#define KVM_DEV_ARM_VGIC_CTRL_INIT		0
#define KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES	3
#define KVM_VGIC_ITS_ADDR_TYPE			4
#define KVM_DEV_ARM_VGIC_GRP_ITS_REGS		8
#define KVM_DEV_ARM_ITS_SAVE_TABLES		1
#define KVM_DEV_ARM_ITS_RESTORE_TABLES		2
#define KVM_DEV_ARM_ITS_CTRL_RESET		4

#include "fake_xarray.h"
#include "../../src/arm64/gic/gic.h"
#include "../../src/arm64/its/its.h"
#include "../../src/mem/gmem.h"

/* Both vm.h, as far as the GIC looks at them. */
#define TABULA_VM_H
#define TABULA_ARM64_VM_H
#define TABULA_CPU_H
#define FAKE_VCPUS	4
#define VCPU_REQ_IRQ	0

struct vm {
	struct mutex lock;
	unsigned int nr_vcpus;
	bool ran_once;
};

struct vcpu {
	unsigned int idx;
	unsigned int id;
	struct mutex mutex;
	unsigned long requests;
};

struct arm_vm {
	struct vm base;
	struct { struct gmem gmem; } mmu;
	struct gic gic;
	struct its_all its;
	struct arm_vcpu *vcpus[8];
	u64 ipa_bits;
};

struct arm_vcpu {
	struct vcpu base;
	struct arm_vm *vm;
	struct gic_cpu gic;
	u64 mpidr;
	struct { bool off; } power;
	u32 running[64];	/* priorities of active interrupts, innermost last */
	unsigned int nr_running;
};

static struct arm_vm *vm;
static struct arm_vcpu *fake_here;		/* loaded on this CPU */

/* What another CPU does, while the vCPU that is loaded here is in the guest. */
#define ELSEWHERE(action) do {				\
	struct arm_vcpu *was_here = fake_here;		\
							\
	fake_here = NULL;				\
	action;						\
	fake_here = was_here;				\
} while (0)
static bool fake_vcpus_busy;		/* some vCPU is in KVM_RUN */
static void (*fake_on_relax)(void);	/* what another CPU does meanwhile */

static void fake_relax(void)
{
	assert_non_null(fake_on_relax);
	fake_on_relax();
}

static inline unsigned int fake_next_bit(unsigned long map, unsigned int from)
{
	map = from < 64 ? map >> from << from : 0;
	return map ? __ffs(map) : 64;
}

static inline void *fake_realloc(void *p, size_t had, size_t n, size_t size, gfp_t gfp)
{
	void *q = kcalloc(n, size, gfp);

	if (q && p) {
		memcpy(q, p, had * size);
		kfree(p);
	}
	return q;
}

static inline struct arm_vm *to_arm_vm(struct vm *vm)
{
	return container_of(vm, struct arm_vm, base);
}

static inline void arm_request(struct arm_vcpu *vcpu, unsigned int req)
{
	assert_false(shim_lock_held(&vcpu->gic.pool.lock.shim));
	vcpu->base.requests |= 1UL << req;
}

static inline struct arm_vcpu *arm_vcpu_here(void)
{
	return fake_here;
}

static inline struct arm_vcpu *arm_vcpu(struct arm_vm *vm, unsigned int idx)
{
	return idx < vm->base.nr_vcpus ? vm->vcpus[idx] : NULL;
}

u64 affinity_mpidr(const struct arm_vcpu *vcpu)
{
	return vcpu->mpidr | BIT(31);
}

struct arm_vcpu *affinity_vcpu(struct arm_vm *vm, u64 mpidr)
{
	unsigned int i;

	mpidr &= 0xff00ffffffULL;
	for (i = 0; i < vm->base.nr_vcpus; i++)
		if (vm->vcpus[i]->mpidr == mpidr)
			return vm->vcpus[i];
	return NULL;
}

static inline bool vm_lock_all_vcpus(struct vm *vm)
{
	return !fake_vcpus_busy;
}

static inline void vm_unlock_all_vcpus(struct vm *vm)
{
}

static unsigned int fake_fp_saves;
static struct arm_vcpu *fake_fp_saved;

/* The vCPU's thread may sleep from here on. */
static inline void cpu_fp_save(struct arm_vcpu *vcpu)
{
	fake_fp_saves++;
	fake_fp_saved = vcpu;
}

/* Guest memory: what is at FAKE_RAM, but for a hole and a piece that cannot be written. */
#define FAKE_RAM	0x40000000ULL
#define FAKE_RAM_SIZE	0x400000ULL

static u8 *fake_ram;
static u64 fake_hole, fake_hole_end, fake_rom, fake_rom_end;
static unsigned long fake_copies;
static void (*fake_on_copy)(u64 gpa);		/* what another CPU does meanwhile */

static inline u8 *fake_at(u64 gpa)
{
	return fake_ram + (gpa - FAKE_RAM);
}

/* Nobody may hold a lock of the GIC's while guest memory is touched. */
static size_t fake_copy(u64 gpa, size_t len, bool is_write)
{
	size_t n;
	u64 a;

	shim_may_sleep();
	assert_false(mutex_is_locked(&vm->gic.lock));
	for (n = 0; n < vm->its.nr; n++)
		assert_false(mutex_is_locked(&vm->its.its[n]->lock));
	fake_copies++;
	if (fake_on_copy)
		fake_on_copy(gpa);
	for (n = 0; n < len; n++) {
		a = gpa + n;
		if (a < FAKE_RAM || a >= FAKE_RAM + FAKE_RAM_SIZE ||
		    (a >= fake_hole && a < fake_hole_end) ||
		    (is_write && a >= fake_rom && a < fake_rom_end))
			break;
	}
	return n;
}

ssize_t gmem_read(struct gmem *gm, u64 gpa, void *buf, size_t len)
{
	size_t n = fake_copy(gpa, len, false);

	assert_ptr_equal(gm, &vm->mmu.gmem);
	if (n)
		memcpy(buf, fake_at(gpa), n);
	return n || !len ? n : -EFAULT;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	size_t n = fake_copy(gpa, len, true);

	if (n)
		memcpy(fake_at(gpa), buf, n);
	return n || !len ? n : -EFAULT;
}

ssize_t gmem_read_elems(struct gmem *gm, u64 gpa, void *buf, unsigned int size, size_t n)
{
	ssize_t done = gmem_read(gm, gpa, buf, size * n);

	return done < 0 ? done : done / size;
}

ssize_t gmem_write_elems(struct gmem *gm, u64 gpa, const void *buf, unsigned int size, size_t n)
{
	ssize_t done = gmem_write(gm, gpa, buf, size * n);

	return done < 0 ? done : done / size;
}

/* Of pools that are locked together the lower one comes first. */
static inline void fake_in_order(raw_spinlock_t *l)
{
	unsigned int i;

	for (i = 0; i <= vm->base.nr_vcpus; i++) {
		struct gic_pool *p = i < vm->base.nr_vcpus ? &vm->vcpus[i]->gic.pool : &vm->gic.unrouted;

		assert_false(shim_lock_held(&p->lock.shim) && (void *)&p->lock > (void *)l);
	}
}

#define arm_for_each_vcpu(vm, i, vcpu)					\
	for ((i) = 0; (i) < (vm)->base.nr_vcpus &&				\
	     ((vcpu) = arm_vcpu((vm), (i))); (i)++)

#include "../../src/arm64/gic/pool.c"
#include "../../src/arm64/gic/irq.c"
#include "../../src/arm64/gic/lr.c"
#include "../../src/arm64/gic/cpu.c"
#include "../../src/arm64/gic/phys.c"
#include "../../src/arm64/gic/region.c"
#include "../../src/arm64/gic/lpi.c"
#include "../../src/arm64/gic/lpi_table.c"
#include "../../src/arm64/gic/lpi_regs.c"
#include "../../src/arm64/gic/vm.c"
#include "../../src/arm64/gic/regs.c"
#include "../../src/arm64/gic/mmio.c"
#include "../../src/arm64/gic/sysreg.c"
#include "../../src/arm64/gic/device.c"

/* What callers hold around these. The CPU's interrupts are off for a whole stay; here other CPUs act in it. */
#define fake_with(begin, call, end) ({ begin; __typeof__(call) ret_ = (call); end; ret_; })
#define fake_with_vcpu(v, call)	fake_with(mutex_lock(&(v)->base.mutex), call, mutex_unlock(&(v)->base.mutex))
#define fake_with_vm(vm, call)	fake_with(mutex_lock(&(vm)->base.lock), call, mutex_unlock(&(vm)->base.lock))
#define gic_flush(v)		fake_with(local_irq_disable(), (gic_flush(v), 0), local_irq_enable())
#define gic_sync(v)		fake_with(local_irq_disable(), (gic_sync(v), 0), local_irq_enable())
#define gic_first_run(v)	fake_with_vcpu(v, gic_first_run(v))
#define gic_vcpu_init(v)	fake_with_vm((v)->vm, gic_vcpu_init(v))
#define gic_vcpu_reset(v)	fake_with_vcpu(v, (gic_vcpu_reset(v), 0))
#define gic_reset_mapped(v, n)	fake_with_vcpu(v, (gic_reset_mapped(v, n), 0))
#define gic_map_phys(v, ...)	fake_with_vcpu(v, gic_map_phys(v, __VA_ARGS__))

/* The virtual CPU interface of the one physical CPU there is. */

#define FAKE_LRS	4
#define FAKE_PPI	27
#define FAKE_HWINTID	127

struct gic_hw gic_hw = {
	.present = true, .nr_lrs = FAKE_LRS, .nr_aprs = 1, .pri_bits = 5, .id_bits = 1,
	.a3v = true, .tdir = true,
};

static struct {
	u64 lr[GIC_MAX_LRS];
	unsigned int dirty;
	u32 hcr, vmcr;
	u32 apr[2][GIC_MAX_APRS];
	unsigned int eoicount;
	unsigned int lr_writes;
	bool phys_active;	/* of the interrupt behind FAKE_PPI */
} fake;

void gic_hw_load(struct gic_cpu *cpu)
{
	fake.vmcr = cpu->vmcr;
	memcpy(fake.apr, cpu->apr, sizeof(fake.apr));
	cpu->hcr = GIC_HCR_EN;
	fake.hcr = cpu->hcr;
}

void gic_hw_put(struct gic_cpu *cpu)
{
	cpu->vmcr = fake.vmcr;
	memcpy(cpu->apr, fake.apr, sizeof(fake.apr));
	cpu->hcr = 0;
	fake.hcr = 0;
}

u32 gic_hw_vmcr(void)
{
	return fake.vmcr;
}

void gic_hw_write_hcr(struct gic_cpu *cpu, u32 hcr)
{
	cpu->hcr = hcr;
	fake.hcr = hcr;
	fake.eoicount = 0;
}

unsigned int gic_hw_eoicount(void)
{
	return fake.eoicount;
}

void gic_hw_write_lrs(const u64 *lr, unsigned int n)
{
	unsigned int i;

	assert_in_range(n, 0, FAKE_LRS);
	for (i = 0; i < n || i < fake.dirty; i++) {
		fake.lr[i] = i < n ? lr[i] : 0;
		fake.lr_writes++;
		/* 12.4.6: with HW = 1 pending and active must not come together. */
		assert_false((fake.lr[i] & GIC_LR_HW) &&
			     (fake.lr[i] & GIC_LR_STATE) == GIC_LR_STATE);
	}
	fake.dirty = n;
}

void gic_hw_read_lrs(u64 *lr, unsigned int n)
{
	memcpy(lr, fake.lr, n * sizeof(*lr));
}

void gic_phys_follow(struct gic_irq *irq)
{
	if (irq->pool->vcpu == fake_here)
		fake.phys_active = gic_map_is_active(irq->pool->vcpu, irq->intid);
}

/* The guest, between gic_flush() and gic_sync(). */

#define SPURIOUS	1023U

static u32 fake_priority(u64 lr)
{
	return (lr >> GIC_LR_PRIORITY_SHIFT) & 0xff;
}

/* ICC_IAR1_EL1 (or IAR0): the highest pending one that may interrupt now. */
static inline u32 guest_ack(void)
{
	u32 limit = fake.vmcr >> GIC_VMCR_PMR_SHIFT;
	struct arm_vcpu *vcpu = fake_here;
	int best = -1;
	unsigned int i;

	if (vcpu->nr_running && vcpu->running[vcpu->nr_running - 1] < limit)
		limit = vcpu->running[vcpu->nr_running - 1];
	for (i = 0; i < FAKE_LRS; i++) {
		u64 lr = fake.lr[i];
		u32 group = !!(lr & GIC_LR_GROUP1);

		if ((lr & GIC_LR_STATE) != GIC_LR_PENDING || !(fake.vmcr & (1U << group)) ||
		    fake_priority(lr) >= limit)
			continue;
		if (best < 0 || fake_priority(lr) < fake_priority(fake.lr[best]))
			best = i;
	}
	if (best < 0)
		return SPURIOUS;
	fake.lr[best] ^= GIC_LR_STATE;
	vcpu->running[vcpu->nr_running++] = fake_priority(fake.lr[best]);
	return (u32)fake.lr[best];
}

/* ICC_EOIR<n>_EL1: priority drop, and with EOImode 0 deactivation. */
static inline void guest_eoi(u32 intid)
{
	unsigned int i;

	assert_true(fake_here->nr_running > 0);
	fake_here->nr_running--;
	if (fake.vmcr & GIC_VMCR_EOIM)
		return;
	for (i = 0; i < FAKE_LRS; i++) {
		if ((u32)fake.lr[i] != intid || !(fake.lr[i] & GIC_LR_ACTIVE))
			continue;
		fake.lr[i] &= ~GIC_LR_ACTIVE;
		if (fake.lr[i] & GIC_LR_HW)
			fake.phys_active = false;
		return;
	}
	fake.eoicount++;
}

/* Does the maintenance interrupt end the stay? 6.5 */
static inline bool guest_maintenance(void)
{
	bool pending = false, ended = false;
	unsigned int i;

	for (i = 0; i < FAKE_LRS; i++) {
		pending |= (fake.lr[i] & GIC_LR_STATE) == GIC_LR_PENDING;
		ended |= fake.lr[i] && !(fake.lr[i] & (GIC_LR_STATE | GIC_LR_HW)) &&
			 (fake.lr[i] & GIC_LR_EOI);
	}
	return (fake.hcr & GIC_HCR_NPIE && !pending) ||
	       (fake.hcr & GIC_HCR_LRENPIE && fake.eoicount) || ended;
}

/* The VM */

#define DIST_BASE	0x08000000ULL
#define REDIST_BASE	0x080a0000ULL
#define PMR_OPEN	0xf0U

static struct vm_device device;
static struct arm_vcpu *cpu0, *cpu1;

static inline int device_create(void)
{
	return fake_with_vm(vm, gic_device_ops.create(&device));
}

static inline void load(struct arm_vcpu *vcpu)
{
	preempt_disable();
	gic_load(vcpu);
	preempt_enable();
	fake_here = vcpu;
}

static inline void put(struct arm_vcpu *vcpu)
{
	fake_here = NULL;
	preempt_disable();
	gic_put(vcpu);
	preempt_enable();
}

/* What the run loop does after a stay in the guest. */
static inline void come_out(struct arm_vcpu *vcpu)
{
	gic_sync(vcpu);
	gic_tell_ends(vcpu);
}

/* One look into the guest: does the guest take it? Return: what it acknowledged. */
static inline u32 take_one(struct arm_vcpu *vcpu)
{
	u32 intid;

	if (fake_here != vcpu) {
		if (fake_here)
			put(fake_here);
		load(vcpu);
	}
	gic_flush(vcpu);
	intid = guest_ack();
	come_out(vcpu);
	return intid;
}

static inline void end_one(struct arm_vcpu *vcpu, u32 intid)
{
	gic_flush(vcpu);
	guest_eoi(intid);
	come_out(vcpu);
}

/* The guest does something, and there is nothing for it to take. */
static inline void look_in(struct arm_vcpu *vcpu)
{
	assert_int_equal(take_one(vcpu), SPURIOUS);
}

static inline int attr_set(u32 group, u64 attr, void *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	return gic_device_ops.set_attr(&device, &a);
}

static inline int attr_get(u32 group, u64 attr, void *val)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	return gic_device_ops.get_attr(&device, &a);
}

static inline int attr_has(u32 group, u64 attr)
{
	struct kvm_device_attr a = { .group = group, .attr = attr };

	return gic_device_ops.has_attr(&device, &a);
}

static inline void vm_add_vcpu(unsigned int id)
{
	struct arm_vcpu *vcpu = calloc(1, sizeof(*vcpu));

	vcpu->vm = vm;
	vcpu->base.id = id;
	vcpu->base.idx = vm->base.nr_vcpus;
	vcpu->mpidr = (id & 0xf) | (u64)(id >> 4) << 8;
	mutex_init(&vcpu->base.mutex);
	assert_int_equal(gic_vcpu_init(vcpu), 0);
	vm->vcpus[vm->base.nr_vcpus++] = vcpu;
}

/* No vCPUs, no GIC. */
static inline int vm_make(void **state)
{
	memset(&fake, 0, sizeof(fake));
	fake_here = NULL;
	fake_vcpus_busy = false;
	fake_on_relax = NULL;
	fake_on_copy = NULL;
	fake_hole = fake_hole_end = fake_rom = fake_rom_end = 0;
	fake_ram = calloc(1, FAKE_RAM_SIZE);
	vm = calloc(1, sizeof(*vm));
	mutex_init(&vm->base.lock);
	vm->ipa_bits = 40;
	gic_vm_init(vm);
	device.vm = &vm->base;
	return 0;
}

static inline int vm_unmake(void **state)
{
	unsigned int i;

	gic_vm_destroy(vm);
	for (i = 0; i < vm->base.nr_vcpus; i++) {
		gic_vcpu_destroy(vm->vcpus[i]);
		free(vm->vcpus[i]);
	}
	free(vm);
	free(fake_ram);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}

/* Ready to run: everything enabled, CPU interfaces open. */
static inline int vm_make_ready(void **state)
{
	u64 addr = DIST_BASE;
	u64 ctlr = 3;
	unsigned int i;

	vm_make(state);
	for (i = 0; i < FAKE_VCPUS; i++)
		vm_add_vcpu(i);
	cpu0 = vm->vcpus[0];
	cpu1 = vm->vcpus[1];
	assert_int_equal(device_create(), 0);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &addr), 0);
	addr = REDIST_BASE;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &addr), 0);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL), 0);
	for (i = 0; i < FAKE_VCPUS; i++) {
		assert_int_equal(gic_first_run(vm->vcpus[i]), 0);
		vm->vcpus[i]->gic.vmcr = PMR_OPEN << GIC_VMCR_PMR_SHIFT |
					 GIC_VMCR_ENG0 | GIC_VMCR_ENG1;
	}
	assert_true(gic_mmio(cpu0, DIST_BASE, 4, true, &ctlr));
	return 0;
}

/* Guest's view of the frames. */

static inline void wr(struct arm_vcpu *vcpu, u64 addr, unsigned int len, u64 val)
{
	assert_true(gic_mmio(vcpu, addr, len, true, &val));
}

static inline u64 rd(struct arm_vcpu *vcpu, u64 addr, unsigned int len)
{
	u64 val = 0x5a5a5a5a5a5a5a5aULL;

	assert_true(gic_mmio(vcpu, addr, len, false, &val));
	return val;
}

#define SGI_BASE(cpu)	(REDIST_BASE + (cpu)->base.idx * 0x20000ULL + 0x10000)

/* The bit of @intid in register file @reg (offset of its first register). */
static inline void irq_bit(u32 reg, u32 intid)
{
	wr(cpu0, DIST_BASE + reg + intid / 32 * 4, 4, 1U << (intid % 32));
}

static inline bool irq_bit_is_set(u32 reg, u32 intid)
{
	return rd(cpu0, DIST_BASE + reg + intid / 32 * 4, 4) & (1U << (intid % 32));
}

static inline void irq_priority(u32 intid, u8 priority)
{
	wr(cpu0, DIST_BASE + 0x400 + intid, 1, priority);
}

static inline void irq_make_edge(u32 intid)
{
	u64 addr = DIST_BASE + 0xc00 + intid / 16 * 4;

	wr(cpu0, addr, 4, rd(cpu0, addr, 4) | 2U << (intid % 16 * 2));
}

static inline void irq_route(u32 intid, u64 router)
{
	wr(cpu0, DIST_BASE + 0x6000 + intid * 8, 8, router);
}

#define ISENABLER	0x100
#define ICENABLER	0x180
#define ISPENDR		0x200
#define ICPENDR		0x280
#define ISACTIVER	0x300
#define ICACTIVER	0x380

#endif
