#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On machines that it cannot work on the module does not load: ENODEV, and the reason in the kernel's log.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
module=${TABULA_MODULE:-$build/module/tabula.ko}

if [ -n "${TABULA_TEST_KVM:-}" ]; then
	echo "1..0 # SKIP not with the kernel's own KVM"
	exit 0
fi
echo 1..3
n=0

# refused PROPERTY REASON BOOT-OPTIONS…: insmod says ENODEV, the log has the reason, and /dev/kvm is as it was
refused() {
	property=$1 reason=$2
	shift 2
	n=$((n + 1))
	# shellcheck disable=SC2016 # for the server's shell
	out=$("$top/lab/boot" "$@" --loglevel 1 --timeout 60 --add "$module:refused.ko" -- '
		ls /dev/kvm >/tmp/before 2>&1
		insmod /lab/refused.ko && exit 1
		ls /dev/kvm >/tmp/after 2>&1
		cmp /tmp/before /tmp/after || exit 2
		[ ! -e /sys/module/tabula ] || exit 3
		dmesg | grep "tabula: not loaded"' 2>&1)
	status=$?
	if [ $status = 0 ] && grep -q 'No such device' <<<"$out" && grep -q "tabula: not loaded: .*$reason" <<<"$out"; then
		sed -n 's/.*\(tabula: not loaded\)/# \1/p' <<<"$out" | head -n 1
		echo "ok $n - $property"
	else
		tail -n 15 <<<"$out" | sed 's/^/# /'
		echo "not ok $n - $property (status $status)"
	fi
}

refused "the kernel's own KVM is active: not loaded, and it says how to boot" 'kvm-arm.mode=none' --kvm
refused 'a CPU without VHE: not loaded' 'VHE' --no-module --cpu cortex-a57
refused 'a machine with a GICv2: not loaded' 'GICv3' --no-module --qemu-opt '-machine gic-version=2'
