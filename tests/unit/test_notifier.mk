# SPDX-License-Identifier: GPL-2.0
SRCS_notifier	:= src/host/notifier.c
