# SPDX-License-Identifier: GPL-2.0
# What the lab's shell scripts share: folders, messages, checks. Sourced, never run.

set -euo pipefail
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=${0##*/}
cache=${TABULA_CACHE:-$top/.cache}
build=${TABULA_BUILD:-$top/build}

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "error: $*"; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "must be root: run it with sudo or from a root shell"; }

# need_space DIR MIB: dies unless the file system of DIR has MIB mebibytes free.
need_space() {
	local free
	mkdir -p "$1" || die "cannot create $1"
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] ||
		die "disk full: $1 has $free MiB free and $2 are needed; free some, or set TABULA_CACHE and TABULA_BUILD to folders elsewhere"
}

# step TEXT CMD…: runs CMD quietly, names the step, and counts seconds on a terminal. The output goes to
# $build/log/step.log and is shown only when CMD fails.
step() {
	local text=$1 log=$build/log/${me}.log pid start=$SECONDS rc=0
	shift
	mkdir -p "$build/log"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		[ -t 2 ] && printf '\r%s: %s … %d s ' "$me" "$text" $((SECONDS - start)) >&2
		sleep 0.2
	done
	wait "$pid" || rc=$?
	[ -t 2 ] && printf '\r\033[K' >&2
	if [ $rc != 0 ]; then
		tail -n 20 "$log" >&2
		die "$text failed (exit $rc); log: $log"
	fi
	say "$text: done in $((SECONDS - start)) s"
}
