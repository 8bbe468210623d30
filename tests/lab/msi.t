#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --mem 1536" LIMIT=300
. "$(dirname "$0")/../lib.sh"

# disks N: that many of 4 MiB, each of other bytes, in /tmp; QEMU's options for them
disks() {
	for d in $(seq "$1"); do
		[ -e /tmp/disk$d ] || yes "disk $d of four" | head -c 4194304 >/tmp/disk$d
		echo "-drive if=none,id=d$d,file=/tmp/disk$d,format=raw,readonly=on,cache=writeback,aio=threads -device virtio-blk-pci,drive=d$d"
	done
}

# read_right NAME N: the guest has read each disk four times, and it was what is there
read_right() {
	for d in $(seq "$2"); do
		guest_wait $1 90 "vd$(echo "abcd" | cut -c $d) 4 times $(md5sum </tmp/disk$d | cut -d' ' -f1)"
	done
	guest_wait $1 30 "messages [1-9][0-9]*"
	grep "^guest-$1: messages" $G.$1 | sed 's/^/# /'
	[ "$(sed -n "s/^guest-$1: messages \([0-9]*\).*/\1/p" $G.$1)" -ge $((100 * $2)) ] || fail "hardly a message"
}

# A Linux guest of QEMU's default machine reads four virtio-pci disks at once, whose MSI-X messages are LPIs: it reads right, and no message is lost.
test_four_disks() {
	guest_start a disk $(disks 4)
	guest_up a 2 && read_right a 4 && guest_off a
}
