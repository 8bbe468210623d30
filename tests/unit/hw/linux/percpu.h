/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All of it is in one place.
 */
#include "../hw_fake.h"
