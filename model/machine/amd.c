// SPDX-License-Identifier: GPL-2.0
/*
 * TLBs and the walker of AMD-V's nested paging. The walker shares no line with the
 * hypervisor's: it reads entries as the APM defines them.
 *
 * What a TLB may hold is gathered lazily: all that the tables allow, right before each store
 * to one of them and each look at the TLB. Between these tables do not change.
 */
#include "amd.h"

#include <string.h>

#include "machine.h"
#include "memory.h"

#define LEVELS		4
#define ENTRIES		512U
#define TABLES		24	/* that walks of one PE may read */

#define PTE_P		(1ULL << 0)
#define PTE_W		(1ULL << 1)
#define PTE_A		(1ULL << 5)
#define PTE_D		(1ULL << 6)
#define PTE_PS		(1ULL << 7)
#define PTE_ADDR	0x000ffffffffff000ULL

struct amd_pe {
	bool in_guest;
	uint32_t asid;
	uint64_t ncr3;
	unsigned int count;
	struct amd_entry entry[AMD_ENTRIES];
	uint64_t table[TABLES];	/* read by walks of now */
	unsigned int tables;
};

static struct {
	struct amd_pe pe[MACHINE_PES];
	bool stale;	/* since what may be held was gathered, a table was stored to, or a guest entered */
} amd __attribute__((section("model_state")));

void amd_reset(void)
{
	memset(&amd, 0, sizeof(amd));
}

static unsigned int level_shift(int level)
{
	return 12 + 9 * (level - 1);
}

static bool is_leaf(uint64_t pte, int level)
{
	return level == 1 || (level < LEVELS && (pte & PTE_PS));
}

static uint64_t *entry_at(uint64_t table, unsigned int index)
{
	if (!memory_is_kernel(table))
		machine_report("walk", "a walker reads a table at %#llx, where there is none",
			       (unsigned long long)table);
	return (uint64_t *)memory_kva(table) + index;
}

static void tlb_add(struct amd_pe *p, const struct amd_entry *e)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (!memcmp(&p->entry[i], e, sizeof(*e)))
			return;
	if (p->count == AMD_ENTRIES) {
		machine_report("bounds", "more than %u entries may be in a TLB", AMD_ENTRIES);
		return;
	}
	p->entry[p->count++] = *e;
}

static void tlb_drop(struct amd_pe *p, uint32_t asid, bool all)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->count; i++)
		if (!all && p->entry[i].asid != asid)
			p->entry[n++] = p->entry[i];
	memset(&p->entry[n], 0, (p->count - n) * sizeof(p->entry[0]));
	p->count = n;
}

static void table_note(struct amd_pe *p, uint64_t table)
{
	if (p->tables == TABLES)
		machine_report("bounds", "more than %u tables are walked", TABLES);
	else
		p->table[p->tables++] = table;
}

static void gather_table(struct amd_pe *p, uint64_t table, int level, uint64_t gpa)
{
	const uint64_t *word = entry_at(table, 0);
	unsigned int i;

	for (i = 0; i < p->tables; i++)
		if (p->table[i] == table)
			return;
	table_note(p, table);
	for (i = 0; i < ENTRIES; i++) {
		uint64_t pte = __atomic_load_n(&word[i], __ATOMIC_RELAXED);
		struct amd_entry e;

		if (!(pte & PTE_P))
			continue;
		memset(&e, 0, sizeof(e));
		e.asid = p->asid;
		e.shift = level_shift(level);
		e.table = !is_leaf(pte, level);
		e.gpa = gpa + ((uint64_t)i << e.shift);
		e.pa = pte & PTE_ADDR & (e.table ? ~0ULL : ~((1ULL << e.shift) - 1));
		e.write = !e.table && (pte & PTE_W);
		e.dirty = !e.table && (pte & PTE_D);
		tlb_add(p, &e);
		if (e.table)
			gather_table(p, e.pa, level - 1, e.gpa);
	}
}

/* From the top, and from each table that a walk may still go on in. */
static void gather(struct amd_pe *p)
{
	unsigned int i;

	p->tables = 0;
	if (!p->in_guest)
		return;
	gather_table(p, p->ncr3, LEVELS, 0);
	for (i = 0; i < p->count; i++) {
		const struct amd_entry *e = &p->entry[i];

		if (!e->table || e->asid != p->asid)
			continue;
		if (e->freed)
			machine_report("walk", "a walk may go on in a table that was freed");
		gather_table(p, e->pa, (e->shift - 12) / 9, e->gpa);
	}
}

static void gather_all(void)
{
	unsigned int i;

	if (!amd.stale)
		return;
	for (i = 0; i < MACHINE_PES; i++)
		gather(&amd.pe[i]);
	amd.stale = false;
}

void amd_vmrun(unsigned int pe, uint32_t asid, uint64_t ncr3, enum amd_flush flush)
{
	struct amd_pe *p = &amd.pe[pe];

	if (flush != AMD_FLUSH_NONE)
		tlb_drop(p, asid, flush == AMD_FLUSH_ALL);
	p->in_guest = true;
	p->asid = asid;
	p->ncr3 = ncr3;
	amd.stale = true;
	gather_all();
}

void amd_exit(unsigned int pe)
{
	gather_all();
	amd.pe[pe].in_guest = false;
	amd.pe[pe].tables = 0;
}

void amd_store(uint64_t pa)
{
	unsigned int i, k;

	/* a table that was linked since is known after this alone */
	if (amd.stale)
		gather_all();
	for (i = 0; i < MACHINE_PES; i++)
		for (k = 0; k < amd.pe[i].tables; k++)
			amd.stale |= amd.pe[i].table[k] == (pa & ~0xfffULL);
}

static void entry_set(uint64_t *pte, uint64_t bits)
{
	amd.stale |= (*pte & bits) != bits;
	*pte |= bits;
}

/* The leaf's entry that the tables lead to now, A set on the way; or NULL. */
static uint64_t *walk(struct amd_pe *p, uint64_t gpa, bool write, int *level)
{
	uint64_t table = p->ncr3, *pte, *way[LEVELS + 1];
	int i;

	for (*level = LEVELS; ; (*level)--) {
		pte = entry_at(table, gpa >> level_shift(*level) & (ENTRIES - 1));
		way[*level] = pte;
		if (!(*pte & PTE_P) || (write && !(*pte & PTE_W)))
			return NULL;
		if (is_leaf(*pte, *level))
			break;
		table = *pte & PTE_ADDR;
	}
	for (i = *level; i <= LEVELS; i++)
		entry_set(way[i], PTE_A);
	if (write)
		entry_set(pte, PTE_D);
	return pte;
}

static bool translate_walk(struct amd_pe *p, uint64_t gpa, bool write, uint64_t *pa)
{
	int level;
	uint64_t *pte = walk(p, gpa, write, &level), mask;

	if (!pte)
		return false;
	mask = (1ULL << level_shift(level)) - 1;
	*pa = (*pte & PTE_ADDR & ~mask) | (gpa & mask);
	return true;
}

bool amd_translate(unsigned int pe, uint64_t gpa, bool write, uint64_t *pa)
{
	struct amd_pe *p = &amd.pe[pe];
	uint64_t held[8], now = 0;
	unsigned int i, k, n = 0;
	bool mapped;

	gather_all();
	for (i = 0; i < p->count && n < 8; i++) {
		const struct amd_entry *e = &p->entry[i];
		uint64_t at = e->pa + (gpa - e->gpa);

		if (e->table || e->asid != p->asid || (write && !(e->write && e->dirty)) ||
		    gpa < e->gpa || gpa >= e->gpa + (1ULL << e->shift))
			continue;
		for (k = 0; k < n && held[k] != at; k++)
			;
		if (k == n)
			held[n++] = at;
	}
	mapped = translate_walk(p, gpa, write, &now);
	gather_all();
	if (!n || (n == 1 && mapped && held[0] == now)) {
		*pa = now;
		return mapped;
	}
	i = machine_choose(n + 1, "which translation the TLB uses");
	*pa = i < n ? held[i] : now;
	return i < n || mapped;
}

void amd_check_unreachable(uint64_t pa, uint64_t len, uint8_t perms, const char *why)
{
	unsigned int i, k;

	gather_all();
	for (i = 0; i < MACHINE_PES; i++) {
		const struct amd_pe *p = &amd.pe[i];

		/* what another identifier has is in nobody's way, unless that is used again unflushed */
		for (k = 0; p->in_guest && k < p->count; k++) {
			const struct amd_entry *e = &p->entry[k];

			if (e->table || e->asid != p->asid || !(perms & TLB_R || e->write) ||
			    e->pa >= pa + len || pa >= e->pa + (1ULL << e->shift))
				continue;
			machine_report("stale translation",
				       "%s: PE %u, in its guest, may still translate %#llx (ASID %u) to %#llx",
				       why, i, (unsigned long long)e->gpa, e->asid,
				       (unsigned long long)pa);
		}
	}
}

void amd_check_free(uint64_t pa)
{
	unsigned int i, k;

	for (i = 0; i < MACHINE_PES; i++) {
		struct amd_pe *p = &amd.pe[i];

		for (k = 0; p->in_guest && k < p->tables; k++)
			if (p->table[k] == (pa & ~0xfffULL))
				machine_report("walk", "a table is freed while a walk of PE %u may read it",
					       i);
		for (k = 0; k < p->count; k++)
			p->entry[k].freed |= p->entry[k].table && p->entry[k].pa == (pa & ~0xfffULL);
	}
}
