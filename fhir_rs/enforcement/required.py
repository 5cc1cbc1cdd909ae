"""An interaction -> the permissions to ask for, from the request alone (Grant 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.elements import attachment_types
from fhir_rs.enforcement.grant import OTHER_TYPE, Grant
from fhir_rs.enforcement.kinds import kinds_of, registered_type
from heart_uma.kinds import DIRECTORY_TYPES


class Needed(NamedTuple):
    """One (type, kind) an interaction can touch, and the base scope it needs there."""

    type: str
    kind: str
    scope: str


@dataclass(frozen=True, slots=True)
class Required:
    """What to ask the authorization server for, and when a grant is enough to go on.

    `permissions` are all the interaction can touch: one entry of the ticket each, the base scope
    plus every label scope. `essential` are those of which one at least must be granted; an
    `_include` alone opens nothing.
    """

    interaction: str
    permissions: tuple[Needed, ...]
    essential: tuple[Needed, ...] = ()

    def satisfied_by(self, grant: Grant) -> bool:
        """False: the interaction as a whole lacks permission, answer 401 with a fresh ticket."""
        return grant.owner or _satisfied(self.essential or self.permissions, grant)


@lru_cache(maxsize=4096)
def _satisfied(any_of: tuple[Needed, ...], grant: Grant) -> bool:
    return any(grant.permits(needed.type, needed.kind, needed.scope) for needed in any_of)


def _distinct(needed: Iterable[Needed]) -> tuple[Needed, ...]:
    # In a fixed order, so that a ticket tells nothing by its order either.
    return tuple(sorted(set(needed)))


def _slices(type_: str, kinds: Collection[str] | None, action: str) -> list[Needed]:
    if type_ in DIRECTORY_TYPES:
        # People and places are readable through whatever refers to them.
        return [Needed(t, kind, f"patient/{t}.{action}") for t, kind in SLICES]
    if type_ == "Binary":
        # A file is of the kind of whatever it is content of: of any that can have content.
        return [
            Needed(t, kind, f"patient/{t}.{action}")
            for t, kind in SLICES
            if (t == OTHER_TYPE or t in attachment_types()) and (kinds is None or kind in kinds)
        ]
    wanted = [kind for kind in kinds_of(type_) if kinds is None or kind in kinds]
    registered = [(registered_type(type_, kind), kind) for kind in wanted]
    return [Needed(t, kind, f"patient/{t}.{action}") for t, kind in registered]


@lru_cache(maxsize=1024)
def for_instance(interaction: str, type_: str) -> Required:
    """read, vread and history of one resource: every kind its type can hold."""
    return Required(interaction, _distinct(_slices(type_, None, "read")))


def for_search(
    type_: str,
    kinds: Collection[str] | None = None,
    joined: Collection[str] = (),
    interaction: str = "search-type",
) -> Required:
    """A search over `type_`, narrowed to `kinds` by the request; it touches `joined` types too."""
    narrowed = None if kinds is None else frozenset(kinds)
    return _for_search(type_, narrowed, frozenset(joined), interaction)


@lru_cache(maxsize=1024)
def _for_search(
    type_: str, kinds: frozenset[str] | None, joined: frozenset[str], interaction: str
) -> Required:
    essential = _slices(type_, kinds, "read") or _slices(type_, None, "read")
    more = [
        needed
        for other in joined
        if other not in DIRECTORY_TYPES
        for needed in _slices(other, None, "read")
    ]
    return Required(interaction, _distinct([*essential, *more]), _distinct(essential))


def for_everything(
    types: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    interaction: str = "operation",
) -> Required:
    """`$everything`: one permission for each registered (type, kind) that is asked for."""
    if types is None:
        asked = [Needed(type_, kind, f"patient/{type_}.read") for type_, kind in SLICES]
    else:
        asked = [needed for type_ in types for needed in _slices(type_, None, "read")]
    asked = [needed for needed in asked if kinds is None or needed.kind in kinds]
    return Required(interaction, _distinct(asked))


def for_write(interaction: str, type_: str, kind: str) -> Required:
    """create and update: write permission for the kind that the body says it is."""
    registered = registered_type(type_, kind)
    return Required(interaction, (Needed(registered, kind, f"patient/{registered}.write"),))
