# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# In the server, for travel.t: starts a guest, saves its state to the second disk, loads it, moves it, ends it.
# usage: inside.sh start|save|load|move|postcopy|snapshots|savevm|back|loadvm|end …
vmm=0
fail() {
	echo "failed: $*"
	tail -n 30 /tmp/guest.$vmm /tmp/mon.$vmm.log
	exit 1
}

# qemu [OPTION…]: the next one, its console in /tmp/guest.N, its monitor's in /tmp/mon.N.{in,out}
qemu() {
	vmm=$((vmm + 1))
	mkfifo /tmp/mon.$vmm.in /tmp/mon.$vmm.out
	cat /tmp/mon.$vmm.out >/tmp/mon.$vmm.log &
	APPEND="rdinit=/first.sh" MEM=320 /lab/guest '' -initrd /tmp/initrd -cpu host,pmu=off -drive if=none,id=d,format=raw,readonly=on,file=/tmp/disk \
		-device virtio-blk-pci,drive=d -chardev pipe,id=mon,path=/tmp/mon.$vmm -mon chardev=mon "$@" >/tmp/guest.$vmm 2>&1 </dev/null &
	eval "pid$vmm=$!"
	exec 7>/tmp/mon.$vmm.in
}
tell() { echo "$*" >&7; }

# Snapshots lie in an image on the second disk, which QEMU itself makes. What they end with is read from QMP: the monitor
# for people echoes what it is told, with marks for a terminal in it.
image="-drive if=none,id=s,format=qcow2,file=/dev/vdb -device virtio-blk-pci,drive=s"
# control: the next QEMU's options for QMP, in /tmp/qmp.N.{in,out}
control() {
	mkfifo /tmp/qmp.$((vmm + 1)).in /tmp/qmp.$((vmm + 1)).out
	cat /tmp/qmp.$((vmm + 1)).out >/tmp/qmp.$((vmm + 1)).log &
	qmp="-chardev pipe,id=qmp,path=/tmp/qmp.$((vmm + 1)) -mon chardev=qmp,mode=control"
}
# say JSON…: each after the one before was answered; an error of one is the end
say() {
	for json; do
		had=$(wc -l </tmp/qmp.$vmm.log)
		echo "$json" >&6
		until_so 90 answered
		! tail -n +$((had + 1)) /tmp/qmp.$vmm.log | grep -E '"error"|Error' || fail "$json"
	done
}
answered() { tail -n +$((had + 1)) /tmp/qmp.$vmm.log | grep -qE '"(return|error)"'; }
person() { say '{"execute":"human-monitor-command","arguments":{"command-line":"'"$*"'"}}'; }
with_snapshots() {
	control
	# shellcheck disable=SC2086 # options
	qemu $image $qmp "$@"
	exec 6>/tmp/qmp.$vmm.in
	say '{"execute":"qmp_capabilities"}'
}
concluded() { grep -q '"concluded"' /tmp/qmp.$vmm.log; }
make_image() {
	control
	vmm=$((vmm + 1))
	# shellcheck disable=SC2086
	qemu-system-aarch64 -machine none -nodefaults -display none -blockdev driver=host_device,filename=/dev/vdb,node-name=f $qmp >/tmp/guest.$vmm 2>&1 &
	eval "pid$vmm=$!"
	exec 6>/tmp/qmp.$vmm.in
	say '{"execute":"qmp_capabilities"}' \
		'{"execute":"blockdev-create","arguments":{"job-id":"j","options":{"driver":"qcow2","file":"f","size":4194304}}}'
	until_so 10 concluded
	say '{"execute":"query-jobs"}' '{"execute":"quit"}'
	wait
}
ended() { eval "! kill -0 \$pid$vmm 2>/dev/null"; }

# until SECONDS CMD…
until_so() {
	left=$(($1 * SLOW * 10))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "not within the time: $*"
		! ended || fail "QEMU ended: $*"
		usleep 100000
	done
}
rounds() { grep -c '^guest-a: round' /tmp/guest.$vmm; }
more() { [ "$(rounds)" -ge "$1" ]; }
runs() {
	until_so 90 more 3
	! grep wrong /tmp/guest.$vmm || fail "not all is as it was"
	echo "note: $(grep '^guest-a: round' /tmp/guest.$vmm | tail -n 1 | tr -d '\r')"
}
migrated() { grep -q 'Migration status: completed' /tmp/mon.$vmm.log; }
asks_migrated() {
	tell info migrate
	usleep 200000
	! grep -q 'Migration status: failed' /tmp/mon.$vmm.log || fail "the migration"
	migrated
}

# arrives FROM: the guest is here, and the QEMU that it came from, whose monitor is descriptor 8, had it and ends
arrives() {
	runs
	[ "$(grep -c '^guest-a: round' /tmp/guest.$1)" -ge 2 ] || fail "it did not run before"
	echo quit >&8
	exec 8>&-
}

{ mkdir -p /tmp/first && cp /lab/first.sh /tmp/first && chmod 755 /tmp/first/first.sh; } || exit 1
(cd /tmp/first && find . | cpio -o -H newc 2>/dev/null) >/tmp/initrd
cat /guest/initrd >>/tmp/initrd
yes "what a disk has" | head -c 4194304 >/tmp/disk
for what; do
	case $what in
	start)
		qemu
		until_so 90 more 2
		;;
	save) # with the guest running until its memory has been copied
		tell 'migrate -d "exec:cat >/dev/vdb"'
		until_so 90 asks_migrated
		runs
		tell quit
		wait
		sync
		;;
	load)
		qemu -incoming 'exec:cat /dev/vdb'
		runs
		;;
	move)
		exec 8>&7
		from=$vmm
		qemu -incoming unix:/tmp/way
		until_so 10 test -S /tmp/way
		echo 'migrate -d unix:/tmp/way' >&8
		arrives $from
		;;
	postcopy) # it runs there before its memory has come: each page that it misses is asked for
		exec 8>&7
		from=$vmm
		qemu -incoming defer
		tell migrate_set_capability postcopy-ram on
		tell migrate_incoming unix:/tmp/way
		until_so 10 test -S /tmp/way
		echo 'migrate_set_capability postcopy-ram on' >&8
		echo 'migrate_set_parameter max-bandwidth 4M' >&8
		echo 'migrate -d unix:/tmp/way' >&8
		sleep 1
		echo migrate_start_postcopy >&8
		runs
		echo 'info migrate' >&8
		sleep 1
		grep -E 'postcopy request count: [1-9]' /tmp/mon.$from.log | tail -n 1 | sed 's/^/note: /' | tr -d '\r'
		grep -qE 'postcopy request count: [1-9]' /tmp/mon.$from.log || fail "no page was asked for: $(tail -n 30 /tmp/mon.$from.log)"
		arrives $from
		;;
	snapshots) # as start, where some can be taken
		make_image
		with_snapshots
		until_so 90 more 2
		;;
	savevm)
		person savevm a
		runs
		;;
	back) # to what it was, under the same QEMU
		had=$(rounds)
		person loadvm a
		until_so 90 more $((had + 3))
		runs
		;;
	loadvm)
		with_snapshots -loadvm a
		runs
		;;
	end)
		tell quit
		wait
		;;
	esac
done
