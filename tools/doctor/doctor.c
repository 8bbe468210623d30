// SPDX-License-Identifier: GPL-2.0
/*
 * Would Tabula run on this machine, and how? Looks at what Linux shows of an arm64 machine
 * to every user, loads nothing, and says what to do next. The table of cores is the module's
 * own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../src/arm64/errata.h"

#define MAX_MODELS	16
#define KLOG_READ_ALL	3
#define KLOG_SIZE	10
#define CTR_IDC		(1UL << 28)
#define CTR_DIC		(1UL << 29)

static unsigned int wrong, unsure;
static char *kernel_log;
static char command_line[4096];

enum verdict { GOOD, BAD, UNSURE };

static void __attribute__((format(printf, 3, 4))) say(enum verdict v, const char *what, const char *format, ...)
{
	static const char *const mark[] = { [GOOD] = "ok", [BAD] = "NO", [UNSURE] = "??" };
	va_list args;

	wrong += v == BAD;
	unsure += v == UNSURE;
	printf("  %s  %-15s ", mark[v], what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* The first bytes of a small file, without its last newline; false if it cannot be read. */
static bool read_file(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f) {
		n = fread(text, 1, size - 1, f);
		fclose(f);
	}
	while (n && text[n - 1] == '\n')
		n--;
	text[n] = 0;
	return f && n;
}

static bool file_has(const char *path, const char *word)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen(path, "r");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, word);
	if (f)
		fclose(f);
	return found;
}

/* Of the boot, if it is all still there and we may read it. */
static void read_log(void)
{
	int size = klogctl(KLOG_SIZE, NULL, 0), n;

	if (size <= 0)
		return;
	kernel_log = calloc(1, size + 1);
	n = kernel_log ? klogctl(KLOG_READ_ALL, kernel_log, size) : -1;
	if (n <= 0 || !strstr(kernel_log, "CPU features:")) {
		free(kernel_log);
		kernel_log = NULL;
	}
}

static bool log_has(const char *text)
{
	return kernel_log && strstr(kernel_log, text);
}

static const char no_log[] = "not to be seen: the kernel's log of its boot is gone, or for root only";

static void look_at_kernel(const struct utsname *u)
{
	if (!strncmp(u->release, "6.12.", 5))
		say(GOOD, "kernel", "%s: tested with every change", u->release);
	else if (!strncmp(u->release, "7.3.", 4))
		say(GOOD, "kernel", "%s: built for and tried", u->release);
	else
		say(UNSURE, "kernel", "%s: not tested; 6.12 and 7.3 are", u->release);
	if (sysconf(_SC_PAGESIZE) == 4096)
		say(GOOD, "pages", "4 KiB");
	else
		say(BAD, "pages", "%ld KiB: a kernel with 4 KiB pages is needed", sysconf(_SC_PAGESIZE) / 1024);
	if (!access("/sys/kernel/realtime", F_OK))
		say(BAD, "preemption", "PREEMPT_RT: a kernel without it is needed");
	else
		say(GOOD, "preemption", "not PREEMPT_RT");
}

static void look_at_el2(void)
{
	if (log_has("Virtualization Host Extensions"))
		say(GOOD, "VHE", "the kernel runs at EL2");
	else if (kernel_log)
		say(BAD, "VHE", "none: the CPU has no FEAT_VHE, or firmware starts the kernel at EL1 (a guest without nesting)");
	else
		say(UNSURE, "VHE", "%s", no_log);
	if (strstr(command_line, "kvm-arm.mode=none"))
		say(GOOD, "boot parameter", "kvm-arm.mode=none: EL2 is free");
	else
		say(BAD, "boot parameter", "kvm-arm.mode=none is missing: the kernel's own KVM has EL2");
}

static void look_at_gic(void)
{
	if (file_has("/proc/interrupts", "GICv3"))
		say(GOOD, "GIC", "version 3 or later");
	else
		say(BAD, "GIC", "no GICv3 (a GICv2 has no system registers for guests)");
	if (strstr(command_line, "irqchip.gicv3_pseudo_nmi=1"))
		say(BAD, "pseudo-NMIs", "on: boot without irqchip.gicv3_pseudo_nmi");
}

static const char *vendor(unsigned int midr)
{
	switch (midr >> 24) {
	case 0x41:
		return "Arm";
	case 0x43:
		return "Cavium";
	case 0x46:
		return "Fujitsu";
	case 0x48:
		return "HiSilicon";
	case 0x4e:
		return "NVIDIA";
	case 0x51:
		return "Qualcomm";
	case 0x61:
		return "Apple";
	case 0x6d:
		return "Microsoft";
	case 0xc0:
		return "Ampere";
	default:
		return "core";
	}
}

static const struct {
	unsigned int flag;
	const char *handled;
} errata_lines[] = {
	{ ERRATA_REPEAT_TLBI, "broadcast TLBIs complete late: each is followed by one more" },
	{ ERRATA_STALE_FETCH, "1542419, stale fetches: CTR_EL0.DIC is not relied on, and hidden from guests" },
	{ ERRATA_NO_S2_AF, "AC03_CPU_38: no access flag by hardware, HAFDBS hidden from guests" },
	{ ERRATA_HCR_BARRIERS, "AC04_CPU_23: barriers around each write of HCR_EL2" },
	{ ERRATA_NO_BF16, "2658417: BF16 hidden from guests" },
	{ ERRATA_TRAP_STAGE1, "ThunderX2 219: guests' writes of stage-1 registers trap where there are threads" },
	{ ERRATA_GUEST_HANGS, "1508412: a guest without its own workaround can stop the machine" },
};

static void look_at_model(unsigned int midr, unsigned int count)
{
	struct errata_cpu e = errata_of(midr);
	unsigned int i;
	char name[64];

	snprintf(name, sizeof(name), "%u x %s 0x%03x r%up%u", count, vendor(midr), midr >> 4 & 0xfff, midr >> 20 & 0xf, midr & 0xf);
	if (e.refused)
		say(BAD, "cores", "%s: %s", name, e.refused);
	else if (e.flags & ERRATA_LISTED)
		say(GOOD, "cores", "%s", name);
	else
		say(GOOD, "cores", "%s: on no list, so it gets every workaround", name);
	for (i = 0; i < sizeof(errata_lines) / sizeof(errata_lines[0]); i++)
		if (e.flags & errata_lines[i].flag)
			printf("      %-15s %s\n", "", errata_lines[i].handled);
	if (!(e.flags & ERRATA_SAFE_HISTORY))
		printf("      %-15s branch history: firmware's call, or a loop of %u branches, at each exit\n", "", e.loop ?: ERRATA_LOOP_MAX);
}

static void look_at_cores(void)
{
	static const char pattern[] = "/sys/devices/system/cpu/cpu[0-9]*/regs/identification/midr_el1";
	unsigned int midr[MAX_MODELS], count[MAX_MODELS] = {}, models = 0, i;
	char text[64];
	glob_t g = {};
	size_t n;

	glob(pattern, 0, NULL, &g);
	for (n = 0; n < g.gl_pathc; n++) {
		unsigned int val;

		if (!read_file(g.gl_pathv[n], text, sizeof(text)))
			continue;	/* a CPU that is offline */
		val = strtoull(text, NULL, 16);
		for (i = 0; i < models && midr[i] != val; i++)
			;
		if (i == MAX_MODELS)
			continue;
		if (i == models)
			midr[models++] = val;
		count[i]++;
	}
	globfree(&g);
	if (!models)
		say(UNSURE, "cores", "the kernel shows no MIDR_EL1");
	for (i = 0; i < models; i++)
		look_at_model(midr[i], count[i]);
	if (models > 1)
		printf("      %-15s several models: keep each vCPU to cores of one\n", "");
}

static void look_at_caches(void)
{
	unsigned long ctr;

	asm("mrs %0, ctr_el0" : "=r" (ctr));
	say(GOOD, "caches", "IDC %s, DIC %s: %s", ctr & CTR_IDC ? "yes" : "no", ctr & CTR_DIC ? "yes" : "no",
	    ctr & CTR_DIC ? "no maintenance for instructions" : "instruction caches are invalidated at a map");
	if (log_has("Stage-2 Force Write-Back"))
		say(GOOD, "policy", "fwb: FEAT_S2FWB is there, guests' accesses are cacheable whatever they say");
	else if (kernel_log)
		say(GOOD, "policy", "two-tree: no FEAT_S2FWB");
	else
		say(UNSURE, "policy", "fwb or two-tree, by FEAT_S2FWB: %s", no_log);
}

static int advise(void)
{
	bool parameter = strstr(command_line, "kvm-arm.mode=none");

	putchar('\n');
	if (!access("/sys/module/tabula", F_OK)) {
		puts("tabula.ko is loaded. Next: qemu-system-aarch64 -accel kvm -cpu host -machine virt,gic-version=host …");
		return 0;
	}
	if (wrong > (parameter ? 0 : 1)) {
		puts("Tabula does not run here as it is: see the lines with NO. It does in an emulated server: make run");
		return 1;
	}
	if (!parameter) {
		puts("Next: add kvm-arm.mode=none to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub,\n"
		     "then update-grub), boot, and run this again.");
		return 1;
	}
	if (unsure)
		puts("Nothing speaks against it; what could not be seen has ??.");
	puts("Next: apt install linux-headers-arm64 build-essential dkms && dkms install . && modprobe tabula");
	return 0;
}

int main(void)
{
	struct utsname u;

	uname(&u);
	read_file("/proc/cmdline", command_line, sizeof(command_line));
	read_log();
	puts("Would Tabula run here?\n");
	look_at_kernel(&u);
	look_at_el2();
	look_at_gic();
	look_at_cores();
	look_at_caches();
	return advise();
}
