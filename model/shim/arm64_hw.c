// SPDX-License-Identifier: GPL-2.0
/*
 * src/arm64/mmu/hw.h on the machine of model/machine. Each operation is a point
 * where others may go on, and a step of the trace.
 */
#include <linux/gfp.h>
#include <linux/types.h>

#include "../../src/arm64/mmu/table.h"
#include "../explore/arena.h"
#include "../explore/explore.h"
#include "../explore/trace.h"
#include "../machine/machine.h"
#include "../machine/memory.h"
#include "threads.h"

/* What may be maintained in one critical section: a block of 2 MiB, or its pages (C8). */
#define HW_WORK_MAX	(2UL << 20)
/* And with interrupts off on the fast exit path. */
#define HW_WORK_FAST	((u64)MMU_FAST_PAGES << 12)

struct hw_features hw_features __attribute__((section("model_state")));

static unsigned int pe(void)
{
	return explore_current()->pe;
}

int hw_init(void)
{
	hw_features = (struct hw_features){
		.fwb = machine.cfg.fwb,
		.idc = machine.cfg.caches.idc,
		.dic = machine.cfg.caches.dic,
		.range_tlbi = true,
		.vmid_bits = machine.cfg.vmid_bits,
		.pa_bits = 48,
		.dcache_line = MACHINE_LINE_BYTES,
		.icache_line = MACHINE_LINE_BYTES,
	};
	return 0;
}

static u64 dc(void *kva, size_t len, enum machine_dc op, const char *name)
{
	u64 lines;

	explore_point(name);
	if (!len)
		return 0;
	lines = machine_host_dc(pe(), memory_pa(kva), len, op);
	if (threads_work(len) > (threads_hurries() ? HW_WORK_FAST : HW_WORK_MAX))
		explore_violation("C8", "%s maintains more than %llu KiB with %s off",
				  explore_current()->name,
				  (threads_hurries() ? HW_WORK_FAST : HW_WORK_MAX) >> 10,
				  threads_hurries() ? "interrupts" : "preemption");
	trace_step("%s %s, %zu bytes", name, trace_page("frame", memory_pa(kva) - MEMORY_USER), len);
	return lines;
}

u64 hw_clean_inval_poc(void *kva, size_t len)
{
	return dc(kva, len, MACHINE_DC_CIVAC, "DC CIVAC");
}

u64 hw_clean_poc(void *kva, size_t len)
{
	return dc(kva, len, MACHINE_DC_CVAC, "DC CVAC");
}

u64 hw_clean_pou(void *kva, size_t len)
{
	return dc(kva, len, MACHINE_DC_CVAU, "DC CVAU");
}

void hw_icache_inval_all(void)
{
	explore_point("IC IALLUIS");
	machine_ic_iallu(pe(), true);
	trace_step("IC IALLUIS");
}

void hw_dsb_ish(void)
{
	explore_point("DSB");
	machine_dsb(pe());
	trace_step("DSB");
}

void hw_dsb_ishst(void)
{
}

void hw_isb(void)
{
}

void *hw_kva(u64 phys)
{
	if (phys < MEMORY_USER || phys >= MEMORY_USER + MEMORY_USER_SIZE)
		return NULL;
	return memory_kva(phys);
}

void *hw_kva_normal(u64 phys)
{
	void *kva = hw_kva(phys);

	if (!kva)
		shim_die("a leaf maps %#llx, which has no kernel address, as Normal", (unsigned long long)phys);
	return kva;
}

u64 *hw_table_alloc(unsigned int pages, gfp_t gfp)
{
	return shim_gfp_alloc(pages * PAGE_SIZE, pages * PAGE_SIZE, gfp | __GFP_ZERO);
}

void hw_table_free(u64 *table, unsigned int pages)
{
	unsigned int i;

	if (!table)
		return;
	explore_point("free a table");
	for (i = 0; i < pages; i++)
		machine_check_table_free(memory_pa(table) + i * PAGE_SIZE);
	shim_free(table);
}

u64 hw_table_phys(const u64 *table)
{
	return memory_pa(table);
}

u64 *hw_table_at(u64 phys)
{
	return memory_kva(phys);
}

/* Who holds the tree's lock for writing races with hardware only, and that does not write. */
u64 hw_pte_read(const u64 *ptep)
{
	u64 pte;

	if (!arena_is_live(ptep, sizeof(*ptep)))
		shim_check(ptep, sizeof(*ptep), "descriptor read");
	pte = *(const volatile u64 *)ptep;
	if (pte && !threads_hold_write()) {
		explore_point("read a descriptor");
		shim_check(ptep, sizeof(*ptep), "descriptor read");
		pte = *(const volatile u64 *)ptep;
	}
	return pte;
}

static void pte_trace(u64 val)
{
	if (!explore_recording())
		return;
	if (!(val & S2_PTE_VALID))
		trace_step("descriptor := %s", val ? "invalid, marked" : "0");
	else if (memory_is_kernel(val & S2_PTE_OA))
		trace_step("descriptor := a table");
	else
		trace_step("descriptor := %s, %s%s%s",
			   trace_page("frame", (val & S2_PTE_OA) - MEMORY_USER),
			   val & S2_PTE_R ? "r" : "-", val & S2_PTE_W ? "w" : "-",
			   val & S2_PTE_XN ? "-" : "x");
}

/* Filling a table that no walker can reach yet is no event. */
static void pte_store(u64 *ptep, u64 val, bool ordered)
{
	bool live = machine_table_is_live(memory_pa(ptep));
	bool taken = *ptep & S2_PTE_VALID && !(val & S2_PTE_VALID);

	/* a walker must not come to a table before its content */
	if (!ordered && val & S2_PTE_VALID && memory_is_kernel(val & S2_PTE_OA))
		machine_report("walk", "a table is linked by a store that is not ordered after its content");

	shim_check(ptep, sizeof(*ptep), "descriptor write");
	if (live && *ptep != val)
		explore_point("write a descriptor");
	*(volatile u64 *)ptep = val;
	if (live)
		machine_settle();
	if (live || taken)
		pte_trace(val);
}

void hw_pte_write(u64 *ptep, u64 val)
{
	pte_store(ptep, val, false);
}

void hw_pte_publish(u64 *ptep, u64 val)
{
	pte_store(ptep, val, true);
}

bool hw_pte_cmpxchg(u64 *ptep, u64 *old, u64 val)
{
	shim_check(ptep, sizeof(*ptep), "descriptor exchange");
	explore_point("exchange a descriptor");
	if (*(volatile u64 *)ptep != *old) {
		*old = *(volatile u64 *)ptep;
		return false;
	}
	*(volatile u64 *)ptep = val;
	machine_settle();
	pte_trace(val);
	return true;
}

void hw_tlbi_ipa(struct s2_tree *tree, u64 ipa, int level)
{
	u16 vmid;

	explore_point("TLBI");
	vmid = vmid_of(tree);
	if (!vmid)
		return;
	machine_tlbi(vmid, ipa, 1, level);
	trace_step("TLBI %s, VMID %u", trace_page("guest page", ipa - MEMORY_GUEST), vmid);
}

void hw_tlbi_range(struct s2_tree *tree, u64 ipa, u64 len)
{
	u16 vmid;

	explore_point("TLBI");
	vmid = vmid_of(tree);
	if (!vmid)
		return;
	machine_tlbi(vmid, ipa, len, TLB_ANY_LEVEL);
	trace_step("TLBI %s, %llu pages, VMID %u", trace_page("guest page", ipa - MEMORY_GUEST),
		   (unsigned long long)(len / PAGE_SIZE), vmid);
}

void hw_tlbi_vmid(struct s2_tree *tree)
{
	u16 vmid;

	explore_point("TLBI");
	vmid = vmid_of(tree);
	if (!vmid)
		return;
	machine_tlbi_vmid(-1, vmid);
	trace_step("TLBI all of VMID %u", vmid);
}

void hw_tlbi_local(struct s2_tree *tree)
{
	u16 vmid;

	explore_point("TLBI");
	vmid = vmid_of(tree);
	if (!vmid)
		return;
	machine_tlbi_vmid(pe(), vmid);
	trace_step("TLBI all of VMID %u, on this PE", vmid);
}

void hw_tlbi_all_vmids(void)
{
	explore_point("TLBI");
	machine_tlbi_all();
	trace_step("TLBI all");
}
