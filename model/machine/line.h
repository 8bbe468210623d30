/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One cache line of memory, as the set of all states the hardware may have it
 * in: evictions, write-backs and speculative fills are in the set, not in time.
 */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

#define MACHINE_PES	4	/* processing elements */
#define LINE_VERSIONS	16	/* values a line may take in one run */
#define LINE_STATES	1024	/* states a line may be in at once */
#define LINE_NAME	16
#define LINE_NAMES	160	/* of a text with all of a line's values */

/* A set of values: bit v stands for version v. */
typedef uint16_t line_values;

/**
 * enum line_path - how an access reaches memory
 * @LINE_COHERENT: through the coherent, inner-shareable data cache
 * @LINE_LOCAL: through a copy of the PE's own (Non-shareable)
 * @LINE_DIRECT: past the caches, to the point of coherency
 */
enum line_path {
	LINE_COHERENT,
	LINE_LOCAL,
	LINE_DIRECT,
};

/**
 * struct line_access - an access as a line sees it
 * @pe: who
 * @path: which way
 * @through: Write-Through rather than Write-Back; only for cacheable paths
 */
struct line_access {
	unsigned int pe;
	enum line_path path;
	bool through;
};

/**
 * enum line_op - cache maintenance
 * @LINE_CLEAN: to the point of coherency
 * @LINE_CLEAN_INVAL: the same, and gone from the caches
 */
enum line_op {
	LINE_CLEAN,
	LINE_CLEAN_INVAL,
};

/**
 * enum line_reach - whose caches maintenance by VA gets to
 * @LINE_REACH_ALL: all PEs of the inner-shareable domain
 * @LINE_REACH_OWN: the PE that executes it; of a line in the coherent cache
 *	nobody knows where it sits, so that one it may miss
 */
enum line_reach {
	LINE_REACH_ALL,
	LINE_REACH_OWN,
};

/**
 * struct line_config - what kind of caches the machine has
 * @speculate: lines get filled by any cacheable mapping, at any time
 * @idc: CTR_EL0.IDC: data caches need no cleaning for fetches to see them
 * @dic: CTR_EL0.DIC: instruction caches need no invalidation
 */
struct line_config {
	bool speculate;
	bool idc;
	bool dic;
};

/**
 * struct line_version - who wrote a value
 * @writer: number the caller gave (a thread)
 * @foreign: written by another owner of the page: nobody of this one may see it
 */
struct line_version {
	int16_t writer;
	bool foreign;
};

/**
 * struct line - all that may be so about one line
 * @pa: physical address
 * @name: for people
 * @count: how many states
 * @set: the states, sorted
 * @version: who wrote what; entry 0 is what was there before
 * @versions: how many
 * @latest: the youngest version
 * @pou_old: values older than the youngest that a fetch may find between the data
 *	cache and memory (only without IDC)
 * @fetched: per PE, what its instruction cache may hold
 * @local_fill: PEs that may fill a copy of their own now (bit a PE)
 * @pou_pending: PEs with a clean to the PoU not completed yet
 * @overflow: the set did not fit: nothing said about this line is proven
 */
struct line {
	uint64_t pa;
	char name[LINE_NAME];
	unsigned int count;
	uint64_t set[LINE_STATES];
	struct line_version version[LINE_VERSIONS];
	unsigned int versions;
	unsigned int latest;
	line_values pou_old;
	line_values fetched[MACHINE_PES];
	uint8_t local_fill;
	uint8_t pou_pending;
	bool overflow;
};

/**
 * line_init() - a line nobody has touched yet
 * @line: to initialise
 * @cfg: the caches
 * @pa: physical address
 * @name: for people
 * @foreign: its content belongs to another owner
 *
 * The line may be in the caches or not, clean or dirty: all is possible.
 * Instruction caches may hold its old content.
 */
void line_init(struct line *line, const struct line_config *cfg, uint64_t pa,
	       const char *name, bool foreign);

/**
 * line_path_of() - which way an access goes
 * @pe: who
 * @a: attributes of the access
 *
 * Return: the access.
 */
struct line_access line_path_of(unsigned int pe, struct attr a);

/**
 * line_load() - what a load may return
 * @line: the line
 * @acc: the access
 *
 * Return: the set of values.
 */
line_values line_load(const struct line *line, struct line_access acc);

/**
 * line_store() - a new value
 * @line: the line
 * @cfg: the caches
 * @acc: the access
 * @writer: whose it is, kept with the version
 *
 * Return: its version, or -1 when LINE_VERSIONS are used up.
 */
int line_store(struct line *line, const struct line_config *cfg,
	       struct line_access acc, int writer);

/**
 * line_disown() - everything the line holds now belongs to somebody else
 * @line: the line
 *
 * Marks all versions so far as foreign.
 */
void line_disown(struct line *line);

/**
 * line_maintain() - maintenance by VA; complete only after line_dsb()
 * @line: the line
 * @cfg: the caches
 * @pe: who executes it
 * @op: what
 * @reach: whose caches
 */
void line_maintain(struct line *line, const struct line_config *cfg,
		   unsigned int pe, enum line_op op, enum line_reach reach);

/**
 * line_clean_pou() - DC CVAU; complete only after line_dsb()
 * @line: the line
 * @pe: who executes it
 */
void line_clean_pou(struct line *line, unsigned int pe);

/**
 * line_set_way() - maintenance by set and way on one PE, completed
 * @line: the line
 * @cfg: the caches
 * @pe: whose caches
 * @op: what
 */
void line_set_way(struct line *line, const struct line_config *cfg,
		  unsigned int pe, enum line_op op);

/**
 * line_dsb() - maintenance that a PE has issued is complete
 * @line: the line
 * @cfg: the caches
 * @pe: who executes the barrier
 */
void line_dsb(struct line *line, const struct line_config *cfg, unsigned int pe);

/**
 * line_fetch() - what an instruction fetch may return
 * @line: the line
 * @cfg: the caches
 * @pe: who
 * @cached: it goes through the caches; else straight to memory. Either way it may
 *	hit what the PE's instruction cache holds.
 *
 * Return: the set of values.
 */
line_values line_fetch(const struct line *line, const struct line_config *cfg,
		       unsigned int pe, bool cached);

/**
 * line_prefetch() - the PE's instruction cache may load the line now
 * @line: the line
 * @cfg: the caches
 * @pe: who
 * @cached: as line_fetch()
 */
void line_prefetch(struct line *line, const struct line_config *cfg,
		   unsigned int pe, bool cached);

/**
 * line_settle() - after @local_fill has changed: what may happen by itself now
 * @line: the line
 * @cfg: the caches
 */
void line_settle(struct line *line, const struct line_config *cfg);

/**
 * line_memory() - values memory (the PoC) may have
 * @line: the line
 *
 * Return: the set.
 */
line_values line_memory(const struct line *line);

/**
 * line_describe_fetched() - what instruction caches may hold, for people
 * @line: the line
 * @pes: of which PEs (bit a PE)
 * @buf: where to
 * @len: its size
 *
 * Writes such as " icache0{1,2}", or nothing.
 */
void line_describe_fetched(const struct line *line, uint8_t pes, char *buf, unsigned int len);

/**
 * line_describe() - the line for people
 * @line: the line
 * @buf: where to
 * @len: its size
 *
 * Writes such as "mem{1,2} cache{-,2*}": "-" absent, "*" dirty.
 */
void line_describe(const struct line *line, char *buf, unsigned int len);

/**
 * line_names() - values, for people: "v1, v2"
 * @line: whose
 * @v: which
 * @buf: where to; LINE_NAMES bytes are enough
 * @len: its size
 */
void line_names(const struct line *line, line_values v, char *buf, unsigned int len);

/**
 * line_seen() - the end of a step's text: what an access saw or left
 * @line: which, or NULL where nothing is watched
 * @v: the values
 *
 * Return: ": v1, v2", or ""; until the next call.
 */
const char *line_seen(const struct line *line, line_values v);

#endif
