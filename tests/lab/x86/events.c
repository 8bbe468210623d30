// SPDX-License-Identifier: GPL-2.0
/*
 * What the VMM puts into a vCPU: exceptions, NMIs, interrupts; and what it finds pending there.
 */
#include "vmm.h"

enum { WHAT_SPIN, WHAT_NMI, WHAT_INTERRUPT };

#define PORT_TRAP	PORT_TEST		/* RAX: vector << 32 | error */
#define PORT_TRAP_RIP	(PORT_TEST + 1)
#define PORT_TRAP_CR2	(PORT_TEST + 2)
#define PORT_READY	(PORT_TEST + 3)
#define VECTOR		0x55

#ifdef GUEST

static volatile uint64_t traps;

bool guest_trap(struct guest_frame *f)
{
	traps++;
	guest_say(PORT_TRAP, f->vector << 32 | f->error);
	guest_say(PORT_TRAP_RIP, f->rip);
	guest_say(PORT_TRAP_CR2, read_reg(cr2));
	return true;
}

static uint64_t interrupts(void)
{
	guest_say(PORT_READY, 0);		/* IF=0: nothing comes */
	guest_expect(traps, 0);
	asm volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	guest_expect(traps, 1);
	guest_say(PORT_READY, 1);
	asm volatile("sti\n\thlt\n\tcli" : : : "memory");	/* HLT exits; what comes then is taken behind it */
	guest_expect(traps, 2);
	return traps;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_SPIN:
		guest_say(PORT_READY, 0);
		guest_say(PORT_READY, 1);
		return traps;
	case WHAT_NMI:
		guest_say(PORT_READY, 0);
		guest_say(PORT_READY, 1);
		return traps;
	default:
		return interrupts();
	}
}

#else

static struct kvm_vcpu_events get_events(struct vmm *v)
{
	struct kvm_vcpu_events e;

	memset(&e, 0xee, sizeof(e));
	must(v->cpu[0], KVM_GET_VCPU_EVENTS, &e);
	return e;
}

static void set_events(struct vmm *v, const struct kvm_vcpu_events *e)
{
	must(v->cpu[0], KVM_SET_VCPU_EVENTS, e);
}

/* To the first PORT_READY, whose OUT is done with: what is put in then meets the guest at the next instruction. */
static uint64_t ready(struct vmm *v, uint64_t what)
{
	vmm_start(v, 0, what, 0);
	vmm_expect_event(v, 0, PORT_READY);
	v->run[0]->immediate_exit = 1;
	expect_result(ioctl(v->cpu[0], KVM_RUN, 0), -EINTR);
	v->run[0]->immediate_exit = 0;
	return vmm_regs(v, 0).rip;
}

/* A vector that takes an error code, by the architecture. */
static bool has_error(unsigned int vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/* Each exception that can be put in arrives: its vector, its error, the address that it came at. */
static void check_exceptions(void)
{
	static const uint8_t vectors[] = { 0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19 };
	struct kvm_vcpu_events e;
	uint64_t rip, got, want;
	struct vmm v;
	unsigned int i;

	vmm_open(&v, NULL);
	for (i = 0; i < sizeof(vectors); i++) {
		rip = ready(&v, WHAT_SPIN);
		e = get_events(&v);
		expect(!e.exception.injected && !e.interrupt.injected && !e.nmi.injected, "there is something already");
		e.exception.injected = 1;
		e.exception.nr = vectors[i];
		e.exception.has_error_code = has_error(vectors[i]);
		want = e.exception.error_code = has_error(vectors[i]) ? 0x4b8 : 0;
		want |= (uint64_t)vectors[i] << 32;
		set_events(&v, &e);
		e = get_events(&v);
		/* those that an instruction asks for are not told of: it would be executed again */
		expect(vectors[i] == 3 || vectors[i] == 4 || e.exception.injected, "vector %u is gone", vectors[i]);
		expect(!e.exception.injected || (e.exception.nr == vectors[i] && e.exception.error_code == (uint32_t)want &&
		       e.exception.has_error_code == has_error(vectors[i])), "vector %u is not what is read back", vectors[i]);
		got = vmm_expect_event(&v, 0, PORT_TRAP);
		expect(got == want, "vector %u: %#lx, not %#lx", vectors[i], (long)got, (long)want);
		got = vmm_expect_event(&v, 0, PORT_TRAP_RIP);
		expect(got == rip, "vector %u: RIP %#lx, not %#lx", vectors[i], (long)got, (long)rip);
		vmm_expect_event(&v, 0, PORT_TRAP_CR2);
		vmm_expect_event(&v, 0, PORT_READY);
		expect(!get_events(&v).exception.injected, "vector %u is still there", vectors[i]);
	}
}

/* With payloads a pending page fault brings its address along, and CR2 has it in the handler, not before. */
static void check_payload(void)
{
	struct kvm_vcpu_events e;
	struct kvm_sregs s;
	uint64_t got;
	struct vmm v;

	vmm_open(&v, NULL);
	if (vmm_enable(&v, v.vm, KVM_CAP_EXCEPTION_PAYLOAD, 1))
		die("KVM_CAP_EXCEPTION_PAYLOAD");
	ready(&v, WHAT_SPIN);
	s = vmm_sregs(&v, 0);
	s.cr2 = 0x1111;
	vmm_set_sregs(&v, 0, &s);
	e = get_events(&v);
	expect(e.flags & KVM_VCPUEVENT_VALID_PAYLOAD, "flags %#x", e.flags);
	e.exception.pending = 1;
	e.exception.nr = 14;
	e.exception.has_error_code = 1;
	e.exception.error_code = 2;
	e.exception_has_payload = 1;
	e.exception_payload = 0x123456789000;
	set_events(&v, &e);
	e = get_events(&v);
	expect(e.exception.pending && e.exception_has_payload && e.exception_payload == 0x123456789000, "not what is read back");
	expect(vmm_sregs(&v, 0).cr2 == 0x1111, "CR2 %#llx before the fault is taken", vmm_sregs(&v, 0).cr2);
	got = vmm_expect_event(&v, 0, PORT_TRAP);
	expect(got == (14UL << 32 | 2), "%#lx", (long)got);
	vmm_expect_event(&v, 0, PORT_TRAP_RIP);
	got = vmm_expect_event(&v, 0, PORT_TRAP_CR2);
	expect(got == 0x123456789000, "CR2 %#lx", (long)got);
}

static void check_bad_events(void)
{
	struct kvm_vcpu_events good, e;
	struct vmm v;

	vmm_open(&v, NULL);
	good = get_events(&v);
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &good), 0);
	e = good;
	e.flags = 1U << 31;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &e), -EINVAL);
	e = good;
	e.exception.injected = 1;
	e.exception.nr = 32;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &e), -EINVAL);
	e.exception.nr = 2;				/* NMIs are no exceptions */
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &e), -EINVAL);
}

/* An NMI arrives with IF=0; a second waits until the first has come back from its handler. */
static void check_nmi(void)
{
	uint64_t got;
	struct vmm v;

	vmm_open(&v, NULL);
	ready(&v, WHAT_NMI);
	expect_result(ioctl(v.cpu[0], KVM_NMI, 0), 0);
	got = vmm_expect_event(&v, 0, PORT_TRAP);
	expect(got == 2UL << 32, "%#lx", (long)got);
	expect(get_events(&v).nmi.masked, "NMIs are not masked in the handler");
	expect_result(ioctl(v.cpu[0], KVM_NMI, 0), 0);
	vmm_expect_event(&v, 0, PORT_TRAP_RIP);
	vmm_expect_event(&v, 0, PORT_TRAP_CR2);
	got = vmm_expect_event(&v, 0, PORT_TRAP);
	expect(got == 2UL << 32, "the second: %#lx", (long)got);
	vmm_expect_event(&v, 0, PORT_TRAP_RIP);
	vmm_expect_event(&v, 0, PORT_TRAP_CR2);
	vmm_expect_event(&v, 0, PORT_READY);
	expect(!get_events(&v).nmi.masked, "NMIs are still masked");
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 2, "not two NMIs");
}

static void expect_interrupt(struct vmm *v)
{
	uint64_t got = vmm_expect_event(v, 0, PORT_TRAP);

	expect(got == (uint64_t)VECTOR << 32, "%#lx", (long)got);
	vmm_expect_event(v, 0, PORT_TRAP_RIP);
	vmm_expect_event(v, 0, PORT_TRAP_CR2);
}

/* Without an interrupt controller in the kernel: the VMM waits for the window, then KVM_INTERRUPT. */
static void check_interrupt(void)
{
	struct kvm_interrupt irq = { .irq = VECTOR };
	struct kvm_run *run;
	struct vmm v;

	vmm_open(&v, NULL);
	ready(&v, WHAT_INTERRUPT);
	run = v.run[0];
	expect(!run->if_flag && !run->ready_for_interrupt_injection, "ready with IF=0");
	run->request_interrupt_window = 1;
	vmm_exit(&v, 0, KVM_EXIT_IRQ_WINDOW_OPEN);
	expect(run->if_flag && run->ready_for_interrupt_injection, "the window is open, but not ready");
	run->request_interrupt_window = 0;
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	irq.irq = 256;
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), -EINVAL);
	irq.irq = VECTOR;
	expect_interrupt(&v);
	vmm_expect_event(&v, 0, PORT_READY);
	vmm_exit(&v, 0, KVM_EXIT_HLT);
	expect(run->ready_for_interrupt_injection, "not ready behind HLT");
	expect_result(ioctl(v.cpu[0], KVM_INTERRUPT, &irq), 0);
	expect_interrupt(&v);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 2, "not two interrupts");
}

/* A fault while the VMM's page fault is delivered, with no handler for either, is a shutdown. */
static void check_shutdown(void)
{
	struct kvm_vcpu_events e;
	struct kvm_sregs s;
	struct vmm v;

	vmm_open(&v, NULL);
	ready(&v, WHAT_SPIN);
	s = vmm_sregs(&v, 0);
	s.idt.limit = 0;
	vmm_set_sregs(&v, 0, &s);
	e = get_events(&v);
	e.exception.injected = 1;
	e.exception.nr = 6;
	set_events(&v, &e);
	vmm_exit(&v, 0, KVM_EXIT_SHUTDOWN);
}

/* A triple fault that waits can be saved and restored, by a VMM that says that it knows of it, and is told of once. */
static void check_triple_fault(void)
{
	struct kvm_vcpu_events e;
	struct vmm v;

	vmm_open(&v, NULL);
	ready(&v, WHAT_SPIN);
	e = get_events(&v);
	e.flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	e.triple_fault.pending = 1;
	expect_result(ioctl(v.cpu[0], KVM_SET_VCPU_EVENTS, &e), -EINVAL);
	if (vmm_enable(&v, v.vm, KVM_CAP_X86_TRIPLE_FAULT_EVENT, 1))
		die("KVM_CAP_X86_TRIPLE_FAULT_EVENT");
	set_events(&v, &e);
	e = get_events(&v);
	expect(e.flags & KVM_VCPUEVENT_VALID_TRIPLE_FAULT && e.triple_fault.pending, "it is not read back");
	vmm_exit(&v, 0, KVM_EXIT_SHUTDOWN);
	expect(!get_events(&v).triple_fault.pending, "it is still there");
}

static const struct check checks[] = {
	{ "exceptions", check_exceptions }, { "payload", check_payload }, { "bad-events", check_bad_events },
	{ "nmi", check_nmi }, { "interrupt", check_interrupt }, { "shutdown", check_shutdown }, { "triple-fault", check_triple_fault },
	{ 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
