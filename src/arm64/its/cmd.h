/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A service's commands, and the queue in guest memory that they come by. Private to its/.
 */
#ifndef TABULA_ITS_CMD_H
#define TABULA_ITS_CMD_H

#include <linux/bits.h>

#include "its.h"

#define ITS_CMD_SIZE		32

/* GITS_CBASER, IHI 0069 12.12. */
#define ITS_CBASER_VALID	BIT_ULL(63)
#define ITS_CBASER_ADDRESS	GENMASK_ULL(51, 12)
#define ITS_CBASER_PAGES	GENMASK_ULL(7, 0)	/* of 4 KiB, minus one */

/**
 * its_cmd_execute - execute a command
 * @its: the service; its->lock is not held
 * @cmd: its four words, copied from the guest
 * @self: the vCPU that does so, not in the guest; NULL: the VMM, and no vCPU runs
 *
 * Sleeps, and touches guest memory. What is wrong is not done, as IHI 0069 5.3 permits.
 *
 * Return: 0, or an errno that says what is wrong.
 */
int its_cmd_execute(struct its *its, const u64 cmd[4], struct arm_vcpu *self);

/**
 * its_queue_size - size of the queue
 * @its: the service
 *
 * Return: bytes.
 */
u32 its_queue_size(const struct its *its);

/**
 * its_queue_run - execute what is in the queue, if the service is enabled
 * @its: the service; its->lock is not held
 * @self: as its_cmd_execute()
 *
 * Where another thread is at it already, that one goes on to the end. A signal breaks it
 * off; what is left is executed when a vCPU next reads GITS_CREADR, which whoever waits
 * for commands does, or enables the service.
 */
void its_queue_run(struct its *its, struct arm_vcpu *self);

#endif
