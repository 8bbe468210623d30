#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --append acpi=force --qemu-opt=-bios --qemu-opt=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd" LIMIT=300
if [ -e /usr/share/qemu-efi-aarch64/QEMU_EFI.fd ]; then . "$(dirname "$0")/../lib.sh"; else echo "1..0 # SKIP no UEFI for the server: lab/fetch --long"; exit; fi

# The server has come up by UEFI and ACPI, without a device tree of the machine, and the module is loaded.
test_module_acpi_server() {
	[ -e /sys/firmware/acpi/tables/APIC ] && [ -e /sys/firmware/acpi/tables/GTDT ] || fail "no ACPI tables"
	[ ! -e /proc/device-tree/intc@8000000 ] && [ ! -e /proc/device-tree/timer ] || fail "there is a device tree"
	tabula_loaded || fail "the module is not loaded"
	dmesg | grep tabula
}

# A bare-metal guest makes a hypercall, is answered a load and a store by the VMM, and ends.
test_first_light() { $T/arch first-light; }

# Its timer's interrupts and those of its GIC come, with the host's interrupt numbers from ACPI.
test_interrupts() { $T/irq timers && $T/irq lines && $T/psci cpu-on; }

# A Linux guest comes up on two vCPUs, computes, reboots and powers off.
test_linux() {
	guest_start a ask
	guest_up a 2
	guest_tell a work
	guest_wait a 60 'work ok'
	guest_tell a reboot
	guest_wait a 60 ready 2
	guest_tell a off
	guest_off a
}
