#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What tabula doctor says of a machine is what the module finds there, on five CPU models and without the boot parameter.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}

if [ -n "${TABULA_TEST_KVM:-}" ]; then
	echo "1..0 # SKIP not with the kernel's own KVM"
	exit 0
fi
"$top/tools/doctor/build" || exit 1
module=$build/module/tabula.ko
[ "${LAB_KERNEL:-stock}" = stock ] || module=$build/$LAB_KERNEL/module/tabula.ko
echo 1..6
n=0

# doctor STATUS PROPERTY PATTERNS BOOT-OPTIONS…: its exit status, a line for each pattern, and whether the module loads
doctor() {
	local status=$1 property=$2 patterns=$3 out p missing=
	shift 3
	n=$((n + 1))
	# shellcheck disable=SC2016 # for the server's shell
	out=$("$top/lab/boot" "$@" --loglevel 1 --timeout 60 --add "$build/doctor" --add "$module:after.ko" -- '
		/lab/doctor; echo "doctor says $?"
		insmod /lab/after.ko; echo "insmod says $?"; cat /sys/module/tabula/parameters/policy' 2>&1)
	while read -r p; do
		grep -qE -- "$p" <<<"$out" || missing+=" '$p'"
	done <<<"$patterns
^doctor says $status
^insmod says $status"
	if [ -z "$missing" ]; then
		echo "ok $n - $property"
	else
		sed 's/^/# /' <<<"$out"
		echo "not ok $n - $property: missing$missing"
	fi
}

doctor 0 'A Neoverse-N1: two trees, 1542419 and late TLBIs, and the module loads with that policy.' \
'ok  VHE
ok  GIC +version 3
ok  cores +2 x Arm 0xd0c r[0-9]p[0-9]
1542419
followed by one more
ok  policy +two-tree
Next: apt install
^two-tree' --no-module --cpu neoverse-n1
doctor 0 'A CPU with FEAT_S2FWB: policy fwb; a model on no list gets every workaround.' \
'ok  policy +fwb
on no list
^fwb' --no-module --cpu max
doctor 0 'A Cortex-A76: on the list, and needs no workaround of its own but late TLBIs.' \
'cores +2 x Arm 0xd0b
followed by one more' --no-module --cpu cortex-a76
doctor 0 'An A64FX: no erratum of the list.' \
'cores +2 x Fujitsu 0x001' --no-module --cpu a64fx
doctor 1 'A CPU without VHE: NO, and the way that is left.' \
'NO  VHE
make run' --no-module --cpu cortex-a57
doctor 1 "The kernel's own KVM has EL2: the boot parameter is the next thing to do." \
'NO  boot parameter
Next: add kvm-arm.mode=none' --kvm
