#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# -icount: the guest's clock counts instructions.
BOOT="--cpu neoverse-n1 --smp 1 --qemu-opt=-icount --qemu-opt=shift=0,sleep=off" LIMIT=150
. "$(dirname "$0")/../lib.sh"

# The end of a level-sensitive interrupt costs the same with one irqfd that waits for another's end and with thousands.
test_irqfds() { $T/bounded irqfds; }

# A store that signals an ioeventfd costs about the same with one of them and with a thousand.
test_ioeventfds() { $T/bounded ioeventfds; }

# An SGI costs the same to the first and to the last vCPU.
test_targets() { $T/bounded targets; }

# An exit costs the same with a few pending interrupts that the guest does not take and with all of them.
test_pending() { $T/bounded pending; }
