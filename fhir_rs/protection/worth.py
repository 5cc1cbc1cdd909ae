"""What an introspection answer permits now: the grant in it (FedAuthz 5.1.1)."""

from __future__ import annotations

from typing import Any

from fhir_rs.enforcement.grant import OWNER, Grant, grant_of
from fhir_rs.models.link import Linked
from fhir_rs.models.registration import Slices
from heart_uma.resources import Permission
from heart_uma.scopes import OWNER as OWNER_SCOPE


def granted(
    link: Linked, answer: dict[str, Any], slices: Slices, exp: int, now: int
) -> tuple[Grant, float] | None:
    """The grant, and the moment it may change by itself (a permission that begins or ends).

    Parameters: `slices` are the registrations of the record; `exp` is the token's own end. None
    for a token without permissions that is not its owner's.
    """
    if "permissions" not in answer:
        scope = answer.get("scope")
        is_owner = isinstance(scope, str) and OWNER_SCOPE in scope.split()
        # The owner's own path: her subject at her own authorization server, nobody else's.
        if is_owner and answer.get("sub") == link.sub and answer.get("iss") == link.issuer:
            return OWNER, exp
        return None
    wire = answer["permissions"]
    live, changes_at = _live(answer, wire if isinstance(wire, list) else [], exp, now)
    registered = {resource_id: slice_ for slice_, (resource_id, _) in slices.items()}
    return grant_of(live, registered), changes_at


def _live(
    answer: dict[str, Any], wire: list[Any], exp: int, now: int
) -> tuple[list[Permission], float]:
    """The permissions that count now; the token's own times win where narrower (FedAuthz 5.1.1).

    An element that cannot be read permits nothing.
    """
    live: list[Permission] = []
    changes_at = float(exp)
    for element in wire:
        try:
            permission = Permission.from_wire(element)
            begins = max(_seconds(answer.get("nbf")), _seconds(element.get("nbf")))
            # 0 is a time like any other: it is over.
            own = exp if permission.exp is None else permission.exp
            ends = min(_seconds(answer.get("exp"), exp), own)
        except (ValueError, AttributeError):
            continue
        changes_at = min([changes_at, *(at for at in (begins, ends) if at > now)])
        if begins <= now < ends:
            live.append(permission)
    return live, changes_at


def _seconds(value: Any, absent: int = 0) -> int:
    if value is None:
        return absent
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a time must be a number of seconds")
    return value
