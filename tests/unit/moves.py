#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Write a C table of instructions, most of them plain moves, and what objdump says of them.

Bytes are drawn from a fixed seed: each opcode of a move with each ModRM in each mode, then
any opcode; prefixes and the rest at random. moves.py FILE
"""
import random
import re
import subprocess
import sys
import tempfile

SLOT = 48	# an instruction, and no-operations after which the next is found again
OPCODES = [bytes([b]) for b in (0x88, 0x89, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xc6, 0xc7)]
OPCODES += [bytes([0x0f, b]) for b in (0xb6, 0xb7, 0xbe, 0xbf)]
MODES = (("INSN_16", "i8086"), ("INSN_32", "i386"), ("INSN_64", "i386:x86-64"))
PREFIXES = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3, *range(0x40, 0x50)}
SIZES = {"BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8}

GPRS = {}
for number, name in enumerate("ax cx dx bx sp bp si di".split()):
	GPRS["r" + name], GPRS["e" + name], GPRS[name] = (number, 8, 0), (number, 4, 0), (number, 2, 0)
	GPRS[name[0] + "l" if number < 4 else name + "l"] = (number, 1, 0)
	if number < 4:
		GPRS[name[0] + "h"] = (number, 1, 1)
for number in range(8, 16):
	for suffix, size in (("", 8), ("d", 4), ("w", 2), ("b", 1)):
		GPRS[f"r{number}{suffix}"] = (number, size, 0)
PREFIX = re.compile(r"(data16|data32|addr16|addr32|[cdefgs]s|rex(\.\w+)?)$")


def draw(rng, mode, opcode, modrm):
	prefixes = [p for p in ([0x66], [0x67], [rng.choice([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65])])
		    if rng.random() < 0.3]
	if rng.random() < 0.03:
		prefixes.append([rng.choice([0xf0, 0xf2, 0xf3])])
	rng.shuffle(prefixes)
	if mode == "INSN_64" and rng.random() < 0.6:
		prefixes.append([rng.randrange(0x40, 0x50)])
	rest = bytes(rng.randrange(256) for _ in range(15))
	return (bytes(b for p in prefixes for b in p) + opcode + bytes([modrm]) + rest)[:15]


def candidates(rng, mode):
	for opcode in OPCODES:
		for modrm in range(256):
			yield draw(rng, mode, opcode, modrm)
	for _ in range(3000):
		opcode = rng.choice([b"", b"\x0f"]) + bytes([rng.randrange(256)])
		# a prefix after REX: objdump calls that two instructions
		if opcode[0] not in PREFIXES:
			yield draw(rng, mode, opcode, rng.randrange(256))


def disassemble(machine, insns):
	"""[(length, text)] of each."""
	with tempfile.NamedTemporaryFile() as f:
		f.write(b"".join(i.ljust(SLOT, b"\x90") for i in insns))
		f.flush()
		out = subprocess.run(["objdump", "-D", "-w", "-z", "-b", "binary", "-M", "intel", "-m", machine, f.name],
				     check=True, capture_output=True, text=True).stdout
	lines = re.findall(r"^ *([0-9a-f]+):\t[0-9a-f ]+(?:\t(.*))?$", out, re.M)
	at = {int(a, 16): n for n, (a, _) in enumerate(lines)}
	for i in range(len(insns)):
		n = at[i * SLOT]
		yield int(lines[n + 1][0], 16) - i * SLOT, lines[n][1]


def meaning(text):
	"""What a plain move does, or None: (size, width, reg, high, store, constant, sign, value)."""
	words = text.split("#")[0].split()
	while words and PREFIX.match(words[0]):
		words.pop(0)
	if not words or words[0] not in ("mov", "movabs", "movzx", "movsx"):
		return None
	to, _, what = " ".join(words[1:]).partition(",")
	memory = [bool(re.search(r"\[|\b[cdefgs]s:0x", o)) for o in (to, what)]
	if memory.count(True) != 1:
		return None
	store = memory[0]
	place, other = (to, what) if store else (what, to)
	size = SIZES[place.split()[0]] if " PTR " in place else None
	if other in GPRS:
		reg, width, high = GPRS[other]
		return size or width, width, reg, high, store, 0, words[0] == "movsx", 0
	if store and re.match(r"0x[0-9a-f]+$", other):
		return size, size, 0, 0, 1, 1, 0, int(other, 16) & ((1 << 8 * size) - 1)
	return None


def main():
	rng = random.Random(1)
	with open(sys.argv[1], "w", encoding="ascii") as out:
		for mode, machine in MODES:
			insns = list(candidates(rng, mode))
			for insn, (length, text) in zip(insns, disassemble(machine, insns)):
				m = meaning(text) or (0,) * 8
				text = text.replace("\\", " ").split("#")[0].strip()
				out.write("{ { %s }, %s, %d, %s, %#xull, \"%s\" },\n" % (
					", ".join(f"{b:#04x}" for b in insn), mode, length if m[0] else 0,
					", ".join(str(int(v)) for v in m[:7]), m[7], text))


main()
