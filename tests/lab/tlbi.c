// SPDX-License-Identifier: GPL-2.0
/*
 * TLB maintenance by vCPUs whose MMU is off: with two trees it traps from the moment that
 * another one has turned its MMU on, and not before.
 */
#include "vmm.h"
#include "count.h"

enum { WHAT_TIMES, WHAT_ON_AND_ON, WHAT_WAITS, WHAT_STOPS };

#define TIMES	1000

#ifdef GUEST

static volatile uint64_t done, stop;

static void invalidate(void)
{
	asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
	done++;
}

static void wait_for(uint64_t more)
{
	uint64_t begun = done;

	while (done < begun + more)
		;
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	uint64_t i;

	switch (what) {
	case WHAT_TIMES:
		for (i = 0; i < TIMES; i++)
			invalidate();
		break;
	case WHAT_ON_AND_ON:
		while (!stop)
			invalidate();
		break;
	case WHAT_STOPS:
		wait_for(TIMES);
		stop = 1;
		break;
	case WHAT_WAITS:
		wait_for(TIMES);
	}
	return done;
}

#else

static void check_nobody_warm(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	expect(vmm_go(&v, 0, WHAT_TIMES, 0) == TIMES, "the guest has done less");
	expect(!count("tlbi_guest"), "%ld of %d have trapped", count("tlbi_guest"), TIMES);
	/* with its MMU on they are its own */
	vmm_go(&v, 0, WHAT_TIMES | GUEST_MMU, 0);
	expect(!count("tlbi_guest"), "%ld have trapped of one that is warm", count("tlbi_guest"));
	vmm_close(&v);
}

static void check_beside_warm_up(void)
{
	struct vmm_config c = { .cpus = 2 };
	pthread_t thread;
	struct vmm v;
	long before;

	vmm_open(&v, &c);
	vmm_start(&v, 1, WHAT_ON_AND_ON, 0);
	thread = vmm_thread(&v, 1);
	vmm_go(&v, 0, WHAT_WAITS, 0);
	before = count("tlbi_guest");
	vmm_go(&v, 0, WHAT_STOPS | GUEST_MMU, 0);
	pthread_join(thread, NULL);
	printf("# %ld trapped before the other vCPU's MMU went on, %ld after\n", before, count("tlbi_guest") - before);
	expect(!before, "%ld have trapped with nobody warm", before);
	/* but for the one that was under way when it looked */
	expect(count("tlbi_guest") >= TIMES - 1, "only %ld of %d have trapped", count("tlbi_guest"), TIMES);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "nobody-warm", check_nobody_warm },
	{ "beside-warm-up", check_beside_warm_up },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
