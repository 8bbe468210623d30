// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors and what is behind them, for one process with one thread.
 */
#include "file_env.h"

#include <linux/anon_inodes.h>
#include <linux/debugfs.h>
#include <linux/eventfd.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "../../src/vm/run.h"
#include "../../src/vm/stats.h"

struct eventfd_ctx {
	unsigned int refs;
	u64 count;
	wait_queue_entry_t *wait[ENV_FDS];
	unsigned int waiters;
};

static struct {
	struct file *file;
	bool reserved;
	unsigned int refs;
} fds[ENV_FDS];

static struct eventfd_ctx *event_now;	/* whose wait queue vfs_poll() offers */
static const struct file_operations eventfd_fops;
static unsigned int pages_held;

unsigned int env_fd_limit;

struct file *env_file(int fd)
{
	return fd >= 0 && fd < ENV_FDS ? fds[fd].file : NULL;
}

int get_unused_fd_flags(unsigned int flags)
{
	unsigned int i;

	assert_int_equal(flags & O_CLOEXEC, O_CLOEXEC);
	for (i = 0; i < env_fd_limit; i++)
		if (!fds[i].file && !fds[i].reserved) {
			fds[i].reserved = true;
			return i;
		}
	return -EMFILE;
}

void put_unused_fd(unsigned int fd)
{
	assert_true(fds[fd].reserved);
	fds[fd].reserved = false;
}

void fd_install(unsigned int fd, struct file *file)
{
	assert_true(fds[fd].reserved);
	fds[fd].reserved = false;
	fds[fd].file = file;
	fds[fd].refs = 1;
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	assert_non_null(name);
	/* read and written as far as what it is can be */
	assert_int_equal(flags & O_ACCMODE, fops->read ? O_RDONLY : O_RDWR);
	if (!file)
		return ERR_PTR(-ENOMEM);
	file->f_op = fops;
	file->private_data = priv;
	return file;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static void drop(unsigned int fd)
{
	struct file *file = fds[fd].file;

	if (--fds[fd].refs)
		return;
	fds[fd].file = NULL;
	if (file->f_op->release)
		file->f_op->release(NULL, file);
	kfree(file);
}

void fput(struct file *file)
{
	unsigned int i;

	for (i = 0; i < ENV_FDS; i++)
		if (fds[i].file == file)
			return drop(i);
	fail_msg("a file that nobody has is put");
}

void env_close(int fd)
{
	assert_non_null(env_file(fd));
	drop(fd);
}

unsigned int env_nr_fds(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ENV_FDS; i++)
		n += fds[i].file || fds[i].reserved;
	return n;
}

long env_ioctl(int fd, unsigned int cmd, unsigned long arg)
{
	struct file *file = env_file(fd);

	if (!file)
		return -EBADF;
	return file->f_op->unlocked_ioctl(file, cmd, arg);
}

struct vm *env_vm(int fd)
{
	return env_file(fd)->private_data;
}

ssize_t simple_read_from_buffer(void __user *to, size_t n, loff_t *pos, const void *from, size_t size)
{
	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= size || !n)
		return 0;
	n = min(n, size - (size_t)*pos);
	if (copy_to_user(to, from + *pos, n))
		return -EFAULT;
	*pos += n;
	return n;
}

void get_page(struct page *page)
{
	assert_non_null(page);
	pages_held++;
}

/* Eventfds */

static int eventfd_release(struct inode *inode, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;
	unsigned int i;

	(void)inode;
	for (i = 0; i < ctx->waiters; i++)
		assert_int_equal(ctx->wait[i]->func(ctx->wait[i], 0, 0, (void *)(unsigned long)EPOLLHUP), 0);
	eventfd_ctx_put(ctx);
	return 0;
}

static const struct file_operations eventfd_fops = { .release = eventfd_release };

int env_eventfd(void)
{
	struct eventfd_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);

	ctx->refs = 1;
	return anon_inode_getfd("[eventfd]", &eventfd_fops, ctx, O_RDWR | O_CLOEXEC);
}

static struct eventfd_ctx *ctx_of(int fd)
{
	assert_ptr_equal(env_file(fd)->f_op, &eventfd_fops);
	return env_file(fd)->private_data;
}

struct file *eventfd_fget(int fd)
{
	if (!env_file(fd))
		return ERR_PTR(-EBADF);
	if (env_file(fd)->f_op != &eventfd_fops)
		return ERR_PTR(-EINVAL);
	fds[fd].refs++;
	return env_file(fd);
}

struct eventfd_ctx *eventfd_ctx_fileget(struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	ctx->refs++;
	return ctx;
}

struct eventfd_ctx *eventfd_ctx_fdget(int fd)
{
	struct file *file = eventfd_fget(fd);
	struct eventfd_ctx *ctx;

	if (IS_ERR(file))
		return ERR_CAST(file);
	ctx = eventfd_ctx_fileget(file);
	fput(file);
	return ctx;
}

void eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	assert_true(ctx->refs > 0);
	if (--ctx->refs)
		return;
	assert_int_equal(ctx->waiters, 0);
	kfree(ctx);
}

/* From inside the kernel, or by write(): who waits hears of it with the queue locked. */
void eventfd_signal(struct eventfd_ctx *ctx)
{
	unsigned int i;

	ctx->count++;
	shim_irqs_off();
	for (i = 0; i < ctx->waiters; i++)
		/* taken: nobody else who waits for it alone is woken */
		assert_int_equal(ctx->wait[i]->func(ctx->wait[i], 0, 0, (void *)(unsigned long)EPOLLIN), 1);
	shim_irqs_on();
}

void eventfd_ctx_do_read(struct eventfd_ctx *ctx, u64 *count)
{
	*count = ctx->count;
	ctx->count = 0;
}

void add_wait_queue_priority(wait_queue_head_t *q, wait_queue_entry_t *wait)
{
	(void)q;
	event_now->wait[event_now->waiters++] = wait;
}

int eventfd_ctx_remove_wait_queue(struct eventfd_ctx *ctx, wait_queue_entry_t *wait, u64 *count)
{
	unsigned int i;

	for (i = 0; i < ctx->waiters && ctx->wait[i] != wait; i++)
		;
	assert_true(i < ctx->waiters);
	ctx->wait[i] = ctx->wait[--ctx->waiters];
	eventfd_ctx_do_read(ctx, count);
	return 0;
}

__poll_t vfs_poll(struct file *file, poll_table *pt)
{
	event_now = file->private_data;
	pt->_qproc(file, NULL, pt);
	return event_now->count ? EPOLLIN : 0;
}

void env_ring(int fd)
{
	eventfd_signal(ctx_of(fd));
}

u64 env_count(int fd)
{
	u64 count;

	eventfd_ctx_do_read(ctx_of(fd), &count);
	return count;
}

unsigned int env_watched(int fd)
{
	return ctx_of(fd)->waiters;
}

/* Files for people: directories by number, and of each the last file */

struct dentry {
	bool there;
	struct dentry *parent;
	void *data;
	const struct file_operations *fops;
};

static struct dentry dentries[16], *shown;
static unsigned int nr_dentries;
static struct dentry *module_dir;
static char vm_name[32];
static unsigned int nr_vcpu_dirs;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	struct dentry *d = &dentries[nr_dentries++ % ARRAY_SIZE(dentries)];

	/* all but the module's own are in another, which is there */
	assert_int_equal(!parent, !strcmp(name, "tabula"));
	assert_true(!parent || parent->there);
	if (!parent)
		module_dir = d;
	/* each VM's is another */
	if (parent && parent == module_dir) {
		assert_string_not_equal(name, vm_name);
		assert_true(strlen(name) >= 3 && strlen(name) < sizeof(vm_name));
		strcpy(vm_name, name);
	}
	/* a vCPU's is in its VM's, by its number */
	if (parent && parent != module_dir)
		assert_true(parent->parent == module_dir && !strncmp(name, "vcpu", 4) && name[4]);
	nr_vcpu_dirs += parent && parent != module_dir;
	*d = (struct dentry) { .there = true, .parent = parent };
	return d;
}

void debugfs_create_file(const char *name, unsigned int mode, struct dentry *dir, void *data,
			 const struct file_operations *fops)
{
	assert_string_equal(name, "stats");
	assert_int_equal(mode, 0444);
	assert_true(dir->there);
	dir->data = data;
	dir->fops = fops;
	shown = dir;
}

void debugfs_remove_recursive(struct dentry *dir)
{
	assert_true(dir->there);
	dir->there = false;
}

const char *env_shown(void)
{
	static struct seq_file m;

	m = (struct seq_file) { .private = shown->data };
	if (!shown->there)
		return NULL;
	assert_int_equal(shown->fops->show(&m, NULL), 0);
	return m.text;
}

/* Work queues */

struct workqueue_struct {
	struct work_struct *first;
};

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	(void)name;
	/* wherever there is room, and as many as there are */
	assert_true(flags == WQ_UNBOUND && !max);
	return kzalloc(sizeof(struct workqueue_struct), GFP_KERNEL);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	assert_null(wq->first);
	kfree(wq);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	/* an irqfd is not seen dead before its work is queued */
	assert_true(irqs_disabled());
	work->next = wq->first;
	wq->first = work;
	return true;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;

	shim_may_sleep();
	while ((work = wq->first)) {
		wq->first = work->next;
		work->func(work);
	}
}

/* The architecture */

struct env_calls env_calls;
struct env_line env_lines[ENV_PINS];
unsigned int env_messages, env_parts;
u64 env_message;
bool env_chip_ready, env_has_chip;
struct miscdevice *env_misc;
int env_misc_ret, env_vm_init_ret, env_vcpu_init_ret, env_device_ret, env_run_ret, env_start_ret, env_gmem_ret, env_run_start_ret;
const char *env_why_not;
struct kvm_userspace_memory_region env_region_seen;
static struct gmem env_gmem;

int gmem_set_region(struct gmem *g, const struct kvm_userspace_memory_region *r)
{
	assert_ptr_equal(g, &env_gmem);
	env_region_seen = *r;
	env_calls.gmem++;
	return env_gmem_ret;
}

int gmem_get_dirty_log(struct gmem *g, const struct kvm_dirty_log *log)
{
	assert_ptr_equal(g, &env_gmem);
	env_calls.gmem += log->slot;
	return env_gmem_ret;
}

int gmem_clear_dirty_log(struct gmem *g, const struct kvm_clear_dirty_log *log)
{
	assert_ptr_equal(g, &env_gmem);
	env_calls.gmem += log->slot * 100;
	return env_gmem_ret;
}

/* vm/run.c is not here: nobody runs. */
struct vcpu *vcpu_running_here(void)
{
	return NULL;
}

void gmem_ring_init(struct gmem_ring *ring, struct kvm_dirty_gfn *entry, u32 size)
{
	*ring = (struct gmem_ring) { .entry = entry, .size = size };
}

int gmem_rings_enable(struct gmem *g, const struct gmem_ring_client *client, void *owner)
{
	assert_ptr_equal(g, &env_gmem);
	assert_null(client->here(owner));
	assert_null(client->nth(owner, 0));
	return env_gmem_ret;
}

int gmem_rings_use_bitmap(struct gmem *g)
{
	assert_ptr_equal(g, &env_gmem);
	env_calls.gmem += 10;
	return env_gmem_ret;
}

int gmem_rings_reset(struct gmem *g)
{
	assert_ptr_equal(g, &env_gmem);
	env_calls.gmem++;
	return env_gmem_ret;
}

int gmem_set_dirty_manual(struct gmem *g, u64 flags)
{
	assert_ptr_equal(g, &env_gmem);
	env_calls.arg = flags;
	return env_gmem_ret;
}

static int env_vm_init(struct vm *vm, unsigned long type)
{
	vm->gmem = &env_gmem;
	if (env_has_chip)
		vm->irqchip = &env_chip;
	env_calls.type = type;
	env_calls.vm_init += !env_vm_init_ret;
	return env_vm_init_ret;
}

static void env_vm_release(struct vm *vm)
{
	/* vCPUs are there until guest memory is gone */
	assert_int_equal(env_calls.vcpu_destroy + vm->nr_vcpus, env_calls.vcpu_init);
	env_calls.vm_release++;
}

static void env_vm_destroy(struct vm *vm)
{
	(void)vm;
	assert_int_equal(env_calls.vcpu_destroy, env_calls.vcpu_init);
	env_calls.vm_destroy++;
}

static long env_vm_ioctl(struct vm *vm, unsigned int cmd, unsigned long arg)
{
	(void)vm;
	env_calls.vm_ioctl++;
	env_calls.arg = arg;
	return cmd == ENV_IOCTL ? 5 : -ENOTTY;
}

static int env_enable_cap(struct vm *vm, const struct kvm_enable_cap *cap)
{
	(void)vm;
	env_calls.enable_cap = cap->cap;
	return cap->cap == 1000 ? 0 : -EINVAL;
}

static long env_check_extension(struct vm *vm, long cap)
{
	return cap == 1000 ? vm ? 2 : 1 : 0;
}

static int env_vcpu_init(struct vcpu *vcpu)
{
	assert_true(mutex_is_locked(&vcpu->vm->lock));
	env_calls.vcpu_init += !env_vcpu_init_ret;
	return env_vcpu_init_ret;
}

static void env_vcpu_publish(struct vcpu *vcpu)
{
	assert_ptr_equal(vm_vcpu(vcpu->vm, vcpu->idx), vcpu);
	env_calls.vcpu_publish++;
}

static void env_vcpu_destroy(struct vcpu *vcpu)
{
	(void)vcpu;
	env_calls.vcpu_destroy++;
}

static void env_vcpu_settle(struct vcpu *vcpu)
{
	assert_true(mutex_is_locked(&vcpu->mutex));
	env_calls.vcpu_settle++;
}

static long env_vcpu_ioctl(struct vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	assert_true(mutex_is_locked(&vcpu->mutex));
	env_calls.vcpu_ioctl++;
	env_calls.arg = arg;
	return cmd == ENV_IOCTL ? 6 : -ENOTTY;
}

static int env_device_create(struct vm_device *dev)
{
	assert_true(mutex_is_locked(&dev->vm->lock));
	env_calls.device_create += !env_device_ret;
	return env_device_ret;
}

static void env_device_release(struct vm_device *dev)
{
	/* while guest memory is there: it may look into it; of one that never came to be it is likewise */
	assert_int_equal(env_calls.vm_release, env_calls.vm_destroy);
	(void)dev;
	env_calls.device_release++;
}

static int env_device_set(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	(void)dev;
	env_calls.device_attr = 1;
	env_calls.attr = *attr;
	return 0;
}

static int env_device_has(struct vm_device *dev, const struct kvm_device_attr *attr)
{
	(void)dev;
	env_calls.device_attr = 3;
	env_calls.attr = *attr;
	return attr->group == 1 ? 0 : -ENXIO;
}

/* Its attributes cannot be read. */
static const struct vm_device_ops env_device = {
	.name = "device", .type = ENV_DEVICE, .create = env_device_create, .release = env_device_release,
	.set_attr = env_device_set, .has_attr = env_device_has,
};

static const struct vm_device_ops env_other = { .name = "other", .type = ENV_DEVICE + 1 };
static const struct vm_device_ops *const env_devices[] = { &env_other, &env_device, NULL };

static const struct stats_desc env_stats[] = {
	{ "one", offsetof(struct vm, refs), 1 },
	{ "two", offsetof(struct vm, nr_vcpus), 2 },
	{ "a name that fills all thirty-one", offsetof(struct vm, refs), 3 },
};

struct vm_arch env_arch;

static const struct vm_arch env_arch_new = {
	.vm_size = sizeof(struct vm), .vcpu_size = sizeof(struct vcpu), .run_pages = 2, .coalesced = true,
	.vm_stats = env_stats, .nr_vm_stats = 3, .devices = env_devices,
	.check_extension = env_check_extension, .enable_cap = env_enable_cap,
	.vm_init = env_vm_init, .vm_release = env_vm_release, .vm_destroy = env_vm_destroy, .vm_ioctl = env_vm_ioctl,
	.vcpu_init = env_vcpu_init, .vcpu_publish = env_vcpu_publish, .vcpu_destroy = env_vcpu_destroy,
	.vcpu_settle = env_vcpu_settle, .vcpu_ioctl = env_vcpu_ioctl,
};

static bool chip_ready(const struct vm *vm)
{
	(void)vm;
	return env_chip_ready;
}

static void chip_set_line(struct vm *vm, u32 pin, bool level)
{
	(void)vm;
	env_lines[pin].raised += level;
	env_lines[pin].lowered += !level;
	env_lines[pin].level = level;
}

static void chip_pulse(struct vm *vm, u32 pin)
{
	(void)vm;
	env_lines[pin].pulses++;
}

static void chip_listen(struct vm *vm, u32 pin, bool on)
{
	assert_true(mutex_is_locked(&vm->irq_lock));
	env_lines[pin].listened = on;
}

static bool chip_message_fits(const struct vm *vm, const struct irqchip_message *m)
{
	(void)vm;
	return m->address >> 20 == 0x123456fee && m->data < 0x10000;
}

static void chip_message(struct vm *vm, const struct irqchip_message *m)
{
	(void)vm;
	env_messages++;
	env_message = (m->address & 0xffffffff) | (u64)m->data << 32;
}

struct irqchip_ops env_chip;

static const struct irqchip_ops env_chip_new = {
	.pins = ENV_PINS, .ready = chip_ready, .set_line = chip_set_line, .pulse = chip_pulse, .listen = chip_listen,
	.message_fits = chip_message_fits, .message = chip_message,
};

/* vm/run.c, and the machine */

void run_init(struct vcpu *vcpu)
{
	vcpu->cpu = -1;
}

int vcpu_run(struct vcpu *vcpu)
{
	assert_true(mutex_is_locked(&vcpu->mutex));
	env_calls.run++;
	return env_run_ret;
}

void vcpu_kick(struct vcpu *vcpu)
{
	env_calls.kick |= 1U << vcpu->id;
}

int run_module_init(void)
{
	if (env_run_start_ret)
		return env_run_start_ret;
	env_parts++;
	return 0;
}

void run_module_exit(void)
{
	env_parts--;
}

const char *arch_check_host(void)
{
	return env_why_not;
}

const char *arch_busy(void)
{
	return "somebody else has it";
}

int arch_start(const struct vm_arch **arch)
{
	*arch = &env_arch;
	env_parts += !env_start_ret;
	return env_start_ret;
}

void arch_ready(void)
{
	assert_non_null(env_misc);
	assert_int_equal(env_misc->fops->open(NULL, NULL), 0);
	env_calls.ready++;
}

void arch_stop(void)
{
	env_parts--;
}

static bool loaded_before;

int misc_register(struct miscdevice *misc)
{
	if (env_misc_ret)
		return env_misc_ret;
	assert_null(env_misc);
	/* nobody gets in before all is there; the variable that says so is new only once here */
	if (!loaded_before)
		assert_int_equal(misc->fops->open(NULL, NULL), -ENODEV);
	loaded_before = true;
	env_misc = misc;
	return 0;
}

void misc_deregister(struct miscdevice *misc)
{
	assert_ptr_equal(env_misc, misc);
	env_misc = NULL;
}

long env_dev_ioctl(unsigned int cmd, unsigned long arg)
{
	assert_int_equal(env_misc->fops->open(NULL, NULL), 0);
	return env_misc->fops->unlocked_ioctl(NULL, cmd, arg);
}

int env_open(void **state)
{
	(void)state;
	memset(&env_calls, 0, sizeof(env_calls));
	memset(env_lines, 0, sizeof(env_lines));
	env_messages = 0;
	nr_vcpu_dirs = 0;
	env_arch = env_arch_new;
	env_chip = env_chip_new;
	env_chip_ready = true;
	env_has_chip = true;
	env_fd_limit = ENV_FDS;
	env_vm_init_ret = 0;
	env_vcpu_init_ret = 0;
	env_device_ret = 0;
	env_run_ret = 0;
	env_gmem_ret = 0;
	pages_held = 0;
	shim_fail_alloc(0);
	shim_user_hole(0, 0);
	return shim_module_init();
}

/* What the module shows of itself is there as long as it is. */
bool env_module_shown(void)
{
	return module_dir && module_dir->there;
}

int env_close_all(void **state)
{
	unsigned int i;

	(void)state;
	env_fd_limit = ENV_FDS;
	/* eventfds last, so that each VM ends with its own */
	for (i = 0; i < ENV_FDS; i++)
		if (fds[i].file && fds[i].file->f_op != &eventfd_fops)
			drop(i);
	for (i = 0; i < ENV_FDS; i++)
		if (fds[i].file)
			drop(i);
	assert_int_equal(env_nr_fds(), 0);
	shim_module_exit();
	assert_int_equal(env_parts, 0);
	assert_false(env_module_shown());
	assert_null(env_misc);
	assert_int_equal(env_calls.vm_init, env_calls.vm_destroy);
	assert_int_equal(env_calls.vm_init, env_calls.vm_release);
	assert_int_equal(env_calls.vcpu_init, env_calls.vcpu_destroy);
	assert_int_equal(env_calls.device_create, env_calls.device_release);
	assert_int_equal(env_calls.vcpu_publish, nr_vcpu_dirs);
	assert_int_equal(shim_mm.count, 0);
	assert_int_equal(shim_allocs(), 0);
	shim_check_quiet();
	return 0;
}
