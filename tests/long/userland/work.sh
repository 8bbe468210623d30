# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# In the guest, by Debian's own bash: unpacks what came over the net, compiles it on all vCPUs, runs it, packs it up again.
set -e
say() { echo "guest: $*"; }
cd /tmp
tar -xzf /tmp/src.tar.gz
cd src
sha256sum -c --quiet sums
say "unpacked $(ls -1 ./*.c | wc -l) files"
make -s -j4 CC=gcc
./program >out
[ "$(cat out)" = "$(cat want)" ]
say "compiled and right"
for i in 1 2 3 4; do
	(tar -c . | xz -1 -T1 | xz -dc | sha256sum >"/tmp/packed.$i") &
done
wait
[ "$(sort -u /tmp/packed.[1-4] | wc -l)" = 1 ]
say "packed and unpacked four times at once, the same each time"
find / -xdev -type f -size -200k -path '/usr/lib/*' -print0 | xargs -0 -P 4 -n 64 sha256sum >/tmp/first
echo 3 >/proc/sys/vm/drop_caches
sort -k 2 /tmp/first | sed -n '1~7p' >/tmp/some
sha256sum -c --quiet /tmp/some
say "read $(wc -l </tmp/first) files, and $(wc -l </tmp/some) of them the same from the disk again"
say done
