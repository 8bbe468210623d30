#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=600
. "$(dirname "$0")/../../lib.sh"

# Debian's QEMU, q35 with SeaBIOS and a split irqchip, boots Debian's kernel, which computes what it should, reboots through SeaBIOS under the same QEMU, does so again and powers off.
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

# QEMU's default machine, with a screen, and PIC, I/O APIC and PIT in the kernel, comes up with two vCPUs, computes on both what it should, and powers off.
test_default_machine() {
	export SMP=2 MACHINE=pc
	guest_start pair ask -device VGA
	guest_up pair 2
	guest_tell pair work
	guest_wait pair 60 'work ok'
	guest_tell pair off
	guest_off pair
}

# QEMU's microvm, without PCI, boots the same kernel, which powers off.
test_microvm() {
	export MACHINE=microvm,kernel-irqchip=split,rtc=on APPEND=reboot=t
	guest_start micro ''
	guest_up micro 1
	guest_off micro
}
