# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2086 # BOOT is options, split at blanks
# For the lab's tests (tests/lab/*.t). Sourced by one, it boots the server and runs there, as TAP, every function
# of that file whose name starts with test_, in the order they are written. The one-line comment above such a
# function is the property it states, and the test's name.
#
# The file sets, before it sources this: BOOT (options for lab/boot), LIMIT (seconds, default 120).
# MANY=1 asks for as many rounds as a test of tests/long has (many() in server.sh).
# TABULA_TEST_KVM=1 runs on the kernel's own KVM: functions named test_module_* are skipped then. A file in a folder x86
# runs in the x86-64 server, any other in the Arm server, whatever ARCH is.

set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${TABULA_BUILD:-$top/build}
export ARCH=arm64
case $(realpath "$0") in */lab/x86/*.t | */long/x86/*.t) ARCH=x86 build=$build/x86 ;; esac
case ${LAB_KERNEL:-stock} in stock) ;; *) build=$build/$LAB_KERNEL ;; esac
file=$0
bin=$build/tests
log=$build/log/$(basename "$file" .t)${MANY:+-many}.log
mkdir -p "$build/log"

[ -z "${TABULA_TEST_KVM:-}" ] || BOOT="${BOOT:-} --kvm"
names=$(sed -n 's/^\(test_[a-z0-9_]*\)() *{.*/\1/p' "$file")
count=$(($(wc -w <<<"$names") + 1))
echo "1..$count"

script=$(mktemp)
trap 'rm -f "$script"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
{
	echo "KVM=${TABULA_TEST_KVM:-} MANY=${MANY:-} SLOW=$("$top/lab/slow"); export SLOW"
	cat "$top/tests/server.sh"
	sed '/lib\.sh/d; /^BOOT=/d; /^LIMIT=/d; /^#!/d' "$file"
	n=0
	for t in $names; do
		n=$((n + 1))
		property=$(grep -B 1 "^$t()" "$file" | sed -n '1s/^# *//p')
		echo "run_test $n $t '${property//\'/\'\\\'\'}'"
	done
} >"$script"

# Of the programs those that it names: the server unpacks what it is given each time it boots.
programs=
for f in "$bin"/*; do
	! grep -qwF -- "${f##*/}" "$script" || programs+=" --add $f:t/${f##*/}"
done

# The kernel's messages go to the log only through what lab/boot finds at the end: they would cut TAP lines in two.
"$top/lab/boot" ${BOOT:-} --loglevel 1 --timeout "${LIMIT:-120}" --log "$log" \
	--add "$top/lab/guest" $programs --add "$script:test.sh" -- 'sh /lab/test.sh' 2>&1 |
	sed -u 's/^boot: /# boot: /'
status=${PIPESTATUS[0]}
if [ "$status" = 0 ]; then
	echo "ok $count - the server's kernel has nothing to complain of: no WARN, BUG, Oops, lockup or stall"
else
	echo "# status $status; the console is in $log"
	echo "not ok $count - the server's kernel has nothing to complain of: no WARN, BUG, Oops, lockup or stall"
fi
