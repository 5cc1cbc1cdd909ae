"""PURE: what a source says of what it holds back: kinds that may not be whole, and notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from heart_reading.words import Resource, codes, items, text
from heart_uma.kinds import KIND_NAMES


@dataclass(frozen=True, slots=True)
class Notice:
    """What the patient lets the reader know: kinds that may not be all there is, and a note.

    `incomplete` and `other_places` (of which another place of hers gives nothing) come from what
    she shares, never from what there is; both are empty for the neutral line.
    """

    incomplete: frozenset[str] = frozenset()
    other_places: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def about(self, kinds: Collection[str]) -> Notice:
        """What it says of these kinds; notes are about all."""
        wanted = frozenset(kinds)
        return Notice(self.incomplete & wanted, self.other_places & wanted, self.notes)

    def __or__(self, other: Notice) -> Notice:
        return Notice(
            self.incomplete | other.incomplete,
            self.other_places | other.other_places,
            tuple(dict.fromkeys(self.notes + other.notes)),
        )


def suppressed(outcome: Resource) -> Notice:
    """The notice of an OperationOutcome whose issue is `suppressed`; empty for other outcomes.

    The kinds and the patient's note are extensions of the outcome or of the issue.
    """
    issues = [i for i in items(outcome.get("issue", [])) if i.get("code") == "suppressed"]
    if not issues:
        return Notice()
    told = [pair for element in (outcome, *issues) for pair in _extensions(element)]
    kinds = {value for _, value in told}.union(*(codes(i.get("details")) for i in issues))
    notes = [value for url, value in told if url.endswith("note")]
    return Notice(frozenset(kinds & set(KIND_NAMES)), notes=tuple(dict.fromkeys(notes)))


def _extensions(element: Resource) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for extension in items(element.get("extension", [])):
        value = extension.get("valueCode") or extension.get("valueString")
        if isinstance(extension.get("url"), str) and isinstance(value, str):
            found.append((extension["url"], text(value)))
    return found


def whole_notice(notices: Iterable[Notice]) -> Notice:
    """The notices of several sources as one: a kind is told of if any of them tells of it."""
    return reduce(or_, notices, Notice())
