#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# 64-bit mode: every plain move, with every register and every way to write an address, shows the VMM address, length and data, and takes its answer in.
test_long() { $T/mmio long; }

# The same in compatibility mode.
test_compat() { $T/mmio compat; }

# The same in 32-bit mode, paged and not.
test_protected() { $T/mmio protected; }

# The same in real mode.
test_real() { $T/mmio real; }

# An access over the end of a page is two, and what of it is memory is memory.
test_crossing() { $T/mmio crossing; }

# The VMM is shown the physical address that the guest's tables make.
test_mapped() { $T/mmio mapped; }

# An instruction that lies across two pages is the same instruction.
test_split_code() { $T/mmio split-code; }

# KVM_RUN with immediate_exit takes the answer to a read in and goes no further.
test_completion() { $T/mmio completion; }

# Strings to, from and between devices and memory are shown an element at a time, as they move.
test_strings() { $T/mmio strings; }
