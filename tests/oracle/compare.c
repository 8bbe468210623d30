// SPDX-License-Identifier: GPL-2.0
/*
 * Compares machine/attributes.c with what a CPU answered to attributes.elf. The
 * CPU is an emulator's: where it is known not to do as the architecture says,
 * the deviation is listed here with its reason and counted.
 *
 * usage: compare FILE; prints TAP, exits 1 when anything differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../model/machine/attributes.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	struct attr_regime r;
	const char *name;
} configs[] = {
	{ { .m = 1, .c = 1, .vm = 1 }, "stage 1 x stage 2" },
	{ { .m = 1, .c = 1, .vm = 1, .cd = 1 }, "HCR_EL2.CD" },
	{ { .m = 1, .vm = 1 }, "SCTLR_EL1.C = 0" },
	{ { .vm = 1 }, "stage 1 off" },
	{ { .vm = 1, .dc = 1 }, "stage 1 off, HCR_EL2.DC" },
	{ { .m = 1, .c = 1 }, "stage 2 off" },
	{ { .m = 1, .c = 1, .vm = 1, .fwb = 1 }, "FWB: stage 1 x stage 2" },
	{ { .m = 1, .c = 1, .vm = 1, .fwb = 1, .cd = 1 }, "FWB: HCR_EL2.CD" },
	{ { .vm = 1, .fwb = 1 }, "FWB: stage 1 off" },
	{ { .vm = 1, .fwb = 1, .dc = 1 }, "FWB: stage 1 off, HCR_EL2.DC" },
};

struct row {
	unsigned int config;
	struct attr s1;
	uint8_t memattr, sh;
	struct attr said, ours;
};

static bool row_same_but_known(const struct row *row, struct attr ours);

static const struct attr_regime *row_regime(const struct row *row)
{
	return &configs[row->config].r;
}

static bool s1_transient_wb(uint8_t mair)
{
	return (mair & 0xf0) && ((mair >> 6 == 1 && mair >> 4 != 4) ||
				 ((mair & 0xc) == 4 && (mair & 0xf) != 4));
}

/*
 * QEMU knows no SCTLR_EL1.C, nor HCR_EL2.CD under FWB: it has no caches to turn
 * off. It must then answer as if they were on.
 */
static bool no_cache_switch(const struct row *row)
{
	struct attr_regime r = *row_regime(row);
	struct attr on;

	if (!((r.m && !r.c) || (r.fwb && r.cd)))
		return false;
	r.c = true;
	r.cd = false;
	on = attr_resolve(&r, ATTR_DATA, row->s1, row->memattr, row->sh);
	return (on.mair != row->ours.mair || on.sh != row->ours.sh) &&
	       row_same_but_known(row, on);
}

/* QEMU drops the transient hint where stage 2 weakens Write-Back to Write-Through. */
static bool drops_transient(const struct row *row)
{
	struct attr said = row->said, ours = row->ours;

	return !row_regime(row)->fwb && s1_transient_wb(row->s1.mair) &&
	       said.sh == ours.sh && attr_inner(said) == attr_inner(ours) &&
	       attr_outer(said) == attr_outer(ours);
}

/* QEMU takes stage 2's Device type under FWB; the pseudocode takes the stricter one. */
static bool forces_device(const struct row *row)
{
	return row_regime(row)->fwb && !(row->memattr & 4) &&
	       row->said.mair == (row->memattr & 3) << 2 &&
	       row->said.sh == row->ours.sh;
}

/*
 * QEMU combines Device types by the low nibble without asking whether the other
 * stage is Device at all: inner Non-cacheable (4) then reads as nGnRE.
 */
static bool device_by_nibble(const struct row *row)
{
	bool s1_device = attr_is_device(row->s1);
	bool s2_device = !(row->memattr & 0xc);

	return !row_regime(row)->fwb && s1_device != s2_device &&
	       attr_is_device(row->said) && attr_is_device(row->ours) &&
	       row->said.mair < row->ours.mair && row->said.sh == row->ours.sh;
}

/* QEMU reports a stage 1 alone with the shareability of the descriptor. */
static bool raw_shareability(const struct row *row)
{
	return !row_regime(row)->vm && !row_regime(row)->dc &&
	       row->said.mair == row->ours.mair &&
	       row->said.sh == row->s1.sh;
}

/* QEMU gives the Device of a disabled stage 1 no Outer shareability for FWB to keep. */
static bool off_not_outer(const struct row *row)
{
	const struct attr_regime *r = row_regime(row);

	return !r->m && !r->dc && r->fwb && row->said.mair == row->ours.mair &&
	       row->said.sh == row->sh;
}

static struct {
	bool (*is)(const struct row *row);
	const char *what;
	unsigned long seen;
} deviations[] = {
	{ no_cache_switch, "SCTLR_EL1.C and, under FWB, HCR_EL2.CD are ignored", 0 },
	{ device_by_nibble, "Device combined with the other stage's inner Non-cacheable", 0 },
	{ drops_transient, "transient hint lost in a Write-Through combination", 0 },
	{ forces_device, "FWB Device does not keep a stricter stage-1 Device", 0 },
	{ raw_shareability, "stage 1 alone: shareability not made Outer", 0 },
	{ off_not_outer, "FWB, stage 1 off: Device made Write-Back is not Outer Shareable", 0 },
};

/* The deviations but the first, for a row that the first one has changed already. */
static bool row_same_but_known(const struct row *row, struct attr ours)
{
	struct row other = *row;
	size_t i;

	other.ours = ours;
	if (row->said.mair == ours.mair && row->said.sh == ours.sh)
		return true;
	for (i = 1; i < ARRAY_SIZE(deviations); i++)
		if (deviations[i].is(&other))
			return true;
	return false;
}

static unsigned long compared, same, wrong;

static void row_compare(const struct row *row)
{
	size_t i;

	compared++;
	if (row->said.mair == row->ours.mair && row->said.sh == row->ours.sh) {
		same++;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(deviations); i++) {
		if (deviations[i].is(row)) {
			deviations[i].seen++;
			return;
		}
	}
	if (wrong++ < 20)
		printf("# %s: S1 %02x/%u S2 %x/%u: CPU says %02x/%u, table says %02x/%u\n",
		       configs[row->config].name, row->s1.mair, row->s1.sh,
		       row->memattr, row->sh, row->said.mair, row->said.sh,
		       row->ours.mair, row->ours.sh);
}

static void line_compare(char *line, bool *seen)
{
	unsigned int config, mair, sh, i;
	char *field;

	if (sscanf(line, "c%2x %2x %1x", &config, &mair, &sh) != 3 ||
	    config >= ARRAY_SIZE(configs)) {
		printf("Bail out! cannot read: %s\n", line);
		exit(1);
	}
	seen[config] = true;
	field = strtok(line, " ");
	strtok(NULL, " ");
	strtok(NULL, " ");
	for (i = 0; i < 64; i++) {
		struct row row = { .config = config, .s1 = { mair, sh },
				   .memattr = i >> 2, .sh = i & 3 };
		unsigned long v;

		field = strtok(NULL, " \n\r");
		if (!field) {
			printf("Bail out! a line is short\n");
			exit(1);
		}
		v = strtoul(field, NULL, 16);
		row.said = (struct attr){ v >> 4, v & 3 };
		/* Reserved encodings are CONSTRAINED UNPREDICTABLE: nothing to compare. */
		if (sh == 1 || row.sh == 1 ||
		    !attr_s2_valid(row.memattr, configs[config].r.fwb))
			continue;
		row.ours = attr_resolve(&configs[config].r, ATTR_DATA, row.s1,
					row.memattr, row.sh);
		row_compare(&row);
	}
}

int main(int argc, char **argv)
{
	bool seen[ARRAY_SIZE(configs)] = { false }, ended = false;
	char line[1024];
	size_t i;
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!f) {
		fprintf(stderr, "usage: compare FILE\n");
		return 2;
	}
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '.')
			ended = true;
		else
			line_compare(line, seen);
	}
	fclose(f);
	for (i = 0; i < ARRAY_SIZE(configs); i++)
		printf("# %-32s %s\n", configs[i].name,
		       seen[i] ? "asked" : "this CPU lacks FEAT_S2FWB");
	for (i = 0; i < ARRAY_SIZE(deviations); i++)
		if (deviations[i].seen)
			printf("# known deviation, %lu rows: %s\n",
			       deviations[i].seen, deviations[i].what);
	printf("1..2\n%s 1 - the CPU answered to the end\n%s 2 - %lu of %lu rows equal, %lu known deviations, %lu wrong\n",
	       ended ? "ok" : "not ok", wrong || !same ? "not ok" : "ok", same,
	       compared, compared - same - wrong, wrong);
	return !ended || wrong || !same;
}
