# SPDX-License-Identifier: GPL-2.0
"""Writes a file with many errors in it, each asleep until it is chosen by its number (mutant schemata: R. Untch,
A. Offutt and M. Harrold, 1993): one build serves them all."""


class Site:
    def __init__(self, number, start, end, changed, form):
        self.number, self.start, self.end, self.changed, self.form = number, start, end, changed, form
        self.inner = []

    def order(self):
        # Of one span the place is the innermost: what is made of it can no longer be assigned.
        return self.start, -self.end, {"stmt": 0, "expr": 1, "place": 2}[self.form], self.number


def wrapped(s, original, bare):
    """@original as it is written inside, @bare as people wrote it."""
    asleep = f"PLANTED({s.number})"
    if s.form == "stmt":
        if not s.changed:
            return f"{{ if (!{asleep}) {original} }}"
        return f"{{ if ({asleep}) {{ {s.changed} }} else {{ {original} }} }}"
    if s.form == "place":
        return f"(*({asleep} ? &({s.changed}) : &({original})))"
    # Asleep it must not change its type: an unsigned constant in an error's place would make all of ret ? -EINVAL : 12 unsigned.
    return f"((__typeof__((void)0, ({bare})))({asleep} ? ({s.changed}) : ({original})))"


def nest(sites):
    """Sites inside sites. Returns the outermost, and the numbers of those that cross another's end."""
    top, crossing, open_ = [], set(), []
    for s in sorted(sites, key=Site.order):
        while open_ and open_[-1].end <= s.start:
            open_.pop()
        if open_ and s.end > open_[-1].end:
            crossing.add(s.number)
            continue
        (open_[-1].inner if open_ else top).append(s)
        open_.append(s)
    return top, crossing


def write(text, start, end, sites):
    out, at = [], start
    for s in sites:
        out += [text[at:s.start], wrapped(s, write(text, s.start, s.end, s.inner), text[s.start:s.end])]
        at = s.end
    return "".join(out) + text[at:end]


def crossing(numbered):
    """Of the errors of one file, (number, Error): the numbers that cannot be planted beside the others."""
    return nest([Site(n, *site) for n, e in numbered for site in e.sites])[1]


def render(text, numbered):
    """@text with the errors @numbered, (number, Error), asleep in it."""
    return write(text, 0, len(text), nest([Site(n, *site) for n, e in numbered for site in e.sites])[0])


def applied(text, errors):
    """@text with @errors awake, for good: what people would see."""
    sites = sorted((site for e in errors for site in e.sites), reverse=True)
    for start, end, changed, _ in sites:
        text = text[:start] + changed + text[end:]
    return text
