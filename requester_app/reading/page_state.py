"""PURE: what several sources make of a page: which are missing, and which page is shown at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from heart_ui.words import N_
from requester_app.reading.source_state import NOT_LOADED, SourceState, State

_UNKNOWN: frozenset[State] = NOT_LOADED | {"new"}
"""States in which nobody knows what is shared there."""


TAGS: dict[State, tuple[str, str]] = {
    "open": (N_("Open"), "ok"),
    "asked": (N_("Waiting for an answer"), "info"),
    "tried": (N_("Not shared yet"), ""),
    "new": (N_("Not opened yet"), ""),
    "ended": (N_("Ended or paused"), "warn"),
    "facts": (N_("More is needed"), "warn"),
    "not_shared": (N_("No access"), "warn"),
    "gone": (N_("Link does not work"), "warn"),
}
"""One patient on a list, as it stood when last looked at: the first of these of any source."""


def first_tag(states: Collection[State]) -> tuple[str, str]:
    """The tag of a patient with sources in these states."""
    return next((words for state, words in TAGS.items() if state in states), TAGS["new"])


def missing(sources: Iterable[SourceState]) -> list[SourceState]:
    """Those of which no record is on the page."""
    return [source for source in sources if source.state != "open"]


def unknown(sources: Iterable[SourceState]) -> list[SourceState]:
    """Those of which nobody knows now what is shared: no kind may be called not shared."""
    return [source for source in sources if source.state in _UNKNOWN]


def closed_as(states: Collection[State], asked: str) -> str:
    """Which page is shown where no source is open; `asked` is how the patient answered last.

    An outage comes first: while one source is not loaded, nothing is said of the whole.
    """
    if NOT_LOADED & set(states):
        return "down"
    if "ended" in states:
        return "ended"
    if asked == "waiting":
        return "asked"
    if "tried" in states:
        return "tried"
    if asked == "no":
        return "no"
    if set(states) <= {"new"}:
        return "new"
    if set(states) == {"gone"}:
        return "gone"
    return "facts" if "facts" in states else "none"
