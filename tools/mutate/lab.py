# SPDX-License-Identifier: GPL-2.0
"""The lab's tests: one server for all that want the same machine, the functions of tests/lab/*.t one by one in it, the
module loaded anew for each. A server that hangs or dies is booted again."""

import os
import queue
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time

from tree import BUILD, MUTATE, TOP, build_of, digest

BLOCK, BLOCKS = 4096, 64
BOOT_LIMIT = 300


class ServerGone(Exception):
    pass


class Server:
    """A server that takes jobs."""

    def __init__(self, options, arch, module):
        self.number = 0
        self.tmp = tempfile.TemporaryDirectory(prefix="tabula-mutate.")
        self.disk = os.path.join(self.tmp.name, "jobs")
        with open(self.disk, "wb") as f:
            f.truncate(BLOCK * BLOCKS)
        cmd = ["lab/boot", *options, "--no-module", "--loglevel", "1", "--timeout", "0",
               "--add", "lab/guest", "--add", f"{build_of(BUILD, arch)}/tests:t", "--add", f"{module}:tabula.ko",
               "--add", "tools/mutate/in-tree/server.sh:server.sh",
               f"--qemu-opt=-drive file={self.disk},format=raw,if=none,id=jobs -device virtio-blk-pci,drive=jobs,serial=jobs",
               "--", "exec sh /lab/server.sh"]
        env = {k: v for k, v in os.environ.items() if k != "LAB_KERNEL"}
        self.child = subprocess.Popen(cmd, cwd=TOP, env=dict(env, ARCH=arch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace")
        self.lines = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        if self.until("planted-ready", BOOT_LIMIT) is None:
            self.end()
            raise ServerGone("the server did not boot")

    def listen(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\r\n"))
        self.lines.put(None)

    def until(self, mark, seconds):
        """The lines up to the one with @mark; None when it does not come. What came is in self.heard."""
        self.heard, limit = [], time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, limit - time.monotonic()))
            except queue.Empty:
                return None
            if line is None:
                return None
            self.heard.append(line)
            if line.startswith(mark):
                return self.heard

    def run(self, script, seconds):
        """(status, state of the server, lines, numbers seen) of a job."""
        self.number += 1
        data = script.encode()
        blocks = -(-len(data) // BLOCK)
        if blocks >= BLOCKS:
            raise ValueError("the job is too long")
        with open(self.disk, "r+b") as f:
            f.seek(BLOCK)
            f.write(data.ljust(blocks * BLOCK, b"\0"))
            f.flush()
            f.seek(0)
            f.write(f"{self.number} {blocks} {int(seconds) + 1}\n".encode().ljust(BLOCK, b"\0"))
        lines = self.until(f"planted-end {self.number} ", seconds + 20)
        if lines is None:
            why = next((x for x in self.heard if re.search("panic|Oops|BUG|boot: ", x)), "")
            gone = self.child.poll() is not None
            raise ServerGone(("the server died: " + why if gone else "the server hangs").strip(": "))
        _, _, status, state = lines[-1].split(None, 3)
        seen = set()
        for x in lines:
            m = re.match(r"planted-seen \d+ ([01]+)", x)
            if m:
                seen |= {n for n, c in enumerate(m[1]) if c == "1"}
        return int(status), state, [x[2:] for x in lines if x.startswith("| ")], seen

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()
        self.tmp.cleanup()


class Lab:
    """Keeps one server of an architecture, of the kind that was asked for last."""

    def __init__(self, arch, module):
        self.arch, self.module, self.server, self.kind, self.seconds = arch, module, None, None, 0.0
        self.folder = "tests/lab" if arch == "arm64" else f"tests/lab/{arch}"

    def run(self, options, script, seconds):
        if self.kind != options:
            self.drop()
        if not self.server:
            self.server, self.kind = Server(options, self.arch, self.module), options
        begun = time.monotonic()
        try:
            answer = self.server.run(script, seconds)
            self.seconds = time.monotonic() - begun
        except ServerGone:
            self.drop()
            raise
        if answer[0] == 137 or answer[1] != "clean":    # who knows what is left of it
            self.drop()
        return answer

    def drop(self):
        if self.server:
            self.server.end()
        self.server = self.kind = None


class LabTest:
    """One function of a file of tests/lab."""
    kind = "lab"

    def __init__(self, lab, path, function, options, params, body):
        self.lab, self.options, self.params, self.body = lab, tuple(options), params, body
        self.function = function
        self.group = " ".join(options)
        self.name = f"{path} {function}"
        self.seconds, self.reach, self.usable, self.why = 0.0, set(), False, ""

    def script(self, numbers):
        return f"""
KVM= MANY= SLOW=1; export SLOW
insmod() {{ case $1 in */tabula.ko) command insmod "$@" planted={','.join(map(str, sorted(numbers)))} ;; *) command insmod "$@" ;; esac; }}
rmmod() {{ cat /sys/module/tabula/parameters/planted_seen >>/tmp/seen 2>/dev/null; command rmmod "$@"; }}
{self.body}
insmod /lab/tabula.ko {self.params} || exit 96
(set -u; {self.function})
rc=$?
kill_guests
cat /sys/module/tabula/parameters/planted_seen >>/tmp/seen 2>/dev/null
[ -e /sys/module/tabula ] || rc=95
exit $rc
"""

    def once(self, numbers, limit):
        """(why it fails or an empty text, numbers seen)"""
        try:
            status, state, lines, seen = self.lab.run(self.options, self.script(numbers), limit)
        except ServerGone as e:
            return str(e), set()
        if state.startswith("bad"):
            return state[4:], seen
        why = {0: "", 77: "", 137: "it hangs", 96: "the module does not load", 95: "the module is gone"}
        return why.get(status, (lines or [f"status {status}"])[-1]), seen

    def digest(self):
        """Of its text, and of the programs it runs."""
        used = set(re.findall(r"\$T/(\w+)", self.body)) | {"vmm"}
        texts = []
        for name in sorted(used):
            for path in (f"{self.lab.folder}/{name}.c", f"{self.lab.folder}/{name}.h", f"tests/module/{name}.c"):
                if os.path.exists(os.path.join(TOP, path)):
                    with open(os.path.join(TOP, path)) as f:
                        texts.append(f.read())
        return digest(self.body, *texts)

    def again_later(self):
        """Before it is believed that a test fails with no error awake, it runs in another server."""
        self.lab.drop()
        return False

    def learn(self, count):
        self.why, self.reach = self.once((), 300)
        self.seconds = self.lab.seconds
        self.usable = not self.why and bool(self.reach)

    def limit(self):
        return 10 + 3 * self.seconds

    def notices(self, numbers):
        return self.once(numbers, self.limit())[0]

    def once_here(self):
        """The same for a module in which errors are awake for good."""
        return self.once((), self.limit() if self.seconds else 300)[0]

    def again(self, numbers, why):
        """Whether it was the error: it fails a second time, and without it the same server passes."""
        if "the server died" in why or why == "the module does not load":
            return why
        why = self.notices(numbers)
        if not why:
            return ""
        if self.lab.server and self.notices(()):        # the server has had a blow
            self.lab.drop()
            why = self.notices(numbers)
        return why


def lab_tests(lab, pattern=""):
    """The functions of all files in @lab's folder that run in a server of their own."""
    with open(os.path.join(TOP, "tests/server.sh")) as f:
        common = f.read()
    out = []
    folder = os.path.join(TOP, lab.folder)
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".t"):
            continue
        with open(os.path.join(folder, name)) as f:
            text = f.read()
        if "lib.sh" not in text:
            continue
        options, params = boot_options(text)
        body = common + "\n".join(x for x in text.split("\n") if not re.search(r"lib\.sh|^BOOT=|^LIMIT=|^#!", x)) + "\n"
        for function in re.findall(r"^(test_\w+)\(\) *\{", text, re.M):
            t = LabTest(lab, os.path.relpath(os.path.join(lab.folder, name), "tests/lab"), function, options, params, body)
            if re.search(pattern, t.name):
                out.append(t)
    return out


def boot_options(text):
    """(options for lab/boot, parameters of the module) of a test's text. A disk that it makes to swap to is ours, empty."""
    swap = os.path.join(MUTATE, "swap")
    os.makedirs(MUTATE, exist_ok=True)
    with open(swap, "wb") as f:
        f.truncate(64 << 20)
    said = subprocess.run(["bash", "-c", "\n".join(re.findall(r"^[A-Z]\w*=.*$", text, re.M)) + '\nprintf %s "$BOOT"'],
                          env=dict(os.environ, swap=swap), stdout=subprocess.PIPE, text=True, check=True).stdout
    words, options, params = shlex.split(said), [], ""
    while words:
        w = words.pop(0)
        if w == "--params":
            params = words.pop(0)
        else:
            options.append(w)
    return options, params
