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
#define STATE		440
#define ROW		22	/* of a state line */
#define STEP		30	/* least height of a step */
#define HEAD		138
#define WRAP		34	/* characters in a step's box */

static const char * const lane_colour[] = {
	"#6b7280", "#2563eb", "#059669", "#d97706", "#7c3aed", "#db2777",
};

static const char * const value_colour[] = {
	"#9ca3af", "#60a5fa", "#34d399", "#fbbf24", "#f472b6", "#a78bfa", "#22d3ee", "#fb923c",
};

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

/* One set, such as cache{-,1,1*}: a chip for each member. */
static const char *draw_set(FILE *f, const char *s, int *x, int y)
{
	size_t name = strcspn(s, "{");

	text(f, *x, y + 4, "what", s, name);
	*x += 10 + 7 * name;
	s += name + (s[name] == '{');
	while (*s && *s != '}') {
		size_t n = strcspn(s, ",}");
		bool absent = *s == '-', dirty = n > 1 && s[n - 1] == '*';
		unsigned int value = absent ? 0 : (unsigned int)(*s - '0');

		if (n > 1 && s[1] >= '0' && s[1] <= '9')
			value = value * 10 + (s[1] - '0');
		fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"22\" height=\"17\" rx=\"4\" fill=\"%s\" stroke=\"%s\"%s/>\n",
			*x, y - 9, absent ? "none" : value_colour[value % 8],
			dirty ? "#111827" : absent ? "#9ca3af" : "none",
			absent ? " stroke-dasharray=\"3 2\"" : dirty ? " stroke-width=\"2\"" : "");
		text(f, *x + 11, y + 4, "chip", absent ? "–" : s, absent ? 4 : n);
		*x += 26;
		s += n + (s[n] == ',');
	}
	*x += 8;
	return s + (*s == '}') + (s[0] == '}' && s[1] == ' ');
}

static void draw_state(FILE *f, const char *s, int x, int y)
{
	while (*s) {
		size_t n = strcspn(s, "\n"), name = strcspn(s, ":");
		char line[TRACE_STATE];
		const char *p = line;
		int at = x;

		snprintf(line, sizeof(line), "%.*s", (int)n, s);
		if (name < n) {
			text(f, at, y + 4, "name", s, name);
			at += name < 8 ? 76 : 12 + 8 * (int)name;
			p += name + 2;
			while (*p && strchr(p, '{'))
				p = draw_set(f, p, &at, y);
		} else {
			text(f, at, y + 4, "what", s, n);
		}
		y += ROW;
		s += n + (s[n] == '\n');
	}
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
	".title{font-size:20px;font-weight:600}.sub{font-size:13px;fill:#4b5563}"
	".lane{font-size:13px;font-weight:600;fill:#fff;text-anchor:middle}"
	".say{font-size:12px}.nr{font-size:10px;fill:#9ca3af;text-anchor:end}"
	".name{font-size:12px;font-weight:600}.what{font-size:11px;fill:#6b7280}"
	".chip{font-size:11px;text-anchor:middle;font-weight:600}"
	".step{fill:#f9fafb;stroke:#e5e7eb}.bad{fill:#fef2f2;stroke:#dc2626}"
	".verdict{font-size:14px;font-weight:600;fill:#b91c1c}"
	"</style>\n";

static void draw_wrapped(FILE *f, int x, int *y, const char *class, const char *s, size_t max)
{
	while (*s) {
		size_t n = wrap_at(s, max), nl = strcspn(s, "\n");

		if (nl < n)
			n = nl;
		text(f, x, *y, class, s, n);
		*y += 18;
		s += n;
		s += *s == ' ' || *s == '\n';
	}
}

static void draw_head(FILE *f, const struct trace_head *h, int width)
{
	char sub[200];
	int y = 62;

	text(f, MARGIN, 38, "title", h->scenario, 80);
	snprintf(sub, sizeof(sub), "policy %s%s%s · guest %s", h->policy,
		 h->mutant ? " · mutant " : "", h->mutant ? h->mutant : "", h->contract);
	text(f, MARGIN, y, "sub", sub, 200);
	y += 18;
	if (h->story)
		draw_wrapped(f, MARGIN, &y, "sub", h->story, (width - 2 * MARGIN) / 7);
}

static void draw_lanes(FILE *f, const unsigned int *column, unsigned int columns, int bottom)
{
	unsigned int i;

	for (i = 0; i < trace.threads; i++) {
		int x = MARGIN + (int)column[i] * (LANE + LANE_GAP);

		if (column[i] == ~0U)
			continue;
		fprintf(f, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#e5e7eb\" stroke-width=\"2\"/>\n",
			x + LANE / 2, HEAD, x + LANE / 2, bottom);
		fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"26\" rx=\"13\" fill=\"%s\"/>\n",
			x, HEAD - 8, LANE, lane_colour[i % 6]);
		text(f, x + LANE / 2, HEAD + 10, "lane", trace.name[i], 24);
	}
	text(f, MARGIN + (int)columns * (LANE + LANE_GAP) + 8, HEAD + 10, "name",
	     "what the line may be: in memory, in caches", 60);
}

void trace_picture(FILE *f, const struct trace_head *h)
{
	unsigned int column[16], columns = 0, i, j;
	int width, height = HEAD + 34, y, sx;
	const char *before = "";
	char news[TRACE_STATE];

	for (i = 0; i < 16; i++)
		column[i] = ~0U;
	for (i = 0; i < trace.threads; i++)
		for (j = 0; j < trace.steps && column[i] == ~0U; j++)
			if (trace.step[j].thread == i)
				column[i] = columns++;
	for (i = 0; i < trace.steps; i++) {
		trace_news(before, trace.step[i].state, news, sizeof(news));
		height += step_height(&trace.step[i], news);
		before = trace.step[i].state;
	}
	width = 2 * MARGIN + columns * (LANE + LANE_GAP) + STATE;
	sx = MARGIN + columns * (LANE + LANE_GAP) + 8;
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		width, height + 60 + 18 * (int)count_lines(trace.legend) + 20, width,
		height + 60 + 18 * (int)count_lines(trace.legend) + 20);
	fprintf(f, "%s<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", style);
	draw_head(f, h, width);
	draw_lanes(f, column, columns, height);
	y = HEAD + 30;
	before = "";
	for (i = 0; i < trace.steps; i++) {
		const struct trace_step *s = &trace.step[i];
		bool last = i + 1 == trace.steps && trace.rule[0];
		int sh;

		trace_news(before, s->state, news, sizeof(news));
		sh = step_height(s, news);

		draw_step(f, s, i + 1, MARGIN + column[s->thread] * (LANE + LANE_GAP), y, sh, last);
		draw_state(f, news, sx, y + 14);
		before = s->state;
		y += sh;
	}
	y += 24;
	if (trace.rule[0]) {
		char verdict[400];

		snprintf(verdict, sizeof(verdict), "breaks %s: %s", trace.rule, trace.what);
		draw_wrapped(f, MARGIN, &y, "verdict", verdict, (width - 2 * MARGIN) / 8);
	}
	draw_wrapped(f, MARGIN, &y, "sub", trace.legend, 200);
	text(f, MARGIN, y, "sub", "– absent, bold frame: dirty; a set holds all that may be so", 80);
	fprintf(f, "</svg>\n");
}
