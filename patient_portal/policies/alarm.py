"""PURE. "I do not know this person": which shares let them in, and what became of pausing them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patient_portal.policies.look import Look
from patient_portal.policies.party import is_live
from patient_portal.policies.policy import Policy


def shares_of(look: Look, policies: Iterable[Policy], now: datetime) -> list[Policy]:
    """The live shares that let this visitor in: the rule that did, and every share of theirs.

    A clinic tells a name and the rule, the sharing service who it was. A rule that ended since
    still says whose share it was.
    """
    known = list(policies)
    keys = {f"person:{look.person}"} if look.person else set()
    keys |= {one.who.key for one in known if one.id == look.policy}
    return [
        one
        for one in known
        if one.is_share
        and is_live(one, now)
        and (one.id == look.policy or one.who.key in keys or _is_named(one, look.who))
    ]


def _is_named(policy: Policy, name: str) -> bool:
    return bool(name) and policy.who.person is not None and policy.label.name == name
