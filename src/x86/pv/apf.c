// SPDX-License-Identifier: GPL-2.0
/*
 * Async page faults: tokens, and the worker that fetches. A token has one life: told of as not
 * present, fetched, told of as ready. Whoever gives the vCPU's tokens up waits for none that is
 * still fetched: the worker frees it. Until then it counts, or a guest could have any number.
 */
#include <linux/errno.h>
#include <linux/kvm_para.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../../host/late.h"
#include "../../mutant.h"
#include "../nested/nested.h"
#include "../vm.h"
#include "apf.h"

#define APF_RESERVED	GENMASK_ULL(5, 4)
#define APF_WANTED	(KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)
#define APF_SIZE	64
#define APF_FLAGS	0	/* where in the record */
#define APF_TOKEN	4
#define APF_MAX		64	/* tokens of a vCPU that are out */
#define APF_ALL		(~0U)	/* the token that stands for all */

/**
 * struct apf_work - memory that is fetched for a vCPU
 * @work: for the queue
 * @link: in the vCPU's list
 * @vcpu: whose; NULL: it has ended. Under apf_lock
 * @dropped: it was given up: the vCPU is not told. Under apf_lock
 * @done: it was fetched; the vCPU's thread frees it. Under apf_lock
 * @mm: where
 * @hva: what
 * @gfn: the guest's frame
 * @write: how
 * @token: the guest's name for it
 */
struct apf_work {
	struct work_struct work;
	struct list_head link;
	struct x86_vcpu *vcpu;
	bool dropped;
	bool done;
	struct mm_struct *mm;
	unsigned long hva;
	u64 gfn;
	bool write;
	u32 token;
};

static struct workqueue_struct *apf_queue;
static DEFINE_SPINLOCK(apf_lock);

int apf_module_init(void)
{
	/* what is late for one VM is not to keep others' waiting */
	apf_queue = alloc_workqueue("tabula-apf", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return apf_queue ? 0 : -ENOMEM;
}

void apf_module_exit(void)
{
	destroy_workqueue(apf_queue);
}

static void apf_free(struct apf_work *w)
{
	mmdrop(w->mm);
	kfree(w);
}

static void apf_fetch(struct work_struct *work)
{
	struct apf_work *w = container_of(work, struct apf_work, work);
	bool orphan;

	host_page_fetch(w->mm, w->hva, w->write);
	spin_lock(&apf_lock);
	orphan = !w->vcpu || w->dropped;
	if (w->vcpu && w->dropped) {
		list_del(&w->link);
		w->vcpu->apf.out--;
	} else if (!orphan) {
		w->done = true;
		/* it is there as long as it is found under the lock */
		if (!MUTANT(apf_unasked))
			vcpu_request(&w->vcpu->base, X86_REQ_APF);
	}
	spin_unlock(&apf_lock);
	if (orphan && !MUTANT(apf_orphan_lost))
		apf_free(w);
}

void apf_init(struct x86_vcpu *vcpu)
{
	INIT_LIST_HEAD(&vcpu->apf.works);
}

/* @end: the vCPU's: nothing of it is found any more. */
static void apf_drop(struct apf *a, bool end)
{
	struct apf_work *w, *next;
	LIST_HEAD(done);

	spin_lock(&apf_lock);
	list_for_each_entry_safe(w, next, &a->works, link) {
		if (w->done) {
			list_del(&w->link);
			a->out--;
			if (!MUTANT(apf_done_lost))
				list_add(&w->link, &done);
		} else if (end) {
			list_del(&w->link);
			if (!MUTANT(apf_told_on))
				w->vcpu = NULL;
		} else {
			w->dropped = !MUTANT(apf_told_on);
		}
	}
	spin_unlock(&apf_lock);
	list_for_each_entry_safe(w, next, &done, link)
		apf_free(w);
}

static void apf_off(struct apf *a, bool end)
{
	apf_drop(a, end);
	a->on = false;
	a->msr = 0;
	a->told = false;
	a->wake_all = false;
	pv_range_exit(&a->range);
}

void apf_reset(struct x86_vcpu *vcpu)
{
	apf_off(&vcpu->apf, false);
}

void apf_destroy(struct x86_vcpu *vcpu)
{
	apf_off(&vcpu->apf, true);
}

int apf_set(struct x86_vcpu *vcpu, u64 val)
{
	struct apf *a = &vcpu->apf;

	/* there is no way through a guest's own guest */
	if (val & (APF_RESERVED | KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT) || (val && !vcpu->intc.there))
		return -EINVAL;
	apf_reset(vcpu);
	a->msr = val;
	if ((val & APF_WANTED) != APF_WANTED)
		return 0;
	if (pv_range_init(&a->range, &vcpu->vm->npt.gmem, val & ~(u64)(APF_SIZE - 1), APF_SIZE)) {
		pv_range_exit(&a->range);
		a->msr = 0;
		return -EINVAL;
	}
	a->on = true;
	/* on the host that it came from there may have been some */
	a->wake_all = !MUTANT(apf_wake_none);
	set_bit(X86_REQ_APF, &vcpu->base.requests);
	return 0;
}

void apf_acknowledge(struct x86_vcpu *vcpu, u64 val)
{
	if (!(val & 1))
		return;
	/* the first that a guest is told of is all */
	if (vcpu->apf.told)
		vcpu->apf.wake_all = false;
	vcpu->apf.told = false;
	set_bit(X86_REQ_APF, &vcpu->base.requests);
}

/* Would the guest's handler be entered with nothing lost? A fault in it is one too many. */
static bool apf_may_tell(struct x86_vcpu *vcpu)
{
	const struct apf *a = &vcpu->apf;
	const struct svm *svm = &vcpu->svm;
	struct pv_mem *m = &vcpu->apf.range.mem;
	u64 flags;

	/* what is out when all are told of as ready would be told of twice */
	if (!a->on || (a->wake_all && !MUTANT(apf_amid_all)) || READ_ONCE(a->out) >= APF_MAX || nested_in_l2(svm) || svm->nmi_masked ||
	    !svm_interrupt_allowed(svm))
		return false;
	if (!svm->vmcb->save.cpl && !(a->msr & KVM_ASYNC_PF_SEND_ALWAYS))
		return false;
	/* the one before was not looked at yet */
	return !m->load(m, APF_FLAGS, 4, &flags) && !flags;
}

/* Return: the user address, or 0. */
static unsigned long apf_hva(struct gmem *gm, u64 gpa, bool write)
{
	int idx = gmem_read_lock(gm);
	struct gmem_slot *slot = gmem_find_slot(gm, gpa >> GMEM_PAGE_SHIFT);
	unsigned long hva = 0;

	if (slot && !(write && (slot->flags & KVM_MEM_READONLY)))
		hva = gmem_slot_hva(slot, gpa >> GMEM_PAGE_SHIFT);
	gmem_read_unlock(gm, idx);
	return hva;
}

/* Another thread of the guest waits for it already: this one waits in the host. */
static bool apf_is_out(struct apf *a, u64 gfn)
{
	struct apf_work *w;
	bool found = false;

	spin_lock(&apf_lock);
	list_for_each_entry(w, &a->works, link)
		found |= w->gfn == gfn && !w->dropped;
	spin_unlock(&apf_lock);
	return found;
}

/* Neither 0, which is no token, nor all. */
static u32 apf_token(struct x86_vcpu *vcpu)
{
	u32 token;

	do {
		token = vcpu->apf.count++ << 12 | (vcpu->base.id & 0xfff);
	} while (!token || token == APF_ALL);
	return token;
}

static struct apf_work *apf_work_new(struct x86_vcpu *vcpu, unsigned long hva, u64 gfn, bool write)
{
	struct apf_work *w = kmalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);

	if (!w)
		return NULL;
	*w = (struct apf_work) {
		.vcpu = vcpu, .mm = vcpu->base.vm->mm, .hva = hva, .gfn = gfn, .write = write,
		.token = apf_token(vcpu),
	};
	mmgrab(w->mm);
	INIT_WORK(&w->work, apf_fetch);
	return w;
}

bool apf_put_off(struct x86_vcpu *vcpu, u64 gpa, bool write)
{
	struct apf *a = &vcpu->apf;
	struct pv_mem *m = &a->range.mem;
	u64 gfn = gpa >> GMEM_PAGE_SHIFT;
	struct apf_work *w;
	unsigned long hva;

	if (!a->on || !apf_may_tell(vcpu))
		return false;
	hva = apf_hva(&vcpu->vm->npt.gmem, gpa, write);
	if (!hva || !host_page_is_late(hva, write) || apf_is_out(a, gfn))
		return false;
	w = apf_work_new(vcpu, hva, gfn, write);
	if (!w)
		return false;
	if (m->store(m, APF_FLAGS, 4, KVM_PV_REASON_PAGE_NOT_PRESENT)) {
		apf_free(w);
		return false;
	}
	svm_queue_fault_at(vcpu, w->token, 0);
	spin_lock(&apf_lock);
	a->out++;
	list_add_tail(&w->link, &a->works);
	spin_unlock(&apf_lock);
	queue_work(apf_queue, &w->work);
	return true;
}

/* Return: the first that was fetched, which stays in the list; or NULL. */
static struct apf_work *apf_first_done(struct apf *a)
{
	struct apf_work *w, *found = NULL;

	spin_lock(&apf_lock);
	list_for_each_entry(w, &a->works, link)
		if (w->done || MUTANT(apf_told_early)) {
			found = w;
			break;
		}
	spin_unlock(&apf_lock);
	return found;
}

/* Return: told: the place is taken until the guest acknowledges. */
static bool apf_tell_ready(struct x86_vcpu *vcpu, u32 token)
{
	struct apf *a = &vcpu->apf;
	struct pv_mem *m = &a->range.mem;
	u64 before;

	if (m->load(m, APF_TOKEN, 4, &before) || (before && !MUTANT(apf_over)) || m->store(m, APF_TOKEN, 4, token))
		return false;
	a->told = true;
	lapic_accept(&vcpu->intc.lapic, a->vector, false);
	return true;
}

void apf_prepare(struct x86_vcpu *vcpu)
{
	struct apf *a = &vcpu->apf;
	struct apf_work *w;

	if (!test_and_clear_bit(X86_REQ_APF, &vcpu->base.requests) || !a->on ||
	    (a->told && !MUTANT(apf_over)))
		return;
	if (a->wake_all) {
		apf_tell_ready(vcpu, APF_ALL);
		return;
	}
	w = apf_first_done(a);
	if (!w || !apf_tell_ready(vcpu, w->token))
		return;
	spin_lock(&apf_lock);
	list_del(&w->link);
	a->out--;
	spin_unlock(&apf_lock);
	apf_free(w);
}
