#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=60
"$(dirname "$0")/../module/build" && . "$(dirname "$0")/../lib.sh"

# Compare-and-exchange on user memory is right at every width, serves every sort of page fault, refuses what may not be written, and loses no count.
test_module_user_atomics() {
	insmod $T/tabula_test.ko || fail "the test module does not load"
	$T/uatomic || { s=$?; rmmod tabula_test; fail "status $s"; }
	rmmod tabula_test
}
