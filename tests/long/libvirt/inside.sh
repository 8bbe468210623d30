# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# In the server, for libvirt.t: libvirtd from Debian's packages in a folder of its own, and what virsh does with a guest.
R=/tmp/debian
n=0
in_debian() { chroot $R env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"; }
virsh() { in_debian virsh -q -c qemu:///system "$@"; }

# check PROPERTY FUNCTION: the function says why not, and is false
check() {
	n=$((n + 1))
	(set -e; $2) >/tmp/out 2>&1 # as a condition, set -e would mean nothing
	rc=$?
	if [ $rc = 0 ]; then
		echo "ok $n - $1"
	else
		{ tail -n 30 /tmp/out; echo "console:"; tail -n 5 $R/tmp/console; tail -n 12 $R/var/log/libvirt/libvirtd.log; tail -n 5 $R/var/log/libvirt/qemu/*.log; } 2>/dev/null | sed 's/^/# /'
		echo "not ok $n - $1"
		[ $n != 1 ] || exit 1 # the rest would only wait
	fi
}
# until_so SECONDS CMD…: until CMD is true
until_so() {
	end=$(($(cut -d. -f1 /proc/uptime) + $1 * SLOW))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || { echo "not within the time: $*"; return 1; }
		usleep 200000
	done
}
state_is() { [ "$(virsh domstate "$1")" = "$2" ]; }
lives() { grep -c "^guest: up on 2 vCPUs, disk $sum" $R/tmp/console; }
ups() { [ "$(lives)" -ge "$1" ]; }
count() { sed -n 's/^guest: count \([0-9]*\).*/\1/p' $R/tmp/console | tail -n 1; }
counts_on() { [ "$(count)" -gt "$1" ]; }

start_libvirtd() {
	mkdir -p $R && mount -t ext4 /dev/vdb $R || return 1
	for d in dev proc sys; do mount --bind /$d $R/$d; done
	mkdir -p $R/dev/shm $R/dev/pts $R/var/log/libvirt/qemu $R/run $R/tmp
	mount -t tmpfs tmpfs $R/run
	mount -t tmpfs tmpfs $R/tmp
	cp /guest/vmlinuz $R/tmp/
	mkdir -p /tmp/first/modules && cp /lab/first.sh /tmp/first/ && cp /lab/evdev.ko /lab/gpio_keys.ko /tmp/first/modules/
	chmod 755 /tmp/first/first.sh
	(cd /tmp/first && find . | cpio -o -H newc 2>/dev/null) >/tmp/more
	cat /tmp/more /guest/initrd >$R/tmp/initrd # a raw one of whole blocks, and then a compressed one
	yes "a small disk" | head -c 4194304 >$R/tmp/disk.img
	# whom libvirt looks for before it reads what it is told to be
	echo 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/bin/false' >>$R/etc/passwd
	printf '%s\n' 'kvm:x:64054:' 'libvirt-qemu:x:64055:' 'libvirt:x:64056:' >>$R/etc/group
	printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'namespaces = []' 'cgroup_controllers = []' \
		'stdio_handler = "file"' 'remember_owner = 0' >$R/etc/libvirt/qemu.conf
	printf '%s\n' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' 'log_outputs = "1:file:/var/log/libvirt/libvirtd.log"' 'log_level = 3' >$R/etc/libvirt/libvirtd.conf
	in_debian libvirtd -d || return 1
	until_so 60 virsh uri || return 1
	in_debian virsh -q -c qemu:///system capabilities | grep -q "domain type='kvm'" || { echo "libvirt finds no KVM"; return 1; }
}

define() {
	cat >$R/tmp/one.xml <<X
<domain type='kvm'>
  <name>one</name>
  <memory unit='MiB'>256</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='aarch64' machine='virt'>hvm</type>
    <kernel>/tmp/vmlinuz</kernel>
    <initrd>/tmp/initrd</initrd>
    <cmdline>console=ttyAMA0 loglevel=4 panic=-1 cryptomgr.notests rdinit=/first.sh</cmdline>
  </os>
  <features><gic version='3'/></features>
  <cpu mode='host-passthrough'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/tmp/disk.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <serial type='file'><source path='/tmp/console' append='on'/><target port='0'/></serial>
  </devices>
</domain>
X
	virsh define /tmp/one.xml
	state_is one "shut off"
	virsh dumpxml one | grep -q "host-passthrough"
}
start() {
	virsh start one
	until_so 90 ups 1
	state_is one running
	tr '\0' ' ' <"/proc/$(cat $R/run/libvirt/qemu/one.pid)/cmdline" | grep -q 'accel.*kvm'
	ls -l "/proc/$(cat $R/run/libvirt/qemu/one.pid)/fd" | grep -q kvm-vcpu
}
reboot() {
	virsh reboot one
	until_so 30 grep -q "power button" $R/tmp/console
	until_so 120 ups 2
	state_is one running
}
reset() {
	before=$(lives)
	virsh reset one
	until_so 120 ups $((before + 1))
}
suspend() {
	virsh suspend one
	state_is one paused
	was=$(count)
	sleep 2
	[ "$(count)" = "$was" ]
	virsh resume one
	until_so 30 counts_on "$was"
}
save_restore() {
	was=$(count) before=$(lives)
	virsh save one /tmp/one.saved
	state_is one "shut off"
	virsh restore /tmp/one.saved
	state_is one running
	until_so 60 counts_on "$was"
	[ "$(lives)" = "$before" ]
}
destroy() {
	virsh destroy one
	state_is one "shut off"
	virsh undefine one
	[ -z "$(virsh list --all --name | tr -d '\n')" ]
}
virt_install() {
	rm -f $R/tmp/console
	in_debian virt-install --connect qemu:///system --name two --import --memory 256 --vcpus 2 --osinfo generic --noautoconsole --graphics none \
		--disk path=/tmp/disk.img,format=raw,bus=virtio --network none --features acpi=off --serial file,path=/tmp/console --virt-type kvm \
		--boot "kernel=/tmp/vmlinuz,initrd=/tmp/initrd,kernel_args=console=ttyAMA0 loglevel=4 panic=-1 cryptomgr.notests rdinit=/first.sh"
	until_so 120 ups 1
	virsh shutdown two
	until_so 60 state_is two "shut off"
	virsh undefine two --nvram 2>/dev/null || virsh undefine two
}

sum=$(yes "a small disk" | head -c 4194304 | md5sum | cut -c 1-8)
echo 1..9
check "libvirtd finds a KVM" start_libvirtd
check "virsh defines a guest" define
check "virsh starts it: it is up on two vCPUs, and reads its disk" start
check "virsh reboot: it hears its power button, and comes up again" reboot
check "virsh reset: so it does" reset
check "virsh suspend stops it, and resume has it go on" suspend
check "virsh save and restore: it goes on where it was" save_restore
check "virsh destroy and undefine leave nothing" destroy
check "virt-install --import brings up another, which shuts down when asked" virt_install
