// SPDX-License-Identifier: GPL-2.0
/*
 * Address space and memory manager. What Linux does under its own locks is one step
 * here; where it lets others in, they are let in.
 */
#include "host_mm.h"

#include <stdio.h>
#include <string.h>

#include "../explore/explore.h"
#include "../explore/trace.h"
#include "../machine/machine.h"
#include "../machine/memory.h"
#include "host_private.h"

#define PAGE		4096UL
#define FRAMES		(MEMORY_USER_SIZE / PAGE)
#define HUGE_FRAME	(HOST_HUGE * 8)	/* huge pages come from the middle of memory */

struct host_state host_state __attribute__((section("model_state")));

#define mm	host_state.mm
#define frames	host_state.frame

void host_mm_reset(void)
{
	memset(&host_state, 0, sizeof(host_state));
	host_state.next_huge = HUGE_FRAME;
}

struct mm_struct *host_mm_current(void)
{
	return &mm;
}

bool host_is_user(uintptr_t addr)
{
	return addr >= HOST_HVA && addr < HOST_HVA + HOST_PAGES * PAGE;
}

struct host_pte *host_pte(unsigned long hva)
{
	return host_is_user(hva) ? &mm.pte[(hva - HOST_HVA) / PAGE] : NULL;
}

uint64_t host_frame_pa(unsigned int f)
{
	return MEMORY_USER + f * PAGE;
}

static unsigned int pe(void)
{
	return explore_current()->pe;
}

static int writer(void)
{
	return explore_current()->id;
}

/* Watch the lines of an address's page in the frame it has got. */
static void watch_frame(unsigned long hva, unsigned int f, bool foreign)
{
	unsigned int i;

	for (i = 0; i < host_state.watches; i++) {
		const struct host_watch *w = &host_state.watch[i];
		uint64_t pa = host_frame_pa(f) + (w->hva & (PAGE - 1));
		struct line *line;

		if ((w->hva ^ hva) & ~(PAGE - 1))
			continue;
		line = machine_line(pa);
		if (line && foreign)
			line_disown(line);
		if (!line)
			machine_watch(pa, w->name, foreign && !w->own);
	}
}

void host_watch(unsigned long hva, const char *name)
{
	if (host_state.watches == HOST_WATCHES)
		explore_unfinished("more than %d addresses are watched", HOST_WATCHES);
	host_state.watch[host_state.watches].hva = hva;
	host_state.watch[host_state.watches++].name = name;
}

void host_watch_own(unsigned long hva, const char *name)
{
	host_watch(hva, name);
	host_state.watch[host_state.watches - 1].own = true;
}

/* Do something with each watched line of a frame. */
void host_each_line(unsigned int f, void (*fn)(struct line *line, void *arg), void *arg)
{
	unsigned int i;

	for (i = 0; i < machine.lines; i++)
		if (machine.line[i].pa / PAGE == host_frame_pa(f) / PAGE)
			fn(&machine.line[i], arg);
}

/* For people: the name of what is watched there. */
static const char *host_where(unsigned long hva)
{
	unsigned int i;

	for (i = 0; i < host_state.watches; i++)
		if (!((host_state.watch[i].hva ^ hva) & ~(PAGE - 1)))
			return host_state.watch[i].name;
	return trace_page("VMM page", hva - HOST_HVA);
}

/* For people: the youngest value of the line there, if one is watched. */
static const char *host_latest(uint64_t pa)
{
	const struct line *line = explore_recording() ? machine_line(pa) : NULL;

	return line_seen(line, line ? 1U << line->latest : 0);
}

static void line_zero(struct line *line, void *arg)
{
	(void)arg;
	machine_host_store(pe(), line->pa, writer());
}

/* A frame for an address: somebody else's before, zeroed through the caches. */
unsigned int host_frame_new(unsigned long hva, bool zero)
{
	unsigned int f = ++host_state.next_frame;

	if (f >= HUGE_FRAME)
		explore_unfinished("out of page frames");
	watch_frame(hva, f, true);
	memset(host_frame_bytes(f), zero ? 0 : 0xdd, HOST_BYTES);
	if (zero) {
		host_each_line(f, line_zero, NULL);
		trace_step("gets a zeroed page for %s%s", host_where(hva),
			   host_latest(host_frame_pa(f) + (hva & (PAGE - 1))));
	}
	return f;
}

/* The frame goes to somebody else, who writes his own into it, through the caches. */
void host_frame_free(unsigned int f)
{
	unsigned int i;

	frames[f].free = true;
	frames[f].taken = TLB_R | TLB_W;
	if (frames[f].refs)
		return;
	if (f < HUGE_FRAME)
		memset(host_frame_bytes(f), 0xdd, HOST_BYTES);
	for (i = 0; i < machine.lines; i++) {
		struct line *line = &machine.line[i];

		if (line->pa / PAGE != host_frame_pa(f) / PAGE)
			continue;
		machine_host_store(pe(), line->pa, -1);
		line_disown(line);
	}
}

void host_check_latest(const struct line *line, line_values v, const char *rule,
		       const char *who)
{
	char names[120];

	if (!rule || v == 1U << line->latest)
		return;
	line_names(line, v, names, sizeof(names));
	explore_violation(rule, "%s may read %s from \"%s\" where v%u was written last", who,
			  names, line->name, line->latest);
}

struct copy {
	unsigned int to;
	const char *rule;
};

static void line_copy(struct line *line, void *arg)
{
	struct copy *c = arg;
	line_values v = machine_host_load(pe(), line->pa);
	uint64_t to = host_frame_pa(c->to) + (line->pa & (PAGE - 1));

	trace_step("loads %s, to copy it%s", line->name,
		   line_seen(explore_recording() ? line : NULL, v));
	host_check_latest(line, v, c->rule, explore_current()->name);
	machine_host_store(pe(), to, writer());
}

/* The kernel copies a page it has taken back: it must find what the guest wrote last (C4). */
static void frame_copy(unsigned int from, unsigned int to)
{
	struct copy c = { to, "C4" };

	explore_point("copy a page");
	machine_check_unreachable(host_frame_pa(from), PAGE, TLB_W,
				  "a page is copied by the host");
	host_each_line(from, line_copy, &c);
	memcpy(host_frame_bytes(to), host_frame_bytes(from), HOST_BYTES);
	trace_step("has copied the page to another frame");
}

uint64_t host_pa(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);

	return pte && pte->present ? host_frame_pa(pte->frame) + (hva & (PAGE - 1)) : 0;
}

static bool pte_is_settled(const void *arg)
{
	const struct host_pte *pte = arg;

	return !pte->moving && !pte->missing;
}

static bool pte_is_open(const void *arg)
{
	return pte_is_settled(arg) && !((const struct host_pte *)arg)->wp;
}

/* Make an address readable, or writable: what a page fault of the VMM does. */
bool host_fault_in(unsigned long hva, bool write)
{
	struct host_pte *pte = host_pte(hva);

	if (!pte || pte->nothing || (write && pte->readonly))
		return false;
	while (!(write ? pte_is_open : pte_is_settled)(pte))
		explore_block(write ? pte_is_open : pte_is_settled, pte, "a page that moves, or the VMM at its userfaultfd");
	if (!pte->present) {
		unsigned int f = host_frame_new(hva, !pte->swapped);

		if (pte->swapped) {
			host_each_line(f, line_zero, NULL);
			trace_step("reads %s back from the swap", host_where(hva));
		}
		pte->swapped = false;
		pte->frame = f;
		pte->present = true;
		pte->writable = !pte->readonly;
	}
	if (write && !pte->writable && pte->shared) {
		unsigned int old = pte->frame, new = host_frame_new(hva, false);

		/* copy on write */
		pte->moving = true;
		host_notify_start(hva & ~(PAGE - 1), (hva & ~(PAGE - 1)) + PAGE);
		machine_check_unreachable(host_frame_pa(old), PAGE, TLB_W,
					  "a shared page is copied");
		host_each_line(old, line_copy, &(struct copy){ new, "C4" });
		memcpy(host_frame_bytes(new), host_frame_bytes(old), HOST_BYTES);
		trace_step("has copied %s to a frame of its own", host_where(hva));
		pte->frame = new;
		pte->shared = false;
		pte->writable = true;
		host_notify_end(hva & ~(PAGE - 1), (hva & ~(PAGE - 1)) + PAGE);
		pte->moving = false;
		if (!frames[old].maps--)
			host_frame_free(old);
	}
	return !write || pte->writable;
}

void host_write(unsigned long hva)
{
	explore_point("VMM write");
	while (!host_fault_in(hva, true)) {
		if (host_pte(hva)->nothing || host_pte(hva)->readonly)
			explore_violation("scenario", "the VMM writes where it may not");
	}
	machine_host_store(pe(), host_pa(hva), writer());
	trace_step("writes %s%s", host_where(hva), host_latest(host_pa(hva)));
}

void host_write_back(unsigned long hva)
{
	machine_host_dc(pe(), host_pa(hva), 1, MACHINE_DC_CVAC);
	machine_dsb(pe());
	trace_step("cleans %s to memory", host_where(hva));
}

line_values host_read(unsigned long hva, const char *rule)
{
	struct line *line;
	line_values v;

	explore_point("VMM read");
	if (!host_fault_in(hva, false))
		explore_violation("scenario", "the VMM reads where it may not");
	line = machine_line(host_pa(hva));
	v = machine_host_load(pe(), host_pa(hva));
	trace_step("reads %s%s", host_where(hva),
		   line_seen(explore_recording() ? line : NULL, v));
	if (line)
		host_check_latest(line, v, rule, explore_current()->name);
	return v;
}

void host_check_gone(unsigned int f, uint8_t perms, const char *why)
{
	host_take(f, perms, why);
	machine_check_unreachable(host_frame_pa(f), PAGE, perms, why);
}

void host_map_huge(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);
	unsigned int i, first = host_state.next_huge;

	host_state.next_huge += HOST_HUGE;
	if (!pte || host_state.next_huge > FRAMES || (hva - HOST_HVA) % (HOST_HUGE * PAGE))
		explore_unfinished("no huge page for %#lx", hva);
	for (i = 0; i < HOST_HUGE; i++) {
		pte[i] = (struct host_pte){
			.present = true, .writable = true, .huge = true, .frame = first + i,
		};
		watch_frame(hva + i * PAGE, first + i, true);
		host_each_line(first + i, line_zero, NULL);
	}
}

/* Take a page out of the address space unless somebody holds it. */
static bool isolate(unsigned long hva, struct host_pte *pte)
{
	unsigned int f = pte->frame;
	uint8_t taken = frames[f].taken;

	host_notify_start(hva, hva + PAGE);
	host_check_gone(f, TLB_R | TLB_W | TLB_X, "the host takes the page back");
	explore_point("isolate");
	pte->moving = true;
	pte->present = false;
	host_check_gone(f, TLB_R | TLB_W | TLB_X, "the host has taken the page back");
	host_notify_end(hva, hva + PAGE);
	explore_point("isolated");
	if (!frames[f].refs)
		return true;
	pte->present = true;
	pte->moving = false;
	frames[f].taken = taken;
	trace_step("leaves %s: somebody holds it", trace_page("VMM page", hva - HOST_HVA));
	return false;
}

bool host_migrate(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);
	unsigned int old, new;

	explore_point("migrate");
	if (!pte || !pte->present || pte->moving || pte->shared)
		return false;
	old = pte->frame;
	trace_step("migrates %s", host_where(hva));
	if (!isolate(hva, pte))
		return false;
	new = host_frame_new(hva, false);
	frame_copy(old, new);
	pte->frame = new;
	pte->present = true;
	pte->moving = false;
	host_frame_free(old);
	return true;
}

bool host_swap_out(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);
	unsigned int old;

	explore_point("swap out");
	if (!pte || !pte->present || pte->moving || pte->shared)
		return false;
	old = pte->frame;
	trace_step("swaps out %s", host_where(hva));
	if (!isolate(hva, pte))
		return false;
	explore_point("write to swap");
	host_each_line(old, host_line_check, (void *)"C4");
	pte->swapped = true;
	pte->moving = false;
	host_frame_free(old);
	return true;
}

void host_line_check(struct line *line, void *rule)
{
	host_check_latest(line, machine_host_load(pe(), line->pa), rule,
			  explore_current()->name);
}

static void merge_protect(unsigned long hva, struct host_pte *pte)
{
	host_notify_start(hva, hva + PAGE);
	host_check_gone(pte->frame, TLB_W, "the host write-protects the page");
	explore_point("write-protect");
	pte->writable = false;
	pte->shared = true;
	host_check_gone(pte->frame, TLB_W, "the host has write-protected the page");
	host_notify_end(hva, hva + PAGE);
}

void host_merge(unsigned long a, unsigned long b)
{
	struct host_pte *pa = host_pte(a), *pb = host_pte(b);
	unsigned int old;

	explore_point("merge");
	if (!pa->present || !pb->present || pa->moving || pb->moving || pa->shared || pb->shared)
		return;
	if (frames[pa->frame].refs || frames[pb->frame].refs)
		return;
	trace_step("merges %s and %s", trace_page("VMM page", a - HOST_HVA),
		   trace_page("VMM page", b - HOST_HVA));
	pa->moving = true;
	pb->moving = true;
	merge_protect(a, pa);
	merge_protect(b, pb);
	/* compares both: it must see what the guest wrote */
	host_each_line(pa->frame, host_line_check, (void *)"C4");
	host_each_line(pb->frame, host_line_check, (void *)"C4");
	host_notify_start(b, b + PAGE);
	old = pb->frame;
	host_check_gone(old, TLB_R | TLB_W | TLB_X, "the host takes the page back");
	pb->frame = pa->frame;
	frames[pa->frame].maps++;
	host_frame_free(old);
	host_notify_end(b, b + PAGE);
	pa->moving = false;
	pb->moving = false;
}

bool host_age(unsigned long hva, unsigned long len, bool flush)
{
	bool young = host_notify_age(hva, hva + len, flush);

	trace_step("ages %s%s: %s", host_where(hva), flush ? ", with a flush" : "",
		   young ? "young" : "old");
	return young;
}

void host_unmap(unsigned long hva, unsigned long len)
{
	unsigned long at;

	explore_point("munmap");
	trace_step("munmap %s, %lu pages", trace_page("VMM page", hva - HOST_HVA), len / PAGE);
	host_notify_start(hva, hva + len);
	for (at = hva; at < hva + len; at += PAGE) {
		struct host_pte *pte = host_pte(at);

		if (!pte->present)
			continue;
		host_check_gone(pte->frame, TLB_R | TLB_W | TLB_X, "munmap");
		pte->present = false;
		pte->nothing = true;
		pte->dying = true;
	}
	explore_point("munmap frees");
	for (at = hva; at < hva + len; at += PAGE) {
		struct host_pte *pte = host_pte(at);

		if (!pte->dying)
			continue;
		pte->dying = false;
		host_check_gone(pte->frame, TLB_R | TLB_W | TLB_X, "munmap has freed the page");
		host_each_line(pte->frame, host_line_check, (void *)"C4");
		host_frame_free(pte->frame);
	}
	host_notify_end(hva, hva + len);
}

void host_protect(unsigned long hva, unsigned long len)
{
	unsigned long at;

	explore_point("mprotect");
	trace_step("mprotect %s read-only", trace_page("VMM page", hva - HOST_HVA));
	host_notify_start(hva, hva + len);
	for (at = hva; at < hva + len; at += PAGE) {
		struct host_pte *pte = host_pte(at);

		if (pte->present)
			host_check_gone(pte->frame, TLB_W, "mprotect");
		pte->writable = false;
		pte->readonly = true;
	}
	host_notify_end(hva, hva + len);
}

void host_split_huge(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);
	unsigned int i;

	explore_point("split");
	trace_step("splits the huge page at %s", trace_page("VMM page", hva - HOST_HVA));
	host_notify_start(hva, hva + HOST_HUGE * PAGE);
	machine_check_unreachable(host_frame_pa(pte->frame), HOST_HUGE * PAGE,
				  TLB_R | TLB_W | TLB_X, "the host splits a huge page");
	for (i = 0; i < HOST_HUGE; i++)
		pte[i].huge = false;
	host_notify_end(hva, hva + HOST_HUGE * PAGE);
}

/* All of the range must be there, small, and nobody's but ours. */
static bool may_collapse(const struct host_pte *pte)
{
	unsigned int i;

	for (i = 0; i < HOST_HUGE; i++)
		if (!pte[i].present || pte[i].huge || pte[i].moving || pte[i].shared ||
		    frames[pte[i].frame].refs)
			return false;
	return true;
}

bool host_collapse(unsigned long hva)
{
	struct host_pte *pte = host_pte(hva);
	unsigned int i, first = host_state.next_huge;

	explore_point("collapse");
	if (!may_collapse(pte))
		return false;
	trace_step("collapses 512 pages at %s", host_where(hva));
	host_notify_start(hva, hva + HOST_HUGE * PAGE);
	for (i = 0; i < HOST_HUGE; i++) {
		host_check_gone(pte[i].frame, TLB_R | TLB_W | TLB_X, "the host collapses pages");
		pte[i].moving = true;
	}
	explore_point("collapse copies");
	for (i = 0; i < HOST_HUGE; i++)
		host_check_gone(pte[i].frame, TLB_R | TLB_W | TLB_X, "the host has taken the pages");
	for (i = 0; i < HOST_HUGE; i++)
		if (frames[pte[i].frame].refs)
			break;
	if (i < HOST_HUGE) {
		for (i = 0; i < HOST_HUGE; i++) {
			pte[i].moving = false;
			frames[pte[i].frame].taken = 0;
		}
		host_notify_end(hva, hva + HOST_HUGE * PAGE);
		return false;
	}
	host_state.next_huge += HOST_HUGE;
	for (i = 0; i < HOST_HUGE; i++) {
		unsigned int old = pte[i].frame;

		host_check_gone(old, TLB_R | TLB_W | TLB_X, "the host copies collapsed pages");
		pte[i].moving = false;
		watch_frame(hva + i * PAGE, first + i, true);
		host_each_line(old, line_copy, &(struct copy){ first + i, "C4" });
		pte[i].frame = first + i;
		pte[i].huge = true;
		host_frame_free(old);
	}
	host_notify_end(hva, hva + HOST_HUGE * PAGE);
	return true;
}

/* The 512 pages of a huge one, small, in frames of their own. */
void host_map_small(unsigned long hva)
{
	unsigned int i;

	for (i = 0; i < HOST_HUGE; i++)
		host_fault_in(hva + i * PAGE, true);
}
