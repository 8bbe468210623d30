#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=240
. "$(dirname "$0")/../../lib.sh"

# Wild input to every ioctl, from two threads, while random code runs and processes are killed, brings the host no trouble.
test_calls() { $T/wild calls; }

# After that nothing of it holds the module.
test_module_idle() { [ "$(awk '$1 == "tabula" { print $3 }' /proc/modules)" = 0 ]; }
