"""The kinds that a grant may give only in part, and those of them that a question is about.

From the grant and the question, never from the data, and never of a type: the kinds are all that
the types asked for can hold.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.kinds import kinds_of
from heart_uma.incomplete import Slot, incomplete_kinds, leaves_out
from heart_uma.kinds import KIND_NAMES
from heart_uma.topics import label_scopes

_SLOTS = tuple(Slot(*slice_) for slice_ in SLICES)


def incomplete_of(
    grant: Grant, types: Collection[str] | None, kinds: Collection[str] | None
) -> list[str]:
    """The incomplete kinds among those that a question asks for, in the order people read them.

    `types` and `kinds` narrow the question, each None where the whole record is asked for. People
    and places are readable through what refers to them; no kind is theirs.
    """
    asked = None if types is None else {kind for type_ in types for kind in kinds_of(type_)}
    found = _incomplete(grant)
    return [
        kind
        for kind in KIND_NAMES
        if kind in found and (asked is None or kind in asked) and (kinds is None or kind in kinds)
    ]


@lru_cache(maxsize=512)
def _incomplete(grant: Grant) -> frozenset[str]:
    """The kinds of the whole grant that may be given in part; none of the owner's own."""
    granted: dict[Slot, bool] = {}
    for clause in grant.allowing("read"):
        slot = Slot(clause.type, clause.kind)
        whole = not leaves_out(clause.scopes, clause.limits, label_scopes())
        granted[slot] = granted.get(slot, False) or whole
    return incomplete_kinds(granted, _SLOTS)
