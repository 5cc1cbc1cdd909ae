"""PURE. Shares that are over, with people with whom nothing is shared any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patient_portal.policies import draft_ids, party
from patient_portal.policies.policy import Policy


def ended(policies: Iterable[Policy], now: datetime) -> list[Policy]:
    """The last share with each such person."""
    every = sorted(policies, key=lambda one: one.version or 0)
    live = {one.key for one in party.parties(every, now)}
    found: dict[str, Policy] = {}
    for policy in every:
        over = policy.is_share and policy.state != "draft" and not party.is_live(policy, now)
        if over and _was_started(policy) and policy.who.key not in live:
            found[policy.who.key] = policy
    return list(found.values())


def was_shared(policy: Policy) -> bool:
    """Whether it is a share, or was one."""
    return policy.state != "draft" and (policy.state != "ended" or _was_started(policy))


def _was_started(policy: Policy) -> bool:
    """Drafts that were thrown away are ended too, but nobody was ever shared with."""
    edit_or_answer = draft_ids.edit_of(policy.id) is not None or draft_ids.is_answer(policy.id)
    return not edit_or_answer and bool(policy.why)
