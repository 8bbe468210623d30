// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's own page tables, in each of their forms and with each permission (AMD APM vol. 2, 5.3 to 5.6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/bitops.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>

#include "../../src/x86/nested/nested.h"
#include "../../src/x86/vm.h"

#define PAGES	16
#define TABLE(n)	((u64)(n) << 12)

#define P	1ULL
#define W	2ULL
#define U	4ULL
#define PS	0x80ULL
#define NX	(1ULL << 63)

static struct x86_vm vm;
static struct x86_vcpu vcpu;
static struct vmcb vmcb;
static struct nested nested;
static unsigned char mem[PAGES << 12];
static u64 shift_by;		/* between the guest's addresses and ours, as nested paging makes it */
static bool shut;		/* it denies */
#define ANY	(~0ULL)
static u64 gpa_denied;		/* which frame */
static u64 tables_end;		/* tables lie below, pages above */
static unsigned int denied_told, loads;
static struct {
	u64 va;
	u32 error;
	unsigned int n;
} fault;

int nested_gpa(struct x86_vcpu *v, u64 *gpa, unsigned int access)
{
	if (shut && (gpa_denied == ANY || *gpa >> 12 == gpa_denied))
		return -ENXIO;
	/* an entry of a table is one, and nothing else is */
	assert_int_equal(!!(access & SVM_TABLE), *gpa + shift_by < tables_end && vmcb.save.cr0 & X86_CR0_PG);
	*gpa += shift_by;
	return 0;
}

void nested_denied(struct x86_vcpu *v)
{
	denied_told++;
}

void svm_queue_fault_at(struct x86_vcpu *v, u64 va, u32 error)
{
	fault.va = va;
	fault.error = error;
	fault.n++;
}

ssize_t gmem_read_elems(struct gmem *gm, u64 gpa, void *buf, unsigned int size, size_t n)
{
	assert_true(n == 1 && !(gpa % size));
	loads++;
	if (gpa + size > sizeof(mem))
		return 0;
	memcpy(buf, mem + gpa, size);
	return 1;
}

static unsigned int pieces;

ssize_t gmem_read(struct gmem *gm, u64 gpa, void *buf, size_t len)
{
	pieces++;
	if (gpa + len > sizeof(mem))
		return -EFAULT;
	memcpy(buf, mem + gpa, len);
	return len;
}

ssize_t gmem_write(struct gmem *gm, u64 gpa, const void *buf, size_t len)
{
	pieces++;
	if (gpa + len > sizeof(mem))
		return -EFAULT;
	memcpy(mem + gpa, buf, len);
	return len;
}

/* Trails: the entries that a walk came by, and where it ended. */
static u64 trail[8], trail_gpa;
static unsigned int trail_size, trail_n;

void trail_begin(struct trail *t, struct gmem *gm, unsigned int size)
{
	trail_size = size;
	trail_n = 0;
	trail_gpa = 0;
}

int trail_load(struct trail *t, struct gmem *gm, u64 gpa, u64 *val)
{
	trail[trail_n++] = gpa;
	return gmem_read_elems(gm, gpa, val, trail_size, 1) == 1 ? 0 : -EFAULT;
}

void trail_end(struct trail *t, struct gmem *gm, u64 gpa)
{
	trail_gpa = gpa;
}

static void put(u64 table, unsigned int index, u64 entry, unsigned int size)
{
	memcpy(mem + table + index * size, &entry, size);
}

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&nested, 0, sizeof(nested));
	memset(mem, 0, sizeof(mem));
	memset(&fault, 0, sizeof(fault));
	shift_by = 0;
	denied_told = loads = pieces = 0;
	shut = false;
	gpa_denied = ANY;
	tables_end = TABLE(7);
	vcpu.vm = &vm;
	vcpu.svm.vmcb = &vmcb;
	vmcb.save.cr0 = X86_CR0_PE | X86_CR0_PG;
	vmcb.save.cr3 = TABLE(1);
	return 0;
}

static u64 to(u64 va)
{
	u64 gpa = ~0ULL;

	return svm_translate(&vcpu, va, SVM_ANY, &gpa) ? ~0ULL : gpa;
}

/* Without paging an address is itself, cut to 32 bits. */
static void none(void **state)
{
	vmcb.save.cr0 = X86_CR0_PE;
	assert_int_equal(to(0x123456789aULL), 0x3456789a);
	shift_by = 0x1000;
	assert_int_equal(to(0x2000), 0x3000);
	shut = true;
	assert_true(to(0x2000) == ~0ULL);
}

static void long_mode(void)
{
	vcpu.svm.efer = EFER_LME | EFER_LMA | EFER_NX;
	vmcb.save.cr4 = X86_CR4_PAE;
}

/* Four levels, or five; pages of 4 KiB, 2 MiB, 1 GiB; the index of each level is its nine bits. */
static void long_form(void **state)
{
	const u64 va = 1ULL << 39 | 2ULL << 30 | 3ULL << 21 | 4ULL << 12 | 0x567;

	long_mode();
	vmcb.save.cr3 |= 0xfff;		/* the low bits are other things */
	put(TABLE(1), 1, TABLE(2) | P | NX, 8);
	put(TABLE(2), 2, TABLE(3) | P | 0xf00, 8);
	put(TABLE(3), 3, TABLE(4) | P, 8);
	put(TABLE(4), 4, 0x000ffffffffff000ULL | P | PS, 8);	/* PAT, not large */
	assert_int_equal(to(va), 0x000ffffffffff567ULL);
	assert_int_equal(loads, 4);
	put(TABLE(3), 3, 0x40000000 | P | PS | 0x1000, 8);
	assert_int_equal(to(va), 0x40000000 | 4 << 12 | 0x567);
	put(TABLE(2), 2, 0x80000000 | P | PS | 1 << 21, 8);
	assert_int_equal(to(va), 0x80000000 | 3 << 21 | 4 << 12 | 0x567);
	/* at the top there are no large ones */
	put(TABLE(2), 2, TABLE(3) | P, 8);
	put(TABLE(1), 1, TABLE(2) | P | PS, 8);
	assert_int_equal(to(va), 0x40000000 | 4 << 12 | 0x567);
	vmcb.save.cr4 |= X86_CR4_LA57;
	put(TABLE(5), 9, TABLE(1) | P, 8);
	vmcb.save.cr3 = TABLE(5);
	assert_int_equal(to(va | 9ULL << 48), 0x40000000 | 4 << 12 | 0x567);
	put(TABLE(2), 2, 0x80000000 | P | PS, 8);
	assert_int_equal(to(va | 9ULL << 48), 0x80000000 | 3 << 21 | 4 << 12 | 0x567);
	put(TABLE(2), 2, 0x80000000 | PS, 8);
	assert_true(to(va | 9ULL << 48) == ~0ULL);
	/* nested paging lies below both the tables and what they lead to */
	vmcb.save.cr4 = X86_CR4_PAE;
	vmcb.save.cr3 = TABLE(1) - 0x1000;
	put(TABLE(1), 1, (TABLE(2) - 0x1000) | P, 8);
	put(TABLE(2), 2, 0x80000000 | P | PS, 8);
	shift_by = 0x1000;
	assert_int_equal(to(va), 0x80001000 | 3 << 21 | 4 << 12 | 0x567);
	shut = true;
	assert_true(to(va) == ~0ULL);
}

/* PAE: four entries of 32 bytes, that allow all and are never large. */
static void pae(void **state)
{
	const u64 va = 2ULL << 30 | 3ULL << 21 | 4ULL << 12 | 0x567;
	u64 gpa;

	vmcb.save.cr4 = X86_CR4_PAE;
	vmcb.save.cr3 = 0xff00000000ULL | TABLE(1) | 0x20 | 0x1f;
	put(TABLE(1) + 0x20, 2, TABLE(2) | P | PS, 8);
	put(TABLE(2), 3, TABLE(3) | P | W | U, 8);
	put(TABLE(3), 4, 0x1234000 | P | W | U, 8);
	vmcb.save.cpl = 3;
	assert_int_equal(svm_translate(&vcpu, va | 7ULL << 32, SVM_WRITE, &gpa), 0);
	assert_int_equal(gpa, 0x1234567);
	put(TABLE(2), 3, 0x40000000 | P | PS, 8);
	assert_int_equal(to(va), 0x40000000 | 4 << 12 | 0x567);
}

/* The short form: two levels of ten bits, large pages with PSE, of more than 32 bits. */
static void short_form(void **state)
{
	const u64 va = 3ULL << 22 | 5ULL << 12 | 0x567;

	vmcb.save.cr3 = 0xff00000000ULL | TABLE(1) | 0xfff;
	put(TABLE(1), 3, TABLE(2) | P | PS, 4);
	put(TABLE(2), 5, 0xfffff000 | P, 4);
	assert_int_equal(to(va), 0xfffff567);
	assert_int_equal(to(va | 1ULL << 40), 0xfffff567);
	vmcb.save.cr4 = X86_CR4_PSE;
	put(TABLE(1), 3, 0x40000000 | 0xab << 13 | P | PS, 4);
	assert_int_equal(to(va), 0xab40000000ULL | 5 << 12 | 0x567);
	put(TABLE(1), 3, TABLE(2) | P, 4);
	assert_int_equal(to(va), 0xfffff567);
	put(TABLE(1), 3, TABLE(2), 4);
	assert_true(to(va) == ~0ULL);
	/* where there is no memory */
	put(TABLE(1), 3, (PAGES << 12) | P, 4);
	tables_end = ANY;
	assert_true(to(va) == ~0ULL);
}

/* Whether the manual lets it: @bits of the entries at each of two levels. */
static bool may(u64 high, u64 low, unsigned int access)
{
	const struct vmcb_save_area *s = &vmcb.save;
	bool w = high & low & W, u = high & low & U, nx = (high | low) & NX && vcpu.svm.efer & EFER_NX;
	bool user = s->cpl == 3 && !(access & SVM_SYSTEM);

	if (access & SVM_EXEC && (nx || (!user && u && s->cr4 & X86_CR4_SMEP)))
		return false;
	if (user)
		return u && (w || !(access & SVM_WRITE));
	if (access & SVM_WRITE && !w && s->cr0 & X86_CR0_WP)
		return false;
	if (!(access & SVM_EXEC) && u && s->cr4 & X86_CR4_SMAP)
		return s->rflags & X86_EFLAGS_AC && !(access & SVM_SYSTEM);
	return true;
}

/* Each permission of two levels by each access by each mode. */
static void permissions(void **state)
{
	static const u64 entry[] = { 0, W, U, W | U, NX, W | NX, U | NX, W | U | NX };
	static const unsigned int accesses[] = { 0, SVM_WRITE, SVM_EXEC, SVM_SYSTEM, SVM_SYSTEM | SVM_WRITE };
	unsigned int high, low, mode, i, refused = 0;

	long_mode();
	put(TABLE(1), 0, TABLE(2) | P | W | U, 8);
	put(TABLE(2), 0, TABLE(3) | P | W | U, 8);
	for (high = 0; high < 8; high++) {
		for (low = 0; low < 8; low++) {
			put(TABLE(3), 0, TABLE(4) | P | entry[high], 8);
			put(TABLE(4), 1, 0x7000 | P | entry[low], 8);
			for (mode = 0; mode < 64; mode++) {
				vmcb.save.cpl = mode & 1 ? 3 : 0;
				vmcb.save.cr0 = X86_CR0_PE | X86_CR0_PG | (mode & 2 ? X86_CR0_WP : 0);
				vmcb.save.cr4 = X86_CR4_PAE | (mode & 4 ? X86_CR4_SMEP : 0) | (mode & 8 ? X86_CR4_SMAP : 0);
				vmcb.save.rflags = mode & 16 ? X86_EFLAGS_AC : 0;
				vcpu.svm.efer = EFER_LME | EFER_LMA | (mode & 32 ? EFER_NX : 0);
				for (i = 0; i < 5; i++) {
					bool yes = may(entry[high], entry[low], accesses[i]);
					u64 gpa = 0;
					int ret = svm_translate(&vcpu, 0x1000, accesses[i], &gpa);

					if (ret != (yes ? 0 : -EACCES) || (yes && gpa != 0x7000))
						fail_msg("entries %u %u, mode %u, access %u: %d", high, low, mode, accesses[i], ret);
					refused += !yes;
					assert_int_equal(svm_translate(&vcpu, 0x1000, accesses[i] | SVM_ANY, &gpa), 0);
				}
			}
		}
	}
	assert_true(refused > 1000);
}

/* An error code says what was done, by whom, and whether a page was there; nested paging's refusal is told elsewhere. */
static void faults(void **state)
{
	long_mode();
	svm_queue_page_fault(&vcpu, 0x1000, 0);
	assert_true(fault.va == 0x1000 && fault.error == 0);
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE);
	assert_int_equal(fault.error, 2);
	svm_queue_page_fault(&vcpu, 0x2000, SVM_EXEC);
	assert_int_equal(fault.error, 16);
	vmcb.save.cpl = 3;
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE);
	assert_int_equal(fault.error, 6);
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE | SVM_SYSTEM);
	assert_int_equal(fault.error, 2);
	put(TABLE(1), 0, TABLE(2) | P, 8);
	put(TABLE(2), 0, 0x40000000 | P | PS, 8);
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE);
	assert_true(fault.error == 7 && fault.n == 6 && !denied_told);
	/* the page, or a table on the way to it */
	put(TABLE(1), 0, TABLE(2) | P | W | U, 8);
	put(TABLE(2), 0, 0x40000000 | P | PS | W | U, 8);
	shut = true;
	gpa_denied = 0x40002;
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE);
	assert_true(fault.n == 6 && denied_told == 1);
	gpa_denied = TABLE(2) >> 12;
	svm_queue_page_fault(&vcpu, 0x2000, SVM_WRITE);
	assert_true(fault.n == 6 && denied_told == 2);
}

/* Bytes over pages' ends are those of each page, and end where one cannot be had. */
static void copies(void **state)
{
	char buf[0x2000], want[0x2000];
	unsigned int i;

	long_mode();
	put(TABLE(1), 0, TABLE(2) | P | W, 8);
	put(TABLE(2), 0, TABLE(3) | P | W, 8);
	put(TABLE(3), 0, TABLE(4) | P | W, 8);
	put(TABLE(4), 1, TABLE(9) | P | W, 8);
	put(TABLE(4), 2, TABLE(7) | P, 8);
	put(TABLE(4), 3, TABLE(8) | P | W, 8);
	for (i = 0; i < sizeof(want); i++)
		want[i] = i * 7;
	memcpy(mem + TABLE(9) + 0xff0, want, 16);
	memcpy(mem + TABLE(7), want + 16, 0x1000);
	memcpy(mem + TABLE(8), want + 16 + 0x1000, 5);
	assert_int_equal(svm_read_linear(&vcpu, 0x1ff0, SVM_WRITE, buf, 0x1015), 0x1015);	/* it is read, whatever else is said */
	assert_memory_equal(buf, want, 0x1015);
	assert_int_equal(pieces, 3);
	vmcb.save.cr0 |= X86_CR0_WP;
	memset(mem + TABLE(9), 0, 0x1000);
	assert_int_equal(svm_write_linear(&vcpu, 0x1ff0, 0, want, 0x1015), 16);
	assert_memory_equal(mem + TABLE(9) + 0xff0, want, 16);
	assert_int_equal(svm_write_linear(&vcpu, 0x1800, 0, want, 8), 8);
	assert_memory_equal(mem + TABLE(9) + 0x800, want, 8);
	assert_int_equal(svm_read_linear(&vcpu, 0x3ff8, 0, buf, 16), 8);
	put(TABLE(4), 4, 0x40000000 | P, 8);
	assert_int_equal(svm_read_linear(&vcpu, 0x3ff8, 0, buf, 16), 8);
}

/* A trail has each entry that leads to an address, and is not followed where there is none to keep. */
static void trails(void **state)
{
	struct trail t;

	long_mode();
	put(TABLE(1), 0, TABLE(2) | P, 8);
	put(TABLE(2), 0, TABLE(3) | P, 8);
	put(TABLE(3), 0, TABLE(4) | P, 8);
	put(TABLE(4), 1, TABLE(9) | P, 8);
	assert_true(svm_follow(&vcpu, 0x1234, &t));
	assert_true(trail_n == 4 && trail[0] == TABLE(1) && trail[2] == TABLE(3) && trail[3] == TABLE(4) + 8 && trail_gpa == TABLE(9) + 0x234);
	assert_int_equal(trail_size, 8);
	assert_true(!svm_follow(&vcpu, 0x2234, &t) && !trail_gpa);
	vcpu.svm.nested = &nested;
	nested.in_l2 = true;
	assert_false(svm_follow(&vcpu, 0x1234, &t));
	nested.in_l2 = false;
	assert_true(svm_follow(&vcpu, 0x1234, &t));
	vmcb.save.cr0 = X86_CR0_PE;
	assert_false(svm_follow(&vcpu, 0x1234, &t));
	vmcb.save.cr0 |= X86_CR0_PG;
	vcpu.svm.efer = vmcb.save.cr4 = 0;
	put(TABLE(1), 3, TABLE(5) | P, 4);
	put(TABLE(5), 5, 0x7000 | P, 4);
	assert_true(svm_follow(&vcpu, 7ULL << 32 | 3 << 22 | 5 << 12, &t) && trail_gpa == 0x7000 && trail_size == 4 && trail_n == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(none, setup), cmocka_unit_test_setup(long_form, setup), cmocka_unit_test_setup(pae, setup),
		cmocka_unit_test_setup(short_form, setup), cmocka_unit_test_setup(permissions, setup),
		cmocka_unit_test_setup(faults, setup), cmocka_unit_test_setup(copies, setup), cmocka_unit_test_setup(trails, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
