// SPDX-License-Identifier: GPL-2.0
/*
 * The host's pages under a guest: signals while one is waited for, and an address space that ends
 * while somebody else holds the VM's descriptors.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "vmm.h"
#include "../module/host.h"

enum { WHAT_READ, WHAT_WRITE, WHAT_SPIN };

#define AT	0x80000000UL
#define SIZE	(4UL << 20)
#define MARK	0x5eedUL

#ifdef GUEST

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	if (what == WHAT_WRITE)
		write64(arg, MARK);
	while (what == WHAT_SPIN)
		read64(arg);
	return read64(arg);
}

#else

static void nothing(int sig)
{
}

static uint8_t *memory(void)
{
	uint8_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	madvise(p, SIZE, MADV_NOHUGEPAGE);
	return p;
}

static void *run_it(void *p)
{
	struct vmm *v = p;

	return (void *)result(ioctl(v->cpu[0], KVM_RUN, 0));
}

static int userfault(void *mem)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .range = { (uintptr_t)mem, SIZE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		cannot("no userfaultfd");
	if (ioctl(fd, UFFDIO_REGISTER, &r))
		die("UFFDIO_REGISTER: %s", strerror(errno));
	return fd;
}

/* A vCPU waits for a page that somebody has yet to bring: a signal ends KVM_RUN, with EINTR, and it goes on when the page is there. */
static void check_signal(void)
{
	struct uffdio_zeropage zero = { };
	uint8_t *mem = memory();
	int fd = userfault(mem);
	struct uffd_msg msg;
	unsigned int i, what;
	uint64_t val = 0;
	struct vmm v;
	pthread_t t;
	void *ret;

	if (is_kernels_kvm())
		cannot("it waits for the page, whatever comes");
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = nothing }, NULL);
	vmm_open(&v, NULL);
	expect_result(vmm_slot(&v, 1, AT, SIZE, mem, 0), 0);
	for (what = WHAT_READ; what <= WHAT_WRITE; what++) {
		vmm_start(&v, 0, what, AT + 4096 * what);
		for (i = 0; i < 2; i++) {
			pthread_create(&t, NULL, run_it, &v);
			if (read(fd, &msg, sizeof(msg)) != sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT)
				die("no page fault");
			expect(msg.arg.pagefault.address == (uintptr_t)mem + 4096 * what, "a fault at %#llx", msg.arg.pagefault.address);
			usleep(20000);
			pthread_kill(t, SIGUSR1);
			pthread_join(t, &ret);
			expect((long)ret == -EINTR, "access %u: KVM_RUN: %s", what, result_name((long)ret));
		}
		zero.range.start = (uintptr_t)mem + 4096 * what;
		zero.range.len = 4096;
		expect(!ioctl(fd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE: %s", strerror(errno));
		expect(vmm_event(&v, 0, &val) == PORT_DONE, "no end");
		expect(val == (what == WHAT_READ ? 0 : MARK), "access %u: %#lx", what, (long)val);
		expect(*(uint64_t *)(mem + 4096 * what) == val, "access %u: the VMM reads otherwise", what);
	}
	vmm_close(&v);
	close(fd);
}

static long free_kib(void)
{
	char text[200];
	long n, kib = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(text, sizeof(text), f))
		if (sscanf(text, "MemFree: %ld", &n) == 1)
			kib = n;
	if (f)
		fclose(f);
	return kib;
}

static void send_fds(int sock, const int *fds, unsigned int n)
{
	char buf[CMSG_SPACE(4 * sizeof(int))] = { 0 }, c = 0;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	if (sendmsg(sock, &m, 0) != 1)
		_exit(1);
}

static void receive_fds(int sock, int *fds, unsigned int n)
{
	char buf[CMSG_SPACE(4 * sizeof(int))] = { 0 }, c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof(buf) };

	if (recvmsg(sock, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		die("recvmsg: %s", strerror(errno));
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&m)), n * sizeof(int));
}

#define HELD	(128UL << 20)

/* The VMM is killed, its descriptors live on elsewhere: its memory goes with it, and they refuse everything. */
static void check_held(void)
{
	int sock[2], fds[3];
	long with, after;
	unsigned int i;
	struct vmm v;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		die("socketpair");
	pid = fork();
	if (!pid) {
		uint8_t *mem = mmap(NULL, HELD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		vmm_open(&v, NULL);
		vmm_slot(&v, 1, AT, HELD, mem, 0);
		for (i = 0; i < 64; i++)
			vmm_go(&v, 0, WHAT_WRITE, AT + i * (HELD / 64));
		send_fds(sock[1], (int []){ v.vm, v.cpu[0], v.gic }, 3);
		vmm_start(&v, 0, WHAT_SPIN, AT);
		vmm_run(&v, 0);
		_exit(0);
	}
	receive_fds(sock[0], fds, 3);
	usleep(50000);
	with = free_kib();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < 40; i++) {
		usleep(50000);
		after = free_kib();
		if (after - with > (long)(HELD >> 10) * 3 / 4)
			break;
	}
	expect(after - with > (long)(HELD >> 10) * 3 / 4, "of %lu KiB %ld have come back", HELD >> 10, after - with);
	expect_result(ioctl(fds[0], KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY), -EIO);
	expect_result(ioctl(fds[1], KVM_RUN, 0), -EIO);
	expect_result(ioctl(fds[2], KVM_SET_DEVICE_ATTR, &v), -EIO);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	/* and the next VM runs */
	vmm_open(&v, NULL);
	expect(vmm_go(&v, 0, WHAT_WRITE, GUEST_RAM + 0x200000) == MARK, "the next VM does not run");
	vmm_close(&v);
}

static int used(int fd, const void *at, unsigned int how)
{
	struct host_age a = { (uintptr_t)at, how };

	return ioctl(fd, HOST_AGE, &a);
}

/* Was a page used by the guest? Asked, it stays so; cleared, it is not until the guest uses it again; other pages are not. */
static void check_young(void)
{
	int fd = open("/dev/tabula-host", O_RDWR);
	uint8_t *mem = memory(), *far = mem + SIZE / 2;
	unsigned int i, how;
	struct vmm v;

	if (fd < 0)
		die("no /dev/tabula-host");
	memset(mem, 1, SIZE);
	expect(!used(fd, mem, HOST_AGE_TEST), "used without a VM");
	vmm_open(&v, NULL);
	expect_result(vmm_slot(&v, 1, AT, SIZE, mem, 0), 0);
	expect(!used(fd, mem, HOST_AGE_TEST), "used before the guest runs");
	for (how = HOST_AGE_CLEAR; how <= HOST_AGE_CLEAR_FLUSH; how++) {
		vmm_go(&v, 0, how == HOST_AGE_CLEAR ? WHAT_WRITE : WHAT_READ, AT);
		for (i = 0; i < 3; i++)
			expect(used(fd, mem + 100 * i, HOST_AGE_TEST) == 1, "asked %u times it is not used", i);
		expect(!used(fd, far, HOST_AGE_TEST), "another page is used");
		expect(used(fd, mem, how) == 1, "it was not used when it was cleared");
		expect(!used(fd, mem, HOST_AGE_TEST), "it is used after it was cleared");
		expect(!used(fd, mem, how), "cleared twice");
		/* the table alone was cleared: a TLB may know the page as used until it is asked to forget */
		used(fd, mem, HOST_AGE_CLEAR_FLUSH);
		vmm_slot(&v, 1, AT, 0, mem, 0);
		expect(!used(fd, mem, HOST_AGE_TEST), "used without a slot");
		expect_result(vmm_slot(&v, 1, AT, SIZE, mem, 0), 0);
	}
	vmm_go(&v, 0, WHAT_READ, AT);
	used(fd, mem, HOST_AGE_CLEAR_FLUSH);
	vmm_go(&v, 0, WHAT_READ, AT);
	expect(used(fd, mem, HOST_AGE_TEST) == 1, "used again it is not");
	vmm_close(&v);
	close(fd);
}

static const struct check checks[] = {
	{ "signal", check_signal },
	{ "held", check_held },
	{ "young", check_young },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
