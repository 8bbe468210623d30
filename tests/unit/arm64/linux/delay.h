/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pauses, which a test fills.
 */
#ifndef TEST_LINUX_DELAY_H
#define TEST_LINUX_DELAY_H

#endif
