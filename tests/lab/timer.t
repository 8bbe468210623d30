#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=90
. "$(dirname "$0")/../lib.sh"

# A guest's WFI ends at its timer's time, not before and not never, where Linux's clock runs ahead of the counter.
test_clock_is_fast() { $T/timer fast; }

# So it does where Linux's clock lags behind.
test_clock_is_slow() { $T/timer slow; }
