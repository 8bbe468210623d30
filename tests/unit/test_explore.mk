# SPDX-License-Identifier: GPL-2.0
# The explorer is ordinary C, as the machine is.
PLAIN		+= explore
SRCS_explore	:= $(patsubst $(TOP)/%,%,$(wildcard $(TOP)/model/explore/*.c))
