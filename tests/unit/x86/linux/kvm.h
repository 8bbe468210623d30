/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel itself has beside its user space, and what older user space does not know.
 */
#ifndef FAKE_LINUX_KVM_H
#define FAKE_LINUX_KVM_H

#include_next <linux/kvm.h>

#ifndef KVM_XEN_INVALID_GFN
#define KVM_XEN_INVALID_GFN	(~0ULL)
#define KVM_XEN_INVALID_GPA	(~0ULL)
#endif

#ifndef KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG
#define KVM_XEN_ATTR_TYPE_RUNSTATE_UPDATE_FLAG	5
#define KVM_XEN_HVM_CONFIG_RUNSTATE_UPDATE_FLAG	(1 << 6)
#define runstate_update_flag	long_mode	/* of the same union */
#endif

#endif
