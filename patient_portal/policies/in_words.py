"""PURE. A record of hers in words, as far as its clinic gave it and it can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heart_reading.sheets.by_type import sheet_of
from heart_reading.sheets.sheet import Sheet
from patient_portal.policies.label_reports import LabelReport
from patient_portal.policies.row import Row

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a record of another form than FHIR's leads to."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a list with what it says; `sheet` is None where it was not given or not read.

    `given` is True where the clinic gave it, so that one that cannot be read can be saved.
    """

    row: Row
    sheet: Sheet | None
    given: bool
    reports: tuple[LabelReport, ...] = ()
    """What she reported about its topics; told on its own page only."""

    @property
    def title(self) -> str:
        """Its own name in words, else what its clinic calls it."""
        return self.sheet.said.title if self.sheet is not None else self.row.title


def told(rows: Iterable[Row], beside: object) -> list[Told]:
    """The records of one page of a clinic's list; `beside` is what they name."""
    many = list(rows)
    known = dict(beside) if isinstance(beside, Mapping) else {}
    known |= {row.id: row.content for row in many if row.content is not None}
    return [Told(row, _sheet(row.content, known), row.content is not None) for row in many]


def _sheet(content: Mapping[str, Any] | None, known: Mapping[str, Any]) -> Sheet | None:
    if content is None:
        return None
    try:
        return sheet_of(content, {k: v for k, v in known.items() if isinstance(v, Mapping)})
    except _UNREADABLE:
        return None
