"""Which kinds a share may give only in part: told by its shape alone, never by data.

A party that may know which kinds are incomplete learns what the owner's rules leave out, whether
or not there is anything to leave out. Both sides ask here: the authorization server about the
permissions that it grants, the resource server about those that introspection gave. What is said
is said of a kind, never of a FHIR type: some types speak of one private topic only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from heart_uma.labels import mask_allowed
from heart_uma.resources import Limits


class Slot(NamedTuple):
    """A registered resource as the unit of sharing: the records of one FHIR type and one kind."""

    fhir_type: str
    kind: str


def leaves_out(scopes: Iterable[str], limits: Limits | None, offered: Iterable[str]) -> bool:
    """True when a permission can leave something out of the slot that it is for.

    Parameters: `scopes` as granted; `limits` on named records and dates (`also` only adds);
    `offered` every scope that the resource is registered with. A topic that is offered and not
    granted leaves its records out (HEART FHIR UMA 2.2: label scopes lift).
    """
    if mask_allowed(offered) & ~mask_allowed(scopes):
        return True
    return limits is not None and bool(
        limits.only is not None or limits.except_ or limits.since or limits.until
    )


def incomplete_kinds(granted: Mapping[Slot, bool], slots: Collection[Slot]) -> frozenset[str]:
    """The granted kinds that may be given in part.

    Parameters: `granted` has each slot that may be read, and whether one of its permissions gives
    it whole (permissions of one resource are alternatives, UMA FedAuthz 5.1.1); `slots` are all
    that the record is registered with. A kind is incomplete when a slot of it is not whole or not
    granted, or when one of its types can hold another kind that is not granted.
    """
    ungranted = {slot.fhir_type for slot in slots if slot not in granted}
    partial = {slot.kind for slot in slots if not granted.get(slot)}
    return frozenset(
        slot.kind for slot in granted if slot.kind in partial or slot.fhir_type in ungranted
    )
