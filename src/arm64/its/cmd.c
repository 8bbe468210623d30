// SPDX-License-Identifier: GPL-2.0
/*
 * Commands, IHI 0069 5.3, and their queue. A command is copied from guest memory before
 * it is looked at, and no lock is held while it is.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/byteorder.h>

#include "../../mem/gmem.h"
#include "../gic/lpi.h"
#include "../vm.h"
#include "cmd.h"
#include "table.h"

enum cmd_code {
	CMD_MOVI = 0x01, CMD_INT = 0x03, CMD_CLEAR = 0x04, CMD_SYNC = 0x05, CMD_MAPD = 0x08,
	CMD_MAPC = 0x09, CMD_MAPTI = 0x0a, CMD_MAPI = 0x0b, CMD_INV = 0x0c, CMD_INVALL = 0x0d,
	CMD_MOVALL = 0x0e, CMD_DISCARD = 0x0f,
};

/* Fields; each stands in the same place in all commands that have it. */
#define CMD_CODE(c)	((c)[0] & 0xff)
#define CMD_DEVICE(c)	((u32)((c)[0] >> 32))
#define CMD_EVENT(c)	((u32)(c)[1])
#define CMD_LPI(c)	((u32)((c)[1] >> 32))
#define CMD_BITS(c)	((u32)((c)[1] & 0x1f) + 1)
#define CMD_ICID(c)	((u32)((c)[2] & 0xffff))
#define CMD_ITT(c)	((c)[2] & GENMASK_ULL(51, 8))
#define CMD_VCPU(c)	((u32)((c)[2] >> 16))
#define CMD_VCPU2(c)	((u32)((c)[3] >> 16))
#define CMD_VALID(c)	((c)[2] >> 63)

static int cmd_mapd(struct its *its, const u64 c[4], struct arm_vcpu *self)
{
	struct its_device d = { .itt = CMD_ITT(c), .bits = CMD_BITS(c) };
	u64 gpa;
	int ret;

	ret = its_table_find(its, ITS_DEVICES, CMD_DEVICE(c), &gpa);
	if (!ret)
		ret = its_map_device(its, CMD_DEVICE(c), CMD_VALID(c) ? &d : NULL, self);
	if (!ret && !CMD_VALID(c))
		its_table_clear(its, gpa);
	return ret;
}

static int cmd_mapc(struct its *its, const u64 c[4])
{
	struct arm_vcpu *vcpu;
	u64 gpa;
	int ret;

	if (!CMD_VALID(c) && !xa_load(&its->collections, CMD_ICID(c)))
		return 0;
	if (!CMD_VALID(c))
		return its_map_collection(its, CMD_ICID(c), ITS_NOBODY);
	vcpu = its_vcpu(its, CMD_VCPU(c));
	if (!vcpu)
		return -EINVAL;
	ret = its_table_find(its, ITS_COLLECTIONS, CMD_ICID(c), &gpa);
	return ret ? ret : its_map_collection(its, CMD_ICID(c), vcpu->base.idx);
}

static int cmd_map_event(struct its *its, const u64 c[4], u32 intid, struct arm_vcpu *self)
{
	struct its_event e = { .intid = intid, .icid = CMD_ICID(c) };
	struct gic_irq *lpi;
	u64 gpa;
	int ret;

	ret = its_table_find(its, ITS_COLLECTIONS, e.icid, &gpa);
	if (ret)
		return ret;
	lpi = its_map_event(its, CMD_DEVICE(c), CMD_EVENT(c), &e);
	if (IS_ERR_OR_NULL(lpi))
		return PTR_ERR_OR_ZERO(lpi);
	gic_lpi_load(its->vm, lpi, self);
	gic_lpi_load_pending(its->vm, lpi);
	return 0;
}

static int cmd_discard(struct its *its, const u64 c[4], struct arm_vcpu *self)
{
	struct its_device d;

	if (!its_device_find(its, CMD_DEVICE(c), &d) ||
	    !its_unmap_event(its, CMD_DEVICE(c), CMD_EVENT(c), self))
		return -EINVAL;
	its_table_clear(its, its_table_event(&d, CMD_EVENT(c)));
	return 0;
}

/* INT, CLEAR and INV, of an event that is mapped. */
static int cmd_event(struct its *its, const u64 c[4], struct arm_vcpu *self)
{
	struct gic_irq *lpi = its_event_lpi(its, CMD_DEVICE(c), CMD_EVENT(c));

	if (!lpi)
		return -EINVAL;
	if (CMD_CODE(c) == CMD_INT)
		return gic_lpi_raise(lpi);
	if (CMD_CODE(c) == CMD_CLEAR)
		gic_lpi_clear(lpi, self);
	else
		gic_lpi_load(its->vm, lpi, self);
	return 0;
}

static int cmd_invall(struct its *its, const u64 c[4], struct arm_vcpu *self)
{
	struct arm_vcpu *vcpu = its_collection_vcpu(its, CMD_ICID(c));

	if (!vcpu)
		return -EINVAL;
	gic_lpi_load_all(vcpu, false, self);
	return 0;
}

static int cmd_movall(struct its *its, const u64 c[4])
{
	struct arm_vcpu *from = its_vcpu(its, CMD_VCPU(c)), *to = its_vcpu(its, CMD_VCPU2(c));

	if (!from || !to)
		return -EINVAL;
	gic_lpi_route_all(its->vm, from, to);
	return 0;
}

int its_cmd_execute(struct its *its, const u64 c[4], struct arm_vcpu *self)
{
	switch (CMD_CODE(c)) {
	case CMD_MAPD:
		return cmd_mapd(its, c, self);
	case CMD_MAPC:
		return cmd_mapc(its, c);
	case CMD_MAPTI:
		return cmd_map_event(its, c, CMD_LPI(c), self);
	case CMD_MAPI:
		return cmd_map_event(its, c, CMD_EVENT(c), self);
	case CMD_MOVI:
		return its_move_event(its, CMD_DEVICE(c), CMD_EVENT(c), CMD_ICID(c));
	case CMD_DISCARD:
		return cmd_discard(its, c, self);
	case CMD_INT:
	case CMD_CLEAR:
	case CMD_INV:
		return cmd_event(its, c, self);
	case CMD_INVALL:
		return cmd_invall(its, c, self);
	case CMD_MOVALL:
		return cmd_movall(its, c);
	case CMD_SYNC:		/* all before it is done */
		return 0;
	}
	return -EINVAL;
}

u32 its_queue_size(const struct its *its)
{
	return (FIELD_GET(ITS_CBASER_PAGES, READ_ONCE(its->cbaser)) + 1) << 12;
}

/* One command, with the lock released: it may be missing, and is skipped then. */
static void queue_step(struct its *its, u64 gpa, struct arm_vcpu *self)
{
	__le64 raw[4];
	u64 cmd[4];
	unsigned int i;

	if (gmem_read_elems(&its->vm->mmu.gmem, gpa, raw, sizeof(raw[0]), 4) != 4)
		return;
	for (i = 0; i < 4; i++)
		cmd[i] = le64_to_cpu(raw[i]);
	its_cmd_execute(its, cmd, self);
}

void its_queue_run(struct its *its, struct arm_vcpu *self)
{
	u64 gpa;

	mutex_lock(&its->lock);
	if (its->busy)
		goto out;
	its->busy = true;
	while (its->enabled && its->creadr != its->cwriter && !signal_pending(current)) {
		gpa = (its->cbaser & ITS_CBASER_ADDRESS) + its->creadr;
		mutex_unlock(&its->lock);
		queue_step(its, gpa, self);
		cond_resched();
		mutex_lock(&its->lock);
		WRITE_ONCE(its->creadr, (its->creadr + ITS_CMD_SIZE) % its_queue_size(its));
	}
	its->busy = false;
out:
	mutex_unlock(&its->lock);
}
