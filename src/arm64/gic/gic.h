/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual GICv3 of a VM: what the rest of the hypervisor asks of it.
 *
 * Every interrupt belongs to exactly one pool at a time: a vCPU's, or the VM's
 * pool of interrupts that are routed to nobody. The pool's lock protects the
 * interrupt's whole state, so the world switch takes one lock, not one per
 * interrupt. Two pools are locked in the order of their addresses. No other
 * lock is taken inside, and nobody is kicked or called back under it, except
 * for the get_level() of gic_map_phys(). The order of all locks is in docs/locking.md.
 */
#ifndef TABULA_GIC_H
#define TABULA_GIC_H

#include <linux/atomic.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct device_node;
struct arm_vcpu;
struct arm_vm;
struct vm_device_ops;

#define GIC_NR_SGIS		16
#define GIC_NR_PRIVATE		32
#define GIC_MAX_SPI		1019
#define GIC_MIN_LPI		8192
#define GIC_LPI_BITS		16	/* of an LPI's INTID, at most */
#define GIC_MAX_LRS		16
#define GIC_MAX_APRS		4
#define GIC_PRIORITIES		32	/* five bits: what every GICv3 CPU interface has at least */

#define GIC_ADDR_UNSET		(~0ULL)

/* The kinds of lists of a pool: pending ones by their group, as the bits of GICD_CTLR count them. */
enum gic_class { GIC_PENDING_GROUP0, GIC_PENDING_GROUP1, GIC_ACTIVE, GIC_CLASSES };

/**
 * struct gic_pool - interrupts that one vCPU may have to take
 * @lock: protects the lists and all state of the interrupts that belong here
 * @vcpu: whose they are; NULL for the VM's pool of unrouted SPIs
 * @used: by class: priorities, in steps of eight, whose list is not empty
 * @live: those that are active, and those that are enabled and pending and not active
 *
 * A guest can have a thousand interrupts pending: what every entry looks for is
 * found by the bits of @used, and nothing walks them all.
 */
struct gic_pool {
	raw_spinlock_t lock;
	struct arm_vcpu *vcpu;
	u32 used[GIC_CLASSES];
	struct list_head live[GIC_CLASSES][GIC_PRIORITIES];
};

/* Changes to an interrupt in a list register of a running vCPU: made when it comes out. */
#define GIC_EDIT_CLEAR_LATCH	(1U << 0)
#define GIC_EDIT_SET_ACTIVE	(1U << 1)
#define GIC_EDIT_CLEAR_ACTIVE	(1U << 2)
#define GIC_EDIT_RWP		(1U << 3)	/* a disable is not yet effective: counts in gic.rwp */

/**
 * struct gic_irq - one SGI, PPI, SPI or LPI
 * @pool: where it belongs; changes only with both pools' locks held, read
 *	without a lock only to find the lock
 * @want: where IROUTER, or an ITS, sends it; @pool follows when it is neither active nor in
 *	a list register
 * @link: on a list of @pool's, or empty
 * @router: GICD_IROUTER<n>
 * @intid: interrupt number
 * @host_irq: Linux interrupt behind it, with @mapped
 * @hwintid: physical INTID behind it, with @mapped
 * @get_level: reads the line of a @mapped interrupt
 * @priority: 0 (highest) to 0xf8
 * @place: which list of @pool's it is on, or GIC_NOWHERE; stays while @in_lr
 * @edit: GIC_EDIT_*, only with @in_lr
 * @enabled: forwarded when pending
 * @group1: group 1, else 0
 * @edge: edge-triggered, else level-sensitive
 * @line: input line
 * @latch: pending state that is not the line's: an edge, an SGI, or ISPENDR
 * @active: acknowledged and not yet deactivated
 * @in_lr: in a list register of a vCPU between gic_flush() and gic_sync(): the
 *	hardware knows better than @active, and @lr_latch than @latch
 * @lr_latch: @latch was moved to the list register
 * @mapped: backed by a physical interrupt
 * @listened: gic.on_eoi wants to hear of its end, which lowers @line, too
 */
struct gic_irq {
	struct gic_pool *pool;
	struct gic_pool *want;
	struct list_head link;
	u64 router;
	u32 intid;
	unsigned int host_irq;
	bool (*get_level)(struct arm_vcpu *vcpu, u32 vintid);
	u16 hwintid;
	u8 priority;
	u8 place;
	u8 edit;
	bool enabled : 1;
	bool group1 : 1;
	bool edge : 1;
	bool line : 1;
	bool latch : 1;
	bool active : 1;
	bool in_lr : 1;
	bool lr_latch : 1;
	bool mapped : 1;
	bool listened : 1;
};

/**
 * struct gic_region - contiguous redistributors
 * @base: guest physical address of the first one
 * @count: how many; 0: as many as there are vCPUs (KVM_VGIC_V3_ADDR_TYPE_REDIST),
 *	and there is no other region
 * @first: creation index of the vCPU that has the first one
 * @by_addr: in entry i: index of the region that is number i by address
 */
struct gic_region {
	u64 base;
	u32 count;
	u32 first;
	u16 by_addr;
};

/**
 * struct gic - the GIC of a VM
 * @lock: configuration; nests inside vm->lock and vcpu->mutex, outside all pools' locks
 * @exists: KVM_CREATE_DEVICE done
 * @initialised: KVM_DEV_ARM_VGIC_CTRL_INIT done: @spis is there and the set of
 *	vCPUs is fixed; released after what it stands for
 * @ready: a vCPU may run: addresses are checked and fixed; released likewise
 * @nr_irqs: SGIs, PPIs and SPIs that GICD_TYPER shows; 0: not chosen yet
 * @nr_spis: entries of @spis
 * @spis: SPIs, by INTID - 32
 * @unrouted: SPIs whose IROUTER names no vCPU
 * @dist_base: guest physical address of the distributor, or GIC_ADDR_UNSET
 * @regions: redistributors, by region index
 * @nr_regions: entries of @regions
 * @ctlr: GICD_CTLR enable bits
 * @statusr: GICD_STATUSR
 * @rwp: disables that a running vCPU has not seen yet
 * @nr_any: SPIs with IROUTER.IRM set
 * @any: where these go, once the GIC is initialised; changed under @lock
 * @on_eoi: told of SPIs with @listened that the guest is done with
 * @has_lpis: an ITS exists: there are LPIs
 * @propbaser: GICR_PROPBASER, of all redistributors
 * @lpis: LPIs by INTID, made under @lock, and there until the VM goes: found without a lock
 */
struct gic {
	struct mutex lock;
	bool exists;
	bool initialised;
	bool ready;
	u32 nr_irqs;
	u32 nr_spis;
	struct gic_irq *spis;
	struct gic_pool unrouted;
	u64 dist_base;
	struct gic_region *regions;
	unsigned int nr_regions;
	u32 ctlr;
	u32 statusr;
	atomic_t rwp;
	atomic_t nr_any;
	struct gic_pool *any;
	void (*on_eoi)(struct arm_vm *vm, u32 intid);
	bool has_lpis;
	u64 propbaser;
	struct xarray lpis;
};

/* Most ends one gic_sync() can see: one for each list register, and EOIcount. */
#define GIC_MAX_ENDS		(GIC_MAX_LRS + 31)

/**
 * struct gic_cpu - the GIC of a vCPU
 * @pool: interrupts it may have to take
 * @private: its SGIs and PPIs
 * @attached: its VM had a ready GIC at the vCPU's first run
 * @loaded: CPU interface state is in the hardware
 * @vmcr: ICH_VMCR_EL2 while not loaded
 * @apr: ICH_AP0R<n>_EL2 and ICH_AP1R<n>_EL2 while not loaded
 * @hcr: what ICH_HCR_EL2 holds while loaded
 * @used_lrs: how many list registers are in use between gic_flush() and gic_sync()
 * @inside: between these two, with something for gic_sync() to look at
 * @syncs: counts gic_sync() calls that had something to look at
 * @lines: mapped private interrupts, a bit each, whose line is high: it may fall
 *	while the guest runs, and nobody would say so
 * @follow: those whose physical active state gic_flush() has to set
 * @ended: SPIs whose ends gic_tell_ends() has to tell
 * @nr_ended: how many
 * @waker: GICR_WAKER
 * @statusr: GICR_STATUSR
 * @lpis: GICR_CTLR.EnableLPIs
 * @pendbaser: GICR_PENDBASER
 */
struct gic_cpu {
	struct gic_pool pool;
	struct gic_irq private[GIC_NR_PRIVATE];
	bool attached;
	bool loaded;
	u32 vmcr;
	u32 apr[2][GIC_MAX_APRS];
	u32 hcr;
	unsigned int used_lrs;
	bool inside;
	unsigned long syncs;
	u32 lines;
	u32 follow;
	u16 ended[GIC_MAX_ENDS];
	unsigned int nr_ended;
	u32 waker;
	u32 statusr;
	bool lpis;
	u64 pendbaser;
};

/**
 * gic_hw_init - take the machine's virtual CPU interfaces into use
 * @gic_node: the GICv3's device tree node, or NULL on an ACPI machine
 *
 * Reads ICH_VTR_EL2 and requests the maintenance interrupt on every CPU, those
 * that come online later included. Sleeps. IHI 0069, 12.4 and 6.5.
 *
 * Return: 0; -ENODEV (logged) without a GICv3 system register interface or a
 * maintenance interrupt; or what the interrupt or hotplug layer said.
 */
int gic_hw_init(struct device_node *gic_node);

/**
 * gic_hw_exit - undo gic_hw_init()
 *
 * No vCPU may be loaded any more. The maintenance interrupt is disabled on every
 * CPU before it is freed. Sleeps.
 */
void gic_hw_exit(void);

/**
 * gic_vm_init - an empty GIC, not yet created
 * @vm: a new VM
 */
void gic_vm_init(struct arm_vm *vm);

/**
 * gic_vm_destroy - free what the VM's GIC owns
 * @vm: no vCPU runs and nobody injects any more
 */
void gic_vm_destroy(struct arm_vm *vm);

/**
 * gic_vcpu_init - a new vCPU's interrupts and CPU interface
 * @vcpu: not yet visible in vm->vcpus; vm->lock is held until it is
 *
 * Nothing needs to be undone when the vCPU's creation fails later.
 *
 * Return: 0, or -EBUSY when the GIC was initialised for the vCPUs it had.
 */
int gic_vcpu_init(struct arm_vcpu *vcpu);

/**
 * gic_vcpu_destroy - the vCPU goes away with its VM
 * @vcpu: does not run; nobody injects any more
 */
void gic_vcpu_destroy(struct arm_vcpu *vcpu);

/**
 * gic_vcpu_reset - reset the CPU interface
 * @vcpu: its mutex is held, it is not in the guest; may be loaded on this CPU
 *
 * For KVM_ARM_VCPU_INIT and PSCI CPU_ON. VMCR and active priorities become 0; the
 * redistributor and its interrupts keep their state (a VMM resets them through
 * the device's register groups).
 */
void gic_vcpu_reset(struct arm_vcpu *vcpu);

/**
 * gic_exists - has the VM a GIC?
 * @vm: the VM
 *
 * Return: true after KVM_CREATE_DEVICE.
 */
bool gic_exists(const struct arm_vm *vm);

/**
 * gic_is_initialised - does the VM's GIC have its SPIs?
 * @vm: the VM
 *
 * Return: true after KVM_DEV_ARM_VGIC_CTRL_INIT.
 */
bool gic_is_initialised(const struct arm_vm *vm);

/**
 * gic_first_run - check the GIC before a vCPU's first KVM_RUN
 * @vcpu: its mutex is held
 *
 * Also attaches the vCPU to the GIC; it must be called once per vCPU, and again
 * only after a failure. The first success fixes all addresses. Takes gic.lock.
 *
 * Return: 0 (a VM without GIC included); -ENXIO where an address is missing;
 * -EINVAL where frames overlap or leave the IPA space; -EBUSY when not
 * initialised (KVM_DEV_ARM_VGIC_CTRL_INIT).
 */
int gic_first_run(struct arm_vcpu *vcpu);

/**
 * gic_load - CPU interface state into the hardware
 * @vcpu: now loaded on this CPU; preemption off
 *
 * Without a GIC, all ICC_* accesses of the guest are made to trap.
 */
void gic_load(struct arm_vcpu *vcpu);

/**
 * gic_put - and back
 * @vcpu: loaded on this CPU; preemption off; not between gic_flush() and gic_sync()
 */
void gic_put(struct arm_vcpu *vcpu);

/**
 * gic_flush - fill the list registers
 * @vcpu: loaded on this CPU, about to enter the guest; IRQs off
 *
 * Every call is followed by gic_sync() before IRQs go on, whether or not the
 * guest was entered. An interrupt that becomes deliverable after this asks for
 * VCPU_REQ_IRQ, so requests must be looked at after vcpu->mode says IN_GUEST.
 */
void gic_flush(struct arm_vcpu *vcpu);

/**
 * gic_sync - read the list registers back
 * @vcpu: as for gic_flush(); IRQs off
 *
 * May kick other vCPUs. Its work is bounded by the number of list registers. Whose
 * end somebody waits for is left to gic_tell_ends().
 */
void gic_sync(struct arm_vcpu *vcpu);

/**
 * gic_tell_ends - tell gic_set_eoi_listener()'s listener what gic_sync() saw
 * @vcpu: the current thread's; IRQs on; may sleep
 *
 * To be called after each gic_sync(), before the guest is entered again.
 */
void gic_tell_ends(struct arm_vcpu *vcpu);

/**
 * gic_pending - is there an interrupt that the vCPU would take, its PSTATE aside?
 * @vcpu: any vCPU, not between gic_flush() and gic_sync()
 *
 * Looks at enables, groups and the priority mask: right for the end of WFI.
 * Running priority is not considered. Any context.
 *
 * Return: true if there is.
 */
bool gic_pending(struct arm_vcpu *vcpu);

/**
 * gic_inject - change a line, or signal an edge
 * @vm: the VM
 * @vcpu: owner of an SGI or PPI; ignored for SPIs
 * @intid: 0..1019
 * @level: the line's new level; for edge-triggered interrupts and SGIs, true
 *	makes it pending and false does nothing
 *
 * Any context, hard interrupts included; not under a pool's lock.
 *
 * Return: 0, or -EINVAL for an INTID that does not exist.
 */
int gic_inject(struct arm_vm *vm, struct arm_vcpu *vcpu, u32 intid, bool level);

/**
 * gic_pulse - make an SPI pending once
 * @vm: the VM
 * @intid: 32..1019
 *
 * As a write to GICD_ISPENDR: whether it is edge-triggered or level-sensitive, the
 * guest takes it once; the line stays as it is. Contexts as for gic_inject().
 *
 * Return: 0, or -EINVAL for an INTID that is no SPI of the VM.
 */
int gic_pulse(struct arm_vm *vm, u32 intid);

/**
 * gic_intid_is_valid_ppi - is it a PPI?
 * @intid: any number
 *
 * Return: true for 16..31.
 */
bool gic_intid_is_valid_ppi(u32 intid);

/**
 * gic_intid_is_valid_spi - is it an SPI that the VM has?
 * @vm: the VM
 * @intid: any number
 *
 * Return: false for all before the GIC is initialised.
 */
bool gic_intid_is_valid_spi(struct arm_vm *vm, u32 intid);

/**
 * gic_map_phys - back a PPI by a physical interrupt
 * @vcpu: owner, not running
 * @vintid: PPI
 * @host_irq: Linux interrupt number, per-CPU, forwarded (irq_set_vcpu_affinity)
 * @hwintid: physical INTID, below 8192
 * @get_level: reads the line now, IRQs off, on the vCPU's CPU or while it is not
 *	loaded, under the pool's lock: must not call the GIC
 *
 * Its list register gets HW=1: the guest's deactivation deactivates @hwintid.
 * gic_inject() tells that the line rises. That it falls, gic_sync() sees.
 *
 * Return: 0, -EINVAL for a bad number, -EBUSY when it is mapped already.
 */
int gic_map_phys(struct arm_vcpu *vcpu, u32 vintid, unsigned int host_irq, u32 hwintid,
		 bool (*get_level)(struct arm_vcpu *vcpu, u32 vintid));

/**
 * gic_map_is_active - should the physical interrupt be active?
 * @vcpu: owner, not between gic_flush() and gic_sync()
 * @vintid: PPI
 *
 * Return: is it active or pending (enabled or not) in the virtual GIC?
 */
bool gic_map_is_active(struct arm_vcpu *vcpu, u32 vintid);

/**
 * gic_phys_taken - a physical interrupt behind a virtual one may be active on this CPU
 *
 * Preemption off. For who takes one, or makes it active.
 */
void gic_phys_taken(void);

/**
 * gic_phys_settle - may one be active here? It is for the caller to make them what they should be
 *
 * Preemption off; interrupts too, where one that is taken after the answer would matter.
 *
 * Return: true if gic_phys_taken() was called on this CPU since the last time, or if it came online
 * or back from power-off. False: none is active, for the host only drops their priority, and says so.
 */
bool gic_phys_settle(void);

/**
 * gic_is_mapped - is a private interrupt backed by a physical one?
 * @vcpu: owner
 * @vintid: SGI or PPI
 *
 * Return: true after gic_map_phys().
 */
bool gic_is_mapped(struct arm_vcpu *vcpu, u32 vintid);

/**
 * gic_reset_mapped - forget line, pending and active state of a mapped PPI
 * @vcpu: owner, its mutex held, not in the guest
 * @vintid: PPI
 *
 * When the vCPU is loaded here the physical interrupt is deactivated, too.
 */
void gic_reset_mapped(struct arm_vcpu *vcpu, u32 vintid);

/**
 * gic_power_changed - a vCPU was switched on or off
 * @vm: its VM; vcpu->power.off already has its new value
 *
 * SPIs routed to "any vCPU" look for one that is on. Process context; takes gic.lock.
 */
void gic_power_changed(struct arm_vm *vm);

/**
 * gic_deactivate - the guest wrote ICC_DIR_EL1 and it trapped
 * @vcpu: current vCPU, not in the guest
 * @val: value written
 *
 * Traps while ICC_CTLR_EL1.EOImode is set: the interrupt may be active on another
 * vCPU, or in no list register. IHI 0069, 4.1.1. May wait for another vCPU to leave
 * the guest.
 */
void gic_deactivate(struct arm_vcpu *vcpu, u64 val);

/* What traps along with ICC_DIR_EL1 where that cannot be trapped alone. */
enum gic_icc { GIC_ICC_PMR, GIC_ICC_CTLR, GIC_ICC_RPR };

/**
 * gic_icc_trap - the guest accessed ICC_PMR_EL1, ICC_CTLR_EL1 or ICC_RPR_EL1 and it trapped
 * @vcpu: current vCPU, not in the guest
 * @reg: which register
 * @is_write: MSR
 * @val: value written, or where the value read goes
 *
 * IHI 0069, 12.2.19, 12.2.6 and 12.2.20.
 *
 * Return: false where the register is not there, or cannot be written.
 */
bool gic_icc_trap(struct arm_vcpu *vcpu, enum gic_icc reg, bool is_write, u64 *val);

/**
 * gic_mmio - access to the distributor or a redistributor
 * @vcpu: who accesses; current, not in the guest, IRQs on
 * @ipa: guest physical address
 * @len: bytes: 1, 2, 4 or 8
 * @is_write: a store
 * @data: value to store, or where the value read goes
 *
 * May wait for another vCPU to leave the guest. Accesses of a size or alignment
 * that the register does not support read as zero and ignore writes.
 *
 * Return: false when @ipa is not an address of the GIC (@data untouched).
 */
bool gic_mmio(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data);

/**
 * gic_mmio_brief - gic_mmio() of what neither sleeps nor waits
 * @vcpu: as there; preemption off
 * @ipa: guest physical address
 * @len: bytes: 1, 2, 4 or 8
 * @is_write: a store
 * @data: value to store, or where the value read goes
 *
 * Return: 1: served; 0: @ipa is not an address of the GIC; -EAGAIN: it may wait, and is for
 * gic_mmio(). @data is untouched unless it is served.
 */
int gic_mmio_brief(struct arm_vcpu *vcpu, u64 ipa, unsigned int len, bool is_write, u64 *data);

/**
 * gic_send_sgi - trapped ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1
 * @vcpu: sender, not in the guest
 * @val: value written
 * @group1: true for ICC_SGI1R_EL1: reaches SGIs of either group; else only group 0
 *
 * IHI 0069, 12.2.10 and 12.2.15 (layout), 4.7 (generation).
 */
void gic_send_sgi(struct arm_vcpu *vcpu, u64 val, bool group1);

/**
 * gic_check_frames - is there room for two frames of another's?
 * @vm: the VM; takes gic.lock
 * @base: guest physical address
 *
 * Return: 0; -EINVAL when misaligned, or when they overlap the GIC; -E2BIG beyond the IPA space.
 */
int gic_check_frames(struct arm_vm *vm, u64 base);

/**
 * gic_set_eoi_listener - hear of level-sensitive SPIs that the guest is done with
 * @vm: the VM
 * @on_eoi: called in process context, no lock of the GIC's held; stays for the VM's life
 *
 * Called once for each end of an interrupt that gic_listen() named: by an end that a
 * list register or EOIcount shows, by ICC_DIR_EL1 and by GICD_ICACTIVER, whichever
 * vCPU did it; before that vCPU, or the one that had taken it, enters the guest again.
 */
void gic_set_eoi_listener(struct arm_vm *vm, void (*on_eoi)(struct arm_vm *vm, u32 intid));

/**
 * gic_listen - wait for the ends of an SPI, or no longer
 * @vm: the VM, its GIC initialised
 * @intid: any number; nothing happens where it is no SPI
 * @on: wait
 *
 * While somebody waits the line falls by itself when a level-sensitive interrupt
 * ends. Any context.
 */
void gic_listen(struct arm_vm *vm, u32 intid, bool on);

/**
 * gic_irqchip_init - the GIC is what GSIs lead to
 * @vm: a new VM, after gic_vm_init()
 */
void gic_irqchip_init(struct arm_vm *vm);

extern const struct vm_device_ops gic_device_ops;	/* KVM_DEV_TYPE_ARM_VGIC_V3 */

#endif
