// SPDX-License-Identifier: GPL-2.0
/*
 * kexec SUM INITRD CMDLINE [call]: loads for kexec the arm64 Image that lies behind the guest's
 * memory at CARRY, and goes. Runs in a guest whose kernel has kexec_load() only.
 * With "call" the first thing that runs with the MMU off is a hypercall; else nothing there
 * needs the hypervisor. kexec sum FILE says SUM.
 */
#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096UL
#define RAM		0x40000000UL	/* where QEMU's virt machine has it */
#define AT_KERNEL	RAM
#define AT_FIRST	(RAM + 0x07ff0000)
#define AT_TREE		(RAM + 0x08000000)
#define AT_INITRD	(RAM + 0x09000000)
#define CARRY		(RAM + 0x18000000)
#define CARRY_SIZE	(96UL << 20)

#define FDT_BEGIN_NODE	1
#define FDT_END_NODE	2
#define FDT_PROP	3
#define FDT_NOP		4

struct blob {
	void *data;
	size_t size;
};

static int open_file(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

static struct blob map_file(const char *name)
{
	int fd = open_file(name);
	struct blob b;
	struct stat st;

	fstat(fd, &st);
	b.size = st.st_size;
	b.data = mmap(NULL, b.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (b.data == MAP_FAILED)
		err(1, "%s", name);
	return b;
}

static struct blob read_tree(void)
{
	static char data[1 << 20];
	const char *name = "/sys/firmware/fdt";
	struct blob b = { data, 0 };
	int fd = open_file(name);
	ssize_t n;

	while ((n = read(fd, data + b.size, sizeof(data) - b.size)) > 0)
		b.size += n;
	if (!b.size)
		err(1, "%s", name);
	return b;
}

static uint64_t sum_of(struct blob b)
{
	const uint64_t *p = b.data, *end = p + b.size / 8;
	uint64_t sum = b.size;

	while (p < end)
		sum = (sum ^ *p++) * 0x100000001b3;
	return sum;
}

/* Not the kernel's memory: mapped as a device's. */
static struct blob carried(size_t size)
{
	struct blob b = { malloc(size), size };
	const volatile uint64_t *from;
	uint64_t *to = b.data;
	int fd = open_file("/dev/mem");
	size_t i;

	from = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, CARRY);
	if (from == MAP_FAILED || !to)
		err(1, "the kernel's image");
	for (i = 0; i < size / 8; i++)
		to[i] = from[i];
	return b;
}

/* A property of /chosen, in place. */
static char *tree_chosen(struct blob tree, const char *want, uint32_t *len)
{
	uint32_t *head = tree.data, depth = 0, chosen = 0;
	char *strings = (char *)tree.data + be32toh(head[3]);
	uint32_t *p = (uint32_t *)((char *)tree.data + be32toh(head[2]));

	for (;;) {
		switch (be32toh(*p++)) {
		case FDT_BEGIN_NODE:
			if (++depth == 2)
				chosen = !strcmp((char *)p, "chosen");
			p += strlen((char *)p) / 4 + 1;
			break;
		case FDT_END_NODE:
			depth--;
			break;
		case FDT_PROP:
			*len = be32toh(p[0]);
			if (depth == 2 && chosen && !strcmp(strings + be32toh(p[1]), want))
				return (char *)(p + 2);
			p += 2 + (*len + 3) / 4;
			break;
		case FDT_NOP:
			break;
		default:
			errx(1, "no %s in the device tree", want);
		}
	}
}

static void tree_set_address(struct blob tree, const char *name, uint64_t val)
{
	uint32_t len, small = htobe32(val);
	char *p = tree_chosen(tree, name, &len);

	val = htobe64(val);
	if (len == 8)
		memcpy(p, &val, 8);
	else if (len == 4)
		memcpy(p, &small, 4);
	else
		errx(1, "%s has %u bytes", name, len);
}

static void tree_set_text(struct blob tree, const char *name, const char *text)
{
	uint32_t len;
	char *p = tree_chosen(tree, name, &len);

	if (strlen(text) >= len)
		errx(1, "'%s' is too long for the device tree", text);
	memset(p, 0, len);
	memcpy(p, text, strlen(text));
}

/* Runs with the MMU off: X0 to X3 as the arm64 boot protocol has them, and on to the kernel. */
static struct blob first_code(bool call)
{
	static uint32_t code[PAGE / 4];
	uint32_t *p = code, i;

	if (call) {
		*p++ = 0xd2b08000;			/* mov x0, #0x84000000: PSCI_VERSION */
		*p++ = 0xd4000002;			/* hvc #0 */
	}
	*p++ = 0xd2a00000 | (AT_TREE >> 16) << 5;	/* mov x0, #AT_TREE */
	for (i = 1; i < 4; i++)
		*p++ = 0xd2800000 | i;			/* mov xi, #0 */
	*p++ = 0xd2a00004 | (AT_KERNEL >> 16) << 5;	/* mov x4, #AT_KERNEL */
	*p++ = 0xd61f0080;				/* br x4 */
	return (struct blob){ code, sizeof(code) };
}

static struct kexec_segment segment(struct blob b, unsigned long at, size_t room)
{
	return (struct kexec_segment){
		.buf = b.data, .bufsz = b.size,
		.mem = (void *)at, .memsz = ((room > b.size ? room : b.size) + PAGE - 1) & ~(PAGE - 1),
	};
}

int main(int argc, char **argv)
{
	struct kexec_segment segments[4];
	struct blob kernel, initrd, tree;
	uint64_t image_size, sum;
	size_t size;

	if (argc == 3 && !strcmp(argv[1], "sum")) {
		kernel = map_file(argv[2]);
		printf("%zx-%lx\n", kernel.size, sum_of(kernel));
		return 0;
	}
	if (argc < 4 || sscanf(argv[1], "%zx-%lx", &size, &sum) != 2 || size > CARRY_SIZE)
		errx(2, "usage: kexec SUM INITRD CMDLINE [call]");
	kernel = carried(size);
	if (sum_of(kernel) != sum)
		errx(1, "the kernel's image has changed");
	initrd = map_file(argv[2]);
	tree = read_tree();
	/* Documentation/arch/arm64/booting.rst: how much it needs, with what it zeroes */
	memcpy(&image_size, (char *)kernel.data + 16, 8);
	tree_set_address(tree, "linux,initrd-start", AT_INITRD);
	tree_set_address(tree, "linux,initrd-end", AT_INITRD + initrd.size);
	tree_set_text(tree, "bootargs", argv[3]);

	segments[0] = segment(kernel, AT_KERNEL, image_size);
	segments[1] = segment(first_code(argc > 4), AT_FIRST, 0);
	segments[2] = segment(tree, AT_TREE, 0);
	segments[3] = segment(initrd, AT_INITRD, 0);
	if (segments[0].memsz > AT_FIRST - AT_KERNEL || segments[2].memsz > AT_INITRD - AT_TREE)
		errx(1, "the kernel does not fit");
	if (syscall(SYS_kexec_load, AT_FIRST, 4UL, segments, (unsigned long)KEXEC_ARCH_AARCH64))
		err(1, "kexec_load");
	sync();
	syscall(SYS_reboot, 0xfee1dead, 672274793, 0x45584543, NULL);
	err(1, "reboot");
}
