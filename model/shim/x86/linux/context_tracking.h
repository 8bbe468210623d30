/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RCU hears of guests, in order.
 */
#ifndef SHIM_X86_LINUX_CONTEXT_TRACKING_H
#define SHIM_X86_LINUX_CONTEXT_TRACKING_H

#include "../cpu.h"

#define guest_context_enter_irqoff()	cpu_rcu_guest(true)
#define context_tracking_guest_exit()	cpu_rcu_guest(false)

#endif
