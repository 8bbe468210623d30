#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
. "$(dirname "$0")/../../lib.sh"

# The dirty log names each page that was written since it was last read, and no other.
test_dirty() { $T/memory dirty; }

# Memory that the host has in huge pages is logged in small ones.
test_dirty_huge() { $T/memory dirty-huge; }

# With manual protection pages stay in the log until they are cleared, piece by piece.
test_dirty_manual() { $T/memory dirty-manual; }

# What the hypervisor writes for the guest, a string from a port, is in the log too.
test_dirty_string() { $T/memory dirty-string; }

# A read-only slot is memory to read and to execute, and a device to write.
test_read_only() { $T/memory read-only; }

# A slot that is deleted under a guest is a device at its next access, and memory when it is back.
test_deleted() { $T/memory deleted; }

# A slot that is moved is where it is now, and other memory can take its old place.
test_moved() { $T/memory moved; }

# What the VMM drops, maps anew or protects under a slot the guest sees at its next access.
test_changed_below() { $T/memory changed-below; }

# Memory is mapped before a guest asks for it, as far as there is a slot; what cannot be is an errno.
test_prefault() { $T/memory prefault; }
