#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What tools/paths says of guests of the x86-64 server that provoke each client; and what it makes of stacks.
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=${TABULA_BUILD:-$top/build}
mkdir -p "$build"
tmp=$(mktemp -d "$build/.paths.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
n=0 who=tabula
[ -z "${TABULA_TEST_KVM:-}" ] || who=kernel

# check PROPERTY CMD…
check() {
	local property=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1 </dev/null); then
		echo "ok $n - $property"
	else
		sed 's/^/# /' <<<"$out"
		echo "not ok $n - $property"
	fi
}

runs() { "$top/tools/paths/run" --arch x86 --lives clients --who $who --no-picture --out "$tmp"; }

# row CLIENT WAY LEAST: it was taken at least so often
row() {
	python3 - "$tmp/report.json" $who "$@" <<-'END'
		import json, sys
		rows = json.load(open(sys.argv[1]))
		hits = sum(r.get(sys.argv[2], 0) for r in rows if (r["client"], r["way"]) == (sys.argv[3], sys.argv[4]))
		print(f"{sys.argv[3]}, {sys.argv[4]}: {hits}")
		sys.exit(hits < int(sys.argv[5]))
	END
}

# every client by its way, and nothing that nobody knows
ways() {
	row EOI hva_cache 100 && row steal hva_cache 10 && row 'async PF' hva_cache 64 && row kvmclock 'pfn_cache, kernel' 3 &&
		row Xen 'pfn_cache, kernel' 10 && row nested 'guest_map, mapped' 1 && row fetch uncached 100 && row host 'taken away by the host' 1 &&
		! grep -E '^  other' "$tmp/table"
}

# What one way of the kernel's KVM calls of another counts once; and each stack has one client.
sums() {
	python3 -B - "$top/tools/paths" <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		import plot, stacks
		said = """path boot kvm_read_guest_cached 7 kprobe_ftrace_handler<kvm_read_guest_cached<kvm_lapic_sync_from_vapic<kvm_arch_vcpu_ioctl_run
		path boot kvm_read_guest_offset_cached 7 kprobe_ftrace_handler<kvm_read_guest_offset_cached<kvm_read_guest_cached<kvm_lapic_sync_from_vapic
		path boot kvm_gpc_activate 2 kprobe_ftrace_handler<kvm_gpc_activate<kvm_set_msr_common<kvm_emulate_wrmsr
		path boot kvm_vcpu_map 5 kprobe_ftrace_handler<kvm_vcpu_map<nested_svm_vmexit.part.0<svm_exit
		path boot pfn_cache_check 3 pfn_cache_begin<guest_map_begin<nested_vmcb_read<nested_vmrun
		path boot pfn_cache_check 4 pfn_cache_begin<clock_write<kvmclock_prepare
		""".replace("\t", "")
		rows = stacks.sum_up(stacks.read(said))
		hits = {key: row["hits"] for key, row in rows.items()}
		want = {("boot", "hva_cache", "EOI"): 7, ("boot", "pfn_cache, looked up", "kvmclock"): 2, ("boot", "guest_map, mapped", "nested"): 5,
			("boot", "guest_map, used", "nested"): 3, ("boot", "pfn_cache, kernel", "kvmclock"): 4}
		assert hits == want, hits
		assert rows["boot", "guest_map, mapped", "nested"]["from"] == {"nested_svm_vmexit < svm_exit": 5}, rows
		drawn = plot.script([{"arch": "x86", "life": "boot", "client": "EOI", "way": "hva_cache", "kernel": 7, "tabula": 5}], "x.svg")
		assert "7 0.2" in drawn and "5 -0.2" in drawn, drawn
	END
}

echo 1..3
check "a way that another is made of counts once, and each stack has one client" sums
check "guests that provoke each client run, and what they take is counted" runs
check "each client takes the way that docs/memory.md has for it" ways
