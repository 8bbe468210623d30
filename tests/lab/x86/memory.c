// SPDX-License-Identifier: GPL-2.0
/*
 * Slots as a guest sees them: dirty log, read-only, deleted, moved; and what the VMM does to its memory below.
 */
#include "vmm.h"

enum { WHAT_STRIDE, WHAT_READ, WHAT_WRITE, WHAT_READ_PAGES, WHAT_FETCH };

#define PAGE		4096UL
#define AREA		0x40000000UL	/* of a slot of the tests */
#define PAGES		64
#define PORT_VALUE	PORT_TEST
#define PORT_NEXT	(PORT_TEST + 1)

#ifdef GUEST

/* Writes a word to each page of AREA whose bit is set, until the VMM gives no more. */
static uint64_t write_pages(void)
{
	uint64_t bits, n = 0;
	unsigned int i;

	for (;;) {
		bits = guest_ask(PORT_NEXT);
		bits |= (uint64_t)guest_ask(PORT_NEXT) << 32;
		if (!bits)
			return n;
		for (i = 0; i < PAGES; i++)
			if (bits & 1UL << i) {
				(*(volatile uint64_t *)(AREA + i * PAGE + 8 * i))++;
				n++;
			}
	}
}

static uint64_t read_pages(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		sum += *(volatile uint64_t *)(AREA + i * PAGE);
	return sum;
}

uint64_t guest_main(uint64_t what, uint64_t arg)
{
	switch (what) {
	case WHAT_STRIDE:
		return write_pages();
	case WHAT_READ:
		guest_say(PORT_VALUE, *(volatile uint64_t *)arg);
		return *(volatile uint64_t *)arg;
	case WHAT_WRITE:
		*(volatile uint64_t *)arg = 0x0123456789abcdef;
		guest_say(PORT_VALUE, 0);
		*(volatile uint64_t *)arg = 0xfedcba9876543210;
		return 0;
	case WHAT_READ_PAGES:
		return read_pages();
	default:
		return ((uint64_t (*)(void))arg)();
	}
}

#else

/* what the headers of Debian 12's C library do not know yet */
#define CAP_PRE_FAULT_MEMORY	236
#define PRE_FAULT_MEMORY	_IOWR(KVMIO, 0xd5, uint64_t[8])
#define EXIT_MEMORY_FAULT	39

static char *new_area(struct vmm *v, unsigned int slot, uint64_t gpa, uint32_t flags)
{
	/* in step with the guest's addresses, so that huge pages are possible */
	char *mem = mmap(NULL, 4UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	mem = (void *)(((uintptr_t)mem + (2UL << 20) - 1) & -(2UL << 20));
	ret = vmm_slot(v, slot, gpa, PAGES * PAGE, mem, flags);
	if (ret)
		die("KVM_SET_USER_MEMORY_REGION: %s", result_name(ret));
	return mem;
}

static void write_in_guest(struct vmm *v, uint64_t bits)
{
	uint64_t lo = (uint32_t)bits, hi = bits >> 32;

	if (vmm_event(v, 0, &lo) != PORT_NEXT || vmm_event(v, 0, &hi) != PORT_NEXT)
		die("the guest does not ask");
}

static uint64_t dirty(struct vmm *v)
{
	uint64_t bits = 0x5555;
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = &bits };

	must(v->vm, KVM_GET_DIRTY_LOG, &l);
	return bits;
}

/* The guest has done with what it was given when it asks again. */
static void settle(struct vmm *v)
{
	uint64_t none = 0;

	if (vmm_event(v, 0, &none) != PORT_NEXT)
		die("the guest does not ask");
}

static void one_write(struct vmm *v, uint64_t bits)
{
	vmm_start(v, 0, WHAT_STRIDE, 0);
	write_in_guest(v, bits);
	settle(v);
}

static void check_dirty(void)
{
	uint64_t got, sets[] = { 1, 0x8000000000000001, 0x00ff00ff00ff00ff, 4, ~0UL, 4 };
	struct vmm v;
	unsigned int i;
	char *mem;

	vmm_open(&v, NULL);
	mem = new_area(&v, SLOT_TEST, AREA, 0);
	one_write(&v, ~0UL);		/* mapped for writing already */
	expect(vmm_slot(&v, SLOT_TEST, AREA, PAGES * PAGE, mem, KVM_MEM_LOG_DIRTY_PAGES) == 0, "the log is refused");
	expect(!dirty(&v), "dirty before anything is written");
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		one_write(&v, sets[i]);
		got = dirty(&v);
		expect(got == sets[i], "%#lx is dirty, not %#lx", (long)got, (long)sets[i]);
		expect(!dirty(&v), "dirty twice");
	}
	vmm_go(&v, 0, WHAT_READ_PAGES, 0);
	expect(!dirty(&v), "dirty from reading");
	mem[5 * PAGE] = 1;		/* the VMM's own writes it knows of itself */
	expect(!dirty(&v), "dirty from the VMM");
	/* off and on again: what was written between is in no log */
	expect(vmm_slot(&v, SLOT_TEST, AREA, PAGES * PAGE, mem, 0) == 0, "the log cannot be turned off");
	one_write(&v, 0xf0);
	expect(vmm_slot(&v, SLOT_TEST, AREA, PAGES * PAGE, mem, KVM_MEM_LOG_DIRTY_PAGES) == 0, "the log is refused");
	expect(!dirty(&v), "dirty from before the log");
	one_write(&v, 0x10);
	expect(dirty(&v) == 0x10, "not dirty after the log is on again");
}

/* Memory that the host has in huge pages is logged in small ones. */
static void check_dirty_huge(void)
{
	uint64_t bits[16] = { 0 };
	struct kvm_dirty_log l = { .slot = SLOT_TEST, .dirty_bitmap = bits };
	unsigned int i;
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	mem = mmap((void *)0x7e0000000000, 4UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (mem == MAP_FAILED || madvise(mem, 4UL << 20, MADV_HUGEPAGE))
		die("mmap: %s", strerror(errno));
	memset(mem, 0, 4UL << 20);
	if (vmm_slot(&v, SLOT_TEST, AREA, 4UL << 20, mem, 0))
		die("KVM_SET_USER_MEMORY_REGION");
	one_write(&v, ~0UL);
	expect(vmm_slot(&v, SLOT_TEST, AREA, 4UL << 20, mem, KVM_MEM_LOG_DIRTY_PAGES) == 0, "the log is refused");
	one_write(&v, 0x8001);
	must(v.vm, KVM_GET_DIRTY_LOG, &l);
	expect(bits[0] == 0x8001, "%#lx is dirty, not 0x8001", (long)bits[0]);
	for (i = 1; i < 16; i++)
		expect(!bits[i], "word %u of the log is %#lx", i, (long)bits[i]);
}

/* Pages stay writable until the VMM clears them from the log, which it does piece by piece. */
static void check_dirty_manual(void)
{
	uint64_t clear = 0xff;
	struct kvm_clear_dirty_log c = { .slot = SLOT_TEST, .num_pages = PAGES, .dirty_bitmap = &clear };
	struct vmm v;

	vmm_open(&v, NULL);
	if (!vmm_cap(&v, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2))
		cannot("no KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2");
	expect(!vmm_enable(&v, v.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE), "refused");
	new_area(&v, SLOT_TEST, AREA, KVM_MEM_LOG_DIRTY_PAGES);
	one_write(&v, 0xf0f);
	expect(dirty(&v) == 0xf0f && dirty(&v) == 0xf0f, "reading clears the log");
	must(v.vm, KVM_CLEAR_DIRTY_LOG, &c);
	expect(dirty(&v) == 0xf00, "%#lx is dirty, not 0xf00", (long)dirty(&v));
	one_write(&v, 0x3);
	expect(dirty(&v) == 0xf03, "%#lx is dirty, not 0xf03", (long)dirty(&v));
}

/* What the hypervisor itself writes for the guest, here a string from a port, is in the log too. */
static void check_dirty_string(void)
{
	/* rep insb; hlt */
	static const uint8_t code[] = { 0xf3, 0x6c, 0xf4 };
	struct kvm_regs r = { .rip = GUEST_STEP, .rflags = 2, .rdi = AREA + 3 * PAGE - 8, .rcx = 16, .rdx = 0x3f8 };
	struct kvm_run *run;
	struct vmm v;

	vmm_open(&v, NULL);
	new_area(&v, SLOT_TEST, AREA, KVM_MEM_LOG_DIRTY_PAGES);
	memcpy(v.ram + GUEST_STEP, code, sizeof(code));
	vmm_mode(&v, 0, MODE_LONG);
	vmm_set_regs(&v, 0, &r);
	run = v.run[0];
	while (!vmm_run(&v, 0) && run->exit_reason == KVM_EXIT_IO)
		memset((char *)run + run->io.data_offset, 0x77, run->io.size * run->io.count);
	expect(run->exit_reason == KVM_EXIT_HLT, "exit %u", run->exit_reason);
	expect(dirty(&v) == 0xc, "pages of the string are not dirty");
}

static void expect_write(struct vmm *v, uint64_t addr, uint64_t val)
{
	struct kvm_run *run = vmm_exit(v, 0, KVM_EXIT_MMIO);
	uint64_t data;

	memcpy(&data, run->mmio.data, 8);
	expect(run->mmio.is_write && run->mmio.phys_addr == addr && run->mmio.len == 8 && data == val,
	       "%s of %u bytes at %#llx, %#lx", run->mmio.is_write ? "write" : "read", run->mmio.len, run->mmio.phys_addr,
	       (long)data);
}

/* A read-only slot is memory to read and to execute, and a device to write. */
static void check_read_only(void)
{
	/* mov $0x5a5a, %eax; ret */
	static const uint8_t code[] = { 0xb8, 0x5a, 0x5a, 0, 0, 0xc3 };
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	mem = new_area(&v, SLOT_TEST, AREA, KVM_MEM_READONLY);
	*(uint64_t *)mem = 0x1122334455667788;
	memcpy(mem + PAGE, code, sizeof(code));
	expect(vmm_go(&v, 0, WHAT_FETCH, AREA + PAGE) == 0x5a5a, "not the slot's code");
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 0x1122334455667788, "not the slot's word");
	*(uint64_t *)mem = 5;		/* the VMM's writes show */
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 5, "not what the VMM wrote");
	vmm_start(&v, 0, WHAT_WRITE, AREA);
	expect_write(&v, AREA, 0x0123456789abcdef);
	vmm_expect_event(&v, 0, PORT_VALUE);
	expect_write(&v, AREA, 0xfedcba9876543210);
	vmm_expect_event(&v, 0, PORT_DONE);
	expect(*(uint64_t *)mem == 5, "the slot is written");
}

/* A slot that is deleted while the guest runs on it is a device at the next access, and memory when it is back. */
static void check_deleted(void)
{
	struct kvm_run *run;
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	mem = new_area(&v, SLOT_TEST, AREA, 0);
	*(uint64_t *)mem = 7;
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 7, "not the slot's word");
	expect(!vmm_slot(&v, SLOT_TEST, AREA, 0, NULL, 0), "a slot cannot be deleted");
	run = vmm_exit(&v, 0, KVM_EXIT_MMIO);
	expect(!run->mmio.is_write && run->mmio.phys_addr == AREA && run->mmio.len == 8, "at %#llx", run->mmio.phys_addr);
	memcpy(run->mmio.data, &(uint64_t){ 0x99 }, 8);
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 0x99, "not the VMM's answer");
	expect(!vmm_slot(&v, SLOT_TEST, AREA, PAGES * PAGE, mem, 0), "a slot cannot come back");
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 7, "not the slot's word");
	vmm_expect_event(&v, 0, PORT_DONE);
}

/* A slot that is moved is where it is now, and no longer where it was; other memory can take its place. */
static void check_moved(void)
{
	const uint64_t to = AREA + (32UL << 20);
	char *mem, *other;
	struct vmm v;

	vmm_open(&v, NULL);
	mem = new_area(&v, SLOT_TEST, AREA, 0);
	*(uint64_t *)mem = 7;
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 7, "not the slot's word");
	expect(!vmm_slot(&v, SLOT_TEST, to, PAGES * PAGE, mem, 0), "a slot cannot be moved");
	vmm_exit(&v, 0, KVM_EXIT_MMIO);
	vmm_expect_event(&v, 0, PORT_DONE);
	vmm_start(&v, 0, WHAT_WRITE, to);
	vmm_expect_event(&v, 0, PORT_VALUE);
	expect(*(uint64_t *)mem == 0x0123456789abcdef, "%#lx in the moved slot", *(long *)mem);
	vmm_expect_event(&v, 0, PORT_DONE);
	other = new_area(&v, SLOT_TEST + 1, AREA, 0);
	*(uint64_t *)other = 0x88;
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 0x88, "not the other slot's word");
	vmm_expect_event(&v, 0, PORT_DONE);
}

/* What the VMM drops, maps anew or protects under a slot the guest sees at its next access. */
static void check_changed_below(void)
{
	const uint64_t *fault;
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	mem = new_area(&v, SLOT_TEST, AREA, 0);
	*(uint64_t *)mem = 7;
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 7, "not the slot's word");
	if (madvise(mem, PAGE, MADV_DONTNEED))
		die("madvise: %s", strerror(errno));
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 0, "not zero after MADV_DONTNEED");

	*(uint64_t *)mem = 8;
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 8, "not the word after it");
	if (mmap(mem, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != mem)
		die("mmap: %s", strerror(errno));
	*(uint64_t *)mem = 9;
	expect(vmm_expect_event(&v, 0, PORT_DONE) == 9, "not the new page's word");

	vmm_start(&v, 0, WHAT_WRITE, AREA);
	vmm_expect_event(&v, 0, PORT_VALUE);
	mprotect(mem, PAGE, PROT_READ);
	expect(vmm_run(&v, 0) == -EFAULT, "exit %u from a page that cannot be written", v.run[0]->exit_reason);
	/* the kernel's own KVM says so of guest_memfd alone */
	fault = (uint64_t *)&v.run[0]->hw;
	if (!is_kernels_kvm())
		expect(v.run[0]->exit_reason == EXIT_MEMORY_FAULT && !fault[0] && fault[1] == AREA && fault[2] == PAGE,
		       "exit %u, flags %#lx, %#lx bytes at %#lx", v.run[0]->exit_reason, (long)fault[0], (long)fault[2],
		       (long)fault[1]);
	expect(*(uint64_t *)mem == 0x0123456789abcdef, "%#lx in a protected page", *(long *)mem);
	mprotect(mem, PAGE, PROT_READ | PROT_WRITE);
	vmm_expect_event(&v, 0, PORT_DONE);
	expect(*(uint64_t *)mem == 0xfedcba9876543210, "%#lx after it", *(long *)mem);
}

static int prefault(struct vmm *v, uint64_t gpa, uint64_t size, uint64_t flags, uint64_t *left)
{
	uint64_t range[8] = { gpa, size, flags };
	int ret = result(ioctl(v->cpu[0], PRE_FAULT_MEMORY, range));

	expect(range[0] + range[1] == gpa + size, "the end of the range moves");
	*left = range[1];
	return ret;
}

/* What is mapped before the guest asks is memory that it then has without a fault; the rest is what is left. */
static void check_prefault(void)
{
	uint64_t left;
	struct vmm v;
	char *mem;

	vmm_open(&v, NULL);
	expect(ioctl(v.vm, KVM_CHECK_EXTENSION, CAP_PRE_FAULT_MEMORY) == 1, "not announced");
	mem = new_area(&v, SLOT_TEST, AREA, 0);
	*(uint64_t *)mem = 7;
	expect_result(prefault(&v, AREA, PAGE, 1, &left), -EINVAL);
	expect_result(prefault(&v, AREA + 1, PAGE, 0, &left), -EINVAL);
	expect_result(prefault(&v, AREA, PAGE + 8, 0, &left), -EINVAL);
	expect_result(prefault(&v, AREA, 0, 0, &left), -EINVAL);
	expect_result(prefault(&v, AREA, -PAGE, 0, &left), -EINVAL);
	/* nothing is there */
	expect_result(prefault(&v, 1UL << 35, PAGE, 0, &left), -ENOENT);
	expect_result(ioctl(v.cpu[0], PRE_FAULT_MEMORY, 8), -EFAULT);
	expect_result(prefault(&v, AREA, PAGE, 0, &left), 0);
	expect(!left, "%#lx bytes are left", (long)left);
	expect_result(prefault(&v, AREA, PAGE, 0, &left), 0);
	/* a page of the slot, and one behind its end */
	expect_result(prefault(&v, AREA + (PAGES - 1) * PAGE, 2 * PAGE, 0, &left), 0);
	expect(left == PAGE, "%#lx bytes are left", (long)left);
	mprotect(mem, PAGE, PROT_NONE);
	expect_result(prefault(&v, AREA, PAGE, 0, &left), -EFAULT);
	mprotect(mem, PAGE, PROT_READ | PROT_WRITE);
	vmm_start(&v, 0, WHAT_READ, AREA);
	expect(vmm_expect_event(&v, 0, PORT_VALUE) == 7, "not the slot's word");
}

static const struct check checks[] = {
	{ "dirty", check_dirty }, { "dirty-huge", check_dirty_huge }, { "dirty-manual", check_dirty_manual },
	{ "dirty-string", check_dirty_string }, { "read-only", check_read_only }, { "deleted", check_deleted },
	{ "moved", check_moved }, { "changed-below", check_changed_below }, { "prefault", check_prefault }, { 0 },
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
