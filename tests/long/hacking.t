#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""docs/hacking.md to the letter: its diffs apply in a copy of the checkout, its commands succeed there and say what it is about."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("TABULA_BUILD", os.path.join(TOP, "build")))
# What a command of the page must say, besides ending with status 0.
SAYS = {
    "tests/run test_policy": r"^1 passed, 0 failed",
    "tests/run tests/lab/actlr.t": r"^2 passed, 0 failed",
    "tools/tabula check reset-again": r"^reset-again: holds, as this scenario must under two-tree",
    "tools/tabula check reset-again --mutant reset_unowed": r"^reset-again: found \(C1\), as this scenario must",
    "tools/tabula check reset-again --policy none": r"^reset-again: found \(C1\), as this scenario must under none",
}
# Those of the whole tree, which its own tests are for.
NOT_HERE = {"lab/lint checkpatch kernel-doc", "tests/docs/run"}


def copy(to):
    """The checkout as it is, with the kernel and the server's disk of this one: hard links."""
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                           capture_output=True).stdout.split(b"\0")
    for f in filter(None, map(os.fsdecode, files)):
        if os.path.lexists(os.path.join(TOP, f)):
            os.makedirs(os.path.dirname(os.path.join(to, f)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, f), os.path.join(to, f))
    os.mkdir(os.path.join(to, "build"))
    for folder in ("linux", "lab"):
        subprocess.run(["cp", "-al", os.path.join(BUILD, folder), os.path.join(to, "build")], check=True)
    # what is built already, so that only what the page changes is built
    for folder in ("tests", "tests-obj", "unit", "model"):
        if os.path.isdir(os.path.join(BUILD, folder)):
            subprocess.run(["cp", "-a", os.path.join(BUILD, folder), os.path.join(to, "build")], check=True)
    # the paths that say where these are
    os.remove(os.path.join(to, "build/lab/env"))


def steps(page):
    """("diff", text) and ("run", command), as they come."""
    fenced = None
    for line in page.splitlines():
        if line == "```diff":
            fenced = []
        elif line == "```":
            yield "diff", "\n".join(fenced) + "\n"
            fenced = None
        elif fenced is not None:
            fenced.append(line)
        elif re.match(r"    (lab/|tests/|tools/|chmod )", line):
            yield "run", line.strip()


def page():
    with open(os.path.join(TOP, "docs/hacking.md")) as f:
        return f.read()


def apply(diff, where):
    """What patch has to say against it, or nothing."""
    run = subprocess.run(["patch", "-p1", "--forward"], cwd=where, input=diff, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.returncode and run.stdout


def follow(where):
    """(step, why not) of each."""
    env = dict(os.environ, TABULA_CACHE=os.environ.get("TABULA_CACHE", os.path.join(TOP, ".cache")))
    for name in ("TABULA_BUILD", "TABULA_TEST_INSIDE", "MAKEFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    for kind, what in steps(page()):
        if what in NOT_HERE:
            continue
        if kind == "diff":
            files = ", ".join(re.findall(r"^\+\+\+ b/(\S+)", what, re.M))
            yield f"applied: {files}", apply(what, where)
            continue
        run = subprocess.run(what, shell=True, cwd=where, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace")
        good = not run.returncode and re.search(SAYS.get(what, ""), run.stdout, re.M)
        yield f"$ {what}", None if good else f"status {run.returncode}\n{run.stdout[-3000:]}"


def main():
    if os.environ.get("LAB_KERNEL", "stock") != "stock" or os.environ.get("TABULA_TEST_KVM"):
        print("1..0 # SKIP of the page, not of the server's kernel")
        return
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=".hacking.") as tmp:
        copy(tmp)
        n = 0
        for n, (step, bad) in enumerate(follow(tmp), 1):
            for line in str(bad or "").splitlines():
                print(f"# {line}")
            print(f"{'not ' if bad else ''}ok {n} - {step}", flush=True)
            if bad:
                break   # what follows stands on it
        print(f"1..{n}")
        if n < 12:
            sys.exit(1)


if __name__ == "__main__":
    main()
