"""PURE: one record on a page of its own: its value, its facts, its parts, its notes, its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from heart_reading.documents import Attachment
from heart_reading.verdicts import Verdict
from heart_reading.words import Resource

Known = Mapping[str, Resource]
"""What a record names, by its address: people, places, medicines, the results of a panel."""


@dataclass(frozen=True, slots=True)
class Part:
    """One measured part of a panel: what it is, its value, the usual range, and how it stands."""

    name: str
    value: str
    usual: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader of one kind of record made of it.

    `value` is what it comes to in one line; `facts` are (head, words) in their order; `texts` are
    (head, lines). `well` is False where more stands in the record than is told here.
    """

    title: str
    value: str = ""
    usual: str = ""
    verdict: Verdict | None = None
    date: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    well: bool = True

    @property
    def is_summed(self) -> bool:
        """True where `value` only puts the parts in one line."""
        return bool(self.parts) and self.value.startswith(f"{self.parts[0].name} ")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One record in words: what was said of it, its status, and its files."""

    said: Said
    type_words: str
    status: str
    is_wrong: bool
    files: tuple[Attachment, ...] = field(default=())


def facts(*pairs: tuple[str, str | Iterable[str]]) -> tuple[tuple[str, str], ...]:
    """Those heads that have words; several words are put in one line."""
    said = ((head, _in_one_line(words)) for head, words in pairs)
    return tuple((head, words) for head, words in said if words)


def _in_one_line(words: str | Iterable[str]) -> str:
    return words if isinstance(words, str) else ", ".join(dict.fromkeys(filter(None, words)))
