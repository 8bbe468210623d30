// SPDX-License-Identifier: GPL-2.0
/*
 * The instruction that exited. Many CPUs do not tell where the next one is.
 */
#include <linux/string.h>

#include "../vm.h"
#include "fetch.h"
#include "svm.h"

enum insn_mode fetch_mode(const struct svm *svm)
{
	switch (svm_code_bits(svm)) {
	case 64:
		return INSN_64;
	case 32:
		return INSN_32;
	default:
		return INSN_16;
	}
}

u64 fetch_rip(const struct svm *svm)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	return fetch_mode(svm) == INSN_64 ? s->rip : (u32)(s->cs.base + s->rip);
}

unsigned int fetch_insn(struct x86_vcpu *vcpu, u8 *bytes)
{
	return svm_read_linear(vcpu, fetch_rip(&vcpu->svm), SVM_ANY, bytes, INSN_MAX);
}

bool fetch_skip(struct x86_vcpu *vcpu, enum insn_name name)
{
	u8 bytes[INSN_MAX];
	int len = 0;

	if (!svm_hw.nrips) {
		len = insn_length(bytes, fetch_insn(vcpu, bytes), fetch_mode(&vcpu->svm), name);
		if (len < 0)
			return false;
	}
	svm_skip(vcpu, len);
	return true;
}

static u64 fetch_segment_base(const struct svm *svm, enum insn_segment segment)
{
	const struct vmcb_save_area *s = &svm->vmcb->save;

	if (fetch_mode(svm) == INSN_64 && segment < INSN_FS)
		return 0;
	switch (segment) {
	case INSN_ES:
		return s->es.base;
	case INSN_CS:
		return s->cs.base;
	case INSN_SS:
		return s->ss.base;
	case INSN_FS:
		return s->fs.base;
	case INSN_GS:
		return s->gs.base;
	default:
		return s->ds.base;
	}
}

u64 fetch_linear(const struct svm *svm, const struct insn_memory *m, unsigned int len)
{
	u64 gpr[SVM_GPRS], linear;
	unsigned int n;

	for (n = 0; n < SVM_GPRS; n++)
		gpr[n] = svm_get_gpr(svm, n);
	linear = fetch_segment_base(svm, m->segment) +
		 insn_offset(m, gpr, svm->vmcb->save.rip + len);
	return fetch_mode(svm) == INSN_64 ? linear : (u32)linear;
}
