/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs that look whether kernel memory is back.
 */
#ifndef LAB_SHRINK_H
#define LAB_SHRINK_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Gives back a cache's empty slabs, and with them what KASAN holds back of its objects. */
static inline void shrink_cache(const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) != 1)
		perror(path);
	if (fd >= 0)
		close(fd);
}

static inline void shrink_caches(void)
{
	DIR *d = opendir("/sys/kernel/slab");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')	/* other names of the same caches are links */
			shrink_cache(e->d_name);
	if (d)
		closedir(d);
}

#endif
