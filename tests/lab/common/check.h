/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of a program that runs in the lab's server, whatever its architecture: each in a process of its own, said as TAP.
 */
#ifndef TESTS_LAB_CHECK_H
#define TESTS_LAB_CHECK_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#define CHECK_SKIP	77	/* status of a check that this machine cannot do */

struct check {
	const char *name;
	void (*run)(void);
};

/* A program's checks: those named on the command line, or all of them, as TAP. */
int vmm_main(int argc, char **argv, const struct check *checks);
/* The check has used up its time: the signal that says so ended a call, and kills two seconds later. */
bool check_hangs(void);
/* It has come further, and has as much time again. */
void check_goes_on(void);

/* A check goes on after fail(), and has failed; it ends with die() and cannot(). */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void cannot(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
#define expect(cond, fmt, ...) \
	do { if (!(cond)) fail("line %d: " fmt, __LINE__, ##__VA_ARGS__); } while (0)
/* The value and errno of what a call came to: 0 or more, or -errno. */
#define result(call) ({ long r_ = (call); r_ < 0 ? -errno : r_; })
#define expect_result(call, want) \
	do { \
		long got_ = result(call), want_ = (want); \
		if (got_ != want_) \
			fail("line %d: %s: %s, not %s", __LINE__, #call, result_name(got_), result_name(want_)); \
	} while (0)
const char *result_name(long ret);
bool is_kernels_kvm(void);

/* How many times as long as on a stock kernel everything takes here: a kernel that checks itself is slower. */
unsigned int vmm_slow(void);
/* ns */
long vmm_now(clockid_t clock);
/* For this thread: SIG_BLOCK or SIG_UNBLOCK. */
void vmm_signal(int how, int sig);
void pin_to(unsigned int cpu);

#endif
