# SPDX-License-Identifier: GPL-2.0
"""Tries planted errors against tests.

Most tests notice few errors, so many are awake at a time: when the test passes, none of them is noticed; when it fails,
halves of them are tried, down to one (R. Dorfman's group testing, 1943). In one group no two are in the same function.
"""

import json
import os
import sys
import time

from tree import MUTATE, digest


class State:
    """What is known already, in build/mutate/state.json: a run that was broken off goes on where it was."""

    def __init__(self, fresh=False):
        self.path = os.path.join(MUTATE, "state.json")
        self.data = {"noticed": {}, "passed": {}, "learned": {}, "unbuilt": {}, "seconds": {}}
        if not fresh and os.path.exists(self.path):
            with open(self.path) as f:
                self.data.update(json.load(f))

    def save(self):
        os.makedirs(MUTATE, exist_ok=True)
        with open(self.path + ".new", "w") as f:
            json.dump(self.data, f, indent=1)
        os.rename(self.path + ".new", self.path)


class Campaign:
    def __init__(self, state, files, numbered, names, group=1):
        """@names: what numbers mean in the state that is kept; @group: errors awake at first."""
        self.state, self.files, self.numbered = state, files, numbered
        self.build = digest(names, *files.values())
        self.group = group
        self.noticed = {}       # number: (test, why)
        self.flaky = []
        self.reached = set()
        for n, e in numbered.items():
            known = state.data["noticed"].get(self.known(e))
            if known:
                self.noticed[n] = tuple(known)

    def known(self, e):
        """An error's name in the state: it holds while its file is as it is."""
        return f"{e.ident()} {digest(self.files[e.path])}"

    def alive(self, arch=None):
        """Who is unnoticed yet, of those in @arch's module if it says one."""
        return [n for n in self.numbered if n not in self.noticed and (not arch or arch in self.numbered[n].arches())]

    def leave(self, n):
        """It turns out to be no error: it cannot be built."""
        self.numbered.pop(n, None)

    def came_by(self, n):
        """Whether a test that was tried runs where @n is planted."""
        return n in self.reached

    def say(self, text):
        print(f"mutate: {text}", flush=True)

    def learn(self, tests, reach=None):
        """Run each of @tests without an error; what fails so is of no use. @reach: the numbers that it may see, when only
        the build knows."""
        kept = self.state.data["learned"]
        told = time.monotonic()
        for i, t in enumerate(tests):
            key = f"{t.name} {t.digest()} {self.build}"
            if key in kept:
                t.seconds, t.reach, t.why = kept[key]
                t.reach = set(t.reach)
            else:
                t.learn(max(self.numbered, default=0))
                if t.why and not t.again_later():
                    t.learn(max(self.numbered, default=0))
                kept[key] = [t.seconds, sorted(t.reach), t.why]
                self.state.save()
            if reach is not None:
                t.reach = reach
            self.reached |= t.reach
            t.usable = not t.why and bool(t.reach & set(self.numbered))
            if t.why:
                self.say(f"left out, because it fails with no error awake: {t.name}: {t.why}")
            if len(tests) > 1 and time.monotonic() - told > 20:
                told = time.monotonic()
                self.say(f"learning what the tests see: {i + 1} of {len(tests)}")
        return [t for t in tests if t.usable]

    def run(self, tests):
        """Each of @tests, in this order, on the errors that it comes by and nobody has noticed."""
        for t in tests:
            passed = self.state.data["passed"].setdefault(f"{t.name} {t.digest()}", [])
            left = [n for n in self.alive() if n in t.reach and self.known(self.numbered[n]) not in passed]
            if left:
                self.trial(t, left, passed)

    def trial(self, test, left, passed):
        begun, before, many, runs = time.monotonic(), len(self.noticed), len(left), 0
        size = max(1, self.group)
        while left:
            group = self.take(left, size)
            runs += 1
            why = test.notices(group)
            if why and len(group) == 1:
                why = test.again(group, why)
                if why:
                    self.notice(group[0], test, why)
                    continue
                self.flaky.append(test.name)
            if why:
                size = len(group) // 2
                left[:0] = group
                continue
            size = min(2 * size, 64)
            passed += [self.known(self.numbered[n]) for n in group if n in self.numbered]
            self.state.save()
        found = len(self.noticed) - before
        self.say(f"{test.name}: {found} of {many} noticed, {runs} runs, {time.monotonic() - begun:.0f} s; {len(self.alive())} left")

    def take(self, left, size):
        """Up to @size of @left, no two of one function."""
        group, functions = [], set()
        for n in left:
            e = self.numbered[n]
            where = (e.path, e.function if e.function != "-" else n)
            if where not in functions and len(group) < size:
                functions.add(where)
                group.append(n)
        for n in group:
            left.remove(n)
        return group

    def notice(self, n, test, why):
        self.noticed[n] = (test.name, why.strip()[:120])
        self.state.data["noticed"][self.known(self.numbered[n])] = list(self.noticed[n])
        self.state.save()
        if sys.stdout.isatty():
            print(f"\033[2m  {self.numbered[n].key()[:150]}\033[0m", flush=True)
