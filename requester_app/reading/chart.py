"""PURE: what several sources showed, as the sections of one chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heart_reading.entry import DIRECTORY, Entry
from heart_reading.key_values import KeyValue, key_values
from heart_reading.kind_order import ALWAYS, ORDER
from heart_reading.rows import HEADS, Row, row_of
from heart_reading.series import Figure, group
from heart_ui.words import gettext as _
from requester_app.reading.bundle import SourceRecords, people
from requester_app.reading.notice import Notice, whole_notice


@dataclass(frozen=True, slots=True)
class Section:
    """One kind on the chart: every entry of it is one row, in a figure's table or in `rows`.

    `incomplete` and `other_places` as the patient lets it be told, whatever is shown.
    """

    kind: str
    count: int
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]
    incomplete: bool
    other_places: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole: `total` equals the matches of all Bundles, and the sum of the sections' counts."""

    sections: tuple[Section, ...]
    total: int
    notice: Notice
    people: tuple[tuple[str, str], ...]
    empty: tuple[str, ...]
    """Kinds of which nothing is shown."""
    values: tuple[KeyValue, ...]
    """The latest of what long illnesses are followed by."""


def build(sources: Sequence[SourceRecords], kinds: Iterable[str] = ORDER) -> Chart:
    """Lay the records of all sources out by kind."""
    entries = [entry for source in sources for entry in source.entries]
    wanted = [kind for kind in ORDER if kind in set(kinds)]
    notice = whole_notice(source.notice for source in sources).about(wanted)
    known = {source.base: source.known for source in sources}
    by_kind: dict[str, list[Entry]] = {kind: [] for kind in ORDER}
    for entry in entries:
        by_kind["other" if entry.kind == DIRECTORY else entry.kind].append(entry)
    sections = []
    for kind in ORDER:
        if not by_kind[kind]:
            continue
        measured = kind in ("vitals", "results")
        figures, rest = group(by_kind[kind]) if measured else ([], by_kind[kind])
        rows = sorted(
            (row_of(entry, known[entry.base]) for entry in rest), key=lambda row: row.order
        )
        rows.reverse()
        sections.append(
            Section(
                kind=kind,
                count=len(by_kind[kind]),
                head=tuple(_(words) for words in HEADS[kind]),
                rows=tuple(rows),
                figures=tuple(figures),
                incomplete=kind in notice.incomplete,
                other_places=kind in notice.other_places,
            )
        )
    absent = [kind for kind in wanted if not by_kind[kind]]
    return Chart(
        sections=tuple(sections),
        total=len(entries),
        notice=notice,
        people=tuple(people(sources)),
        empty=tuple(kind for kind in absent if kind in ALWAYS),
        values=key_values(by_kind["vitals"] + by_kind["results"]),
    )
