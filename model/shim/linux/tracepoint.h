/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: nobody listens.
 */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

#include <linux/types.h>

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)
#define TP_STRUCT__entry(...)
#define TP_fast_assign(...)
#define TP_printk(...)
#define TRACE_EVENT(name, proto, ...)					\
	static inline __maybe_unused void trace_##name(proto) { }

#endif
