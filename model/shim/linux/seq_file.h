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

#define seq_puts(m, s)	seq_printf(m, "%s", s)
#define seq_putc(m, c)	seq_printf(m, "%c", c)

/* Of who opens a file that shows itself, a test defines the functions. */
#define seq_read	NULL
#define seq_lseek	NULL

int single_open(struct file *file, int (*show)(struct seq_file *m, void *unused), void *data);
int single_release(struct inode *inode, struct file *file);

#define DEFINE_SHOW_ATTRIBUTE(name) \
	static const struct file_operations name##_fops = { .show = name##_show }

#endif
