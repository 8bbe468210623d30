// SPDX-License-Identifier: GPL-2.0
/*
 * The set of states of one cache line. A state is a 64-bit word; every step maps
 * each word to one or several, and line_settle() closes the set under all that
 * hardware does unasked.
 */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A state: memory's value in bits 3:0; the coherent copy in 9:4; a copy per PE,
 * six bits each, from bit 10; per PE, three bits each from bit 34, maintenance
 * that has been issued and has not happened yet.
 */
#define COPY_ABSENT	0U
#define COPY_CLEAN	1U
#define COPY_DIRTY	2U

#define COPY_COHERENT	4U		/* bit position of the coherent copy */
#define COPY_LOCAL(pe)	(10U + 6U * (pe))
#define PENDING(pe)	(34U + 3U * (pe))

enum { PEND_NONE, PEND_CLEAN, PEND_CLEAN_INVAL, PEND_OWN_CLEAN, PEND_OWN_CLEAN_INVAL };

static unsigned int st_memory(uint64_t s)
{
	return s & 0xf;
}

static uint64_t st_set_memory(uint64_t s, unsigned int v)
{
	return (s & ~0xfULL) | v;
}

static unsigned int st_kind(uint64_t s, unsigned int copy)
{
	return s >> copy & 3;
}

static unsigned int st_value(uint64_t s, unsigned int copy)
{
	return s >> (copy + 2) & 0xf;
}

/* An absent copy has value 0, so that equal states are equal words. */
static uint64_t st_set_copy(uint64_t s, unsigned int copy, unsigned int kind,
			    unsigned int v)
{
	s &= ~(0x3fULL << copy);
	if (kind == COPY_ABSENT)
		return s;
	return s | (uint64_t)(kind | v << 2) << copy;
}

static unsigned int st_pending(uint64_t s, unsigned int pe)
{
	return s >> PENDING(pe) & 7;
}

static uint64_t st_set_pending(uint64_t s, unsigned int pe, unsigned int p)
{
	return (s & ~(7ULL << PENDING(pe))) | (uint64_t)p << PENDING(pe);
}

/*
 * A set under construction: a hash table that knows members and a list in order
 * of arrival, which is the work list of line_settle(). Scratch, not state.
 */
#define BUILD_HASH	(LINE_STATES * 4)

static struct {
	uint64_t list[LINE_STATES];
	unsigned int count;
	uint16_t slot[BUILD_HASH];
	uint16_t used[LINE_STATES];
	bool overflow;
} build;

static void build_start(void)
{
	unsigned int i;

	for (i = 0; i < build.count; i++)
		build.slot[build.used[i]] = 0;
	build.count = 0;
	build.overflow = false;
}

static void build_add(uint64_t s)
{
	unsigned int h = (s * 0x9e3779b97f4a7c15ULL >> 40) % BUILD_HASH;

	while (build.slot[h]) {
		if (build.list[build.slot[h] - 1] == s)
			return;
		h = (h + 1) % BUILD_HASH;
	}
	if (build.count == LINE_STATES) {
		build.overflow = true;
		return;
	}
	build.used[build.count] = h;
	build.list[build.count++] = s;
	build.slot[h] = build.count;
}

static void build_sort(void)
{
	unsigned int i, j;

	for (i = 1; i < build.count; i++) {
		uint64_t s = build.list[i];

		for (j = i; j && build.list[j - 1] > s; j--)
			build.list[j] = build.list[j - 1];
		build.list[j] = s;
	}
}

static void copy_write_back(uint64_t s, unsigned int copy)
{
	if (st_kind(s, copy) == COPY_DIRTY) {
		unsigned int v = st_value(s, copy);

		build_add(st_set_copy(st_set_memory(s, v), copy, COPY_CLEAN, v));
	}
}

/*
 * Maintenance of all copies in @mask (bit 0 the coherent one, bit 1 + pe the PE's
 * own). Dirty copies that differ reach memory in any order: the last one stays.
 */
static void copies_maintain(uint64_t s, unsigned int mask, bool inval)
{
	unsigned int i, dirty = 0;
	uint64_t base = s;

	for (i = 0; i <= MACHINE_PES; i++) {
		unsigned int copy = i ? COPY_LOCAL(i - 1) : COPY_COHERENT;

		if (!(mask & 1U << i))
			continue;
		if (st_kind(s, copy) == COPY_DIRTY)
			dirty |= 1U << i;
		if (inval)
			base = st_set_copy(base, copy, COPY_ABSENT, 0);
		else if (st_kind(s, copy) == COPY_DIRTY)
			base = st_set_copy(base, copy, COPY_CLEAN, st_value(s, copy));
	}
	if (!dirty)
		build_add(base);
	for (i = 0; i <= MACHINE_PES; i++)
		if (dirty & 1U << i)
			build_add(st_set_memory(base, st_value(s, i ? COPY_LOCAL(i - 1)
								    : COPY_COHERENT)));
}

static void pending_happens(uint64_t s, unsigned int pe)
{
	unsigned int p = st_pending(s, pe);
	bool inval = p == PEND_CLEAN_INVAL || p == PEND_OWN_CLEAN_INVAL;

	if (p == PEND_NONE)
		return;
	s = st_set_pending(s, pe, PEND_NONE);
	if (p == PEND_CLEAN || p == PEND_CLEAN_INVAL) {
		copies_maintain(s, ~0U, inval);
		return;
	}
	copies_maintain(s, 1U << (pe + 1), inval);
	copies_maintain(s, 1U << (pe + 1) | 1U, inval);
}

static void local_happens(const struct line *line, uint64_t s, unsigned int pe)
{
	unsigned int copy = COPY_LOCAL(pe);

	if (st_kind(s, copy) == COPY_DIRTY)
		copy_write_back(s, copy);
	else if (st_kind(s, copy) == COPY_CLEAN)
		build_add(st_set_copy(s, copy, COPY_ABSENT, 0));
	else if (line->local_fill & 1U << pe) {
		build_add(st_set_copy(s, copy, COPY_CLEAN, st_memory(s)));
		if (st_kind(s, COPY_COHERENT) != COPY_ABSENT)
			build_add(st_set_copy(s, copy, COPY_CLEAN,
					      st_value(s, COPY_COHERENT)));
	}
}

/* Everything one state may turn into by itself in one step. */
static void state_happens(const struct line *line, const struct line_config *cfg,
			  uint64_t s)
{
	unsigned int pe;

	switch (st_kind(s, COPY_COHERENT)) {
	case COPY_DIRTY:
		copy_write_back(s, COPY_COHERENT);
		break;
	case COPY_CLEAN:
		build_add(st_set_copy(s, COPY_COHERENT, COPY_ABSENT, 0));
		break;
	default:
		/* the host's linear map is cacheable and always there */
		if (cfg->speculate)
			build_add(st_set_copy(s, COPY_COHERENT, COPY_CLEAN, st_memory(s)));
	}
	for (pe = 0; pe < MACHINE_PES; pe++) {
		local_happens(line, s, pe);
		pending_happens(s, pe);
	}
}

/* Takes what has been built, closes it, and makes it the line's set. */
static void build_finish(struct line *line, const struct line_config *cfg)
{
	unsigned int i;

	for (i = 0; i < build.count; i++)
		state_happens(line, cfg, build.list[i]);
	build_sort();
	if (line->count > build.count)
		memset(line->set + build.count, 0,
		       (line->count - build.count) * sizeof(line->set[0]));
	memcpy(line->set, build.list, build.count * sizeof(line->set[0]));
	line->count = build.count;
	line->overflow |= build.overflow;
	/* the list is sorted now, its slots are not: forget them by what was used */
	build_start();
}

void line_settle(struct line *line, const struct line_config *cfg)
{
	unsigned int i;

	build_start();
	for (i = 0; i < line->count; i++)
		build_add(line->set[i]);
	build_finish(line, cfg);
}

void line_init(struct line *line, const struct line_config *cfg, uint64_t pa,
	       const char *name, bool foreign)
{
	unsigned int pe;

	memset(line, 0, sizeof(*line));
	line->pa = pa;
	snprintf(line->name, sizeof(line->name), "%s", name);
	line->versions = 1;
	line->version[0].writer = -1;
	line->version[0].foreign = foreign;
	for (pe = 0; pe < MACHINE_PES; pe++)
		line->fetched[pe] = 1;
	line->count = 1;
	line_settle(line, cfg);
}

struct line_access line_path_of(unsigned int pe, struct attr a)
{
	struct line_access acc = { .pe = pe, .path = LINE_DIRECT };

	if (attr_inner(a) == ATTR_CACHE_NC && attr_outer(a) == ATTR_CACHE_NC)
		return acc;
	acc.path = a.sh == ATTR_NSH ? LINE_LOCAL : LINE_COHERENT;
	acc.through = attr_inner(a) == ATTR_CACHE_WT || attr_outer(a) == ATTR_CACHE_WT;
	return acc;
}

static line_values copy_values(uint64_t s, unsigned int copy)
{
	return st_kind(s, copy) == COPY_ABSENT ? 0 : 1U << st_value(s, copy);
}

static line_values state_load(uint64_t s, struct line_access acc)
{
	line_values coherent = copy_values(s, COPY_COHERENT), v;
	unsigned int pe;

	if (acc.path == LINE_DIRECT)
		return 1U << st_memory(s);
	if (acc.path == LINE_LOCAL) {
		v = copy_values(s, COPY_LOCAL(acc.pe)) | coherent;
		return copy_values(s, COPY_LOCAL(acc.pe)) ? v : v | 1U << st_memory(s);
	}
	v = coherent ? coherent : 1U << st_memory(s);
	/* a Write-Through reader need not find what Write-Back left dirty (B2.16) */
	if (acc.through && st_kind(s, COPY_COHERENT) == COPY_DIRTY)
		v |= 1U << st_memory(s);
	/* somebody's Non-shareable copy may answer, or not */
	for (pe = 0; pe < MACHINE_PES; pe++)
		v |= copy_values(s, COPY_LOCAL(pe));
	return v;
}

line_values line_load(const struct line *line, struct line_access acc)
{
	line_values v = 0;
	unsigned int i;

	for (i = 0; i < line->count; i++)
		v |= state_load(line->set[i], acc);
	return v;
}

static void store_coherent(uint64_t s, struct line_access acc, unsigned int v)
{
	unsigned int own = COPY_LOCAL(acc.pe);

	if (!acc.through) {
		build_add(st_set_copy(s, COPY_COHERENT, COPY_DIRTY, v));
		if (st_kind(s, own) != COPY_ABSENT) {
			build_add(st_set_copy(s, own, COPY_DIRTY, v));
			build_add(st_set_copy(st_set_copy(s, own, COPY_DIRTY, v),
					      COPY_COHERENT, COPY_DIRTY, v));
		}
		return;
	}
	/* a dirty line that Write-Back left may stay behind a Write-Through store */
	if (st_kind(s, COPY_COHERENT) == COPY_DIRTY)
		build_add(st_set_memory(s, v));
	s = st_set_memory(s, v);
	build_add(st_set_copy(s, COPY_COHERENT, COPY_CLEAN, v));
}

static void store_local(uint64_t s, struct line_access acc, unsigned int v)
{
	unsigned int own = COPY_LOCAL(acc.pe);

	/* the PE's cache may have the line as a coherent one already, and hit there */
	if (st_kind(s, COPY_COHERENT) != COPY_ABSENT)
		build_add(st_set_copy(acc.through ? st_set_memory(s, v) : s, COPY_COHERENT,
				      acc.through ? COPY_CLEAN : COPY_DIRTY, v));
	if (acc.through)
		build_add(st_set_copy(st_set_memory(s, v), own, COPY_CLEAN, v));
	else
		build_add(st_set_copy(s, own, COPY_DIRTY, v));
}

static line_values line_all_values(const struct line *line)
{
	struct line_access cached = { .path = LINE_COHERENT };

	return line_load(line, cached) | line_memory(line);
}

int line_store(struct line *line, const struct line_config *cfg,
	       struct line_access acc, int writer)
{
	unsigned int i, v = line->versions;

	if (v == LINE_VERSIONS) {
		line->overflow = true;
		return -1;
	}
	line->versions++;
	line->version[v].writer = writer;
	line->version[v].foreign = false;
	line->latest = v;
	if (!cfg->idc) {
		line->pou_old |= line_all_values(line);
		/* a clean to the PoU still under way may have missed this store */
		line->pou_pending = 0;
	}
	build_start();
	for (i = 0; i < line->count; i++) {
		uint64_t s = line->set[i];

		if (acc.path == LINE_DIRECT)
			build_add(st_set_memory(s, v));
		else if (acc.path == LINE_COHERENT)
			store_coherent(s, acc, v);
		else
			store_local(s, acc, v);
	}
	build_finish(line, cfg);
	return v;
}

void line_disown(struct line *line)
{
	unsigned int v;

	for (v = 0; v < line->versions; v++)
		line->version[v].foreign = true;
}

void line_maintain(struct line *line, const struct line_config *cfg,
		   unsigned int pe, enum line_op op, enum line_reach reach)
{
	unsigned int i, p;

	if (reach == LINE_REACH_ALL)
		p = op == LINE_CLEAN ? PEND_CLEAN : PEND_CLEAN_INVAL;
	else
		p = op == LINE_CLEAN ? PEND_OWN_CLEAN : PEND_OWN_CLEAN_INVAL;
	if (reach == LINE_REACH_ALL)
		line_clean_pou(line, pe);
	build_start();
	for (i = 0; i < line->count; i++) {
		uint64_t s = line->set[i];

		/* invalidation includes the clean that is still to come */
		if (st_pending(s, pe) == PEND_CLEAN_INVAL)
			build_add(s);
		else
			build_add(st_set_pending(s, pe, p));
	}
	build_finish(line, cfg);
}

void line_clean_pou(struct line *line, unsigned int pe)
{
	line->pou_pending |= 1U << pe;
}

void line_set_way(struct line *line, const struct line_config *cfg,
		  unsigned int pe, enum line_op op)
{
	unsigned int i, own = 1U << (pe + 1);

	build_start();
	for (i = 0; i < line->count; i++) {
		copies_maintain(line->set[i], own, op == LINE_CLEAN_INVAL);
		copies_maintain(line->set[i], own | 1U, op == LINE_CLEAN_INVAL);
	}
	build_finish(line, cfg);
}

void line_dsb(struct line *line, const struct line_config *cfg, unsigned int pe)
{
	unsigned int i;

	build_start();
	for (i = 0; i < line->count; i++)
		if (st_pending(line->set[i], pe) == PEND_NONE)
			build_add(line->set[i]);
	build_finish(line, cfg);
	if (line->pou_pending & 1U << pe) {
		line->pou_pending &= ~(1U << pe);
		line->pou_old = 0;
	}
}

static line_values state_fetch(uint64_t s, bool cached)
{
	line_values v = copy_values(s, COPY_COHERENT);

	return cached && v ? v : 1U << st_memory(s);
}

line_values line_fetch(const struct line *line, const struct line_config *cfg,
		       unsigned int pe, bool cached)
{
	line_values v = cfg->dic ? 0 : line->fetched[pe];
	unsigned int i;

	for (i = 0; i < line->count; i++)
		v |= state_fetch(line->set[i], cached);
	if (cached && !cfg->idc)
		v |= line->pou_old;
	return v;
}

void line_prefetch(struct line *line, const struct line_config *cfg,
		   unsigned int pe, bool cached)
{
	if (!cfg->dic)
		line->fetched[pe] = line_fetch(line, cfg, pe, cached);
}

line_values line_memory(const struct line *line)
{
	line_values v = 0;
	unsigned int i;

	for (i = 0; i < line->count; i++)
		v |= 1U << st_memory(line->set[i]);
	return v;
}

static unsigned int put_values(char *buf, unsigned int len, unsigned int at,
			       const char *what, uint64_t clean, uint64_t dirty, bool absent)
{
	const char *comma = "";
	unsigned int v;

	at += snprintf(buf + at, len - at, "%s%s{", at ? " " : "", what);
	if (absent && at < len) {
		at += snprintf(buf + at, len - at, "-");
		comma = ",";
	}
	for (v = 0; v < LINE_VERSIONS && at < len; v++) {
		if (clean & 1U << v) {
			at += snprintf(buf + at, len - at, "%sv%u", comma, v);
			comma = ",";
		}
		if (dirty & 1U << v && at < len) {
			at += snprintf(buf + at, len - at, "%sv%u*", comma, v);
			comma = ",";
		}
	}
	if (at < len)
		at += snprintf(buf + at, len - at, "}");
	return at < len ? at : len - 1;
}

static unsigned int put_copy(const struct line *line, char *buf, unsigned int len,
			     unsigned int at, const char *what, unsigned int copy)
{
	unsigned int i, kinds[3] = { 0 };

	for (i = 0; i < line->count; i++)
		kinds[st_kind(line->set[i], copy)] |= 1U << st_value(line->set[i], copy);
	if (copy != COPY_COHERENT && !kinds[COPY_CLEAN] && !kinds[COPY_DIRTY])
		return at;
	return put_values(buf, len, at, what, kinds[COPY_CLEAN], kinds[COPY_DIRTY],
			  kinds[COPY_ABSENT]);
}

void line_describe(const struct line *line, char *buf, unsigned int len)
{
	unsigned int at, pe;
	char what[16];

	at = put_values(buf, len, 0, "mem", line_memory(line), 0, false);
	at = put_copy(line, buf, len, at, "cache", COPY_COHERENT);
	for (pe = 0; pe < MACHINE_PES; pe++) {
		snprintf(what, sizeof(what), "own%u", pe);
		at = put_copy(line, buf, len, at, what, COPY_LOCAL(pe));
	}
}

void line_describe_fetched(const struct line *line, uint8_t pes, char *buf, unsigned int len)
{
	unsigned int at = 0, pe;
	char what[16];

	buf[0] = 0;
	for (pe = 0; pe < MACHINE_PES; pe++) {
		if (!(pes & 1U << pe))
			continue;
		snprintf(what, sizeof(what), "%sicache%u", at ? "" : " ", pe);
		at = put_values(buf, len, at, what, line->fetched[pe], 0, !line->fetched[pe]);
	}
}

void line_names(const struct line *line, line_values v, char *buf, unsigned int len)
{
	unsigned int at = 0, i;

	buf[0] = 0;
	for (i = 0; i < LINE_VERSIONS && at < len; i++)
		if (v & 1U << i)
			at += snprintf(buf + at, len - at, "%sv%u%s", at ? ", " : "", i,
				       line->version[i].foreign ? " (another owner's)" : "");
}

const char *line_seen(const struct line *line, line_values v)
{
	static char buf[LINE_NAMES + 2] = ": ";

	if (!line)
		return "";
	line_names(line, v, buf + 2, LINE_NAMES);
	return buf;
}
