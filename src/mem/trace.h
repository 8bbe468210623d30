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

#ifndef TABULA_MEM_TRACE_ONCE
#define TABULA_MEM_TRACE_ONCE
enum hva_trace {
	HVA_TRACE_GET,
	HVA_TRACE_PUT,
	HVA_TRACE_LOAD,
	HVA_TRACE_STORE,
	HVA_TRACE_CMPXCHG,
};
#endif

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

/* Bytes, or elements of @size bytes, are copied without a cache: @done of @n. */
TRACE_EVENT(gmem_access,
	TP_PROTO(u64 gpa, size_t n, unsigned int size, bool write, ssize_t done),
	TP_ARGS(gpa, n, size, write, done),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(size_t, n)
		__field(unsigned int, size)
		__field(bool, write)
		__field(ssize_t, done)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->n = n;
		__entry->size = size;
		__entry->write = write;
		__entry->done = done;
	),
	TP_printk("%s gpa %#llx %zu x %u done %zd", __entry->write ? "write" : "read",
		  __entry->gpa, __entry->n, __entry->size, __entry->done)
);

/* A kept range is wanted: are its user addresses known? */
TRACE_EVENT(hva_cache_look,
	TP_PROTO(u64 gpa, u64 len, bool hit),
	TP_ARGS(gpa, len, hit),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(u64, len)
		__field(bool, hit)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->len = len;
		__entry->hit = hit;
	),
	TP_printk("gpa %#llx len %llu %s", __entry->gpa, __entry->len,
		  __entry->hit ? "hit" : "miss")
);

/* Bytes of a kept range were copied, or a value loaded, stored or exchanged. */
TRACE_EVENT(hva_cache_access,
	TP_PROTO(u64 gpa, u64 len, enum hva_trace op, int ret),
	TP_ARGS(gpa, len, op, ret),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(u64, len)
		__field(unsigned int, op)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->len = len;
		__entry->op = op;
		__entry->ret = ret;
	),
	TP_printk("%s gpa %#llx len %llu ret %d",
		  __print_symbolic(__entry->op, { HVA_TRACE_GET, "get" },
				   { HVA_TRACE_PUT, "put" }, { HVA_TRACE_LOAD, "load" },
				   { HVA_TRACE_STORE, "store" },
				   { HVA_TRACE_CMPXCHG, "cmpxchg" }),
		  __entry->gpa, __entry->len, __entry->ret)
);

/* A page is mapped for the kernel, within a scope. */
TRACE_EVENT(guest_map,
	TP_PROTO(u64 gpa, int ret),
	TP_ARGS(gpa, ret),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->ret = ret;
	),
	TP_printk("gpa %#llx ret %d", __entry->gpa, __entry->ret)
);

/* The scope ends. */
TRACE_EVENT(guest_unmap,
	TP_PROTO(u64 gpa),
	TP_ARGS(gpa),
	TP_STRUCT__entry(
		__field(u64, gpa)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
	),
	TP_printk("gpa %#llx", __entry->gpa)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH mem
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
