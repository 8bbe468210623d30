// SPDX-License-Identifier: GPL-2.0
/*
 * Guest accesses that the kernel serves itself: the GIC's frames and ioeventfds.
 */
#include "../arm64/vm.h"
#include "ioeventfd.h"

bool vm_mmio(struct vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data)
{
	if (gic_mmio(vcpu, ipa, len, is_write, data))
		return true;
	return is_write && ioeventfd_write(vcpu->vm, ipa, len, *data);
}
