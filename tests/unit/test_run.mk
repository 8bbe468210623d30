# SPDX-License-Identifier: GPL-2.0
FLAGS_run := -I$(TOP)/tests/unit/run
