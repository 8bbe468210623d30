/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread owes the kernel before it enters a guest: the test says.
 */
#ifndef TEST_LINUX_ENTRY_VIRT_H
#define TEST_LINUX_ENTRY_VIRT_H

#include <linux/types.h>

bool xfer_to_guest_mode_work_pending(void);
bool __xfer_to_guest_mode_work_pending(void);
int xfer_to_guest_mode_handle_work(void);

#endif
