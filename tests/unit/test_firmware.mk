# SPDX-License-Identifier: GPL-2.0
SRCS_firmware	:= $(addprefix src/arm64/firmware/,psci.c smccc.c filter.c service.c trng.c power.c) src/arm64/cpu/predictor.c src/arm64/errata.c
FLAGS_firmware	:= $(ARM64)
FLAGS_psci	:= $(ARM64)
FLAGS_smccc	:= $(ARM64)
FLAGS_filter	:= $(ARM64)
FLAGS_service	:= $(ARM64)
FLAGS_trng	:= $(ARM64)
