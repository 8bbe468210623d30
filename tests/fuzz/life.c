// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors come, go, are doubled and inherited, in the middle of what others do with them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include "fuzz.h"

/* A VM that is not there is made; one that is there, sometimes, made anew. */
static void fill(struct thread *t)
{
	unsigned int v = draw_below(t, VMS);
	bool anew = one_in(t, 24);

	if (anew || vms[v].vm < 0)
		world_fill(t, v);
}

static _Atomic int *draw_slot(struct thread *t)
{
	struct fuzz_vm *v = &vms[draw_below(t, VMS)];
	unsigned int cpu = draw_below(t, CPUS), event = draw_below(t, EVENTS);

	switch (draw_below(t, 8)) {
	case 0:
		return &v->vm;
	case 1:
		return &v->gic;
	case 2:
	case 3:
	case 4:
		return &v->cpu[cpu];
	case 5:
		return &events[event];
	default:
		return &stats_fds[cpu & 1];
	}
}

static void close_one(struct thread *t)
{
	int fd = world_take(draw_slot(t));

	call_begin(t, CALL_CLOSE, fd, 0, 0);
	errno = EBADF;
	call_end(t, CALL_CLOSE, fd < 0 ? -1 : close(fd));
}

/* The original goes, the double stays. */
static void dup_one(struct thread *t)
{
	_Atomic int *slot = draw_slot(t);
	int fd;

	call_begin(t, CALL_DUP, *slot, 0, 0);
	fd = fcntl(*slot, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		world_put(slot, fd);
	call_end(t, CALL_DUP, fd);
}

/* In a process of another memory no VM can be used: whatever is asked, EIO. */
static int child(struct thread *t, int n)
{
	unsigned int i;
	int fd, bad = 0;

	for (i = 0; i < 6 && !bad; i++) {
		fd = i < 2 ? vms[n].vm : i < 5 ? vms[n].cpu[i - 2] : vms[n].gic;
		if (fd < 0)
			continue;
		if (ioctl(fd, i < 2 ? KVM_CHECK_EXTENSION : i < 5 ? KVM_RUN : KVM_HAS_DEVICE_ATTR, 0) >= 0 ||
		    (errno != EIO && errno != ENOTTY && errno != EBADF))
			bad = 1 + errno % 100;
		if (i & 1)
			close(fd);
	}
	return bad;
}

static void fork_one(struct thread *t)
{
	unsigned int n = draw_below(t, VMS);
	int status = 0;
	pid_t pid;

	call_begin(t, CALL_FORK, 0, 0, 0);
	pid = fork();
	if (!pid)
		_exit(child(t, n));
	call_end(t, CALL_FORK, pid);
	if (pid < 0)
		return;
	call_begin(t, CALL_OTHER_PROCESS, pid, 0, 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	call_end(t, CALL_OTHER_PROCESS, 0);
	/* an eventfd or the like may have come by the number of what was looked up: it says ENOTTY */
	if (WIFEXITED(status) && WEXITSTATUS(status))
		broken(t, "a VM can be used by another process: status %d", WEXITSTATUS(status));
}

static void stats_read(struct thread *t)
{
	size_t n = one_in(t, 8) ? draw_wild(t) : draw_below(t, BUFFER_SIZE - PAGE);
	off_t at = one_in(t, 3) ? (off_t)draw_wild(t) : 0;
	unsigned long to = draw_pointer(t, t->buf);
	int fd = stats_fds[draw_below(t, 2)];

	call_begin(t, CALL_STATS_READ, fd, at, n);
	call_end(t, CALL_STATS_READ, pread(fd, (void *)to, n, at));
}

/* What an administrator reads and writes while VMs come and go. */
static void debugfs(struct thread *t)
{
	static const char root[] = "/sys/kernel/debug/tabula";
	static const char * const files[] = { "stats", "trees", "policy", "vcpu0/s1walk", "vcpu1/s1walk" };
	static const char * const policies[] = { "unmap", "clean", "two-tree", "fwb", "none", "", "x" };
	unsigned int skip = 2 + draw_below(t, VMS), which = draw_below(t, ARRAY_SIZE(files));
	unsigned int policy = draw_below(t, ARRAY_SIZE(policies));
	bool is_write = which >= 2 && one_in(t, 2);
	char what[24];
	struct dirent *e = NULL;
	DIR *d = opendir(root);
	char path[400];
	ssize_t ret = -1;
	int fd;

	if (!d)
		return;
	for (; skip--; )
		e = readdir(d) ?: e;
	snprintf(path, sizeof(path), "%s/%s/%s", root, e ? e->d_name : "-", files[which]);
	closedir(d);
	if (which == 2)
		snprintf(what, sizeof(what), "%s", policies[policy]);
	else
		snprintf(what, sizeof(what), policy ? "%#llx" : "pc", (unsigned long long)draw_wild(t));
	call_begin(t, CALL_DEBUGFS, which, is_write, 0);
	fd = open(path, (is_write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd >= 0)
		ret = is_write ? write(fd, what, strlen(what)) :
				 pread(fd, t->buf, BUFFER_SIZE, 0);
	call_end(t, CALL_DEBUGFS, ret);
	if (fd >= 0)
		close(fd);
}

const struct op life_ops[] = {
	{ "fill", fill, 8 },
	{ "close", close_one, 2 },
	{ "dup", dup_one, 3 },
	{ "fork", fork_one, 1 },
	{ "stats_read", stats_read, 3 },
	{ "debugfs", debugfs, 3 },
	{}
};
