#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Ten reboots under one QEMU.
MANY=1 exec "$(dirname "$0")/../lab/reboot.t"
