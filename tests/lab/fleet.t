#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=120
. "$(dirname "$0")/../lib.sh"

# The calls that Firecracker makes to start a VM work in their order, and its guest gets what they promise.
test_micro_start() { $T/fleet micro-start; }

# A CPU template takes a feature away before the first run: both vCPUs are without it.
test_micro_template() { $T/fleet micro-template; }

# Its snapshot, with an interrupt pending and a vCPU off, becomes another VM, which goes on.
test_micro_snapshot() { $T/fleet micro-snapshot; }

# The calls that cloud-hypervisor makes to start a VM, its ITS before its GIC, work in their order.
test_cloud_start() { $T/fleet cloud-start; }

# Its snapshot, with a message pending and two vCPUs on, becomes another VM, which goes on.
test_cloud_snapshot() { $T/fleet cloud-snapshot; }
