"""Unlabelled records that give a held-back topic away: a warning for the owner, never a label.

Each warning says why: a brand name alone tells most people nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fhir_rs.enforcement.code_systems import CodeSystems
from heart_uma.topics import TOPIC_BY_CODE

_GENERAL = frozenset({"Patient", "Practitioner", "Organization", "Location"})
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

Coding = tuple[str, str, str]
"""System, code and display."""


class Hint(NamedTuple):
    """A topic that a record may give away: the word that does it, what that is, what it is for.

    `word` is empty where a code says it; `name` where the word itself is the name.
    """

    topic: str
    word: str
    name: str
    use: str


@dataclass(frozen=True)
class Medicine:
    """A medicine by its ingredient, the brands that hide the name, and its ingredient codes."""

    name: str
    pattern: re.Pattern[str]
    codes: frozenset[str]
    topic: str
    use: str


@dataclass(frozen=True)
class Hints:
    """The medicines and the other words, in the order in which they are looked for."""

    medicines: tuple[Medicine, ...]
    words: tuple[tuple[str, re.Pattern[str], str], ...]
    systems: CodeSystems

    @classmethod
    def from_json(cls, wire: Mapping[str, Any], systems: CodeSystems) -> Hints:
        """Read the hint file."""
        medicines = (
            Medicine(
                name,
                re.compile("|".join(map(re.escape, [name, *brands])), re.IGNORECASE),
                frozenset(codes),
                topic,
                use,
            )
            for name, brands, codes, topic, use in wire["medicines"]
        )
        words = (
            (topic, re.compile(pattern, re.IGNORECASE), use)
            for topic, pattern, use in wire["words"]
        )
        return cls(tuple(medicines), tuple(words), systems)

    def given_away(
        self, type_: str, texts: Iterable[str], codings: Iterable[Coding], held_back: int
    ) -> list[Hint]:
        """One hint a topic of the mask `held_back` that one shown record gives away."""
        if type_ in _GENERAL:
            return []
        found: dict[str, Hint] = {}
        words, codes = " \n ".join(texts), self.rxnorm(codings)
        for hint in self._all(words, codes, held_back):
            found.setdefault(hint.topic, hint)
        return list(found.values())

    def rxnorm(self, codings: Iterable[Coding]) -> frozenset[str]:
        """The RxNorm codes among `codings`, however their system is written."""
        return frozenset(
            code for system, code, _ in codings if self.systems.known(system) == _RXNORM
        )

    def ingredients(self, text: str, codes: Collection[str]) -> list[str]:
        """The names of the medicines that a text or a code speaks of."""
        return [
            one.name
            for one in self.medicines
            if not one.codes.isdisjoint(codes) or one.pattern.search(text)
        ]

    def _all(self, text: str, codes: frozenset[str], held_back: int) -> Iterator[Hint]:
        for one in self.medicines:
            if is_held(one.topic, held_back):
                if match := one.pattern.search(text):
                    word = match.group()
                    name = "" if word.casefold() == one.name.casefold() else one.name
                    yield Hint(one.topic, word, name, one.use)
                elif not one.codes.isdisjoint(codes):
                    yield Hint(one.topic, "", one.name, one.use)
        for topic, pattern, use in self.words:
            if is_held(topic, held_back) and (match := pattern.search(text)):
                yield Hint(topic, match.group(), "", use)


def is_held(topic: str, held_back: int) -> bool:
    return bool(held_back & (1 << TOPIC_BY_CODE[topic].bit))
