// SPDX-License-Identifier: GPL-2.0
/*
 * Processing elements and what they do to lines, TLBs and instruction caches.
 */
#include "machine.h"

#include <stddef.h>
#include <string.h>

#include "amd.h"
#include "memory.h"

struct machine machine __attribute__((section("model_state")));

static const struct attr host_attr = { ATTR_WB, ATTR_ISH };

static uint64_t line_base(uint64_t pa)
{
	return pa & ~(uint64_t)(MACHINE_LINE_BYTES - 1);
}

void machine_reset(const struct machine_config *cfg)
{
	memset(&machine, 0, sizeof(machine));
	machine.cfg = *cfg;
	amd_reset();
}

struct line *machine_watch(uint64_t pa, const char *name, bool foreign)
{
	struct line *line = machine_line(pa);

	if (line)
		return line;
	if (machine.lines == MACHINE_LINES) {
		machine_report("bounds", "more than %d lines are watched", MACHINE_LINES);
		return NULL;
	}
	line = &machine.line[machine.lines++];
	line_init(line, &machine.cfg.caches, line_base(pa), name, foreign);
	return line;
}

struct line *machine_line(uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		if (machine.line[i].pa == line_base(pa))
			return &machine.line[i];
	return NULL;
}

bool machine_watches_page(uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		if (machine.line[i].pa >> 12 == pa >> 12)
			return true;
	return false;
}

static bool attr_is_cached(struct attr a)
{
	return attr_inner(a) != ATTR_CACHE_NC || attr_outer(a) != ATTR_CACHE_NC;
}

struct attr machine_attr(unsigned int pe, const struct tlb_entry *e,
			 enum machine_access access, struct attr desc)
{
	struct attr_regime r = machine.pe[pe].regime;

	r.dc = e->dc;
	return attr_resolve(&r, access == MACHINE_FETCH ? ATTR_FETCH : ATTR_DATA, desc,
			    e->memattr, e->sh);
}

/* What one stage-1 attribute over one translation lets a PE do unasked. */
static void speculate_attr(unsigned int pe, struct line *line, const struct tlb_entry *e,
			   struct attr desc)
{
	struct attr a = machine_attr(pe, e, MACHINE_READ, desc);

	if (machine.cfg.caches.speculate && line_path_of(pe, a).path == LINE_LOCAL)
		line->local_fill |= 1U << pe;
	if (e->perms & TLB_X && machine.cfg.caches.speculate) {
		a = machine_attr(pe, e, MACHINE_FETCH, desc);
		line_prefetch(line, &machine.cfg.caches, pe, attr_is_cached(a));
	}
}

static void speculate_line(unsigned int pe, struct line *line)
{
	const struct machine_pe *p = &machine.pe[pe];
	unsigned int i, j;

	for (i = 0; i < p->tlb.count; i++) {
		const struct tlb_entry *e = &p->tlb.entry[i];
		uint64_t ipa = e->ipa + (line->pa - e->pa);

		if (e->table || e->vmid != tlb_vmid(p->root.vttbr) ||
		    line->pa < e->pa || line->pa >= e->pa + (1ULL << e->shift))
			continue;
		speculate_attr(pe, line, e, p->memory);
		for (j = 0; p->regime.m && j < p->aliases; j++)
			if (p->alias[j].ipa >> 12 == ipa >> 12)
				speculate_attr(pe, line, e, p->alias[j].attr);
	}
}

static void settle_line(struct line *line)
{
	uint8_t before = line->local_fill;
	unsigned int pe;

	line->local_fill = 0;
	for (pe = 0; pe < MACHINE_PES; pe++)
		if (machine.pe[pe].in_guest)
			speculate_line(pe, line);
	if (line->local_fill & ~before)
		line_settle(line, &machine.cfg.caches);
}

static void s1_insert(struct machine_pe *p, uint16_t vmid, uint8_t va, uint64_t ipa)
{
	unsigned int i;

	for (i = 0; i < p->s1s; i++)
		if (p->s1[i].vmid == vmid && p->s1[i].va == va && p->s1[i].ipa == ipa)
			return;
	if (p->s1s == MACHINE_S1_TLB) {
		machine_report("bounds", "more than %d stage-1 entries", MACHINE_S1_TLB);
		return;
	}
	p->s1[p->s1s++] = (struct machine_s1){ .vmid = vmid, .va = va, .ipa = ipa };
}

/* A guest with its MMU on: its walker may read all of its table at any time. */
static void s1_fill(struct machine_pe *p)
{
	unsigned int va;

	for (va = 0; p->stage1 && p->regime.m && va < MACHINE_STAGE1; va++)
		if (p->stage1[va])
			s1_insert(p, tlb_vmid(p->root.vttbr), va, p->stage1[va]);
}

/* TLBI VMALLE1 in one of its forms is part of every stage-2 invalidation. */
static void s1_forget(struct machine_pe *p, int vmid)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->s1s; i++)
		if (vmid >= 0 && p->s1[i].vmid != vmid)
			p->s1[n++] = p->s1[i];
	memset(&p->s1[n], 0, (p->s1s - n) * sizeof(p->s1[0]));
	p->s1s = n;
}

uint64_t machine_stage1(unsigned int pe, unsigned int va)
{
	struct machine_pe *p = &machine.pe[pe];
	uint64_t found[MACHINE_S1_TLB];
	unsigned int i, n = 0;

	for (i = 0; i < p->s1s; i++)
		if (p->s1[i].vmid == tlb_vmid(p->root.vttbr) && p->s1[i].va == va)
			found[n++] = p->s1[i].ipa;
	if (!n)
		return 0;
	return found[n > 1 ? machine_choose(n, "which stage-1 translation the TLB uses") : 0];
}

void machine_guest_tlbi(unsigned int pe)
{
	int vmid = tlb_vmid(machine.pe[pe].root.vttbr);
	unsigned int i;

	for (i = 0; i < MACHINE_PES; i++)
		s1_forget(&machine.pe[i], vmid);
	machine_settle();
}

void machine_settle(void)
{
	unsigned int i;

	for (i = 0; i < MACHINE_PES; i++) {
		if (machine.pe[i].in_guest) {
			machine.pe[i].root.dc = machine.pe[i].regime.dc;
			tlb_fill(&machine.pe[i].tlb, machine.pe[i].root);
			s1_fill(&machine.pe[i]);
		}
	}
	for (i = 0; i < machine.lines; i++)
		settle_line(&machine.line[i]);
}

void machine_enter(unsigned int pe, struct tlb_root root)
{
	machine.pe[pe].root = root;
	machine.pe[pe].root.dc = machine.pe[pe].regime.dc;
	machine.pe[pe].in_guest = true;
	machine_settle();
}

void machine_exit(unsigned int pe)
{
	machine_settle();
	machine.pe[pe].in_guest = false;
	machine_settle();
}

void machine_set_stage1(unsigned int pe, const struct attr_regime *regime,
			struct attr memory)
{
	machine.pe[pe].regime = *regime;
	machine.pe[pe].memory = memory;
	machine_settle();
}

void machine_alias(unsigned int pe, uint64_t ipa, struct attr attr)
{
	struct machine_pe *p = &machine.pe[pe];

	if (p->aliases == MACHINE_ALIASES) {
		machine_report("bounds", "more than %d aliases", MACHINE_ALIASES);
		return;
	}
	p->alias[p->aliases++] = (struct machine_alias){ ipa, attr };
	machine_settle();
}

static uint8_t access_perm(enum machine_access access)
{
	switch (access) {
	case MACHINE_WRITE:
		return TLB_W;
	case MACHINE_FETCH:
		return TLB_X;
	default:
		return TLB_R;
	}
}

static int fault_kind(const struct machine_pe *p, uint64_t ipa)
{
	return tlb_walk_is_old(p->root, ipa) ? MACHINE_NO_ACCESS : MACHINE_NO_LEAF;
}

int machine_translate(unsigned int pe, uint64_t ipa, enum machine_access access,
		      struct tlb_entry *out)
{
	const struct machine_pe *p = &machine.pe[pe];
	const struct tlb_entry *found[8], *option[9];
	uint8_t perm = access_perm(access);
	unsigned int i, nr, options = 0;
	struct tlb_entry walked;
	bool walk_ok = tlb_walk(p->root, ipa, &walked), faults = !walk_ok;

	nr = tlb_find(&p->tlb, tlb_vmid(p->root.vttbr), ipa, found, 8);
	for (i = 0; i < nr; i++) {
		if (found[i]->perms & perm)
			option[options++] = found[i];
		else
			faults = true;
	}
	/* a cached entry with less permission, or a new walk: either says what it finds */
	if (!options && nr && !walk_ok && !machine_choose(2, "whether the TLB keeps the entry"))
		return fault_kind(p, ipa);
	if (!options)
		return walk_ok || nr ? perm : fault_kind(p, ipa);
	if (faults)
		option[options++] = NULL;
	i = options > 1 ? machine_choose(options, "which translation the TLB uses") : 0;
	if (!option[i])
		return walk_ok ? perm : fault_kind(p, ipa);
	*out = *option[i];
	return 0;
}

line_values machine_guest_load(unsigned int pe, uint64_t pa, struct attr a)
{
	struct line *line = machine_line(pa);

	return line ? line_load(line, line_path_of(pe, a)) : 0;
}

void machine_guest_store(unsigned int pe, uint64_t pa, struct attr a, int writer)
{
	struct line *line = machine_line(pa);

	if (!line)
		return;
	line_store(line, &machine.cfg.caches, line_path_of(pe, a), writer);
	settle_line(line);
}

bool machine_guest_zva(unsigned int pe, uint64_t pa, struct attr a, int writer)
{
	if (attr_is_device(a))
		return false;
	machine_guest_store(pe, pa, a, writer);
	return true;
}

line_values machine_guest_fetch(unsigned int pe, uint64_t pa, struct attr a)
{
	struct line *line = machine_line(pa);

	machine.executes |= 1U << pe;
	return line ? line_fetch(line, &machine.cfg.caches, pe, attr_is_cached(a)) : 0;
}

static void line_dc(struct line *line, unsigned int pe, enum machine_dc op,
		    enum line_reach reach)
{
	if (op == MACHINE_DC_CVAU)
		line_clean_pou(line, pe);
	else
		line_maintain(line, &machine.cfg.caches, pe,
			      op == MACHINE_DC_CVAC ? LINE_CLEAN : LINE_CLEAN_INVAL, reach);
}

void machine_guest_dc(unsigned int pe, uint64_t pa, struct attr a, enum machine_dc op)
{
	struct line *line = machine_line(pa);
	bool own = attr_is_cached(a) && a.sh == ATTR_NSH;

	if (line)
		line_dc(line, pe, op, own ? LINE_REACH_OWN : LINE_REACH_ALL);
}

void machine_guest_set_way(unsigned int pe, bool inval)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		line_set_way(&machine.line[i], &machine.cfg.caches, pe,
			     inval ? LINE_CLEAN_INVAL : LINE_CLEAN);
}

line_values machine_host_load(unsigned int pe, uint64_t pa)
{
	return machine_guest_load(pe, pa, host_attr);
}

void machine_host_store(unsigned int pe, uint64_t pa, int writer)
{
	machine_guest_store(pe, pa, host_attr, writer);
}

uint64_t machine_host_dc(unsigned int pe, uint64_t pa, uint64_t len, enum machine_dc op)
{
	uint64_t first = line_base(pa), end = pa + len;
	unsigned int i;

	if (!len || end < pa)
		return 0;
	for (i = 0; i < machine.lines; i++)
		if (machine.line[i].pa >= first && machine.line[i].pa < end)
			line_dc(&machine.line[i], pe, op, LINE_REACH_ALL);
	return (end - first + MACHINE_LINE_BYTES - 1) / MACHINE_LINE_BYTES;
}

static void icache_forget(unsigned int pe)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		machine.line[i].fetched[pe] = 0;
}

void machine_ic_iallu(unsigned int pe, bool all)
{
	if (all) {
		machine.pe[pe].icache_pending = true;
		return;
	}
	icache_forget(pe);
	machine_settle();
}

void machine_ic_ivau(uint64_t pa)
{
	struct line *line = machine_line(pa);

	if (!line)
		return;
	memset(line->fetched, 0, sizeof(line->fetched));
	settle_line(line);
}

void machine_dsb(unsigned int pe)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		line_dsb(&machine.line[i], &machine.cfg.caches, pe);
	if (machine.pe[pe].icache_pending) {
		machine.pe[pe].icache_pending = false;
		for (i = 0; i < MACHINE_PES; i++)
			icache_forget(i);
	}
	machine_settle();
}

void machine_tlbi(uint16_t vmid, uint64_t ipa, uint64_t len, int level)
{
	unsigned int pe;

	for (pe = 0; pe < MACHINE_PES; pe++)
		tlb_forget(&machine.pe[pe].tlb, vmid, ipa, len, level);
	for (pe = 0; pe < MACHINE_PES; pe++)
		s1_forget(&machine.pe[pe], vmid);
	machine_settle();
}

void machine_tlbi_vmid(int pe, uint16_t vmid)
{
	int i;

	for (i = 0; i < MACHINE_PES; i++) {
		if (pe < 0 || pe == i) {
			tlb_forget_vmid(&machine.pe[i].tlb, vmid);
			s1_forget(&machine.pe[i], vmid);
		}
	}
	machine_settle();
}

void machine_tlbi_all(void)
{
	unsigned int pe;

	for (pe = 0; pe < MACHINE_PES; pe++)
		tlb_forget_all(&machine.pe[pe].tlb);
	for (pe = 0; pe < MACHINE_PES; pe++)
		s1_forget(&machine.pe[pe], -1);
	machine_settle();
}

void machine_check_unreachable(uint64_t pa, uint64_t len, uint8_t perms, const char *why)
{
	unsigned int pe;

	for (pe = 0; pe < MACHINE_PES; pe++) {
		const struct tlb_entry *e = tlb_reaches(&machine.pe[pe].tlb, pa, len, perms);

		if (e)
			machine_report("stale translation",
				       "%s: PE %u may still translate IPA %#llx (VMID %u) to %#llx",
				       why, pe, (unsigned long long)e->ipa, e->vmid,
				       (unsigned long long)pa);
	}
	amd_check_unreachable(pa, len, perms, why);
}

static bool pe_reads_table(const struct machine_pe *p, uint64_t pa)
{
	uint64_t root = p->root.vttbr & 0xfffffffff000ULL;

	if (tlb_holds_table(&p->tlb, pa & ~0xfffULL))
		return true;
	return p->in_guest && pa >= root && pa < root + 8ULL * tlb_root_entries(p->root);
}

bool machine_table_is_live(uint64_t pa)
{
	unsigned int pe;

	for (pe = 0; pe < MACHINE_PES; pe++)
		if (pe_reads_table(&machine.pe[pe], pa))
			return true;
	return false;
}

void machine_check_table_free(uint64_t pa)
{
	unsigned int pe;

	for (pe = 0; pe < MACHINE_PES; pe++)
		if (pe_reads_table(&machine.pe[pe], pa))
			machine_report("walk",
				       "a table at %#llx is freed while the walker of PE %u may read it",
				       (unsigned long long)pa, pe);
}
