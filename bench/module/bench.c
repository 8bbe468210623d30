// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the ways into guest memory from inside the kernel: each descriptor of
 * /dev/tabula-bench has guest memory of its own, with a client that maps nothing.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/arch_timer.h>

#include "bench.h"
#include "mem/guest_map.h"
#include "mem/hva_cache.h"

#define BENCH_MAX_KEPT	4096
#define BENCH_MAX_LOOPS	100000
#define BENCH_MAX_GFN	BIT(28)

/**
 * struct bench - what a descriptor has
 * @gm: guest memory
 * @hc: eight bytes, as a user address
 * @pc: the same, as a page
 * @map: the page around them, mapped
 * @kept: other pages that are kept
 * @n: how many
 * @ready: @hc, @pc and @map are active
 */
struct bench {
	struct gmem gm;
	struct hva_cache hc;
	struct pfn_cache pc;
	struct guest_map map;
	struct pfn_cache *kept;
	unsigned int n;
	bool ready;
};

static void bench_unmap(struct gmem *gm, u64 gfn, u64 n, bool may_sleep)
{
}

static void bench_gone(struct gmem *gm)
{
}

static void bench_protect(struct gmem *gm, u64 gfn, u64 n)
{
}

static void bench_protect_masked(struct gmem *gm, u64 gfn, unsigned long mask)
{
}

static bool bench_age(struct gmem *gm, u64 gfn, u64 n, enum host_age how)
{
	return false;
}

static bool bench_flush(struct gmem *gm)
{
	return false;
}

static const struct gmem_client bench_client = {
	.unmap = bench_unmap,
	.release = bench_gone,
	.write_protect = bench_protect,
	.write_protect_masked = bench_protect_masked,
	.flush = bench_flush,
	.age = bench_age,
};

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int ret;

	if (!b)
		return -ENOMEM;
	ret = gmem_init(&b->gm, &bench_client, BENCH_MAX_GFN);
	if (ret) {
		kfree(b);
		return ret;
	}
	pfn_cache_init(&b->pc, &b->gm, PFN_CACHE_WRITE);
	file->private_data = b;
	return 0;
}

static void bench_let_go(struct bench *b)
{
	while (b->n)
		pfn_cache_deactivate(&b->kept[--b->n]);
	kvfree(b->kept);
	b->kept = NULL;
}

static int bench_release(struct inode *inode, struct file *file)
{
	struct bench *b = file->private_data;

	bench_let_go(b);
	if (b->ready) {
		guest_unmap(&b->map);
		hva_cache_exit(&b->hc);
	}
	pfn_cache_deactivate(&b->pc);
	gmem_destroy(&b->gm);
	kfree(b);
	return 0;
}

/* Slot 0 is measured; the others stand on its first page, below it. */
static int bench_slots(struct bench *b, const struct bench_slots *s)
{
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = BENCH_GPA,
		.memory_size = s->npages << GMEM_PAGE_SHIFT,
		.userspace_addr = s->hva,
	};
	int ret = gmem_set_region(&b->gm, &r);
	u64 i;

	for (i = 0; i < s->others && !ret; i++) {
		r.slot = i + 1;
		r.guest_phys_addr = 2 * i << GMEM_PAGE_SHIFT;
		r.memory_size = GMEM_PAGE_SIZE;
		ret = gmem_set_region(&b->gm, &r);
	}
	return ret;
}

/* All that is kept of the page that is written. */
static int bench_ready(struct bench *b)
{
	int ret;

	if (b->ready)
		return 0;
	ret = hva_cache_init(&b->hc, &b->gm, BENCH_GPA, sizeof(u64));
	if (!ret)
		ret = pfn_cache_activate(&b->pc, BENCH_GPA, sizeof(u64));
	if (!ret)
		ret = guest_map(&b->map, &b->gm, BENCH_GPA, GUEST_MAP_WRITE);
	if (ret)
		hva_cache_exit(&b->hc);
	b->ready = !ret;
	return ret;
}

static int bench_pfn(struct bench *b, u64 val)
{
	struct pfn_use use;
	u64 *at = pfn_cache_begin(&b->pc, &use);

	if (!at)
		return -EAGAIN;
	WRITE_ONCE(*at, val);
	pfn_cache_end(&b->pc, &use, PFN_CACHE_DIRTY);
	return 0;
}

static int bench_map(struct guest_map *map, u64 val)
{
	u64 *at = guest_map_begin(map);

	if (IS_ERR(at))
		return PTR_ERR(at);
	WRITE_ONCE(*at, val);
	guest_map_end(map, GUEST_MAP_DIRTY);
	return 0;
}

static int bench_map_once(struct bench *b, u64 val)
{
	struct guest_map map;
	int ret = guest_map(&map, &b->gm, BENCH_GPA, GUEST_MAP_WRITE);

	if (ret)
		return ret;
	ret = bench_map(&map, val);
	guest_unmap(&map);
	return ret;
}

/* Losing the page does not count, finding it does. */
static int bench_refresh(struct bench *b, u64 *ticks)
{
	u64 begun;
	int ret;

	b->pc.watch.ops->invalidate(&b->pc.watch, true);
	begun = arch_timer_read_counter();
	ret = pfn_cache_refresh(&b->pc);
	*ticks += arch_timer_read_counter() - begun;
	return ret;
}

static int bench_once(struct bench *b, u64 way, u64 val, u64 *ticks)
{
	switch (way) {
	case BENCH_UNCACHED:
		return gmem_write_all(&b->gm, BENCH_GPA, &val, sizeof(val));
	case BENCH_HVA:
		return hva_cache_put(&b->hc, 0, &val, sizeof(val));
	case BENCH_PFN:
		return bench_pfn(b, val);
	case BENCH_MAP:
		return bench_map(&b->map, val);
	case BENCH_MAP_ONCE:
		return bench_map_once(b, val);
	case BENCH_REFRESH:
		return bench_refresh(b, ticks);
	}
	return -EINVAL;
}

static int bench_run(struct bench *b, struct bench_run *r)
{
	u64 begun, i, ticks = 0;
	int ret;

	if (r->way >= BENCH_WAYS || r->loops > BENCH_MAX_LOOPS)
		return -EINVAL;
	ret = bench_ready(b);
	begun = arch_timer_read_counter();
	for (i = 0; i < r->loops && !ret; i++)
		ret = bench_once(b, r->way, i, &ticks);
	r->ticks = ticks ?: arch_timer_read_counter() - begun;
	return ret;
}

static int bench_keep(struct bench *b, unsigned long n)
{
	int ret;

	bench_let_go(b);
	if (n > BENCH_MAX_KEPT)
		return -EINVAL;
	b->kept = kvcalloc(n, sizeof(*b->kept), GFP_KERNEL);
	if (!b->kept)
		return -ENOMEM;
	while (b->n < n) {
		struct pfn_cache *pc = &b->kept[b->n];

		pfn_cache_init(pc, &b->gm, PFN_CACHE_WRITE);
		ret = pfn_cache_activate(pc, BENCH_GPA + (2 * b->n + 1) * GMEM_PAGE_SIZE, 64);
		if (ret)
			return ret;
		b->n++;
	}
	return 0;
}

static long bench_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bench *b = file->private_data;
	struct bench_slots s;
	struct bench_run r;
	long ret;

	switch (cmd) {
	case BENCH_SLOTS:
		if (copy_from_user(&s, (void __user *)arg, sizeof(s)))
			return -EFAULT;
		return bench_slots(b, &s);
	case BENCH_RUN:
		if (copy_from_user(&r, (void __user *)arg, sizeof(r)))
			return -EFAULT;
		ret = bench_run(b, &r);
		return copy_to_user((void __user *)arg, &r, sizeof(r)) ? -EFAULT : ret;
	case BENCH_KEEP:
		return bench_keep(b, arg);
	}
	return -ENOTTY;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.unlocked_ioctl = bench_ioctl,
};

static struct miscdevice bench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tabula-bench",
	.fops = &bench_fops,
	.mode = 0600,
};

module_misc_device(bench_device);
MODULE_DESCRIPTION("Measures tabula's guest memory inside the kernel");
MODULE_LICENSE("GPL");
