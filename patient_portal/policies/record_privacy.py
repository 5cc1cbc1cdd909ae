"""PURE. How private one record is, for whom it is picked: what a page showed, what changes it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from patient_portal.policies import draft_answers
from patient_portal.policies.party import Party
from patient_portal.policies.policy import Policy
from patient_portal.policies.row import Row


def mark(row: Row, parties: Sequence[Party]) -> str:
    """All that the form of a record shows, as a short text the page bears (no lost update)."""
    named = sorted(p.first.id for p in parties if p.naming(row.reference))
    everyone = sorted(p.first.id for p in parties)
    return hashlib.sha256(repr((row.level, named, everyone)).encode()).hexdigest()[:16]


def is_so(row: Row, parties: Sequence[Party], level: str, ticked: Collection[str]) -> bool:
    """True where what was chosen is how it is already."""
    return row.level == level and not changes(row, parties, ticked)


def changes(row: Row, parties: Sequence[Party], ticked: Collection[str]) -> list[Policy]:
    """The shares that come to name this record, or to name it no more."""
    found = []
    for party in parties:
        naming = party.naming(row.reference)
        if party.first.id in ticked and not naming:
            found.append(draft_answers.picking(party.first, row.reference))
        elif party.first.id not in ticked:
            # Every share of theirs that names it: one that is left would go on showing it.
            found += [draft_answers.not_naming(share, row.reference) for share in naming]
    return found
