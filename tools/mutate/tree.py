# SPDX-License-Identifier: GPL-2.0
"""A copy of the project with errors planted in src/, in build/mutate/tree, and what is built from it."""

import functools
import glob
import hashlib
import os
import re
import signal
import subprocess

from kinds import ARCHES, squeeze
from render import applied, crossing, render

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TABULA_BUILD", os.path.join(TOP, "build"))
MUTATE = os.path.join(BUILD, "mutate")
COPIED = ("model", "tests/unit", "lab")
# Where a changed text has a type that the original has not, it is no error that anybody could have made.
STRICT = "-Werror=incompatible-pointer-types -Werror=int-conversion -Werror=implicit-function-declaration"


def build_of(build, arch):
    """Where in the folder @build is what is made for @arch."""
    return build if arch == "arm64" else os.path.join(build, arch)


@functools.cache
def checked():
    """The sources that the checker has in it, by their paths without an ending."""
    said = subprocess.run(["make", "-s", "-C", os.path.join(TOP, "model"), "--eval", "say: ; @echo $(SRC)", "say"],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    return {os.path.splitext(path)[0] for path in said.split()}


def is_checked(path):
    """Whether the checker may come by an error in @path."""
    if path.endswith(".h"):
        return os.path.dirname(path) in {os.path.dirname(p) for p in checked()}
    return os.path.splitext(path)[0] in checked()


class BuildFailed(Exception):
    pass


def sources():
    """The texts of src/, by path from the top."""
    out = {}
    for path in sorted(glob.glob("src/**/*.[chS]", recursive=True, root_dir=TOP)):
        with open(os.path.join(TOP, path)) as f:
            out[path] = f.read()
    return out


def digest(*texts):
    return hashlib.sha1("\0".join(texts).encode()).hexdigest()[:12]


def put(path, data):
    """Writes only what changes, so that make sees no more than that."""
    try:
        with open(path, "rb") as f:
            if f.read() == data:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def call(cmd, **more):
    """The status of @cmd; when we are ended, all it has started ends, too."""
    child = subprocess.Popen(cmd, start_new_session=True, **more)
    try:
        return child.wait()
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()
        raise


class Tree:
    def __init__(self, name, files):
        self.dir = os.path.join(MUTATE, name)
        self.files = files
        self.numbered = {}      # number: Error

    def module(self, arch):
        return os.path.join(build_of(os.path.join(self.dir, "build"), arch), "module/tabula.ko")

    def plant(self, numbered):
        """Put @numbered, {number: Error}, to sleep in the copy. Errors that are static are awake in it, all."""
        self.numbered = numbered
        for folder in COPIED:
            self.copy(folder)
        here = os.path.join(TOP, "tools/mutate/in-tree")
        kbuild = b""
        for path in sorted(glob.glob("src/**/*", recursive=True, root_dir=TOP)):
            if os.path.isfile(os.path.join(TOP, path)) and path not in self.files:
                with open(os.path.join(TOP, path), "rb") as f:
                    data = f.read()
                if path == "src/Kbuild":
                    kbuild = data + b"tabula-y += planted.o\n"
                else:
                    put(os.path.join(self.dir, path), data)
        put(os.path.join(self.dir, "src/Kbuild"), kbuild)
        count = f"#define PLANTED_COUNT {max(numbered, default=0)}\n".encode()
        for to, name in (("src/planted.h", "planted.h"), ("src/planted.c", "module.c"), ("model/machine/planted.c", "user.c")):
            with open(os.path.join(here, name), "rb") as f:
                put(os.path.join(self.dir, to), f.read())
        put(os.path.join(self.dir, "src/planted_count.h"), count)
        put(os.path.join(self.dir, "model/machine/planted_count.h"), count)
        for path, text in self.files.items():
            put(os.path.join(self.dir, path), self.text(path, text).encode())
        for arch in ARCHES:
            self.link(arch)

    def text(self, path, text):
        mine = [(n, e) for n, e in self.numbered.items() if e.path == path]
        if not mine:
            return text
        fixed = [e for _, e in mine if e.static()]
        if fixed:
            return applied(text, fixed)
        up = "../" * (path.count("/") - 1)
        return f'#include "{up}planted.h"\n' + render(text, mine)

    def crossing(self):
        """The numbers of the errors that cannot be in one copy with the others."""
        out = set()
        for path in self.files:
            out |= crossing([(n, e) for n, e in self.numbered.items() if e.path == path and not e.static()])
        return out

    def copy(self, folder):
        for at, dirs, names in os.walk(os.path.join(TOP, folder)):
            dirs[:] = [d for d in dirs if d != "__pycache__"]
            for name in names:
                src = os.path.join(at, name)
                with open(src, "rb") as f:
                    dst = os.path.join(self.dir, os.path.relpath(src, TOP))
                    put(dst, f.read())
                os.chmod(dst, os.stat(src).st_mode)
        self.forget(folder)

    def forget(self, folder):
        """What is not in the checkout any more goes from the copy, too, but for what is put there besides."""
        for at, _, names in os.walk(os.path.join(self.dir, folder)):
            for name in names:
                path = os.path.join(at, name)
                if not name.startswith("planted") and not os.path.exists(os.path.join(TOP, os.path.relpath(path, self.dir))):
                    os.unlink(path)

    def link(self, arch):
        """The kernel's headers are those of the checkout."""
        at = os.path.join(build_of(os.path.join(self.dir, "build"), arch), "linux")
        os.makedirs(os.path.dirname(at), exist_ok=True)
        if not os.path.islink(at):
            os.symlink(os.path.join(build_of(BUILD, arch), "linux"), at)

    # Building

    def make(self, *cmd, arch="arm64"):
        env = {k: v for k, v in os.environ.items() if k not in ("TABULA_BUILD", "MAKEFLAGS", "LAB_KERNEL")}
        with open(os.path.join(MUTATE, "build.log"), "a+") as log:
            at = log.seek(0, 2)
            status = call(cmd, cwd=self.dir, env=dict(env, LC_ALL="C", ARCH=arch), stdout=log, stderr=log)
            log.seek(at)
            return status, log.read()

    def build_module(self, arch):
        return self.make("lab/module", "-s", "-k", f"KCFLAGS={STRICT}", arch=arch)

    def build_user(self, checker, units):
        """The unit tests @units and, where @checker says so, the checker."""
        jobs = f"-j{os.cpu_count()}"
        status, said = 0, ""
        if units:
            status, said = self.make("make", "-s", "-k", jobs, "-C", "tests/unit", f"CC=gcc {STRICT}",
                                     *[f"../../build/unit/{u}" for u in units])
        if checker:
            more, text = self.make("make", "-s", "-k", jobs, "-C", "model", f"CC=gcc {STRICT}")
            status, said = status or more, said + text
        return status, said

    def blame(self, said):
        """The numbers of the errors that a compiler's words @said point at."""
        out = set()
        for block in re.split(r"^(?=[^\n]*: (?:warning|error|fatal error): )", said, flags=re.M):
            if not re.match(r"[^\n]*error: ", block):
                continue
            for path, line in re.findall(r"^\s*(?:In file included from |from )?(\S+?\.[chS]):(\d+):\d+: ", block, re.M):
                full = self.source(path)
                found = self.at_line(full, int(line)) if full else set()
                out |= found
                if found:
                    break
        for obj in re.findall(r"(\S+)\.o\] Error", said) if not out else ():     # the assembler knows no lines
            out |= {n for n, e in self.numbered.items() if obj.endswith("/" + os.path.splitext(e.path)[0][len("src/"):])}
        return out

    def source(self, path):
        """Which of src/ a compiler means by @path: of abi/vm.c and arm64/abi/vm.c the one that has more of it."""
        path = os.path.normpath(path)
        return max((f for f in self.files if path.endswith("/" + f[len("src/"):]) or path.endswith(f)), key=len, default=None)

    def at_line(self, path, line):
        with open(os.path.join(self.dir, path)) as f:
            lines = f.read().split("\n")
        near = {}       # number: how far its PLANTED() is above
        for at in range(max(0, line - 30), min(line, len(lines))):
            for n in re.findall(r"PLANTED\((\d+)\)", lines[at]):
                near[int(n)] = line - 1 - at
        reach = {n for n, far in near.items() if far <= self.span(n)}
        return reach or {n for n, far in near.items() if far == min(near.values())}

    def span(self, n):
        e = self.numbered[n]
        return max(self.files[e.path].count("\n", s[0], s[1]) + s[2].count("\n") for s in e.sites) * 2


def as_diff(files, error):
    """What @error changes, as people read it."""
    import difflib
    before = files[error.path]
    lines = difflib.unified_diff(before.splitlines(), applied(before, [error]).splitlines(), "a/" + error.path,
                                 "b/" + error.path, lineterm="", n=2)
    return f"{error.ident()} {error.kind} in {error.function}: {squeeze(error.original)[:60]}\n" + "\n".join(lines)
