#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max,pauth-impdef=on" LIMIT=120
. "$(dirname "$0")/../lib.sh"

# Pointer authentication of addresses comes with the generic one, for all vCPUs of a VM or none.
test_pauth_refusals() { $T/pauth refusals; }

# A guest without it finds no field, no register and no instruction of it.
test_pauth_hidden() { $T/pauth hidden; }

# A guest with it sees the host's algorithm, signs and authenticates; the VMM cannot change which it is.
test_pauth_shown() { $T/pauth shown; }

# The VMM's keys are the guest's, and the other way; two vCPUs sign alike only with the same key.
test_pauth_onereg() { $T/pauth onereg; }

# A vCPU that is initialised anew has none of its old keys.
test_pauth_reset() { $T/pauth reset; }

# Four vCPUs of two VMs, a third VM without keys, and host threads keep theirs over exits and from CPU to CPU.
test_pauth_survives() { $T/pauth survive; }
