// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's descriptors in another process: every ioctl there is refused with EIO,
 * and the VM may be destroyed there after the process that made it is gone.
 */
#include <sys/wait.h>

#include "kvm.h"

static int refused(int fd, unsigned long request, unsigned long arg, const char *what)
{
	if (ioctl(fd, request, arg) == -1 && errno == EIO)
		return 0;
	warn("%s from another process: not EIO", what);
	return 1;
}

int main(void)
{
	struct kvm_userspace_memory_region r = { .slot = 1, .guest_phys_addr = 0x80000000, .memory_size = 4096 };
	struct kvm_mp_state mp;
	int go[2], done[2], status, bad = 0;
	char c = 0;
	pid_t maker;

	if (pipe(go) || pipe(done))
		err(1, "pipe");
	/*
	 * Descriptors are inherited by the child, so the parent makes the VM and
	 * another child makes the parent's place: maker -> user, then maker dies.
	 */
	maker = fork();
	if (maker < 0)
		err(1, "fork");
	if (maker == 0) {
		struct vm v;
		pid_t user;

		vm_open(&v);
		vm_run(&v, 0);
		user = fork();
		if (user < 0)
			err(1, "fork");
		if (user)
			_exit(0);	/* the VM's own mm goes away now */
		close(go[1]);
		if (read(go[0], &c, 1) != 1)	/* until the maker is gone */
			_exit(1);
		r.userspace_addr = (uintptr_t)v.ram;
		bad |= refused(v.vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&r, "KVM_SET_USER_MEMORY_REGION");
		bad |= refused(v.vm, KVM_CREATE_VCPU, 5, "KVM_CREATE_VCPU");
		bad |= refused(v.vcpu[0], KVM_RUN, 0, "KVM_RUN");
		bad |= refused(v.vcpu[0], KVM_GET_MP_STATE, (unsigned long)&mp, "KVM_GET_MP_STATE");
		bad |= refused(v.gic, KVM_SET_DEVICE_ATTR, 0, "KVM_SET_DEVICE_ATTR");
		vm_close(&v);
		c = bad;
		if (write(done[1], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	if (waitpid(maker, &status, 0) != maker || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(1, "the VM could not be made");
	close(done[1]);
	if (write(go[1], &c, 1) != 1)
		err(1, "write");
	if (read(done[0], &c, 1) != 1)
		errx(1, "the process with the passed descriptors died");
	return c;
}
