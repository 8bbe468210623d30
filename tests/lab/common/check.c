// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a program that runs in the lab's server; see check.h.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define HANG_SECONDS	30

static volatile sig_atomic_t hanging;
static int failures;

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	failures++;
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	exit(1);
}

void cannot(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("skip: ", stdout);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	exit(CHECK_SKIP);
}

const char *result_name(long ret)
{
	static char text[4][40];
	static unsigned int n;

	if (ret < 0 && ret > -4096)
		return strerrorname_np(-ret);
	snprintf(text[n % 4], sizeof(text[0]), "%ld", ret);
	return text[n++ % 4];
}

bool is_kernels_kvm(void)
{
	return access("/sys/module/tabula", F_OK);
}

unsigned int vmm_slow(void)
{
	const char *slow = getenv("SLOW");

	return slow ? atoi(slow) : 1;
}

long vmm_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

void vmm_signal(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(how, &set, NULL);
}

static void on_alarm(int sig)
{
	if (hanging++) {
		static const char text[] = "# hangs\n";

		if (write(1, text, sizeof(text) - 1))
			_exit(1);
		_exit(1);
	}
	alarm(2);
}

/* Every check in a process of its own. */
static int run_check(const struct check *c)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
		alarm(HANG_SECONDS * vmm_slow());
		c->run();
		exit(failures ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status)) {
		printf("# %s: killed by signal %d\n", c->name, WTERMSIG(status));
		return 1;
	}
	return WEXITSTATUS(status);
}

int vmm_main(int argc, char **argv, const struct check *checks)
{
	int i, n = 0, ret = 0, status;

	if (argc > 1) {
		for (n = 0; checks[n].name; n++)
			if (!strcmp(checks[n].name, argv[1]))
				return run_check(&checks[n]);
		die("no check '%s'", argv[1]);
	}
	while (checks[n].name)
		n++;
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		status = run_check(&checks[i]);
		printf("%sok %d - %s%s\n", status && status != CHECK_SKIP ? "not " : "", i + 1,
		       checks[i].name, status == CHECK_SKIP ? " # SKIP" : "");
		ret |= status && status != CHECK_SKIP;
	}
	return ret;
}

void check_goes_on(void)
{
	alarm(HANG_SECONDS * vmm_slow());
}

bool check_hangs(void)
{
	return hanging;
}

void pin_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity: %s", strerror(errno));
}
