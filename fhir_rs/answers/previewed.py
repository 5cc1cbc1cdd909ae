"""What the owner's previews have in common: the permissions asked about, and the hints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from fhir_rs.enforcement.known_hints import NOTHING, GivenAway, KnownHints
from fhir_rs.enforcement.lenses import EVERY_BIT, Lens
from fhir_rs.errors import Invalid
from fhir_rs.models import owner_view
from heart_uma.resources import Permission
from heart_uma.travelling_labels import TRAVELLING

Revealing = tuple[Row[Any], GivenAway]
"""A row that bears no label, and what it may give away."""
UNREAD_TOPIC = "unread"
"""The topic of a hint at a file whose content could not be read."""


def permissions_of(body: Any) -> list[Permission]:
    """The permissions that a preview asks about; raise Invalid."""
    wire = body.get("permissions") if isinstance(body, dict) else None
    if not isinstance(wire, list):
        raise Invalid("permissions must be a list.")
    try:
        return [Permission.from_wire(each) for each in wire]
    except (ValueError, AttributeError) as error:
        raise Invalid("A permission is not in the form that introspection gives it.") from error


def known_to_hint(
    connection: Connection, record: str, rows: Sequence[Row[Any]], known: KnownHints
) -> list[Revealing]:
    """Those of these unlabelled rows that may give something away; a text is looked at once."""
    keys = [(row.digest, row.title) for row in rows]
    unknown = set(known.unknown(keys))
    texts = owner_view.bodies(
        connection, record, [r.pk for r, key in zip(rows, keys, strict=True) if key in unknown]
    )
    found = []
    for row, key in zip(rows, keys, strict=True):
        text = texts.get(row.pk)
        given = known.of(key) if text is None else known.look(key, row.type, text)
        if given != NOTHING:
            found.append((row, given))
    return found


def hints_of(revealing: Iterable[Revealing], lenses: tuple[Lens, ...]) -> list[dict[str, Any]]:
    """What shown rows may give away of what these lenses hold back."""
    found: list[dict[str, Any]] = []
    for row, given in revealing:
        # Held back: what no entry that speaks about this kind lets through.
        held_back = EVERY_BIT
        for lens in lenses:
            if row.slot in lens.slots:
                held_back &= lens.denied
        told = {"id": row.address, "kind": row.kind, "title": row.title}
        for hint in given.held_back(held_back):
            because = {"word": hint.word, "name": hint.name, "use": hint.use}
            found.append({**told, "topic": hint.topic, "because": because})
        # A file that nobody here could read may hold anything: she is told so.
        if given.unread and held_back & TRAVELLING:
            found.append({**told, "topic": UNREAD_TOPIC})
    return found
