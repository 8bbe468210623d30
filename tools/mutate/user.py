# SPDX-License-Identifier: GPL-2.0
"""The tests that need no server: unit tests, and the checker's scenarios."""

import glob
import os
import re
import signal
import subprocess
import tempfile
import time

from tree import TOP, digest


def read(path):
    with open(path) as f:
        return f.read()


class UserTest:
    """One program, or one scenario of the checker under one policy. It notices an error when it fails, dies or hangs."""
    group = "user"

    def __init__(self, name, cmd, kind):
        self.name, self.cmd, self.kind = name, cmd, kind
        self.seconds, self.reach, self.usable, self.why = 0.0, set(), False, ""

    def once(self, numbers, seen=None, limit=120.0):
        env = dict(os.environ, PLANTED=",".join(map(str, sorted(numbers))), CMOCKA_MESSAGE_OUTPUT="TAP")
        if seen:
            env["PLANTED_SEEN"] = seen
        try:
            p = subprocess.run(self.cmd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               timeout=limit)
        except subprocess.TimeoutExpired:
            return "it hangs"
        if not p.returncode:
            return ""
        said = p.stdout.decode(errors="replace")
        m = re.search(r"^not ok \d+ - (\w+)|(ERROR: AddressSanitizer: \S+)|(runtime error: .*)|(violation: .*)", said, re.M)
        if m:
            return next(filter(None, m.groups()))
        return f"status {p.returncode}" if p.returncode > 0 else f"it dies of {signal.Signals(-p.returncode).name}"

    def digest(self):
        files = glob.glob(os.path.join(TOP, f"tests/unit/{self.name}.*")) if self.kind == "unit" else \
            glob.glob(os.path.join(TOP, "model/**/*.[ch]"), recursive=True)
        return digest(*(read(f) for f in sorted(files)))

    def again_later(self):
        return True     # a second run would be the same

    def learn(self, count):
        """Run it without an error awake: how long it takes, and which it comes by."""
        with tempfile.NamedTemporaryFile() as seen:
            begun = time.monotonic()
            self.why = self.once((), seen.name)
            self.seconds = time.monotonic() - begun
            with open(seen.name, "rb") as f:
                marks = f.read()
        self.reach = {n for n in range(min(count + 1, len(marks))) if marks[n]}
        self.usable = not self.why

    def notices(self, numbers):
        """Why it fails with @numbers awake, or an empty text."""
        return self.once(numbers, limit=10 + 10 * self.seconds)

    def once_here(self):
        """The same for a program in which errors are awake for good."""
        begun = time.monotonic()
        why = self.once((), limit=10 + 10 * self.seconds if self.seconds else 120)
        self.seconds = self.seconds or time.monotonic() - begun
        return why

    def again(self, numbers, why):
        return why      # nothing here depends on time


def unit_names():
    return [os.path.basename(f)[:-2] for f in sorted(glob.glob(os.path.join(TOP, "tests/unit/test_*.c")))]


def unit_tests(tree, units):
    return [UserTest(n, [os.path.join(tree.dir, "build/unit", n)], "unit") for n in units]


def checks(tree):
    """Each scenario under each policy that it is expected to say something about."""
    check = os.path.join(tree.dir, "build/model/check")
    said = subprocess.run([check, "list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [UserTest(f"check {name} --policy {policy}", [check, name, "--policy", policy], "check")
            for name, policy in scenarios(said)]


POLICIES = ("two-tree", "unmap", "fwb", "clean", "dc", "none")


def scenarios(said):
    """(scenario, policy) of what check list says: under the others it has nothing to say."""
    named = {}
    for block in re.split(r"^(?=\S)", said.partition("\nmutants:")[0], flags=re.M):
        under = re.findall(r"^ +(?:breaks .*|holds) under (.*)$", block, re.M)
        if under:
            named[block.split()[0]] = set(" ".join(under).split())
    return [(n, p) for p in POLICIES for n, has in named.items() if p in has]
