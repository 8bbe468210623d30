#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# Hyper-V's leaves are a list of their own, which says E2BIG when there is no room for it.
test_leaves() { $T/hv leaves; }

# A guest that is told of Hyper-V gets its page of hypercalls once it has said what it is, and the VMM can restore it.
test_page() { $T/hv page; }

# One that is not told of Hyper-V has none of its MSRs.
test_none() { $T/hv none; }
