#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Debian's kernel as a guest that has guests, with its own kvm-amd.
BOOT="--mem 3500 $(bin=$(realpath -m "${TABULA_BUILD:-$(dirname "$0")/../../../build}")/x86/selftests/bin; for p in x86_64/kvm_pv_test steal_time x86_64/set_sregs_test x86_64/svm_vmcall_test; do echo "--add $bin/$p:self/${p##*/}"; done)"
LIMIT=1500
ARCH=x86 "$(dirname "$0")/../../../lab/fetch" --source && ARCH=x86 "$(dirname "$0")/../../selftests/build" >&2 && . "$(dirname "$0")/../../lib.sh"

# l1_begin: the first file system of a guest, up to where kvm-amd is loaded
l1_begin() {
	rm -rf /tmp/l1
	mkdir -p /tmp/l1/t /tmp/l1/lib64
	cp -r /modules/kvm /tmp/l1/
	printf '#!/bin/busybox sh\n' >/tmp/l1/init
	cat >>/tmp/l1/init <<'END'
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev 2>/dev/null
$b mkdir -p /tmp /dev/shm
$b mount -t tmpfs tmpfs /dev/shm
for m in irqbypass ccp kvm kvm_amd; do $b insmod /kvm/$m.ko; done
echo "guest-l1: nested paging $($b cat /sys/module/kvm_amd/parameters/npt)"
END
	chmod +x /tmp/l1/init
}

# l1_start OPTION…: that guest, once its file system is whole
l1_start() {
	echo '$b poweroff -f' >>/tmp/l1/init
	(cd /tmp/l1 && find . | busybox cpio -o -H newc 2>/dev/null) >/tmp/l1.cpio
	# one that is not compressed begins at a multiple of four
	(busybox dd if=/guest/initrd bs=512 conv=sync 2>/dev/null; cat /tmp/l1.cpio) >/tmp/l1-initrd
	rm -rf /tmp/l1 /tmp/l1.cpio
	export APPEND=loglevel=1
	guest_start l1 '' -initrd /tmp/l1-initrd
	guest_wait l1 200 'nested paging Y'
}

# KVM's own selftests pass as guests of Debian's kernel in a guest, one with a guest of its own among them.
test_selftests() {
	l1_begin
	cp /lab/self/* /tmp/l1/t/
	cat >>/tmp/l1/init <<'END'
for t in /t/*; do
	$t >/tmp/out 2>&1
	echo "guest-l1: ${t##*/} ends with status $?"
	$b tail -n 5 /tmp/out
done
END
	l1_start
	for t in /lab/self/*; do guest_wait l1 300 "${t##*/} ends with status 0"; done
	guest_off l1
}

# Debian's QEMU and kernel run in a guest as on a machine: the guest's guest comes up and powers off.
test_linux() {
	l1_begin
	qemu=/usr/bin/qemu-system-x86_64
	for f in $qemu $(/lib64/ld-linux-x86-64.so.2 --list $qemu | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p'); do
		mkdir -p /tmp/l1/"$(dirname $f)"
		cp -L $f /tmp/l1/$f
	done
	cp -L /lib64/ld-linux-x86-64.so.2 /tmp/l1/lib64/
	mkdir -p /tmp/l1/usr/share /tmp/l1/guest
	cp -rL /usr/share/seabios /usr/share/qemu /tmp/l1/usr/share/
	cp /guest/vmlinuz /guest/initrd /tmp/l1/guest/
	cat >>/tmp/l1/init <<'END'
/usr/bin/qemu-system-x86_64 -machine q35,accel=kvm,kernel-irqchip=split -cpu host -m 256 -nodefaults -display none -serial stdio \
	-monitor none -kernel /guest/vmlinuz -initrd /guest/initrd \
	-append "console=ttyS0 loglevel=4 panic=-1 cryptomgr.notests guest.nonce=l2 guest.do="
echo "guest-l1: QEMU ends with status $?"
END
	export MEM=1400
	l1_start
	wait_for 600 grep -q '^guest-l2: Linux .* up on 1 vCPUs' $G.l1 || { tail -n 25 $G.l1; fail "the guest's guest does not come up"; }
	guest_wait l1 120 'QEMU ends with status 0'
	guest_off l1
}
