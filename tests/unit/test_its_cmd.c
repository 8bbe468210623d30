// SPDX-License-Identifier: GPL-2.0
/*
 * An ITS's commands, each as it should be and as a hostile guest would have it.
 */
#include "test_its_fake.h"

/* Device 7 with eight events, of which event 3 is the first LPI, at vCPU 0. */
static int mapped_setup(void **state)
{
	its_setup(state);
	MAPD(7, 3, ITT(0));
	MAPC(1, 0);
	MAPC(2, 1);
	MAPTI(7, 3, LPI, 1);
	return 0;
}

/* A message is its LPI where its device, event and collection are mapped; else it is blocked, or an error. */
static void messages(void **state)
{
	assert_int_equal(message(7, 3), 1);
	take_and_end(cpu0, LPI);
	assert_int_equal(message(7, 2), 0);
	assert_int_equal(message(6, 3), 0);
	assert_int_equal(message(7 + 65536, 3), 0);
	assert_int_equal(message(7, 3 + 65536), 0);
	assert_int_equal(message(~0U, ~0U), 0);
	assert_int_equal(its_message(vm, DOORBELL + 4, 3, 7), -EINVAL);
	assert_int_equal(its_message(vm, ITS_BASE + ITS_SIZE, 3, 7), -EINVAL);
	assert_int_equal(message(7, 2), 0);
	assert_int_equal(its_message(vm, ~0ULL, 3, 7), -EINVAL);
	wr(cpu0, REDIST_BASE, 4, 0);
	assert_int_equal(message(7, 3), -EBUSY);
	wr(cpu0, REDIST_BASE, 4, 1);
	its_wr(0, 4, 0);
	assert_int_equal(message(7, 3), -EBUSY);
	its_wr(0, 4, 1);
	assert_int_equal(message(7, 3), 1);		/* what is mapped stays */
	its_wr(0x10040, 4, 3);				/* by a CPU: of no device */
	take_and_end(cpu0, LPI);
}

/* MAPD: its numbers, its sizes; unmapped its events are gone, pending ones and their entries too. */
static void mapd(void **state)
{
	struct its_device d;

	assert_true(its_device_find(its, 7, &d));
	assert_int_equal(d.itt, ITT(0));
	assert_int_equal(d.bits, 3);
	MAPD(8192, 3, ITT(1));				/* beyond 64 KiB of entries */
	assert_false(its_device_find(its, 8192, &d));
	MAPD(~0U, 3, ITT(1));
	MAPD(9, 17, ITT(1));
	assert_false(its_device_find(its, 9, &d));
	MAPD(9, 16, ~0ULL);
	assert_true(its_device_find(its, 9, &d));
	assert_int_equal(d.itt, 0xfffffffffff00ULL);
	UNMAPD(9);
	assert_int_equal(message(7, 3), 1);
	*entry_at(DEVICES + 7 * 8) = ~0ULL;
	UNMAPD(7);
	assert_int_equal(*entry_at(DEVICES + 7 * 8), 0);
	look_in(cpu0);
	assert_int_equal(message(7, 3), 0);
	assert_false(its_device_find(its, 7, &d));
	UNMAPD(7);
	assert_int_equal(its->nr_events, 0);
	*entry_at(DEVICES + 7 * 8) = ~0ULL;		/* its entry is the guest's until it is unmapped */
	MAPD(7, 3, ITT(0));
	assert_true(*entry_at(DEVICES + 7 * 8) == ~0ULL);
	assert_int_equal(message(7, 3), 0);
	MAPTI(7, 3, LPI, 1);
	MAPD(7, 3, ITT(1));				/* mapped again: forgotten likewise */
	assert_int_equal(message(7, 3), 0);
}

/* MAPD where the table has two levels: only where the first one has a page. */
static void mapd_two_levels(void **state)
{
	struct its_device d;

	its_wr(0, 4, 0);
	its_wr(0x100, 8, VALID | BIT_ULL(62) | DEVICES);
	assert_true(its_rd(0x100, 8) & BIT_ULL(62));
	its_wr(0x108, 8, VALID | BIT_ULL(62) | COLLECTIONS);
	assert_false(its_rd(0x108, 8) & BIT_ULL(62));
	its_wr(0, 4, 1);
	*entry_at(DEVICES + 8) = VALID | (FAKE_RAM + 0x300000);
	*entry_at(DEVICES + 16) = FAKE_RAM + 0x300000;
	*entry_at(DEVICES + 24) = VALID | 0xfffff00000000ULL;
	MAPD(8192 + 5, 4, ITT(2));
	assert_true(its_device_find(its, 8192 + 5, &d));
	MAPD(5, 4, ITT(2));
	assert_false(its_device_find(its, 5, &d));
	MAPD(2 * 8192, 4, ITT(2));
	assert_false(its_device_find(its, 2 * 8192, &d));
	MAPD(3 * 8192, 4, ITT(2));
	assert_false(its_device_find(its, 3 * 8192, &d));
	MAPD(65536, 4, ITT(2));
	assert_false(its_device_find(its, 65536, &d));
	*entry_at(FAKE_RAM + 0x300000 + 5 * 8) = ~0ULL;
	UNMAPD(8192 + 5);
	assert_int_equal(*entry_at(FAKE_RAM + 0x300000 + 5 * 8), 0);
}

/* MAPC: to vCPUs that are there, within its table; mapped anew, what is pending goes along. */
static void mapc(void **state)
{
	MAPC(3, 99);
	assert_null(its_collection_vcpu(its, 3));
	MAPC(8192, 0);
	assert_null(its_collection_vcpu(its, 8192));
	assert_int_equal(message(7, 3), 1);
	MAPC(1, 1);
	look_in(cpu0);
	take_and_end(cpu1, LPI);
	UNMAPC(1);
	assert_int_equal(message(7, 3), 0);
	assert_ptr_equal(xa_load(&its->collections, 1), xa_mk_value(ITS_NOBODY));
	UNMAPC(77);
	assert_null(xa_load(&its->collections, 77));
	MAPC(1, 0);
	assert_int_equal(message(7, 3), 1);
	take_and_end(cpu0, LPI);
}

/* MAPTI and MAPI: LPIs only, within the device's events and the collections' table, and once. */
static void mapti(void **state)
{
	MAPTI(7, 8, LPI + 1, 1);			/* beyond three bits */
	assert_int_equal(message(7, 8), 0);
	MAPTI(7, ~0U, LPI + 1, 1);
	MAPTI(6, 0, LPI + 1, 1);			/* not mapped */
	MAPTI(7, 0, 8191, 1);
	MAPTI(7, 0, 65536, 1);
	MAPTI(7, 0, 0, 1);
	MAPTI(7, 0, ~0U, 1);
	MAPTI(7, 0, LPI + 1, 8192);
	assert_int_equal(its->nr_events, 1);
	assert_int_equal(message(7, 0), 0);
	MAPTI(7, 3, LPI + 1, 2);			/* mapped already: as it was */
	assert_int_equal(message(7, 3), 1);
	take_and_end(cpu0, LPI);
	MAPTI(7, 0, LPI + 1, 9);			/* its collection comes later */
	assert_int_equal(message(7, 0), 0);
	MAPC(9, 1);
	assert_int_equal(message(7, 0), 1);
	take_and_end(cpu1, LPI + 1);
	MAPI(7, 4, 1);					/* 4 is no LPI */
	assert_int_equal(message(7, 4), 0);
	MAPD(8, 16, ITT(4));
	MAPI(8, LPI + 7, 1);
	assert_int_equal(message(8, LPI + 7), 1);
	take_and_end(cpu0, LPI + 7);
	MAPTI(8, 0, LPI + 8, 1);
	assert_int_equal(message(8, 0), 1);
	assert_int_equal(message(7, 65536), 0);		/* not the next device's first */
}

/* MAPTI takes what the pending table has of the LPI, and clears it there. */
static void mapti_pending(void **state)
{
	*fake_at(PENDING(1) + (LPI + 2) / 8) = 0xff;
	MAPTI(7, 2, LPI + 2, 2);
	assert_int_equal(*fake_at(PENDING(1) + (LPI + 2) / 8), 0xfb);
	take_and_end(cpu1, LPI + 2);
}

/* MAPTI fails without a trace where memory does, and no guest maps more than there is room for. */
static void mapti_limits(void **state)
{
	unsigned int i;

	for (i = 1; i <= 3; i++) {
		shim_fail_alloc(i);
		MAPTI(7, 1, LPI + 1, 1);
		assert_int_equal(message(7, 1), 0);
	}
	shim_fail_alloc(0);
	MAPTI(7, 1, LPI + 1, 1);
	assert_int_equal(message(7, 1), 1);
	its->nr_events = ITS_MAX_EVENTS;
	MAPTI(7, 2, LPI + 2, 1);
	assert_int_equal(message(7, 2), 0);
	its->nr_events = 2;
}

/* MOVI and MOVALL: what is pending goes along; to nobody and of nothing, nothing happens. */
static void moves(void **state)
{
	assert_int_equal(message(7, 3), 1);
	MOVI(7, 3, 2);
	look_in(cpu0);
	take_and_end(cpu1, LPI);
	MOVI(7, 3, 5);
	MOVI(7, 2, 1);
	MOVI(99, 3, 1);
	assert_int_equal(message(7, 3), 1);
	MOVALL(1, 0);
	look_in(cpu1);
	take_and_end(cpu0, LPI);
	MOVALL(0, 99);
	MOVALL(99, 1);
	assert_int_equal(message(7, 3), 1);
	take_and_end(cpu0, LPI);
}

/* INT and CLEAR; of events that are not mapped nothing. */
static void int_and_clear(void **state)
{
	INT(7, 3);
	take_and_end(cpu0, LPI);
	INT(7, 3);
	CLEAR(7, 3);
	look_in(cpu0);
	INT(7, 2);
	CLEAR(7, 2);
	INT(~0U, ~0U);
	look_in(cpu0);
}

/* INV and INVALL make the property table count. */
static void inv(void **state)
{
	*fake_at(PROPERTIES) = 0xa0;
	SYNC(0);
	assert_int_equal(message(7, 3), 1);
	take_and_end(cpu0, LPI);			/* not yet */
	INV(7, 3);
	assert_int_equal(message(7, 3), 1);
	look_in(cpu0);
	*fake_at(PROPERTIES) = 0xa1;
	INV(7, 2);
	INVALL(2);
	INVALL(5);
	look_in(cpu0);
	*fake_at(PENDING(1) + (LPI + 2) / 8) = 0;
	MAPTI(7, 2, LPI + 2, 2);
	*fake_at(PENDING(1) + (LPI + 2) / 8) = 0xff;
	INVALL(2);					/* properties alone: what is pending is not asked */
	look_in(cpu1);
	INVALL(1);
	take_and_end(cpu0, LPI);
}

/* DISCARD: no longer mapped, no longer pending, and not to be restored. */
static void discard(void **state)
{
	assert_int_equal(message(7, 3), 1);
	*entry_at(ITT(0) + 3 * 8) = ~0ULL;
	DISCARD(7, 3);
	assert_int_equal(*entry_at(ITT(0) + 3 * 8), 0);
	look_in(cpu0);
	assert_int_equal(message(7, 3), 0);
	*entry_at(ITT(0) + 3 * 8) = 5;
	DISCARD(7, 3);
	DISCARD(99, 3);
	DISCARD(7, ~0U);
	assert_int_equal(*entry_at(ITT(0) + 3 * 8), 5);
	MAPTI(7, 3, LPI, 1);
	assert_int_equal(message(7, 3), 1);
}

/* Codes that are none, queues that are not there, and a ring's end. */
static void queues(void **state)
{
	unsigned int i;

	for (i = 0; i < 256; i++)
		queue(i | 7ULL << 32 | 0xffff00, ~0ULL, ~0ULL, ~0ULL);
	assert_int_equal(its_rd(0x90, 8), its_rd(0x88, 8));
	its_wr(0x88, 8, 4096);				/* no place in the ring */
	assert_int_equal(its_rd(0x88, 8), its_rd(0x90, 8));
	its_wr(0, 4, 0);
	its_wr(0x80, 8, VALID | 0xffffffffff000ULL | 0xff);
	its_wr(0, 4, 1);
	fake_copies = 0;
	its_wr(0x88, 8, 0xfffe0);
	assert_int_equal(its_rd(0x90, 8), 0xfffe0);
	assert_int_equal(fake_copies, 32767);
}

/* A signal breaks it off; it goes on when the guest looks how far it is. */
static void broken_off(void **state)
{
	u64 *q = entry_at(QUEUE + its->cwriter);

	q[0] = 10 | 7ULL << 32;
	q[1] = (LPI + 1ULL) << 32 | 1;
	q[2] = 1;
	current->signal = true;
	its_wr(0x88, 8, its->cwriter + 32);
	assert_int_equal(its_rd(0x90, 8), its->cwriter - 32);
	assert_int_equal(its_rd(0, 4), 1);		/* not quiescent */
	assert_int_equal(message(7, 1), 0);
	current->signal = false;
	assert_int_equal(its_rd(0x90, 8), its->cwriter);
	assert_int_equal(its_rd(0, 4), 1 | BIT(31));
	assert_int_equal(message(7, 1), 1);
}

static int execute(u64 c0, u64 c1, u64 c2)
{
	u64 c[4] = { c0, c1, c2, 0 };

	return its_cmd_execute(its, c, cpu0);
}

/* What is wrong with a command is told to who executes it, and where a table is not there, that. */
static void refusals(void **state)
{
	u64 gpa;

	assert_int_equal(execute(9, 0, VALID | 99 << 16 | 1), -EINVAL);
	assert_int_equal(execute(9, 0, VALID | 8192), -EINVAL);
	assert_int_equal(execute(10 | 7ULL << 32, (LPI + 1ULL) << 32, 8192), -EINVAL);
	assert_int_equal(execute(10 | 7ULL << 32, (LPI + 1ULL) << 32 | 8, 1), -EINVAL);
	assert_int_equal(execute(10 | 7ULL << 32, 0, 1), -EINVAL);
	assert_int_equal(execute(10 | 7ULL << 32, (LPI + 0ULL) << 32 | 3, 1), 0);
	assert_int_equal(execute(13, 0, 5), -EINVAL);
	assert_int_equal(execute(14, 0, 99 << 16), -EINVAL);
	assert_int_equal(execute(1 | 7ULL << 32, 3, 5), -EINVAL);
	assert_int_equal(execute(1 | 7ULL << 32, 2, 2), -EINVAL);
	assert_int_equal(execute(15 | 7ULL << 32, 2, 0), -EINVAL);
	assert_int_equal(execute(3 | 7ULL << 32, 2, 0), -EINVAL);
	assert_int_equal(execute(0xff, 0, 0), -EINVAL);
	assert_int_equal(execute(8 | 8192ULL << 32, 0, VALID), -EINVAL);
	assert_int_equal(its_map_collection(its, 65536, 0), -EINVAL);
	assert_int_equal(PTR_ERR(its_map_event(its, 7, 1, &(struct its_event) { LPI + 1, 65536 })), -EINVAL);
	assert_int_equal(its_map_device(its, 65536, NULL, NULL), -EINVAL);
	assert_int_equal(its_table_find(its, ITS_DEVICES, 65536, &gpa), -EINVAL);
	assert_int_equal(its_table_find(its, ITS_DEVICES, 8191, &gpa), 0);
	assert_int_equal(gpa, DEVICES + 8191 * 8);
	its->baser[ITS_DEVICES] |= BIT_ULL(62);
	*entry_at(DEVICES) = FAKE_RAM;
	assert_int_equal(its_table_find(its, ITS_DEVICES, 5, &gpa), -EINVAL);
	fake_hole = DEVICES;
	fake_hole_end = DEVICES + 8;
	assert_int_equal(its_table_find(its, ITS_DEVICES, 5, &gpa), -EFAULT);
	fake_hole_end = 0;
}

/* A table's address has 52 bits, the uppermost four below the others; one that is not valid has no entries. */
static void table_addresses(void **state)
{
	assert_int_equal(its_table_base(VALID | 0x123456780000ULL | 0xf000), 0xf123456780000ULL);
	assert_int_equal(its_table_base(0x1000), 1ULL << 48);
	assert_int_equal(its_table_entries(VALID), 8192);
	assert_int_equal(its_table_entries(VALID | 0xff), 256 * 8192);
	assert_int_equal(its_table_entries(~VALID), 0);
}

static unsigned int nested;

/* While one vCPU reads a command another writes to the registers. */
static void meanwhile(u64 gpa)
{
	u64 val = 1;

	if (nested++)
		return;
	assert_int_equal(its_rd(0, 4) & BIT(31), 0);
	its_wr(0x88, 8, (its->cwriter + 32) % 4096);
	its_wr(0x80, 8, VALID | QUEUE | 1);
	assert_int_equal(its_rd(0x80, 8) & 1, 0);
	its_mmio(cpu1, ITS_BASE, 4, true, &val);
}

/* Two vCPUs at the queue: one executes, each command once, and the other's is not lost. */
static void two_at_once(void **state)
{
	u64 *q = entry_at(QUEUE + its->cwriter);
	u32 at = its->cwriter;

	memset(q, 0, 64);
	q[0] = 3 | 7ULL << 32;
	q[1] = 3;
	q[4] = 10 | 7ULL << 32;
	q[5] = (LPI + 1ULL) << 32 | 1;
	q[6] = 1;
	nested = 0;
	fake_on_copy = meanwhile;
	its_wr(0x88, 8, at + 32);
	fake_on_copy = NULL;
	assert_int_equal(its_rd(0x90, 8), at + 64);
	assert_true(nested < 10);			/* not the whole ring besides */
	assert_int_equal(message(7, 1), 1);
}

#define TEST(f)		cmocka_unit_test_setup_teardown(f, mapped_setup, its_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages), TEST(mapd), TEST(mapd_two_levels), TEST(mapc), TEST(mapti), TEST(mapti_pending),
		TEST(mapti_limits), TEST(moves), TEST(int_and_clear), TEST(inv), TEST(discard), TEST(queues),
		TEST(broken_off), TEST(two_at_once), TEST(refusals), TEST(table_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
