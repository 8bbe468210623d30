#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk to swap to, that nobody has to take away, and slow: pages of zram, and of a quick disk, are there at once.
exec 9<>"$(mktemp /tmp/tabula-swap.XXXXXX)" && swap=/proc/$$/fd/9 && rm "$(readlink $swap)" && truncate -s 64M $swap
BOOT="--smp 2 --qemu-opt=-drive --qemu-opt=file=$swap,format=raw,if=virtio,file.locking=off,throttling.iops-read=10"
. "$(dirname "$0")/../../lib.sh"

# Each page that has to be fetched has a token, told once as not present and then once as ready; the guest runs meanwhile.
test_tokens() { $T/apf tokens; }

# Who turns them on is told that all tokens of before are ready.
test_all() { $T/apf all; }

# A guest that has them off waits for its memory, and is told nothing.
test_off() { $T/apf off; }

# A VM whose memory nobody brings can be taken apart, and its vCPU told to forget, without waiting for it.
test_teardown() { $T/apf teardown; }

# So has memory that the host has swapped out to a disk, and it is what it was.
test_swap() {
	mkdir -p /tmp/groups && mount -t cgroup2 none /tmp/groups || return 1
	mkswap /dev/vdb && swapon /dev/vdb && echo 0 >/proc/sys/vm/page-cluster || return 1
	$T/apf swap
}
