// SPDX-License-Identifier: GPL-2.0
/*
 * Draws a trace as an SVG document: a lane for each thread, time downwards, beside it
 * the values a line of memory may have, each in a colour of its own.
 */
#include <string.h>

#include "trace.h"

#define MARGIN		32
#define LANE		236
#define LANE_GAP	16
#define ROW		22	/* of a state line */
#define STEP		30	/* least height of a step */
#define HEAD		70	/* of the title */
#define LINE		18	/* of running text */
#define WRAP		34	/* characters in a step's box */
#define CHIP		30
#define NAME		76	/* of a line's name, with its gap */

static const char * const lane_colour[] = {
	"#6b7280", "#2563eb", "#059669", "#d97706", "#7c3aed", "#db2777",
};

static const char * const value_colour[] = {
	"#d1d5db", "#93c5fd", "#34d399", "#fbbf24", "#f472b6", "#a78bfa", "#22d3ee", "#fb923c",
};

#define VALUES	(sizeof(value_colour) / sizeof(value_colour[0]))

static void put(FILE *f, const char *s, size_t n)
{
	for (; *s && n; s++, n--) {
		switch (*s) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		default:
			fputc(*s, f);
		}
	}
}

static void text(FILE *f, int x, int y, const char *class, const char *s, size_t n)
{
	fprintf(f, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	put(f, s, n);
	fprintf(f, "</text>\n");
}

static unsigned int count_lines(const char *s)
{
	unsigned int n = *s != 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* Where a line of at most @max characters should break. */
static size_t wrap_at(const char *s, size_t max)
{
	size_t n = strlen(s), i;

	if (n <= max)
		return n;
	for (i = max; i; i--)
		if (s[i] == ' ')
			return i;
	return max;
}

static unsigned int wrapped(const char *s)
{
	unsigned int n = 0;

	while (*s) {
		s += wrap_at(s, WRAP);
		s += *s == ' ';
		n++;
	}
	return n;
}

/* A value as a chip; NULL: the line is absent. */
static void draw_chip(FILE *f, int x, int y, const char *s, size_t n)
{
	unsigned int value = 0, i;
	bool dirty = s && s[n - 1] == '*';

	for (i = 1; s && i < n && s[i] >= '0' && s[i] <= '9'; i++)
		value = value * 10 + (s[i] - '0');
	fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"17\" rx=\"4\" fill=\"%s\" stroke=\"%s\"%s/>\n",
		x, y - 9, CHIP - 4, s ? value_colour[value % VALUES] : "none",
		dirty ? "#111827" : s ? "none" : "#9ca3af",
		!s ? " stroke-dasharray=\"3 2\"" : dirty ? " stroke-width=\"2\"" : "");
	text(f, x + CHIP / 2 - 2, y + 4, "chip", s ? s : "–", s ? n : 4);
}

/* One set, such as cache{-,v1,v1*}: a chip for each member. Without @f only *x moves. */
static const char *draw_set(FILE *f, const char *s, int *x, int y)
{
	size_t name = strcspn(s, "{");

	if (f)
		text(f, *x, y + 4, "what", s, name);
	*x += 10 + 7 * (int)name;
	s += name + (s[name] == '{');
	while (*s && *s != '}') {
		size_t n = strcspn(s, ",}");

		if (f)
			draw_chip(f, *x, y, *s == '-' ? NULL : s, n);
		*x += CHIP;
		s += n + (s[n] == ',');
	}
	*x += 8;
	return s + (*s == '}') + (s[0] == '}' && s[1] == ' ');
}

/* The lines of a state, from @x on. Without @f nothing is drawn. Returns where the longest ends. */
static int draw_state(FILE *f, const char *s, int x, int y)
{
	int end = x;

	while (*s) {
		size_t n = strcspn(s, "\n"), name = strcspn(s, ":");
		char line[TRACE_STATE];
		const char *p = line;
		int at = x;

		snprintf(line, sizeof(line), "%.*s", (int)n, s);
		if (name < n) {
			if (f)
				text(f, at, y + 4, "name", s, name);
			at += name < 8 ? NAME : 12 + 8 * (int)name;
			p += name + 2;
			while (*p && strchr(p, '{'))
				p = draw_set(f, p, &at, y);
		} else {
			if (f)
				text(f, at, y + 4, "what", s, n);
			at += 7 * (int)n;
		}
		if (at > end)
			end = at;
		y += ROW;
		s += n + (s[n] == '\n');
	}
	return end;
}

static void draw_step(FILE *f, const struct trace_step *s, unsigned int nr, int x, int y,
		      int height, bool last)
{
	const char *p = s->text;
	unsigned int rows = wrapped(p), i;
	int ty = y + height / 2 + 4 - (int)(rows - 1) * 8;

	fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"%s\"/>\n",
		x, y, LANE, height - 4, last ? "bad" : "step");
	fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"4\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", x,
		y, height - 4, last ? "#dc2626" : lane_colour[s->thread % 6]);
	fprintf(f, "<text x=\"%d\" y=\"%d\" class=\"nr\">%u</text>\n", MARGIN - 10, ty, nr);
	for (i = 0; i < rows; i++) {
		size_t n = wrap_at(p, WRAP);

		text(f, x + 12, ty - 2 + i * 16, "say", p, n);
		p += n;
		p += *p == ' ';
	}
}

static int step_height(const struct trace_step *s, const char *news)
{
	int rows = *news ? count_lines(news) * ROW + 8 : 0;
	int words = wrapped(s->text) * 16 + 14;

	if (rows < words)
		rows = words;
	return rows < STEP ? STEP : rows;
}

static const char style[] =
	"<style>"
	"text{font-family:ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#111827}"
	".title{font-size:20px;font-weight:600}.sub{font-size:13px;fill:#4b5563}.story{font-size:13px}"
	".lane{font-size:13px;font-weight:600;fill:#fff;text-anchor:middle}"
	".say{font-size:12px}.nr{font-size:10px;fill:#9ca3af;text-anchor:end}"
	".name{font-size:12px;font-weight:600}.what{font-size:11px;fill:#6b7280}"
	".chip{font-size:11px;text-anchor:middle;font-weight:600}"
	".step{fill:#f9fafb;stroke:#e5e7eb}.bad{fill:#fef2f2;stroke:#dc2626}"
	".verdict{font-size:14px;font-weight:600;fill:#b91c1c}"
	"</style>\n";

/* Running text, wrapped; without @f only *y moves. */
static void draw_wrapped(FILE *f, int x, int *y, const char *class, const char *s, size_t max)
{
	while (*s) {
		size_t n = wrap_at(s, max), nl = strcspn(s, "\n");

		if (nl < n)
			n = nl;
		if (f)
			text(f, x, *y, class, s, n);
		*y += LINE;
		s += n;
		s += *s == ' ' || *s == '\n';
	}
}

/* Who it is about: each in a line or more of its own. Returns where it ends. */
static int draw_head(FILE *f, const struct trace_head *h, int width)
{
	size_t max = (width - 2 * MARGIN) / 7;
	char s[400];
	int y = HEAD - 8;

	if (f)
		text(f, MARGIN, 38, "title", h->scenario, 80);
	if (h->story)
		draw_wrapped(f, MARGIN, &y, "story", h->story, max);
	snprintf(s, sizeof(s), "policy %s%s%s", h->policy, h->policy_does ? ": " : "",
		 h->policy_does ? h->policy_does : "");
	draw_wrapped(f, MARGIN, &y, "sub", s, max);
	if (h->mutant) {
		snprintf(s, sizeof(s), "error switched on: %s%s%s", h->mutant, h->mutant_does ? ": " : "",
			 h->mutant_does ? h->mutant_does : "");
		draw_wrapped(f, MARGIN, &y, "sub", s, max);
	}
	snprintf(s, sizeof(s), "guest %s", h->contract);
	draw_wrapped(f, MARGIN, &y, "sub", s, max);
	return y + 14;
}

static void draw_lanes(FILE *f, const unsigned int *column, unsigned int columns, int top, int bottom)
{
	unsigned int i;

	for (i = 0; i < trace.threads; i++) {
		int x = MARGIN + (int)column[i] * (LANE + LANE_GAP);

		if (column[i] == ~0U)
			continue;
		fprintf(f, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#e5e7eb\" stroke-width=\"2\"/>\n",
			x + LANE / 2, top, x + LANE / 2, bottom);
		fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"26\" rx=\"13\" fill=\"%s\"/>\n",
			x, top - 8, LANE, lane_colour[i % 6]);
		text(f, x + LANE / 2, top + 10, "lane", trace.name[i], 24);
	}
	text(f, MARGIN + (int)columns * (LANE + LANE_GAP) + 8, top + 10, "name",
	     "what a line may be from then on", 60);
}

/* One line of the legend, such as "x: v0 before, v1 vCPU 0", with its chips. */
static void draw_values(FILE *f, const char *s, size_t n, int y)
{
	size_t name = strcspn(s, ":");
	int x = MARGIN;

	text(f, x, y + 4, "name", s, name);
	x += name < 8 ? NAME : 12 + 8 * (int)name;
	s += name + 1;
	n -= name + 1;
	while (n) {
		size_t blank = *s == ' ', value, who;

		s += blank;
		n -= blank;
		value = strcspn(s, " ");
		who = strcspn(s, ",\n");
		draw_chip(f, x, y, s, value);
		x += CHIP + 2;
		text(f, x, y + 4, "what", s + value + 1, who - value - 1);
		x += 18 + 7 * (int)(who - value);
		who += who < n;
		s += who;
		n -= who;
	}
}

/* What colours, frames and names mean. */
static int draw_legend(FILE *f, int y, int width)
{
	size_t max = (width - 2 * MARGIN) / 6;
	const char *s = trace.legend;
	int x = MARGIN;

	if (f)
		text(f, MARGIN, y, "name", "Values, and who wrote them", 40);
	for (y += ROW - 4; *s; y += ROW) {
		size_t n = strcspn(s, "\n");

		if (f)
			draw_values(f, s, n, y);
		s += n + (s[n] == '\n');
	}
	if (f) {
		draw_chip(f, x, y, NULL, 0);
		text(f, x + CHIP, y + 4, "what", "may be absent", 40);
		draw_chip(f, x += 140, y, "v1", 2);
		text(f, x + CHIP, y + 4, "what", "may have that value", 40);
		draw_chip(f, x += 170, y, "v1*", 3);
		text(f, x + CHIP, y + 4, "what",
		     "and may be dirty: memory has yet to get it. In red: the step that shows it", 80);
	}
	y += ROW + 4;
	draw_wrapped(f, MARGIN, &y, "what", TRACE_PLACES, max);
	draw_wrapped(f, MARGIN, &y, "what", TRACE_TYPES, max);
	return y;
}

/* A column for each thread that does something. Returns how many. */
static unsigned int columns_choose(unsigned int *column)
{
	unsigned int columns = 0, i, j;

	for (i = 0; i < 16; i++)
		column[i] = ~0U;
	for (i = 0; i < trace.threads; i++)
		for (j = 0; j < trace.steps && column[i] == ~0U; j++)
			if (trace.step[j].thread == i)
				column[i] = columns++;
	return columns;
}

/* The steps, from @y on; without @f only measured. *right: where the widest state ends. */
static int draw_steps(FILE *f, const unsigned int *column, int sx, int y, int *right)
{
	const char *before = "";
	char news[TRACE_STATE];
	unsigned int i;

	for (i = 0; i < trace.steps; i++) {
		const struct trace_step *s = &trace.step[i];
		bool last = i + 1 == trace.steps && trace.rule[0];
		int height, end;

		trace_news(before, s->state, news, sizeof(news));
		height = step_height(s, news);
		if (f)
			draw_step(f, s, i + 1, MARGIN + column[s->thread] * (LANE + LANE_GAP), y,
				  height, last);
		end = draw_state(f, news, sx, y + 14);
		if (end > *right)
			*right = end;
		before = s->state;
		y += height;
	}
	return y;
}

void trace_picture(FILE *f, const struct trace_head *h)
{
	unsigned int column[16], columns = columns_choose(column);
	int sx = MARGIN + columns * (LANE + LANE_GAP) + 8, right = sx + 220;
	int width, height, top, y;
	char verdict[400], promise[400];

	draw_steps(NULL, column, sx, 0, &right);
	width = right + MARGIN;
	top = draw_head(NULL, h, width);
	snprintf(verdict, sizeof(verdict), "breaks %s: %s", trace.rule, trace.what);
	snprintf(promise, sizeof(promise), "%s promises: %s", trace.rule, h->promise ? h->promise : "");
	height = draw_steps(NULL, column, sx, top + 30, &right) + 24;
	if (trace.rule[0])
		draw_wrapped(NULL, MARGIN, &height, "verdict", verdict, (width - 2 * MARGIN) / 8);
	if (h->promise)
		draw_wrapped(NULL, MARGIN, &height, "story", promise, (width - 2 * MARGIN) / 7);
	height = draw_legend(NULL, height + 12, width) + 8;

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		width, height, width, height);
	fprintf(f, "%s<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", style);
	draw_head(f, h, width);
	y = draw_steps(NULL, column, sx, top + 30, &right);
	draw_lanes(f, column, columns, top, y);
	draw_steps(f, column, sx, top + 30, &right);
	y += 24;
	if (trace.rule[0])
		draw_wrapped(f, MARGIN, &y, "verdict", verdict, (width - 2 * MARGIN) / 8);
	if (h->promise)
		draw_wrapped(f, MARGIN, &y, "story", promise, (width - 2 * MARGIN) / 7);
	draw_legend(f, y + 12, width);
	fprintf(f, "</svg>\n");
}
