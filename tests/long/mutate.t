#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Of 30 errors planted in src/ the tests notice most. TABULA_MUTATE_SEED: not a new seed.
top=$(cd "$(dirname "$0")/../.." && pwd)
seed=${TABULA_MUTATE_SEED:-$((RANDOM))}
least=55
echo 1..2
last=$("$top/tools/mutate/run" --number 30 --seed "$seed" 2>&1 | sed -u 's/^/# /' | tee /dev/stderr | tail -n 1)
if [[ $last =~ planted\ 30,\ noticed\ ([0-9]+),\ equivalent\ ([0-9]+),\ unnoticed\ ([0-9]+),\ seed\ $seed$ ]]; then
	echo "ok 1 - 30 errors drawn from a seed build, and the tests are tried on each"
	[ $((BASH_REMATCH[1] * 100)) -ge $(((BASH_REMATCH[1] + BASH_REMATCH[3]) * least)) ] || printf 'not '
else
	echo "not ok 1 - 30 errors drawn from a seed build, and the tests are tried on each"
	printf 'not '
fi
echo "ok 2 - the tests notice $least of a hundred"
