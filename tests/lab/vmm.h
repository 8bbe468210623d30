/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small VMM for the lab's tests. Each test program is compiled twice: as the
 * VMM, and with GUEST defined as the bare-metal image that it runs.
 */
#ifndef TESTS_LAB_VMM_H
#define TESTS_LAB_VMM_H

#ifdef GUEST
#include "guest/guest.h"
#else
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "newer.h"
#include "guest/protocol.h"

#define VMM_CPUS	8

struct vmm {
	int sys, vm, gic;
	unsigned int cpus;
	int cpu[VMM_CPUS];
	struct kvm_run *run[VMM_CPUS];
	size_t run_size;
	uint8_t *ram;
	uint64_t ram_size;
};

/* What a VM shall be other than: one vCPU, a GICv3, GUEST_RAM_SIZE of anonymous memory. */
struct vmm_config {
	unsigned int cpus;
	bool no_gic;
	bool no_init;		/* vCPUs are created and no more */
	uint32_t features;	/* KVM_ARM_VCPU_* bits beside PSCI */
	uint32_t off;		/* mask of vCPUs that start powered off */
	void *ram;		/* memory of the caller's */
	uint64_t ram_size;
	unsigned long type;	/* KVM_CREATE_VM's */
	void (*made)(struct vmm *v);	/* the VM is there, and nothing in it */
};

void vmm_open(struct vmm *v, const struct vmm_config *c);
void vmm_close(struct vmm *v);
/* KVM_ARM_VCPU_INIT with PSCI 0.2 and these features */
void vmm_init_cpu(struct vmm *v, unsigned int cpu, uint32_t features);
/* The bits of pointer authentication where this server and its KVM have it, else 0 */
uint32_t vmm_pauth(void);
int vmm_slot(struct vmm *v, unsigned int slot, uint64_t gpa, uint64_t size, void *mem, uint32_t flags);
void vmm_gic_init(struct vmm *v);
int vmm_attr(int fd, unsigned long request, uint32_t group, uint64_t attr, void *data);

int vmm_get(struct vmm *v, unsigned int cpu, uint64_t id, void *val);
int vmm_set(struct vmm *v, unsigned int cpu, uint64_t id, const void *val);
uint64_t vmm_reg(struct vmm *v, unsigned int cpu, uint64_t id);
void vmm_set_reg(struct vmm *v, unsigned int cpu, uint64_t id, uint64_t val);
#define VMM_CORE(r)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(r))
#define VMM_X(n)	(VMM_CORE(regs.regs[0]) + 2 * (n))
#define VMM_SYS(op0, op1, crn, crm, op2) ARM64_SYS_REG(op0, op1, crn, crm, op2)

/* Word of the image's head: GUEST_HEAD_* */
uint64_t vmm_head(unsigned int word);
/* A vCPU will enter guest_main(what, arg). */
void vmm_start(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg);
/* KVM_RUN: 0 or -errno. A check that hangs dies, saying where the guest is. */
int vmm_run(struct vmm *v, unsigned int cpu);
/* Runs to the next event: which port was written, with what. A port that is read gets *val of before. */
unsigned int vmm_event(struct vmm *v, unsigned int cpu, uint64_t *val);
/* Starts and runs to PORT_DONE: its value. Events between are an error. */
uint64_t vmm_go(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg);
/* vmm_event() to PORT_DONE in a thread of its own. */
pthread_t vmm_thread(struct vmm *v, unsigned int cpu);

void vmm_irq(struct vmm *v, uint32_t type, unsigned int cpu, uint32_t intid, int level);

#endif
#endif
