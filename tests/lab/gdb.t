#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gdb, as Debian has it, on guests of an unmodified QEMU: its breakpoints, watchpoints and steps are the VMM's.
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${TABULA_BUILD:-$top/build}
[ "${LAB_KERNEL:-stock}" = stock ] || build=$build/$LAB_KERNEL
here=$top/tests/lab/gdb
n=0

if [ "$("$top/lab/slow")" != 1 ]; then
	echo "1..0 # SKIP the debug kernel has no port for it"
	exit 0
fi
tmp=$(mktemp -d) server=
leave() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$tmp"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# debug WHAT: gdb with the commands on standard input, beside a server with that guest; $tmp/gdb and $tmp/server have what they say
debug() {
	cat >"$tmp/commands"
	rm -f "$tmp/port"
	"$top/lab/boot" ${TABULA_TEST_KVM:+--kvm} --cpu neoverse-n1 --loglevel 1 --timeout 120 --add "$top/lab/guest" --add "$tmp/counts" \
		--add "$here/inside.sh" --qemu-opt "-device virtio-serial-pci -chardev socket,id=gdb,path=$tmp/port,server=on,wait=off" \
		--qemu-opt "-device virtserialport,chardev=gdb,name=gdb" -- "sh /lab/inside.sh $1" >"$tmp/server" 2>&1 &
	server=$!
	until [ -S "$tmp/port" ]; do
		kill -0 $server 2>/dev/null || return
		sleep 0.2
	done
	timeout 110 gdb-multiarch -nx -batch -ex "set remotetimeout 110" -ex "set pagination off" -ex "file $tmp/counts" \
		-ex "target remote $tmp/port" -x "$tmp/commands" >"$tmp/gdb" 2>&1 </dev/null
	wait $server
	server=
}

# said PROPERTY FILE PATTERN…: the file has each of them, in that order
said() {
	local property=$1 file=$2 line=0 next
	shift 2
	n=$((n + 1))
	for pattern; do
		next=$(tail -n +$((line + 1)) "$tmp/$file" | grep -nm 1 -- "$pattern" | cut -d: -f1)
		if [ -z "$next" ]; then
			echo "# no '$pattern' after line $line"
			sed 's/^/# /' "$tmp/gdb" "$tmp/server" | tail -n 60
			echo "not ok $n - $property"
			return
		fi
		line=$((line + next))
	done
	echo "ok $n - $property"
}

echo 1..6
aarch64-linux-gnu-gcc -O1 -g -ffreestanding -mgeneral-regs-only -mstrict-align -fno-pic -fno-stack-protector -nostdlib -static -no-pie \
	-Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments,-Ttext=0x40100000 -o "$tmp/counts" "$here/counts.c" || exit 1

debug counts <<'EOF'
break add
continue
print n
continue
continue
print n
delete
watch total
continue
continue
delete
hbreak add
continue
print n
delete
set var $was = (long)$pc
stepi
print (long)$pc - $was
stepi
print (long)$pc - $was
finish
print total
set var total = 5000
detach
EOF
said 'breakpoints in software stop the guest where they stand, each time' gdb 'Breakpoint 1, add' '= 1$' 'Breakpoint 1, add' 'Breakpoint 1, add' '= 3$'
said 'a watchpoint tells what a variable was and is' gdb 'Hardware watchpoint 2: total' 'Old value = 3' 'New value = 6' 'Old value = 6' 'New value = 10'
said 'a breakpoint in hardware does, and steps go on from it' gdb 'Hardware assisted breakpoint 3' 'Breakpoint 3, add' '= 5$' '= 4$' '= 8$' '= 15$'
said 'let go, the guest goes on with what gdb has changed, and ends' server 'guest status 0' '^total 505485'

debug linux <<'EOF'
print $pc > 0xffff000000000000 || $pc < 0x1000000000000
info threads
set var $stopped = $pc
stepi
stepi
stepi
print $pc != 0
hbreak *$pc
delete
detach
EOF
said 'gdb stops Linux on its vCPUs, and steps it' gdb '= 1$' 'Thread 1.2' '= 1$' 'detached'
said 'Linux works on when gdb has gone' server 'guest status 0' 'guest-gdb: work ok' 'powering off'
