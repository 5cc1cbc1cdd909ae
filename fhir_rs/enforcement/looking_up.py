"""Whether a record is one that somebody looks for, by any name under which she may know it.

A clinic writes "Revia" or "Lipid 1996 panel"; its patient looks for naltrexone, LDL or sugar. So
every text of a record counts, at any depth: what its codes are called, the parts of a panel, what
is contained. So does what a medicine is made of, and plain words for what clinics measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_rs.enforcement.facts import Facts
from fhir_rs.enforcement.folding import folded
from fhir_rs.enforcement.hints import Hints
from fhir_rs.enforcement.references import is_address

MOST_LETTERS = 100
"""Of what is looked for."""
_SHOWN = 80
BELONGS = frozenset({"hasMember", "result", "medicationReference", "itemReference"})
"""References to what a record is made of: the results of a panel, the medicine of an order."""


@dataclass(frozen=True)
class PlainWords:
    """What people call things, and how clinics write them."""

    words: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> PlainWords:
        """Read the file of plain words."""
        return cls(tuple((plain, re.compile(p, re.IGNORECASE)) for plain, p in wire["plain"]))

    def of(self, text: str) -> list[str]:
        """The plain words for what `text` speaks of."""
        return [plain for plain, pattern in self.words if pattern.search(text)]


def parts_of(facts: Facts, bases: tuple[str, ...]) -> list[str]:
    """The addresses of what a record is made of, where that lies beside it."""
    keys = (one.key(bases) for one in facts.references if one.name in BELONGS)
    return [key for key in keys if is_address(key)]


def names_of(title: str, facts: Iterable[Facts], hints: Hints, plain: PlainWords) -> list[str]:
    """Every name of a record: `facts` are its own and those of its parts."""
    many = list(facts)
    texts = [title, *(text for one in many for text in one.texts)]
    whole = "\n".join(texts)
    codes = hints.rxnorm(coding for one in many for coding in one.codings)
    return [*texts, *hints.ingredients(whole, codes), *plain.of(whole)]


def found_by(wanted: str, names: Iterable[str]) -> str | None:
    """The name in which most of the wanted words stand; None where one of them is missing."""
    words = folded(wanted).split()
    read = [(name, _whole(name)) for name in names]
    if not words or not all(any(word in text for _, text in read) for word in words):
        return None
    name, text = max(read, key=lambda one: sum(word in one[1] for word in words))
    return _around(" ".join(name.split()), next(word for word in words if word in text))


def _whole(name: str) -> str:
    # `folded` keeps what an index keeps; a letter is read to its end.
    if name.isascii():
        return name.casefold()
    return "".join(folded(name[start : start + 100]) for start in range(0, len(name), 100))


def _around(name: str, word: str) -> str:
    """At most so much of a long text as can stand on one line, with the word in it."""
    if len(name) <= _SHOWN:
        return name
    start = max(_whole(name).find(word) - _SHOWN // 2, 0)
    cut = name[start : start + _SHOWN].strip()
    return f"{'…' if start else ''}{cut}{'…' if start + _SHOWN < len(name) else ''}"
