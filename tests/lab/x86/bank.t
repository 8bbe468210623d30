#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# A vCPU has as many banks of machine checks as the VMM sets up within the bounds, and an error is for one of them.
test_bounds() { $T/bank bounds; }

# A corrected error stands in its bank until the guest clears it, and a second one is marked.
test_corrected() { $T/bank corrected; }

# An uncorrected error is #MC, and the end of a guest that takes none.
test_uncorrected() { $T/bank uncorrected; }
