// SPDX-License-Identifier: GPL-2.0
/*
 * Atomic operations on the caller's memory, one by an ioctl on /dev/tabula-test.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "host/user.c"

/* The same in tests/lab/uatomic.c. */
struct user_op {
	u64 hva;
	u64 width;
	u64 old;
	u64 new;
};

enum { USER_LOAD = 0x7401, USER_STORE, USER_CMPXCHG };	/* low ones are the VFS's own */

static long test_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct user_op __user *uop = (struct user_op __user *)arg;
	struct user_op op;
	long ret;

	if (copy_from_user(&op, uop, sizeof(op)))
		return -EFAULT;
	switch (cmd) {
	case USER_LOAD:
		ret = host_user_load(op.hva, op.width, &op.old);
		break;
	case USER_STORE:
		ret = host_user_store(op.hva, op.width, op.new);
		break;
	case USER_CMPXCHG:
		ret = host_user_cmpxchg(op.hva, op.width, &op.old, op.new);
		break;
	default:
		return -ENOTTY;
	}
	return copy_to_user(uop, &op, sizeof(op)) ? -EFAULT : ret;
}

static const struct file_operations test_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = test_ioctl,
};

static struct miscdevice test_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tabula-test",
	.fops = &test_fops,
	.mode = 0600,
};

module_misc_device(test_device);
MODULE_DESCRIPTION("Tests of tabula's parts inside the kernel");
MODULE_LICENSE("GPL");
