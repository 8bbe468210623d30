#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What tests/selftests/run makes of programs that end in every way there is.
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=$(realpath -m "${TABULA_BUILD:-$top/build}")
if [ "${LAB_KERNEL:-stock}" != stock ]; then
	echo "1..0 # SKIP of the runner, not of the server's kernel"
	exit 0
fi
export ARCH=x86
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
bin=$tmp/x86/selftests/bin
mkdir -p "$bin" "$tmp/x86/log"
ln -s "$build/x86/lab" "$tmp/x86/lab"

# program NAME SCRIPT
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}
program a_passes 'exit 0'
program b_skips 'echo "1..0 # SKIP - no such thing"; exit 4'
program c_skips_quietly 'echo "1..0 # SKIP - no such mode"'
program d_fails 'echo "==== Test Assertion Failure ===="; echo "  x.c:5: a == b"; exit 254'
program e_panics 'echo c >/proc/sysrq-trigger; sleep 60'
program f_hangs 'sleep 1000'
program g_is_killed 'kill -SEGV $$'
program h_warns 'echo "<4>WARNING: CPU: 0 PID: 1 at here" >/dev/kmsg'
program i_passes 'exit 0'
program j_goes_down '/bin/poweroff -f; sleep 60'
program k_passes 'exit 0'

echo 1..12
TABULA_BUILD=$tmp "$top/tests/selftests/run" --kvm --seconds 5 >"$tmp/said" 2>&1
n=0

# check PROPERTY PATTERN
check() {
	n=$((n + 1))
	if grep -qE "$2" "$tmp/said"; then
		echo "ok $n - $1"
	else
		sed 's/^/# /' "$tmp/said"
		echo "not ok $n - $1"
	fi
}
check "status 0 is a pass" '^a_passes .* pass '
check "status 4 is a skip, with its reason" 'b_skips: skip: no such thing$'
check "one that says that it skips is no pass, whatever its status" 'c_skips_quietly: skip: no such mode$'
check "a failed assertion is a failure, and is shown" 'd_fails: fail: x.c:5: a == b$'
check "a panic is a failure" "e_panics: fail: the server's kernel panicked$"
check "a test without an end is a failure" 'f_hangs: fail: no end in 5 s$'
check "a signal is a failure" 'g_is_killed: fail: killed by signal 11'
check "a complaint of the kernel is a failure, whatever the test's status" 'h_warns: fail: .*WARNING: CPU'
check "the others run in spite of all that" '^i_passes .* pass '
check "a server that goes down is a failure" 'j_goes_down: fail: '
check "and what comes after it runs" '^k_passes .* pass '
check "the last line counts them" '^selftests: tabula not (run|there); kernel pass 3 fail 6 skip 2$'
