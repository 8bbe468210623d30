// SPDX-License-Identifier: GPL-2.0
/*
 * An ITS's tables: what is saved comes back, laid out as the ABI says, and whatever else
 * stands there is refused, or is nothing.
 */
#include "test_its_fake.h"

#define SAVE()		its_control(KVM_DEV_ARM_ITS_SAVE_TABLES)
#define RESTORE()	its_control(KVM_DEV_ARM_ITS_RESTORE_TABLES)
#define RESET()		its_control(KVM_DEV_ARM_ITS_CTRL_RESET)

/* RESET, and the registers that a VMM writes before it restores. */
static void anew(u64 device_flags)
{
	assert_int_equal(RESET(), 0);
	its_wr(0x100, 8, VALID | device_flags | DEVICES);
	its_wr(0x108, 8, VALID | COLLECTIONS);
	its_wr(0x80, 8, VALID | QUEUE);
}

static void enable(void)
{
	its_wr(0, 4, 1);
	assert_int_equal(its_rd(0, 4) & 1, 1);
}

static int anew_setup(void **state)
{
	its_setup(state);
	anew(0);
	return 0;
}

static void round_trip(void **state)
{
	MAPC(1, 0);
	MAPC(2, 1);
	MAPD(7, 3, ITT(0));
	MAPD(5, 16, ITT(1));
	MAPD(6, 1, ITT(2));
	MAPTI(7, 2, LPI, 1);
	MAPTI(7, 5, LPI + 1, 2);
	MAPTI(5, 0, 65535, 1);
	MAPTI(7, 6, LPI + 3, 40);		/* of a collection that is not mapped */
	assert_int_equal(SAVE(), 0);
	assert_int_equal(*entry_at(DEVICES + 5 * 8), VALID | 1ULL << 49 | ITT(1) >> 3 | 15);
	assert_int_equal(*entry_at(DEVICES + 6 * 8), VALID | 1ULL << 49 | ITT(2) >> 3 | 0);
	assert_int_equal(*entry_at(DEVICES + 7 * 8), VALID | ITT(0) >> 3 | 2);
	assert_int_equal(*entry_at(ITT(0) + 2 * 8), 3ULL << 48 | LPI << 16 | 1);
	assert_int_equal(*entry_at(ITT(0) + 5 * 8), 1ULL << 48 | (LPI + 1) << 16 | 2);
	assert_int_equal(*entry_at(ITT(0) + 6 * 8), (LPI + 3) << 16 | 40);
	assert_int_equal(*entry_at(ITT(1)), 65535ULL << 16 | 1);
	assert_int_equal(*entry_at(COLLECTIONS), VALID | 1);
	assert_int_equal(*entry_at(COLLECTIONS + 8), VALID | 1 << 16 | 2);
	assert_int_equal(*entry_at(COLLECTIONS + 16), VALID | 0xffffffffULL << 16 | 40);
	assert_int_equal(*entry_at(COLLECTIONS + 24), 0);
	anew(0);
	assert_int_equal(message(7, 2), -EBUSY);
	assert_int_equal(RESTORE(), 0);
	enable();
	assert_int_equal(message(7, 2), 1);
	take_and_end(cpu0, LPI);
	assert_int_equal(message(7, 5), 1);
	take_and_end(cpu1, LPI + 1);
	assert_int_equal(message(5, 0), 1);
	take_and_end(cpu0, 65535);
	assert_int_equal(message(7, 6), 0);
	assert_int_equal(message(7, 3), 0);
	assert_int_equal(its->nr_events, 4);
	MAPC(40, 1);
	assert_int_equal(message(7, 6), 1);
	MAPTI(6, 1, LPI + 8, 1);
	assert_int_equal(message(6, 1), 1);
	RESET();
	assert_int_equal(its->nr_events, 0);
}

/* Devices and events that are far apart, in two levels: the distance is as far as its field goes. */
static void far_apart(void **state)
{
	anew(BIT_ULL(62));
	enable();
	*entry_at(DEVICES) = VALID | (FAKE_RAM + 0x300000);
	*entry_at(DEVICES + 3 * 8) = VALID | (FAKE_RAM + 0x320000);
	MAPC(1, 0);
	MAPD(1, 16, FAKE_RAM + 0x340000);
	MAPD(3 * 8192 + 8191, 2, ITT(0));
	MAPTI(1, 0, LPI, 1);
	MAPTI(1, 65535, LPI + 1, 1);
	MAPTI(3 * 8192 + 8191, 3, LPI + 2, 1);
	assert_int_equal(SAVE(), 0);
	assert_int_equal(*entry_at(FAKE_RAM + 0x300000 + 8) >> 49, 1 << 14 | 0x3fff);
	assert_int_equal(*entry_at(FAKE_RAM + 0x340000) >> 48, 0xffff);
	anew(BIT_ULL(62));
	assert_int_equal(RESTORE(), 0);
	enable();
	assert_int_equal(message(1, 0), 1);
	assert_int_equal(message(1, 65535), 1);
	assert_int_equal(message(3 * 8192 + 8191, 3), 1);
	assert_int_equal(its->nr_events, 3);
}

/* A device that says that it is the last is that, of all pages: what another save left behind it is nothing. */
static void last_device(void **state)
{
	anew(BIT_ULL(62));
	enable();
	*entry_at(DEVICES) = VALID | (FAKE_RAM + 0x300000);
	*entry_at(DEVICES + 3 * 8) = VALID | (FAKE_RAM + 0x320000);
	MAPC(1, 0);
	MAPD(1, 3, ITT(1));
	MAPD(3 * 8192 + 1, 2, ITT(0));
	MAPTI(1, 0, LPI, 1);
	MAPTI(3 * 8192 + 1, 3, LPI + 2, 1);
	assert_int_equal(SAVE(), 0);
	*entry_at(FAKE_RAM + 0x300000 + 8) &= (1ULL << 49) - 1;
	*entry_at(FAKE_RAM + 0x300000 + 8) |= VALID;
	anew(BIT_ULL(62));
	assert_int_equal(RESTORE(), 0);
	enable();
	assert_int_equal(message(1, 0), 1);
	assert_int_equal(message(3 * 8192 + 1, 3), 0);
	assert_int_equal(its->nr_events, 1);
	/* a page without any is not the end */
	*entry_at(FAKE_RAM + 0x300000 + 8) = 0;
	anew(BIT_ULL(62));
	assert_int_equal(RESTORE(), 0);
	enable();
	assert_int_equal(message(3 * 8192 + 1, 3), 1);
	assert_int_equal(its->nr_events, 1);
}

/* What is pending travels with the GIC's tables, and is so at the vCPU that it goes to. */
static void pending(void **state)
{
	MAPC(1, 0);
	MAPC(2, 1);
	MAPD(7, 3, ITT(0));
	MAPTI(7, 2, LPI, 1);
	MAPTI(7, 5, LPI + 1, 2);
	assert_int_equal(message(7, 5), 1);
	assert_int_equal(SAVE(), 0);
	assert_int_equal(attr_set(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), 0);
	anew(0);
	look_in(cpu1);
	*fake_at(PROPERTIES) = 0x20;
	assert_int_equal(RESTORE(), 0);
	enable();
	take_and_end(cpu1, LPI + 1);
	assert_int_equal(message(7, 2), 1);
	look_in(cpu0);				/* its properties were read anew */
}

/* Nothing to save, nowhere to save it, nobody to be asked. */
static void save_errors(void **state)
{
	assert_int_equal(SAVE(), 0);
	MAPD(7, 3, ITT(0));
	assert_int_equal(SAVE(), 0);			/* devices without a collection */
	assert_int_equal(*entry_at(DEVICES + 7 * 8), VALID | ITT(0) >> 3 | 2);
	MAPC(1, 0);
	MAPTI(7, 2, LPI, 1);
	fake_vcpus_busy = true;
	assert_int_equal(SAVE(), -EBUSY);
	assert_int_equal(RESTORE(), -EBUSY);
	assert_int_equal(RESET(), -EBUSY);
	fake_vcpus_busy = false;
	fake_rom = ITT(0);
	fake_rom_end = ITT(1);
	assert_int_equal(SAVE(), -EFAULT);
	fake_rom = DEVICES;
	fake_rom_end = DEVICES + 0x10000;
	assert_int_equal(SAVE(), -EFAULT);
	fake_rom = COLLECTIONS;
	fake_rom_end = COLLECTIONS + 0x10000;
	assert_int_equal(SAVE(), -EFAULT);
	fake_rom_end = COLLECTIONS + 8;			/* the end could be written */
	assert_int_equal(SAVE(), -EFAULT);
	fake_rom_end = 0;
	fake_hole = DEVICES;
	fake_hole_end = DEVICES + 0x10000;
	assert_int_equal(SAVE(), -EFAULT);
	fake_hole_end = 0;
	shim_kill(1);
	assert_int_equal(SAVE(), -EINTR);
	shim_kill(0);
	assert_int_equal(SAVE(), 0);
}

/* Each device's entry that cannot have been saved. */
static void hostile_devices(void **state)
{
	u64 *d = entry_at(DEVICES);

	d[0] = VALID | ITT(0) >> 3 | 16;			/* 17 bits of events */
	assert_int_equal(RESTORE(), -EINVAL);
	d[0] = VALID | 31;
	assert_int_equal(RESTORE(), -EINVAL);
	d[0] = VALID | 0x1fffffffffe0ULL << 4 | 3;		/* a table that is not there */
	assert_int_equal(RESTORE(), -EFAULT);
	assert_true(xa_empty(&its->devices));
	d[0] = ~0ULL & ~VALID;					/* not valid, whatever else it says */
	assert_int_equal(RESTORE(), 0);
	d[0] = VALID | 0x3fffULL << 49 | ITT(0) >> 3;		/* the next is beyond the table */
	assert_int_equal(RESTORE(), 0);
	RESET();
	fake_hole = DEVICES + 0x800;
	fake_hole_end = DEVICES + 0x10000;
	anew(0);
	d[0] = 0;
	assert_int_equal(RESTORE(), -EFAULT);
	fake_hole_end = 0;
	anew(BIT_ULL(62));
	d[0] = VALID | 0xffffffff0000ULL;
	assert_int_equal(RESTORE(), -EFAULT);
	d[0] = VALID | DEVICES;					/* its own page */
	assert_int_equal(RESTORE(), -EFAULT);
	d[0] = 0x7fffffffffffffffULL;
	assert_int_equal(RESTORE(), 0);
	assert_int_equal(its->nr_events, 0);
}

/* Each event's entry that cannot have been saved: nothing is mapped afterwards. */
static void hostile_events(void **state)
{
	static const u64 bad[] = {
		8191 << 16 | 1,			/* no LPI */
		65536ULL << 16 | 1,
		0xffffffffULL << 16 | 1,
		LPI << 16 | 2,			/* no collection */
		4ULL << 48 | LPI << 16 | 1,	/* the next is beyond the table */
		0xffffULL << 48 | LPI << 16 | 1,
	};
	unsigned int i;
	int ret;

	*entry_at(COLLECTIONS) = VALID | 1;
	*entry_at(DEVICES) = VALID | ITT(0) >> 3 | 1;		/* four events */
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		*entry_at(ITT(0)) = 1ULL << 48 | (LPI + 1) << 16 | 1;
		*entry_at(ITT(0) + 8) = bad[i];
		assert_int_equal(RESTORE(), -EINVAL);
		assert_int_equal(its->nr_events, 0);
		assert_true(xa_empty(&its->devices));
		assert_true(xa_empty(&its->collections));
	}
	*entry_at(ITT(0) + 8) = 0xffffULL << 48;		/* none, and the one behind it neither */
	assert_int_equal(RESTORE(), 0);
	assert_int_equal(its->nr_events, 1);
	anew(0);
	for (i = 1; !its->nr_events; i++) {
		shim_fail_alloc(i);
		ret = RESTORE();
		assert_int_equal(ret, its->nr_events ? 0 : -ENOMEM);
		shim_fail_alloc(0);
	}
	assert_in_range(i, 4, 10);
	anew(0);
	shim_kill(2);
	assert_int_equal(RESTORE(), -EINTR);
	shim_kill(0);
}

/* Each collection's entry that cannot have been saved. */
static void hostile_collections(void **state)
{
	u64 *c = entry_at(COLLECTIONS);

	c[0] = VALID | 99 << 16 | 1;			/* no such vCPU */
	assert_int_equal(RESTORE(), -EINVAL);
	c[0] = VALID | 8192;				/* beyond the table */
	assert_int_equal(RESTORE(), -EINVAL);
	c[0] = VALID | 1;
	c[1] = VALID | 1;				/* twice */
	assert_int_equal(RESTORE(), -EEXIST);
	assert_true(xa_empty(&its->collections));
	c[1] = VALID | 0xffffffffULL << 16 | 2;		/* of nobody */
	assert_int_equal(RESTORE(), 0);
	assert_null(its_collection_vcpu(its, 2));
	assert_int_equal(RESTORE(), -EEXIST);
	fake_hole = COLLECTIONS;
	fake_hole_end = COLLECTIONS + 8;
	assert_int_equal(RESTORE(), -EFAULT);
	fake_hole_end = 0;
	/* A table that is full has no end but its own. */
	anew(0);
	memset(c, 0, 16);
	enable();
	for (c[0] = 0; c[0] < 8192; c[0]++)
		assert_int_equal(its_map_collection(its, c[0], 0), 0);
	*entry_at(COLLECTIONS + 0x10000) = 0x5555;
	assert_int_equal(SAVE(), 0);
	assert_int_equal(*entry_at(COLLECTIONS + 0x10000), 0x5555);
	assert_int_equal(its_map_collection(its, 8192, 0), 0);
	assert_int_equal(SAVE(), -EINVAL);		/* one more than there is room for */
	anew(0);
	assert_int_equal(RESTORE(), 0);
	assert_ptr_equal(its_collection_vcpu(its, 8191), cpu0);
}

/* Tables full of anything: an error or not, and never a fault. */
static void random_tables(void **state)
{
	unsigned int round, i;
	u64 seed = 1;

	for (round = 0; round < 300; round++) {
		for (i = 0; i < 512; i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			*entry_at(DEVICES + i * 8) = (seed & VALID) | ITT(seed >> 60) >> 3 | (seed >> 33 & 15) |
						     (seed >> 40 & 7) << 49;
			*entry_at(ITT(0) + i * 8) = (seed >> 50 & 7) << 48 |
						    (seed >> 30 & 1 ? LPI + (seed >> 20 & 0xff) : 0) << 16 | (seed >> 10 & 3);
		}
		for (i = 0; i < 4; i++)
			*entry_at(COLLECTIONS + i * 8) = VALID | (round & 1) << 16 | i;
		*entry_at(COLLECTIONS + 4 * 8) = 0;
		anew(round % 3 ? 0 : BIT_ULL(62));
		if (!RESTORE())
			SAVE();
	}
}

#define TEST(f, s)	cmocka_unit_test_setup_teardown(f, s, its_unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(round_trip, its_setup), TEST(far_apart, its_setup), TEST(last_device, its_setup), TEST(pending, its_setup),
		TEST(save_errors, its_setup), TEST(hostile_devices, anew_setup), TEST(hostile_events, anew_setup),
		TEST(hostile_collections, anew_setup), TEST(random_tables, anew_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
