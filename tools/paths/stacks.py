# SPDX-License-Identifier: GPL-2.0
"""What a stack says of a way into guest memory: which way it is, for whom it is taken, and from where."""

import re

# event, and what its stack has besides: the way. The kernel's KVM first, then Tabula's.
WAYS = [
    ("kvm_gpc_check", "", "pfn_cache, kernel"),
    ("kvm_gpc_(activate|refresh)", "", "pfn_cache, looked up"),
    ("gfn_to_pfn_cache_invalidate_start|gmem_invalidate|kvm_mmu_notifier_invalidate_range_start", "", "taken away by the host"),
    ("record_steal_time", "", "hva_cache"),
    ("kvm_(read|write)_guest(_offset)?_cached", "", "hva_cache"),
    ("kvm_gfn_to_hva_cache_init", "", "hva_cache, looked up"),
    ("(__)?kvm_vcpu_map", "", "guest_map, mapped"),
    ("kvm_vcpu_unmap", "", "guest_map, unmapped"),
    ("kvm_.*", "", "uncached"),
    ("pfn_cache_check", r"\bguest_map_(try|begin)\b", "guest_map, used"),
    ("pfn_cache_check", r"\bpfn_user_enter\b", "pfn_cache, vCPU"),
    ("pfn_cache_check", "", "pfn_cache, kernel"),
    ("pfn_cache_refresh", r"\bguest_map(_begin)?\b", "guest_map, looked up"),
    ("pfn_cache_refresh", "", "pfn_cache, looked up"),
    ("pfn_cache_wait", "", "waited for the host"),
    ("pfn_cache_invalidate", "", "a kept page taken away"),
    ("hva_cache_access", "", "hva_cache"),
    ("hva_cache_look", "", "hva_cache, looked up"),
    ("guest_map", "", "guest_map, mapped"),
    ("guest_unmap", "", "guest_map, unmapped"),
    ("gmem_access", "", "uncached"),
]

# Who it is for, by the first that fits. An instruction is fetched for what exits of L2, too. Compilers make one function of
# the kernel's KVM_SET_MSRS and of what the MSRs do.
CLIENTS = [
    ("fetch", r"kvm_fetch_guest_virt|\bfetch_|svm_mmio_exit|svm_control_exit|svm_io_exit|exit_invalid_opcode|mmio_nisv"),
    ("nested", r"nested_|vmload_vmsave|\bvmload|\bvmsave|svm_check_nested"),
    ("async PF", r"async_p|\bapf_|kvm_gfn_to_hva_cache_init<kvm_set_msr_common"),
    ("EOI", r"pv_eoi|lapic_sync_(to|from)_vapic|\bending_"),
    ("steal", r"steal|stolen|pvtime"),
    ("Xen", r"\bxen_|kvm_xen"),
    ("kvmclock", r"kvmclock|pvclock|wall_clock|system_time|guest_time_update|\bclock_|pair_clock|clock_pairing|kvm_gpc_activate<kvm_set_msr_common"),
    ("walk", r"walk|paging(32|64)|guest_ia32|translate"),
    ("SMM", r"smm"),
    ("emulation", r"x86_emulate|emulator_|write_emulate|x86_decode|write_linear|read_linear|vapic"),
    ("host", r"mmu_notifier|host_mn_"),
    ("VMM", r"gmem_set_region|vm_release|vm_ioctl"),
]

# What is below any way, and says nothing.
DULL = re.compile(r"^(kprobe_|ftrace_|trace_event_|event_hist|__?x64_sys|do_syscall|entry_SYSCALL|__traceiter_|x64_sys_|el0|vfs_ioctl|do_el0|invoke_syscall|aggr_)")
FROM = 4        # functions that are shown


def way_of(event, stack):
    for name, besides, way in WAYS:
        if re.fullmatch(name, event) and (not besides or re.search(besides, stack)):
            return way
    return None


def client_of(way, stack):
    if way == "taken away by the host":
        return "host"
    for client, pattern in CLIENTS:
        if re.search(pattern, stack):
            return client
    return "other"


def names_of(event, stack):
    """The functions from whom the event is about on, outwards, without what compilers and tracing add."""
    names = [re.sub(r"\.(isra|part|constprop|cold).*", "", n) for n in stack.split("<") if n]
    names = [n for n in names if not DULL.match(n)]
    while names and names[0] == event:
        names.pop(0)
    return names


def read(said):
    """[(life, event, hits, [function, …])] of what tools/paths/inside says."""
    found = []
    for life, event, hits, stack in re.findall(r"^path (\w+) (\w+) (\d+) (\S*)$", said, re.M):
        found.append((life, event, int(hits), names_of(event, stack)))
    return found


def sum_up(found):
    """
    {(life, way, client): {"hits": N, "from": {"function < function": N}}}. One way of the kernel's KVM is made of another (a range that is
    longer than a page of pages): what is called by a way is counted there.
    """
    events = {e for _, e, _, _ in found}
    rows = {}
    for life, event, hits, names in found:
        if names and names[0] in events:
            continue
        stack = "<".join([event] + names)
        way = way_of(event, stack)
        client = client_of(way, stack)
        row = rows.setdefault((life, way, client), {"hits": 0, "from": {}})
        row["hits"] += hits
        text = " < ".join(names[:FROM])
        row["from"][text] = row["from"].get(text, 0) + hits
    return rows
