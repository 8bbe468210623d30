/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Texts for files: nobody reads them here.
 */
#ifndef SHIM_LINUX_SEQ_FILE_H
#define SHIM_LINUX_SEQ_FILE_H

#include <linux/kernel.h>

struct seq_file {
	void *private;
};

__attribute__((format(printf, 2, 3))) static inline void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	(void)m;
	(void)fmt;
}

#define DEFINE_SHOW_ATTRIBUTE(name) \
	static int (*const name##_fops)(struct seq_file *m, void *unused) = name##_show

#endif
