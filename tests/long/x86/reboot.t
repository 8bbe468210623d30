#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=1800
. "$(dirname "$0")/../../lib.sh"

# twice NAME: with two vCPUs it computes on both what it should, reboots under the same QEMU, does so again, and powers off
twice() {
	guest_wait $1 240 'Linux .* up on 2 vCPUs'
	guest_wait $1 240 ready
	guest_tell $1 work
	guest_wait $1 240 'work ok'
	guest_tell $1 reboot
	guest_wait $1 240 ready 2
	guest_said $1 'Linux .* up on 2 vCPUs' 2 || fail "guest $1 has not two vCPUs any more"
	guest_tell $1 work
	guest_wait $1 240 'work ok' 2
	guest_tell $1 off
	guest_off $1
}

# Debian's QEMU, q35 with SeaBIOS, two vCPUs: the guest computes on both, reboots, does so again, and powers off.
test_two_cpus() {
	export SMP=2
	guest_start pair ask
	twice pair
}

# So it does on QEMU's microvm, without PCI.
test_microvm_two_cpus() {
	export SMP=2 MACHINE=microvm,kernel-irqchip=split,rtc=on APPEND=reboot=t
	guest_start micro ask
	twice micro
}
