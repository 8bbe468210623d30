# SPDX-License-Identifier: GPL-2.0
FLAGS_arm_run := $(ARM64) -I$(TOP)/tests/unit/run
