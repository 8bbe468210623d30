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

# A VMM that sends the vCPU elsewhere at an exit, as a reset does, finds it there.
test_sent_away() { $T/io sent-away; }

# A user program of the guest's that may use a port cannot have its input written to the kernel's memory.
test_string_of_user() { $T/io string-of-user; }

# Writes to a coalesced zone wait in the ring; where the VMM says that it goes on beyond its end they exit at once.
test_ring() { $T/io ring; }
