#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu max,pauth-impdef=on" LIMIT=200
. "$(dirname "$0")/../lib.sh"

# Lengths can be chosen until SVE is finalised, registers are there after; it does not run before.
test_sve_order() { $T/sve order; }

# Ids, lengths and ID registers that cannot be are refused, and nothing changes.
test_sve_refusals() { $T/sve refusals; }

# A guest without it finds no field, no register and no instruction of it, at EL1 and at EL0.
test_sve_hidden() { $T/sve hidden; }

# A guest's own traps of its vectors come to the guest.
test_sve_own_traps() { $T/sve own-traps; }

# A guest cuts its vectors by ZCR_EL1, within what the VMM has cut; two vCPUs have other lengths.
test_sve_cut() { $T/sve cut; }

# What the guest has in its vectors the VMM reads, and the other way.
test_sve_onereg() { $T/sve onereg; }

# A vCPU that is initialised anew has nothing of its old vectors.
test_sve_reset() { $T/sve reset; }

# The VMM's own vectors after KVM_RUN have its length, its V registers and nothing of the guest's.
test_sve_vmms_own() { $T/sve vmms-own; }

# Four vCPUs of two VMs and threads of the host, with vectors of five lengths, keep theirs over exits, preemption and from CPU to CPU.
test_sve_survives() { $T/sve survive; }
