#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=60
. "$(dirname "$0")/../lib.sh"

# With no vCPU's MMU on, a guest's TLB maintenance does not leave the guest.
test_module_nobody_warm() { $T/tlbi nobody-warm; }

# It does from the moment another vCPU has turned its MMU on, also of one that has not left the guest since before.
test_module_beside_warm_up() { $T/tlbi beside-warm-up; }
