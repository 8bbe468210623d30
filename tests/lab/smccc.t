#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# A call by SMC is answered as one by HVC; immediates other than 0 are unknown.
test_conduit() { $T/smccc conduit; }

# TRNG gives as many random bits as are asked for, no two alike, and refuses too few and too many.
test_trng() { $T/smccc trng; }

# The guest finds KVM by its UID, and the host's time of day with its own count at that time.
test_vendor() { $T/smccc vendor; }

# A service that the VMM takes away before the first run is unknown to the guest, and cannot come back after.
test_services() { $T/smccc services; }

# The filter refuses what the KVM API says: reserved calls, overlaps, bad ranges and actions, and all after the first run.
test_filter_arguments() { $T/smccc filter-arguments; }

# Calls are denied, served here, or end KVM_RUN for the VMM to serve, as it has said, by either instruction.
test_filter() { $T/smccc filter; }

# A GIC without an ITS has its pending tables saved: there are none.
test_pending_tables() { $T/smccc pending-tables; }
