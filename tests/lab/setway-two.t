#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=90
. "$(dirname "$0")/../lib.sh"

# A VM that hammers set/way on two CPUs at once leaves another VM its fair share of a CPU, and is killed within a second.
test_module_fair_share_two_cpus() { $T/setway share-two-cpus; }
