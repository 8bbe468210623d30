/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays by number: small, of so many entries.
 */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

#define SHIM_XARRAY	64

struct xarray {
	void *entry[SHIM_XARRAY];
};

static inline void *xa_load(const struct xarray *xa, unsigned long index)
{
	return index < SHIM_XARRAY ? xa->entry[index] : NULL;
}

#endif
