# SPDX-License-Identifier: GPL-2.0
SRCS_firmware	:= $(addprefix src/arm64/firmware/,psci.c smccc.c filter.c service.c trng.c power.c) src/arm64/cpu/predictor.c src/arm64/errata.c
# KVM_EXIT_HYPERCALL's flags are where older headers have what was x86's.
HYPERCALL	:= $(if $(shell sed -n '/} hypercall/q;p' /usr/include/linux/kvm.h | tail -9 | grep flags),,-Dlongmode=flags)
FLAGS_firmware	:= $(ARM64) $(HYPERCALL)
FLAGS_psci	:= $(ARM64)
FLAGS_smccc	:= $(ARM64) $(HYPERCALL)
FLAGS_filter	:= $(ARM64)
FLAGS_service	:= $(ARM64)
FLAGS_trng	:= $(ARM64)
