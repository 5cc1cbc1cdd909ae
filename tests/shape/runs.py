"""Six lines or more of the same code in two services: what has a copy drifts.

Lines are compared without their blanks; a run starts where both files have it and is as long as
they agree. Imports and lines of brackets alone say nothing and are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from tests.shape.sizes import ROOT, SERVICES, modules

LONG_ENOUGH = 6
_NOTHING = re.compile(r"^[\s\[\](){},:\"']*$")
Line = tuple[int, str]
Run = tuple[int, str, str]


def told(path: Path) -> list[Line]:
    """The lines that say something, with their numbers."""
    found, importing = [], False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if importing:
            importing = ")" not in text
        elif text.startswith(("from ", "import ")):
            importing = text.endswith("(")
        elif not _NOTHING.match(text) and not text.startswith("#"):
            found.append((number, text))
    return found


def shared(left: Path, right: Path) -> list[Run]:
    """The runs that two files share, each once: lines, where in the first, where in the second."""
    a, b = told(left), told(right)
    starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(b) - LONG_ENOUGH + 1):
        starts[tuple(text for _, text in b[at : at + LONG_ENOUGH])].append(at)
    found, done = [], 0
    for at in range(len(a) - LONG_ENOUGH + 1):
        if at < done:
            continue
        for other in starts.get(tuple(text for _, text in a[at : at + LONG_ENOUGH]), ())[:1]:
            length = LONG_ENOUGH
            while a[at + length : at + length + 1] and b[other + length : other + length + 1]:
                if a[at + length][1] != b[other + length][1]:
                    break
                length += 1
            here = f"{left.relative_to(ROOT)}:{a[at][0]}"
            there = f"{right.relative_to(ROOT)}:{b[other][0]}"
            found.append((length, here, there))
            done = at + length
    return found


def between_services() -> list[Run]:
    """Every run that two services share, the longest first."""
    found = []
    for one, other in combinations(SERVICES, 2):
        for left in modules(one):
            for right in modules(other):
                found += shared(left, right)
    return sorted(found, reverse=True)
