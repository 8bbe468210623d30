/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What user space looks up in /sys/module about the KVM that it talks to.
 */
#ifndef TABULA_X86_PARAMS_H
#define TABULA_X86_PARAMS_H

/**
 * params_start() - make /sys/module/kvm/parameters and /sys/module/kvm_amd/parameters
 *
 * Management tools and test suites ask there what no ioctl tells: whether there is nested
 * paging, nested virtualisation, AVIC. Modules of these names cannot be loaded meanwhile.
 * Return: 0; -EBUSY: one of them is loaded; -ENOMEM.
 */
int params_start(void);

/**
 * params_stop() - take them away
 */
void params_stop(void);

#endif
