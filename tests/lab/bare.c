// SPDX-License-Identifier: GPL-2.0
/*
 * First light: one vCPU of a bare-metal guest that makes a hypercall, writes
 * the answer to an address nothing is mapped at, uses FP, and powers off.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM	0x40000000UL
#define MMIO	0x09000000UL

extern char guest_start[], guest_end[];
asm(".pushsection .rodata\n"
    ".balign 8\n"
    ".globl guest_start, guest_end\n"
    "guest_start:\n"
    "	mov	x19, #0x9000000\n"
    "	mov	w0, #0x84000000\n"
    "	hvc	#0\n"
    "	str	w0, [x19]\n"
    "	ldr	w1, [x19, #4]\n"
    "	add	w1, w1, #1\n"
    "	str	w1, [x19, #8]\n"
    "	mrs	x2, cpacr_el1\n"
    "	orr	x2, x2, #(3 << 20)\n"
    "	msr	cpacr_el1, x2\n"
    "	isb\n"
    "	fmov	d0, #2.0\n"
    "	fadd	d0, d0, d0\n"
    "	fcvtzu	x3, d0\n"
    "	str	x3, [x19, #16]\n"
    "	adr	x4, guest_end\n"
    "	str	x3, [x4, #0x1000]\n"
    "	ldr	x3, [x4, #0x1000]\n"
    "	mrs	x5, mpidr_el1\n"
    "	strb	w5, [x19, #24]\n"
    "	mrs	x6, id_aa64pfr0_el1\n"
    "	str	x6, [x19, #32]\n"
    "	mov	w0, #0x0008\n"
    "	movk	w0, #0x8400, lsl #16\n"
    "	hvc	#0\n"
    "	b	.\n"
    "	.balign	8\n"
    "guest_end:\n"
    ".popsection\n");

static int get(int fd, unsigned long req, unsigned long arg, const char *what)
{
	int ret = ioctl(fd, req, arg);

	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

static void set_reg(int vcpu, uint64_t id, uint64_t val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&val };

	get(vcpu, KVM_SET_ONE_REG, (unsigned long)&reg, "KVM_SET_ONE_REG");
}

#define PC_REG (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pc))

static void nop(int sig)
{
}

int main(void)
{
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_vcpu_init init;
	struct kvm_run *run;
	int vm, vcpu, n;
	char *ram;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sys < 0)
		err(1, "/dev/kvm");
	vm = get(sys, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
	vcpu = get(vm, KVM_CREATE_VCPU, 0, "KVM_CREATE_VCPU");
	get(vm, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init, "target");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	get(vcpu, KVM_ARM_VCPU_INIT, (unsigned long)&init, "KVM_ARM_VCPU_INIT");
	ram = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(ram, guest_start, guest_end - guest_start);
	struct kvm_userspace_memory_region r = {
		.guest_phys_addr = RAM, .memory_size = 2 << 20, .userspace_addr = (uintptr_t)ram,
	};
	get(vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&r, "region");
	run = mmap(NULL, get(sys, KVM_GET_VCPU_MMAP_SIZE, 0, "size"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	set_reg(vcpu, PC_REG, RAM);
	{ uint64_t pc = 0; struct kvm_one_reg reg = { .id = PC_REG, .addr = (uintptr_t)&pc };
	ioctl(vcpu, KVM_GET_ONE_REG, &reg); printf("pc %llx first insn %x\n", (unsigned long long)pc, *(unsigned int *)ram);
	}
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nop }, NULL);
	alarm(3);
	for (n = 0; n < 100; n++) {
		if (ioctl(vcpu, KVM_RUN, 0)) {
			uint64_t pc = 0;
			struct kvm_one_reg reg = { .id = PC_REG, .addr = (uintptr_t)&pc };

			warn("KVM_RUN");
			ioctl(vcpu, KVM_GET_ONE_REG, &reg);
			warnx("guest at %llx", (unsigned long long)pc);
			reg.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(elr_el1);
			ioctl(vcpu, KVM_GET_ONE_REG, &reg);
			warnx("elr %llx", (unsigned long long)pc);
			reg.id = ARM64_SYS_REG(3, 0, 5, 2, 0);
			ioctl(vcpu, KVM_GET_ONE_REG, &reg);
			warnx("esr %llx", (unsigned long long)pc);
			for (int i = 0; i < 31; i++) {
				reg.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | 2 * i;
				ioctl(vcpu, KVM_GET_ONE_REG, &reg);
				printf("x%d %llx\n", i, (unsigned long long)pc);
			}
			return 1;
		}
		if (run->exit_reason == KVM_EXIT_MMIO) {
			uint64_t v = 0;

			if (!run->mmio.is_write) {
				v = 41;
				memcpy(run->mmio.data, &v, 8);
			}
			memcpy(&v, run->mmio.data, 8);
			printf("%s %llx len %u: %llx\n", run->mmio.is_write ? "write" : "read",
			       run->mmio.phys_addr, run->mmio.len, (unsigned long long)v);
		} else {
			printf("exit %u type %u\n", run->exit_reason, run->system_event.type);
			return run->exit_reason != KVM_EXIT_SYSTEM_EVENT;
		}
	}
	return 1;
}
