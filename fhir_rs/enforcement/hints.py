"""Unlabelled records that give a held-back topic away: a warning for the owner, never a label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heart_uma.labels import TOPIC_BY_CODE

_GENERAL = frozenset({"Patient", "Practitioner", "Organization", "Location"})


@dataclass(frozen=True)
class Hints:
    """The hint words, by topic."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Hints:
        """Read the hint file."""
        return cls(
            tuple((topic, re.compile(words, re.IGNORECASE)) for topic, words in wire["hints"])
        )

    def topics_in(self, type_: str, texts: Iterable[str], held_back: int) -> list[str]:
        """The topics of the mask `held_back` that `texts` of one shown record hint at."""
        if type_ in _GENERAL:
            return []
        words = " \n ".join(texts)
        return [
            topic
            for topic, pattern in self.patterns
            if held_back & (1 << TOPIC_BY_CODE[topic].bit) and pattern.search(words)
        ]
