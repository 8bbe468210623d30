/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A divider that keeps what it divided last.
 */
#ifndef FAKE_SPEC_PROCESSOR_H
#define FAKE_SPEC_PROCESSOR_H

void amd_clear_divider(void);

#endif
