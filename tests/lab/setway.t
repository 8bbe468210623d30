#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One CPU, whose clock counts instructions: exact, however busy the machine is that this runs on.
BOOT="--cpu neoverse-n1 --smp 1 --qemu-opt=-icount --qemu-opt=shift=2,sleep=off" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# Beside a VM whose two vCPUs do nothing but set/way maintenance and toggle their caches, with 96 MiB in pages of 4 KiB, another VM has the CPU as it has it beside one that spins, for as many exits, and SIGKILL ends it within a second.
test_module_fair_share() { $T/setway share-4k; }

# The same with its memory in blocks of 2 MiB.
test_module_fair_share_of_blocks() { $T/setway share-2m; }

# A real-time thread on the same CPU never waits for more than a bounded piece of that work.
test_module_latency() { $T/setway latency-4k; }

# The same with blocks of 2 MiB.
test_module_latency_of_blocks() { $T/setway latency-2m; }
