#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Twenty moments of a guest's boot, and eight rounds of CPUs going offline.
MANY=1 exec "$(dirname "$0")/../lab/kill.t"
