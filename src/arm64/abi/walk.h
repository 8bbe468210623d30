/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The debugfs file that shows what a guest's address means by the guest's own tables.
 */
#ifndef TABULA_WALK_H
#define TABULA_WALK_H

#include <linux/fs.h>

/*
 * vcpuN/s1walk, of a struct arm_vcpu. Read: the stage-1 walk of the vCPU's PC, or of the
 * address that was written last; "pc" goes back to the PC.
 */
extern const struct file_operations walk_fops;

/**
 * walk_module_init() - who does the walks; without memory for it they get -ENOMEM
 */
void walk_module_init(void);

/**
 * walk_module_exit() - wait for the last walk; its VM may go with it
 */
void walk_module_exit(void);

#endif
