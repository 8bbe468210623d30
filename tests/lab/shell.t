#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""make shell, in the server and in a guest, on a terminal: a prompt, a command, and nothing left behind by exit."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KVM = bool(os.environ.get("TABULA_TEST_KVM"))
KERNEL = os.environ.get("LAB_KERNEL") or "stock"
BUILD = os.path.join(os.environ.get("TABULA_BUILD", os.path.join(TOP, "build")), KERNEL if KERNEL != "stock" else "")
SLOW = int(subprocess.check_output([os.path.join(TOP, "lab/slow")]))


class Terminal:
    """A program on a terminal of its own, in a session of its own."""

    def __init__(self, cmd, env):
        self.said = b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
            os.chdir(TOP)
            os.execvpe(cmd[0], cmd, env)

    def read(self, seconds):
        """More of what it says; False when it has ended."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:     # how a terminal tells that nobody is there any more
                return False
            self.said += data
            return bool(data)
        return True

    def wait_for(self, pattern, seconds):
        """True once it has said that, which is then gone from what it said."""
        end = time.monotonic() + seconds * SLOW
        while time.monotonic() < end:
            if m := re.search(pattern, self.said):
                self.said = self.said[m.end():]
                return True
            if not self.read(0.2):
                return False
        return False

    def type(self, text):
        os.write(self.fd, text)

    def status(self, seconds):
        """Its exit status, or None when it does not end."""
        end = time.monotonic() + seconds * SLOW
        while time.monotonic() < end:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        return None

    def left(self):
        """Processes of its session: all that it started."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.pid and fields[0] != "Z":
                found.append(int(pid))
        return found


def try_shell(guest, prompt, end):
    """Why it does not work, or None."""
    with tempfile.TemporaryDirectory() as tmp:
        args = (["--guest"] if guest else []) + (["--kvm"] if KVM else [])
        t = Terminal(["lab/shell", *args], dict(os.environ, TMPDIR=tmp, TERM="dumb"))
        why = None
        if not t.wait_for(prompt, 90):
            why = "no prompt"
        else:
            t.type(b"expr 6 \\* 7; ls -l /dev/kvm | cut -c 1\r")
            # the kernel may have a line of its own between the two
            if not t.wait_for(rb"\n42\r+\n" + (b"" if guest else rb"(?s:|.*?\n)c\r+\n"), 30):
                why = "the command says something else"
            elif not t.wait_for(prompt, 30):
                why = "no prompt after the command"
            elif t.type(b"stty size\r") or not t.wait_for(rb"\n33 111\r+\n(?s:.*?)" + prompt, 30):
                why = "the terminal's size is not known in it"
            else:
                t.type(end)
        status = t.status(30) if not why else None
        if not why and status != 0:
            why = f"status {status}"
        left, files = t.left(), os.listdir(tmp)
        for pid in left:
            os.kill(pid, 9)
        if status is None:
            t.status(5)
        if not why and (left or files):
            why = f"left behind: processes {left}, files {files}"
        if why:
            for line in t.said.decode(errors="replace").splitlines()[-15:]:
                print(f"# {line}")
        return why


def no_terminal():
    p = subprocess.run(["lab/shell"], cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return None if p.returncode and p.stderr == "shell: error: a shell needs a terminal\n" else p.stderr


def reload(*args):
    """(status, what it says) of lab/reload."""
    p = subprocess.run(["lab/reload", *args], cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.returncode, p.stdout


def other_builds(tmp):
    """Modules that are told apart: one of another version, and one that does not load."""
    with open(os.path.join(BUILD, "module", "tabula.ko"), "rb") as f:
        module = f.read()
    new, broken = os.path.join(tmp, "new.ko"), os.path.join(tmp, "broken.ko")
    with open(new, "wb") as f:
        f.write(re.sub(rb"\0version=[^\0]", b"\0version=9", module))
    with open(broken, "wb") as f:
        f.write(module[:len(module) // 2])
    return new, broken


def reloaded(t, tmp):
    """In a server that is up: why a new module does not come in, or None."""
    prompt, version = rb"server:\S*# ", b"cat /sys/module/tabula/version\r"
    new, broken = other_builds(tmp)
    if not t.wait_for(prompt, 90):
        return "no prompt"
    status, said = reload("--module", new)
    if status or not re.search(r"reload: ok: tabula.ko \w+ runs in the server: built in [\d.]+ s, loaded in [\d.]+ s", said):
        return f"status {status}: {said}"
    t.type(version)
    if not t.wait_for(rb"\n9\S*\r+\n(?s:.*?)" + prompt, 30):
        return "it is not the new one"
    t.type(b"exec 9</dev/kvm\r")
    t.wait_for(prompt, 30)
    status, said = reload("--module", new)
    if status != 1 or "a VM is open" not in said or said.count("\n") != 1:
        return f"with /dev/kvm open: status {status}: {said}"
    t.type(b"exec 9<&-\r")
    t.wait_for(prompt, 30)
    status, said = reload("--module", broken)
    if status != 1 or "it does not load: " not in said or "the one before is back" not in said:
        return f"one that does not load: status {status}: {said}"
    t.type(version)
    if not t.wait_for(rb"\n9\S*\r+\n(?s:.*?)" + prompt, 30):
        return "the one before is not back"
    t.type(b"exit\r")
    return None if t.status(30) == 0 else "the shell does not end"


def try_reload():
    with tempfile.TemporaryDirectory() as tmp, tempfile.TemporaryDirectory() as scratch:
        t = Terminal(["lab/shell"], dict(os.environ, TMPDIR=tmp, TERM="dumb"))
        why = reloaded(t, scratch)
        for pid in t.left():
            os.kill(pid, 9)
        if why:
            print("\n".join(f"# {line}" for line in t.said.decode(errors="replace").splitlines()[-15:]))
        return why


def no_server():
    status, said = reload()
    return None if status == 1 and said == "reload: error: no server is up: run make shell in another terminal first\n" else f"{status}: {said}"


TESTS = [
    ("without a terminal it says so", no_terminal),
    ("a prompt in the server; exit leaves nothing behind", lambda: try_shell(False, rb"server:\S*# ", b"exit\r")),
    ("Ctrl-A x ends it as well", lambda: try_shell(False, rb"server:\S*# ", b"\x01x")),
    ("poweroff does, too", lambda: try_shell(False, rb"server:\S*# ", b"poweroff\r")),
    ("a prompt in a guest; exit leaves nothing behind", lambda: try_shell(True, rb"guest:\S*# ", b"exit\r")),
    ("make reload without a server says so", no_server),
    ("make reload brings a new module in, says what is in the way, and goes back", try_reload),
    ("poweroff ends a guest", lambda: try_shell(True, rb"guest:\S*# ", b"poweroff\r")),
]

if KVM or SLOW > 1:     # the debug kernel has no port for it
    TESTS = [t for t in TESTS if "reload" not in t[0]]
print(f"1..{len(TESTS)}", flush=True)
failed = 0
for i, (name, test) in enumerate(TESTS, 1):
    begun = time.monotonic()
    reason = test()
    if reason:
        print(f"# {reason}")
    failed += bool(reason)
    print(f"{'not ' if reason else ''}ok {i} - {name} ({time.monotonic() - begun:.0f} s)", flush=True)
sys.exit(1 if failed else 0)
