/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host has in SPEC_CTRL, and owes user space, on each of two CPUs.
 */
#ifndef FAKE_SPEC_NOSPEC_BRANCH_H
#define FAKE_SPEC_NOSPEC_BRANCH_H

#include <linux/types.h>

extern u64 x86_spec_ctrl_current[2];
extern bool x86_ibpb_exit_to_user[2];

#endif
