/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Texts for files, as far as there is room.
 */
#ifndef SHIM_LINUX_SEQ_FILE_H
#define SHIM_LINUX_SEQ_FILE_H

#include <stdarg.h>

#include <linux/fs.h>
#include <linux/kernel.h>

struct seq_file {
	void *private;
	char text[4096];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static inline void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	m->n += vsnprintf(m->text + m->n, sizeof(m->text) - m->n, fmt, args);
	va_end(args);
}

#define DEFINE_SHOW_ATTRIBUTE(name) \
	static const struct file_operations name##_fops = { .show = name##_show }

#endif
