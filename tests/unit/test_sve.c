// SPDX-License-Identifier: GPL-2.0
/*
 * Vectors as the VMM sees them: which lengths it may choose and until when, and which register is where.
 */
#include <linux/kernel.h>

#include "gmem_env.h"

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))

#include "../../src/arm64/cpu/sve.c"

struct cpu_hw cpu_hw;
static struct arm_vcpu vcpu;

#define WORDS	KVM_ARM64_SVE_VLS_WORDS
#define VLS	KVM_REG_ARM64_SVE_VLS
#define Z(n)	KVM_REG_ARM64_SVE_ZREG(n, 0)
#define P(n)	KVM_REG_ARM64_SVE_PREG(n, 0)
#define FFR	KVM_REG_ARM64_SVE_FFR(0)

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	mutex_init(&vcpu.base.mutex);
	mutex_lock(&vcpu.base.mutex);
	cpu_hw.sve_lengths = 0x8b;	/* 128, 256, 512 and 1024 bits */
	vcpu.ctx.features = BIT(KVM_ARM_VCPU_SVE);
	sve_reset(&vcpu);
	return 0;
}

static int teardown(void **state)
{
	sve_free(&vcpu);
	assert_null(vcpu.ctx.sve.state);
	mutex_unlock(&vcpu.base.mutex);
	shim_check_quiet();
	return 0;
}

static int get(u64 id, void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)val };

	return sve_get(&vcpu, &reg);
}

static int set(u64 id, const void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)val };

	return sve_set(&vcpu, &reg);
}

static u64 lengths(void)
{
	u64 words[WORDS + 1];
	unsigned int i;

	memset(words, 0xee, sizeof(words));
	assert_int_equal(get(VLS, words), 0);
	for (i = 1; i < WORDS; i++)
		assert_int_equal(words[i], 0);
	assert_int_equal(words[WORDS], 0xeeeeeeeeeeeeeeee);
	return words[0];
}

static int set_lengths(u64 val)
{
	u64 words[WORDS] = { val };

	return set(VLS, words);
}

/* Of all sets those can be had that are the machine's up to some length; what is refused changes nothing. */
static void choose(void **state)
{
	u64 words[WORDS] = { 0 }, val;
	unsigned int i;

	assert_int_equal(lengths(), 0x8b);
	assert_int_equal(vcpu.ctx.sve.quads, 8);
	for (val = 0; val < 0x20000; val++) {
		bool ok = val == 1 || val == 3 || val == 0xb || val == 0x8b;

		assert_int_equal(set_lengths(val), ok ? 0 : -EINVAL);
		if (ok)
			assert_int_equal(lengths(), val);
	}
	assert_int_equal(lengths(), 0x8b);
	assert_int_equal(set_lengths(3), 0);
	assert_int_equal(vcpu.ctx.sve.quads, 2);
	assert_int_equal(set_lengths(0x8b | 1UL << 63), -EINVAL);
	for (i = 1; i < WORDS; i++) {
		words[0] = 0x8b;
		words[i] = 1;
		assert_int_equal(set(VLS, words), -EINVAL);
		words[i] = 0;
	}
	shim_user_hole((uintptr_t)&words[WORDS - 1], 8);
	assert_int_equal(set(VLS, words), -EFAULT);
	assert_int_equal(get(VLS, words), -EFAULT);
	shim_user_hole(0, 0);
	assert_int_equal(lengths(), 3);
	/* once more from the start */
	sve_reset(&vcpu);
	assert_int_equal(lengths(), 0x8b);
	/* the longest that there are */
	cpu_hw.sve_lengths = 0xffff;
	sve_reset(&vcpu);
	assert_int_equal(lengths(), 0xffff);
	assert_int_equal(set_lengths(0x7fff), 0);
	assert_int_equal(set_lengths(0xffff), 0);
	assert_int_equal(set_lengths(0x1ffff), -EINVAL);
}

/* Lengths are chosen before it is finalised, registers are there after, once and for all. */
static void order(void **state)
{
	unsigned int allocs = shim_allocs();
	u8 val[256] = { 0 };

	assert_false(sve_is_settled(&vcpu));
	assert_int_equal(get(Z(0), val), -EPERM);
	assert_int_equal(set(P(3), val), -EPERM);
	assert_int_equal(get(FFR, val), -EPERM);
	assert_int_equal(set_lengths(3), 0);
	shim_fail_alloc(1);
	assert_int_equal(sve_finalize(&vcpu), -ENOMEM);
	shim_fail_alloc(0);
	assert_false(sve_is_settled(&vcpu));
	assert_int_equal(set_lengths(0xb), 0);
	assert_int_equal(sve_finalize(&vcpu), 0);
	assert_true(sve_is_settled(&vcpu));
	assert_int_equal(sve_finalize(&vcpu), -EPERM);
	assert_int_equal(set_lengths(3), -EPERM);
	assert_int_equal(set_lengths(0xb), -EPERM);
	assert_int_equal(lengths(), 0xb);
	/* so it stays over KVM_ARM_VCPU_INIT, but for what is in the registers */
	val[0] = val[63] = 7;
	assert_int_equal(set(Z(31), val), 0);
	assert_int_equal(set(FFR, val), 0);
	sve_reset(&vcpu);
	assert_int_equal(lengths(), 0xb);
	assert_int_equal(get(Z(31), val), 0);
	assert_int_equal(val[0] | val[63], 0);
	assert_int_equal(get(FFR, val), 0);
	assert_int_equal(val[0], 0);
	sve_free(&vcpu);
	assert_int_equal(shim_allocs(), allocs);
}

/* Without the feature each id is unknown, and what is no id stays that; it may run. */
static void absent(void **state)
{
	u8 val[256] = { 0 };

	vcpu.ctx.features = 0;
	sve_reset(&vcpu);
	assert_int_equal(vcpu.ctx.sve.quads, 0);
	assert_int_equal(sve_finalize(&vcpu), -EINVAL);
	assert_true(sve_is_settled(&vcpu));
	assert_int_equal(get(VLS, val), -ENOENT);
	assert_int_equal(set(VLS, val), -ENOENT);
	assert_int_equal(get(Z(0), val), -ENOENT);
	assert_int_equal(set(FFR, val), -ENOENT);
	assert_int_equal(get(FFR + 32, val), -EINVAL);
	assert_int_equal(sve_list(&vcpu, NULL), 0);
}

/* Each register has its place, as long as the vCPU has vectors; the rest of a value is zeroes and is not looked at. */
static void registers(void **state)
{
	static u64 ids[64];
	unsigned int i, k, bytes;
	u8 val[256];

	assert_int_equal(set_lengths(0xb), 0);
	assert_int_equal(sve_finalize(&vcpu), 0);
	assert_int_equal(sve_list(&vcpu, NULL), 50);
	assert_int_equal(sve_list(&vcpu, ids), 50);
	assert_int_equal(ids[0], VLS);
	assert_int_equal(ids[50], 0);
	for (i = 1; i < 50; i++) {
		assert_int_equal(ids[i], i <= 32 ? Z(i - 1) : i <= 48 ? P(i - 33) : FFR);
		bytes = i <= 32 ? 64 : 8;
		memset(val, i, sizeof(val));
		/* no more than that is read */
		shim_user_hole((uintptr_t)val + bytes, 256 - bytes);
		assert_int_equal(set(ids[i], val), 0);
		shim_user_hole((uintptr_t)val, 1);
		assert_int_equal(set(ids[i], val), -EFAULT);
		shim_user_hole((uintptr_t)val + bytes, 1);
		assert_int_equal(get(ids[i], val), -EFAULT);
		shim_user_hole(0, 0);
	}
	for (i = 1; i < 50; i++) {
		const u8 *at = (u8 *)vcpu.ctx.sve.state + (i <= 32 ? 64 * (i - 1) : 2048 + 8 * (i - 33));

		bytes = i <= 32 ? 64 : 8;
		memset(val, 0xee, sizeof(val));
		assert_int_equal(get(ids[i], val), 0);
		for (k = 0; k < 256; k++)
			assert_int_equal(val[k], k < bytes ? i : k < (i <= 32 ? 256 : 32) ? 0 : 0xee);
		assert_int_equal(at[0], i);
		assert_int_equal(at[bytes - 1], i);
	}
	assert_int_equal(SVE_STATE_BYTES(4), 2048 + 17 * 8);
}

/* Ids of other slices, of other sizes, and between the groups. */
static void bad_ids(void **state)
{
	u8 val[256] = { 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(get(KVM_REG_ARM64_SVE_ZREG(0, 1), val), -ENOENT);
		assert_int_equal(get(KVM_REG_ARM64_SVE_ZREG(31, 31), val), -ENOENT);
		assert_int_equal(set(KVM_REG_ARM64_SVE_PREG(15, 1), val), -ENOENT);
		assert_int_equal(set(KVM_REG_ARM64_SVE_FFR(31), val), -ENOENT);
		assert_int_equal(get(KVM_REG_ARM64_SVE_ZREG(31, 31) + 1, val), -EINVAL);
		assert_int_equal(get(P(0) - 1, val), -EINVAL);
		assert_int_equal(get(KVM_REG_ARM64_SVE_FFR(31) + 1, val), -EINVAL);
		assert_int_equal(get(VLS - 1, val), -EINVAL);
		assert_int_equal(get(VLS + 1, val), -EINVAL);
		assert_int_equal(get(Z(0) ^ KVM_REG_SIZE_U2048 ^ KVM_REG_SIZE_U1024, val), -EINVAL);
		assert_int_equal(get(P(0) ^ KVM_REG_SIZE_U256 ^ KVM_REG_SIZE_U512, val), -EINVAL);
		assert_int_equal(set(VLS ^ KVM_REG_SIZE_U512 ^ KVM_REG_SIZE_U64, val), -EINVAL);
		assert_int_equal(sve_finalize(&vcpu), i ? -EPERM : 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(choose), TEST(order), TEST(absent), TEST(registers), TEST(bad_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
