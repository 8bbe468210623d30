#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
LIMIT=600
BOOT="--mem 3000"
. "$(dirname "$0")/../../lib.sh"

# l1_initrd PROGRAM…: the guest's first file system, and in it the kernel's own kvm-amd and these of our programs
l1_initrd() {
	rm -rf /tmp/l1
	mkdir -p /tmp/l1/t
	cp -r /modules/kvm /tmp/l1/
	for p in "$@"; do cp $T/$p /tmp/l1/t/; done
	printf '#!/bin/busybox sh\n' >/tmp/l1/init
	cat >>/tmp/l1/init <<'END'
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev 2>/dev/null
$b mkdir -p /tmp
for m in irqbypass ccp kvm kvm_amd; do $b insmod /kvm/$m.ko; done
echo "guest-l1: nested paging $($b cat /sys/module/kvm_amd/parameters/npt)"
for t in /t/*; do
	$t >/tmp/out 2>&1
	status=$?
	$b grep '^not ok\|^#' /tmp/out
	echo "guest-l1: ${t##*/} passes $($b grep -c '^ok' /tmp/out), status $status"
done
$b poweroff -f
END
	chmod +x /tmp/l1/init
	(cd /tmp/l1 && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >/tmp/l1.gz
	cat /guest/initrd /tmp/l1.gz >/tmp/l1-initrd
}

# l1_passes NAME: that program's checks all pass in L1, and there are some
l1_passes() { guest_wait l1 150 "$1 passes [1-9][0-9]*, status 0"; }

# Debian's kernel is a hypervisor in a guest: its own kvm-amd runs the guests of our programs, with nested paging.
test_linux() {
	l1_initrd cpu events memory
	export APPEND=loglevel=1
	guest_start l1 '' -initrd /tmp/l1-initrd
	guest_wait l1 90 'nested paging Y'
	l1_passes cpu
	l1_passes events
	l1_passes memory
	guest_off l1
}
