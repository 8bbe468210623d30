// SPDX-License-Identifier: GPL-2.0
/*
 * What a program and all it starts execute, in instructions: life ROW CMD…. The time that the server's scheduler gives it,
 * where a nanosecond is an instruction; what passes while nothing runs is not in it.
 */
#include <err.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../count.h"

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: life ROW CMD...");
	feed_entropy();
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (wait4(pid, &status, 0, &used) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(1, "%s ended with %#x", argv[2], status);
	row("instructions", (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3, "%s",
	    argv[1]);
	return 0;
}
