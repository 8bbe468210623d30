#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max,pauth-impdef=on" LIMIT=400
. "$(dirname "$0")/../lib.sh"

# cpuinfo NAME: on how many CPUs the guest sees vectors, and how long they are to begin with
cpuinfo() {
	guest_tell $1 "echo; echo guest-$1: sve on \$(/bin/busybox grep -cw sve /proc/cpuinfo) CPUs, \$(/bin/busybox cat /proc/sys/abi/sve_default_vector_length) bytes"
}

ended() {
	guest_tell $1 poweroff
	guest_off $1
}

# A Linux guest of an unmodified QEMU with -cpu host finds SVE on both its vCPUs.
test_linux() {
	SMP=2 guest_start a shell
	guest_up a 2
	cpuinfo a
	guest_wait a 30 "sve on 2 CPUs, 64 bytes"
	ended a
}

# With -cpu host,sve256=on its vectors are no longer than that.
test_linux_short() {
	SMP=2 guest_start b shell -cpu host,sve256=on
	guest_up b 2
	cpuinfo b
	guest_wait b 30 "sve on 2 CPUs, 32 bytes"
	ended b
}

# With -cpu host,sve=off it has none.
test_linux_none() {
	SMP=1 guest_start c shell -cpu host,sve=off
	guest_up c 1
	cpuinfo c
	guest_wait c 30 "sve on 0 CPUs"
	ended c
}
