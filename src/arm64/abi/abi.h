/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arm's part of the KVM API: each file fills in its part of struct vm_arch, whose comments
 * say what the functions do.
 */
#ifndef TABULA_ARM64_ABI_H
#define TABULA_ARM64_ABI_H

struct vm_arch;

/**
 * caps_fill() - fill in KVM_CHECK_EXTENSION
 * @arch: what vm/ and abi/ will call
 */
void caps_fill(struct vm_arch *arch);

/**
 * stats_fill() - fill in counters and debugfs files
 * @arch: what vm/ and abi/ will call
 */
void stats_fill(struct vm_arch *arch);

/**
 * vm_fill() - fill in a VM's life and ioctls
 * @arch: what vm/ and abi/ will call
 */
void vm_fill(struct vm_arch *arch);

/**
 * vcpu_fill() - fill in a vCPU's life and ioctls
 * @arch: what vm/ and abi/ will call
 */
void vcpu_fill(struct vm_arch *arch);

/**
 * run_fill() - fill in KVM_RUN
 * @arch: what vm/ and abi/ will call
 */
void run_fill(struct vm_arch *arch);

#endif
