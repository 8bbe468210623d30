#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# IN and OUT of every size, by DX and by a byte, reach the VMM in every mode, and IN leaves the rest of RAX as it was.
test_simple() { $T/io simple; }

# INS and OUTS move every byte, up and down, over pages and with either address size, and leave RSI, RDI and RCX behind it.
test_string() { $T/io string; }

# A string of no elements is no access.
test_string_of_none() { $T/io string-of-none; }

# HLT, prefixes or not, is an exit in every mode, and the guest goes on behind it.
test_hlt() { $T/io hlt; }
