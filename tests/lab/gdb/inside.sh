# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# inside.sh counts|linux: in the server, a guest under QEMU whose gdb server is reached through the server's own port. See ../gdb.t.
[ ! -e /modules/virtio_console.ko ] || insmod /modules/virtio_console.ko || exit 1
said=/tmp/said one=/tmp/one
mkfifo /tmp/in
exec 4<>/tmp/in
if [ "$1" = linux ]; then
	NONCE=gdb /lab/guest ask -gdb tcp:127.0.0.1:1234 <&4 >$said 2>&1 &
	until grep -q '^guest-gdb: ready' $said; do usleep 200000; done
else
	qemu-system-aarch64 -machine virt,gic-version=host,accel=kvm -cpu host -m 64 -nodefaults -display none \
		-serial stdio -monitor none -kernel /lab/counts -S -gdb tcp:127.0.0.1:1234 <&4 >$said 2>&1 &
fi
guest=$!
until grep -q ':04D2 .* 0A ' /proc/net/tcp; do usleep 100000; done	# 1234 is listened to
until port=$(ls -d /dev/vport* 2>/dev/null); do usleep 100000; done
exec 3<>"$port"
# one byte and no more; until somebody is there each read is an end of file
until dd bs=1 count=1 <&3 >$one 2>/dev/null && [ -s $one ]; do usleep 100000; done
{
	cat $one - <&3
	echo gone >/tmp/gone
} | nc 127.0.0.1 1234 >&3 &
until [ -e /tmp/gone ]; do usleep 100000; done
[ "$1" != linux ] || printf 'work\noff\n' >&4
wait $guest
echo "guest status $?"
cat $said
