// SPDX-License-Identifier: GPL-2.0
/*
 * Memory attributes: every combination of the two stages against rules stated
 * one by one, and the tables of the Arm ARM written out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "../../model/machine/attributes.h"

static const struct attr_regime on = { .m = 1, .c = 1, .i = 1, .vm = 1 };
static const struct attr_regime on_fwb = { .m = 1, .c = 1, .i = 1, .vm = 1, .fwb = 1 };

static struct attr resolve(const struct attr_regime *r, uint8_t mair, uint8_t sh,
			   uint8_t memattr, uint8_t s2sh)
{
	return attr_resolve(r, ATTR_DATA, (struct attr){ mair, sh }, memattr, s2sh);
}

/* The table of memory types, one row a stage-1 type, one column a stage-2 encoding. */
static void types_without_fwb(void **state)
{
	static const uint8_t s2[] = { 0x0, 0x1, 0x2, 0x3, 0x5, 0xa, 0xf, 0x7, 0xd };
	static const struct {
		uint8_t s1;
		uint8_t want[9];
	} table[] = {
		{ 0x00, { 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 } },
		{ 0x04, { 0x00, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04 } },
		{ 0x08, { 0x00, 0x04, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08 } },
		{ 0x0c, { 0x00, 0x04, 0x08, 0x0c, 0x0c, 0x0c, 0x0c, 0x0c, 0x0c } },
		{ 0x44, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0x44, 0x44, 0x44, 0x44 } },
		{ 0xbb, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xbb, 0x4b, 0xb4 } },
		{ 0xff, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xff, 0x4f, 0xf4 } },
		{ 0x77, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0x33, 0x77, 0x47, 0x74 } },
		{ 0x4f, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0x4b, 0x4f, 0x4f, 0x44 } },
		{ 0xe4, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xa4, 0xe4, 0x44, 0xe4 } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (j = 0; j < sizeof(s2); j++)
			assert_int_equal(resolve(&on, table[i].s1, ATTR_ISH, s2[j],
						 ATTR_ISH).mair,
					 table[i].want[j]);
}

/* The same under FEAT_S2FWB: 0..3 Device, 5 NC, 6 Write-Back, 7 stage 1 decides. */
static void types_with_fwb(void **state)
{
	static const uint8_t s2[] = { 0x0, 0x1, 0x2, 0x3, 0x5, 0x6, 0x7 };
	static const struct {
		uint8_t s1;
		uint8_t want[7];
	} table[] = {
		{ 0x00, { 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x00 } },
		{ 0x04, { 0x00, 0x04, 0x04, 0x04, 0x04, 0xff, 0x04 } },
		{ 0x0c, { 0x00, 0x04, 0x08, 0x0c, 0x0c, 0xff, 0x0c } },
		{ 0x44, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0x44 } },
		{ 0xbb, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xbb } },
		{ 0xff, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xff } },
		{ 0xaa, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xee, 0xaa } },
		{ 0xe4, { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xef, 0xe4 } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (j = 0; j < sizeof(s2); j++)
			assert_int_equal(resolve(&on_fwb, table[i].s1, ATTR_ISH,
						 s2[j], ATTR_ISH).mair,
					 table[i].want[j]);
}

/* Outer wins over Inner over none; Device and Non-cacheable are Outer whatever is asked. */
static void shareability(void **state)
{
	static const uint8_t sh[] = { ATTR_NSH, ATTR_OSH, ATTR_ISH };
	static const uint8_t want[3][3] = {
		{ ATTR_NSH, ATTR_OSH, ATTR_ISH },
		{ ATTR_OSH, ATTR_OSH, ATTR_OSH },
		{ ATTR_ISH, ATTR_OSH, ATTR_ISH },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			assert_int_equal(resolve(&on, ATTR_WB, sh[i], S2_ATTR_WB, sh[j]).sh,
					 want[i][j]);
			assert_int_equal(resolve(&on_fwb, ATTR_WB, sh[i], S2_FWB_WB, sh[j]).sh,
					 want[i][j]);
			assert_int_equal(resolve(&on, ATTR_NC, sh[i], S2_ATTR_WB, sh[j]).sh,
					 ATTR_OSH);
			assert_int_equal(resolve(&on, 0, sh[i], S2_ATTR_WB, sh[j]).sh, ATTR_OSH);
		}
	}
}

/* Over every encoding: the result is never stronger than either stage, and valid. */
static void never_stronger(void **state)
{
	unsigned int mair, m, s1, s2;
	struct attr a, in;

	(void)state;
	for (mair = 0; mair < 256; mair++) {
		for (m = 0; attr_mair_valid(mair) && m < 16; m++) {
			for (s1 = 0; attr_s2_valid(m, false) && s1 < 4; s1++) {
				for (s2 = 0; s2 < 4; s2++) {
					in = (struct attr){ mair, s1 };
					a = resolve(&on, mair, s1, m, s2);
					assert_true(attr_mair_valid(a.mair));
					assert_true(a.sh != 1);
					assert_true(attr_inner(a) <= attr_inner(in));
					assert_true(attr_outer(a) <= attr_outer(in));
					if (attr_is_device(in) || !(m & 0xc))
						assert_true(attr_is_device(a));
				}
			}
		}
	}
}

/* FWB's Write-Back means Write-Back, whatever stage 1 says, off or on. */
static void fwb_forces(void **state)
{
	struct attr_regime off = { .vm = 1, .fwb = 1 };
	unsigned int mair;

	(void)state;
	for (mair = 0; mair < 256; mair++) {
		struct attr a;

		if (!attr_mair_valid(mair))
			continue;
		a = resolve(&on_fwb, mair, ATTR_NSH, S2_FWB_WB, ATTR_ISH);
		assert_int_equal(attr_inner(a), ATTR_CACHE_WB);
		assert_int_equal(attr_outer(a), ATTR_CACHE_WB);
		a = resolve(&off, mair, ATTR_NSH, S2_FWB_WB, ATTR_ISH);
		assert_int_equal(a.mair, ATTR_WB);
	}
}

/* Stage 1 off: data is Device, fetches are Normal; DC makes both Write-Back. */
static void stage1_off(void **state)
{
	struct attr_regime r = { .vm = 1 };
	struct attr any = { ATTR_WB, ATTR_ISH }, a;

	(void)state;
	a = attr_resolve(&r, ATTR_DATA, any, S2_ATTR_WB, ATTR_ISH);
	assert_true(attr_is_device(a));
	assert_int_equal(a.mair, ATTR_DEVICE_NGNRNE);
	a = attr_resolve(&r, ATTR_FETCH, any, S2_ATTR_WB, ATTR_ISH);
	assert_int_equal(a.mair, ATTR_NC);
	r.i = true;
	a = attr_resolve(&r, ATTR_FETCH, any, S2_ATTR_WB, ATTR_ISH);
	assert_int_equal(a.mair, 0xee);
	r.dc = true;
	a = attr_resolve(&r, ATTR_DATA, any, S2_ATTR_WB, ATTR_ISH);
	assert_int_equal(a.mair, ATTR_WB);
	assert_int_equal(a.sh, ATTR_ISH);
	a = attr_resolve(&r, ATTR_DATA, any, S2_ATTR_WB, ATTR_NSH);
	assert_int_equal(a.sh, ATTR_NSH);
	/* DC counts as stage 1 off even with M set */
	r.m = true;
	a = attr_resolve(&r, ATTR_DATA, (struct attr){ ATTR_NC, ATTR_ISH },
			 S2_ATTR_WB, ATTR_ISH);
	assert_int_equal(a.mair, ATTR_WB);
}

/* SCTLR_EL1.C and HCR_EL2.CD make Normal data Non-cacheable and leave Device and fetches. */
static void caches_off(void **state)
{
	struct attr_regime c0 = { .m = 1, .i = 1, .vm = 1 };
	struct attr_regime cd = { .m = 1, .c = 1, .i = 1, .vm = 1, .cd = 1 };
	struct attr_regime id = { .m = 1, .c = 1, .i = 1, .vm = 1, .id = 1 };
	struct attr wb = { ATTR_WB, ATTR_ISH };

	(void)state;
	assert_int_equal(resolve(&c0, ATTR_WB, ATTR_ISH, S2_ATTR_WB, ATTR_ISH).mair, ATTR_NC);
	assert_int_equal(resolve(&cd, ATTR_WB, ATTR_ISH, S2_ATTR_WB, ATTR_ISH).mair, ATTR_NC);
	assert_int_equal(resolve(&c0, ATTR_DEVICE_GRE, 0, S2_ATTR_WB, 0).mair, ATTR_DEVICE_GRE);
	assert_int_equal(resolve(&cd, ATTR_DEVICE_GRE, 0, S2_ATTR_WB, 0).mair, ATTR_DEVICE_GRE);
	assert_int_equal(attr_resolve(&c0, ATTR_FETCH, wb, S2_ATTR_WB, ATTR_ISH).mair, ATTR_WB);
	assert_int_equal(attr_resolve(&cd, ATTR_FETCH, wb, S2_ATTR_WB, ATTR_ISH).mair, ATTR_WB);
	assert_int_equal(attr_resolve(&id, ATTR_FETCH, wb, S2_ATTR_WB, ATTR_ISH).mair, ATTR_NC);
	cd.fwb = true;
	assert_int_equal(resolve(&cd, ATTR_WB, ATTR_ISH, S2_FWB_WB, ATTR_ISH).mair, ATTR_NC);
}

/* Stage 2 off: stage 1 alone. */
static void stage2_off(void **state)
{
	struct attr_regime r = { .m = 1, .c = 1, .i = 1 };
	struct attr a = resolve(&r, ATTR_WB, ATTR_NSH, S2_ATTR_DEVICE_NGNRNE, ATTR_OSH);

	(void)state;
	assert_int_equal(a.mair, ATTR_WB);
	assert_int_equal(a.sh, ATTR_NSH);
	r.m = false;
	a = resolve(&r, ATTR_WB, ATTR_NSH, S2_ATTR_WB, ATTR_ISH);
	assert_true(attr_is_device(a));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(attr_name((struct attr){ ATTR_WB, ATTR_ISH }), "WB ISH");
	assert_string_equal(attr_name((struct attr){ ATTR_WT, ATTR_NSH }), "WT NSH");
	assert_string_equal(attr_name((struct attr){ ATTR_NC, ATTR_OSH }), "NC");
	assert_string_equal(attr_name((struct attr){ 0x4f, ATTR_OSH }), "iWB/oNC OSH");
	assert_string_equal(attr_name((struct attr){ ATTR_DEVICE_NGNRE, 2 }), "nGnRE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_without_fwb),
		cmocka_unit_test(types_with_fwb),
		cmocka_unit_test(shareability),
		cmocka_unit_test(never_stronger),
		cmocka_unit_test(fwb_forces),
		cmocka_unit_test(stage1_off),
		cmocka_unit_test(caches_off),
		cmocka_unit_test(stage2_off),
		cmocka_unit_test(names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
