// SPDX-License-Identifier: GPL-2.0
/*
 * Records steps and prints them as text.
 */
#include "trace.h"

#include <stdarg.h>
#include <string.h>

#include "explore.h"
#include "run.h"

#define COLUMN	44

struct trace trace;

void trace_start(void)
{
	trace.steps = 0;
	trace.threads = 0;
	trace.rule[0] = 0;
	trace.legend[0] = 0;
	trace.cut = false;
}

void trace_thread(unsigned int n, const char *name)
{
	if (n >= sizeof(trace.name) / sizeof(trace.name[0]))
		return;
	snprintf(trace.name[n], sizeof(trace.name[n]), "%s", name);
	if (n >= trace.threads)
		trace.threads = n + 1;
}

void trace_step(const char *fmt, ...)
{
	struct trace_step *s;
	va_list ap;

	if (!decide.recording)
		return;
	if (trace.steps == TRACE_STEPS) {
		trace.cut = true;
		return;
	}
	s = &trace.step[trace.steps++];
	s->thread = explore_current()->id;
	va_start(ap, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	trace_describe(s->state, sizeof(s->state));
}

const char *trace_page(const char *what, uint64_t offset)
{
	static char buf[4][48];
	static unsigned int next;
	char *b = buf[next++ % 4];
	long page = (int64_t)offset >> 12;

	if (!decide.recording)
		return "";
	if (offset & 0xfff)
		snprintf(b, sizeof(buf[0]), "%s %ld+%#lx", what, page, (unsigned long)offset & 0xfff);
	else
		snprintf(b, sizeof(buf[0]), "%s %ld", what, page);
	return b;
}

void trace_violation(const char *who, unsigned int n, const char *rule, const char *what)
{
	(void)who;
	snprintf(trace.rule, sizeof(trace.rule), "%s", rule);
	snprintf(trace.what, sizeof(trace.what), "%s", what);
	trace.culprit = n;
	trace_legend(trace.legend, sizeof(trace.legend));
}

static bool thread_acts(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < trace.steps; i++)
		if (trace.step[i].thread == n)
			return true;
	return false;
}

static void text_rule(FILE *f, unsigned int columns)
{
	unsigned int i;

	fprintf(f, "-----");
	for (i = 0; i < columns * COLUMN + 30; i++)
		fputc('-', f);
	fputc('\n', f);
}

static bool has_line(const char *state, const char *line, size_t n)
{
	while (*state) {
		size_t m = strcspn(state, "\n");

		if (m == n && !strncmp(state, line, n))
			return true;
		state += m + (state[m] == '\n');
	}
	return false;
}

void trace_news(const char *before, const char *now, char *buf, size_t len)
{
	size_t at = 0;

	buf[0] = 0;
	while (*now) {
		size_t n = strcspn(now, "\n");

		if (!has_line(before, now, n) && at < len)
			at += snprintf(buf + at, len - at, "%s%.*s", at ? "\n" : "", (int)n, now);
		now += n + (now[n] == '\n');
	}
}

/* What is new of the state, a line each. */
static void text_state(FILE *f, const char *news, unsigned int indent)
{
	bool first = true;

	while (*news) {
		size_t n = strcspn(news, "\n");

		fprintf(f, "%*s%.*s\n", first ? 0 : (int)indent, "", (int)n, news);
		first = false;
		news += n + (news[n] == '\n');
	}
	if (first)
		fputc('\n', f);
}

void trace_text(FILE *f, const struct trace_head *h)
{
	unsigned int column[16] = { 0 }, columns = 0, i, j;
	const char *before = "";
	char news[TRACE_STATE];

	fprintf(f, "%s, policy %s%s%s; guest: %s\n", h->scenario, h->policy,
		h->mutant ? ", mutant " : "", h->mutant ? h->mutant : "", h->contract);
	if (h->story)
		fprintf(f, "%s\n", h->story);
	if (h->policy_does)
		fprintf(f, "policy %s: %s\n", h->policy, h->policy_does);
	if (h->mutant_does)
		fprintf(f, "mutant %s: %s\n", h->mutant, h->mutant_does);
	fprintf(f, "\n%5s", "");
	for (i = 0; i < trace.threads; i++) {
		if (!thread_acts(i))
			continue;
		column[i] = columns++;
		fprintf(f, "%-*s", COLUMN, trace.name[i]);
	}
	fprintf(f, "memory\n");
	text_rule(f, columns);
	for (i = 0; i < trace.steps; i++) {
		const struct trace_step *s = &trace.step[i];
		int width = COLUMN * (columns - column[s->thread]);

		fprintf(f, "%4u ", i + 1);
		for (j = 0; j < column[s->thread]; j++)
			fprintf(f, "%-*s", COLUMN, "  .");
		fprintf(f, "%-*s", width, s->text);
		if ((int)strlen(s->text) >= width)
			fputc(' ', f);
		trace_news(before, s->state, news, sizeof(news));
		text_state(f, news, 5 + columns * COLUMN);
		before = s->state;
	}
	text_rule(f, columns);
	if (trace.cut)
		fprintf(f, "(only the first %d steps are shown)\n", TRACE_STEPS);
	if (trace.legend[0])
		fprintf(f, "values: %s\n(- absent, * dirty; a set holds all that may be so)\n%s\n",
			trace.legend, TRACE_PLACES);
	fputc('\n', f);
	if (trace.rule[0])
		fprintf(f, "%s: %s %s: %s\n", trace.name[trace.culprit],
			h->wanted ? "found, as must be: breaks" : "VIOLATION of", trace.rule,
			trace.what);
	else
		fprintf(f, "no violation\n");
	if (h->promise)
		fprintf(f, "%s promises: %s\n", trace.rule, h->promise);
}
