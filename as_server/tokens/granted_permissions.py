"""What a party has on the wire: `permissions`, and until when (FedAuthz 5.1.1, extensions).

Introspection and the policy preview answer with the same members, made here and nowhere else.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from as_server.policy.explain import told
from as_server.policy.model import Entry, SharingPolicy
from heart_uma.resources import Limits, Permission


def permissions(entries: Iterable[Entry], token_exp: int | None = None) -> list[dict[str, Any]]:
    """One member for each entry: alternatives, never merged. No `exp` exceeds the token's."""
    return [
        Permission(
            resource_id=entry.resource_id,
            resource_scopes=entry.scopes,
            exp=_earlier(entry.exp, token_exp),
            limits=entry.limits or Limits(),
            policy=entry.policy,
        ).to_wire()
        for entry in entries
    ]


def until(entries: Iterable[Entry]) -> dict[str, int]:
    """`heart_uma_until`: when the last of these permissions ends, in seconds since 1970; no member
    where one of them goes on until the owner stops it."""
    ends = [entry.exp for entry in entries]
    known = [end for end in ends if end is not None]
    return {"heart_uma_until": max(known)} if known and len(known) == len(ends) else {}


def tell(entries: Iterable[Entry], policies: Sequence[SharingPolicy]) -> dict[str, Any]:
    """What the party may know about records held back."""
    granting = {entry.policy for entry in entries}
    found = told(policy for policy in policies if policy.id in granting)
    return {"level": found.level, "note": found.note}


def _earlier(exp: int | None, token_exp: int | None) -> int | None:
    if exp is None or token_exp is None:
        return exp
    return min(exp, token_exp)
