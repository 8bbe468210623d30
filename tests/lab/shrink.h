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

/* Gives back the empty slabs of all caches, and with them what KASAN holds back of each. */
static inline void shrink_caches(void)
{
	static const char root[] = "/sys/kernel/slab";
	DIR *d = opendir(root);
	struct dirent *e;
	char path[300];
	int fd;

	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')	/* other names of the same caches are links */
			continue;
		snprintf(path, sizeof(path), "%s/%s/shrink", root, e->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1", 1) != 1)
			perror(path);
		if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
}

#endif
