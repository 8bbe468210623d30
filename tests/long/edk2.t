#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --add /usr/share/qemu-efi-aarch64/QEMU_EFI.fd:efi.fd" LIMIT=600
if [ -e /usr/share/qemu-efi-aarch64/QEMU_EFI.fd ]; then . "$(dirname "$0")/../lib.sh"; else echo "1..0 # SKIP no UEFI for guests: lab/fetch --long"; exit; fi

# Debian's EDK2 as the guest's firmware starts Debian's kernel by its EFI stub; the guest computes, reboots through the firmware and powers off.
test_edk2() {
	guest_start a ask -bios /lab/efi.fd
	guest_wait a 240 ready
	grep -q 'EFI stub' $G.a || fail "it did not come by the firmware"
	guest_tell a work
	guest_wait a 60 'work ok'
	guest_tell a reboot
	guest_wait a 240 ready 2
	[ "$(grep -c 'EFI stub: Booting' $G.a)" -ge 2 ] || fail "the second life did not come by the firmware"
	guest_tell a off
	guest_off a
}
