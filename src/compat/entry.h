/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread has to do before it enters a guest, and when it comes back to user space. Newer kernels
 * have renamed the header, and ask for no vCPU of the kernel's KVM; they put off what restartable
 * sequences want until user space is next, and where a thread has no flag of its own for that, what is
 * done before a guest takes the common one away.
 */
#ifndef TABULA_COMPAT_ENTRY_H
#define TABULA_COMPAT_ENTRY_H

#ifdef __has_include	/* sparse has it not, and meets the older kernel */
#if __has_include(<linux/entry-virt.h>)
#define COMPAT_ENTRY_VIRT
#endif
#if __has_include(<linux/rseq_entry.h>)
#define COMPAT_ENTRY_RSEQ
#endif
#endif

#ifdef COMPAT_ENTRY_VIRT
#include <linux/entry-virt.h>
#define compat_handle_work(vcpu)	((void)(vcpu), xfer_to_guest_mode_handle_work())
#else
#include <linux/entry-kvm.h>
#define compat_handle_work(vcpu)	xfer_to_guest_mode_handle_work(vcpu)
#endif

/**
 * compat_to_user() - a thread that may have called compat_handle_work() returns to user space
 *
 * In its own context, with interrupts on. After it the kernel tells the thread on which CPU it is (rseq).
 */
#ifdef COMPAT_ENTRY_RSEQ
#include <linux/rseq.h>
#define compat_to_user()	rseq_virt_userspace_exit()
#else
#define compat_to_user()	do { } while (0)
#endif

#endif
