# SPDX-License-Identifier: GPL-2.0
# The shim on the explorer's threads: in place of the one for a single thread.
SRCS_machine_shim	:= model/shim/threads.c model/shim/buffer.c \
			   $(patsubst $(TOP)/%,%,$(wildcard $(TOP)/model/explore/*.c))
