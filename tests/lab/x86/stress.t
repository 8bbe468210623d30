#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Ten seconds of each thing that the host does to the pages of a guest's guest and of a guest's records.
ARCH=x86 exec "$(dirname "$0")/../../stress/run" --tap --seconds 10 --jobs 1
