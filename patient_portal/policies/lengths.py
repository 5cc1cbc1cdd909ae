"""PURE. How long a share lasts: the lengths that are offered, and the one that explains an end."""

from __future__ import annotations

from datetime import datetime, timedelta

from heart_ui.words import N_
from patient_portal.policies.policy import Policy

LENGTHS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("visit", N_("One visit (24 hours)"), timedelta(hours=24)),
    ("month", N_("30 days"), timedelta(days=30)),
    ("half", N_("6 months"), timedelta(days=182)),
    ("year", N_("1 year"), timedelta(days=365)),
    ("open", N_("Until I stop it"), None),
)
OFFERED = frozenset(key for key, _words, _lasting in LENGTHS)


def until_of(length: str, now: datetime) -> datetime | None:
    """The end that a chosen length means; KeyError for a length that is not offered."""
    lasting = {key: delta for key, _, delta in LENGTHS}[length]
    return None if lasting is None else now + lasting


def length_of(policy: Policy, now: datetime) -> str:
    """The length that explains a policy's end as chosen today; `keep` for any other end."""
    if not policy.why:
        return ""
    if policy.when.until is None:
        return "open"
    left = policy.when.until - now
    for key, _words, delta in LENGTHS:
        if delta is not None and timedelta(0) <= delta - left < timedelta(minutes=30):
            return key
    return "keep"
