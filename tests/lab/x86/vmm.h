/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small VMM for the lab's x86-64 tests. Each test program is compiled twice: as the VMM, and with GUEST defined as
 * the bare-metal image that it runs.
 */
#ifndef TESTS_LAB_X86_VMM_H
#define TESTS_LAB_X86_VMM_H

#ifdef GUEST
#include "guest/guest.h"
#else
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "guest/protocol.h"

#define VMM_CPUS	8

struct vmm {
	int sys, vm;
	unsigned int cpus;
	int cpu[VMM_CPUS];
	struct kvm_run *run[VMM_CPUS];
	size_t run_size;
	uint8_t *ram;
	uint64_t ram_size;
};

/* Who has the interrupt controllers: the VMM, the kernel, or the kernel the local APICs alone. */
enum vmm_irqs { IRQS_VMM, IRQS_KERNEL, IRQS_SPLIT };

/* What a VM shall be other than: one vCPU, no interrupt controller, GUEST_RAM_SIZE of anonymous memory. */
struct vmm_config {
	unsigned int cpus;
	bool no_cpuid;		/* vCPUs keep the CPUID that they are created with */
	bool no_slots;		/* no memory */
	uint64_t ram_size;
	enum vmm_irqs irqs;
	bool deadline;		/* CPUID has the TSC deadline timer */
};

#define VMM_PINS	24		/* of the VMM's I/O APIC, with IRQS_SPLIT */

/* How a vCPU can be entered. */
enum vmm_mode { MODE_LONG, MODE_COMPAT, MODE_PROTECTED, MODE_PAGED32, MODE_REAL, VMM_MODES };

/* Slots of vmm_open(): below and above the hole. A test has SLOT_TEST and above to itself. */
enum { SLOT_LOW, SLOT_HIGH, SLOT_TEST };

void vmm_open(struct vmm *v, const struct vmm_config *c);
void vmm_close(struct vmm *v);
/* Memory as vmm_open() makes it: image, descriptors, page tables. */
void vmm_image(struct vmm *v);
int vmm_slot(struct vmm *v, unsigned int slot, uint64_t gpa, uint64_t size, void *mem, uint32_t flags);
/* KVM_GET_SUPPORTED_CPUID; the caller frees it. */
struct kvm_cpuid2 *vmm_supported_cpuid(struct vmm *v);
/* An ioctl that must work: its value. */
int must_do(int fd, unsigned long request, unsigned long arg, const char *what);
#define must(fd, request, arg)	must_do(fd, request, (unsigned long)(arg), #request)
/* KVM_CHECK_EXTENSION on the VM */
int vmm_cap(struct vmm *v, int cap);
int vmm_enable(struct vmm *v, int fd, uint32_t cap, uint64_t arg);

struct kvm_regs vmm_regs(struct vmm *v, unsigned int cpu);
void vmm_set_regs(struct vmm *v, unsigned int cpu, const struct kvm_regs *r);
struct kvm_sregs vmm_sregs(struct vmm *v, unsigned int cpu);
void vmm_set_sregs(struct vmm *v, unsigned int cpu, const struct kvm_sregs *s);
/* Segments and control registers of a mode; memory is one to one where it is paged. */
void vmm_mode(struct vmm *v, unsigned int cpu, enum vmm_mode mode);
const char *vmm_mode_name(enum vmm_mode mode);
/* 0, or -errno */
int vmm_get_msr(struct vmm *v, unsigned int cpu, uint32_t msr, uint64_t *val);
int vmm_set_msr(struct vmm *v, unsigned int cpu, uint32_t msr, uint64_t val);

/* Word of the image's head: HEAD_* */
uint64_t vmm_head(unsigned int word);
/* A vCPU will enter guest_main(what, arg). */
void vmm_start(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg);
/* KVM_RUN: 0 or -errno. A check that hangs dies, saying where the guest is. */
int vmm_run(struct vmm *v, unsigned int cpu);
/* KVM_RUN to an exit for that reason; any other is the check's end. */
struct kvm_run *vmm_exit(struct vmm *v, unsigned int cpu, uint32_t reason);
/* Dies, with what the vCPU's last exit was. */
void vmm_unexpected(struct vmm *v, unsigned int cpu, const char *what) __attribute__((noreturn));
/* Runs to the next event: which port was written, with what. A port that is read gets *val of before. */
unsigned int vmm_event(struct vmm *v, unsigned int cpu, uint64_t *val);
/* Runs to the next event, which has to be that one: its value. */
uint64_t vmm_expect_event(struct vmm *v, unsigned int cpu, unsigned int port);
/* Starts and runs to PORT_DONE: its value. Events between are an error. */
uint64_t vmm_go(struct vmm *v, unsigned int cpu, uint64_t what, uint64_t arg);

#endif
#endif
