/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread has to do before it enters a guest. Newer kernels have renamed the header,
 * and ask for no vCPU of the kernel's KVM.
 */
#ifndef TABULA_COMPAT_ENTRY_H
#define TABULA_COMPAT_ENTRY_H

#ifdef __has_include	/* sparse has it not, and meets the older kernel */
#if __has_include(<linux/entry-virt.h>)
#define COMPAT_ENTRY_VIRT
#endif
#endif

#ifdef COMPAT_ENTRY_VIRT
#include <linux/entry-virt.h>
#define compat_handle_work(vcpu)	((void)(vcpu), xfer_to_guest_mode_handle_work())
#else
#include <linux/entry-kvm.h>
#define compat_handle_work(vcpu)	xfer_to_guest_mode_handle_work(vcpu)
#endif

#endif
