"""An introspection answer -> Grant: what this RPT lets its bearer see now (FedAuthz 5.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from heart_uma.labels import mask_allowed
from heart_uma.resources import Limits, Permission
from heart_uma.scopes import covers

OTHER_TYPE = "Resource"
"""The type under which everything of kind `other` is registered: one resource for all of it."""


class Disclosed(NamedTuple):
    """One resource that is about to leave, as the audit entry names it."""

    type: str
    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of `permissions`, bound to the (type, kind) of the resource it speaks about.

    Clauses are alternatives: what one of them shows is shown. Their masks are never merged, since
    each is the word of another policy.
    """

    type: str
    kind: str
    scopes: frozenset[str]
    allowed: int
    limits: Limits = field(default_factory=Limits)
    policy: str | None = None

    def grants(self, action: str) -> bool:
        """True when this entry lets its slice of the record be read (or written)."""
        return covers(self.scopes, f"patient/{self.type}.{action}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a caller may do in one record. The owner's Grant shows everything."""

    clauses: tuple[Clause, ...] = ()
    owner: bool = False
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A grant is the key of what is prepared for it, many times a second.
        object.__setattr__(self, "_hash", hash((self.clauses, self.owner)))

    def __hash__(self) -> int:
        return self._hash

    def permits(self, type_: str, kind: str, scope: str) -> bool:
        """True when some entry grants `scope` for (type, kind), whatever its labels and limits."""
        return self.owner or any(
            c.type == type_ and c.kind == kind and covers(c.scopes, scope) for c in self.clauses
        )

    def allowing(self, action: str) -> tuple[Clause, ...]:
        """The entries that let something be read (or written)."""
        return tuple(c for c in self.clauses if c.grants(action))


OWNER = Grant(owner=True)


def grant_of(permissions: Iterable[Permission], registered: Mapping[str, tuple[str, str]]) -> Grant:
    """Build the Grant of an RPT.

    Parameters: `permissions` as introspection gave them; `registered` maps each resource id of
    this record at its authorization server to its (type, kind). An id that is not registered, and
    a scope that is not understood, permit nothing.
    """
    return Grant(
        tuple(
            Clause(
                *registered[permission.resource_id],
                scopes=permission.resource_scopes,
                allowed=mask_allowed(permission.resource_scopes),
                limits=permission.limits,
                policy=permission.policy,
            )
            for permission in permissions
            if permission.resource_id in registered
        )
    )
