// SPDX-License-Identifier: GPL-2.0
/*
 * The ways into guest memory, in the real kernel, without a guest: each open of
 * /dev/tabula-ways has slots on its caller's memory, one kept range, one mapped page, and one page
 * that threads use as vCPUs use theirs in guest mode.
 */
#define NOTRACE		/* the module has them already */

#include "host/notifier.c"
#include "host/page.c"
#include "host/user.c"
#include "mem/slots.c"
#include "mem/invalidate.c"
#include "mem/access.c"
#include "mem/dirty.c"
#include "mem/ring.c"
#include "mem/pfn_cache.c"
#include "mem/hva_cache.c"
#include "mem/guest_map.c"

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "ways.h"

#define WAYS_MAX_LEN	(1UL << 20)
#define WAYS_STAY	20000	/* counts, at most, until a stay ends by itself */
#define WAYS_LINGER	20000	/* and until it has ended: who does not wait for that is too early */

/**
 * struct ways - guest memory of an open file
 * @gm: its slots and caches
 * @hva_lock: calls of @hc, one at a time
 * @hc: the kept range
 * @map_lock: calls of @map, one at a time
 * @map: the mapped page
 * @mapped: there is one
 * @inside: the page that guests use
 * @unmapped: times that the client was told to unmap
 */
struct ways {
	struct gmem gm;
	struct mutex hva_lock;
	struct hva_cache hc;
	struct mutex map_lock;
	struct guest_map map;
	bool mapped;
	struct pfn_cache inside;
	atomic64_t unmapped;
};

/**
 * struct ways_guest - a thread that plays a vCPU
 * @user: by which it uses the page
 * @task: itself
 * @kicked: somebody wants it out
 */
struct ways_guest {
	struct pfn_user user;
	struct task_struct *task;
	bool kicked;
};

/* The client maps nothing: it only counts. */
static void ways_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
	atomic64_inc(&container_of(gm, struct ways, gm)->unmapped);
}

static void ways_release(struct gmem *gm)
{
}

static void ways_write_protect(struct gmem *gm, u64 gfn, u64 n)
{
}

static void ways_write_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
}

static bool ways_flush(struct gmem *gm)
{
	return false;
}

static bool ways_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	return false;
}

static const struct gmem_client ways_client = {
	.unmap = ways_unmap,
	.release = ways_release,
	.write_protect = ways_write_protect,
	.write_protect_masked = ways_write_protect_masked,
	.flush = ways_flush,
	.age = ways_age,
};

static long ways_copy(struct ways *w, const struct ways_op *op, bool put)
{
	void __user *user = u64_to_user_ptr(op->buf);
	long ret;
	void *buf;

	if (op->len > WAYS_MAX_LEN)
		return -EINVAL;
	buf = kvzalloc(max(op->len, 1ULL), GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	if (put) {
		ret = copy_from_user(buf, user, op->len) ? -EIO :
		      hva_cache_put(&w->hc, op->at, buf, op->len);
	} else {
		ret = hva_cache_get(&w->hc, op->at, buf, op->len);
		if (!ret && copy_to_user(user, buf, op->len))
			ret = -EIO;
	}
	kvfree(buf);
	return ret;
}

/* Adds one, @len times; *@val: how often it was done. */
static long ways_hva_add(struct ways *w, struct ways_op *op)
{
	u64 old, was, n;
	int ret = 0;

	for (n = 0, op->val = 0; !ret && n < op->len; n++) {
		ret = hva_cache_load(&w->hc, op->at, op->width, &old);
		while (!ret) {
			was = old;
			ret = hva_cache_cmpxchg(&w->hc, op->at, op->width, &was, old + 1);
			if (!ret && was == old) {
				op->val++;
				break;
			}
			old = was;
		}
	}
	return ret;
}

static long ways_hva(struct ways *w, unsigned int cmd, struct ways_op *op)
{
	long ret;

	mutex_lock(&w->hva_lock);
	switch (cmd) {
	case WAYS_HVA_INIT:
		hva_cache_exit(&w->hc);
		ret = hva_cache_init(&w->hc, &w->gm, op->at, op->len);
		break;
	case WAYS_HVA_GET:
	case WAYS_HVA_PUT:
		ret = w->hc.gm ? ways_copy(w, op, cmd == WAYS_HVA_PUT) : -ENXIO;
		break;
	case WAYS_HVA_XCHG:
		ret = w->hc.gm ? hva_cache_xchg(&w->hc, op->at, op->width, &op->val) : -ENXIO;
		break;
	default:
		ret = w->hc.gm ? ways_hva_add(w, op) : -ENXIO;
		break;
	}
	mutex_unlock(&w->hva_lock);
	return ret;
}

/* Adds one with plain accesses, @len times; *@val: how often it was done. */
static long ways_map_add(struct ways *w, struct ways_op *op)
{
	u64 n, *kva;

	for (n = 0, op->val = 0; n < op->len; n++, op->val++) {
		kva = guest_map_begin(&w->map);
		if (IS_ERR(kva))
			return PTR_ERR(kva);
		kva += (op->at & (PAGE_SIZE - 1)) / sizeof(u64);
		WRITE_ONCE(*kva, READ_ONCE(*kva) + 1);
		guest_map_end(&w->map, GUEST_MAP_DIRTY);
	}
	return 0;
}

static long ways_mapping(struct ways *w, unsigned int cmd, struct ways_op *op)
{
	long ret = 0;

	mutex_lock(&w->map_lock);
	if (cmd == WAYS_MAP ? w->mapped : !w->mapped) {
		ret = -ENXIO;
	} else if (cmd == WAYS_MAP) {
		ret = guest_map(&w->map, &w->gm, op->at, GUEST_MAP_WRITE);
		w->mapped = !ret;
	} else if (cmd == WAYS_UNMAP) {
		guest_unmap(&w->map);
		w->mapped = false;
	} else {
		ret = ways_map_add(w, op);
	}
	mutex_unlock(&w->map_lock);
	return ret;
}

static void ways_kick(struct pfn_user *u)
{
	struct ways_guest *g = container_of(u, struct ways_guest, user);

	WRITE_ONCE(g->kicked, true);
	kick_process(g->task);
}

/* As in a guest, with interrupts off: only one that is pending ends it, or that it has had enough. */
static u64 ways_stay(u64 *counter)
{
	u64 n, end = WAYS_STAY;

	for (n = 0; n < end; n++) {
		WRITE_ONCE(*counter, READ_ONCE(*counter) + 1);
		if (n < WAYS_STAY && read_sysreg(isr_el1))
			end = n + WAYS_LINGER;
	}
	return n;
}

/* @len stays in guest mode that add one by physical address; *@val: how often; *@width: of these stays, kicked ones. */
static long ways_guest(struct ways *w, struct ways_op *op)
{
	u64 at = op->at & (PAGE_SIZE - sizeof(u64)), n, pfn;
	struct ways_guest g = { .task = current };
	bool in;
	int ret = 0;

	op->val = 0;
	op->width = 0;
	pfn_user_init(&g.user, &w->inside, ways_kick);
	for (n = 0; !ret && n < op->len; n++) {
		WRITE_ONCE(g.kicked, false);
		local_irq_disable();
		in = pfn_user_enter(&g.user, &pfn);
		if (in) {
			op->val += ways_stay(__va(PFN_PHYS(pfn)) + at);
			pfn_user_leave(&g.user);
		}
		local_irq_enable();
		op->width += READ_ONCE(g.kicked);
		if (!in)
			ret = pfn_cache_refresh(&w->inside);
		cond_resched();
	}
	pfn_user_exit(&g.user);
	return ret;
}

static long ways_slot(struct ways *w, void __user *user)
{
	struct kvm_userspace_memory_region r;

	if (copy_from_user(&r, user, sizeof(r)))
		return -EFAULT;
	return gmem_set_region(&w->gm, &r);
}

static long ways_dirty(struct ways *w, void __user *user)
{
	struct kvm_dirty_log log;

	if (copy_from_user(&log, user, sizeof(log)))
		return -EFAULT;
	return gmem_get_dirty_log(&w->gm, &log);
}

static long ways_stats(struct ways *w, void __user *user)
{
	struct gmem_stats *s = &w->gm.stats;
	struct ways_stats out = {
		.hits = atomic64_read(&s->check_hit),
		.misses = atomic64_read(&s->check_miss),
		.refreshes = atomic64_read(&s->refresh),
		.waits = atomic64_read(&s->wait),
		.agains = atomic64_read(&s->again),
		.invalidates = atomic64_read(&s->invalidate),
		.kicks = atomic64_read(&s->kick),
		.hva_hits = atomic64_read(&s->hva_hit),
		.hva_misses = atomic64_read(&s->hva_miss),
		.maps = atomic64_read(&s->maps),
		.unmaps = atomic64_read(&s->unmaps),
		.unmapped = atomic64_read(&w->unmapped),
	};

	return copy_to_user(user, &out, sizeof(out)) ? -EFAULT : 0;
}

static long ways_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ways *w = file->private_data;
	void __user *user = (void __user *)arg;
	struct ways_op op;
	long ret;

	switch (cmd) {
	case WAYS_SLOT:
		return ways_slot(w, user);
	case WAYS_DIRTY:
		return ways_dirty(w, user);
	case WAYS_STATS:
		return ways_stats(w, user);
	}
	if (copy_from_user(&op, user, sizeof(op)))
		return -EIO;
	switch (cmd) {
	case WAYS_HVA_INIT:
	case WAYS_HVA_GET:
	case WAYS_HVA_PUT:
	case WAYS_HVA_XCHG:
	case WAYS_HVA_ADD:
		ret = ways_hva(w, cmd, &op);
		break;
	case WAYS_MAP:
	case WAYS_UNMAP:
	case WAYS_MAP_ADD:
		ret = ways_mapping(w, cmd, &op);
		break;
	case WAYS_GUEST_KEEP:
		ret = pfn_cache_activate(&w->inside, op.at, PAGE_SIZE);
		break;
	case WAYS_GUEST_ADD:
		ret = ways_guest(w, &op);
		break;
	case WAYS_GUEST_DROP:
		pfn_cache_deactivate(&w->inside);
		ret = 0;
		break;
	default:
		return -ENOTTY;
	}
	return copy_to_user(user, &op, sizeof(op)) ? -EIO : ret;
}

static int ways_open(struct inode *inode, struct file *file)
{
	struct ways *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int ret;

	if (!w)
		return -ENOMEM;
	mutex_init(&w->hva_lock);
	mutex_init(&w->map_lock);
	ret = gmem_init(&w->gm, &ways_client, 1ULL << 28);
	if (ret) {
		kfree(w);
		return ret;
	}
	pfn_cache_init(&w->inside, &w->gm, PFN_CACHE_WRITE);
	file->private_data = w;
	return 0;
}

static int ways_close(struct inode *inode, struct file *file)
{
	struct ways *w = file->private_data;

	if (w->mapped)
		guest_unmap(&w->map);
	pfn_cache_deactivate(&w->inside);
	hva_cache_exit(&w->hc);
	gmem_destroy(&w->gm);
	kfree(w);
	return 0;
}

static const struct file_operations ways_fops = {
	.owner = THIS_MODULE,
	.open = ways_open,
	.unlocked_ioctl = ways_ioctl,
	.release = ways_close,
};

static struct miscdevice ways_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tabula-ways",
	.fops = &ways_fops,
	.mode = 0600,
};

module_misc_device(ways_device);
MODULE_DESCRIPTION("The ways into guest memory, without a guest");
MODULE_LICENSE("GPL");
