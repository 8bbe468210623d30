// SPDX-License-Identifier: GPL-2.0
/*
 * Where entries are in a service's tables: flat, or for devices in two levels. IHI 0069,
 * 5.2 and 12.12.
 */
#include <linux/bitfield.h>
#include <linux/minmax.h>
#include <asm/byteorder.h>

#include "../../mem/gmem.h"
#include "../vm.h"
#include "table.h"

/* A 64 KiB page's address has its bits 51:48 below. */
#define TABLE_ADDRESS	GENMASK_ULL(47, 16)
#define TABLE_HIGH	GENMASK_ULL(15, 12)

/* Of a first level. */
#define TABLE_L1_VALID	BIT_ULL(63)
#define TABLE_L1_PAGE	GENMASK_ULL(51, 16)

u64 its_table_base(u64 baser)
{
	return (baser & TABLE_ADDRESS) | FIELD_GET(TABLE_HIGH, baser) << 48;
}

u32 its_table_entries(u64 baser)
{
	if (!(baser & ITS_BASER_VALID))
		return 0;
	return (FIELD_GET(ITS_BASER_PAGES, baser) + 1) * ITS_PAGE_SIZE / ITS_ENTRY_SIZE;
}

static int table_read(struct its *its, u64 gpa, u64 *val)
{
	__le64 entry;

	if (gmem_read_elems(&its->vm->mmu.gmem, gpa, &entry, ITS_ENTRY_SIZE, 1) != 1)
		return -EFAULT;
	*val = le64_to_cpu(entry);
	return 0;
}

int its_table_find(struct its *its, enum its_table table, u32 id, u64 *gpa)
{
	const u32 in_page = ITS_PAGE_SIZE / ITS_ENTRY_SIZE;
	u64 baser = READ_ONCE(its->baser[table]), base = its_table_base(baser), val;
	bool two = baser & ITS_BASER_INDIRECT;
	u32 index = two ? id / in_page : id;
	int ret;

	if (id >> ITS_ID_BITS || index >= its_table_entries(baser))
		return -EINVAL;
	if (two) {
		ret = table_read(its, base + (u64)index * ITS_ENTRY_SIZE, &val);
		if (ret)
			return ret;
		if (!(val & TABLE_L1_VALID))
			return -EINVAL;
		base = val & TABLE_L1_PAGE;
		index = id % in_page;
	}
	*gpa = base + (u64)index * ITS_ENTRY_SIZE;
	return table_read(its, *gpa, &val);	/* is there memory? */
}

void its_table_clear(struct its *its, u64 gpa)
{
	__le64 none = 0;

	gmem_write_elems(&its->vm->mmu.gmem, gpa, &none, ITS_ENTRY_SIZE, 1);
}

u64 its_table_event(const struct its_device *d, u32 event)
{
	return d->itt + (u64)event * ITS_ENTRY_SIZE;
}
