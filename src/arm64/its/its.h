/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt translation services of a VM: messages of devices become LPIs. IHI 0069,
 * chapter 5.
 *
 * What commands map is kept here, and not in the guest's tables, which are written and
 * read by KVM_DEV_ARM_ITS_SAVE_TABLES and _RESTORE_TABLES alone. So a message finds its
 * LPI by three look-ups without a lock, in any context.
 */
#ifndef TABULA_ITS_H
#define TABULA_ITS_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct arm_vcpu;
struct arm_vm;
struct vm_device_ops;

#define ITS_MAX			16	/* to a VM */
#define ITS_ID_BITS		16	/* of numbers of devices, events and collections */
#define ITS_MAX_EVENTS		65536	/* more than there are LPIs */
#define ITS_ADDR_UNSET		(~0ULL)

/* GITS_BASER<n>: tables in guest memory. */
enum its_table { ITS_DEVICES, ITS_COLLECTIONS, ITS_TABLES };

/**
 * struct its - an interrupt translation service
 * @vm: its VM
 * @base: guest physical address of its frames, or ITS_ADDR_UNSET; set once
 * @lock: registers and maps; never held while guest memory is touched
 * @enabled: GITS_CTLR.Enabled
 * @busy: some thread executes commands
 * @cbaser: GITS_CBASER
 * @creadr: offset of the next command
 * @cwriter: offset behind the last
 * @baser: GITS_BASER<n>
 * @nr_events: entries of @events
 * @devices: by DeviceID: struct its_device as a value (map.c)
 * @events: by DeviceID and EventID: LPI and collection as a value
 * @collections: by ICID: index of the vCPU, or ITS_NOBODY, as a value
 *
 * The three are changed under @lock and read without.
 */
struct its {
	struct arm_vm *vm;
	u64 base;
	struct mutex lock;
	bool enabled;
	bool busy;
	u64 cbaser;
	u32 creadr;
	u32 cwriter;
	u64 baser[ITS_TABLES];
	u32 nr_events;
	struct xarray devices;
	struct xarray events;
	struct xarray collections;
};

/**
 * struct its_all - those of a VM
 * @nr: how many; released after the entry is complete; under vm->lock
 * @its: they, for as long as the VM lives
 */
struct its_all {
	unsigned int nr;
	struct its *its[ITS_MAX];
};

/**
 * its_vm_destroy - free the VM's services
 * @vm: no vCPU runs and nobody sends messages any more
 */
void its_vm_destroy(struct arm_vm *vm);

/**
 * its_exists - has the VM one?
 * @vm: the VM
 *
 * Return: true after KVM_CREATE_DEVICE.
 */
bool its_exists(const struct arm_vm *vm);

/**
 * its_message - a device writes to GITS_TRANSLATER
 * @vm: the VM
 * @address: where it writes
 * @event: what it writes: EventID
 * @device: its DeviceID
 *
 * Any context, hard interrupts included; not under a lock of the GIC's.
 *
 * Return: 1: it is an LPI that is pending now; 0: the guest maps nothing to it; -ENODEV
 * without a service, -EINVAL where none has that address, -EBUSY where the service, or
 * LPIs of the vCPU it leads to, are disabled.
 */
int its_message(struct arm_vm *vm, u64 address, u32 event, u32 device);

/**
 * its_owns - is it in a service's frames?
 * @vm: the VM
 * @ipa: any address
 *
 * Return: its_mmio() would serve it.
 */
bool its_owns(struct arm_vm *vm, u64 ipa);

/**
 * its_mmio - access to a service's frames
 * @vcpu: who accesses; current, not in the guest, IRQs on; may sleep
 * @ipa: guest physical address
 * @len: bytes: 1, 2, 4 or 8
 * @is_write: a store
 * @data: value to store, or where the value read goes
 *
 * Executes commands. Other sizes than 4 and 8 read as zero and are ignored.
 *
 * Return: false when @ipa is none of theirs (@data untouched).
 */
bool its_mmio(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data);

extern const struct vm_device_ops its_device_ops;	/* KVM_DEV_TYPE_ARM_VGIC_ITS */

#endif
