#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A thousand VMs and a hundred loads.
MANY=1 exec "$(dirname "$0")/../lab/life.t"
