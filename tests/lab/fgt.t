#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max --params policy=two-tree" LIMIT=60
. "$(dirname "$0")/../lib.sh"

# QEMU's max has it from 8.0 on
needs_fgt() {
	dmesg | grep -q 'detected: Fine Grained Traps' && return
	echo "skip: this CPU has no FEAT_FGT"
	exit 77
}

# A guest that turns its MMU off and on again without any other exit is seen a thousand times of a thousand, and each time what it wrote is paid for.
test_module_off_on_without_exit() {
	needs_fgt
	$T/fgt off-on
}

# Writes of SCTLR_EL1 that leave MMU and caches on take effect and change no side.
test_module_other_bits() {
	needs_fgt
	$T/fgt other-bits
}
