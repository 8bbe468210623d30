#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two CPUs whose clock counts instructions: exact, however busy the machine is that this runs on.
BOOT="--cpu neoverse-n1 --smp 2 --qemu-opt=-icount --qemu-opt=shift=2,sleep=off" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# A CPU that runs a guest counts as quiescent for the host's RCU: grace periods beside it are not longer than on the kernel's KVM.
test_busy_guest() { $T/rcu busy; }
