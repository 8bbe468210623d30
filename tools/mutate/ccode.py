# SPDX-License-Identifier: GPL-2.0
"""Reads C as people write it: macros stay as they are, and each part knows where in the text it stands.

A compiler's tree shows what is left after the preprocessor, where HCR_TVM is a number and list_for_each_entry() a for.
Errors are planted in the text, so the text is what is parsed: the functions of a file, their statements and
expressions, by precedence (V. R. Pratt, "Top down operator precedence", 1973). What is not understood is one opaque
part, and nothing is planted in it.
"""

import re
import sys

TOKEN = re.compile(r"""
    (?P<space>\s+ | //[^\n]* | /\*.*?\*/)
  | (?P<cpp>^[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<str>L?"(?:[^"\\\n]|\\.)*" | L?'(?:[^'\\\n]|\\.)*')
  | (?P<num>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<id>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^=<>!~?:;,.(){}\[\]]=?(?<![;,(){}\[\]?:.~]=)|=)
  | (?P<bad>.)
""", re.X | re.S | re.M)

BINARY = {"||": 4, "&&": 5, "|": 6, "^": 7, "&": 8, "==": 9, "!=": 9, "<": 10, ">": 10, "<=": 10, ">=": 10,
          "<<": 11, ">>": 11, "+": 12, "-": 12, "*": 13, "/": 13, "%": 13}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
CLOSES = {"(": ")", "[": "]", "{": "}"}
TYPE_WORDS = {"struct", "union", "enum", "const", "volatile", "unsigned", "signed", "int", "char", "long", "short", "void",
              "bool", "static", "register", "extern", "typeof", "__typeof__", "__always_inline", "inline", "__force"}
TYPE = re.compile(r"(?:__)?(?:u|s|le|be)(?:8|16|32|64)$|\w+_t$")
DECLARES = re.compile(r"(?:DEFINE|DECLARE)_\w+$|LIST_HEAD$|guard$|BUILD_BUG_ON\w*$|static_assert$")


class NotUnderstood(Exception):
    pass


class Token:
    __slots__ = ("kind", "text", "start", "end")

    def __init__(self, kind, text, start):
        self.kind, self.text, self.start, self.end = kind, text, start, start + len(text)


class Node:
    """A part of a function. kids are in the order of the text; name is an operator, an identifier or a callee."""
    __slots__ = ("kind", "name", "kids", "start", "end", "parent")

    def __init__(self, kind, start, end, name="", kids=()):
        self.kind, self.name, self.start, self.end, self.parent = kind, name, start, end, None
        self.kids = [k for k in kids if k is not None]
        for k in self.kids:
            k.parent = self

    def walk(self):
        yield self
        for k in self.kids:
            yield from k.walk()


def tokens(text):
    """The text's tokens, without space, comments and lines of the preprocessor."""
    out = []
    for m in TOKEN.finditer(text):
        if m.lastgroup not in ("space", "cpp"):
            out.append(Token(m.lastgroup, m.group(), m.start()))
    return out


class Parser:
    def __init__(self, toks, at, end):
        self.toks, self.at, self.end = toks, at, end

    def text(self, ahead=0):
        i = self.at + ahead
        return self.toks[i].text if i < self.end else ""

    def kind(self, ahead=0):
        i = self.at + ahead
        return self.toks[i].kind if i < self.end else ""

    def here(self):
        return self.toks[min(self.at, self.end - 1)].start

    def behind(self):
        return self.toks[self.at - 1].end

    def take(self, text=None):
        if self.at >= self.end or (text and self.text() != text):
            raise NotUnderstood(f"'{text}' is not '{self.text()}'")
        self.at += 1
        return self.toks[self.at - 1]

    def match(self, at):
        """The index of the bracket that closes the one at @at."""
        depth = 0
        for i in range(at, self.end):
            t = self.toks[i].text
            if self.toks[i].kind == "op" and t in CLOSES:
                depth += 1
            elif self.toks[i].kind == "op" and t in CLOSES.values():
                depth -= 1
                if not depth:
                    return i
        raise NotUnderstood("a bracket is not closed")

    def skip(self, stops):
        """Go to the first of @stops outside all brackets."""
        while self.at < self.end and self.text() not in stops:
            self.at = self.match(self.at) + 1 if self.text() in CLOSES else self.at + 1

    def is_type(self, ahead=0):
        t = self.text(ahead)
        return self.kind(ahead) == "id" and (t in TYPE_WORDS or bool(TYPE.match(t)))

    # Expressions

    def expression(self):
        start, first = self.here(), self.assignment()
        kids = [first]
        while self.text() == ",":
            self.take()
            kids.append(self.assignment())
        return first if len(kids) == 1 else Node("comma", start, self.behind(), ",", kids)

    def assignment(self):
        start, left = self.here(), self.ternary()
        if self.text() not in ASSIGN:
            return left
        op = self.take().text
        right = self.assignment()
        return Node("assign", start, self.behind(), op, [left, right])

    def ternary(self):
        start, cond = self.here(), self.binary(4)
        if self.text() != "?":
            return cond
        self.take()
        yes = None if self.text() == ":" else self.expression()
        self.take(":")
        no = self.ternary()
        return Node("ternary", start, self.behind(), "?", [cond, yes, no])

    def binary(self, least):
        start, left = self.here(), self.unary()
        while self.kind() == "op" and BINARY.get(self.text(), 0) >= least:
            op = self.take().text
            right = self.binary(BINARY[op] + 1)
            left = Node("binary", start, self.behind(), op, [left, right])
        return left

    def unary(self):
        start, t = self.here(), self.text()
        if self.kind() == "op" and t in ("!", "~", "-", "+", "*", "&", "++", "--"):
            self.take()
            kid = self.unary()
            return Node("unary", start, self.behind(), t, [kid])
        if t in ("sizeof", "__alignof__", "typeof", "offsetof"):
            self.take()
            if self.text() == "(":
                self.at = self.match(self.at) + 1
            else:
                self.unary()
            return Node("opaque", start, self.behind(), t)
        if t == "(" and self.is_type(1):
            self.at = self.match(self.at) + 1
            if self.text() == "{":
                self.at = self.match(self.at) + 1
                return Node("opaque", start, self.behind(), "literal")
            kid = self.unary()
            return Node("cast", start, self.behind(), "", [kid])
        return self.postfix()

    def primary(self):
        start, t = self.here(), self.text()
        if t == "(":
            if self.text(1) == "{":
                self.at = self.match(self.at) + 1
                return Node("opaque", start, self.behind(), "statements")
            self.take()
            kid = self.expression()
            self.take(")")
            return Node("paren", start, self.behind(), "", [kid])
        if self.kind() == "str":
            while self.kind() == "str" or (self.kind() == "id" and self.at > 0 and self.toks[self.at - 1].kind == "str"):
                self.take()
            return Node("str", start, self.behind())
        if self.kind() in ("num", "id"):
            tok = self.take()
            return Node(tok.kind, start, tok.end, tok.text)
        raise NotUnderstood(t)

    def postfix(self):
        start, node = self.here(), self.primary()
        while True:
            t = self.text()
            if t == "(":
                args = self.arguments()
                node = Node("call", start, self.behind(), node.name if node.kind in ("id", "member") else "",
                            [node if node.kind != "id" else None, *args])
            elif t == "[":
                self.take()
                index = self.expression()
                self.take("]")
                node = Node("index", start, self.behind(), "", [node, index])
            elif t in (".", "->"):
                self.take()
                name = self.take().text
                node = Node("member", start, self.behind(), name, [node])
            elif t in ("++", "--"):
                self.take()
                node = Node("postfix", start, self.behind(), t, [node])
            else:
                return node

    def arguments(self):
        """Those of a call; one that is a type or no expression is opaque."""
        self.take("(")
        args = []
        while self.text() != ")":
            at, start = self.at, self.here()
            try:
                if self.is_type():
                    raise NotUnderstood("a type")
                args.append(self.assignment())
                if self.text() not in (",", ")"):
                    raise NotUnderstood("no argument")
            except NotUnderstood:
                if args and args[-1].start == start:
                    args.pop()
                self.at = at
                self.skip((",", ")"))
                args.append(Node("opaque", start, self.behind(), "argument"))
            if self.text() == ",":
                self.take()
        self.take(")")
        return args

    # Statements

    def block(self):
        start = self.take("{").start
        kids = []
        while self.text() != "}":
            kids.append(self.statement())
        self.take("}")
        return Node("block", start, self.behind(), "", kids)

    def statement(self):
        at = self.at
        try:
            return self.statement_proper()
        except NotUnderstood:
            self.at = at
            start = self.here()
            self.skip((";", "}"))
            if self.text() != "}":
                self.take()
            return Node("opaque", start, self.behind(), "statement")

    def condition(self):
        self.take("(")
        kid = self.expression()
        self.take(")")
        return kid

    def statement_proper(self):
        start, t = self.here(), self.text()
        simple = getattr(self, "on_" + t, None) if self.kind() == "id" else None
        if simple:
            return simple(start)
        if t == "{":
            return self.block()
        if t == ";":
            self.take()
            return Node("empty", start, self.behind())
        if self.kind() == "id" and self.text(1) == ":":
            self.take()
            self.take()
            return Node("label", start, self.behind(), t)
        if self.declares():
            return self.declaration(start)
        kid = self.expression()
        if self.text() == ";":
            self.take()
            return Node("expr", start, self.behind(), "", [kid])
        if kid.kind == "call":      # a macro that loops, or that has its semicolon inside
            return Node("opaque", start, self.behind(), "macro") if self.text() == "}" else self.looped(start, kid)
        raise NotUnderstood(self.text())

    def looped(self, start, *heads):
        body = self.statement()
        return Node("loop", start, self.behind(), "", [*heads, body])

    def on_if(self, start):
        self.take()
        cond, yes, no = self.condition(), self.statement(), None
        if self.text() == "else":
            self.take()
            no = self.statement()
        return Node("if", start, self.behind(), "else" if no else "", [cond, yes, no])

    def on_while(self, start):
        self.take()
        return self.looped(start, self.condition())

    def on_do(self, start):
        self.take()
        body = self.statement()
        self.take("while")
        cond = self.condition()
        self.take(";")
        return Node("loop", start, self.behind(), "do", [body, cond])

    def on_for(self, start):
        self.take()
        self.take("(")
        heads = []
        if self.declares():
            heads.append(self.declaration(self.here()))
        else:
            heads.append(None if self.text() == ";" else self.expression())
            self.take(";")
        heads.append(None if self.text() == ";" else self.expression())
        self.take(";")
        heads.append(None if self.text() == ")" else self.expression())
        self.take(")")
        return self.looped(start, *heads)

    def on_switch(self, start):
        self.take()
        cond, body = self.condition(), self.statement()
        return Node("switch", start, self.behind(), "", [cond, body])

    def on_case(self, start):
        self.skip((":",))
        self.take(":")
        return Node("case", start, self.behind(), "case")

    def on_default(self, start):
        self.take()
        self.take(":")
        return Node("case", start, self.behind(), "default")

    def on_return(self, start):
        self.take()
        kid = None if self.text() == ";" else self.expression()
        self.take(";")
        return Node("return", start, self.behind(), "", [kid])

    def jump(self, start):
        name = self.take().text
        self.skip((";",))
        self.take(";")
        return Node("jump", start, self.behind(), name)

    on_break = on_continue = on_goto = jump

    def opaque(self, start):
        self.skip((";",))
        self.take(";")
        return Node("opaque", start, self.behind(), "asm")

    on_asm = on___asm__ = opaque

    def declares(self):
        if self.kind() != "id":
            return False
        if self.is_type() or DECLARES.match(self.text()):
            return True
        stars = 1
        while self.text(stars) == "*":
            stars += 1
        return self.kind(stars) == "id" and (stars == 1 or self.text(stars + 1) in ("=", ";", ",", "["))

    def declaration(self, start):
        """Its kids are the initialisers that are computed when the function runs."""
        kids, fixed = [], self.text() == "static"
        while True:
            self.skip(("=", ",", ";"))
            if self.text() == "=":
                self.take()
                if self.text() == "{" or fixed:
                    self.skip((",", ";"))
                else:
                    kids.append(self.assignment())
            if self.take().text == ";":
                return Node("decl", start, self.behind(), "", kids)


class Function:
    def __init__(self, name, body, start):
        self.name, self.body, self.start = name, body, start


def top_level(text):
    """Yields the runs of tokens that stand side by side outside all braces, each with what closes it."""
    toks = tokens(text)
    whole = Parser(toks, 0, len(toks))
    at = begin = 0
    while at < len(toks):
        t = toks[at].text
        if t == ";":
            yield toks, begin, at, None
            begin = at + 1
        elif t in CLOSES:
            last = whole.match(at)
            if t == "{":
                yield toks, begin, at, last
                if last + 1 >= len(toks) or not toks[begin].text == "struct" or function_name(toks, begin, at):
                    begin = last + 1
            at = last
        at += 1


def function_name(toks, begin, at):
    """The name of the function whose body begins at @at, or None when that brace is something else's."""
    if at == begin or toks[at - 1].text not in (")",) and toks[at - 1].kind != "id":
        return None
    for i in range(begin, at - 1):
        if toks[i].text in ("=", ";"):
            return None
        if toks[i].kind == "id" and toks[i + 1].text == "(":
            return toks[i].text
    return None


def functions(text):
    """The functions that @text defines."""
    out = []
    for toks, begin, at, last in top_level(text):
        if last is None:
            continue
        name = function_name(toks, begin, at)
        if name:
            try:
                out.append(Function(name, Parser(toks, at, last + 1).block(), toks[begin].start))
            except NotUnderstood:
                print(f"mutate: {name}() is not understood, and nothing is planted in it", file=sys.stderr)
    return out


FIELD = re.compile(r"^\s*([\w\s]+?[\s*]+)((?:\w+\s*,\s*)*\w+)\s*;\s*$")


def structs(text):
    """Yields (structure, type, [fields]) for the plain fields of each structure that @text defines."""
    bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    for m in re.finditer(r"\bstruct (\w+) \{(.*?)^\}", bare, re.S | re.M):
        found = {}
        for line in m[2].split("\n"):
            f = FIELD.match(line)
            if f:
                found.setdefault(" ".join(f[1].split()), []).extend(x.strip() for x in f[2].split(","))
        for kind, names in found.items():
            yield m[1], kind, names
