/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process that has opened files: descriptors, eventfds, work queues, and an architecture that writes down what it is
 * called for. What vm/ and abi/ have for every architecture runs between these two.
 */
#ifndef FILE_ENV_H
#define FILE_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after those above */
#include <cmocka.h>

#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "../../model/shim/unit.h"
#include "../../src/mem/gmem.h"
#include "../../src/vm/arch.h"
#include "../../src/vm/device.h"
#include "../../src/vm/irqchip.h"
#include "../../src/vm/vm.h"
#include "each_alloc.h"

#define ENV_FDS		64
#define ENV_PINS	100
#define ENV_DEVICE	7	/* the kind of device that there is */
#define ENV_IOCTL	0xae99	/* of the architecture alone */

/* How often the architecture, the device and the interrupt controller were called, and with what at last. */
struct env_calls {
	unsigned int vm_init, vm_release, vm_destroy, vm_ioctl;
	unsigned int vcpu_init, vcpu_publish, vcpu_destroy, vcpu_settle, vcpu_ioctl;
	unsigned int device_create, device_release, device_attr;
	unsigned int run, kick, enable_cap, gmem, ready;
	unsigned long type, arg;
	struct kvm_device_attr attr;
};

struct env_line {
	unsigned int pulses, raised, lowered;
	bool level, listened;
};

extern struct env_calls env_calls;
extern struct env_line env_lines[ENV_PINS];
extern unsigned int env_messages;
extern u64 env_message;		/* the last one: address and, in its upper half, data */
extern struct vm_arch env_arch;
extern struct irqchip_ops env_chip;
extern bool env_chip_ready, env_has_chip;
extern struct miscdevice *env_misc;
extern int env_misc_ret, env_vm_init_ret, env_vcpu_init_ret, env_device_ret, env_run_ret, env_start_ret, env_gmem_ret, env_run_start_ret;
extern const char *env_why_not;		/* this host will not do */
extern unsigned int env_fd_limit;	/* descriptors that the process may have */
extern unsigned int env_parts;		/* of the module that are started and not stopped */
extern struct kvm_userspace_memory_region env_region_seen;

int env_open(void **state);	/* setup: the module is loaded */
int env_close_all(void **state);	/* teardown: nothing is left */

/* Whose descriptor it is tells the file's operations. */
struct file *env_file(int fd);
long env_ioctl(int fd, unsigned int cmd, unsigned long arg);
long env_dev_ioctl(unsigned int cmd, unsigned long arg);
void env_close(int fd);
unsigned int env_nr_fds(void);
struct vm *env_vm(int fd);

int env_eventfd(void);
/* User space writes 1 to it. */
void env_ring(int fd);
/* What user space reads: how often it was signalled since. */
u64 env_count(int fd);
unsigned int env_watched(int fd);

/* Whether the module's own directory under debugfs is there. */
bool env_module_shown(void);

/* A VM's file under debugfs, the last that was made: its text; NULL: it is gone. */
const char *env_shown(void);

#define env_arg(x)	((unsigned long)(uintptr_t)(x))

#endif
