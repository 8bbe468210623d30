#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --params policy=two-tree" LIMIT=1200
. "$(dirname "$0")/../lib.sh"

LIVES=20

# The guest's first process: looks whether all that came along is right, and hands it on to the next life.
guest_first_process() {
	echo '#!/bin/sh'
	cat <<'EOT'
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
opt() { $b sed -n "s/.*kexec\.$1=\([0-9a-f-]*\).*/\1/p" /proc/cmdline; }
# made anew from the number of the life that wrote it
mark() { $b yes "life $1" | $b head -c 262144; }
say() { echo "guest-a: $*"; }
life=$(opt life) lives=$(opt lives)
echo
[ "$($b cat /kexec /bin/busybox | $b md5sum)" = "$(opt files)  -" ] || say "life $life: a program is wrong"
[ "$life" = 00 ] || mark $((1$life - 1)) | $b cmp - /mark || say "life $life: the mark is wrong"
say "life $life up on $($b nproc) vCPUs, $($b cut -d" " -f1 /proc/uptime) s"
if [ "$life" = 00 ]; then read -r go; fi
if [ "$life" = "$lives" ]; then
	read -r go
	$b poweroff -f
fi
next=$((1$life + 1))
mark 1$life >/mark
cd /
$b printf '%s\n' bin bin/* dev proc sys tmp kexec-init kexec mark | $b cpio -o -H newc >/tmp/next 2>/dev/null
# the hypercall in every other life
/kexec $(opt sum) /tmp/next "$($b sed "s/kexec\.life=../kexec.life=${next#1}/" /proc/cmdline)" $([ $((next % 2)) = 0 ] || echo call)
say "life $life: kexec failed"
$b poweroff -f
EOT
}

counter() { awk -v n="$1" '$1 == n { print $2 }' /sys/kernel/debug/tabula/*/stats; }

# A guest's kernel makes way for a fresh one by kexec twenty times, on both vCPUs; all it carries along stays right, and each MMU that goes off and on is in the books.
test_module_kexec_twenty_times() {
	mkdir -p /tmp/first
	guest_first_process >/tmp/first/kexec-init
	chmod 755 /tmp/first/kexec-init
	cp $T/kexec /tmp/first
	(cd /tmp/first && find . | cpio -o -H newc 2>/dev/null) >/tmp/initrd
	cat /guest/initrd >>/tmp/initrd
	files=$(cat $T/kexec /bin/busybox | md5sum | cut -d' ' -f1)
	# what takes a kernel time and is of no use here is left out
	APPEND="rdinit=/kexec-init kexec.life=00 kexec.lives=$LIVES kexec.files=$files kexec.sum=$($T/kexec sum /guest/vmlinuz) mem=384M \
		nokaslr audit=0 mitigations=off rcupdate.rcu_expedited=1 \
		initcall_blacklist=jent_mod_init,crypto_algapi_init,gen_pci_driver_init,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init,init_encrypted,crypto_kdf108_init,load_system_certificate_list,crc64_rocksoft_mod_init,crc_t10dif_mod_init" guest_start a '' -initrd /tmp/initrd \
		-device loader,file=/guest/vmlinuz,addr=0x58000000,force-raw=on
	guest_wait a 120 "life 00 up on 2 vCPUs"
	first=$(counter warm_ups)
	map=$(counter lines_map)
	[ "$first" = 2 ] && [ "$(counter cool_downs)" = 0 ] || fail "a first life: $first warm-ups, $(counter cool_downs) the other way"
	guest_tell a go
	guest_wait a 1000 "life $LIVES up on 2 vCPUs"
	[ "$(grep -c 'up on 2 vCPUs' $G.a)" = $((LIVES + 1)) ] || fail "$(grep -c 'up on 2 vCPUs' $G.a) lives"
	! grep -E 'wrong|failed' $G.a || fail "not all was right"
	warm=$(($(counter warm_ups) - first))
	cool=$(counter cool_downs)
	lines=$(counter lines_warm)
	echo "# $LIVES times kexec: $cool seen to go cold, $warm back or new, $lines lines paid; the first life mapped $map"
	# Each life starts the second vCPU anew, by PSCI. The first one's way off and on again is seen where the guest makes a
	# hypercall meanwhile, and may be elsewhere; what is seen, and nothing else, comes back owing all that is mapped.
	[ "$cool" -ge $((LIVES / 2)) ] && [ "$cool" -le $LIVES ] || fail "$cool times seen to turn its MMU off"
	[ "$warm" = $((LIVES + cool)) ] || fail "$warm warm-ups of $((LIVES + cool))"
	[ "$lines" -ge $((cool * map / 2)) ] || fail "$lines lines paid"
	[ "$(counter resets)" = 0 ] || fail "$(counter resets) resets"
	guest_tell a go
	guest_off a
}
