#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=300
. "$(dirname "$0")/../../lib.sh"

# Debian's QEMU, q35 with SeaBIOS and a split irqchip, boots Debian's kernel to user space, which powers off.
test_boot() {
	guest_start one ''
	guest_up one 1
	guest_off one
}

# The guest computes what it should, reboots through SeaBIOS under the same QEMU, and does so again.
test_reboot() {
	guest_start two ask
	guest_up two 1
	guest_wait two 30 ready
	guest_tell two work
	guest_wait two 60 'work ok'
	guest_tell two reboot
	guest_wait two 90 ready 2
	guest_tell two work
	guest_wait two 60 'work ok' 2
	guest_tell two off
	guest_off two
}
