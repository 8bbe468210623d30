# SPDX-License-Identifier: GPL-2.0
"""A line that tells how far something has come, on the terminal behind standard error."""

import os
import sys

IS = sys.stderr.isatty()


def width():
    """Columns of the terminal; 80 where it does not say."""
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


def tick(text, tail=""):
    """Show TEXT and TAIL instead of the line before. TEXT is cut: a line that wraps would stay, one more at each tick."""
    if IS:
        room = max(0, width() - 1 - len(tail))
        print(f"\r\033[K{text[:room]}{tail}", end="", file=sys.stderr, flush=True)


def clear():
    """Take the line away."""
    if IS:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
