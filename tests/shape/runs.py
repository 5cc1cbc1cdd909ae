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
Window = tuple[str, ...]


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


def windows(lines: list[Line]) -> list[Window]:
    """Each run of so many lines that could be a copy, without its numbers."""
    texts = [text for _, text in lines]
    return [tuple(texts[at : at + LONG_ENOUGH]) for at in range(len(texts) - LONG_ENOUGH + 1)]


def shared(left: Path, right: Path) -> list[Run]:
    """The runs that two files share, each once: lines, where in the first, where in the second."""
    a, b = told(left), told(right)
    there: dict[Window, int] = {}
    for at, window in enumerate(windows(b)):
        there.setdefault(window, at)
    found, done = [], 0
    for at, window in enumerate(windows(a)):
        other = there.get(window)
        if at < done or other is None:
            continue
        length = LONG_ENOUGH
        while at + length < len(a) and other + length < len(b):
            if a[at + length][1] != b[other + length][1]:
                break
            length += 1
        first = f"{left.relative_to(ROOT)}:{a[at][0]}"
        second = f"{right.relative_to(ROOT)}:{b[other][0]}"
        found.append((length, first, second))
        done = at + length
    return found


def between_services() -> list[Run]:
    """Every run that two services share, the longest first."""
    bearers: dict[Window, set[tuple[str, Path]]] = defaultdict(set)
    for service in SERVICES:
        for path in modules(service):
            for window in windows(told(path)):
                bearers[window].add((service, path))
    pairs = {
        (left, right)
        for having in bearers.values()
        for (one, left), (other, right) in combinations(sorted(having), 2)
        if one != other
    }
    return sorted((run for pair in pairs for run in shared(*pair)), reverse=True)
