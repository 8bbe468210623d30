#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1 --mem 3072" LIMIT=100
. "$(dirname "$0")/../lib.sh"

# A guest, with its MMU on, has a hugetlbfs page of 1 GiB as its memory.
test_hugetlb_1g() { $T/memory hugetlb-1g; }
