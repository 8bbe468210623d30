/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a service's commands map: devices, events, collections. Private to its/.
 *
 * All numbers are the guest's: any value may be asked for. What changes a map takes
 * its->lock, sleeps, and lets others in between its steps.
 */
#ifndef TABULA_ITS_MAP_H
#define TABULA_ITS_MAP_H

#include "its.h"

struct gic_irq;

#define ITS_NOBODY	(~0U)	/* a collection that is mapped to no vCPU */

/**
 * struct its_device - a mapped device
 * @itt: guest physical address of its table of events
 * @bits: of its EventIDs, 1..16
 */
struct its_device {
	u64 itt;
	u32 bits;
};

/**
 * struct its_event - a mapped event
 * @intid: its LPI
 * @icid: its collection
 */
struct its_event {
	u32 intid;
	u32 icid;
};

/**
 * its_map_init - nothing is mapped
 * @its: the service
 */
void its_map_init(struct its *its);

/**
 * its_device_find - look up a device
 * @its: the service
 * @device: DeviceID
 * @d: filled in
 *
 * Any context. Return: false where it is not mapped.
 */
bool its_device_find(struct its *its, u32 device, struct its_device *d);

/**
 * its_event_find - look up an event
 * @its: the service
 * @device: DeviceID
 * @event: EventID
 * @e: filled in
 *
 * Any context. Return: false where it is not mapped.
 */
bool its_event_find(struct its *its, u32 device, u32 event, struct its_event *e);

/**
 * its_event_next - the first event of a device that is not below a number
 * @its: the service
 * @device: DeviceID
 * @event: number to start at; filled in
 * @e: filled in
 *
 * Return: false where there is none.
 */
bool its_event_next(struct its *its, u32 device, u32 *event, struct its_event *e);

/**
 * its_event_lpi - the LPI of an event
 * @its: the service
 * @device: DeviceID
 * @event: EventID
 *
 * Any context. Return: the LPI, or NULL where the event, or its collection, is not mapped.
 */
struct gic_irq *its_event_lpi(struct its *its, u32 device, u32 event);

/**
 * its_collection_vcpu - whom a collection leads to
 * @its: the service
 * @icid: collection
 *
 * Any context. Return: the vCPU, or NULL.
 */
struct arm_vcpu *its_collection_vcpu(struct its *its, u32 icid);

/**
 * its_vcpu - a vCPU by its number
 * @its: the service
 * @number: as GICR_TYPER.Processor_Number has it
 *
 * Return: the vCPU, or NULL.
 */
struct arm_vcpu *its_vcpu(struct its *its, u32 number);

/**
 * its_map_device - MAPD, and its events are forgotten
 * @its: the service
 * @device: DeviceID
 * @d: the device, or NULL: it is unmapped
 * @self: the vCPU whose command it is, or NULL
 *
 * Return: 0, -EINVAL for a number, or a table's size, that is out of range, or -ENOMEM.
 */
int its_map_device(struct its *its, u32 device, const struct its_device *d,
		   struct arm_vcpu *self);

/**
 * its_map_event - MAPTI; an event that is mapped stays as it is
 * @its: the service
 * @device: DeviceID
 * @event: EventID
 * @e: LPI and collection, which need not be mapped yet
 *
 * Return: the LPI; NULL: it was mapped already; -EINVAL for a number that is out of range or a
 * device that is not mapped; -ENOSPC where there are too many; -ENOMEM.
 */
struct gic_irq *its_map_event(struct its *its, u32 device, u32 event, const struct its_event *e);

/**
 * its_unmap_event - DISCARD; its LPI is no longer pending
 * @its: the service
 * @device: DeviceID
 * @event: EventID
 * @self: as its_map_device()
 *
 * Return: false where it was not mapped.
 */
bool its_unmap_event(struct its *its, u32 device, u32 event, struct arm_vcpu *self);

/**
 * its_move_event - MOVI
 * @its: the service
 * @device: DeviceID
 * @event: EventID
 * @icid: a mapped collection
 *
 * Return: 0, -EINVAL where one is not mapped.
 */
int its_move_event(struct its *its, u32 device, u32 event, u32 icid);

/**
 * its_map_collection - MAPC; all that is mapped to it goes there
 * @its: the service
 * @icid: collection
 * @idx: index of a vCPU, or ITS_NOBODY
 *
 * Return: 0, -EINVAL for a number that is out of range, or -ENOMEM.
 */
int its_map_collection(struct its *its, u32 icid, u32 idx);

/**
 * its_forget - unmap all there is of a table
 * @its: the service; its->lock is held
 * @table: ITS_DEVICES, with their events, or ITS_COLLECTIONS
 * @self: as its_map_device()
 */
void its_forget(struct its *its, enum its_table table, struct arm_vcpu *self);

#endif
