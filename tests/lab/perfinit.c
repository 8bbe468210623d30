// SPDX-License-Identifier: GPL-2.0
/*
 * All of a Linux guest's user space: counts by perf_event_open(2) on each CPU, says what came of
 * it, and switches the guest off. "none" on the kernel's command line: there is nothing to count by.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char line[4096], nonce[64] = "?";
static volatile sig_atomic_t samples;

static void say(const char *fmt, ...)
{
	va_list ap;

	printf("guest-%s: ", nonce);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static void end(void)
{
	sync();
	sleep(1);
	reboot(RB_POWER_OFF);
}

static void die(const char *what)
{
	say("perf failed: %s (%s)", what, strerror(errno));
	end();
}

static void read_cmdline(void)
{
	char *at;
	FILE *f;

	mkdir("/proc", 0555);
	mount("proc", "/proc", "proc", 0, NULL);
	f = fopen("/proc/cmdline", "r");
	if (!f || !fgets(line, sizeof(line), f))
		die("no command line");
	at = strstr(line, "guest.nonce=");
	if (at)
		sscanf(at, "guest.nonce=%63s", nonce);
}

static int perf_open(struct perf_event_attr *attr)
{
	attr->type = PERF_TYPE_HARDWARE;
	attr->size = sizeof(*attr);
	attr->config = PERF_COUNT_HW_CPU_CYCLES;
	attr->disabled = 1;
	return syscall(SYS_perf_event_open, attr, 0, -1, -1, 0);
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void busy(long ns)
{
	long stop = now() + ns;

	while (now() < stop)
		;
}

static uint64_t cycles(struct perf_event_attr attr, long ns, int by_sleep)
{
	uint64_t count = 0;
	int fd = perf_open(&attr);

	if (fd < 0)
		die("perf_event_open");
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	if (by_sleep)
		usleep(ns / 1000);
	else
		busy(ns);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		die("read");
	close(fd);
	return count;
}

static void on_sample(int sig)
{
	samples++;
}

/* Overflow interrupts, one for every two million cycles. */
static void check_samples(void)
{
	struct perf_event_attr attr = { .sample_period = 2000000, .wakeup_events = 1 };
	int fd = perf_open(&attr), i;

	if (fd < 0)
		die("perf_event_open for samples");
	signal(SIGIO, on_sample);
	samples = 0;
	fcntl(fd, F_SETFL, O_ASYNC);
	fcntl(fd, F_SETOWN, getpid());
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	/* signals that come close together are one, and on a slow host many are */
	for (i = 0; i < 10 && samples < 5; i++)
		busy(200000000);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	close(fd);
	if (samples < 5)
		die("too few samples");
}

static void check_cpu(int cpu)
{
	uint64_t some, all, user, idle;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	some = cycles((struct perf_event_attr){ 0 }, 50000000, 0);
	user = cycles((struct perf_event_attr){ .exclude_kernel = 1 }, 50000000, 0);
	all = cycles((struct perf_event_attr){ 0 }, 1500000000, 0);
	idle = cycles((struct perf_event_attr){ 0 }, 1500000000, 1);
	if (!some || !user)
		die("nothing is counted");
	if (idle > all / 2)
		die("a sleep counts");
	if (all < 2 * some)
		die("what takes longer is not more");
	check_samples();
	say("perf counts on CPU %d: %lu, %lu at EL0, %lu asleep, %d samples", cpu, (long)all, (long)user, (long)idle,
	    (int)samples);
}

int main(void)
{
	struct perf_event_attr attr = { 0 };
	int cpu, cpus;

	read_cmdline();
	if (strstr(line, " none")) {
		if (perf_open(&attr) >= 0)
			die("there is something to count by");
		say("perf has nothing: %s", strerror(errno));
		end();
	}
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (cpu = 0; cpu < cpus; cpu++)
		check_cpu(cpu);
	say("perf ok");
	end();
	return 0;
}
