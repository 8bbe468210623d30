# SPDX-License-Identifier: GPL-2.0
# Which files there are, by folder: for the module, for the benchmark's module, for the
# checker and for unit tests. Names without .c or .o, from src/.

files-host	:= $(addprefix host/,page notifier user)
files-mem	:= $(addprefix mem/,slots access dirty ring invalidate pfn_cache hva_cache guest_map trail)
files-vm	:= $(addprefix vm/,vm run kick coalesced device dirtyring irqfd ioeventfd routing stats)
files-abi	:= $(addprefix abi/,main caps vm vcpu device stats)

# What the checker runs, too; hw and features are the machine's.
files-arm64-mmu	:= $(addprefix arm64/mmu/,table walk split unmap fence near fault coherency side vmid mmu)
files-arm64	:= $(addprefix arm64/,affinity errata machine) \
		   $(addprefix arm64/abi/,caps irq_line policy run start stats vcpu vm walk) \
		   $(addprefix arm64/cpu/,switch world exit sysreg systrap idreg idfield onereg regs fp debug \
			inject mmio spectre predictor hw serror sve syndrome look s1walk aarch32) \
		   $(addprefix arm64/gic/,cpu device hw irq irqchip lpi lpi_regs lpi_table lr mmio phys \
			pool region regs sysreg vm) \
		   $(addprefix arm64/its/,cmd device frame map regs save table) \
		   $(addprefix arm64/pmu/,attr cpu event host regs rule) \
		   $(addprefix arm64/firmware/,filter power psci pvtime service smccc trng) \
		   arm64/timer/irq arm64/timer/timer arm64/mmu/features arm64/mmu/hw $(files-arm64-mmu)

# Of x86 and vm/, what the checker runs, too.
files-x86-check	:= vm/kick x86/svm/asid x86/svm/run $(addprefix x86/npt/,fault npt table) \
		   $(addprefix x86/nested/,page reach shadow space tables) $(addprefix x86/pv/,apf clock eoi range steal)

files-all	:= $(files-host) $(files-mem) $(files-vm) $(files-abi)

files-x86	:= host/late \
		   $(addprefix x86/abi/,caps clock events irq params prefault regs run start sync vcpu vm xen) \
		   $(addprefix x86/irq/,bus chip intc ioapic pic pit power tick vapic) \
		   $(addprefix x86/lapic/,state accept lvt timer ipi regs mmio msr) \
		   $(addprefix x86/npt/,fault npt table) \
		   $(addprefix x86/svm/,asid bank control cpuid debug enter event exit fetch filter hw insn io mmio move msr strmove \
			run spec state walk) \
		   $(addprefix x86/nested/,block check decide enter event exit insn leave npf page \
			reach shadow space state tables) \
		   x86/hv/hv \
		   $(addprefix x86/xen/,call event poll runstate xen) \
		   $(addprefix x86/pv/,announce apf clock ending eoi hypercall kvmclock msr range steal stolen)
