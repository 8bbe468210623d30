/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A module comes and goes where a test says so. Parameters are variables.
 */
#ifndef SHIM_LINUX_MODULE_H
#define SHIM_LINUX_MODULE_H

#define THIS_MODULE	NULL

int shim_module_init(void);
void shim_module_exit(void);

#define module_init(f)	int shim_module_init(void) __attribute__((alias(#f)))
#define module_exit(f)	void shim_module_exit(void) __attribute__((alias(#f)))
#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)
#define MODULE_VERSION(text)

#endif
