#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Debian's libvirt, unmodified, in the server: a guest's whole life by virsh, and one by virt-install.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
here=$top/tests/long/libvirt

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$build/log"
"$top/lab/disk" libvirt bash coreutils dash base-files base-passwd sed grep mawk util-linux libvirt-daemon libvirt-daemon-driver-qemu \
	libvirt-daemon-system libvirt-clients qemu-system-arm qemu-utils virtinst python3 || exit 1
# the guest's power button, by which virsh asks for a reboot
for m in evdev gpio_keys; do
	find -L "$build/linux/modules/kernel" -name "$m.ko.xz" -exec xz -dc {} + >"$tmp/$m.ko"
done
"$top/lab/boot" ${TABULA_TEST_KVM:+--kvm} --cpu neoverse-n1 --mem 3072 --loglevel 1 --timeout "$((900 * $("$top/lab/slow")))" --log "$build/log/libvirt.log" \
	--add "$here/inside.sh" --add "$here/first.sh" --add "$tmp/evdev.ko" --add "$tmp/gpio_keys.ko" \
	--qemu-opt "-drive if=none,id=more,format=raw,snapshot=on,file=$build/lab/libvirt.disk -device virtio-blk-pci,drive=more" \
	-- "SLOW=$("$top/lab/slow") sh /lab/inside.sh" 2>&1 | sed -u 's/^boot: /# boot: /'
[ "${PIPESTATUS[0]}" = 0 ]
