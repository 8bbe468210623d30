# SPDX-License-Identifier: GPL-2.0
# The few commands people use. Everything real is in lab/ and tests/.

# What root has made in somebody's checkout is his.
OWN := ; s=$$?; lab/own; exit $$s

.PHONY: bench-arguments help run paths shell reload docs-check check test test-all test-trixie lint bench stress fuzz selftests mutate rows fetch assemble module clean distclean

help:
	@sed -n 's/^## //p' Makefile

## ARCH=x86             with make fetch, assemble, module, run, shell, test, bench, stress, fuzz and selftests: the same for an x86-64 server, in build/x86

## make run             boot an emulated Arm server, load tabula.ko, run a Linux guest under it, and say how it went
run:
	@begun=$$(date +%s) && lab/fetch && lab/run --begun $$begun $(ARGS)

## make shell           a prompt in that server, module loaded; with GUEST=1 a prompt in a guest
shell: module
	@lab/shell $(if $(GUEST),--guest)

## make reload          build tabula.ko and bring it into the server that make shell runs: a second
reload:
	@lab/reload $(ARGS)

## make test            everything in tests/: unit tests, then the lab's (ARGS="--unit", ARGS="tests/lab/life.t")
test:
	@lab/fetch
	@tests/run $(ARGS)

## make test-all        those, the long ones, and everything once more on Debian 13, with its kernel and with its newest
test-all:
	@lab/fetch --long
	@tests/run --long $(ARGS)
	@lab/trixie
	@LAB_KERNEL=backports lab/trixie

## make test-trixie     make test in a Debian 13 chroot (needs root, 4 GiB of disk; KERNEL=backports: on its newest kernel)
test-trixie:
	@LAB_KERNEL=$(or $(KERNEL),stock) lab/trixie

## make check           search all scenarios, policies and mutants on the model of the machine; pictures in build/check/
check:
	@tools/tabula check

## make bench           what guest memory costs on Tabula and on the kernel's own KVM: build/bench/report.json, a table, a picture
bench: bench-arguments assemble
	@lab/step bench "building tabula.ko" lab/module -s
	@lab/fetch --pictures
	@bench/run $(ARGS) $(OWN); s=$$?; bench/page; exit $$s
	@[ "$(ARCH)" = x86 ] || [ "$${LAB_KERNEL:-stock}" != stock ] || ! grep -qs break-even build/bench/report.json || bench/plot

# Before anything is built for them.
bench-arguments:
	@! command -v python3 >/dev/null || bench/run --arguments $(ARGS)

## make paths           which ways into guest memory are taken, for whom and from where: build/paths/table, a picture (ARGS="--arch x86 --lives boot")
paths:
	@tools/paths/run --arguments $(ARGS)
	@lab/fetch --pictures
	@for arch in arm64 x86; do ARCH=$$arch lab/fetch || exit 1; done
	@tools/paths/run $(ARGS) $(OWN)

## make stress          guest memory under load: ten minutes of each kind (ARGS="--seconds 10 ksm")
stress: assemble
	@lab/step stress "building tabula.ko" lab/module -s
	@tests/stress/run $(ARGS) $(OWN)

## make fuzz            calls of /dev/kvm, drawn from a seed, a million (ARGS="--seed N --calls N --threads N")
fuzz: assemble
	@lab/step fuzz "building tabula.ko" lab/module -s
	@tests/fuzz/$(if $(filter x86,$(ARCH)),x86,run) $(ARGS) $(OWN)

## make selftests       KVM's own selftests from Debian's kernel source, on Tabula and on the kernel's own KVM, in a table
selftests: assemble
	@lab/fetch --source
	@tests/selftests/build
	@[ "$(ARCH)" = x86 ] && ! grep -qi x86 src/Kbuild || lab/step selftests "building tabula.ko" lab/module -s
	@tests/selftests/run $(ARGS) $(OWN)

## make mutate          errors planted in src/, and how many of them the tests notice (ARGS="--folder abi --number 30 --seed 7")
mutate: assemble
	@tools/mutate/run $(ARGS) $(OWN)

## make rows            what works of what Tabula is to be: a line for each row of docs/rows.md
rows: assemble
	@tests/rows $(OWN)

## make lint            checkpatch, sparse, kernel-doc, arrows, shellcheck and pyflakes: no finding allowed
lint: assemble
	@lab/fetch --lint
	@lab/lint $(ARGS)

## make docs-check      pictures, transcripts and figures of the pages, compared with what is so now (ARGS=--lab: all of them)
docs-check:
	@tools/docs/check $(ARGS) $(OWN)

## make fetch           install host packages and download the server's (asks the network only when something is missing)
fetch:
	@lab/fetch

## make assemble        unpack the kernel, make the server's disk
assemble: fetch
	@lab/assemble

## make module          build build/module/tabula.ko from src/ (ARGS="W=1 C=2" goes to make)
module: assemble
	@lab/module $(ARGS)

## make clean           remove build/; make distclean removes the downloads in .cache/ too
clean:
	rm -rf build
distclean: clean
	rm -rf .cache
