#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Ten seconds of each thing that a VMM does to guest memory.
exec "$(dirname "$0")/../stress/run" --tap --seconds 10 --jobs 1 balloon slots snapshot uffd devmem
