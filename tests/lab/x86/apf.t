#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
BOOT="--smp 2"
. "$(dirname "$0")/../../lib.sh"

# Each page that has to be fetched has a token, told once as not present and then once as ready; the guest runs meanwhile.
test_tokens() { $T/apf tokens; }

# Who turns them on is told that all tokens of before are ready.
test_all() { $T/apf all; }

# A guest that has them off waits for its memory, and is told nothing.
test_off() { $T/apf off; }

# A VM whose memory nobody brings can be taken apart, and its vCPU told to forget, without waiting for it.
test_teardown() { $T/apf teardown; }
