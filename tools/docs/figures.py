# SPDX-License-Identifier: GPL-2.0
"""The figures of the pages, by docs/figures.toml: found where it says, and what was counted."""

import json
import os
import re
import subprocess
import tomllib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("TABULA_BUILD", os.path.join(TOP, "build")))
REPORT = os.path.join(BUILD, "bench", "report.json")


class Absent(Exception):
    """What a figure is counted by is not here."""


class Sources:
    """What was counted, by the words of docs/figures.toml. Each command runs once."""

    def __init__(self, lab):
        self.lab, self.said, self.rows = lab, {}, None

    def run(self, command):
        if command not in self.said:
            run = subprocess.run(command, shell=True, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.said[command] = run.stdout if not run.returncode else None
        if self.said[command] is None:
            raise Absent(f"'{command}' fails")
        return self.said[command]

    def report(self):
        """The benchmark's rows: of the last whole run, if the module has not been built anew since."""
        if self.rows is None:
            module = os.path.join(BUILD, "module", "tabula.ko")
            rows = json.load(open(REPORT)) if os.path.exists(REPORT) else []
            if not rows or any(r.get("old") for r in rows) or os.path.getmtime(REPORT) < os.path.getmtime(module):
                self.run("make -s bench")
                rows = json.load(open(REPORT))
            self.rows = {(r["row"], r["cpu"]): r for r in rows}
        return self.rows

    def bench(self, row, who, cpu="neoverse-n1"):
        r = self.report().get((row, cpu))
        if not r or r.get(who) is None:
            raise Absent(f"the benchmark has no {row} of {who} on {cpu}")
        return r[who]

    def value(self, words):
        """'bench ROW WHO [CPU]', or 'run COMMAND =~ PATTERN' with one group, or none: the number of hits; '/ N' at the end divides."""
        m = re.fullmatch(r"(.*?)(?: / ([\d.e]+))?", words)
        words, divisor = m[1], float(m[2] or 1)
        kind, _, rest = words.partition(" ")
        if kind == "bench":
            return self.bench(*rest.split()) / divisor
        command, _, pattern = rest.partition(" =~ ")
        found = re.findall(pattern, self.run(command), re.M)
        if not found:
            raise Absent(f"'{command}' says nothing like '{pattern}'")
        return sum(float(f) for f in found) / divisor


def number(text):
    return float(re.sub(r"[,  ]", "", text))


def steps(text):
    """Half of the last digit that is written."""
    digits = text.partition(".")[2]
    return 0.5 * 10 ** -len(digits)


def near(text, value, within):
    """Whether what is written is the value, rounded, or as near as runs differ. A range must contain it."""
    low, to, high = text.partition(" to ")
    if to:
        return number(low) <= value <= number(high)
    return abs(number(text) - value) <= max(steps(text) * 1.001, within * abs(value))


FIGURE = r"([\d.,]*\d(?: to [\d.,]*\d)?)"


def places(page, words):
    """The figures in the page where the words are: each {} stands for one."""
    pattern = FIGURE.join(re.escape(part) for part in words.split("{}"))
    pattern = re.sub(r"(\\ )+", r"\\s+", pattern)
    with open(os.path.join(TOP, page)) as f:
        return re.findall(pattern, re.sub(r"\n +", "\n", f.read()))


def table_rows(page, head):
    """Cells of the table whose first line begins so."""
    with open(os.path.join(TOP, page)) as f:
        lines = f.read().splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith(head)), None)
    rows = []
    while at is not None and at + 2 < len(lines) and lines[at + 2].startswith("|"):
        rows.append([cell.strip() for cell in lines[at + 2].strip("|").split("|")])
        at += 1
    return rows


def expand(entries):
    """A table's entry becomes one for each of its cells that 'from' names."""
    for e in entries:
        if "table" not in e:
            yield e["in"], e["words"], None, e
            continue
        rows = table_rows(e["in"], e["table"])
        for row in rows:
            key = " ".join(row[:e.get("keys", 1)]).replace("`", "")
            if key in e["rows"]:
                cells = [re.match(FIGURE, cell) for cell in row[e.get("keys", 1):]]
                yield e["in"], key, [m[1] for m in cells if m], dict(e, **{"from": e["rows"][key]})
        # a row of the page that no source stands for, or a source that no row does
        rest = {" ".join(row[:e.get("keys", 1)]).replace("`", "") for row in rows} ^ set(e["rows"])
        for key in rest:
            yield e["in"], f"{e['table']} … {key}", [], dict(e, **{"from": ["a row"]})


def compare(c, lab):
    with open(os.path.join(TOP, "docs/figures.toml"), "rb") as f:
        entries = tomllib.load(f)["figure"]
    sources = Sources(lab)
    for page, words, found, e in expand(entries):
        if found is None:
            hits = places(page, words)
            found = [h for hit in hits for h in (hit if isinstance(hit, tuple) else (hit,))] if len(hits) == 1 else []
        want = e["from"]
        if len(found) != len(want):
            c.fail(f"{page}: '{words}' is there with {len(found)} figures, docs/figures.toml has {len(want)}")
            continue
        if not lab and not e.get("quick"):
            c.later.append(f"{page}: {words}: {'; '.join(want)}")
            continue
        try:
            values = [sources.value(w) for w in want]
        except Absent as why:
            c.fail(f"{page}: {words}: {why}")
            continue
        c.count("figures", len(found))
        for text, value, w in zip(found, values, want):
            if not near(text, value, e.get("within", 0)):
                c.fail(f"{page}: '{words}' says {text}, counted {value:g} ({w})")
