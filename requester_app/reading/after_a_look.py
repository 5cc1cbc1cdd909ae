"""PURE: the state of a source after a look: its answer counts before what was known of it."""

from __future__ import annotations

from requester_app.answers import Answer, Why
from requester_app.reading.source_state import State

_OF_WHY: dict[Why, State] = {
    "source": "silent",
    "slow": "slow",
    "answer": "wrong",
    "service": "service",
    "refused": "service_wrong",
    "untrusted": "untrusted",
}
_OF_KEY: dict[str, State] = {
    "open": "open",
    "new": "new",
    "try": "new",
    "waiting": "tried",
    "ended": "ended",
    "no_access": "not_shared",
    "facts": "facts",
    "gone": "gone",
}


def state_of(stored: str, answer: Answer | None, *, seen: bool = False) -> State:
    """The state of a source after a look: its answer counts before what was known of it.

    `seen` is true where it was open before; a new start that failed leaves it as it was.
    """
    if answer is not None and answer.state == "open":
        return "open"
    if answer is not None and answer.state == "down":
        return _OF_WHY.get(answer.why, "silent")
    if stored == "try" and seen:
        return "open"
    return _OF_KEY.get(stored, "new")
