#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# two nodes, so that a page has somewhere to go
N0="--qemu-opt=-object --qemu-opt=memory-backend-ram,size=1G,id=m0 --qemu-opt=-numa --qemu-opt=node,nodeid=0,memdev=m0,cpus=0"
N1="--qemu-opt=-object --qemu-opt=memory-backend-ram,size=1G,id=m1 --qemu-opt=-numa --qemu-opt=node,nodeid=1,memdev=m1,cpus=1"
BOOT="--cpu neoverse-n1 --mem 2048 $N0 $N1" LIMIT=120
"$(dirname "$0")/../module/build" && . "$(dirname "$0")/../lib.sh"

ways() {
	[ -e /dev/tabula-ways ] || insmod $T/tabula_ways.ko || fail "the test module does not load"
	$T/ways $1
}

# A kept range crosses slots, follows them to other memory, exchanges in one operation, and refuses what it cannot do.
test_module_kept_range() { ways hva; }

# A mapped page follows its guest address: pages that go, slots that go and come, memory that may not be written.
test_module_mapped_page() { ways map; }

# Who uses a page in guest mode follows its guest address, and stays out where there is none.
test_module_guest_mode() { ways guest; }

# What is kept and mapped does not outlive the memory it stands on, nor does anything stay behind.
test_module_left_behind() { ways left && rmmod tabula_ways; }

# While the page migrates, is collapsed and split, and its slot goes and comes, no count of five writers is lost, two in guest mode among them.
test_module_storm() { ways storm; }

# What the hypervisor writes of stolen time is in the dirty log and in a guest restored from it, waits for userfaultfd, and is where the page has migrated to.
test_stolen_time_seen() { $T/steal seen; }

# So are the tables and pending bits that an ITS saves.
test_its_seen() { $T/its seen; }
