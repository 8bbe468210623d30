// SPDX-License-Identifier: GPL-2.0
/*
 * PV EOI of a vCPU. The byte is stored and exchanged by the VMM's own mapping, by the vCPU's
 * thread alone.
 */
#include <linux/errno.h>
#include <linux/kvm_para.h>

#include "../vm.h"
#include "ending.h"

#define ENDING_RESERVED	BIT_ULL(1)
#define ENDING_SIZE	4

int ending_set(struct x86_vcpu *vcpu, u64 val)
{
	struct ending *e = &vcpu->ending;

	if (val & ENDING_RESERVED || (val && !vcpu->intc.there))
		return -EINVAL;
	if (val == e->msr)
		return 0;
	ending_reset(vcpu);
	e->msr = val;
	if (!(val & KVM_MSR_ENABLED))
		return 0;
	/* where there is no memory the guest ends its interrupts as ever */
	pv_range_init(&e->range, &vcpu->vm->npt.gmem, val & ~(u64)KVM_MSR_ENABLED, ENDING_SIZE);
	pv_eoi_set(&e->eoi, &e->range.mem);
	return 0;
}

void ending_reset(struct x86_vcpu *vcpu)
{
	struct ending *e = &vcpu->ending;

	e->msr = 0;
	pv_eoi_set(&e->eoi, NULL);
	pv_range_exit(&e->range);
}

void ending_offer(struct x86_vcpu *vcpu)
{
	if (vcpu->ending.eoi.mem)
		pv_eoi_enter(&vcpu->ending.eoi, &vcpu->intc.lapic);
}

int ending_take_back(struct x86_vcpu *vcpu)
{
	return vcpu->ending.eoi.offered ? pv_eoi_leave(&vcpu->ending.eoi, &vcpu->intc.lapic) : 0;
}
