// SPDX-License-Identifier: GPL-2.0
/*
 * What gdb.t debugs: adds numbers, says the sum on the machine's PL011, and powers off. Bare metal, MMU off.
 */
#define UART	((volatile unsigned int *)0x09000000)

volatile long total;

__attribute__((noinline)) void add(long n)
{
	total += n;
}

static void say(const char *text)
{
	while (*text)
		*UART = *text++;
}

static void say_number(unsigned long n)
{
	char digits[24], *d = digits + sizeof(digits);

	*--d = 0;
	do
		*--d = '0' + n % 10;
	while (n /= 10);
	say(d);
}

void counts(void)
{
	long n;

	for (n = 1; n <= 1000; n++)
		add(n);
	say("total ");
	say_number(total);
	say("\n");
	/* SYSTEM_OFF */
	asm volatile("mov x0, %0\n\thvc #0" : : "r" (0x84000008UL) : "x0");
}

asm(".section .text.start, \"ax\"\n"
    ".global _start\n"
    "_start: ldr x0, =0x40400000\n"
    "mov sp, x0\n"
    "b counts\n"
    ".ltorg\n"
    ".text\n");
