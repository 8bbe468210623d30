# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# In the server, for userland.t: sources to work on, served over HTTP, and the guest.
G=/tmp/console
n=0
said() { grep -q "^guest: $1" $G; }
# check PROPERTY SECONDS PATTERN: the guest says so in time
check() {
	n=$((n + 1))
	left=$(($2 * SLOW * 5))
	until said "$3" || [ $left = 0 ] || ! kill -0 $qemu 2>/dev/null; do
		left=$((left - 1))
		usleep 200000
	done
	said "$3" && echo "ok $n - $1" && return
	tail -n 30 $G | sed 's/^/# /'
	echo "not ok $n - $1"
	[ $n != 1 ] || exit 1 # the rest would only wait
}

# Forty files of functions and what their sum is: small, but more than one vCPU's work.
sources() {
	mkdir -p /tmp/src /tmp/www
	cd /tmp/src || exit 1
	awk 'BEGIN {
		for (f = 0; f < 40; f++) {
			file = "part" f ".c"
			printf "" >file
			for (i = 0; i < 30; i++)
				printf "unsigned long f%d_%d(unsigned long x)\n{\n\tunsigned long i;\n\n\tfor (i = 0; i < 100; i++)\n\t\tx = x * %d + i %% %d;\n\treturn x & 0xffff;\n}\n\n", f, i, 2 * i + 3, f + 2 >file
			printf "unsigned long part%d(void)\n{\n\tunsigned long s = 0;\n\n", f >file
			for (i = 0; i < 30; i++)
				printf "\ts += f%d_%d(%d);\n", f, i, i >file
			printf "\treturn s;\n}\n" >file
			close(file)
			calls = calls sprintf("\tunsigned long part%d(void);\n", f)
			sums = sums sprintf("\tprintf(\"%%lu\\n\", part%d());\n", f)
		}
		printf "#include <stdio.h>\n\nint main(void)\n{\n%s\n%s\treturn 0;\n}\n", calls, sums >"main.c"
		for (f = 0; f < 40; f++) {
			s = 0
			for (i = 0; i < 30; i++) {
				x = i
				for (k = 0; k < 100; k++)
					x = (x * (2 * i + 3) + k % (f + 2)) % 65536
				s += x
			}
			print s >"want"
		}
	}'
	printf 'program: $(patsubst %%.c,%%.o,$(wildcard *.c))\n\t$(CC) -o $@ $^\n' >Makefile
	sha256sum ./* >/tmp/sums && mv /tmp/sums .
	cd /tmp && tar -czf /tmp/www/src.tar.gz src
	httpd -p 127.0.0.1:8080 -h /tmp/www
}

sources
mkdir -p /tmp/first/modules
cp /lab/first.sh /lab/work.sh /tmp/first/
for m in failover net_failover virtio_net; do cp /modules/$m.ko /tmp/first/modules/ 2>/dev/null; done
chmod 755 /tmp/first/first.sh
(cd /tmp/first && find . | cpio -o -H newc 2>/dev/null) >/tmp/more
cat /tmp/more /lab/base.initrd >/tmp/initrd # a raw one of whole blocks, and then a compressed one
APPEND="rdinit=/first.sh" SMP=4 MEM=768 /lab/guest '' -initrd /tmp/initrd -drive if=none,id=d,format=raw,file=/dev/vdb,cache=writeback \
	-device virtio-blk-pci,drive=d -netdev user,id=n -device virtio-net-pci,netdev=n,romfile= >$G 2>&1 </dev/null &
qemu=$!
echo 1..7
check "Debian's kernel is up on four vCPUs" 120 "up on 4 vCPUs"
check "it fetches over virtio-net what the server has" 120 "fetched $(md5sum </tmp/www/src.tar.gz | cut -d' ' -f1)"
check "unpacks it, and every checksum is right" 120 "unpacked 41 files"
check "compiles it on all vCPUs, and the program is right" 600 "compiled and right"
check "packs and unpacks four times at once" 300 "packed and unpacked four times"
check "reads its libraries from the disk twice, with the same sums" 600 "read [1-9][0-9]* files, and"
check "ends its work and its disk" 60 "its disk is unmounted"
wait $qemu
