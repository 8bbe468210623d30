/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parameters are variables.
 */
#ifndef TEST_LINUX_MODULE_H
#define TEST_LINUX_MODULE_H

#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)

#endif
