// SPDX-License-Identifier: GPL-2.0
/*
 * Nested AMD-V: the guest (L1) is a hypervisor itself, and runs code of its own image as L2.
 */
#include "vmm.h"
#include "nested.h"

enum {
	WHAT_OFF, WHAT_EXITS, WHAT_REFUSED, WHAT_MAPS, WHAT_NPF, WHAT_REMAP, WHAT_INJECT, WHAT_SEGMENTS, WHAT_SHUTDOWN,
	WHAT_INTR, WHAT_VINTR, WHAT_STATE, WHAT_LOOP, WHAT_DIRTY, WHAT_HOSTILE, WHAT_BEHIND,
};

#define PORT_READY	PORT_TEST
#define PORT_PAGE	(PORT_TEST + 1)
#define VECTOR		0x55
#define DATA		0x230000	/* a page of L2's own */
#define OTHER		0x231000

#ifdef GUEST

static volatile uint64_t traps, trap_vector, trap_rip;

bool guest_trap(struct guest_frame *f)
{
	if (guest_try_to)
		return false;
	traps++;
	trap_vector = f->vector;
	trap_rip = f->rip;
	/* faults of ours go on behind a two-byte instruction */
	if (f->vector == 6)
		f->rip += 2;
	return f->vector == 2 || f->vector == 3 || f->vector == 6 || f->vector >= 32;
}

/* Starts L2 at code(arg). */
static uint32_t l1_start(void (*code)(uint64_t), uint64_t arg)
{
	l1_guest(code, 0);
	l2_gpr[5] = arg;
	return l1_run();
}

/* Behind the three bytes of VMMCALL. */
static uint32_t l1_resume(void)
{
	v_u64(S_RIP) += 3;
	return l1_run();
}

/* Without EFER.SVME there is no AMD-V; with it the address is checked, and SKINIT still is not there. */
static uint64_t off(void)
{
	uint64_t efer, val, cr8;
	uint32_t r[4];

	guest_cpuid(0x80000001, 0, r);
	guest_check(r[2] & 4);
	guest_cpuid(0x8000000a, 0, r);
	guest_expect(r[0] & 0xff, 1);
	guest_check(r[1] >= 2);
	guest_check(r[3] & 1);
	asm volatile(GUEST_TRY "vmrun %%rax" GUEST_TRIED : : "a" (l1_vmcb) : "r11", "memory");
	guest_check(!guest_tried());
	guest_expect(guest_fault()->vector, 6);
	asm volatile(GUEST_TRY "clgi" GUEST_TRIED : : : "r11", "memory");
	guest_check(!guest_tried());
	guest_check(guest_rdmsr(MSR_VM_CR, &val));
	guest_check(!guest_wrmsr(MSR_HSAVE, 0x1001));
	guest_rdmsr(MSR_EFER, &efer);
	guest_check(guest_wrmsr(MSR_EFER, efer | EFER_SVME));
	guest_rdmsr(MSR_EFER, &val);
	guest_expect(val, efer | EFER_SVME);
	asm volatile(GUEST_TRY "vmrun %%rax" GUEST_TRIED : : "a" (l1_vmcb + 1) : "r11", "memory");
	guest_check(!guest_tried());
	guest_expect(guest_fault()->vector, 13);
	asm volatile(GUEST_TRY "vmload %%rax" GUEST_TRIED : : "a" (1ULL << 51) : "r11", "memory");
	guest_check(!guest_tried());
	guest_expect(guest_fault()->vector, 13);
	asm volatile(GUEST_TRY "skinit %%eax" GUEST_TRIED : : "a" (0) : "r11", "memory");
	guest_check(!guest_tried());
	guest_expect(guest_fault()->vector, 6);
	cr8 = read_reg(cr8);
	guest_expect(cr8, 0);
	return 0;
}

static void l2_exits(uint64_t arg)
{
	uint32_t r[4];

	guest_expect(arg, 0x1234);
	vmmcall();
	guest_cpuid(0, 0, r);
	vmmcall();
	asm volatile("hlt");
	vmmcall();
	for (;;)
		;
}

/* What L1 intercepts comes to it with RIP at the instruction, what it does not is done by us; L1 is as it was. */
static uint64_t exits(uint64_t paging)
{
	uint64_t rip, cr8 = 5;

	l1_prepare(paging);
	write_reg(cr8, cr8);
	guest_expect(l1_start(l2_exits, 0x1234), EXIT_VMMCALL);
	guest_expect(*(uint8_t *)v_u64(S_RIP), 0x0f);
	guest_expect(read_reg(cr8), 5);
	/* not intercepted: CPUID, and HLT, of which the VMM hears */
	guest_expect(l1_resume(), EXIT_VMMCALL);
	guest_expect(l1_resume(), EXIT_VMMCALL);
	l1_guest(l2_exits, 0);
	l1_intercept(EXIT_CPUID, true);
	l1_intercept(EXIT_HLT, true);
	l2_gpr[5] = 0x1234;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(l1_resume(), EXIT_CPUID);
	rip = v_u64(S_RIP);
	guest_expect(*(uint16_t *)rip, 0xa20f);
	v_u64(S_RIP) += 2;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(l1_resume(), EXIT_HLT);
	v_u64(S_RIP) += 1;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(v_u64(V_INTINFO), 0);
	return 0;
}

#define REFUSE(off, type, val) \
	do { \
		l1_prepare(true); \
		l1_guest(l2_exits, 0); \
		VMCB(l1_vmcb, off, type) = (val); \
		guest_expect_at(__LINE__, l1_run(), EXIT_INVALID); \
	} while (0)

/* Each state that the architecture forbids is refused, and L1 goes on behind its VMRUN. */
static uint64_t refused(uint64_t all)
{
	l1_prepare(true);
	REFUSE(S_EFER, uint64_t, v_u64(S_EFER) & ~EFER_SVME);
	REFUSE(S_EFER, uint64_t, v_u64(S_EFER) | 1UL << 40);
	REFUSE(S_CR0, uint64_t, v_u64(S_CR0) | 1UL << 32);
	REFUSE(S_CR0, uint64_t, (v_u64(S_CR0) | 1UL << 29) & ~(1UL << 30));
	REFUSE(S_CR4, uint64_t, v_u64(S_CR4) | 1UL << 40);
	REFUSE(S_CR4, uint64_t, v_u64(S_CR4) & ~0x20UL);
	REFUSE(S_CR0, uint64_t, v_u64(S_CR0) & ~1UL);
	REFUSE(S_CS + 2, uint16_t, 0xe9b);
	REFUSE(S_DR6, uint64_t, 1UL << 32);
	REFUSE(S_DR7, uint64_t, 1UL << 32);
	REFUSE(V_ASID, uint32_t, 0);
	REFUSE(V_INTERCEPT(4), uint32_t, 2);
	REFUSE(V_MSRPM, uint64_t, 1UL << 51);
	REFUSE(V_IOPM, uint64_t, ~0xfffUL);
	if (all)					/* type 1: the kernel's KVM leaves it to the CPU */
		REFUSE(V_EVENTINJ, uint32_t, 0x80000100);
	REFUSE(V_EVENTINJ, uint32_t, 0x80000302);	/* an exception 2 */
	REFUSE(V_EVENTINJ, uint32_t, 0x80000320);	/* and 32 */
	l1_prepare(true);
	guest_expect(l1_start(l2_exits, 0x1234), EXIT_VMMCALL);
	return 0;
}

static void l2_maps(uint64_t arg)
{
	uint64_t val = 0;

	asm volatile("outb %%al, %%dx" : : "a" (0x11), "d" (0x80));
	asm volatile("outl %%eax, %%dx" : : "a" (0x22), "d" (0x7e));
	asm volatile("inb %%dx, %%al" : "=a" (val) : "d" (0xffff));
	asm volatile("rdmsr" : "=a" (val) : "c" (MSR_KERNEL_GS) : "rdx");
	asm volatile("wrmsr" : : "a" (0x77), "d" (0), "c" (MSR_KERNEL_GS));
	asm volatile("rdmsr" : "=a" (val) : "c" (0x277) : "rdx");
	asm volatile("rdmsr" : "=a" (val) : "c" (0x4b564d00) : "rdx");
	vmmcall();
}

/* Permission maps: a port or MSR is L1's where its bit says so, whatever we let through ourselves. */
static uint64_t maps(uint64_t paging)
{
	uint64_t val;

	l1_prepare(paging);
	l1_intercept(EXIT_IOIO, true);
	l1_intercept(EXIT_MSR, true);
	l1_iopm[0x80 / 8] |= 1;
	l1_iopm[8192 - 1] |= 0x80;
	l1_msrpm[0x800 + 0x102 * 2 / 8] |= 0x20;	/* KERNEL_GS_BASE is written */
	guest_expect(l1_start(l2_maps, 0), EXIT_IOIO);
	guest_expect(v_u64(V_INFO1) >> 16, 0x80);
	v_u64(S_RIP) = v_u64(V_INFO2);
	guest_expect(l1_run(), EXIT_IOIO);
	guest_expect(v_u64(V_INFO1) >> 16, 0x7e);	/* reaches port 80 */
	v_u64(S_RIP) = v_u64(V_INFO2);
	guest_expect(l1_run(), EXIT_IOIO);
	guest_expect(v_u64(V_INFO1) >> 16, 0xffff);
	v_u64(S_RIP) = v_u64(V_INFO2);
	guest_expect(l1_run(), EXIT_MSR);
	guest_expect(v_u64(V_INFO1), 1);
	guest_expect(l2_gpr[0], MSR_KERNEL_GS);
	v_u64(S_RIP) += 2;
	guest_expect(l1_run(), EXIT_MSR);		/* beyond the map */
	guest_expect(l2_gpr[0], 0x4b564d00);
	v_u64(S_RIP) += 2;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_rdmsr(MSR_KERNEL_GS, &val);
	guest_expect(val, 0);
	return 0;
}

static void l2_touch(uint64_t arg)
{
	volatile uint64_t *p = (void *)DATA;

	vmmcall();
	(void)*p;
	vmmcall();
	*p = 0x4321;
	vmmcall();
	((void (*)(void))DATA)();
	vmmcall();
}

/* L1's tables deny, L1 hears of it as a CPU would tell; they allow, and A and D are set in them. */
static uint64_t npf(void)
{
	uint64_t *pte = l1_pte(DATA);

	l1_prepare(true);
	*pte = 0;
	guest_expect(l1_start(l2_touch, 0), EXIT_VMMCALL);
	guest_expect(l1_resume(), EXIT_NPF);
	guest_expect(v_u64(V_INFO1), NPF_US | NPF_FINAL);
	guest_expect(v_u64(V_INFO2), DATA);
	/* what was absent is never remembered */
	*pte = DATA | 5;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(*pte, DATA | 0x25);
	guest_expect(l1_resume(), EXIT_NPF);
	guest_expect(v_u64(V_INFO1), NPF_P | NPF_W | NPF_US | NPF_FINAL);
	*pte = DATA | 7;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(*pte, DATA | 0x67);
	guest_expect(*(volatile uint64_t *)DATA, 0x4321);
	/* L2's own tables at an address that L1 does not map */
	*l1_pte(GUEST_PD) = 0;
	v_u8(V_TLB) = 1;
	guest_expect(l1_resume(), EXIT_NPF);
	guest_expect(v_u64(V_INFO1) & ~NPF_W, NPF_US | NPF_TABLE);
	guest_expect(v_u64(V_INFO2) & ~0xfffUL, GUEST_PD);
	return 0;
}

static void l2_read(uint64_t arg)
{
	for (;;) {
		volatile uint64_t *p = (void *)DATA;

		asm volatile("vmmcall" : : "a" (*p) : "memory");
	}
}

/* Another page in L1's tables is what L2 sees after L1's flush: of all, of its identifier, by INVLPGA. */
static uint64_t remap(void)
{
	unsigned int way;

	l1_prepare(true);
	*(volatile uint64_t *)DATA = 1;
	*(volatile uint64_t *)OTHER = 2;
	guest_expect(l1_start(l2_read, 0), EXIT_VMMCALL);
	guest_expect(v_u64(S_RAX), 1);
	for (way = 0; way < 4; way++) {
		*l1_pte(DATA) = (way & 1 ? DATA : OTHER) | 7;
		switch (way) {
		case 0:
			v_u8(V_TLB) = 1;
			break;
		case 1:
			v_u8(V_TLB) = 3;
			break;
		case 2:
			asm volatile("invlpga %%rax, %%ecx" : : "a" (DATA), "c" (1) : "memory");
			break;
		default:
			v_u32(V_ASID) = 2;
		}
		guest_expect(l1_resume(), EXIT_VMMCALL);
		guest_expect(v_u64(S_RAX), way & 1 ? 1 : 2);
	}
	return 0;
}

static void l2_spin(uint64_t arg)
{
	for (;;)
		vmmcall();
}

/* Events that L1 injects are taken by L2 before its first instruction, and come back if they cannot be. */
static uint64_t inject(uint64_t paging)
{
	uint64_t rip;

	l1_prepare(paging);
	guest_expect(l1_start(l2_spin, 0), EXIT_VMMCALL);
	v_u32(V_EVENTINJ) = 0x80000000 | VECTOR;
	guest_expect(l1_resume(), EXIT_VMMCALL);
	guest_expect(traps, 1);
	guest_expect(trap_vector, VECTOR);
	guest_expect(v_u32(V_EVENTINJ), 0);
	rip = v_u64(S_RIP) + 3;
	v_u32(V_EVENTINJ) = 0x80000400 | VECTOR;	/* INT n */
	guest_expect(l1_resume(), EXIT_VMMCALL);
	guest_expect(traps, 2);
	guest_expect(trap_rip, rip);
	v_u32(V_EVENTINJ) = 0x80000303;			/* INT3 */
	guest_expect(l1_resume(), EXIT_VMMCALL);
	guest_expect(traps, 3);
	guest_expect(trap_vector, 3);
	if (!paging)
		return 0;
	/* the table of handlers is not there: the exit tells what was on its way */
	*l1_pte(v_u64(S_IDTR + 8)) = 0;
	v_u8(V_TLB) = 1;
	v_u32(V_EVENTINJ) = 0x80000000 | VECTOR;
	guest_expect(l1_resume(), EXIT_NPF);
	guest_expect(v_u32(V_INTINFO), 0x80000000 | VECTOR);
	guest_expect(traps, 3);
	return 0;
}

/* What VMRUN does not switch VMLOAD and VMSAVE do, and nothing else of a block changes. */
static uint64_t segments(void)
{
	uint64_t val;

	l1_prepare(true);
	asm volatile("vmsave %%rax" : : "a" (l1_vmcb) : "memory");
	guest_expect(v_u16(S_TR), SEL_TSS);
	v_u64(S_KERNEL_GS) = 0x1111;
	v_u64(S_RAX) = 0x2222;
	asm volatile("vmload %%rax" : : "a" (l1_vmcb) : "memory");
	guest_rdmsr(MSR_KERNEL_GS, &val);
	guest_expect(val, 0x1111);
	guest_wrmsr(MSR_KERNEL_GS, 0x3333);
	asm volatile("vmsave %%rax" : : "a" (l1_vmcb) : "memory");
	guest_expect(v_u64(S_KERNEL_GS), 0x3333);
	guest_expect(v_u64(S_RAX), 0x2222);
	return 0;
}

static void l2_crash(uint64_t arg)
{
	asm volatile("ud2");
	for (;;)
		;
}

/* A third fault of L2 is L1's exit if it intercepts it, and the VM's end if not. */
static uint64_t shutdown(uint64_t asked)
{
	l1_prepare(true);
	v_u32(S_IDTR + 4) = 0;
	l1_intercept(EXIT_SHUTDOWN, asked);
	guest_expect(l1_start(l2_crash, 0), EXIT_SHUTDOWN);
	return 0;
}

static void l2_say(uint64_t arg)
{
	guest_say(PORT_READY, arg);
	guest_say(PORT_READY, arg + 1);
	vmmcall();
}

/* An interrupt or NMI of L1's ends L2's stay, and L1 takes it when its GIF and IF allow. */
static uint64_t intr(uint64_t nmi)
{
	uint32_t code = nmi ? EXIT_NMI : EXIT_INTR;
	uint64_t before;

	l1_prepare(true);
	l1_intercept(code, true);
	v_u32(V_INT_CTL) = 1U << 24;
	l1_guest(l2_say, 0);
	l2_gpr[5] = 1;
	before = traps;
	/* L1's flag is the one that counts */
	asm volatile("clgi\n\tsti" : : : "memory");
	guest_expect(l1_run(), code);
	asm volatile("nop\n\tcli" : : : "memory");
	guest_expect(traps, before + 1);
	guest_expect(trap_vector, nmi ? 2 : VECTOR);
	guest_expect(v_u32(V_INTINFO), 0);
	guest_expect(l1_run(), EXIT_VMMCALL);
	return traps;
}

static void l2_window(uint64_t arg)
{
	vmmcall();
	asm volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	vmmcall();
}

/* L1's virtual interrupt: by its own exit when it could be taken, or taken by L2. */
static uint64_t vintr(void)
{
	l1_prepare(true);
	guest_expect(l1_start(l2_window, 0), EXIT_VMMCALL);
	/* QEMU forgets of which kind an interrupt is that faults on its way: now all of that is mapped */
	v_u32(V_EVENTINJ) = 0x80000000 | VECTOR;
	v_u64(S_RIP) -= 3;
	guest_expect(l1_resume(), EXIT_VMMCALL);
	traps = 0;
	v_u32(V_INT_CTL) = 1U << 24 | 1U << 20 | 1U << 8;
	v_u32(V_INT_VECTOR) = VECTOR;
	l1_intercept(EXIT_VINTR, true);
	guest_expect(l1_resume(), EXIT_VINTR);
	guest_check(v_u32(V_INT_CTL) & 1U << 8);
	guest_expect(traps, 0);
	l1_intercept(EXIT_VINTR, false);
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(traps, 1);
	guest_expect(trap_vector, VECTOR);
	guest_check(!(v_u32(V_INT_CTL) & 1U << 8));
	return 0;
}

/* L2 that talks to the VMM: its state is L2's then. */
static uint64_t state(uint64_t paging)
{
	l1_prepare(paging);
	guest_say(PORT_PAGE, (uintptr_t)l1_vmcb);
	guest_expect(l1_start(l2_say, 0x100), EXIT_VMMCALL);
	guest_expect(v_u64(S_CR3), read_reg(cr3));
	return 77;
}

static void l2_count(uint64_t arg)
{
	volatile uint64_t *p = (void *)DATA;

	for (;;) {
		++*p;
		vmmcall();
	}
}

/* Many stays; the permission maps are asked in each. */
static uint64_t loop(uint64_t n)
{
	uint64_t i;

	l1_prepare(true);
	l1_intercept(EXIT_IOIO, true);
	l1_intercept(EXIT_MSR, true);
	*(volatile uint64_t *)DATA = 0;
	guest_say(PORT_READY, 0);
	guest_expect(l1_start(l2_count, 0), EXIT_VMMCALL);
	for (i = 1; i < n; i++)
		guest_expect(l1_resume(), EXIT_VMMCALL);
	return *(volatile uint64_t *)DATA;
}

/* Each stay: an exit's fields in VMCB12, and L2's own page. */
static uint64_t dirty(void)
{
	l1_prepare(true);
	guest_say(PORT_PAGE, (uintptr_t)l1_vmcb);
	guest_expect(l1_start(l2_count, 0), EXIT_VMMCALL);
	guest_say(PORT_READY, 0);
	guest_expect(l1_resume(), EXIT_VMMCALL);
	guest_say(PORT_READY, 1);
	/* an exit, and nobody else writes there */
	v_u8(V_TLB) = 0;
	l1_guest(l2_say, 0);
	l2_gpr[5] = 2;
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_say(PORT_READY, 4);
	return 0;
}

/* What L1 injects is delivered before an NMI that waits ends the stay, and is not told of as if it were not. */
static uint64_t behind(void)
{
	uint64_t rip;

	l1_prepare(true);
	l1_intercept(EXIT_NMI, true);
	guest_expect(l1_start(l2_spin, 0), EXIT_VMMCALL);
	rip = v_u64(S_RIP);
	asm volatile("clgi" : : : "memory");
	guest_say(PORT_READY, 0);
	guest_expect(traps, 0);
	v_u32(V_EVENTINJ) = 0x80000000 | VECTOR;
	guest_expect(l1_run(), EXIT_NMI);
	guest_expect(v_u32(V_INTINFO), 0);
	guest_check(v_u64(S_RIP) != rip);
	guest_expect(traps, 1);			/* L1's own */
	guest_expect(trap_vector, 2);
	guest_expect(l1_run(), EXIT_VMMCALL);
	guest_expect(traps, 2);
	guest_expect(trap_vector, VECTOR);
	return 0;
}

/* Somebody scribbles over all that L1 has: what comes of its stays is anything. */
static uint64_t hostile(void)
{
	for (;;) {
		l1_prepare(true);
		guest_say(PORT_PAGE, (uintptr_t)l1_vmcb);
		l1_start(l2_count, 0);
		v_u64(S_RIP) += 3;
		l1_run();
	}
	return 0;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_OFF:
		return off();
	case WHAT_EXITS:
		return exits(arg);
	case WHAT_REFUSED:
		return refused(arg);
	case WHAT_MAPS:
		return maps(arg);
	case WHAT_NPF:
		return npf();
	case WHAT_REMAP:
		return remap();
	case WHAT_INJECT:
		return inject(arg);
	case WHAT_SEGMENTS:
		return segments();
	case WHAT_SHUTDOWN:
		return shutdown(arg);
	case WHAT_INTR:
		return intr(arg);
	case WHAT_VINTR:
		return vintr();
	case WHAT_STATE:
		return state(arg);
	case WHAT_LOOP:
		return loop(arg);
	case WHAT_DIRTY:
		return dirty();
	case WHAT_BEHIND:
		return behind();
	case WHAT_HOSTILE:
		return hostile();
	default:
		return ~0UL;
	}
}

#else

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static void go(uint64_t what, uint64_t arg)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_go(&v, 0, what, arg);
	vmm_close(&v);
}

static void check_off(void) { go(WHAT_OFF, 0); }

static void go_exits(uint64_t paging)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_EXITS, paging);
	/* L1 leaves L2's first HLT to the VMM, as its own */
	vmm_exit(&v, 0, KVM_EXIT_HLT);
	vmm_expect_event(&v, 0, PORT_DONE);
}

static void check_exits(void) { go_exits(0); go_exits(1); }
static void check_refused(void) { go(WHAT_REFUSED, !is_kernels_kvm()); }
static void check_maps(void) { go(WHAT_MAPS, 0); go(WHAT_MAPS, 1); }
static void check_npf(void) { go(WHAT_NPF, 0); }
static void check_remap(void) { go(WHAT_REMAP, 0); }
static void check_inject(void) { go(WHAT_INJECT, 0); go(WHAT_INJECT, 1); }
static void check_segments(void) { go(WHAT_SEGMENTS, 0); }
static void check_vintr(void) { go(WHAT_VINTR, 0); }

static void check_shutdown(void)
{
	struct vmm v;

	go(WHAT_SHUTDOWN, 1);
	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_SHUTDOWN, 0);
	vmm_exit(&v, 0, KVM_EXIT_SHUTDOWN);
}

static void check_intr(void)
{
	struct kvm_interrupt irq = { .irq = VECTOR };
	uint64_t val;
	struct vmm v;

	if (is_kernels_kvm())
		cannot("gives what the VMM sends to L2, whatever L1 intercepts");
	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_INTR, 0);
	val = vmm_expect_event(&v, 0, PORT_READY);
	expect(val == 1, "%#lx", (long)val);
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	val = vmm_expect_event(&v, 0, PORT_READY);
	expect(val == 2, "%#lx", (long)val);
	vmm_expect_event(&v, 0, PORT_DONE);
}

static void check_nmi(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_INTR, 1);
	vmm_expect_event(&v, 0, PORT_READY);
	expect_result(ioctl(v.cpu[0], KVM_NMI, 0), 0);
	vmm_expect_event(&v, 0, PORT_READY);
	vmm_expect_event(&v, 0, PORT_DONE);
}

/* of 6.12's <asm/kvm.h> */
#define RUN_GUEST_MODE	(1 << 2)

#define STATE_HEAD	sizeof(struct kvm_nested_state)
#define STATE_SIZE	(STATE_HEAD + KVM_STATE_NESTED_SVM_VMCB_SIZE)

union state {
	struct kvm_nested_state s;
	unsigned char bytes[STATE_SIZE];
};

static void get_state(struct vmm *v, union state *st)
{
	memset(st, 0, sizeof(*st));
	st->s.size = STATE_SIZE;
	must(v->cpu[0], KVM_GET_NESTED_STATE, st);
}

static void set_wrong(struct vmm *v, union state good, unsigned int at, uint64_t val, unsigned int len)
{
	memcpy(good.bytes + at, &val, len);
	expect(result(ioctl(v->cpu[1], KVM_SET_NESTED_STATE, &good)) == -EINVAL, "%#lx at %#x is taken", (long)val, at);
}

static void check_bad_states(struct vmm *v, const union state *good)
{
	unsigned int block = STATE_HEAD;

	set_wrong(v, *good, offsetof(struct kvm_nested_state, size), STATE_SIZE - 1, 4);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, size), STATE_HEAD - 1, 4);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, format), KVM_STATE_NESTED_FORMAT_VMX, 2);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, flags), 1U << 15, 2);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, flags), KVM_STATE_NESTED_RUN_PENDING, 2);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, hdr.svm.vmcb_pa), 0x1001, 8);
	set_wrong(v, *good, offsetof(struct kvm_nested_state, hdr.svm.vmcb_pa), 1ULL << 52, 8);
	set_wrong(v, *good, block + V_ASID, 0, 4);
	set_wrong(v, *good, block + V_INTERCEPT(4), 0, 4);
	set_wrong(v, *good, block + S_CR0, 0x11, 8);
	set_wrong(v, *good, block + S_EFER, 1ULL << 40, 8);
	set_wrong(v, *good, block + S_RFLAGS, 2 | 1 << 17, 8);
}

/* A vCPU whose L2 has talked to the VMM goes on in another one, L1 and all. */
static void move_state(uint64_t paging)
{
	union state st, small = { .s.size = STATE_HEAD };
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	uint64_t vmcb, hsave;
	struct vmm v;

	vmm_open(&v, &(struct vmm_config){ .cpus = 2 });
	expect(vmm_cap(&v, KVM_CAP_NESTED_STATE) == (int)STATE_SIZE, "size %d", vmm_cap(&v, KVM_CAP_NESTED_STATE));
	/* a vCPU that has never been near it */
	get_state(&v, &st);
	expect(st.s.size == STATE_HEAD && st.s.format == KVM_STATE_NESTED_FORMAT_SVM &&
	       st.s.flags == KVM_STATE_NESTED_GIF_SET, "size %u, format %u, flags %#x", st.s.size, st.s.format, st.s.flags);
	expect_result(ioctl(v.cpu[1], KVM_SET_NESTED_STATE, &st), 0);
	st.s.flags = 0;
	expect_result(ioctl(v.cpu[1], KVM_SET_NESTED_STATE, &st), -EINVAL);

	vmm_start(&v, 0, WHAT_STATE, paging);
	vmcb = vmm_expect_event(&v, 0, PORT_PAGE);
	expect(!(v.run[0]->flags & RUN_GUEST_MODE), "flags %#x in L1", v.run[0]->flags);
	expect(vmm_expect_event(&v, 0, PORT_READY) == 0x100, "L2 says something else");
	expect(v.run[0]->flags & RUN_GUEST_MODE, "flags %#x in L2", v.run[0]->flags);
	v.run[0]->immediate_exit = 1;
	ioctl(v.cpu[0], KVM_RUN, 0);
	expect_result(ioctl(v.cpu[0], KVM_GET_NESTED_STATE, &small), -E2BIG);
	expect(small.s.size == STATE_SIZE, "size %u", small.s.size);
	get_state(&v, &st);
	expect(st.s.size == STATE_SIZE && st.s.hdr.svm.vmcb_pa == vmcb &&
	       st.s.flags == (KVM_STATE_NESTED_GIF_SET | KVM_STATE_NESTED_GUEST_MODE),
	       "size %u, vmcb %#llx, flags %#x", st.s.size, (long long)st.s.hdr.svm.vmcb_pa, st.s.flags);
	regs = vmm_regs(&v, 0);
	sregs = vmm_sregs(&v, 0);
	if (vmm_get_msr(&v, 0, MSR_HSAVE, &hsave) || vmm_set_msr(&v, 1, MSR_HSAVE, hsave))
		die("VM_HSAVE_PA");
	/* before EFER.SVME is set */
	expect_result(ioctl(v.cpu[1], KVM_SET_NESTED_STATE, &st), -EINVAL);
	vmm_set_sregs(&v, 1, &sregs);
	vmm_set_regs(&v, 1, &regs);
	check_bad_states(&v, &st);
	must(v.cpu[1], KVM_SET_NESTED_STATE, &st);
	expect(vmm_expect_event(&v, 1, PORT_READY) == 0x101, "L2 does not go on");
	expect(vmm_expect_event(&v, 1, PORT_DONE) == 77, "L1 does not go on");
	vmm_close(&v);
}

static void check_state(void) { move_state(0); move_state(1); }

#define STAYS	3000

static struct vmm host_vmm;
static volatile bool host_stop;
static unsigned int host_rounds;

/* Each fork takes write permission from all pages, and while the child lives what is written moves to another page. */
static void *host_forks(void *unused)
{
	while (!host_stop) {
		pid_t child = fork();

		if (!child) {
			usleep(2000);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		host_rounds++;
	}
	return NULL;
}

/* Dirty logging of all that L1 and L2 have goes on and off. */
static void *host_slots(void *unused)
{
	struct vmm *v = &host_vmm;

	while (!host_stop) {
		vmm_slot(v, SLOT_HIGH, GUEST_HOLE_END, v->ram_size - GUEST_HOLE_END, v->ram + GUEST_HOLE_END,
			 host_rounds & 1 ? 0 : KVM_MEM_LOG_DIRTY_PAGES);
		host_rounds++;
		usleep(1000);
	}
	return NULL;
}

static void under(void *(*host)(void *))
{
	uint64_t got;
	pthread_t t;

	vmm_open(&host_vmm, NULL);
	vmm_start(&host_vmm, 0, WHAT_LOOP, STAYS);
	vmm_expect_event(&host_vmm, 0, PORT_READY);
	if (pthread_create(&t, NULL, host, NULL))
		die("pthread_create");
	got = vmm_expect_event(&host_vmm, 0, PORT_DONE);
	host_stop = true;
	pthread_join(t, NULL);
	expect(got == STAYS, "L2 counts %lu of %u", (long)got, STAYS);
	expect(host_rounds > 3, "only %u rounds", host_rounds);
	vmm_close(&host_vmm);
}

/* A counter of the VM's, by its name. */
static uint64_t stat(struct vmm *v, const char *name)
{
	struct kvm_stats_header h;
	int fd = must(v->vm, KVM_GET_STATS_FD, 0);
	unsigned int i;
	uint64_t val;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h))
		die("statistics");
	for (i = 0; i < h.num_desc; i++) {
		char buf[sizeof(struct kvm_stats_desc) + 64] = "";
		struct kvm_stats_desc *d = (void *)buf;

		if (pread(fd, d, sizeof(*d) + h.name_size, h.desc_offset + i * (sizeof(*d) + h.name_size)) < 0)
			die("statistics");
		if (strcmp(d->name, name))
			continue;
		if (pread(fd, &val, 8, h.data_offset + d->offset) != 8)
			die("statistics");
		close(fd);
		return val;
	}
	die("no counter %s", name);
}

/* However often L2 exits, what is looked at in L1's memory is mapped once. */
static void check_kept(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_LOOP, STAYS);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == STAYS, "L2 counts wrong");
	expect(stat(&v, "guest_maps") <= 8, "%lu pages mapped", (long)stat(&v, "guest_maps"));
	/* a block is read and written, the MSR map's pages are read, at each stay */
	expect(stat(&v, "pfn_hits") >= 3 * STAYS, "%lu hits", (long)stat(&v, "pfn_hits"));
	vmm_close(&v);
}

static void check_forks(void) { under(host_forks); }
static void check_slots(void) { under(host_slots); }

static bool is_dirty(struct vmm *v, uint64_t *log, uint64_t gpa)
{
	uint64_t page = (gpa - GUEST_HOLE_END) >> 12;

	return log[page / 64] >> page % 64 & 1;
}

/* What an exit writes to VMCB12, and L2 to its memory, is in the dirty log, time and again; what nobody writes is not. */
static void check_dirty(void)
{
	uint64_t log[64], vmcb;
	struct kvm_dirty_log d = { .slot = SLOT_HIGH, .dirty_bitmap = log };
	unsigned int i;
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_DIRTY, 0);
	vmcb = vmm_expect_event(&v, 0, PORT_PAGE);
	if (vmm_slot(&v, SLOT_HIGH, GUEST_HOLE_END, v.ram_size - GUEST_HOLE_END, v.ram + GUEST_HOLE_END,
		     KVM_MEM_LOG_DIRTY_PAGES))
		die("dirty log");
	for (i = 0; i < 2; i++) {
		vmm_expect_event(&v, 0, PORT_READY);
		memset(log, 0, sizeof(log));
		must(v.vm, KVM_GET_DIRTY_LOG, &d);
		expect(is_dirty(&v, log, vmcb), "round %u: VMCB12 is not dirty", i);
		expect(is_dirty(&v, log, DATA), "round %u: L2's page is not dirty", i);
		expect(!is_dirty(&v, log, OTHER), "round %u: another page is dirty", i);
	}
	vmm_expect_event(&v, 0, PORT_READY);
	vmm_expect_event(&v, 0, PORT_READY);
	must(v.vm, KVM_GET_DIRTY_LOG, &d);
	vmm_expect_event(&v, 0, PORT_READY);
	memset(log, 0, sizeof(log));
	must(v.vm, KVM_GET_DIRTY_LOG, &d);
	expect(is_dirty(&v, log, vmcb), "an exit's fields are not dirty");
	expect(!is_dirty(&v, log, DATA), "L2's page is dirty");
	vmm_expect_event(&v, 0, PORT_DONE);
}

static uint64_t hostile_at;
static pthread_t hostile_runs;

static void on_signal(int sig)
{
}

static void *host_scribbles(void *unused)
{
	long before = vmm_now(CLOCK_MONOTONIC);
	unsigned int seed = 1;

	while (!host_stop) {
		uint64_t at = hostile_at;
		/* the block, the maps, the tables: they stand together */
		unsigned int off = rand_r(&seed) % (rand_r(&seed) % 2 ? 0x700 : 0x10000);

		if (at)
			host_vmm.ram[(at & ~0xffffUL) + (off & 0xffff)] ^= 1 << rand_r(&seed) % 8;
		if (at)
			host_vmm.ram[at + rand_r(&seed) % 0x700] ^= 1 << rand_r(&seed) % 8;
		if (rand_r(&seed) % 64)
			continue;
		sched_yield();
		/* L1 or L2 may spin */
		if (vmm_now(CLOCK_MONOTONIC) - before < 100000000)
			continue;
		before = vmm_now(CLOCK_MONOTONIC);
		pthread_kill(hostile_runs, SIGUSR1);
	}
	return NULL;
}

/* Whatever stands in VMCB12, in its maps and in L1's tables, and changes meanwhile: KVM_RUN never says that entry fails. */
static void check_hostile(void)
{
	struct vmm *v = &host_vmm;
	long end = vmm_now(CLOCK_MONOTONIC) + 3000000000L;
	unsigned int runs = 0, restarts = 0;
	pthread_t t;
	int ret;

	vmm_open(v, NULL);
	hostile_runs = pthread_self();
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	vmm_start(v, 0, WHAT_HOSTILE, 0);
	if (pthread_create(&t, NULL, host_scribbles, NULL))
		die("pthread_create");
	while (vmm_now(CLOCK_MONOTONIC) < end) {
		ret = result(ioctl(v->cpu[0], KVM_RUN, 0));
		runs++;
		if (ret && ret != -EINTR)
			die("KVM_RUN: %s", result_name(ret));
		if (v->run[0]->exit_reason == KVM_EXIT_FAIL_ENTRY)
			vmm_unexpected(v, 0, "anything else is due");
		if (!ret && v->run[0]->exit_reason == KVM_EXIT_IO && v->run[0]->io.port == GUEST_PORT + PORT_PAGE) {
			hostile_at = vmm_regs(v, 0).rax & 0x1ff000;
			continue;
		}
		if (!ret && (v->run[0]->exit_reason == KVM_EXIT_IO || v->run[0]->exit_reason == KVM_EXIT_MMIO))
			continue;
		/* image and tables anew */
		hostile_at = 0;
		vmm_image(v);
		vmm_start(v, 0, WHAT_HOSTILE, 0);
		restarts++;
	}
	host_stop = true;
	pthread_join(t, NULL);
	expect(runs > 20, "%u runs, %u restarts", runs, restarts);
}

static void check_behind(void)
{
	struct vmm v;

	vmm_open(&v, NULL);
	vmm_start(&v, 0, WHAT_BEHIND, 0);
	vmm_expect_event(&v, 0, PORT_READY);
	expect_result(ioctl(v.cpu[0], KVM_NMI, 0), 0);
	vmm_expect_event(&v, 0, PORT_DONE);
	vmm_close(&v);
}

static const struct check checks[] = {
	{ "behind", check_behind }, { "state", check_state }, { "forks", check_forks }, { "kept", check_kept }, { "slots", check_slots }, { "dirty", check_dirty },
	{ "hostile", check_hostile },
	{ "off", check_off }, { "exits", check_exits }, { "refused", check_refused }, { "maps", check_maps },
	{ "npf", check_npf }, { "remap", check_remap }, { "inject", check_inject }, { "segments", check_segments },
	{ "shutdown", check_shutdown }, { "intr", check_intr }, { "nmi", check_nmi }, { "vintr", check_vintr }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
