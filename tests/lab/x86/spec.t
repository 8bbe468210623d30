#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# QEMU knows nothing of these features: it shows them all the same, keeps no such MSR and ignores what is written to one. qemu64 has
# nothing else that it lacks.
BOOT="--cpu qemu64,+ibpb,+ibrs,+amd-stibp,+amd-ssbd,x-force-features=on"
. "$(dirname "$0")/../../lib.sh"

# A guest sees the CPU's speculation controls, keeps them over exits, vCPU by vCPU, and the VMM saves and restores them.
test_module_kept() { $T/spec kept; }

# A bit that its CPUID does not show, an MSR that it does not show, and reading PRED_CMD, are #GP.
test_module_refused() { $T/spec refused; }
