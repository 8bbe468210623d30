#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# two nodes, so that a page has somewhere to go
N0="--qemu-opt=-object --qemu-opt=memory-backend-ram,size=1G,id=m0 --qemu-opt=-numa --qemu-opt=node,nodeid=0,memdev=m0,cpus=0"
N1="--qemu-opt=-object --qemu-opt=memory-backend-ram,size=1G,id=m1 --qemu-opt=-numa --qemu-opt=node,nodeid=1,memdev=m1"
BOOT="--mem 2048 $N0 $N1"
. "$(dirname "$0")/../../lib.sh"

# Whatever the hypervisor writes for a guest, by whichever way, is in the dirty log; a guest restored from that has the same memory.
test_log() { $T/writes log; }

# Where userfaultfd has not brought the page, it waits for it, and the write is on top of what came.
test_missing() { $T/writes missing; }

# Where userfaultfd protects the page, nothing is written before the VMM has heard of it.
test_protected() { $T/writes protected; }

# Where the page has migrated since the hypervisor wrote last, it writes where the page is now.
test_migrated() { $T/writes migrated; }
