"""PURE. One record as a clinic answers it: shown, held back with the reason, or a hint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

LONGEST_REASON = 200


class Because(NamedTuple):
    """Why a record gives a topic away: the word in it, what that is, and what it is for."""

    word: str = ""
    name: str = ""
    use: str = ""


NO_REASON = Because()


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the patient: shown, held back (with the reason), or a hint."""

    record: str
    id: str
    kind: str
    title: str
    date: str | None = None
    source: str = ""
    why: str = ""
    topics: tuple[str, ...] = ()
    level: str = "rules"
    found: str = ""
    """The name by which its clinic found it when she looked for something."""
    because: Because = NO_REASON
    content: Mapping[str, Any] | None = None
    """The record itself, where its clinic gave it."""

    @property
    def reference(self) -> str:
        """The name policies use for this one record."""
        return f"{self.record}/{self.id}"

    @property
    def has_unread_file(self) -> bool:
        """A hint at a file of it that its clinic could not read."""
        return self.topics == ("unread",)

    @property
    def token(self) -> str:
        """Names its clinic's record in this portal's addresses."""
        return self.record.rpartition("/")[2]

    @property
    def place(self) -> dict[str, str]:
        """Where its own page is, as values of an address."""
        fhir_type, _slash, fhir_id = self.id.partition("/")
        return {"token": self.token, "fhir_type": fhir_type, "fhir_id": fhir_id}

    @classmethod
    def read(cls, record: str, clinic: str, wire: Mapping[str, Any]) -> Row:
        """A row of a clinic's answer; what is missing becomes plain words, never an error."""
        topics = wire.get("topics") or ([wire["topic"]] if wire.get("topic") else [])
        return cls(
            record=record,
            id=str(wire.get("id", "")),
            kind=str(wire.get("kind") or "other"),
            title=str(wire.get("title") or wire.get("id", "")),
            date=str(wire["date"]) if wire.get("date") else None,
            source=str(wire.get("source") or clinic),
            why=str(wire.get("why") or ""),
            topics=tuple(str(topic) for topic in topics),
            level=str(wire.get("level") or "rules"),
            found=str(wire.get("found") or ""),
            because=_because(wire.get("because")),
            content=content if isinstance(content := wire.get("content"), Mapping) else None,
        )


def _because(wire: object) -> Because:
    """The reason of a hint; an empty one where the clinic gives none that can be read."""
    told = wire if isinstance(wire, Mapping) else {}
    return Because(*(str(told.get(part) or "")[:LONGEST_REASON] for part in Because._fields))
