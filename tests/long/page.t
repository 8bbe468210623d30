#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The benchmark's page in a browser (Debian's chromium): all of it is there, on a phone and on a desk, light and dark, from one file."""

import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Of each group a row; one dearer, one that the kernel's KVM has not, one with a third column, one of no group.
REPORT = [("hvc-slow", 1391, 1354, {}), ("touch-4k-seq", 4664, 3400, {}), ("dirty-fetch-4k", 5083584, 1885600, {"older": 5070000}),
          ("boot-dc-lines-1", 1500000, 1500000, {}), ("boot-dc-lines-2", 2900000, 1560000, {}), ("reinit-64m-4k", 9040000, 1800, {}),
          ("reinit-1g-4k", 163000000, 1810, {}), ("slot-create-4096", 13600, 35920, {}), ("steal-time-none", 94, 33, {}),
          ("guest-write-hva", None, 61, {}), ("something-new-and-rather-long-with-no-group-of-its-own", 10, 9, {}),
          ("break-even-4k-two-tree-0", 9040000, 1800, {}), ("break-even-4k-two-tree-100", 85000000, 60000000, {})]
# What the browser made of it: its width against the window's, the colour behind it, how many bars are drawn.
LOOK = """<script>addEventListener("load", () => { const d = document.documentElement, b = getComputedStyle(document.body)
d.dataset.found = [d.scrollWidth <= innerWidth, b.backgroundColor, [...document.querySelectorAll(".bar i")].filter(e => e.offsetWidth > 0).length,
document.querySelectorAll("svg polyline").length].join("|") })</script></body>"""
n = 0


def check(good, what, why=""):
    global n
    n += 1
    if not good:
        print(f"# {why}")
    print(f"{'ok' if good else 'not ok'} {n} - {what}", flush=True)


def browse(path, width, *more):
    said = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},1000", "--virtual-time-budget=2000",
                           "--dump-dom", *more, f"file://{path}"], capture_output=True, text=True, timeout=120).stdout
    m = re.search(r'data-found="([^"]*)"', said)
    return m[1].split("|") if m else ["nothing", said[:200], "0", "0"]


def main():
    print("1..6")
    if subprocess.call([os.path.join(TOP, "lab/fetch"), "--host", "--browser"], stdout=sys.stderr):
        sys.exit("no browser")
    with tempfile.TemporaryDirectory() as tmp:
        path, out = os.path.join(tmp, "report.json"), os.path.join(tmp, "report.html")
        with open(path, "w") as f:
            json.dump([{"row": row, "unit": "instructions", "kernel": k, "tabula": t, "ratio": t / k if k else None, "cpu": "neoverse-n1", **more}
                       for row, k, t, more in REPORT], f)
        subprocess.check_call([os.path.join(TOP, "bench/page"), "--out", out, path], stdout=sys.stderr)
        with open(out) as f:
            text = f.read()
        missing = [row for row, *_ in REPORT if row not in text and not row.startswith("break-even")]
        check(not missing, "each row is on the page", f"missing: {missing}")
        check(not re.search(r"(src|href)=|url\(|@import", text), "it fetches nothing")
        check("older kernel's KVM" in text and "5\u2009070\u2009000" in text, "what was measured on another kernel has a column")
        with open(out, "w") as f:
            f.write(text.replace("</body>", LOOK))
        bars = sum(1 for row, k, *_ in REPORT if k and not row.startswith("break-even"))
        wide, narrow = browse(out, 1200), browse(out, 390)
        check(wide[0] == "true" and wide[2:] == [str(bars), "4"], "on a desk all bars and lines are drawn, and nothing is cut off", str(wide))
        check(narrow[0] == "true" and narrow[2:] == wide[2:], "on a phone, too", str(narrow))
        dark = browse(out, 1200, "--blink-settings=preferredColorScheme=0")
        check(dark[1] != wide[1] and dark[0] == "true", "who wants it dark has it dark", f"{wide[1]} and {dark[1]}")


if __name__ == "__main__":
    main()
