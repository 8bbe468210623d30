// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that waits for its timer on a server whose clock does not run as its counter
 * does: Linux's clock is disciplined (NTP, PTP), the counter never is.
 */
#define _GNU_SOURCE
#include "vmm.h"

#define WAITS		30
#define WAIT_MS		20
#define TIMER_PPI	27

#ifdef GUEST

#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1

static volatile uint64_t fired_at;

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(ICC_IAR1) & 0xffffff;

	if (intid >= 1020)
		return true;
	fired_at = read_reg(cntvct_el0);
	write_reg(0, cntv_ctl_el0);
	write_reg(intid, ICC_EOIR1);
	return true;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t step = read_reg(cntfrq_el0) / 1000 * WAIT_MS, at, late, latest = 0;
	unsigned int i;

	gic_start();
	gic_enable(TIMER_PPI, 0x80, false);
	for (i = 0; i < WAITS; i++) {
		fired_at = 0;
		at = read_reg(cntvct_el0) + step;
		write_reg(at, cntv_cval_el0);
		write_reg(1, cntv_ctl_el0);
		while (!fired_at) {
			guest_wfi();
			irqs_on();
			asm volatile("isb");
			irqs_off();
		}
		guest_check(fired_at >= at);
		late = fired_at - at;
		latest = late > latest ? late : latest;
	}
	return latest * 1000000 / read_reg(cntfrq_el0);
}

#else

#include <sys/timex.h>

/* Microseconds of Linux's clock in a tick of 10 ms, or rather what it takes for that. */
static void set_tick(long us)
{
	struct timex t = { .modes = ADJ_TICK, .tick = us };

	if (adjtimex(&t) < 0)
		die("adjtimex: %s", strerror(errno));
}

static void put_back(void)
{
	set_tick(10000);
}

/* Parts in a thousand by which Linux's clock is faster than the counter. */
static long gain(void)
{
	uint64_t mono = vmm_now(CLOCK_MONOTONIC), raw = vmm_now(CLOCK_MONOTONIC_RAW);

	usleep(300000);
	mono = vmm_now(CLOCK_MONOTONIC) - mono;
	raw = vmm_now(CLOCK_MONOTONIC_RAW) - raw;
	return ((long)mono - (long)raw) * 1000 / (long)raw;
}

static void waits(long tick)
{
	uint64_t us;
	struct vmm v;
	long g;

	atexit(put_back);
	set_tick(tick);
	usleep(1200000);	/* takes effect with the next second */
	g = gain();
	printf("# Linux's clock: %+ld in a thousand\n", g);
	expect(g * (tick - 10000) > 0 && (g > 50 || g < -50), "the clock does not follow");
	vmm_open(&v, NULL);
	us = vmm_go(&v, 0, GUEST_MMU, 0);
	printf("# %u waits, %lu us late at worst\n", WAITS, (long)us);
	vmm_close(&v);
}

static void fast(void)
{
	waits(11000);
}

static void slow(void)
{
	waits(9000);
}

int main(int argc, char **argv)
{
	static const struct check checks[] = {
		{ "fast", fast },
		{ "slow", slow },
		{ }
	};

	return vmm_main(argc, argv, checks);
}
#endif
