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


TESTS = [
    ("without a terminal it says so", no_terminal),
    ("a prompt in the server; exit leaves nothing behind", lambda: try_shell(False, rb"server:\S*# ", b"exit\r")),
    ("Ctrl-A x ends it as well", lambda: try_shell(False, rb"server:\S*# ", b"\x01x")),
    ("poweroff does, too", lambda: try_shell(False, rb"server:\S*# ", b"poweroff\r")),
    ("a prompt in a guest; exit leaves nothing behind", lambda: try_shell(True, rb"guest:\S*# ", b"exit\r")),
    ("poweroff ends a guest", lambda: try_shell(True, rb"guest:\S*# ", b"poweroff\r")),
]

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
