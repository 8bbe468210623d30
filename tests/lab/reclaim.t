#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=100
. "$(dirname "$0")/../lib.sh"

swap_on() {
	[ ! -e /tmp/swap-is-on ] || return 0
	insmod_zram && echo 128M >/sys/block/zram0/disksize && mkswap /dev/zram0 && swapon /dev/zram0 && : >/tmp/swap-is-on
}

insmod_zram() {
	for m in $(cat /modules/list); do
		[ "$m" = vfio_pci ] || insmod "/modules/$m.ko" num_devices=2 || insmod "/modules/$m.ko" 2>/dev/null
	done
	# built in, there is one
	[ -e /sys/block/zram1 ] || cat /sys/class/zram-control/hot_add >/dev/null
	[ -e /sys/block/zram1 ]
}

# Anonymous memory that came back from swap by a read, and that only the guest writes then, is swapped out as the guest left it.
test_anonymous() { swap_on && $T/reclaim anonymous; }

# A guest's store into memory that the VMM gave to MADV_FREE, before or after it was mapped, survives reclaim.
test_lazyfree() { swap_on && $T/reclaim lazyfree; }

# So it does into a transparent huge page.
test_lazyfree_huge() { swap_on && $T/reclaim lazyfree-huge; }

# Memory given to MADV_FREE that nobody writes afterwards may be dropped, though a guest had it mapped.
test_lazyfree_unwritten() { swap_on && $T/reclaim lazyfree-unwritten; }

# A page of a memfd that only the guest wrote survives reclaim.
test_shared() { swap_on && $T/reclaim shared; }

# What a guest writes to a mapped file is on the disk after fsync(), also when it was written back between two stores.
test_file() {
	swap_on && echo 64M >/sys/block/zram1/disksize && mke2fs -q -b 4096 -F /dev/zram1 >/dev/null && mount -t ext4 /dev/zram1 /mnt || return 1
	RECLAIM_FILE=/mnt/guest $T/reclaim file
}

# A store into memory that was only read so far, the zero page, is the guest's own, and survives reclaim.
test_zero_page() { swap_on && $T/reclaim zero-page; }
