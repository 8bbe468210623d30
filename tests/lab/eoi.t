#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=90
. "$(dirname "$0")/../lib.sh"

# A level ended by ICC_DIR_EL1 is told to its resamplefd, however many interrupts are active on top of it.
test_nested() { $T/eoi nested; }

# So is one that another vCPU ends, by ICC_DIR_EL1 or by GICD_ICACTIVER, while the one that took it stays in the guest.
test_elsewhere() { $T/eoi elsewhere; }

# Of many irqfds on one GSI each is told, and routing decides whose GSI it is at that moment.
test_shared() { $T/eoi shared; }
