# SPDX-License-Identifier: GPL-2.0
# What the lab's shell scripts share: folders, messages, checks. Sourced, never run.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=${0##*/}
# shellcheck disable=SC2034 # who sources this uses it
cache=$(realpath -ms "${TABULA_CACHE:-$top/.cache}")
build=$(realpath -ms "${TABULA_BUILD:-$top/build}")
[ -z "${TABULA_BUILD:-}" ] || export TABULA_BUILD="$build"
[ -z "${TABULA_CACHE:-}" ] || export TABULA_CACHE="$cache"
arch=${ARCH:-arm64}
[ "$arch" != x86 ] || build=$build/x86
kind=${LAB_KERNEL:-stock}
[ "$kind" = stock ] || build=$build/$kind

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "error: $*"; exit 1; }

for dir in "$top" "$build" "$cache"; do
	[[ $dir != *[[:space:]:]* ]] || die "'$dir' has a blank or a colon in it, and the kernel's build cannot work there: use another folder"
done

# own: what root made in somebody's checkout goes to him, so that he can go on with it.
own() {
	local owner dir
	[ "$(id -u)" = 0 ] || return 0
	owner=$(stat -c %u:%g "$top")
	[ "${owner%%:*}" != 0 ] || return 0
	for dir in "${TABULA_BUILD:-$top/build}" "$cache"; do
		[[ $dir != "$top"/* ]] || [ ! -d "$dir" ] || find "$dir" -xdev -user 0 -exec chown -h "$owner" {} + || :
	done
}

# need_write DIR: dies unless it can be written in
need_write() {
	mkdir -p "$1" 2>/dev/null && [ -w "$1" ] ||
		die "cannot write in $1: run this as who owns it, or set TABULA_BUILD (or TABULA_CACHE) to a folder elsewhere"
}

# Whatever way we leave: end the step that is running, remove the scratch folder.
child='' tmp=''
on_exit() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -- "-$child" 2>/dev/null || :
		wait "$child" 2>/dev/null || :
	fi
	[ -z "$tmp" ] || rm -rf "$tmp"
	own
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What its name says of the server's kernel: the newest there is, one that checks itself.
# shellcheck disable=SC2034
newest='' checked=''
# shellcheck disable=SC2034
case $kind in
stock) ;;
debug) checked=1 ;;
backports) newest=1 ;;
backports-debug) newest=1 checked=1 ;;
*) die "LAB_KERNEL is '$kind': stock, debug, backports or backports-debug" ;;
esac
# What Debian calls the server's architecture.
# shellcheck disable=SC2034
case $arch in
arm64) debian=arm64 ;;
x86) debian=amd64 ;;
*) die "ARCH is '$arch': arm64 (default) or x86" ;;
esac

# release_debs: sets release to this Debian's name, debs to the folder of the server's packages, with its manifest,
# and source_debs to that of what serves both architectures. The newest kernel has folders of its own.
# shellcheck disable=SC2034
release_debs() {
	release=$([ ! -r /etc/os-release ] || . /etc/os-release && echo "${VERSION_CODENAME:-}")
	source_debs=$cache/$release
	if [ -n "$newest" ]; then
		[ "$release" = trixie ] || die "LAB_KERNEL=$kind is for Debian 13: make test-trixie KERNEL=$kind makes one, and works there"
		source_debs+=-backports
	fi
	debs=$source_debs
	[ "$arch" = arm64 ] || debs+=/$arch
	manifest=$debs/manifest
}

need_root() {
	[ "$(id -u)" = 0 ] || die "Debian packages must be installed and that needs root; missing: $1. Run this once as root"
}

# need_space DIR MIB: dies unless the file system of DIR has MIB mebibytes free.
need_space() {
	local free
	need_write "$1"
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || die "disk full: $2 MiB are needed in $1, $free are free"
}

# tick TEXT TAIL: on a terminal, instead of the line before; cut, so that it never wraps and each one adds a line
tick() {
	local room text=$1 size
	size=$(stty size <&2 2>/dev/null) || size='0 0'
	room=$((${size#* } > 0 ? ${size#* } : 80))
	room=$((room - ${#me} - ${#2} - 6)) # ": ", " … ", and the last column
	[ ${#text} -le $room ] || text=${text:0:$((room > 0 ? room : 0))}
	printf '\r\033[K%s: %s … %s' "$me" "$text" "$2" >&2
}

# step TEXT CMD…: runs CMD with its output in a log, which is shown only when CMD fails. On a terminal the seconds
# count; elsewhere a step that takes more than two of them says so, and every eight again. With step_lines=N, the lines
# of a usual log, it tells how far it has come.
step() {
	local text=$1 log=$build/log/${step_log:-$me}.log rc=0 start=$SECONDS next=2 far='' lines=${step_lines:-0} now said=-1
	shift
	need_write "$build/log"
	set -m # a process group of its own, so that all of it can be ended
	"$@" >"$log" 2>&1 </dev/null &
	child=$!
	set +m
	while kill -0 "$child" 2>/dev/null; do
		now=$((SECONDS - start))
		[ "$lines" = 0 ] || far=$(wc -l <"$log") far="$((far < lines ? far * 100 / lines : 99)) %, "
		if [ -t 2 ]; then
			[ $now = $said ] || tick "$text" "$far$now s"
			said=$now
		elif [ $now -ge $next ]; then
			[ $next = 2 ] && say "$text …" || say "$text … $far$now s"
			next=$((now + (lines ? 60 : 8)))
		fi
		sleep $((lines ? 1 : 0)).1
	done
	wait "$child" || rc=$?
	child=
	[ ! -t 2 ] || printf '\r\033[K' >&2
	if [ $rc = 0 ]; then
		[ $((SECONDS - start)) -lt 2 ] || say "$text: $((SECONDS - start)) s"
	elif grep -q 'No space left on device' "$log"; then
		die "disk full: $text found no space left; log: $log"
	elif [ $rc = 124 ] || grep -qE 'Could not (resolve|connect)|Connection (timed out|failed|refused)|Temporary failure resolving|Unable to connect|Cannot initiate the connection' "$log"; then
		die "the Debian archive that this machine's apt is set up for does not answer: check network, proxy, /etc/apt; log: $log"
	else
		tail -n 20 "$log" >&2
		die "$text failed (status $rc); log: $log"
	fi
}
