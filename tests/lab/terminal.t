#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What people see: progress on a terminal of 80 columns, in a pipe, and never a silence of more than ten seconds."""

import contextlib
import fcntl
import importlib.machinery
import importlib.util
import io
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLUMNS = 80
SILENCE = 10
sys.dont_write_bytecode = True
os.chdir(TOP)


def environment(**more):
    env = dict(os.environ, TERM="vt100", **more)
    for name in ("COLUMNS", "LINES", "MAKEFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    return env


def gather(fd, limit):
    """All that comes out of it, and the longest silence before its end."""
    said, longest, last, end = b"", 0, time.monotonic(), time.monotonic() + limit
    while time.monotonic() < end:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:     # how a terminal tells that nobody is there any more
            data = b""
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        if not data:
            break
        said += data
    return said.decode(errors="replace"), longest


def on_terminal(cmd, limit=1500, **more):
    """(what it said, its status, the longest silence)"""
    pid, fd = pty.fork()
    if not pid:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        os.execvpe(cmd[0], cmd, environment(**more))
    said, silence = gather(fd, limit)
    os.close(fd)
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), silence


def in_pipe(cmd, limit=1500, **more):
    child = subprocess.Popen(cmd, env=environment(**more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, silence = gather(child.stdout.fileno(), limit)
    return said, child.wait(), silence


def wraps(said):
    """Progress that is as wide as the terminal: each tick of it would add a line."""
    ticks = re.findall(r"\r(?:\033\[K)?([^\r\n]+)(?=\r(?!\n))", said)
    return [t for t in ticks if len(re.sub(r"\033\[[0-9;]*[A-Za-z]", "", t)) >= COLUMNS]


def lines(said):
    """As they stay on the screen."""
    kept = [re.split(r"\r(?:\033\[K)?", line)[-1] for line in re.split(r"\r*\n", said)]
    return [line for line in kept if line]


def expect(what, **about):
    if not what:
        raise AssertionError(", ".join(f"{n} {v!r}" for n, v in about.items()))


def step_is_cut():
    text = "downloading " + " ".join(f"package-{i}" for i in range(40))
    said, status, _ = on_terminal(["lab/step", "test", text, "sleep", "3"])
    expect(status == 0 and said.count("…") >= 3, status=status, said=said)
    expect(not wraps(said), wraps=wraps(said))
    expect(len(lines(said)) == 1, lines=lines(said))    # that it took three seconds


def many_packages():
    """lab/fetch where a dozen programs are missing, with an apt that takes its time."""
    with tempfile.TemporaryDirectory() as tmp:
        for f in os.listdir("/usr/bin"):
            if not re.fullmatch(r"aarch64-.*|sparse|pahole|cpio|xz|qemu-system-.*|perl|make|gcc|gzip", f):
                os.symlink(os.path.join("/usr/bin", f), os.path.join(tmp, f))
        apt = os.path.join(tmp, "apt-get")
        with contextlib.suppress(FileNotFoundError):
            os.remove(apt)
        with open(apt, "w") as f:
            f.write("#!/bin/sh\n[ \"$1\" != indextargets ] || exec /usr/bin/apt-get \"$@\"\n"
                    "case \"$*\" in '-s '*) ;; *--download-only*) sleep 3 ;; *update*) sleep 3 ;; *) echo no >&2; exit 1 ;; esac\n")
        os.chmod(apt, 0o755)
        said, status, _ = on_terminal(["lab/fetch"], PATH=tmp)
        log = os.path.join(os.environ.get("TABULA_BUILD", "build"), "log", "fetch.log")
        with open(log) as f:
            logged = f.read()
    expect(status == 1 and re.search(r"downloading \d+ packages … [12] s", said), status=status, said=said)
    expect(not wraps(said), wraps=wraps(said))
    expect("packages: " in logged and "gcc-aarch64-linux-gnu" in logged, logged=logged)


def run_on_terminal():
    said, status, _ = on_terminal(["make", "run", "ARGS=--alone --timeout 900"], TABULA_TEST_KVM="")
    ours = [line for line in lines(said) if re.match(r"(run|fetch|assemble|module): ", line)]
    expect(status == 0 and "run: ok:" in said, status=status, end=said[-800:])
    expect(not wraps(said), wraps=wraps(said))
    expect(len(ours) <= 8, ours=ours)


def table_fits():
    loader = importlib.machinery.SourceFileLoader("lab_run", "lab/run")
    run = importlib.util.module_from_spec(importlib.util.spec_from_loader("lab_run", loader))
    loader.exec_module(run)
    life = {name: 123456789 for name, _ in run.ROWS if name != "lines"}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run.table([(who, {"lives": [life, life]}) for who in ("tabula", "kernel's KVM")])
    wide = [line for line in out.getvalue().splitlines() if len(line) >= COLUMNS]
    expect(not wide and out.getvalue().count("123 456 789") >= 4 * 7, wide=wide, out=out.getvalue())


def test_on_terminal():
    """The status line names what runs, and how much is left."""
    said, status, silence = on_terminal(["make", "test", "ARGS=test_slots tests/lab/fgt.t"])
    expect(status == 0 and re.search(r"[1-9]\d* passed, 0 failed", said), status=status, end=said[-800:])
    expect(not wraps(said), wraps=wraps(said))
    expect(re.search(r"test: 2 programs, \d at a time, (some|longer)", said), said=said[:800])
    expect(re.search(r"test: \d of 2 done, .*fgt\.t \(\d+ s\)", said), said=said[-2000:])
    expect(silence <= SILENCE, silence=silence)


def test_in_pipe():
    said, status, silence = in_pipe(["make", "test", "ARGS=test_slots tests/lab/fgt.t"])
    expect(status == 0 and re.search(r"[1-9]\d* passed, 0 failed", said), status=status, end=said[-800:])
    expect(not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said), said=said)
    expect(silence <= SILENCE, silence=silence, said=said)


def step_in_pipe():
    said, status, silence = in_pipe(["lab/step", "test", "taking its time", "sleep", "21"])
    expect(status == 0 and re.fullmatch(r"test: taking its time …\n(test: taking its time … \d+ s\n){2,3}test: taking its time: 2\d s\n", said),
           status=status, said=said)
    expect(silence <= SILENCE, silence=silence)


TESTS = [
    ("a step's progress is cut to the terminal's width", step_is_cut),
    ("in a pipe a step speaks before ten seconds are over, without control characters", step_in_pipe),
    ("packages are counted on the terminal, and named in the log", many_packages),
    ("make run adds no lines for its progress", run_on_terminal),
    ("its table fits 80 columns", table_fits),
    ("make test says what runs and how much is left", test_on_terminal),
    ("in a pipe it has no control characters, and is never silent for more than ten seconds", test_in_pipe),
]


def main():
    if os.environ.get("LAB_KERNEL", "stock") != "stock":
        print("1..0 # SKIP of the tools, not of the server's kernel")
        return
    print(f"1..{len(TESTS)}", flush=True)
    for i, (name, test) in enumerate(TESTS, 1):
        if test is many_packages and (os.getuid() or not shutil.which("apt-get")):
            print(f"ok {i} - {name} # SKIP needs root, which installs them", flush=True)
            continue
        try:
            test()
            print(f"ok {i} - {name}", flush=True)
        except AssertionError as e:
            for line in str(e).splitlines():
                print(f"# {line}")
            print(f"not ok {i} - {name}", flush=True)


main()
