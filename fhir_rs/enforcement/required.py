"""An interaction -> the permissions to ask for: from the request, never from the data (HFU-9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from fhir_rs.enforcement.grant import Grant


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
        return grant.owner or any(
            grant.permits(needed.type, needed.kind, needed.scope)
            for needed in self.essential or self.permissions
        )


def distinct(needed: Iterable[Needed]) -> tuple[Needed, ...]:
    """`needed` without repeats, in a fixed order: the ticket tells nothing by its order either."""
    return tuple(sorted(set(needed)))
