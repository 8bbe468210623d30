/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AMD-V's nested paging on the machine's processing elements: a TLB for each, as the set of
 * all it may hold, tagged by address space identifiers; tables walked from nCR3, in long-mode
 * format; TLB_CONTROL (AMD APM vol. 2, 5.3, 15.16, 15.25).
 *
 * Memory is coherent and its order is that of the program: there are no lines here, and no
 * store buffers. Addresses of guests are physical ones. A processor flushes nothing unasked:
 * not at VMRUN, not at #VMEXIT, and no store to a table tells it anything.
 */
#ifndef MODEL_AMD_H
#define MODEL_AMD_H

#include <stdbool.h>
#include <stdint.h>

#define AMD_ENTRIES	96

/* TLB_CONTROL at VMRUN (APM vol. 2, 15.16.2). */
enum amd_flush {
	AMD_FLUSH_NONE,
	AMD_FLUSH_ASID,
	AMD_FLUSH_ALL,
};

/**
 * struct amd_entry - one translation, or one table that a walk went through
 * @asid: whose
 * @shift: log2 of the bytes it stands for
 * @table: it leads to a table at @pa
 * @write: it may be written
 * @dirty: D was set when it was cached: else a write walks again, to set it
 * @freed: the table at @pa was given back
 * @gpa: first guest physical address
 * @pa: host physical address of @gpa, or of the table
 */
struct amd_entry {
	uint32_t asid;
	uint8_t shift;
	bool table;
	bool write;
	bool dirty;
	bool freed;
	uint64_t gpa;
	uint64_t pa;
};

/**
 * amd_reset() - power on
 */
void amd_reset(void);

/**
 * amd_vmrun() - a PE enters a guest
 * @pe: which
 * @asid: its identifier
 * @ncr3: top table, four levels
 * @flush: TLB_CONTROL
 */
void amd_vmrun(unsigned int pe, uint32_t asid, uint64_t ncr3, enum amd_flush flush);

/**
 * amd_exit() - and leaves it
 * @pe: which
 */
void amd_exit(unsigned int pe);

/**
 * amd_store() - the hypervisor is about to store
 * @pa: where: what tables say until now may be in a TLB
 */
void amd_store(uint64_t pa);

/**
 * amd_translate() - nested paging for an access
 * @pe: who; in a guest
 * @gpa: where
 * @write: it is a store
 * @pa: out: where that is
 *
 * Sets A and D. Where the TLB may hold several answers, machine_choose() decides.
 *
 * Return: false: a nested page fault.
 */
bool amd_translate(unsigned int pe, uint64_t gpa, bool write, uint64_t *pa);

/**
 * amd_check_unreachable() - as machine_check_unreachable(), of guests that run so
 * @pa: first byte
 * @len: bytes
 * @perms: TLB_* that must be gone
 * @why: what it would mean
 */
void amd_check_unreachable(uint64_t pa, uint64_t len, uint8_t perms, const char *why);

/**
 * amd_check_free() - memory is given back: may a walk read it as a table?
 * @pa: its first byte
 *
 * Reports a violation where one may.
 */
void amd_check_free(uint64_t pa);

#endif
