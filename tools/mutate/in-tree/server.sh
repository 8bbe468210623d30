# SPDX-License-Identifier: GPL-2.0
# Runs in the emulated server what the host writes into the disk of the serial number "jobs", one job after the other: its
# first block says number, length in blocks and seconds, the script follows. Each job begins with the module unloaded, and ends so.
bad='BUG:|Oops|WARNING:|detected (expedited )?stalls|self-detected stall|LOCKUP|blocked for more than|scheduling while atomic|nobody cared|hardirqs|refcount_t'

unloaded() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ ! -e /sys/module/tabula ] && return
		rmmod tabula 2>/dev/null || usleep 100000
	done
	[ ! -e /sys/module/tabula ]
}

for disk in /sys/block/vd*; do
	[ "$(cat "$disk/serial")" != jobs ] || jobs=/dev/${disk##*/}
done
last=0
echo "planted-ready"
while :; do
	# shellcheck disable=SC2046 # words are wanted
	set -- $(dd if="$jobs" bs=4096 count=1 iflag=direct 2>/dev/null | tr -d '\0' | head -n 1)
	if [ $# != 3 ] || [ "$1" = "$last" ]; then
		usleep 20000
		continue
	fi
	last=$1
	dd if="$jobs" bs=4096 skip=1 count="$2" iflag=direct 2>/dev/null | tr -d '\0' >/tmp/job.sh
	dmesg -c >/dev/null
	rm -f /tmp/seen
	setsid sh /tmp/job.sh </dev/null >/tmp/job.out 2>&1 &
	job=$!
	(sleep "$3" && kill -9 -$job) 2>/dev/null &
	dog=$!
	wait $job
	rc=$?
	kill $dog
	kill -9 -$job 2>/dev/null # what it has left behind
	state=clean
	unloaded || state=held
	what=$(dmesg | grep -E "$bad" | head -n 1)
	[ -z "$what" ] || state="bad $what"
	tail -n 3 /tmp/job.out | sed 's/^/| /'
	[ ! -s /tmp/seen ] || sed "s/^/planted-seen $last /" /tmp/seen
	echo "planted-end $last $rc $state"
done
