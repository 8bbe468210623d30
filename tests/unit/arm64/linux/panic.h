/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end, which a test survives.
 */
#ifndef TEST_LINUX_PANIC_H
#define TEST_LINUX_PANIC_H

void panic(const char *fmt, ...);

#endif
