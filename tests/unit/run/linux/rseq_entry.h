/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where this header is, restartable sequences have to be told of on the way to user space.
 */
