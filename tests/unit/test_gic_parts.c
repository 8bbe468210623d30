// SPDX-License-Identifier: GPL-2.0
/*
 * Single functions of the GIC on single interrupts: what a list register is filled with and what is read out of it, which
 * vCPU is told of which change, what the frames show bit by bit, and the ends of every range.
 */
#include "test_gic_fake.h"

#define RD(cpu)		(REDIST_BASE + (cpu)->base.idx * 0x20000ULL)
#define PPI		20
#define SPI		64
#define LPI		8192
#define PROPERTIES	(FAKE_RAM + 0x10000)
#define PENDING(n)	(FAKE_RAM + 0x20000 + (n) * 0x10000)
#define GROUP1		2U	/* of the distributor's enables */

static bool level;

static bool line_of_test(struct arm_vcpu *vcpu, u32 vintid)
{
	return level;
}

static struct gic_irq *spi(u32 intid)
{
	return &vm->gic.spis[intid - GIC_NR_PRIVATE];
}

/* With its pool locked, as its callers have it. */
#define locked(irq, call) ({						\
	struct gic_pool *pool_ = (irq)->pool;				\
	__typeof__(call) ret_;						\
									\
	raw_spin_lock(&pool_->lock);					\
	ret_ = (call);							\
	raw_spin_unlock(&pool_->lock);					\
	ret_;								\
})

static bool kicked(struct arm_vcpu *vcpu)
{
	bool was = vcpu->base.requests;

	vcpu->base.requests = 0;
	return was;
}

static int redist_get(u64 mpidr, u32 offset, u32 *val)
{
	return attr_get(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, mpidr << 32 | offset, val);
}

/* --- list registers */

/* A group that the distributor forwards is forwarded, an end is asked for where a level may come again. */
static void filled(void **state)
{
	static const struct {
		bool edge, group1, enabled, line, latch, active, mapped, listened;
		u32 groups;
		u64 bits;
	} t[] = {
		{ .edge = 1, .group1 = 1, .enabled = 1, .latch = 1, .groups = 2, .bits = GIC_LR_GROUP1 | GIC_LR_PENDING },
		{ .edge = 1, .group1 = 1, .enabled = 1, .latch = 1, .groups = 1, .bits = GIC_LR_GROUP1 },
		{ .edge = 1, .enabled = 1, .latch = 1, .groups = 1, .bits = GIC_LR_PENDING },
		{ .edge = 1, .enabled = 1, .latch = 1, .groups = 2 },
		{ .edge = 1, .group1 = 1, .latch = 1, .groups = 3, .bits = GIC_LR_GROUP1 },
		{ .edge = 1, .enabled = 1, .line = 1, .groups = 3 },
		{ .enabled = 1, .line = 1, .groups = 1, .bits = GIC_LR_PENDING | GIC_LR_EOI },
		{ .enabled = 1, .line = 1, .groups = 2 },
		{ .enabled = 1, .listened = 1, .active = 1, .groups = 3, .bits = GIC_LR_ACTIVE | GIC_LR_EOI },
		{ .enabled = 1, .active = 1, .groups = 3, .bits = GIC_LR_ACTIVE },
		{ .enabled = 1, .line = 1, .active = 1, .groups = 3, .bits = GIC_LR_ACTIVE | GIC_LR_EOI },
		{ .edge = 1, .listened = 1, .enabled = 1, .active = 1, .groups = 3, .bits = GIC_LR_ACTIVE },
		{ .edge = 1, .enabled = 1, .latch = 1, .active = 1, .groups = 3, .bits = GIC_LR_STATE },
		{ .mapped = 1, .enabled = 1, .line = 1, .groups = 1, .bits = GIC_LR_PENDING | GIC_LR_HW | 127ULL << 32 },
		{ .mapped = 1, .enabled = 1, .line = 1, .active = 1, .groups = 1, .bits = GIC_LR_ACTIVE | GIC_LR_HW | 127ULL << 32 },
		{ .mapped = 1, .edge = 1, .enabled = 1, .latch = 1, .active = 1, .groups = 1,
		  .bits = GIC_LR_ACTIVE | GIC_LR_HW | 127ULL << 32 },
	};
	struct gic_irq *irq = &cpu0->gic.private[PPI];
	unsigned int i;
	u64 lr;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		gic_irq_init(irq, PPI, &cpu0->gic.pool);
		irq->edge = t[i].edge;
		irq->group1 = t[i].group1;
		irq->enabled = t[i].enabled;
		irq->line = t[i].line;
		irq->latch = t[i].latch;
		irq->active = t[i].active;
		irq->mapped = t[i].mapped;
		irq->listened = t[i].listened;
		irq->hwintid = 127;
		irq->priority = 0x98;
		lr = locked(irq, gic_lr_fill(irq, t[i].groups));
		assert_int_equal(lr, t[i].bits | PPI | 0x98ULL << 48);
		assert_true(irq->in_lr);
		/* the latch goes along with a pending one, and only with it */
		assert_int_equal(irq->lr_latch, t[i].latch && t[i].bits & GIC_LR_PENDING);
		assert_int_equal(irq->latch, t[i].latch && !(t[i].bits & GIC_LR_PENDING));
	}
	gic_irq_init(irq, PPI, &cpu0->gic.pool);
}

static unsigned int fold(struct gic_irq *irq, u64 was, u64 now)
{
	return locked(irq, gic_lr_fold(irq, was, now));
}

/* What is read back: still pending, active or ended; an end is told where somebody listens, of a level. */
static void folded(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq->in_lr = irq->lr_latch = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_PENDING), 0);
	assert_true(irq->latch && !irq->lr_latch && !irq->in_lr && !irq->active);
	irq->latch = false;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_PENDING), 0);
	assert_false(irq->latch);
	irq->lr_latch = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_ACTIVE), 0);
	assert_true(irq->active && !irq->latch && !irq->lr_latch);
	irq->line = irq->listened = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_ACTIVE, SPI | GIC_LR_STATE), 0);
	assert_true(irq->line);
	assert_int_equal(fold(irq, SPI | GIC_LR_ACTIVE, SPI), GIC_FOLD_ENDED);
	assert_false(irq->line || irq->active);
	irq->line = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI), GIC_FOLD_ENDED);
	assert_false(irq->line);
	irq->line = true;
	assert_int_equal(fold(irq, SPI, SPI), 0);
	assert_true(irq->line);
	irq->edge = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI), 0);
	irq->edge = irq->listened = false;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI), 0);
	assert_true(irq->line);
}

/* What others have changed meanwhile is made now, each change on its own, and once. */
static void edits(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq->priority = 0x88;
	irq->edit = GIC_EDIT_CLEAR_LATCH;
	irq->lr_latch = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_PENDING), 0);
	assert_false(irq->latch);
	assert_int_equal(irq->edit, 0);
	assert_int_equal(irq->priority, 0x88);
	irq->edit = GIC_EDIT_SET_ACTIVE;
	irq->lr_latch = true;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_PENDING), 0);
	assert_true(irq->active && irq->latch);
	irq->listened = irq->line = true;
	irq->edit = GIC_EDIT_RWP;
	assert_int_equal(fold(irq, SPI | GIC_LR_ACTIVE, SPI | GIC_LR_ACTIVE), GIC_FOLD_RWP);
	assert_true(irq->active && irq->line);
	irq->edit = GIC_EDIT_CLEAR_ACTIVE;
	assert_int_equal(fold(irq, SPI | GIC_LR_ACTIVE, SPI | GIC_LR_ACTIVE), GIC_FOLD_ENDED);
	assert_false(irq->active || irq->line);
	irq->line = true;
	irq->edit = GIC_EDIT_CLEAR_ACTIVE;
	assert_int_equal(fold(irq, SPI | GIC_LR_PENDING, SPI | GIC_LR_PENDING), 0);
	assert_true(irq->line);
}

/* A mapped one's line is looked at; the physical one follows where the hardware has not seen to it. */
static void folded_mapped(void **state)
{
	struct gic_irq *irq = &cpu0->gic.private[FAKE_PPI];

	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 44, FAKE_HWINTID, line_of_test), 0);
	level = true;
	assert_int_equal(fold(irq, FAKE_PPI | GIC_LR_PENDING, FAKE_PPI | GIC_LR_PENDING), 0);
	assert_true(irq->line);
	level = false;
	assert_int_equal(fold(irq, FAKE_PPI | GIC_LR_PENDING, FAKE_PPI | GIC_LR_PENDING), GIC_FOLD_FOLLOW);
	assert_false(irq->line);
	assert_int_equal(fold(irq, FAKE_PPI | GIC_LR_PENDING, FAKE_PPI | GIC_LR_ACTIVE), 0);
	irq->edit = GIC_EDIT_CLEAR_ACTIVE;
	assert_int_equal(fold(irq, FAKE_PPI | GIC_LR_ACTIVE, FAKE_PPI | GIC_LR_ACTIVE), GIC_FOLD_FOLLOW);
	irq->edit = GIC_EDIT_SET_ACTIVE;
	assert_int_equal(fold(irq, FAKE_PPI | GIC_LR_ACTIVE, FAKE_PPI | GIC_LR_ACTIVE), 0);
	irq->edit = GIC_EDIT_SET_ACTIVE;
	assert_int_equal(fold(irq, FAKE_PPI, FAKE_PPI), GIC_FOLD_FOLLOW);
	/* not looked at while a list register has it */
	level = true;
	irq->in_lr = true;
	locked(irq, (gic_phys_sample(irq), 0));
	assert_false(irq->line);
	irq->in_lr = false;
	locked(irq, (gic_phys_sample(irq), 0));
	assert_true(irq->line);
	irq->mapped = false;
	level = false;
	locked(irq, (gic_phys_sample(irq), 0));
	assert_true(irq->line);
}

static void make_active(u32 intid, u8 priority)
{
	irq_priority(intid, priority);
	irq_bit(ISACTIVER, intid);
}

/* Active ones come first; when they fill all, one makes room for a pending one, and what is left out is said. */
static void chosen(void **state)
{
	struct gic_pool *pool = &cpu0->gic.pool;
	struct gic_pick pick;

	make_active(40, 0x80);
	make_active(41, 0x40);
	raw_spin_lock(&pool->lock);
	gic_lr_choose(pool, GROUP1, 2, &pick);
	assert_int_equal(pick.n, 2);
	assert_ptr_equal(pick.irq[0], spi(41));
	assert_ptr_equal(pick.irq[1], spi(40));
	assert_false(pick.active_left || pick.pending_left);
	gic_lr_choose(pool, GROUP1, 1, &pick);
	assert_int_equal(pick.n, 1);
	assert_ptr_equal(pick.irq[0], spi(41));
	assert_true(pick.active_left && !pick.pending_left);
	raw_spin_unlock(&pool->lock);
	irq_bit(0x80, 50);
	irq_bit(0x80, 51);
	irq_bit(ISENABLER, 50);
	irq_bit(ISPENDR, 50);
	raw_spin_lock(&pool->lock);
	gic_lr_choose(pool, ~0U, 2, &pick);
	assert_int_equal(pick.n, 2);
	assert_ptr_equal(pick.irq[0], spi(41));
	assert_ptr_equal(pick.irq[1], spi(50));
	assert_true(pick.active_left && !pick.pending_left);
	gic_lr_choose(pool, GROUP1, 3, &pick);
	assert_int_equal(pick.n, 2 + spi(50)->group1);
	assert_false(pick.active_left || pick.pending_left);
	gic_lr_choose(pool, 0, 2, &pick);
	assert_int_equal(pick.n, 2);
	assert_false(pick.active_left || pick.pending_left);
	raw_spin_unlock(&pool->lock);
}

/* --- state */

/* SGIs are edges and always on, all others levels that are off; the group is the second. */
static void initial(void **state)
{
	struct gic_irq irq;

	memset(&irq, 0xff, sizeof(irq));
	gic_irq_init(&irq, 15, &cpu0->gic.pool);
	assert_true(irq.edge && irq.enabled && irq.group1);
	assert_false(irq.line || irq.latch || irq.active || irq.in_lr || irq.lr_latch || irq.mapped || irq.listened);
	assert_int_equal(irq.intid, 15);
	assert_int_equal(irq.place, GIC_NOWHERE);
	assert_int_equal(irq.priority + irq.edit, 0);
	assert_ptr_equal(irq.pool, &cpu0->gic.pool);
	assert_ptr_equal(irq.want, &cpu0->gic.pool);
	assert_true(list_empty(&irq.link));
	gic_irq_init(&irq, 16, &cpu0->gic.pool);
	assert_true(!irq.edge && !irq.enabled && irq.group1);
}

/* Private ones belong to a vCPU, SPIs end where the VM's do. */
static void found(void **state)
{
	u32 last = GIC_NR_PRIVATE + vm->gic.nr_spis - 1;

	assert_null(gic_irq_find(vm, NULL, 31));
	assert_ptr_equal(gic_irq_find(vm, cpu1, 0), &cpu1->gic.private[0]);
	assert_ptr_equal(gic_irq_find(vm, cpu1, 31), &cpu1->gic.private[31]);
	assert_ptr_equal(gic_irq_find(vm, NULL, 32), spi(32));
	assert_ptr_equal(gic_irq_find(vm, NULL, last), spi(last));
	assert_null(gic_irq_find(vm, NULL, last + 1));
	assert_true(gic_intid_is_valid_ppi(16) && gic_intid_is_valid_ppi(31));
	assert_false(gic_intid_is_valid_ppi(15) || gic_intid_is_valid_ppi(32));
	assert_true(gic_intid_is_valid_spi(vm, 32) && gic_intid_is_valid_spi(vm, last));
	assert_false(gic_intid_is_valid_spi(vm, 31) || gic_intid_is_valid_spi(vm, last + 1));
	vm->gic.initialised = false;
	assert_null(gic_irq_find(vm, NULL, 32));
	vm->gic.initialised = true;
}

/* An edge latches what a level does not, and takes back a clearing that is still to come, and nothing else. */
static void lines(void **state)
{
	struct gic_irq *irq = spi(SPI);

	gic_irq_set_line(irq, true);
	assert_true(irq->line && !irq->latch);
	gic_irq_set_line(irq, false);
	assert_true(!irq->line && !irq->latch);
	irq->edge = true;
	irq->in_lr = true;
	irq->edit = GIC_EDIT_CLEAR_LATCH | GIC_EDIT_SET_ACTIVE | GIC_EDIT_RWP;
	gic_irq_set_line(irq, false);
	assert_false(irq->latch);
	assert_int_equal(irq->edit, GIC_EDIT_CLEAR_LATCH | GIC_EDIT_SET_ACTIVE | GIC_EDIT_RWP);
	gic_irq_set_line(irq, true);
	assert_true(irq->latch);
	assert_int_equal(irq->edit, GIC_EDIT_SET_ACTIVE | GIC_EDIT_RWP);
	irq->edit |= GIC_EDIT_CLEAR_LATCH;
	gic_irq_set_latch(irq, true);
	assert_int_equal(irq->edit, GIC_EDIT_SET_ACTIVE | GIC_EDIT_RWP);
	/* a latch that went along is cleared there, one that did not has nothing to be cleared */
	irq->edit = 0;
	irq->lr_latch = false;
	kicked(cpu0);
	gic_irq_set_latch(irq, false);
	assert_int_equal(irq->edit, 0);
	assert_false(irq->latch || kicked(cpu0));
	irq->lr_latch = true;
	gic_irq_set_latch(irq, false);
	assert_int_equal(irq->edit, GIC_EDIT_CLEAR_LATCH);
	assert_true(kicked(cpu0));
	irq->lr_latch = false;
	irq->edit = 0;
	irq->in_lr = false;
}

/* A level that falls before the guest took it has the vCPU come out; one that it has taken, and an edge, have not. */
static void falls(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq->in_lr = irq->line = irq->enabled = true;
	kicked(cpu0);
	gic_irq_set_line(irq, false);
	assert_true(kicked(cpu0));
	gic_irq_set_line(irq, false);
	assert_false(kicked(cpu0));
	irq->line = irq->active = true;
	gic_irq_set_line(irq, false);
	assert_false(kicked(cpu0));
	irq->active = false;
	irq->line = irq->edge = true;
	gic_irq_set_line(irq, false);
	assert_false(kicked(cpu0));
	irq->edge = false;
	irq->line = true;
	irq->in_lr = false;
	gic_irq_set_line(irq, false);
	assert_false(kicked(cpu0));
	gic_irq_set_line(irq, true);
	assert_true(kicked(cpu0));
	irq->enabled = false;
}

/* Active or not, of one in a list register, is an edit that takes the place of the other one, and leaves others. */
static void actives(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq->in_lr = true;
	irq->edit = GIC_EDIT_RWP;
	kicked(cpu0);
	gic_irq_set_active(irq, true);
	assert_int_equal(irq->edit, GIC_EDIT_RWP | GIC_EDIT_SET_ACTIVE);
	assert_true(kicked(cpu0));
	gic_irq_set_active(irq, false);
	assert_int_equal(irq->edit, GIC_EDIT_RWP | GIC_EDIT_CLEAR_ACTIVE);
	gic_irq_set_active(irq, true);
	assert_int_equal(irq->edit, GIC_EDIT_RWP | GIC_EDIT_SET_ACTIVE);
	assert_false(irq->active);
	irq->edit = 0;
	irq->in_lr = false;
	kicked(cpu0);
	gic_irq_set_active(irq, true);
	assert_true(irq->active);
	assert_int_equal(irq->edit, 0);
	assert_false(kicked(cpu0));
	irq->enabled = irq->latch = true;
	gic_irq_set_active(irq, true);
	assert_false(kicked(cpu0));
	gic_irq_set_active(irq, false);
	assert_true(kicked(cpu0));
	irq->enabled = irq->latch = false;
}

/* A disable counts as pending once, while a list register may still have the interrupt. */
static void disables(void **state)
{
	struct gic_irq *irq = spi(SPI);
	u32 val = 0;

	kicked(cpu0);
	gic_irq_set_enabled(vm, irq, true);
	gic_irq_set_enabled(vm, irq, false);
	assert_int_equal(atomic_read(&vm->gic.rwp), 0);
	assert_false(kicked(cpu0));
	irq->in_lr = true;
	gic_irq_set_enabled(vm, irq, true);
	assert_int_equal(atomic_read(&vm->gic.rwp), 0);
	gic_irq_set_enabled(vm, irq, false);
	assert_int_equal(irq->edit, GIC_EDIT_RWP);
	assert_true(kicked(cpu0));
	gic_irq_set_enabled(vm, irq, false);
	assert_int_equal(atomic_read(&vm->gic.rwp), 1);
	irq->edit = GIC_EDIT_CLEAR_LATCH;
	gic_irq_set_enabled(vm, irq, false);
	assert_int_equal(irq->edit, GIC_EDIT_CLEAR_LATCH | GIC_EDIT_RWP);
	assert_int_equal(atomic_read(&vm->gic.rwp), 2);
	atomic_set(&vm->gic.rwp, 1);
	/* the frames say so to the guest, not to the VMM */
	assert_int_equal(rd(cpu0, DIST_BASE, 4), BIT(31) | 0x53);
	assert_int_equal(rd(cpu0, RD(cpu0), 4), BIT(3));
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, &val), 0);
	assert_int_equal(val, 0x53);
	assert_int_equal(redist_get(0, 0, &val), 0);
	assert_int_equal(val, 0);
	vm->gic.nr_any.counter = 1;
	atomic_set(&vm->gic.rwp, 0);
	assert_int_equal(rd(cpu0, DIST_BASE, 4), 0x53);
	assert_int_equal(rd(cpu0, RD(cpu0), 4), 0);
	vm->gic.nr_any.counter = 0;
	irq->edit = 0;
	irq->in_lr = false;
}

/* Routes to any vCPU are counted, whatever else the register says, before and after. */
static void routes(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq_route(SPI, 1);
	assert_int_equal(atomic_read(&vm->gic.nr_any), 0);
	assert_ptr_equal(irq->pool, &cpu1->gic.pool);
	irq_route(SPI, BIT(31) | 1);
	assert_int_equal(atomic_read(&vm->gic.nr_any), 1);
	assert_ptr_equal(irq->pool, &cpu0->gic.pool);
	irq_route(SPI, BIT(31));
	assert_int_equal(atomic_read(&vm->gic.nr_any), 1);
	irq_route(SPI, 2);
	assert_int_equal(atomic_read(&vm->gic.nr_any), 0);
	assert_ptr_equal(irq->pool, &vm->vcpus[2]->gic.pool);
	assert_ptr_equal(irq->want, irq->pool);
	irq_route(SPI, 0x77);
	assert_ptr_equal(irq->pool, &vm->gic.unrouted);
	/* half of the register at a time; other sizes are ignored */
	irq_route(SPI, 0x500000003ULL);
	wr(cpu0, DIST_BASE + 0x6000 + SPI * 8, 4, 1);
	assert_int_equal(irq->router, 0x500000001ULL);
	wr(cpu0, DIST_BASE + 0x6000 + SPI * 8 + 4, 4, 0);
	assert_int_equal(irq->router, 1);
	assert_ptr_equal(irq->pool, &cpu1->gic.pool);
	wr(cpu0, DIST_BASE + 0x6000 + SPI * 8, 2, 2);
	wr(cpu0, DIST_BASE + 0x6000 + SPI * 8, 1, 2);
	assert_int_equal(irq->router, 1);
	irq_route(SPI, 0x7700000000ULL | 2);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x6000 + SPI * 8 + 4, 4), 0x77);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x6000 + SPI * 8, 4), 2);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x6000 + SPI * 8, 8), 0x7700000002ULL);
	/* an active one stays till it has ended; nobody has to hurry */
	irq_route(SPI, 0);
	irq->active = true;
	kicked(cpu0);
	irq_route(SPI, 1);
	assert_ptr_equal(irq->pool, &cpu0->gic.pool);
	assert_false(kicked(cpu0));
	irq->active = false;
	/* in a list register it stays till it is out, soon */
	irq_route(SPI, 0);
	irq->in_lr = true;
	kicked(cpu0);
	irq_route(SPI, 0);
	assert_false(kicked(cpu0));
	irq_route(SPI, 1);
	assert_true(kicked(cpu0));
	assert_ptr_equal(irq->pool, &cpu0->gic.pool);
	assert_ptr_equal(irq->want, &cpu1->gic.pool);
	irq->in_lr = false;
	irq->active = true;
	gic_irq_move(irq);
	assert_ptr_equal(irq->pool, &cpu0->gic.pool);
	irq->active = false;
	kicked(cpu1);
	gic_irq_move(irq);
	assert_ptr_equal(irq->pool, &cpu1->gic.pool);
	assert_false(kicked(cpu1));
}

/* SGIs by affinity: three fields of it, sixteens of the lowest, and a bit for each of sixteen. */
static void sgis(void **state)
{
	static const u64 mpidr[] = { 0x25, 4ULL << 32 | 3 << 16 | 2 << 8 | 0x1f, 0x10025, 0x100000025 };
	unsigned int i;

	for (i = 0; i < 4; i++)
		vm->vcpus[i]->mpidr = mpidr[i];
	gic_send_sgi(cpu1, 7ULL << 24 | 2ULL << 44 | BIT(5), true);
	assert_true(cpu0->gic.private[7].latch);
	for (i = 1; i < 4; i++)
		assert_false(vm->vcpus[i]->gic.private[7].latch);
	gic_send_sgi(cpu0, 9ULL << 24 | 1ULL << 44 | BIT(15) | 2 << 16 | 3ULL << 32 | 4ULL << 48, true);
	assert_true(cpu1->gic.private[9].latch);
	gic_send_sgi(cpu0, 15ULL << 24 | 2ULL << 44 | BIT(5) | 1ULL << 32, true);
	gic_send_sgi(cpu0, 14ULL << 24 | 2ULL << 44 | BIT(5) | 1ULL << 48, true);
	for (i = 0; i < 4; i++) {
		assert_int_equal(vm->vcpus[i]->gic.private[15].latch, i == 2);
		assert_int_equal(vm->vcpus[i]->gic.private[14].latch, i == 3);
	}
	/* all but the sender, whatever the rest says; group 0 is reached from group 0 alone */
	vm->vcpus[3]->gic.private[3].group1 = false;
	cpu0->gic.private[3].edit = GIC_EDIT_CLEAR_LATCH | GIC_EDIT_RWP;
	gic_send_sgi(cpu1, 3ULL << 24 | BIT_ULL(40) | 0xffff, true);
	for (i = 0; i < 4; i++)
		assert_int_equal(vm->vcpus[i]->gic.private[3].latch, i != 1);
	assert_int_equal(cpu0->gic.private[3].edit, GIC_EDIT_RWP);
	cpu0->gic.private[3].edit = 0;
	vm->vcpus[3]->gic.private[4].group1 = false;
	gic_send_sgi(cpu1, 4ULL << 24 | BIT_ULL(40), false);
	for (i = 0; i < 4; i++)
		assert_int_equal(vm->vcpus[i]->gic.private[4].latch, i == 3);
	vm->gic.exists = false;
	gic_send_sgi(cpu1, 5ULL << 24 | BIT_ULL(40), true);
	vm->gic.exists = true;
	assert_false(cpu0->gic.private[5].latch);
}

/* --- mapped ones */

/* Only PPIs have a physical interrupt, which has a number in Linux and one that a list register can name; once. */
static void maps(void **state)
{
	static const struct { u32 vintid, host, hw; int ret; } t[] = {
		{ 15, 44, 30, -EINVAL }, { 32, 44, 30, -EINVAL }, { 27, 0, 30, -EINVAL }, { 27, 44, 8192, -EINVAL },
		{ 16, 44, 0, 0 }, { 31, 1, 8191, 0 }, { 31, 2, 30, -EBUSY },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(gic_map_phys(cpu0, t[i].vintid, t[i].host, t[i].hw, line_of_test), t[i].ret);
	assert_int_equal(cpu0->gic.private[31].host_irq, 1);
	assert_int_equal(cpu0->gic.private[31].hwintid, 8191);
	assert_ptr_equal(cpu0->gic.private[31].get_level, line_of_test);
	assert_true(gic_is_mapped(cpu0, 16) && gic_is_mapped(cpu0, 31));
	assert_false(gic_is_mapped(cpu0, 27) || gic_is_mapped(cpu1, 31));
	/* what is not there is neither mapped nor active, and has nothing to reset */
	assert_false(gic_is_mapped(cpu0, 1019) || gic_map_is_active(cpu0, 1019));
	gic_reset_mapped(cpu0, 1019);
	assert_false(gic_map_is_active(cpu0, 31));
	cpu0->gic.private[31].latch = true;
	assert_true(gic_map_is_active(cpu0, 31));
	cpu0->gic.private[31].active = cpu0->gic.private[31].line = true;
	gic_reset_mapped(cpu0, 31);
	assert_false(cpu0->gic.private[31].latch || cpu0->gic.private[31].active || cpu0->gic.private[31].line);
	cpu0->gic.private[20].latch = true;
	gic_reset_mapped(cpu0, 20);
	assert_true(cpu0->gic.private[20].latch);
	cpu0->gic.private[20].latch = false;
}

/* Who knows better than the state: the vCPU that has it in a list register, or that is in the guest with its line up. */
static void holders(void **state)
{
	struct gic_irq *irq = &cpu1->gic.private[FAKE_PPI];
	struct gic_pool *pool = &cpu1->gic.pool;

	assert_null(gic_irq_holder(irq, pool));
	irq->in_lr = true;
	assert_ptr_equal(gic_irq_holder(irq, pool), cpu1);
	irq->in_lr = false;
	irq->line = true;
	cpu1->gic.inside = true;
	assert_null(gic_irq_holder(irq, pool));
	irq->mapped = true;
	assert_ptr_equal(gic_irq_holder(irq, pool), cpu1);
	cpu1->gic.inside = false;
	assert_null(gic_irq_holder(irq, pool));
	cpu1->gic.inside = true;
	irq->line = false;
	assert_null(gic_irq_holder(irq, pool));
	irq->mapped = cpu1->gic.inside = false;
}

/* A physical interrupt follows its own virtual one only: not when another of the vCPU's is disabled, or has ended. */
static void follows(void **state)
{
	struct gic_irq *irq = &cpu0->gic.private[PPI];

	fake.phys_active = true;
	load(cpu0);
	irq->enabled = irq->line = true;
	gic_irq_set_line(irq, true);
	gic_flush(cpu0);
	assert_true(irq->in_lr);
	gic_irq_set_enabled(vm, irq, false);
	assert_int_equal(atomic_read(&vm->gic.rwp), 1);
	gic_sync(cpu0);
	assert_int_equal(atomic_read(&vm->gic.rwp), 0);
	assert_true(fake.phys_active);
	assert_true(cpu0->gic.loaded);
	put(cpu0);
	assert_false(cpu0->gic.loaded);
	/* without a GIC of its own a vCPU's entry changes nothing */
	cpu0->gic.attached = false;
	fake.hcr = 0x1c00;
	gic_flush(cpu0);
	assert_int_equal(fake.hcr, 0x1c00);
	cpu0->gic.attached = true;
}

/* Before there is a distributor nobody is routed anywhere. */
static void too_early(void **state)
{
	vm->gic.initialised = false;
	vm->gic.any = NULL;
	gic_power_changed(vm);
	assert_null(vm->gic.any);
	vm->gic.initialised = true;
	gic_power_changed(vm);
	assert_ptr_equal(vm->gic.any, &cpu0->gic.pool);
	assert_false(mutex_is_locked(&vm->gic.lock));
}

/* An end that was only counted is that of the highest that is active and in no list register; a mapped one's is followed. */
static void counted(void **state)
{
	struct gic_irq *irq = &cpu0->gic.private[FAKE_PPI], *other = spi(40);
	struct gic_ends ends = {};

	assert_int_equal(gic_map_phys(cpu0, FAKE_PPI, 44, FAKE_HWINTID, line_of_test), 0);
	level = false;
	make_active(40, 0x40);
	other->listened = other->line = true;
	irq->active = true;
	irq->priority = 0x80;
	raw_spin_lock(&cpu0->gic.pool.lock);
	gic_pool_list(irq);
	gic_fold_eoicount(&cpu0->gic, &ends, 1);
	assert_false(other->active);
	assert_true(irq->active);
	assert_int_equal(cpu0->gic.nr_ended, 1);
	assert_int_equal(cpu0->gic.ended[0], 40);
	assert_int_equal(ends.follow, 0);
	gic_fold_eoicount(&cpu0->gic, &ends, 2);
	assert_false(irq->active);
	assert_int_equal(ends.follow, BIT(FAKE_PPI));
	assert_int_equal(cpu0->gic.nr_ended, 1);
	assert_int_equal(ends.rwp + ends.nr_move, 0);
	raw_spin_unlock(&cpu0->gic.pool.lock);
	cpu0->gic.nr_ended = 0;
}

/* --- what is pending */

/* Masks and group enables are the hardware's for the vCPU that is loaded here, else those that were kept. */
static void pending(void **state)
{
	irq_bit(ISENABLER, SPI);
	irq_priority(SPI, 0x80);
	spi(SPI)->group1 = false;
	irq_bit(ISPENDR, SPI);
	assert_true(gic_pending(cpu0));
	cpu0->gic.vmcr = PMR_OPEN << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG1;
	assert_false(gic_pending(cpu0));
	cpu0->gic.vmcr = PMR_OPEN << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0;
	assert_true(gic_pending(cpu0));
	cpu0->gic.vmcr = 0x80U << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0;
	assert_false(gic_pending(cpu0));
	cpu0->gic.vmcr = 0x88U << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0;
	assert_true(gic_pending(cpu0));
	load(cpu0);
	fake.vmcr = GIC_VMCR_ENG0;
	assert_false(gic_pending(cpu0));
	fake_here = cpu1;
	assert_true(gic_pending(cpu0));
	fake_here = cpu0;
	cpu0->gic.loaded = false;
	assert_true(gic_pending(cpu0));
	cpu0->gic.loaded = true;
	fake.vmcr = 0x88U << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0;
	put(cpu0);
	wr(cpu0, DIST_BASE, 4, 2);
	assert_false(gic_pending(cpu0));
	wr(cpu0, DIST_BASE, 4, 1);
	assert_true(gic_pending(cpu0));
	cpu0->gic.attached = false;
	assert_false(gic_pending(cpu0));
	cpu0->gic.attached = true;
}

/* A vCPU that is reset while it is loaded has its CPU interface's registers reset, too. */
static void reset(void **state)
{
	load(cpu0);
	fake.vmcr = 0x1234;
	fake.apr[0][0] = fake.apr[1][3] = 7;
	gic_vcpu_reset(cpu0);
	assert_int_equal(fake.vmcr, 0);
	assert_int_equal(fake.apr[0][0] + fake.apr[1][3], 0);
	assert_true(cpu0->gic.loaded);
	assert_int_equal(fake.hcr, GIC_HCR_EN);
	put(cpu0);
	cpu0->gic.vmcr = 0x77;
	cpu0->gic.apr[1][0] = 5;
	cpu0->gic.loaded = true;
	fake_here = cpu1;
	fake.vmcr = 0x1234;
	fake.hcr = 0x55;
	gic_vcpu_reset(cpu0);
	assert_int_equal(fake.hcr, 0x55);
	cpu0->gic.loaded = false;
	assert_int_equal(cpu0->gic.vmcr, 0);
	assert_int_equal(cpu0->gic.apr[1][0], 0);
	assert_int_equal(fake.vmcr, 0x1234);
}

/* What is gone is said to be gone. */
static void gone(void **state)
{
	struct gic *gic = &vm->gic;

	gic_device_ops.release(&device);
	assert_false(gic_exists(vm));
	assert_true(gic_is_initialised(vm));
	gic_vcpu_destroy(cpu0);
	assert_false(cpu0->gic.attached);
	gic_vm_destroy(vm);
	assert_false(gic->initialised);
	assert_null(gic->spis);
	assert_null(gic->regions);
	assert_int_equal(gic->nr_spis + gic->nr_regions, 0);
	gic_vm_init(vm);
	assert_int_equal(gic->dist_base, GIC_ADDR_UNSET);
}

/* --- frames */

/* What the frames say of themselves, bit by bit. */
static void frames(void **state)
{
	u64 val = 1;

	cpu1->mpidr = 0x5500030201ULL;
	cpu1->base.id = 0x10203;
	assert_int_equal(rd(cpu0, DIST_BASE + 4, 4), (vm->gic.nr_irqs / 32 - 1) | 1 << 24 | 9 << 19);
	assert_int_equal(rd(cpu0, DIST_BASE + 8, 4), 0x5400143b);
	assert_int_equal(rd(cpu0, DIST_BASE + 0xc, 4), 0);
	assert_int_equal(rd(cpu0, DIST_BASE + 0xffe8, 4), 0x3b);
	assert_int_equal(rd(cpu0, RD(cpu0) + 4, 4), 0x5400143b);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0xffe8, 4), 0x3b);
	assert_int_equal(rd(cpu0, RD(cpu1) + 8, 8), 0x5503020100020300ULL);
	assert_int_equal(rd(cpu0, RD(cpu1) + 8, 4), 0x00020300);
	assert_int_equal(rd(cpu0, RD(cpu1) + 12, 4), 0x55030201);
	assert_int_equal(rd(cpu0, RD(vm->vcpus[3]) + 8, 8), 3ULL << 32 | 0x300 | 0x10);
	/* sleep is one bit, and children follow at once */
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x14, 4), 6);
	wr(cpu0, RD(cpu0) + 0x14, 4, ~2U);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x14, 4), 0);
	wr(cpu0, RD(cpu0) + 0x14, 4, 2);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x14, 4), 6);
	wr(cpu0, RD(cpu0) + 0x14, 2, 0);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x14, 4), 6);
	/* nothing is there before the VM is ready, nor behind the last redistributor, nor below the distributor */
	assert_false(gic_mmio(cpu0, DIST_BASE - 4, 4, false, &val));
	assert_false(gic_mmio(cpu0, RD(vm->vcpus[3]) + 0x20000, 4, false, &val));
	assert_true(gic_mmio(cpu0, DIST_BASE + 0xfffc, 4, false, &val));
	vm->gic.ready = false;
	assert_false(gic_mmio(cpu0, DIST_BASE, 4, false, &val));
	vm->gic.ready = true;
}

/* Briefly only what neither waits nor sleeps, of which no byte is done otherwise; and it is served as ever. */
static void brief(void **state)
{
	static const u32 waits[] = { 0x200, 0x27c, 0x280, 0x300, 0x380, 0x3fc };
	const u64 sgi = SGI_BASE(cpu0), rd_frame = RD(cpu0);
	unsigned int i, write;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(waits); i++)
		for (write = 0; write < 2; write++) {
			val = ~0UL;
			assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE + waits[i], 4, write, &val), -EAGAIN);
			assert_int_equal(gic_mmio_brief(cpu0, sgi + waits[i], 4, write, &val), -EAGAIN);
			assert_int_equal(gic_mmio_brief(cpu0, rd_frame + 0x14, 4, write, &val), -EAGAIN);
			assert_true(val == ~0UL);
		}
	val = 0;
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE, 4, true, &val), -EAGAIN);
	assert_int_equal(rd(cpu0, DIST_BASE, 4) & 3, 3);
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE, 4, false, &val), 1);
	assert_int_equal(val & 3, 3);
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE + 4, 4, false, &val), 1);
	assert_int_equal(val, rd(cpu0, DIST_BASE + 4, 4));
	val = 1U << 10;
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE + 0x104, 4, true, &val), 1);
	assert_true(irq_bit_is_set(ISENABLER, 42));
	val = 3;
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE + 0x6000 + 42 * 8, 8, true, &val), 1);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x6000 + 42 * 8, 8), 3);
	val = 1U << 20;
	assert_int_equal(gic_mmio_brief(cpu0, sgi + 0x100, 4, true, &val), 1);
	assert_true(rd(cpu0, sgi + 0x100, 4) & 1U << 20);
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE - 4, 4, false, &val), 0);
	vm->gic.ready = false;
	assert_int_equal(gic_mmio_brief(cpu0, DIST_BASE, 4, false, &val), 0);
	vm->gic.ready = true;
}

/* Only a write to a redistributor's first frame may read the guest's memory, and has the thread ready to sleep. */
static void may_sleep(void **state)
{
	fake_fp_saves = 0;
	rd(cpu0, RD(cpu0), 4);
	wr(cpu0, SGI_BASE(cpu0) + 0x100, 4, 0);
	wr(cpu0, DIST_BASE, 4, 3);
	assert_int_equal(fake_fp_saves, 0);
	wr(cpu0, RD(cpu1), 4, 0);
	assert_int_equal(fake_fp_saves, 1);
	assert_ptr_equal(fake_fp_saved, cpu0);
}

/* Of errors that were noted the guest clears those that it writes, and the VMM sets what it has saved. */
static void statusr(void **state)
{
	u32 val = 0x1d;

	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x10, &val), 0);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x10, 4), 0xd);
	wr(cpu0, DIST_BASE + 0x10, 4, 5);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x10, 4), 8);
	val = 6;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0x10, &val), 0);
	wr(cpu0, RD(cpu0) + 0x10, 2, 2);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x10, 4), 6);
	wr(cpu0, RD(cpu0) + 0x10, 4, 2);
	assert_int_equal(rd(cpu0, RD(cpu0) + 0x10, 4), 4);
	assert_int_equal(rd(cpu0, RD(cpu1) + 0x10, 4), 0);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x10, 4), 8);
}

/* Groups are read as they were written; a change has the vCPU look, if it could take the interrupt. */
static void groups(void **state)
{
	wr(cpu0, DIST_BASE + 0x80 + 8, 4, 0xf0f0f0f1);
	assert_int_equal(rd(cpu0, DIST_BASE + 0x80 + 8, 4), 0xf0f0f0f1);
	assert_true(spi(SPI)->group1);
	assert_false(spi(SPI + 1)->group1);
	assert_true(spi(SPI + 32)->group1);		/* the next register's */
	kicked(cpu0);
	wr(cpu0, DIST_BASE + 0x80 + 8, 4, 0);
	assert_false(kicked(cpu0));
	irq_bit(ISENABLER, SPI);
	irq_bit(ISPENDR, SPI);
	kicked(cpu0);
	wr(cpu0, DIST_BASE + 0x80 + 8, 4, 0);
	assert_false(kicked(cpu0));
	wr(cpu0, DIST_BASE + 0x80 + 8, 4, 1);
	assert_true(kicked(cpu0));
	/* configuration: of SPIs alone, the upper bit of two */
	wr(cpu0, DIST_BASE + 0xc00 + 16, 4, 0xffffffff);
	assert_int_equal(rd(cpu0, DIST_BASE + 0xc00 + 16, 4), 0xaaaaaaaa);
	wr(cpu0, DIST_BASE + 0xc00 + 16, 4, 0x55555555);
	assert_int_equal(rd(cpu0, DIST_BASE + 0xc00 + 16, 4), 0);
	wr(cpu0, SGI_BASE(cpu0) + 0xc00, 4, 0);
	assert_int_equal(rd(cpu0, SGI_BASE(cpu0) + 0xc00, 4), 0xaaaaaaaa);
	wr(cpu0, SGI_BASE(cpu0) + 0xc04, 4, 0xffffffff);
	assert_int_equal(rd(cpu0, SGI_BASE(cpu0) + 0xc04, 4), 0);
}

/* Pending is also what went into a list register with its latch; the VMM is shown the latch alone. */
static void pending_bits(void **state)
{
	struct gic_access guest = { .vm = vm, .self = cpu0 }, vmm = { .vm = vm };
	struct gic_irq *irq = spi(SPI);

	irq->lr_latch = true;
	assert_int_equal(locked(irq, gic_get_pending(&guest, irq)), 1);
	assert_int_equal(locked(irq, gic_get_pending(&vmm, irq)), 0);
	irq->lr_latch = false;
	irq->line = true;
	assert_int_equal(locked(irq, gic_get_pending(&guest, irq)), 1);
	assert_int_equal(locked(irq, gic_get_pending(&vmm, irq)), 0);
	assert_int_equal(locked(irq, gic_get_clear_pending(&guest, irq)), 1);
	irq->latch = true;
	assert_int_equal(locked(irq, gic_get_clear_pending(&vmm, irq)), 0);
	assert_int_equal(locked(irq, gic_get_pending(&vmm, irq)), 1);
	irq->latch = irq->line = false;
	assert_int_equal(locked(irq, gic_get_pending(&guest, irq)), 0);
}

/* For an enable nobody has to come out of the guest, for a pending bit he has who may know better. */
static void nobody_waits(void **state)
{
	struct gic_irq *irq = spi(SPI);

	irq_route(SPI, 1);
	irq->in_lr = true;
	kicked(cpu1);
	assert_false(irq_bit_is_set(ISENABLER, SPI));
	assert_false(irq_bit_is_set(ICENABLER, SPI));
	rd(cpu0, DIST_BASE + 0x80 + 8, 4);
	assert_false(kicked(cpu1));
	irq->in_lr = false;
}

/* --- the device's attributes */

/* Registers end with their frames, of the vCPU that all four fields of its affinity name. */
static void attributes(void **state)
{
	u32 val = 0;

	cpu1->mpidr = 0x5500030201ULL;
	assert_int_equal(redist_get(0x55030201, 8, &val), 0);
	assert_int_equal(val, 0x100);
	assert_int_equal(redist_get(0x54030201, 8, &val), -EINVAL);
	assert_int_equal(redist_get(0x030201, 8, &val), -EINVAL);
	assert_int_equal(redist_get(0, 0x20000, &val), -ENXIO);
	assert_int_equal(redist_get(0, 0x1ffe8, &val), -ENXIO);
	assert_int_equal(redist_get(0, 0xffe8, &val), 0);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xffe8, &val), 0);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x10000, &val), -ENXIO);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 6, &val), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xffe8), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x10000), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 6), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x10100), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0x10100), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0x20000), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 9ULL << 32 | 8), -EINVAL);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 64), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1 << 10 | 64), -ENXIO);
	assert_int_equal(attr_has(99, 0), -ENXIO);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_ADDR, 99, &val), -ENXIO);
	assert_int_equal(attr_get(99, 0, &val), -ENXIO);
	assert_int_equal(attr_set(99, 0, &val), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x401), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x400), 0);
	/* of a redistributor that offset is no IIDR, and what is written there is ignored */
	val = 5;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 8, &val), 0);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 8, &val), -EINVAL);
	val = 0x5400143b;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 8, &val), 0);
	/* lines of private ones end before the first SPI's */
	gic_irq_set_line(spi(32), true);
	val = 0;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, &val), 0);
	assert_true(spi(32)->line);
	val = ~0U;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, &val), 0);
	assert_int_equal(attr_get(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, &val), 0);
	assert_int_equal(val, 0xffff0000);
}

static int addr_set(u64 type, u64 addr)
{
	return attr_set(KVM_DEV_ARM_VGIC_GRP_ADDR, type, &addr);
}

/* Sizes and addresses are said once, and none after the first run. */
static void said_once(void **state)
{
	u32 nr = 32;

	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_DIST, DIST_BASE), -EEXIST);
	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_REDIST, REDIST_BASE), -EEXIST);
	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, 1ULL << 52 | 0x20000000), -EINVAL);
	vm->gic.ready = false;
	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_DIST, DIST_BASE), -EEXIST);
	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_REDIST, REDIST_BASE), -EEXIST);
	assert_int_equal(addr_set(KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, 1ULL << 52 | 0x20000000), -EINVAL);
	vm->gic.ready = true;
	vm->gic.nr_irqs = 0;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), -EINVAL);
	nr = 65;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), -EINVAL);
	nr = 1056;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), -EINVAL);
	nr = 1024;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), 0);
	vm->gic.nr_irqs = 0;
	nr = 64;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), 0);
	assert_int_equal(vm->gic.nr_irqs, 64);
	nr = 96;
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr), -EBUSY);
	assert_int_equal(vm->gic.nr_irqs, 64);
}

/* --- LPIs */

static struct gic_irq *lpi_make(u32 intid, struct arm_vcpu *vcpu)
{
	struct gic_irq *lpi = gic_lpi_make(vm, intid);

	assert_false(IS_ERR(lpi));
	gic_lpi_route(vm, lpi, vcpu);
	return lpi;
}

static int setup_lpis(void **state)
{
	vm_make_ready(state);
	mutex_lock(&vm->base.lock);
	gic_lpi_allow(vm);
	mutex_unlock(&vm->base.lock);
	wr(cpu0, RD(cpu0) + 0x70, 8, PROPERTIES | 15);
	wr(cpu0, RD(cpu0) + 0x78, 8, PENDING(0));
	wr(cpu0, RD(cpu1) + 0x78, 8, PENDING(1));
	wr(cpu0, RD(cpu0), 4, 1);
	wr(cpu0, RD(cpu1), 4, 1);
	return 0;
}

/* A disable has the vCPU come out that may hold it, and is over when it has; nothing else has to wait. */
static void lpi_configured(void **state)
{
	struct gic_irq *lpi = lpi_make(LPI, cpu0);

	assert_true(lpi->edge && lpi->group1 && !lpi->enabled);
	gic_lpi_configure(lpi, 0xa5, cpu1);
	assert_true(lpi->enabled);
	assert_int_equal(lpi->priority, 0xa0);
	lpi->in_lr = true;
	kicked(cpu0);
	gic_lpi_configure(lpi, 0xb1, cpu1);
	assert_false(kicked(cpu0));
	gic_lpi_configure(lpi, 0xb0, cpu0);
	assert_false(lpi->enabled);
	assert_true(kicked(cpu0));
	gic_lpi_configure(lpi, 0xb0, cpu1);
	assert_false(kicked(cpu0));
	lpi->in_lr = false;
	gic_lpi_configure(lpi, 0xb1, cpu1);
	gic_lpi_configure(lpi, 0xb0, cpu1);
	assert_false(kicked(cpu0));
	/* a signal takes back the clearing that is to come, and nothing else */
	lpi->in_lr = true;
	lpi->priority = 0xf8;
	lpi->edit = GIC_EDIT_CLEAR_LATCH | GIC_EDIT_SET_ACTIVE | GIC_EDIT_CLEAR_ACTIVE | GIC_EDIT_RWP;
	assert_int_equal(gic_lpi_raise(lpi), 0);
	assert_int_equal(lpi->edit, GIC_EDIT_SET_ACTIVE | GIC_EDIT_CLEAR_ACTIVE | GIC_EDIT_RWP);
	assert_int_equal(lpi->priority, 0xf8);
	lpi->edit = 0;
	/* taken, it is active till its end is told; with ends of two steps no LPI's is */
	fake.vmcr = PMR_OPEN << GIC_VMCR_PMR_SHIFT | GIC_VMCR_ENG0 | GIC_VMCR_ENG1;
	locked(lpi, gic_fold_lr(lpi, LPI | GIC_LR_PENDING, LPI | GIC_LR_ACTIVE));
	assert_true(lpi->active);
	fake.vmcr |= GIC_VMCR_EOIM;
	locked(lpi, gic_fold_lr(lpi, LPI | GIC_LR_PENDING, LPI | GIC_LR_ACTIVE));
	assert_false(lpi->active);
	locked(spi(SPI), gic_fold_lr(spi(SPI), SPI | GIC_LR_PENDING, SPI | GIC_LR_ACTIVE));
	assert_true(spi(SPI)->active);
}

/* Bases say what is cached, in the weakest way that is still coherent. */
static void lpi_bases(void **state)
{
	static const struct { u64 in, out; } t[] = {
		{ 0, 5ULL << 7 }, { 1ULL << 7, 5ULL << 7 }, { 2ULL << 7, 2ULL << 7 }, { 7ULL << 7, 7ULL << 7 },
		{ 2ULL << 7 | 1 << 10, 2ULL << 7 | 1 << 10 }, { 2ULL << 7 | 2 << 10, 2ULL << 7 | 1 << 10 },
		{ 3ULL << 7 | 3 << 10, 3ULL << 7 | 1 << 10 }, { 7ULL << 56 | 2ULL << 7 | 0x1234000, 2ULL << 7 | 0x1234000 },
		{ ~0ULL, (~0ULL & ~(7ULL << 56) & ~(3ULL << 10)) | 1 << 10 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(gic_reg_cached(t[i].in), t[i].out);
	assert_int_equal(gic_reg_merge(0x1111111122222222, 0x70, 4, 0xffffffff33333333), 0x1111111133333333);
	assert_int_equal(gic_reg_merge(0x1111111122222222, 0x74, 4, 0x44444444), 0x4444444422222222);
	assert_int_equal(gic_reg_merge(0x1111111122222222, 0x70, 8, 5), 5);
}

static void property(u32 intid, u8 val)
{
	*fake_at(PROPERTIES + intid - LPI) = val;
}

static unsigned int relaxed;

static void come_out_meanwhile(void)
{
	relaxed++;
	cpu0->gic.syncs++;
}

/* Tables are read again by a write of 4 or 8 bytes, of a vCPU whose LPIs are on, of one LPI or of all its own. */
static void lpi_invalidated(void **state)
{
	struct gic_irq *a = lpi_make(LPI, cpu0), *b = lpi_make(LPI + 1, cpu1), *c = lpi_make(LPI + 2, cpu0);

	property(LPI, 0x81);
	property(LPI + 1, 0x81);
	property(LPI + 2, 0x81);
	*fake_at(PENDING(0) + LPI / 8) = 0xff;
	rd(cpu0, RD(cpu0) + 0xb0, 8);
	rd(cpu0, RD(cpu0) + 0xa0, 8);
	wr(cpu0, RD(cpu0) + 0xb0, 2, 0);
	wr(cpu0, RD(cpu0) + 0xa0, 1, 0);
	wr(cpu0, RD(vm->vcpus[2]) + 0xb0, 8, 0);
	wr(cpu0, RD(vm->vcpus[2]) + 0xa0, 8, LPI);
	assert_false(a->enabled || b->enabled || c->enabled);
	/* LPIs are off in the redistributor that is written; its own says nothing of the writer's */
	wr(vm->vcpus[2], RD(cpu0) + 0xa0, 4, LPI);
	assert_true(a->enabled && !b->enabled && !c->enabled);
	wr(cpu1, RD(cpu0) + 0xb0, 4, 0);
	assert_true(c->enabled && !b->enabled);
	wr(cpu0, RD(cpu1) + 0xb0, 8, 0);
	assert_true(b->enabled);
	wr(cpu0, RD(cpu0) + 0xa0, 8, LPI + 9);
	/* pending bits are not read again; nor is anything where LPIs are on already */
	assert_false(a->latch || b->latch || c->latch);
	fake_copies = 0;
	wr(cpu0, RD(cpu0), 4, 1);
	assert_int_equal(fake_copies, 0);
	/* a disable waits for the vCPU that may hold it, unless that is who writes */
	property(LPI, 0x80);
	a->in_lr = true;
	fake_on_relax = come_out_meanwhile;
	relaxed = 0;
	wr(cpu0, RD(cpu0) + 0xb0, 8, 0);
	assert_int_equal(relaxed, 0);
	a->enabled = true;
	wr(cpu1, RD(cpu0) + 0xb0, 8, 0);
	assert_int_equal(relaxed, 1);
	a->in_lr = false;
}

/* LPIs are switched by one bit; that they can be, and that they can be read again, is said beside it. */
static void lpi_control(void **state)
{
	wr(cpu0, RD(cpu0), 4, ~1U);
	assert_int_equal(rd(cpu0, RD(cpu0), 4), 6);
	assert_false(cpu0->gic.lpis);
	wr(cpu0, RD(cpu0), 4, 1);
	assert_int_equal(rd(cpu0, RD(cpu0), 4), 7);
	assert_int_equal(rd(cpu0, RD(vm->vcpus[2]), 4), 6);
	assert_int_equal(rd(cpu0, DIST_BASE + 4, 4), (vm->gic.nr_irqs / 32 - 1) | 1 << 24 | 15 << 19 | 1 << 17);
	assert_int_equal(rd(cpu0, RD(cpu1) + 8, 8), 1ULL << 32 | 0x100 | 1);
}

/* Registers of LPIs are there for the VMM, whatever they do. */
static void lpi_registers(void **state)
{
	static const u32 there[] = { 0x70, 0x74, 0x78, 0x7c, 0xa0, 0xa4, 0xb0, 0xb4, 0xc0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(there); i++)
		assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, there[i]), 0);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0x6c), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0xa8), -ENXIO);
	assert_int_equal(attr_has(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0xc4), -ENXIO);
}

/* A byte that cannot be read leaves the LPI as it is; one beyond the table's bits is off. */
static void lpi_read(void **state)
{
	struct gic_irq *a = lpi_make(LPI, cpu0), *b = lpi_make(LPI + 5, cpu0), *c = lpi_make(LPI + 6, cpu0),
		       *d = lpi_make(LPI + 128, cpu0);

	property(LPI, 0x91);
	property(LPI + 5, 0xa1);
	property(LPI + 6, 0xb1);
	property(LPI + 128, 0xc1);
	fake_hole = PROPERTIES + 6;
	fake_hole_end = PROPERTIES + 7;
	wr(cpu0, RD(cpu0) + 0xb0, 8, 0);
	assert_true(a->enabled && b->enabled && !c->enabled && d->enabled);
	assert_int_equal(c->priority, 0);
	assert_int_equal(d->priority, 0xc0);
	c->enabled = true;
	c->priority = 0x48;
	gic_lpi_load(vm, c, NULL);
	assert_true(c->enabled);
	assert_int_equal(c->priority, 0x48);
	fake_hole = PROPERTIES;
	a->priority = 0x18;
	gic_lpi_load(vm, a, NULL);
	assert_true(a->enabled);
	assert_int_equal(a->priority, 0x18);
	fake_hole_end = 0;
	vm->gic.propbaser = (vm->gic.propbaser & ~0x1fULL) | 12;
	wr(cpu0, RD(cpu0) + 0xb0, 8, 0);
	assert_false(a->enabled || b->enabled || c->enabled || d->enabled);
	vm->gic.propbaser = (vm->gic.propbaser & ~0x1fULL) | 13;
	wr(cpu0, RD(cpu0) + 0xb0, 8, 0);
	assert_true(a->enabled && d->enabled);
}

/* Pending bits are of those that go to the vCPU, and are saved where there is a table. */
static void lpi_pending(void **state)
{
	struct gic_irq *other = lpi_make(LPI, cpu1), *a = lpi_make(LPI + 3, cpu0), *nowhere = lpi_make(LPI + 4, NULL),
		       *off = lpi_make(LPI + 5, vm->vcpus[2]);

	*fake_at(PENDING(0) + LPI / 8) = 0x09;
	wr(cpu0, RD(cpu0), 4, 0);
	wr(cpu0, RD(cpu0), 4, 1);
	assert_true(a->latch);
	assert_false(other->latch);
	nowhere->latch = off->latch = true;
	fake_copies = 0;
	*fake_at(PENDING(0) + LPI / 8) = 0x21;
	assert_int_equal(gic_lpi_save_pending(vm), 0);
	assert_int_equal(*fake_at(PENDING(0) + LPI / 8), 0x29);
	assert_int_equal(*fake_at(PENDING(1) + LPI / 8), 0);
	/* two are read, and one is written */
	assert_int_equal(fake_copies, 3);
	fake_rom = PENDING(0);
	fake_rom_end = PENDING(1);
	a->latch = false;
	assert_int_equal(gic_lpi_save_pending(vm), -EFAULT);
	fake_rom_end = 0;
	fake_hole = PENDING(0);
	fake_hole_end = PENDING(1);
	assert_int_equal(gic_lpi_save_pending(vm), -EFAULT);
	fake_hole_end = 0;
	fake_copies = 0;
	gic_lpi_load_pending(vm, nowhere);
	gic_lpi_load_pending(vm, off);
	assert_int_equal(fake_copies, 0);
	shim_kill(1);
	assert_int_equal(gic_lpi_save_pending(vm), -EINTR);
	shim_kill(0);
	nowhere->latch = off->latch = false;
}

#define T(name)		cmocka_unit_test_setup_teardown(name, vm_make_ready, vm_unmake)
#define L(name)		cmocka_unit_test_setup_teardown(name, setup_lpis, vm_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(filled), T(folded), T(edits), T(folded_mapped), T(chosen), T(initial), T(found), T(lines), T(falls),
		T(actives), T(disables), T(routes), T(sgis), T(maps), T(holders), T(follows), T(counted), T(too_early), T(pending),
		T(reset), T(gone), T(frames), T(brief), T(may_sleep), T(statusr), T(groups), T(pending_bits), T(nobody_waits), T(attributes), T(said_once),
		L(lpi_configured), L(lpi_bases), L(lpi_invalidated), L(lpi_control), L(lpi_registers), L(lpi_read), L(lpi_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
