// SPDX-License-Identifier: GPL-2.0
/*
 * Calls: made, recorded for whoever asks what hangs, counted, and judged: each may
 * fail with the errno that the KVM API documents for it, and with no other.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include "fuzz.h"

const char * const call_names[NR_CALLS] = {
#define X(name) #name,
	CALLS(X)
#undef X
};

#define MAY(...) ({ static const uint8_t list_[] = { __VA_ARGS__, 0 }; list_; })

/*
 * Every call may also find its descriptor closed, or be another's by now (EBADF, ENOTTY), and a
 * call that has a structure may find it gone (EFAULT). NULL: a call of the kernel's, not judged.
 */
static const uint8_t *may_fail(enum call c)
{
	switch (c) {
	case CALL_GET_API_VERSION:
	case CALL_GET_VCPU_MMAP_SIZE:
		return MAY(EINVAL);
	case CALL_CREATE_VM:
		/* EINTR: a signal came while all of the process's memory was to be locked */
		return MAY(EINVAL, ENOMEM, EMFILE, EINTR);
	case CALL_SYS_CHECK_EXTENSION:
	case CALL_VM_CHECK_EXTENSION:
		return MAY(ENOTTY);
	case CALL_CREATE_VCPU:
		return MAY(EINVAL, EEXIST, EBUSY, ENOMEM, EMFILE);
	case CALL_ENABLE_CAP:
		return MAY(EINVAL, EBUSY, E2BIG);
	case CALL_SET_USER_MEMORY_REGION:
	case CALL_SET_USER_MEMORY_REGION2:
		return MAY(EINVAL, EEXIST, ENOMEM);
	case CALL_GET_DIRTY_LOG:
	case CALL_CLEAR_DIRTY_LOG:
		return MAY(EINVAL, ENOENT, ENXIO, ENOMEM);
	case CALL_RESET_DIRTY_RINGS:
		return MAY(EINVAL, ENOMEM);
	case CALL_CREATE_DEVICE:
		return MAY(ENODEV, EEXIST, EINVAL, EBUSY, ENOMEM, EMFILE);
	case CALL_IRQ_LINE:
		return MAY(EINVAL, ENXIO, EBUSY);
	case CALL_IRQFD:
		return MAY(EINVAL, EBUSY, EAGAIN, ENOMEM);
	case CALL_IOEVENTFD:
		return MAY(EINVAL, EEXIST, ENOENT, ENOSPC, ENOMEM);
	case CALL_SET_GSI_ROUTING:
		return MAY(EINVAL, ENOMEM);
	case CALL_VM_GET_STATS_FD:
	case CALL_VCPU_GET_STATS_FD:
		return MAY(ENOMEM, EMFILE);
	case CALL_RUN:
		/* ENXIO: the first run finds a GIC without addresses */
		return MAY(EINTR, ENOEXEC, ENOSYS, EINVAL, ENOMEM, EBUSY, ENXIO);
	case CALL_ARM_VCPU_INIT:
		return MAY(EINVAL, ENOENT);
	case CALL_GET_ONE_REG:
	case CALL_SET_ONE_REG:
		return MAY(ENOENT, EINVAL, EPERM, EBUSY, ENOEXEC);
	case CALL_GET_REG_LIST:
		return MAY(E2BIG, ENOEXEC, ENOMEM);
	case CALL_SET_GUEST_DEBUG:
	case CALL_SET_MP_STATE:
		return MAY(EINVAL);
	case CALL_GET_VCPU_EVENTS:
		return MAY(ENOEXEC);
	case CALL_SET_VCPU_EVENTS:
	case CALL_SET_SIGNAL_MASK:
		return MAY(EINVAL, ENOEXEC);
	case CALL_VCPU_SET_ATTR:
	case CALL_VCPU_GET_ATTR:
	case CALL_VCPU_HAS_ATTR:
		return MAY(ENXIO, EPERM, EINVAL, EEXIST, EBUSY);
	case CALL_DEVICE_SET_ATTR:
	case CALL_DEVICE_GET_ATTR:
	case CALL_DEVICE_HAS_ATTR:
		/* the GIC: E2BIG, ENODEV, ENOENT of its addresses and its start */
		return MAY(ENXIO, EPERM, EINVAL, EEXIST, EBUSY, E2BIG, ENODEV, ENOENT, ENOMEM);
	case CALL_OTHER_PROCESS:
		return MAY(EIO);
	case CALL_ARM_SET_COUNTER_OFFSET:
		return MAY(EINVAL, EBUSY);
	case CALL_ARM_GET_REG_WRITABLE_MASKS:
		return MAY(EINVAL);
	case CALL_CREATE_IRQCHIP:
		return MAY(ENODEV);
	case CALL_ARM_VCPU_FINALIZE:
		return MAY(EINVAL, ENOEXEC);
	case CALL_VM_DEVICE_ATTR:
		return MAY(ENXIO, EINVAL, EEXIST, EBUSY, ENOMEM);
	case CALL_UNKNOWN_IOCTL:
	case CALL_ARM_PREFERRED_TARGET:
	case CALL_GET_MP_STATE:
		return MAY(ENOTTY);
	case CALL_VCPU_MMAP:
		return MAY(EINVAL, ENODEV, EACCES, ENOMEM);
	case CALL_STATS_READ:
		return MAY(EINVAL, ENOMEM);
	default:
		return NULL;
	}
}

static bool may(enum call c, int error)
{
	const uint8_t *list = may_fail(c);

	if (!list || error == EBADF || error == ENOTTY || error == EFAULT)
		return true;
	if (options.inject && (error == ENOMEM || error == EMFILE))
		return true;
	for (; *list; list++)
		if (*list == error)
			return true;
	return false;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000 + 1;
}

void broken(struct thread *t, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	int n;

	if (atomic_fetch_add(&shared->failures, 1) >= 40)
		return;
	n = snprintf(text, sizeof(text), "fuzz: FAILED: thread %u step %llu: ", t->id, (unsigned long long)t->step);
	va_start(ap, fmt);
	n += vsnprintf(text + n, sizeof(text) - n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n++] = '\n';
	if (write(1, text, n) < 0)
		_exit(1);
}

void call_begin(struct thread *t, enum call c, int fd, uint64_t a, uint64_t b)
{
	struct thread_state *s = t->state;

	s->record[s->nr_records++ % RECORDS] = (struct record) {
		.step = t->step, .call = c, .result = -1, .fd = fd, .arg = { a, b, t->op },
	};
	s->busy_since = now_ms();
}

long call_end(struct thread *t, enum call c, long ret)
{
	struct thread_state *s = t->state;
	int error = ret < 0 ? errno : 0;

	s->busy_since = 0;
	s->record[(s->nr_records - 1) % RECORDS].result = error;
	shared->made[c]++;
	if (ret >= 0) {
		shared->good[c]++;
		return ret;
	}
	if (error < ERRNOS)
		shared->by_errno[c][error]++;
	if (!may(c, error))
		broken(t, "%s (%#llx, %#llx): %s is not documented", call_names[c],
		       (unsigned long long)s->record[(s->nr_records - 1) % RECORDS].arg[0],
		       (unsigned long long)s->record[(s->nr_records - 1) % RECORDS].arg[1],
		       strerrorname_np(error) ?: "errno?");
	return -error;
}

long call_ioctl(struct thread *t, enum call c, int fd, unsigned long request, unsigned long arg)
{
	call_begin(t, c, fd, request, arg);
	return call_end(t, c, ioctl(fd, request, arg));
}
