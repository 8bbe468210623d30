#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A hundred thousand calls of /dev/kvm, wild ones among them: none hangs, crashes, leaks, or fails as it should not. TABULA_FUZZ_SEED: not a new seed.
top=$(cd "$(dirname "$0")/../.." && pwd)
echo 1..1
"$top/tests/fuzz/run" --calls 100000 ${TABULA_FUZZ_SEED:+--seed "$TABULA_FUZZ_SEED"} 2>&1 | sed -u 's/^/# /' | tee /dev/stderr |
	tail -n 1 | grep -q 'failures 0, warnings 0$' || printf 'not '
echo "ok 1 - 100000 calls drawn from a seed: none hangs, leaks, fails as it should not, or has the kernel warn"
