#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --smp 2" LIMIT=90
"$(dirname "$0")/../module/build" && . "$(dirname "$0")/../lib.sh"

# After a CPU was without power while idle, no list register, active priority or EL1 timer that it comes back with is live.
test_module_without_power() { insmod $T/tabula_sleep.ko && rmmod tabula_sleep; }

# A CPU that went away and came back runs guests.
test_hotplug() {
	echo 0 >/sys/devices/system/cpu/cpu1/online && echo 1 >/sys/devices/system/cpu/cpu1/online || fail "CPU 1"
	taskset 2 $T/caches same
}
