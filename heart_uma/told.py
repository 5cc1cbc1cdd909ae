"""What an answer tells beyond UMA: members of the asking extension (Grant 3.3.5, 3.3.6)."""

from __future__ import annotations

from typing import Any

from heart_uma.kinds import KIND_NAMES
from heart_uma.members import strings, text
from heart_uma.outcomes import Said, Told

LAST_MOMENT = 253_402_300_800
"""The year 10000, in seconds since 1970."""
MAX_REASON = 280
"""Characters of an owner's reason; what is longer is cut."""


def told_of(body: dict[str, Any]) -> Told:
    """What an RPT does not reach, and until when it could be renewed."""
    return Told(
        _kinds(body, "heart_uma_incomplete"),
        _kinds(body, "heart_uma_other_places"),
        _moment(body, "heart_uma_until"),
    )


def said_of(body: dict[str, Any]) -> Said:
    """`heart_uma_request`; words that mean nothing here are passed over, and text is one line."""
    member = body.get("heart_uma_request")
    if not isinstance(member, dict):
        return Said()
    state, answer = text(member, "state"), text(member, "answer")
    reason = "".join(c if c.isprintable() else " " for c in text(member, "reason") or "")
    return Said(
        state if state in ("answered", "withdrawn", "ran_out") else "",
        answer if answer in ("yes", "some", "no") else "",
        _kinds(member, "kinds"),
        _moment(member, "until"),
        " ".join(reason.split())[:MAX_REASON],
    )


def _moment(body: dict[str, Any], name: str) -> int | None:
    """Seconds since 1970, before the year 10000; None for anything else."""
    value = body.get(name)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value < LAST_MOMENT
    return value if usable else None


def _kinds(body: dict[str, Any], name: str) -> tuple[str, ...]:
    """The kinds of an extension member; words that are no kinds here are passed over."""
    return tuple(kind for kind in strings(body.get(name)) if kind in KIND_NAMES)
