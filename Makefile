# SPDX-License-Identifier: GPL-2.0
# The few commands people use. Everything real is in lab/ and tests/.

.PHONY: help fetch assemble module clean distclean

help:
	@sed -n 's/^## //p' Makefile

## make fetch     install host packages, download the emulated server's (asks the network only when needed)
fetch:
	@lab/fetch

## make assemble  unpack the kernel and make the server's disk
assemble: fetch
	@lab/assemble

## make module    build build/module/tabula.ko from src/ (make module ARGS="C=2 W=1")
module: assemble
	@lab/module $(ARGS)

## make clean     remove build/; make distclean removes .cache/ too
clean:
	rm -rf build
distclean: clean
	rm -rf .cache
