"""One lens as SQL: what a group of equal entries shows of a table (see enforcement/lenses.py)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, or_

from fhir_rs.enforcement.kinds import OTHER_SLOT
from fhir_rs.enforcement.lenses import HIDDEN, Lens

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """A lens, and who looks through it."""

    lens: Lens
    reader: str | BindParameter[str] | None

    def allows(self, table: FromClause, version: FromClause | None = None) -> Condition:
        """No label of the row is denied: of its own content for its writer, else of the whole."""
        passed = self._allows(table)
        return passed if version is None else and_(passed, self._allows(version))

    def _allows(self, table: FromClause) -> Condition:
        c = table.c
        passed: Condition = c.labels.bitwise_and(self.lens.denied) == 0
        if self.reader is None:
            return passed
        # Written by nobody is not written by her, whatever SQL makes of it.
        own = and_(
            c.writer.is_not(None),
            c.writer == self.reader,
            c.own_labels.bitwise_and(self.lens.denied) == 0,
        )
        return or_(passed, own)


def through(seen: Sight, table: FromClause, version: FromClause | None = None) -> Condition:
    """The rows of `table` that a lens shows; `version` as in `visibility.visible`."""
    c, lens = table.c, seen.lens
    slots: Condition = c.slot.in_(lens.slots)
    if version is not None:
        slots = and_(slots, version.c.slot.in_(lens.slots))
    return _limited(lens, table, and_(slots, seen.allows(table, version), c.level == 0))


def _limited(lens: Lens, table: FromClause, shown: Condition) -> Condition:
    """What is `shown` by rule, with the records named and the days of the lens."""
    c, limits = table.c, lens.limits
    if limits.also:
        right_type: Condition = c.type.in_(lens.types)
        if lens.other:
            right_type = or_(right_type, c.slot == OTHER_SLOT)
        named = and_(c.address.in_(sorted(limits.also)), right_type, c.level < HIDDEN)
        shown = or_(shown, named)
    narrowed: list[Condition] = [shown]
    if limits.except_:
        narrowed.append(c.address.not_in(sorted(limits.except_)))
    if limits.only is not None:
        narrowed.append(c.address.in_(sorted(limits.only)))
    window: list[Condition] = []
    if lens.since_day is not None:
        window.append(c.day_low >= lens.since_day)
    if lens.until_day is not None:
        window.append(c.day_high <= lens.until_day)
    if window:
        # A person has no clinical date; a record without one is not known to lie inside.
        narrowed.append(or_(c.type == "Patient", and_(*window)))
    return and_(*narrowed)
