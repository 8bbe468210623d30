/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stolen time (DEN0057): how long a vCPU was ready to run and did not, in a
 * structure in guest memory that is written each time the vCPU is put on a CPU.
 */
#ifndef TABULA_PVTIME_H
#define TABULA_PVTIME_H

#include <linux/types.h>

#include "../../mem/pfn_cache.h"

struct kvm_device_attr;

#define PVTIME_NONE	(~0ULL)

/**
 * struct pvtime - stolen time of one vCPU
 * @pc: the page that holds the guest's structure
 * @base: guest physical address of the structure, or %PVTIME_NONE
 * @task: the thread that @seen is about; only compared
 * @seen: ns that this thread has waited for a CPU, as far as accounted for
 * @owed: ns that the guest was not told of yet
 */
struct pvtime {
	struct pfn_cache pc;
	u64 base;
	const void *task;
	u64 seen;
	u64 owed;
};

/**
 * pvtime_init() - no stolen time until the VMM gives an address
 * @pv: of a new vCPU
 * @gm: the VM's memory
 */
void pvtime_init(struct pvtime *pv, struct gmem *gm);

/**
 * pvtime_destroy() - let go of guest memory; while that is still there
 * @pv: initialised; nobody runs the vCPU any more. May sleep.
 */
void pvtime_destroy(struct pvtime *pv);

/**
 * pvtime_load() - the vCPU starts to run on a CPU
 * @pv: its
 * @task: its thread
 * @waited: ns that this thread has waited for a CPU until now
 *
 * Context: the vCPU's thread, preemption off; interrupts on or off.
 * Return: false: pvtime_refresh() has to be called before the guest is entered.
 */
bool pvtime_load(struct pvtime *pv, const void *task, u64 waited);

/**
 * pvtime_refresh() - find the page again, and tell the guest what it was not told
 * @pv: of the current thread's vCPU
 *
 * Does nothing where the page is not there: the next load asks again. May sleep; on
 * the VMM's mm.
 */
void pvtime_refresh(struct pvtime *pv);

/**
 * pvtime_start() - PV_TIME_ST (DEN0057 4.2): the guest asks for its structure
 * @pv: of the current thread's vCPU
 *
 * The structure is zeroed. May sleep; on the VMM's mm.
 * Return: its guest physical address, or SMCCC_RET_NOT_SUPPORTED.
 */
s64 pvtime_start(struct pvtime *pv);

/**
 * pvtime_features() - PV_TIME_FEATURES (DEN0057 4.1)
 * @pv: of the current thread's vCPU
 * @function: which function the guest asks about
 *
 * Return: SMCCC_RET_SUCCESS or SMCCC_RET_NOT_SUPPORTED.
 */
s64 pvtime_features(const struct pvtime *pv, u32 function);

/**
 * pvtime_set_attr() - KVM_SET_DEVICE_ATTR of KVM_ARM_VCPU_PVTIME_CTRL
 * @pv: the vCPU's; its mutex is held
 * @attr: whose addr points to the guest physical address
 *
 * Source: Documentation/virt/kvm/devices/vcpu.rst, 3.1.
 * Return: 0; -ENXIO: no such attribute; -EEXIST: there is an address already;
 * -EINVAL: not aligned to 64 bytes, or no slot there; -EFAULT.
 */
int pvtime_set_attr(struct pvtime *pv, const struct kvm_device_attr *attr);

/**
 * pvtime_get_attr() - KVM_GET_DEVICE_ATTR of KVM_ARM_VCPU_PVTIME_CTRL
 * @pv: the vCPU's; its mutex is held
 * @attr: whose addr is given the guest physical address, or %PVTIME_NONE
 *
 * Return: 0; -ENXIO: no such attribute; -EFAULT.
 */
int pvtime_get_attr(struct pvtime *pv, const struct kvm_device_attr *attr);

/**
 * pvtime_has_attr() - KVM_HAS_DEVICE_ATTR of KVM_ARM_VCPU_PVTIME_CTRL
 * @attr: which
 *
 * Return: 0; -ENXIO: no such attribute.
 */
int pvtime_has_attr(const struct kvm_device_attr *attr);

#endif
