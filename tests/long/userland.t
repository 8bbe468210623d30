#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest of four vCPUs with Debian's userland on a virtio disk does real work: fetches over virtio-net, unpacks, compiles, checks.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
here=$top/tests/long/userland

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$build/log"
"$top/lab/disk" userland bash coreutils dash base-files base-passwd gcc libc6-dev make xz-utils gzip tar mawk sed grep findutils diffutils || exit 1
"$top/lab/boot" ${TABULA_TEST_KVM:+--kvm} --cpu neoverse-n1 --loglevel 1 --timeout "$((900 * $("$top/lab/slow")))" --log "$build/log/userland.log" \
	--add "$top/lab/guest" --add "$here/inside.sh" --add "$here/first.sh" --add "$here/work.sh" --add "$build/lab/initrd:base.initrd" \
	--qemu-opt "-drive if=none,id=more,format=raw,snapshot=on,file=$build/lab/userland.disk -device virtio-blk-pci,drive=more" \
	-- "SLOW=$("$top/lab/slow") sh /lab/inside.sh" 2>&1 | sed -u 's/^boot: /# boot: /'
[ "${PIPESTATUS[0]}" = 0 ]
