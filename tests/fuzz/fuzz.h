/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of /dev/kvm: threads that share VMs make calls, one after the other,
 * each drawn from a generator seeded by (seed, thread, step). So a seed always
 * gives the same sequence of calls in each thread; what the calls meet depends on
 * the other threads. A supervisor lets worker processes live and die by rounds, and
 * looks after threads that do not come back from a call.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <errno.h>
#include <linux/kvm.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* What headers of Linux 6.1 do not have. */
#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	__u32 slot, flags;
	__u64 guest_phys_addr, memory_size, userspace_addr, guest_memfd_offset;
	__u32 guest_memfd, pad1;
	__u64 pad2[14];
};

#define KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#endif
#ifndef KVM_ARM_SET_COUNTER_OFFSET
#define KVM_ARM_SET_COUNTER_OFFSET _IOW(KVMIO, 0xb5, __u64[2])
#endif
#ifndef KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP
#define KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP 225
#endif
#ifndef KVM_ARM_GET_REG_WRITABLE_MASKS
#define KVM_ARM_GET_REG_WRITABLE_MASKS _IOR(KVMIO, 0xb6, __u64[8])
#endif
#ifndef KVM_ARM_VM_SMCCC_CTRL
struct kvm_smccc_filter {
	__u32 base, nr_functions;
	__u8 action, pad[15];
};
#endif

#define PAGE		4096UL
#define MIB		(1UL << 20)
#define MAX_THREADS	16
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Shared VMs, and what each has. */
#define VMS		4
#define CPUS		4
#define EVENTS		8
#define GICD_AT		0x08000000UL
#define GICR_AT		0x080a0000UL
#define MMIO_AT		0x0a000000UL
#define RAM_AT		0x40000000UL
#define RAM_SIZE	(4 * MIB)

/* Addresses in the worker, all fixed. */
#define ARENA		((char *)0x100000000UL)	/* private, anonymous: RAM_SIZE for each VM, then more */
#define ARENA_SIZE	(32 * MIB)
#define FILE_AREA	((char *)0x110000000UL)	/* shared memory of a file */
#define FILE_SIZE	(8 * MIB)
#define RUN_PAGES	((char *)0x120000000UL)	/* kvm_run of each vCPU */
#define BUFFERS		((char *)0x130000000UL)	/* BUFFER_SIZE for each thread, and nothing mapped behind */
#define BUFFER_SIZE	(64 * 1024UL)
#define BUFFER_STEP	(1UL << 30)

/* One kind of call, counted by itself. */
#define CALLS(X) \
	X(GET_API_VERSION) X(CREATE_VM) X(SYS_CHECK_EXTENSION) X(GET_VCPU_MMAP_SIZE) \
	X(CREATE_VCPU) X(VM_CHECK_EXTENSION) X(ENABLE_CAP) X(SET_USER_MEMORY_REGION) \
	X(SET_USER_MEMORY_REGION2) X(GET_DIRTY_LOG) X(CLEAR_DIRTY_LOG) X(CREATE_DEVICE) \
	X(RESET_DIRTY_RINGS) \
	X(ARM_PREFERRED_TARGET) X(IRQ_LINE) X(IRQFD) X(IOEVENTFD) X(SET_GSI_ROUTING) \
	X(VM_GET_STATS_FD) X(VM_DEVICE_ATTR) X(ARM_SET_COUNTER_OFFSET) X(ARM_GET_REG_WRITABLE_MASKS) \
	X(CREATE_IRQCHIP) X(ARM_VCPU_FINALIZE) X(SET_GUEST_DEBUG) \
	X(RUN) X(ARM_VCPU_INIT) X(GET_ONE_REG) \
	X(SET_ONE_REG) X(GET_REG_LIST) X(GET_MP_STATE) X(SET_MP_STATE) \
	X(GET_VCPU_EVENTS) X(SET_VCPU_EVENTS) X(SET_SIGNAL_MASK) X(VCPU_GET_STATS_FD) \
	X(VCPU_SET_ATTR) X(VCPU_GET_ATTR) X(VCPU_HAS_ATTR) X(DEVICE_SET_ATTR) \
	X(DEVICE_GET_ATTR) X(DEVICE_HAS_ATTR) X(UNKNOWN_IOCTL) X(OTHER_PROCESS) \
	X(VCPU_MMAP) X(STATS_READ) X(EVENTFD) X(DEBUGFS) X(MMAP) X(MPROTECT) X(MADVISE) \
	X(MREMAP) X(FALLOCATE) X(MLOCK) X(MOVE_PAGES) X(WRITE_GUEST) X(CLOSE) X(DUP) X(FORK)

enum call {
#define X(name) CALL_##name,
	CALLS(X)
#undef X
	NR_CALLS
};

/* What a call did: shared with the supervisor. */
struct record {
	uint32_t step;
	uint16_t call;
	int16_t result;		/* 0 or more: 0; else errno; -1: has not come back */
	int32_t fd;
	uint64_t arg[3];
};

#define RECORDS		16
#define ERRNOS		134

struct thread_state {
	_Atomic uint64_t step;		/* steps begun, over all rounds */
	_Atomic uint64_t busy_since;	/* ms, 0: not in a call */
	_Atomic int tid;
	_Atomic uint64_t running_since;	/* ms in KVM_RUN */
	unsigned int nr_records;
	struct record record[RECORDS];
};

struct shared {
	struct thread_state thread[MAX_THREADS];
	_Atomic uint64_t made[NR_CALLS], good[NR_CALLS];
	_Atomic uint32_t by_errno[NR_CALLS][ERRNOS];
	_Atomic uint32_t exits[64];	/* reasons KVM_RUN came back with */
	_Atomic uint32_t failures, vms, guests_checked;
};

struct options {
	uint64_t seed, calls;
	unsigned int threads, hang, slow;
	bool inject, list;
};

struct thread {
	unsigned int id;
	uint64_t step, rng;
	unsigned int op;
	struct thread_state *state;
	char *buf;
	struct probe *probe;
};

struct fuzz_vm {
	_Atomic int vm, gic, stats, cpu[CPUS];
};

extern struct shared *shared;
extern struct options options;
extern struct fuzz_vm vms[VMS];
extern _Atomic int events[EVENTS];
extern int kvm;		/* /dev/kvm */
extern uint32_t sve_features;	/* the bit of vectors, where there are any */
extern uint32_t pauth_features;	/* KVM_ARM_VCPU_* bits of pointer authentication, where there is any */

/* rng.c: what is drawn */
uint64_t draw(struct thread *t);
uint64_t draw_below(struct thread *t, uint64_t n);
bool one_in(struct thread *t, unsigned int n);
/* Small, large, negative, a bit, a bit less: what breaks arithmetic. */
uint64_t draw_wild(struct thread *t);
void draw_seed(struct thread *t);
/* Where a structure is given to the kernel: mostly at @good, sometimes where nothing, or something else, is. */
unsigned long draw_pointer(struct thread *t, const void *good);

/* call.c: calls are made, counted and judged */
extern const char * const call_names[NR_CALLS];
long call_ioctl(struct thread *t, enum call c, int fd, unsigned long request, unsigned long arg);
void call_begin(struct thread *t, enum call c, int fd, uint64_t a, uint64_t b);
/* @ret: as a system call's wrapper returns it. Return: that, or -errno. */
long call_end(struct thread *t, enum call c, long ret);
void broken(struct thread *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
uint64_t now_ms(void);

/* world.c: what the threads share */
void world_make(void);
void world_fill(struct thread *t, unsigned int v);
uint32_t world_features(unsigned int v);
int world_take(_Atomic int *fd);
void world_put(_Atomic int *slot, int fd);
struct kvm_run *world_run_page(unsigned int v, unsigned int cpu);
bool world_write(void *to, const void *from, size_t n);
bool world_read(void *to, const void *from, size_t n);
char *world_ram(unsigned int v);
extern _Atomic int stats_fds[2];
extern int area_fd;

/* guest.S */
#define PROGRAMS	11
extern const char guest_programs[], guest_programs_end[];
#define PROGRAM_SIZE	256
#define RANDOM_CODE	0x4000	/* offset of instructions that are drawn */
#define TABLES_AT	0x8000
uint32_t guest_instruction(struct thread *t);
uint64_t draw_program(struct thread *t);

/* A step: the operations of each file. */
struct op {
	const char *name;
	void (*run)(struct thread *t);
	unsigned int weight;
};
extern const struct op vm_ops[], vcpu_ops[], gic_ops[], memory_ops[], life_ops[], probe_ops[];

/* probe.c: a VM of the thread's own, where a call that failed must have changed nothing */
void probe_open(struct thread *t);
void probe_close(struct thread *t);

#endif
