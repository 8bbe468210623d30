/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of guest memory, "tabula:*": which way into it is taken, how often,
 * and from where.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tabula

#if !defined(TABULA_MEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TABULA_MEM_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

/* The host takes [start, end) away. */
TRACE_EVENT(gmem_invalidate,
	TP_PROTO(unsigned long start, unsigned long end, bool may_sleep),
	TP_ARGS(start, end, may_sleep),
	TP_STRUCT__entry(
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(bool, may_sleep)
	),
	TP_fast_assign(
		__entry->start = start;
		__entry->end = end;
		__entry->may_sleep = may_sleep;
	),
	TP_printk("hva %#lx-%#lx%s", __entry->start, __entry->end,
		  __entry->may_sleep ? "" : " atomic")
);

/* A kept page is wanted: is it there? */
TRACE_EVENT(pfn_cache_check,
	TP_PROTO(u64 gpa, unsigned long hva, bool hit),
	TP_ARGS(gpa, hva, hit),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(unsigned long, hva)
		__field(bool, hit)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->hva = hva;
		__entry->hit = hit;
	),
	TP_printk("gpa %#llx hva %#lx %s", __entry->gpa, __entry->hva,
		  __entry->hit ? "hit" : "miss")
);

/* A page was looked up, after @tries looks, with result @ret. */
TRACE_EVENT(pfn_cache_refresh,
	TP_PROTO(u64 gpa, unsigned long hva, u64 pfn, unsigned int tries, int ret),
	TP_ARGS(gpa, hva, pfn, tries, ret),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(unsigned long, hva)
		__field(u64, pfn)
		__field(unsigned int, tries)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->hva = hva;
		__entry->pfn = pfn;
		__entry->tries = tries;
		__entry->ret = ret;
	),
	TP_printk("gpa %#llx hva %#lx pfn %#llx tries %u ret %d", __entry->gpa,
		  __entry->hva, __entry->pfn, __entry->tries, __entry->ret)
);

/* A look-up sleeps until invalidations of its page have ended. */
TRACE_EVENT(pfn_cache_wait,
	TP_PROTO(u64 gpa, unsigned long hva),
	TP_ARGS(gpa, hva),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(unsigned long, hva)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->hva = hva;
	),
	TP_printk("gpa %#llx hva %#lx", __entry->gpa, __entry->hva)
);

/* A kept page goes, and @kicked vCPUs leave the guest for it. */
TRACE_EVENT(pfn_cache_invalidate,
	TP_PROTO(u64 gpa, unsigned long hva, unsigned int kicked),
	TP_ARGS(gpa, hva, kicked),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(unsigned long, hva)
		__field(unsigned int, kicked)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->hva = hva;
		__entry->kicked = kicked;
	),
	TP_printk("gpa %#llx hva %#lx kicked %u", __entry->gpa, __entry->hva,
		  __entry->kicked)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
