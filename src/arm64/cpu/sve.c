// SPDX-License-Identifier: GPL-2.0
/*
 * Vectors as the VMM sees them. Their lengths can only be cut at some length (ZCR_EL2.LEN): all
 * shorter ones that the hardware has stay.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../vm.h"
#include "hw.h"
#include "sve.h"

static bool sve_is_given(const struct arm_vcpu *vcpu)
{
	return vcpu->ctx.features & BIT(KVM_ARM_VCPU_SVE);
}

/* All of the machine's lengths up to one. */
static u32 sve_lengths(unsigned int quads)
{
	return cpu_hw.sve_lengths & (BIT(quads) - 1);
}

void sve_reset(struct arm_vcpu *vcpu)
{
	struct cpu_sve *sve = &vcpu->ctx.sve;

	if (sve->state)
		memset(sve->state, 0, SVE_STATE_BYTES(sve->quads));
	else
		sve->quads = sve_is_given(vcpu) ? fls64(cpu_hw.sve_lengths) : 0;
}

int sve_finalize(struct arm_vcpu *vcpu)
{
	struct cpu_sve *sve = &vcpu->ctx.sve;

	lockdep_assert_held(&vcpu->base.mutex);
	if (!sve_is_given(vcpu))
		return -EINVAL;
	if (sve->state)
		return -EPERM;
	sve->state = kzalloc(SVE_STATE_BYTES(sve->quads), GFP_KERNEL_ACCOUNT);
	return sve->state ? 0 : -ENOMEM;
}

bool sve_is_settled(const struct arm_vcpu *vcpu)
{
	return !sve_is_given(vcpu) || vcpu->ctx.sve.state;
}

void sve_free(struct arm_vcpu *vcpu)
{
	kfree(vcpu->ctx.sve.state);
	vcpu->ctx.sve.state = NULL;
}

static int sve_get_lengths(const struct arm_vcpu *vcpu, void __user *to)
{
	u64 words[KVM_ARM64_SVE_VLS_WORDS] = { sve_lengths(vcpu->ctx.sve.quads) };

	return copy_to_user(to, words, sizeof(words)) ? -EFAULT : 0;
}

static int sve_set_lengths(struct arm_vcpu *vcpu, const void __user *from)
{
	u64 words[KVM_ARM64_SVE_VLS_WORDS];
	unsigned int i;

	if (vcpu->ctx.sve.state)
		return -EPERM;
	if (copy_from_user(words, from, sizeof(words)))
		return -EFAULT;
	for (i = 1; i < ARRAY_SIZE(words); i++)
		if (words[i])
			return -EINVAL;
	if (!words[0] || words[0] >> SVE_MAX_QUADS || words[0] != sve_lengths(fls64(words[0])))
		return -EINVAL;
	vcpu->ctx.sve.quads = fls64(words[0]);
	return 0;
}

/**
 * struct sve_place - where a register is
 * @at: bytes into the state
 * @bytes: as many as there are of it
 * @whole: as many as the VMM's value has
 */
struct sve_place {
	unsigned int at;
	unsigned int bytes;
	unsigned int whole;
};

#define SVE_SLICE	GENMASK_ULL(4, 0)	/* of an id */
#define SVE_NUMBER	GENMASK_ULL(9, 5)

/* FFR follows the last P register, in ids as in the state. */
static int sve_find(const struct arm_vcpu *vcpu, u64 id, struct sve_place *place)
{
	unsigned int quads = vcpu->ctx.sve.quads, n = (id & SVE_NUMBER) >> 5;

	if (id >= KVM_REG_ARM64_SVE_ZREG(0, 0) &&
	    id <= KVM_REG_ARM64_SVE_ZREG(31, KVM_ARM64_SVE_MAX_SLICES - 1)) {
		place->bytes = SVE_Z_BYTES(quads);
		place->whole = SVE_Z_BYTES(SVE_MAX_QUADS);
		place->at = array_index_nospec(n, 32) * place->bytes;
	} else if (id >= KVM_REG_ARM64_SVE_PREG(0, 0) &&
		   id <= KVM_REG_ARM64_SVE_FFR(KVM_ARM64_SVE_MAX_SLICES - 1)) {
		place->bytes = SVE_P_BYTES(quads);
		place->whole = SVE_P_BYTES(SVE_MAX_QUADS);
		place->at = SVE_P_AT(quads) + array_index_nospec(n, 17) * place->bytes;
	} else {
		return -EINVAL;
	}
	/* no vector is longer than the first slice */
	if (!sve_is_given(vcpu) || id & SVE_SLICE)
		return -ENOENT;
	return vcpu->ctx.sve.state ? 0 : -EPERM;
}

int sve_get(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	void __user *to = u64_to_user_ptr(reg->addr);
	struct sve_place place;
	int ret;

	if (reg->id == KVM_REG_ARM64_SVE_VLS)
		return sve_is_given(vcpu) ? sve_get_lengths(vcpu, to) : -ENOENT;
	ret = sve_find(vcpu, reg->id, &place);
	if (ret)
		return ret;
	if (copy_to_user(to, vcpu->ctx.sve.state + place.at, place.bytes) ||
	    clear_user(to + place.bytes, place.whole - place.bytes))
		return -EFAULT;
	return 0;
}

int sve_set(struct arm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	const void __user *from = u64_to_user_ptr(reg->addr);
	u8 val[SVE_Z_BYTES(SVE_MAX_QUADS)];
	struct sve_place place;
	int ret;

	if (reg->id == KVM_REG_ARM64_SVE_VLS)
		return sve_is_given(vcpu) ? sve_set_lengths(vcpu, from) : -ENOENT;
	ret = sve_find(vcpu, reg->id, &place);
	if (ret)
		return ret;
	/* what is longer than the vCPU's vectors goes nowhere, and need not be readable */
	if (copy_from_user(val, from, place.bytes))
		return -EFAULT;
	memcpy(vcpu->ctx.sve.state + place.at, val, place.bytes);
	return 0;
}

unsigned long sve_list(const struct arm_vcpu *vcpu, u64 *out)
{
	unsigned long n = 0;
	unsigned int i;

	if (!sve_is_given(vcpu))
		return 0;
	if (!out)
		return 1 + 32 + 16 + 1;
	out[n++] = KVM_REG_ARM64_SVE_VLS;
	for (i = 0; i < 32; i++)
		out[n++] = KVM_REG_ARM64_SVE_ZREG(i, 0);
	for (i = 0; i < 16; i++)
		out[n++] = KVM_REG_ARM64_SVE_PREG(i, 0);
	out[n++] = KVM_REG_ARM64_SVE_FFR(0);
	return n;
}
