// SPDX-License-Identifier: GPL-2.0
/*
 * vcpuN/s1walk in debugfs: a walk of the guest's stage-1 tables, for people. The vCPU may
 * run meanwhile; the walk is done by a worker on the VMM's memory, which may have to be
 * faulted in, and whoever reads the file can be killed while it waits for that.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/ptrace.h>

#include "../cpu/look.h"
#include "../cpu/s1walk.h"
#include "../vm.h"
#include "walk.h"

static struct workqueue_struct *walk_wq;

/**
 * struct walk - one walk
 * @work: does it
 * @refs: who reads the file, and @work
 * @done: @res is there, or @ret says why not
 * @vm: held until the work is over
 * @look: the vCPU's registers
 * @va: the address
 * @ret: 0, or -ESRCH: the VMM's memory is gone
 * @res: what it came to
 */
struct walk {
	struct work_struct work;
	refcount_t refs;
	struct completion done;
	struct arm_vm *vm;
	struct cpu_look look;
	u64 va;
	int ret;
	struct s1_result res;
};

static void walk_put(struct walk *w)
{
	if (refcount_dec_and_test(&w->refs))
		kfree(w);
}

static void walk_work(struct work_struct *work)
{
	struct walk *w = container_of(work, struct walk, work);
	struct arm_vm *vm = w->vm;

	if (mmget_not_zero(vm->base.mm)) {
		kthread_use_mm(vm->base.mm);
		s1_walk(&vm->mmu.gmem, &w->look.s1, w->va, &w->res);
		kthread_unuse_mm(vm->base.mm);
		mmput(vm->base.mm);
	} else {
		w->ret = -ESRCH;
	}
	/* before the VM goes: that waits for readers of its files */
	complete(&w->done);
	walk_put(w);
	vm_put(&vm->base);
}

static struct walk *walk_alloc(struct arm_vcpu *vcpu)
{
	struct walk *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int ret;

	if (!w)
		return ERR_PTR(-ENOMEM);
	ret = cpu_look(vcpu, &w->look);
	if (ret) {
		kfree(w);
		return ERR_PTR(ret);
	}
	INIT_WORK(&w->work, walk_work);
	refcount_set(&w->refs, 1);
	init_completion(&w->done);
	w->vm = vcpu->vm;
	w->va = READ_ONCE(vcpu->walk_given) ? READ_ONCE(vcpu->walk_va) : w->look.pc;
	return w;
}

/* Sleeps; a walk, to be put, or an errno. */
static struct walk *walk_do(struct arm_vcpu *vcpu)
{
	struct walk *w;
	int ret;

	if (!walk_wq)
		return ERR_PTR(-ENOMEM);
	w = walk_alloc(vcpu);
	if (IS_ERR(w))
		return w;
	/* the file is open: its VM is not being destroyed yet, unless it begins to be right now */
	if (!refcount_inc_not_zero(&w->vm->base.refs)) {
		walk_put(w);
		return ERR_PTR(-ESRCH);
	}
	refcount_inc(&w->refs);
	queue_work(walk_wq, &w->work);
	ret = wait_for_completion_killable(&w->done) ? -EINTR : w->ret;
	if (!ret)
		return w;
	walk_put(w);
	return ERR_PTR(ret);
}

static const char *walk_memory(u8 attr)
{
	switch (attr) {
	case 0xff:
		return "Normal, write-back";
	case 0x44:
		return "Normal, non-cacheable";
	default:
		return attr & 0xf0 ? "Normal" : "Device";
	}
}

static const char *walk_kind(const struct walk *w, unsigned int i)
{
	const struct s1_result *res = &w->res;

	if (i + 1 < res->steps)
		return "table";
	if (res->fault == S1_FAULT_TRANSLATION)
		return "invalid";
	return res->step[i].level == 3 ? "page" : res->step[i].desc & 2 ? "table" : "block";
}

static void walk_show_perm(struct seq_file *m, const char *who, u32 perm)
{
	seq_printf(m, "%s %c%c%c", who, perm & S1_EL1_READ ? 'r' : '-',
		   perm & S1_EL1_WRITE ? 'w' : '-', perm & S1_EL1_EXEC ? 'x' : '-');
}

static void walk_show_end(struct seq_file *m, const struct walk *w)
{
	static const char * const faults[] = {
		[S1_FAULT_TRANSLATION] = "translation",
		[S1_FAULT_ACCESS] = "access flag",
		[S1_FAULT_ADDRESS_SIZE] = "address size",
		[S1_FAULT_WALK] = "table not in guest memory",
	};
	const struct s1_result *res = &w->res;
	u8 attr = w->look.mair >> 8 * (res->attr & 7);

	if (res->fault) {
		seq_printf(m, "fault    %s, level %u", faults[res->fault], res->level);
		if (res->fault == S1_FAULT_WALK)
			seq_printf(m, ", at ipa %#llx", res->ipa);
		seq_putc(m, '\n');
		return;
	}
	seq_printf(m, "ipa      %#llx", res->ipa);
	if (!res->steps) {
		seq_puts(m, "; stage 1 is off\n");
		return;
	}
	seq_printf(m, "; maps %llu KiB; ", BIT_ULL(res->shift) >> 10);
	walk_show_perm(m, "EL1", res->perm);
	walk_show_perm(m, " EL0", res->perm >> 3);
	seq_printf(m, "; attr %u: %#04x, %s\n", res->attr, attr, walk_memory(attr));
}

static int walk_show(struct seq_file *m, void *unused)
{
	const struct s1_regs *r;
	struct walk *w = walk_do(m->private);
	unsigned int i;

	if (IS_ERR(w))
		return PTR_ERR(w);
	r = &w->look.s1;
	seq_printf(m, "va       %#llx\n", w->va);
	seq_printf(m, "pc       %#llx at EL%u\n", w->look.pc,
		   (unsigned int)(w->look.pstate & PSR_MODE_MASK) >> 2);
	seq_printf(m, "sctlr    %#llx\ntcr      %#llx\nttbr0    %#llx\nttbr1    %#llx\nmair     %#llx\n",
		   r->sctlr, r->tcr, r->ttbr0, r->ttbr1, w->look.mair);
	for (i = 0; i < w->res.steps; i++)
		seq_printf(m, "level %u  [%#llx] = %#018llx %s\n", w->res.step[i].level,
			   w->res.step[i].ipa, w->res.step[i].desc, walk_kind(w, i));
	walk_show_end(m, w);
	walk_put(w);
	return 0;
}

static int walk_open(struct inode *inode, struct file *file)
{
	return single_open(file, walk_show, inode->i_private);
}

/* An address, in any base that C writes; or "pc". */
static ssize_t walk_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct arm_vcpu *vcpu = ((struct seq_file *)file->private_data)->private;
	char text[32];
	u64 va = 0;
	int ret;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = 0;
	if (strcmp(strim(text), "pc")) {
		ret = kstrtou64(strim(text), 0, &va);
		if (ret)
			return ret;
		WRITE_ONCE(vcpu->walk_va, va);
		WRITE_ONCE(vcpu->walk_given, true);
	} else {
		WRITE_ONCE(vcpu->walk_given, false);
	}
	return len;
}

const struct file_operations walk_fops = {
	.owner = THIS_MODULE,
	.open = walk_open,
	.read = seq_read,
	.write = walk_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void walk_module_init(void)
{
	walk_wq = alloc_workqueue("tabula-walk", WQ_UNBOUND, 0);
}

void walk_module_exit(void)
{
	if (walk_wq)
		destroy_workqueue(walk_wq);
}
