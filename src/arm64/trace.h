/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of vCPUs on Arm, "tabula:tabula_*": names after the colon, and fields,
 * are those that people know from the kernel's own KVM.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tabula
/* A second header of the system needs a name of its own in the file that has both. */
#undef TRACE_SYSTEM_VAR
#define TRACE_SYSTEM_VAR tabula_arm64

#if !defined(TABULA_ARM64_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TABULA_ARM64_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

/* A stage-2 abort: on memory, or where there is none. */
TRACE_EVENT(tabula_guest_fault,
	TP_PROTO(u64 vcpu_pc, u64 hsr, u64 hxfar, u64 ipa),
	TP_ARGS(vcpu_pc, hsr, hxfar, ipa),
	TP_STRUCT__entry(
		__field(u64, vcpu_pc)
		__field(u64, hsr)
		__field(u64, hxfar)
		__field(u64, ipa)
	),
	TP_fast_assign(
		__entry->vcpu_pc = vcpu_pc;
		__entry->hsr = hsr;
		__entry->hxfar = hxfar;
		__entry->ipa = ipa;
	),
	TP_printk("ipa %#llx hsr %#llx hxfar %#llx pc %#llx", __entry->ipa,
		  __entry->hsr, __entry->hxfar, __entry->vcpu_pc)
);

/* Maintenance by set/way that starts a walk by address; @cache: the vCPU's caches are on. */
TRACE_EVENT(tabula_set_way_flush,
	TP_PROTO(u64 vcpu_pc, bool cache),
	TP_ARGS(vcpu_pc, cache),
	TP_STRUCT__entry(
		__field(u64, vcpu_pc)
		__field(bool, cache)
	),
	TP_fast_assign(
		__entry->vcpu_pc = vcpu_pc;
		__entry->cache = cache;
	),
	TP_printk("pc %#llx cache %s", __entry->vcpu_pc, __entry->cache ? "on" : "off")
);

/* A vCPU's MMU or caches were turned on or off: are both on, before and now? */
TRACE_EVENT(tabula_toggle_cache,
	TP_PROTO(u64 vcpu_pc, bool was, bool now),
	TP_ARGS(vcpu_pc, was, now),
	TP_STRUCT__entry(
		__field(u64, vcpu_pc)
		__field(bool, was)
		__field(bool, now)
	),
	TP_fast_assign(
		__entry->vcpu_pc = vcpu_pc;
		__entry->was = was;
		__entry->now = now;
	),
	TP_printk("pc %#llx was %s now %s", __entry->vcpu_pc,
		  __entry->was ? "on" : "off", __entry->now ? "on" : "off")
);

/* An access to no memory that the syndrome does not describe; @insn: 0 if it cannot be read. */
TRACE_EVENT(tabula_mmio_nisv,
	TP_PROTO(u64 vcpu_pc, u64 esr, u64 far, u64 ipa, u32 insn),
	TP_ARGS(vcpu_pc, esr, far, ipa, insn),
	TP_STRUCT__entry(
		__field(u64, vcpu_pc)
		__field(u64, esr)
		__field(u64, far)
		__field(u64, ipa)
		__field(u32, insn)
	),
	TP_fast_assign(
		__entry->vcpu_pc = vcpu_pc;
		__entry->esr = esr;
		__entry->far = far;
		__entry->ipa = ipa;
		__entry->insn = insn;
	),
	TP_printk("ipa %#llx esr %#llx far %#llx pc %#llx insn %#010x", __entry->ipa,
		  __entry->esr, __entry->far, __entry->vcpu_pc, __entry->insn)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH arm64
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
