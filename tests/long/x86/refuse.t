#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On x86-64 machines that it cannot work on the module does not load, and says the reason in one line of the kernel's log.
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=${TABULA_BUILD:-$top/build}/x86
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
module=${TABULA_MODULE:-$build/module/tabula.ko}

if [ -n "${TABULA_TEST_KVM:-}" ]; then
	echo "1..0 # SKIP not with the kernel's own KVM"
	exit 0
fi
echo 1..3
n=0

# refused PROPERTY REASON ERROR BOOT-OPTIONS…: insmod says so, the log has the reason, in one line, and /dev/kvm is as it was
refused() {
	property=$1 reason=$2 error=$3
	shift 3
	n=$((n + 1))
	# shellcheck disable=SC2016 # for the server's shell
	out=$(ARCH=x86 "$top/lab/boot" "$@" --loglevel 1 --timeout 90 --add "$module:refused.ko" -- '
		ls /dev/kvm >/tmp/before 2>&1
		insmod /lab/refused.ko && exit 1
		ls /dev/kvm >/tmp/after 2>&1
		cmp /tmp/before /tmp/after || exit 2
		[ ! -e /sys/module/tabula ] || exit 3
		dmesg | grep "tabula: not loaded"' 2>&1)
	status=$?
	# busybox's insmod tries it in two ways
	said=$(sed -n 's/.*\(tabula: not loaded\)/# \1/p' <<<"$out" | sort -u)
	if [ $status = 0 ] && grep -q "$error" <<<"$out" && [ "$(wc -l <<<"$said")" = 1 ] && grep -q "not loaded: .*$reason" <<<"$said"; then
		echo "$said"
		echo "ok $n - $property"
	else
		tail -n 15 <<<"$out" | sed 's/^/# /'
		echo "not ok $n - $property (status $status)"
	fi
}

refused "the kernel's own KVM is loaded: not loaded, and it says how to unload that" 'rmmod kvm_amd kvm' 'No such device' --kvm
refused 'a CPU without AMD-V: not loaded' 'AMD-V' 'No such device' --no-module --cpu EPYC-v1,-svm
refused 'a CPU without nested paging: not loaded' 'nested paging' 'No such device' --no-module --cpu EPYC-v1,+svm,-npt
