#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--cpu neoverse-n1" LIMIT=200
. "$(dirname "$0")/../lib.sh"

# With an ITS the GIC says that it has LPIs; its registers hold what they may, while it is disabled.
test_announced() { $T/its announced; }

# Each command does what it says, and one of a number out of range does nothing.
test_commands() { $T/its commands; }

# KVM_SIGNAL_MSI wakes a vCPU by an LPI, is blocked where nothing is mapped, and refuses what is no message.
test_signal() { $T/its signal; }

# An eventfd that is routed to a message with a device is an LPI.
test_irqfd() { $T/its irqfd; }

# MOVI, MAPC and MOVALL send LPIs to another vCPU, and back.
test_moves() { $T/its moves; }

# A VM that all is copied to by the saved tables takes what was pending, and goes on; reset, nothing is left.
test_travels() { $T/its travels; }

# Attributes, registers and tables that are none get the documented errno.
test_errors() { $T/its errors; }

# Thousands of random commands, registers and tables: the guest goes on, and so does the server.
test_wild() { $T/its wild; }

# Messages of four devices at once, by eventfds and by KVM_SIGNAL_MSI, are each taken while slots move, the log of the ITS's own tables is read, and routes are set anew.
test_storm() { $T/itsstorm storm; }
