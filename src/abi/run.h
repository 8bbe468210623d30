/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TABULA_RUN_H
#define TABULA_RUN_H

struct vcpu;

/**
 * run_init() - make a new vCPU ready to be run, kicked and waited for
 * @vcpu: zeroed otherwise
 */
void run_init(struct vcpu *vcpu);

/**
 * run_module_init() - preempt notifiers are wanted from now on
 *
 * Return: 0, or -ENOMEM.
 */
int run_module_init(void);

/**
 * run_module_exit() - undo run_module_init(); no vCPU is left
 */
void run_module_exit(void);

#endif
