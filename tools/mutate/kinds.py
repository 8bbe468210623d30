# SPDX-License-Identifier: GPL-2.0
"""The kinds of error that are planted: each is a small rule that looks at one part of a function.

An error has an original and a changed text. Wherever a rule has a choice, the text itself decides, not chance: the
seed only draws the sample.
"""

import hashlib
import os
import re
from collections import Counter

from ccode import functions, structs

# How likely people make it, against how likely it says nothing when it goes unnoticed.
WEIGHT = {
    "boundary": 3, "equality": 2, "and-or": 3, "half-condition": 3, "check": 3, "negated": 1.5,
    "off-by-one": 3, "plus-minus": 1, "shift": 0.7, "mask": 2, "bit-dropped": 3, "bit-swapped": 3, "number": 1, "flag": 2,
    "errno": 2, "return": 1.5, "argument": 3, "field-swapped": 3, "store": 3, "call": 2, "release": 3, "lock": 1,
    "barrier": 0.7, "statistics": 0.2, "order": 1.5, "jump": 1, "table": 1, "case": 1, "instruction": 1,
}

QUIET = re.compile(r"lockdep_|mutex_destroy|WARN|BUG|might_|cond_resched|cpu_relax|pr_|dev_|static_assert|kasan|instrument|__module_get$")
STATISTICS = re.compile(r"trace_|stat(s)?_|_stat$|_count$|count_")
BARRIER = re.compile(r"(smp_)?(mb|rmb|wmb)$|smp_mb__\w+|dsb$|isb$|dmb$|barrier$|hw_(dsb|isb)\w*")
RELEASE = re.compile(r"\w*(put|free|release|unregister|destroy|unref|cancel|drop|exit|unmap|unpin)\w*$|k\w*free\w*$|fput$|mmdrop$")
LOCK = re.compile(r"(\w*?)(un)?(lock|down_read|down_write|up_read|up_write)(\w*)$")
ASSEMBLY = re.compile(r"(read|write)_sysreg(_s)?$|sysreg_clear_set\w*$|SYS_FIELD_\w+$|FIELD_\w+$|__tlbi\w*$|dsb$|dmb$|ALTERNATIVE$|\w*_EL12$")
COMMUTE = re.compile(r"(min|max|min_t|max_t|swap|likely|unlikely|IS_ERR\w*|container_of|READ_ONCE|FIELD_\w+|SYS_FIELD\w+|"
                     r"ARRAY_SIZE|offsetof|struct_size|for_each\w*|list_for_each\w*|kvm_for\w*)$")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*_[A-Za-z0-9_]*[A-Z0-9][A-Za-z0-9_]*$")
NOT_BITS = re.compile(r"(GFP|KERN|THIS|CONFIG|PAGE|E[A-Z0-9]+$)")
ERRNO = ["EINVAL", "ENOENT", "EFAULT", "EBUSY", "ENXIO", "EPERM", "ENOMEM", "EEXIST", "E2BIG", "EINTR", "EAGAIN"]
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
SHIFTED = {"<<": ">>", ">>": "<<"}
FLIPPED = {"true": "false", "false": "true"}
ARCHES = ("arm64", "x86")
SIMPLE = ("id", "member", "num", "index")


class Error:
    """One error of one kind. sites: (start, end, changed text, form); form: expr, place (what can be assigned), stmt, text."""

    def __init__(self, path, function, kind, original, changed, sites):
        self.path, self.function, self.kind, self.sites = path, function, kind, sites
        self.original, self.changed = squeeze(original), squeeze(changed) or "(dropped)"
        self.nth = 1        # of those that read alike in one function

    def key(self):
        nth = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.path}: {self.function}: {self.kind}: {self.original} => {self.changed}{nth}"

    def ident(self):
        return hashlib.sha1(self.key().encode()).hexdigest()[:8]

    def folder(self):
        return os.path.dirname(self.path)

    def arches(self):
        """Whose module it is in."""
        m = re.match(r"src/(arm64|x86)/", self.path)
        return (m[1],) if m else ARCHES

    def static(self):
        """Cannot be chosen while the program runs."""
        return self.sites[0][3] == "text"


def squeeze(text):
    return " ".join(re.sub(r"/\*.*?\*/", "", text, flags=re.S).split())


def pick(choices, *about):
    """One of @choices, always the same for the same @about."""
    n = int(hashlib.sha1("\0".join(about).encode()).hexdigest(), 16)
    return choices[n % len(choices)] if choices else None


class Tree:
    """What all files together say: fields that lie side by side with the same type, and constants that look alike."""

    def __init__(self, files):
        self.siblings = {}
        for text in files.values():
            for _, kind, names in structs(text):
                for n in names:
                    others = [x for x in names if x != n]
                    if others and "(" not in kind:
                        self.siblings.setdefault(n, []).extend(others)


class Planter:
    """The errors of one file."""

    def __init__(self, tree, path, text):
        self.tree, self.path, self.text = tree, path, text
        self.errors = []
        self.function = ""
        self.constants = sorted({w for w in re.findall(r"\b[A-Z]\w+", text) if CONSTANT.match(w)})

    def of(self, node):
        return self.text[node.start:node.end]

    def add(self, kind, node, changed, form="expr", whole=None):
        """@whole: what the error is shown as, where more than the node helps to see it."""
        whole = whole or node
        at = node.start - whole.start
        shown = self.of(whole)
        shown = shown[:at] + changed + shown[at + node.end - node.start:]
        call = node.parent if form != "stmt" else None
        while call is not None and not (call.kind == "call" and ASSEMBLY.match(call.name)):
            call = call.parent
        if call is not None:    # its argument is a word for the assembler, not a value
            changed = self.text[call.start:node.start] + changed + self.text[node.end:call.end]
            node, form = call, "expr"
            if call.parent.kind == "expr":
                node, changed, form = call.parent, changed + ";", "stmt"
        self.errors.append(Error(self.path, self.function, kind, self.of(whole), shown, [(node.start, node.end, changed, form)]))

    def plant(self):
        for f in functions(self.text):
            self.function = f.name
            for node in f.body.walk():
                rule = getattr(self, "in_" + node.kind, None)
                if rule:
                    rule(node)
            self.locks(f.body)
        self.function = "-"
        if self.path.endswith(".S"):
            self.instructions()
        else:
            self.tables()
        self.number()
        return self.errors

    def number(self):
        seen = {}
        for e in self.errors:
            k = (e.function, e.kind, e.original, e.changed)
            seen[k] = e.nth = seen.get(k, 0) + 1

    # Expressions

    def in_binary(self, n):
        left, right = n.kids
        a, b, op = self.of(left), self.of(right), n.name
        between = self.text[left.end:right.start]

        def with_op(new):
            return a + between.replace(op, new, 1) + b

        if op in BOUNDARY:
            self.add("boundary", n, with_op(BOUNDARY[op]))
        elif op in ("==", "!="):
            self.add("equality", n, with_op("!=" if op == "==" else "=="))
        elif op in ("&&", "||"):
            if n.parent.kind != "binary" or n.parent.name != op:
                self.add("and-or", n, with_op("||" if op == "&&" else "&&"))
            self.add("half-condition", n, pick([a, b], "half", self.of(n)))
        elif op in ("+", "-"):
            if right.kind == "num" and right.name == "1":
                self.add("off-by-one", n, a)
            else:
                self.add("plus-minus", n, with_op("-" if op == "+" else "+"))
        elif op in SHIFTED:
            self.add("shift", n, with_op(SHIFTED[op]))
        elif op == "&" and (self.bit(right) or right.name == "~" or right.kind == "paren"):
            self.add("mask", n, a)
        elif op == "|" and self.bit(right) and n.parent.kind != "decl":
            self.add("bit-dropped", n, pick([a, b], "bit", self.of(n)) if self.bit(left) else a)

    def bit(self, n):
        return bool(CONSTANT.match(n.name)) if n.kind in ("id", "call") else n.kind == "call" and n.name == "BIT"

    def in_id(self, n):
        if n.name in FLIPPED:
            self.add("flag", n, FLIPPED[n.name], whole=self.around(n))
            return
        if not CONSTANT.match(n.name) or NOT_BITS.match(n.name):
            return
        prefix = n.name[:n.name.index("_") + 1]
        near = [c for c in self.constants if c != n.name and c.startswith(prefix)]
        longest = max((len(os.path.commonprefix([c, n.name])) for c in near), default=0)
        near = [c for c in near if len(os.path.commonprefix([c, n.name])) >= min(longest, len(prefix) + 2)]
        if near:
            self.add("bit-swapped", n, pick(near, self.function, n.name), whole=self.around(n))

    def around(self, n):
        """The part that shows where @n stands: the call or operation that it belongs to."""
        p = n.parent
        return p if p is not None and p.kind in ("binary", "call", "assign", "unary", "return") and p.end - p.start < 100 else n

    def in_num(self, n):
        p = n.parent
        if p.kind == "binary" and p.name in ("+", "-") and n.name == "1":
            return      # off-by-one has it
        new = {"0": "1", "1": "0"}.get(n.name)
        if not new and re.match(r"(0x)?[0-9a-fA-F]+$", n.name):
            new = f"({n.name} {pick('+-', self.function, n.name)} 1)"
        if new and p.kind != "return":
            self.add("number", n, new, whole=self.around(n))

    def in_unary(self, n):
        kid = n.kids[0]
        if n.name == "-" and kid.kind == "id" and re.match(r"E[A-Z0-9]+$", kid.name):
            self.add("errno", n, "-" + pick([e for e in ERRNO if e != kid.name], self.function, kid.name))

    def in_member(self, n):
        others = self.tree.siblings.get(n.name)
        if others and not (n.parent.kind == "call" and n.parent.start == n.start):
            new = self.text[n.start:n.end - len(n.name)] + pick(sorted(set(others)), self.function, n.name)
            self.add("field-swapped", n, new, form="place", whole=self.around(n))

    def in_call(self, n):
        args = n.kids[1:] if n.kids and n.kids[0].start == n.start else n.kids
        if COMMUTE.match(n.name) or QUIET.match(n.name) or STATISTICS.match(n.name) or n.parent.kind == "loop":
            return
        if n.name in ("smp_store_release", "smp_load_acquire", "rcu_assign_pointer"):
            bare = f"WRITE_ONCE(*({self.of(args[0])}), {self.of(args[1])})" if n.name == "smp_store_release" else \
                f"READ_ONCE(*({self.of(args[0])}))" if n.name == "smp_load_acquire" else ""
            if bare:
                self.called("barrier", n, bare)
            return
        pairs = [(a, b) for a, b in zip(args, args[1:]) if a.kind in SIMPLE and b.kind in SIMPLE
                 and not (a.kind == b.kind == "num") and self.of(a) != self.of(b)]
        pair = pick(pairs, "argument", self.of(n))
        if pair:
            a, b = pair
            self.called("argument", n, self.text[n.start:a.start] + self.of(b) + self.text[a.end:b.start] + self.of(a)
                        + self.text[b.end:n.end])

    def called(self, kind, n, changed):
        """A call by another: where it is a statement, it may be a macro that is no expression."""
        if n.parent.kind == "expr":
            self.add(kind, n.parent, changed + ";", form="stmt")
        else:
            self.add(kind, n, changed)

    # Statements

    def in_if(self, n):
        cond, then = n.kids[0], n.kids[1]
        c = self.of(cond)
        last = then.kids[-1] if then.kind == "block" and then.kids else then
        if n.name != "else" and last.kind in ("return", "jump"):
            self.add("check", cond, f"({c}) && 0")
            self.errors[-1].original, self.errors[-1].changed = squeeze(self.of(n)), "(dropped)"
        elif cond.name not in ("==", "!=", *BOUNDARY):
            self.add("negated", cond, f"!({c})")

    def in_return(self, n):
        kid = n.kids[0] if n.kids else None
        if kid is not None and kid.kind != "unary" and kid.name not in ("0", "NULL", "SMCCC_RET_SUCCESS", *FLIPPED):
            self.add("return", n, "return 0;", form="stmt")

    def in_jump(self, n):
        p = n.parent
        while p is not None and p.kind not in ("loop", "switch"):
            p = p.parent
        if n.name in ("break", "continue") and p is not None and p.kind == "loop":
            self.add("jump", n, "continue;" if n.name == "break" else "break;", form="stmt")

    def in_case(self, n):
        if n.name == "case" and "..." not in self.of(n):
            self.add("case", n, "", form="text")

    def in_block(self, n):
        for a, b in zip(n.kids, n.kids[1:]):
            if self.moves(a) and self.moves(b) and "call" in (a.kids[0].kind, b.kids[0].kind):
                self.errors.append(Error(self.path, self.function, "order", self.text[a.start:b.end],
                                         self.of(b) + " " + self.of(a),
                                         [(a.start, b.end, self.of(b) + " " + self.of(a), "stmt")]))

    def moves(self, n):
        """Whether it is a statement that may change places: a call, or a store to memory."""
        if n.kind != "expr":
            return False
        e = n.kids[0]
        name = e.name if e.kind == "call" else ""
        if e.kind == "call":
            return bool(name) and not (QUIET.match(name) or STATISTICS.search(name) or self.lock(n))
        return e.kind == "assign" and e.kids[0].kind in ("member", "index")

    def in_expr(self, n):
        e = n.kids[0]
        if e.kind in ("assign", "postfix") or e.kind == "unary" and e.name in ("++", "--"):
            stat = re.search(r"stat|\bcount", self.of(e.kids[0]))
            self.add("statistics" if stat else "store", n, "", form="stmt")
        elif e.kind == "call" and e.name and not QUIET.match(e.name) and not self.lock(n):
            kind = "statistics" if STATISTICS.search(e.name) else "barrier" if BARRIER.match(e.name) else \
                "store" if e.name == "WRITE_ONCE" else "release" if RELEASE.match(e.name) else "call"
            self.add(kind, n, "", form="stmt")

    def lock(self, n):
        """(which lock, whether it is taken) of a statement that takes or leaves one."""
        e = n.kids[0] if n.kind == "expr" else n
        m = LOCK.match(e.name) if e.kind == "call" and e.name and e.kids else None
        if not m:
            return None
        taken = not m[2] and not m[3].startswith("up_")
        return (self.of(e.kids[0]), m[1]), taken

    def locks(self, body):
        """A lock is dropped where it is taken and left, or the program just stands still."""
        held = {}
        for n in body.walk():
            at = self.lock(n) if n.kind == "expr" else None
            if at:
                held.setdefault(at[0], []).append((n, at[1]))
        for (what, _), places in held.items():
            if {True, False} <= {taken for _, taken in places}:
                nodes = [n for n, _ in places]
                self.errors.append(Error(self.path, self.function, "lock", self.of(nodes[0]), "(not taken, not left)",
                                         [(n.start, n.end, "", "stmt") for n in nodes]))

    # What is fixed when it is built

    def tables(self):
        for m in re.finditer(r"^\t+(\.\w+|\[\w+\])\s*=\s*[^{};\n]+,[ \t]*$", self.text, re.M):
            self.errors.append(Error(self.path, self.table(m.start()), "table", m[0], "", [(m.start(), m.end(), "", "text")]))

    def table(self, at):
        names = re.findall(r"^(?:static )?(?:const )?[\w ]+[ *](\w+)(?:\[\w*\])* = \{", self.text[:at], re.M)
        return names[-1] if names else "-"

    def instructions(self):
        for m in re.finditer(r"^(?:\w+:)?(\t(isb|dsb|msr|mrs|stp|ldp|str|ldr|add|bic|and|orr|tlbi|mov(?=[^\n]*%)|push|pop|vm\w+|sti|cli|wrmsr)"
                             r"\b[^\n]*)$", self.text, re.M):
            self.errors.append(Error(self.path, "-", "instruction", m[1], "", [(m.start(1), m.end(1), "", "text")]))


def errors_of(files):
    """All that can be planted in @files, a map of paths to texts."""
    tree = Tree(files)
    out = []
    for path in sorted(files):
        if re.search(r"(^|/)(trace\w*\.[ch]|mutant\.h)$", path):
            continue
        out += Planter(tree, path, files[path]).plant()
    return out


def equivalents():
    """The errors that change nothing, {key: reason}."""
    out, key = {}, None
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "equivalent")) as f:
        for line in f:
            if line.startswith("\t") and key:
                out[key] = line.strip()
                key = None
            elif line.strip() and not line.startswith("#"):
                key = line.rstrip("\n")
    return out


def draw(errors, seed):
    """@errors in an order that @seed gives them, likelier kinds earlier (P. Efraimidis and P. Spirakis, 2006); no kind
    comes to the fore only because there is more of it."""
    many = Counter(e.kind for e in errors)

    def place(e):
        n = int(hashlib.sha1(f"{seed}\0{e.key()}".encode()).hexdigest()[:13], 16) / 16 ** 13
        return max(n, 1e-12) ** (many[e.kind] ** 0.5 / WEIGHT[e.kind])

    return sorted(errors, key=place, reverse=True)
