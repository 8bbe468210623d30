# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# What a lab test has at hand inside the server. Put before it by tests/lib.sh; busybox's shell runs it.

T=/lab/t
G=/tmp/guest

# run_test NUMBER FUNCTION PROPERTY: a function fails by returning false, with 77 it says "skip: WHY"; what it prints
# is shown when it fails.
run_test() {
	case $KVM$2 in
	1test_module_*) echo "ok $1 - $3 # SKIP not with the kernel's own KVM"; return ;;
	esac
	start=$(cut -d. -f1 /proc/uptime)
	(set -u; $2) >/tmp/out 2>&1
	case $? in
	0)
		grep '^#' /tmp/out
		echo "ok $1 - $3 ($(($(cut -d. -f1 /proc/uptime) - start)) s)"
		;;
	77)
		echo "ok $1 - $3 # SKIP $(sed -n 's/^skip: //p' /tmp/out)"
		;;
	*)
		tail -n 40 /tmp/out | sed 's/^/# /'
		echo "not ok $1 - $3"
		;;
	esac
	kill_guests
}

# many FEW MANY: how often a test does a thing, here and in tests/long
many() { [ -n "$MANY" ] && echo $2 || echo $1; }

# fail WORD…: says why and ends the test
fail() {
	echo "failed: $*"
	exit 1
}

# wait_for SECONDS CMD…: until CMD is true; a slow server has SLOW times as long
wait_for() {
	end=$(($(cut -d. -f1 /proc/uptime) + $1 * SLOW))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || return 1
		usleep 100000
	done
}

# guest_start NAME WHAT [QEMU-OPTION…]: a guest in the background; its console is in $G.NAME, its input is $G.NAME.in
guest_start() {
	name=$1
	shift
	rm -f $G.$name*
	mkfifo $G.$name.in
	(NONCE=$name /lab/guest "$@" <>$G.$name.in >$G.$name 2>&1 & echo $! >$G.$name.pid; wait $!; echo $? >$G.$name.status) &
	wait_for 10 test -s $G.$name.pid
}

guest_tell() { echo "$2" >$G.$1.in; }
guest_ended() { [ -s $G.$1.status ]; }

# guest_wait NAME SECONDS TEXT [COUNT]: until it has said TEXT (COUNT times); fails at once when its QEMU has ended
guest_said() { [ "$(grep -c "^guest-$1: $2" $G.$1)" -ge "$3" ]; }
guest_said_or_ended() { guest_said "$@" || guest_ended $1; }
guest_wait() {
	wait_for $2 guest_said_or_ended $1 "$3" "${4:-1}"
	guest_said $1 "$3" "${4:-1}" && return
	tail -n 25 $G.$1 | tr -d '\r'
	fail "guest $1 did not say '$3'${4:+ $4 times}$(guest_ended $1 && echo ": its QEMU ended with status $(cat $G.$1.status)")"
}

# guest_up NAME CPUS: it comes up with that many within a minute
guest_up() { guest_wait $1 60 "Linux .* up on $2 vCPUs"; }

# guest_off NAME: it powers off by itself, and QEMU ends with status 0
guest_off() {
	wait_for 30 guest_ended $1 || { tail -n 25 $G.$1; fail "guest $1 did not power off"; }
	grep -q 'reboot: Power down' $G.$1 || { tail -n 25 $G.$1; fail "guest $1 ended without powering off"; }
	[ "$(cat $G.$1.status)" = 0 ] || { tail -n 25 $G.$1; fail "QEMU of guest $1 ended with status $(cat $G.$1.status)"; }
}

kill_guests() {
	for p in $G.*.pid; do
		[ -e "$p" ] && kill -9 $(cat $p) 2>/dev/null
		rm -f "$p"
	done
}

tabula_loaded() { [ -e /sys/module/tabula ]; }
