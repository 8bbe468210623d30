#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A running guest of an unmodified QEMU goes from Tabula to the kernel's own KVM and back: live, and by way of a file.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
here=$top/tests/long/travel
n=0

if [ -n "${TABULA_TEST_KVM:-}" ]; then
	echo "1..0 # SKIP it runs on both"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$build/log"

# server WHO WHAT…: a server with that hypervisor does WHAT with the guest; its state lies on the server's second disk
server() {
	local who=
	[ "$1" = tabula ] || who=--kvm
	shift
	"$top/lab/boot" $who --cpu neoverse-n1 --loglevel 1 --timeout 180 --log "$build/log/travel.log" --add "$top/lab/guest" --add "$here/inside.sh" \
		--add "$here/first.sh" --qemu-opt "-drive if=none,id=state,format=raw,file=$tmp/state -device virtio-blk-pci,drive=state" \
		-- "SLOW=$("$top/lab/slow") sh /lab/inside.sh $*" 2>&1
}

# journey PROPERTY WHO WHAT [WHO WHAT]…
journey() {
	local property=$1 begun=$SECONDS
	shift
	n=$((n + 1))
	rm -f "$tmp/state"
	truncate -s 768M "$tmp/state"
	while [ $# -gt 0 ]; do
		if ! server "$1" "$2" >"$tmp/said"; then
			sed "s/^/# $1: /" "$tmp/said" | tail -n 50
			echo "not ok $n - $property"
			return
		fi
		sed -n "s/^note: /# $1: /p" "$tmp/said"
		shift 2
	done
	echo "ok $n - $property ($((SECONDS - begun)) s)"
}

echo 1..6
journey "A guest whose state went to a file on Tabula goes on with it on the kernel's own KVM" tabula "start save" kernel "load end"
journey "A guest whose state went to a file on the kernel's own KVM goes on with it on Tabula, and back" kernel "start save" tabula "load save" kernel "load end"
journey "A guest that runs on while its memory is copied moves from one QEMU to the next on Tabula" tabula "start move end"
journey "One that is there before its memory gets each page that it misses (postcopy)" tabula "start postcopy end"
journey "A guest goes back to its snapshot (savevm, loadvm) on Tabula, and goes on from it on the kernel's own KVM" tabula "snapshots savevm back end" kernel "loadvm end"
journey "One whose snapshot the kernel's own KVM took goes on from it, and goes back to it, on Tabula" kernel "snapshots savevm end" tabula "loadvm back end"
