/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose time it is: the test counts.
 */
#ifndef TEST_LINUX_VTIME_H
#define TEST_LINUX_VTIME_H

void vtime_account_guest_exit(void);

#endif
