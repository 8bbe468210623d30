// SPDX-License-Identifier: GPL-2.0
/*
 * hold WHAT: makes and runs a VM, closes every descriptor but WHAT (vm, vcpu,
 * gic or sys), says "held", and keeps that one open until its input ends.
 */
#include "kvm.h"

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "vm";
	struct vm v;
	char c;

	vm_open(&v);
	vm_run(&v, 0);
	munmap(v.run[0], v.run_size);
	munmap(v.run[1], v.run_size);
	if (strcmp(what, "vcpu"))
		close(v.vcpu[0]);
	close(v.vcpu[1]);
	if (strcmp(what, "gic"))
		close(v.gic);
	if (strcmp(what, "vm"))
		close(v.vm);
	if (strcmp(what, "sys"))
		close(v.sys);
	puts("held");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
